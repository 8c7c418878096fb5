// The months: probability of suppression with its kinds, every reading, and level with counts.

/** @import {Gapped, HiddenResult, Reading} from "../answers.js" */
/** @import {Scale, Words} from "../types.js" */

import { s } from "../dom.js";
import { axisX, axisY, linear, ms, shifted, ticks, timeTicks } from "../plot.js";
import { sure } from "./priors.js";

/**
 * @typedef {object} What is drawn
 * @property {Words} t
 * @property {HiddenResult} data
 * @property {number} from place of the first month
 * @property {number} upto and of the one after the last
 * @property {boolean} filtered
 * @property {number[]} now probability of suppression
 * @property {Record<Reading, number[]>} shares
 * @property {{low: number[], high: number[]}|null} pact
 *
 * @typedef {What & {wide: boolean, left: number, right: number, x: Scale, xs: number[], first: string, last: string}} View months and shares are those shown
 * @typedef {{height: number, top: number, floor: number, xs: number[], from: number, cursor: SVGGElement, x: Scale}} Drawn what a pointer needs to find a month
 */

/** Readings of a month, in the order of their rows. @type {Reading[]} */
export const READINGS = ["none", "reversible", "persistent", "decline", "escalation", "spike"];
const HUES = { none: "muted", reversible: "inferred", persistent: "break", decline: "reform", escalation: "mano-dura", spike: "both" };
const ROW = 23;

/** @param {number} value */
const place = (value) => value.toFixed(1);

/** A line over months; a gap where there is no value. @param {number[]} xs @param {Gapped} values @param {Scale} y */
function line(xs, values, y) {
  let pen = "M";
  return values.map((value, i) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${place(xs[i])} ${place(y(value))}`;
    pen = "L";
    return step;
  }).join("");
}

/** The area between two series. @param {number[]} xs @param {Gapped} low @param {Gapped} high @param {Scale} y */
function between(xs, low, high, y) {
  const there = xs.map((_, i) => i).filter((i) => low[i] !== null && high[i] !== null);
  if (!there.length) return "";
  const edge = (/** @type {Gapped} */ values) => there.map((i) => `${place(xs[i])} ${place(y(Number(values[i])))}`);
  const [up, down] = [edge(high), edge(low).reverse()];
  return `M${up.join("L")}L${down.join("L")}Z`;
}

/** @param {View} view @param {number} top @param {number} bottom */
function probabilities(view, top, bottom) {
  const { t, xs, now, shares, pact, left, right } = view;
  const y = linear([0, 1], [bottom, top]);
  const zero = now.map(() => 0);
  const parts = [
    axisY(y, [0, 0.25, 0.5, 0.75, 1], { left, right, format: (v) => `${Math.round(v * 100)}\u00a0%` }),
    s("path", { d: between(xs, zero, shares.persistent, y), fill: "var(--break)", opacity: 0.3, "data-kind": "persistent" }),
    s("path", { d: between(xs, shares.persistent, now, y), fill: "var(--inferred)", opacity: 0.3, "data-kind": "reversible" }),
  ];
  if (pact) {
    parts.push(s("path", { d: between(xs, pact.low, pact.high, y), fill: "var(--both)", "fill-opacity": 0.3, stroke: "var(--both)", "stroke-width": 1.5, "stroke-dasharray": "4 2", "data-pact": "" }));
  }
  parts.push(s("path", { d: line(xs, now, y), fill: "none", stroke: "var(--inferred)", "stroke-width": 2.2, "data-suppression": "" }));
  parts.push(...(view.wide ? legend(view, 14) : []));
  parts.push(s("text", { x: left, y: top - 32, fill: "var(--muted)" }, t("app_hidden.axis.probability")));
  return s("g", {}, ...parts);
}

/** What the shades mean, at the upper right. @param {View} view @param {number} y */
function legend(view, y) {
  const { t, right, pact } = view;
  let at = right;
  const items = [["reversible", "inferred"], ["persistent", "break"], ...(pact ? [["pact", "both"]] : [])].reverse();
  return items.flatMap(([name, hue]) => {
    const text = t(name === "pact" ? "app_hidden.band.legend" : `app_hidden.reading.${name}`);
    at -= text.length * 6.3 + 30;
    return [s("rect", { x: at, y: y - 10, width: 13, height: 11, rx: 2, fill: `var(--${hue})`, "fill-opacity": 0.3, stroke: name === "pact" ? "var(--both)" : "none", "stroke-dasharray": "4 2" }),
      s("text", { x: at + 18, y, fill: "var(--muted)" }, text)];
  });
}

/** Where falls begin: a line at the median month, its 90 % interval, and its name where there is room. @param {View} view @param {number} top @param {number} bottom */
function falls(view, top, bottom) {
  const { t, x, data, first, last, left, right } = view;
  let taken = -1e9;
  return data.falls.filter((fall) => fall.median >= first && fall.median <= last).map((fall) => {
    const at = x(ms(fall.median));
    const certain = sure(fall);
    const [a, b] = [x(ms(fall.low)), x(ms(shifted(fall.high, 1)))].map((v) => Math.min(right, Math.max(left, v)));
    const text = t.month(fall.median);
    const long = text.length * 6.4;
    const start = Math.min(at - 3, right - long);
    const room = certain && start > taken;
    if (room) taken = start + long + 10;
    return s("g", { opacity: certain ? 1 : 0.45, "data-fall": fall.median },
      s("rect", { x: a, y: top, width: Math.max(b - a, 2), height: bottom - top, fill: "var(--break)", opacity: 0.14 }),
      s("line", { x1: at, x2: at, y1: top - 6, y2: bottom, stroke: "var(--break)", "stroke-width": 1.5, "stroke-dasharray": certain ? "none" : "4 3" }),
      room ? s("text", { x: start, y: top - 9, fill: "var(--ink)" }, text) : "");
  });
}

/** @param {View} view @param {number} top */
function readingRows(view, top) {
  const { t, xs, shares, left, right, wide } = view;
  const group = s("g", {});
  READINGS.forEach((name, i) => {
    const base = top + (i + 1) * (wide ? ROW : ROW + 13);
    const y = linear([0, 1], [base, base - ROW + 4]);
    group.append(
      s("line", { x1: left, x2: right, y1: base, y2: base, stroke: "var(--grid)" }),
      s("path", { d: between(xs, xs.map(() => 0), shares[name], y), fill: `var(--${HUES[name]})`, opacity: name === "none" ? 0.4 : 0.85, "data-reading": name }),
      s("text", { x: wide ? left - 8 : left, y: wide ? base - 5 : base - ROW + 1, "text-anchor": wide ? "end" : "start", fill: "var(--muted)" }, t(`app_hidden.reading.${name}`)));
  });
  return { group, bottom: top + READINGS.length * (wide ? ROW : ROW + 13) };
}

/** @param {View} view @param {number} top @param {number} bottom */
function levels(view, top, bottom) {
  const { t, xs, data: { months }, filtered, left, right, from, upto } = view;
  const cut = (/** @type {"observed"|"level"|"level_low"|"level_high"|"level_filtered"} */ name) => months[name].slice(from, upto);
  const seen = cut("observed");
  const level = cut(filtered ? "level_filtered" : "level");
  const most = Math.max(...seen.map(Number), ...level.map(Number), 1) * 1.06;
  const y = linear([0, most], [bottom, top]);
  const dots = s("g", {}, ...seen.map((value, i) => (value === null ? "" : s("circle", { cx: place(xs[i]), cy: place(y(value)), r: view.wide ? 2.1 : 1.6, fill: "var(--observed)", opacity: 0.75 }))));
  return s("g", {}, axisY(y, ticks(0, most, 3), { left, right, format: (v) => t.number(v, 0) }),
    filtered ? "" : s("path", { d: between(xs, cut("level_low"), cut("level_high"), y), fill: "var(--inferred)", opacity: 0.22 }),
    s("path", { d: line(xs, level, y), fill: "none", stroke: "var(--inferred)", "stroke-width": 1.8 }), dots,
    s("text", { x: left, y: top - 10, fill: "var(--muted)" }, t("app_hidden.axis.level")));
}

/**
 * Draw all of it.
 * @param {SVGSVGElement} svg empty
 * @param {number} width
 * @param {What} what
 * @returns {Drawn}
 */
export function drawMonths(svg, width, what) {
  const { data, from, upto } = what;
  const wide = width >= 640;
  const [left, right] = [wide ? 104 : 46, width - 12];
  const names = data.months.month.slice(from, upto);
  const [first, last] = [names[0], names[names.length - 1]];
  const x = linear([ms(first), ms(shifted(last, 1))], [left, right]);
  const xs = names.map((name) => x(ms(name) + 13e8));
  const cut = (/** @type {number[]} */ values) => values.slice(from, upto);
  const shares = /** @type {Record<Reading, number[]>} */ (Object.fromEntries(READINGS.map((name) => [name, cut(what.shares[name])])));
  const pact = what.pact && { low: cut(what.pact.low), high: cut(what.pact.high) };
  /** @type {View} */ const view = { ...what, wide, left, right, x, xs, first, last, now: cut(what.now), shares, pact };
  const top = 46;
  const high = top + (wide ? 190 : 160);
  const rows = readingRows(view, high + 12);
  const floor = rows.bottom + 34 + (wide ? 130 : 110);
  svg.append(...falls(view, top, floor), probabilities(view, top, high), rows.group, levels(view, rows.bottom + 34, floor));
  svg.append(axisX(x, timeTicks(...x.domain, Math.max(3, Math.floor((right - left) / 62))), floor));
  const cursor = s("g", { "data-screen": "cursor", "pointer-events": "none" });
  svg.append(cursor);
  return { height: floor + 28, top: top - 6, floor, xs, from, cursor, x };
}

/** Move the cursor's line; nothing else is drawn anew. @param {Drawn} drawn @param {number} at */
export function pointAt(drawn, at) {
  const x = drawn.xs[at - drawn.from];
  drawn.cursor.replaceChildren(...(x === undefined ? [] : [
    s("line", { x1: x, x2: x, y1: drawn.top, y2: drawn.floor, stroke: "var(--ink)", "stroke-width": 1.4 }),
    s("path", { d: `M${x - 6} ${drawn.top - 1}h12l-6 8z`, fill: "var(--ink)" })]));
}
