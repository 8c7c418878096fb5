// Small makers of elements, so that no text of the data is ever read as markup.

/** @import {Attributes, Child} from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Set attributes, listeners (`onclick`) and properties (`.value`) of an element, and fill it.
 * @template {Element} E
 * @param {E} node
 * @param {Attributes|undefined} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function dress(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.startsWith(".")) Object.assign(node, { [key.slice(1)]: value });
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] `onclick` listens, `.value` sets a property, false leaves out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/**
 * An SVG element; like `h`.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * The element that a selector finds, which must be there.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function one(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`No element ${selector} in the page.`);
  return /** @type {HTMLElement} */ (found);
}

/**
 * The element, if any, that an event happened in and that a selector names.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement|null}
 */
export function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/**
 * Put the focus somewhere without moving the page.
 * @param {Element|null|undefined} node
 */
export function focus(node) {
  /** @type {HTMLElement|SVGElement|null|undefined} */ (node)?.focus({ preventScroll: true });
}

/**
 * Follow a pointer until it is let go.
 * @param {(event: PointerEvent) => void} move
 * @param {() => void} [end] after the last move
 */
export function dragging(move, end = () => {}) {
  const over = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", over);
    window.removeEventListener("pointercancel", over);
    end();
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", over);
  window.addEventListener("pointercancel", over);
}

/**
 * A link to somebody else's page: opened apart, told nothing about where it was found.
 * @param {string} url
 * @param {...Child} children
 */
export function outside(url, ...children) {
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener external" }, ...children);
}

/**
 * Only http and https addresses become links.
 * @param {string|null|undefined} url
 * @returns {string} the address, or nothing
 */
export function safeLink(url) {
  try {
    const { protocol } = new URL(url ?? "");
    return url && (protocol === "https:" || protocol === "http:") ? url : "";
  } catch {
    return "";
  }
}

let made = 0;

/**
 * An id that no other element has.
 * @param {string} [prefix]
 */
export function fresh(prefix = "x") {
  made += 1;
  return `${prefix}-${made}`;
}
