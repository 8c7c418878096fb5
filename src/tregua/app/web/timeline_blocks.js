// What may be done with the blocks of a plan, without a page: every function takes a list of blocks
// and gives a new one. Months are whole numbers (months.js); `end` is the month after the last one,
// null for a block that goes on. Blocks of one lane never overlap and none starts before the origin.

import { monthIndex, monthText, within } from "./months.js";

/**
 * @typedef {{lane: string, start: string, end: string|null, open?: boolean, effort?: number}} Block
 * @typedef {{origin: number, last: number}} Bounds first month of the plan, month after its last
 */

/** The lanes of a plan, from top to bottom. */
export const LANES = ["pact", "crackdown", "exception", "reform"];

/** @param {Block} block @param {Bounds} bounds @returns {{start: number, end: number}} */
export function span(block, bounds) {
  const end = block.end === null ? bounds.last : Math.min(monthIndex(block.end), bounds.last);
  return { start: monthIndex(block.start), end };
}

/**
 * The free months around a block in its own lane.
 * @param {Block[]} blocks @param {number} index @param {Bounds} bounds
 * @returns {{low: number, high: number}} it may start at `low` and must end by `high`
 */
export function room(blocks, index, bounds) {
  const own = span(blocks[index], bounds);
  let [low, high] = [bounds.origin, bounds.last];
  blocks.forEach((other, i) => {
    if (i === index || other.lane !== blocks[index].lane) return;
    const { start, end } = span(other, bounds);
    if (start < own.start) low = Math.max(low, end);
    else high = Math.min(high, start);
  });
  return { low, high };
}

/** @param {Block[]} blocks @param {number} index @param {number} start @param {number} end @param {Bounds} bounds @returns {Block[]} */
function placed(blocks, index, start, end, bounds) {
  const changed = { ...blocks[index], start: monthText(start), end: end >= bounds.last ? null : monthText(end) };
  return blocks.map((block, i) => (i === index ? changed : block));
}

/** Shift a block; it stops at its neighbours, keeping its length. @param {Block[]} blocks @param {number} index @param {number} to its new first month @param {Bounds} bounds */
export function moved(blocks, index, to, bounds) {
  const { start, end } = span(blocks[index], bounds);
  const { low, high } = room(blocks, index, bounds);
  const first = within(to, low, Math.max(low, high - (end - start)));
  return placed(blocks, index, first, first + end - start, bounds);
}

/** Give a block another first month, at least a month before its end. @param {Block[]} blocks @param {number} index @param {number} to @param {Bounds} bounds */
export function started(blocks, index, to, bounds) {
  const { end } = span(blocks[index], bounds);
  return placed(blocks, index, within(to, room(blocks, index, bounds).low, end - 1), end, bounds);
}

/** Give a block another end. @param {Block[]} blocks @param {number} index @param {number} to the month after its last @param {Bounds} bounds */
export function ended(blocks, index, to, bounds) {
  const { start } = span(blocks[index], bounds);
  return placed(blocks, index, start, within(to, start + 1, room(blocks, index, bounds).high), bounds);
}

/**
 * Add a block where there is room; null where there is none.
 * @param {Block[]} blocks @param {string} lane @param {number|null} at the month asked for, or null for the first free one
 * @param {Bounds} bounds @param {Partial<Block>} [settings] what the lane begins with
 * @param {number} [months] how long it would be
 * @returns {{blocks: Block[], index: number}|null}
 */
export function added(blocks, lane, at, bounds, settings = {}, months = 24) {
  const taken = blocks.filter((b) => b.lane === lane).map((b) => span(b, bounds)).sort((a, b) => a.start - b.start);
  const free = [];
  let low = bounds.origin;
  for (const { start, end } of [...taken, { start: bounds.last, end: bounds.last }]) {
    if (start > low) free.push({ low, high: start });
    low = Math.max(low, end);
  }
  const gap = at === null ? free[0] : free.find((g) => at >= g.low && at < g.high);
  if (!gap) return null;
  const start = at === null ? gap.low : at;
  const end = Math.min(start + months, gap.high);
  const block = { lane, start: monthText(start), end: end >= bounds.last ? null : monthText(end), ...settings };
  const all = sorted([...blocks, block]);
  return { blocks: all, index: all.indexOf(block) };
}

/** @param {Block[]} blocks @param {number} index @returns {Block[]} */
export function removed(blocks, index) {
  return blocks.filter((_, i) => i !== index);
}

/** The order of lanes, then of time: one plan, one text, one address. @param {Block[]} blocks @returns {Block[]} */
export function sorted(blocks) {
  return [...blocks].sort((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane) || a.start.localeCompare(b.start));
}

/**
 * Blocks for another origin or horizon: what lies before the origin or after the end is cut off.
 * @param {Block[]} blocks @param {Bounds} bounds @returns {Block[]}
 */
export function fitted(blocks, bounds) {
  return blocks.flatMap((block) => {
    const start = Math.max(monthIndex(block.start), bounds.origin);
    const end = block.end === null ? bounds.last : Math.min(monthIndex(block.end), bounds.last);
    if (end <= start) return [];
    return [{ ...block, start: monthText(start), end: end >= bounds.last ? null : monthText(end) }];
  });
}
