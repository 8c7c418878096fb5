// @ts-check
// What the server tells of a case, in the words and shapes that the parts of the page use.

import { monthIndex } from "./months.js";

/** Events with a short name of their own; the others are for the Record. @param {any} t @param {any[]} events */
function named(t, events) {
  return events.filter((e) => t.has(`event.${e.type}`) || !e.type)
    .map((e) => ({ month: monthIndex(e.date), label: e.type ? t(`event.${e.type}`) : e.label, source: e.source }))
    .filter((e, i, all) => all.findIndex((f) => f.label === e.label && Math.abs(f.month - e.month) < 60) === i);
}

/**
 * The form of the Lab.
 * @param {any} t the catalogue @param {any} given as `/api/lab/form` gives it
 */
export function shaped(t, given) {
  const name = (/** @type {any} */ x) => ({ ...x, name: x.name ?? x.id });
  const [low, high] = given.limits?.effort ?? [1, 50];
  const sources = given.sources || {};
  const record = given.record.map((/** @type {any} */ d) => ({ month: monthIndex(d.month), value: d.rate ?? d.value, agency: d.agency, source: d.source }));
  return {
    ...given,
    lanes: given.lanes.map(name).map((/** @type {any} */ lane) => ({ ...lane, label: t(`app_lab.lane.${lane.name}`), effort: lane.effort ? { low, high, step: 0.1 } : null })),
    replies: given.replies.map(name),
    origins: given.origins.map((/** @type {any} */ o) => ({ date: o.date.slice(0, 7), label: `${t.month(o.date)} · ${o.label}` })),
    outcomes: given.outcomes.filter((/** @type {any} */ o) => o.fan !== false),
    first: given.presets[Math.min(1, given.presets.length - 1)]?.scenario,
    record,
    events: named(t, given.events),
    sourcesOf: (/** @type {number} */ first, /** @type {number} */ last) => [...new Set(record.filter((/** @type {any} */ d) => d.month >= first && d.month < last).map((/** @type {any} */ d) => d.source))]
      .filter((id) => sources[id]).map((id) => ({ id, ...sources[id] })),
  };
}
