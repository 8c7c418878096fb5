// The parts of the Lab's page that only show or only ask: numbers, ledger, settings, presets.

/** @import {FanAnswer, Harm, LabAnswer} from "./answers_worlds.js" */
/** @import {Form} from "./lab_form.js" */
/** @import {Scenario} from "./lab_state.js" */
/** @import {Words} from "./types.js" */

import { h } from "./dom.js";

/** A row of the ledger. @param {FanAnswer|null} result @param {string} outcome */
export const harm = (result, outcome) => (result?.ledger || []).find((row) => row.outcome === outcome);

/** Deaths, else the first harm there is. @param {FanAnswer} result @returns {Harm} */
const deaths = (result) => harm(result, "killed") ?? result.ledger[0];

/** How much more or fewer, in per cent, as one number with its arrow. @param {Words} t @param {number} now @param {number} before */
export function changeTold(t, now, before) {
  if (!before) return { text: "–", kind: "same" };
  const share = (now - before) / before;
  const per = Math.abs(share * 100);
  if (per < 0.5) return { text: "±0\u00a0%", kind: "same" };
  const kind = share < 0 ? "lower" : "higher";
  return { text: `${share < 0 ? "▼" : "▲"}\u00a0${t.number(per, per < 9.95 ? 1 : 0)}\u00a0%`, kind };
}

/** The big numbers. @param {Words} t */
export function numbers(t) {
  const cell = (/** @type {string} */ name) => {
    const big = h("span", { class: "big" }, "–");
    const small = h("span", { class: "small" });
    return { big, small, element: h("div", { class: `n-${name}` }, h("dt", {}, t(`app_lab.n.${name}`)), h("dd", {}, big, small)) };
  };
  const cells = { deaths: cell("deaths"), change: cell("change"), prisoners: cell("prisoners"), share: cell("share") };
  const element = h("dl", { class: "numbers lab-numbers" }, ...Object.values(cells).map((c) => c.element));
  const put = (/** @type {HTMLElement} */ node, /** @type {string} */ text) => { if (node.textContent !== text) node.textContent = text; };
  const range = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ digits) => t("app_lab.n.ninety", { low: t.number(low, digits), high: t.number(high, digits) });

  return {
    element,
    /** @param {LabAnswer} result @param {LabAnswer|null} before the result to compare with @param {Scenario} scenario */
    show(result, before, scenario) {
      const dead = deaths(result);
      put(cells.deaths.big, t.number(dead.q50, 0));
      put(cells.deaths.small, `${range(dead.q05, dead.q95, 0)} ${t("app_lab.n.over", { n: scenario.years })}`);
      const was = before && deaths(before);
      const change = was ? changeTold(t, dead.q50, was.q50) : { text: "–", kind: "same" };
      put(cells.change.big, change.text);
      cells.change.element.dataset.kind = change.kind;
      put(cells.change.small, was ? t("app_lab.n.change.from", { n: t.number(was.q50, 0) }) : t("app_lab.n.change.none"));
      const held = result.fan.prisoners;
      if (held) {
        const last = held.q50.length - 1;
        put(cells.prisoners.big, t.number(held.q50[last], 0));
        put(cells.prisoners.small, range(held.q05[last], held.q95[last], 0));
      }
      cells.prisoners.element.hidden = !held;
      if (!result.paired) return;
      const { share, direction } = result.paired;
      // The interval is of the share in the direction that most worlds have.
      const [low, high] = direction === "more" ? [1 - result.paired.high, 1 - result.paired.low] : [result.paired.low, result.paired.high];
      const alike = result.paired.q05 === 0 && result.paired.q95 === 0; // the plan is the status quo, or nothing comes of it
      put(cells.share.big, alike ? "=" : t.percent(share));
      put(cells.share.small, alike ? t("app_lab.n.share.alike") : t("app_lab.n.share.of", { low: t.percent(low), high: t.percent(high), n: t.number(result.worlds ?? scenario.worlds, 0) }));
    },
  };
}

/** The ledger of harms, each on its own line and never added up. @param {Words} t */
export function ledger(t) {
  const body = h("tbody");
  const head = ["harm", "median", "range", "quo", "before"].map((key, i) => h("th", { scope: "col", class: i ? "num" : false }, t(`app_lab.ledger.${key}`)));
  const element = h("section", { class: "lab-ledger card" }, h("h2", { id: "lab-ledger" }, t("app_lab.ledger")),
    h("p", { class: "quiet" }, t("app_lab.ledger.note")),
    h("div", { class: "scroll ledger", role: "region", tabindex: "0", "aria-labelledby": "lab-ledger" },
      h("table", {}, h("thead", {}, h("tr", {}, ...head)), body)));
  /** @type {Map<string, HTMLElement[]>} */ const rows = new Map();
  return {
    element,
    /** @param {LabAnswer} result @param {LabAnswer|null} before */
    show(result, before) {
      for (const row of result.ledger) {
        if (!rows.has(row.outcome)) {
          const cells = [1, 2, 3, 4].map(() => h("td", { class: "num" }));
          rows.set(row.outcome, cells);
          body.append(h("tr", {}, h("th", { scope: "row" }, typeof row.label === "string" ? row.label : row.label[t.lang]), ...cells));
        }
        const cells = /** @type {HTMLElement[]} */ (rows.get(row.outcome));
        // Harms that are a chance for each world are shares; the others are counts.
        const told = (/** @type {number} */ v) => (row.unit === "share" ? t.percent(v) : t.number(v, Math.abs(v) >= 10 ? 0 : undefined));
        const was = harm(before, row.outcome);
        cells[0].textContent = told(row.q50);
        cells[1].textContent = t("interval", { low: told(row.q05), high: told(row.q95) });
        if (row.status_quo_q50 !== undefined) cells[2].textContent = told(row.status_quo_q50);
        cells[3].textContent = was ? told(was.q50) : "–";
      }
    },
  };
}

/** A labelled choice from a list. @param {string} label @param {[string, string][]} options @param {(value: string) => void} choose */
export function picker(label, options, choose) {
  const select = /** @type {HTMLSelectElement} */ (h("select", { onchange: () => choose(select.value) }, ...options.map(([value, text]) => h("option", { value }, text))));
  return { select, element: h("label", { class: "field" }, h("span", {}, label), select) };
}

/** What a run starts from: origin, horizon, worlds, seed. @param {Words} t @param {Form} form @param {(change: Partial<Scenario>) => void} change */
export function settings(t, form, change) {
  const years = Array.from({ length: Math.min(form.limits?.years ?? 15, 30) }, (_, i) => i + 1);
  const origin = picker(t("app_lab.origin"), form.origins.map((o) => [o.date, o.label]), (v) => change({ origin: v }));
  const horizon = picker(t("app_lab.years"), years.map((n) => [String(n), t(n === 1 ? "app_lab.years.one" : "app_lab.years.n", { n })]), (v) => change({ years: Number(v) }));
  const reply = picker(t("app_lab.reply"), form.replies.map((r) => [r.name, r.label]), (v) => change({ reply: v }));
  const from = picker(t("app_lab.worlds_from"), [["posterior", t("app_lab.worlds_from.posterior")], ["prior", t("app_lab.worlds_from.prior")]], (v) => change({ worlds_from: v }));
  const worlds = picker(t("app_lab.worlds"), [50, 100, 200, 500, 1000].map((n) => [String(n), t.number(n, 0)]), (v) => change({ worlds: Number(v) }));
  const seed = /** @type {HTMLInputElement} */ (h("input", { type: "number", min: 0, max: 2147483647, step: 1, onchange: () => {
    const value = Math.round(Number(seed.value));
    if (Number.isFinite(value) && value >= 0 && value <= 2147483647 && seed.value !== "") change({ seed: value });
  } }));
  const element = h("details", { class: "lab-settings" }, h("summary", {}, t("app_lab.settings")),
    h("div", { class: "fields" }, origin.element, horizon.element, reply.element, from.element, worlds.element,
      h("label", { class: "field" }, h("span", {}, t("app_lab.seed")), seed)));
  const put = (/** @type {HTMLSelectElement} */ select, /** @type {string} */ value) => {
    if (![...select.options].some((o) => o.value === value)) select.append(h("option", { value }, value));
    select.value = value;
  };
  return {
    element,
    /** @param {Scenario} s */
    show(s) {
      put(origin.select, s.origin);
      put(horizon.select, String(s.years));
      put(reply.select, s.reply);
      put(from.select, s.worlds_from);
      put(worlds.select, String(s.worlds));
      if (document.activeElement !== seed) seed.value = String(s.seed);
    },
  };
}

/** The numbers at the foot of a phone, where the chart may be out of sight. @param {Words} t */
export function glance(t) {
  const element = h("div", { class: "lab-glance", "aria-hidden": "true" });
  return {
    element,
    /** @param {LabAnswer} result @param {LabAnswer|null} before */
    show(result, before) {
      const dead = deaths(result);
      const change = before ? changeTold(t, dead.q50, deaths(before).q50) : null;
      element.replaceChildren(h("b", {}, t.number(dead.q50, 0)), h("span", {}, t("app_lab.n.deaths")), ...(change ? [h("b", { "data-kind": change.kind }, change.text)] : []));
    },
  };
}
