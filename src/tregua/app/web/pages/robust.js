// Robust: what becomes of a conclusion if the model is wrong. What is kept is shown at once; what
// would take a while is a button, and its size stands beside whatever is drawn of it.
//
// This file asks and holds the sections together: regret, trade-offs, corners and the core claim
// stand in robust_regret.js, robust_trade.js, robust_corner.js and robust_core.js.

/** @import {Core, Explored, Rivals, RobustForm, RobustPart} from "../answers_worlds.js" */
/** @import {Child, Context, FigureView, Query, State, Words} from "../types.js" */

import { superseded } from "../api.js";
import { focus, h, one } from "../dom.js";
import { choice } from "../parts.js";
import { showCore } from "../robust_core.js";
import { showCorner } from "../robust_corner.js";
import { partBox } from "../robust_parts.js";
import { showCriteria, showHeat } from "../robust_regret.js";
import { Trade } from "../robust_trade.js";
import { changed, twins } from "../store.js";

/** Style sheets of this page. */
export const styles = ["/web/pages/compare.css", "/web/pages/robust.css"];

const SHARED = ["origin", "years", "seed"];

/** @type {RobustPart[]} */
const PARTS = ["explore", "rivals", "core"];

/** @type {Robust|null} */
let page = null;

/** The page while it is shown. */
export class Robust {
  /** @param {HTMLElement} root @param {Context} context */
  constructor(root, context) {
    this.root = root;
    this.context = context;
    /** @type {RobustForm} */ this.form = /** @type {any} */ (null); // `fetch` brings it before anything is drawn
    this.t = context.words;
    /** @type {{explore?: Explored, rivals?: Rivals, core?: Core}} what is kept, and what was computed since */ this.results = {};
    /** @type {Map<string, any>} corners found so far, by what was asked */ this.boxes = new Map();
    /** @type {ReturnType<typeof partBox>[]} */ this.runs = [];
    this.problem = h("div");
    this.tools = h("div", { class: "compare-tools" });
    this.heat = context.figure();
    this.criteria = h("div");
    this.trade = new Trade(this);
    this.corner = h("div", { class: "corner" });
    this.signs = context.figure();
    this.coreSaid = h("div");
    this.places = { explore: h("div"), rivals: h("div"), core: h("div") };
    this.extras = h("p", { class: "quiet", id: "robust-extras" });
    const { t } = this;
    const section = (/** @type {string} */ id, /** @type {Child[]} */ ...children) => h("section", { id, "aria-labelledby": `${id}-h` }, h("h2", { id: `${id}-h`, class: "robust-h" }, t(`app_robust.${id}`)), h("p", { class: "quiet" }, t(`app_robust.${id}.lead`)), ...children);
    root.replaceChildren(h("div", { class: "wrap robust" },
      h("header", { class: "page-head" }, h("h1", { class: "page-title" }, t("app_robust.title")), h("p", { class: "lead" }, t("app_robust.lead"))),
      this.tools, this.problem,
      section("regret", this.places.explore, this.places.rivals, this.heat, this.criteria),
      section("trade", this.trade.told, h("div", { class: "robust-two" }, this.trade.figure, this.trade.plane)),
      section("corners", this.corner),
      section("core", this.places.core, this.signs, this.coreSaid),
      this.extras));
  }

  get state() { return this.context.state; }

  /** Whether the reader has gone elsewhere. */
  get gone() { return page !== this; }

  /** What the address says of a choice, if it is one. @template {string} Name @param {string} name @param {readonly Name[]} known @param {Name} [other] @returns {Name} */
  chosen(name, known, other) {
    return known.find((one_) => one_ === this.state[name]) ?? other ?? known[0];
  }

  /** @param {string} name */
  harm(name) { return this.t.name("outcome", name); }

  /** @param {string} name */
  named(name) { return this.t.name("strategy", name); }

  /** A section of the page, shown only where there is something to show. @param {string} id @param {boolean} there */
  section(id, there) {
    one(this.root, `#${id}`).hidden = !there;
  }

  /** What is kept for this origin, span and seed. */
  async fetch() {
    const { api } = this.context;
    try {
      const asked = Object.fromEntries(SHARED.map((name) => [name, this.state[name]]));
      const form = await api.get("/api/robust", asked, { fresh: true });
      const found = await Promise.all(Object.entries(form.kept).map(async ([part, { key }]) => [part, await api.get(`/api/results/${key}`)]));
      if (this.gone) return;
      this.form = form;
      this.results = Object.fromEntries(found);
      if (!this.results.core && form.study) this.results.core = form.study;
      this.problem.replaceChildren();
      this.showTools();
      this.showParts();
      await this.draw();
    } catch (error) {
      this.refused(error);
    }
  }

  /** @param {unknown} error */
  refused(error) {
    if (!this.gone && !superseded(error)) this.problem.replaceChildren(this.context.problems(error));
  }

  /** Origin and span, and whether what else this page can use is installed. */
  showTools() {
    const { t, form } = this;
    const origins = [...new Set([...form.origins, form.origin])].sort();
    const years = [...new Set([1, 3, 5, 10, 15, form.years])].sort((a, b) => a - b);
    const set = (/** @type {string} */ name) => (/** @type {string} */ value) => {
      this.context.remember(changed(this.state, { [name]: value, lim: undefined }), { push: true });
      this.fetch();
    };
    this.tools.replaceChildren(
      choice(t("app_compare.origin"), origins.map((o) => [o, t.month(o)]), form.origin, set("origin"), "robust-origin"),
      choice(t("app_compare.years"), years.map((n) => [String(n), t.number(n, 0)]), String(form.years), set("years"), "robust-years"));
    const missing = Object.entries(form.extras).filter(([, there]) => !there).map(([name]) => name);
    this.extras.replaceChildren(missing.length ? t("app_robust.extras", { names: missing.join(", ") }) : t("app_robust.extras.there"), " ", h("code", {}, missing.length ? 'pip install "tregua[robustness]"' : "tregua explore --sensitivity"));
  }

  /** What is computed, and a button for more. */
  showParts() {
    const { form } = this;
    this.leave();
    this.runs = PARTS.map((part) => {
      const box = partBox(this.t, this.context, { part, sizes: form.sizes[part], usual: form.usual[part], kept: form.kept[part],
        asked: () => ({ origin: form.origin, years: form.years, seed: form.seed }),
        done: (result) => {
          this.results = { ...this.results, [part]: result };
          this.boxes.clear();
          this.problem.replaceChildren();
          this.draw().catch((error) => this.refused(error));
        },
        failed: (error) => this.refused(error) });
      this.places[part].replaceChildren(box.element);
      return box;
    });
  }

  /** Another look at what is there. @param {Query} change */
  look(change) {
    this.context.remember(changed(this.state, change), { push: true });
    return this.draw().catch((error) => this.refused(error));
  }

  /** Draw all there is; the control in use keeps the focus. */
  async draw() {
    const active = document.activeElement?.id;
    await showHeat(this);
    if (this.gone) return;
    showCriteria(this);
    this.trade.show();
    showCorner(this); // asks the server, and says for itself what went wrong
    showCore(this);
    if (active) focus(document.getElementById(active));
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
  }

  /** What every figure of a part has. @param {RobustPart} part @param {string} name @returns {Pick<FigureView, "name"|"level"|"sources"|"cite"|"files">} */
  common(part, name) {
    const { t, form, context: { about } } = this;
    const found = /** @type {{size?: number, points?: number, key?: string}} */ (this.results[part]);
    const size = found.size || found.points;
    return {
      name, level: 3, sources: [],
      cite: t("app_robust.cite", { version: about.version, seed: String(form.seed), n: t.number(size, 0), digest: about.digest, key: (found.key || "").slice(0, 20) }),
      files: twins("robust", { part, size, origin: form.origin, years: form.years, seed: form.seed }),
    };
  }

  /** Nothing that is under way will be shown. */
  leave() {
    for (const box of this.runs) box.stop();
  }
}

/** @param {Words} t */
export const title = (t) => t("app.nav.robust");

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  page = new Robust(root, context);
  await page.fetch();
}

/** @param {Context} context */
export async function update(context) {
  if (!page) return;
  page.context = context;
  await page.fetch();
}

/** The page is left. */
export function leave() {
  page?.leave();
  page = null;
}

/** How to get this view without the page. @param {State} state */
export function reproduce(state) {
  return { cli: `tregua explore el-salvador --design lhs --discover --worlds-from posterior --worlds 120 --years ${state.years || 10}${state.origin ? ` --from ${state.origin}` : ""} --seed ${state.seed || 1}` };
}
