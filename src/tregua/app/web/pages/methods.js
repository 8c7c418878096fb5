// Methods: the model card, what the detector reached, the sources, how to make a view again, citing.

/** @import {MethodsAnswer} from "../answers.js" */
/** @import {Child, Context, State, Words} from "../types.js" */

import { fresh, h, one, outside, safeLink } from "../dom.js";
import { facts, fileLinks } from "../parts.js";
import { reportFigure } from "../report_figure.js";
import { ways } from "../reproduce.js";
import { twins } from "../store.js";
import { column, table } from "../table.js";

/** @param {Words} t */
export const title = (t) => t("app.nav.methods");
/** Style sheets of this page. */
export const styles = ["/web/pages/methods.css"];

const PARTS = ["model", "scores", "data", "reproduce", "cite"];
const FAILURES = ["1", "2", "4", "5", "6"];

/** @typedef {{root: HTMLElement, context: Context, data: MethodsAnswer}} View */

/** @type {IntersectionObserver|null} */
let stop = null;

/** How to get the list of sources without the page. @param {State} _ @param {{case: string}} about */
export function reproduce(_, about) {
  return {
    cli: `tregua record show ${about.case} --json`,
    python: `from tregua import record\n\nrecord.load("${about.case}").sources`,
  };
}

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const { t, api, lang } = context;
  const data = await api.get("/api/methods", { lang });
  if (!root.isConnected) return; // left meanwhile
  const view = { root, context, data };
  const contents = h("nav", { class: "contents", "aria-label": t("app_methods.contents") }, h("ul", {}, ...PARTS.map((name) =>
    h("li", {}, h("a", { href: `#${name}` }, t(`app_methods.${name}`))))));
  const body = h("div", { class: "methods-body" }, model(view), scores(view), sources(view), again(view), cite(view));
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, t("app_methods.title")), h("p", { class: "lead" }, t("app_methods.lead"))),
    h("div", { class: "with-contents" }, contents, body)));
  follow(view, contents);
  await figures(view);
}

/** The page is left. */
export function leave() {
  stop?.disconnect();
  stop = null;
}

/** @param {string} name @param {Words} t @param {Child[]} children */
function section(name, t, ...children) {
  return h("section", { id: name, "aria-labelledby": `h-${name}`, tabindex: "-1" }, h("h2", { id: `h-${name}` }, t(`app_methods.${name}`)), ...children);
}

/** Mark the part that is read. @param {View} view @param {HTMLElement} contents */
function follow(view, contents) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of contents.querySelectorAll("a")) {
        if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  view.root.querySelectorAll("section[id]").forEach((part) => seen.observe(part));
  stop = seen;
}

/** @param {View} view */
function model(view) {
  const { data: { card, equations }, context: { t } } = view;
  const n = (/** @type {number} */ value) => t.number(value, 0);
  const kinds = Object.entries(card.parameters).map(([kind, count]) => `${n(count)} ${t.name("kind", kind)}`).join(", ");
  const formulas = h("div", {});
  formulas.innerHTML = equations; // our own template of the report, which holds no data
  const group = (/** @type {Child[]} */ ...children) => h("div", {}, ...children);
  return section("model", t,
    h("div", { class: "card-box" }, facts([
      [t("app_methods.what"), t("app_methods.what.text")],
      [t("app_methods.for"), t("app_methods.for.text")],
      [t("app_methods.not"), t("app_methods.not.text")],
      [t("app_methods.case"), card.case],
      [t("app_methods.record"), t("app_methods.record.text", { n: n(card.observations), usable: n(card.usable), events: n(card.events), sources: n(card.sources), first: card.first, last: card.last })],
      [t("app_methods.parameters"), kinds],
      [t("app_methods.worlds"), card.worlds_from.map((from) => t.name("source_of", from)).join(", ")],
      [t("again.version"), h("span", {}, `tregua ${card.version} · `, h("code", {}, card.digest))],
      [t("again.licence"), t("again.licence.text")],
    ])),
    h("div", { class: "prose split" },
      group(h("h3", {}, t("methods.model")), h("p", {}, t("methods.model.text")), formulas),
      group(h("h3", {}, t("methods.inference")), h("p", {}, t("methods.inference.text")), h("h3", {}, t("methods.compare")), h("p", {}, t("app_methods.compare"))),
      group(h("h3", {}, t("methods.failures")), h("ul", {}, ...FAILURES.map((i) => h("li", {}, t(`methods.failure.${i}`))), h("li", {}, t("app_methods.rules")))),
      group(h("h3", {}, t("methods.use")), h("ul", {}, ...["1", "2", "3", "4"].map((i) => h("li", {}, t(`methods.use.${i}`)))))),
    parameters(view));
}

/** @param {View} view */
function parameters(view) {
  const { data, context: { t } } = view;
  const name = (/** @type {MethodsAnswer["parameters"][0]} */ row) => h("span", {}, row.meaning, h("small", {}, h("code", {}, row.name), ` ${row.symbol}`));
  const columns = [
    column("text", "meaning", t("field.parameter"), { show: name }),
    ...["default", "low", "high"].map((key) => column("number", key, t(`field.${key}`))), ...["unit", "kind", "source"].map((key) => column("text", key, t(`field.${key}`))),
  ];
  const rows = data.parameters.map((row) => ({ ...row, kind: t.name("kind", row.kind) }));
  const label = t("parameters.title", { n: t.number(rows.length, 0) });
  const box = h("details", { class: "wide bulk" }, h("summary", {}, label));
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(h("p", { class: "quiet prose" }, t("parameters.note")), table({ name: "parameters", title: label, columns, rows }));
  });
  return box;
}

/** @param {View} view */
function scores(view) {
  const { data, context: { t } } = view;
  const head = (/** @type {string} */ key, numeric = false) => h("th", { scope: "col", class: numeric && "num" }, t(`scores.${key}`));
  const rows = data.targets.map((row) => h("tr", {}, h("th", { scope: "row" }, row.asks), h("td", { class: "num" }, row.asked), h("td", { class: "num" }, row.figure),
    h("td", {}, row.missed ? h("b", {}, row.met) : row.met)));
  const caption = fresh("caption");
  const files = Object.entries(data.scores.tables).map(([score, names]) => h("div", {}, h("dt", {}, h("code", {}, score)), h("dd", {}, ...names.flatMap((name, i) => [i ? ", " : "", h("a", { href: `/api/scores/${score}/${name}.csv`, download: "" }, `${name}.csv`)]))));
  return section("scores", t, h("p", { class: "prose" }, t("scores.lead")),
    h("div", { class: "scroll targets", role: "region", tabindex: "0", "aria-labelledby": caption }, h("table", {},
      h("caption", { id: caption }, t("scores.caption")),
      h("thead", {}, h("tr", {}, head("asks"), head("asked", true), head("figure", true), head("met"))), h("tbody", {}, ...rows))),
    h("p", { class: "quiet prose" }, t("scores.note")),
    h("div", { class: "pair", "data-figures": "" }),
    h("details", { class: "wide" }, h("summary", {}, t("app_methods.tables")), h("dl", { class: "score-files" }, ...files),
      h("p", { class: "quiet" }, t("app_methods.made"), " ", h("code", {}, data.scores.made.command))));
}

/** @param {View} view */
async function figures(view) {
  const { context: { lang, figure, problems } } = view;
  const box = one(view.root, "[data-figures]");
  await Promise.all(["recall", "reliability"].map(async (name) => {
    const element = figure();
    box.append(element);
    try {
      element.show(await reportFigure(name, lang));
    } catch (error) {
      element.replaceWith(problems(error));
    }
  }));
}

/** @param {View} view */
function sources(view) {
  const { data, context: { t } } = view;
  const link = (/** @type {MethodsAnswer["sources"][0]} */ row) => (safeLink(row.url) ? outside(safeLink(row.url), row.title || row.id) : row.title || row.id);
  const columns = [
    column("text", "title", t("app_methods.source"), { show: link }), column("text", "publisher", t("app_methods.publisher")), column("text", "date", t("app_methods.date")),
    column("number", "observations", t("app_methods.figures")), column("number", "events", t("app_methods.events")), column("text", "id", "Id"),
  ];
  const place = h("div");
  const fill = (/** @type {string} */ words) => {
    const wanted = words.toLocaleLowerCase(t.lang).trim();
    const rows = data.sources.filter((row) => !wanted || `${row.title} ${row.publisher} ${row.id}`.toLocaleLowerCase(t.lang).includes(wanted));
    place.replaceChildren(table({ name: "sources", title: t("app_methods.sources", { n: t.number(rows.length, 0) }), columns, rows }));
  };
  fill("");
  /** @type {HTMLInputElement} */ const search = h("input", { type: "search", autocomplete: "off", oninput: () => fill(search.value) });
  return section("data", t, h("p", { class: "prose" }, t("app_methods.data.text")),
    h("div", { class: "pickers" }, h("label", { class: "field grow" }, t("app_methods.search"), search),
      h("div", { class: "tools end" }, ...fileLinks(twins("methods", {})))),
    place);
}

/** A text with a button that copies it. @param {Context} context @param {string} label @param {string} text */
function block(context, label, text) {
  const { t, copy, announce } = context;
  /** @type {HTMLButtonElement} */ const button = h("button", { type: "button", class: "button copy", onclick: async () => {
    const word = t((await copy(text)) ? "app.copied" : "app.share.failed");
    announce(word);
    button.textContent = word;
    setTimeout(() => { button.textContent = t("app_methods.copy"); }, 2000);
  } }, t("app_methods.copy"));
  button.setAttribute("aria-label", `${t("app_methods.copy")}: ${label}`);
  return h("div", { class: "block" }, h("div", { class: "block-head" }, h("h3", {}, label), button), h("pre", { tabindex: "0", "aria-label": label }, h("code", {}, text)));
}

/** @param {View} view */
function again(view) {
  const { context } = view;
  const { t, last, about, link } = context;
  const { page, state } = last();
  const place = h("div", { class: "blocks" });
  import(`./${page === "hidden-pact" ? "hidden" : page}.js`).catch(() => ({})).then((module) => {
    place.replaceChildren(...ways(page, state, module, about).map((way) => block(context, t(`app_methods.way.${way.name}`), way.text)));
  }).catch((error) => place.replaceChildren(context.problems(error)));
  return section("reproduce", t, h("p", { class: "prose" }, t("app_methods.view"), " ", h("a", { href: link(page, state) }, t(`app.nav.${page}`)), ". ", t("again.lead")), place);
}

/** @param {View} view */
function cite(view) {
  const { data, context } = view;
  const { t } = context;
  return section("cite", t, h("p", { class: "prose" }, t("app_methods.cite.text")), h("div", { class: "blocks" },
    block(context, t("again.cite"), data.cite.text), block(context, "BibTeX", data.cite.bibtex), block(context, "CITATION.cff", data.cite.cff)));
}
