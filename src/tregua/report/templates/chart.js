// What drawing and handing out a chart needs, the same in the report and in the app.
//
// The app imports this file as a module. The report, one file that asks for nothing, carries it
// inline before its own script, less the word `export`; so it imports nothing and keeps no state.

/** Rows that a table shows; longer ones say that they are capped. */
export const ROWS_SHOWN = 500;

// ---- tables ------------------------------------------------------------------------------------

/** @typedef {{t: string, v?: any, d?: any, i?: any}} Column values, or distinct values and which of them stands where */

/**
 * A cell of a table that is written by column (see `tregua.report.columns`).
 * @param {Column} column
 * @param {number} row
 */
export const cellOf = (column, row) => (column.d ? column.d[column.i[row]] : column.v[row]);

/**
 * Rows of such a table; dates gain a time, so that browsers read them as local and not as UTC.
 * @param {{rows: number, columns: Record<string, Column>}} table
 */
export function rowsOf(table) {
  const names = Object.keys(table.columns);
  return Array.from({ length: table.rows }, (_, i) => {
    /** @type {Record<string, any>} */
    const row = {};
    for (const key of names) {
      const column = table.columns[key];
      const value = cellOf(column, i);
      row[key] = column.t === "date" && value ? `${value}T00:00:00` : value;
    }
    return row;
  });
}

/**
 * One value for CSV: quoted where needed; a text that a spreadsheet would run is disarmed.
 * @param {unknown} value
 */
export function csvValue(value) {
  if (value === null || value === undefined) return "";
  let written = String(value);
  if (typeof value === "string" && /^[=+@\t\r]|^-./.test(written) && !/^-?\d/.test(written)) written = `'${written}`;
  return /[",\n\r]/.test(written) ? `"${written.replace(/"/g, '""')}"` : written;
}

/**
 * Names of columns and a reader of cells as CSV.
 * @param {string[]} names
 * @param {number} count of rows
 * @param {(key: string, row: number) => unknown} value
 */
export function csvOf(names, count, value) {
  const lines = [names.map(csvValue).join(",")];
  for (let i = 0; i < count; i += 1) lines.push(names.map((key) => csvValue(value(key, i))).join(","));
  return `${lines.join("\n")}\n`;
}

/** A name that may stand in a file's name. @param {string} value */
export const slug = (value) => String(value).replace(/[^\w-]+/g, "-").slice(0, 60);

// ---- charts ------------------------------------------------------------------------------------

/** @param {any} spec @param {any} rule @param {number} columns */
function narrow(spec, rule, columns) {
  for (const part of [spec, ...(spec.vconcat || [])]) {
    if (part.layer) part.layer = part.layer.filter((/** @type {any} */ x) => !String(x.name).startsWith("wide"));
  }
  for (const param of spec.params || []) if (param.name === "narrow") param.value = true;
  const change = (/** @type {any} */ part) => {
    if (part === null || typeof part !== "object") return;
    if (part.legend && typeof part.legend === "object") part.legend.columns = columns;
    if (rule.extent && "maxExtent" in part) part.minExtent = part.maxExtent = part.labelLimit = rule.extent;
    Object.values(part).forEach(change);
  };
  change(spec);
}

/**
 * The twin of `tregua.report.figures.fit`: the same chart for a given width; changes `spec`.
 * @param {any} spec
 * @param {number} width
 */
export function fit(spec, width) {
  let rule = (spec.usermeta && spec.usermeta.fit) || { kind: "single" };
  if (width < 640) {
    narrow(spec, rule.narrow || {}, Math.max(1, Math.floor(width / 190)));
    rule = { ...rule, ...rule.narrow };
  }
  if (rule.kind === "single") {
    spec.width = width;
    spec.autosize = { type: "fit-x", contains: "padding" };
  } else if (rule.kind === "concat") {
    for (const child of spec.vconcat) child.width = Math.max(120, Math.floor(width - rule.pad));
  } else {
    const usable = width - rule.pad;
    let columns = Math.max(1, Math.min(rule.max, Math.floor((usable + rule.gap) / (rule.min + rule.gap))));
    while (rule.max % columns && rule.max / columns > 1 && columns > 3) columns -= 1;
    spec.columns = columns;
    spec.spec.width = Math.floor((usable - rule.gap * (columns - 1)) / columns);
  }
  return spec;
}

/** @type {Record<string, string[]>} */
const DAYS = {
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
  es: ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
};

/**
 * How Vega writes dates in a language.
 * @param {string} lang
 * @param {string[]} months names of the twelve
 */
export function timeLocale(lang, months) {
  const days = DAYS[lang] || DAYS.en;
  return {
    dateTime: lang === "es" ? "%A, %e de %B de %Y, %X" : "%x, %X",
    date: "%d/%m/%Y", time: "%H:%M:%S", periods: ["AM", "PM"],
    days, shortDays: days.map((d) => d.slice(0, 3)),
    months, shortMonths: months.map((m) => m.slice(0, 3)),
  };
}

/**
 * Width for a chart in a box: at the size of type the page has; the browser scales the picture.
 * @param {Element} box
 */
export function drawnWidth(box) {
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  return Math.max(240, Math.floor(box.clientWidth / scale));
}

/**
 * How every chart is embedded: its expressions interpreted, nothing added to the page.
 * @param {string} lang
 * @param {string[]} months names of the twelve
 */
export function embedOptions(lang, months) {
  return {
    ast: true, actions: false, logLevel: 1, renderer: "svg", defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "custom" },
    timeFormatLocale: timeLocale(lang, months),
  };
}

/**
 * Let a drawn picture fill its box; its text alternative is on the element around it.
 * @param {Element} box
 */
export function stretch(box) {
  const svg = box.querySelector("svg");
  if (!svg) return;
  svg.removeAttribute("style");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
}

// ---- pictures that stand alone -----------------------------------------------------------------

/**
 * A text in lines of at most so many letters.
 * @param {string} line
 * @param {number} length
 */
export function wrapped(line, length) {
  const out = [""];
  for (const word of String(line).split(/\s+/)) {
    if ((out[out.length - 1] + word).length > length) out.push("");
    out[out.length - 1] += `${word} `;
  }
  return out.map((part) => part.trim()).filter(Boolean);
}

/** A text that may stand in markup. @param {unknown} value */
export const escaped = (value) => String(value).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * A drawing in which colours by role are written out.
 * @param {string} svg
 * @param {Record<string, string>} colours
 */
export const coloured = (svg, colours) => svg.replace(/var\(--([\w-]+)\)/g, (_, role) => colours[role] || "#000");

/**
 * Up to twelve names of publishers, as a line under the picture.
 * @param {string} label
 * @param {string[]} names
 */
export function citedLine(label, names) {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, 12).join("; ");
  return shown ? `${label}: ${shown}${distinct.length > 12 ? "; …" : "."}` : "";
}

/**
 * A drawing as a picture that stands alone: title above, note, sources and provenance below.
 * @param {string} drawing an SVG with a viewBox; colours by role
 * @param {{title: string, sources: string, made: string, colours: Record<string, string>}} about
 */
export function standAlone(drawing, about) {
  const inner = coloured(drawing, about.colours);
  const [, width, height] = /** @type {RegExpExecArray} */ (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(inner)).map(Number);
  const letters = Math.max(30, Math.floor(width / 6.6));
  const title = wrapped(about.title, Math.floor(letters * 0.78));
  const note = [...(about.sources ? wrapped(about.sources, letters) : []), ...wrapped(`${about.made} · MIT`, letters)];
  const top = 14 + 22 * title.length;
  const lines = (/** @type {string[]} */ list, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ step, /** @type {string} */ style) =>
    list.map((line, i) => `<text x="${x}" y="${y + i * step}" ${style}>${escaped(line)}</text>`).join("");
  const sans = "font-family=\"system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif\"";
  const total = top + height + 14 + 15 * note.length + 8;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width + 32}" height="${total}" viewBox="-16 0 ${width + 32} ${total}" role="img"><title>${escaped(about.title)}</title><desc>${escaped(note.join(" "))}</desc><rect x="-16" width="100%" height="100%" fill="${about.colours.card}"/>${lines(title, 0, 24, 22, `font-family="Georgia, serif" font-size="17" font-weight="700" fill="${about.colours.ink}"`)}<g transform="translate(0,${top})">${inner.replace(/^<\?xml[^>]*\?>|<!DOCTYPE[^>]*>/g, "")}</g>${lines(note, 0, top + height + 18, 15, `${sans} font-size="11" fill="${about.colours.muted}"`)}</svg>\n`;
}

/**
 * Hand a file to the reader.
 * @param {string} name
 * @param {Blob|string} content
 * @param {string} type of a text
 */
export function handOut(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
