// The fan: simulated months as bands of 50, 80 and 90 % around a median, recorded months as dots, the
// run before as a dashed line. Drawn by hand, because it is drawn again at every move of a slider:
// the elements stay, only the text of a few paths changes, and nothing is measured on the way.
// Colours are attributes by role, so that both themes and an exported picture have them.

import { h, s } from "./dom.js";
import { axisTop, bandPath, dotPath, linePath, placedEvents, ticks } from "./fan_draw.js";
import { MonthScale, within } from "./months.js";

/**
 * @typedef {{months: number[], q05: number[], q10: number[], q25: number[], q50: number[], q75: number[], q90: number[], q95: number[]}} Bands
 * @typedef {{month: number, value: number, agency?: string}} Datum
 * @typedef {{first: number, last: number, origin: number}} Frame
 */

const UPPER = 62; // room above the plot: a row for the key, two for events
const KEY = 20; // of it, for the key
const LOWER = 26; // and below it, for the years
const LETTER = 6.3; // width of a letter at 12 px, roughly

/** The picture, whose elements stay while what they show changes. */
export class Fan {
  /** @param {import("./types.js").Words} words */
  constructor(words) {
    this.words = words;
    /** @type {Bands|null} */ this.bands = null;
    /** @type {{months: number[], q50: number[]}|null} */ this.ghost = null;
    /** @type {Datum[]} */ this.record = [];
    /** @type {{month: number, label: string}[]} */ this.events = [];
    /** @type {[number, number]|null} */ this.guides = null;
    /** @type {Frame} */ this.frame = { first: 0, last: 12, origin: 0 };
    this.label = "";
    this.top = 0;
    this.scale = new MonthScale(0, 12, 0, 1);
    /** @type {number|null} */ this.cursor = null;
    this.written = "";
    this.tip = h("div", { class: "fan-tip", "aria-hidden": "true", hidden: true });
    this.#build();
  }

  #build() {
    const blue = "var(--secret-pact)";
    const path = (/** @type {object} */ attributes) => s("path", { fill: "none", ...attributes });
    const live = { "data-screen": "1", "pointer-events": "none" };
    this.parts = {
      key: s("g", { fill: "var(--muted)" }),
      past: s("rect", { fill: "var(--soft)", opacity: 0.8 }),
      frame: s("g"),
      events: s("g", { fill: "var(--muted)" }),
      b90: s("path", { class: "b90", fill: blue, opacity: 0.16 }),
      b80: s("path", { class: "b80", fill: blue, opacity: 0.18 }),
      b50: s("path", { class: "b50", fill: blue, opacity: 0.3 }),
      ghost: path({ class: "ghost", stroke: "var(--ink)", "stroke-width": 1.6, "stroke-dasharray": "1 4.5", "stroke-linecap": "round", opacity: 0.8 }),
      median: path({ class: "median", stroke: blue, "stroke-width": 2.4, "stroke-linejoin": "round" }),
      dots: path({ class: "dots", stroke: "var(--observed)", "stroke-linecap": "round" }),
      guides: path({ class: "guides", stroke: "var(--accent)", "stroke-width": 1, ...live }),
      cursor: path({ stroke: "var(--ink)", "stroke-width": 1, ...live }),
      point: s("circle", { r: 4, fill: "var(--card)", stroke: blue, "stroke-width": 2, visibility: "hidden", ...live }),
    };
    this.ink = s("g", { "aria-hidden": "true" }, ...Object.values(this.parts));
    // The instrument that eyes read with a pointer and others with the arrow keys.
    /** @type {SVGRectElement} */ const hand = s("rect", { class: "fan-hand", fill: "transparent", role: "slider", tabindex: 0, "data-screen": "1",
      onpointermove: (/** @type {PointerEvent} */ e) => this.#point(e), onpointerdown: (/** @type {PointerEvent} */ e) => this.#point(e),
      onpointerleave: () => this.moveCursor(null), onblur: () => this.moveCursor(null),
      onfocus: () => hand.matches(":focus-visible") && this.moveCursor(this.cursor ?? this.frame.origin),
      onkeydown: (/** @type {KeyboardEvent} */ e) => this.#key(e) });
    this.hand = hand;
  }

  /**
   * Draw into an empty picture, as a figure asks.
   * @param {SVGSVGElement} svg @param {number} width @returns {number} the height
   */
  draw(svg, width) {
    const narrow = width < 560;
    const height = Math.round(narrow ? 300 : within(width * 0.36, 290, 430));
    this.box = { width, height, narrow, upper: UPPER, lower: height - LOWER };
    this.written = "";
    svg.append(/** @type {Node} */ (this.ink), /** @type {Node} */ (this.hand));
    this.svg = svg;
    this.update();
    return height;
  }

  /** Draw what changed. */
  update() {
    const { parts, box, bands, frame } = this;
    if (!box || !parts) return;
    this.scale = new MonthScale(frame.first, frame.last, box.narrow ? 34 : 46, box.width - 10);
    const seen = this.record.filter((d) => d.month >= frame.first && d.month < frame.last);
    let highest = 1e-9;
    for (const value of bands ? bands.q95 : []) highest = Math.max(highest, value);
    for (const { value } of seen) highest = Math.max(highest, value);
    this.top = axisTop(highest, this.top);
    this.y = (/** @type {number} */ v) => box.lower - ((box.lower - box.upper) * v) / this.top;
    this.#frame(seen);
    const { scale, y } = this;
    if (bands) {
      parts.b90.setAttribute("d", bandPath(bands.months, bands.q05, bands.q95, scale, y));
      parts.b80.setAttribute("d", bandPath(bands.months, bands.q10, bands.q90, scale, y));
      parts.b50.setAttribute("d", bandPath(bands.months, bands.q25, bands.q75, scale, y));
      parts.median.setAttribute("d", linePath(bands.months, bands.q50, scale, y));
    }
    parts.ghost.setAttribute("d", this.ghost ? linePath(this.ghost.months, this.ghost.q50, scale, y) : "");
    this.guide(this.guides);
    if (this.cursor !== null) this.moveCursor(this.cursor);
  }

  /** Axes, events, dots: only where the frame itself changed. @param {Datum[]} seen */
  #frame(seen) {
    const { parts, scale, box, frame, y, words } = this;
    if (!parts || !box || !y) return;
    const key = JSON.stringify([box, frame, this.top, seen.length, words.lang, this.label, this.events.length]);
    if (key === this.written) return;
    this.written = key;
    const put = (/** @type {Element|undefined} */ node, /** @type {object} */ values) => Object.entries(values).forEach(([name, value]) => node?.setAttribute(name, String(value)));
    const start = scale.x(frame.origin);
    put(parts.past, { x: scale.left, y: box.upper, width: Math.max(0, start - scale.left), height: box.lower - box.upper });
    put(this.hand, { x: scale.left, y: box.upper, width: scale.right - scale.left, height: box.lower - box.upper,
      "aria-label": this.label, "aria-valuemin": frame.first, "aria-valuemax": frame.last - 1 });
    const text = (/** @type {object} */ at, /** @type {string} */ said) => s("text", { fill: "var(--muted)", ...at }, said);
    const lines = ticks(this.top).flatMap((value) => [
      s("line", { x1: scale.left, x2: scale.right, y1: y(value), y2: y(value), stroke: value ? "var(--grid)" : "var(--muted)", "stroke-opacity": value ? 1 : 0.55 }),
      text({ x: scale.left - 7, y: y(value) + 4, "text-anchor": "end" }, words.number(value, value % 1 ? undefined : 0)),
    ]);
    const years = scale.years(44).filter((month) => scale.x(month) > scale.left + 4 && scale.x(month) < scale.right - 12).flatMap((month) => [
      s("line", { x1: scale.x(month), x2: scale.x(month), y1: box.lower, y2: box.lower + 5, stroke: "var(--muted)", "stroke-opacity": 0.55 }),
      text({ x: scale.x(month), y: box.lower + 18, "text-anchor": "middle" }, String(month / 12)),
    ]);
    const now = frame.origin > frame.first ? [
      s("line", { x1: start, x2: start, y1: box.upper, y2: box.lower, stroke: "var(--ink)", "stroke-width": 1.2 }),
    ] : [];
    parts.frame.replaceChildren(...lines, ...years, ...now);
    this.#events();
    this.#legend(seen.length > 0);
    parts.dots.setAttribute("stroke-width", String(box.narrow ? 2.8 : 3.8));
    parts.dots.setAttribute("d", dotPath(seen, scale, y));
    if (!this.hand?.hasAttribute("aria-valuenow")) this.#speak(frame.origin, []);
  }

  #events() {
    const { parts, scale, box } = this;
    if (!parts || !box) return;
    const labels = placedEvents(this.events, scale, { rows: 2, letter: LETTER, gap: 10 }).slice(0, box.narrow ? 3 : 8);
    parts.events.replaceChildren(...labels.flatMap((event) => [
      s("line", { x1: scale.x(event.month), x2: scale.x(event.month), y1: KEY + 5 + 17 * event.row, y2: box.lower, stroke: "var(--muted)", "stroke-dasharray": "1 3" }),
      s("text", { x: event.x, y: KEY + 14 + 17 * event.row, "text-anchor": event.anchor }, event.label),
    ]));
  }

  /** What the marks mean, inside the picture, so that an exported one says it too. @param {boolean} recorded */
  #legend(recorded) {
    const { parts, words, box, scale } = this;
    if (!parts || !box) return;
    const blue = "var(--secret-pact)";
    const mark = {
      recorded: (/** @type {number} */ x) => [4, 12, 20].map((d) => s("circle", { cx: x + d, cy: 8 + (d % 3), r: 2, fill: "var(--observed)" })),
      median: (/** @type {number} */ x) => [s("rect", { x, y: 2, width: 24, height: 12, fill: blue, opacity: 0.28 }), s("path", { d: `M${x} 8h24`, stroke: blue, "stroke-width": 2.4 })],
      ghost: (/** @type {number} */ x) => [s("path", { d: `M${x} 8h24`, stroke: "var(--ink)", "stroke-width": 1.6, "stroke-dasharray": "1 4.5", "stroke-linecap": "round" })],
    };
    let x = scale.left;
    const nodes = [];
    /** @type {(keyof typeof mark)[]} */ const shown = recorded ? ["recorded", "median", "ghost"] : ["median", "ghost"];
    for (const name of shown) {
      const told = words(`app_lab.key.${name}${name !== "recorded" && box.narrow ? ".short" : ""}`);
      if (x + 30 + told.length * LETTER > box.width) break;
      nodes.push(...mark[name](x), s("text", { x: x + 30, y: 12 }, told));
      x += 30 + told.length * LETTER + (box.narrow ? 10 : 20);
    }
    parts.key.replaceChildren(...nodes);
  }

  /** Lines at the ends of the block in hand. @param {[number, number]|null} months */
  guide(months) {
    this.guides = months;
    const box = this.box;
    if (!box) return;
    const inside = (months || []).filter((month) => month >= this.frame.first && month <= this.frame.last);
    this.parts?.guides.setAttribute("d", inside.map((month) => `M${this.scale.x(month)} ${box.upper}V${box.height}`).join(""));
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.svg || !this.box) return;
    const box = this.svg.getBoundingClientRect();
    const month = this.scale.month(((event.clientX - box.left) * this.box.width) / box.width);
    this.moveCursor(within(month, this.frame.first, this.frame.last - 1));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const now = this.cursor ?? this.frame.origin;
    const { first, last } = this.frame;
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, ArrowUp: now + 1, ArrowDown: now - 1, PageUp: now + 12, PageDown: now - 12, Home: first, End: last - 1 }[event.key];
    if (event.key === "Escape") this.moveCursor(null);
    if (to === undefined) return;
    event.preventDefault();
    this.moveCursor(within(to, first, last - 1));
  }

  /** What is known of a month, as pairs of a name and a text. @param {number} month @returns {[string, string][]} */
  reading(month) {
    const { words, bands, ghost } = this;
    const out = /** @type {[string, string][]} */ ([]);
    const at = bands ? bands.months.indexOf(month) : -1;
    if (bands && at >= 0) {
      const range = (/** @type {number[]} */ low, /** @type {number[]} */ high) => words("interval", { low: words.number(low[at]), high: words.number(high[at]) });
      out.push([words("app_lab.tip.median"), words.number(bands.q50[at])]);
      out.push(["50\u00a0%", range(bands.q25, bands.q75)], ["80\u00a0%", range(bands.q10, bands.q90)], ["90\u00a0%", range(bands.q05, bands.q95)]);
    }
    const before = ghost ? ghost.months.indexOf(month) : -1;
    if (ghost && before >= 0) out.push([words("app_lab.tip.ghost"), words.number(ghost.q50[before])]);
    for (const datum of this.record) if (datum.month === month) out.push([[words("app_lab.tip.recorded"), datum.agency].filter(Boolean).join(", "), words.number(datum.value)]);
    return out;
  }

  /** @param {number|null} month */
  moveCursor(month) {
    this.cursor = month;
    const { parts, tip, box, bands, y, scale } = this;
    if (!parts || !box || !y) return;
    tip.hidden = month === null;
    const x = month === null ? 0 : scale.x(month + 0.5);
    parts.cursor.setAttribute("d", month === null ? "" : `M${x} ${box.upper}V${box.lower}`);
    const at = month === null || !bands ? -1 : bands.months.indexOf(month);
    parts.point.setAttribute("visibility", at < 0 ? "hidden" : "visible");
    if (month === null) return;
    if (bands && at >= 0) {
      parts.point.setAttribute("cx", String(x));
      parts.point.setAttribute("cy", String(y(bands.q50[at])));
    }
    this.#speak(month, this.reading(month));
    const k = this.svg ? this.svg.clientWidth / box.width : 1;
    const right = x > box.width * 0.55;
    tip.style.transform = `translate(${Math.round((x + (right ? -12 : 12)) * k)}px, ${Math.round((box.upper + 4) * k)}px)${right ? " translateX(-100%)" : ""}`;
  }

  /** @param {number} month @param {[string, string][]} rows */
  #speak(month, rows) {
    const name = this.words.month(`${Math.floor(month / 12)}-${(month % 12) + 1}`);
    const spoken = rows.map(([key, value]) => `${key} ${value}`).join(", ") || this.words("app_lab.tip.nothing");
    this.hand?.setAttribute("aria-valuenow", String(month));
    this.hand?.setAttribute("aria-valuetext", `${name}: ${spoken}`);
    this.tip.replaceChildren(h("b", {}, name), h("dl", {}, ...rows.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])));
  }
}
