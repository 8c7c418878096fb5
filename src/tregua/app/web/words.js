// Every word of the page, from the catalogue that report and app share.
// A text with a missing key shows the key and complains on the console, so that a test sees it.

/** @import {Language, Words} from "./types.js" */

import { get } from "./api.js";

/** The languages there are. @type {Language[]} */
export const LANGUAGES = ["en", "es"];

/** @type {Record<Language, string>} */
const LOCALE = { en: "en-US", es: "es-SV" };
const NBSP = "\u00a0";
/** @type {Map<Language, Record<string, string>>} */
const loaded = new Map();

/**
 * Whether a text names a language of the page.
 * @param {string|null|undefined} lang
 * @returns {lang is Language}
 */
export const known = (lang) => LANGUAGES.some((one) => one === lang);

/** The words in use; `use` sets them before anything is shown. @type {Words} */
export let active;

/** Use a language, whose catalogue is fetched once. @param {Language} lang */
export async function use(lang) {
  active = await load(lang);
  return active;
}

/** The catalogue of a language, fetched once. @param {Language} lang @returns {Promise<Words>} */
export async function load(lang) {
  if (!loaded.has(lang)) {
    const found = await get("/api/words", { lang }, { ahead: true });
    loaded.set(lang, found.words || found);
  }
  return words(lang);
}

/** Decimals that leave two or three significant digits, as the report writes numbers. @param {number} value */
function digitsOf(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || value === 0 || size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 0.1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size)));
}

/** @param {string} text @param {Record<string, unknown>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * The words of a language that is loaded.
 * @param {Language} lang
 * @returns {Words}
 */
export function words(lang) {
  const texts = loaded.get(lang) || {};
  /** @param {string} key */
  const has = (key) => key in texts;

  /** @param {string} key @param {Record<string, unknown>} [values] */
  function t(key, values = {}) {
    if (!has(key)) {
      console.error(`No text ${key} in ${lang}.`);
      return key;
    }
    return fill(texts[key], values);
  }

  /** The name of a value of the data: its text, or itself made readable. @param {string} family @param {unknown} value */
  function name(family, value) {
    if (has(`${family}.${value}`)) return texts[`${family}.${value}`];
    const readable = String(value).replaceAll("_", " ").trim();
    return readable.charAt(0).toUpperCase() + readable.slice(1);
  }

  /** @param {unknown} value @param {number} [digits] */
  function number(value, digits) {
    if (value === null || value === undefined || !Number.isFinite(Number(value))) return "–";
    const places = digits === undefined ? digitsOf(Number(value)) : digits;
    const shown = new Intl.NumberFormat(LOCALE[lang], {
      minimumFractionDigits: places, maximumFractionDigits: places,
    }).format(Number(value));
    return (/[1-9]/.test(shown) ? shown : shown.replace("-", "")).replace("-", "−");
  }

  /** A share between 0 and 1 as a percentage; never 0 % or 100 % for a probability. @param {number|null|undefined} share */
  function percent(share) {
    if (share === null || share === undefined || !Number.isFinite(share)) return "–";
    if (share > 0 && share < 0.01) return `<1${NBSP}%`;
    if (share > 0.99) return `>99${NBSP}%`;
    return `${Math.round(share * 100)}${NBSP}%`;
  }

  /** "2012-03" or "2012-03-08" as "March 2012". @param {string|null|undefined} date @returns {string} */
  function month(date) {
    const [year, m] = String(date).split("-").map(Number);
    return m ? t("date.month", { month: texts[`month.${m}`], year }) : "–";
  }

  /** @param {string|null|undefined} date */
  function day(date) {
    const [year, m, d] = String(date).slice(0, 10).split("-").map(Number);
    return d ? t("date.day", { day: d, month: texts[`month.${m}`], year }) : month(date);
  }

  /** A moment inside a template: "March 2012 to June 2012", one name where both agree. @param {string} first @param {string} last @param {(date: string) => string} [how] */
  function span(first, last, how = day) {
    const [a, b] = [how(first), how(last)];
    return a === b ? a : t("interval", { low: a, high: b });
  }

  const months = () => Array.from({ length: 12 }, (_, i) => texts[`month.${i + 1}`]);
  const more = { lang, locale: LOCALE[lang], has, name, number, percent, month, day, span, months };
  for (const [key, value] of Object.entries(more)) Object.defineProperty(t, key, { value }); // `name` is a function's own
  return /** @type {Words} */ (/** @type {unknown} */ (t));
}
