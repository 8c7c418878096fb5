// @ts-check
// The Lab: draw a policy, set assumptions, see many worlds at once. The state of the page is one
// scenario; every gesture makes a new one, which is drawn, sent, and put into the address.

import { h } from "../dom.js";
import { Fan } from "../fan.js";
import { History } from "../history.js";
import { shaped } from "../lab_form.js";
import { Latest, Run } from "../lab_live.js";
import { LabFigure } from "../lab_figure.js";
import { changeTold, harm, ledger, numbers, picker, settings } from "../lab_parts.js";
import { bounds, opened, pack, whole } from "../lab_state.js";
import { pinning, runner, sharing, toolbar } from "../lab_tools.js";
import { monthIndex } from "../months.js";
import "../sliders.js";
import { fitted } from "../timeline_blocks.js";
import "../timeline.js";

/** @typedef {import("../lab_state.js").Scenario} Scenario */

const BEFORE = 36; // months of the record shown before the plan begins
const SETTLED = 500; // milliseconds after which a run of key presses is one step

export const styles = ["/web/lab.css"];

/** @type {Lab|null} */
let lab = null;
// What outlives a change of language: the steps, the last result and the one it is compared with.
/** @type {{history: History, result: any, ghost: any}|null} */
let kept = null;

class Lab {
  /** @param {HTMLElement} root @param {any} context @param {any} form @param {Scenario} scenario */
  constructor(root, context, form, scenario) {
    Object.assign(this, { root, context, form, scenario });
    this.first = whole(form.first || {}, fallback(form));
    this.outcome = form.outcomes.some((/** @type {any} */ o) => o.name === context.state.o) ? context.state.o : form.outcomes[0].name;
    const same = kept && kept.history.present === JSON.stringify(scenario);
    this.history = same && kept ? kept.history : new History(scenario);
    this.result = same && kept ? kept.result : null;
    this.ghost = same && kept ? kept.ghost : null;
    this.gesture = false;
    this.timer = 0;
    this.frame = 0;
    this.live = new Latest((/** @type {Scenario} */ s) => context.api.post("/api/lab/fan", s), (reply, asked) => this.arrived(reply, asked), (error) => this.refused(error),
      (busy) => { if (busy) root.dataset.busy = "1"; else delete root.dataset.busy; });
    this.run = new Run(context.api);
    this.build();
    this.render();
    if (this.result) this.draw();
    else this.live.want(this.scenario);
  }

  build() {
    const { context, form } = this;
    const t = context.words;
    this.fan = new Fan(t);
    this.fan.events = form.events;
    this.title = h("h1", { class: "lab-title" }, t("app_lab.waiting"));
    this.behind = h("p", { class: "lab-behind" });
    this.numbers = numbers(t);
    this.bar = toolbar(t, form, {
      preset: (preset) => this.change(whole({ ...preset.scenario, worlds: this.scenario.worlds, seed: this.scenario.seed }, this.first), "now"),
      undo: () => this.back(), redo: () => this.forth(), reset: () => this.change(this.first, "now"),
    });
    this.sliders = /** @type {import("../sliders.js").TreguaSliders} */ (document.createElement("tregua-sliders"));
    Object.assign(this.sliders, { assumptions: form.assumptions, words: t });
    this.sliders.addEventListener("assume", (event) => this.change({ assumptions: /** @type {CustomEvent} */ (event).detail }, "soon"));
    this.settings = settings(t, form, (change) => this.change(change, "now"));
    this.timeline = /** @type {import("../timeline.js").TreguaTimeline} */ (document.createElement("tregua-timeline"));
    Object.assign(this.timeline, { lanes: form.lanes, words: t, announce: context.announce });
    this.timeline.addEventListener("plan", (event) => {
      const { blocks, how } = /** @type {CustomEvent} */ (event).detail;
      this.change({ blocks }, how);
    });
    this.timeline.addEventListener("guide", (event) => this.fan.guide(/** @type {CustomEvent} */ (event).detail));
    this.outcomes = picker(t("app_lab.outcome"), form.outcomes.map((/** @type {any} */ o) => [o.name, o.label]), (name) => this.choose(name));
    this.view = new LabFigure(this);
    this.runner = runner(t, [1000, 2000, 5000, 10000, 20000].filter((n) => n <= (form.limits?.worlds ?? 20000)), { run: (n) => this.start(n), cancel: () => this.cancel() });
    /** @type {HTMLSelectElement} */ (this.runner.element.querySelector("select")).value = "2000";
    this.runner.element.querySelector("select")?.dispatchEvent(new Event("change"));
    this.pins = pinning(t, { packed: () => pack(this.scenario), link: (held) => context.link("compare", held), announce: context.announce });
    this.shares = sharing(t, {
      copy: context.copy, announce: context.announce,
      save: async (name) => { await context.api.post("/api/scenarios", { name, scenario: { ...this.scenario, name } }); return `/s/${encodeURIComponent(name)}`; },
      list: async () => { const found = await context.api.get("/api/scenarios", {}, { fresh: true }); return (found.scenarios || found).map((/** @type {any} */ s) => (typeof s === "string" ? { name: s } : s)); },
      open: async (name) => { const found = await context.api.get(`/api/scenarios/${encodeURIComponent(name)}`, {}, { fresh: true }); this.change(whole(found.scenario || found, this.first), "now"); },
      toml: async () => `/api/scenario.toml?s=${await pack(this.scenario)}`,
    });
    this.ledger = ledger(t);
    this.problem = h("div", { class: "lab-problem" });
    this.glance = h("div", { class: "lab-glance", "aria-hidden": "true" });
    this.lay();
    this.resizing = new ResizeObserver(() => this.view.place());
    this.resizing.observe(this.timeline);
    this.onkey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
  }

  lay() {
    const t = this.context.words;
    this.root.replaceChildren(h("div", { class: "wrap lab" },
      h("header", { class: "lab-head" }, this.title, this.behind, this.numbers.element),
      h("div", { class: "lab-grid" },
        h("section", { class: "lab-side card", "aria-labelledby": "lab-assumptions" },
          h("h2", { id: "lab-assumptions" }, t("app_lab.assumptions")), h("p", { class: "quiet" }, t("app_lab.assumptions.note")), this.sliders, this.settings.element,
          h("div", { class: "lab-act" }, this.runner.element, this.pins.element, this.shares.element)),
        h("div", { class: "lab-main" }, this.bar.element, this.problem, this.view.figure, this.ledger.element)),
      this.glance));
  }

  // ---- change ----------------------------------------------------------------------------

  /**
   * Take a step: show it, ask for its worlds, keep it.
   * @param {Partial<Scenario>} change @param {"live"|"soon"|"now"} how when it becomes a step to undo
   */
  change(change, how) {
    if (!this.gesture) {
      this.gesture = true;
      this.ghost = this.result;
    }
    this.scenario = whole(change, this.scenario);
    this.scenario.blocks = fitted(this.scenario.blocks, bounds(this.scenario));
    this.halt();
    this.render();
    this.live.want(this.scenario);
    clearTimeout(this.timer);
    if (how === "now") this.commit();
    else if (how === "soon") this.timer = window.setTimeout(() => this.commit(), SETTLED);
  }

  /** The gesture is over: a step to undo, and one in the address. */
  commit() {
    clearTimeout(this.timer);
    this.gesture = false;
    if (!this.history.commit(this.scenario)) return;
    this.render();
    this.remember(true);
  }

  /** @param {boolean} push */
  async remember(push) {
    const { scenario } = this;
    const s = await pack(scenario);
    if (lab !== this || this.scenario !== scenario) return;
    this.context.remember(this.address(s), { push });
    this.view.files(s);
    this.pins.show();
  }

  /** @param {string} s */
  address(s) {
    return { s, o: this.outcome === this.form.outcomes[0].name ? undefined : this.outcome };
  }

  back() {
    if (this.gesture) this.commit();
    this.jump(this.history.undo());
  }

  forth() {
    this.jump(this.history.redo());
  }

  /** @param {Scenario|null} scenario */
  jump(scenario, push = true) {
    if (!scenario) return;
    clearTimeout(this.timer);
    this.gesture = false;
    this.ghost = this.result;
    this.scenario = scenario;
    this.halt();
    this.render();
    this.live.want(scenario);
    if (push) this.remember(true);
  }

  /** The address changed, as by the back button. @param {any} context */
  async follow(context) {
    this.context = { ...this.context, state: context.state };
    const found = await opened(context.state.s);
    const next = found ? whole(found, this.first) : this.first;
    if (this.gesture) this.commit();
    const outcome = context.state.o || this.form.outcomes[0].name;
    if (outcome !== this.outcome) this.choose(outcome, false);
    if (JSON.stringify(next) === JSON.stringify(this.scenario)) return;
    this.history.follow(next);
    this.jump(next, false);
    this.view.files(context.state.s || (await pack(next)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLInputElement && ["text", "search", "number", "month"].includes(target.type)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.back();
    else if (key === "y" || (key === "z" && event.shiftKey)) this.forth();
    else return;
    event.preventDefault();
  }

  /** @param {string} name */
  choose(name, remember = true) {
    this.outcome = name;
    this.fan.top = 0;
    this.render();
    this.draw();
    if (remember) this.remember(true);
  }

  // ---- worlds ----------------------------------------------------------------------------

  /** @param {any} reply @param {Scenario} asked */
  arrived(reply, asked) {
    if (lab !== this) return;
    this.result = { ...reply, asked, worlds: reply.worlds ?? asked.worlds };
    this.problem.replaceChildren();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  /** @param {any} error */
  refused(error) {
    if (lab === this) this.problem.replaceChildren(this.context.problems(error));
  }

  /** @param {number} worlds */
  start(worlds) {
    const t = this.context.words;
    if (this.gesture) this.commit();
    this.runner.progress(0, worlds);
    this.context.announce(t("app_lab.run.begun", { n: t.number(worlds, 0) }));
    const asked = { ...this.scenario, worlds };
    this.run.start(asked, {
      progress: ({ done, total, partial }) => {
        this.runner.progress(done, total);
        if (partial && (partial.fan || partial.months)) this.sharpen(partial, done);
      },
      done: (reply) => {
        this.runner.progress(null);
        this.arrived(reply, asked);
        this.context.announce(t("app_lab.run.done", { n: t.number(worlds, 0) }));
      },
      failed: (error) => { this.runner.progress(null); this.refused(error); },
      cancelled: () => this.runner.progress(null),
    });
  }

  /** A fan of the worlds run so far. @param {any} partial @param {number} done */
  sharpen(partial, done) {
    const { months, fan } = partial.fan ? partial : { ...partial, fan: partial };
    if (!this.result || !fan[this.outcome]) return;
    this.result = { ...this.result, ...partial, seconds: undefined, months: months || this.result.months, fan: { ...this.result.fan, ...fan }, worlds: done };
    this.draw();
  }

  /** A step taken while a large run is under way breaks it off. */
  halt() {
    if (!this.run.id) return;
    this.run.stop();
    this.runner.progress(null);
  }

  cancel() {
    this.run.stop();
    this.runner.progress(null);
    this.context.announce(this.context.words("app_lab.run.cancelled"));
    this.live.want(this.scenario);
  }

  // ---- show ------------------------------------------------------------------------------

  /** What follows from the scenario alone, at once. */
  render() {
    const { scenario, form } = this;
    this.sliders.show(scenario.assumptions);
    this.settings.show(scenario);
    this.outcomes.select.value = this.outcome;
    const plan = JSON.stringify([scenario.origin, scenario.blocks]);
    const preset = form.presets.find((/** @type {any} */ p) => {
      const other = whole(p.scenario, this.first);
      return JSON.stringify([other.origin, other.blocks]) === plan;
    });
    this.bar.show(this.history, preset ? preset.id : null);
    const { origin, last } = bounds(scenario);
    this.fan.frame = { first: origin - BEFORE, last, origin };
    this.view.show();
    this.fan.update();
    this.view.place();
  }

  /** What follows from the worlds. */
  draw() {
    const { result, ghost, context, fan } = this;
    if (!result) return;
    const t = context.words;
    const bands = result.fan[this.outcome];
    if (bands) fan.bands = { ...bands, months: result.months.map(monthIndex) };
    const before = ghost?.fan[this.outcome];
    fan.ghost = before ? { months: ghost.months.map(monthIndex), q50: before.q50 } : null;
    this.view.show();
    fan.update();
    this.view.place();
    this.numbers.show(result, ghost, result.asked);
    this.ledger.show(result, ghost);
    // The first sentence is the finding, the others say how wide it is and what it is not.
    const [said, ...rest] = (result.headline[t.lang] || result.headline.en).split(/(?<=\.)\s+/);
    if (this.title.textContent !== said) this.title.textContent = said;
    this.behind.textContent = rest.join(" ");
    this.runner.say(t(result.seconds === undefined ? "app_lab.state" : "app_lab.state.ms", { n: t.number(result.worlds, 0), ms: t.number(result.seconds * 1000, 0), seed: String(result.asked.seed) }));
    this.glanceAt(result, ghost);
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
    kept = { history: this.history, result, ghost };
  }

  /** The numbers at the foot of a phone, where the chart may be out of sight. @param {any} result @param {any} ghost */
  glanceAt(result, ghost) {
    const t = this.context.words;
    const dead = harm(result, "killed") || result.ledger[0];
    const was = ghost && (harm(ghost, "killed") || ghost.ledger[0]);
    const change = was ? changeTold(t, dead.q50, was.q50) : null;
    this.glance.replaceChildren(h("b", {}, t.number(dead.q50, 0)), h("span", {}, t("app_lab.n.deaths")), ...(change ? [h("b", { "data-kind": change.kind }, change.text)] : []));
  }

  leave() {
    if (this.gesture) this.commit();
    this.live.stop();
    this.run.stop();
    this.resizing?.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    document.removeEventListener("keydown", /** @type {any} */ (this.onkey));
  }
}

/** @param {any} form @returns {Scenario} */
function fallback(form) {
  return { case: form.case || "el-salvador", origin: form.origins[0].date, years: 10, worlds: 200, seed: 1, worlds_from: "posterior", blocks: [], reply: form.replies[0]?.name || "answer_in_kind", assumptions: {} };
}

/** @param {any} t */
export function title(t) {
  return t("app.nav.lab");
}

/** @param {HTMLElement} root @param {any} context */
export async function show(root, context) {
  const form = shaped(context.words, await context.api.get("/api/lab/form", { lang: context.lang }));
  const first = whole(form.first || {}, fallback(form));
  const found = await opened(context.state.s);
  const scenario = found ? whole(found, first) : first;
  lab = new Lab(root, context, form, scenario);
  lab.view.files(await pack(scenario));
  await lab.pins.show();
}

/** @param {any} context */
export async function update(context) {
  await lab?.follow(context);
}

export function leave() {
  lab?.leave();
  lab = null;
}

