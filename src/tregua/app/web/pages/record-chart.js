// The picture of the record: figures by agency, events in lanes, and a strip to choose the time.

/** @import {Happening, Observation, RecordAnswer, Rule} from "../answers.js" */
/** @import {Scale, Words} from "../types.js" */

import { s } from "../dom.js";
import { AGENCY_MARKS, axisX, axisY, linear, mark, monthOf, ms, ticks, timeTicks } from "../plot.js";

/**
 * @typedef {Observation & {at: number, low: number, high: number, y: number, bar: boolean}} Placed a figure with its places in time and value
 * @typedef {{px: number, py: number, x1: number, x2: number}} Spot
 * @typedef {Spot & ({row: Placed, event?: undefined}|{event: Happening, row?: undefined})} Seen what a pointer can find
 * @typedef {{wide: boolean, left: number, right: number, from: number, to: number, whole: [number, number], lanes: string[], t: Words, x: Scale}} View
 * @typedef {{height: number, seen: Seen[], strip: {x: Scale}}} Drawn
 */

/** Lanes of events, from top to bottom. */
export const LANES = ["government", "gangs", "prisons", "courts", "press", "elections"];
const FEATURED = ["truce_start", "truce_end", "ceasefire", "state_of_exception"];
const SPANS = new Set(["month", "months", "quarter", "year", "moment"]);

/** Rows with their places in time and value; single days stay in the table where there are months. @param {RecordAnswer} data @returns {Placed[]} */
export function placed(data) {
  const { base } = data.shown;
  const long = data.rows.some((row) => SPANS.has(row.frequency));
  return data.rows
    .filter((row) => !long || SPANS.has(row.frequency))
    .map((row) => ({
      ...row,
      at: row.frequency === "moment" ? ms(row.start) : (ms(row.start) + ms(row.end)) / 2,
      low: ms(row.start), high: ms(row.end),
      y: base ? row[base] : row.value,
      bar: row.frequency !== "moment" && row.frequency !== (base === "year" ? "" : "month"),
    }));
}

/** Whether any of an interval, or a moment, lies in [from, to); the twin of the view asks the same. @param {{low: number, high: number}} interval @param {number} from @param {number} to */
export const within = ({ low, high }, from, to) => (high > from || low >= from) && low < to;

/** @param {number} width */
function frame(width) {
  const wide = width >= 640;
  return { wide, left: wide ? 96 : 44, right: width - 14 };
}

/** One panel of figures. Returns what it drew, to be found again by a pointer. @param {View} view @param {{top: number, bottom: number, title: string}} box @param {Placed[]} rows @param {(agency: string) => number} groupOf */
function panel(view, box, rows, groupOf) {
  const { x, t } = view;
  const top = Math.max(...rows.map((row) => row.y), 0) * 1.08 || 1;
  const y = linear([0, top], [box.bottom, box.top]);
  const values = ticks(0, top, box.bottom - box.top > 150 ? 5 : 3);
  const digits = values[1] < 1 ? 1 : 0;
  const clip = `clip-${Math.round(box.top)}`;
  const marks = s("g", { "clip-path": `url(#${clip})` });
  const seen = rows.map((row) => {
    const [shape, hue] = AGENCY_MARKS[groupOf(row.agency)];
    const look = { "data-id": row.id, opacity: row.usable ? 0.88 : 0.3 };
    const at = y(row.y);
    if (row.bar) {
      marks.append(s("line", { ...look, x1: x(row.low), x2: x(row.high), y1: at, y2: at, stroke: `var(--${hue})`, "stroke-width": 2.2 }));
    } else {
      marks.append(mark(shape, x(row.at), at, 3, { ...look, fill: `var(--${hue})` }));
    }
    return { row, px: x(Math.min(Math.max(row.at, view.from), view.to)), py: at, x1: x(row.low), x2: x(row.high) };
  });
  const group = s("g", {},
    s("clipPath", { id: clip }, s("rect", { x: view.left - 4, y: box.top - 6, width: view.right - view.left + 8, height: box.bottom - box.top + 12 })),
    axisY(y, values, { left: view.left, right: view.right, format: (v) => t.number(v, digits), title: box.title }),
    marks);
  return { group, seen };
}

/** @param {View} view @param {Rule[]} rules @param {number} top @param {number} bottom */
function ruleMarks(view, rules, top, bottom) {
  return rules.filter((rule) => ms(rule.date) >= view.from && ms(rule.date) <= view.to).map((rule) => {
    const at = view.x(ms(rule.date));
    return s("g", {}, s("title", {}, `${view.t.day(rule.date)}: ${rule.text}`),
      s("line", { x1: at, x2: at, y1: top, y2: bottom, stroke: "var(--break)", "stroke-width": 1.4, "stroke-dasharray": "5 4" }),
      s("path", { d: `M${at - 5} ${top - 7}h10l-5 8z`, fill: "var(--break)" }));
  });
}

/** @param {View} view @param {Happening[]} events @param {number} top @param {number} bottom */
function featuredMarks(view, events, top, bottom) {
  const first = FEATURED.map((type) => events.filter((e) => e.type === type).sort((a, b) => (a.date < b.date ? -1 : 1))[0]);
  const taken = [-1e9, -1e9];
  return first.filter((event) => event !== undefined).sort((a, b) => (a.date < b.date ? -1 : 1)).map((event) => {
    const at = view.x(ms(event.date));
    if (at < view.left || at > view.right) return "";
    const line = s("line", { x1: at, x2: at, y1: top, y2: bottom, stroke: "var(--muted)", "stroke-dasharray": "1 3", "stroke-width": 1.3 });
    if (!view.wide) return line;
    const label = view.t.name("event", event.type);
    const length = label.length * 6.6;
    const flip = at + length > view.right;
    const start = flip ? at - length : at;
    const row = taken[0] < start ? 0 : 1;
    taken[row] = start + length + 8;
    return s("g", {}, line, s("text", { x: flip ? at - 5 : at + 5, y: top + 8 + row * 15, "text-anchor": flip ? "end" : "start", fill: "var(--muted)", stroke: "var(--card)", "stroke-width": 4, "paint-order": "stroke" }, label));
  });
}

/** Events in lanes; short ones as a dot, long ones as a bar. @param {View} view @param {Happening[]} events @param {number} top */
function lanes(view, events, top) {
  const { t, x } = view;
  /** @type {Seen[]} */ const seen = [];
  const high = view.wide ? 22 : 34;
  const group = s("g", {});
  view.lanes.forEach((name, i) => {
    const middle = top + i * high + high - 11;
    group.append(
      s("line", { x1: view.left, x2: view.right, y1: middle, y2: middle, stroke: "var(--grid)" }),
      s("text", { x: view.wide ? view.left - 8 : view.left, y: view.wide ? middle + 4 : middle - 11, "text-anchor": view.wide ? "end" : "start", fill: "var(--muted)" }, t.name("lane", name)));
    for (const event of events.filter((e) => e.lane === name)) {
      const [low, end] = [ms(event.date), ms(event.end)];
      if (end < view.from || low > view.to) continue;
      const x1 = Math.max(x(low), view.left);
      const x2 = Math.min(x(end), view.right);
      const long = x2 - x1 > 9;
      const at = long ? (x1 + x2) / 2 : x(low);
      const look = { "data-id": event.id, fill: event.verified ? "var(--ink)" : "var(--card)", stroke: "var(--ink)", "stroke-width": 1.2, opacity: event.verified ? 0.8 : 0.6 };
      group.append(long
        ? s("rect", { ...look, x: x1, y: middle - 4, width: x2 - x1, height: 8, rx: 4 })
        : s("circle", { ...look, cx: Math.max(at, view.left), cy: middle, r: 4.2 }));
      seen.push({ event, px: Math.max(at, view.left), py: middle, x1: long ? x1 : at, x2: long ? x2 : at });
    }
  });
  return { group, seen, bottom: top + view.lanes.length * high };
}

/** The strip under the picture: all of the time, and the part that is shown. @param {View} view @param {Placed[]} rows @param {number} top */
function strip(view, rows, top) {
  const { whole, t } = view;
  const high = 40;
  const x = linear(whole, [view.left, view.right]);
  const y = linear([0, Math.max(...rows.map((row) => row.y), 1)], [top + high - 3, top + 4]);
  const dots = rows.map((row) => (row.bar
    ? `M${x(row.low).toFixed(1)} ${y(row.y).toFixed(1)}H${x(row.high).toFixed(1)}`
    : `M${x(row.at).toFixed(1)} ${y(row.y).toFixed(1)}h.01`)).join("");
  const [a, b] = [x(view.from), x(view.to)];
  const handle = (/** @type {string} */ name, /** @type {number} */ at, /** @type {number} */ value) => s("g", {
    role: "slider", tabindex: 0, "data-handle": name, "aria-label": t(`app_record.${name}`), "aria-orientation": "horizontal",
    "aria-valuemin": 0, "aria-valuemax": Math.round((whole[1] - whole[0]) / 2629800000),
    "aria-valuenow": Math.round((value - whole[0]) / 2629800000), "aria-valuetext": t.month(monthOf(value)), cursor: "ew-resize",
  }, s("rect", { x: at - 12, y: top - 4, width: 24, height: high + 8, fill: "transparent" }),
  s("rect", { x: at - 3.5, y: top + 8, width: 7, height: high - 16, rx: 3.5, fill: "var(--accent)" }));
  const group = s("g", { "data-screen": "strip" },
    s("rect", { x: view.left, y: top, width: view.right - view.left, height: high, rx: 5, fill: "var(--soft)" }),
    s("path", { d: dots, stroke: "var(--muted)", "stroke-width": 1.6, "stroke-linecap": "round", opacity: 0.7, fill: "none" }),
    s("rect", { x: view.left, y: top, width: Math.max(a - view.left, 0), height: high, fill: "var(--card)", opacity: 0.72 }),
    s("rect", { x: b, y: top, width: Math.max(view.right - b, 0), height: high, fill: "var(--card)", opacity: 0.72 }),
    s("rect", { x: a, y: top, width: Math.max(b - a, 1), height: high, rx: 4, fill: "transparent", stroke: "var(--accent)", "stroke-width": 1.4, "data-handle": "window", cursor: "grab" }),
    handle("from", a, view.from), handle("to", b, view.to));
  return { group, x, top, high, bottom: top + high };
}

/**
 * Draw all of it.
 * @param {SVGElement} svg empty
 * @param {number} width
 * @param {{t: Words, data: RecordAnswer, rows: Placed[], events: Happening[], groups: {label: string}[], groupOf: (agency: string) => number, split: boolean, from: number, to: number, whole: [number, number], lanes: string[]}} what
 * @returns {Drawn}
 */
export function drawRecord(svg, width, what) {
  const { t, data } = what;
  const place = frame(width);
  /** @type {View} */ const view = { ...place, from: what.from, to: what.to, whole: what.whole, lanes: what.lanes, t, x: linear([what.from, what.to], [place.left, place.right]) };
  const rows = what.rows.filter((row) => within(row, view.from, view.to));
  const first = 30;
  let bottom = first;
  /** @type {Seen[]} */ const seen = [];
  const groups = what.split ? what.groups.map(({ label }, i) => ({ label, i })).filter(({ i }) => rows.some((r) => what.groupOf(r.agency) === i)) : [null];
  const tall = what.split ? 118 : view.wide ? 300 : 240;
  for (const group of groups) {
    const own = group ? rows.filter((row) => what.groupOf(row.agency) === group.i) : rows;
    const top = bottom + (group && bottom > first ? 34 : 0);
    const made = panel(view, { top, bottom: top + tall, title: group ? group.label : data.shown.axis }, own, what.groupOf);
    svg.append(made.group);
    seen.push(...made.seen);
    bottom = top + tall;
  }
  svg.append(...featuredMarks(view, what.events, first, bottom), ...ruleMarks(view, data.rules, first, bottom));
  const list = timeTicks(view.from, view.to, Math.max(3, Math.floor((view.right - view.left) / 62)));
  const format = (/** @type {{label: string}} */ tick) => (tick.label.includes("-") ? shortMonth(tick.label, t) : tick.label);
  svg.append(axisX(view.x, list, bottom, { format }));
  const drawnLanes = lanes(view, what.events, bottom + 30);
  svg.append(drawnLanes.group);
  const made = strip(view, what.rows, drawnLanes.bottom + 14);
  svg.append(made.group, s("g", { "data-screen": "ring", "data-ring": "" }));
  svg.dataset.paper = String(drawnLanes.bottom + 6);
  return { height: made.bottom + 6, seen: [...seen, ...drawnLanes.seen], strip: made };
}

/** @param {string} month @param {Words} t */
function shortMonth(month, t) {
  const [year, m] = month.split("-").map(Number);
  const name = t.months()[m - 1].slice(0, 3);
  return m === 1 ? `${name} ${year}` : name;
}

/** The first and last moment of a record's rows, by whole years. @param {Placed[]} rows @returns {[number, number]} */
export function extent(rows) {
  const low = new Date(Math.min(...rows.map((row) => row.low))).getUTCFullYear();
  const high = new Date(Math.max(...rows.map((row) => row.high))).getUTCFullYear();
  return [Date.UTC(low, 0, 1), Date.UTC(high + 1, 0, 1)];
}
