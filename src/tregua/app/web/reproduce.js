// How to get a view without the page: terminal, Python, R and curl, with its own filters.

/** @import {Page, Query, State, Way} from "./types.js" */

import { address } from "./api.js";

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
/** @param {string} text */
const inR = (text) => JSON.stringify(text);

/** Names that the page's state and its twin call differently. @param {State} state @returns {Query} */
function twinQuery(state) {
  return { ...state, open: undefined, split: undefined, hide: undefined, pale: state.pale === "0" ? "false" : undefined };
}

/**
 * Ways to make a view again.
 * @param {string} page such as "record"
 * @param {State} state what its address holds
 * @param {Pick<Page, "reproduce">} module the page, which knows its command and its Python
 * @param {{case: string}} about
 * @returns {Way[]} cli, python, r and curl, those that there are
 */
export function ways(page, state, module, about) {
  const own = module.reproduce ? module.reproduce(state, about) : {};
  const query = twinQuery(state);
  const url = new URL(address(`/${page}.json`, query), location.origin).href;
  const csv = new URL(address(`/${page}.csv`, query), location.origin).href;
  const pairs = Object.entries(query).filter(([, v]) => v !== undefined && v !== "");
  const asked = pairs.length ? ` |>\n  req_url_query(${pairs.map(([k, v]) => `\`${k}\` = ${inR(String(v))}`).join(", ")})` : "";
  const r = `library(httr2)\n\nreply <- request(${inR(new URL(`/${page}.json`, location.origin).href)})${asked} |>\n  req_perform() |>\n  resp_body_json(simplifyVector = TRUE)\nreply$rows`;
  const python = own.python || `import json, urllib.request\n\nwith urllib.request.urlopen(${inR(url)}) as reply:\n    rows = json.load(reply)["rows"]`;
  return [
    { name: "cli", text: own.cli || `tregua serve --no-browser` },
    { name: "python", text: python },
    { name: "r", text: r },
    { name: "curl", text: `curl -o ${page}.csv ${quoted(csv)}` },
  ];
}
