// What a reader's prior makes of the factors that the server gave once. No request, no rounding.
//
// A month: the odds that a fall began of late = factor of the month x prior odds, which rise with
// how often suppression begins; a share of what began is still in force. A fall: indicators add up as decimal logarithms, each group within its cap,
// at the reader's strength and at half and double of it; prior odds then make a band of P(pact).

/** @import {Evidence, Fall} from "../answers.js" */
/** @import {Words} from "../types.js" */

/** @param {number} cap @param {number} scale */
const LOG_CAP = (cap, scale) => Math.log10(cap) * Math.min(scale, 1);
const TELLS = Math.log10(3); // a factor within 1/3 to 3 tells nothing

/**
 * @typedef {[least: number, middle: number, greatest: number]} Span decimal logs
 * @typedef {{capped: Span, product: Span, groups: Map<string, number>}} Combined
 */

/** Whether an abrupt fall is more likely than not, and dated by months and not by a total over several. @param {Fall} fall */
export const sure = (fall) => fall.mass >= 0.5 && !fall.inside_total;

/** Odds as a probability. @param {number} odds */
export const probability = (odds) => (odds === Infinity ? 1 : odds / (1 + odds));

/** The log factor at a strength 2^k, through those at half, full and double strength. @param {readonly [half: number, full: number, double: number]} logs @param {number} k */
export function atStrength(logs, k) {
  const [half, full, double] = logs;
  const at = Math.min(1, Math.max(-1, k));
  return full + (at * (double - half)) / 2 + (at * at * (double - 2 * full + half)) / 2;
}

/**
 * What all indicators of a fall say together, as the server's own summary at strength 1.
 * @param {Evidence[]} rows indicators of a fall, each with group and logs
 * @param {{cap: number, off?: Set<string>, strength?: Record<string, number>}} how strengths as powers of 2
 * @returns {Combined}
 */
export function combined(rows, { cap, off = new Set(), strength = {} }) {
  const kept = rows.filter((row) => !off.has(row.indicator));
  const totals = [-1, 0, 1].map((shift) => {
    const limit = LOG_CAP(cap, 2 ** shift);
    /** @type {Map<string, number>} */ const groups = new Map();
    let product = 0;
    for (const row of kept) {
      const log = atStrength(row.logs, (strength[row.indicator] ?? 0) + shift);
      product += log;
      groups.set(row.group, (groups.get(row.group) ?? 0) + log);
    }
    let capped = 0;
    for (const [name, sum] of groups) {
      const held = Math.min(limit, Math.max(-limit, sum));
      groups.set(name, held);
      capped += held;
    }
    return { product, capped, groups };
  });
  /** @param {"capped"|"product"} name @returns {Span} */
  const span = (name) => {
    const all = totals.map((one) => one[name]);
    return [Math.min(...all), all[1], Math.max(...all)];
  };
  return { capped: span("capped"), product: span("product"), groups: totals[1].groups };
}

/** What may be said: a key of the server's verdicts. @param {Pick<Combined, "capped"|"product">} found @param {{sure: boolean, talks: boolean}} about */
export function verdictOf({ capped, product }, { sure: certain, talks }) {
  if (!certain) return "uncertain-fall";
  const all = [...capped, product[1]];
  if (Math.min(...all) > TELLS) return talks ? "leans-pact" : "leans-pact-without-events";
  return Math.max(...all) < -TELLS ? "leans-crackdown" : "cannot-tell";
}

/** P(pact) as a band: the least factor at the least odds, the greatest at the greatest. @param {Span} capped @param {readonly [low: number, high: number]} odds @returns {[low: number, high: number]} */
export function band(capped, [low, high]) {
  return [probability(10 ** capped[0] * low), probability(10 ** capped[2] * high)];
}

/** Probability of suppression by month, with falls that begin `rate` times as often. @param {number[]} logs @param {number[]} inForce @param {number} odds @param {number} rate */
export function suppression(logs, inForce, odds, rate) {
  const prior = Math.log10(odds * rate);
  return logs.map((log, i) => inForce[i] * (log + prior > 300 ? 1 : probability(10 ** (log + prior))));
}

/** Readings of each month, those of suppression and the others each in their old proportion. @template {string} Name @param {Record<Name, number[]>} shares @param {number[]} before @param {number[]} now @returns {Record<Name, number[]>} */
export function readings(shares, before, now) {
  const held = new Set(["reversible", "persistent"]);
  const all = /** @type {[Name, number[]][]} */ (Object.entries(shares));
  return /** @type {Record<Name, number[]>} */ (Object.fromEntries(all.map(([name, values]) => [name, values.map((value, i) => {
    const [old, made] = held.has(name) ? [before[i], now[i]] : [1 - before[i], 1 - now[i]];
    return old > 1e-9 ? Math.min(1, (value / old) * made) : 0;
  })])));
}

/** A factor in as few characters as tell it: 4.0, 0.39, 1/180, 690. @param {Words} t @param {number} log */
export function factorText(t, log) {
  const value = 10 ** log;
  const two = (/** @type {number} */ v) => t.number(Number(v.toPrecision(2)), 0);
  if (value < 0.01) return value > 1e-4 ? `1/${two(1 / value)}` : `<1/${two(9999)}`;
  if (value > 9999) return `>${t.number(9999, 0)}`;
  if (value >= 10) return two(value);
  return t.number(value, value >= 1 ? 1 : 2);
}

/** Odds such as 1:3 or 5:1. @param {Words} t @param {number} odds */
export function oddsText(t, odds) {
  const digits = (/** @type {number} */ v) => (Math.abs(v - Math.round(v)) < 0.05 ? 0 : 1);
  return odds >= 1 ? `${t.number(odds, digits(odds))}:1` : `1:${t.number(1 / odds, digits(1 / odds))}`;
}
