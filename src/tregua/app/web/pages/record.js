// The record: what is known, by whom, and what happened meanwhile.
//
// This file holds the page and its parts together; what is chosen stands in record-choice.js, the
// time shown in record-time.js, the figure in record-figure.js, pointing in record-pointing.js.

/** @import {RecordAnswer} from "../answers.js" */
/** @import {Context, Query, State, Words} from "../types.js" */
/** @import {Drawn, Placed} from "./record-chart.js" */
/** @import {Group} from "./record-choice.js" */

import { focus, h } from "../dom.js";
import { reportFigure } from "../report_figure.js";
import { changed } from "../store.js";
import { extent, placed } from "./record-chart.js";
import { groupsOf, pickers } from "./record-choice.js";
import { told } from "./record-drawer.js";
import { recordFigure } from "./record-figure.js";
import { wire } from "./record-pointing.js";

/** @param {Words} t */
export const title = (t) => t("app.nav.record");

/** Style sheets of this page. */
export const styles = ["/web/pages/record.css"];

/** @type {RecordView|null} the view shown */
let me = null;

/** How to get the rows of this view without the page. @param {State} state @param {{case: string}} about */
export function reproduce(state, about) {
  const series = state.series || "homicides";
  const one = (state.agencies || "").includes(";") ? "" : state.agencies;
  const all = state.pale === "0" ? "" : " --all";
  return {
    cli: `tregua record show ${about.case} --series ${series}${one ? ` --agency "${one}"` : ""}${state.place ? ` --place "${state.place}"` : ""}${all} --json`,
    python: `from tregua import record\n\nknown = record.load("${about.case}")\nrows = known.select("${series}"${one ? `, agency="${one}"` : ""}${state.place ? `, place="${state.place}"` : ""}${all ? ", usable=False" : ""})`,
  };
}

/** A series of the record as it is shown. */
export class RecordView {
  /** @param {HTMLElement} root @param {Context} context @param {RecordAnswer} data */
  constructor(root, context, data) {
    this.root = root;
    this.context = context;
    this.data = data;
    /** @type {Placed[]} */ this.rows = placed(data);
    /** @type {[number, number]} all of the time */
    this.whole = this.rows.length ? extent(this.rows) : [Date.UTC(2000, 0, 1), Date.UTC(2001, 0, 1)];
    const { groups, groupOf } = groupsOf(data.rows, context.t);
    /** @type {Group[]} */ this.groups = groups;
    this.groupOf = groupOf;
    this.figure = context.figure();
    /** @type {Drawn|null} */ this.drawn = null;
    this.at = ""; // id of the mark that the keys are at
    this.dragging = false;
    /** @type {Element|null} where the focus goes when the drawer is shut */
    this.back = null;
    this.drawer = h("aside", { class: "drawer", hidden: true, "aria-label": context.t("app_record.drawer") });
    this.tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.grid = h("div", { class: "with-drawer" }, h("div", { class: "main-column" }, this.figure, this.tip, rules(this)), this.drawer);
    this.more = h("section", { class: "more-figures" });
  }

  /** Lay the page out. */
  build() {
    const { t } = this.context;
    this.root.replaceChildren(h("div", { class: "wrap" },
      h("div", { class: "page-head" }, h("h1", {}, this.data.title), h("p", { class: "lead" }, t("app_record.lead"))),
      pickers(this), this.grid, this.more));
    wire(this);
  }

  /** Change the address. @param {Query} changes @param {boolean} [push] */
  change(changes, push = true) {
    this.context.remember(changed(this.context.state, changes), { push });
  }

  /** Draw what the address says. @param {string} [held] name of the control that keeps the focus */
  render(held) {
    this.figure.show(recordFigure(this));
    if (!held) return;
    const handle = held.startsWith("handle-") && this.figure.querySelector(`[role=slider][data-handle="${held.slice(7)}"]`);
    focus(handle || this.figure.querySelector(`[data-focus="${held}"]`));
  }

  /** Tell in the drawer who says so. @param {string} id @param {boolean} byHand */
  open(id, byHand) {
    const { context, drawer, grid } = this;
    const parts = told(id, this.data, context, (other) => this.open(other, true));
    if (!parts) return;
    this.back ??= document.activeElement;
    const shut = h("button", { type: "button", class: "tool drawer-close", "aria-label": context.t("app_record.close"), onclick: () => this.close(true) }, "✕");
    drawer.replaceChildren(shut, ...parts);
    drawer.hidden = false;
    grid.classList.add("opened");
    drawer.onkeydown = (event) => { if (event.key === "Escape") this.close(true); };
    if (!byHand) return;
    this.change({ open: id });
    focus(drawer.querySelector("h2"));
  }

  /** @param {boolean} byHand */
  close(byHand) {
    if (this.drawer.hidden) return;
    this.drawer.hidden = true;
    this.grid.classList.remove("opened");
    if (byHand) {
      this.change({ open: undefined });
      focus(this.back?.isConnected ? this.back : this.figure.querySelector(".chart svg"));
    }
    this.back = null;
  }
}

/** @param {HTMLElement} root @param {Context} context */
export async function show(root, context) {
  const { api, state, lang } = context;
  const data = await api.get("/api/record", { series: state.series, place: state.place, lang });
  if (!root.isConnected) return; // left meanwhile
  const view = new RecordView(root, context, data);
  me = view;
  view.build();
  view.render();
  if (state.open) view.open(state.open, false);
  if (data.shown.name === "homicides" && data.shown.place === data.shown.country) rivals(view);
}

/** @param {Context} context */
export async function update(context) {
  if (!me) return;
  const before = me.context.state;
  const { state } = context;
  if (before.series !== state.series || before.place !== state.place || me.context.lang !== context.lang) {
    await show(me.root, context);
    return;
  }
  me.context = context;
  me.render();
  if (state.open) me.open(state.open, false);
  else me.close(false);
}

/** The page is left. */
export function leave() {
  me = null;
}

/** Rules of counting that changed. @param {RecordView} view */
function rules({ data, context: { t } }) {
  if (!data.rules.length) return "";
  return h("section", { class: "prose rules-box" }, h("h2", {}, t("rules.title")), h("ul", { class: "rules" }, ...data.rules.map((rule) =>
    h("li", {}, h("span", { class: "flag", "aria-hidden": "true" }), h("span", {}, h("b", {}, `${t.day(rule.date)}.`), ` ${rule.text} `, h("code", {}, rule.source))))));
}

/** The report's figure of rival agencies, when the reader comes near it. @param {RecordView} view */
function rivals({ more, context: { lang, figure, problems } }) {
  new IntersectionObserver(async (entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      const found = await reportFigure("disagreements", lang);
      const element = figure();
      more.replaceChildren(element);
      element.show({ ...found, level: 2 });
    } catch (error) {
      if (/** @type {{status?: number}} */ (error).status !== 404) more.replaceChildren(problems(error));
    }
  }, { rootMargin: "300px" }).observe(more);
}
