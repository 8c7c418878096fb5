// What Robust reckons from the points that the server ran: limits, winners, plans for the Lab.

/** @import {Explored, KeptPart, RobustPart, Scenario} from "./answers_worlds.js" */
/** @import {Context, Words} from "./types.js" */

import { focus, h } from "./dom.js";
import { LongRun, progressBar } from "./long_run.js";
import { choice } from "./parts.js";

/** @type {Record<string, {lane: string, open?: boolean}[]>} */
const LANES = {
  status_quo: [], secret_pact: [{ lane: "pact", open: false }], open_pact: [{ lane: "pact", open: true }], mano_dura: [{ lane: "crackdown" }],
  both: [{ lane: "pact", open: false }, { lane: "crackdown" }], exception: [{ lane: "exception" }], reform: [{ lane: "reform" }],
};
/** Measures of regret. */
export const MEASURES = /** @type {const} */ (["expected", "cvar", "maximal"]);

/** Criteria by which a strategy may win. */
export const CRITERIA = /** @type {const} */ (["minimax", "expected", "cvar", "best", "satisficing"]);

/**
 * Who wins: with a value or a share, and either its error or how often half of the points agree.
 * @typedef {{strategies: string[], value?: number, share?: number, error: number|null, doubling?: number, agreed?: number}} Winner
 */

/** The plan of a shipped strategy for the Lab; null for one that answers what it sees. @param {string} name @param {Pick<Scenario, "case"|"origin"|"years"|"seed"|"worlds_from">} about @param {string[]} [mechanisms] @returns {Scenario|null} */
export function planOf(name, about, mechanisms = []) {
  const lanes = LANES[name];
  if (!lanes) return null;
  return { case: about.case, origin: about.origin, years: about.years, worlds: 200, seed: about.seed, worlds_from: about.worlds_from,
    blocks: lanes.map((lane) => ({ lane: lane.lane, start: about.origin, end: null, ...(lane.lane === "pact" ? { open: lane.open } : {}) })), reply: "answer_in_kind", assumptions: {}, ...(mechanisms.length ? { mechanisms: [...mechanisms].sort() } : {}) };
}

/** Limits of an address: "killed:50000,detained:20000". @param {string|undefined} text @param {string[]} known @returns {Record<string, number>} */
export function limitsOf(text, known) {
  const pairs = (text || "").split(",").map((part) => part.split(":")).filter(([name, value]) => known.includes(name) && Number.isFinite(Number(value)) && value !== "");
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}

/** Limits as an address holds them. @param {Record<string, number>} limits */
export const limitsText = (limits) => Object.entries(limits).map(([name, value]) => `${name}:${value}`).join(",") || undefined;

/** In which share of the points a strategy keeps all limits, and the error of that share. @param {Explored} explored @param {string} strategy @param {Record<string, number>} limits */
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

/** The winner under each criterion, for one harm. @param {Explored} explored @param {string} outcome @param {Record<string, number>} limits @returns {Record<typeof CRITERIA[number], Winner|null>} */
export function winners(explored, outcome, limits) {
  const rows = explored.regret.filter((row) => row.outcome === outcome);
  const least = (/** @type {typeof MEASURES[number]} */ key) => rows.reduce((a, b) => (b[key] < a[key] ? b : a));
  const chosen = rows.find((row) => row.chosen) || least("maximal");
  const [mean, tail] = [least("expected"), least("cvar")];
  const most = rows.reduce((a, b) => (b.best > a.best ? b : a));
  const met = explored.strategies.flatMap((name) => {
    const found = satisfied(explored, name, limits);
    return found ? [{ name, ...found }] : [];
  });
  const good = met.length ? met.reduce((a, b) => (b.share > a.share ? b : a)) : null;
  const tied = met.filter((m) => m.share === good?.share).map((m) => m.name);
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
 * @param {Words} t @param {Context} context @param {{part: RobustPart, sizes: number[], usual: number, kept: KeptPart|undefined, asked: () => object, done: (result: any) => void, failed: (error: unknown) => void}} about
 */
export function partBox(t, context, about) {
  const run = new LongRun(context.api);
  const before = about.kept?.size;
  let size = before ? about.sizes.find((n) => n > before) || before : about.usual;
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
    focus(element.querySelector("[data-cancel]"));
    run.start("/api/robust/run", { ...about.asked(), part: about.part, size }, {
      progress: ({ done, total }) => progress.show(done, total),
      done: (result) => { about.kept = { key: result.key, size }; rest(); show(); context.announce(t("app_robust.ready")); about.done(result); },
      failed: (error) => { rest(); if (error) about.failed(error); },
    });
  }
  show();
  return { element, stop: () => run.stop() };
}
