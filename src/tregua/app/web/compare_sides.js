// @ts-check
// The sides of Compare: a card each, with its name and what can be done with it.

import { h, s } from "./dom.js";

export const LETTERS = ["a", "b", "c", "d"];

/** Two sheets, one behind the other. */
const twice = () => s("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" }, s("path", { d: "M7 7h9v9H7zM4 13V4h9" }));

/** Sides of an address, in order. @param {Record<string, string>} state @returns {{text: string, name: string}[]} */
export function sidesOf(state) {
  return LETTERS.filter((l) => state[l]).map((l) => ({ text: state[l], name: state[`n${l}`] || "" }));
}

/** The address with other sides. @param {Record<string, any>} state @param {{text: string, name: string}[]} sides @param {number} reference */
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

/** What a side does, in one line. @param {any} t @param {any} side */
function plan(t, side) {
  if (!side.scenario) return t.has(`strategy.what.${side.strategy}`) ? t(`strategy.what.${side.strategy}`) : t("app_compare.answers");
  if (!side.scenario.blocks.length) return t("app_compare.nothing");
  return side.scenario.blocks.map((/** @type {any} */ block) => {
    const lane = t(`app_lab.lane.${block.lane}`);
    return block.end ? t("app_compare.block", { lane, start: t.month(block.start), end: t.month(block.end) }) : t("app_compare.block.open", { lane, start: t.month(block.start) });
  }).join(" · ");
}

/** What a reader must know of how this side was run. @param {any} t @param {any} side */
function notes(t, side) {
  const out = [];
  if (side.moved) out.push(t(side.moved > 0 ? "app_compare.moved.later" : "app_compare.moved.earlier", { n: t.number(Math.abs(side.moved), 0) }));
  if (side.set_aside.length) out.push(t("app_compare.set_aside"));
  if (side.hidden.length) out.push(t("app_compare.hidden"));
  return out.map((text) => h("p", { class: "quiet note" }, text));
}

/**
 * Cards.
 * @param {any} t @param {any[]} sides as the server tells them @param {{names: any, colours: any, reference: string, link: (side: any) => string|null}} about
 * @param {{rename: (i: number, name: string) => void, reference: (i: number) => void, move: (i: number, by: number) => void, copy: (i: number) => void, remove: (i: number) => void}} on
 */
export function cards(t, sides, about, on) {
  const full = sides.length >= LETTERS.length;
  return h("ol", { class: "sides" }, ...sides.map((side, i) => {
    const name = about.names[side.letter];
    const letter = side.letter.toUpperCase();
    const say = (/** @type {string} */ key) => t(key, { letter, name });
    const button = (/** @type {string} */ act, /** @type {any} */ sign, /** @type {() => void} */ then, off = false) => h("button", {
      type: "button", class: "act", "data-act": act, disabled: off, "aria-label": say(`app_compare.${act}`), title: t(`app_compare.${act}.short`), onclick: then }, sign);
    const field = h("input", { type: "text", class: "side-name", maxlength: 80, ".value": name, "aria-label": say("app_compare.name"),
      onchange: (/** @type {any} */ event) => on.rename(i, event.target.value.trim()) });
    const held = side.letter === about.reference;
    const mark = h("span", { class: "side-letter", "aria-hidden": "true" }, letter);
    mark.style.setProperty("--side", `var(--${about.colours[side.letter]})`);
    const open = about.link(side);
    return h("li", { class: "side card", "data-side": side.letter },
      h("div", { class: "side-head" }, mark, field),
      h("p", { class: "side-plan" }, plan(t, side)), ...notes(t, side),
      h("div", { class: "side-acts" },
        h("button", { type: "button", class: "act wide", "data-act": "reference", "aria-pressed": String(held), "aria-label": say("app_compare.reference"), onclick: () => on.reference(i) }, t("app_compare.reference.short")),
        button("left", "←", () => on.move(i, -1), i === 0), button("right", "→", () => on.move(i, 1), i === sides.length - 1),
        button("copy", twice(), () => on.copy(i), full), button("remove", "×", () => on.remove(i), sides.length === 1),
        open && h("a", { class: "act wide", href: open, "aria-label": say("app_compare.open") }, t("app_compare.open.short"))));
  }));
}
