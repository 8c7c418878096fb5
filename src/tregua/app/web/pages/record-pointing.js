// Pointing at the picture of the record, by pointer and by keys: what is near, what it says.

/** @import {RecordView} from "./record.js" */
/** @import {Seen} from "./record-chart.js" */

import { h, s, closest } from "../dom.js";
import { placeIn } from "../plot.js";
import { dragStrip, nudge } from "./record-time.js";

/** The id of what a mark shows. @param {Seen} one */
const idOf = (one) => (one.row ?? one.event).id;

/** Listen to pointer and keys. @param {RecordView} view */
export function wire(view) {
  const { figure } = view;
  const near = (/** @type {PointerEvent} */ event, reach = 18) => nearest(view, placeIn(figure.picture(), event), reach);
  figure.addEventListener("pointermove", (event) => {
    if (closest(event, ".chart svg") && !view.dragging) point(view, near(event), event);
    else point(view, null, event);
  });
  figure.addEventListener("pointerleave", (event) => point(view, null, event));
  figure.addEventListener("click", (event) => {
    if (!closest(event, ".chart svg") || closest(event, "[data-screen=strip]")) return;
    const press = /** @type {PointerEvent} */ (event);
    const found = near(press, press.pointerType === "touch" ? 30 : 18);
    if (found) view.open(idOf(found), true);
  });
  figure.addEventListener("pointerdown", (event) => {
    if (closest(event, "[data-screen=strip]")) dragStrip(view, event);
  });
  figure.addEventListener("keydown", (event) => {
    const handle = closest(event, "[role=slider]");
    if (handle) nudge(view, String(handle.dataset.handle), event);
    else if (event.target === closest(event, ".chart svg")) walk(view, event);
  });
}

/** The mark nearest to a place, within reach. @param {RecordView} view @param {{x: number, y: number}} at @param {number} reach @returns {Seen|null} */
function nearest(view, { x, y }, reach) {
  /** @type {Seen|null} */ let best = null;
  let least = reach * reach;
  for (const one of view.drawn?.seen ?? []) {
    const dx = x < one.x1 ? one.x1 - x : x > one.x2 ? x - one.x2 : 0;
    const far = Math.min(one.row && !one.row.bar ? (x - one.px) ** 2 : dx ** 2, (x - one.px) ** 2) + (y - one.py) ** 2;
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

/** A ring around a mark. @param {RecordView} view @param {Seen|null} one */
function ring(view, one) {
  view.figure.querySelector("[data-ring]")?.replaceChildren(...(one ? [s("circle", { cx: one.px, cy: one.py, r: 8, fill: "none", stroke: "var(--accent)", "stroke-width": 2.2 })] : []));
}

/** What a mark says: in a few words, and more. @param {RecordView} view @param {Seen} one @returns {[string, string]} */
function said({ context: { t } }, one) {
  if (one.event) return [`${t.day(one.event.date)} · ${t.name("lane", one.event.lane)}`, one.event.text];
  const { row } = one;
  const when = row.frequency === "month" ? t.month(row.start) : row.frequency === "moment" ? t.day(row.start) : t("app_record.until", { first: t.day(row.start), last: t.day(row.end) });
  return [`${t.number(row.value, Number.isInteger(row.value) ? 0 : 1)} · ${row.agency}`, `${when} · ${t.name("status", row.status)}`];
}

/** Show what a mark says beside the pointer. @param {RecordView} view @param {Seen|null} one @param {MouseEvent} event */
function point(view, one, event) {
  const { tip } = view;
  ring(view, one);
  tip.hidden = !one;
  if (!one) return;
  const [head, text] = said(view, one);
  tip.replaceChildren(h("b", {}, head), h("span", {}, text));
  const box = /** @type {Element} */ (tip.parentElement).getBoundingClientRect();
  const flip = event.clientX > window.innerWidth - 300;
  tip.style.left = `${event.clientX - box.left + (flip ? -12 : 14)}px`;
  tip.style.top = `${event.clientY - box.top + 16}px`;
  tip.style.transform = flip ? "translateX(-100%)" : "none";
}

/** Where a key leads from a mark of a list; null for a key that leads nowhere. @param {string} key @param {Seen[]} list @param {number} now */
function stepped(key, list, now) {
  const isRow = (/** @type {Seen} */ one) => Boolean(one.row);
  if (key === "ArrowRight" || key === "ArrowLeft") {
    const step = key === "ArrowRight" ? 1 : -1;
    const kind = now < 0 ? true : isRow(list[now]);
    let next = now + step;
    while (list[next] && isRow(list[next]) !== kind) next += step;
    return next;
  }
  if (key === "Home") return 0;
  if (key === "End") return list.length - 1;
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const from = list[now] || list[0];
  const others = list.filter((one) => isRow(one) !== isRow(from));
  return list.indexOf(others.sort((a, b) => Math.abs(a.px - from.px) - Math.abs(b.px - from.px))[0]);
}

/** Arrow keys go from mark to mark; up and down change between figures and lanes. @param {RecordView} view @param {KeyboardEvent} event */
function walk(view, event) {
  const list = [...(view.drawn?.seen ?? [])].sort((a, b) => a.px - b.px || a.py - b.py);
  if (!list.length) return;
  const now = list.findIndex((one) => idOf(one) === view.at);
  const opens = event.key === "Enter" && now >= 0;
  const next = opens ? now : stepped(event.key, list, now);
  if (next === null) return;
  if (opens) view.open(view.at, true);
  event.preventDefault();
  if (!list[next]) return;
  view.at = idOf(list[next]);
  ring(view, list[next]);
  view.context.announce(said(view, list[next]).join(". "));
}
