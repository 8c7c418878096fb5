// The page's frame: brand, navigation, language, theme, share, case.

/** @import {Child, Language} from "./types.js" */

import { about } from "./about.js";
import { get } from "./api.js";
import { h, one, closest } from "./dom.js";
import { facts, icon } from "./parts.js";
import { link } from "./store.js";
import { THEMES, setTheme, theme } from "./theme.js";
import { LANGUAGES, active } from "./words.js";

/** The pages, in the order of the navigation. */
export const PAGES = ["record", "hidden-pact", "lab", "compare", "robust", "claims", "bargain", "methods"];

/** @type {Record<string, string>} */
const PICTURES = { // paths in a box of 20 by 20
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  light: "M10 6.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16",
  dark: "M15.8 12.4A6.8 6.8 0 0 1 7.6 4.2a6.8 6.8 0 1 0 8.2 8.2z",
  share: "M8.2 11.8a3.2 3.2 0 0 0 4.6 0l3-3a3.2 3.2 0 0 0-4.6-4.6L10 5.4M11.8 8.2a3.2 3.2 0 0 0-4.6 0l-3 3a3.2 3.2 0 0 0 4.6 4.6L10 14.6",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
};

/** Copy a text; true if the browser allowed it. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { ".value": text, readonly: true, class: "sr", "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** @param {HTMLButtonElement} button */
async function share(button) {
  const done = await copy(location.href);
  const word = active(done ? "app.share.done" : "app.share.failed");
  about.announce(word);
  const label = one(button, "span");
  label.textContent = word;
  setTimeout(() => { label.textContent = active("app.share"); }, 2400);
}

function themeButton() {
  const button = h("button", { type: "button", class: "tool only-icon", id: "theme", onclick: () => {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
    setTheme(next);
    show();
    about.announce(active(`app.theme.${next}`));
  } });
  const show = () => {
    button.replaceChildren(icon(PICTURES[theme()], theme() === "auto" && "half"));
    button.setAttribute("aria-label", active(`app.theme.${theme()}`));
    button.title = active(`app.theme.${theme()}`);
  };
  show();
  return button;
}

/** @param {(code: Language) => unknown} change */
function languages(change) {
  return h("div", { class: "languages", role: "group", "aria-label": active("language") },
    ...LANGUAGES.map((code) => h("button", {
      type: "button", lang: code, "data-lang": code, "aria-pressed": String(code === active.lang), onclick: () => change(code),
    }, h("span", { "aria-hidden": "true" }, code.toUpperCase()), h("span", { class: "sr" }, active(`language.${code}`)))));
}

/** The name of a case without what follows a colon: "El Salvador: governments and gangs". @param {string} title */
const short = (title) => title.split(/:\s/)[0];

/** What is served, and what else there is; the list of cases is asked for when the box is opened. */
function caseBox() {
  const title = about.title[active.lang] || about.case;
  const others = h("span");
  /** @type {[string, Child][]} */
  const told = [
    [active("app.case"), title],
    [active("again.version"), `tregua ${about.version}`],
    [active("again.record"), h("code", {}, about.digest)],
    [active("app.case.others"), others],
    [active("app.case.change"), h("code", {}, "tregua serve --case my-case")],
  ];
  const box = h("details", { class: "case" },
    h("summary", { class: "tool" }, h("span", { class: "sr" }, `${active("app.case")}: `), short(title)),
    h("div", { class: "pop" }, facts(told)));
  box.addEventListener("toggle", async () => {
    if (!box.open || others.firstChild) return;
    const { cases } = await get("/api/cases");
    others.append(cases.map(({ name }) => name).join(", "));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    one(box, "summary").focus();
  });
  document.addEventListener("pointerdown", (event) => { if (!box.contains(/** @type {Node} */ (event.target))) box.open = false; });
  return box;
}

/**
 * Build the header and the footer in the language in use.
 * @param {string} page the page shown
 * @param {{lang: (code: Language) => unknown}} on
 */
export function frame(page, on) {
  one(document, "#skip").textContent = active("skip");
  const items = PAGES.map((name) => h("li", {}, h("a", {
    href: link(name), "data-page": name, "aria-current": name === page && "page",
  }, active(`app.nav.${name}`))));
  const nav = h("nav", { id: "nav", "aria-label": active("app.nav") }, h("ul", {}, ...items));
  /** @type {HTMLButtonElement} */ const menu = h("button", {
    type: "button", class: "tool menu", "aria-expanded": "false", "aria-controls": "nav", onclick: () => open(menu.getAttribute("aria-expanded") !== "true"),
  }, icon(PICTURES.menu), h("span", {}, active("app.menu")));
  const open = (/** @type {boolean} */ wide) => {
    menu.setAttribute("aria-expanded", String(wide));
    nav.classList.toggle("open", wide);
  };
  nav.addEventListener("click", (event) => { if (closest(event, "a")) open(false); });
  nav.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(false);
    menu.focus();
  });
  /** @type {HTMLButtonElement} */ const shareButton = h("button", { type: "button", class: "tool share", onclick: () => share(shareButton) }, icon(PICTURES.share), h("span", {}, active("app.share")));
  one(document, "#top").replaceChildren(h("div", { class: "wrap" },
    h("a", { class: "brand", href: link("record") }, "tregua"), menu, nav,
    h("div", { class: "tools-top" }, caseBox(), shareButton, themeButton(), languages(on.lang))));
  one(document, "#foot").replaceChildren(h("p", {}, active("app.footer"), " ", about.made), h("p", { class: "paper", id: "paper-address" }));
}

/** Mark the page shown in the navigation. @param {string} page */
export function current(page) {
  for (const anchor of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#nav a"))) {
    if (anchor.dataset.page === page) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
    anchor.href = link(String(anchor.dataset.page));
  }
}
