// The bargain: closed forms on sliders. Every number comes from the server; the page only draws.

/** @import {BargainAnswer, Extended} from "../answers.js" */
/** @import {Context, State, Words} from "../types.js" */
/** @import {View} from "./bargain-numbers.js" */

import { superseded } from "../api.js";
import { closest, dragging, focus, h } from "../dom.js";
import { twins } from "../store.js";
import { column } from "../table.js";
import { dials, placeDials } from "./bargain-dials.js";
import { stateOf, take, termOf, tidy, valueOf } from "./bargain-numbers.js";
import { beyond, changes, equations, limits, shown, thresholds } from "./bargain-parts.js";
import { drawPlane, nearness } from "./bargain-plane.js";

/** @param {Words} t */
export const title = (t) => t("app.nav.bargain");
/** Style sheets of this page. */
export const styles = ["/web/pages/bargain.css"];

const REST = 350; // milliseconds without a move until the whole answer is asked for

/** @type {View|null} the view shown */
let me = null;

/** How to get this view without the page. @param {State} state */
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

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const { t, api, lang } = context;
  const form = await api.get("/api/bargain/form", { lang });
  const terms = new Map(form.terms.map((term) => [term.name, term]));
  if (!root.isConnected) return; // left meanwhile
  /** @type {View} */
  const view = {
    root, context, form, terms, start: "illustration", set: {}, x: "", y: "", rows: new Map(), changes: new Map(),
    figure: context.figure(), answer: null, timer: 0, asked: 0,
    finding: h("div", { class: "finding" }), more: h("div", { class: "bargain-more" }), wrong: h("div", {}),
    again: h("button", { type: "button", class: "button" }, t("app_bargain.reset")),
  };
  me = view;
  take(view, context.state);
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, t("app_bargain.title")), h("p", { class: "lead" }, t("app_bargain.lead"))),
    presets(view),
    h("div", { class: "bench" }, h("aside", { class: "dials", "aria-label": t("app_bargain.numbers") }, ...dials(view, { put: (values) => put(view, values), rest: () => rest(view), step: () => step(view) })),
      h("div", { class: "bench-main" }, view.finding, view.wrong, view.figure, view.more)),
    equations(t)));
  wire(view);
  place(view);
  await ask(view, { whole: true });
}

/** @param {Context} context */
export async function update(context) {
  if (!me) return;
  me.context = context;
  take(me, context.state);
  place(me);
  await ask(me, { whole: true });
}

/** The page is left. */
export function leave() {
  clearTimeout(me?.timer);
  me = null;
}

// ---- what is chosen ----------------------------------------------------------------------------

/** Put every slider, and the point in the plane, where the numbers are: at once, without a request. @param {View} view */
function place(view) {
  placeDials(view);
  const now = view.answer?.plane.now;
  if (view.answer && now?.x_name === view.x && now.y_name === view.y) drawn(view, view.answer);
}

/** The view changed for good: a step of its own, asked for whole. @param {View} view */
function step(view) {
  view.context.remember(stateOf(view), { push: true });
  place(view);
  ask(view, { whole: true });
}

/** Set numbers; while something is dragged (`push` false) the address is replaced, not added to. @param {View} view @param {Record<string, number|null>} values @param {{push?: boolean}} [how] */
function put(view, values, { push = false } = {}) {
  for (const [name, value] of Object.entries(values)) {
    const term = termOf(view, name);
    if (value === null || Math.abs(value - term.start[view.start]) < 1e-12) delete view.set[name];
    else view.set[name] = value;
  }
  view.context.remember(stateOf(view), { push });
  place(view);
  ask(view, { whole: push });
}

/** @param {View} view */
function presets(view) {
  const { t } = view.context;
  return h("div", { class: "presets", role: "group", "aria-label": t("app_bargain.presets") },
    h("span", { class: "quiet" }, t("app_bargain.presets")),
    ...view.form.presets.map((preset) => h("button", {
      type: "button", class: "chip", "data-preset": preset.id, onclick: () => {
        Object.assign(view, { start: preset.start, set: { ...preset.set }, x: preset.x, y: preset.y });
        step(view);
      },
    }, preset.label)));
}

// ---- asking ------------------------------------------------------------------------------------

/** What moved is let go: the whole answer is asked for. @param {View} view */
function rest(view) {
  clearTimeout(view.timer);
  ask(view, { whole: true });
}

/** Ask for the verdict: the quick one while something moves, the whole one when it rests. @param {View} view @param {{whole: boolean}} how */
async function ask(view, { whole }) {
  clearTimeout(view.timer);
  if (!whole) view.timer = window.setTimeout(() => ask(view, { whole: true }), REST);
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
    told(view, answer, whole);
  } catch (error) {
    if (superseded(error) || me !== view) return;
    view.wrong.replaceChildren(problems(error));
  }
}

/** What the verdict says. @param {View} view @param {BargainAnswer} answer @param {boolean} whole */
function told(view, answer, whole) {
  const { t, announce } = view.context;
  const { finding, more } = view;
  const holds = answer.self_enforcing;
  const number = (/** @type {Extended} */ value) => shown(t, value);
  const believed = answer.maximal_concession === "inf" ? Infinity : Number(answer.maximal_concession);
  const high = Math.min(1, believed);
  const most = believed > 0 ? number(answer.maximal_concession) : t("app_bargain.nothing");
  const why = t(`app_bargain.why.${answer.binding}`, { low: number(answer.minimal_concession), high: number(high), least: number(answer.minimal_concession), most });
  finding.replaceChildren(
    h("p", { class: `judged ${holds ? "yes" : "no"}`, "data-binding": answer.binding }, h("span", { "aria-hidden": "true" }, holds ? "✓ " : "✕ "), t(holds ? "app_bargain.holds" : "app_bargain.fails")),
    h("p", { class: "why" }, why, " ", holds ? t("app_bargain.lasts", { n: answer.duration === "inf" ? "∞" : t.number(answer.duration, 0) }) : "",
      holds && !answer.holds ? ` ${t("app_bargain.offer", { x: number(valueOf(view, "concession")) })}` : "",
      answer.hiding_pays ? ` ${t("app_bargain.hiding")}` : ""),
    limits(t, answer, valueOf(view, "concession")));
  drawn(view, answer);
  if (!whole) return;
  place(view);
  more.replaceChildren(changes(t, answer, view.terms, (change) => put(view, { [change.lever]: beyond(termOf(view, change.lever), change) }, { push: true })), thresholds(t, answer));
  announce(`${t(holds ? "app_bargain.holds" : "app_bargain.fails")} ${why}`);
}

// ---- the plane ---------------------------------------------------------------------------------

/** @param {View} view @param {BargainAnswer} answer */
function drawn(view, answer) {
  const { context: { t }, figure } = view;
  const [x, y] = [termOf(view, view.x), termOf(view, view.y)];
  const at = { x: valueOf(view, view.x), y: valueOf(view, view.y) };
  const active = document.activeElement;
  const focused = active?.closest("tregua-figure") === figure && active.getAttribute("role") === "slider";
  const share = t.percent(answer.plane.now.share);
  figure.show({
    name: `bargain-${view.x}-${view.y}`, level: 2, interactive: true,
    title: t("app_bargain.plane", { share }), drawn: t("app_bargain.plane.drawn"), caption: t("app_bargain.plane.keys"),
    label: t("app_bargain.plane.label", { x: x.label, y: y.label, share }),
    draw: (svg, width) => drawPlane(svg, width, { t, plane: answer.plane, x, y, at }),
    tables: [
      { name: "bargain-changes", title: t("app_bargain.changes"), rows: answer.changes.map(({ lever, now, needed, unit }) => ({ lever: termOf(view, lever).label, now, needed, unit: termOf(view, lever).unit || unit })),
        columns: [column("text", "lever", t("app_bargain.head.number")), column("number", "now", t("app_bargain.head.now")), column("number", "needed", t("app_bargain.head.needed")), column("text", "unit", t("app_bargain.head.unit"))] },
    ],
    sources: [],
    files: twins("bargain", stateOf(view)),
  });
  if (focused) focus(figure.querySelector("[data-point]"));
}

/** @param {View} view */
function wire(view) {
  const { figure } = view;
  const move = (/** @type {PointerEvent} */ event) => {
    const found = nearness(figure, event);
    if (found) put(view, { [view.x]: tidy(termOf(view, view.x), found.x), [view.y]: tidy(termOf(view, view.y), found.y) });
  };
  figure.addEventListener("pointerdown", (event) => {
    if (!closest(event, "[data-plane]")) return;
    event.preventDefault();
    move(event);
    focus(figure.querySelector("[data-point]"));
    dragging(move, () => rest(view));
  });
  figure.addEventListener("keydown", (event) => {
    if (!closest(event, "[data-point]")) return;
    /** @type {Record<string, [axis: "x"|"y", by: number]>} */
    const steps = { ArrowRight: ["x", 1], ArrowLeft: ["x", -1], ArrowUp: ["y", 1], ArrowDown: ["y", -1], PageUp: ["y", 10], PageDown: ["y", -10], Home: ["x", -10], End: ["x", 10] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const [axis, by] = steps[event.key];
    const term = termOf(view, view[axis]);
    put(view, { [term.name]: tidy(term, valueOf(view, term.name) + by * term.step) });
  });
}
