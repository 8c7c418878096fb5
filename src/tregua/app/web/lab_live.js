// What the Lab asks of the server at every move.

import { superseded } from "./api.js";

const RESTING = 150; // milliseconds without a wish, after which the whole answer is asked for

/**
 * At most one request under way and one waiting; a newer one replaces the one that waits. A request
 * under way is never broken off, because a drag would then show nothing until it stops. What is shown
 * at once may be a part; the whole is asked for when no wish has come for a moment.
 * @template V what is asked
 * @template T what is answered
 */
export class Latest {
  /**
   * @param {(value: V, now: boolean) => Promise<T>} ask @param {(reply: T, value: V) => boolean} done shows an answer; true if it is whole
   * @param {(error: unknown) => void} failed @param {(busy: boolean) => void} tell whether something is under way
   */
  constructor(ask, done, failed, tell) {
    this.ask = ask;
    this.done = done;
    this.failed = failed;
    this.tell = tell;
    this.busy = false;
    /** @type {{value: V}|null} */ this.next = null;
    this.asked = 0;
    this.rest = 0;
  }

  /** Ask for a value. @param {V} value */
  want(value) {
    this.next = { value };
    clearTimeout(this.rest);
    if (!this.busy) this.#go();
  }

  /** Nothing that is asked for so far will be shown. */
  stop() {
    this.next = null;
    clearTimeout(this.rest);
    this.failed = () => {};
    this.done = () => true;
  }

  async #go(now = true) {
    this.tell(true);
    let whole = true;
    while (this.next) {
      const { value } = this.next;
      this.next = null;
      this.busy = whole = true;
      this.asked += 1;
      try {
        const reply = await this.ask(value, now);
        // A newer wish does not hide this answer: while dragging, every answer is a picture.
        whole = this.done(reply, value);
        if (!whole && !this.next) this.rest = window.setTimeout(() => { this.next = { value }; this.#go(false); }, RESTING);
      } catch (error) {
        if (!superseded(error) && !this.next) this.failed(error);
      } finally {
        this.busy = false;
      }
      now = true;
    }
    if (whole) this.tell(false);
  }
}
