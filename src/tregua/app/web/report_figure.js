// Figures of the report, which the server hands over as the report has them.

/** @import {FigureAnswer} from "./answers.js" */
/** @import {FigureView, Language} from "./types.js" */

import { get } from "./api.js";

/**
 * A figure of the report, with the tables that it reads.
 * @param {string} name
 * @param {Language} lang
 * @returns {Promise<FigureView>}
 */
export async function reportFigure(name, lang) {
  /** @type {FigureAnswer} */ const found = await get(`/api/figures/${name}`, { lang });
  return { ...found, tables: found.tables.filter((table_) => found.data[table_]).map((table_) => ({ name: table_, rows: found.data[table_] })) };
}
