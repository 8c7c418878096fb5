// Compare: up to four strategies in the same worlds. The address is the question; every step makes
// a new one, so that back, reload and a link sent to somebody give the same view.
//
// This file asks and holds the parts together: what is asked stands in compare_question.js, the
// cards of the sides in compare_sides.js, what is answered in compare_figures.js and compare_said.js.

/** @import {CompareAnswer, CompareForm} from "../answers_worlds.js" */
/** @import {Context, Query, State, Words} from "../types.js" */
/** @import {Shown} from "../compare_figures.js" */

import { superseded } from "../api.js";
import { differencesFigure, fansFigure, ridgesFigure } from "../compare_figures.js";
import { acts, question } from "../compare_question.js";
import { ledger, sentences, weights } from "../compare_said.js";
import { LETTERS, cards, sidesOf, withSides } from "../compare_sides.js";
import { focus, h } from "../dom.js";
import { pins } from "../lab_state.js";
import { LongRun, progressBar } from "../long_run.js";
import { colours } from "../ridge.js";
import { changed, pack, twins } from "../store.js";

/** Style sheets of this page. */
export const styles = ["/web/pages/compare.css"];

const FIRST = ["status_quo", "secret_pact", "mano_dura", "reform"];
const DRAWN = ["killed", "recorded", "prisoners"];
const QUICK = 2000;

/** @type {Compare|null} */
let page = null;

/** The page while it is shown. */
export class Compare {
  /** @param {HTMLElement} root @param {Context} context @param {CompareForm} form */
  constructor(root, context, form) {
    this.root = root;
    this.context = context;
    this.form = form;
    this.t = context.words;
    /** @type {CompareAnswer|null} */ this.result = null;
    /** @type {{side: string, act: string}|null} the button of a card that keeps the focus */ this.moved = null;
    this.run = new LongRun(context.api);
    const { t } = this;
    this.title = h("h1", { class: "page-title" }, t("app_compare.waiting"));
    this.lead = h("p", { class: "lead" });
    this.problem = h("div");
    this.sides = h("div");
    this.tools = h("div", { class: "compare-tools" });
    this.progress = progressBar(t, { label: t("app_compare.running"), cancelled: () => {
      this.run.stop();
      this.progress.show(null);
      context.announce(t("app_compare.cancelled"));
    } });
    this.fans = context.figure();
    this.ridges = context.figure();
    this.differences = context.figure();
    this.ledger = h("section", { class: "card", "aria-labelledby": "compare-ledger" });
    this.sentences = h("section", { class: "card", "aria-labelledby": "compare-said" });
    this.weights = h("section", { class: "card", "aria-labelledby": "compare-weights" });
    this.figures = h("div", { class: "compare-body", hidden: true }, this.fans,
      h("div", { class: "compare-two" }, this.ridges, this.differences), this.ledger,
      h("div", { class: "compare-two" }, this.sentences, this.weights));
    root.replaceChildren(h("div", { class: "wrap compare" },
      h("header", { class: "page-head" }, this.title, this.lead), this.tools, this.progress.element, this.problem, this.sides, this.figures));
  }

  get state() { return this.context.state; }

  // ---- asking ------------------------------------------------------------------------------

  /** Another question. @param {Query} changes undefined leaves a field out */
  async ask(changes, push = true) {
    this.context.remember(changed(this.state, changes), { push });
    await this.fetch();
  }

  /** What the server is asked: the address less what only changes the picture. */
  query() {
    const rest = { ...this.state };
    delete rest.o;
    delete rest.v;
    return rest;
  }

  /** Ask the server, at once or by a run. */
  async fetch() {
    this.showTools();
    this.root.dataset.busy = "1";
    if (Number(this.state.worlds || 0) > QUICK) {
      await this.long();
      return;
    }
    this.run.stop();
    this.progress.show(null);
    try {
      this.arrived(await this.context.api.get("/api/compare", this.query(), { latest: "compare" }));
    } catch (error) {
      this.refused(error);
    }
  }

  /** Ask by a run that tells how far it is. */
  async long() {
    const { t, context } = this;
    this.progress.show(0, Number(this.state.worlds));
    await this.run.start("/api/compare/run", this.query(), {
      progress: ({ done, total }) => this.progress.show(done, total),
      done: (result) => {
        this.progress.show(null);
        this.arrived(result);
        context.announce(t("app_compare.done", { n: t.number(result.worlds, 0) }));
      },
      failed: (error) => {
        this.progress.show(null);
        if (error) this.refused(error);
      },
    });
  }

  /** @param {unknown} error */
  refused(error) {
    if (page !== this || superseded(error)) return;
    delete this.root.dataset.busy;
    this.problem.replaceChildren(this.context.problems(error));
    if (!this.result) this.title.textContent = this.t("app.nav.compare");
  }

  /** @param {CompareAnswer} result */
  arrived(result) {
    if (page !== this) return;
    this.problem.replaceChildren();
    this.result = result;
    delete this.root.dataset.busy;
    this.draw();
  }

  // ---- showing -----------------------------------------------------------------------------

  /** Names of the sides by letter; none before the first answer. @returns {Record<string, string>} */
  names() {
    const { t } = this;
    return Object.fromEntries((this.result?.sides ?? []).map((side) => [side.letter, side.label || (side.strategy ? t.name("strategy", side.strategy) : t("app_compare.plan", { letter: side.letter.toUpperCase() }))]));
  }

  /** What is asked, as choices; the one in use keeps the focus. */
  showTools() {
    const held = document.activeElement?.id;
    this.tools.replaceChildren(...question(this));
    if (held) focus(document.getElementById(held));
  }

  /** What the parts draw of an answer. @param {CompareAnswer} result @returns {Shown} */
  shown(result) {
    const { t, context: { about } } = this;
    const { o = "", v = "" } = this.state;
    return {
      t, result, names: this.names(), colours: colours(result.sides),
      outcome: result.outcomes.includes(o) ? o : "killed",
      variable: DRAWN.includes(v) ? v : "killed", variables: DRAWN,
      common: { level: 2, sources: [], files: twins("compare", this.query()),
        cite: t("app_compare.made", { version: about.version, seed: String(result.base.seed), n: t.number(result.worlds, 0), digest: about.digest, key: result.key.slice(0, 16) }) },
      look: (change) => {
        this.context.remember({ ...this.state, ...change }, { push: true });
        this.draw(); // another harm or another fan: nothing new is run
      },
    };
  }

  /** Draw what was answered. */
  draw() {
    const { result } = this;
    if (!result) return;
    const view = this.shown(result);
    const held = document.activeElement?.id;
    this.showTools();
    this.showSides(view);
    const told = result.sentences.find((s) => s.outcome === view.outcome)?.[view.t.lang] || view.t("app_compare.alone");
    const [head, ...rest] = told.split(/(?<=\.)\s+/);
    this.title.textContent = head;
    this.lead.textContent = rest.join(" ");
    this.figures.hidden = false;
    this.fans.show(fansFigure(view));
    this.ridges.show(ridgesFigure(view));
    this.differences.hidden = result.sides.length < 2;
    this.differences.show(differencesFigure(view));
    this.ledger.replaceChildren(...ledger(view));
    this.sentences.replaceChildren(...sentences(view));
    this.weights.replaceChildren(...weights(view, this.state.w || "", (w) => this.ask({ w: w || undefined })));
    if (held) focus(document.getElementById(held));
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
  }

  /** The cards; the button that was used keeps the focus, also on a card that moved. @param {Shown} view */
  showSides(view) {
    const { t, result, names } = view;
    const active = /** @type {HTMLElement|null} */ (document.activeElement);
    const card = /** @type {HTMLElement|null|undefined} */ (active?.closest(".side"));
    this.sides.replaceChildren(cards(t, result.sides, { names, colours: view.colours, reference: result.reference }, acts(this)));
    this.links(view).catch((error) => this.refused(error));
    const back = this.moved || (card ? { side: card.dataset.side, act: active?.dataset.act } : null);
    this.moved = null;
    if (!back?.side) return;
    const field = this.sides.querySelector(`[data-side="${back.side}"] input`);
    focus((back.act && this.sides.querySelector(`[data-side="${back.side}"] [data-act="${back.act}"]:not([disabled])`)) || field);
  }

  /** Links into the Lab need packed scenarios, which take a moment. @param {Shown} view */
  async links({ t, result, names }) {
    for (const side of result.sides) {
      if (!side.scenario || side.link) continue;
      side.link = this.context.link("lab", { s: await pack({ ...side.scenario, name: undefined }) });
    }
    if (page !== this || this.result !== result) return;
    for (const side of result.sides) {
      const row = this.sides.querySelector(`[data-side="${side.letter}"] .side-acts`);
      if (!side.link || !row || row.querySelector("a")) continue;
      row.append(h("a", { class: "act wide", href: side.link, "aria-label": t("app_compare.open", { letter: side.letter.toUpperCase(), name: names[side.letter] }) }, t("app_compare.open.short")));
    }
  }

  leave() {
    this.run.stop();
  }
}

/** @param {Words} t */
export const title = (t) => t("app.nav.compare");

/** What is compared where the address says nothing: what the Lab pinned, or four shipped strategies. @param {Context} context */
function start(context) {
  if (sidesOf(context.state).length) return;
  const held = Object.values(pins.all());
  const sides = (held.length ? held : FIRST).map((text) => ({ text, name: "" }));
  context.remember(withSides(context.state, sides, 0));
}

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const form = await context.api.get("/api/compare/form");
  if (!root.isConnected) return; // left meanwhile
  start(context);
  page = new Compare(root, context, form);
  await page.fetch();
}

/** @param {Context} context */
export async function update(context) {
  if (!page) return;
  page.context = context;
  start(context);
  await page.fetch();
}

/** The page is left. */
export function leave() {
  page?.leave();
  page = null;
}

/** How to get this view without the page. @param {State} state */
export function reproduce(state) {
  const names = LETTERS.map((l) => state[l]).filter((text) => /^[a-z_]+$/.test(text || ""));
  const cli = names.length && names.length === sidesOf(state).length
    ? `tregua compare el-salvador --strategies ${names.join(",")}${state.origin ? ` --from ${state.origin}` : ""} --years ${state.years || 10} --worlds ${state.worlds || 200} --seed ${state.seed || 1} --worlds-from ${state.source || "posterior"}`
    : "tregua compare --scenario a.toml --scenario b.toml";
  return { cli };
}
