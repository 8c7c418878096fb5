// Every word of the page, from the catalogue that report and app share.
// A text with a missing key shows the key and complains on the console, so that a test sees it.

import { get } from "./api.js";

export const LANGUAGES = ["en", "es"];
const LOCALE = { en: "en-US", es: "es-SV" };
const NBSP = "\u00a0";
const loaded = new Map();

/** The words in use; `use` sets them. */
export let active = null;

/** Use a language, whose catalogue is fetched once. */
export async function use(lang) {
  active = await load(lang);
  return active;
}

/** The catalogue of a language, fetched once. */
export async function load(lang) {
  if (!loaded.has(lang)) {
    const found = await get("/api/words", { lang });
    loaded.set(lang, found.words || found);
  }
  return words(lang);
}

/** Decimals that leave two or three significant digits, as the report writes numbers. */
function digitsOf(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || value === 0 || size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 0.1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size)));
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * The words of a language that is loaded.
 * @param {"en"|"es"} lang
 */
export function words(lang) {
  const texts = loaded.get(lang) || {};
  const has = (key) => key in texts;

  function t(key, values = {}) {
    if (!has(key)) {
      console.error(`No text ${key} in ${lang}.`);
      return key;
    }
    return fill(texts[key], values);
  }

  /** The name of a value of the data: its text, or itself made readable. */
  function name(family, value) {
    if (has(`${family}.${value}`)) return texts[`${family}.${value}`];
    const readable = String(value).replaceAll("_", " ").trim();
    return readable.charAt(0).toUpperCase() + readable.slice(1);
  }

  function number(value, digits) {
    if (value === null || value === undefined || !Number.isFinite(Number(value))) return "–";
    const places = digits === undefined ? digitsOf(Number(value)) : digits;
    const shown = new Intl.NumberFormat(LOCALE[lang], {
      minimumFractionDigits: places, maximumFractionDigits: places,
    }).format(Number(value));
    return (/[1-9]/.test(shown) ? shown : shown.replace("-", "")).replace("-", "−");
  }

  /** A share between 0 and 1 as a percentage; never 0 % or 100 % for a probability. */
  function percent(share) {
    if (share === null || !Number.isFinite(share)) return "–";
    if (share > 0 && share < 0.01) return `<1${NBSP}%`;
    if (share > 0.99) return `>99${NBSP}%`;
    return `${Math.round(share * 100)}${NBSP}%`;
  }

  /** "2012-03" or "2012-03-08" as "March 2012". */
  function month(date) {
    const [year, m] = String(date).split("-").map(Number);
    return m ? t("date.month", { month: texts[`month.${m}`], year }) : "–";
  }

  function day(date) {
    const [year, m, d] = String(date).slice(0, 10).split("-").map(Number);
    return d ? t("date.day", { day: d, month: texts[`month.${m}`], year }) : month(date);
  }

  /** A moment inside a template: "March 2012 to June 2012", one name where both agree. */
  function span(first, last, how = day) {
    const [a, b] = [how(first), how(last)];
    return a === b ? a : t("interval", { low: a, high: b });
  }

  const months = () => Array.from({ length: 12 }, (_, i) => texts[`month.${i + 1}`]);
  const more = { lang, locale: LOCALE[lang], has, name, number, percent, month, day, span, months };
  for (const [key, value] of Object.entries(more)) Object.defineProperty(t, key, { value }); // `name` is a function's own
  return t;
}
