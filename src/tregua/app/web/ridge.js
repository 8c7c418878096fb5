// Pictures of Compare: fans on one scale, ridges of totals, paired differences. All are simulated,
// so that all are drawn as bands and lines, each with the letter of its side.

/** @import {Side} from "./answers_worlds.js" */
/** @import {Scale, Words} from "./types.js" */
/** @import {Shown} from "./compare_figures.js" */

import { bandPath, linePath } from "./fan_draw.js";
import { MonthScale, monthIndex } from "./months.js";
import { linear, ticks } from "./plot.js";
import { s } from "./dom.js";

const FREE = ["secret-pact", "mano-dura", "reform", "both", "status-quo", "accent"];
const OWN = { status_quo: "status-quo", secret_pact: "secret-pact", mano_dura: "mano-dura", both: "both", reform: "reform" };
const LETTER = 6.7;

/** @typedef {"q05"|"q10"|"q25"|"q75"|"q90"|"q95"} Q a quantile of a fan */

/** A colour for each side: a shipped strategy's own, else the first that is free. @param {Side[]} sides @returns {Record<string, string>} */
export function colours(sides) {
  const own = /** @type {Record<string, string>} */ (OWN);
  /** @type {Record<string, string>} */ const out = {};
  for (const side of sides) {
    const wish = own[side.strategy];
    if (wish && !Object.values(out).includes(wish)) out[side.letter] = wish;
  }
  for (const side of sides) out[side.letter] ??= FREE.find((role) => !Object.values(out).includes(role)) || "ink";
  return out;
}

/** A text that fits so many pixels. @param {string} text @param {number} room */
export const shortened = (text, room) => (text.length * LETTER <= room ? text : `${text.slice(0, Math.max(3, Math.floor(room / LETTER) - 1))}…`);

/** The letter of a side in a disc, and its name. @param {string} letter @param {string} colour @param {number} x @param {number} y @param {string} name */
function badge(letter, colour, x, y, name) {
  return s("g", {}, s("circle", { cx: x + 9, cy: y, r: 9, fill: `var(--${colour})` }),
    s("text", { x: x + 9, y: y + 4, "text-anchor": "middle", fill: "var(--card)", "font-weight": 700 }, letter.toUpperCase()),
    s("text", { x: x + 24, y: y + 4, fill: "var(--ink)", "font-weight": 650, stroke: "var(--card)", "stroke-width": 4, "paint-order": "stroke" }, name));
}

/**
 * Small fans, one a side, all on one scale.
 * @param {SVGElement} svg @param {number} width @param {Shown} view
 * @returns {number} the height
 */
export function drawFans(svg, width, { result, variable, names, colours: roles, t }) {
  const { sides } = result;
  const columns = Math.max(1, Math.min(sides.length, Math.floor((width + 24) / 260)));
  const gap = 26;
  const left = 46;
  const each = (width - gap * (columns - 1)) / columns;
  const tall = Math.min(210, Math.max(150, each * 0.62));
  const fans = result.fan[variable];
  const top = Math.max(...sides.map((side) => Math.max(...fans[side.letter].q95)), 1e-9) * 1.04;
  const months = result.months.map(monthIndex);
  const values = ticks(0, top, 4);
  sides.forEach((side, i) => {
    const x0 = (i % columns) * (each + gap);
    const y0 = Math.floor(i / columns) * (tall + 66);
    const scale = new MonthScale(months[0], months[months.length - 1] + 1, x0 + left, x0 + each - 4);
    const y = linear([0, top], [y0 + 34 + tall, y0 + 34]);
    const role = `var(--${roles[side.letter]})`;
    const fan = fans[side.letter];
    const band = (/** @type {Q} */ low, /** @type {Q} */ high, /** @type {number} */ ink) => s("path", { d: bandPath(months, fan[low], fan[high], scale, y), fill: role, opacity: ink });
    const years = scale.years(46).filter((month) => scale.x(month) < scale.right - 8);
    svg.append(
      badge(side.letter, roles[side.letter], x0, y0 + 12, shortened(names[side.letter], each - 30)),
      ...values.flatMap((v) => [s("line", { x1: scale.left, x2: scale.right, y1: y(v), y2: y(v), stroke: v ? "var(--grid)" : "var(--hair)" }),
        s("text", { x: scale.left - 6, y: y(v) + 4, "text-anchor": "end", fill: "var(--muted)" }, t.number(v, v % 1 ? 1 : 0))]),
      ...years.flatMap((month) => [s("line", { x1: scale.x(month), x2: scale.x(month), y1: y(0), y2: y(0) + 5, stroke: "var(--hair)" }),
        s("text", { x: scale.x(month), y: y(0) + 18, "text-anchor": "middle", fill: "var(--muted)" }, String(month / 12))]),
      band("q05", "q95", 0.16), band("q10", "q90", 0.17), band("q25", "q75", 0.24),
      s("path", { d: linePath(months, fan.q50, scale, y), fill: "none", stroke: role, "stroke-width": 2.2, "stroke-linejoin": "round" }));
  });
  return Math.ceil(sides.length / columns) * (tall + 66) - 2;
}

/** Numbers along the foot of a picture. @param {Scale} x @param {number[]} list @param {number} top @param {number} end @param {Words} t */
function foot(x, list, top, end, t) {
  const whole = Math.max(...list.map(Math.abs));
  return list.map((v) => (Math.abs(v) < whole * 1e-9 ? 0 : v)).flatMap((v) => [
    s("line", { x1: x(v), x2: x(v), y1: top, y2: end, stroke: "var(--grid)" }),
    s("text", { x: x(v), y: end + 17, "text-anchor": "middle", fill: "var(--muted)" }, t.number(v, Math.abs(v) >= 20 || Number.isInteger(v) ? 0 : undefined))]);
}

/**
 * Densities of totals over worlds, one above the other, each with its median and 90 %.
 * @param {SVGElement} svg @param {number} width @param {Shown} view
 * @returns {number} the height
 */
export function drawRidges(svg, width, { result, outcome, names, colours: roles, t }) {
  const { at, height } = result.ridges[outcome];
  const rows = result.rows.filter((row) => row.outcome === outcome);
  const each = 78;
  const first = 6;
  const end = first + result.sides.length * each + 4;
  const x = linear([at[0], at[at.length - 1]], [8, width - 8]);
  svg.append(...foot(x, ticks(at[0], at[at.length - 1], Math.max(3, Math.min(7, width / 90))), first + 20, end, t));
  result.sides.forEach((side, i) => {
    const base = first + (i + 1) * each - 10;
    const role = `var(--${roles[side.letter]})`;
    const heights = height[side.letter];
    const peak = Math.max(...heights) || 1;
    // Each ridge has its own height, since narrow ones would hide wide ones; areas are not compared.
    const y = linear([0, peak], [base, base - each + 34]);
    const line = heights.map((v, k) => `${k ? "L" : "M"}${x(at[k]).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    const row = rows.find((r) => r.side === side.letter);
    if (!row) return;
    svg.append(
      s("path", { d: `${line}L${x(at[at.length - 1]).toFixed(1)} ${base}L${x(at[0]).toFixed(1)} ${base}Z`, fill: role, opacity: 0.26 }),
      s("path", { d: line, fill: "none", stroke: role, "stroke-width": 1.8 }),
      s("line", { x1: x(row.q05), x2: x(row.q95), y1: base + 4, y2: base + 4, stroke: role, "stroke-width": 3, "stroke-linecap": "round" }),
      s("line", { x1: x(row.q50), x2: x(row.q50), y1: base - 9, y2: base + 9, stroke: role, "stroke-width": 3 }),
      badge(side.letter, roles[side.letter], 0, base - each + 26, shortened(names[side.letter], width - 30)));
  });
  return end + 24;
}

/**
 * Differences to the reference in the same worlds: median, 90 % of worlds, mean with its error.
 * @param {SVGElement} svg @param {number} width @param {Shown} view
 * @returns {number} the height
 */
export function drawDifferences(svg, width, { result, outcome, names, colours: roles, t }) {
  const rows = result.rows.filter((row) => row.outcome === outcome && row.side !== result.reference);
  const reach = rows.flatMap((row) => [row.difference_q05, row.difference_q95, row.difference_mean]);
  let [low, high] = [Math.min(0, ...reach), Math.max(0, ...reach)];
  if (low === high) [low, high] = [-1, 1];
  const room = (high - low) * 0.06;
  const x = linear([low - room, high + room], [8, width - 8]);
  const each = 62;
  const first = 24;
  const end = first + rows.length * each + 6;
  svg.append(...foot(x, ticks(low - room, high + room, Math.max(3, Math.min(7, width / 100))), first, end, t),
    s("line", { x1: x(0), x2: x(0), y1: first - 6, y2: end, stroke: "var(--ink)", "stroke-width": 1.3 }));
  const less = t("app_compare.less");
  const more = t("app_compare.more");
  if (x(0) - 8 > less.length * LETTER) svg.append(s("text", { x: x(0) - 8, y: 12, "text-anchor": "end", fill: "var(--muted)" }, less));
  if (width - x(0) - 8 > more.length * LETTER) svg.append(s("text", { x: x(0) + 8, y: 12, fill: "var(--muted)" }, more));
  rows.forEach((row, i) => {
    const y = first + i * each + 42;
    const role = `var(--${roles[row.side]})`;
    const error = 1.96 * row.difference_error;
    svg.append(
      badge(row.side, roles[row.side], 0, y - 24, shortened(names[row.side], width - 30)),
      s("line", { x1: x(row.difference_q05), x2: x(row.difference_q95), y1: y, y2: y, stroke: role, "stroke-width": 7, "stroke-linecap": "round", opacity: 0.4 }),
      s("line", { x1: x(row.difference_q50), x2: x(row.difference_q50), y1: y - 9, y2: y + 9, stroke: role, "stroke-width": 3.4 }),
      s("line", { x1: x(row.difference_mean - error), x2: x(row.difference_mean + error), y1: y, y2: y, stroke: "var(--ink)", "stroke-width": 1.6 }),
      s("circle", { cx: x(row.difference_mean), cy: y, r: 3.4, fill: "var(--card)", stroke: "var(--ink)", "stroke-width": 1.5 }));
  });
  return end + 24;
}
