// The numbers of the bargain that the reader sets, and how an address tells them.

/** @import {BargainAnswer, BargainForm, Change, Start, Term} from "../answers.js" */
/** @import {Context, State} from "../types.js" */
/** @import {Figure} from "../figure.js" */

/**
 * @typedef {{row: HTMLElement, input: HTMLInputElement, told: HTMLElement, needed: HTMLElement, begin: HTMLElement, role: HTMLElement, term: Term}} Dial
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {Context} context
 * @property {BargainForm} form
 * @property {Map<string, Term>} terms
 * @property {Start} start which numbers are in force where none is set
 * @property {Record<string, number>} set
 * @property {string} x the number across the plane
 * @property {string} y and the one up
 * @property {Map<string, Dial>} rows
 * @property {Map<string, Change>} changes
 * @property {Figure} figure
 * @property {BargainAnswer|null} answer
 * @property {number} timer
 * @property {number} asked
 * @property {HTMLElement} finding
 * @property {HTMLElement} more
 * @property {HTMLElement} wrong
 * @property {HTMLButtonElement} again
 */

/** Read the address: which numbers are set, from what start, and over which two. @param {View} view @param {State} state */
export function take(view, state) {
  view.start = state.start === "simulator" ? "simulator" : "illustration";
  view.set = {};
  for (const part of (state.set || "").split(",")) {
    const [name, value] = part.split(":");
    if (view.terms.has(name) && value !== undefined && Number.isFinite(Number(value))) view.set[name] = Number(value);
  }
  const axis = (/** @type {string|undefined} */ name) => (name && view.terms.has(name) ? name : null);
  view.x = axis(state.x) ?? "false_alarm";
  const up = axis(state.y);
  view.y = up && up !== view.x ? up : view.x === "tough_bonus" ? "false_alarm" : "tough_bonus";
}

/** A number of the bargain by its name. @param {View} view @param {string} name @returns {Term} */
export function termOf(view, name) {
  const term = view.terms.get(name);
  if (!term) throw new Error(`No number named ${name}.`);
  return term;
}

/** Its value: the one set, else the one it starts with. @param {View} view @param {string} name */
export const valueOf = (view, name) => view.set[name] ?? termOf(view, name).start[view.start];

/** What the address holds of the view. @param {View} view @returns {State} */
export function stateOf(view) {
  const set = Object.entries(view.set).map(([name, value]) => `${name}:${value}`).join(",");
  /** @type {State} */ const state = {};
  if (set) state.set = set;
  if (view.start !== "illustration") state.start = view.start;
  if (view.x !== "false_alarm") state.x = view.x;
  if (view.y !== "tough_bonus") state.y = view.y;
  return state;
}

/** The nearest value that a slider may have. @param {Term} term @param {number} value */
export const tidy = (term, value) => {
  const steps = Math.round(value / term.step);
  const rounded = Number((steps * term.step).toPrecision(10));
  return Math.min(term.high, Math.max(term.low, rounded));
};
