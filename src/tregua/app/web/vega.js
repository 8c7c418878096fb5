// Vega, which the server takes from an installed package, for the figures that are drawn by it.

import { about } from "./about.js";
import { h } from "./dom.js";

/** @typedef {(element: Element, spec: object, options: object) => Promise<{view: {toSVG: () => Promise<string>}, finalize: () => void}>} Embed draws a specification into an element */

/** @type {Promise<Embed>|null} */
let vega = null;

/** Vega, fetched when the first chart needs it. */
export function loadVega() {
  vega ??= new Promise((done, failed) => {
    const script = h("script", { src: about.vega, onload: () => done(/** @type {any} */ (window).vegaEmbed), onerror: failed });
    document.head.append(script);
  });
  return vega;
}
