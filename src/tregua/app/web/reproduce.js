// How to get a view without the page: terminal, Python, R and curl, with its own filters.

import { address } from "./api.js";

const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
const inR = (text) => JSON.stringify(String(text));

/** Names that the page's state and its twin call differently. */
function twinQuery(state) {
  const { open, split, hide, claim, pale, ...rest } = state;
  return { ...rest, ...(claim ? { claim } : {}), ...(pale === "0" ? { pale: "false" } : {}) };
}

/**
 * Ways to make a view again.
 * @param {string} page such as "record"
 * @param {Object<string, string>} state what its address holds
 * @param {{reproduce?: Function}} module the page, which knows its command and its Python
 * @param {{case: string}} about
 * @returns {{name: string, text: string}[]} cli, python, r and curl, those that there are
 */
export function ways(page, state, module, about) {
  const own = module.reproduce ? module.reproduce(state, about) : {};
  const query = twinQuery(state);
  const url = new URL(address(`/${page}.json`, query), location.origin).href;
  const csv = new URL(address(`/${page}.csv`, query), location.origin).href;
  const pairs = Object.entries(query).filter(([, v]) => v !== undefined && v !== "");
  const asked = pairs.length ? ` |>\n  req_url_query(${pairs.map(([k, v]) => `\`${k}\` = ${inR(v)}`).join(", ")})` : "";
  const r = `library(httr2)\n\nreply <- request(${inR(new URL(`/${page}.json`, location.origin).href)})${asked} |>\n  req_perform() |>\n  resp_body_json(simplifyVector = TRUE)\nreply$rows`;
  const python = own.python || `import json, urllib.request\n\nwith urllib.request.urlopen(${inR(url)}) as reply:\n    rows = json.load(reply)["rows"]`;
  return [
    { name: "cli", text: own.cli || `tregua serve --no-browser` },
    { name: "python", text: python },
    { name: "r", text: r },
    { name: "curl", text: `curl -o ${page}.csv ${quoted(csv)}` },
  ];
}
