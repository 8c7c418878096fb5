// What keys do with the timeline: on a block, and on a lane, where a cursor stands at a month.

/** @import {TreguaTimeline} from "./timeline.js" */

import { monthText, within } from "./months.js";
import { added, ended, moved, span, started } from "./timeline_blocks.js";

/** Keys on a block: move it, its ends, open its settings, remove it. @param {TreguaTimeline} line @param {KeyboardEvent} event @param {number} index */
export function blockKey(line, event, index) {
  if (event.ctrlKey || event.metaKey) return;
  const { blocks, bounds } = line.plan;
  const { start, end } = span(blocks[index], bounds);
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
  const to = { Home: bounds.origin, End: bounds.last }[event.key];
  let next = null;
  if (event.key === "Escape" && line.gestures.drag) line.gestures.drop(true);
  else if (event.key === "Delete" || event.key === "Backspace") line.take(index);
  else if (event.key === "Enter" || event.key === " ") line.settings?.open(index, line.chips[index]);
  else if (by === undefined && to === undefined) return;
  else if (event.shiftKey) next = ended(blocks, index, to ?? end + Number(by), bounds);
  else if (event.altKey) next = started(blocks, index, to ?? start + Number(by), bounds);
  else next = moved(blocks, index, to ?? start + Number(by), bounds);
  event.preventDefault();
  if (!next || JSON.stringify(next) === JSON.stringify(blocks)) return;
  line.tell(next, "soon");
  line.guide(index);
  // The value of the control is its start: where only the end moved, nothing would be spoken.
  if (event.shiftKey) line.announce(line.told(next[index]));
}

/** The month that each lane's cursor is at. */
export class Cursors {
  /** @param {TreguaTimeline} line */
  constructor(line) {
    this.line = line;
    /** @type {Map<string, number>} */ this.at = new Map();
  }

  /** Put the cursor of a lane where it belongs, and say whether that month is free. @param {string} lane */
  place(lane) {
    const { line } = this;
    const { words, scale, plan } = line;
    const cursor = /** @type {HTMLElement|null} */ (line.rows.get(lane)?.querySelector(".tl-cursor"));
    if (!cursor || !scale) return;
    const { bounds } = plan;
    const at = within(this.at.get(lane) ?? bounds.origin, bounds.origin, bounds.last - 1);
    this.at.set(lane, at);
    cursor.style.left = `${scale.x(at)}px`;
    cursor.style.width = `${Math.max(scale.step, 8)}px`;
    const free = added(plan.blocks, lane, at, bounds) !== null;
    const month = words.month(monthText(at));
    cursor.setAttribute("aria-valuemin", String(bounds.origin));
    cursor.setAttribute("aria-valuemax", String(bounds.last - 1));
    cursor.setAttribute("aria-valuenow", String(at));
    cursor.setAttribute("aria-valuetext", words(free ? "app_lab.lane.free" : "app_lab.lane.taken", { month }));
  }

  /** Keys on a lane: go to a month, add a block there. @param {KeyboardEvent} event @param {string} lane */
  key(event, lane) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { bounds } = this.line.plan;
    const at = this.at.get(lane) ?? bounds.origin;
    const to = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + 12, PageDown: at - 12, Home: bounds.origin, End: bounds.last - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") this.line.add(lane, at);
    else if (to === undefined) return;
    else this.at.set(lane, to);
    event.preventDefault();
    this.place(lane);
  }
}
