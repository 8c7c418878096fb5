// A block of the plan in words: dates and what it is set to, whole or short.

/** @import {Words} from "./types.js" */
/** @import {Block} from "./timeline_blocks.js" */

/** Dates and setting of a block, as a sentence. @param {Words} t @param {Block} block */
export function told(t, block) {
  const dates = block.end === null
    ? t("app_lab.block.from", { start: t.month(block.start) })
    : t("app_lab.block.span", { start: t.month(block.start), end: t.month(block.end) });
  return [dates, setting(t, block)].filter(Boolean).join(", ");
}

/** What a block is set to. @param {Words} t @param {Block} block */
function setting(t, block) {
  if (block.lane === "pact") return t(block.open ? "app_lab.pact.open" : "app_lab.pact.secret");
  return block.effort === undefined ? "" : t("app_lab.effort.told", { n: t.number(block.effort, 1) });
}

/** Dates short enough to stand in a block. @param {Words} t @param {Block} block */
export function briefly(t, block) {
  const short = (/** @type {string} */ m) => `${t.months()[Number(m.slice(5)) - 1].slice(0, 3)} ${m.slice(0, 4)}`;
  return block.end === null ? t("app_lab.block.from", { start: short(block.start) }) : `${short(block.start)} – ${short(block.end)}`;
}
