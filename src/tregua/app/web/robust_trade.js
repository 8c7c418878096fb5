// Trade-offs: every strategy on every harm, with limits that the reader sets, and two harms as a plane.

/** @import {Mean} from "./answers_worlds.js" */
/** @import {Robust} from "./pages/robust.js" */

import { focus, h } from "./dom.js";
import { Parallel, keeps } from "./parallel.js";
import { choice } from "./parts.js";
import { drawPlane } from "./robust_draw.js";
import { limitsOf, limitsText, winners } from "./robust_parts.js";
import { showCriteria, winner } from "./robust_regret.js";
import { changed } from "./store.js";
import { column } from "./table.js";

/** The section: two figures that share limits, and a sentence that counts what keeps them. */
export class Trade {
  /** @param {Robust} page */
  constructor(page) {
    this.page = page;
    this.told = h("p", { class: "robust-count", role: "status" });
    this.figure = page.context.figure();
    this.plane = page.context.figure();
    this.parallel = new Parallel(page.t, { changed: (limits, over) => this.limited(limits, over) });
  }

  /** The mean of a harm under a strategy. @param {string} strategy @param {string} outcome @returns {Mean} */
  mean(strategy, outcome) {
    const found = this.page.results.explore?.means.find((row) => row.strategy === strategy && row.outcome === outcome);
    if (!found) throw new Error(`No mean of ${outcome} under ${strategy}.`);
    return found;
  }

  /** Draw both, with the limits of the address. */
  show() {
    const { page, parallel } = this;
    const { t, results: { explore } } = page;
    page.section("trade", Boolean(explore));
    if (!explore) return;
    const axes = explore.outcomes.map((name) => {
      const values = explore.strategies.map((strategy) => this.mean(strategy, name).mean);
      return { name, label: page.harm(name), low: Math.min(...values), high: Math.max(...values) };
    });
    const lines = explore.strategies.map((name) => ({ name, label: page.named(name), front: explore.undominated.includes(name), means: Object.fromEntries(explore.outcomes.map((o) => [o, this.mean(name, o).mean])) }));
    Object.assign(parallel, { axes, lines, limits: limitsOf(page.state.lim, explore.outcomes), chosen: winner(page)[0] || null });
    const columns = [column("text", "strategy", t("field.strategy")), ...explore.outcomes.map((o) => column("number", o, page.harm(o))), column("text", "front", t("app_robust.front"))];
    this.figure.show({
      ...page.common("explore", "robust-parallel"), interactive: true, title: t("app_robust.parallel"), drawn: t("app_robust.parallel.drawn", { n: t.number(explore.size, 0) }), caption: t("app_robust.parallel.note"),
      controls: h("button", { type: "button", class: "button", id: "robust-clear", onclick: () => this.limited({}, true) }, t("app_robust.clear")),
      draw: (svg, width) => parallel.draw(svg, width),
      tables: [{ name: "robust-parallel", title: t("app_robust.parallel"), columns, rows: lines.map((line) => ({ strategy: line.name, front: line.front, ...line.means })) }],
    });
    this.showPlane(explore.outcomes, explore.size);
    this.count(false);
  }

  /** @param {string[]} outcomes @param {number} size how many points */
  showPlane(outcomes, size) {
    const { page, parallel } = this;
    const { t } = page;
    const x = page.chosen("x", outcomes, "killed");
    const y = page.chosen("y", outcomes, outcomes.includes("detained") ? "detained" : outcomes[1]);
    /** @type {[string, string][]} */ const options = outcomes.map((name) => [name, page.harm(name)]);
    const points = parallel.lines.map((line) => ({
      name: line.name, label: line.label, front: line.front, out: !keeps(line, parallel.limits),
      x: line.means[x], y: line.means[y], xe: this.mean(line.name, x).mean_error, ye: this.mean(line.name, y).mean_error,
    }));
    this.plane.show({
      ...page.common("explore", "robust-plane"), title: t("app_robust.plane"), drawn: t("app_robust.plane.drawn", { n: t.number(size, 0) }), caption: t("app_robust.plane.note"),
      controls: h("div", { class: "heat-controls" },
        choice(t("app_robust.across"), options, x, (v) => page.look({ x: v }), "robust-x"), choice(t("app_robust.up"), options, y, (v) => page.look({ y: v }), "robust-y")),
      draw: (svg, width) => drawPlane(svg, width, { points, xLabel: page.harm(x), yLabel: page.harm(y), t }),
      tables: [{ name: "robust-plane", title: t("app_robust.plane"), rows: points.map((p) => ({ strategy: p.name, x: p.x, y: p.y, front: p.front })),
        columns: [column("text", "strategy", t("field.strategy")), column("number", "x", page.harm(x)), column("number", "y", page.harm(y)), column("text", "front", t("app_robust.front"))] }],
    });
  }

  /** Limits changed: by a drag that goes on, or for good. @param {Record<string, number>} limits @param {boolean} over */
  limited(limits, over) {
    const { page, parallel } = this;
    parallel.limits = limits;
    parallel.mark();
    this.count(false);
    const { explore } = page.results;
    if (!over || !explore) return;
    const held = document.activeElement?.closest("[data-limit]");
    page.context.remember(changed(page.state, { lim: limitsText(limits) }), { push: true });
    this.count(true);
    this.showPlane(explore.outcomes, explore.size);
    showCriteria(page);
    if (held) focus(this.figure.querySelector(`[data-limit="${held.getAttribute("data-limit")}"]`));
    page.root.dataset.limits = limitsText(limits) || "";
  }

  /** How many strategies keep the limits, said. @param {boolean} aloud */
  count(aloud) {
    const { t, context, results: { explore } } = this.page;
    const { lines, limits } = this.parallel;
    if (!explore) return;
    const left = lines.filter((line) => keeps(line, limits));
    const any = Object.keys(limits).length > 0;
    const best = any ? winners(explore, explore.outcomes[0], limits).satisficing : null;
    const text = any ? t("app_robust.count", { n: t.number(left.length, 0), of: t.number(lines.length, 0) }) : t("app_robust.count.none", { of: t.number(lines.length, 0) });
    const more = best ? ` ${t("app_robust.count.best", { who: best.strategies.slice(0, 2).map((name) => this.page.named(name)).join(", "), share: t.percent(best.share), error: t.number(196 * Number(best.error), 1) })}` : "";
    if (this.told.textContent !== text + more) this.told.textContent = text + more;
    if (aloud) context.announce(text);
  }
}
