// Parts of the bargain that are lists: limits as bars, changes, thresholds, equations in words.

/** @import {BargainAnswer, Extended, PossibleChange, Term, Threshold} from "../answers.js" */
/** @import {Words} from "../types.js" */

import { h, s } from "../dom.js";
import { scrolled } from "../parts.js";
import { linear } from "../plot.js";

/** Three digits, or infinity. @param {Words} t @param {Extended|null|undefined} value */
export function shown(t, value) {
  if (value === "inf") return "∞";
  if (value === "-inf") return "−∞";
  if (value === null || value === undefined) return "–";
  if (value !== 0 && Math.abs(value) < 1e-4) return "0";
  return Number.isInteger(value) ? t.number(value, 0) : t.number(value);
}

/** Just beyond the value at which the sign of the margin changes. @param {Term} term @param {PossibleChange} change */
export function beyond(term, { now, needed }) {
  if (term.whole) return needed;
  const value = needed + Math.sign(needed - now) * (term.high - term.low) * 1e-7;
  return Math.min(term.high, Math.max(term.low, value));
}

/** @param {Extended} value @param {number} most */
const finite = (value, most) => (value === "inf" ? most : value === "-inf" ? 0 : Math.min(Math.max(value, 0), most));

/** What a gang needs and what the government can be believed to pay, on one scale. @param {Words} t @param {BargainAnswer} answer @param {number} offer */
export function limits(t, answer, offer) {
  const most = 1.6;
  const x = linear([0, most], [0, 100]);
  const [least, believed] = [finite(answer.minimal_concession, most), finite(answer.maximal_concession, most)];
  const bar = (/** @type {"gang"|"government"|"room"} */ name, /** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ value) => h("div", { class: `limit limit-${name}` },
    h("span", { class: "limit-name" }, t(`app_bargain.limit.${name}`)), h("b", {}, value),
    s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      s("rect", { x: 0, y: 1, width: 100, height: 8, fill: "var(--soft)" }),
      s("rect", { x: x(from), y: 1, width: Math.max(x(to) - x(from), 0), height: 8, fill: name === "room" ? "var(--reform)" : name === "gang" ? "var(--mano-dura)" : "var(--secret-pact)" }),
      s("line", { x1: x(1), x2: x(1), y1: 0, y2: 10, stroke: "var(--ink)", "stroke-width": 1.5, "vector-effect": "non-scaling-stroke" }),
      s("line", { x1: x(offer), x2: x(offer), y1: 0, y2: 10, stroke: "var(--break)", "stroke-width": 2, "stroke-dasharray": "2 2", "vector-effect": "non-scaling-stroke" })));
  const room = Math.min(1, believed) - least;
  return h("div", { class: "limits", role: "group", "aria-label": t("app_bargain.limits") },
    bar("gang", 0, least, shown(t, answer.minimal_concession)),
    bar("government", 0, believed, shown(t, answer.maximal_concession)),
    bar("room", room >= 0 ? least : 0, room >= 0 ? Math.min(1, believed) : 0, shown(t, answer.margin)),
    h("p", { class: "quiet" }, t("app_bargain.limits.marks", { offer: t.number(offer) })));
}

/** What each number alone would have to become, the least change first. @param {Words} t @param {BargainAnswer} answer @param {Map<string, Term>} terms @param {(change: PossibleChange) => void} set */
export function changes(t, answer, terms, set) {
  const found = answer.changes.flatMap((change) => (change.needed === null ? [] : [{ ...change, needed: change.needed }]));
  const rest = answer.changes.filter((change) => change.needed === null).map((change) => terms.get(change.lever)?.label);
  const row = (/** @type {PossibleChange} */ change) => {
    const term = terms.get(change.lever);
    if (!term) return "";
    const inside = change.needed >= term.low && change.needed <= term.high;
    return h("tr", { "data-change": change.lever }, h("th", { scope: "row" }, term.label, h("small", {}, term.unit)),
      h("td", { class: "num" }, shown(t, change.now)), h("td", { class: "num" }, h("b", {}, shown(t, change.needed))),
      h("td", {}, inside ? h("button", { type: "button", class: "button small", "aria-label": t("app_bargain.try", { what: term.label, n: shown(t, change.needed) }), onclick: () => set(change) }, t("app_bargain.try.short")) : h("span", { class: "quiet" }, t("app_bargain.beyond"))));
  };
  const caption = t(answer.self_enforcing ? "app_bargain.changes.break" : "app_bargain.changes.make");
  return h("section", { class: "changes" }, h("h2", {}, t("app_bargain.changes")), h("p", { class: "quiet" }, caption),
    found.length ? scrolled(caption, h("thead", {}, h("tr", {},
      ...["number", "now", "needed", "try"].map((name) => h("th", { scope: "col", class: ["now", "needed"].includes(name) && "num" }, t(`app_bargain.head.${name}`))))),
    h("tbody", {}, ...found.map(row))) : h("p", {}, t("app_bargain.none")),
    rest.length > 0 && h("details", { class: "quiet" }, h("summary", {}, t("app_bargain.rest", { n: t.number(rest.length, 0) })), h("p", {}, `${rest.join("; ")}.`)));
}

const THRESHOLDS = [ // those that decide first, then what surrounds them
  "minimal_concession", "maximal_concession", "price_of_mistrust", "survival_needed", "largest_hazard", "minimum_trust", "minimum_command", "maximal_gangs",
  "monitoring_cost", "best_value", "hiding_cost", "openness_limit", "electoral_bridge", "election_clock", "contagion_threshold", "backlash", "duration",
];
/** @param {string} name */
const rank = (name) => (THRESHOLDS.includes(name) ? THRESHOLDS.indexOf(name) : THRESHOLDS.length);

/** Thresholds, each beside what it is compared with, and how far it is from it as a bar. @param {Words} t @param {BargainAnswer} answer */
export function thresholds(t, answer) {
  const far = (/** @type {Threshold} */ row) => {
    if (row.passes === null || row.now === null) return 0;
    const [value, now] = [row.value, row.now].map((v) => (v === "inf" ? Infinity : v === "-inf" ? -Infinity : v));
    if (!Number.isFinite(value) || !Number.isFinite(now)) return 1;
    return Math.min(1, Math.abs(now - value) / (Math.max(Math.abs(now), Math.abs(value)) || 1));
  };
  const bar = (/** @type {Threshold} */ row) => {
    if (row.passes === null) return "";
    const width = Math.max(far(row) * 48, 1);
    return h("span", { class: "slack" }, h("span", { class: "slack-word" }, t(row.passes ? "app_bargain.pass" : "app_bargain.fail")),
      s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, s("line", { x1: 50, x2: 50, y1: 0, y2: 10, stroke: "var(--muted)", "vector-effect": "non-scaling-stroke" }),
        s("rect", { x: row.passes ? 50 : 50 - width, y: 2, width, height: 6, fill: row.passes ? "var(--reform)" : "var(--mano-dura)" })));
  };
  const label = t("app_bargain.thresholds");
  return h("section", { class: "thresholds" }, h("h2", {}, label), h("p", { class: "quiet" }, t("app_bargain.thresholds.text")),
    scrolled(label, h("thead", {}, h("tr", {},
      ...["threshold", "limit", "now", "slack"].map((name) => h("th", { scope: "col", class: ["limit", "now"].includes(name) && "num" }, t(`app_bargain.head.${name}`))))),
    h("tbody", {}, ...[...answer.thresholds].sort((a, b) => rank(a.name) - rank(b.name)).map((row) => h("tr", { "data-threshold": row.name }, h("th", { scope: "row" }, t(`app_bargain.threshold.${row.name}`), h("small", {}, row.symbol)),
      h("td", { class: "num" }, shown(t, row.value)), h("td", { class: "num" }, row.now === null ? "" : shown(t, row.now)), h("td", {}, bar(row)))))));
}

const EQUATIONS = { // in the letters of the documentation
  gang: "x* = (s κ − k + Λ d) / (w − ψ), d = s κ + γ κ (n − 1)",
  mistrust: "Λ = [1 − δg (S (1 − α) − ϱ)] / [δg S (β − α)]",
  government: "xG = (σ/c)(b κ ρ v − (ℓ + U)/n) − (1 − σ) R/(n c), σ = θ/(1 + δG ϱ), θ = δG S (1 − α)ⁿ",
  survival: "S = (1 − h ζ)(1 − ε (1 − q))(1 − g)",
  holds: "x* ≤ min(1, xG)",
};

/** The closed forms in words, with their symbols below. @param {Words} t */
export function equations(t) {
  return h("section", { class: "equations" }, h("h2", {}, t("app_bargain.equations")), h("p", { class: "quiet prose" }, t("app_bargain.equations.text")),
    h("dl", {}, ...Object.entries(EQUATIONS).flatMap(([name, formula]) => [h("dt", {}, t(`app_bargain.equation.${name}`)), h("dd", {}, t(`app_bargain.words.${name}`), h("code", {}, formula))])));
}
