// The state of a view lives in its address: short names in the query, large state as `s`.

/** @import {Files, Language, Query, State} from "./types.js" */

import { address } from "./api.js";

const OWN = new Set(["lang", "token"]);

/** The page and state that an address names. @param {Location|URL} [url] @returns {{page: string, state: State, lang: string|undefined}} */
export function read(url = location) {
  /** @type {State} */
  const state = Object.fromEntries(new URLSearchParams(url.search));
  const lang = state.lang;
  for (const name of OWN) delete state[name];
  const page = url.pathname.replace(/^\/+|\/+$/g, "") || "record";
  return { page, state, lang };
}

/** The address of a view; its language is written where it is not the server's. @param {string} page @param {Query} [state] @param {string} [lang] */
export function link(page, state = {}, lang = current.lang) {
  return address(`/${page}`, { ...state, lang: lang === current.first ? undefined : lang });
}

/**
 * Addresses of what a view shows as tables: the same query, another ending.
 * @param {string} page
 * @param {Query} query
 * @returns {Files}
 */
export const twins = (page, query) => Object.fromEntries(["csv", "parquet", "json"].map((kind) => [kind, address(`/${page}.${kind}`, query)]));

/**
 * A state with changes; what has no value is left out.
 * @param {State} state
 * @param {Query} changes
 * @returns {State}
 */
export function changed(state, changes) {
  const all = Object.entries({ ...state, ...changes }).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
}

/** The language in use, and the one that addresses leave out. */
export const current = /** @type {{lang: Language, first: Language}} */ ({ lang: "en", first: "en" });

/**
 * Put a view's state into the address.
 * @param {string} page
 * @param {Query} state
 * @param {{push?: boolean}} [how] `push` makes a step that the back button undoes
 */
export function write(page, state, how = {}) {
  const url = link(page, state);
  if (url === location.pathname + location.search) return;
  if (how.push) history.pushState(null, "", url + location.hash);
  else history.replaceState(null, "", url + location.hash);
}

/** @param {BlobPart} bytes @param {CompressionStream|DecompressionStream} stream */
const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** Any value as text for `s`: JSON, deflated (RFC 1950), base64url. @param {unknown} value */
export async function pack(value) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate"));
  const text = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The value that `pack` wrote; null if it is damaged. @param {string} text @returns {Promise<any>} */
export async function unpack(text) {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(Uint8Array.from(plain, (c) => c.charCodeAt(0)), new DecompressionStream("deflate"));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** Something this browser keeps, such as the theme; nothing where storage is closed. */
export const keep = {
  /** @param {string} name */
  get(name) {
    try { return localStorage.getItem(`tregua.${name}`); } catch { return null; }
  },
  /** @param {string} name @param {string} value */
  set(name, value) {
    try { localStorage.setItem(`tregua.${name}`, value); } catch { /* closed storage */ }
  },
};
