// What the Lab's page is made of, and what each part asks of the page.

/** @import {Lab} from "./pages/lab.js" */
/** @import {TreguaSliders} from "./sliders.js" */
/** @import {TreguaTimeline} from "./timeline.js" */

import { h } from "./dom.js";
import { Fan } from "./fan.js";
import { LabFigure } from "./lab_figure.js";
import { glance, ledger, numbers, picker, settings } from "./lab_parts.js";
import { pack, whole } from "./lab_state.js";
import { pinning, runner, sharing, toolbar } from "./lab_tools.js";
import "./sliders.js";
import "./timeline.js";

const SIZES = [1000, 2000, 5000, 10000, 20000]; // worlds of a large run
const USUAL = "2000";

/** @typedef {ReturnType<typeof build>} Parts */

/** Assumptions on sliders. @param {Lab} lab */
function sliders(lab) {
  const element = /** @type {TreguaSliders} */ (document.createElement("tregua-sliders"));
  Object.assign(element, { assumptions: lab.form.assumptions, words: lab.context.words });
  element.addEventListener("assume", (event) => lab.change({ assumptions: /** @type {CustomEvent} */ (event).detail }, "soon"));
  return element;
}

/** The plan as blocks, whose ends the fan shows. @param {Lab} lab @param {Fan} fan */
function timeline(lab, fan) {
  const element = /** @type {TreguaTimeline} */ (document.createElement("tregua-timeline"));
  Object.assign(element, { lanes: lab.form.lanes, words: lab.context.words, announce: lab.context.announce });
  element.addEventListener("plan", (event) => {
    const { blocks, how } = /** @type {CustomEvent} */ (event).detail;
    lab.change({ blocks }, how);
  });
  element.addEventListener("guide", (event) => fan.guide(/** @type {CustomEvent} */ (event).detail));
  return element;
}

/** The large run, at its usual size. @param {Lab} lab */
function largeRun(lab) {
  const made = runner(lab.context.words, SIZES.filter((n) => n <= (lab.form.limits?.worlds ?? 20000)), { run: (n) => lab.run.start(n), cancel: () => lab.run.cancel() });
  const select = made.element.querySelector("select");
  if (select) select.value = USUAL;
  select?.dispatchEvent(new Event("change"));
  return made;
}

/** Sharing and keeping. @param {Lab} lab */
function shares(lab) {
  const { api, copy, announce, words } = lab.context;
  return sharing(words, {
    copy, announce,
    save: async (name) => {
      await api.post("/api/scenarios", { name, scenario: { ...lab.scenario, name } });
      return `/s/${encodeURIComponent(name)}`;
    },
    list: async () => {
      const found = await api.get("/api/scenarios", {}, { fresh: true });
      return (found.scenarios || found).map((/** @type {string|{name: string}} */ one) => (typeof one === "string" ? { name: one } : one));
    },
    open: async (name) => {
      const found = await api.get(`/api/scenarios/${encodeURIComponent(name)}`, {}, { fresh: true });
      lab.change(whole(found.scenario || found, lab.first), "now");
    },
    toml: async () => `/api/scenario.toml?s=${await pack(lab.scenario)}`,
  });
}

/** Every part, laid out. @param {Lab} lab */
export function build(lab) {
  const { context, form } = lab;
  const t = context.words;
  const fan = new Fan(t);
  fan.events = form.events;
  const bar = toolbar(t, form, {
    preset: (preset) => lab.change(whole({ ...preset.scenario, worlds: lab.scenario.worlds, seed: lab.scenario.seed }, lab.first), "now"),
    undo: () => lab.back(), redo: () => lab.forth(), reset: () => lab.change(lab.first, "now"),
  });
  const parts = {
    fan, bar, title: h("h1", { class: "lab-title" }, t("app_lab.waiting")), behind: h("p", { class: "lab-behind" }), problem: h("div", { class: "lab-problem" }),
    numbers: numbers(t), ledger: ledger(t), glance: glance(t), sliders: sliders(lab), timeline: timeline(lab, fan), runner: largeRun(lab), shares: shares(lab),
    settings: settings(t, form, (change) => lab.change(change, "now")),
    outcomes: picker(t("app_lab.outcome"), form.outcomes.map((o) => [o.name, o.label]), (name) => lab.choose(name)),
    pins: pinning(t, { packed: () => pack(lab.scenario), link: (held) => context.link("compare", held), announce: context.announce }),
    view: new LabFigure(lab),
  };
  const side = h("section", { class: "lab-side card", "aria-labelledby": "lab-assumptions" },
    h("h2", { id: "lab-assumptions" }, t("app_lab.assumptions")), h("p", { class: "quiet" }, t("app_lab.assumptions.note")), parts.sliders, parts.settings.element,
    h("div", { class: "lab-act" }, parts.runner.element, parts.pins.element, parts.shares.element));
  const element = h("div", { class: "wrap lab" },
    h("header", { class: "lab-head" }, parts.title, parts.behind, parts.numbers.element),
    h("div", { class: "lab-grid" }, side, h("div", { class: "lab-main" }, bar.element, parts.problem, parts.view.figure, parts.ledger.element)),
    parts.glance.element);
  return { ...parts, element };
}
