// Scales, ticks and axes for charts drawn by hand. Colours are roles, written as attributes.

/** @import {Attributes, Scale} from "./types.js" */

import { s } from "./dom.js";

/**
 * @typedef {{at: number, label: string}} Tick a moment in milliseconds and its text
 * @typedef {keyof typeof SHAPES} Shape
 */

/** Milliseconds of a day. */
export const DAY = 864e5;

/** Milliseconds of "2012-03" or "2012-03-08", in UTC. @param {string} date */
export function ms(date) {
  const [year, month, day] = String(date).split("-").map(Number);
  return Date.UTC(year, (month || 1) - 1, day || 1);
}

/** The month, "2012-03", that a moment lies in. @param {number} moment milliseconds */
export function monthOf(moment) {
  const date = new Date(moment);
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, "0")}`;
}

/** A month so many months later. @param {string} month @param {number} by */
export function shifted(month, by) {
  const [year, m] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, m - 1 + by, 1));
}

/** A linear scale with its inverse. @param {[number, number]} domain @param {[number, number]} range @returns {Scale} */
export function linear(domain, range) {
  const [[a, b], [from, to]] = [domain, range];
  const slope = (to - from) / (b - a || 1);
  const scale = (/** @type {number} */ value) => from + (value - a) * slope;
  return Object.assign(scale, { invert: (/** @type {number} */ place) => a + (place - from) / (slope || 1), domain, range });
}

/** Round numbers that part an interval into about `count` steps (1, 2, 5 times a power of ten). @param {number} low @param {number} high @param {number} [count] */
export function ticks(low, high, count = 5) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= raw) ?? 10 * power;
  const out = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) out.push(Number(value.toPrecision(12)));
  return out;
}

/** First moments of years, or of months where the span is short, at most `most` of them. @param {number} low @param {number} high @param {number} most @returns {Tick[]} */
export function timeTicks(low, high, most) {
  const years = (high - low) / (365.25 * DAY);
  const first = new Date(low);
  if (years > 2.2) {
    const step = [1, 2, 5, 10, 20].find((k) => years / k <= most) || 50;
    const out = [];
    for (let year = Math.ceil(first.getUTCFullYear() / step) * step; Date.UTC(year, 0, 1) <= high; year += step) {
      if (Date.UTC(year, 0, 1) >= low) out.push({ at: Date.UTC(year, 0, 1), label: String(year) });
    }
    return out;
  }
  const step = [1, 2, 3, 6].find((k) => (years * 12) / k <= most) || 12;
  const out = [];
  for (let at = Date.UTC(first.getUTCFullYear(), Math.ceil(first.getUTCMonth() / step) * step, 1); at <= high;) {
    if (at >= low) out.push({ at, label: monthOf(at) });
    const date = new Date(at);
    at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1);
  }
  return out;
}

/** Horizontal lines with numbers at the left. @param {Scale} y @param {number[]} values @param {{left: number, right: number, format: (value: number) => string, title?: string}} look */
export function axisY(y, values, { left, right, format, title }) {
  const [low] = y.range;
  return s("g", {},
    ...values.map((value) => s("g", {},
      s("line", { x1: left, x2: right, y1: y(value), y2: y(value), stroke: value === y.domain[0] ? "var(--hair)" : "var(--grid)" }),
      s("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end", fill: "var(--muted)" }, format(value)))),
    title ? s("text", { x: left, y: Math.min(...y.range) - 12, fill: "var(--muted)", "data-axis": low }, title) : "");
}

/** Time along the foot. @param {Scale} x @param {Tick[]} list @param {number} y @param {{format?: (tick: Tick) => string}} [look] */
export function axisX(x, list, y, { format = (tick) => tick.label } = {}) {
  return s("g", {}, ...list.map((tick) => s("g", {},
    s("line", { x1: x(tick.at), x2: x(tick.at), y1: y, y2: y + 5, stroke: "var(--hair)" }),
    s("text", { x: x(tick.at), y: y + 18, "text-anchor": "middle", fill: "var(--muted)" }, format(tick)))));
}

const SHAPES = {
  circle: (/** @type {number} */ r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  diamond: (/** @type {number} */ r) => `M0 ${-1.3 * r}L${1.15 * r} 0L0 ${1.3 * r}L${-1.15 * r} 0Z`,
  triangle: (/** @type {number} */ r) => `M0 ${-1.2 * r}L${1.15 * r} ${0.9 * r}L${-1.15 * r} ${0.9 * r}Z`,
  square: (/** @type {number} */ r) => `M${-0.9 * r} ${-0.9 * r}H${0.9 * r}V${0.9 * r}H${-0.9 * r}Z`,
};

/** Shapes and colours of the agencies with most figures; a shape says the same as a colour. @type {[shape: Shape, hue: string][]} */
export const AGENCY_MARKS = [
  ["circle", "observed"], ["diamond", "observed-2"], ["triangle", "observed-3"], ["square", "observed-4"], ["circle", "observed-5"],
];

/** A mark of a shape at a place. @param {Shape} shape @param {number} x @param {number} y @param {number} radius @param {Attributes} attributes */
export function mark(shape, x, y, radius, attributes) {
  return s("path", { d: SHAPES[shape](radius), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, ...attributes });
}

/**
 * The place of a pointer in the units of a picture.
 * @param {SVGSVGElement} svg
 * @param {MouseEvent} event
 */
export function placeIn(svg, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
}
