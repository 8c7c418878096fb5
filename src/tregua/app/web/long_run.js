// A run that takes a while: a button, its progress, its end.

/** @import {Progress} from "./answers.js" */
/** @import {Context, Words} from "./types.js" */

import { h } from "./dom.js";

/** One run at a time; a newer one ends the former. */
export class LongRun {
  /** @param {Context["api"]} api */
  constructor(api) {
    this.api = api;
    /** @type {string|null} */ this.id = null;
    this.close = () => {};
    this.turn = 0;
  }

  /**
   * @param {string} path where a run is begun @param {any} body what is asked
   * @param {{progress: (told: Progress) => void, done: (result: any) => void, failed: (error: unknown) => void}} on `failed` is told null when the server broke it off
   */
  async start(path, body, on) {
    this.stop();
    const mine = this.turn;
    try {
      const { id, key } = await this.api.post(path, body);
      if (mine !== this.turn) return void this.api.remove(`/api/runs/${id}`).catch(() => {});
      this.id = id;
      const over = (/** @type {() => void} */ then) => { if (mine === this.turn) { this.id = null; then(); } };
      this.close = this.api.stream(`/api/runs/${id}/events`, {
        progress: (told) => { if (mine === this.turn) on.progress(told); },
        done: async () => {
          try {
            const result = await this.api.get(`/api/results/${key}`, {}, { fresh: true });
            over(() => on.done(result));
          } catch (error) {
            over(() => on.failed(error));
          }
        },
        failed: (told) => over(() => on.failed(told)),
        cancelled: () => over(() => on.failed(null)),
      });
    } catch (error) {
      if (mine === this.turn) on.failed(error);
    }
  }

  /** Break it off; nothing of it is told any more. */
  stop() {
    this.turn += 1;
    this.close();
    this.close = () => {};
    if (this.id) this.api.remove(`/api/runs/${this.id}`).catch(() => {});
    this.id = null;
  }
}

/**
 * How far a run is, with a button that ends it.
 * @param {Words} t @param {{label: string, cancelled: () => void}} about
 */
export function progressBar(t, about) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": about.label });
  const count = h("span", { class: "quiet" });
  const cancel = h("button", { type: "button", class: "button", "data-cancel": true, onclick: about.cancelled }, t("app_compare.cancel"));
  const element = h("div", { class: "run-progress", hidden: true }, bar, count, cancel);
  return {
    element,
    /** @param {number|null} done null: none is under way @param {number} [total] */
    show(done, total = 1) {
      element.hidden = done === null;
      if (done === null) return;
      bar.value = total ? done / total : 0;
      count.textContent = t("app_compare.progress", { done: t.number(done, 0), total: t.number(total, 0) });
    },
  };
}
