// What the server tells of a case, in the words and shapes that the parts of the page use.

/** @import {LabForm} from "./answers_worlds.js" */
/** @import {Scenario} from "./lab_state.js" */
/** @import {Words} from "./types.js" */

import { monthIndex } from "./months.js";

/** Events with a short name of their own; the others are for the Record. @param {Words} t @param {LabForm["events"]} events */
function named(t, events) {
  return events.filter((e) => t.has(`event.${e.type}`) || !e.type)
    .map((e) => ({ month: monthIndex(e.date), label: e.type ? t(`event.${e.type}`) : e.label, source: e.source }))
    .filter((e, i, all) => all.findIndex((f) => f.label === e.label && Math.abs(f.month - e.month) < 60) === i);
}

/**
 * The form of the Lab.
 * @param {Words} t
 * @param {LabForm} given as `/api/lab/form` gives it
 */
export function shaped(t, given) {
  const [low, high] = given.limits?.effort ?? [1, 50];
  const sources = given.sources || {};
  const record = given.record.map((d) => ({ month: monthIndex(d.month), value: d.rate ?? d.value, agency: d.agency, source: d.source }));
  return {
    ...given,
    lanes: given.lanes.map((lane) => ({ ...lane, name: lane.id, label: t(`app_lab.lane.${lane.id}`), effort: lane.effort ? { low, high, step: 0.1 } : null })),
    replies: given.replies.map((reply) => ({ ...reply, name: reply.id })),
    origins: given.origins.map((o) => ({ date: o.date.slice(0, 7), label: `${t.month(o.date)} · ${o.label}` })),
    outcomes: given.outcomes.filter((o) => o.fan !== false),
    first: given.presets[Math.min(1, given.presets.length - 1)]?.scenario ?? given.first,
    record,
    events: named(t, given.events),
    sourcesOf: (/** @type {number} */ first, /** @type {number} */ last) => [...new Set(record.filter((d) => d.month >= first && d.month < last).map((d) => d.source))]
      .filter((id) => sources[id]).map((id) => ({ id, ...sources[id] })),
  };
}

/** @typedef {ReturnType<typeof shaped>} Form */

/** The scenario that a form begins with. @param {Form} form @returns {Scenario} */
export function fallback(form) {
  return { case: form.case || "el-salvador", origin: form.origins[0].date, years: 10, worlds: 200, seed: 1, worlds_from: "posterior", blocks: [], reply: form.replies[0]?.name || "answer_in_kind", assumptions: {} };
}
