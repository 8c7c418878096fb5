// A scenario: what the Lab sends, keeps in its address and pins to Compare. One order of its fields,
// so that equal plans are equal texts.

import { isMonth, monthIndex } from "./months.js";
import { LANES, fitted, sorted } from "./timeline_blocks.js";
import { pack, unpack } from "./store.js";

/**
 * @typedef {import("./timeline_blocks.js").Block} Block
 * @typedef {{case: string, origin: string, years: number, worlds: number, seed: number, worlds_from: string,
 *            blocks: Block[], reply: string, assumptions: Record<string, number>, mechanisms?: string[]}} Scenario
 */

/** Letters of the pins. */
export const PINS = ["a", "b", "c", "d"];

/** @param {Block} block @returns {Block} */
function plainBlock({ lane, start, end = null, open, effort }) {
  return { lane, start, end, ...(lane === "pact" ? { open: Boolean(open) } : {}), ...(effort === undefined || effort === null || lane === "pact" ? {} : { effort }) };
}

/** First and last month of a scenario. @param {Scenario} scenario */
export function bounds(scenario) {
  const origin = monthIndex(scenario.origin);
  return { origin, last: origin + Math.max(1, Math.round(12 * scenario.years)) };
}

/**
 * A scenario with every field, in order; what is missing is taken from another one.
 * @param {Partial<Scenario>} given @param {Scenario} fallback @returns {Scenario}
 */
export function whole(given, fallback) {
  const all = { ...fallback, ...given };
  const { case: name, origin, years, worlds, seed, worlds_from, reply } = all;
  /** @type {Scenario} */ const made = { case: name, origin: origin.slice(0, 7), years, worlds, seed, worlds_from, blocks: /** @type {Block[]} */ ([]), reply,
    assumptions: Object.fromEntries(Object.entries(all.assumptions || {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(all.mechanisms?.length ? { mechanisms: [...all.mechanisms].sort() } : {}) };
  made.blocks = fitted(sorted((all.blocks || []).map(plainBlock)), bounds(made));
  return made;
}

/** Whether something from an address can be a scenario at all; the server judges the rest. @param {any} found */
export function usable(found) {
  const text = (/** @type {any} */ value) => typeof value === "string" && isMonth(value.slice(0, 7));
  return Boolean(found) && typeof found === "object" && text(found.origin) && typeof found.years === "number" && found.years > 0 && found.years <= 60
    && Array.isArray(found.blocks || []) && (found.blocks || []).every((/** @type {any} */ b) => b && LANES.includes(b.lane) && text(b.start) && (b.end === null || b.end === undefined || text(b.end)));
}

/** The scenario of an address, or null. @param {string|undefined} text */
export async function opened(text) {
  if (!text) return null;
  const found = await unpack(text);
  return usable(found) ? found : null;
}

export { pack };

/** Pins live as long as the tab does: the address of Compare is made of them. */
export const pins = {
  /** @returns {Record<string, string>} */
  all() {
    try {
      return JSON.parse(sessionStorage.getItem("tregua.pins") || "{}");
    } catch {
      return {};
    }
  },
  /** @param {string} letter @param {string|null} text */
  set(letter, text) {
    const held = this.all();
    if (text === null) delete held[letter];
    else held[letter] = text;
    try {
      sessionStorage.setItem("tregua.pins", JSON.stringify(Object.fromEntries(Object.entries(held).sort())));
    } catch { /* closed storage: pins last until the page is left */ }
  },
};
