// Tables that can be sorted by a press on a column's head, capped so that no page grows without end.

import { ROWS_SHOWN } from "/chart.js";
import { h } from "./dom.js";
import { active } from "./words.js";

/**
 * @typedef {{key: string, label?: string, kind?: "number"|"date"|"month"|"text"|"node", digits?: number,
 *   show?: (row: any) => (Node|string)}} Column
 * @typedef {{name: string, title?: string, columns?: Column[], rows: Object<string, any>[]}} Table
 */

const DAY = /^\d{4}-\d\d-\d\d/;
const FAMILY = {
  strategy: "strategy", reference: "strategy", outcome: "outcome", variable: "variable",
  sign: "sign", lane: "lane", worlds: "worlds", status: "status", frequency: "frequency",
};

/** Columns of rows that come without: names from the catalogue, kinds from the values. */
export function columnsOf(rows) {
  return Object.keys(rows[0] || {}).map((key) => {
    const first = rows.find((row) => row[key] !== null && row[key] !== undefined);
    const value = first ? first[key] : null;
    const kind = typeof value === "number" ? "number" : typeof value === "string" && DAY.test(value) ? "date" : "text";
    return { key, kind, label: active.has(`field.${key}`) ? active(`field.${key}`) : key };
  });
}

function cell(column, row) {
  if (column.show) return column.show(row);
  const value = row[column.key];
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return active(value ? "js.yes" : "js.no");
  if (column.kind === "date") return active.day(value);
  if (column.kind === "month") return active.month(value);
  if (column.kind === "number") {
    if (column.key === "year") return String(value);
    const digits = column.digits ?? (Number.isInteger(value) ? 0 : undefined);
    return active.number(value, digits);
  }
  return FAMILY[column.key] ? active.name(FAMILY[column.key], value) : String(value);
}

function ordered(rows, column, falling) {
  const rank = (row) => row[column.key];
  const compare = (a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const [gone, lost] = [x === null || x === undefined, y === null || y === undefined];
    if (gone || lost) return gone - lost;
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
  const sorting = { key: null, falling: false };
  const body = h("tbody");
  const heads = new Map();

  function fill() {
    const column = shown.find((c) => c.key === sorting.key);
    const list = (column ? ordered(rows, column, sorting.falling) : rows).slice(0, ROWS_SHOWN);
    body.replaceChildren(...list.map((row) => h("tr", {}, ...shown.map((c) =>
      h("td", { class: c.kind === "number" && "num" }, cell(c, row))))));
    for (const [key, head] of heads) {
      if (key === sorting.key) head.setAttribute("aria-sort", sorting.falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  function sort(key) {
    sorting.falling = sorting.key === key && !sorting.falling;
    sorting.key = key;
    fill();
  }

  for (const column of shown) {
    const button = h("button", { type: "button", class: "sort", onclick: () => sort(column.key) }, column.label || column.key);
    heads.set(column.key, h("th", { scope: "col", class: column.kind === "number" && "num" }, button));
  }
  fill();
  const label = title || name;
  const box = h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label },
    h("table", {}, h("caption", {}, label), h("thead", {}, h("tr", {}, ...heads.values())), body));
  const count = { shown: active.number(ROWS_SHOWN, 0), all: active.number(rows.length, 0) };
  const note = rows.length > ROWS_SHOWN && h("p", { class: "quiet" }, active("js.capped", count));
  const none = rows.length === 0 && h("p", { class: "quiet" }, active("app.table.empty"));
  return h("div", { class: "table-box" }, note, none, rows.length > 0 && box);
}
