// The state of a view lives in its address: short names in the query, large state as `s`.

import { address } from "./api.js";

const OWN = new Set(["lang", "token"]);

/** The page and state that an address names. */
export function read(url = location) {
  const state = Object.fromEntries(new URLSearchParams(url.search));
  const lang = state.lang;
  for (const name of OWN) delete state[name];
  const page = url.pathname.replace(/^\/+|\/+$/g, "") || "record";
  return { page, state, lang };
}

/** The address of a view; its language is written where it is not the server's. */
export function link(page, state = {}, lang = current.lang) {
  return address(`/${page}`, { ...state, lang: lang === current.first ? undefined : lang });
}

/** The language in use, and the one that addresses leave out. */
export const current = { lang: "en", first: "en" };

/**
 * Put a view's state into the address.
 * @param {string} page
 * @param {Object<string, any>} state
 * @param {{push?: boolean}} [how] `push` makes a step that the back button undoes
 */
export function write(page, state, how = {}) {
  const url = link(page, state);
  if (url === location.pathname + location.search) return;
  if (how.push) history.pushState(null, "", url + location.hash);
  else history.replaceState(null, "", url + location.hash);
}

const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** Any value as text for `s`: JSON, deflated (RFC 1950), base64url. */
export async function pack(value) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate"));
  const text = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The value that `pack` wrote; null if it is damaged. */
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
  get(name) {
    try { return localStorage.getItem(`tregua.${name}`); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`tregua.${name}`, value); } catch { /* closed storage */ }
  },
};
