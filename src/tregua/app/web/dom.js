// Small makers of elements, so that no text of the data is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** Set attributes, listeners (`onclick`) and properties (`.value`) of an element. */
function dress(node, attributes) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.startsWith(".")) node[key.slice(1)] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  return node;
}

/**
 * An HTML element.
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `onclick` listens, `.value` sets a property, false leaves out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes, ...children) {
  const node = dress(document.createElement(tag), attributes);
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/**
 * An SVG element; like `h`.
 * @param {string} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {SVGElement}
 */
export function s(tag, attributes, ...children) {
  const node = dress(document.createElementNS(SVG, tag), attributes);
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** A link to somebody else's page: opened apart, told nothing about where it was found. */
export function outside(url, ...children) {
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener external" }, ...children);
}

/** Only http and https addresses become links. */
export function safeLink(url) {
  try {
    const { protocol } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? url : "";
  } catch {
    return "";
  }
}

let made = 0;
/** An id that no other element has. */
export function fresh(prefix = "x") {
  made += 1;
  return `${prefix}-${made}`;
}
