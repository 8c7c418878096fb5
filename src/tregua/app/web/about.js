// What every part of the page may need to know of the server's case, and the page's own voice.

/** @import {About} from "./answers.js" */

import { one } from "./dom.js";

/**
 * Version, case, digest and limits; `main.js` fills it in at the start.
 * @type {About & {made: string, announce: (text: string) => void}}
 */
export const about = {
  case: "", title: { en: "", es: "" }, version: "", digest: "", lang: "en", vega: "", worlds_from: [], runs: true, made: "",
  limits: { worlds: 0, seconds: 0, body_bytes: 0, upload_bytes: 0 },
  /** Tell assistive technology something that eyes see elsewhere. */
  announce(text) {
    const status = one(document, "#status");
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  },
};
