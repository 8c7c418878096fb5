// The plan as blocks in lanes, on the time axis of the fan. Mouse, touch and keyboard do the same
// things: add, move, resize at either end, open the settings, remove. What a block may do is decided
// in timeline_blocks.js; pointers become such steps in timeline_gestures.js and keys in
// timeline_keys.js, and this file shows the outcome.

/** @import {Words} from "./types.js" */
/** @import {MonthScale} from "./months.js" */

import { h } from "./dom.js";
import { monthIndex } from "./months.js";
import { LANES, added, removed, sorted, span } from "./timeline_blocks.js";
import { Gestures } from "./timeline_gestures.js";
import { Cursors, blockKey } from "./timeline_keys.js";
import { blockSettings } from "./timeline_popover.js";
import { blockTable } from "./timeline_table.js";
import { briefly, told } from "./timeline_words.js";

/**
 * @typedef {import("./timeline_blocks.js").Block} Block
 * @typedef {{name: string, label: string, text?: string, open?: boolean, effort?: {low: number, high: number, step: number}|null}} Lane
 * @typedef {{blocks: Block[], bounds: {origin: number, last: number}, hidden: {block: number, start: string, end: string|null}[]}} Plan
 */

/** <tregua-timeline>: lanes with their blocks, what adds one, and the same as a table. */
export class TreguaTimeline extends HTMLElement {
  constructor() {
    super();
    /** @type {Plan} */ this.plan = { blocks: [], bounds: { origin: 0, last: 12 }, hidden: [] };
    /** @type {Lane[]} */ this.lanes = [];
    /** @type {MonthScale|null} */ this.scale = null;
    /** @type {Words} */ this.words = /** @type {any} */ (null); // the page sets it before it shows a plan
    this.announce = (/** @type {string} */ text) => void text;
    /** @type {Map<string, HTMLElement>} */ this.rows = new Map();
    /** @type {HTMLElement[]} */ this.chips = [];
    this.gestures = new Gestures(this);
    this.cursors = new Cursors(this);
    this.made = "";
    this.em = 1; // size of type against the usual
  }

  /** Show a plan. @param {Plan} plan @param {MonthScale} scale */
  show(plan, scale) {
    this.plan = plan;
    this.scale = scale;
    this.em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const key = `${this.words.lang} ${this.lanes.map((l) => l.name).join()}`;
    if (key !== this.made) this.#build(key);
    for (const lane of LANES) this.cursors.place(lane);
    while (this.chips.length > plan.blocks.length) this.chips.pop()?.remove();
    plan.blocks.forEach((block, i) => this.#place(block, i));
    this.table?.show(plan);
    this.settings?.refresh(plan);
  }

  /** @param {string} key */
  #build(key) {
    this.made = key;
    const t = this.words;
    this.chips = [];
    this.rows.clear();
    const lanes = this.lanes.map((lane) => {
      const row = h("div", { class: `tl-lane lane-${lane.name}`, "data-lane": lane.name },
        h("span", { class: "tl-past", "aria-hidden": "true" }),
        h("span", { class: "tl-name", "aria-hidden": "true" }, lane.label),
        h("span", {
          class: "tl-cursor", role: "slider", tabindex: "0", "aria-label": t("app_lab.lane.cursor", { lane: lane.label }),
          onkeydown: (event) => this.cursors.key(event, lane.name),
        }));
      this.gestures.onLane(row, lane.name);
      this.rows.set(lane.name, row);
      return row;
    });
    this.box = h("div", { class: "tl-lanes", role: "group", "aria-label": t("app_lab.timeline") }, ...lanes, this.gestures.badge);
    const add = h("div", { class: "tl-add", role: "group", "aria-label": t("app_lab.add.label") },
      h("span", { class: "tl-add-label", "aria-hidden": "true" }, t("app_lab.add.label")),
      ...this.lanes.map((lane) => h("button", { type: "button", class: `lane-${lane.name}`, "data-add": lane.name, onclick: () => this.add(lane.name, null) },
        h("span", { class: "tl-dot", "aria-hidden": "true" }), h("span", { class: "sr" }, `${t("app_lab.add.label")}: `), lane.label)));
    this.settings = blockSettings(this);
    this.table = blockTable(this);
    const help = h("p", { class: "quiet tl-help", id: "tl-help" }, t("app_lab.timeline.help"));
    this.replaceChildren(this.box, add, help, this.table.element, this.settings.element);
  }

  /** @param {string} name @returns {Lane} */
  lane(name) {
    return this.lanes.find((lane) => lane.name === name) || { name, label: name };
  }

  /** Name and dates of a block, as a sentence. @param {Block} block */
  told(block) {
    return told(this.words, block);
  }

  /** Months of a block that do not act. @param {number} index */
  #asleep(index) {
    const { bounds } = this.plan;
    return this.plan.hidden.filter((part) => part.block === index).map((part) => ({
      start: monthIndex(part.start), end: part.end === null ? bounds.last : monthIndex(part.end),
    }));
  }

  /** @param {Block} block @param {number} index */
  #place(block, index) {
    const scale = /** @type {MonthScale} */ (this.scale);
    let chip = this.chips[index];
    if (!chip) {
      chip = this.chips[index] = this.#chip(index);
    }
    const row = this.rows.get(block.lane);
    if (chip.parentElement !== row) row?.append(chip);
    const { start, end } = span(block, this.plan.bounds);
    const [from, to] = [scale.x(start), scale.x(end)];
    const lane = this.lane(block.lane);
    const wide = (to - from) / this.em;
    chip.className = `tl-block lane-${block.lane}${wide < 60 ? " narrow" : wide < 180 ? " dateless" : wide < 275 ? " short" : ""}${block.end === null ? " onward" : ""}`;
    chip.style.left = `${from}px`;
    chip.style.width = `${Math.max(to - from, 4)}px`;
    const parts = this.#asleep(index);
    chip.setAttribute("aria-label", lane.label);
    chip.setAttribute("aria-valuemin", String(this.plan.bounds.origin));
    chip.setAttribute("aria-valuemax", String(this.plan.bounds.last));
    chip.setAttribute("aria-valuenow", String(start));
    chip.setAttribute("aria-valuetext", this.told(block) + (parts.length ? `, ${this.words("app_lab.block.asleep")}` : ""));
    const [hatch, text] = /** @type {HTMLElement[]} */ ([...chip.children]);
    hatch.replaceChildren(...parts.map((part) => {
      const bar = h("i", {});
      bar.style.left = `${scale.x(part.start) - from}px`;
      bar.style.width = `${scale.x(part.end) - scale.x(part.start)}px`;
      return bar;
    }));
    text.firstElementChild?.replaceChildren(lane.label);
    text.lastElementChild?.replaceChildren(briefly(this.words, block));
  }

  /** @param {number} index */
  #chip(index) {
    const chip = h("div", { role: "slider", tabindex: "0", "aria-describedby": "tl-help", "data-block": index },
      h("span", { class: "tl-hatch" }),
      h("span", { class: "tl-text" }, h("b", {}), h("span", {})),
      h("span", { class: "tl-end start", "data-part": "start" }),
      h("span", { class: "tl-end end", "data-part": "end" }));
    this.gestures.onBlock(chip, index);
    chip.addEventListener("keydown", (event) => blockKey(this, event, index));
    chip.addEventListener("focus", () => this.guide(index));
    chip.addEventListener("blur", () => this.guide(null));
    return chip;
  }

  /** Tell the page of a new plan. @param {Block[]} blocks @param {"live"|"soon"|"now"} how */
  tell(blocks, how) {
    this.dispatchEvent(new CustomEvent("plan", { detail: { blocks, how } }));
  }

  /** Lines of the fan at the ends of a block; null for none. @param {number|null} index */
  guide(index) {
    const block = index === null ? null : this.plan.blocks[index];
    const ends = block ? span(block, this.plan.bounds) : null;
    this.dispatchEvent(new CustomEvent("guide", { detail: ends ? [ends.start, ends.end] : null }));
  }

  /** What a new block of a lane is set to. @param {string} lane @returns {Partial<Block>} */
  fresh(lane) {
    return lane === "pact" ? { open: false } : {};
  }

  /** Add a block and go to it. @param {string} lane @param {number|null} at */
  add(lane, at) {
    const found = added(this.plan.blocks, lane, at, this.plan.bounds, this.fresh(lane));
    if (!found) {
      this.announce(this.words("app_lab.add.full", { lane: this.lane(lane).label }));
      return;
    }
    this.tell(found.blocks, "now");
    this.chips[found.index]?.focus();
    const block = found.blocks[found.index];
    this.announce(this.words("app_lab.add.done", { lane: this.lane(lane).label, dates: this.told(block) }));
  }

  /** Take a block away. @param {number} index */
  take(index) {
    const block = this.plan.blocks[index];
    this.tell(removed(this.plan.blocks, index), "now");
    /** @type {HTMLElement|null|undefined} */ (this.rows.get(block.lane)?.querySelector(".tl-cursor"))?.focus();
    this.announce(this.words("app_lab.remove.done", { lane: this.lane(block.lane).label }));
  }

  /** Give a block other settings or dates. @param {number} index @param {Partial<Block>} change @returns {number} its place afterwards */
  alter(index, change) {
    const block = { ...this.plan.blocks[index], ...change };
    const all = sorted(this.plan.blocks.map((other, i) => (i === index ? block : other)));
    this.tell(all, "soon");
    return all.indexOf(block);
  }
}

customElements.define("tregua-timeline", TreguaTimeline);
