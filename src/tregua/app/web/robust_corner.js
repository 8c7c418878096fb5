// Corners: where among the assumptions a strategy does better than another, in a sentence.

/** @import {BoxAnswer, Corner} from "./answers_worlds.js" */
/** @import {Robust} from "./pages/robust.js" */

import { superseded } from "./api.js";
import { h } from "./dom.js";
import { choice } from "./parts.js";

const DENSITIES = ["0.6", "0.7", "0.8", "0.9", "0.95"];

/** Choices of two strategies, a harm and how pure a corner must be, with the answer below. @param {Robust} page */
export async function showCorner(page) {
  const { t, context, results: { explore } } = page;
  page.section("corners", Boolean(explore));
  if (!explore) return;
  const strategy = page.chosen("bs", explore.strategies, "secret_pact");
  const reference = page.chosen("br", explore.strategies.filter((s) => s !== strategy), strategy === "reform" ? "secret_pact" : "reform");
  const outcome = page.chosen("bo", explore.outcomes, "killed");
  const density = page.chosen("bd", DENSITIES, "0.8");
  /** @type {[string, string][]} */ const names = explore.strategies.map((s) => [s, page.named(s)]);
  const answer = h("div", { class: "corner-said", "aria-live": "polite" }, h("p", { class: "quiet" }, t("app_robust.looking")));
  page.corner.replaceChildren(h("div", { class: "card" }, h("div", { class: "compare-tools" },
    choice(t("app_robust.corner.strategy"), names, strategy, (v) => page.look({ bs: v }), "corner-strategy"),
    choice(t("app_robust.corner.reference"), names.filter(([s]) => s !== strategy), reference, (v) => page.look({ br: v }), "corner-reference"),
    choice(t("app_compare.outcome"), explore.outcomes.map((o) => [o, page.harm(o)]), outcome, (v) => page.look({ bo: v }), "corner-outcome"),
    choice(t("app_robust.corner.density"), DENSITIES.map((d) => [d, t.percent(Number(d))]), density, (v) => page.look({ bd: v }), "corner-density")), answer));
  const query = { key: explore.key, strategy, reference, outcome, density };
  const name = JSON.stringify(query);
  try {
    /** @type {BoxAnswer} */ const found = page.boxes.get(name) ?? await context.api.get("/api/robust/box", query);
    page.boxes.set(name, found);
    const { lang } = t;
    const box = found.box && /** @type {Corner} */ ({ ...found.box, notes: found.box[`notes_${lang}`], sentence: found.box[`sentence_${lang}`] });
    answer.replaceChildren(...(box ? cornerSaid(page, box, found.share) : [nowhere(page, found)]));
  } catch (error) {
    if (!superseded(error)) answer.replaceChildren(context.problems(error));
  }
}

/** There is no corner: it does so everywhere, or nowhere. @param {Robust} page @param {BoxAnswer} found */
function nowhere({ t }, { share, points }) {
  return h("p", { class: "corner-sentence" }, t(share > 0.5 ? "app_robust.corner.always" : "app_robust.corner.never", { n: t.number(points, 0) }));
}

/** A corner: its sentence, how pure and how large it is, and what limits it. @param {Robust} page @param {Corner} box @param {number} share */
function cornerSaid({ t }, box, share) {
  const bar = (/** @type {string} */ name, /** @type {number} */ value, more = "") => h("div", { class: "measure" }, h("dt", {}, t(`app_robust.corner.${name}`)),
    h("dd", {}, h("meter", { min: 0, max: 1, value, "aria-label": t(`app_robust.corner.${name}`) }), ` ${t.percent(value)}${more}`));
  return [
    h("p", { class: "corner-sentence" }, box.sentence),
    h("dl", { class: "measures" }, bar("coverage", box.coverage), bar("dense", box.density), bar("everywhere", share),
      box.held_out !== null && bar("held", box.held_out, ` ± ${t.number(100 * box.held_out_error, 0)}`)),
    ...box.notes.map((note) => h("p", { class: "quiet" }, note)),
  ];
}
