// @ts-check
// What the Lab asks of the server: a small run at every move, and a large one when told to.

import { superseded } from "./api.js";

/**
 * At most one request under way and one waiting; a newer one replaces the one that waits. A request
 * under way is never broken off, because a drag would then show nothing until it stops.
 * @template T
 */
export class Latest {
  /**
   * @param {(value: any) => Promise<T>} ask @param {(reply: T, value: any) => void} done
   * @param {(error: any) => void} failed @param {(busy: boolean) => void} tell whether something is under way
   */
  constructor(ask, done, failed, tell) {
    Object.assign(this, { ask, done, failed, tell });
    this.busy = false;
    /** @type {{value: any}|null} */ this.next = null;
    this.asked = 0;
  }

  /** @param {any} value */
  want(value) {
    this.next = { value };
    if (!this.busy) this.#go();
  }

  /** Nothing that is asked for so far will be shown. */
  stop() {
    this.next = null;
    this.failed = this.done = () => {};
  }

  async #go() {
    this.tell(true);
    while (this.next) {
      const { value } = this.next;
      this.next = null;
      this.busy = true;
      this.asked += 1;
      try {
        const reply = await this.ask(value);
        // A newer wish does not hide this answer: while dragging, every answer is a picture.
        this.done(reply, value);
      } catch (error) {
        if (!superseded(error) && !this.next) this.failed(error);
      } finally {
        this.busy = false;
      }
    }
    this.tell(false);
  }
}

/** A large run with its progress; `stop` cancels it. */
export class Run {
  /** @param {any} api */
  constructor(api) {
    this.api = api;
    /** @type {string|null} */ this.id = null;
    this.close = () => {};
    this.turn = 0;
  }

  /**
   * @param {any} scenario
   * @param {{progress: (told: any) => void, done: (reply: any) => void, failed: (error: any) => void, cancelled: () => void}} on
   */
  async start(scenario, on) {
    const mine = (this.turn += 1);
    try {
      const { id, key } = await this.api.post("/api/lab/run", scenario);
      if (mine !== this.turn) return void this.api.remove(`/api/runs/${id}`).catch(() => {});
      this.id = id;
      const result = async (/** @type {any} */ told) => {
        if (mine !== this.turn) return;
        this.id = null;
        try {
          on.done(await this.api.get(`/api/results/${told.key || key}`));
        } catch (error) {
          on.failed(error);
        }
      };
      this.close = this.api.stream(`/api/runs/${id}/events`, {
        progress: (/** @type {any} */ told) => mine === this.turn && on.progress(told),
        done: result,
        failed: (/** @type {any} */ told) => { if (mine === this.turn) { this.id = null; on.failed(told); } },
        cancelled: () => { if (mine === this.turn) { this.id = null; on.cancelled(); } },
      });
    } catch (error) {
      if (mine === this.turn) on.failed(error);
    }
  }

  /** Break a run off; nothing of it is told any more. */
  stop() {
    this.turn += 1;
    this.close();
    if (this.id) this.api.remove(`/api/runs/${this.id}`).catch(() => {});
    this.id = null;
  }
}
