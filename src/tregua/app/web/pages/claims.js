// The claims of the article with their verdicts: filtered, searched, one of them opened.

/** @import {ClaimCode, ClaimRow, ClaimsAnswer, Interval, Published} from "../answers.js" */
/** @import {Child, Context, Query, Source, State, Words} from "../types.js" */

import { address } from "../api.js";
import { focus, h, s, outside, safeLink } from "../dom.js";
import { changed } from "../store.js";

/** @param {Words} t */
export const title = (t) => t("app.nav.claims");
/** Style sheets of this page. */
export const styles = ["/web/pages/claims.css"];

const FILTERS = /** @type {const} */ (["verdict", "theme", "kind", "reach"]);
const NONE = Object.fromEntries([...FILTERS, "q", "qualifies"].map((name) => [name, undefined]));

/**
 * @typedef {{node: HTMLElement, details: HTMLDetailsElement, row: ClaimRow, text: string}} Item
 * @typedef {{selects: Map<string, HTMLSelectElement>, q: HTMLInputElement, qualifies: HTMLInputElement, csv: HTMLAnchorElement, json: HTMLAnchorElement}} Controls
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {Context} context
 * @property {ClaimsAnswer} data
 * @property {Map<string, Item>} items
 * @property {Map<string, Source>} sources
 * @property {HTMLElement} told how many are shown
 * @property {HTMLElement} list
 * @property {Controls} controls
 */

/** @type {View|null} the view shown */
let me = null;

/** How to get a verdict without the page. @param {State} state @param {{case: string}} about */
export function reproduce(state, about) {
  const number = state.claim ? ` ${state.claim} --why` : "";
  return {
    cli: `tregua claims${number}`,
    python: `from tregua.assess.shipped import shipped_claims\n\nverdicts = shipped_claims().verdicts  # ${about.case}\nverdict = verdicts["${state.claim || "44"}"]\nverdict.verdict, verdict.estimate, verdict.low, verdict.high`,
  };
}

/** @param {State} state @param {string} lang */
const query = (state, lang) => ({ verdict: state.verdict, theme: state.theme, kind: state.kind, reach: state.reach, qualifies: state.qualifies ? "true" : undefined, q: state.q, claim: state.only ? state.claim : undefined, lang });

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const { t, api, lang } = context;
  const data = await api.get("/api/claims", { lang });
  if (!root.isConnected) return; // left meanwhile
  /** @type {View} */
  const view = {
    root, context, data, items: new Map(), sources: new Map(data.sources.map((source) => [source.id, source])),
    told: h("p", { class: "quiet shown-claims", role: "status" }), list: h("div", {}), controls: controlsOf(),
  };
  me = view;
  view.list.append(...data.groups.map((group) => h("section", { class: "group", "data-group": group.name },
    h("h2", {}, group.title), h("ol", { class: "claims" }, ...group.rows.map((row) => item(view, row))))));
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, t("claims.title")), h("p", { class: "lead" }, t("claims.lead"))),
    h("ul", { class: "tally", "aria-label": t("claims.tally", { n: data.total }) }, ...data.tally.map((entry) => h("li", {},
      h("button", { type: "button", class: `verdict v-${entry.verdict}`, onclick: () => set(view, { verdict: context.state.verdict === entry.verdict ? undefined : entry.verdict }), "data-tally": entry.verdict },
        glyph(view, entry.verdict), h("span", {}, h("b", {}, String(entry.n)), " ", t(`app_claims.many.${entry.verdict}`)))))),
    data.episodes && h("p", { class: "quiet prose" }, data.episodes),
    h("p", { class: "quiet prose" }, t("claims.reading")),
    made(view), filters(view), view.told, view.list));
  apply(view);
  if (context.state.claim) open(view, context.state.claim, true);
}

/** @param {Context} context */
export async function update(context) {
  if (!me) return;
  me.context = context;
  apply(me);
  if (context.state.claim) open(me, context.state.claim, true);
}

/** The page is left. */
export function leave() {
  me = null;
}

/** @param {View} view */
function made(view) {
  const { data, context: { t } } = view;
  const { about } = view.context;
  const told = (/** @type {string} */ text) => h("div", { class: "callout" }, h("p", {}, text));
  if (!data.provenance) return told(t("app_claims.none", { command: `tregua assess ${about.case}` }));
  const { command, version, record } = data.provenance;
  return h("div", {}, h("p", { class: "made" }, t("app_claims.made"), " ", h("code", {}, command), ` · tregua ${version}`),
    record !== about.digest && told(t("app_claims.older", { then: record, now: about.digest })));
}

// ---- one claim ---------------------------------------------------------------------------------

/** @param {View} view @param {string} kind */
function glyph(view, kind) {
  return s("svg", { class: "glyph", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, s("path", { d: view.data.glyphs[kind] }));
}

/** An interval on a 0-100 line, as in the report. @param {Interval} at */
function bar(at) {
  const line = (/** @type {string} */ name, /** @type {number} */ x1, /** @type {number} */ x2, y1 = 11, y2 = 11) => s("line", { class: name, x1: x1 * 2, x2: x2 * 2, y1, y2 });
  return s("svg", { class: "interval", viewBox: "0 0 200 22", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    line("base", 0, 100), at.reference !== undefined && at.reference !== null && line("ref", at.reference, at.reference, 1, 21),
    at.low !== undefined && at.high !== undefined && line("span", at.low, at.high), line("dot", at.middle, at.middle));
}

/** @param {ClaimRow} row @param {Words} t */
function estimate(row, t) {
  if (row.at) {
    return h("div", { class: "estimate" }, bar(row.at), h("p", {}, h("b", {}, row.figure), " ", h("span", { class: "nowrap" }, `(${row.interval})`), h("br"),
      h("span", { class: "quiet" }, row.unit, row.reference !== null && ` · ${t("claims.reference", { value: row.against })}`)));
  }
  if (row.estimate !== null) {
    return h("div", { class: "estimate" }, h("p", {}, h("b", {}, row.figure), h("br"),
      h("span", { class: "quiet" }, row.unit, row.reference !== null && ` · ${t("claims.against", { value: row.against })}`)));
  }
  return h("div", { class: "estimate" }, h("p", { class: "quiet" }, t("claims.nointerval")));
}

/** @param {Published[]} entries */
function published(entries) {
  return h("div", { class: "published" }, ...entries.map((entry) => h("div", {},
    entry.about && h("p", { class: "quiet" }, entry.about),
    h("div", { class: "forest" }, ...entry.lines.map((line) => line.at && h("div", {}, h("span", {}, line.label), bar(line.at), h("span", {}, line.text)))),
    entry.why_none && h("p", {}, entry.why_none), entry.differs && h("p", {}, entry.differs))));
}

/** @param {View} view @param {string[]} ids */
function sources(view, ids) {
  return ids.flatMap((id, i) => {
    const found = view.sources.get(id);
    const url = found && safeLink(found.url);
    return [i ? ", " : "", found && url ? Object.assign(outside(url, id), { title: `${found.title} · ${found.publisher}` }) : h("code", {}, id)];
  });
}

/** The function that tests the claim, fetched when it is asked for. @param {View} view @param {ClaimRow} row */
function code(view, row) {
  const { t, api } = view.context;
  const box = h("details", { class: "code" }, h("summary", {}, h("code", {}, row.function)));
  box.addEventListener("toggle", async () => {
    if (!box.open || box.childElementCount > 1) return;
    /** @type {ClaimCode} */ const found = await api.get(`/api/claims/${encodeURIComponent(row.number)}/code`);
    box.append(h("pre", { tabindex: "0", "aria-label": found.name }, h("code", {}, found.source)));
  });
  return [box, h("p", {}, t("app_claims.terminal"), " ", h("code", {}, `tregua claims ${row.number} --why`))];
}

/** @param {View} view @param {ClaimRow} row */
function more(view, row) {
  const { t, copy, announce, link, lang } = view.context;
  const part = (/** @type {string} */ name, /** @type {Child[]} */ ...value) => [h("dt", {}, t(name)), h("dd", {}, ...value)];
  const self = new URL(link("claims", { claim: row.number }), location.href).href;
  return h("dl", {},
    ...part("claims.test", row.test),
    ...(row.rivals.length ? part("claims.rivals", h("ul", {}, ...row.rivals.map((reading) => h("li", {}, reading)))) : []),
    ...part("claims.change", row.change),
    ...(row.published.length ? part("claims.published", published(row.published)) : []),
    ...(row.tables.length ? part("claims.tables", h("code", {}, row.tables.map((name) => `${name}.parquet`).join(", "))) : []),
    ...(row.sources.length ? part("claims.sources", ...sources(view, row.sources)) : []),
    ...(row.function ? part("claims.code", ...code(view, row)) : []),
    ...part("app_claims.take", h("span", { class: "tools" },
      h("button", { type: "button", class: "button", onclick: async () => announce(t((await copy(self)) ? "app.share.done" : "app.share.failed")) }, t("app_claims.copy")),
      h("a", { class: "button", href: address("/claims.json", { claim: row.number, lang }) }, "JSON"), h("a", { class: "button", href: address("/claims.csv", { claim: row.number, lang }), download: "" }, "CSV"))));
}

/** @param {View} view @param {ClaimRow} row */
function item(view, row) {
  const { t } = view.context;
  const details = h("details", { class: "more bulk" }, h("summary", {}, row.more, h("span", { class: "sr" }, `: ${row.sentence}`)));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(more(view, row));
    if (!me || view !== me) return;
    const { state } = view.context;
    if (details.open && state.claim !== row.number) view.context.remember({ ...state, claim: row.number });
    else if (!details.open && state.claim === row.number) view.context.remember({ ...state, claim: undefined });
  });
  const node = h("li", { class: "claim", id: row.anchor, tabindex: "-1", "data-number": row.number },
    h("div", { class: "judged" }, h("div", { class: `verdict v-${row.verdict}` }, glyph(view, row.verdict), h("span", {}, row.word)),
      row.weighed && h("p", { class: "strength" }, h("span", { class: "pips", "aria-hidden": "true" }, row.pips), ` ${t("claims.strength", { strength: row.strength })}`)),
    h("div", { class: "said" }, h("p", { class: "place" }, `${t("claims.place", { number: row.number, place: row.place })} · ${row.kind_word}`),
      h("h3", {}, row.sentence), h("p", {}, row.found)),
    estimate(row, t), details);
  view.items.set(row.number, { node, details, row, text: `${row.number} ${row.sentence} ${row.found}`.toLocaleLowerCase(view.context.lang) });
  return node;
}

/** @param {View} view @param {string} number @param {boolean} byAddress */
function open(view, number, byAddress) {
  const found = view.items.get(number);
  if (!found) return;
  if (found.node.hidden) set(view, NONE, { claim: number });
  found.details.open = true;
  if (!byAddress) return;
  requestAnimationFrame(() => {
    found.node.scrollIntoView({ behavior: "instant", block: "start" });
    focus(found.node);
  });
}

// ---- filters -----------------------------------------------------------------------------------

/** @param {View} view @param {Query} changes @param {Query} [keep] */
function set(view, changes, keep = {}) {
  view.context.remember(changed(view.context.state, { claim: undefined, ...changes, ...keep }), { push: !("q" in changes) || !changes.q });
  apply(view);
}

/** The parts of the bar that follow the address. @returns {Controls} */
const controlsOf = () => ({
  selects: new Map(), q: h("input", { type: "search", autocomplete: "off" }), qualifies: h("input", { type: "checkbox" }),
  csv: h("a", { class: "button", download: "" }, "CSV"), json: h("a", { class: "button" }, "JSON"),
});

/** The bar above the list. @param {View} view */
function filters(view) {
  const { data, context: { t }, controls: { selects: named, q, qualifies, csv, json } } = view;
  const selects = data.filters.map((filter) => {
    /** @type {HTMLSelectElement} */ const control = h("select", { "data-filter": filter.name, onchange: () => set(view, { [filter.name]: control.value }) },
      h("option", { value: "" }, t("claims.filter.all")), ...filter.options.map(([value, word, n]) => h("option", { value }, `${word} (${n})`)));
    named.set(filter.name, control);
    return h("label", {}, h("span", {}, filter.title), control);
  });
  q.addEventListener("input", () => set(view, { q: q.value }));
  qualifies.addEventListener("change", () => set(view, { qualifies: qualifies.checked ? "1" : undefined }));
  const clear = h("button", { type: "button", onclick: () => set(view, NONE) }, t("claims.filter.clear"));
  return h("div", { class: "filters", role: "search", "aria-label": t("claims.filters") },
    h("label", { class: "search" }, h("span", {}, t("app_claims.search")), q), ...selects,
    h("label", { class: "check" }, qualifies, h("span", {}, t("claims.filter.qualifies"))),
    h("div", { class: "tools" }, clear, csv, json));
}

/** Show what the address asks for: set the controls, hide the rest, say how many are left. @param {View} view */
function apply(view) {
  const { context: { state, t, lang }, controls: { selects, q, qualifies, csv, json } } = view;
  for (const [name, control] of selects) control.value = state[name] || "";
  qualifies.checked = Boolean(state.qualifies);
  if (document.activeElement !== q) q.value = state.q || "";
  const words = (state.q || "").toLocaleLowerCase(lang).trim();
  let left = 0;
  for (const { node, row, text } of view.items.values()) {
    const fits = FILTERS.every((name) => !state[name] || row[name] === state[name]) && (!state.qualifies || row.qualifies) && (!words || text.includes(words));
    node.hidden = !fits;
    left += Number(fits);
  }
  for (const group of /** @type {Iterable<HTMLElement>} */ (view.list.children)) group.hidden = !group.querySelector(".claim:not([hidden])");
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (view.root.querySelectorAll("[data-tally]"))) button.setAttribute("aria-pressed", String(button.dataset.tally === state.verdict));
  const asked = [...FILTERS, "q", "qualifies"].some((name) => state[name]);
  view.told.textContent = asked ? t(left ? "js.claims_shown" : "js.claims_none", { n: left, all: view.items.size }) : "";
  csv.href = address("/claims.csv", query(state, lang));
  json.href = address("/claims.json", query(state, lang));
}
