// The pages on paper: charts as wide as a sheet, closed parts open, the address of the view below.

/** @import {FigureView} from "./types.js" */
/** @import {Figure} from "./figure.js" */

import { citedLine } from "/chart.js";
import { about } from "./about.js";
import { one, s } from "./dom.js";
import { link, read } from "./store.js";
import { active } from "./words.js";

const SHEET = 860; // pixels across a sheet

/** Whom a figure rests on, and what made it, as pictures and paper say it. @param {FigureView} view */
export function citation(view) {
  const names = (view.sources || []).map((source) => source.publisher || source.id);
  return { sources: citedLine(active("js.sources"), names), made: view.cite || about.made || "tregua" };
}

/** Draw a chart as wide as paper, so that letters can be read there; the Lab's stays with its lanes. @param {Figure} figure */
function widened(figure) {
  const { view } = figure;
  if (!view?.draw || figure.tab !== "chart" || !figure.isConnected || figure.closest(".page-lab")) return;
  const svg = s("svg", { "font-size": 12 });
  const height = Math.ceil(view.draw(svg, SHEET));
  svg.setAttribute("viewBox", `0 0 ${SHEET} ${Number(svg.dataset.paper) || height}`);
  figure.parts.chart.replaceChildren(svg);
}

/** Make the pages ready for paper whenever they are printed. @param {HTMLElement} main */
export function forPaper(main) {
  /** @type {HTMLDetailsElement[]} */
  let closed = [];
  const figures = () => /** @type {NodeListOf<Figure>} */ (main.querySelectorAll("tregua-figure"));
  window.addEventListener("beforeprint", () => {
    const { page, state } = read();
    one(document, "#paper-address").textContent = `${active("app.paper")}: ${new URL(link(page, state), location.href)}`;
    closed = [.../** @type {NodeListOf<HTMLDetailsElement>} */ (main.querySelectorAll("details:not([open]):not(.bulk)"))];
    closed.forEach((details) => { details.open = true; });
    figures().forEach(widened);
  });
  window.addEventListener("afterprint", () => {
    closed.forEach((details) => { details.open = false; });
    figures().forEach((figure) => { if (figure.view?.draw && figure.tab === "chart") figure.redraw(); });
  });
}
