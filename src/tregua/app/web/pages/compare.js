// @ts-check
// Compare: up to four strategies in the same worlds. The address is the question; every step makes
// a new one, so that back, reload and a link sent to somebody give the same view.

import { superseded } from "../api.js";
import { LETTERS, cards, sidesOf, withSides } from "../compare_sides.js";
import { h } from "../dom.js";
import { pins } from "../lab_state.js";
import { LongRun, choice, progressBar } from "../long_run.js";
import { colours, drawDifferences, drawFans, drawRidges } from "../ridge.js";
import { pack } from "../store.js";
import { table } from "../table.js";

export const styles = ["/web/pages/compare.css"];
const FIRST = ["status_quo", "secret_pact", "mano_dura", "reform"];
const DRAWN = ["killed", "recorded", "prisoners"];
const WORLDS = ["origin", "years", "worlds", "seed", "source", "reply"];
const QUICK = 2000;

/** @type {Compare|null} */
let page = null;

class Compare {
  /** @param {HTMLElement} root @param {any} context @param {any} form */
  constructor(root, context, form) {
    Object.assign(this, { root, context, form });
    this.t = context.words;
    this.result = /** @type {any} */ (null);
    this.run = new LongRun(context.api);
    this.build();
  }

  get state() { return this.context.state; }
  get outcome() { return this.result?.outcomes.includes(this.state.o) ? this.state.o : "killed"; }
  get variable() { return DRAWN.includes(this.state.v) ? this.state.v : "killed"; }

  build() {
    const { t, context } = this;
    this.title = h("h1", { class: "page-title" }, t("app_compare.waiting"));
    this.lead = h("p", { class: "lead" });
    this.problem = h("div");
    this.sides = h("div");
    this.tools = h("div", { class: "compare-tools" });
    this.progress = progressBar(t, { label: t("app_compare.running"), cancelled: () => { this.run.stop(); this.progress.show(null); context.announce(t("app_compare.cancelled")); } });
    this.fans = context.figure();
    this.ridges = context.figure();
    this.differences = context.figure();
    this.ledger = h("section", { class: "card", "aria-labelledby": "compare-ledger" });
    this.sentences = h("section", { class: "card", "aria-labelledby": "compare-said" });
    this.weights = h("section", { class: "card", "aria-labelledby": "compare-weights" });
    this.figures = h("div", { class: "compare-body", hidden: true }, this.fans,
      h("div", { class: "compare-two" }, this.ridges, this.differences), this.ledger,
      h("div", { class: "compare-two" }, this.sentences, this.weights));
    this.root.replaceChildren(h("div", { class: "wrap compare" },
      h("header", { class: "page-head" }, this.title, this.lead), this.tools, this.progress.element, this.problem, this.sides, this.figures));
  }

  /** Another question. @param {Record<string, any>} changes undefined leaves a field out */
  async ask(changes, push = true) {
    const next = { ...this.state, ...changes };
    for (const key of Object.keys(next)) if (next[key] === undefined || next[key] === "") delete next[key];
    this.context.remember(next, { push });
    await this.fetch();
  }

  query() {
    const { o, v, ...rest } = this.state;
    return rest;
  }

  /** Ask the server, at once or by a run. */
  async fetch() {
    const { context } = this;
    this.showTools();
    this.root.dataset.busy = "1";
    try {
      if (Number(this.state.worlds || 0) > QUICK) {
        this.long();
        return;
      }
      this.run.stop();
      this.progress.show(null);
      this.arrived(await context.api.get("/api/compare", this.query(), { latest: "compare" }));
    } catch (error) {
      this.refused(error);
    }
  }

  long() {
    const { t, context } = this;
    this.progress.show(0, Number(this.state.worlds));
    this.run.start("/api/compare/run", this.query(), {
      progress: ({ done, total }) => this.progress.show(done, total),
      done: (result) => { this.progress.show(null); this.arrived(result); context.announce(t("app_compare.done", { n: t.number(result.worlds, 0) })); },
      failed: (error) => { this.progress.show(null); if (error) this.refused(error); },
    });
  }

  /** @param {any} error */
  refused(error) {
    if (page !== this || superseded(error)) return;
    delete this.root.dataset.busy;
    this.problem.replaceChildren(this.context.problems(error));
    if (!this.result) this.title.textContent = this.t("app.nav.compare");
  }

  /** @param {any} result */
  arrived(result) {
    if (page !== this) return;
    this.problem.replaceChildren();
    this.result = result;
    delete this.root.dataset.busy;
    this.draw();
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
  }

  // ---- what is asked -----------------------------------------------------------------------

  names() {
    const { t, result } = this;
    return Object.fromEntries(result.sides.map((/** @type {any} */ side) => [side.letter, side.label || (side.strategy ? t.name("strategy", side.strategy) : t("app_compare.plan", { letter: side.letter.toUpperCase() }))]));
  }

  showTools() {
    const { t, form, state } = this;
    const base = this.result?.base || {};
    const value = (/** @type {string} */ name, /** @type {any} */ other) => String(state[name] ?? (name === "source" ? base.worlds_from : base[name]) ?? other);
    const origins = [...new Set([...form.origins, value("origin", form.origins[0])])].sort();
    const years = [...new Set([1, 3, 5, 10, 15, Number(value("years", 10))])].sort((a, b) => a - b);
    const sizes = [...new Set([...form.sizes, Number(value("worlds", 200))])].sort((a, b) => a - b);
    const set = (/** @type {string} */ name) => (/** @type {string} */ chosen) => this.ask({ [name]: chosen });
    const count = sidesOf(state).length;
    const add = h("select", { id: "compare-add", disabled: count >= LETTERS.length, onchange: (/** @type {any} */ event) => this.add(event.target.value) },
      h("option", { value: "" }, t(count >= LETTERS.length ? "app_compare.full" : "app_compare.choose")),
      h("optgroup", { label: t("app_compare.presets") }, ...form.presets.map((/** @type {any} */ p) => h("option", { value: `preset:${p.id}` }, p.label[t.lang]))),
      h("optgroup", { label: t("app_compare.strategies") }, ...form.strategies.map((/** @type {string} */ name) => h("option", { value: name }, t.name("strategy", name)))),
      Object.keys(pins.all()).length > 0 && h("optgroup", { label: t("app_compare.pins") }, ...Object.keys(pins.all()).map((letter) => h("option", { value: `pin:${letter}` }, t("app_compare.pin", { letter: letter.toUpperCase() })))));
    const active = document.activeElement?.id;
    this.tools.replaceChildren(
      h("label", { class: "field" }, h("span", {}, t("app_compare.add")), add),
      choice(t("app_compare.origin"), origins.map((o) => [o, t.month(o)]), value("origin", ""), set("origin"), "compare-origin"),
      choice(t("app_compare.years"), years.map((n) => [String(n), t.number(n, n % 1 ? 1 : 0)]), value("years", 10), set("years"), "compare-years"),
      choice(t("app_compare.worlds"), sizes.map((n) => [String(n), t.number(n, 0)]), value("worlds", 200), set("worlds"), "compare-worlds"),
      form.sources.length > 1 && choice(t("app_compare.source"), form.sources.map((/** @type {string} */ name) => [name, t(`app_compare.source.${name}`)]), value("source", "posterior"), set("source"), "compare-source"));
    if (active) document.getElementById(active)?.focus({ preventScroll: true });
  }

  /** @param {string} what */
  async add(what) {
    const sides = sidesOf(this.state);
    if (!what || sides.length >= LETTERS.length) return;
    const { form, t } = this;
    let side = { text: what, name: "" };
    if (what.startsWith("preset:")) {
      const preset = form.presets.find((/** @type {any} */ p) => p.id === what.slice(7));
      side = { text: await pack(preset.scenario), name: preset.label[t.lang] };
    } else if (what.startsWith("pin:")) side = { text: pins.all()[what.slice(4)], name: "" };
    this.rearrange([...sides, side], this.reference());
  }

  reference() {
    return Math.max(0, LETTERS.filter((l) => this.state[l]).indexOf(this.state.ref));
  }

  /** @param {{text: string, name: string}[]} sides @param {number} reference */
  rearrange(sides, reference) {
    const next = withSides(this.state, sides, reference);
    // The worlds stay when the side that brought them goes.
    if (this.result) for (const name of WORLDS) next[name] ??= String(name === "source" ? this.result.base.worlds_from : this.result.base[name]);
    this.ask({ ...Object.fromEntries(Object.keys(this.state).map((key) => [key, undefined])), ...next });
  }

  acts() {
    const sides = () => sidesOf(this.state);
    const { t, context } = this;
    const said = (/** @type {string} */ key, /** @type {number} */ i) => context.announce(t(key, { letter: LETTERS[i].toUpperCase() }));
    return {
      rename: (/** @type {number} */ i, /** @type {string} */ name) => this.rearrange(sides().map((s, k) => (k === i ? { ...s, name } : s)), this.reference()),
      reference: (/** @type {number} */ i) => { this.rearrange(sides(), i); said("app_compare.said.reference", i); },
      move: (/** @type {number} */ i, /** @type {number} */ by) => {
        const list = sides();
        const [side] = list.splice(i, 1);
        list.splice(i + by, 0, side);
        const held = this.reference();
        this.moved = { side: LETTERS[i + by], act: by < 0 ? "left" : "right" };
        this.rearrange(list, held === i ? i + by : held === i + by ? i : held);
        said("app_compare.said.moved", i + by);
      },
      copy: (/** @type {number} */ i) => { const list = sides(); list.splice(i + 1, 0, { ...list[i], name: t("app_compare.copied", { name: this.names()[LETTERS[i]] }) }); this.rearrange(list, this.reference() > i ? this.reference() + 1 : this.reference()); said("app_compare.said.copied", i); },
      remove: (/** @type {number} */ i) => { const list = sides(); list.splice(i, 1); this.moved = { side: LETTERS[Math.max(0, i - 1)], act: "remove" }; this.rearrange(list, this.reference() > i ? this.reference() - 1 : this.reference() === i ? 0 : this.reference()); said("app_compare.said.removed", i); },
    };
  }

  // ---- what is shown -----------------------------------------------------------------------

  draw() {
    const { t, result, context } = this;
    const names = this.names();
    const roles = colours(result.sides);
    const held = document.activeElement?.id;
    this.showTools();
    const active = document.activeElement?.closest?.(".side") ? { side: /** @type {HTMLElement} */ (document.activeElement.closest(".side")).dataset.side, act: /** @type {HTMLElement} */ (document.activeElement).dataset.act } : null;
    this.sides.replaceChildren(cards(t, result.sides, { names, colours: roles, reference: result.reference, link: (side) => (side.link ? side.link : null) }, this.acts()));
    this.links(names);
    const back = this.moved || active;
    this.moved = null;
    if (back?.side) /** @type {HTMLElement|null} */ (this.sides.querySelector(`[data-side="${back.side}"] ${back.act ? `[data-act="${back.act}"]:not([disabled])` : "input"}`) || this.sides.querySelector(`[data-side="${back.side}"] input`))?.focus({ preventScroll: true });
    const said = result.sentences.filter((/** @type {any} */ s) => s.outcome === this.outcome);
    const [head, ...rest] = (said[0]?.[t.lang] || t("app_compare.alone")).split(/(?<=\.)\s+/);
    this.title.textContent = head;
    this.lead.textContent = rest.join(" ");
    this.figures.hidden = false;
    const view = { result, names, colours: roles, t, outcome: this.outcome, variable: this.variable };
    const cite = t("app_compare.made", { version: context.about.version, seed: String(result.base.seed), n: t.number(result.worlds, 0), digest: context.about.digest, key: result.key.slice(0, 16) });
    const files = Object.fromEntries(["json", "csv", "parquet"].map((kind) => [kind, `/compare.${kind}?${new URLSearchParams(this.query())}`]));
    const common = { level: 2, cite, files, sources: [] };
    this.drawn = { view, common };
    this.showFans();
    this.showOutcome();
    this.showLedger(names);
    this.showSentences(names);
    this.showWeights(names);
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
  }

  /** Links into the Lab need packed scenarios, which take a moment. @param {any} names */
  async links(names) {
    const { t, result, context } = this;
    for (const side of result.sides) {
      if (!side.scenario || side.link) continue;
      side.link = context.link("lab", { s: await pack({ ...side.scenario, name: undefined }) });
    }
    if (page !== this || this.result !== result) return;
    for (const side of result.sides) {
      const row = this.sides.querySelector(`[data-side="${side.letter}"] .side-acts`);
      if (!side.link || !row || row.querySelector("a")) continue;
      row.append(h("a", { class: "act wide", href: side.link, "aria-label": t("app_compare.open", { letter: side.letter.toUpperCase(), name: names[side.letter] }) }, t("app_compare.open.short")));
    }
  }

  showFans() {
    const { t, variable } = this;
    const { view, common } = this.drawn;
    const pick = choice(t("app_compare.variable"), DRAWN.map((name) => [name, t(`app_compare.variable.${name}`)]), variable, (v) => this.look({ v }), "compare-variable");
    this.fans.show({ ...common, name: `compare-fans-${variable}`, title: t("app_compare.fans"), drawn: t(`app_compare.variable.${variable}`), caption: t("app_compare.fans.note"),
      label: t("app_compare.fans.label", { n: view.result.sides.length, what: t(`app_compare.variable.${variable}`) }), controls: pick,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawFans(svg, width, { ...view, variable }),
      tables: [{ name: `compare-fans-${variable}`, title: t("app_compare.fans"), columns: [{ key: "side", label: t("app_compare.side") }, { key: "month", kind: "month", label: t("field.month") }, ...["q05", "q25", "q50", "q75", "q95"].map((key) => ({ key, kind: "number", label: t(`field.${key}`) }))], rows: view.result.sides.flatMap((/** @type {any} */ side) => view.result.months.map((/** @type {string} */ month, /** @type {number} */ i) => ({ side: `${side.letter.toUpperCase()} ${view.names[side.letter]}`, month, ...Object.fromEntries(["q05", "q25", "q50", "q75", "q95"].map((q) => [q, view.result.fan[variable][side.letter][q][i]])) }))) }] });
  }

  /** Another harm or another fan: nothing new is run. @param {Record<string, string>} change */
  look(change) {
    this.context.remember({ ...this.state, ...change }, { push: true });
    this.draw();
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn) + 1);
  }

  showOutcome() {
    const { t, outcome } = this;
    const { view, common } = this.drawn;
    const { result, names } = view;
    const pick = choice(t("app_compare.outcome"), result.outcomes.map((/** @type {string} */ name) => [name, t.name("outcome", name)]), outcome, (o) => this.look({ o }), "compare-outcome");
    const rows = result.rows.filter((/** @type {any} */ row) => row.outcome === outcome).map((/** @type {any} */ row) => ({ ...row, side: `${row.side.toUpperCase()} ${names[row.side]}` }));
    const number = (/** @type {string} */ key, /** @type {string} */ label) => ({ key, kind: "number", label });
    const own = [{ key: "side", label: t("app_compare.side") }, number("q05", t("field.q05")), number("q50", t("field.q50")), number("q95", t("field.q95")), number("mean", t("field.mean")), number("mc_error", t("field.mc_error")), number("p_best", t("app_compare.best")), number("p_best_error", t("app_compare.best.error"))];
    const what = t.name("outcome", outcome);
    const years = t.number(result.years, result.years % 1 ? 1 : 0);
    this.ridges.show({ ...common, name: `compare-ridges-${outcome}`, title: t("app_compare.ridges", { what }), drawn: t("app_compare.ridges.drawn", { years, unit: t(outcome === "democracy_lost" ? "app_compare.unit.index" : "app_compare.unit.persons") }), caption: t("app_compare.ridges.note"), controls: pick,
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawRidges(svg, width, view), tables: [{ name: `compare-${outcome}`, title: what, columns: own, rows }] });
    const held = names[result.reference];
    const gap = [own[0], number("difference_q05", t("field.q05")), number("difference_q50", t("field.q50")), number("difference_q95", t("field.q95")), number("difference_mean", t("field.mean")), number("difference_error", t("field.mc_error")), number("p_lower", t("app_compare.fewer")), number("p_lower_error", t("app_compare.fewer.error"))];
    const others = rows.filter((/** @type {any} */ row) => !row.side.startsWith(result.reference.toUpperCase()));
    this.differences.hidden = others.length === 0;
    this.differences.show({ ...common, name: `compare-differences-${outcome}`, title: t("app_compare.differences", { what, held }), drawn: t("app_compare.differences.drawn"), caption: t("app_compare.differences.note"),
      draw: (/** @type {any} */ svg, /** @type {number} */ width) => drawDifferences(svg, width, view), tables: [{ name: `compare-differences-${outcome}`, title: t("app_compare.differences", { what, held }), columns: gap, rows: others }],
      below: h("ul", { class: "fewer" }, ...result.rows.filter((/** @type {any} */ row) => row.outcome === outcome && row.side !== result.reference).map((/** @type {any} */ row) => h("li", {}, h("b", {}, row.side.toUpperCase()), " ", row.difference_q05 === 0 && row.difference_q95 === 0 && row.difference_error === 0 ? t("app_compare.same") : t("app_compare.fewer.in", { share: t.percent(row.p_lower), error: t.number(196 * row.p_lower_error, 1) }), " · ", t("app_compare.best.in", { share: t.percent(row.p_best), error: t.number(196 * row.p_best_error, 1) })))) });
  }

  /** @param {any} names */
  showLedger(names) {
    const { t, result } = this;
    const cell = (/** @type {any} */ row) => `${t.number(row.q50)} (${t("interval", { low: t.number(row.q05), high: t.number(row.q95) })})`;
    const rows = result.outcomes.map((/** @type {string} */ outcome) => {
      const own = result.rows.filter((/** @type {any} */ row) => row.outcome === outcome);
      const lead = result.leaders.find((/** @type {any} */ l) => l.outcome === outcome);
      const clear = lead?.clear && lead.margin > 0;
      return { outcome: t.name("outcome", outcome), ...Object.fromEntries(own.map((/** @type {any} */ row) => [row.side, row])), lead: result.sides.length < 2 ? "–" : clear ? `${lead.side.toUpperCase()} ${names[lead.side]}, ${t.percent(lead.p_best)}` : t("app_compare.unclear") };
    });
    const columns = [{ key: "outcome", label: t("field.outcome") }, ...result.sides.map((/** @type {any} */ side) => ({ key: side.letter, kind: "node", label: `${side.letter.toUpperCase()} ${names[side.letter]}`, show: (/** @type {any} */ row) => cell(row[side.letter]) })), { key: "lead", label: t("app_compare.lead") }];
    const files = this.drawn.common.files;
    this.ledger.replaceChildren(h("div", { class: "section-head" }, h("h2", { id: "compare-ledger" }, t("app_compare.ledger")), h("div", { class: "tools" }, ...Object.entries(files).map(([kind, url]) => h("a", { class: "button", href: url, download: kind === "json" ? false : "" }, kind.toUpperCase())))),
      h("p", { class: "quiet" }, t("app_compare.ledger.note")), table({ name: "compare-ledger", title: t("app_compare.ledger.title"), columns, rows }));
  }

  /** @param {any} names */
  showSentences(names) {
    const { t, result } = this;
    const said = result.sentences.filter((/** @type {any} */ s) => s.outcome === this.outcome);
    this.sentences.replaceChildren(h("h2", { id: "compare-said" }, t("app_compare.said")), said.length ? h("ul", { class: "said" }, ...said.map((/** @type {any} */ s) => h("li", { class: s.tells ? "" : "untold" }, h("b", {}, `${s.side.toUpperCase()} ${names[s.side]}`), h("p", {}, s[t.lang])))) : h("p", { class: "quiet" }, t("app_compare.alone")));
  }

  /** @param {any} names */
  showWeights(names) {
    const { t, result } = this;
    const stated = Object.fromEntries((this.state.w || "").split(",").filter(Boolean).map((/** @type {string} */ part) => part.split("=").map((x) => x.trim())));
    const fields = result.outcomes.map((/** @type {string} */ outcome) => h("label", { class: "field" }, h("span", {}, t.name("outcome", outcome)), h("input", { type: "number", min: 0, step: "any", inputmode: "decimal", "data-weight": outcome, ".value": stated[outcome] ?? "" })));
    const form = h("form", { class: "weights", onsubmit: (/** @type {any} */ event) => {
      event.preventDefault();
      const given = [...form.querySelectorAll("input")].filter((input) => Number(input.value) > 0).map((input) => `${input.dataset.weight}=${Number(input.value)}`);
      this.ask({ w: given.join(",") || undefined });
    } }, h("div", { class: "weight-fields" }, ...fields), h("div", { class: "tools" }, h("button", { type: "submit" }, t("app_compare.weights.apply")), h("button", { type: "button", onclick: () => this.ask({ w: undefined }) }, t("app_compare.weights.clear"))));
    const number = (/** @type {string} */ key, /** @type {string} */ label) => ({ key, kind: "number", label });
    const rows = result.weighed.map((/** @type {any} */ row) => ({ ...row, side: `${row.side.toUpperCase()} ${names[row.side]}` }));
    this.weights.replaceChildren(h("h2", { id: "compare-weights" }, t("app_compare.weights")), h("p", { class: "quiet" }, t("app_compare.weights.note")),
      h("details", { open: rows.length > 0 }, h("summary", {}, t("app_compare.weights.state")), form),
      ...(rows.length ? [h("p", {}, h("b", {}, t("app_compare.weights.stated", { weights: Object.entries(stated).map(([k, v]) => `${t.name("outcome", k)} ${t.number(Number(v))}`).join(", ") }))),
        ...(result.twice.length ? [h("p", { class: "quiet" }, t("app_compare.weights.twice"))] : []),
        table({ name: "compare-weighed", title: t("app_compare.weights.table"), columns: [{ key: "side", label: t("app_compare.side") }, number("q50", t("field.q50")), number("q05", t("field.q05")), number("q95", t("field.q95")), number("p_lower", t("app_compare.fewer")), number("p_best", t("app_compare.best")), number("p_best_error", t("app_compare.best.error"))], rows })] : []));
  }

  leave() {
    this.run.stop();
  }
}

/** @param {any} t */
export function title(t) {
  return t("app.nav.compare");
}

/** What is compared where the address says nothing: what the Lab pinned, or four shipped strategies. @param {any} context */
function start(context) {
  if (sidesOf(context.state).length) return;
  const held = Object.values(pins.all());
  const sides = (held.length ? held : FIRST).map((text) => ({ text, name: "" }));
  context.remember(withSides(context.state, sides, 0));
}

/** @param {HTMLElement} root @param {any} context */
export async function show(root, context) {
  const form = await context.api.get("/api/compare/form");
  start(context);
  page = new Compare(root, context, form);
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
  start(context);
  await page.fetch();
}

export function leave() {
  page?.leave();
  page = null;
}

/** @param {Record<string, string>} state */
export function reproduce(state) {
  const names = LETTERS.map((l) => state[l]).filter((text) => /^[a-z_]+$/.test(text || ""));
  const cli = names.length && names.length === sidesOf(state).length
    ? `tregua compare el-salvador --strategies ${names.join(",")}${state.origin ? ` --from ${state.origin}` : ""} --years ${state.years || 10} --worlds ${state.worlds || 200} --seed ${state.seed || 1} --worlds-from ${state.source || "posterior"}`
    : "tregua compare --scenario a.toml --scenario b.toml";
  return { cli };
}
