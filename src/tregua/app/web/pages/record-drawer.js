// Who says so: the drawer that a point or an event opens.

/** @import {Happening, Observation, RecordAnswer} from "../answers.js" */
/** @import {Context} from "../types.js" */

import { h, outside } from "../dom.js";
import { facts, scrolled } from "../parts.js";

/** @param {string} url */
const archived = (url) => `https://web.archive.org/web/*/${url}`;

/** A source: reference, links to it and to archived copies, and a citation to copy. @param {string} id @param {RecordAnswer} data @param {Context} context */
function source(id, data, { t, copy, announce }) {
  const found = data.sources[id];
  if (!found) return h("p", {}, h("code", {}, id));
  const cited = [found.publisher, found.date, `“${found.title}”`, found.url].filter(Boolean).join(", ");
  const button = h("button", { type: "button", class: "button", onclick: async () => announce(t((await copy(`${cited}.`)) ? "app.copied" : "app.share.failed")) }, t("app_record.cite"));
  return h("div", { class: "source-card" },
    h("p", { class: "source-title" }, found.title || id),
    h("p", { class: "quiet" }, [found.publisher, found.date].filter(Boolean).join(" · ")),
    facts([[t("app_record.seen"), found.seen_as], [t("app_record.id"), h("code", {}, found.id)]]),
    h("p", { class: "tools" },
      found.url && Object.assign(outside(found.url, t("app_record.original")), { className: "button" }),
      found.url && Object.assign(outside(archived(found.url), t("app_record.archived")), { className: "button" }), button));
}

/** @param {string} text @param {RecordAnswer} data @param {Context} context */
const sourcesOf = (text, data, context) => String(text).split(/[;,]\s*/).filter(Boolean).map((id) => source(id, data, context));

/** Other figures for the same interval, side by side, with how far they lie from this one. @param {Observation} row @param {RecordAnswer} data @param {Context} context @param {(id: string) => void} open */
function rivals(row, data, { t }, open) {
  const others = data.rows.filter((other) => other.id !== row.id && other.start === row.start && other.end === row.end);
  if (!others.length) return h("p", { class: "quiet" }, t("app_record.alone"));
  const line = (/** @type {Observation} */ other) => h("tr", { class: other.id === row.id && "this" },
    h("th", { scope: "row" }, other.agency, h("small", {}, t.name("status", other.status))),
    h("td", { class: "num" }, t.number(other.value, Number.isInteger(other.value) ? 0 : 1)),
    h("td", { class: "num" }, other.id === row.id || !row.value ? "–" : `${other.value >= row.value ? "+" : ""}${t.number((100 * (other.value - row.value)) / row.value, 1)}\u00a0%`),
    h("td", {}, other.id === row.id ? t("app_record.this") : h("button", { type: "button", class: "as-link", onclick: () => open(other.id) }, other.source)));
  return scrolled(t("app_record.rivals"),
    h("thead", {}, h("tr", {}, ...["agency", "value", "apart", "source"].map((key) =>
      h("th", { scope: "col", class: key === "value" || key === "apart" ? "num" : false }, key === "apart" ? t("app_record.apart") : t(`app_record.head.${key}`))))),
    h("tbody", {}, ...[row, ...others].map(line)));
}

/** @param {Observation} row @param {RecordAnswer} data @param {Context} context @param {(id: string) => void} open */
function ofRow(row, data, context, open) {
  const { t } = context;
  const when = row.frequency === "moment" ? t.day(row.start) : row.frequency === "month" ? t.month(row.start) : t("app_record.until", { first: t.day(row.start), last: t.day(row.end) });
  return [
    h("p", { class: "eyebrow" }, `${data.shown.label} · ${row.agency}`),
    h("h2", { tabindex: "-1" }, when),
    h("p", { class: "big" }, t.number(row.value, Number.isInteger(row.value) ? 0 : 1), h("small", {}, ` ${data.shown.unit}`)),
    facts([
      [t("app_record.status"), `${t.name("status", row.status)}${row.verified ? "" : ` · ${t("app_record.unverified")}`}`],
      [t("app_record.note"), row.note],
      [t("app_record.used"), row.usable ? "" : t("app_record.unused")],
    ]),
    h("h3", {}, t("app_record.source")), ...sourcesOf(row.source, data, context),
    h("h3", {}, t("app_record.rivals")), rivals(row, data, context, open),
  ];
}

/** @param {Happening} event @param {RecordAnswer} data @param {Context} context */
function ofEvent(event, data, context) {
  const { t } = context;
  return [
    h("p", { class: "eyebrow" }, `${t.name("lane", event.lane)} · ${t.name("app_record.type", event.type)}`),
    h("h2", { tabindex: "-1" }, t.day(event.date)),
    h("p", { class: "told" }, event.text),
    facts([
      [t("app_record.actors"), event.actors],
      [t("app_record.status"), `${t.name("status", event.status)}${event.verified ? "" : ` · ${t("app_record.unverified")}`}`],
      [t("app_record.span"), Date.parse(event.end) - Date.parse(event.date) > 864e5 * 1.5 ? t("app_record.until", { first: t.day(event.date), last: t.day(event.end) }) : ""],
    ]),
    h("h3", {}, t("app_record.source")), ...sourcesOf(event.source, data, context),
  ];
}

/**
 * What a point or an event says of itself.
 * @param {string} id such as o17 or e4
 * @param {RecordAnswer} data
 * @param {Context} context
 * @param {(id: string) => void} open tells of another one
 * @returns {Node[]|null} null where the record holds no such thing
 */
export function told(id, data, context, open) {
  const row = data.rows.find((r) => r.id === id);
  if (row) return ofRow(row, data, context, open);
  const event = data.events.find((e) => e.id === id);
  return event ? ofEvent(event, data, context) : null;
}
