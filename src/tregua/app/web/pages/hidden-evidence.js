// Evidence at the cursor: the readings of a month, and what each indicator adds for its fall.

/** @import {Evidence, Fall, HiddenForm, HiddenResult, Indicator} from "../answers.js" */
/** @import {Context} from "../types.js" */

import { h, s } from "../dom.js";
import { sourceItem } from "../figure.js";
import { READINGS } from "./hidden-chart.js";
import { band, combined, factorText, oddsText, verdictOf, atStrength } from "./priors.js";

/** @import {Made, Reader} from "./hidden-state.js" */

/**
 * @typedef {Reader & Made & {context: Context, form: HiddenForm, data: HiddenResult}} Shown
 * @typedef {object} Controls what the reader may do with the evidence
 * @property {(name: string, on: boolean) => void} flip
 * @property {(name: string, strength: number) => void} strength while it is dragged
 * @property {() => void} settled
 * @property {() => void} reset
 */

const MOST = 1.2; // decimal logs at the ends of a bar: a factor of about 16

/** @param {number} log */
const at = (log) => 50 + (Math.max(-MOST, Math.min(MOST, log)) / MOST) * 50;

/** A bar from 0 to a log factor, with its interval. @param {number} low @param {number} middle @param {number} high @param {boolean} [strong] */
function bar(low, middle, high, strong = false) {
  const [from, to] = [at(0), at(middle)].sort((a, b) => a - b);
  return s("svg", { viewBox: "0 0 100 12", preserveAspectRatio: "none", class: strong ? "lr strong" : "lr", "aria-hidden": "true" },
    strong ? s("rect", { x: at(-Math.log10(3)), y: 0, width: at(Math.log10(3)) - at(-Math.log10(3)), height: 12, fill: "var(--unclear-ground)" }) : "",
    s("line", { x1: 50, x2: 50, y1: 0, y2: 12, stroke: "var(--muted)", "vector-effect": "non-scaling-stroke" }),
    s("rect", { x: from, y: 3, width: Math.max(to - from, 0.6), height: 6, fill: middle >= 0 ? "var(--secret-pact)" : "var(--mano-dura)" }),
    s("line", { x1: at(low), x2: at(high), y1: 6, y2: 6, stroke: "var(--ink)", "stroke-width": 1.3, "vector-effect": "non-scaling-stroke" }));
}

/** The fall that a month belongs to: the last that began by then, or else the next. @param {Fall[]} falls @param {string} month @returns {Fall|null} */
export function fallAt(falls, month) {
  return falls.filter((fall) => fall.low <= month).at(-1) ?? falls[0] ?? null;
}

/** What the reader's switches and strengths make of a fall. @param {Fall} fall @param {Reader & {form: HiddenForm}} view */
export function judged(fall, view) {
  const found = combined(fall.rows, { cap: view.form.cap, off: view.off, strength: view.strength });
  const direct = new Set(view.form.indicators.filter((one) => one.direct).map((one) => one.name));
  const talks = fall.rows.some((row) => direct.has(row.indicator) && row.seen === true && !view.off.has(row.indicator));
  return { ...found, verdict: verdictOf(found, { sure: Boolean(fall.summary?.sure), talks }) };
}

/** The readings of a month as bars. @param {Shown} view @param {number} at_ */
export function monthBox(view, at_) {
  const { t } = view.context;
  const month = view.data.months.month[at_];
  const shares = READINGS.map((name) => ({ name, share: view.shares[name][at_] }));
  const now = view.now[at_];
  return h("div", { class: "month-box" },
    h("p", { class: "quiet" }, t(view.filtered ? "app_hidden.at.filtered" : "app_hidden.at.smoothed")),
    h("h2", {}, t.month(month)),
    h("p", { class: "big", "data-now": "" }, t.percent(now), h("small", {}, ` ${t("app_hidden.suppressed")}`)),
    h("ul", { class: "shares" }, ...shares.map(({ name, share }) => h("li", { "data-share": name }, h("span", {}, t(`app_hidden.reading.${name}`)),
      s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, s("rect", { width: 100, height: 10, fill: "var(--soft)" }), s("rect", { width: share * 100, height: 10, fill: "var(--inferred)" })), h("b", {}, t.percent(share))))));
}

/** Everything about the fall at the cursor. @param {Shown} view @param {Fall|null} fall @param {Controls} on */
export function evidenceBox(view, fall, on) {
  const { t, lang } = view.context;
  if (!fall) return h("p", { class: "quiet" }, t("app_hidden.no_fall"));
  const head = [h("h3", {}, t("app_hidden.fall", { month: t.month(fall.median) })),
    h("p", { class: "quiet" }, t("app_hidden.fall.text", { interval: t.span(fall.low, fall.high, t.month), before: t.number(fall.before, 0), after: t.number(fall.after, 0) }))];
  if (!fall.rows.length) return h("div", {}, ...head, countsOnly(view, fall));
  const catalogue = new Map(view.form.indicators.map((one) => [one.name, one]));
  const groups = view.form.groups.map((group) => group.key);
  const rows = fall.rows.filter((row) => row.data).sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
  const missing = fall.rows.filter((row) => !row.data).map((row) => catalogue.get(row.indicator)?.question[lang]);
  let group = "";
  const list = rows.flatMap((row) => {
    const about = catalogue.get(row.indicator);
    if (!about) return [];
    const heading = row.group === group ? [] : [h("li", { class: "group-name" }, view.form.groups.find((one) => one.key === row.group)?.[lang])];
    group = row.group;
    return [...heading, indicator(view, row, about, on)];
  });
  return h("div", {}, ...head, total(view, fall),
    h("p", { class: "sides", "aria-hidden": "true" }, h("span", {}, `← ${t("app_hidden.crackdown")}`), h("span", {}, `${t("app_hidden.pact")} →`)),
    h("ul", { class: "indicators" }, ...list),
    missing.length > 0 && h("details", { class: "quiet" }, h("summary", {}, t("app_hidden.missing", { n: t.number(missing.length, 0) })), h("ul", {}, ...missing.map((text) => h("li", {}, text)))),
    h("button", { type: "button", class: "button", disabled: !view.off.size && !Object.keys(view.strength).length, onclick: on.reset }, t("app_hidden.reset")));
}

/** A table of one's own holds counts only: the shape of a fall is all there is. @param {Shown} view @param {Fall} fall */
function countsOnly(view, fall) {
  const { t, lang } = view.context;
  const logs = fall.factors.map(Math.log10);
  return h("div", { class: "total" }, h("p", { class: "verdict-word", "data-verdict": fall.kind.key }, fall.kind[lang]),
    bar(Math.min(...logs), logs[1], Math.max(...logs), true),
    h("p", { class: "quiet" }, t("app_hidden.shape", { factor: factorText(t, logs[1]), low: factorText(t, Math.min(...logs)), high: factorText(t, Math.max(...logs)) })),
    h("p", { class: "quiet" }, t("app_hidden.own.only")));
}

/** The sum with its verdict and the band of P(pact). @param {Shown} view @param {Fall} fall */
export function total(view, fall) {
  const { t, lang } = view.context;
  const found = judged(fall, view);
  const [low, high] = band(found.capped, view.odds);
  const tells = found.verdict !== "cannot-tell" && found.verdict !== "uncertain-fall";
  return h("div", { class: "total", "data-fall": fall.median },
    h("p", { class: tells ? "verdict-word tells" : "verdict-word", "data-verdict": found.verdict }, view.form.verdicts[found.verdict][lang]),
    bar(...found.capped, true),
    h("p", { class: "quiet", "data-capped": found.capped.map((log) => (10 ** log).toPrecision(8)).join(" "), "data-product": (10 ** found.product[1]).toPrecision(8) },
      t("app_hidden.sum", { factor: factorText(t, found.capped[1]), low: factorText(t, found.capped[0]), high: factorText(t, found.capped[2]), product: factorText(t, found.product[1]) })),
    h("p", { class: "pact-band", "data-band": `${low.toPrecision(8)} ${high.toPrecision(8)}` }, h("b", {}, t("app_hidden.band", { low: t.percent(low), high: t.percent(high) })),
      ` ${t("app_hidden.band.odds", { low: oddsText(t, view.odds[0]), high: oddsText(t, view.odds[1]) })}`),
    s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "band", "aria-hidden": "true" },
      s("rect", { x: 0, y: 3, width: 100, height: 4, fill: "var(--grid)" }), s("rect", { x: low * 100, y: 1, width: Math.max((high - low) * 100, 0.8), height: 8, fill: "var(--both)" })));
}

/** @param {Shown} view @param {Evidence} row @param {Indicator} about @param {Controls} on */
function indicator(view, row, about, on) {
  const { t, lang } = view.context;
  const isOn = !view.off.has(row.indicator);
  const k = view.strength[row.indicator] ?? 0;
  const middle = atStrength(row.logs, k);
  const ends = [atStrength(row.logs, k - 1), middle, atStrength(row.logs, k + 1)];
  const question = about.question[lang];
  /** @type {HTMLInputElement} */ const box = h("input", { type: "checkbox", ".checked": isOn, "data-switch": row.indicator, onchange: () => on.flip(row.indicator, box.checked) });
  /** @type {HTMLInputElement} */ const strength = h("input", {
    type: "range", min: -1, max: 1, step: 0.25, ".value": String(k), disabled: !isOn, "data-strength": row.indicator, "aria-label": t("app_hidden.strength", { what: question }),
    "aria-valuetext": t("app_hidden.times", { n: t.number(2 ** k, 2) }), oninput: () => on.strength(row.indicator, Number(strength.value)), onchange: on.settled,
  });
  const sources = row.sources.map((id) => view.data.sources[id]).filter(Boolean);
  return h("li", { class: isOn ? "one" : "one off", "data-indicator": row.indicator },
    h("label", { class: "switch" }, box, h("span", {}, question)),
    h("b", { class: "factor" }, factorText(t, middle)), bar(Math.min(...ends), middle, Math.max(...ends)), strength,
    h("details", {}, h("summary", {}, t("app_hidden.why"), h("span", { class: "sr" }, `: ${question}`)), h("p", {}, row.words[lang]),
      h("p", { class: "quiet" }, `${t(`app_hidden.model.${about.name}`)}. ${t(`app_hidden.reason.${about.name}`)}`),
      sources.length ? h("ul", { class: "evidence-sources" }, ...sources.map(sourceItem)) : h("p", { class: "quiet" }, t("app_hidden.no_source"))));
}
