/*
 * Quantiles of the Poisson and the binomial law, as in tregua.model.chance: what both yardsticks
 * share. Below a mean of 10 probabilities are summed from zero; above, the Cornish-Fisher expansion
 * gives the count, and where it falls too near a step the distribution function is summed.
 */
#ifndef QUANTILES_H
#define QUANTILES_H

#include "arithmetic.h"

#define SMALL_MEAN 10.0
#define MOST_STEPS 200
#define ALMOST_ONE (1.0 - 4e-15)

/* Cornish-Fisher quantile about the mean, from a normal quantile and cumulants 2 to 6. */
static inline double expansion(double w, double k2, double k3, double k4, double k5, double k6)
{
    double s = sqrt(k2);
    double r = 1.0 / s;
    double c3 = k3 * r * r * r;
    double c4 = k4 * r * r * r * r;
    double c5 = k5 * r * r * r * r * r;
    double c6 = k6 * r * r * r * r * r * r;
    double v = w * w, c33 = c3 * c3;
    double x = w + c3 * (v - 1.0) * (1.0 / 6.0);
    x += w * (c4 * (v - 3.0) * (1.0 / 24.0) - c33 * (2.0 * v - 5.0) * (1.0 / 36.0));
    x += c5 * ((v - 6.0) * v + 3.0) * (1.0 / 120.0);
    x -= c3 * c4 * ((v - 5.0) * v + 2.0) * (1.0 / 24.0);
    x += c33 * c3 * ((12.0 * v - 53.0) * v + 17.0) * (1.0 / 324.0);
    double y = c6 * ((v - 10.0) * v + 15.0) * (1.0 / 720.0);
    y -= c3 * c5 * ((2.0 * v - 17.0) * v + 21.0) * (1.0 / 180.0);
    y -= c4 * c4 * ((3.0 * v - 24.0) * v + 29.0) * (1.0 / 384.0);
    y += c33 * c4 * ((14.0 * v - 103.0) * v + 107.0) * (1.0 / 288.0);
    y -= c33 * c33 * ((252.0 * v - 1688.0) * v + 1511.0) * (1.0 / 7776.0);
    return s * (x + w * y);
}

/* Smallest k with k + 1/2 >= x; as -1 - k where the expansion's error may decide. */
static inline double step_above(double x, double w, double k2)
{
    double y = x - 0.5;
    double nearest = (y + TO_WHOLE) - TO_WHOLE;
    double v = w * w;
    double doubt = (0.0005 + 0.0025 * v * v) / k2 + 4e-9 * (1.0 + v) * k2;
    doubt = v < 16.0 ? doubt : 1.0;
    double k = nearest >= y ? nearest : nearest + 1.0;
    k = k > 0.0 ? k : 0.0;
    return fabs(y - nearest) < doubt ? -1.0 - k : k;
}

/* The expanded quantile, at the normal quantile w, of a Poisson count of mean m >= 10; doubtful
 * ones as -1 - k. */
static inline double poisson_expanded(double m, double w)
{
    double k2 = m - 1.0 / 12.0;
    double x = m + expansion(w, k2, m, m + 1.0 / 120.0, m, m - 1.0 / 252.0);
    return step_above(x, w, k2);
}

/* The same of a binomial count of n trials with p <= 1/2 and n p >= 10. */
static inline double binomial_expanded(double n, double p, double w)
{
    double spread = p * (1.0 - p);
    double v = n * spread, skew = 1.0 - 2.0 * p;
    double k2 = v - 1.0 / 12.0;
    double k4 = v * (1.0 - 6.0 * spread) + 1.0 / 120.0;
    double k6 = v * (1.0 - 30.0 * spread + 120.0 * spread * spread) - 1.0 / 252.0;
    double x = n * p + expansion(w, k2, v * skew, k4, v * skew * (1.0 - 12.0 * spread), k6);
    double k = step_above(x, w, k2);
    return k <= n ? k : -1.0 - n;
}

/* ln(1 - p), with the rounding of 1 - p put back: exp(n log_none) is the chance of none among n. */
static inline double log_none(double p)
{
    double other = 1.0 - p;
    return logarithm(other) + ((1.0 - other) - p) * (1.0 / other);
}

/* -- where an expansion cannot decide -------------------------------------------------------- */

static double log_factorial(double k)
{
    static const double stirling[10] = {
        0.08106146679532726,  0.04134069595540929,  0.02767792568499834,  0.02079067210376509,
        0.01664469118982119,  0.01387612882307075,  0.01189670994589177,  0.01041126526197209,
        0.009255462182712733, 0.008330563433362871,
    };
    double tail;
    if (k < 10.0) {
        tail = stirling[(int)k];
    } else {
        double square = (k + 1.0) * (k + 1.0);
        double fourth = 1.0 / 1260.0 - 1.0 / 1680.0 / square;
        tail = (1.0 / 12.0 - (1.0 / 360.0 - fourth / square) / square) / (k + 1.0);
    }
    return (k + 0.5) * logarithm(k + 1.0) - (k + 1.0) + 0.9189385332046727 + tail;
}

/* Whether the Poisson distribution function at k reaches u; sums the lighter tail. */
static int poisson_reaches(double u, double mean, double k)
{
    int below = k <= mean;
    double start = below ? k : k + 1.0;
    double term = exponential(start * logarithm(mean) - mean - log_factorial(start));
    double total = term;
    while (term > 1e-17 * total && start > 0.0) {
        if (below) {
            term *= start / mean;
            start -= 1.0;
        } else {
            start += 1.0;
            term *= mean / start;
        }
        total += term;
    }
    return below ? u <= total : 1.0 - u >= total;
}

static double poisson_quantile(double u, double mean, double guess)
{
    double k = guess;
    while (k > 0.0 && poisson_reaches(u, mean, k - 1.0))
        k -= 1.0;
    while (!poisson_reaches(u, mean, k))
        k += 1.0;
    return k;
}

static int binomial_reaches(double u, double n, double p, double k)
{
    if (k >= n)
        return 1;
    int below = k <= n * p;
    double start = below ? k : k + 1.0;
    double odds = p / (1.0 - p);
    double term = log_factorial(n) - log_factorial(start) - log_factorial(n - start);
    term = exponential(term + start * logarithm(p) + (n - start) * logarithm_1p(-p));
    double total = term;
    while (term > 1e-17 * total && 0.0 < start && start < n) {
        if (below) {
            term *= start / ((n - start + 1.0) * odds);
            start -= 1.0;
        } else {
            start += 1.0;
            term *= odds * (n - start + 1.0) / start;
        }
        total += term;
    }
    return below ? u <= total : 1.0 - u >= total;
}

static double binomial_quantile(double u, double n, double p, double guess)
{
    double k = guess;
    while (k > 0.0 && binomial_reaches(u, n, p, k - 1.0))
        k -= 1.0;
    while (!binomial_reaches(u, n, p, k))
        k += 1.0;
    return k;
}

#endif
