// The sliders of the bargain, and which two numbers span the plane.

/** @import {Term} from "../answers.js" */
/** @import {View} from "./bargain-numbers.js" */

import { h, one } from "../dom.js";
import { shown } from "./bargain-parts.js";
import { tidy, valueOf } from "./bargain-numbers.js";

/**
 * @typedef {object} Moves what a slider can ask for
 * @property {(values: Record<string, number>) => void} put numbers, while something moves
 * @property {() => void} rest what moved is let go
 * @property {() => void} step the view changed for good
 */

/** Every slider: the main ones, then the others by group. @param {View} view @param {Moves} on */
export function dials(view, on) {
  const { t } = view.context;
  const axis = (/** @type {"x"|"y"} */ name) => {
    /** @type {HTMLSelectElement} */ const select = h("select", { "data-axis": name, onchange: () => {
      const other = name === "x" ? "y" : "x";
      if (select.value === view[other]) view[other] = view[name];
      view[name] = select.value;
      on.step();
    } }, ...view.form.groups.map((group) => h("optgroup", { label: group.label },
      ...view.form.terms.filter((term) => term.group === group.name && term.lever).map((term) => h("option", { value: term.name }, term.label)))));
    return h("label", { class: "field" }, t(`app_bargain.axis.${name}`), select);
  };
  const main = view.form.terms.filter((term) => term.main).map((term) => dial(view, term, on));
  const rest = view.form.groups.map((group) => h("details", { class: "dial-group" }, h("summary", {}, group.label),
    ...view.form.terms.filter((term) => term.group === group.name && !term.main).map((term) => dial(view, term, on))));
  view.again.addEventListener("click", () => {
    view.set = {};
    on.step();
  });
  return [h("h2", {}, t("app_bargain.numbers")), h("div", { class: "axes" }, axis("x"), axis("y")), ...main, ...rest, view.again];
}

/** One slider with its value, what is needed, and what it means. @param {View} view @param {Term} term @param {Moves} on */
function dial(view, term, on) {
  const { t } = view.context;
  /** @type {HTMLInputElement} */ const input = h("input", {
    type: "range", min: term.low, max: term.high, step: "any", "data-term": term.name, "aria-label": `${term.label} (${term.unit})`,
    oninput: () => on.put({ [term.name]: tidy(term, Number(input.value)) }),
    onchange: () => on.rest(),
    onkeydown: (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      const end = { Home: term.low, End: term.high }[event.key];
      if (by === undefined && end === undefined) return;
      event.preventDefault();
      on.put({ [term.name]: end ?? tidy(term, valueOf(view, term.name) + Number(by) * term.step) });
    },
  });
  const told = h("output", {});
  const begin = h("i", { class: "start", "aria-hidden": "true" });
  const needed = h("i", { class: "needed", hidden: true });
  const role = h("span", { class: "axis-mark", "aria-hidden": "true" });
  const about = h("details", { class: "dial-about" }, h("summary", { "aria-label": t("app_bargain.about", { what: term.label }) }, "?"),
    h("p", {}, `${term.about} `, h("span", { class: "quiet" }, `${t("app_bargain.symbol", { symbol: term.symbol })} ${term.unit}.`)));
  const row = h("div", { class: "dial" }, h("label", {}, h("span", { class: "dial-name" }, term.label, " ", role), told,
    h("span", { class: "track" }, begin, needed, input)), about);
  view.rows.set(term.name, { row, input, told, needed, begin, role, term });
  return row;
}

/** Put every slider where its number is. @param {View} view */
export function placeDials(view) {
  const { t } = view.context;
  for (const [name, { row, input, told, needed, begin, role, term }] of view.rows) {
    const value = valueOf(view, name);
    if (Number(input.value) !== value) input.value = String(value);
    const text = shown(t, value);
    told.textContent = text;
    input.setAttribute("aria-valuetext", `${text} ${term.unit}`);
    row.classList.toggle("own", name in view.set);
    role.textContent = name === view.x ? "↔" : name === view.y ? "↕" : "";
    const at = (/** @type {number} */ v) => `${Math.min(100, Math.max(0, ((v - term.low) / (term.high - term.low)) * 100))}%`;
    begin.style.left = at(term.start[view.start]);
    const limit = view.changes.get(name)?.needed ?? null;
    needed.hidden = limit === null || limit < term.low || limit > term.high;
    if (limit !== null) needed.style.left = at(limit);
  }
  for (const name of /** @type {const} */ (["x", "y"])) /** @type {HTMLSelectElement} */ (one(view.root, `[data-axis=${name}]`)).value = view[name];
  view.again.disabled = Object.keys(view.set).length === 0;
}
