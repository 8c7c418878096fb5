// What of the record is chosen: series, place, agencies, lanes, and how it is shown.

/** @import {Observation} from "../answers.js" */
/** @import {State, Words} from "../types.js" */
/** @import {RecordView} from "./record.js" */

import { h, s } from "../dom.js";
import { chip } from "../parts.js";
import { AGENCY_MARKS, mark } from "../plot.js";
import { LANES } from "./record-chart.js";
import { times } from "./record-time.js";

/** @typedef {{label: string, agencies: string[]}} Group agencies that share a mark */

const NAMED = 4; // agencies with a mark of their own; the others share one

/** Agencies by how much they say, the small ones together. @param {Observation[]} rows @param {Words} t */
export function groupsOf(rows, t) {
  /** @type {Map<string, number>} */ const counts = new Map();
  for (const row of rows) counts.set(row.agency, (counts.get(row.agency) || 0) + (["month", "moment"].includes(row.frequency) ? 1.001 : 1));
  const names = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const own = names.slice(0, names.length === NAMED + 1 ? NAMED + 1 : NAMED);
  const rest = names.slice(own.length);
  /** @type {Group[]} */ const groups = own.map((name) => ({ label: name, agencies: [name] }));
  if (rest.length) groups.push({ label: t("figure.record.other"), agencies: rest });
  const place = new Map(groups.flatMap((g, i) => g.agencies.map((name) => [name, Math.min(i, AGENCY_MARKS.length - 1)])));
  return { groups, groupOf: (/** @type {string} */ agency) => place.get(agency) ?? 0 };
}

/** The agencies that an address names; null for all. @param {State} state */
const agenciesOf = (state) => (state.agencies === undefined ? null : new Set(state.agencies.split(";")));

/** The lanes that an address leaves out. @param {State} state */
export const hiddenLanes = (state) => new Set((state.hide || "").split(";").filter(Boolean));

/** The rows drawn: those of the agencies chosen, and the pale ones if they are wanted. @param {RecordView} view */
export function chosenRows({ rows, context: { state } }) {
  const on = agenciesOf(state);
  return rows.filter((row) => (!on || on.has(row.agency)) && (state.pale !== "0" || row.usable));
}

/** Series and place, above the figure. @param {RecordView} view */
export function pickers({ data, context: { t, go, state } }) {
  /** @type {Record<string, typeof data.series>} */ const families = { main: [], detail: [], opinion: [] };
  for (const one of data.series) families[one.name.startsWith("opinion") ? "opinion" : one.name.includes(".") ? "detail" : "main"].push(one);
  const option = (/** @type {typeof data.series[0]} */ one) => h("option", { value: one.name, selected: one.name === data.shown.name }, `${one.label} (${one.n})`);
  const groups = Object.entries(families).filter(([, list]) => list.length).map(([name, list]) =>
    h("optgroup", { label: t(`app_record.family.${name}`) }, ...list.sort((a, b) => a.label.localeCompare(b.label, t.lang)).map(option)));
  /** @type {HTMLSelectElement} */ const series = h("select", { onchange: () => go("record", { series: series.value }) }, ...groups);
  /** @type {HTMLSelectElement} */ const places = h("select", { onchange: () => go("record", { ...state, place: places.value === data.shown.country ? undefined : places.value, agencies: undefined, open: undefined }) },
    ...data.shown.places.map((name) => h("option", { value: name, selected: name === data.shown.place }, data.shown.place_labels[name])));
  return h("div", { class: "pickers" },
    h("label", { class: "field grow" }, t("app_record.series_label"), series),
    data.shown.places.length > 1 && h("label", { class: "field" }, t("app_record.place"), places));
}

/** A chip for each group of agencies, with its mark and how many figures it has. @param {RecordView} view */
function agencyChips(view) {
  const { context: { t, state }, data, groups } = view;
  const on = agenciesOf(state);
  const chosen = (/** @type {Group} */ group) => !on || group.agencies.some((name) => on.has(name));
  const count = (/** @type {Group} */ group) => data.rows.filter((row) => group.agencies.includes(row.agency)).length;
  const toggle = (/** @type {Group} */ group, /** @type {number} */ i) => {
    const now = new Set(on || groups.flatMap((g) => g.agencies));
    const had = chosen(group);
    for (const name of group.agencies) now[had ? "delete" : "add"](name);
    const all = groups.every((g) => g.agencies.every((name) => now.has(name)));
    view.change({ agencies: all || !now.size ? undefined : [...now].join(";") });
    view.render(`chip-${i}`);
  };
  return groups.map((group, i) => {
    const [shape, hue] = AGENCY_MARKS[Math.min(i, 4)];
    const sign = s("svg", { viewBox: "-6 -6 12 12", class: "sign", "aria-hidden": "true" }, mark(shape, 0, 0, 4, { fill: `var(--${hue})` }));
    return chip({ label: group.label, on: chosen(group), focus: `chip-${i}`, title: group.agencies.join(", "), act: () => toggle(group, i) },
      { before: sign, after: h("small", {}, ` ${t.number(count(group), 0)}`) });
  });
}

/** A chip that changes the address. @param {RecordView} view @param {string} name @param {string} label @param {boolean} on @param {State} changes */
const flip = (view, name, label, on, changes) => chip({ label, on, focus: name, act: () => {
  view.change(changes);
  view.render(name);
} });

/** A chip for each lane of events. @param {RecordView} view */
const laneChips = (view) => LANES.map((lane) => {
  const hidden = hiddenLanes(view.context.state);
  const on = !hidden.has(lane);
  hidden[on ? "add" : "delete"](lane);
  return flip(view, `lane-${lane}`, view.context.t.name("lane", lane), on, { hide: [...hidden].join(";") });
});

/** What stands above the picture and what below it. @param {RecordView} view */
export function controls(view) {
  const { context: { t, state }, groups } = view;
  const [split, pale] = [state.split === "1", state.pale !== "0"];
  const set = (/** @type {string} */ name, /** @type {Node[]} */ ...children) => h("fieldset", {}, h("legend", {}, t(`app_record.${name}`)), ...children);
  return {
    above: h("div", { class: "controls" },
      set("agencies", h("div", { class: "chips" }, ...agencyChips(view))),
      set("view", h("div", { class: "chips" },
        groups.length > 1 && flip(view, "split", t("app_record.split"), split, { split: split ? undefined : "1" }),
        flip(view, "pale", t("app_record.pale"), pale, { pale: pale ? "0" : undefined })))),
    below: h("div", { class: "controls" }, set("time", times(view)), set("lanes", h("div", { class: "chips" }, ...laneChips(view)))),
  };
}
