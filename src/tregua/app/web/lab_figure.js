// @ts-check
// The figure of the Lab: the fan with the timeline on its own months, as a table, with its sources
// and its files.

import { bounds } from "./lab_state.js";
import { MonthScale } from "./months.js";

const QUANTILES = ["q05", "q10", "q25", "q50", "q75", "q90", "q95"];

export class LabFigure {
  /** @param {any} lab the page, whose scenario and result are shown */
  constructor(lab) {
    this.lab = lab;
    this.figure = lab.context.figure();
    this.figure.addEventListener("tab", () => this.place());
    /** @type {Record<string, string>} */ this.addresses = {};
  }

  /** The figure around the fan: title, table, sources, files. */
  show() {
    const { context, form, scenario, outcome: name, result, fan, gesture } = this.lab;
    const t = context.words;
    const outcome = form.outcomes.find((/** @type {any} */ o) => o.name === name) || form.outcomes[0];
    fan.record = name === "recorded" ? form.record : [];
    const { first, last } = fan.frame;
    fan.label = t("app_lab.fan.cursor", { what: outcome.label });
    const worlds = t.number(result?.worlds ?? scenario.worlds, 0);
    const view = {
      name: `lab-${name}`, level: 2, interactive: true, title: outcome.label, drawn: outcome.unit,
      label: t("app_lab.fan.label", { what: outcome.label, n: worlds }), caption: t("app_lab.fan.note"),
      draw: (/** @type {SVGSVGElement} */ svg, /** @type {number} */ width) => fan.draw(svg, width),
      tables: this.tables(outcome), sources: name === "recorded" ? form.sourcesOf(first, last) : [], controls: this.lab.outcomes.element,
      cite: t("app_lab.fan.made", { version: context.about.version, seed: scenario.seed, n: worlds, digest: context.about.digest, key: (result?.key || "").slice(0, 12) }),
      files: this.addresses,
    };
    if (this.figure.view?.name === view.name && this.figure.lang === t.lang) {
      this.figure.view = view;
      if (this.figure.tab !== "chart" && !gesture) this.figure.fill();
      return;
    }
    this.figure.show(view);
    this.figure.panels.chart.append(fan.tip, this.lab.timeline);
  }

  /** @param {any} outcome */
  tables(outcome) {
    const { result, outcome: name, context } = this.lab;
    const t = context.words;
    const columns = [{ key: "month", kind: "month", label: t("field.month") }, ...QUANTILES.map((key) => ({ key, kind: "number", label: t(`field.${key}`) }))];
    return [{ name: `lab-${name}`, title: outcome.label, columns,
      get rows() {
        return (result?.months || []).map((/** @type {string} */ month, /** @type {number} */ i) => ({ month: month.slice(0, 7), ...Object.fromEntries(QUANTILES.map((q) => [q, result.fan[outcome.name]?.[q]?.[i] ?? null])) }));
      } }];
  }

  /** Addresses of the twins of this view. @param {string} s */
  files(s) {
    this.addresses = Object.fromEntries(["json", "csv", "parquet"].map((kind) => [kind, `/lab.${kind}?s=${s}`]));
    if (this.figure.view) this.figure.view.files = this.addresses;
    if (this.figure.tab === "download") this.figure.fill();
  }

  /** The timeline on the months of the fan. */
  place() {
    const { timeline, fan, result, scenario } = this.lab;
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
