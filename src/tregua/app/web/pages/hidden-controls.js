// What the reader may set of the hidden pact: how months are seen, which of them, and the priors.

/** @import {Query} from "../types.js" */
/** @import {View} from "./hidden-state.js" */

import { h } from "../dom.js";
import { change } from "./hidden-state.js";
import { oddsText } from "./priors.js";

/** @typedef {(view: View) => void} Render draws the view anew */

/** How the months are seen, and which. @param {View} view @param {Render} render */
export function controls(view, render) {
  const { t } = view.context;
  const names = view.data.months.month;
  const turn = (/** @type {Query} */ changes) => {
    change(view, changes, true);
    render(view);
  };
  const radio = (/** @type {string} */ value) => h("label", {}, h("input", { type: "radio", name: "seen", value, ".checked": (value === "filtered") === view.filtered, onchange: () => turn({ seen: value === "filtered" ? "filtered" : undefined }) }), h("span", {}, t(`app_hidden.seen.${value}`)));
  /** @type {HTMLInputElement} */ const band = h("input", { type: "checkbox", name: "pact", ".checked": view.pact, onchange: () => turn({ pact: band.checked ? undefined : "0" }) });
  const pact = view.data.case && h("fieldset", {}, h("legend", {}, t("app_hidden.band.legend")), h("div", { class: "choices" }, h("label", {},
    band, h("span", {}, t("app_hidden.band.show")))));
  const month = (/** @type {string} */ name, /** @type {string} */ value) => {
    /** @type {HTMLInputElement} */ const field = h("input", { type: "month", value, name, min: names[0], max: names.at(-1), "aria-label": t(`app_hidden.${name}`), onchange: () => turn({ [name]: field.value || undefined }) });
    return field;
  };
  return h("div", { class: "controls" },
    h("fieldset", {}, h("legend", {}, t("app_hidden.seen")), h("div", { class: "choices" }, radio("smoothed"), radio("filtered"))), pact,
    h("fieldset", {}, h("legend", {}, t("app_hidden.time")), h("div", { class: "months" }, month("from", names[view.from]), month("to", names[view.upto - 1]))));
}

/** Prior sliders: a move draws at once and asks nobody. @param {View} view @param {Render} render */
export function priors(view, render) {
  const { t } = view.context;
  const slider = (/** @type {"prior"|"rate"} */ name, /** @type {string} */ key, /** @type {number} */ most, /** @type {() => string} */ told) => {
    /** @type {HTMLInputElement} */ const input = h("input", {
      type: "range", min: -most, max: most, step: 0.25, "data-prior": key, "aria-label": t(`app_hidden.prior.${name}`),
      oninput: () => { change(view, { [key]: Number(input.value) ? input.value : undefined }); render(view); },
      onchange: () => change(view, {}, true),
    });
    const out = h("output", {});
    const refresh = () => {
      input.value = String(view[name]);
      out.textContent = told();
      input.setAttribute("aria-valuetext", told());
    };
    return { refresh, row: h("div", { class: "prior" }, h("label", {}, h("span", {}, t(`app_hidden.prior.${name}`)), out, input), h("p", { class: "quiet" }, t(`app_hidden.prior.${name}.text`))) };
  };
  const odds = slider("prior", "odds", 3, () => t("app_hidden.prior.span", { low: oddsText(t, view.odds[0]), high: oddsText(t, view.odds[1]) }));
  const rate = slider("rate", "rate", 2, () => t("app_hidden.rate", { n: t.number(1 / (view.data.prior.hazard * 2 ** view.rate) / 12, 1) }));
  const list = view.data.case ? [odds, rate] : [rate];
  const box = h("section", { class: "priors", "aria-labelledby": "h-priors" }, h("h2", { id: "h-priors" }, t("app_hidden.priors")), h("p", { class: "quiet" }, t("app_hidden.priors.text")),
    h("div", { class: "prior-list" }, ...list.map((one) => one.row)));
  return { box, refresh: () => list.forEach((one) => one.refresh()) };
}
