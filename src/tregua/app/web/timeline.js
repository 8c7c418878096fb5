// @ts-check
// The plan as blocks in lanes, on the time axis of the fan. Mouse, touch and keyboard do the same
// things: add, move, resize at either end, open the settings, remove. What a block may do is decided
// in timeline_blocks.js; this file turns gestures into such steps and shows the outcome.

import { h } from "./dom.js";
import { monthIndex, within } from "./months.js";
import { LANES, added, ended, moved, removed, sorted, span, started } from "./timeline_blocks.js";
import { blockSettings } from "./timeline_popover.js";
import { blockTable } from "./timeline_table.js";

/**
 * @typedef {import("./timeline_blocks.js").Block} Block
 * @typedef {{name: string, label: string, text?: string, open?: boolean, effort?: {low: number, high: number, step: number}|null}} Lane
 * @typedef {{blocks: Block[], bounds: {origin: number, last: number}, hidden: {block: number, start: string, end: string|null}[]}} Plan
 */

export class TreguaTimeline extends HTMLElement {
  constructor() {
    super();
    /** @type {Plan} */ this.plan = { blocks: [], bounds: { origin: 0, last: 12 }, hidden: [] };
    /** @type {Lane[]} */ this.lanes = [];
    /** @type {import("./months.js").MonthScale|null} */ this.scale = null;
    /** @type {any} */ this.words = null;
    this.announce = (/** @type {string} */ text) => void text;
    /** @type {Map<string, HTMLElement>} */ this.rows = new Map();
    /** @type {Map<string, number>} */ this.cursors = new Map();
    /** @type {HTMLElement[]} */ this.chips = [];
    /** @type {any} */ this.drag = null;
    this.made = "";
    this.dragged = -1000; // when the last drag ended
    this.em = 1; // size of type against the usual
  }

  /** Show a plan. @param {Plan} plan @param {import("./months.js").MonthScale} scale */
  show(plan, scale) {
    this.plan = plan;
    this.scale = scale;
    this.em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const key = `${this.words.lang} ${this.lanes.map((l) => l.name).join()}`;
    if (key !== this.made) this.#build(key);
    for (const lane of LANES) this.#placeCursor(lane);
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
          onkeydown: (/** @type {KeyboardEvent} */ e) => this.#laneKey(e, lane.name),
        }));
      row.addEventListener("dblclick", (event) => this.#doubled(event, lane.name));
      row.addEventListener("pointermove", (event) => this.#preview(event, row));
      row.addEventListener("pointerleave", () => this.preview?.remove());
      this.rows.set(lane.name, row);
      return row;
    });
    this.preview = h("span", { class: "tl-preview", "aria-hidden": "true" });
    this.badge = h("span", { class: "tl-badge", "aria-hidden": "true", hidden: true });
    this.box = h("div", { class: "tl-lanes", role: "group", "aria-label": t("app_lab.timeline") }, ...lanes, this.badge);
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
    const t = this.words;
    const dates = block.end === null
      ? t("app_lab.block.from", { start: t.month(block.start) })
      : t("app_lab.block.span", { start: t.month(block.start), end: t.month(block.end) });
    return [dates, this.setting(block)].filter(Boolean).join(", ");
  }

  /** What a block is set to, in words. @param {Block} block */
  setting(block) {
    const t = this.words;
    if (block.lane === "pact") return t(block.open ? "app_lab.pact.open" : "app_lab.pact.secret");
    return block.effort === undefined ? "" : t("app_lab.effort.told", { n: t.number(block.effort, 1) });
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
    const scale = /** @type {import("./months.js").MonthScale} */ (this.scale);
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
    text.lastElementChild?.replaceChildren(this.#brief(block));
  }

  /** Dates short enough for a block. @param {Block} block */
  #brief(block) {
    const t = this.words;
    const short = (/** @type {string} */ m) => `${t.months()[Number(m.slice(5)) - 1].slice(0, 3)} ${m.slice(0, 4)}`;
    return block.end === null ? t("app_lab.block.from", { start: short(block.start) }) : `${short(block.start)} – ${short(block.end)}`;
  }

  /** @param {number} index */
  #chip(index) {
    const chip = h("div", { role: "slider", tabindex: "0", "aria-describedby": "tl-help", "data-block": index },
      h("span", { class: "tl-hatch" }),
      h("span", { class: "tl-text" }, h("b", {}), h("span", {})),
      h("span", { class: "tl-end start", "data-part": "start" }),
      h("span", { class: "tl-end end", "data-part": "end" }));
    chip.addEventListener("pointerdown", (event) => this.#down(event, index));
    chip.addEventListener("pointermove", (event) => this.#move(event));
    chip.addEventListener("pointerup", (event) => this.#up(event));
    // A press without a drag opens the settings; the click that ends a drag does not.
    chip.addEventListener("click", (event) => { if (event.timeStamp - this.dragged > 50) this.settings?.open(index, chip); });
    chip.addEventListener("pointercancel", () => this.#drop(true));
    chip.addEventListener("keydown", (event) => this.#key(event, index));
    chip.addEventListener("focus", () => this.#guide(index));
    chip.addEventListener("blur", () => this.#guide(null));
    chip.addEventListener("pointerenter", () => this.drag || this.#guide(index));
    chip.addEventListener("pointerleave", () => this.drag || this.#guide(null));
    chip.addEventListener("dblclick", (event) => event.stopPropagation());
    return chip;
  }

  /** Tell the page of a new plan. @param {Block[]} blocks @param {"live"|"soon"|"now"} how */
  tell(blocks, how) {
    this.dispatchEvent(new CustomEvent("plan", { detail: { blocks, how } }));
  }

  /** @param {number|null} index */
  #guide(index) {
    const block = index === null ? null : this.plan.blocks[index];
    const ends = block ? span(block, this.plan.bounds) : null;
    this.dispatchEvent(new CustomEvent("guide", { detail: ends ? [ends.start, ends.end] : null }));
  }

  // ---- pointer ---------------------------------------------------------------------------

  /** @param {PointerEvent} event @param {number} index */
  #down(event, index) {
    if (event.button !== 0 || this.drag) return;
    const part = /** @type {HTMLElement} */ (event.target).dataset.part || "whole";
    const { start, end } = span(this.plan.blocks[index], this.plan.bounds);
    this.drag = { index, part, start, end, x: event.clientX, before: this.plan.blocks, far: false, chip: this.chips[index] };
    this.chips[index].setPointerCapture(event.pointerId);
    this.preview?.remove();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { drag, scale } = this;
    if (!drag || !scale) return;
    const far = event.clientX - drag.x;
    if (!drag.far && Math.abs(far) < 4) return;
    if (!drag.far) drag.chip.classList.add("held");
    drag.far = true;
    const by = Math.round(far / scale.step);
    const { bounds } = this.plan;
    const change = { whole: () => moved(drag.before, drag.index, drag.start + by, bounds),
      start: () => started(drag.before, drag.index, drag.start + by, bounds),
      end: () => ended(drag.before, drag.index, drag.end + by, bounds) }[/** @type {"whole"|"start"|"end"} */ (drag.part)];
    const blocks = change();
    this.#badge(blocks[drag.index]);
    if (JSON.stringify(blocks) !== JSON.stringify(this.plan.blocks)) this.tell(blocks, "live");
    this.#guide(drag.index);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const { drag } = this;
    if (!drag) return;
    event.preventDefault();
    if (!drag.far) {
      this.#drop(false);
      drag.chip.focus();
      return;
    }
    this.dragged = event.timeStamp;
    const block = this.plan.blocks[drag.index];
    this.#drop(false);
    this.tell(this.plan.blocks, "now");
    this.announce(`${this.lane(block.lane).label}: ${this.told(block)}`);
  }

  /** End a drag. @param {boolean} back whether to undo it */
  #drop(back) {
    const { drag } = this;
    this.drag = null;
    if (this.badge) this.badge.hidden = true;
    drag?.chip.classList.remove("held");
    if (drag && back) this.tell(drag.before, "now");
  }

  /** Dates of the block in hand, above it. @param {Block} block */
  #badge(block) {
    const { badge, scale } = this;
    if (!badge || !scale || !this.box) return;
    const { start, end } = span(block, this.plan.bounds);
    badge.hidden = false;
    badge.textContent = `${this.#brief(block)} · ${this.words("app_lab.block.months", { n: end - start })}`;
    const middle = (scale.x(start) + scale.x(end)) / 2;
    const half = badge.textContent.length * 3.7 * this.em;
    const row = /** @type {HTMLElement} */ (this.rows.get(block.lane));
    badge.style.transform = `translate(${within(middle, half, scale.right - half)}px, ${row.offsetTop}px) translate(-50%, -100%)`;
  }

  /** A dashed block where a double click would add one. @param {PointerEvent} event @param {HTMLElement} row */
  #preview(event, row) {
    const { scale, preview } = this;
    if (!scale || !preview || this.drag || event.pointerType !== "mouse") return;
    const lane = String(row.dataset.lane);
    const at = scale.month(event.clientX - row.getBoundingClientRect().left);
    const found = event.target instanceof Element && event.target.closest(".tl-block") ? null : added(this.plan.blocks, lane, at, this.plan.bounds);
    if (!found) return void preview.remove();
    const { start, end } = span(found.blocks[found.index], this.plan.bounds);
    preview.style.left = `${scale.x(start)}px`;
    preview.style.width = `${scale.x(end) - scale.x(start)}px`;
    preview.textContent = this.words("app_lab.add.double");
    if (preview.parentElement !== row) row.append(preview);
  }

  /** @param {MouseEvent} event @param {string} lane */
  #doubled(event, lane) {
    const row = /** @type {HTMLElement} */ (this.rows.get(lane));
    this.add(lane, this.scale?.month(event.clientX - row.getBoundingClientRect().left) ?? null);
  }

  // ---- keyboard --------------------------------------------------------------------------

  /** @param {KeyboardEvent} event @param {number} index */
  #key(event, index) {
    if (event.ctrlKey || event.metaKey) return;
    const { blocks, bounds } = this.plan;
    const { start, end } = span(blocks[index], bounds);
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
    const to = { Home: bounds.origin, End: bounds.last }[event.key];
    let next = null;
    if (event.key === "Escape" && this.drag) this.#drop(true);
    else if (event.key === "Delete" || event.key === "Backspace") this.take(index);
    else if (event.key === "Enter" || event.key === " ") this.settings?.open(index, this.chips[index]);
    else if (by === undefined && to === undefined) return;
    else if (event.shiftKey) next = ended(blocks, index, to ?? end + Number(by), bounds);
    else if (event.altKey) next = started(blocks, index, to ?? start + Number(by), bounds);
    else next = moved(blocks, index, to ?? start + Number(by), bounds);
    event.preventDefault();
    if (!next || JSON.stringify(next) === JSON.stringify(blocks)) return;
    this.tell(next, "soon");
    this.#guide(index);
    // The value of the control is its start: where only the end moved, nothing would be spoken.
    if (event.shiftKey) this.announce(this.told(next[index]));
  }

  /** @param {string} lane */
  #placeCursor(lane) {
    const cursor = /** @type {HTMLElement|null} */ (this.rows.get(lane)?.querySelector(".tl-cursor"));
    if (!cursor || !this.scale) return;
    const { bounds } = this.plan;
    const at = within(this.cursors.get(lane) ?? bounds.origin, bounds.origin, bounds.last - 1);
    this.cursors.set(lane, at);
    cursor.style.left = `${this.scale.x(at)}px`;
    cursor.style.width = `${Math.max(this.scale.step, 8)}px`;
    const free = added(this.plan.blocks, lane, at, bounds) !== null;
    const month = this.words.month(`${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`);
    cursor.setAttribute("aria-valuemin", String(bounds.origin));
    cursor.setAttribute("aria-valuemax", String(bounds.last - 1));
    cursor.setAttribute("aria-valuenow", String(at));
    cursor.setAttribute("aria-valuetext", this.words(free ? "app_lab.lane.free" : "app_lab.lane.taken", { month }));
  }

  /** @param {KeyboardEvent} event @param {string} lane */
  #laneKey(event, lane) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { bounds } = this.plan;
    const at = this.cursors.get(lane) ?? bounds.origin;
    const to = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + 12, PageDown: at - 12, Home: bounds.origin, End: bounds.last - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") this.add(lane, at);
    else if (to === undefined) return;
    else this.cursors.set(lane, to);
    event.preventDefault();
    this.#placeCursor(lane);
  }

  // ---- whole steps -----------------------------------------------------------------------

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
