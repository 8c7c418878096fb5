// The record: what is known, by whom, and what happened meanwhile.

import { address } from "../api.js";
import { h, s } from "../dom.js";
import { AGENCY_MARKS, linear, mark } from "../plot.js";
import { LANES, drawRecord, extent, monthOf, ms, placed, shifted, within } from "./record-chart.js";
import { told } from "./record-drawer.js";

export const title = (t) => t("app.nav.record");
export const styles = ["/web/pages/record.css"];

const NAMED = 4; // agencies with a mark of their own; the others share one
const DAY = 864e5;
let me = null; // the view shown

/** How to get the rows of this view without the page. */
export function reproduce(state, about) {
  const series = state.series || "homicides";
  const one = (state.agencies || "").includes(";") ? "" : state.agencies;
  const all = state.pale === "0" ? "" : " --all";
  return {
    cli: `tregua record show ${about.case} --series ${series}${one ? ` --agency "${one}"` : ""}${state.place ? ` --place "${state.place}"` : ""}${all} --json`,
    python: `from tregua import record\n\nknown = record.load("${about.case}")\nrows = known.select("${series}"${one ? `, agency="${one}"` : ""}${state.place ? `, place="${state.place}"` : ""}${all ? ", usable=False" : ""})`,
  };
}

function groupsOf(rows, t) {
  const counts = new Map();
  for (const row of rows) counts.set(row.agency, (counts.get(row.agency) || 0) + (["month", "moment"].includes(row.frequency) ? 1.001 : 1));
  const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const own = names.slice(0, names.length === NAMED + 1 ? NAMED + 1 : NAMED);
  const rest = names.slice(own.length);
  const groups = own.map((name) => ({ label: name, agencies: [name] }));
  if (rest.length) groups.push({ label: t("figure.record.other"), agencies: rest });
  const place = new Map(groups.flatMap((g, i) => g.agencies.map((name) => [name, Math.min(i, AGENCY_MARKS.length - 1)])));
  return { groups, groupOf: (agency) => place.get(agency) };
}

const query = (state) => ({ series: state.series, place: state.place, agencies: state.agencies, from: state.from, to: state.to, pale: state.pale === "0" ? "false" : undefined });

export async function show(root, context) {
  const { t, api, state } = context;
  const data = await api.get("/api/record", { series: state.series, place: state.place, lang: context.lang });
  const rows = placed(data);
  const whole = rows.length ? extent(rows) : [Date.UTC(2000, 0, 1), Date.UTC(2001, 0, 1)];
  const view = { root, context, data, rows, whole, ...groupsOf(data.rows, t), figure: context.figure(), drawn: null, at: -1, back: null };
  me = view;
  const drawer = h("aside", { class: "drawer", hidden: true, "aria-label": t("app_record.drawer") });
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  Object.assign(view, { drawer, tip });
  const grid = h("div", { class: "with-drawer" }, h("div", { class: "main-column" }, view.figure, tip, rules(view)), drawer);
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, data.title), h("p", { class: "lead" }, t("app_record.lead"))),
    pickers(view), grid, h("section", { class: "more-figures" })));
  view.grid = grid;
  wire(view);
  render(view);
  if (state.open) open(view, state.open, false);
  if (data.shown.name === "homicides" && data.shown.place === data.shown.country) later(view);
}

export async function update(context) {
  const before = me.context.state;
  const { state } = context;
  if (before.series !== state.series || before.place !== state.place || me.context.lang !== context.lang) {
    await show(me.root, context);
    return;
  }
  me.context = context;
  render(me);
  if (state.open) open(me, state.open, false);
  else close(me, false);
}

export function leave() {
  me = null;
}

// ---- what is chosen ----------------------------------------------------------------------------

function change(view, changes, push = true) {
  const next = { ...view.context.state, ...changes };
  for (const key of Object.keys(next)) if (next[key] === undefined || next[key] === "") delete next[key];
  view.context.remember(next, { push });
}

function pickers(view) {
  const { data, context: { t, go, state } } = view;
  const families = { main: [], detail: [], opinion: [] };
  for (const one of data.series) families[one.name.startsWith("opinion") ? "opinion" : one.name.includes(".") ? "detail" : "main"].push(one);
  const option = (one) => h("option", { value: one.name, selected: one.name === data.shown.name }, `${one.label} (${one.n})`);
  const groups = Object.entries(families).filter(([, list]) => list.length).map(([name, list]) =>
    h("optgroup", { label: t(`app_record.family.${name}`) }, ...list.sort((a, b) => a.label.localeCompare(b.label, t.lang)).map(option)));
  const series = h("select", { onchange: (event) => go("record", { series: event.target.value }) }, ...groups);
  const places = h("select", { onchange: (event) => go("record", { ...state, place: event.target.value === data.shown.country ? undefined : event.target.value, agencies: undefined, open: undefined }) },
    ...data.shown.places.map((name) => h("option", { value: name, selected: name === data.shown.place }, name)));
  return h("div", { class: "pickers" },
    h("label", { class: "field grow" }, t("app_record.series_label"), series),
    data.shown.places.length > 1 && h("label", { class: "field" }, t("app_record.place"), places));
}

function chips(view) {
  const { context: { t, state }, groups } = view;
  const on = state.agencies === undefined ? null : new Set(state.agencies.split(";"));
  const chosen = (group) => !on || group.agencies.some((name) => on.has(name));
  const count = (group) => view.data.rows.filter((row) => group.agencies.includes(row.agency)).length;
  const toggle = (group) => {
    const now = new Set(on || groups.flatMap((g) => g.agencies));
    const had = chosen(group);
    for (const name of group.agencies) now[had ? "delete" : "add"](name);
    const all = groups.every((g) => g.agencies.every((name) => now.has(name)));
    change(view, { agencies: all || !now.size ? undefined : [...now].join(";") });
    render(view, `chip-${groups.indexOf(group)}`);
  };
  const agency = groups.map((group, i) => {
    const [shape, hue] = AGENCY_MARKS[Math.min(i, 4)];
    const sign = s("svg", { viewBox: "-6 -6 12 12", class: "sign", "aria-hidden": "true" }, mark(shape, 0, 0, 4, { fill: `var(--${hue})` }));
    return h("button", { type: "button", class: "chip", "data-focus": `chip-${i}`, "aria-pressed": String(chosen(group)), title: group.agencies.join(", "), onclick: () => toggle(group) }, sign, group.label, h("small", {}, ` ${t.number(count(group), 0)}`));
  });
  const flip = (name, label, isOn, next) => h("button", {
    type: "button", class: "chip", "data-focus": name, "aria-pressed": String(isOn), onclick: () => { change(view, { [name]: next }); render(view, name); },
  }, label);
  const above = [
    h("fieldset", {}, h("legend", {}, t("app_record.agencies")), h("div", { class: "chips" }, ...agency)),
    h("fieldset", {}, h("legend", {}, t("app_record.view")), h("div", { class: "chips" },
      groups.length > 1 && flip("split", t("app_record.split"), state.split === "1", state.split === "1" ? undefined : "1"),
      flip("pale", t("app_record.pale"), state.pale !== "0", state.pale === "0" ? undefined : "0"))),
  ];
  const below = [
    h("fieldset", {}, h("legend", {}, t("app_record.time")), times(view)),
    h("fieldset", {}, h("legend", {}, t("app_record.lanes")), h("div", { class: "chips" }, ...LANES.map((lane) => {
      const hidden = new Set((state.hide || "").split(";").filter(Boolean));
      const isOn = !hidden.has(lane);
      hidden[isOn ? "add" : "delete"](lane);
      return flip2(view, `lane-${lane}`, t.name("lane", lane), isOn, { hide: [...hidden].join(";") });
    }))),
  ];
  return { above: h("div", { class: "controls" }, ...above), below: h("div", { class: "controls" }, ...below) };
}

function flip2(view, focus, label, isOn, changes) {
  return h("button", { type: "button", class: "chip", "data-focus": focus, "aria-pressed": String(isOn), onclick: () => { change(view, changes); render(view, focus); } }, label);
}

/** The months shown, to be typed; the strip under the picture moves them too. */
function times(view) {
  const { context: { t }, whole } = view;
  const [from, to] = shownTime(view);
  const input = (name, value) => h("input", {
    type: "month", value, "data-focus": name, "aria-label": t(`app_record.${name}`), min: monthOf(whole[0]), max: monthOf(whole[1] - DAY),
    onchange: (event) => { setTime(view, name, event.target.value, true); },
  });
  const all = h("button", { type: "button", class: "chip", "data-focus": "all", onclick: () => { change(view, { from: undefined, to: undefined }); render(view, "all"); } }, t("app_record.all"));
  return h("div", { class: "chips" }, input("from", monthOf(from)), input("to", monthOf(to - DAY)), all);
}

function shownTime(view) {
  const { state } = view.context;
  const from = /^\d{4}-\d\d$/.test(state.from) ? ms(state.from) : view.whole[0];
  const to = /^\d{4}-\d\d$/.test(state.to) ? ms(shifted(state.to, 1)) : view.whole[1];
  const low = Math.min(Math.max(from, view.whole[0]), view.whole[1] - 90 * DAY);
  return [low, Math.max(Math.min(to, view.whole[1]), low + 80 * DAY)];
}

function setTime(view, name, month, push) {
  if (!/^\d{4}-\d\d$/.test(month)) return;
  const [low, high] = shownTime(view);
  const [first, last] = [monthOf(low), monthOf(high - DAY)];
  const next = name === "from"
    ? { from: month < shifted(last, -2) ? month : shifted(last, -2) }
    : { to: month > shifted(first, 2) ? month : shifted(first, 2) };
  if (next.from && ms(next.from) <= view.whole[0]) next.from = undefined;
  if (next.to && ms(shifted(next.to, 1)) >= view.whole[1]) next.to = undefined;
  change(view, next, push);
  render(view, `handle-${name}`);
}

// ---- the picture -------------------------------------------------------------------------------

function filtered(view) {
  const { state } = view.context;
  const on = state.agencies === undefined ? null : new Set(state.agencies.split(";"));
  return view.rows.filter((row) => (!on || on.has(row.agency)) && (state.pale !== "0" || row.usable));
}

function render(view, focus) {
  const { context: { t, state }, data, figure } = view;
  const rows = filtered(view);
  const [from, to] = shownTime(view);
  const inside = rows.filter((row) => within(row, from, to));
  const all = data.rows.filter((row) => rows.some((one) => one.id === row.id) || !view.rows.some((one) => one.id === row.id));
  const listed = all.filter((row) => within({ low: ms(row.start), high: ms(row.end) }, from, to));
  const hidden = new Set((state.hide || "").split(";"));
  const events = data.events.filter((e) => !hidden.has(e.lane));
  const near = events.filter((e) => ms(e.end) >= from && ms(e.date) <= to);
  const ids = new Set([...listed, ...near].flatMap((one) => one.source.split(/[;,]\s*/)));
  const controls = chips(view);
  const twin = (kind) => address(`/record.${kind}`, query(state));
  figure.show({
    name: `record-${data.shown.name}`, level: 2, interactive: true,
    title: t("app_record.figure", { what: data.shown.label, place: data.shown.place }),
    drawn: t(data.shown.counted ? `app_record.drawn.${data.shown.base}` : "app_record.drawn.stock", { what: data.shown.label }),
    caption: t("app_record.caption"),
    label: t("app_record.keys"),
    controls: controls.above,
    below: controls.below,
    draw: (svg, width) => {
      view.drawn = drawRecord(svg, width, {
        t, data, rows, events, groups: view.groups, groupOf: view.groupOf, split: state.split === "1", from, to, whole: view.whole, lanes: LANES.filter((lane) => !hidden.has(lane)),
      });
      svg.setAttribute("tabindex", "0");
      svg.setAttribute("role", "group");
      svg.setAttribute("aria-label", t("app_record.summary", { n: t.number(inside.length, 0), first: t.month(monthOf(from)), last: t.month(monthOf(to - DAY)), events: t.number(near.length, 0) }));
      return view.drawn.height;
    },
    tables: [
      { name: data.shown.name, title: data.shown.label, rows: listed, columns: rowColumns(view) },
      { name: "events", title: t("app_record.events"), rows: near, columns: eventColumns(view) },
    ],
    sources: [...ids].map((id) => data.sources[id]).filter(Boolean),
    files: { csv: twin("csv"), parquet: twin("parquet"), json: twin("json") },
  });
  if (focus) refocus(view, focus);
}

function refocus(view, focus) {
  const handle = focus.startsWith("handle-") && view.figure.querySelector(`[role=slider][data-handle="${focus.slice(7)}"]`);
  (handle || view.figure.querySelector(`[data-focus="${focus}"]`))?.focus({ preventScroll: true });
}

function rowColumns(view) {
  const { t } = view.context;
  const opener = (row) => h("button", { type: "button", class: "as-link", onclick: () => open(view, row.id, true) }, row.source);
  const head = (key, kind, more) => ({ key, kind, label: t(`app_record.head.${key}`), ...more });
  return [head("start", "date"), head("end", "date"), head("value", "number"), head("agency", "text"), head("status", "text"), head("source", "text", { show: opener }), head("note", "text")];
}

function eventColumns(view) {
  const { t } = view.context;
  const opener = (row) => h("button", { type: "button", class: "as-link", onclick: () => open(view, row.id, true) }, row.source);
  return [
    { key: "date", kind: "date", label: t("app_record.head.date") }, { key: "lane", kind: "text", label: t("app_record.head.lane") },
    { key: "text", kind: "text", label: t("app_record.head.text") }, { key: "source", kind: "text", label: t("app_record.head.source"), show: opener },
  ];
}

function rules(view) {
  const { data, context: { t } } = view;
  if (!data.rules.length) return "";
  return h("section", { class: "prose rules-box" }, h("h2", {}, t("rules.title")), h("ul", { class: "rules" }, ...data.rules.map((rule) =>
    h("li", {}, h("span", { class: "flag", "aria-hidden": "true" }), h("span", {}, h("b", {}, `${t.day(rule.date)}.`), ` ${rule.text} `, h("code", {}, rule.source))))));
}

/** The report's figure of rival agencies, when the reader comes near it. */
function later(view) {
  const section = view.root.querySelector(".more-figures");
  const { api, lang, figure, problems } = view.context;
  new IntersectionObserver(async (entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      const found = await api.get("/api/figures/disagreements", { lang });
      const tables = found.tables.filter((name) => found.data[name]).map((name) => ({ name, rows: found.data[name] }));
      const element = figure();
      section.replaceChildren(element);
      element.show({ ...found, tables, level: 2 });
    } catch (error) {
      if (error.status !== 404) section.replaceChildren(problems(error));
    }
  }, { rootMargin: "300px" }).observe(section);
}

// ---- pointing ----------------------------------------------------------------------------------

function wire(view) {
  const { figure } = view;
  const place = (event) => {
    const svg = figure.querySelector(".chart svg");
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { svg, x: at.x, y: at.y };
  };
  figure.addEventListener("pointermove", (event) => {
    if (event.target.closest(".chart svg") && !view.dragging) point(view, nearest(view, place(event)), event);
    else point(view, null);
  });
  figure.addEventListener("pointerleave", () => point(view, null));
  figure.addEventListener("click", (event) => {
    if (!event.target.closest(".chart svg") || event.target.closest("[data-screen=strip]")) return;
    const found = nearest(view, place(event), event.pointerType === "touch" ? 30 : 18);
    if (found) open(view, (found.row || found.event).id, true);
  });
  figure.addEventListener("pointerdown", (event) => {
    if (event.target.closest("[data-screen=strip]")) drag(view, event, place);
  });
  figure.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[role=slider]");
    if (handle) nudge(view, handle.dataset.handle, event);
    else if (event.target.closest?.(".chart svg") === event.target) walk(view, event);
  });
}

function nearest(view, { x, y }, reach = 18) {
  let best = null;
  let least = reach * reach;
  for (const one of view.drawn.seen) {
    const dx = x < one.x1 ? one.x1 - x : x > one.x2 ? x - one.x2 : 0;
    const far = Math.min(one.row && !one.row.bar ? (x - one.px) ** 2 : dx ** 2, (x - one.px) ** 2) + (y - one.py) ** 2;
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

function ring(view, one) {
  const layer = view.figure.querySelector("[data-ring]");
  if (!layer) return;
  layer.replaceChildren();
  if (one) layer.append(s("circle", { cx: one.px, cy: one.py, r: 8, fill: "none", stroke: "var(--accent)", "stroke-width": 2.2 }));
}

const said = (view, one) => {
  const { t } = view.context;
  if (one.event) return [`${t.day(one.event.date)} · ${t.name("lane", one.event.lane)}`, one.event.text];
  const { row } = one;
  const when = row.frequency === "month" ? t.month(row.start) : row.frequency === "moment" ? t.day(row.start) : t("app_record.until", { first: t.day(row.start), last: t.day(row.end) });
  return [`${t.number(row.value, Number.isInteger(row.value) ? 0 : 1)} · ${row.agency}`, `${when} · ${t.name("status", row.status)}`];
};

function point(view, one, event) {
  const { tip } = view;
  ring(view, one);
  tip.hidden = !one;
  if (!one) return;
  const [head, text] = said(view, one);
  tip.replaceChildren(h("b", {}, head), h("span", {}, text));
  const box = tip.parentElement.getBoundingClientRect();
  const flip = event.clientX > window.innerWidth - 300;
  tip.style.left = `${event.clientX - box.left + (flip ? -12 : 14)}px`;
  tip.style.top = `${event.clientY - box.top + 16}px`;
  tip.style.transform = flip ? "translateX(-100%)" : "none";
}

/** Arrow keys go from mark to mark; up and down change between figures and lanes. */
function walk(view, event) {
  const list = [...view.drawn.seen].sort((a, b) => a.px - b.px || a.py - b.py);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const isRow = (one) => Boolean(one.row);
  const now = list.findIndex((one) => (one.row || one.event).id === view.at);
  let next = now;
  if (step) {
    const kind = now < 0 ? true : isRow(list[now]);
    next += step;
    while (list[next] && isRow(list[next]) !== kind) next += step;
  } else if (event.key === "Home" || event.key === "End") {
    next = event.key === "Home" ? 0 : list.length - 1;
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const from = list[now] || list[0];
    const others = list.filter((one) => isRow(one) !== isRow(from));
    next = list.indexOf(others.sort((a, b) => Math.abs(a.px - from.px) - Math.abs(b.px - from.px))[0]);
  } else if (event.key === "Enter" && now >= 0) {
    open(view, view.at, true);
  } else return;
  event.preventDefault();
  if (!list[next]) return;
  view.at = (list[next].row || list[next].event).id;
  ring(view, list[next]);
  view.context.announce(said(view, list[next]).join(". "));
}

function nudge(view, name, event) {
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
  const [low, high] = shownTime(view);
  const now = monthOf(name === "from" ? low : high - DAY);
  if (by) setTime(view, name, shifted(now, by), false);
  else if (event.key === "Home") setTime(view, name, monthOf(view.whole[0]), false);
  else if (event.key === "End") setTime(view, name, monthOf(view.whole[1] - DAY), false);
  else return;
  event.preventDefault();
}

/** Drag an end of the strip, or the window itself; a press beside it moves the nearer end there. */
function drag(view, event, place) {
  event.preventDefault();
  const scale = linear(view.whole, view.drawn.strip.x.range);
  const start = place(event);
  const [low, high] = shownTime(view);
  const at = scale.invert(start.x);
  let name = event.target.closest("[data-handle]")?.dataset.handle;
  if (!name) name = Math.abs(at - low) < Math.abs(at - high) ? "from" : "to";
  view.dragging = true;
  const move = (e) => {
    const now = scale.invert(place(e).x);
    if (name === "window") {
      const by = Math.min(Math.max(now - at, view.whole[0] - low), view.whole[1] - high);
      change(view, { from: monthOf(low + by), to: monthOf(high + by - DAY) }, false);
      render(view);
    } else setTime(view, name, monthOf(now), false);
  };
  const end = () => {
    view.dragging = false;
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
  if (name !== "window") move(event);
}

// ---- the drawer --------------------------------------------------------------------------------

function open(view, id, byHand) {
  const parts = told(id, view.data, view.context, (other) => open(view, other, true));
  if (!parts) return;
  view.back ??= document.activeElement;
  const shut = h("button", { type: "button", class: "tool drawer-close", "aria-label": view.context.t("app_record.close"), onclick: () => close(view, true) }, "✕");
  view.drawer.replaceChildren(shut, ...parts);
  view.drawer.hidden = false;
  view.grid.classList.add("opened");
  view.drawer.onkeydown = (event) => { if (event.key === "Escape") close(view, true); };
  if (!byHand) return;
  change(view, { open: id });
  view.drawer.querySelector("h2").focus({ preventScroll: true });
}

function close(view, byHand) {
  if (view.drawer.hidden) return;
  view.drawer.hidden = true;
  view.grid.classList.remove("opened");
  if (byHand) {
    change(view, { open: undefined });
    (view.back?.isConnected ? view.back : view.figure.querySelector(".chart svg"))?.focus({ preventScroll: true });
  }
  view.back = null;
}
