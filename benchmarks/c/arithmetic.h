/*
 * Exponential, logarithm, normal quantile and keyed random numbers for the yardsticks in C.
 *
 * The same operations in the same order as tregua.model.elementary and tregua.model.noise, so that
 * the yardsticks can be held against tregua bit by bit. With -DLIBM the exponential and the
 * logarithm are those of the C library: then results agree in law only.
 */
#ifndef ARITHMETIC_H
#define ARITHMETIC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH 0.6931471803691238 /* the leading 33 bits of ln 2 */
#define LN2_LOW 1.9082149292705877e-10
#define TO_WHOLE 6755399441055744.0 /* 1.5 * 2^52: adding it rounds a double to a whole number */

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double number_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double larger(double a, double b) { return b > a ? b : a; }
static inline double smaller(double a, double b) { return b < a ? b : a; }
static inline double within(double x, double low, double high)
{
    return smaller(larger(x, low), high);
}

#ifdef LIBM
static inline double exponential(double x) { return exp(x); }
static inline double logarithm(double x) { return log(x); }
#else
static inline double exponential(double x)
{
    x = x > 709.0 ? 709.0 : x;
    x = x < -708.0 ? -708.0 : x;
    double shifted = x * 1.4426950408889634 + TO_WHOLE;
    double k = shifted - TO_WHOLE;
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double e = 1.0 / 6227020800.0;
    e = e * r + 1.0 / 479001600.0;
    e = e * r + 1.0 / 39916800.0;
    e = e * r + 1.0 / 3628800.0;
    e = e * r + 1.0 / 362880.0;
    e = e * r + 1.0 / 40320.0;
    e = e * r + 1.0 / 5040.0;
    e = e * r + 1.0 / 720.0;
    e = e * r + 1.0 / 120.0;
    e = e * r + 1.0 / 24.0;
    e = e * r + 1.0 / 6.0;
    e = e * r + 0.5;
    e = e * r + 1.0;
    e = e * r + 1.0;
    return e * number_of((bits_of(shifted) << 52) + (UINT64_C(1023) << 52));
}

static inline double logarithm(double x)
{
    const uint64_t root_half = UINT64_C(0x3FE6A09E667F3BCD), half = UINT64_C(0x3FE0000000000000);
    uint64_t bits = bits_of(x) + (half - root_half);
    double k = number_of((bits >> 52) | UINT64_C(0x4330000000000000));
    k -= 4503599627370496.0 + 1022.0;
    double m = number_of((bits & ((UINT64_C(1) << 52) - 1)) + root_half);
    double f = m - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double series = 2.0 / 23.0;
    series = series * z + 2.0 / 21.0;
    series = series * z + 2.0 / 19.0;
    series = series * z + 2.0 / 17.0;
    series = series * z + 2.0 / 15.0;
    series = series * z + 2.0 / 13.0;
    series = series * z + 2.0 / 11.0;
    series = series * z + 2.0 / 9.0;
    series = series * z + 2.0 / 7.0;
    series = series * z + 2.0 / 5.0;
    series = series * z + 2.0 / 3.0;
    double half_square = 0.5 * f * f;
    double tail = s * (half_square + series * z) + k * LN2_LOW;
    return k * LN2_HIGH + (f - (half_square - tail));
}
#endif

static inline double logarithm_1p(double x)
{
    double y = 1.0 + x;
    return logarithm(y) + (x - (y - 1.0)) / y;
}

static inline double logistic(double z) { return 1.0 / (1.0 + exponential(-z)); }

static inline double log_odds(double probability)
{
    double bounded = within(probability, 1e-6, 1.0 - 1e-6);
    return logarithm(bounded / (1.0 - bounded));
}

/* Probability of an event of this rate within `length` years. */
static inline double hazard(double rate, double length)
{
    return 1.0 - exponential(-rate * length);
}

/* Phi^-1(u) = (2 u - 1) h(t), t = -ln(4 u (1 - u)): h is one of two polynomials of degree 13. */
static const double QUANTILE_NEAR[14] = {
    2.0129043575832406e-05, -3.0329591736354666e-05,
    -0.00010117832861874232, 0.00031115471836166693,
    -9.112599050092697e-05, -0.0011856151938373553,
    0.0029320057343830536, -0.0009906013966657135,
    -0.011735651532883402, 0.03364964546395764,
    -0.02918224968356039, -0.11636721194232001,
    1.1649646880009892, 2.464733712410985,
};
static const double QUANTILE_FAR[14] = {
    0.0001244181150016385, -0.00011023004018012054,
    -0.0004055242546595455, 0.0006011742073525831,
    -0.0001793576718602859, 0.00014053964863620163,
    -0.0004587041126646534, 0.0006411604311878229,
    -0.0010788578297442838, 0.002198392963045861,
    -0.0037250578314502953, 0.0021729292639597188,
    2.454925472030756, 5.950485798187013,
};

/* With a branch, for one number at a time. */
static inline double normal_quantile(double u)
{
    double t = -logarithm(4.0 * u * (1.0 - u));
    const double *c = QUANTILE_NEAR;
    double z = t * (2.0 / 7.0) - 1.0;
    if (!(t < 7.0)) {
        c = QUANTILE_FAR;
        z = (sqrt(t) - 4.364256920681405) * 0.5819009227575208;
    }
    double h = c[0];
    for (int j = 1; j < 14; j++)
        h = h * z + c[j];
    return (2.0 * u - 1.0) * h;
}

/* Without a branch, for loops over lanes. */
static inline double normal_quantile_in_step(double u)
{
    double t = -logarithm(4.0 * u * (1.0 - u));
    int near = t < 7.0;
    double z = t * (2.0 / 7.0) - 1.0;
    double far = (sqrt(t > 0.0 ? t : 0.0) - 4.364256920681405) * 0.5819009227575208;
    z = near ? z : far;
    double h = near ? QUANTILE_NEAR[0] : QUANTILE_FAR[0];
    for (int j = 1; j < 14; j++)
        h = h * z + (near ? QUANTILE_NEAR[j] : QUANTILE_FAR[j]);
    return (2.0 * u - 1.0) * h;
}

/* -- keyed random numbers: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011) ----------------- */

struct pair {
    double u, v;
};

/* Two uniform numbers of a (week, world, purpose and gang). Words are 32-bit numbers held in 64
 * bits, which is what the widening multiplication of a vector unit takes. */
static inline struct pair scramble(uint64_t step, uint64_t low, uint64_t word, uint64_t key_low,
                                   uint64_t key_high)
{
    const uint64_t mask = UINT64_C(0xFFFFFFFF);
    uint64_t c0 = step, c1 = low, c2 = word, c3 = 0, a = key_low, b = key_high;
    for (int round = 0; round < 10; round++) {
        uint64_t first = UINT64_C(0xD2511F53) * c0, second = UINT64_C(0xCD9E8D57) * c2;
        c0 = (second >> 32) ^ c1 ^ a;
        c1 = second & mask;
        c2 = (first >> 32) ^ c3 ^ b;
        c3 = first & mask;
        a = (a + UINT64_C(0x9E3779B9)) & mask;
        b = (b + UINT64_C(0xBB67AE85)) & mask;
    }
    struct pair drawn;
    drawn.u = ((double)(int64_t)((c0 << 20) | (c1 >> 12)) + 0.5) * 0x1p-52;
    drawn.v = ((double)(int64_t)((c2 << 20) | (c3 >> 12)) + 0.5) * 0x1p-52;
    return drawn;
}

#endif
