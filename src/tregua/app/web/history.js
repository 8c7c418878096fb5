// Undo and redo: every deliberate step is kept whole, as the text of a scenario. A scenario is a few
// hundred characters, so that keeping texts is simpler and safer than keeping differences.

const MOST = 200;

/** The steps of a page, to go back and forth in. */
export class History {
  /** @param {unknown} first the state to begin with */
  constructor(first) {
    /** @type {string[]} */
    this.past = [];
    this.present = JSON.stringify(first);
    /** @type {string[]} */
    this.future = [];
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  /** Keep a new state; one equal to the present is no step. @param {unknown} state @returns {boolean} whether it was a step */
  commit(state) {
    const text = JSON.stringify(state);
    if (text === this.present) return false;
    this.past.push(this.present);
    if (this.past.length > MOST) this.past.shift();
    this.present = text;
    this.future = [];
    return true;
  }

  /** @returns {any} the state before, or null if there is none */
  undo() {
    const text = this.past.pop();
    if (text === undefined) return null;
    this.future.push(this.present);
    this.present = text;
    return JSON.parse(text);
  }

  /** @returns {any} the state that was undone last, or null */
  redo() {
    const text = this.future.pop();
    if (text === undefined) return null;
    this.past.push(this.present);
    this.present = text;
    return JSON.parse(text);
  }

  /**
   * Follow the address, which the browser's own buttons changed: one step back or forth where the
   * state is the neighbour, and a new step otherwise.
   * @param {unknown} state
   */
  follow(state) {
    const text = JSON.stringify(state);
    if (text === this.past[this.past.length - 1]) this.undo();
    else if (text === this.future[this.future.length - 1]) this.redo();
    else this.commit(state);
  }
}
