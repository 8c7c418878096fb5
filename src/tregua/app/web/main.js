// The way from an address to a page and back.
//
// A page is a module in pages/: { title(t), async show(root, context), leave?(), update?(context),
// reproduce?(state, about), styles?: [addresses of style sheets] }.

/** @import {Context, Failure, Language, Page, State} from "./types.js" */

import { about } from "./about.js";
import * as api from "./api.js";
import { focus, h, one, closest } from "./dom.js";
import { figure } from "./figure.js";
import { lacking, lacks } from "./lacking.js";
import { forPaper } from "./paper.js";
import { PAGES, copy, current, frame } from "./shell.js";
import { changed, current as language, link, read, write } from "./store.js";
import { apply } from "./theme.js";
import { active, known, use } from "./words.js";

const main = one(document, "#main");
/** @type {{page: string, module: Page, state: State, ready: boolean}|null} `ready` once its first state is shown */
let shown = null;
/** @type {{page: string, state: State}} */
let last = { page: "record", state: {} }; // the view that Methods tells how to reproduce
let turn = 0;

/** What a page is given. @param {string} page @param {State} state @returns {Context} */
function context(page, state) {
  /** @type {Context} */
  const own = {
    words: active, t: active, lang: active.lang, number: active.number, month: active.month,
    api, state, figure, about, link, copy,
    announce: about.announce,
    last: () => last,
    /** Go to a view: a step that the back button undoes. */
    go(to, next = {}) {
      write(to, next, { push: true });
      return arrive();
    },
    /** Put this view's state into the address; `push` makes it a step of its own. */
    remember(query, how = {}) {
      if (!shown || shown.page !== page) return;
      const next = changed({}, query);
      own.state = shown.state = next;
      if (page !== "methods") last = { page, state: next };
      write(page, next, how);
    },
    /** Problems as the server tells them, as an element. */
    problems,
  };
  return own;
}

/** What went wrong, said in the page. @param {unknown} error */
export function problems(error) {
  const { problems: told, message } = /** @type {Failure} */ (error);
  const list = told || [{ what: String(message || error) }];
  return h("div", { class: "problem", role: "alert" }, h("p", {}, h("b", {}, active("app.problem"))),
    h("ul", {}, ...list.map((p) => h("li", {}, p.where ? h("code", {}, p.where) : "", p.where ? " " : "", p.what, p.valid ? ` ${p.valid}` : ""))));
}

/** @type {Map<string, Promise<unknown>>} */
const sheets = new Map();

/** A style sheet, loaded once; one that cannot be had hinders no page. */
/** @param {string} address */
function style(address) {
  const held = sheets.get(address);
  if (held) return held;
  if (document.querySelector(`link[rel=stylesheet][href="${address}"]`)) return Promise.resolve(); // the document named it
  /** @type {Promise<unknown>} */ const loading = new Promise((done) => {
    document.head.append(h("link", { rel: "stylesheet", href: address, onload: done, onerror: done }));
  });
  sheets.set(address, loading);
  return loading;
}

/** What the address points at within the page. */
const aim = () => (location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null);

/** A page that is not shown has nothing to update or to leave. @param {Page} module @returns {Page} */
const still = ({ title }) => ({ title, show: async () => {} });

/** The module of a page. @param {string} page @returns {Promise<Page>} */
const load = (page) => import(`./pages/${page === "hidden-pact" ? "hidden" : page}.js`);

/** Say in place of a page why it cannot be shown. @param {unknown} error @param {string|null} page */
function broken(error, page) {
  if (!(/** @type {Failure} */ (error).problems)) console.error(error);
  document.title = `${active("app.problem")} · tregua`;
  const head = h("h1", { class: "page-title" }, page ? active(`app.nav.${page}`) : active("app.problem"));
  main.replaceChildren(h("div", { class: `page page-${page || "none"}` }, h("div", { class: "wrap" }, head, problems(error))));
}

/** Show the view that the address names. @param {{first?: boolean, place?: number|null}} [how] `place` keeps the page where it is */
async function arrive({ first = false, place = null } = {}) {
  turn += 1;
  const mine = turn;
  const asked = read();
  const page = PAGES.includes(asked.page) ? asked.page : null;
  if (page && shown?.page === page && shown.ready && shown.module.update && place === null) {
    shown.state = asked.state;
    if (page !== "methods") last = { page, state: asked.state };
    await shown.module.update(context(page, asked.state)).catch((error) => { if (mine === turn) broken(error, page); });
    return;
  }
  main.setAttribute("aria-busy", "true");
  shown?.module.leave?.();
  shown = null;
  if (page) current(page);
  const root = h("div", { class: `page page-${page || "none"}` });
  try {
    if (!page) throw Object.assign(new Error(), { problems: [{ what: active("app.nopage", { page: asked.page }) }] });
    const module = await load(page);
    await Promise.all((module.styles || []).map(style));
    if (mine !== turn) return;
    document.title = `${module.title(active)} · tregua`;
    const own = { page, module: lacks(page) ? still(module) : module, state: asked.state, ready: false };
    shown = own;
    if (page !== "methods") last = { page, state: asked.state };
    main.replaceChildren(root);
    if (lacks(page)) lacking(root, page, PAGES);
    else await module.show(root, context(page, asked.state));
    own.ready = true;
  } catch (error) {
    if (mine !== turn) return;
    broken(error, page);
  }
  if (mine !== turn) return;
  main.setAttribute("aria-busy", "false");
  main.dataset.ready = `${page || "none"} ${active.lang}`;
  const target = aim();
  if (place !== null) window.scrollTo({ top: place, behavior: "instant" });
  else if (target) target.scrollIntoView({ behavior: "instant" });
  else if (!first) {
    window.scrollTo({ top: 0, behavior: "instant" });
    main.focus({ preventScroll: true });
    about.announce(document.title);
  }
}

/** Change the language in place: words, header and page; the view's state stays. @param {Language} lang */
async function speak(lang) {
  if (!known(lang) || lang === active.lang) return;
  await use(lang);
  language.lang = lang;
  document.documentElement.lang = lang;
  const page = shown ? shown.page : read().page;
  write(read().page, read().state);
  frame(page, { lang: speak });
  await arrive({ place: window.scrollY });
  focus(document.querySelector(`[data-lang="${lang}"]`));
  about.announce(active("js.switched"));
}

/** Links within the app change the page without loading it anew. */
function followLinks() {
  document.addEventListener("click", (event) => {
    const anchor = closest(event, "a[href]");
    if (!(anchor instanceof HTMLAnchorElement) || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || anchor.target || anchor.hasAttribute("download")) return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || !PAGES.includes(read(url).page)) return;
    if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
    event.preventDefault();
    history.pushState(null, "", url.pathname + url.search + url.hash);
    arrive();
  });
  one(document, "#skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
    main.scrollIntoView({ behavior: "instant" });
  });
  window.addEventListener("popstate", async () => {
    const { lang } = read();
    const wanted = known(lang) ? lang : language.first;
    if (wanted !== active.lang) {
      await use(wanted);
      language.lang = document.documentElement.lang = wanted;
      frame(read().page, { lang: speak });
      shown?.module.leave?.();
      shown = null;
    }
    arrive();
  });
}

/** Everything that is done once. */
async function start() {
  apply();
  const asked = read();
  const served = document.documentElement.lang; // the server wrote the language it knows into the document
  const chosen = known(asked.lang) ? asked.lang : known(served) ? served : "en";
  language.lang = chosen;
  const [found] = await Promise.all([api.get("/api/about", {}, { ahead: true }), use(chosen), load(asked.page).catch(() => null)]);
  Object.assign(about, found, { made: `tregua ${found.version} · ${found.case} · ${found.digest}` });
  language.first = known(about.lang) ? about.lang : "en";
  document.documentElement.lang = language.lang;
  frame(asked.page, { lang: speak });
  followLinks();
  forPaper(main);
  await arrive({ first: true });
}

Object.assign(window, { tregua: { about, link } });
start().catch((error) => {
  console.error(error);
  main.textContent = String(error.message || error);
});
