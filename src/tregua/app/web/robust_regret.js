// Regret: every strategy under every harm or rival as a heat map, and who wins by which criterion.

/** @import {Rival} from "./answers_worlds.js" */
/** @import {Column, Query, Row} from "./types.js" */
/** @import {Robust} from "./pages/robust.js" */

import { h } from "./dom.js";
import { choice, scrolled } from "./parts.js";
import { compact, drawHeat } from "./robust_draw.js";
import { CRITERIA, MEASURES, limitsOf, planOf, winners } from "./robust_parts.js";
import { pack } from "./store.js";
import { column } from "./table.js";

/** @typedef {{name: string, label: string, mechanisms?: string[]}} Head a column of the heat map */

/** Harms that the Lab calls otherwise. @type {Record<string, string>} */
const LAB = { democracy_lost: "democracy" };

/** A rival model in words. @param {Robust} page @param {Rival} rival */
function rivalName({ t }, rival) {
  if (rival.name === "central") return t("app_robust.rival.central");
  return rival.name === "all_mechanisms" ? t("app_robust.rival.all") : rival.phrase[t.lang];
}

/** Which part of the results is looked at, and its columns. @param {Robust} page */
function lookedAt(page) {
  const { explore, rivals } = page.results;
  const by = page.chosen("by", [...(explore ? /** @type {const} */ (["explore"]) : []), ...(rivals ? /** @type {const} */ (["rivals"]) : [])]);
  const found = by === "rivals" ? rivals : explore;
  if (!found) return null;
  const outcome = page.chosen("o", found.outcomes);
  /** @type {Head[]} */
  const columns = by === "rivals" && rivals ? rivals.rivals.map((rival) => ({ name: rival.name, label: rivalName(page, rival), mechanisms: rival.mechanisms }))
    : found.outcomes.map((name) => ({ name, label: page.harm(name) }));
  const value = (/** @type {string} */ strategy, /** @type {string} */ name) => found.regret.find((row) => row.strategy === strategy
    && (by === "explore" ? row.outcome === name : row.rival === name && row.outcome === outcome));
  return { by, found, outcome, columns, value };
}

/** States of the Lab by strategy and column: the same plan, under the same mechanisms. @param {Robust} page @param {NonNullable<ReturnType<typeof lookedAt>>} at @returns {Promise<Map<string, Query>>} */
async function labStates(page, { by, found, outcome, columns }) {
  const about = { ...found, case: page.context.about.case };
  /** @type {Map<string, Query>} */ const states = new Map();
  for (const name of found.strategies) {
    for (const head of columns) {
      const plan = planOf(name, about, head.mechanisms);
      const harm = by === "explore" ? head.name : outcome;
      if (plan) states.set(`${name} ${head.name}`, { s: await pack(plan), o: LAB[harm] || harm });
    }
  }
  return states;
}

/** The heat map. @param {Robust} page */
export async function showHeat(page) {
  const { t, context, heat } = page;
  const at = lookedAt(page);
  heat.hidden = !at;
  if (!at) return;
  const states = await labStates(page, at);
  if (page.gone) return;
  const { by, found, outcome, columns, value } = at;
  const measure = page.chosen("m", MEASURES);
  const greatest = (/** @type {string} */ name) => Math.max(...found.strategies.map((strategy) => value(strategy, name)?.[measure] ?? 0));
  const whole = Math.max(...columns.map((head) => greatest(head.name)));
  const best = by === "explore" ? winner(page) : [];
  const rows = found.strategies.map((name) => ({ name, label: page.named(name), best: best.includes(name) }));
  const cell = (/** @type {typeof rows[0]} */ row, /** @type {Head} */ head) => {
    const one = value(row.name, head.name);
    if (!one) return null;
    const top = by === "explore" ? greatest(head.name) : whole;
    const state = states.get(`${row.name} ${head.name}`);
    const told = t(state ? "app_robust.cell.open" : "app_robust.cell.told", { strategy: row.label, column: head.label, value: t.number(one[measure]) });
    return { shade: top > 0 ? one[measure] / top : 0, text: compact(t, one[measure]), told, href: state && context.link("lab", state), state };
  };
  const open = (/** @type {MouseEvent} */ event, /** @type {NonNullable<ReturnType<typeof cell>>} */ one) => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) window.open(one.href, "_blank", "noopener");
    else context.go("lab", one.state);
  };
  const title = t(`app_robust.heat.${by}`, { what: page.harm(outcome) });
  heat.show({
    ...page.common(by, `robust-regret-${by}`), interactive: true, title, drawn: t(`app_robust.measure.${measure}`),
    caption: t(by === "explore" ? "app_robust.heat.note" : "app_robust.heat.note.rivals"), controls: heatControls(page, at, measure),
    draw: (svg, width) => drawHeat(svg, width, { rows, columns, cell, open }),
    tables: [{ name: `robust-regret-${by}`, title, columns: heatColumns(page, columns), rows: rows.map(({ name }) => regretRow(name, columns, (head) => value(name, head)?.[measure] ?? null)) }],
  });
}

/** @param {Robust} page @param {Head[]} columns @returns {Column[]} */
const heatColumns = ({ t }, columns) => [column("text", "strategy", t("field.strategy")), ...columns.map((head) => column("number", head.name, head.label))];

/** @param {string} strategy @param {Head[]} columns @param {(name: string) => number|null} value @returns {Row} */
const regretRow = (strategy, columns, value) => ({ strategy, ...Object.fromEntries(columns.map(({ name }) => [name, value(name)])) });

/** @param {Robust} page @param {NonNullable<ReturnType<typeof lookedAt>>} at @param {string} measure */
function heatControls(page, { by, found, outcome }, measure) {
  const { t, results } = page;
  const parts = ["explore", "rivals"].filter((part) => part in results);
  return h("div", { class: "heat-controls" },
    choice(t("app_robust.by"), parts.map((part) => [part, t(`app_robust.by.${part}`)]), by, (v) => page.look({ by: v }), "robust-by"),
    choice(t("app_robust.measure"), MEASURES.map((name) => [name, t(`app_robust.measure.${name}`)]), measure, (m) => page.look({ m }), "robust-measure"),
    by === "rivals" && choice(t("app_compare.outcome"), found.outcomes.map((name) => [name, page.harm(name)]), outcome, (o) => page.look({ o }), "robust-heat-outcome"));
}

/** Who wins under the criterion chosen. @param {Robust} page @returns {string[]} */
export function winner(page) {
  const { explore } = page.results;
  if (!explore) return [];
  const found = winners(explore, page.chosen("o", explore.outcomes), limitsOf(page.state.lim, explore.outcomes));
  return found[page.chosen("crit", CRITERIA)]?.strategies ?? [];
}

/** Winners by every criterion, one of which is chosen. @param {Robust} page */
export function showCriteria(page) {
  const { t, criteria, results: { explore } } = page;
  if (!explore) return void criteria.replaceChildren();
  const outcome = page.chosen("o", explore.outcomes);
  const found = winners(explore, outcome, limitsOf(page.state.lim, explore.outcomes));
  const crit = page.chosen("crit", CRITERIA);
  const row = (/** @type {typeof CRITERIA[number]} */ name) => {
    const one = found[name];
    const radio = h("input", { type: "radio", name: "criterion", id: `crit-${name}`, value: name, checked: crit === name, onchange: () => page.look({ crit: name }) });
    return h("tr", { "data-criterion": name },
      h("td", {}, h("label", { class: "crit" }, radio, h("span", {}, h("b", {}, t(`app_robust.crit.${name}`)), h("span", { class: "quiet" }, t(`app_robust.crit.${name}.what`))))),
      h("td", {}, h("b", {}, who(page, one))), h("td", { class: "num" }, size(page, one)), h("td", {}, doubt(page, one)));
  };
  const heads = ["criterion", "winner", "value", "error"].map((name) => h("th", { scope: "col", class: name === "value" && "num" }, t(`app_robust.head.${name}`)));
  criteria.replaceChildren(h("div", { class: "card criteria" },
    h("div", { class: "section-head" }, h("h3", {}, t("app_robust.criteria")),
      choice(t("app_compare.outcome"), explore.outcomes.map((name) => [name, page.harm(name)]), outcome, (o) => page.look({ o }), "robust-outcome")),
    scrolled(t("app_robust.criteria"), h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...CRITERIA.map(row))),
    h("p", { class: "quiet" }, t("app_robust.criteria.note"))));
}

/** @typedef {import("./robust_parts.js").Winner|null} Won */

/** @param {Robust} page @param {Won} one */
function who({ t }, one) {
  if (!one) return t("app_robust.nolimits");
  if (one.strategies.length > 3) return t("app_robust.tied", { n: t.number(one.strategies.length, 0) });
  return one.strategies.map((name) => t.name("strategy", name)).join(", ");
}

/** @param {Robust} page @param {Won} one */
function size({ t }, one) {
  if (!one) return "–";
  return one.share === undefined ? t.number(one.value) : t.percent(one.share);
}

/** How sure the winner is: its error, or how often half of the points choose it too. @param {Robust} page @param {Won} one */
function doubt({ t }, one) {
  if (!one) return "";
  if (one.error === null) return t("app_robust.doubling", { n: t.number(one.doubling), share: t.percent(one.agreed) });
  return t("app_robust.error", { n: one.share === undefined ? t.number(1.96 * one.error) : `${t.number(196 * one.error, 1)}\u00a0%` });
}
