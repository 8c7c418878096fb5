// @ts-check
// Robust: what becomes of a conclusion if the model is wrong. What is kept is shown at once; what
// would take a while is a button, and its size stands beside whatever is drawn of it.

import { superseded } from "../api.js";
import { h } from "../dom.js";
import { choice } from "../long_run.js";
import { Parallel, keeps } from "../parallel.js";
import { compact, drawHeat, drawPlane, drawSigns } from "../robust_draw.js";
import { CRITERIA, MEASURES, limitsOf, limitsText, partBox, planOf, winners } from "../robust_parts.js";
import { pack } from "../store.js";
import { table } from "../table.js";

export const styles = ["/web/pages/compare.css", "/web/pages/robust.css"];
const SHARED = ["origin", "years", "seed"];
const LAB = /** @type {Record<string, string>} */ ({ democracy_lost: "democracy" });

/** @type {Robust|null} */
let page = null;

class Robust {
  /** @param {HTMLElement} root @param {any} context */
  constructor(root, context) {
    Object.assign(this, { root, context });
    this.t = context.words;
    this.results = /** @type {Record<string, any>} */ ({});
    this.boxes = /** @type {Record<string, any>} */ ({});
    this.parallel = new Parallel(this.t, { changed: (limits, over) => this.limited(limits, over) });
    this.build();
  }

  get state() { return this.context.state; }
  get explored() { return this.results.explore; }
  /** @param {string} name @param {string[]} known @param {string} [other] */
  one(name, known, other) { return known.includes(this.state[name]) ? this.state[name] : other ?? known[0]; }
  /** @param {string} name */
  harm(name) { return this.t.name("outcome", name); }
  /** @param {string} name */
  named(name) { return this.t.name("strategy", name); }

  build() {
    const { t, context } = this;
    this.problem = h("div");
    this.tools = h("div", { class: "compare-tools" });
    this.told = h("p", { class: "robust-count", role: "status" });
    this.heat = context.figure();
    this.plane = context.figure();
    this.lines = context.figure();
    this.signs = context.figure();
    this.criteria = h("div");
    this.corner = h("div", { class: "corner" });
    this.coreSaid = h("div");
    const section = (/** @type {string} */ id, /** @type {any[]} */ ...children) => h("section", { id, "aria-labelledby": `${id}-h` }, h("h2", { id: `${id}-h`, class: "robust-h" }, t(`app_robust.${id}`)), h("p", { class: "quiet" }, t(`app_robust.${id}.lead`)), ...children);
    this.places = Object.fromEntries(["explore", "rivals", "core"].map((name) => [name, h("div")]));
    this.root.replaceChildren(h("div", { class: "wrap robust" },
      h("header", { class: "page-head" }, h("h1", { class: "page-title" }, t("app_robust.title")), h("p", { class: "lead" }, t("app_robust.lead"))),
      this.tools, this.problem,
      section("regret", this.places.explore, this.places.rivals, this.heat, this.criteria),
      section("trade", this.told, h("div", { class: "robust-two" }, this.lines, this.plane)),
      section("corners", this.corner),
      section("core", this.places.core, this.signs, this.coreSaid),
      h("p", { class: "quiet", id: "robust-extras" })));
  }

  /** What is kept for this origin, span and seed. */
  async fetch() {
    const { context } = this;
    try {
      const asked = Object.fromEntries(SHARED.map((name) => [name, this.state[name]]));
      const form = await context.api.get("/api/robust", asked, { fresh: true });
      const found = await Promise.all(Object.entries(form.kept).map(async ([part, { key }]) => [part, await context.api.get(`/api/results/${key}`)]));
      if (page !== this) return;
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

  /** @param {any} error */
  refused(error) {
    if (page === this && !superseded(error)) this.problem.replaceChildren(this.context.problems(error));
  }

  showTools() {
    const { t, form } = this;
    const origins = [...new Set([...form.origins, form.origin])].sort();
    const set = (/** @type {string} */ name) => (/** @type {string} */ value) => {
      this.context.remember({ ...this.state, [name]: value, lim: undefined }, { push: true });
      this.fetch();
    };
    const years = [...new Set([1, 3, 5, 10, 15, form.years])].sort((a, b) => a - b);
    this.tools.replaceChildren(
      choice(t("app_compare.origin"), origins.map((o) => [o, t.month(o)]), form.origin, set("origin"), "robust-origin"),
      choice(t("app_compare.years"), years.map((n) => [String(n), t.number(n, 0)]), String(form.years), set("years"), "robust-years"));
    const missing = Object.entries(form.extras).filter(([, there]) => !there).map(([name]) => name);
    const note = /** @type {HTMLElement} */ (this.root.querySelector("#robust-extras"));
    note.replaceChildren(missing.length ? t("app_robust.extras", { names: missing.join(", ") }) : t("app_robust.extras.there"), " ", h("code", {}, missing.length ? 'pip install "tregua[robustness]"' : "tregua explore --sensitivity"));
  }

  showParts() {
    const { t, form, context } = this;
    this.runs?.forEach((/** @type {any} */ box) => box.stop());
    this.runs = Object.keys(this.places).map((part) => {
      const box = partBox(t, context, { part, sizes: form.sizes[part], usual: form.usual[part], kept: form.kept[part],
        asked: () => ({ origin: form.origin, years: form.years, seed: form.seed }),
        done: (result) => { this.results[part] = result; this.boxes = {}; this.problem.replaceChildren(); this.draw(); }, failed: (error) => this.refused(error) });
      this.places[part].replaceChildren(box.element);
      return box;
    });
  }

  /** Another look at what is there. @param {Record<string, any>} change */
  look(change) {
    this.context.remember({ ...this.state, ...change }, { push: true });
    this.draw();
  }

  async draw() {
    const active = document.activeElement?.id;
    await this.showHeat();
    this.showCriteria();
    this.showTrade();
    this.showCorner();
    this.showCore();
    if (active) document.getElementById(active)?.focus({ preventScroll: true });
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
  }

  /** @param {string} part @param {string} name */
  common(part, name) {
    const { t, context, form } = this;
    const found = this.results[part];
    const size = found.size || found.points;
    const query = { part, size, origin: form.origin, years: form.years, seed: form.seed };
    return { name, level: 3, sources: [], cite: t("app_robust.cite", { version: context.about.version, seed: String(form.seed), n: t.number(size, 0), digest: context.about.digest, key: (found.key || "").slice(0, 20) }),
      files: Object.fromEntries(["json", "csv", "parquet"].map((kind) => [kind, `/robust.${kind}?${new URLSearchParams(/** @type {any} */ (query))}`])) };
  }

  // ---- regret ------------------------------------------------------------------------------

  async showHeat() {
    const { t, context } = this;
    const parts = ["explore", "rivals"].filter((part) => this.results[part]);
    this.heat.hidden = !parts.length;
    if (!parts.length) return;
    const by = this.one("by", parts);
    const found = this.results[by];
    const measure = this.one("m", MEASURES);
    const outcome = this.one("o", found.outcomes);
    const columns = by === "explore" ? found.outcomes.map((/** @type {string} */ name) => ({ name, label: this.harm(name) }))
      : found.rivals.map((/** @type {any} */ rival) => ({ name: rival.name, label: this.rival(rival), mechanisms: rival.mechanisms }));
    const value = (/** @type {string} */ strategy, /** @type {string} */ column) => found.regret.find((/** @type {any} */ row) => row.strategy === strategy && (by === "explore" ? row.outcome === column : row.rival === column && row.outcome === outcome));
    const greatest = (/** @type {string} */ column) => Math.max(...found.strategies.map((/** @type {string} */ name) => value(name, column)?.[measure] ?? 0));
    const whole = Math.max(...columns.map((/** @type {any} */ c) => greatest(c.name)));
    const about = { ...found, case: context.about.case };
    const links = new Map();
    for (const name of found.strategies) for (const column of columns) {
      const plan = planOf(name, about, column.mechanisms);
      const shown = by === "explore" ? LAB[column.name] || column.name : LAB[outcome] || outcome;
      if (plan) links.set(`${name} ${column.name}`, { s: await pack(plan), o: shown === "killed" ? "killed" : shown });
    }
    if (page !== this) return;
    const winner = this.explored && by === "explore" ? this.winner() : [];
    const rows = found.strategies.map((/** @type {string} */ name) => ({ name, label: this.named(name), best: winner.includes(name) }));
    const cell = (/** @type {any} */ row, /** @type {any} */ column) => {
      const one = value(row.name, column.name);
      if (!one) return null;
      const top = by === "explore" ? greatest(column.name) : whole;
      const link = links.get(`${row.name} ${column.name}`);
      const told = t(link ? "app_robust.cell.open" : "app_robust.cell.told", { strategy: row.label, column: column.label, value: t.number(one[measure]) });
      return { shade: top > 0 ? one[measure] / top : 0, text: compact(t, one[measure]), told, href: link && context.link("lab", link), link };
    };
    const controls = h("div", { class: "heat-controls" },
      choice(t("app_robust.by"), parts.map((part) => [part, t(`app_robust.by.${part}`)]), by, (v) => this.look({ by: v }), "robust-by"),
      choice(t("app_robust.measure"), MEASURES.map((name) => [name, t(`app_robust.measure.${name}`)]), measure, (m) => this.look({ m }), "robust-measure"),
      by === "rivals" && choice(t("app_compare.outcome"), found.outcomes.map((/** @type {string} */ name) => [name, this.harm(name)]), outcome, (o) => this.look({ o }), "robust-heat-outcome"));
    const data = rows.map((/** @type {any} */ row) => ({ strategy: row.name, ...Object.fromEntries(columns.map((/** @type {any} */ c) => [c.name, value(row.name, c.name)?.[measure] ?? null])) }));
    this.heat.show({ ...this.common(by, `robust-regret-${by}`), interactive: true, title: t(`app_robust.heat.${by}`, { what: this.harm(outcome) }), drawn: t(`app_robust.measure.${measure}`),
      caption: t(by === "explore" ? "app_robust.heat.note" : "app_robust.heat.note.rivals"), controls,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawHeat(svg, width, { rows, columns, cell, t, open: (/** @type {Event} */ event, /** @type {any} */ one) => {
        const pointer = /** @type {MouseEvent} */ (event);
        event.preventDefault();
        if (pointer.ctrlKey || pointer.metaKey) window.open(one.href, "_blank", "noopener");
        else context.go("lab", one.link);
      } }),
      tables: [{ name: `robust-regret-${by}`, title: t(`app_robust.heat.${by}`, { what: this.harm(outcome) }), columns: [{ key: "strategy", label: t("field.strategy") }, ...columns.map((/** @type {any} */ c) => ({ key: c.name, kind: "number", label: c.label }))], rows: data }] });
  }

  /** @param {any} rival */
  rival(rival) {
    if (rival.name === "central") return this.t("app_robust.rival.central");
    return rival.name === "all_mechanisms" ? this.t("app_robust.rival.all") : rival.phrase[this.t.lang];
  }

  /** Who wins under the criterion chosen. @returns {string[]} */
  winner() {
    const found = winners(this.explored, this.one("o", this.explored.outcomes), limitsOf(this.state.lim, this.explored.outcomes));
    return /** @type {any} */ (found)[this.one("crit", CRITERIA)]?.strategies || [];
  }

  showCriteria() {
    const { t } = this;
    if (!this.explored) return void this.criteria.replaceChildren();
    const outcome = this.one("o", this.explored.outcomes);
    const limits = limitsOf(this.state.lim, this.explored.outcomes);
    const found = /** @type {any} */ (winners(this.explored, outcome, limits));
    const crit = this.one("crit", CRITERIA);
    const row = (/** @type {string} */ name) => {
      const one = found[name];
      const value = !one ? "–" : one.share === undefined ? t.number(one.value) : t.percent(one.share);
      const error = !one ? "" : one.error !== null ? t("app_robust.error", { n: one.share === undefined ? t.number(1.96 * one.error) : `${t.number(196 * one.error, 1)}\u00a0%` }) : t("app_robust.doubling", { n: t.number(one.doubling), share: t.percent(one.agreed) });
      const who = !one ? t("app_robust.nolimits") : one.strategies.length > 3 ? t("app_robust.tied", { n: t.number(one.strategies.length, 0) }) : one.strategies.map((/** @type {string} */ s) => this.named(s)).join(", ");
      const radio = h("input", { type: "radio", name: "criterion", id: `crit-${name}`, value: name, checked: crit === name, onchange: () => this.look({ crit: name }) });
      return h("tr", { "data-criterion": name }, h("td", {}, h("label", { class: "crit" }, radio, h("span", {}, h("b", {}, t(`app_robust.crit.${name}`)), h("span", { class: "quiet" }, t(`app_robust.crit.${name}.what`))))), h("td", {}, h("b", {}, who)), h("td", { class: "num" }, value), h("td", {}, error));
    };
    this.criteria.replaceChildren(h("div", { class: "card criteria" }, h("div", { class: "section-head" }, h("h3", {}, t("app_robust.criteria")),
      choice(t("app_compare.outcome"), this.explored.outcomes.map((/** @type {string} */ name) => [name, this.harm(name)]), outcome, (o) => this.look({ o }), "robust-outcome")),
    h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": t("app_robust.criteria") }, h("table", {}, h("thead", {}, h("tr", {}, ...["criterion", "winner", "value", "error"].map((name) => h("th", { scope: "col", class: name === "value" && "num" }, t(`app_robust.head.${name}`))))), h("tbody", {}, ...CRITERIA.map(row)))),
    h("p", { class: "quiet" }, t("app_robust.criteria.note"))));
  }

  // ---- trade-offs --------------------------------------------------------------------------

  showTrade() {
    const { t, explored } = this;
    const section = /** @type {HTMLElement} */ (this.root.querySelector("#trade"));
    section.hidden = !explored;
    if (!explored) return;
    const mean = (/** @type {string} */ strategy, /** @type {string} */ outcome) => explored.means.find((/** @type {any} */ row) => row.strategy === strategy && row.outcome === outcome);
    const axes = explored.outcomes.map((/** @type {string} */ name) => {
      const values = explored.strategies.map((/** @type {string} */ s) => mean(s, name).mean);
      return { name, label: this.harm(name), low: Math.min(...values), high: Math.max(...values) };
    });
    const lines = explored.strategies.map((/** @type {string} */ name) => ({ name, label: this.named(name), front: explored.undominated.includes(name), means: Object.fromEntries(explored.outcomes.map((/** @type {string} */ o) => [o, mean(name, o).mean])) }));
    const p = this.parallel;
    Object.assign(p, { axes, lines, limits: limitsOf(this.state.lim, explored.outcomes), chosen: this.winner()[0] || null });
    const n = t.number(explored.size, 0);
    const names = explored.outcomes.map((/** @type {string} */ o) => ({ key: o, kind: "number", label: this.harm(o) }));
    const clear = h("button", { type: "button", class: "button", id: "robust-clear", onclick: () => this.limited({}, true) }, t("app_robust.clear"));
    this.lines.show({ ...this.common("explore", "robust-parallel"), interactive: true, title: t("app_robust.parallel"), drawn: t("app_robust.parallel.drawn", { n }), caption: t("app_robust.parallel.note"), controls: clear,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => p.draw(svg, width),
      tables: [{ name: "robust-parallel", title: t("app_robust.parallel"), columns: [{ key: "strategy", label: t("field.strategy") }, ...names, { key: "front", label: t("app_robust.front") }], rows: lines.map((/** @type {any} */ line) => ({ strategy: line.name, front: line.front, ...line.means })) }] });
    this.showPlane(mean);
    this.count(false);
  }

  /** @param {(strategy: string, outcome: string) => any} mean */
  showPlane(mean) {
    const { t, explored } = this;
    const [x, y] = [this.one("x", explored.outcomes, "killed"), this.one("y", explored.outcomes, explored.outcomes.includes("detained") ? "detained" : explored.outcomes[1])];
    const options = explored.outcomes.map((/** @type {string} */ name) => [name, this.harm(name)]);
    const points = this.parallel.lines.map((line) => ({ name: line.name, label: line.label, front: line.front, out: !keeps(line, this.parallel.limits), x: line.means[x], y: line.means[y], xe: mean(line.name, x).mean_error, ye: mean(line.name, y).mean_error }));
    const controls = h("div", { class: "heat-controls" }, choice(t("app_robust.across"), options, x, (v) => this.look({ x: v }), "robust-x"), choice(t("app_robust.up"), options, y, (v) => this.look({ y: v }), "robust-y"));
    this.plane.show({ ...this.common("explore", "robust-plane"), title: t("app_robust.plane"), drawn: t("app_robust.plane.drawn", { n: t.number(explored.size, 0) }), caption: t("app_robust.plane.note"), controls,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawPlane(svg, width, { points, xLabel: this.harm(x), yLabel: this.harm(y), t }),
      tables: [{ name: "robust-plane", title: t("app_robust.plane"), columns: [{ key: "strategy", label: t("field.strategy") }, { key: "x", kind: "number", label: this.harm(x) }, { key: "y", kind: "number", label: this.harm(y) }, { key: "front", label: t("app_robust.front") }], rows: points.map((pt) => ({ strategy: pt.name, x: pt.x, y: pt.y, front: pt.front })) }] });
  }

  /** Limits changed: by a drag that goes on, or for good. @param {Record<string, number>} limits @param {boolean} over */
  limited(limits, over) {
    this.parallel.limits = limits;
    this.parallel.mark();
    this.count(false);
    if (!over) return;
    const held = document.activeElement?.closest?.("[data-limit]");
    this.context.remember({ ...this.state, lim: limitsText(limits) }, { push: true });
    this.count(true);
    this.showPlane((strategy, outcome) => this.explored.means.find((/** @type {any} */ row) => row.strategy === strategy && row.outcome === outcome));
    this.showCriteria();
    if (held) /** @type {any} */ (this.lines.querySelector(`[data-limit="${held.getAttribute("data-limit")}"]`))?.focus({ preventScroll: true });
    this.root.dataset.limits = limitsText(limits) || "";
  }

  /** How many strategies keep the limits, said. @param {boolean} aloud */
  count(aloud) {
    const { t, explored } = this;
    const { lines, limits } = this.parallel;
    const left = lines.filter((line) => keeps(line, limits));
    const any = Object.keys(limits).length > 0;
    const best = any ? winners(explored, explored.outcomes[0], limits).satisficing : null;
    const text = any ? t("app_robust.count", { n: t.number(left.length, 0), of: t.number(lines.length, 0) }) : t("app_robust.count.none", { of: t.number(lines.length, 0) });
    const more = best ? ` ${t("app_robust.count.best", { who: best.strategies.slice(0, 2).map((/** @type {string} */ s) => this.named(s)).join(", "), share: t.percent(best.share), error: t.number(196 * best.error, 1) })}` : "";
    if (this.told.textContent !== text + more) this.told.textContent = text + more;
    if (aloud) this.context.announce(text);
  }

  // ---- corners -----------------------------------------------------------------------------

  async showCorner() {
    const { t, explored, context } = this;
    const section = /** @type {HTMLElement} */ (this.root.querySelector("#corners"));
    section.hidden = !explored;
    if (!explored) return;
    const strategy = this.one("bs", explored.strategies, "secret_pact");
    const reference = this.one("br", explored.strategies.filter((/** @type {string} */ s) => s !== strategy), strategy === "reform" ? "secret_pact" : "reform");
    const outcome = this.one("bo", explored.outcomes, "killed");
    const density = this.one("bd", ["0.6", "0.7", "0.8", "0.9", "0.95"], "0.8");
    const names = explored.strategies.map((/** @type {string} */ s) => [s, this.named(s)]);
    const answer = h("div", { class: "corner-said", "aria-live": "polite" }, h("p", { class: "quiet" }, t("app_robust.looking")));
    this.corner.replaceChildren(h("div", { class: "card" }, h("div", { class: "compare-tools" },
      choice(t("app_robust.corner.strategy"), names, strategy, (v) => this.look({ bs: v }), "corner-strategy"),
      choice(t("app_robust.corner.reference"), names.filter(([s]) => s !== strategy), reference, (v) => this.look({ br: v }), "corner-reference"),
      choice(t("app_compare.outcome"), explored.outcomes.map((/** @type {string} */ o) => [o, this.harm(o)]), outcome, (v) => this.look({ bo: v }), "corner-outcome"),
      choice(t("app_robust.corner.density"), ["0.6", "0.7", "0.8", "0.9", "0.95"].map((d) => [d, t.percent(Number(d))]), density, (v) => this.look({ bd: v }), "corner-density")), answer));
    const query = { key: explored.key, strategy, reference, outcome, density };
    const name = JSON.stringify(query);
    try {
      this.boxes[name] ??= await context.api.get("/api/robust/box", query);
      const found = this.boxes[name];
      answer.replaceChildren(...this.cornerSaid(found.box && { ...found.box, notes: found.box[`notes_${t.lang}`], sentence: found.box[`sentence_${t.lang}`] }, found.share, found.points));
    } catch (error) {
      if (!superseded(error)) answer.replaceChildren(context.problems(error));
    }
  }

  /** @param {any} box @param {number} share @param {number} points */
  cornerSaid(box, share, points) {
    const { t } = this;
    if (!box) return [h("p", { class: "corner-sentence" }, t(share > 0.5 ? "app_robust.corner.always" : "app_robust.corner.never", { n: t.number(points, 0) }))];
    const bar = (/** @type {string} */ name, /** @type {number} */ value, /** @type {string} */ more = "") => h("div", { class: "measure" }, h("dt", {}, t(`app_robust.corner.${name}`)), h("dd", {}, h("meter", { min: 0, max: 1, value, "aria-label": t(`app_robust.corner.${name}`) }), ` ${t.percent(value)}${more}`));
    return [h("p", { class: "corner-sentence" }, box.sentence),
      h("dl", { class: "measures" }, bar("coverage", box.coverage), bar("dense", box.density), bar("everywhere", share), box.held_out !== null && bar("held", box.held_out, ` ± ${t.number(100 * box.held_out_error, 0)}`)),
      ...box.notes.map((/** @type {string} */ note) => h("p", { class: "quiet" }, note))];
  }

  // ---- the core claim ----------------------------------------------------------------------

  showCore() {
    const { t } = this;
    const core = this.results.core;
    this.signs.hidden = !core;
    if (!core) return void this.coreSaid.replaceChildren();
    const names = core.factors.map((/** @type {any} */ f) => f.name);
    const phrase = (/** @type {string} */ name) => { const text = core.factors.find((/** @type {any} */ f) => f.name === name).phrase[t.lang]; return text.charAt(0).toUpperCase() + text.slice(1); };
    const fx = this.one("fx", names, core.chief[0]);
    const others = names.filter((/** @type {string} */ n) => n !== fx && core.panels.some((/** @type {any} */ p) => [p.x_factor, p.y_factor].includes(n) && [p.x_factor, p.y_factor].includes(fx)));
    const fy = this.one("fy", others, others.includes(core.chief[1]) ? core.chief[1] : others[0]);
    const panels = core.panels.filter((/** @type {any} */ p) => [p.x_factor, p.y_factor].includes(fx) && [p.x_factor, p.y_factor].includes(fy));
    const swap = panels.length > 0 && panels[0].x_factor !== fx;
    const about = t("app_robust.signs.drawn", { n: t.number(core.points, 0), origin: t.month(core.origin) });
    const controls = h("div", { class: "heat-controls" }, choice(t("app_robust.across"), names.map((/** @type {string} */ n) => [n, phrase(n)]), fx, (v) => this.look({ fx: v }), "core-x"), choice(t("app_robust.up"), others.map((/** @type {string} */ n) => [n, phrase(n)]), fy, (v) => this.look({ fy: v }), "core-y"));
    const number = (/** @type {string} */ key) => ({ key, kind: "number", label: t(`field.${key}`) });
    this.signs.show({ ...this.common("core", "robust-signs"), title: t("app_robust.signs"), drawn: about, caption: t("app_robust.signs.note"), controls,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawSigns(svg, width, { panels, swap, xLabel: phrase(fx), yLabel: phrase(fy), referenceName: (/** @type {string} */ n) => this.named(n), t }),
      tables: [{ name: "robust-signs", title: t("app_robust.signs"), columns: [{ key: "reference", label: t("field.reference") }, { key: "horizon", kind: "number", label: t("app_compare.years") }, number("x_low"), number("x_high"), number("y_low"), number("y_high"), number("points"), number("share"), { key: "sign", label: t("field.sign") }], rows: panels.flatMap((/** @type {any} */ p) => p.cells.map((/** @type {any} */ c) => ({ reference: p.reference, horizon: p.horizon, ...c }))) }] });
    const corners = core.boxes.filter((/** @type {any} */ b) => b[`sentence_${t.lang}`]);
    this.coreSaid.replaceChildren(h("div", { class: "card" }, h("h3", {}, t("app_robust.core.said")), ...core.verdict[t.lang].map((/** @type {string} */ text) => h("p", {}, text)),
      h("details", {}, h("summary", {}, t("app_robust.core.corners", { n: t.number(corners.length, 0) })), ...corners.map((/** @type {any} */ b) => h("div", { class: "core-corner" }, h("p", {}, b[`sentence_${t.lang}`]), h("p", { class: "quiet" }, b[`notes_${t.lang}`]))))));
  }

  leave() {
    this.runs?.forEach((/** @type {any} */ box) => box.stop());
  }
}

/** @param {any} t */
export function title(t) {
  return t("app.nav.robust");
}

/** @param {HTMLElement} root @param {any} context */
export async function show(root, context) {
  page = new Robust(root, context);
  await page.fetch();
}

/** @param {any} context */
export async function update(context) {
  if (!page) return;
  if (page.t.lang !== context.words.lang) { // other words: the page is built anew
    const { root } = page;
    leave();
    await show(root, context);
    return;
  }
  page.context = context;
  await page.fetch();
}

export function leave() {
  page?.leave();
  page = null;
}

/** @param {Record<string, string>} state */
export function reproduce(state) {
  return { cli: `tregua explore el-salvador --design lhs --discover --worlds-from posterior --worlds 120 --years ${state.years || 10}${state.origin ? ` --from ${state.origin}` : ""} --seed ${state.seed || 1}` };
}

