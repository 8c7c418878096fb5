// Hidden pact: what counts say month by month, what else speaks for a pact or a crackdown, and how
// much of the answer is the prior that the reader brings along.

/** @import {Fall, HiddenResult, RunTold} from "../answers.js" */
/** @import {Context, Row, Source, State, Words} from "../types.js" */
/** @import {Controls} from "./hidden-evidence.js" */
/** @import {View} from "./hidden-state.js" */

import { address } from "../api.js";
import { closest, dragging, focus, h, one } from "../dom.js";
import { within } from "../months.js";
import { placeIn } from "../plot.js";
import { twins } from "../store.js";
import { column } from "../table.js";
import { drawMonths, pointAt } from "./hidden-chart.js";
import { compute } from "./hidden-compute.js";
import { controls, priors } from "./hidden-controls.js";
import { evidenceBox, fallAt, monthBox } from "./hidden-evidence.js";
import { fallsSection, limitsSection, scoreSection } from "./hidden-parts.js";
import { ownSection } from "./hidden-own.js";
import { follow } from "./hidden-run.js";
import { change, take } from "./hidden-state.js";
import { sure } from "./priors.js";

/** @param {Words} t */
export const title = (t) => t("app.nav.hidden-pact");
/** Style sheets of this page. */
export const styles = ["/web/pages/hidden.css"];

/** @type {View|null} the view shown */
let me = null;

/** How to get this view without the page. @param {State} state @param {{case: string}} about */
export function reproduce(state, about) {
  if (state.table) return { cli: "tregua detect my-counts.csv --explain", python: `from pathlib import Path\n\nfrom tregua import infer\n\nfound = infer.detect(infer.read_table(Path("my-counts.csv")))\nfound.months` };
  const first = state.first ? ` --first ${state.first}` : "";
  return {
    cli: `tregua detect ${about.case}${first} --explain`,
    python: `from tregua import infer, record\n\nknown = record.load("${about.case}")\nfound = infer.detect(infer.tiles(known)${state.first ? `, first="${state.first}"` : ""}, rules=infer.rules_of(known))\nevidence = infer.indicators(known, found)`,
  };
}

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const { t, api, lang, state } = context;
  const form = await api.get("/api/hidden", { lang, first: state.first });
  if (!root.isConnected) return; // left meanwhile
  const none = /** @type {any} */ (null); // what `build` makes once there is a detection
  /** @type {View} */
  const view = {
    root, context, form, figure: context.figure(), stop: null, drawn: null, head: h("h1", {}, t("app_hidden.title.wait")), body: h("div", { class: "hidden-body" }),
    aside: h("aside", { class: "evidence", "aria-label": t("app_hidden.evidence") }), controls: none, priors: none, data: none, now: [], shares: none, bands: null,
    filtered: false, pact: true, prior: 0, rate: 0, odds: [1, 1], off: new Set(), strength: {}, from: 0, upto: 0, at: 0,
  };
  me = view;
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, view.head, h("p", { class: "lead" }, t("app_hidden.lead"))), view.body));
  try {
    view.data = await result(view, state.table || null);
  } catch (error) {
    if (me !== view) return;
    view.body.replaceChildren(context.problems(error), ownSection(view), scoreSection(view));
    return;
  }
  if (me !== view || !view.data) return;
  build(view);
}

/** @param {Context} context */
export async function update(context) {
  if (!me) return;
  const [old, now] = [me.context.state, context.state];
  if (!me.data || old.table !== now.table || old.first !== now.first) {
    me.stop?.();
    await show(me.root, context);
    return;
  }
  me.context = context;
  take(me);
  me.controls = controls(me, render);
  render(me);
}

/** The page is left. */
export function leave() {
  me?.stop?.();
  me = null;
}

// ---- the result: kept, or made while one looks on ------------------------------------------------

/** @param {View} view @param {string|null} table key of a table of one's own @returns {Promise<HiddenResult>} */
async function result(view, table) {
  const { api, state } = view.context;
  if (table) return api.get(`/api/results/${encodeURIComponent(table)}`);
  if (view.form.ready) return api.get(`/api/results/${view.form.key}`);
  /** @type {RunTold} */ const run = await api.post(address("/api/hidden/detect", { first: state.first }), {});
  return follow(view, run, view.body);
}

// ---- the page ------------------------------------------------------------------------------------

/** Lay the page out around a detection. @param {View} view */
function build(view) {
  const { data, context: { t, state } } = view;
  take(view);
  const n = t.number(data.falls.filter(sure).length, 0);
  view.head.textContent = state.table ? t("app_hidden.title.own", { n, name: data.name.replace(/\.csv$/, "") }) : t("app_hidden.title", { n });
  view.controls = controls(view, render);
  view.priors = priors(view, render);
  const box = h("div", { class: "main-column" }, view.figure, view.priors.box);
  view.body.replaceChildren(h("div", { class: "with-evidence" }, box, view.aside),
    limitsSection(view), fallsSection(view, (fall) => jump(view, fall)), ownSection(view), scoreSection(view));
  render(view);
  wire(view);
}

/** Sources of the counts. @param {View} view @returns {Source[]} */
function sourcesOf(view) {
  return view.data.counted_by.map((id) => view.data.sources[id]).filter(Boolean);
}

/** Draw the view. @param {View} view */
function render(view) {
  compute(view);
  const { figure, data, context: { t, state } } = view;
  const names = data.months.month;
  view.priors.refresh();
  const focused = document.activeElement?.closest(".chart svg");
  figure.show({
    name: state.table ? "own-table-months" : "hidden-pact", level: 2, interactive: true,
    title: t("app_hidden.figure"), drawn: t(view.bands ? "app_hidden.drawn.band" : "app_hidden.drawn"), caption: t("app_hidden.caption"),
    label: t("app_hidden.figure"), controls: view.controls,
    draw: (svg, width) => {
      const drawn = drawMonths(svg, width, { t, data, from: view.from, upto: view.upto, filtered: view.filtered, now: view.now, shares: view.shares, pact: view.bands });
      view.drawn = drawn;
      pointAt(drawn, view.at);
      for (const [key, value] of Object.entries({ tabindex: 0, role: "slider", "aria-label": t("app_hidden.cursor"), "aria-valuemin": 0, "aria-valuemax": names.length - 1 })) svg.setAttribute(key, String(value));
      valued(view, svg);
      return drawn.height;
    },
    tables: [{ name: "months", title: t("app_hidden.months"), rows: tableRows(view), columns: ["month", "suppressed", ...(view.bands ? ["pact_low", "pact_high"] : []), "reversible", "persistent", "level", "observed"].map((key) => column(key === "month" ? "month" : "number", key, t(`app_hidden.head.${key}`))) }],
    sources: sourcesOf(view),
    files: twins("hidden-pact", { first: state.first, table: state.table }),
  });
  if (focused) focus(figure.querySelector(".chart svg"));
  evidence(view);
}

/** @param {View} view @returns {Row[]} */
function tableRows(view) {
  const { months } = view.data;
  return months.month.map((month, i) => ({
    month, suppressed: view.now[i], ...(view.bands ? { pact_low: view.bands.low[i], pact_high: view.bands.high[i] } : {}),
    reversible: view.shares.reversible[i], persistent: view.shares.persistent[i], level: months[view.filtered ? "level_filtered" : "level"][i], observed: months.observed[i],
  })).slice(view.from, view.upto);
}

/** Say where the cursor is. @param {View} view @param {Element} svg */
function valued(view, svg) {
  const { t } = view.context;
  const month = view.data.months.month[view.at];
  svg.setAttribute("aria-valuenow", String(view.at));
  svg.setAttribute("aria-valuetext", t("app_hidden.cursor.text", { month: t.month(month), share: t.percent(view.now[view.at]) }));
}

/** The box beside the picture; focus stays on the control that was used. @param {View} view */
function evidence(view) {
  const fall = fallAt(view.data.falls, view.data.months.month[view.at]);
  const active = /** @type {HTMLElement|null} */ (document.activeElement);
  const key = active && view.aside.contains(active) && ["switch", "strength"].map((name) => active.dataset[name] && `[data-${name}="${active.dataset[name]}"]`).find(Boolean);
  const open = [...view.aside.querySelectorAll("details[open]")].map((node) => node.closest("[data-indicator]")?.getAttribute("data-indicator"));
  /** @type {Controls} */
  const on = {
    flip: (name, isOn) => { const off = new Set(view.off); off[isOn ? "delete" : "add"](name); change(view, { off: [...off].sort().join(",") }, true); render(view); },
    strength: (name, k) => { const next = { ...view.strength, [name]: k }; change(view, { k: Object.entries(next).filter(([, v]) => v).map(([n, v]) => `${n}:${v}`).join(",") }); lighter(view, fall, name, on); },
    settled: () => { change(view, {}, true); render(view); },
    reset: () => { change(view, { off: undefined, k: undefined }, true); render(view); },
  };
  const scroll = view.aside.scrollTop;
  view.aside.replaceChildren(monthBox(view, view.at), evidenceBox(view, fall, on));
  for (const name of open) if (name) view.aside.querySelector(`[data-indicator="${name}"] details`)?.setAttribute("open", "");
  view.aside.scrollTop = scroll;
  if (key) focus(view.aside.querySelector(key));
}

/** While a strength is dragged its slider must stay: the sum, its row and the picture change. @param {View} view @param {Fall|null} fall @param {string} name @param {Controls} on */
function lighter(view, fall, name, on) {
  const made = evidenceBox(view, fall, on);
  const [sum, row] = [".total", `[data-indicator="${name}"]`];
  one(view.aside, sum).replaceWith(one(made, sum));
  const [mine, next] = [one(view.aside, row), one(made, row)];
  for (const part of [".factor", ".lr"]) one(mine, part).replaceWith(one(next, part));
  one(mine, "[data-strength]").setAttribute("aria-valuetext", String(one(next, "[data-strength]").getAttribute("aria-valuetext")));
  compute(view);
  view.figure.redraw();
}

// ---- the cursor ----------------------------------------------------------------------------------

/** Put the cursor at a month. @param {View} view @param {number} at */
function go(view, at) {
  const names = view.data.months.month;
  const to = within(at, view.from, view.upto - 1);
  if (to !== view.at && view.drawn) {
    change(view, { at: names[to] });
    pointAt(view.drawn, view.at);
    const svg = view.figure.querySelector(".chart svg");
    if (svg) valued(view, svg);
    evidence(view);
  }
}

/** Go to a fall that is listed below. @param {View} view @param {Fall} fall */
function jump(view, fall) {
  const at = view.data.months.month.indexOf(fall.median);
  if (at < view.from || at >= view.upto) change(view, { from: undefined, to: undefined });
  change(view, { at: fall.median }, true);
  view.controls = controls(view, render);
  render(view);
  view.figure.scrollIntoView({ block: "start" });
  focus(view.figure.querySelector(".chart svg"));
}

/** Listen to pointer and keys. @param {View} view */
function wire(view) {
  const { figure } = view;
  const point = (/** @type {PointerEvent} */ event) => {
    const { x } = placeIn(figure.picture(), event);
    const { xs, from } = view.drawn ?? { xs: [], from: 0 };
    let best = 0;
    xs.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(xs[best] - x)) best = i; });
    go(view, best + from);
  };
  figure.addEventListener("pointerdown", (event) => {
    if (!closest(event, ".chart svg")) return;
    point(event);
    dragging(point);
  });
  figure.addEventListener("keydown", (event) => {
    if (event.target !== figure.querySelector(".chart svg")) return;
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
    const end = { Home: view.from, End: view.upto - 1 }[event.key];
    if (by === undefined && end === undefined) return;
    event.preventDefault();
    go(view, end ?? view.at + Number(by));
  });
}
