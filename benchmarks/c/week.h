/*
 * What both yardsticks are given, and what they give back.
 *
 * `places.h` is written by bench_c.py from the package's own enumerations: one struct for a week of
 * the calendar, and one each for the state, the parameters and the ledger of a world. Every field
 * of these three is declared by FIELD: a number in scalar.c, a row of numbers (one a lane) in
 * lanes.c. All fields are doubles, so that a struct is also the row that tregua keeps.
 */
#ifndef WEEK_H
#define WEEK_H

#include <stdint.h>

#include "places.h"

enum stance { STATUS_QUO, MANO_DURA, SECRET_PACT, BOTH, OPEN_PACT, EXCEPTION, REFORM };

enum purpose { /* of random numbers, as tregua.model.noise.Purpose */
    MONTH = 2,
    GOVERNMENT_MONTH = 3,
    ADMINISTRATION = 6,
    HONOUR = 7,
    LEAK = 8,
    BREACH = 10,
    STRIKE = 11,
    KILLINGS = 12,
    AMBIENT = 13,
    VICTIMS = 15,
    VICTIM_GANG = 16,
    RECRUITS = 17,
    CAPTURED = 18,
    PRISON_EXITS = 19,
    PRISON_DEATHS = 20,
    BRIEF_ARRESTS = 21,
    WRONGLY_EXITS = 22,
    ORDINARY = 23,
    ORDINARY_DEATHS = 24
};

#define REVOKED 1.0 /* why a pact ended */
#define LONG_AGO 99.0
#define DAYS_A_YEAR 365.25
#define DAYS_A_WEEK 7.0

/* Structural constants of the week, as in tregua.model.transition. */
#define HARDLINERS_IN_BOTH 3.0
#define TOUGH_BOTH 0.7
#define TOUGH_EXCEPTION 1.3
#define DEMOCRACY_LOST_TO_CRACKDOWN 0.1
#define FEAR_JUMP 0.15
#define DENIAL 0.7
#define PRECEDENT_RATE 4.0
#define EXCEPTION_EFFORT 3.5
#define FLOOR_RATE 0.5
#define MOST_LOG_ODDS 6.0
#define MOST_EVIDENCE 2.0

/*
 * Run n worlds through the weeks of a calendar under a script.
 *
 * states      n rows of the state, changed in place
 * parameters  n rows of the parameters
 * worlds      n numbers of worlds
 * calendar    one row a week
 * first_step  number of the first week since January 1970
 * columns     which entries of the ledger to keep at the end of each period
 * out         n x periods x kept numbers, written
 *
 * Returns how many worlds came to hold something that is no number.
 */
int64_t advance(double *states, const double *parameters, const int64_t *worlds, int64_t n,
                const double *calendar, int64_t weeks, int64_t first_step,
                int64_t weeks_per_month, int64_t seed, double rivalry_at_start,
                const int64_t *columns, int64_t kept, int64_t periods, double *out);

#endif
