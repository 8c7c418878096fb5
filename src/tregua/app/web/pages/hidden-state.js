// What the address of the hidden pact says: months, priors, switches, strengths, the cursor.

/** @import {HiddenForm, HiddenResult, Reading} from "../answers.js" */
/** @import {Context, Query} from "../types.js" */
/** @import {Figure} from "../figure.js" */
/** @import {Drawn} from "./hidden-chart.js" */

import { within } from "../months.js";
import { changed } from "../store.js";

/**
 * What the reader brings along.
 * @typedef {object} Reader
 * @property {boolean} filtered whether months are seen by what was known then
 * @property {boolean} pact whether the band of P(pact) is shown
 * @property {number} prior power of 3
 * @property {number} rate power of 2
 * @property {[low: number, high: number]} odds
 * @property {Set<string>} off indicators that are switched off
 * @property {Record<string, number>} strength of indicators, as powers of 2
 * @property {number} from place of the first month shown
 * @property {number} upto and of the one after the last
 * @property {number} at place of the cursor
 */

/**
 * What follows from it (hidden-compute.js).
 * @typedef {object} Made
 * @property {number[]} now probability of suppression
 * @property {Record<Reading, number[]>} shares
 * @property {{low: number[], high: number[]}|null} bands of P(pact)
 */

/**
 * The page while it is shown.
 * @typedef {object} Parts
 * @property {HTMLElement} root
 * @property {Context} context
 * @property {HiddenForm} form
 * @property {HiddenResult} data
 * @property {Figure} figure
 * @property {Drawn|null} drawn
 * @property {(() => void)|null} stop ends a detection that is under way
 * @property {HTMLElement} head
 * @property {HTMLElement} body
 * @property {HTMLElement} aside
 * @property {HTMLElement} controls
 * @property {{box: HTMLElement, refresh: () => void}} priors
 */

/** @typedef {Reader & Made & Parts} View */

const numberOf = (/** @type {string|undefined} */ text, /** @type {number} */ otherwise) => (text !== undefined && Number.isFinite(Number(text)) ? Number(text) : otherwise);

/** Read the address. @param {View} view */
export function take(view) {
  const { state } = view.context;
  const names = view.data.months.month;
  view.filtered = state.seen === "filtered";
  view.pact = state.pact !== "0";
  view.prior = within(numberOf(state.odds, 0), -3, 3); // powers of 3
  view.rate = within(numberOf(state.rate, 0), -2, 2); // powers of 2
  view.odds = [3 ** (view.prior - 1), 3 ** (view.prior + 1)];
  view.off = new Set((state.off || "").split(",").filter(Boolean));
  view.strength = Object.fromEntries((state.k || "").split(",").map((part) => part.split(":")).filter(([name, value]) => name && Number(value)).map(([name, value]) => [name, within(Number(value), -1, 1)]));
  const place = (/** @type {string|undefined} */ month, /** @type {number} */ otherwise) => {
    const at = month ? names.indexOf(month) : -1;
    return at < 0 ? otherwise : at;
  };
  view.from = place(state.from, 0);
  view.upto = place(state.to, names.length - 1) + 1;
  if (view.upto - view.from < 6) [view.from, view.upto] = [0, names.length];
  const strongest = [...view.data.falls].sort((a, b) => b.mass - a.mass)[0];
  view.at = place(state.at, strongest ? place(strongest.median, 0) : names.length - 1);
}

/** Change the address, and read it again. @param {View} view @param {Query} changes @param {boolean} [push] */
export function change(view, changes, push = false) {
  view.context.remember(changed(view.context.state, changes), { push });
  take(view);
}
