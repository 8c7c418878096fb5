// Tables that can be sorted by a press on a column's head, capped so that no page grows without end.

/** @import {Child, Column, Row, Table} from "./types.js" */

import { ROWS_SHOWN } from "/chart.js";
import { h } from "./dom.js";
import { scrolled } from "./parts.js";
import { active } from "./words.js";

const DAY = /^\d{4}-\d\d-\d\d/;
/** @type {Record<string, string>} */
const FAMILY = {
  strategy: "strategy", reference: "strategy", outcome: "outcome", variable: "variable",
  sign: "sign", lane: "lane", worlds: "worlds", status: "status", frequency: "frequency",
};

/**
 * A column of a table.
 * @param {NonNullable<Column["kind"]>} kind
 * @param {string} key
 * @param {string} label
 * @param {Partial<Column>} [more]
 * @returns {Column}
 */
export const column = (kind, key, label, more) => ({ kind, key, label, ...more });

/** Columns of rows that come without: names from the catalogue, kinds from the values. @param {Row[]} rows @returns {Column[]} */
export function columnsOf(rows) {
  return Object.keys(rows[0] || {}).map((key) => {
    const first = rows.find((row) => row[key] !== null && row[key] !== undefined);
    const value = first ? first[key] : null;
    const kind = typeof value === "number" ? "number" : typeof value === "string" && DAY.test(value) ? "date" : "text";
    return { key, kind, label: active.has(`field.${key}`) ? active(`field.${key}`) : key };
  });
}

/** @param {Column} field @param {Row} row @returns {Child} */
function cell(field, row) {
  if (field.show) return field.show(row);
  const value = row[field.key];
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return active(value ? "js.yes" : "js.no");
  if (field.kind === "date") return active.day(value);
  if (field.kind === "month") return active.month(value);
  if (field.kind === "number") {
    if (field.key === "year") return String(value);
    const digits = field.digits ?? (Number.isInteger(value) ? 0 : undefined);
    return active.number(value, digits);
  }
  return FAMILY[field.key] ? active.name(FAMILY[field.key], value) : String(value);
}

/** @param {Row[]} rows @param {Column} field @param {boolean} falling */
function ordered(rows, field, falling) {
  const compare = (/** @type {Row} */ a, /** @type {Row} */ b) => {
    const [x, y] = [a[field.key], b[field.key]];
    const [gone, lost] = [x === null || x === undefined, y === null || y === undefined];
    if (gone || lost) return Number(gone) - Number(lost);
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), active.lang);
    return falling ? -order : order;
  };
  return [...rows].sort(compare);
}

/**
 * A table as an element.
 * @param {Table} table
 * @returns {HTMLElement}
 */
export function table({ name, title, columns, rows }) {
  const shown = columns || columnsOf(rows);
  const sorting = { key: "", falling: false };
  const body = h("tbody");
  const heads = new Map();

  function fill() {
    const field = shown.find((c) => c.key === sorting.key);
    const list = (field ? ordered(rows, field, sorting.falling) : rows).slice(0, ROWS_SHOWN);
    body.replaceChildren(...list.map((row) => h("tr", {}, ...shown.map((c) =>
      h("td", { class: c.kind === "number" && "num" }, cell(c, row))))));
    for (const [key, head] of heads) {
      if (key === sorting.key) head.setAttribute("aria-sort", sorting.falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  /** @param {string} key */
  function sort(key) {
    sorting.falling = sorting.key === key && !sorting.falling;
    sorting.key = key;
    fill();
  }

  for (const field of shown) {
    const button = h("button", { type: "button", class: "sort", onclick: () => sort(field.key) }, field.label || field.key);
    heads.set(field.key, h("th", { scope: "col", class: field.kind === "number" && "num" }, button));
  }
  fill();
  const label = title || name;
  const box = scrolled(label, h("caption", {}, label), h("thead", {}, h("tr", {}, ...heads.values())), body);
  const count = { shown: active.number(ROWS_SHOWN, 0), all: active.number(rows.length, 0) };
  const note = rows.length > ROWS_SHOWN && h("p", { class: "quiet" }, active("js.capped", count));
  const none = rows.length === 0 && h("p", { class: "quiet" }, active("app.table.empty"));
  return h("div", { class: "table-box" }, note, none, rows.length > 0 && box);
}
