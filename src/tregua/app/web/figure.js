// <tregua-figure>: a chart with its table, its sources and its files, the same on every page.
//
//   const figure = document.createElement("tregua-figure");
//   figure.show({ name, title, drawn, caption, draw | spec, tables, sources, cite, files });
//
// draw(svg, width): draws into an empty <svg> of that width and returns the height. Colours are
//   attributes by role (fill="var(--observed)"), so that both themes and exported files have them;
//   what is for the screen only carries data-screen.
// spec: a Vega-Lite specification (its `usermeta.reads` names tables of `data`).
// show again with new values while a slider moves: only what is seen is drawn anew.

/** @import {Embed} from "./vega.js" */
/** @import {Child, FigureView, Source} from "./types.js" */

import { drawnWidth, embedOptions, fit, stretch } from "/chart.js";
import { fresh, h, outside, s, safeLink } from "./dom.js";
import { csv, drawing, fileName, handOut, picture, png } from "./export.js";
import { about } from "./about.js";
import { fileLinks } from "./parts.js";
import { citation } from "./paper.js";
import { table } from "./table.js";
import { loadVega } from "./vega.js";
import { active } from "./words.js";

const TABS = /** @type {const} */ (["chart", "table", "sources", "download"]);

/** @typedef {typeof TABS[number]} Tab */

/** One line for each source: title as a link, publisher, id. @param {Source} source */
export function sourceItem(source) {
  const url = safeLink(source.url);
  const title = source.title || source.id;
  return h("li", {}, url ? outside(url, title) : title, source.publisher ? ` · ${source.publisher} ` : " ", h("code", {}, source.id));
}

/** Something for each tab. @template T @param {(name: Tab) => T} make @returns {Record<Tab, T>} */
const byTab = (make) => /** @type {Record<Tab, T>} */ (Object.fromEntries(TABS.map((name) => [name, make(name)])));

/** A chart with its table, its sources and its files. */
export class Figure extends HTMLElement {
  constructor() {
    super();
    /** @type {FigureView|null} */ this.view = null;
    /** @type {Tab} */ this.tab = "chart";
    // `build` makes these before anything is shown.
    /** @type {Record<Tab, HTMLButtonElement>} */ this.tabs = /** @type {any} */ (null);
    /** @type {Record<Tab, HTMLElement>} */ this.panels = /** @type {any} */ (null);
    /** @type {Record<"title"|"chart"|"drawn"|"caption"|"head"|"below"|"cited", HTMLElement>} */ this.parts = /** @type {any} */ (null);
    this.drawnAt = 0;
    /** @type {Awaited<ReturnType<Embed>>|null} */ this.embedded = null;
    /** @type {Promise<void>|null} */ this.embedding = null;
    this.resizing = new ResizeObserver(() => {
      if (this.view && this.tab === "chart" && Math.abs(this.parts.chart.clientWidth - this.drawnAt) > 4) this.redraw();
    });
  }

  /** What is shown. @returns {FigureView} */
  get given() {
    if (!this.view) throw new Error("Nothing is shown yet.");
    return this.view;
  }

  disconnectedCallback() {
    this.resizing.disconnect();
    this.embedded?.finalize();
    this.embedded = null;
  }

  connectedCallback() {
    if (this.parts) {
      this.resizing.observe(this.parts.chart);
      this.redraw();
    }
  }

  /** Show a figure, or the same figure with new values. @param {FigureView} view */
  show(view) {
    const other = !this.view || this.view.name !== view.name || this.lang !== active.lang;
    this.view = view;
    if (other) this.build();
    const { title, drawn, caption, head, below } = this.parts;
    title.textContent = view.title;
    drawn.textContent = view.drawn || "";
    drawn.hidden = !view.drawn;
    caption.textContent = view.caption || "";
    caption.hidden = !view.caption;
    if (view.controls && view.controls !== head.firstChild) head.replaceChildren(view.controls);
    if (view.below && view.below !== below.firstChild) below.replaceChildren(view.below);
    this.cite();
    this.fill();
    return this;
  }

  /** Say for paper what the figure rests on. */
  cite() {
    this.parts.cited.textContent = Object.values(citation(this.given)).filter(Boolean).join(" · ");
  }

  /** Draw the chart again, as after a change that `draw` knows of itself. */
  redraw() {
    if (this.view && this.isConnected) this.drawChart();
  }

  build() {
    const view = this.given;
    this.lang = active.lang;
    const ids = byTab(() => fresh("tab"));
    const title = h(view.level === 2 ? "h2" : "h3", { id: fresh("figure") });
    this.tabs = byTab((name) => h("button", {
      type: "button", role: "tab", id: ids[name], "aria-controls": `${ids[name]}-panel`,
      onclick: () => this.choose(name), onkeydown: (event) => this.step(event, name),
    }, active(`app.figure.${name}`)));
    this.panels = byTab((name) => h("div", {
      role: "tabpanel", id: `${ids[name]}-panel`, "aria-labelledby": ids[name], hidden: true, class: `panel panel-${name}`,
    }));
    const chart = h("div", { class: "chart" });
    this.panels.chart.append(chart);
    this.parts = {
      title, chart,
      drawn: h("p", { class: "drawn" }),
      caption: h("figcaption"),
      head: h("div", { class: "above-chart" }),
      below: h("div", { class: "below-chart" }),
      cited: h("p", { class: "paper cited" }),
    };
    const tabs = h("div", { role: "tablist", class: "tabs", "aria-labelledby": title.id }, ...Object.values(this.tabs));
    this.replaceChildren(h("figure", { class: "figure", "aria-labelledby": title.id },
      h("div", { class: "figure-head" }, h("div", {}, title, this.parts.drawn), tabs),
      this.parts.head, ...Object.values(this.panels), this.parts.below, this.parts.caption, this.parts.cited));
    this.mark();
    this.resizing.disconnect();
    this.resizing.observe(chart);
  }

  mark() {
    for (const name of TABS) {
      const chosen = name === this.tab;
      this.tabs[name].setAttribute("aria-selected", String(chosen));
      this.tabs[name].tabIndex = chosen ? 0 : -1;
      this.panels[name].hidden = !chosen;
    }
  }

  /** @param {Tab} name */
  choose(name) {
    this.tab = name;
    this.mark();
    this.fill();
    this.dispatchEvent(new CustomEvent("tab", { detail: name, bubbles: true }));
  }

  /** @param {KeyboardEvent} event @param {Tab} name */
  step(event, name) {
    const to = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.indexOf(name), End: TABS.length - 1 - TABS.indexOf(name) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(name) + to + TABS.length) % TABS.length];
    this.choose(next);
    this.tabs[next].focus();
  }

  fill() {
    if (this.tab === "chart") this.redraw();
    if (this.tab === "table") this.panels.table.replaceChildren(...(this.given.tables || []).map(table));
    if (this.tab === "sources") this.fillSources();
    if (this.tab === "download") this.fillDownload();
  }

  drawChart() {
    const view = this.given;
    const { chart } = this.parts;
    this.drawnAt = chart.clientWidth;
    if (!this.drawnAt) return;
    if (view.spec) {
      this.embedding = this.drawVega().catch((error) => {
        console.error(error);
        chart.replaceChildren(h("p", { class: "quiet" }, active("app.problem")));
      });
      return;
    }
    const width = drawnWidth(chart);
    const svg = this.drawnAnew(width);
    this.name(chart, svg);
    chart.replaceChildren(svg);
    this.finished(chart);
  }

  /** What is drawn, for a pointer to be placed in. @returns {SVGSVGElement} */
  picture() {
    const svg = this.parts.chart.querySelector("svg");
    if (!svg) throw new Error("Nothing is drawn yet.");
    return svg;
  }

  /** The text alternative: of a picture on its box, of an instrument on its own parts. @param {Element} chart @param {SVGSVGElement} svg */
  name(chart, svg) {
    const view = this.given;
    chart.setAttribute("role", view.interactive ? "group" : "img");
    chart.setAttribute("aria-label", view.label || [view.title, view.drawn].filter(Boolean).join(" "));
    if (!view.interactive) {
      svg.setAttribute("aria-hidden", "true");
      svg.setAttribute("focusable", "false");
    }
  }

  /** @param {Element} chart */
  finished(chart) {
    chart.classList.add("done");
    if (performance.getEntriesByName("tregua:first-chart").length === 0) performance.mark("tregua:first-chart");
  }

  async drawVega() {
    const view = this.given;
    const { chart } = this.parts;
    const embed = await loadVega();
    if (this.view !== view || !this.isConnected) return;
    const spec = fit(structuredClone(view.spec), drawnWidth(chart));
    const { data } = view;
    if (data) {
      /** @type {string[]} */ const reads = spec.usermeta?.reads || Object.keys(data);
      spec.datasets = Object.fromEntries(reads.map((name) => [name, structuredClone(data[name] || [])]));
    }
    this.embedded?.finalize();
    this.embedded = await embed(chart, spec, embedOptions(active.lang, active.months()));
    stretch(chart);
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", view.label || [view.title, view.drawn].filter(Boolean).join(" "));
    this.finished(chart);
  }

  fillSources() {
    const list = this.given.sources || [];
    const items = list.map(sourceItem);
    this.panels.sources.replaceChildren(
      h("p", { class: "quiet" }, list.length ? active("app.figure.sources.count", { n: active.number(list.length, 0) }) : active("app.figure.sources.none")),
      items.length ? h("ol", { class: "source-list" }, ...items) : "");
  }

  /** The picture as SVG text. */
  async svg() {
    const view = this.given;
    await this.embedding; // the file may be asked for before Vega is there
    const inner = view.spec && this.embedded ? await this.embedded.view.toSVG() : drawing(this.parts.chart.querySelector("svg") ?? this.drawnAnew(900));
    return picture(inner, { title: view.title, ...citation(view) });
  }

  /** A picture of the view. @param {number} width @returns {SVGSVGElement} */
  drawnAnew(width) {
    const svg = s("svg", { "font-size": 12 });
    const height = this.given.draw?.(svg, width) ?? 0;
    svg.setAttribute("viewBox", `0 0 ${width} ${Math.ceil(height)}`);
    return svg;
  }

  /** @param {"svg"|"png"} kind */
  async save(kind) {
    const view = this.given;
    const name = `${view.name}-${active.lang}`;
    const text = await this.svg();
    const file = fileName(about, name, kind);
    handOut(file, kind === "svg" ? text : await png(text), "image/svg+xml");
    about.announce(active("js.saved", { name: file }));
  }

  fillDownload() {
    const view = this.given;
    const button = (/** @type {string} */ label, /** @type {() => unknown} */ act) => h("button", { type: "button", onclick: act }, label);
    const row = (/** @type {string} */ label, /** @type {string} */ what, /** @type {Child[]} */ ...items) => h("div", { class: "download-row" },
      h("div", {}, h("b", {}, label), h("p", { class: "quiet" }, what)), h("div", { class: "tools" }, ...items));
    const pictures = row(active("app.download.picture"), active("app.download.picture.what"),
      button("SVG", () => this.save("svg")), button("PNG", () => this.save("png")));
    const own = (view.tables || []).map((one) => row(one.title || one.name, active("app.download.table.what", { n: active.number(one.rows.length, 0) }),
      button("CSV", () => {
        const file = fileName(about, one.name, "csv");
        handOut(file, csv(one), "text/csv;charset=utf-8");
        about.announce(active("js.saved", { name: file }));
      })));
    const files = fileLinks(view.files || {});
    const served = files.length > 0 && row(active("app.download.address"), active("app.download.address.what"),
      ...files);
    this.panels.download.replaceChildren(pictures, ...own, served || "");
  }
}

customElements.define("tregua-figure", Figure);

/**
 * A figure; one that shows a view, if there is one.
 * @param {FigureView} [view]
 * @returns {Figure}
 */
export function figure(view) {
  const element = /** @type {Figure} */ (document.createElement("tregua-figure"));
  return view ? element.show(view) : element;
}
