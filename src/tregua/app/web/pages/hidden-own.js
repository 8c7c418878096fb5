// A table of one's own: dropped, picked or pasted, read by the server as data, kept under a key.

/** @import {HiddenForm, RunTold} from "../answers.js" */
/** @import {Context, Failure} from "../types.js" */

import { address, session } from "../api.js";
import { h } from "../dom.js";
import { follow } from "./hidden-run.js";

const EXAMPLE = "date,count\n2010-01,312\n2010-02,287\n2010-03,>300";

/** @param {string|Blob} text @param {string} name @returns {Promise<RunTold>} */
async function send(text, name) {
  const reply = await fetch(address("/api/hidden/table", { name }), {
    method: "POST", headers: { "Content-Type": "text/csv", "X-Session": session }, body: text,
  });
  const found = await reply.json().catch(() => ({}));
  if (!reply.ok) throw Object.assign(new Error(), { problems: found.problems || [{ what: `HTTP ${reply.status}` }] });
  return found;
}

/** The section with its three ways in. @param {{form: HiddenForm, context: Context, stop: (() => void)|null}} view */
export function ownSection(view) {
  const { form, context } = view;
  const { t, go, problems, announce, number, state } = context;
  const told = h("div", { class: "own-told" });

  /** @param {string|Blob} text @param {string} name */
  async function take(text, name) {
    told.replaceChildren();
    const size = text instanceof Blob ? text.size : new Blob([text]).size;
    if (size > form.limits.bytes) {
      const what = t("app_hidden.own.large", { n: number(size / 1e6, 1), most: number(form.limits.bytes / 1e6, 1) });
      told.replaceChildren(problems({ problems: [{ what }] }));
      announce(what);
      return;
    }
    try {
      const run = await send(text, name);
      await follow(view, run, told);
      await go("hidden-pact", { table: run.key });
    } catch (error) {
      told.replaceChildren(problems(error));
      announce(t("app_hidden.own.problems", { n: number((/** @type {Failure} */ (error).problems || [0]).length, 0) }));
    }
  }

  const given = (/** @type {FileList|null|undefined} */ files) => { if (files?.[0]) take(files[0], files[0].name); };
  /** @type {HTMLInputElement} */ const pick = h("input", { type: "file", accept: ".csv,text/csv,text/plain", id: "own-file", onchange: () => given(pick.files) });
  const area = h("textarea", { rows: 6, spellcheck: "false", placeholder: EXAMPLE, id: "own-text" });
  /** @type {HTMLElement} */ const drop = h("div", {
    class: "drop",
    ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); },
    ondragleave: () => drop.classList.remove("over"),
    ondrop: (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      given(event.dataTransfer?.files);
    },
  }, h("p", {}, h("b", {}, t("app_hidden.own.drop"))), h("label", { class: "button pick" }, t("app_hidden.own.pick"), pick));
  const paste = h("div", { class: "paste" }, h("label", { class: "field" }, t("app_hidden.own.paste"), area),
    h("button", { type: "button", class: "button", onclick: () => take(area.value, "pasted.csv") }, t("app_hidden.own.read")));
  return h("section", { class: "own", "aria-labelledby": "h-own" }, h("h2", { id: "h-own" }, t("app_hidden.own")),
    h("p", { class: "quiet prose" }, t("app_hidden.own.text", { rows: number(form.limits.rows, 0), years: number(form.limits.months / 12, 0), mb: number(form.limits.bytes / 1e6, 0) })),
    state.table && h("p", {}, h("a", { href: context.link("hidden-pact"), class: "button" }, t("app_hidden.own.back"))),
    h("div", { class: "own-ways" }, drop, paste), told);
}
