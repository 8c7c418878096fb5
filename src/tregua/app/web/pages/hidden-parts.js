// Below the picture: what this cannot say, the falls in words, and how often the detector is right.

import { h } from "../dom.js";
import { table } from "../table.js";
import { sure } from "./priors.js";

/** What these results cannot say, from the detector itself. */
export function limitsSection(view) {
  const { data, context: { t, lang } } = view;
  const [first, ...rest] = data.notices;
  return h("section", { class: "notices callout", "aria-label": t("app_hidden.limits") }, h("p", {}, h("b", {}, `${t("app_hidden.limits")} `), first[lang]),
    rest.length > 0 && h("details", {}, h("summary", {}, t("app_hidden.limits.more", { n: t.number(rest.length, 0) })), h("ul", {}, ...rest.map((notice) => h("li", {}, notice[lang])))));
}

/** Every fall with its date, interval and size, and why, in words. */
export function fallsSection(view, jump) {
  const { data, context: { t, lang } } = view;
  const percent = (share) => `${Math.round(share * 100)}\u00a0%`;
  const one = (fall) => h("article", { class: sure(fall) ? "fall" : "fall faint", "data-fall-card": fall.median },
    h("div", { class: "fall-head" }, h("h3", {}, t.month(fall.median)), h("button", { type: "button", class: "button", "aria-label": t("app_hidden.show", { month: t.month(fall.median) }), onclick: () => jump(fall) }, t("app_hidden.show.short"))),
    h("dl", { class: "facts" }, ...[
      ["interval", t.span(fall.low, fall.high, t.month)],
      ["mass", t.number(fall.mass, 2)],
      ["levels", `${t.number(fall.before, 0)} → ${t.number(fall.after, 0)}`],
      ["left", `${percent(fall.ratio)} (${t("interval", { low: percent(fall.ratio_low), high: percent(fall.ratio_high) })})`],
      ["kind", `${t.number(fall.factors[1], 2)}: ${fall.kind[lang]}`],
    ].flatMap(([name, value]) => [h("dt", {}, t(`app_hidden.fact.${name}`)), h("dd", {}, value)])),
    h("details", {}, h("summary", {}, t("app_hidden.words"), h("span", { class: "sr" }, `: ${t.month(fall.median)}`)),
      h("ul", {}, ...[...fall.lines[lang], ...fall.together[lang]].map((text) => h("li", {}, text)))));
  return h("section", { class: "falls", "aria-labelledby": "h-falls" }, h("h2", { id: "h-falls" }, t("app_hidden.falls")), h("p", { class: "quiet prose" }, t("app_hidden.falls.text")),
    data.falls.length ? h("div", { class: "fall-list" }, ...data.falls.map(one)) : h("p", {}, t("app_hidden.none")));
}

/** The scorecard: what was asked of the detector and what it reached. */
export function scoreSection(view) {
  const { form: { scorecard }, context: { t } } = view;
  if (!scorecard.methods) return "";
  const number = (key, digits) => ({ key, kind: "number", digits, label: t(`app_hidden.score.${key}`) });
  const methods = table({
    name: "methods", title: t("app_hidden.score.methods"), rows: scorecard.methods,
    columns: [{ key: "method", kind: "text", label: t("app_hidden.score.method") }, number("brier", 3), number("skill", 2), number("delay", 0), number("false_per_decade", 2), number("recall", 2), number("clear_recall", 2), number("auc", 2)],
  });
  const points = table({
    name: "points", title: t("app_hidden.score.points"), rows: scorecard.points.map((row) => ({ ...row, found: t(row.found ? "js.yes" : "js.no"), known: t(row.known ? "js.yes" : "js.no") })),
    columns: [{ key: "month", kind: "month", label: t("app_hidden.head.month") }, { key: "what", kind: "text", label: t("app_hidden.score.what") }, { key: "known", kind: "text", label: t("app_hidden.score.known") }, { key: "found", kind: "text", label: t("app_hidden.score.found") }, { key: "median", kind: "month", label: t("app_hidden.score.median") }, number("delay", 0)],
  });
  const targets = table({
    name: "targets", title: t("scores.caption"), rows: scorecard.targets,
    columns: [{ key: "asks", kind: "text", label: t("scores.asks") }, { key: "asked", kind: "text", label: t("scores.asked") }, { key: "figure", kind: "text", label: t("scores.figure") }, { key: "met", kind: "text", label: t("scores.met") }],
  });
  return h("section", { class: "scorecard", "aria-labelledby": "h-scores" }, h("h2", { id: "h-scores" }, t("scores.title")), h("p", { class: "quiet prose" }, t("scores.lead")),
    methods, h("p", { class: "quiet prose" }, t("app_hidden.score.read")), h("div", { class: "two" }, targets, points), h("p", { class: "quiet prose" }, t("scores.note"), " ", h("code", {}, scorecard.command)));
}
