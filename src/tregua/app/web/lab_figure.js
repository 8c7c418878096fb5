// The figure of the Lab: the fan with the timeline on its own months, as a table, with its sources
// and its files.

/** @import {Lab} from "./pages/lab.js" */
/** @import {Files, FigureView, Table} from "./types.js" */

import { bounds } from "./lab_state.js";
import { MonthScale } from "./months.js";
import { twins } from "./store.js";
import { column } from "./table.js";

const QUANTILES = /** @type {const} */ (["q05", "q10", "q25", "q50", "q75", "q90", "q95"]);

/** Fan, timeline, table and files of what is looked at. */
export class LabFigure {
  /** @param {Lab} lab the page, whose scenario and result are shown */
  constructor(lab) {
    this.lab = lab;
    this.figure = lab.context.figure();
    this.figure.addEventListener("tab", () => this.place());
    /** @type {Files} */ this.addresses = {};
  }

  /** The figure around the fan: title, table, sources, files. */
  show() {
    const { context, form, scenario, outcome: name, result, gesture, parts: { fan, outcomes, timeline } } = this.lab;
    const t = context.words;
    const outcome = form.outcomes.find((o) => o.name === name) || form.outcomes[0];
    fan.record = name === "recorded" ? form.record : [];
    const { first, last } = fan.frame;
    fan.label = t("app_lab.fan.cursor", { what: outcome.label });
    const worlds = t.number(result?.worlds ?? scenario.worlds, 0);
    /** @type {FigureView} */
    const view = {
      name: `lab-${name}`, level: 2, interactive: true, title: outcome.label, drawn: outcome.unit,
      label: t("app_lab.fan.label", { what: outcome.label, n: worlds }), caption: t("app_lab.fan.note"),
      draw: (svg, width) => fan.draw(svg, width),
      tables: this.tables(outcome), sources: name === "recorded" ? form.sourcesOf(first, last) : [], controls: outcomes.element,
      cite: t("app_lab.fan.made", { version: context.about.version, seed: result?.asked.seed ?? scenario.seed, n: worlds, digest: context.about.digest, key: result?.key?.slice(0, 12) ?? "–" }),
      files: this.addresses,
    };
    if (this.figure.view?.name === view.name && this.figure.lang === t.lang) {
      this.figure.view = view;
      this.figure.cite();
      if (this.figure.tab !== "chart" && !gesture) this.figure.fill();
      return;
    }
    this.figure.show(view);
    this.figure.panels.chart.append(fan.tip, timeline);
  }

  /** What is drawn, as a table that is made when it is looked at. @param {{name: string, label: string}} outcome @returns {Table[]} */
  tables(outcome) {
    const { result, outcome: name, context } = this.lab;
    const t = context.words;
    const columns = [column("month", "month", t("field.month")), ...QUANTILES.map((key) => column("number", key, t(`field.${key}`)))];
    return [{ name: `lab-${name}`, title: outcome.label, columns,
      get rows() {
        return (result?.months || []).map((month, i) => ({ month: month.slice(0, 7), ...Object.fromEntries(QUANTILES.map((q) => [q, result?.fan[outcome.name]?.[q]?.[i] ?? null])) }));
      } }];
  }

  /** Addresses of the twins of this view. @param {string} s */
  files(s) {
    this.addresses = twins("lab", { s });
    if (this.figure.view) this.figure.view.files = this.addresses;
    if (this.figure.tab === "download") this.figure.fill();
  }

  /** The timeline on the months of the fan. */
  place() {
    const { result, scenario, parts: { fan, timeline } } = this.lab;
    const width = timeline.clientWidth;
    const { box, scale, frame } = fan;
    if (!width || !box) return;
    const k = width / box.width;
    const hidden = result && JSON.stringify(result.asked.blocks) === JSON.stringify(scenario.blocks) ? result.hidden || [] : [];
    timeline.style.setProperty("--past", `${scale.x(frame.origin) * k}px`);
    timeline.style.setProperty("--left", `${scale.left * k}px`);
    timeline.show({ blocks: scenario.blocks, bounds: bounds(scenario), hidden },
      new MonthScale(frame.first, frame.last, scale.left * k, scale.right * k));
  }
}
