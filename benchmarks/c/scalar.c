/*
 * Yardstick: the core week of tregua in plain C, one world at a time.
 *
 * What a C programmer would write by hand: structs, branches, early exits where nobody is left to
 * move, no random number drawn that nobody needs, and everything that hangs on parameters and the
 * length of the week only worked out when that length changes (with -DEVERY_WEEK: each week). It
 * covers scripted weeks of three gangs without optional mechanisms, keeps the whole ledger, and
 * gives the bits of tregua.
 */
#define FIELD(name) double name;
#include "week.h"

#include "quantiles.h"

/* -- counts ---------------------------------------------------------------------------------- */

#define SURELY (1.0 - 1e-9) /* a bound that no rounding can reach */

static double inverse_of[MOST_STEPS]; /* 1 / k */

/* A share of a count, and what every binomial law of that share has in common. */
struct share {
    double p, odds, log_none; /* of the rarer outcome; log_none = ln(1 - p) */
    int rare;                 /* whether the rarer outcome is the one asked for */
};

static struct share share_of(double share)
{
    struct share made;
    double p = within(share, 0.0, 1.0);
    made.rare = share <= 0.5;
    made.p = made.rare ? p : 1.0 - p;
    double inverse = 1.0 / (1.0 - made.p);
    made.odds = made.p * inverse;
    made.log_none = log_none(made.p);
    return made;
}

/* How many times the sum of probabilities, the first of which is given, stays below u. */
static double poisson_summed(double mean, double u)
{
    double term = exponential(-mean), total = term, reach = smaller(u, ALMOST_ONE);
    int k = 1;
    for (; k < MOST_STEPS && reach > total; k++) {
        term *= mean * inverse_of[k];
        total += term;
    }
    return k - 1;
}

static double binomial_summed(double size, const struct share *share, double u)
{
    double term = exponential(size * share->log_none), total = term;
    double reach = smaller(u, ALMOST_ONE), left = size;
    int k = 1;
    for (; k < MOST_STEPS && reach > total; k++) {
        term *= share->odds * left * inverse_of[k];
        total += term;
        left -= 1.0;
    }
    return k - 1;
}

static double poisson(double mean, double u)
{
    if (!(mean > 0.0) || u < SURELY - mean) /* exp(-mean) >= 1 - mean: nobody */
        return 0.0;
    if (mean < SMALL_MEAN)
        return poisson_summed(mean, u);
    double k = poisson_expanded(mean, normal_quantile(u));
    return k < 0.0 ? poisson_quantile(u, mean, -1.0 - k) : k;
}

static double binomial(double size, const struct share *share, double u)
{
    if (!(size > 0.0))
        return 0.0;
    u = share->rare ? u : 1.0 - u;
    double count = 0.0, mean = size * share->p;
    if (u >= SURELY - mean) { /* else (1 - p)^n >= 1 - n p: nobody */
        if (mean < SMALL_MEAN) {
            count = binomial_summed(size, share, u);
        } else {
            count = binomial_expanded(size, share->p, normal_quantile(u));
            if (count < 0.0)
                count = binomial_quantile(u, size, share->p, -1.0 - count);
        }
    }
    return share->rare ? count : size - count;
}

/* What hangs on the parameters and the length of a week: factors of decay, hazards, priors. */
struct rates {
    double length;
    struct share prison_exit, prison_dying, wrongly_exit, wrongly_dying, ordinary_exit;
    struct share ordinary_dying, returning, victim_members, counted;
    double ordinary_inflow;
    double command_rise, command_fall, trust_prior, reliance_prior, forgetting;
    double fear, approval, control, pressure;
    double democracy_fall, democracy_recovery, filter_fall, filter_recovery;
    double reform, reform_decay, precedent_in_pact, precedent_outside;
    double precedent_target; /* towards which the precedent rises in a pact */
    double breach, breach_in_both, prosecution;
};

struct world {
    struct state s;
    struct ledger kept;
    struct rates r;
    const struct parameters *p;
    const struct week *c;
    uint64_t low, high, key_low, key_high, step;
    double rivalry_at_start;
    double fear_target; /* changes once a month */
};

/* The week's numbers that pass from one event to the next. */
struct dead {
    double by_gangs, hidden, struck, ambient, police;
};

static struct pair draw(const struct world *w, enum purpose purpose, int gang)
{
    uint64_t word = (uint64_t)purpose | ((uint64_t)gang << 8) | (w->high << 16);
    return scramble(w->step, w->low, word, w->key_low, w->key_high);
}

#define SURELY (1.0 - 1e-9) /* a bound that no rounding can reach */

/* -- what hangs on the length of the week only ------------------------------------------------- */

static void leave_custody(const struct world *w, double stay, struct share *exit,
                          struct share *dying)
{
    double release = 1.0 / stay, death = w->p->custody_death;
    *exit = share_of(hazard(release + death, w->c->length));
    *dying = share_of(death / (release + death));
}

static void set_rates(struct world *w)
{
    const struct parameters *p = w->p;
    struct rates *r = &w->r;
    double length = w->c->length;
    r->length = length;
    leave_custody(w, p->release_time, &r->prison_exit, &r->prison_dying);
    leave_custody(w, p->wrongful_time, &r->wrongly_exit, &r->wrongly_dying);
    leave_custody(w, p->ordinary_time, &r->ordinary_exit, &r->ordinary_dying);
    r->returning = share_of(p->return_share);
    r->victim_members = share_of(p->victim_members);
    r->counted = share_of(p->counted_exception);
    r->ordinary_inflow = p->ordinary_inflow * length;
    r->command_rise = exponential(-length / p->command_rise);
    r->command_fall = exponential(-length / p->command_fall);
    r->trust_prior = log_odds(p->trust_prior);
    r->reliance_prior = log_odds(p->reliance_prior);
    r->forgetting = exponential(-p->forgetting * length);
    r->fear = exponential(-length / p->fear_time);
    r->approval = exponential(-length / p->approval_time);
    r->control = exponential(-length / p->control_time);
    r->pressure = exponential(-length / p->pressure_time);
    r->democracy_fall = exponential(-length / p->democracy_fall);
    r->democracy_recovery = exponential(-length / p->democracy_recovery);
    r->filter_fall = exponential(-length / p->filter_fall);
    r->filter_recovery = exponential(-length / p->filter_recovery);
    r->reform = exponential(-length / p->reform_time);
    r->reform_decay = exponential(-length / p->reform_decay);
    double speed = PRECEDENT_RATE + 0.0 / p->precedent_time;
    r->precedent_target = PRECEDENT_RATE / speed;
    r->precedent_in_pact = exponential(-length / (1.0 / speed));
    speed = 0.0 + 1.0 / p->precedent_time;
    r->precedent_outside = exponential(-length / (1.0 / speed));
    r->breach = hazard(p->breach * 1.0, length);
    r->breach_in_both = hazard(p->breach * HARDLINERS_IN_BOTH, length);
    r->prosecution = hazard(p->prosecution, length);
}

static double toward(double value, double target, double decay)
{
    return target + (value - target) * decay;
}

static double aim_of_fear(const struct world *w)
{
    const struct parameters *p = w->p;
    double rate = larger(w->s.recorded_month, FLOOR_RATE);
    return logistic(p->fear_level + p->fear_slope * logarithm(rate / 30.0));
}

/* -- 1, 2: who governs, and how ---------------------------------------------------------------- */

static void take_office(struct world *w)
{
    struct pair n = draw(w, ADMINISTRATION, 0);
    w->s.administration = w->p->approval_level + w->p->approval_spread * normal_quantile(n.u);
    if (w->s.since_break < LONG_AGO)
        w->s.turned = larger(w->s.turned, 1.0);
}

static void revoke_pact(struct world *w)
{
    if (w->s.pact <= 0.0)
        return;
    w->s.pact = 0.0;
    w->s.since_break = 0.0;
    w->s.last_end = REVOKED;
    w->s.turned = 0.0;
    w->kept.pact_ends += 1.0;
    for (int g = 0; g < GANGS; g++)
        w->s.gangs[g].trust -= w->p->trust_loss;
}

static void set_stance(struct world *w)
{
    double wanted = w->c->stance;
    if (wanted == w->s.stance)
        w->s.since_change += w->c->length * DAYS_A_YEAR / DAYS_A_WEEK;
    else
        w->s.since_change = 0.0;
    w->s.stance = wanted;
    int is_pact = wanted == SECRET_PACT || wanted == BOTH || wanted == OPEN_PACT;
    if (!is_pact) {
        revoke_pact(w);
    } else if (w->s.pact == 0.0) {
        w->s.pact = 1.0;
        w->s.leaked = 0.0;
        w->s.sanctioned = 0.0;
        w->kept.pact_starts += 1.0;
    }
}

static void draw_month(struct world *w)
{
    w->s.draw = draw(w, GOVERNMENT_MONTH, 0).u;
    for (int g = 0; g < GANGS; g++)
        w->s.gangs[g].draw = draw(w, MONTH, g).u;
}

static void act(struct world *w)
{
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &w->s.gangs[g];
        gang->restraining = gang->draw < w->c->restraining ? 1.0 : 0.0;
        gang->pressing = gang->draw > 1.0 - w->c->pressing ? 1.0 : 0.0;
    }
}

/* -- 3: enforcement ---------------------------------------------------------------------------- */

static void enforce(struct world *w)
{
    const struct parameters *p = w->p;
    double given = w->c->enforcement;
    double e = 1.0;
    if (given > 1.0)
        e = 1.0 + (given - 1.0) * p->enforcement_scale;
    else if (given >= 0.0)
        e = given;
    else if (w->s.stance == MANO_DURA)
        e = w->s.platform;
    else if (w->s.stance == BOTH)
        e = p->enforcement_both;
    else if (w->s.stance == EXCEPTION)
        e = p->enforcement_exception;
    w->s.enforcement = e;
    w->s.capture = p->arrest * e * (1.0 - p->retention_loss * w->s.filter);
}

/* -- 4: what may happen to a pact -------------------------------------------------------------- */

static void strike(struct world *w, int g, struct dead *d)
{
    struct pair n = draw(w, STRIKE, g);
    if (!(n.u < w->p->strike_given_breach))
        return;
    struct gang *gang = &w->s.gangs[g];
    w->kept.strikes += 1.0;
    w->s.struck += 1.0;
    double killed = poisson(w->p->strike * gang->command * gang->street, n.v);
    d->struck += killed;
    w->kept.struck += killed;
}

static void expose_pact(struct world *w, struct dead *d)
{
    const struct parameters *p = w->p;
    double length = w->c->length;
    w->s.struck = 0.0;
    w->s.breached = 0.0;
    if (w->s.turned > w->s.prosecuted && draw(w, HONOUR, 0).v < w->r.prosecution)
        w->s.prosecuted = w->s.turned;
    if (w->s.pact == 0.0)
        return;
    int secret = w->s.stance == SECRET_PACT || w->s.stance == BOTH;
    if (secret || w->s.leaked > 0.0) {
        struct pair n = draw(w, LEAK, 0);
        if (w->s.leaked == 0.0 && n.u < hazard(p->leak * w->s.democracy, length)) {
            w->s.leaked = 1.0;
            w->kept.leaks += 1.0;
        }
        if (w->s.leaked == 1.0 && n.v < hazard(p->sanction * w->s.pressure, length)) {
            w->s.sanctioned = 1.0;
            w->kept.sanctions += 1.0;
        }
    }
    double broken = w->s.stance == BOTH ? w->r.breach_in_both : w->r.breach;
    for (int g = 0; g < GANGS; g++) {
        if (!(draw(w, BREACH, g).u < broken) || w->s.gangs[g].included == 0.0)
            continue;
        w->kept.breaches += 1.0;
        w->s.breached += 1.0;
        w->s.gangs[g].trust -= p->trust_loss;
        strike(w, g, d);
    }
}

/* -- 5, 6, 7: the dead ------------------------------------------------------------------------- */

static double all_street(const struct world *w)
{
    double total = 0.0;
    for (int g = 0; g < GANGS; g++)
        total += w->s.gangs[g].street;
    return total;
}

/* Update the government's belief that a gang delivers by a Poisson likelihood ratio. */
static void judge_gang(struct world *w, struct gang *gang, double base, double seen)
{
    const struct parameters *p = w->p;
    double kept = base * (1.0 - p->restraint * gang->command) * (1.0 - p->hidden_pact);
    double broken = base * (1.0 - p->hidden_usual);
    if (!(kept > 0.0 && broken > 0.0))
        return;
    double evidence = p->tempering * (seen * logarithm(kept / broken) - (kept - broken));
    gang->reliance += within(evidence, -MOST_EVIDENCE, MOST_EVIDENCE);
}

static void kill_by_gang(struct world *w, int g, double street, double exposure, struct dead *d)
{
    const struct parameters *p = w->p;
    struct gang *gang = &w->s.gangs[g];
    double share = street > 0.0 ? gang->street / street : 1.0;
    double rivals = 1.0;
    if (w->rivalry_at_start > 0.0)
        rivals = (1.0 - share / gang->fragments) / w->rivalry_at_start;
    double of_rivals = 1.0 - p->rivalry + p->rivalry * rivals;
    double base = gang->street * p->killing * of_rivals * exposure;
    gang->base_rate = base / w->c->length;
    double held = gang->restraining * (1.0 - p->restraint * gang->command);
    double free = 1.0 - gang->restraining
                  + gang->pressing * p->pressing_effect * gang->readiness * gang->command;
    double mean = base * (held + free), killed = 0.0, hidden = 0.0;
    if (mean > 0.0) {
        struct pair n = draw(w, KILLINGS, g);
        killed = poisson(mean, n.u);
        if (killed > 0.0) {
            double discreet = w->s.pact > 0.0 ? p->hidden_pact : p->hidden_usual;
            double hiding = held * discreet + free * p->hidden_usual;
            struct share hidden_share = share_of(hiding / larger(held + free, 1e-12));
            hidden = binomial(killed, &hidden_share, n.v);
            d->by_gangs += killed;
            d->hidden += hidden;
            w->kept.gangs[g].killed_by_gang += killed;
            w->kept.gangs[g].hidden_by_gang += hidden;
        }
    }
    if (w->s.pact > 0.0)
        judge_gang(w, gang, base, killed - hidden);
}

static void kill(struct world *w, double street, struct dead *d)
{
    const struct parameters *p = w->p;
    double length = w->c->length;
    double exposure = exponential(-p->deterrence * w->s.capture) * length;
    for (int g = 0; g < GANGS; g++)
        kill_by_gang(w, g, street, exposure, d);
    double covered = 1.0 - exponential(-street / p->coverage);
    double reformed = 1.0 - p->reform_ambient * (w->s.institutions - p->institutions_usual);
    double per_person = p->ambient_floor + p->ambient_gangs * covered * reformed;
    double mean = w->c->population * per_person * exposure;
    w->s.ambient_rate = mean / length;
    struct pair n = draw(w, AMBIENT, 0);
    d->ambient = poisson(mean, n.u);
    if (w->s.enforcement > 1.0)
        d->police = poisson(p->police_killing * (w->s.enforcement - 1.0) * street * exposure, n.v);
}

/* Print the official tally under the counting rules of the day. */
static void count(struct world *w, const struct dead *d, double tally)
{
    const struct week *c = w->c;
    double known = d->by_gangs - d->hidden + d->struck + d->ambient;
    double recorded = known + d->police * c->police_counted;
    if (c->undercounted == 1.0)
        recorded = binomial(recorded, &w->r.counted, tally);
    w->kept.killed += d->by_gangs + d->struck + d->ambient + d->police;
    w->kept.uncounted += known + d->police - recorded;
    w->kept.recorded += recorded;
    w->kept.hidden += d->hidden;
    w->kept.ambient += d->ambient;
    w->kept.police_killings += d->police;
    w->s.recorded_now += recorded;
    if (c->last == 1.0) {
        (&w->s.recorded_0)[(int)c->month] = w->s.recorded_now;
        w->s.recorded_month = w->s.recorded_now / c->population * 1e5 / c->month_length;
        w->s.recorded_now = 0.0;
        w->fear_target = aim_of_fear(w);
    }
}

/* Take the members among the dead from the streets, gang by gang in proportion to size. */
static void bury(struct world *w, double street, double by_gangs, double police, double u)
{
    double dead = binomial(by_gangs, &w->r.victim_members, u) + police;
    double left = street;
    for (int g = 0; g < GANGS && dead > 0.0; g++) {
        struct gang *gang = &w->s.gangs[g];
        double mine = dead;
        if (g < GANGS - 1) {
            struct share share = share_of(left > 0.0 ? gang->street / left : 0.0);
            mine = binomial(dead, &share, draw(w, VICTIM_GANG, g).u);
        }
        left -= gang->street;
        dead -= mine;
        mine = smaller(mine, gang->street);
        gang->street -= mine;
        w->kept.gangs[g].members_killed += mine;
    }
}

/* -- 8, 9: who joins, leaves, is held and is released ------------------------------------------ */

/* Release a gang's prisoners; returns how many came back to its streets. */
static double move_prisoners(struct world *w, int g)
{
    struct gang *gang = &w->s.gangs[g];
    struct gang_ledger *kept = &w->kept.gangs[g];
    if (gang->prison + gang->isolated == 0.0)
        return 0.0;
    struct pair n = draw(w, PRISON_EXITS, g);
    double exits = binomial(gang->prison, &w->r.prison_exit, n.u);
    double more = binomial(gang->isolated, &w->r.prison_exit, n.v);
    gang->prison -= exits;
    gang->isolated -= more;
    exits += more;
    if (exits == 0.0)
        return 0.0;
    n = draw(w, PRISON_DEATHS, g);
    double dead = binomial(exits, &w->r.prison_dying, n.u);
    exits -= dead;
    double returned = binomial(exits, &w->r.returning, n.v);
    gang->street += returned;
    kept->quit_on_release += exits - returned;
    kept->returned += returned;
    kept->members_died_in_custody += dead;
    w->kept.custody_deaths += dead;
    return returned;
}

/* Recruit, desist and capture among those who were in the streets when the week began. */
static void move_street(struct world *w, int g, double members, double joining,
                        const struct share *leaving, const struct share *caught,
                        const struct share *isolation)
{
    struct gang *gang = &w->s.gangs[g];
    struct gang_ledger *kept = &w->kept.gangs[g];
    if (members == 0.0)
        return;
    struct pair n = draw(w, RECRUITS, g);
    double recruits = poisson(joining, n.u);
    gang->street += recruits;
    kept->recruits += recruits;
    double exits = binomial(members, leaving, n.v);
    if (exits == 0.0)
        return;
    n = draw(w, CAPTURED, g);
    double captured = binomial(exits, caught, n.u);
    double isolated = binomial(captured, isolation, n.v);
    gang->street -= exits;
    gang->prison += captured - isolated;
    gang->isolated += isolated;
    kept->desisted += exits - captured;
    kept->captured += captured;
    w->kept.detained += captured;
}

/* Move members between streets, prisons and ordinary life; returns the expected arrests that
 * courts undo within the week. */
static double move_members(struct world *w)
{
    const struct parameters *p = w->p;
    double length = w->c->length, members = 0.0, undone = 0.0;
    for (int g = 0; g < GANGS; g++) {
        members += w->s.gangs[g].street;
        members += w->s.gangs[g].prison;
        members += w->s.gangs[g].isolated;
    }
    double gained = w->s.institutions - p->institutions_usual;
    double recruitment = p->recruitment * larger(0.0, 1.0 - p->reform_recruitment * gained);
    double desistance = p->desistance * larger(0.0, 1.0 + p->reform_desistance * gained);
    double room = larger(0.0, 1.0 - members / p->niche);
    struct share leaving = share_of(hazard(w->s.capture + desistance, length));
    struct share caught = share_of(w->s.capture / larger(w->s.capture + desistance, 1e-300));
    double released = larger(0.0, p->arrest * w->s.enforcement - w->s.capture);
    double isolation = p->segregated_usual;
    if (w->c->segregated >= 0.0)
        isolation = w->c->segregated;
    else if (w->s.stance == EXCEPTION)
        isolation = p->segregated_exception;
    else if (w->s.stance == MANO_DURA || w->s.stance == BOTH)
        isolation = p->segregated_crackdown;
    struct share isolated = share_of(isolation);
    for (int g = 0; g < GANGS; g++) {
        double returned = move_prisoners(w, g);
        double here = larger(0.0, w->s.gangs[g].street - returned);
        undone += released * here * length;
        move_street(w, g, here, room * (recruitment * here * length), &leaving, &caught,
                    &isolated);
    }
    return undone;
}

/* Let some of those held leave; of these some are dead. */
static void release(struct world *w, double *held, const struct share *leaving,
                    const struct share *dying, double first, double second)
{
    double exits = binomial(*held, leaving, first);
    *held -= exits;
    w->kept.custody_deaths += binomial(exits, dying, second);
}

static void move_others(struct world *w, double undone)
{
    const struct parameters *p = w->p;
    double excess = larger(0.0, w->s.enforcement - 1.0) / EXCEPTION_EFFORT;
    double retained = 1.0 - p->retention_loss * w->s.filter;
    double mean = p->wrongful * all_street(w) * retained * excess * w->c->length;
    struct pair n, more;
    if (undone > 0.0 || mean > 0.0) {
        n = draw(w, BRIEF_ARRESTS, 0);
        double wrongly = poisson(mean, n.v);
        w->kept.detained += poisson(undone, n.u);
        w->kept.wrongly_detained += wrongly;
        w->kept.detained += wrongly;
        mean = wrongly;
    }
    if (w->s.wrongly_held > 0.0) {
        n = draw(w, WRONGLY_EXITS, 0);
        release(w, &w->s.wrongly_held, &w->r.wrongly_exit, &w->r.wrongly_dying, n.u, n.v);
    }
    w->s.wrongly_held += mean;
    n = draw(w, ORDINARY, 0);
    more = draw(w, ORDINARY_DEATHS, 0);
    release(w, &w->s.ordinary, &w->r.ordinary_exit, &w->r.ordinary_dying, n.v, more.u);
    w->s.ordinary += poisson(w->r.ordinary_inflow, n.u);
}

/* -- 10 to 13: command, beliefs, opinion, the state -------------------------------------------- */

static void command(struct world *w)
{
    const struct parameters *p = w->p;
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &w->s.gangs[g];
        double concession = w->s.pact * gang->included;
        double freedom = concession + (1.0 - concession) * (1.0 - w->s.control);
        double target = p->command_floor + (p->command_ceiling - p->command_floor) * freedom;
        double decay = target > gang->command ? w->r.command_rise : w->r.command_fall;
        gang->command = toward(gang->command, target, decay);
    }
}

static void believe(struct world *w)
{
    const struct rates *r = &w->r;
    for (int g = 0; g < GANGS; g++) {
        struct gang *gang = &w->s.gangs[g];
        double kept = w->s.pact * gang->included * larger(0.0, 1.0 - w->s.breached);
        double trust = gang->trust + w->p->trust_gain * kept * w->c->length;
        trust = toward(trust, r->trust_prior, r->forgetting);
        gang->trust = within(trust, -MOST_LOG_ODDS, MOST_LOG_ODDS);
        double reliance = toward(gang->reliance, r->reliance_prior, r->forgetting);
        gang->reliance = within(reliance, -MOST_LOG_ODDS, MOST_LOG_ODDS);
    }
}

static double toughness(double stance)
{
    return stance == MANO_DURA ? 1.0 : stance == BOTH ? TOUGH_BOTH
                                     : stance == EXCEPTION ? TOUGH_EXCEPTION : 0.0;
}

static void feel(struct world *w)
{
    const struct parameters *p = w->p;
    struct state *s = &w->s;
    double moved = toward(s->fear, w->fear_target, w->r.fear);
    s->fear = moved + FEAR_JUMP * (1.0 - moved) * smaller(1.0, s->struck);
    double believed = 1.0 - DENIAL * (1.0 - s->democracy);
    double score = s->administration + p->approval_fear * s->fear;
    score -= p->approval_leak * s->leaked * s->pact * believed;
    score += 2.0 * p->approval_toughness * s->fear * toughness(s->stance);
    score -= s->stance == OPEN_PACT ? p->approval_open : 0.0;
    s->approval = toward(s->approval, logistic(score), w->r.approval);
}

static void govern(struct world *w)
{
    const struct parameters *p = w->p;
    const struct rates *r = &w->r;
    struct state *s = &w->s;
    double target = p->democracy_usual;
    if (s->stance == MANO_DURA || s->stance == BOTH)
        target -= DEMOCRACY_LOST_TO_CRACKDOWN;
    else if (s->stance == EXCEPTION)
        target = p->democracy_exception;
    s->democracy = toward(s->democracy, target,
                          target < s->democracy ? r->democracy_fall : r->democracy_recovery);

    int given = w->c->filter >= 0.0;
    target = s->stance == EXCEPTION ? p->filter_exception : p->filter_usual;
    target = given ? w->c->filter : target;
    s->filter = toward(s->filter, target,
                       given || target < s->filter ? r->filter_fall : r->filter_recovery);

    target = s->stance == MANO_DURA ? p->control_crackdown : p->control_usual;
    target = s->stance == EXCEPTION ? p->control_exception : target;
    s->control = toward(s->control, target, r->control);

    if (s->stance == REFORM)
        s->institutions = toward(s->institutions, 1.0, r->reform);
    else
        s->institutions = toward(s->institutions, p->institutions_usual, r->reform_decay);

    if (s->pact > 0.0)
        s->precedent = toward(s->precedent, r->precedent_target, r->precedent_in_pact);
    else
        s->precedent = toward(s->precedent, 0.0, r->precedent_outside);
    target = p->pressure_usual + (1.0 - p->pressure_usual) * (s->leaked * s->pact);
    s->pressure = toward(s->pressure, target, r->pressure);
    s->since_break = smaller(LONG_AGO, s->since_break + w->c->length);
}

/* -- 15: the end of a period ------------------------------------------------------------------- */

static void take_stock(struct world *w)
{
    struct ledger *kept = &w->kept;
    const struct state *s = &w->s;
    kept->gang_prisoners = 0.0;
    for (int g = 0; g < GANGS; g++) {
        const struct gang *gang = &s->gangs[g];
        struct gang_ledger *row = &kept->gangs[g];
        row->prisoners_by_gang = gang->prison + gang->isolated;
        row->trust = logistic(gang->trust);
        row->reliance = logistic(gang->reliance);
        row->street_by_gang = gang->street;
        row->command = gang->command;
        row->included = gang->included;
        row->envious = gang->envious;
        row->readiness = gang->readiness;
        row->fragments = gang->fragments;
        row->territory = gang->territory;
        kept->gang_prisoners += row->prisoners_by_gang;
    }
    kept->street = all_street(w);
    kept->prisoners = kept->gang_prisoners + s->wrongly_held + s->ordinary;
    kept->wrongly_held = s->wrongly_held;
    kept->ordinary_prisoners = s->ordinary;
    kept->fear = s->fear;
    kept->approval = s->approval;
    kept->democracy = s->democracy;
    kept->judicial_filter = s->filter;
    kept->prison_control = s->control;
    kept->institutions = s->institutions;
    kept->precedent = s->precedent;
    kept->foreign_pressure = s->pressure;
    kept->platform = s->platform;
    kept->corruption = s->corruption;
    kept->prosecuted = s->prosecuted;
    kept->stance = s->stance;
    kept->leaked = s->leaked * s->pact;
}

static void live_a_week(struct world *w)
{
    struct dead d = {0.0, 0.0, 0.0, 0.0, 0.0};
    struct pair victims = {0.5, 0.5};
    set_stance(w);
    act(w);
    enforce(w);
    w->kept.pact += w->c->share * w->s.pact;
    expose_pact(w, &d);
    double street = all_street(w);
    kill(w, street, &d);
    if (d.by_gangs > 0.0 || w->c->undercounted == 1.0)
        victims = draw(w, VICTIMS, 0);
    count(w, &d, victims.v);
    bury(w, street, d.by_gangs, d.police, victims.u);
    move_others(w, move_members(w));
    command(w);
    believe(w);
    feel(w);
    govern(w);
    for (int g = 0; g < GANGS; g++) {
        w->kept.gangs[g].restraining += w->c->share * w->s.gangs[g].restraining;
        w->kept.gangs[g].pressing += w->c->share * w->s.gangs[g].pressing;
    }
    if (w->c->closes == 1.0)
        take_stock(w);
}

int64_t advance(double *states, const double *parameters, const int64_t *worlds, int64_t n,
                const double *calendar, int64_t weeks, int64_t first_step,
                int64_t weeks_per_month, int64_t seed, double rivalry_at_start,
                const int64_t *columns, int64_t kept, int64_t periods, double *out)
{
    const struct week *table = (const struct week *)calendar;
    int64_t failed = 0;
    for (int k = 1; k < MOST_STEPS; k++)
        inverse_of[k] = 1.0 / k;
    for (int64_t i = 0; i < n; i++) {
        struct world w = {.p = (const struct parameters *)parameters + i,
                          .low = worlds[i] & 0xFFFFFFFF,
                          .high = (worlds[i] >> 32) & 0xFFFF,
                          .key_low = seed & 0xFFFFFFFF,
                          .key_high = (seed >> 32) & 0xFFFFFFFF,
                          .rivalry_at_start = rivalry_at_start};
        w.s = ((const struct state *)states)[i];
        w.fear_target = aim_of_fear(&w);
        int64_t period = 0, bad = 0;
        for (int64_t t = 0; t < weeks; t++) {
            w.c = &table[t];
            w.step = (uint64_t)(first_step + t) & 0xFFFFFFFF;
            if (w.c->opens == 1.0)
                memset(&w.kept, 0, sizeof w.kept);
            if ((first_step + t) % weeks_per_month == 0)
                draw_month(&w);
#ifndef EVERY_WEEK
            if (w.c->length != w.r.length)
#endif
                set_rates(&w);
            if (w.c->inauguration == 1.0)
                take_office(&w);
            live_a_week(&w);
            double sum = w.kept.killed + w.s.fear + w.s.approval + w.s.capture + w.s.ordinary;
            bad += sum - sum != 0.0;
            if (w.c->closes == 1.0) {
                const double *row = (const double *)&w.kept;
                double *to = out + (i * periods + period++) * kept;
                for (int64_t j = 0; j < kept; j++)
                    to[j] = row[columns[j]];
            }
        }
        ((struct state *)states)[i] = w.s;
        failed += bad > 0;
    }
    return failed;
}
