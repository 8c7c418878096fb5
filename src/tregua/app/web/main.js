// The way from an address to a page and back.
//
// A page is a module in pages/: { title(t), async show(root, context), leave?(), update?(context),
// reproduce?(state, about), styles?: [addresses of style sheets] }.

import { about } from "./about.js";
import * as api from "./api.js";
import { h } from "./dom.js";
import { figure } from "./figure.js";
import { PAGES, copy, current, frame } from "./shell.js";
import { current as language, link, read, write } from "./store.js";
import { apply } from "./theme.js";
import { LANGUAGES, active, use } from "./words.js";

const main = document.getElementById("main");
let shown = null; // { page, module, state }
let last = { page: "record", state: {} }; // the view that Methods tells how to reproduce
let turn = 0;

/** What a page is given. */
function context(page, state) {
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
    remember(next, how = {}) {
      if (!shown || shown.page !== page) return;
      own.state = shown.state = next;
      if (page !== "methods") last = { page, state: next };
      write(page, next, how);
    },
    /** Problems as the server tells them, as an element. */
    problems,
  };
  return own;
}

/** What went wrong, said in the page. */
export function problems(error) {
  const list = error.problems || [{ what: String(error.message || error) }];
  return h("div", { class: "problem", role: "alert" }, h("p", {}, h("b", {}, active("app.problem"))),
    h("ul", {}, ...list.map((p) => h("li", {}, p.where ? h("code", {}, p.where) : "", p.where ? " " : "", p.what, p.valid ? ` ${p.valid}` : ""))));
}

const sheets = new Map();
function style(address) {
  if (!sheets.has(address)) {
    sheets.set(address, new Promise((done) => {
      document.head.append(h("link", { rel: "stylesheet", href: address, onload: done, onerror: done }));
    }));
  }
  return sheets.get(address);
}

const aim = () => (location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null);

/** The module of a page. */
const load = (page) => import(`./pages/${page === "hidden-pact" ? "hidden" : page}.js`);

/** Show the view that the address names. */
async function arrive({ first = false, place = null } = {}) {
  turn += 1;
  const mine = turn;
  const asked = read();
  const page = PAGES.includes(asked.page) ? asked.page : null;
  if (page && shown?.page === page && shown.module.update && place === null) {
    shown.state = asked.state;
    if (page !== "methods") last = { page, state: asked.state };
    await shown.module.update(context(page, asked.state));
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
    shown = { page, module, state: asked.state };
    if (page !== "methods") last = { page, state: asked.state };
    main.replaceChildren(root);
    await module.show(root, context(page, asked.state));
  } catch (error) {
    if (mine !== turn) return;
    if (!error.problems) console.error(error);
    document.title = `${active("app.problem")} · tregua`;
    root.replaceChildren(h("div", { class: "wrap" }, h("h1", { class: "page-title" }, page ? active(`app.nav.${page}`) : active("app.problem")), problems(error)));
    main.replaceChildren(root);
  }
  if (mine !== turn) return;
  main.setAttribute("aria-busy", "false");
  main.dataset.ready = `${page || "none"} ${active.lang}`;
  if (place !== null) window.scrollTo({ top: place, behavior: "instant" });
  else if (aim()) aim().scrollIntoView({ behavior: "instant" });
  else if (!first) {
    window.scrollTo({ top: 0, behavior: "instant" });
    main.focus({ preventScroll: true });
    about.announce(document.title);
  }
}

/** Change the language in place: words, header and page; the view's state stays. */
async function speak(lang) {
  if (!LANGUAGES.includes(lang) || lang === active.lang) return;
  await use(lang);
  language.lang = lang;
  document.documentElement.lang = lang;
  const page = shown ? shown.page : read().page;
  write(read().page, read().state);
  frame(page, { lang: speak });
  await arrive({ place: window.scrollY });
  document.querySelector(`[data-lang="${lang}"]`).focus({ preventScroll: true });
  about.announce(active("js.switched"));
}

/** Links within the app change the page without loading it anew. */
function followLinks() {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest("a[href]");
    if (!anchor || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || anchor.target || anchor.hasAttribute("download")) return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || !PAGES.includes(read(url).page)) return;
    if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
    event.preventDefault();
    history.pushState(null, "", url.pathname + url.search + url.hash);
    arrive();
  });
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
    main.scrollIntoView({ behavior: "instant" });
  });
  window.addEventListener("popstate", async () => {
    const { lang } = read();
    const wanted = LANGUAGES.includes(lang) ? lang : language.first;
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

/** Closed parts are opened on paper, as in the report. */
function forPaper() {
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...main.querySelectorAll("details:not([open]):not(.bulk)")];
    closed.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
}

async function start() {
  apply();
  const asked = read();
  const served = document.documentElement.lang; // the server wrote the language it knows into the document
  language.lang = LANGUAGES.includes(asked.lang) ? asked.lang : LANGUAGES.includes(served) ? served : "en";
  const [found] = await Promise.all([api.get("/api/about"), use(language.lang), load(asked.page).catch(() => null)]);
  Object.assign(about, found, { made: `tregua ${found.version} · ${found.case} · ${found.digest}` });
  language.first = LANGUAGES.includes(about.lang) ? about.lang : "en";
  document.documentElement.lang = language.lang;
  frame(asked.page, { lang: speak });
  followLinks();
  forPaper();
  await arrive({ first: true });
}

window.tregua = { about, link };
start().catch((error) => {
  console.error(error);
  main.textContent = String(error.message || error);
});
