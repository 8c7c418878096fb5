/*
 * Yardstick: the core week of tregua in C, blocks of worlds in lock-step.
 *
 * Every field is a row of LANES numbers, one a world, and a week is a sequence of short loops along
 * rows, written without branches so that the compiler turns them into vector instructions. What
 * hangs on parameters and the length of the week only is worked out when that length changes (with
 * -DEVERY_WEEK: each week). It covers scripted weeks of three gangs without optional mechanisms,
 * keeps the whole ledger, and gives the bits of tregua.
 */
#ifndef LANES
#define LANES 32
#endif
#define FIELD(name) double name[LANES];
#include "week.h"

#include "quantiles.h"

#define EACH for (int i = 0; i < LANES; i++)

typedef double row[LANES] __attribute__((aligned(64)));

/* Shares of counts, and what every binomial law of these shares has in common. */
struct shares {
    row asked;             /* the shares themselves, within 0 and 1 */
    row p, odds, log_none; /* of the rarer outcome; log_none = ln(1 - p) */
};

/* What hangs on the parameters and the length of a week: factors of decay, hazards, priors. */
struct rates {
    struct shares prison_exit, prison_dying, wrongly_exit, wrongly_dying, ordinary_exit;
    struct shares ordinary_dying, returning, victim_members, counted;
    row ordinary_inflow;
    row command_rise, command_fall, trust_prior, reliance_prior, forgetting;
    row fear, approval, control, pressure;
    row democracy_fall, democracy_recovery, filter_fall, filter_recovery;
    row reform, reform_decay, precedent_in_pact, precedent_outside, precedent_target;
    row breach, breach_in_both, prosecution;
};

struct block {
    struct state s;
    struct ledger kept;
    struct parameters p;
    struct rates r;
    row fear_target; /* changes once a month */
    /* the week's numbers that pass from one event to the next */
    row street, by_gangs, hidden, struck, ambient, police, undone;
    uint64_t low[LANES], high[LANES];
    const struct week *c;
    double rivalry_at_start;
    uint64_t key_low, key_high, step;
};

/* -- chance ------------------------------------------------------------------------------------ */

static void draw(const struct block *b, enum purpose purpose, int gang, double *restrict u,
                 double *restrict v)
{
    uint64_t word = (uint64_t)purpose | ((uint64_t)gang << 8);
    EACH {
        struct pair n = scramble(b->step, b->low[i], word | (b->high[i] << 16), b->key_low,
                                 b->key_high);
        u[i] = n.u;
        v[i] = n.v;
    }
}

static int any(const double *x)
{
    int64_t above = 0;
    EACH above += x[i] > 0.0;
    return above > 0;
}

static void clear(double *x)
{
    EACH x[i] = 0.0;
}

static void add(double *restrict total, const double *restrict part)
{
    EACH total[i] += part[i];
}

static void poisson_summed(double *restrict count, const double *restrict mean,
                           const double *restrict u)
{
    row small, reach, term, total;
    EACH {
        small[i] = mean[i] > 0.0 && mean[i] < SMALL_MEAN ? mean[i] : 0.0;
        reach[i] = smaller(u[i], ALMOST_ONE);
        term[i] = exponential(-small[i]);
        total[i] = term[i];
        count[i] = 0.0;
    }
    for (int k = 1; k < MOST_STEPS; k++) {
        double inverse = 1.0 / k;
        int64_t left = 0;
        EACH {
            int more = reach[i] > total[i];
            count[i] += more ? 1.0 : 0.0;
            left += more;
            term[i] *= small[i] * inverse;
            total[i] += term[i];
        }
        if (left == 0)
            return;
    }
}

static void poisson_large(double *restrict count, const double *restrict mean,
                          const double *restrict u)
{
    int64_t doubtful = 0;
    EACH {
        int large = mean[i] >= SMALL_MEAN;
        double w = normal_quantile_in_step(u[i]);
        double k = poisson_expanded(large ? mean[i] : SMALL_MEAN, w);
        count[i] = large ? k : count[i];
        doubtful += count[i] < 0.0;
    }
    if (doubtful == 0)
        return;
    EACH {
        if (count[i] < 0.0)
            count[i] = poisson_quantile(u[i], mean[i], -1.0 - count[i]);
    }
}

static void poisson(double *restrict count, const double *restrict mean, const double *restrict u)
{
    int64_t large = 0;
    EACH large += mean[i] >= SMALL_MEAN;
    if (large < LANES)
        poisson_summed(count, mean, u);
    if (large > 0)
        poisson_large(count, mean, u);
}

static void set_shares(struct shares *restrict made, const double *restrict share)
{
    EACH {
        double asked = within(share[i], 0.0, 1.0);
        double p = asked <= 0.5 ? asked : 1.0 - asked;
        made->asked[i] = asked;
        made->p[i] = p;
        made->odds[i] = p * (1.0 / (1.0 - p));
        made->log_none[i] = log_none(p);
    }
}

static void binomial_summed(double *restrict count, const double *restrict size,
                            const struct shares *restrict share, const double *restrict u)
{
    row left, reach, term, total;
    EACH {
        int small = size[i] > 0.0 && size[i] * share->p[i] < SMALL_MEAN;
        left[i] = small ? size[i] : 0.0;
        reach[i] = smaller(share->asked[i] <= 0.5 ? u[i] : 1.0 - u[i], ALMOST_ONE);
        term[i] = exponential(left[i] * share->log_none[i]);
        total[i] = term[i];
        count[i] = 0.0;
    }
    for (int k = 1; k < MOST_STEPS; k++) {
        double inverse = 1.0 / k;
        int64_t open = 0;
        EACH {
            int more = reach[i] > total[i];
            count[i] += more ? 1.0 : 0.0;
            open += more;
            term[i] *= share->odds[i] * (left[i] + 1.0 - k) * inverse;
            total[i] += term[i];
        }
        if (open == 0)
            break;
    }
    EACH {
        double n = size[i] > 0.0 ? size[i] : 0.0;
        count[i] = share->asked[i] <= 0.5 ? count[i] : n - count[i];
    }
}

static void binomial_large(double *restrict count, const double *restrict size,
                           const struct shares *restrict share, const double *restrict u)
{
    int64_t doubtful = 0;
    EACH {
        int rare = share->asked[i] <= 0.5, large = size[i] * share->p[i] >= SMALL_MEAN;
        double n = large ? size[i] : 100.0, p = large ? share->p[i] : 0.5;
        double k = binomial_expanded(n, p, normal_quantile_in_step(rare ? u[i] : 1.0 - u[i]));
        k = rare || k < 0.0 ? k : n - k;
        count[i] = large ? k : count[i];
        doubtful += count[i] < 0.0;
    }
    if (doubtful == 0)
        return;
    EACH {
        if (count[i] < 0.0) {
            int rare = share->asked[i] <= 0.5;
            double reached = rare ? u[i] : 1.0 - u[i];
            double k = binomial_quantile(reached, size[i], share->p[i], -1.0 - count[i]);
            count[i] = rare ? k : size[i] - k;
        }
    }
}

static void binomial(double *restrict count, const double *restrict size,
                     const struct shares *restrict share, const double *restrict u)
{
    int64_t large = 0, occupied = 0;
    EACH {
        large += size[i] * share->p[i] >= SMALL_MEAN;
        occupied += size[i] > 0.0;
    }
    if (occupied == 0) {
        clear(count);
        return;
    }
    if (large < LANES)
        binomial_summed(count, size, share, u);
    if (large > 0)
        binomial_large(count, size, share, u);
}

/* -- what hangs on the length of the week only ------------------------------------------------- */

static void decay(double *restrict factor, const double *restrict time, double length)
{
    EACH factor[i] = exponential(-length / time[i]);
}

static void leave_custody(const struct block *b, const double *restrict stay,
                          struct shares *restrict exit, struct shares *restrict dying)
{
    row leaving, dead;
    EACH {
        double release = 1.0 / stay[i], death = b->p.custody_death[i];
        leaving[i] = hazard(release + death, b->c->length);
        dead[i] = death / (release + death);
    }
    set_shares(exit, leaving);
    set_shares(dying, dead);
}

static void set_rates(struct block *b)
{
    const struct parameters *p = &b->p;
    struct rates *r = &b->r;
    double length = b->c->length;
    leave_custody(b, p->release_time, &r->prison_exit, &r->prison_dying);
    leave_custody(b, p->wrongful_time, &r->wrongly_exit, &r->wrongly_dying);
    leave_custody(b, p->ordinary_time, &r->ordinary_exit, &r->ordinary_dying);
    set_shares(&r->returning, p->return_share);
    set_shares(&r->victim_members, p->victim_members);
    set_shares(&r->counted, p->counted_exception);
    decay(r->command_rise, p->command_rise, length);
    decay(r->command_fall, p->command_fall, length);
    decay(r->fear, p->fear_time, length);
    decay(r->approval, p->approval_time, length);
    decay(r->control, p->control_time, length);
    decay(r->pressure, p->pressure_time, length);
    decay(r->democracy_fall, p->democracy_fall, length);
    decay(r->democracy_recovery, p->democracy_recovery, length);
    decay(r->filter_fall, p->filter_fall, length);
    decay(r->filter_recovery, p->filter_recovery, length);
    decay(r->reform, p->reform_time, length);
    decay(r->reform_decay, p->reform_decay, length);
    EACH {
        double inside = PRECEDENT_RATE + 0.0 / p->precedent_time[i];
        double outside = 0.0 + 1.0 / p->precedent_time[i];
        r->precedent_target[i] = PRECEDENT_RATE / inside;
        r->precedent_in_pact[i] = exponential(-length / (1.0 / inside));
        r->precedent_outside[i] = exponential(-length / (1.0 / outside));
    }
    EACH {
        r->ordinary_inflow[i] = p->ordinary_inflow[i] * length;
        r->trust_prior[i] = log_odds(p->trust_prior[i]);
        r->reliance_prior[i] = log_odds(p->reliance_prior[i]);
        r->forgetting[i] = exponential(-p->forgetting[i] * length);
        r->breach[i] = hazard(p->breach[i] * 1.0, length);
        r->breach_in_both[i] = hazard(p->breach[i] * HARDLINERS_IN_BOTH, length);
        r->prosecution[i] = hazard(p->prosecution[i], length);
    }
}

static inline double toward(double value, double target, double decay)
{
    return target + (value - target) * decay;
}

static void aim_fear(struct block *b)
{
    const struct parameters *p = &b->p;
    EACH {
        double rate = larger(b->s.recorded_month[i], FLOOR_RATE);
        b->fear_target[i] =
            logistic(p->fear_level[i] + p->fear_slope[i] * logarithm(rate / 30.0));
    }
}

/* -- 1, 2: who governs, and how ---------------------------------------------------------------- */

static void take_office(struct block *b)
{
    struct state *s = &b->s;
    const struct parameters *p = &b->p;
    row u, v;
    draw(b, ADMINISTRATION, 0, u, v);
    EACH {
        double fresh = p->approval_spread[i] * normal_quantile_in_step(u[i]);
        s->administration[i] = p->approval_level[i] + fresh;
        double turned = larger(s->turned[i], 1.0);
        s->turned[i] = s->since_break[i] < LONG_AGO ? turned : s->turned[i];
    }
}

static void revoke_pacts(struct block *b)
{
    struct state *s = &b->s;
    if (!any(s->pact))
        return;
    EACH {
        double pact = s->pact[i];
        s->since_break[i] = pact > 0.0 ? 0.0 : s->since_break[i];
        s->last_end[i] = pact > 0.0 ? REVOKED : s->last_end[i];
        s->turned[i] *= 1.0 - pact;
        b->kept.pact_ends[i] += pact;
        for (int g = 0; g < GANGS; g++)
            s->gangs[g].trust[i] -= b->p.trust_loss[i] * pact;
        s->pact[i] = 0.0;
    }
}

static void set_stance(struct block *b)
{
    struct state *s = &b->s;
    double wanted = b->c->stance, weeks = b->c->length * DAYS_A_YEAR / DAYS_A_WEEK;
    EACH {
        s->since_change[i] = s->stance[i] == wanted ? s->since_change[i] + weeks : 0.0;
        s->stance[i] = wanted;
    }
    if (wanted != SECRET_PACT && wanted != BOTH && wanted != OPEN_PACT) {
        revoke_pacts(b);
        return;
    }
    EACH {
        s->leaked[i] *= s->pact[i];
        s->sanctioned[i] *= s->pact[i];
        b->kept.pact_starts[i] += 1.0 - s->pact[i];
        s->pact[i] = 1.0;
    }
}

static void draw_month(struct block *b)
{
    row v;
    draw(b, GOVERNMENT_MONTH, 0, b->s.draw, v);
    for (int g = 0; g < GANGS; g++)
        draw(b, MONTH, g, b->s.gangs[g].draw, v);
}

static void act(struct block *b)
{
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &b->s.gangs[g];
        EACH {
            gang->restraining[i] = gang->draw[i] < b->c->restraining ? 1.0 : 0.0;
            gang->pressing[i] = gang->draw[i] > 1.0 - b->c->pressing ? 1.0 : 0.0;
        }
    }
}

/* -- 3: enforcement ---------------------------------------------------------------------------- */

static void enforce(struct block *b)
{
    struct state *s = &b->s;
    const struct parameters *p = &b->p;
    double given = b->c->enforcement;
    EACH {
        double stance = s->stance[i];
        double e = stance == MANO_DURA ? s->platform[i] : 1.0;
        e = stance == BOTH ? p->enforcement_both[i] : e;
        e = stance == EXCEPTION ? p->enforcement_exception[i] : e;
        double scripted = given > 1.0 ? 1.0 + (given - 1.0) * p->enforcement_scale[i] : given;
        e = given >= 0.0 ? scripted : e;
        s->enforcement[i] = e;
        s->capture[i] = p->arrest[i] * e * (1.0 - p->retention_loss[i] * s->filter[i]);
    }
}

/* -- 4: what may happen to a pact -------------------------------------------------------------- */

static void prosecute(struct block *b)
{
    struct state *s = &b->s;
    row u, v;
    if (!any(s->turned))
        return;
    draw(b, HONOUR, 0, u, v);
    EACH {
        double charged = v[i] < b->r.prosecution[i] ? 1.0 : 0.0;
        s->prosecuted[i] += larger(0.0, s->turned[i] - s->prosecuted[i]) * charged;
    }
}

static void leak_and_sanction(struct block *b)
{
    struct state *s = &b->s;
    const struct parameters *p = &b->p;
    double length = b->c->length;
    row u, v;
    draw(b, LEAK, 0, u, v);
    EACH {
        int secret = (s->stance[i] == SECRET_PACT || s->stance[i] == BOTH) && s->pact[i] > 0.0;
        int out = u[i] < hazard(p->leak[i] * s->democracy[i], length);
        double fresh = (1.0 - s->leaked[i]) * (secret && out ? 1.0 : 0.0);
        s->leaked[i] += fresh;
        b->kept.leaks[i] += fresh * s->pact[i];
    }
    EACH {
        double falls = v[i] < hazard(p->sanction[i] * s->pressure[i], length) ? 1.0 : 0.0;
        double fresh = s->leaked[i] * s->pact[i] * falls;
        b->kept.sanctions[i] += fresh;
        s->sanctioned[i] = smaller(1.0, s->sanctioned[i] + fresh);
    }
}

static void strike(struct block *b, int g, const double *breached)
{
    struct gang *gang = &b->s.gangs[g];
    row u, v, mean, killed;
    draw(b, STRIKE, g, u, v);
    EACH {
        double strikes = breached[i] * (u[i] < b->p.strike_given_breach[i] ? 1.0 : 0.0);
        b->kept.strikes[i] += strikes;
        b->s.struck[i] += strikes;
        mean[i] = strikes * b->p.strike[i] * gang->command[i] * gang->street[i];
    }
    poisson(killed, mean, v);
    add(b->struck, killed);
    add(b->kept.struck, killed);
}

static void breach(struct block *b, int g)
{
    struct state *s = &b->s;
    struct gang *gang = &s->gangs[g];
    row u, v, now;
    draw(b, BREACH, g, u, v);
    EACH {
        double likely = s->stance[i] == BOTH ? b->r.breach_in_both[i] : b->r.breach[i];
        now[i] = s->pact[i] * gang->included[i] * (u[i] < likely ? 1.0 : 0.0);
        b->kept.breaches[i] += now[i];
        s->breached[i] += now[i];
        gang->trust[i] -= b->p.trust_loss[i] * now[i];
    }
    if (any(now))
        strike(b, g, now);
}

static void expose_pact(struct block *b)
{
    clear(b->s.struck);
    clear(b->s.breached);
    clear(b->struck);
    prosecute(b);
    if (!any(b->s.pact))
        return;
    leak_and_sanction(b);
    for (int g = 0; g < GANGS; g++)
        breach(b, g);
}

/* -- 5, 6, 7: the dead ------------------------------------------------------------------------- */

static void sum_street(struct block *b)
{
    clear(b->street);
    for (int g = 0; g < GANGS; g++)
        add(b->street, b->s.gangs[g].street);
}

/* Update the government's belief that a gang delivers by a Poisson likelihood ratio. */
static void judge_gang(struct block *b, int g, const double *restrict base,
                       const double *restrict killed, const double *restrict hidden)
{
    const struct parameters *p = &b->p;
    struct gang *gang = &b->s.gangs[g];
    EACH {
        double obeying = 1.0 - p->restraint[i] * gang->command[i];
        double kept = base[i] * obeying * (1.0 - p->hidden_pact[i]);
        double broken = base[i] * (1.0 - p->hidden_usual[i]);
        int possible = kept > 0.0 && broken > 0.0;
        double likelihood = logarithm((possible ? kept : 1.0) / (possible ? broken : 1.0));
        double seen = killed[i] - hidden[i];
        double evidence = p->tempering[i] * (seen * likelihood - (kept - broken));
        evidence = within(evidence, -MOST_EVIDENCE, MOST_EVIDENCE);
        gang->reliance[i] += possible ? evidence * b->s.pact[i] : 0.0;
    }
}

static void kill_by_gang(struct block *b, int g, const double *restrict exposure)
{
    const struct parameters *p = &b->p;
    struct gang *gang = &b->s.gangs[g];
    struct gang_ledger *kept = &b->kept.gangs[g];
    double at_start = b->rivalry_at_start, length = b->c->length;
    row u, v, base, mean, hiding, killed, hidden;
    struct shares hidden_share;
    EACH {
        double street = gang->street[i];
        double share = b->street[i] > 0.0 ? street / b->street[i] : 1.0;
        double rivals = at_start > 0.0 ? (1.0 - share / gang->fragments[i]) / at_start : 1.0;
        double of_rivals = 1.0 - p->rivalry[i] + p->rivalry[i] * rivals;
        base[i] = street * p->killing[i] * of_rivals * exposure[i];
        gang->base_rate[i] = base[i] / length;
    }
    EACH {
        double obeying = gang->command[i], pact = b->s.pact[i], usual = p->hidden_usual[i];
        double held = gang->restraining[i] * (1.0 - p->restraint[i] * obeying);
        double pressing = gang->pressing[i] * p->pressing_effect[i] * gang->readiness[i] * obeying;
        double free = 1.0 - gang->restraining[i] + pressing;
        double discreet = pact > 0.0 ? p->hidden_pact[i] : usual;
        mean[i] = base[i] * (held + free);
        hiding[i] = (held * discreet + free * usual) / larger(held + free, 1e-12);
    }
    draw(b, KILLINGS, g, u, v);
    poisson(killed, mean, u);
    set_shares(&hidden_share, hiding);
    binomial(hidden, killed, &hidden_share, v);
    add(b->by_gangs, killed);
    add(b->hidden, hidden);
    add(kept->killed_by_gang, killed);
    add(kept->hidden_by_gang, hidden);
    if (any(b->s.pact))
        judge_gang(b, g, base, killed, hidden);
}

static void kill(struct block *b)
{
    const struct parameters *p = &b->p;
    struct state *s = &b->s;
    double length = b->c->length, population = b->c->population;
    row u, v, exposure, mean, clashes;
    sum_street(b);
    EACH exposure[i] = exponential(-p->deterrence[i] * s->capture[i]) * length;
    clear(b->by_gangs);
    clear(b->hidden);
    for (int g = 0; g < GANGS; g++)
        kill_by_gang(b, g, exposure);
    EACH {
        double covered = 1.0 - exponential(-b->street[i] / p->coverage[i]);
        double gained = s->institutions[i] - p->institutions_usual[i];
        double reformed = 1.0 - p->reform_ambient[i] * gained;
        double per_person = p->ambient_floor[i] + p->ambient_gangs[i] * covered * reformed;
        mean[i] = population * per_person * exposure[i];
        s->ambient_rate[i] = mean[i] / length;
        double excess = larger(0.0, s->enforcement[i] - 1.0);
        clashes[i] = p->police_killing[i] * excess * b->street[i] * exposure[i];
    }
    draw(b, AMBIENT, 0, u, v);
    poisson(b->ambient, mean, u);
    if (any(clashes))
        poisson(b->police, clashes, v);
    else
        clear(b->police);
}

/* Print the official tally under the counting rules of the day. */
static void count(struct block *b, const double *restrict tally)
{
    const struct week *c = b->c;
    struct state *s = &b->s;
    struct ledger *kept = &b->kept;
    row countable, recorded;
    EACH {
        double known = b->by_gangs[i] - b->hidden[i] + b->struck[i] + b->ambient[i];
        countable[i] = known + b->police[i] * c->police_counted;
        recorded[i] = countable[i];
    }
    if (c->undercounted == 1.0)
        binomial(recorded, countable, &b->r.counted, tally);
    EACH {
        double known = b->by_gangs[i] - b->hidden[i] + b->struck[i] + b->ambient[i];
        kept->killed[i] += b->by_gangs[i] + b->struck[i] + b->ambient[i] + b->police[i];
        kept->uncounted[i] += known + b->police[i] - recorded[i];
        kept->recorded[i] += recorded[i];
        kept->hidden[i] += b->hidden[i];
        kept->ambient[i] += b->ambient[i];
        kept->police_killings[i] += b->police[i];
        s->recorded_now[i] += recorded[i];
    }
    if (c->last == 1.0) {
        double *month = &s->recorded_0[0] + (int)c->month * LANES;
        EACH {
            month[i] = s->recorded_now[i];
            s->recorded_month[i] = s->recorded_now[i] / c->population * 1e5 / c->month_length;
            s->recorded_now[i] = 0.0;
        }
        aim_fear(b);
    }
}

/* Take the members among the dead from the streets, gang by gang in proportion to size. */
static void bury(struct block *b, const double *restrict victims)
{
    row u, v, dead, left, mine, part;
    struct shares share;
    binomial(dead, b->by_gangs, &b->r.victim_members, victims);
    EACH {
        dead[i] += b->police[i];
        left[i] = b->street[i];
    }
    for (int g = 0; g < GANGS; g++) {
        double *street = b->s.gangs[g].street, *killed = b->kept.gangs[g].members_killed;
        if (g < GANGS - 1) {
            EACH part[i] = left[i] > 0.0 ? street[i] / left[i] : 0.0;
            set_shares(&share, part);
            draw(b, VICTIM_GANG, g, u, v);
            binomial(mine, dead, &share, u);
        } else {
            EACH mine[i] = dead[i];
        }
        EACH {
            left[i] -= street[i];
            dead[i] -= mine[i];
            double lost = smaller(mine[i], street[i]);
            street[i] -= lost;
            killed[i] += lost;
        }
    }
}

/* -- 8, 9: who joins, leaves, is held and is released ------------------------------------------ */

/* Release a gang's prisoners; writes how many came back to its streets. */
static void move_prisoners(struct block *b, int g, double *restrict returned)
{
    struct gang *gang = &b->s.gangs[g];
    struct gang_ledger *kept = &b->kept.gangs[g];
    row u, v, exits, more, dead;
    draw(b, PRISON_EXITS, g, u, v);
    binomial(exits, gang->prison, &b->r.prison_exit, u);
    binomial(more, gang->isolated, &b->r.prison_exit, v);
    EACH {
        gang->prison[i] -= exits[i];
        gang->isolated[i] -= more[i];
        exits[i] += more[i];
    }
    draw(b, PRISON_DEATHS, g, u, v);
    binomial(dead, exits, &b->r.prison_dying, u);
    EACH exits[i] -= dead[i];
    binomial(returned, exits, &b->r.returning, v);
    EACH {
        gang->street[i] += returned[i];
        kept->quit_on_release[i] += exits[i] - returned[i];
        kept->returned[i] += returned[i];
        kept->members_died_in_custody[i] += dead[i];
        b->kept.custody_deaths[i] += dead[i];
    }
}

/* Recruit, desist and capture among those who were in the streets when the week began. */
static void move_street(struct block *b, int g, const double *restrict members,
                        const double *restrict joining, const struct shares *restrict leaving,
                        const struct shares *restrict caught,
                        const struct shares *restrict isolation)
{
    struct gang *gang = &b->s.gangs[g];
    struct gang_ledger *kept = &b->kept.gangs[g];
    row u, v, recruits, exits, captured, isolated;
    draw(b, RECRUITS, g, u, v);
    poisson(recruits, joining, u);
    binomial(exits, members, leaving, v);
    draw(b, CAPTURED, g, u, v);
    binomial(captured, exits, caught, u);
    binomial(isolated, captured, isolation, v);
    EACH {
        gang->street[i] += recruits[i] - exits[i];
        gang->prison[i] += captured[i] - isolated[i];
        gang->isolated[i] += isolated[i];
        kept->recruits[i] += recruits[i];
        kept->desisted[i] += exits[i] - captured[i];
        kept->captured[i] += captured[i];
        b->kept.detained[i] += captured[i];
    }
}

/* Move members between streets, prisons and ordinary life. */
static void move_members(struct block *b)
{
    const struct parameters *p = &b->p;
    struct state *s = &b->s;
    double length = b->c->length, given = b->c->segregated;
    row members, recruitment, room, leaving, caught, released, isolation, returned, here, joining;
    struct shares left, captured, isolated;
    clear(members);
    clear(b->undone);
    for (int g = 0; g < GANGS; g++) {
        EACH {
            members[i] += s->gangs[g].street[i];
            members[i] += s->gangs[g].prison[i];
            members[i] += s->gangs[g].isolated[i];
        }
    }
    EACH {
        double gained = s->institutions[i] - p->institutions_usual[i], capture = s->capture[i];
        double desistance = larger(0.0, 1.0 + p->reform_desistance[i] * gained);
        desistance = p->desistance[i] * desistance;
        recruitment[i] =
            p->recruitment[i] * larger(0.0, 1.0 - p->reform_recruitment[i] * gained);
        room[i] = larger(0.0, 1.0 - members[i] / p->niche[i]);
        leaving[i] = hazard(capture + desistance, length);
        caught[i] = capture / larger(capture + desistance, 1e-300);
        released[i] = larger(0.0, p->arrest[i] * s->enforcement[i] - capture);
    }
    EACH {
        double stance = s->stance[i];
        int hard = stance == MANO_DURA || stance == BOTH;
        double share = hard ? p->segregated_crackdown[i] : p->segregated_usual[i];
        share = stance == EXCEPTION ? p->segregated_exception[i] : share;
        isolation[i] = given >= 0.0 ? given : share;
    }
    set_shares(&left, leaving);
    set_shares(&captured, caught);
    set_shares(&isolated, isolation);
    for (int g = 0; g < GANGS; g++) {
        move_prisoners(b, g, returned);
        EACH {
            here[i] = larger(0.0, s->gangs[g].street[i] - returned[i]);
            joining[i] = room[i] * (recruitment[i] * here[i] * length);
            b->undone[i] += released[i] * here[i] * length;
        }
        move_street(b, g, here, joining, &left, &captured, &isolated);
    }
}

/* Let some of those held leave; of these some are dead. */
static void release(struct block *b, double *restrict held, const struct shares *restrict leaving,
                    const struct shares *restrict dying, const double *restrict first,
                    const double *restrict second)
{
    row exits, dead;
    binomial(exits, held, leaving, first);
    binomial(dead, exits, dying, second);
    EACH held[i] -= exits[i];
    add(b->kept.custody_deaths, dead);
}

static void detain_wrongly(struct block *b)
{
    const struct parameters *p = &b->p;
    struct state *s = &b->s;
    row u, v, mean, brief, wrongly;
    sum_street(b);
    EACH {
        double excess = larger(0.0, s->enforcement[i] - 1.0) / EXCEPTION_EFFORT;
        double retained = 1.0 - p->retention_loss[i] * s->filter[i];
        mean[i] = p->wrongful[i] * b->street[i] * retained * excess * b->c->length;
    }
    draw(b, BRIEF_ARRESTS, 0, u, v);
    poisson(brief, b->undone, u);
    add(b->kept.detained, brief);
    if (!any(mean) && !any(s->wrongly_held))
        return;
    poisson(wrongly, mean, v);
    draw(b, WRONGLY_EXITS, 0, u, v);
    release(b, s->wrongly_held, &b->r.wrongly_exit, &b->r.wrongly_dying, u, v);
    add(s->wrongly_held, wrongly);
    add(b->kept.wrongly_detained, wrongly);
    add(b->kept.detained, wrongly);
}

static void move_ordinary(struct block *b)
{
    row u, v, deaths, unused, inflow;
    draw(b, ORDINARY, 0, u, v);
    draw(b, ORDINARY_DEATHS, 0, deaths, unused);
    poisson(inflow, b->r.ordinary_inflow, u);
    release(b, b->s.ordinary, &b->r.ordinary_exit, &b->r.ordinary_dying, v, deaths);
    add(b->s.ordinary, inflow);
}

/* -- 10 to 13: command, beliefs, opinion, the state -------------------------------------------- */

static void command(struct block *b)
{
    const struct parameters *p = &b->p;
    const struct rates *r = &b->r;
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &b->s.gangs[g];
        EACH {
            double concession = b->s.pact[i] * gang->included[i];
            double freedom = concession + (1.0 - concession) * (1.0 - b->s.control[i]);
            double spread = p->command_ceiling[i] - p->command_floor[i];
            double target = p->command_floor[i] + spread * freedom;
            double decay = target > gang->command[i] ? r->command_rise[i] : r->command_fall[i];
            gang->command[i] = toward(gang->command[i], target, decay);
        }
    }
}

static void believe(struct block *b)
{
    const struct rates *r = &b->r;
    double length = b->c->length;
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &b->s.gangs[g];
        EACH {
            double quiet = larger(0.0, 1.0 - b->s.breached[i]);
            double kept = b->s.pact[i] * gang->included[i] * quiet;
            double trust = gang->trust[i] + b->p.trust_gain[i] * kept * length;
            trust = toward(trust, r->trust_prior[i], r->forgetting[i]);
            gang->trust[i] = within(trust, -MOST_LOG_ODDS, MOST_LOG_ODDS);
            double reliance = toward(gang->reliance[i], r->reliance_prior[i], r->forgetting[i]);
            gang->reliance[i] = within(reliance, -MOST_LOG_ODDS, MOST_LOG_ODDS);
        }
    }
}

static void feel(struct block *b)
{
    const struct parameters *p = &b->p;
    struct state *s = &b->s;
    EACH {
        double moved = toward(s->fear[i], b->fear_target[i], b->r.fear[i]);
        s->fear[i] = moved + FEAR_JUMP * (1.0 - moved) * smaller(1.0, s->struck[i]);
        double stance = s->stance[i];
        double tough = stance == EXCEPTION ? TOUGH_EXCEPTION : 0.0;
        tough = stance == BOTH ? TOUGH_BOTH : tough;
        tough = stance == MANO_DURA ? 1.0 : tough;
        double believed = 1.0 - DENIAL * (1.0 - s->democracy[i]);
        double score = s->administration[i] + p->approval_fear[i] * s->fear[i];
        score -= p->approval_leak[i] * s->leaked[i] * s->pact[i] * believed;
        score += 2.0 * p->approval_toughness[i] * s->fear[i] * tough;
        score -= stance == OPEN_PACT ? p->approval_open[i] : 0.0;
        s->approval[i] = toward(s->approval[i], logistic(score), b->r.approval[i]);
    }
}

static void govern(struct block *b)
{
    const struct parameters *p = &b->p;
    const struct rates *r = &b->r;
    struct state *s = &b->s;
    double given = b->c->filter, length = b->c->length;
    EACH {
        double stance = s->stance[i], now = s->democracy[i];
        double target = p->democracy_usual[i];
        int hard = stance == MANO_DURA || stance == BOTH;
        target = hard ? target - DEMOCRACY_LOST_TO_CRACKDOWN : target;
        target = stance == EXCEPTION ? p->democracy_exception[i] : target;
        double decay = target < now ? r->democracy_fall[i] : r->democracy_recovery[i];
        s->democracy[i] = toward(now, target, decay);
    }
    EACH {
        double stance = s->stance[i], now = s->filter[i];
        double target = stance == EXCEPTION ? p->filter_exception[i] : p->filter_usual[i];
        target = given >= 0.0 ? given : target;
        int quick = given >= 0.0 || target < now;
        s->filter[i] = toward(now, target, quick ? r->filter_fall[i] : r->filter_recovery[i]);
    }
    EACH {
        double stance = s->stance[i];
        double target = stance == MANO_DURA ? p->control_crackdown[i] : p->control_usual[i];
        target = stance == EXCEPTION ? p->control_exception[i] : target;
        s->control[i] = toward(s->control[i], target, r->control[i]);
        int reforms = stance == REFORM;
        target = reforms ? 1.0 : p->institutions_usual[i];
        double decay = reforms ? r->reform[i] : r->reform_decay[i];
        s->institutions[i] = toward(s->institutions[i], target, decay);
    }
    EACH {
        int inside = s->pact[i] > 0.0;
        double target = inside ? r->precedent_target[i] : 0.0;
        double decay = inside ? r->precedent_in_pact[i] : r->precedent_outside[i];
        s->precedent[i] = toward(s->precedent[i], target, decay);
        double known = s->leaked[i] * s->pact[i];
        target = p->pressure_usual[i] + (1.0 - p->pressure_usual[i]) * known;
        s->pressure[i] = toward(s->pressure[i], target, r->pressure[i]);
        s->since_break[i] = smaller(LONG_AGO, s->since_break[i] + length);
    }
}

/* -- 15: the end of a period ------------------------------------------------------------------- */

static void take_stock_of_gang(struct block *b, int g)
{
    const struct gang *gang = &b->s.gangs[g];
    struct gang_ledger *kept = &b->kept.gangs[g];
    EACH {
        kept->prisoners_by_gang[i] = gang->prison[i] + gang->isolated[i];
        kept->trust[i] = logistic(gang->trust[i]);
        kept->reliance[i] = logistic(gang->reliance[i]);
    }
    memcpy(kept->street_by_gang, gang->street, sizeof(row));
    memcpy(kept->command, gang->command, sizeof(row));
    memcpy(kept->included, gang->included, sizeof(row));
    memcpy(kept->envious, gang->envious, sizeof(row));
    memcpy(kept->readiness, gang->readiness, sizeof(row));
    memcpy(kept->fragments, gang->fragments, sizeof(row));
    memcpy(kept->territory, gang->territory, sizeof(row));
}

static void take_stock(struct block *b)
{
    struct ledger *kept = &b->kept;
    const struct state *s = &b->s;
    clear(kept->gang_prisoners);
    for (int g = 0; g < GANGS; g++) {
        take_stock_of_gang(b, g);
        add(kept->gang_prisoners, kept->gangs[g].prisoners_by_gang);
    }
    sum_street(b);
    EACH {
        kept->prisoners[i] = kept->gang_prisoners[i] + s->wrongly_held[i] + s->ordinary[i];
        kept->leaked[i] = s->leaked[i] * s->pact[i];
    }
    memcpy(kept->street, b->street, sizeof(row));
    memcpy(kept->wrongly_held, s->wrongly_held, sizeof(row));
    memcpy(kept->ordinary_prisoners, s->ordinary, sizeof(row));
    memcpy(kept->fear, s->fear, sizeof(row));
    memcpy(kept->approval, s->approval, sizeof(row));
    memcpy(kept->democracy, s->democracy, sizeof(row));
    memcpy(kept->judicial_filter, s->filter, sizeof(row));
    memcpy(kept->prison_control, s->control, sizeof(row));
    memcpy(kept->institutions, s->institutions, sizeof(row));
    memcpy(kept->precedent, s->precedent, sizeof(row));
    memcpy(kept->foreign_pressure, s->pressure, sizeof(row));
    memcpy(kept->platform, s->platform, sizeof(row));
    memcpy(kept->corruption, s->corruption, sizeof(row));
    memcpy(kept->prosecuted, s->prosecuted, sizeof(row));
    memcpy(kept->stance, s->stance, sizeof(row));
}

static void live_a_week(struct block *b)
{
    double share = b->c->share;
    row victims, tally;
    set_stance(b);
    act(b);
    enforce(b);
    EACH b->kept.pact[i] += share * b->s.pact[i];
    expose_pact(b);
    kill(b);
    draw(b, VICTIMS, 0, victims, tally);
    count(b, tally);
    bury(b, victims);
    move_members(b);
    detain_wrongly(b);
    move_ordinary(b);
    command(b);
    believe(b);
    feel(b);
    govern(b);
    for (int g = 0; g < GANGS; g++) {
        struct gang_ledger *kept = &b->kept.gangs[g];
        EACH {
            kept->restraining[i] += share * b->s.gangs[g].restraining[i];
            kept->pressing[i] += share * b->s.gangs[g].pressing[i];
        }
    }
    if (b->c->closes == 1.0)
        take_stock(b);
}

/* -- blocks ------------------------------------------------------------------------------------ */

#define ROWS(structure) (sizeof(structure) / sizeof(double) / LANES)

/* Copy worlds from a table (one row a world) into rows; a last block repeats its last world. */
static void load(double *rows, const double *table, int64_t length, int64_t first, int64_t n)
{
    EACH {
        int64_t world = first + i < n ? first + i : n - 1;
        for (int64_t j = 0; j < length; j++)
            rows[j * LANES + i] = table[world * length + j];
    }
}

static int64_t no_numbers(const struct block *b, int64_t lanes)
{
    row sum;
    int64_t bad = 0;
    EACH {
        double near = b->kept.killed[i] + b->s.fear[i] + b->s.approval[i];
        sum[i] = near + b->s.capture[i] + b->s.ordinary[i];
        bad += sum[i] - sum[i] != 0.0;
    }
    return bad > lanes ? lanes : bad;
}

static struct block B;

int64_t advance(double *states, const double *parameters, const int64_t *worlds, int64_t n,
                const double *calendar, int64_t weeks, int64_t first_step,
                int64_t weeks_per_month, int64_t seed, double rivalry_at_start,
                const int64_t *columns, int64_t kept, int64_t periods, double *out)
{
    const struct week *table = (const struct week *)calendar;
    struct block *b = &B;
    int64_t failed = 0;
    for (int64_t first = 0; first < n; first += LANES) {
        int64_t lanes = n - first < LANES ? n - first : LANES, period = 0, bad = 0;
        memset(b, 0, sizeof *b);
        load((double *)&b->s, states, ROWS(struct state), first, n);
        load((double *)&b->p, parameters, ROWS(struct parameters), first, n);
        EACH {
            int64_t world = worlds[first + i < n ? first + i : n - 1];
            b->low[i] = world & 0xFFFFFFFF;
            b->high[i] = (world >> 32) & 0xFFFF;
        }
        b->key_low = seed & 0xFFFFFFFF;
        b->key_high = (seed >> 32) & 0xFFFFFFFF;
        b->rivalry_at_start = rivalry_at_start;
        aim_fear(b);
        for (int64_t t = 0; t < weeks; t++) {
            b->c = &table[t];
            b->step = (uint64_t)(first_step + t) & 0xFFFFFFFF;
            if (b->c->opens == 1.0)
                memset(&b->kept, 0, sizeof b->kept);
            if ((first_step + t) % weeks_per_month == 0)
                draw_month(b);
#ifndef EVERY_WEEK
            if (t == 0 || b->c->length != table[t - 1].length)
#endif
                set_rates(b);
            if (b->c->inauguration == 1.0)
                take_office(b);
            live_a_week(b);
            int64_t now = no_numbers(b, lanes);
            bad = now > bad ? now : bad;
            if (b->c->closes == 1.0) {
                const double *rows = (const double *)&b->kept;
                for (int64_t j = 0; j < kept; j++)
                    for (int64_t i = 0; i < lanes; i++)
                        out[((first + i) * periods + period) * kept + j] =
                            rows[columns[j] * LANES + i];
                period++;
            }
        }
        for (int64_t i = 0; i < lanes; i++)
            for (int64_t j = 0; j < (int64_t)ROWS(struct state); j++)
                states[(first + i) * (int64_t)ROWS(struct state) + j] =
                    ((const double *)&b->s)[j * LANES + i];
        failed += bad;
    }
    return failed;
}
