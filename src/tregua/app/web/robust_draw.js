// Pictures of Robust: regret as a heat map, two harms as a plane, the sign of the core claim.

/** @import {Cell, Panel} from "./answers_worlds.js" */
/** @import {Words} from "./types.js" */

import { s } from "./dom.js";
import { linear, mark, ticks } from "./plot.js";
import { shortened } from "./ridge.js";

/** @type {Record<string, string>} */
const OWN = { status_quo: "status-quo", secret_pact: "secret-pact", mano_dura: "mano-dura", both: "both", reform: "reform", open_pact: "accent", exception: "observed-2" };
const LETTER = 6.7;

/** The colour of a strategy. @param {string} name */
export const colourOf = (name) => `var(--${OWN[name] || "observed-5"})`;

/** A number in few letters: 12k, 1.2M. @param {Words} t @param {number} value */
export function compact(t, value) {
  const shown = Math.abs(value) < 10 ? t.number(value, Math.abs(value) < 1 && value !== 0 ? 2 : 1)
    : new Intl.NumberFormat(t.locale, { notation: "compact", maximumSignificantDigits: 2 }).format(value).replace(/\s/g, "").replace(/(mil|K)$/, "k");
  return shown.replace("-", "−");
}

/** A text in lines of at most so many letters. @param {string} text @param {number} most @param {number} rows */
function wrapped(text, most, rows) {
  /** @type {string[]} */ const lines = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > rows ? [...lines.slice(0, rows - 1), shortened(lines.slice(rows - 1).join(" "), most * LETTER)] : lines;
}

/**
 * @typedef {{name: string, label: string, best: boolean}} HeatRow
 * @typedef {{shade: number, text: string, told: string, href?: string}} HeatCell
 * @typedef {{name: string, label: string, x: number, y: number, xe: number, ye: number, front: boolean, out: boolean}} Point a strategy with errors of its means
 */

/**
 * A heat map whose cells lead into the Lab.
 * @template {HeatCell} C
 * @template {HeatRow} R
 * @template {{name: string, label: string}} H
 * @param {SVGElement} svg @param {number} width
 * @param {{rows: R[], columns: H[], cell: (row: R, column: H) => C|null, open: (event: MouseEvent, cell: C) => void}} view
 * @returns {number}
 */
export function drawHeat(svg, width, { rows, columns, cell, open }) {
  const narrow = width < 620;
  const left = narrow ? 0 : Math.min(190, width * 0.2);
  const each = (width - left) / columns.length;
  const tall = narrow ? 50 : 30;
  const key = narrow ? columns.length * 17 + 12 : 0;
  const head = narrow ? key + 6 : 62;
  columns.forEach((column, i) => {
    const x = left + (i + 0.5) * each;
    if (narrow) {
      svg.append(s("text", { x: 0, y: 14 + i * 17, fill: "var(--muted)" }, s("tspan", { "font-weight": 700, fill: "var(--ink)" }, String(i + 1)), ` ${column.label}`));
      return;
    }
    const lines = wrapped(column.label, Math.floor(each / LETTER), 3);
    svg.append(s("text", { x, y: head - 10 - (lines.length - 1) * 15, "text-anchor": "middle", fill: "var(--muted)" },
      ...lines.map((line, k) => s("tspan", { x, dy: k ? 15 : 0 }, line))));
  });
  rows.forEach((row, i) => {
    const top = head + i * tall;
    svg.append(s("text", { x: narrow ? 0 : left - 10, y: narrow ? top + 13 : top + tall / 2 + 4, "text-anchor": narrow ? "start" : "end", fill: "var(--ink)", "font-weight": row.best ? 750 : 500 }, `${row.best ? "★ " : ""}${shortened(row.label, narrow ? width : left - 24)}`));
    columns.forEach((column, k) => {
      const found = cell(row, column);
      if (!found) return;
      const box = { x: left + k * each + 1, y: narrow ? top + 18 : top + 1, width: each - 2, height: narrow ? tall - 22 : tall - 2, rx: 3 };
      const text = s("text", { x: box.x + box.width / 2, y: box.y + box.height / 2 + 4, "text-anchor": "middle", fill: "var(--ink)", "font-size": each < 42 ? 10 : 12, "font-weight": found.shade === 0 ? 700 : 400 }, found.text);
      const parts = [s("rect", { ...box, fill: "var(--soft)" }), s("rect", { ...box, fill: "var(--mano-dura)", opacity: (0.55 * found.shade).toFixed(3) }), s("rect", { ...box, class: "heat-edge", fill: "none" }), text];
      svg.append(found.href
        ? s("a", { href: found.href, class: "heat-cell", "aria-label": found.told, onclick: (event) => open(event, found) }, s("title", {}, found.told), ...parts)
        : s("g", {}, s("title", {}, found.told), ...parts));
    });
  });
  return head + rows.length * tall + 4;
}

/**
 * Two harms: every strategy at its mean, with the error of the mean.
 * @param {SVGElement} svg @param {number} width
 * @param {{points: Point[], xLabel: string, yLabel: string, t: Words}} view
 * @returns {number}
 */
export function drawPlane(svg, width, { points, xLabel, yLabel, t }) {
  const height = Math.min(430, Math.max(300, width * 0.72));
  const left = 54;
  const span = (/** @type {"x"|"y"} */ key) => {
    const values = points.map((p) => p[key]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || Math.abs(high) || 1) * 0.09;
    return /** @type {[number, number]} */ ([low - room, high + room]);
  };
  const x = linear(span("x"), [left, width - 12]);
  const y = linear(span("y"), [height - 48, 30]);
  svg.append(
    ...ticks(...x.domain, Math.max(3, Math.min(6, width / 90))).flatMap((v) => [s("line", { x1: x(v), x2: x(v), y1: 26, y2: height - 48, stroke: "var(--grid)" }), s("text", { x: x(v), y: height - 31, "text-anchor": "middle", fill: "var(--muted)" }, compact(t, v))]),
    ...ticks(...y.domain, 5).flatMap((v) => [s("line", { x1: left, x2: width - 12, y1: y(v), y2: y(v), stroke: "var(--grid)" }), s("text", { x: left - 7, y: y(v) + 4, "text-anchor": "end", fill: "var(--muted)" }, compact(t, v))]),
    s("text", { x: left, y: 14, fill: "var(--muted)" }, `${yLabel} ↑`),
    s("text", { x: width - 12, y: height - 10, "text-anchor": "end", fill: "var(--muted)" }, `${xLabel} →`));
  /** @type {number[][]} */ const taken = [];
  const ordered = [...points].sort((a, b) => Number(b.front) - Number(a.front) || Number(a.out) - Number(b.out));
  for (const p of ordered) {
    const [px, py] = [x(p.x), y(p.y)];
    const ink = p.out ? "var(--observed-5)" : colourOf(p.name);
    const reach = (/** @type {number} */ e) => 1.96 * e;
    svg.append(s("g", { opacity: p.out ? 0.4 : 1 }, s("title", {}, `${p.label}: ${xLabel} ${t.number(p.x)}, ${yLabel} ${t.number(p.y)}`),
      s("line", { x1: x(p.x - reach(p.xe)), x2: x(p.x + reach(p.xe)), y1: py, y2: py, stroke: ink, "stroke-width": 1.2 }),
      s("line", { x1: px, x2: px, y1: y(p.y - reach(p.ye)), y2: y(p.y + reach(p.ye)), stroke: ink, "stroke-width": 1.2 }),
      mark(p.front ? "circle" : "diamond", px, py, p.front ? 6 : 4.2, { fill: p.front ? ink : "var(--card)", stroke: ink, "stroke-width": 1.8 })));
    const wide = p.label.length * LETTER;
    const spots = [[px + 10, py + 4], [px - 10 - wide, py + 4], [px - wide / 2, py - 12], [px - wide / 2, py + 20]];
    const spot = spots.find(([a, b]) => a > left && a + wide < width && b > 24 && b < height - 50 && taken.every(([c, d, e]) => Math.abs(b - d) > 14 || a > e || a + wide < c));
    if (!spot || p.out) continue;
    taken.push([spot[0], spot[1], spot[0] + wide]);
    svg.append(s("text", { x: spot[0], y: spot[1], fill: p.front ? "var(--ink)" : "var(--muted)", "font-weight": p.front ? 650 : 400, stroke: "var(--card)", "stroke-width": 3.5, "paint-order": "stroke" }, p.label));
  }
  return height;
}

const GROUND = { lower: "lower-ground", higher: "higher-ground", unclear: "unclear-ground" };
const SIGN = { lower: "−", higher: "+", unclear: "?" };

/**
 * The sign of the core claim over two factors: a panel for each strategy held against and each span.
 * @param {SVGElement} svg @param {number} width
 * @param {{panels: Panel[], swap: boolean, xLabel: string, yLabel: string, referenceName: (name: string) => string, t: Words}} view
 * @returns {number}
 */
export function drawSigns(svg, width, { panels, swap, xLabel, yLabel, referenceName, t }) {
  const horizons = [...new Set(panels.map((p) => p.horizon))];
  const columns = width >= 150 * horizons.length ? horizons.length : Math.max(2, Math.floor(width / 165));
  const gap = 22;
  const left = 40;
  const each = (width - left - gap * (columns - 1)) / columns;
  const tall = Math.min(each, 190);
  const step = tall + 62;
  svg.append(s("text", { x: 0, y: 13, fill: "var(--muted)" }, `↑ ${yLabel}   → ${xLabel}`));
  panels.forEach((panel, i) => {
    const x0 = left + (i % columns) * (each + gap);
    const y0 = 46 + Math.floor(i / columns) * step;
    const low = (/** @type {Cell} */ c, /** @type {boolean} */ across) => (across !== swap ? [c.x_low, c.x_high] : [c.y_low, c.y_high]);
    const ends = (/** @type {boolean} */ across) => panel.cells.flatMap((c) => low(c, across));
    const x = linear([Math.min(...ends(true)), Math.max(...ends(true))], [x0, x0 + each]);
    const y = linear([Math.min(...ends(false)), Math.max(...ends(false))], [y0 + tall, y0]);
    const title = t("app_robust.panel", { reference: referenceName(panel.reference), years: t.number(panel.horizon, 0) });
    svg.append(s("text", { x: x0, y: y0 - 9, fill: "var(--ink)", "font-weight": 650 }, shortened(title, each + gap)));
    for (const c of panel.cells) {
      const [xs, ys] = [low(c, true), low(c, false)];
      const [w, h] = [x(xs[1]) - x(xs[0]), y(ys[0]) - y(ys[1])];
      const sign = /** @type {keyof typeof GROUND} */ (c.sign);
      const told = c.share === null ? "–" : t.percent(c.share);
      svg.append(s("g", {}, s("title", {}, t("app_robust.cell", { share: told, n: t.number(c.points, 0) })),
        s("rect", { x: x(xs[0]) + 1, y: y(ys[1]) + 1, width: w - 2, height: h - 2, rx: 2, fill: `var(--${GROUND[sign]})` }),
        s("text", { x: x(xs[0]) + w / 2, y: y(ys[1]) + h / 2 + 4, "text-anchor": "middle", fill: "var(--ink)", "font-size": w < 44 ? 10 : 12 }, w < 52 ? SIGN[sign] : `${SIGN[sign]} ${told}`)));
    }
    svg.append(...x.domain.map((v, k) => s("text", { x: x(v), y: y0 + tall + 16, "text-anchor": k ? "end" : "start", fill: "var(--muted)" }, t.number(v))));
    if (i % columns === 0) svg.append(...y.domain.map((v, k) => s("text", { x: x0 - 6, y: k ? y0 + 11 : y0 + tall, "text-anchor": "end", fill: "var(--muted)" }, t.number(v))));
  });
  return 46 + Math.ceil(panels.length / columns) * step - 30;
}
