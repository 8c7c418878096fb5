// Below the picture: what this cannot say, the falls in words, and how often the detector is right.

/** @import {Fall, HiddenForm, HiddenResult} from "../answers.js" */
/** @import {Context} from "../types.js" */

import { h } from "../dom.js";
import { facts } from "../parts.js";
import { column, table } from "../table.js";
import { sure } from "./priors.js";

/** What these results cannot say, from the detector itself. @param {{data: HiddenResult, context: Context}} view */
export function limitsSection(view) {
  const { data, context: { t, lang } } = view;
  const [first, ...rest] = data.notices;
  return h("section", { class: "notices callout", "aria-label": t("app_hidden.limits") }, h("p", {}, h("b", {}, `${t("app_hidden.limits")} `), first[lang]),
    rest.length > 0 && h("details", {}, h("summary", {}, t("app_hidden.limits.more", { n: t.number(rest.length, 0) })), h("ul", {}, ...rest.map((notice) => h("li", {}, notice[lang])))));
}

/** Every fall with its date, interval and size, and why, in words. @param {{data: HiddenResult, context: Context}} view @param {(fall: Fall) => void} jump */
export function fallsSection(view, jump) {
  const { data, context: { t, lang } } = view;
  const percent = (/** @type {number} */ share) => `${Math.round(share * 100)}\u00a0%`;
  const one = (/** @type {Fall} */ fall) => h("article", { class: sure(fall) ? "fall" : "fall faint", "data-fall-card": fall.median },
    h("div", { class: "fall-head" }, h("h3", {}, t.month(fall.median)), h("button", { type: "button", class: "button", "aria-label": t("app_hidden.show", { month: t.month(fall.median) }), onclick: () => jump(fall) }, t("app_hidden.show.short"))),
    facts([
      ["interval", t.span(fall.low, fall.high, t.month)],
      ["mass", t.number(fall.mass, 2)],
      ["levels", `${t.number(fall.before, 0)} → ${t.number(fall.after, 0)}`],
      ["left", `${percent(fall.ratio)} (${t("interval", { low: percent(fall.ratio_low), high: percent(fall.ratio_high) })})`],
      ["kind", `${t.number(fall.factors[1], 2)}: ${fall.kind[lang]}`],
    ].map(([name, value]) => [t(`app_hidden.fact.${name}`), value])),
    h("details", {}, h("summary", {}, t("app_hidden.words"), h("span", { class: "sr" }, `: ${t.month(fall.median)}`)),
      h("ul", {}, ...[...fall.lines[lang], ...fall.together[lang]].map((text) => h("li", {}, text)))));
  return h("section", { class: "falls", "aria-labelledby": "h-falls" }, h("h2", { id: "h-falls" }, t("app_hidden.falls")), h("p", { class: "quiet prose" }, t("app_hidden.falls.text")),
    data.falls.length ? h("div", { class: "fall-list" }, ...data.falls.map(one)) : h("p", {}, t("app_hidden.none")));
}

/** The scorecard: what was asked of the detector and what it reached. @param {{form: HiddenForm, context: Context}} view */
export function scoreSection(view) {
  const { form: { scorecard }, context: { t } } = view;
  if (!scorecard.methods) return "";
  const number = (/** @type {string} */ key, /** @type {number} */ digits) => column("number", key, t(`app_hidden.score.${key}`), { digits });
  const methods = table({
    name: "methods", title: t("app_hidden.score.methods"), rows: scorecard.methods,
    columns: [column("text", "method", t("app_hidden.score.method")), number("brier", 3), number("skill", 2), number("delay", 0), number("false_per_decade", 2), number("recall", 2), number("clear_recall", 2), number("auc", 2)],
  });
  const points = table({
    name: "points", title: t("app_hidden.score.points"), rows: scorecard.points.map((row) => ({ ...row, found: t(row.found ? "js.yes" : "js.no"), known: t(row.known ? "js.yes" : "js.no") })),
    columns: [column("month", "month", t("app_hidden.head.month")), ...["what", "known", "found"].map((key) => column("text", key, t(`app_hidden.score.${key}`))), column("month", "median", t("app_hidden.score.median")), number("delay", 0)],
  });
  const targets = table({
    name: "targets", title: t("scores.caption"), rows: scorecard.targets,
    columns: ["asks", "asked", "figure", "met"].map((key) => column("text", key, t(`scores.${key}`))),
  });
  return h("section", { class: "scorecard", "aria-labelledby": "h-scores" }, h("h2", { id: "h-scores" }, t("scores.title")), h("p", { class: "quiet prose" }, t("scores.lead")),
    methods, h("p", { class: "quiet prose" }, t("app_hidden.score.read")), h("div", { class: "two" }, targets, points), h("p", { class: "quiet prose" }, t("scores.note"), " ", h("code", {}, scorecard.command)));
}
