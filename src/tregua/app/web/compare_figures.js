// The figures of Compare: fans of months, totals over worlds, differences in the same worlds.

/** @import {CompareAnswer, CompareRow} from "./answers_worlds.js" */
/** @import {Column, FigureView, Query, Words} from "./types.js" */

import { h } from "./dom.js";
import { choice } from "./parts.js";
import { drawDifferences, drawFans, drawRidges } from "./ridge.js";
import { column } from "./table.js";

/**
 * @typedef {object} Shown an answer and what is looked at in it
 * @property {Words} t
 * @property {CompareAnswer} result
 * @property {Record<string, string>} names of the sides, by letter
 * @property {Record<string, string>} colours of the sides, by letter
 * @property {string} outcome the harm looked at
 * @property {string} variable the fan looked at
 * @property {string[]} variables fans that there are
 * @property {Pick<FigureView, "level"|"sources"|"files"|"cite">} common what all figures share
 * @property {(change: Query) => void} look at another harm or fan
 */

const QUANTILES = /** @type {const} */ (["q05", "q25", "q50", "q75", "q95"]);

/** A side by letter and name. @param {Shown} view @param {string} letter */
export const sideName = ({ names }, letter) => `${letter.toUpperCase()} ${names[letter]}`;

/** Columns of numbers: a key with the key of its words. @param {Words} t @param {Record<string, string>} words @returns {Column[]} */
export const numbers = (t, words) => Object.entries(words).map(([key, word]) => column("number", key, t(word)));

/** The column of sides. @param {Words} t */
export const sideColumn = (t) => column("text", "side", t("app_compare.side"));

/** Rows of the harm looked at. @param {Shown} view @returns {CompareRow[]} */
const rowsOf = ({ result, outcome }) => result.rows.filter((row) => row.outcome === outcome);

/** The same with names in place of letters. @param {Shown} view @param {CompareRow[]} rows */
const named = (view, rows) => rows.map((row) => ({ ...row, side: sideName(view, row.side) }));

/** Months as small fans, one a side. @param {Shown} view @returns {FigureView} */
export function fansFigure(view) {
  const { t, result, variable } = view;
  const what = t(`app_compare.variable.${variable}`);
  const rows = result.sides.flatMap(({ letter }) => result.months.map((month, i) => ({
    side: sideName(view, letter), month, ...Object.fromEntries(QUANTILES.map((q) => [q, result.fan[variable][letter][q][i]])),
  })));
  const columns = [sideColumn(t), column("month", "month", t("field.month")), ...QUANTILES.map((key) => column("number", key, t(`field.${key}`)))];
  return {
    ...view.common, name: `compare-fans-${variable}`, title: t("app_compare.fans"), drawn: what, caption: t("app_compare.fans.note"),
    label: t("app_compare.fans.label", { n: result.sides.length, what }),
    controls: choice(t("app_compare.variable"), view.variables.map((name) => [name, t(`app_compare.variable.${name}`)]), variable, (v) => view.look({ v }), "compare-variable"),
    draw: (svg, width) => drawFans(svg, width, view),
    tables: [{ name: `compare-fans-${variable}`, title: t("app_compare.fans"), columns, rows }],
  };
}

/** Totals over worlds. @param {Shown} view @returns {FigureView} */
export function ridgesFigure(view) {
  const { t, result, outcome } = view;
  const what = t.name("outcome", outcome);
  const years = t.number(result.years, result.years % 1 ? 1 : 0);
  const columns = [sideColumn(t), ...numbers(t, { q05: "field.q05", q50: "field.q50", q95: "field.q95", mean: "field.mean", mc_error: "field.mc_error", p_best: "app_compare.best", p_best_error: "app_compare.best.error" })];
  return {
    ...view.common, name: `compare-ridges-${outcome}`, title: t("app_compare.ridges", { what }), caption: t("app_compare.ridges.note"),
    drawn: t("app_compare.ridges.drawn", { years, unit: t(outcome === "democracy_lost" ? "app_compare.unit.index" : "app_compare.unit.persons") }),
    controls: choice(t("app_compare.outcome"), result.outcomes.map((name) => [name, t.name("outcome", name)]), outcome, (o) => view.look({ o }), "compare-outcome"),
    draw: (svg, width) => drawRidges(svg, width, view),
    tables: [{ name: `compare-${outcome}`, title: what, columns, rows: named(view, rowsOf(view)) }],
  };
}

/** In how many worlds a side does better, in words. @param {Words} t @param {CompareRow} row */
function fewer(t, row) {
  const same = row.difference_q05 === 0 && row.difference_q95 === 0 && row.difference_error === 0;
  const told = same ? t("app_compare.same") : t("app_compare.fewer.in", { share: t.percent(row.p_lower), error: t.number(196 * row.p_lower_error, 1) });
  return h("li", {}, h("b", {}, row.side.toUpperCase()), " ", told, " · ", t("app_compare.best.in", { share: t.percent(row.p_best), error: t.number(196 * row.p_best_error, 1) }));
}

/** Differences to the side held against. @param {Shown} view @returns {FigureView} */
export function differencesFigure(view) {
  const { t, result, outcome } = view;
  const others = rowsOf(view).filter((row) => row.side !== result.reference);
  const title = t("app_compare.differences", { what: t.name("outcome", outcome), held: view.names[result.reference] });
  const columns = [sideColumn(t), ...numbers(t, { difference_q05: "field.q05", difference_q50: "field.q50", difference_q95: "field.q95", difference_mean: "field.mean", difference_error: "field.mc_error", p_lower: "app_compare.fewer", p_lower_error: "app_compare.fewer.error" })];
  return {
    ...view.common, name: `compare-differences-${outcome}`, title, drawn: t("app_compare.differences.drawn"), caption: t("app_compare.differences.note"),
    draw: (svg, width) => drawDifferences(svg, width, view),
    tables: [{ name: `compare-differences-${outcome}`, title, columns, rows: named(view, others) }],
    below: h("ul", { class: "fewer" }, ...others.map((row) => fewer(t, row))),
  };
}
