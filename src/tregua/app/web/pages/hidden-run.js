// A detection while it is made: how far it is, and a way to stop it.

/** @import {HiddenResult, RunTold} from "../answers.js" */
/** @import {Context} from "../types.js" */

import { h } from "../dom.js";

/** Show how far a run is, and give its result. @param {{context: Context, stop: (() => void)|null}} view @param {RunTold} run @param {HTMLElement} into @returns {Promise<HiddenResult>} */
export function follow(view, run, into) {
  const { api, t, announce } = view.context;
  if (run.state === "done") return api.get(`/api/results/${run.key}`, undefined, { fresh: true });
  const bar = h("progress", { max: 1, "aria-label": t("app_hidden.working") });
  const told = h("span", {}, "");
  const cancel = h("button", { type: "button", class: "button", onclick: () => api.remove(`/api/runs/${run.id}`).catch(() => {}) }, t("app_hidden.cancel"));
  into.replaceChildren(h("div", { class: "working", role: "group", "aria-label": t("app_hidden.working") }, h("p", {}, t("app_hidden.working.text")), bar, told, cancel));
  announce(t("app_hidden.working"));
  return new Promise((done, failed) => {
    view.stop = api.stream(`/api/runs/${run.id}/events`, {
      progress: ({ done: n, total }) => { if (total) { bar.value = n / total; told.textContent = t.percent(n / total); } },
      done: ({ key }) => done(api.get(`/api/results/${key}`, undefined, { fresh: true })),
      failed: ({ problems }) => failed(Object.assign(new Error(), { problems })),
      cancelled: () => failed(Object.assign(new Error(), { problems: [{ what: t("app_hidden.cancelled") }] })),
    });
  });
}
