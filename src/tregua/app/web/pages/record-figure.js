// The figure of the record: picture, tables, sources and files of what is chosen.

/** @import {Happening, Observation} from "../answers.js" */
/** @import {Column, FigureView, Row} from "../types.js" */
/** @import {RecordView} from "./record.js" */

import { h } from "../dom.js";
import { DAY, monthOf, ms } from "../plot.js";
import { twins } from "../store.js";
import { column } from "../table.js";
import { LANES, drawRecord, within } from "./record-chart.js";
import { chosenRows, controls, hiddenLanes } from "./record-choice.js";
import { shownTime } from "./record-time.js";

/** What is listed: also days, which are not drawn where there are months. @param {RecordView} view @param {number} from @param {number} to */
function listedRows(view, from, to) {
  const drawn = new Set(chosenRows(view).map((row) => row.id));
  const known = new Set(view.rows.map((row) => row.id));
  return view.data.rows.filter((row) => (drawn.has(row.id) || !known.has(row.id)) && within({ low: ms(row.start), high: ms(row.end) }, from, to));
}

/** What the figure shows of the view. @param {RecordView} view @returns {FigureView} */
export function recordFigure(view) {
  const { context: { t, state }, data } = view;
  const { shown } = data;
  const [from, to] = shownTime(view);
  const rows = chosenRows(view);
  const listed = listedRows(view, from, to);
  const hidden = hiddenLanes(state);
  const events = data.events.filter((e) => !hidden.has(e.lane));
  const near = events.filter((e) => ms(e.end) >= from && ms(e.date) <= to);
  const { above, below } = controls(view);
  const summary = t("app_record.summary", {
    n: t.number(rows.filter((row) => within(row, from, to)).length, 0), first: t.month(monthOf(from)), last: t.month(monthOf(to - DAY)), events: t.number(near.length, 0),
  });
  return {
    name: `record-${shown.name}`, level: 2, interactive: true,
    title: t("app_record.figure", { what: shown.label, place: shown.place_labels[shown.place] || shown.place }),
    drawn: t(shown.counted ? `app_record.drawn.${shown.base}` : "app_record.drawn.stock", { what: shown.label }),
    caption: t("app_record.caption"), label: t("app_record.keys"), controls: above, below,
    draw: (svg, width) => {
      view.drawn = drawRecord(svg, width, {
        t, data, rows, events, groups: view.groups, groupOf: view.groupOf, split: state.split === "1", from, to, whole: view.whole, lanes: LANES.filter((lane) => !hidden.has(lane)),
      });
      for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": summary })) svg.setAttribute(name, value);
      return view.drawn.height;
    },
    tables: [
      { name: shown.name, title: shown.label, rows: listed, columns: rowColumns(view) },
      { name: "events", title: t("app_record.events"), rows: near, columns: eventColumns(view) },
    ],
    sources: sourcesOf(view, [...listed, ...near]),
    files: twins("record", { series: state.series, place: state.place, agencies: state.agencies, from: state.from, to: state.to, pale: state.pale === "0" ? "false" : undefined }),
  };
}

/** @param {RecordView} view @param {(Observation|Happening)[]} rows */
function sourcesOf({ data }, rows) {
  const ids = new Set(rows.flatMap((row) => row.source.split(/[;,]\s*/)));
  return [...ids].map((id) => data.sources[id]).filter(Boolean);
}

/** A source as a button that opens the drawer. @param {RecordView} view */
const opener = (view) => (/** @type {Row} */ row) => h("button", { type: "button", class: "as-link", onclick: () => view.open(row.id, true) }, row.source);

/** @param {RecordView} view @returns {Column[]} */
function rowColumns(view) {
  const head = (/** @type {string} */ key, /** @type {"date"|"number"|"text"} */ kind, /** @type {Partial<Column>} */ more = {}) => column(kind, key, view.context.t(`app_record.head.${key}`), more);
  return [head("start", "date"), head("end", "date"), head("value", "number"), head("agency", "text"), head("status", "text"), head("source", "text", { show: opener(view) }), head("note", "text")];
}

/** @param {RecordView} view @returns {Column[]} */
function eventColumns(view) {
  const head = (/** @type {string} */ key, /** @type {"date"|"text"} */ kind, /** @type {Partial<Column>} */ more = {}) => column(kind, key, view.context.t(`app_record.head.${key}`), more);
  return [head("date", "date"), head("lane", "text"), head("text", "text"), head("source", "text", { show: opener(view) })];
}
