// The bargain: closed forms on sliders. Every number comes from the server; the page only draws.

import { address } from "../api.js";
import { h } from "../dom.js";
import { beyond, changes, equations, limits, shown, thresholds } from "./bargain-parts.js";
import { drawPlane, nearness } from "./bargain-plane.js";

export const title = (t) => t("app.nav.bargain");
export const styles = ["/web/pages/bargain.css"];

const REST = 350; // milliseconds without a move until the whole answer is asked for
let me = null;

/** How to get this view without the page. */
export function reproduce(state) {
  const pairs = (state.set || "").split(",").filter(Boolean).map((p) => p.split(":"));
  const [x, y] = [state.x || "false_alarm", state.y || "tough_bonus"];
  const set = pairs.map(([name, value]) => ` --set ${name}=${value}`).join("");
  const start = state.start === "simulator";
  const given = pairs.map(([name, value]) => `${name}=${value}`).join(", ");
  return {
    cli: `tregua bargain${start ? " --simulator" : ""}${set} --over ${x} ${y} --out region.csv`,
    python: `from tregua import decide\n\nbargain = decide.Bargain${start ? ".of_world" : ""}(${given})\nverdict = decide.bargain_verdict(bargain)\nregion = decide.feasible_region(bargain, x="${x}", y="${y}")`,
  };
}

export async function show(root, context) {
  const { t, api, lang } = context;
  const form = await api.get("/api/bargain/form", { lang });
  const terms = new Map(form.terms.map((term) => [term.name, term]));
  const view = { root, context, form, terms, rows: new Map(), figure: context.figure(), answer: null, timer: 0, asked: 0 };
  me = view;
  take(view, context.state);
  view.finding = h("div", { class: "finding" });
  view.more = h("div", { class: "bargain-more" });
  view.wrong = h("div", {});
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, t("app_bargain.title")), h("p", { class: "lead" }, t("app_bargain.lead"))),
    presets(view),
    h("div", { class: "bench" }, h("aside", { class: "dials", "aria-label": t("app_bargain.numbers") }, ...dials(view)),
      h("div", { class: "bench-main" }, view.finding, view.wrong, view.figure, view.more)),
    equations(t)));
  wire(view);
  place(view);
  await ask(view, { whole: true });
}

export async function update(context) {
  const other = me.context.lang !== context.lang;
  if (other) return show(me.root, context);
  me.context = context;
  take(me, context.state);
  place(me);
  return ask(me, { whole: true });
}

export function leave() {
  clearTimeout(me?.timer);
  me = null;
}

// ---- what is chosen ----------------------------------------------------------------------------

/** Read the address: which numbers are set, from what start, and over which two. */
function take(view, state) {
  view.start = state.start === "simulator" ? "simulator" : "illustration";
  view.set = {};
  for (const part of (state.set || "").split(",")) {
    const [name, value] = part.split(":");
    if (view.terms.has(name) && value !== undefined && Number.isFinite(Number(value))) view.set[name] = Number(value);
  }
  view.x = view.terms.has(state.x) ? state.x : "false_alarm";
  view.y = view.terms.has(state.y) && state.y !== view.x ? state.y : view.x === "tough_bonus" ? "false_alarm" : "tough_bonus";
}

const valueOf = (view, name) => view.set[name] ?? view.terms.get(name).start[view.start];

function stateOf(view) {
  const set = Object.entries(view.set).map(([name, value]) => `${name}:${value}`).join(",");
  const state = {};
  if (set) state.set = set;
  if (view.start !== "illustration") state.start = view.start;
  if (view.x !== "false_alarm") state.x = view.x;
  if (view.y !== "tough_bonus") state.y = view.y;
  return state;
}

const tidy = (term, value) => {
  const steps = Math.round(value / term.step);
  const rounded = Number((steps * term.step).toPrecision(10));
  return Math.min(term.high, Math.max(term.low, rounded));
};

/** Set numbers; while something is dragged (`push` false) the address is replaced, not added to. */
function put(view, values, { push = false } = {}) {
  for (const [name, value] of Object.entries(values)) {
    const term = view.terms.get(name);
    if (value === null || Math.abs(value - term.start[view.start]) < 1e-12) delete view.set[name];
    else view.set[name] = value;
  }
  view.context.remember(stateOf(view), { push });
  place(view);
  ask(view, { whole: push });
}

function presets(view) {
  const { t } = view.context;
  return h("div", { class: "presets", role: "group", "aria-label": t("app_bargain.presets") },
    h("span", { class: "quiet" }, t("app_bargain.presets")),
    ...view.form.presets.map((preset) => h("button", {
      type: "button", class: "chip", "data-preset": preset.id, onclick: () => {
        Object.assign(view, { start: preset.start, set: { ...preset.set }, x: preset.x, y: preset.y });
        view.context.remember(stateOf(view), { push: true });
        place(view);
        ask(view, { whole: true });
      },
    }, preset.label)));
}

// ---- sliders -----------------------------------------------------------------------------------

function dials(view) {
  const { t } = view.context;
  const axis = (name) => {
    const select = h("select", { "data-axis": name, onchange: () => {
      const other = name === "x" ? "y" : "x";
      if (select.value === view[other]) view[other] = view[name];
      view[name] = select.value;
      view.context.remember(stateOf(view), { push: true });
      place(view);
      ask(view, { whole: true });
    } }, ...view.form.groups.map((group) => h("optgroup", { label: group.label },
      ...view.form.terms.filter((term) => term.group === group.name && term.lever).map((term) => h("option", { value: term.name }, term.label)))));
    return h("label", { class: "field" }, t(`app_bargain.axis.${name}`), select);
  };
  const main = view.form.terms.filter((term) => term.main).map((term) => dial(view, term));
  const rest = view.form.groups.map((group) => h("details", { class: "dial-group" }, h("summary", {}, group.label),
    ...view.form.terms.filter((term) => term.group === group.name && !term.main).map((term) => dial(view, term))));
  view.again = h("button", { type: "button", class: "button", onclick: () => {
    view.set = {};
    view.context.remember(stateOf(view), { push: true });
    place(view);
    ask(view, { whole: true });
  } }, t("app_bargain.reset"));
  return [h("h2", {}, t("app_bargain.numbers")), h("div", { class: "axes" }, axis("x"), axis("y")), ...main, ...rest, view.again];
}

function dial(view, term) {
  const { t } = view.context;
  const input = h("input", {
    type: "range", min: term.low, max: term.high, step: "any", "data-term": term.name, "aria-label": `${term.label} (${term.unit})`,
    oninput: () => put(view, { [term.name]: tidy(term, Number(input.value)) }),
    onchange: () => rest(view),
    onkeydown: (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      const end = { Home: term.low, End: term.high }[event.key];
      if (by === undefined && end === undefined) return;
      event.preventDefault();
      put(view, { [term.name]: end ?? tidy(term, valueOf(view, term.name) + by * term.step) });
    },
  });
  const told = h("output", {});
  const needed = h("i", { class: "needed", hidden: true });
  const role = h("span", { class: "axis-mark", "aria-hidden": "true" });
  const about = h("details", { class: "dial-about" }, h("summary", { "aria-label": t("app_bargain.about", { what: term.label }) }, "?"),
    h("p", {}, `${term.about} `, h("span", { class: "quiet" }, `${t("app_bargain.symbol", { symbol: term.symbol })} ${term.unit}.`)));
  const row = h("div", { class: "dial" }, h("label", {}, h("span", { class: "dial-name" }, term.label, " ", role), told,
    h("span", { class: "track" }, h("i", { class: "start", "aria-hidden": "true" }), needed, input)), about);
  view.rows.set(term.name, { row, input, told, needed, role, term });
  return row;
}

/** Put every slider, and the point in the plane, where the numbers are: at once, without a request. */
function place(view) {
  const { t } = view.context;
  for (const [name, { row, input, told, needed, role, term }] of view.rows) {
    const value = valueOf(view, name);
    if (Number(input.value) !== value) input.value = String(value);
    const text = shown(t, value);
    told.textContent = text;
    input.setAttribute("aria-valuetext", `${text} ${term.unit}`);
    row.classList.toggle("own", name in view.set);
    role.textContent = name === view.x ? "↔" : name === view.y ? "↕" : "";
    const at = (v) => `${Math.min(100, Math.max(0, ((v - term.low) / (term.high - term.low)) * 100))}%`;
    row.querySelector(".start").style.left = at(term.start[view.start]);
    const change = view.changes?.get(name);
    needed.hidden = !change || change.needed === null || change.needed < term.low || change.needed > term.high;
    if (!needed.hidden) needed.style.left = at(change.needed);
  }
  for (const select of view.root.querySelectorAll("[data-axis]")) select.value = view[select.dataset.axis];
  view.again.disabled = Object.keys(view.set).length === 0;
  const still = view.answer && view.answer.plane.now.x_name === view.x && view.answer.plane.now.y_name === view.y;
  if (still) drawn(view);
}

// ---- asking ------------------------------------------------------------------------------------

function rest(view) {
  clearTimeout(view.timer);
  ask(view, { whole: true });
}

/** Ask for the verdict: the quick one while something moves, the whole one when it rests. */
async function ask(view, { whole }) {
  clearTimeout(view.timer);
  if (!whole) view.timer = setTimeout(() => ask(view, { whole: true }), REST);
  const { api, problems } = view.context;
  view.asked += 1;
  const mine = view.asked;
  const query = { ...stateOf(view), quick: whole ? undefined : "true" };
  try {
    const answer = await api.get("/api/bargain", query, { latest: "bargain" });
    if (me !== view || mine !== view.asked) return;
    if (!whole && view.answer) Object.assign(answer, { changes: view.answer.changes });
    view.answer = answer;
    if (whole) view.changes = new Map(answer.changes.map((change) => [change.lever, change]));
    view.wrong.replaceChildren();
    told(view, whole);
  } catch (error) {
    if (error.name === "AbortError" || error.status === 409 || me !== view) return;
    view.wrong.replaceChildren(problems(error));
  }
}

function told(view, whole) {
  const { t, announce } = view.context;
  const { answer, finding, more } = view;
  const holds = answer.self_enforcing;
  const number = (value) => shown(t, value);
  const high = answer.maximal_concession === "inf" ? 1 : Math.min(1, answer.maximal_concession);
  const most = answer.maximal_concession > 0 || answer.maximal_concession === "inf" ? number(answer.maximal_concession) : t("app_bargain.nothing");
  const why = t(`app_bargain.why.${answer.binding}`, { low: number(answer.minimal_concession), high: number(high), least: number(answer.minimal_concession), most });
  finding.replaceChildren(
    h("p", { class: `judged ${holds ? "yes" : "no"}`, "data-binding": answer.binding }, h("span", { "aria-hidden": "true" }, holds ? "✓ " : "✕ "), t(holds ? "app_bargain.holds" : "app_bargain.fails")),
    h("p", { class: "why" }, why, " ", holds ? t("app_bargain.lasts", { n: answer.duration === "inf" ? "∞" : t.number(answer.duration, 0) }) : "",
      holds && !answer.holds ? ` ${t("app_bargain.offer", { x: number(valueOf(view, "concession")) })}` : "",
      answer.hiding_pays ? ` ${t("app_bargain.hiding")}` : ""),
    limits(t, answer, valueOf(view, "concession")));
  drawn(view);
  if (!whole) return;
  place(view);
  more.replaceChildren(changes(t, answer, view.terms, (change) => put(view, { [change.lever]: beyond(view.terms.get(change.lever), change) }, { push: true })), thresholds(t, answer));
  announce(`${t(holds ? "app_bargain.holds" : "app_bargain.fails")} ${why}`);
}

// ---- the plane ---------------------------------------------------------------------------------

function drawn(view) {
  const { context: { t }, answer, figure, terms } = view;
  const [x, y] = [terms.get(view.x), terms.get(view.y)];
  const at = { x: valueOf(view, view.x), y: valueOf(view, view.y) };
  const focused = document.activeElement?.closest?.("tregua-figure") === figure && document.activeElement.getAttribute("role") === "slider";
  const query = stateOf(view);
  const twin = (kind) => address(`/bargain.${kind}`, query);
  const share = t.percent(answer.plane.now.share);
  figure.show({
    name: `bargain-${view.x}-${view.y}`, level: 2, interactive: true,
    title: t("app_bargain.plane", { share }), drawn: t("app_bargain.plane.drawn"), caption: t("app_bargain.plane.keys"),
    label: t("app_bargain.plane.label", { x: x.label, y: y.label, share }),
    draw: (svg, width) => drawPlane(svg, width, { t, plane: answer.plane, x, y, at }),
    tables: [
      { name: "bargain-changes", title: t("app_bargain.changes"), rows: answer.changes.map(({ lever, now, needed, unit }) => ({ lever: terms.get(lever).label, now, needed, unit: terms.get(lever).unit || unit })),
        columns: [{ key: "lever", label: t("app_bargain.head.number") }, { key: "now", kind: "number", label: t("app_bargain.head.now") }, { key: "needed", kind: "number", label: t("app_bargain.head.needed") }, { key: "unit", label: t("app_bargain.head.unit") }] },
    ],
    sources: [],
    files: { csv: twin("csv"), parquet: twin("parquet"), json: twin("json") },
  });
  if (focused) figure.querySelector("[data-point]")?.focus({ preventScroll: true });
}

function wire(view) {
  const { figure, terms } = view;
  const move = (event) => {
    const found = nearness(figure, event);
    if (found) put(view, { [view.x]: tidy(terms.get(view.x), found.x), [view.y]: tidy(terms.get(view.y), found.y) });
  };
  figure.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("[data-plane]")) return;
    event.preventDefault();
    move(event);
    figure.querySelector("[data-point]")?.focus({ preventScroll: true });
    const end = () => {
      for (const [name, act] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) window.removeEventListener(name, act);
      rest(view);
    };
    for (const [name, act] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) window.addEventListener(name, act);
  });
  figure.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("[data-point]")) return;
    const step = { ArrowRight: ["x", 1], ArrowLeft: ["x", -1], ArrowUp: ["y", 1], ArrowDown: ["y", -1], PageUp: ["y", 10], PageDown: ["y", -10], Home: ["x", -10], End: ["x", 10] }[event.key];
    if (!step) return;
    event.preventDefault();
    const name = view[step[0]];
    const term = terms.get(name);
    put(view, { [name]: tidy(term, valueOf(view, name) + step[1] * term.step) });
  });
}
