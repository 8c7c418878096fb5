// Parallel coordinates with a limit on every axis. Less is better on all of them, so that a limit is
// one handle, "at most": dragged, moved by arrow keys, or put back by Delete. Strategies beyond a
// limit go grey; what is left is told by whoever listens.

/** @import {Words} from "./types.js" */

import { s } from "./dom.js";
import { colourOf, compact } from "./robust_draw.js";
import { shortened } from "./ridge.js";

const OPEN = 1.07; // the place of a handle that limits nothing
const STEPS = 50;

/**
 * @typedef {{name: string, label: string, low: number, high: number}} Axis
 * @typedef {{name: string, label: string, means: Record<string, number>, front: boolean}} Line
 */

/** Whether a line keeps all limits. @param {Line} line @param {Record<string, number>} limits */
export const keeps = (line, limits) => Object.entries(limits).every(([name, most]) => line.means[name] <= most);

/** The picture, with its handles. */
export class Parallel {
  /**
   * @param {Words} t
   * @param {{changed: (limits: Record<string, number>, over: boolean) => void}} on
   */
  constructor(t, on) {
    this.t = t;
    this.on = on;
    /** @type {Axis[]} */ this.axes = [];
    /** @type {Line[]} */ this.lines = [];
    /** @type {Record<string, number>} */ this.limits = {};
    /** @type {string|null} */ this.chosen = null;
    /** @type {Map<string, SVGElement>} */ this.paths = new Map();
    /** @type {Map<string, {node: SVGGElement, over: SVGLineElement, i: number}>} */ this.handles = new Map();
    this.width = 0;
    this.height = 0;
    this.flat = false; // axes lie, one under the other
    /** The place of a share along an axis. @type {(share: number) => number} */ this.at = () => 0;
    /** The place of an axis across the picture. @type {(i: number) => number} */ this.side = () => 0;
  }

  /** @param {Axis} axis @param {number} value */
  share(axis, value) {
    return axis.high > axis.low ? (value - axis.low) / (axis.high - axis.low) : 0.5;
  }

  /** @param {SVGElement} svg @param {number} width @returns {number} */
  draw(svg, width) {
    this.svg = svg;
    this.width = width;
    this.flat = width < 640;
    const n = this.axes.length;
    this.height = this.flat ? n * 62 + 46 : 430;
    const [from, to] = this.flat ? [14, width - 30] : [this.height - 34, 74];
    this.at = (u) => from + (to - from) * u;
    this.side = (i) => (this.flat ? 44 + i * 62 : 60 + (i * (width - 210)) / Math.max(1, n - 1));
    this.paths.clear();
    this.handles.clear();
    const rails = this.axes.map((axis, i) => this.#rail(axis, i));
    const drawn = this.lines.map((line) => {
      const path = s("path", { fill: "none", stroke: colourOf(line.name), "stroke-linejoin": "round", d: this.axes.map((axis, i) => `${i ? "L" : "M"}${this.#place(i, this.share(axis, line.means[axis.name])).map((v) => v.toFixed(1)).join(" ")}`).join("") }, s("title", {}, line.label));
      this.paths.set(line.name, path);
      return path;
    });
    svg.append(s("g", {}, ...drawn), s("g", { stroke: "none" }, ...rails));
    if (!this.flat) svg.append(this.#ends());
    svg.append(s("g", { "data-screen": "handles" }, ...this.axes.map((axis, i) => this.#handle(axis, i))));
    this.mark();
    return this.height;
  }

  /** @param {number} i @param {number} u @returns {[number, number]} */
  #place(i, u) {
    const [along, across] = [this.at(u), this.side(i)];
    return this.flat ? [along, across] : [across, along];
  }

  /** An axis with its name and ends. @param {Axis} axis @param {number} i */
  #rail(axis, i) {
    const [x1, y1] = this.#place(i, 0);
    const [x2, y2] = this.#place(i, 1);
    const { t } = this;
    const line = s("line", { x1, y1, x2, y2, stroke: "var(--muted)", "stroke-width": 1.3 });
    if (this.flat) {
      return s("g", {}, line, s("text", { x: x1, y: y1 - 16, fill: "var(--ink)", "font-weight": 650, stroke: "var(--card)", "stroke-width": 4, "paint-order": "stroke" }, axis.label),
        s("text", { x: x1, y: y1 + 20, fill: "var(--muted)" }, compact(t, axis.low)), s("text", { x: x2, y: y2 + 20, "text-anchor": "end", fill: "var(--muted)" }, compact(t, axis.high)));
    }
    const room = Math.max(9, Math.floor(((this.width - 210) / Math.max(1, this.axes.length - 1)) / 8));
    const words = axis.label.split(" ");
    /** @type {string[]} */ const rows = [];
    for (const word of words) {
      const last = rows[rows.length - 1];
      if (last !== undefined && `${last} ${word}`.length <= room) rows[rows.length - 1] = `${last} ${word}`;
      else rows.push(word);
    }
    return s("g", {}, line,
      s("text", { x: x2, y: 14, "text-anchor": "middle", fill: "var(--ink)", "font-weight": 650 }, ...rows.slice(0, 3).map((row, k) => s("tspan", { x: x2, dy: k ? 14 : 0 }, shortened(row, room * 8)))),
      s("text", { x: x1, y: y1 + 18, "text-anchor": "middle", fill: "var(--muted)" }, compact(t, axis.low)),
      s("text", { x: x2, y: y2 - 22 + 16, "text-anchor": "middle", fill: "var(--muted)", "data-most": axis.name }, compact(t, axis.high)));
  }

  /** Names at the right ends of lines that nobody dominates, moved apart. */
  #ends() {
    const last = this.axes.length - 1;
    const axis = this.axes[last];
    const named = this.lines.filter((line) => line.front).map((line) => ({ line, y: this.#place(last, this.share(axis, line.means[axis.name]))[1] })).sort((a, b) => a.y - b.y);
    let floor = 60;
    for (const one of named) {
      one.y = Math.max(one.y, floor);
      floor = one.y + 15;
    }
    let roof = this.height - 20;
    for (const one of [...named].reverse()) {
      one.y = Math.min(one.y, roof);
      roof = one.y - 15;
    }
    const x = this.side(last);
    return s("g", {}, ...named.map(({ line, y }) => s("g", {},
      s("path", { d: `M${x + 3} ${this.#place(last, this.share(axis, line.means[axis.name]))[1]}L${x + 16} ${y}`, stroke: colourOf(line.name), fill: "none" }),
      s("text", { x: x + 20, y: y + 4, fill: "var(--ink)" }, shortened(line.label, 128)))));
  }

  /** @param {Axis} axis @param {number} i */
  #handle(axis, i) {
    const { flat } = this;
    const grip = s("path", { d: flat ? "M0 -11L9 -20H-9Z" : "M-11 0L-20 -9V9Z", fill: "var(--accent)" });
    const bar = s("line", { x1: flat ? 0 : -12, x2: flat ? 0 : 12, y1: flat ? -12 : 0, y2: flat ? 12 : 0, stroke: "var(--accent)", "stroke-width": 3.5, "stroke-linecap": "round" });
    const node = s("g", { role: "slider", tabindex: 0, class: "limit", "data-limit": axis.name, "aria-label": this.t("app_robust.limit", { what: axis.label }), "aria-orientation": flat ? "horizontal" : "vertical",
      "aria-valuemin": 0, "aria-valuemax": STEPS + 1,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event, axis),
      onpointerdown: (/** @type {PointerEvent} */ event) => this.#grab(event, axis) },
    s("rect", { x: -22, y: -22, width: 44, height: 44, fill: "transparent" }), bar, grip);
    const over = s("line", { stroke: "var(--accent)", "stroke-width": 5, opacity: 0.35, "stroke-linecap": "round" });
    this.handles.set(axis.name, { node, over, i });
    return s("g", {}, over, node);
  }

  /** @param {Axis} axis */
  #step(axis) {
    const limit = this.limits[axis.name];
    return limit === undefined ? STEPS + 1 : Math.round(this.share(axis, limit) * STEPS);
  }

  /** @param {KeyboardEvent} event @param {Axis} axis */
  #key(event, axis) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const now = this.#step(axis);
    const to = { ArrowDown: now - 1, ArrowLeft: now - 1, ArrowUp: now + 1, ArrowRight: now + 1, PageDown: now - 5, PageUp: now + 5, Home: 0, End: STEPS + 1, Delete: STEPS + 1, Backspace: STEPS + 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#set(axis, Math.max(0, Math.min(STEPS + 1, to)) / STEPS, true);
  }

  /** @param {Axis} axis @param {number} u @param {boolean} over */
  #set(axis, u, over) {
    const next = { ...this.limits };
    if (u > 1) delete next[axis.name];
    else next[axis.name] = Number((axis.low + Math.max(0, u) * (axis.high - axis.low)).toPrecision(4));
    this.limits = next;
    this.mark();
    this.on.changed(next, over);
  }

  /** @param {PointerEvent} event @param {Axis} axis */
  #grab(event, axis) {
    const held = this.handles.get(axis.name);
    if (!held) return;
    event.preventDefault();
    const { node } = held;
    node.focus();
    node.setPointerCapture(event.pointerId);
    const svg = /** @type {SVGElement} */ (this.svg);
    const move = (/** @type {PointerEvent} */ e, over = false) => {
      const box = svg.getBoundingClientRect();
      const k = this.width / box.width;
      const place = this.flat ? (e.clientX - box.left) * k : (e.clientY - box.top) * k;
      const [a, b] = [this.at(0), this.at(1)];
      this.#set(axis, Math.round(((place - a) / (b - a)) * 200) / 200, over);
    };
    const drag = (/** @type {PointerEvent} */ e) => move(e);
    const end = (/** @type {PointerEvent} */ e) => {
      node.removeEventListener("pointermove", drag);
      node.removeEventListener("pointerup", end);
      node.removeEventListener("pointercancel", end);
      move(e, true);
    };
    node.addEventListener("pointermove", drag);
    node.addEventListener("pointerup", end);
    node.addEventListener("pointercancel", end);
  }

  /** Show limits and what keeps them. */
  mark() {
    for (const line of this.lines) {
      const path = this.paths.get(line.name);
      if (!path) continue;
      const within = keeps(line, this.limits);
      const bold = line.name === this.chosen ? 4.5 : line.front ? 2.4 : 1.4;
      path.setAttribute("stroke", within ? colourOf(line.name) : "var(--observed-5)");
      path.setAttribute("stroke-width", String(within ? bold : 1));
      path.setAttribute("opacity", within ? "0.9" : "0.25");
      path.setAttribute("stroke-dasharray", within && !line.front ? "5 4" : "none");
    }
    for (const axis of this.axes) {
      const held = this.handles.get(axis.name);
      if (!held) continue;
      const { node, over, i } = held;
      const limit = this.limits[axis.name];
      const u = limit === undefined ? OPEN : this.share(axis, limit);
      const [x, y] = this.#place(i, u);
      node.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      node.setAttribute("aria-valuenow", String(this.#step(axis)));
      node.setAttribute("aria-valuetext", limit === undefined ? this.t("app_robust.limit.none") : this.t("app_robust.limit.most", { n: this.t.number(limit) }));
      const [x1, y1] = this.#place(i, Math.min(u, 1));
      const [x2, y2] = this.#place(i, 1);
      for (const [key, value] of Object.entries({ x1, y1, x2, y2 })) over.setAttribute(key, value.toFixed(1));
      over.setAttribute("visibility", limit === undefined ? "hidden" : "visible");
    }
  }
}
