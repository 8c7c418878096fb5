// Assumptions on sliders. Each shows where the evidence lies (5 to 95 % of what the record leaves
// possible, with its median) and whether the reader set it: an assumption left alone is not fixed at
// the median, it is drawn anew for every world, as the record suggests.

/** @import {Words} from "./types.js" */

import { fresh, h } from "./dom.js";
import { within } from "./months.js";

/**
 * @typedef {{name: string, label: string, text: string, unit: string, low: number, high: number, step: number,
 *            value: number, q05: number, q50: number, q95: number, source: string, main: boolean}} Assumption
 */

/** Decimals that a step of a slider needs. @param {number} step */
export const decimals = (step) => within(Math.ceil(-Math.log10(step) - 1e-9), 0, 6);

/** @param {Assumption} a @param {number} value @returns {number} its place, in per cent of the slider */
const place = (a, value) => within(((value - a.low) / (a.high - a.low)) * 100, 0, 100);

/** <tregua-sliders>: an assumption a row, the main ones first. */
export class TreguaSliders extends HTMLElement {
  constructor() {
    super();
    /** @type {Assumption[]} */ this.assumptions = [];
    /** @type {Record<string, number>} */ this.set = {};
    /** @type {Words} */ this.words = /** @type {any} */ (null); // the page sets it before it shows anything
    /** @type {Map<string, {row: HTMLElement, input: HTMLInputElement, shown: HTMLElement, reset: HTMLElement, fill: HTMLElement, at: string}>} */ this.rows = new Map();
    this.made = "";
  }

  /** Show which assumptions are set. @param {Record<string, number>} set */
  show(set) {
    this.set = set;
    const key = `${this.words.lang} ${this.assumptions.length}`;
    if (key !== this.made) this.#build(key);
    for (const assumption of this.assumptions) this.#place(assumption);
    const hidden = this.assumptions.filter((a) => !a.main && a.name in set).length;
    this.count?.replaceChildren(hidden ? this.words("app_lab.more.set", { n: hidden }) : "");
  }

  /** @param {string} key */
  #build(key) {
    this.made = key;
    const t = this.words;
    this.rows.clear();
    const rows = this.assumptions.map((assumption) => this.#row(assumption));
    const main = rows.filter((_, i) => this.assumptions[i].main);
    const rest = rows.filter((_, i) => !this.assumptions[i].main);
    this.count = h("span", { class: "sl-count" });
    const none = h("p", { class: "quiet", hidden: true, role: "status" }, t("app_lab.more.none"));
    const filter = /** @type {HTMLInputElement} */ (h("input", {
      type: "search", "aria-label": t("app_lab.more.filter"), placeholder: t("app_lab.more.filter"),
      oninput: () => {
        const asked = filter.value.trim().toLocaleLowerCase();
        for (const row of rest) row.hidden = !row.dataset.text?.includes(asked);
        none.hidden = rest.some((row) => !row.hidden);
      },
    }));
    this.replaceChildren(...main, ...(rest.length ? [h("details", { class: "sl-more" },
      h("summary", {}, t("app_lab.more", { n: rest.length }), " ", this.count), filter, ...rest, none)] : []));
  }

  /** @param {Assumption} a */
  #row(a) {
    const t = this.words;
    const id = fresh("assumption");
    const input = /** @type {HTMLInputElement} */ (h("input", {
      type: "range", id, min: a.low, max: a.high, step: a.step, name: a.name,
      oninput: () => this.#tell(a, Number(input.value)),
    }));
    const shown = h("output", { for: id });
    const reset = h("button", { type: "button", class: "sl-reset", "aria-label": t("app_lab.assumption.reset", { label: a.label }), title: t("app_lab.assumption.again"),
      onclick: () => { this.#tell(a, null); input.focus(); } }, "↺");
    const track = h("span", { class: "sl-track", "aria-hidden": "true" }, h("i", { class: "sl-range" }), h("i", { class: "sl-median" }), h("i", { class: "sl-fill" }));
    const [range, median, fill] = /** @type {HTMLElement[]} */ ([...track.children]);
    range.style.left = `${place(a, a.q05)}%`;
    range.style.width = `${Math.max(1, place(a, a.q95) - place(a, a.q05))}%`;
    median.style.left = `${place(a, a.q50)}%`;
    const note = h("details", { class: "sl-note" },
      h("summary", { "aria-label": t("app_lab.assumption.source", { label: a.label }) }, "i"),
      h("p", {}, a.text),
      h("p", {}, t("app_lab.assumption.range", { low: this.#number(a, a.q05), high: this.#number(a, a.q95), median: this.#number(a, a.q50) }), a.unit ? ` (${a.unit})` : ""),
      a.source ? h("p", { class: "sl-source" }, t("app_lab.assumption.rests", { source: a.source })) : null);
    const row = h("div", { class: "sl-row" }, h("div", { class: "sl-head" }, h("label", { for: id }, a.label), shown, reset),
      h("div", { class: "sl-slide" }, track, input), note);
    row.dataset.text = `${a.label} ${a.text} ${a.name}`.toLocaleLowerCase();
    this.rows.set(a.name, { row, input, shown, reset, fill, at: "" });
    return row;
  }

  /** @param {Assumption} a @param {number} value @param {string} [unit] */
  #number(a, value, unit = a.unit === "%" ? "\u00a0%" : "") {
    return `${this.words.number(value, decimals(a.step))}${unit}`;
  }

  /** @param {Assumption} a */
  #place(a) {
    const made = this.rows.get(a.name);
    if (!made) return;
    const { row, input, shown, reset, fill } = made;
    const own = a.name in this.set;
    const value = own ? this.set[a.name] : a.q50;
    if (made.at === `${own} ${value}`) return; // of forty rows one moves
    made.at = `${own} ${value}`;
    if (Number(input.value) !== value) input.value = String(value);
    row.classList.toggle("own", own);
    row.classList.toggle("out", own && (value < a.q05 || value > a.q95));
    reset.hidden = !own;
    const range = this.words("interval", { low: this.#number(a, a.q05, ""), high: this.#number(a, a.q95) });
    const told = own ? this.#number(a, value) : range;
    if (shown.textContent !== told) shown.textContent = told;
    input.setAttribute("aria-valuetext", own ? told : this.words("app_lab.assumption.drawn", { range }));
    const [from, to] = [place(a, a.q50), place(a, value)].sort((x, y) => x - y);
    fill.style.left = `${from}%`;
    fill.style.width = `${to - from}%`;
  }

  /** @param {Assumption} a @param {number|null} value null leaves it to the record again */
  #tell(a, value) {
    const { [a.name]: _, ...others } = this.set;
    const set = value === null ? others : { ...others, [a.name]: value };
    this.dispatchEvent(new CustomEvent("assume", { detail: Object.fromEntries(Object.entries(set).sort(([x], [y]) => x.localeCompare(y))) }));
  }
}

customElements.define("tregua-sliders", TreguaSliders);
