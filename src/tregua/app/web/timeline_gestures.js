// What a pointer does with the timeline: drag a block or an end of it, press it, add one by a double
// click. While a block is in hand its dates stand above it.

/** @import {Block} from "./timeline_blocks.js" */
/** @import {TreguaTimeline} from "./timeline.js" */

import { h } from "./dom.js";
import { within } from "./months.js";
import { added, ended, moved, span, started } from "./timeline_blocks.js";
import { briefly } from "./timeline_words.js";

/**
 * @typedef {"whole"|"start"|"end"} Part of a block that is in hand
 * @typedef {{index: number, part: Part, start: number, end: number, x: number, before: Block[], far: boolean, chip: HTMLElement}} Drag
 */

/** The pointer's side of a timeline. */
export class Gestures {
  /** @param {TreguaTimeline} line */
  constructor(line) {
    this.line = line;
    /** @type {Drag|null} */ this.drag = null;
    this.dragged = -1000; // when the last drag ended
    this.preview = h("span", { class: "tl-preview", "aria-hidden": "true" });
    this.badge = h("span", { class: "tl-badge", "aria-hidden": "true", hidden: true });
  }

  /** Listen to a lane. @param {HTMLElement} row @param {string} lane */
  onLane(row, lane) {
    row.addEventListener("dblclick", (event) => this.line.add(lane, this.line.scale?.month(event.clientX - row.getBoundingClientRect().left) ?? null));
    row.addEventListener("pointermove", (event) => this.#preview(event, row));
    row.addEventListener("pointerleave", () => this.preview.remove());
  }

  /** Listen to a block. @param {HTMLElement} chip @param {number} index */
  onBlock(chip, index) {
    const { line } = this;
    chip.addEventListener("pointerdown", (event) => this.#down(event, index));
    chip.addEventListener("pointermove", (event) => this.#move(event));
    chip.addEventListener("pointerup", (event) => this.#up(event));
    // A press without a drag opens the settings; the click that ends a drag does not.
    chip.addEventListener("click", (event) => { if (event.timeStamp - this.dragged > 50) line.settings?.open(index, chip); });
    chip.addEventListener("pointercancel", () => this.drop(true));
    chip.addEventListener("pointerenter", () => this.drag || line.guide(index));
    chip.addEventListener("pointerleave", () => this.drag || line.guide(null));
    chip.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  /** A block is taken in hand. @param {PointerEvent} event @param {number} index */
  #down(event, index) {
    const { line } = this;
    if (event.button !== 0 || this.drag) return;
    const part = /** @type {Part|undefined} */ (/** @type {HTMLElement} */ (event.target).dataset.part) || "whole";
    const { start, end } = span(line.plan.blocks[index], line.plan.bounds);
    this.drag = { index, part, start, end, x: event.clientX, before: line.plan.blocks, far: false, chip: line.chips[index] };
    line.chips[index].setPointerCapture(event.pointerId);
    this.preview.remove();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { drag, line } = this;
    const { scale } = line;
    if (!drag || !scale) return;
    const far = event.clientX - drag.x;
    if (!drag.far && Math.abs(far) < 4) return;
    if (!drag.far) drag.chip.classList.add("held");
    drag.far = true;
    const by = Math.round(far / scale.step);
    const { bounds } = line.plan;
    const change = { whole: () => moved(drag.before, drag.index, drag.start + by, bounds),
      start: () => started(drag.before, drag.index, drag.start + by, bounds),
      end: () => ended(drag.before, drag.index, drag.end + by, bounds) }[drag.part];
    const blocks = change();
    this.#badge(blocks[drag.index]);
    if (JSON.stringify(blocks) !== JSON.stringify(line.plan.blocks)) line.tell(blocks, "live");
    line.guide(drag.index);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const { drag, line } = this;
    if (!drag) return;
    event.preventDefault();
    if (!drag.far) {
      this.drop(false);
      drag.chip.focus();
      return;
    }
    this.dragged = event.timeStamp;
    const block = line.plan.blocks[drag.index];
    this.drop(false);
    line.tell(line.plan.blocks, "now");
    line.announce(`${line.lane(block.lane).label}: ${line.told(block)}`);
  }

  /** End a drag. @param {boolean} back whether to undo it */
  drop(back) {
    const { drag } = this;
    this.drag = null;
    this.badge.hidden = true;
    drag?.chip.classList.remove("held");
    if (drag && back) this.line.tell(drag.before, "now");
  }

  /** Dates of the block in hand, above it. @param {Block} block */
  #badge(block) {
    const { badge, line } = this;
    const { scale } = line;
    if (!scale) return;
    const { start, end } = span(block, line.plan.bounds);
    badge.hidden = false;
    badge.textContent = `${briefly(line.words, block)} · ${line.words("app_lab.block.months", { n: end - start })}`;
    const middle = (scale.x(start) + scale.x(end)) / 2;
    const half = badge.textContent.length * 3.7 * line.em;
    const row = /** @type {HTMLElement} */ (line.rows.get(block.lane));
    badge.style.transform = `translate(${within(middle, half, scale.right - half)}px, ${row.offsetTop}px) translate(-50%, -100%)`;
  }

  /** A dashed block where a double click would add one. @param {PointerEvent} event @param {HTMLElement} row */
  #preview(event, row) {
    const { preview, line } = this;
    const { scale, plan } = line;
    if (!scale || this.drag || event.pointerType !== "mouse") return;
    const lane = String(row.dataset.lane);
    const at = scale.month(event.clientX - row.getBoundingClientRect().left);
    const found = event.target instanceof Element && event.target.closest(".tl-block") ? null : added(plan.blocks, lane, at, plan.bounds);
    if (!found) return void preview.remove();
    const { start, end } = span(found.blocks[found.index], plan.bounds);
    preview.style.left = `${scale.x(start)}px`;
    preview.style.width = `${scale.x(end) - scale.x(start)}px`;
    preview.textContent = line.words("app_lab.add.double");
    if (preview.parentElement !== row) row.append(preview);
  }
}
