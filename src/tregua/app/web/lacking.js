// A page whose worlds this case cannot run: what is missing, how to give it, what can be read without.

import { about } from "./about.js";
import { h } from "./dom.js";
import { link } from "./store.js";
import { active } from "./words.js";

const RUNS = ["lab", "compare", "robust"]; // pages that run worlds, which need a script of the case
const SCRIPT = `[[script]]
start = 2003-01-01
stance = "status_quo"
pressing = 0.1
restraining = 0.0
source = "YOUR_SOURCE"`;

/** Whether a page cannot be shown, because the case has no script. @param {string} page */
export const lacks = (page) => RUNS.includes(page) && !about.runs;

/** Say so in its place. @param {HTMLElement} root @param {string} page @param {readonly string[]} pages all there are */
export function lacking(root, page, pages) {
  const others = pages.filter((name) => !RUNS.includes(name));
  root.replaceChildren(h("div", { class: "wrap" },
    h("div", { class: "page-head" }, h("h1", {}, active(`app.nav.${page}`)), h("p", { class: "lead" }, active("app.noworlds"))),
    h("div", { class: "prose" }, h("p", {}, active("app.noworlds.how")),
      h("pre", { tabindex: "0", "aria-label": "case.toml" }, h("code", {}, SCRIPT)),
      h("p", {}, active("app.noworlds.without"), " ", ...others.flatMap((name, i) => [i ? ", " : "", h("a", { href: link(name) }, active(`app.nav.${name}`))]), "."))));
}
