// @ts-check
// What Robust reckons from the points that the server ran: limits, winners, plans for the Lab.

import { h } from "./dom.js";
import { LongRun, choice, progressBar } from "./long_run.js";

const LANES = {
  status_quo: [], secret_pact: [{ lane: "pact", open: false }], open_pact: [{ lane: "pact", open: true }], mano_dura: [{ lane: "crackdown" }],
  both: [{ lane: "pact", open: false }, { lane: "crackdown" }], exception: [{ lane: "exception" }], reform: [{ lane: "reform" }],
};
export const MEASURES = ["expected", "cvar", "maximal"];
export const CRITERIA = ["minimax", "expected", "cvar", "best", "satisficing"];

/** The plan of a shipped strategy for the Lab; null for one that answers what it sees. @param {string} name @param {any} about @param {string[]} [mechanisms] */
export function planOf(name, about, mechanisms = []) {
  const lanes = /** @type {Record<string, any[]>} */ (LANES)[name];
  if (!lanes) return null;
  return { case: about.case, origin: about.origin, years: about.years, worlds: 200, seed: about.seed, worlds_from: about.worlds_from,
    blocks: lanes.map((lane) => ({ lane: lane.lane, start: about.origin, end: null, ...(lane.lane === "pact" ? { open: lane.open } : {}) })), reply: "answer_in_kind", assumptions: {}, ...(mechanisms.length ? { mechanisms: [...mechanisms].sort() } : {}) };
}

/** Limits of an address: "killed:50000,detained:20000". @param {string|undefined} text @param {string[]} known @returns {Record<string, number>} */
export function limitsOf(text, known) {
  const pairs = (text || "").split(",").map((part) => part.split(":")).filter(([name, value]) => known.includes(name) && Number.isFinite(Number(value)) && value !== "");
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}

/** @param {Record<string, number>} limits */
export const limitsText = (limits) => Object.entries(limits).map(([name, value]) => `${name}:${value}`).join(",") || undefined;

/** In which share of the points a strategy keeps all limits, and the error of that share. @param {any} explored @param {string} strategy @param {Record<string, number>} limits */
export function satisfied(explored, strategy, limits) {
  const place = explored.strategies.indexOf(strategy);
  const names = Object.keys(limits);
  if (!names.length) return null;
  const n = explored.totals[names[0]].length;
  let met = 0;
  for (let i = 0; i < n; i += 1) met += Number(names.every((name) => explored.totals[name][i][place] <= limits[name]));
  const share = met / n;
  return { share, error: Math.sqrt((share * (1 - share)) / n) };
}

/** The winner under each criterion, for one harm. @param {any} explored @param {string} outcome @param {Record<string, number>} limits */
export function winners(explored, outcome, limits) {
  const rows = explored.regret.filter((/** @type {any} */ row) => row.outcome === outcome);
  const least = (/** @type {string} */ key) => rows.reduce((/** @type {any} */ a, /** @type {any} */ b) => (b[key] < a[key] ? b : a));
  const chosen = rows.find((/** @type {any} */ row) => row.chosen) || least("maximal");
  const [mean, tail] = [least("expected"), least("cvar")];
  const most = rows.reduce((/** @type {any} */ a, /** @type {any} */ b) => (b.best > a.best ? b : a));
  const met = explored.strategies.map((/** @type {string} */ name) => ({ name, ...satisfied(explored, name, limits) }));
  const good = met[0].share === undefined ? null : met.reduce((/** @type {any} */ a, /** @type {any} */ b) => (b.share > a.share ? b : a));
  const tied = good ? met.filter((/** @type {any} */ m) => m.share === good.share).map((/** @type {any} */ m) => m.name) : [];
  return {
    minimax: { strategies: [chosen.strategy], value: chosen.maximal, error: null, doubling: chosen.last_doubling, agreed: chosen.chosen_in },
    expected: { strategies: [mean.strategy], value: mean.expected, error: mean.expected_error },
    cvar: { strategies: [tail.strategy], value: tail.cvar, error: tail.cvar_error },
    best: { strategies: [most.strategy], share: most.best, error: most.best_error },
    satisficing: good && { strategies: tied, share: good.share, error: good.error },
  };
}

/**
 * A part that may have to be computed: what it is made of, a size, a button, progress.
 * @param {any} t @param {any} context @param {{part: string, sizes: number[], usual: number, kept: any, asked: () => any, done: (result: any) => void, failed: (error: any) => void}} about
 */
export function partBox(t, context, about) {
  const run = new LongRun(context.api);
  let size = about.kept ? about.sizes.find((n) => n > about.kept.size) || about.kept.size : about.usual;
  const told = h("p", { class: "quiet part-told" });
  const progress = progressBar(t, { label: t("app_compare.running"), cancelled: () => { run.stop(); rest(); context.announce(t("app_compare.cancelled")); } });
  const button = h("button", { type: "button", class: "button", "data-run": about.part, onclick: () => begin() });
  const select = choice(t(`app_robust.size.${about.part}`), about.sizes.map((n) => [String(n), t.number(n, 0)]), String(size), (value) => { size = Number(value); label(); });
  const row = h("div", { class: "part-row" }, select, button);
  const element = h("div", { class: "part", "data-part": about.part }, told, row, progress.element);
  const label = () => { button.textContent = t(about.kept ? "app_robust.again" : "app_robust.compute", { n: t.number(size, 0) }); };
  const rest = () => { progress.show(null); row.hidden = false; };
  function show() {
    const { kept } = about;
    told.textContent = kept ? t(`app_robust.made.${about.part}`, { n: t.number(kept.size, 0) }) : t(`app_robust.absent.${about.part}`);
    label();
  }
  function begin() {
    progress.show(0, 1);
    row.hidden = true;
    element.querySelector("[data-cancel]")?.focus();
    run.start("/api/robust/run", { ...about.asked(), part: about.part, size }, {
      progress: ({ done, total }) => progress.show(done, total),
      done: (result) => { about.kept = { key: result.key, size }; rest(); show(); context.announce(t("app_robust.ready")); about.done(result); },
      failed: (error) => { rest(); if (error) about.failed(error); },
    });
  }
  show();
  return { element, stop: () => run.stop() };
}
