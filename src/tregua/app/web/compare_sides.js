// The sides of Compare: a card each, with its name and what can be done with it.

/** @import {Side} from "./answers_worlds.js" */
/** @import {Child, State, Words} from "./types.js" */

import { h } from "./dom.js";
import { icon } from "./parts.js";

/** Letters of the sides, in order. */
export const LETTERS = ["a", "b", "c", "d"];

/**
 * What can be done with a side, by its place.
 * @typedef {object} Acts
 * @property {(i: number, name: string) => void} rename
 * @property {(i: number) => void} reference hold the others against it
 * @property {(i: number, by: number) => void} move
 * @property {(i: number) => void} copy
 * @property {(i: number) => void} remove
 */

const SHEETS = "M7 7h9v9H7zM4 13V4h9"; // two, one behind the other

/** Sides of an address, in order. @param {State} state @returns {{text: string, name: string}[]} */
export function sidesOf(state) {
  return LETTERS.flatMap((l) => (state[l] ? [{ text: state[l], name: state[`n${l}`] || "" }] : []));
}

/** The address with other sides. @param {State} state @param {{text: string, name: string}[]} sides @param {number} reference @returns {State} */
export function withSides(state, sides, reference) {
  const next = { ...state };
  for (const letter of LETTERS) {
    delete next[letter];
    delete next[`n${letter}`];
  }
  delete next.ref;
  sides.slice(0, LETTERS.length).forEach((side, i) => {
    next[LETTERS[i]] = side.text;
    if (side.name) next[`n${LETTERS[i]}`] = side.name;
  });
  if (reference > 0 && reference < sides.length) next.ref = LETTERS[reference];
  return next;
}

/** What a side does, in one line. @param {Words} t @param {Side} side */
function plan(t, side) {
  if (!side.scenario) return t.has(`strategy.what.${side.strategy}`) ? t(`strategy.what.${side.strategy}`) : t("app_compare.answers");
  if (!side.scenario.blocks.length) return t("app_compare.nothing");
  return side.scenario.blocks.map((block) => {
    const lane = t(`app_lab.lane.${block.lane}`);
    return block.end ? t("app_compare.block", { lane, start: t.month(block.start), end: t.month(block.end) }) : t("app_compare.block.open", { lane, start: t.month(block.start) });
  }).join(" · ");
}

/** What a reader must know of how this side was run. @param {Words} t @param {Side} side */
function notes(t, side) {
  const out = [];
  if (side.moved) out.push(t(side.moved > 0 ? "app_compare.moved.later" : "app_compare.moved.earlier", { n: t.number(Math.abs(side.moved), 0) }));
  if (side.set_aside.length) out.push(t("app_compare.set_aside"));
  if (side.hidden.length) out.push(t("app_compare.hidden"));
  return out.map((text) => h("p", { class: "quiet note" }, text));
}

/**
 * Cards.
 * @param {Words} t
 * @param {Side[]} sides as the server tells them
 * @param {{names: Record<string, string>, colours: Record<string, string>, reference: string}} about
 * @param {Acts} on
 */
export function cards(t, sides, about, on) {
  const full = sides.length >= LETTERS.length;
  return h("ol", { class: "sides" }, ...sides.map((side, i) => {
    const name = about.names[side.letter];
    const letter = side.letter.toUpperCase();
    const say = (/** @type {string} */ key) => t(key, { letter, name });
    const button = (/** @type {string} */ act, /** @type {Child} */ sign, /** @type {() => void} */ then, off = false) => h("button", {
      type: "button", class: "act", "data-act": act, disabled: off, "aria-label": say(`app_compare.${act}`), title: t(`app_compare.${act}.short`), onclick: then }, sign);
    /** @type {HTMLInputElement} */ const field = h("input", { type: "text", class: "side-name", maxlength: 80, ".value": name, "aria-label": say("app_compare.name"),
      onchange: () => on.rename(i, field.value.trim()) });
    const held = side.letter === about.reference;
    const mark = h("span", { class: "side-letter", "aria-hidden": "true" }, letter);
    mark.style.setProperty("--side", `var(--${about.colours[side.letter]})`);
    return h("li", { class: "side card", "data-side": side.letter },
      h("div", { class: "side-head" }, mark, field),
      h("p", { class: "side-plan" }, plan(t, side)), ...notes(t, side),
      h("div", { class: "side-acts" },
        h("button", { type: "button", class: "act wide", "data-act": "reference", "aria-pressed": String(held), "aria-label": say("app_compare.reference"), onclick: () => on.reference(i) }, t("app_compare.reference.short")),
        button("left", "←", () => on.move(i, -1), i === 0), button("right", "→", () => on.move(i, 1), i === sides.length - 1),
        button("copy", icon(SHEETS), () => on.copy(i), full), button("remove", "×", () => on.remove(i), sides.length === 1),
        side.link && h("a", { class: "act wide", href: side.link, "aria-label": say("app_compare.open") }, t("app_compare.open.short"))));
  }));
}
