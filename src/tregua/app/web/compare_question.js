// What Compare asks: its worlds and its sides, as choices, and what may be done with a side.

/** @import {CompareAnswer} from "./answers_worlds.js" */
/** @import {Child} from "./types.js" */
/** @import {Acts} from "./compare_sides.js" */
/** @import {Compare} from "./pages/compare.js" */

import { LETTERS, sidesOf, withSides } from "./compare_sides.js";
import { h } from "./dom.js";
import { pins } from "./lab_state.js";
import { choice } from "./parts.js";
import { pack } from "./store.js";

/** @typedef {{text: string, name: string}} Given a side as an address names it */
/** @typedef {"origin"|"years"|"worlds"|"seed"|"source"|"reply"} World a field of the address that all sides share */

/** @type {World[]} */
const WORLDS = ["origin", "years", "worlds", "seed", "source", "reply"];

/** A field of the worlds that an answer came from. @param {CompareAnswer|null} result @param {World} name */
const held = (result, name) => result?.base[name === "source" ? "worlds_from" : name];

/** Numbers in order, each once. @param {number[]} list */
const ordered = (list) => [...new Set(list)].sort((a, b) => a - b);

/** The choices. @param {Compare} page */
export function question(page) {
  const { t, form, state, result } = page;
  const value = (/** @type {World} */ name, /** @type {string|number} */ other) => String(state[name] ?? held(result, name) ?? other);
  const origins = [...new Set([...form.origins, value("origin", form.origins[0])])].sort();
  const years = ordered([1, 3, 5, 10, 15, Number(value("years", 10))]);
  const sizes = ordered([...form.sizes, Number(value("worlds", 200))]);
  const pick = (/** @type {World} */ name, /** @type {[string, string][]} */ options, /** @type {string|number} */ other) =>
    choice(t(`app_compare.${name}`), options, value(name, other), (chosen) => page.ask({ [name]: chosen }), `compare-${name}`);
  /** @type {Child[]} */ const parts = [
    h("label", { class: "field" }, h("span", {}, t("app_compare.add")), addition(page)),
    pick("origin", origins.map((o) => [o, t.month(o)]), ""),
    pick("years", years.map((n) => [String(n), t.number(n, n % 1 ? 1 : 0)]), 10),
    pick("worlds", sizes.map((n) => [String(n), t.number(n, 0)]), 200),
    form.sources.length > 1 && pick("source", form.sources.map((name) => [name, t(`app_compare.source.${name}`)]), "posterior"),
  ];
  return parts.filter((part) => part instanceof Node);
}

/** A list of what may be added: presets, shipped strategies, pins of the Lab. @param {Compare} page */
function addition(page) {
  const { t, form } = page;
  const full = sidesOf(page.state).length >= LETTERS.length;
  const pinned = Object.keys(pins.all());
  /** @type {HTMLSelectElement} */ const select = h("select", { id: "compare-add", disabled: full, onchange: () => add(page, select.value) },
    h("option", { value: "" }, t(full ? "app_compare.full" : "app_compare.choose")),
    h("optgroup", { label: t("app_compare.presets") }, ...form.presets.map((p) => h("option", { value: `preset:${p.id}` }, p.label[t.lang]))),
    h("optgroup", { label: t("app_compare.strategies") }, ...form.strategies.map((name) => h("option", { value: name }, t.name("strategy", name)))),
    pinned.length > 0 && h("optgroup", { label: t("app_compare.pins") }, ...pinned.map((letter) => h("option", { value: `pin:${letter}` }, t("app_compare.pin", { letter: letter.toUpperCase() })))));
  return select;
}

/** @param {Compare} page @param {string} what */
async function add(page, what) {
  const sides = sidesOf(page.state);
  if (!what || sides.length >= LETTERS.length) return;
  let side = { text: what, name: "" };
  const preset = page.form.presets.find((p) => what === `preset:${p.id}`);
  if (preset) side = { text: await pack(preset.scenario), name: preset.label[page.t.lang] };
  else if (what.startsWith("pin:")) side = { text: pins.all()[what.slice(4)], name: "" };
  await rearrange(page, [...sides, side], reference(page));
}

/** The place of the side that the others are held against. @param {Compare} page */
function reference({ state }) {
  return Math.max(0, LETTERS.filter((l) => state[l]).indexOf(state.ref ?? ""));
}

/** Ask for other sides. @param {Compare} page @param {Given[]} sides @param {number} against */
function rearrange(page, sides, against) {
  const next = withSides(page.state, sides, against);
  // The worlds stay when the side that brought them goes.
  if (page.result) for (const name of WORLDS) next[name] ??= String(held(page.result, name));
  return page.ask({ ...Object.fromEntries(Object.keys(page.state).map((key) => [key, undefined])), ...next });
}

/** What the cards may do. @param {Compare} page @returns {Acts} */
export function acts(page) {
  const { t, context } = page;
  const sides = () => sidesOf(page.state);
  const now = () => reference(page);
  const said = (/** @type {string} */ key, /** @type {number} */ i) => context.announce(t(`app_compare.said.${key}`, { letter: LETTERS[i].toUpperCase() }));
  return {
    rename: (i, name) => rearrange(page, sides().map((s, k) => (k === i ? { ...s, name } : s)), now()),
    reference: (i) => {
      rearrange(page, sides(), i);
      said("reference", i);
    },
    move: (i, by) => {
      const list = sides();
      const [side] = list.splice(i, 1);
      list.splice(i + by, 0, side);
      page.moved = { side: LETTERS[i + by], act: by < 0 ? "left" : "right" };
      rearrange(page, list, now() === i ? i + by : now() === i + by ? i : now());
      said("moved", i + by);
    },
    copy: (i) => {
      const list = sides();
      list.splice(i + 1, 0, { ...list[i], name: t("app_compare.copied", { name: page.names()[LETTERS[i]] }) });
      rearrange(page, list, now() > i ? now() + 1 : now());
      said("copied", i);
    },
    remove: (i) => {
      const list = sides();
      list.splice(i, 1);
      page.moved = { side: LETTERS[Math.max(0, i - 1)], act: "remove" };
      rearrange(page, list, now() > i ? now() - 1 : now() === i ? 0 : now());
      said("removed", i);
    },
  };
}
