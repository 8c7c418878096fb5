// The Lab: draw a policy, set assumptions, see many worlds at once. The state of the page is one
// scenario; every gesture makes a new one, which is drawn, sent, and put into the address. What the
// page is made of stands in lab_build.js.

/** @import {Context, Words} from "../types.js" */
/** @import {Form} from "../lab_form.js" */
/** @import {FanAnswer, LabAnswer} from "../answers_worlds.js" */
/** @import {Scenario} from "../lab_state.js" */

import { History } from "../history.js";
import { build } from "../lab_build.js";
import { fallback, shaped } from "../lab_form.js";
import { Latest } from "../lab_live.js";
import { LargeRun } from "../lab_run.js";
import { bounds, opened, pack, whole } from "../lab_state.js";
import { monthIndex } from "../months.js";
import { fitted } from "../timeline_blocks.js";

const BEFORE = 36; // months of the record shown before the plan begins
const SETTLED = 500; // milliseconds after which a run of key presses is one step

/** Style sheets of this page. */
export const styles = ["/web/lab.css"];

/** @type {Lab|null} */
let lab = null;
// What outlives a change of language: the steps, the last result and the one it is compared with.
/** @type {{history: History, result: LabAnswer|null, ghost: LabAnswer|null}|null} */
let kept = null;

/** The page while it is shown. */
export class Lab {
  /** @param {HTMLElement} root @param {Context} context @param {Form} form @param {Scenario} scenario */
  constructor(root, context, form, scenario) {
    this.root = root;
    this.context = context;
    this.form = form;
    this.scenario = scenario;
    this.first = whole(form.first || {}, fallback(form));
    this.outcome = form.outcomes.find((o) => o.name === context.state.o)?.name ?? form.outcomes[0].name;
    const same = kept && kept.history.present === JSON.stringify(scenario);
    this.history = same && kept ? kept.history : new History(scenario);
    /** @type {LabAnswer|null} */ this.result = same && kept ? kept.result : null;
    /** @type {LabAnswer|null} what it is compared with */ this.ghost = same && kept ? kept.ghost : null;
    this.gesture = false;
    this.timer = 0;
    this.live = new Latest((/** @type {Scenario} */ s, now) => context.api.post(`/api/lab/fan?now=${now}`, s), (reply, asked) => this.run.shows(asked) || this.arrived(reply, asked), (error) => this.refused(error),
      (busy) => { if (busy) root.dataset.busy = "1"; else delete root.dataset.busy; });
    this.run = new LargeRun(this);
    const parts = build(this);
    this.parts = parts;
    root.replaceChildren(parts.element);
    this.resizing = new ResizeObserver(() => parts.view.place());
    this.resizing.observe(parts.timeline);
    this.onkey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.render();
    if (this.result) this.draw();
    if (!this.result?.paired) this.live.want(this.scenario);
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
    this.run.halt();
    this.live.want(this.scenario); // the worlds run while the page is drawn
    this.render();
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
    this.parts.view.files(s);
    await this.parts.pins.show();
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
    this.run.halt();
    this.live.want(scenario);
    this.render();
    if (push) this.remember(true);
  }

  /** The address changed, as by the back button. @param {Context} context */
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
    this.parts.view.files(context.state.s || (await pack(next)));
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
    this.parts.fan.top = 0;
    this.render();
    this.draw();
    if (remember) this.remember(true);
  }

  // ---- worlds ----------------------------------------------------------------------------

  /** Show an answer; true if it is whole, that is, says how the plan stands beside the status quo. @param {FanAnswer} reply @param {Scenario} asked */
  arrived(reply, asked) {
    if (lab !== this) return true;
    this.result = { ...reply, asked, worlds: reply.worlds ?? asked.worlds };
    this.parts.problem.replaceChildren();
    this.draw();
    return Boolean(reply.paired);
  }

  /** @param {unknown} error */
  refused(error) {
    if (lab === this) this.parts.problem.replaceChildren(this.context.problems(error));
  }

  /** A fan of the worlds that a large run has so far; whether it is shown. @param {any} partial @param {number} done */
  sharpen(partial, done) {
    const { months, fan } = partial.fan ? partial : { ...partial, fan: partial };
    if (!this.result || !fan[this.outcome]) return false;
    this.result = { ...this.result, ...partial, seconds: undefined, months: months || this.result.months, fan: { ...this.result.fan, ...fan }, worlds: done };
    this.draw();
    return true;
  }

  // ---- show ------------------------------------------------------------------------------

  /** What follows from the scenario alone, at once. */
  render() {
    const { scenario, form, parts: { bar, fan, outcomes, settings, sliders, view } } = this;
    sliders.show(scenario.assumptions);
    settings.show(scenario);
    outcomes.select.value = this.outcome;
    const plan = JSON.stringify([scenario.origin, scenario.blocks]);
    const preset = form.presets.find((p) => {
      const other = whole(p.scenario, this.first);
      return JSON.stringify([other.origin, other.blocks]) === plan;
    });
    bar.show(this.history, preset ? preset.id : null);
    const { origin, last } = bounds(scenario);
    fan.frame = { first: origin - BEFORE, last, origin };
    view.show();
    fan.update();
    view.place();
  }

  /** What follows from the worlds. */
  draw() {
    const { result, ghost, context, parts: { fan, glance, ledger, numbers, runner, view } } = this;
    if (!result) return;
    const t = context.words;
    const bands = result.fan[this.outcome];
    if (bands) fan.bands = { ...bands, months: result.months.map(monthIndex) };
    const before = ghost?.fan[this.outcome];
    fan.ghost = ghost && before ? { months: ghost.months.map(monthIndex), q50: before.q50 } : null;
    view.show();
    fan.update();
    view.place();
    numbers.show(result, ghost, result.asked);
    ledger.show(result, ghost);
    this.root.toggleAttribute("data-beside", Boolean(result.paired));
    if (result.headline) this.say(result.headline[t.lang] || result.headline.en);
    runner.say(t(result.seconds === undefined ? "app_lab.state" : "app_lab.state.ms", { n: t.number(result.worlds, 0), ms: t.number(Number(result.seconds) * 1000, 0), seed: String(result.asked.seed) }));
    glance.show(result, ghost);
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
    kept = { history: this.history, result, ghost };
  }

  /** The first sentence is the finding, the others say how wide it is and what it is not. @param {string} headline */
  say(headline) {
    const [said, ...rest] = headline.split(/(?<=\.)\s+/);
    const { title: head, behind } = this.parts;
    if (head.textContent !== said) head.textContent = said;
    behind.textContent = rest.join(" ");
  }

  leave() {
    if (this.gesture) this.commit();
    this.live.stop();
    this.run.stop();
    this.resizing.disconnect();
    clearTimeout(this.timer);
    document.removeEventListener("keydown", this.onkey);
  }
}

/** @param {Words} t */
export const title = (t) => t("app.nav.lab");

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const form = shaped(context.words, await context.api.get("/api/lab/form", { lang: context.lang }, { ahead: true }));
  const first = whole(form.first || {}, fallback(form));
  const found = await opened(context.state.s);
  if (!root.isConnected) return; // left meanwhile
  const scenario = found ? whole(found, first) : first;
  const page = new Lab(root, context, form, scenario);
  lab = page;
  page.parts.view.files(await pack(scenario));
  await page.parts.pins.show();
}

/** @param {Context} context */
export async function update(context) {
  await lab?.follow(context);
}

/** The page is left. */
export function leave() {
  lab?.leave();
  lab = null;
}

