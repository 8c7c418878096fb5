// Hidden pact: what counts say month by month, what else speaks for a pact or a crackdown, and how
// much of the answer is the prior that the reader brings along.

import { address } from "../api.js";
import { h } from "../dom.js";
import { drawMonths, pointAt } from "./hidden-chart.js";
import { compute } from "./hidden-compute.js";
import { evidenceBox, fallAt, monthBox } from "./hidden-evidence.js";
import { fallsSection, limitsSection, scoreSection } from "./hidden-parts.js";
import { ownSection } from "./hidden-own.js";
import { follow } from "./hidden-run.js";
import { oddsText, sure } from "./priors.js";

export const title = (t) => t("app.nav.hidden-pact");
export const styles = ["/web/pages/hidden.css"];

let me = null;

/** How to get this view without the page. */
export function reproduce(state, about) {
  if (state.table) return { cli: "tregua detect my-counts.csv --explain", python: `from pathlib import Path\n\nfrom tregua import infer\n\nfound = infer.detect(infer.read_table(Path("my-counts.csv")))\nfound.months` };
  const first = state.first ? ` --first ${state.first}` : "";
  return {
    cli: `tregua detect ${about.case}${first} --explain`,
    python: `from tregua import infer, record\n\nknown = record.load("${about.case}")\nfound = infer.detect(infer.tiles(known)${state.first ? `, first="${state.first}"` : ""}, rules=infer.rules_of(known))\nevidence = infer.indicators(known, found)`,
  };
}

export async function show(root, context) {
  const { t, api, lang, state } = context;
  const form = await api.get("/api/hidden", { lang, first: state.first });
  const view = { root, context, form, figure: context.figure(), stop: null, run: null };
  me = view;
  view.body = h("div", { class: "hidden-body" });
  view.head = h("h1", {}, t("app_hidden.title.wait"));
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

export async function update(context) {
  const [old, now] = [me.context.state, context.state];
  if (!me.data || me.context.lang !== context.lang || old.table !== now.table || old.first !== now.first) return show(me.root, context);
  me.context = context;
  take(me);
  refreshControls(me);
  render(me);
  return undefined;
}

export function leave() {
  me?.stop?.();
  me = null;
}

// ---- the result: kept, or made while one looks on ------------------------------------------------

async function result(view, table) {
  const { api, state } = view.context;
  if (table) return api.get(`/api/results/${encodeURIComponent(table)}`);
  if (view.form.ready) return api.get(`/api/results/${view.form.key}`);
  const run = await api.post(address("/api/hidden/detect", { first: state.first }), {});
  return follow(view, run, view.body);
}

// ---- state ---------------------------------------------------------------------------------------

const within = (value, low, high) => Math.min(high, Math.max(low, value));
const numberOf = (text, otherwise) => (text !== undefined && Number.isFinite(Number(text)) ? Number(text) : otherwise);

/** Read the address. */
function take(view) {
  const { state } = view.context;
  const names = view.data.months.month;
  view.filtered = state.seen === "filtered";
  view.pact = state.pact !== "0";
  view.prior = within(numberOf(state.odds, 0), -3, 3); // powers of 3
  view.rate = within(numberOf(state.rate, 0), -2, 2); // powers of 2
  view.odds = [3 ** (view.prior - 1), 3 ** (view.prior + 1)];
  view.off = new Set((state.off || "").split(",").filter(Boolean));
  view.strength = Object.fromEntries((state.k || "").split(",").map((part) => part.split(":")).filter(([name, value]) => name && Number(value)).map(([name, value]) => [name, within(Number(value), -1, 1)]));
  const place = (month, otherwise) => { const at = names.indexOf(month); return at < 0 ? otherwise : at; };
  view.from = place(state.from, 0);
  view.upto = place(state.to, names.length - 1) + 1;
  if (view.upto - view.from < 6) [view.from, view.upto] = [0, names.length];
  const strongest = [...view.data.falls].sort((a, b) => b.mass - a.mass)[0];
  view.at = place(state.at, strongest ? place(strongest.median, 0) : names.length - 1);
}

/** Change the address, and read it again. */
function change(view, changes, push = false) {
  const next = { ...view.context.state, ...changes };
  for (const name of Object.keys(next)) if (next[name] === undefined || next[name] === "") delete next[name];
  view.context.remember(next, { push });
  take(view);
}

// ---- the page ------------------------------------------------------------------------------------

function build(view) {
  const { data, context: { t, state } } = view;
  take(view);
  const n = t.number(data.falls.filter(sure).length, 0);
  view.head.textContent = state.table ? t("app_hidden.title.own", { n, name: data.name.replace(/\.csv$/, "") }) : t("app_hidden.title", { n });
  view.aside = h("aside", { class: "evidence", "aria-label": t("app_hidden.evidence") });
  view.controls = controls(view);
  view.priors = priors(view);
  view.figureBox = h("div", { class: "main-column" }, view.figure, view.priors.box);
  view.body.replaceChildren(h("div", { class: "with-evidence" }, view.figureBox, view.aside),
    limitsSection(view), fallsSection(view, (fall) => jump(view, fall)), ownSection(view), scoreSection(view));
  render(view);
  wire(view);
}

function controls(view) {
  const { t } = view.context;
  const names = view.data.months.month;
  const radio = (value) => h("label", {}, h("input", { type: "radio", name: "seen", value, ".checked": (value === "filtered") === view.filtered, onchange: () => { change(view, { seen: value === "filtered" ? "filtered" : undefined }, true); render(view); } }), h("span", {}, t(`app_hidden.seen.${value}`)));
  const pact = view.data.case && h("fieldset", {}, h("legend", {}, t("app_hidden.band.legend")), h("div", { class: "choices" }, h("label", {},
    h("input", { type: "checkbox", name: "pact", ".checked": view.pact, onchange: (event) => { change(view, { pact: event.target.checked ? undefined : "0" }, true); render(view); } }), h("span", {}, t("app_hidden.band.show")))));
  const month = (name, value) => h("input", { type: "month", value, name, min: names[0], max: names.at(-1), "aria-label": t(`app_hidden.${name}`), onchange: (event) => { change(view, { [name]: event.target.value || undefined }, true); render(view); } });
  return h("div", { class: "controls" },
    h("fieldset", {}, h("legend", {}, t("app_hidden.seen")), h("div", { class: "choices" }, radio("smoothed"), radio("filtered"))), pact,
    h("fieldset", {}, h("legend", {}, t("app_hidden.time")), h("div", { class: "months" }, month("from", names[view.from]), month("to", names[view.upto - 1]))));
}

/** Prior sliders: a move draws at once and asks nobody. */
function priors(view) {
  const { t } = view.context;
  const slider = (name, key, most, told) => {
    const input = h("input", {
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

function refreshControls(view) {
  view.controls = controls(view);
}

function sourcesOf(view) {
  return view.data.counted_by.map((id) => view.data.sources[id]).filter(Boolean);
}

function render(view) {
  compute(view);
  const { figure, data, context: { t, state } } = view;
  const names = data.months.month;
  const query = { first: state.first, table: state.table };
  const twin = (kind) => address(`/hidden-pact.${kind}`, query);
  view.priors.refresh();
  const focused = document.activeElement?.closest?.(".chart svg");
  figure.show({
    name: state.table ? "own-table-months" : "hidden-pact", level: 2, interactive: true,
    title: t("app_hidden.figure"), drawn: t(view.bands ? "app_hidden.drawn.band" : "app_hidden.drawn"), caption: t("app_hidden.caption"),
    label: t("app_hidden.figure"), controls: view.controls,
    draw: (svg, width) => {
      const words = Object.assign((...args) => t(...args), { month: t.month, number: t.number, percent2: (v) => `${Math.round(v * 100)}\u00a0%` });
      view.drawn = drawMonths(svg, width, { t: words, data, from: view.from, upto: view.upto, filtered: view.filtered, now: view.now, shares: view.shares, pact: view.bands });
      pointAt(view.drawn, view.at);
      for (const [key, value] of Object.entries({ tabindex: 0, role: "slider", "aria-label": t("app_hidden.cursor"), "aria-valuemin": 0, "aria-valuemax": names.length - 1 })) svg.setAttribute(key, value);
      valued(view, svg);
      return view.drawn.height;
    },
    tables: [{ name: "months", title: t("app_hidden.months"), rows: tableRows(view), columns: ["month", "suppressed", ...(view.bands ? ["pact_low", "pact_high"] : []), "reversible", "persistent", "level", "observed"].map((key) => ({ key, label: t(`app_hidden.head.${key}`), kind: key === "month" ? "month" : "number" })) }],
    sources: sourcesOf(view),
    files: { csv: twin("csv"), parquet: twin("parquet"), json: twin("json") },
  });
  if (focused) figure.querySelector(".chart svg")?.focus({ preventScroll: true });
  evidence(view);
}

function tableRows(view) {
  const { months } = view.data;
  return months.month.map((month, i) => ({
    month, suppressed: view.now[i], ...(view.bands ? { pact_low: view.bands.low[i], pact_high: view.bands.high[i] } : {}),
    reversible: view.shares.reversible[i], persistent: view.shares.persistent[i], level: months[view.filtered ? "level_filtered" : "level"][i], observed: months.observed[i],
  })).slice(view.from, view.upto);
}

function valued(view, svg) {
  const { t } = view.context;
  const month = view.data.months.month[view.at];
  svg.setAttribute("aria-valuenow", view.at);
  svg.setAttribute("aria-valuetext", t("app_hidden.cursor.text", { month: t.month(month), share: t.percent(view.now[view.at]) }));
}

/** The box beside the picture; focus stays on the control that was used. */
function evidence(view) {
  const fall = fallAt(view.data.falls, view.data.months.month[view.at]);
  const active = document.activeElement;
  const key = view.aside.contains(active) && ["switch", "strength"].map((name) => active.dataset[name] && `[data-${name}="${active.dataset[name]}"]`).find(Boolean);
  const open = [...view.aside.querySelectorAll("details[open]")].map((node) => node.closest("[data-indicator]")?.dataset.indicator);
  const on = {
    flip: (name, isOn) => { const off = new Set(view.off); off[isOn ? "delete" : "add"](name); change(view, { off: [...off].sort().join(",") }, true); render(view); },
    strength: (name, k) => { const next = { ...view.strength, [name]: k }; change(view, { k: Object.entries(next).filter(([, v]) => v).map(([n, v]) => `${n}:${v}`).join(",") }); lighter(view, fall, name); },
    settled: () => { change(view, {}, true); render(view); },
    reset: () => { change(view, { off: undefined, k: undefined }, true); render(view); },
  };
  view.on = on;
  const scroll = view.aside.scrollTop;
  view.aside.replaceChildren(monthBox(view, view.at), evidenceBox(view, fall, on));
  for (const name of open) if (name) view.aside.querySelector(`[data-indicator="${name}"] details`).open = true;
  view.aside.scrollTop = scroll;
  if (key) view.aside.querySelector(key)?.focus({ preventScroll: true });
}

/** While a strength is dragged its slider must stay: the sum, its row and the picture change. */
function lighter(view, fall, name) {
  const made = evidenceBox(view, fall, view.on);
  const [sum, row] = [".total", `[data-indicator="${name}"]`];
  view.aside.querySelector(sum).replaceWith(made.querySelector(sum));
  const [mine, next] = [view.aside.querySelector(row), made.querySelector(row)];
  for (const part of [".factor", ".lr"]) mine.querySelector(part).replaceWith(next.querySelector(part));
  mine.querySelector("[data-strength]").setAttribute("aria-valuetext", next.querySelector("[data-strength]").getAttribute("aria-valuetext"));
  compute(view);
  view.figure.redraw();
}

// ---- the cursor ----------------------------------------------------------------------------------

function go(view, at, push = false) {
  const names = view.data.months.month;
  const to = within(at, view.from, view.upto - 1);
  if (to !== view.at || push) {
    change(view, { at: names[to] }, push);
    pointAt(view.drawn, view.at);
    const svg = view.figure.querySelector(".chart svg");
    if (svg) valued(view, svg);
    evidence(view);
  }
}

function jump(view, fall) {
  const at = view.data.months.month.indexOf(fall.median);
  if (at < view.from || at >= view.upto) change(view, { from: undefined, to: undefined });
  change(view, { at: fall.median }, true);
  view.controls = controls(view);
  render(view);
  view.figure.scrollIntoView({ block: "start" });
  view.figure.querySelector(".chart svg")?.focus({ preventScroll: true });
}

function wire(view) {
  const { figure } = view;
  const nearest = (event) => {
    const svg = figure.querySelector(".chart svg");
    const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    const all = view.drawn.xs;
    let best = 0;
    all.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(all[best] - x)) best = i; });
    return best + view.drawn.from;
  };
  figure.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".chart svg")) return;
    go(view, nearest(event));
    const move = (e) => go(view, nearest(e));
    const end = () => {
      for (const [name, act] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) window.removeEventListener(name, act);
    };
    for (const [name, act] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) window.addEventListener(name, act);
  });
  figure.addEventListener("keydown", (event) => {
    if (event.target !== figure.querySelector(".chart svg")) return;
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
    const end = { Home: view.from, End: view.upto - 1 }[event.key];
    if (by === undefined && end === undefined) return;
    event.preventDefault();
    go(view, end ?? view.at + by);
  });
}
