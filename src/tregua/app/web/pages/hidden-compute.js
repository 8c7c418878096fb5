// What the picture shows under a reader's prior, switches and strengths.

/** @import {View} from "./hidden-state.js" */

import { judged } from "./hidden-evidence.js";
import { band, readings, suppression, sure } from "./priors.js";

/** All that follows from priors, switches and strengths; nothing is asked of the server. @param {View} view */
export function compute(view) {
  const { data: { months, prior, falls } } = view;
  const before = months[view.filtered ? "suppressed_filtered" : "suppressed"];
  const end = view.filtered ? /** @type {const} */ ("_filtered") : "";
  view.now = view.rate === 0 ? before : suppression(months[`log_factor${end}`], months[`in_force${end}`], prior[`suppressed${end}`], 2 ** view.rate);
  const shares = months[view.filtered ? "f" : "p"];
  view.shares = view.rate === 0 ? shares : readings(shares, before, view.now);
  view.bands = null;
  if (!view.pact || !view.data.case) return;
  const spans = new Map(falls.map((fall) => [fall, band(judged(fall, view).capped, view.odds)]));
  const open = band([0, 0, 0], view.odds);
  const certain = falls.filter(sure);
  const of = months.month.map((month) => {
    const fall = certain.filter((one) => one.low <= month).at(-1);
    return (fall && spans.get(fall)) || open;
  });
  view.bands = { low: of.map(([low], i) => low * view.now[i]), high: of.map(([, high], i) => high * view.now[i]) };
}
