// What Compare says besides its figures: the ledger of harms, the sentences, the reader's weights.

/** @import {CompareRow} from "./answers_worlds.js" */
/** @import {Row} from "./types.js" */
/** @import {Shown} from "./compare_figures.js" */

import { numbers, sideColumn, sideName } from "./compare_figures.js";
import { h } from "./dom.js";
import { fileLinks } from "./parts.js";
import { column, table } from "./table.js";

/** Every harm of every side, and which side leads. @param {Shown} view @returns {Node[]} */
export function ledger(view) {
  const { t, result, common } = view;
  const cell = (/** @type {CompareRow} */ row) => `${t.number(row.q50)} (${t("interval", { low: t.number(row.q05), high: t.number(row.q95) })})`;
  const rows = result.outcomes.map((outcome) => {
    const own = result.rows.filter((row) => row.outcome === outcome);
    const lead = result.leaders.find((one) => one.outcome === outcome);
    const told = lead?.clear && lead.margin > 0 ? `${sideName(view, lead.side)}, ${t.percent(lead.p_best)}` : t("app_compare.unclear");
    return { outcome: t.name("outcome", outcome), ...Object.fromEntries(own.map((row) => [row.side, row])), lead: result.sides.length < 2 ? "–" : told };
  });
  const columns = [
    column("text", "outcome", t("field.outcome")),
    ...result.sides.map(({ letter }) => column("node", letter, sideName(view, letter), { show: (/** @type {Row} */ row) => cell(row[letter]) })),
    column("text", "lead", t("app_compare.lead")),
  ];
  return [
    h("div", { class: "section-head" }, h("h2", { id: "compare-ledger" }, t("app_compare.ledger")), h("div", { class: "tools" }, ...fileLinks(common.files ?? {}))),
    h("p", { class: "quiet" }, t("app_compare.ledger.note")), table({ name: "compare-ledger", title: t("app_compare.ledger.title"), columns, rows }),
  ];
}

/** What may be said of each side, for the harm looked at. @param {Shown} view @returns {Node[]} */
export function sentences(view) {
  const { t, result, outcome } = view;
  const said = result.sentences.filter((one) => one.outcome === outcome);
  const list = said.map((one) => h("li", { class: one.tells ? "" : "untold" }, h("b", {}, sideName(view, one.side)), h("p", {}, one[t.lang])));
  return [h("h2", { id: "compare-said" }, t("app_compare.said")), said.length ? h("ul", { class: "said" }, ...list) : h("p", { class: "quiet" }, t("app_compare.alone"))];
}

/** Weights of an address: "killed=1,detained=0.1". @param {string} text @returns {Record<string, string>} */
const weightsOf = (text) => Object.fromEntries(text.split(",").filter(Boolean).map((part) => part.split("=").map((x) => x.trim())));

/**
 * Harms weighed as the reader says, and what comes of it.
 * @param {Shown} view
 * @param {string} text weights as the address holds them
 * @param {(text: string) => void} set
 * @returns {Node[]}
 */
export function weights(view, text, set) {
  const { t, result } = view;
  const stated = weightsOf(text);
  const inputs = result.outcomes.map((outcome) => h("input", { type: "number", min: 0, step: "any", inputmode: "decimal", "data-weight": outcome, ".value": stated[outcome] ?? "" }));
  const fields = inputs.map((input) => h("label", { class: "field" }, h("span", {}, t.name("outcome", input.dataset.weight)), input));
  const form = h("form", { class: "weights", onsubmit: (event) => {
    event.preventDefault();
    set(inputs.filter((input) => Number(input.value) > 0).map((input) => `${input.dataset.weight}=${Number(input.value)}`).join(","));
  } }, h("div", { class: "weight-fields" }, ...fields),
  h("div", { class: "tools" }, h("button", { type: "submit" }, t("app_compare.weights.apply")), h("button", { type: "button", onclick: () => set("") }, t("app_compare.weights.clear"))));
  const rows = result.weighed.map((row) => ({ ...row, side: sideName(view, row.side) }));
  return [
    h("h2", { id: "compare-weights" }, t("app_compare.weights")), h("p", { class: "quiet" }, t("app_compare.weights.note")),
    h("details", { open: rows.length > 0 }, h("summary", {}, t("app_compare.weights.state")), form),
    ...(rows.length ? weighed(view, rows, stated) : []),
  ];
}

/** What the weights come to. @param {Shown} view @param {Row[]} rows @param {Record<string, string>} stated @returns {Node[]} */
function weighed({ t, result }, rows, stated) {
  const told = Object.entries(stated).map(([name, value]) => `${t.name("outcome", name)} ${t.number(Number(value))}`).join(", ");
  const columns = [sideColumn(t), ...numbers(t, { q50: "field.q50", q05: "field.q05", q95: "field.q95", p_lower: "app_compare.fewer", p_best: "app_compare.best", p_best_error: "app_compare.best.error" })];
  return [
    h("p", {}, h("b", {}, t("app_compare.weights.stated", { weights: told }))),
    ...(result.twice.length ? [h("p", { class: "quiet" }, t("app_compare.weights.twice"))] : []),
    table({ name: "compare-weighed", title: t("app_compare.weights.table"), columns, rows }),
  ];
}
