// The strokes of the fan: numbers in, text of SVG paths out. No page, no state.

/** @typedef {import("./months.js").MonthScale} MonthScale */

/** Round steps of an axis from zero: 3 to 6 of them. @param {number} top @returns {number[]} */
export function ticks(top) {
  const rough = Math.max(top, 1e-9) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) || 10 * power;
  const out = [];
  for (let i = 0; i * step <= top * 1.0001; i += 1) out.push(i * step);
  return out;
}

/** A top of the axis with some air. It keeps the former one while that fits, so that a drag does not make the picture jump. @param {number} highest @param {number} former */
export function axisTop(highest, former) {
  if (former >= highest * 1.02 && former <= highest * 2.2) return former;
  const steps = ticks(highest * 1.08);
  const step = steps[1] || 1;
  return Math.ceil((highest * 1.04) / step) * step || 1;
}

const short = (/** @type {number} */ v) => Math.round(v * 10) / 10;

/** @param {number[]} months @param {number[]} values @param {MonthScale} scale @param {(v: number) => number} y */
export function linePath(months, values, scale, y) {
  let out = "";
  for (let i = 0; i < months.length; i += 1) {
    out += `${i ? "L" : "M"}${short(scale.x(months[i] + 0.5))} ${short(y(values[i]))}`;
  }
  return out;
}

/** @param {number[]} months @param {number[]} low @param {number[]} high @param {MonthScale} scale @param {(v: number) => number} y */
export function bandPath(months, low, high, scale, y) {
  if (!months.length) return "";
  let out = linePath(months, high, scale, y);
  for (let i = months.length - 1; i >= 0; i -= 1) {
    out += `L${short(scale.x(months[i] + 0.5))} ${short(y(low[i]))}`;
  }
  return `${out}Z`;
}

/** Dots as one path: strokes of no length with round ends. @param {{month: number, value: number}[]} points @param {MonthScale} scale @param {(v: number) => number} y */
export function dotPath(points, scale, y) {
  let out = "";
  for (const { month, value } of points) out += `M${short(scale.x(month + 0.5))} ${short(y(value))}h0`;
  return out;
}

/**
 * Labels of events in rows above the picture; an event without room is left out.
 * @param {{month: number, label: string}[]} events @param {MonthScale} scale
 * @param {{rows: number, letter: number, gap: number}} type letter: pixels of a letter
 * @returns {{month: number, label: string, x: number, row: number, anchor: "start"|"end"}[]}
 */
export function placedEvents(events, scale, { rows, letter, gap }) {
  const taken = Array.from({ length: rows }, () => /** @type {[number, number][]} */ ([]));
  const out = [];
  for (const { month, label } of events) {
    if (month < scale.first || month >= scale.last) continue;
    const x = scale.x(month);
    const width = label.length * letter;
    const sides = /** @type {const} */ ([["start", x + 4, x + 4 + width], ["end", x - 4 - width, x - 4]]);
    const found = sides.flatMap(([anchor, from, to]) => {
      if (from < scale.left - 4 || to > scale.right + 8) return [];
      const row = taken.findIndex((list) => list.every(([a, b]) => to + gap < a || from - gap > b));
      return row < 0 ? [] : [{ anchor, from, to, row }];
    }).sort((a, b) => a.row - b.row)[0];
    if (!found) continue;
    taken[found.row].push([found.from, found.to]);
    out.push({ month, label, x: found.anchor === "start" ? x + 4 : x - 4, row: found.row, anchor: found.anchor });
  }
  return out;
}
