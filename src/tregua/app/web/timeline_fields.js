// The inputs that the settings of a block and the table of blocks share: months and what a lane sets.

import { h } from "./dom.js";
import { isMonth, monthIndex, monthText, within } from "./months.js";
import { room, span } from "./timeline_blocks.js";

/** @typedef {import("./timeline_blocks.js").Block} Block */
/** @typedef {import("./timeline.js").TreguaTimeline} Timeline */

/**
 * What changing a month input asks of a block, kept within its room; null where it is no month.
 * An empty end means that the block goes on.
 * @param {Timeline} line @param {number} index @param {"start"|"end"} field @param {string} text
 * @returns {Partial<Block>|null}
 */
export function dated(line, index, field, text) {
  const { blocks, bounds } = line.plan;
  const { start, end } = span(blocks[index], bounds);
  const { low, high } = room(blocks, index, bounds);
  if (field === "end" && text.trim() === "") return { end: high >= bounds.last ? null : monthText(high) };
  if (!isMonth(text)) return null;
  if (field === "start") return { start: monthText(within(monthIndex(text), low, end - 1)) };
  const to = within(monthIndex(text), start + 1, high);
  return { end: to >= bounds.last ? null : monthText(to) };
}

/**
 * A month input of a block. Text is taken when the field is left, so that typing is never corrected
 * half way.
 * @param {Timeline} line @param {number} index @param {"start"|"end"} field @param {string} label
 */
export function monthInput(line, index, field, label) {
  const { bounds, blocks } = line.plan;
  const input = /** @type {HTMLInputElement} */ (h("input", {
    type: "month", "aria-label": label, "data-row": index, "data-field": field, pattern: "\\d{4}-\\d{2}", placeholder: "2021-06",
    min: monthText(bounds.origin + (field === "end" ? 1 : 0)), max: monthText(bounds.last), value: blocks[index][field] ?? "",
    onchange: () => {
      const change = dated(line, index, field, input.value);
      if (change) line.alter(index, change);
      else input.value = line.plan.blocks[index][field] ?? "";
    },
  }));
  return input;
}

/** What the lane of a block sets: open or secret, or an effort. @param {Timeline} line @param {number} index @param {string} label */
export function settingInput(line, index, label) {
  const t = line.words;
  const block = line.plan.blocks[index];
  const { effort } = line.lane(block.lane);
  if (block.lane === "pact") {
    const select = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": label, "data-row": index, "data-field": "open", onchange: () => line.alter(index, { open: select.value === "open" }) },
      h("option", { value: "secret", selected: !block.open }, t("app_lab.pact.secret")),
      h("option", { value: "open", selected: Boolean(block.open) }, t("app_lab.pact.open"))));
    return select;
  }
  if (!effort) return null;
  const input = /** @type {HTMLInputElement} */ (h("input", {
    type: "number", "aria-label": label, "data-row": index, "data-field": "effort", min: effort.low, max: effort.high, step: effort.step,
    value: block.effort ?? "", placeholder: t("app_lab.effort.own"),
    onchange: () => {
      const value = input.value === "" ? undefined : within(Number(input.value), effort.low, effort.high);
      input.value = value === undefined ? "" : String(value);
      line.alter(index, { effort: value });
    },
  }));
  return input;
}
