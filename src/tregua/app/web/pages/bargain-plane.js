// The plane of two numbers: where a pact enforces itself, what is in the way elsewhere, and a point.

/** @import {Plane, Term} from "../answers.js" */
/** @import {Words} from "../types.js" */
/** @import {Figure} from "../figure.js" */

import { s } from "../dom.js";
import { axisY, linear, placeIn, ticks } from "../plot.js";

const TOP = 28;
const HEIGHT = 380;
const LONG = 26; // letters of a name in one line
const LETTER = 6.4; // pixels of a letter in the legend, about

/** A name in two lines, parted at the middle space. @param {string} text @returns {string[]} */
function lines(text) {
  if (text.length <= LONG) return [text];
  const spaces = [...text.matchAll(/ /g)].map((m) => m.index);
  const middle = spaces.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2))[0];
  return middle === undefined ? [text] : [text.slice(0, middle), text.slice(middle + 1)];
}

/** Words in lines of at most `most` letters; a longer word has a line of its own. @param {string} text @param {number} most */
function wrap(text, most) {
  const out = [""];
  for (const word of text.split(" ")) {
    const joined = out.at(-1) ? `${out.at(-1)} ${word}` : word;
    if (joined.length > most && out.at(-1)) out.push(word);
    else out[out.length - 1] = joined;
  }
  return out;
}

/** @param {[number, number]} place @param {string} text */
function named(place, text) {
  const parts = lines(text);
  return s("text", { x: place[0], y: place[1], "text-anchor": "middle", "font-size": 13, "font-weight": 600, fill: "var(--ink)" },
    ...parts.map((part, i) => s("tspan", { x: place[0], dy: i ? 17 : parts.length > 1 ? -4 : 4 }, part)));
}

/** @param {number[]} values */
function digitsOf(values) {
  const step = Math.abs(values[1] - values[0]) || 1;
  return Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
}

/**
 * Draw the plane.
 * @param {SVGSVGElement} svg empty
 * @param {number} width
 * @param {{t: Words, plane: Plane, x: Term, y: Term, at: {x: number, y: number}}} what
 * @returns {number} the height
 */
export function drawPlane(svg, width, { t, plane, x: across, y: up, at }) {
  const { now } = plane;
  const high = width < 560 ? 300 : HEIGHT;
  const x = linear([now.x_low, now.x_high], [52, width - 14]);
  const y = linear([now.y_low, now.y_high], [TOP + high, TOP]);
  /** @type {Map<string, string>} */ const grounds = new Map();
  for (const [x1, x2, y1, y2, binding] of plane.plane) {
    const box = `M${x(x1).toFixed(1)} ${y(y1).toFixed(1)}H${x(x2).toFixed(1)}V${y(y2).toFixed(1)}H${x(x1).toFixed(1)}Z`;
    grounds.set(binding, (grounds.get(binding) || "") + box);
  }
  const area = s("g", { "data-plane": "", cursor: "crosshair" },
    ...[...grounds].map(([binding, d]) => s("path", { d, fill: `var(--${binding}-ground)`, stroke: `var(--${binding}-ground)`, "stroke-width": 0.7, "data-ground": binding })),
    s("path", { d: plane.border.map(([a, b, c, d]) => `M${x(a).toFixed(1)} ${y(b).toFixed(1)}L${x(c).toFixed(1)} ${y(d).toFixed(1)}`).join(""), stroke: "var(--ink)", "stroke-width": 1.8, "stroke-linecap": "round", fill: "none" }),
    ...plane.labels.filter(() => width >= 480).map(([a, b, binding]) => named([x(a), y(b)], t.name("binding", binding))));
  const stepsY = ticks(now.y_low, now.y_high, 5);
  const stepsX = ticks(now.x_low, now.x_high, Math.max(3, Math.floor(width / 130)));
  const digits = [digitsOf(stepsX), digitsOf(stepsY)];
  svg.append(
    s("text", { x: 52, y: 14, fill: "var(--muted)" }, `↕ ${up.label}`),
    area, axisY(y, stepsY, { left: 52, right: 52, format: (v) => t.number(v, digits[1]) }),
    ...stepsX.map((v) => s("text", { x: x(v), y: TOP + high + 18, "text-anchor": "middle", fill: "var(--muted)" }, t.number(v, digits[0]))),
    s("text", { x: width - 14, y: TOP + high + 38, "text-anchor": "end", fill: "var(--muted)" }, `↔ ${across.label}`));
  const [px, py] = [x(at.x), y(at.y)];
  const flip = px > width - 150;
  const point = s("g", {
    "data-point": "", role: "slider", tabindex: 0, cursor: "grab",
    "aria-label": t("app_bargain.point", { x: across.label, y: up.label }), "aria-valuemin": now.x_low, "aria-valuemax": Math.max(now.x_high, at.x), "aria-valuenow": at.x,
    "aria-valuetext": `${across.label} ${t.number(at.x)}; ${up.label} ${t.number(at.y)}`,
  }, s("circle", { cx: px, cy: py, r: 22, fill: "transparent" }),
  s("circle", { cx: px, cy: py, r: 7.5, fill: "var(--ink)", stroke: "var(--card)", "stroke-width": 2 }));
  const name = s("text", { x: flip ? px - 14 : px + 14, y: py < TOP + 24 ? py + 20 : py - 10, "text-anchor": flip ? "end" : "start", fill: "var(--ink)", stroke: "var(--card)", "stroke-width": 3, "paint-order": "stroke", "pointer-events": "none" }, t("app_bargain.here"));
  svg.append(s("g", { "data-plane": "" }, point, name));
  let foot = TOP + high + 48;
  foot += legend(svg, [...grounds.keys()], width, foot, t);
  svg.dataset.low = JSON.stringify([x.range, [now.x_low, now.x_high], y.range, [now.y_low, now.y_high]]);
  return foot;
}

/** @param {SVGSVGElement} svg @param {string[]} names @param {number} width @param {number} top @param {Words} t */
function legend(svg, names, width, top, t) {
  const columns = width >= 640 ? 2 : 1;
  const [first, each] = [columns === 1 ? 14 : 52, (width - 60) / columns];
  const texts = names.map((name) => wrap(t.name("binding", name), (each - 22) / LETTER));
  let y = top;
  for (let i = 0; i < names.length; i += columns) {
    const row = texts.slice(i, i + columns);
    row.forEach((parts, j) => {
      const left = first + j * each;
      svg.append(s("rect", { x: left, y, width: 14, height: 14, rx: 3, fill: `var(--${names[i + j]}-ground)`, stroke: "var(--muted)", "stroke-width": 0.6 }),
        s("text", { x: left + 22, y: y + 11.5, fill: "var(--ink)" }, ...parts.map((part, k) => s("tspan", { x: left + 22, dy: k ? 16 : 0 }, part))));
    });
    y += 22 + 16 * (Math.max(...row.map((parts) => parts.length)) - 1);
  }
  return y - top + 6;
}

/** The two numbers at a pointer's place, kept within the plane. @param {Figure} figure @param {MouseEvent} event */
export function nearness(figure, event) {
  const svg = figure.picture();
  if (!svg.dataset.low) return null;
  const at = placeIn(svg, event);
  const [rangeX, domainX, rangeY, domainY] = JSON.parse(svg.dataset.low);
  const within = (/** @type {number} */ v, /** @type {[number, number]} */ [a, b]) => Math.min(Math.max(v, Math.min(a, b)), Math.max(a, b));
  return { x: linear(domainX, rangeX).invert(within(at.x, rangeX)), y: linear(domainY, rangeY).invert(within(at.y, rangeY)) };
}
