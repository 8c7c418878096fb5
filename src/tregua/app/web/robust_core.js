// The core claim: over which factors its sign turns, and what may be said of it.

/** @import {Core, Panel} from "./answers_worlds.js" */
/** @import {Robust} from "./pages/robust.js" */

import { h } from "./dom.js";
import { choice } from "./parts.js";
import { drawSigns } from "./robust_draw.js";
import { column } from "./table.js";

/** Whether a panel is of these two factors. @param {Panel} panel @param {string} a @param {string} b */
const isOf = ({ x_factor, y_factor }, a, b) => (x_factor === a && y_factor === b) || (x_factor === b && y_factor === a);

/** A factor in words, as the beginning of a label. @param {Robust} page @param {Core} core @param {string} name */
function phrase({ t }, core, name) {
  const text = core.factors.find((factor) => factor.name === name)?.phrase[t.lang] ?? name;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The figure of signs, and the verdict below it. @param {Robust} page */
export function showCore(page) {
  const { signs, coreSaid, results: { core } } = page;
  signs.hidden = !core;
  if (!core) return void coreSaid.replaceChildren();
  showSigns(page, core);
  coreSaid.replaceChildren(verdict(page, core));
}

/** @param {Robust} page @param {Core} core */
function showSigns(page, core) {
  const { t } = page;
  const names = core.factors.map((factor) => factor.name);
  const fx = page.chosen("fx", names, core.chief[0]);
  const others = names.filter((name) => name !== fx && core.panels.some((panel) => isOf(panel, fx, name)));
  const fy = page.chosen("fy", others, others.includes(core.chief[1]) ? core.chief[1] : others[0]);
  const panels = core.panels.filter((panel) => isOf(panel, fx, fy));
  const said = (/** @type {string} */ name) => phrase(page, core, name);
  const number = (/** @type {string} */ key) => column("number", key, t(`field.${key}`));
  page.signs.show({
    ...page.common("core", "robust-signs"), title: t("app_robust.signs"), drawn: t("app_robust.signs.drawn", { n: t.number(core.points, 0), origin: t.month(core.origin) }), caption: t("app_robust.signs.note"),
    controls: h("div", { class: "heat-controls" },
      choice(t("app_robust.across"), names.map((name) => [name, said(name)]), fx, (v) => page.look({ fx: v }), "core-x"),
      choice(t("app_robust.up"), others.map((name) => [name, said(name)]), fy, (v) => page.look({ fy: v }), "core-y")),
    draw: (svg, width) => drawSigns(svg, width, { panels, swap: panels.length > 0 && panels[0].x_factor !== fx, xLabel: said(fx), yLabel: said(fy), referenceName: (name) => page.named(name), t }),
    tables: [{ name: "robust-signs", title: t("app_robust.signs"), rows: panels.flatMap(({ reference, horizon, cells }) => cells.map((cell) => ({ reference, horizon, ...cell }))),
      columns: [column("text", "reference", t("field.reference")), column("number", "horizon", t("app_compare.years")), ...["x_low", "x_high", "y_low", "y_high", "points", "share"].map(number), column("text", "sign", t("field.sign"))] }],
  });
}

/** @param {Robust} page @param {Core} core */
function verdict({ t }, core) {
  const corners = core.boxes.filter((box) => box[`sentence_${t.lang}`]);
  return h("div", { class: "card" }, h("h3", {}, t("app_robust.core.said")), ...core.verdict[t.lang].map((text) => h("p", {}, text)),
    h("details", {}, h("summary", {}, t("app_robust.core.corners", { n: t.number(corners.length, 0) })),
      ...corners.map((box) => h("div", { class: "core-corner" }, h("p", {}, box[`sentence_${t.lang}`]), h("p", { class: "quiet" }, box[`notes_${t.lang}`])))));
}
