// Parts that several pages are made of: chips, choices, facts, tables in a box, links to files.

/** @import {Child, Files} from "./types.js" */

import { h, s } from "./dom.js";

/**
 * A small picture of lines in a box of 20 by 20; what it means is said beside it.
 * @param {string} path
 * @param {string|false} [kind] class of the line
 */
export function icon(path, kind = false) {
  return s("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" }, s("path", { d: path, class: kind }));
}

/**
 * A button that is on or off.
 * @param {{label: Child, on: boolean, act: () => void, focus?: string, title?: string}} chip `focus` is a name by which the page finds it again after drawing
 * @param {{before?: Child, after?: Child}} [around] what stands beside the label
 */
export function chip({ label, on, act, focus, title }, { before, after } = {}) {
  return h("button", { type: "button", class: "chip", "data-focus": focus, "aria-pressed": String(on), title, onclick: act }, before, label, after);
}

/**
 * A choice with its label.
 * @param {string} label
 * @param {[value: string, name: string][]} options
 * @param {string} value the one chosen
 * @param {(value: string) => void} chosen
 * @param {string} [id]
 */
export function choice(label, options, value, chosen, id) {
  /** @type {HTMLSelectElement} */ const control = h("select", { id, onchange: () => chosen(control.value) },
    ...options.map(([key, name]) => h("option", { value: key, selected: key === value }, name)));
  return h("label", { class: "field" }, h("span", {}, label), control);
}

/**
 * Names with what they stand for; a pair without a value is left out.
 * @param {[name: string, value: Child][]} pairs
 */
export function facts(pairs) {
  return h("dl", { class: "facts" }, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/**
 * A table in a box that may be scrolled sideways, also by keys.
 * @param {string} label
 * @param {...Child} children of the table: caption, head, body
 */
export function scrolled(label, ...children) {
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, h("table", {}, ...children));
}

/**
 * Links that hand out what is shown as files.
 * @param {Files} files addresses by kind
 */
export function fileLinks(files) {
  return Object.entries(files).map(([kind, url]) => h("a", { href: url, class: "button", download: kind === "json" ? false : "" }, kind.toUpperCase()));
}
