// The plan as a table with inputs: the same blocks, for screen readers, phones and exact dates.

import { h } from "./dom.js";
import { monthInput, settingInput } from "./timeline_fields.js";
import { LANES, added } from "./timeline_blocks.js";

/**
 * @param {import("./timeline.js").TreguaTimeline} line
 * @returns {{element: HTMLElement, show: (plan: import("./timeline.js").Plan) => void}}
 */
export function blockTable(line) {
  const t = line.words;
  const body = h("tbody", {});
  const empty = h("p", { class: "quiet", hidden: true }, t("app_lab.table.empty"));
  const head = ["lane", "start", "end.long", "setting"].map((key) => h("th", { scope: "col" }, t(`app_lab.${key}`)));
  const table = h("table", { class: "tl-table" }, h("caption", { class: "sr" }, t("app_lab.timeline")),
    h("thead", {}, h("tr", {}, ...head, h("th", { scope: "col" }, h("span", { class: "sr" }, t("app_lab.block.remove"))))), body);
  const element = h("details", { class: "tl-as-table" }, h("summary", {}, t("app_lab.table")), table, empty);
  let written = "";

  /** A move to another lane is refused where that lane is taken at the time. @param {number} index @param {string} to */
  function relane(index, to) {
    const { blocks, bounds } = line.plan;
    const { lane: _, open: __, effort: ___, ...dates } = blocks[index];
    const others = blocks.filter((b, i) => i !== index && b.lane === to);
    const free = others.every((b) => (b.end !== null && b.end <= dates.start) || (dates.end !== null && dates.end <= b.start));
    if (!free || !added(others, to, null, bounds)) {
      line.announce(t("app_lab.add.full", { lane: line.lane(to).label }));
      written = "";
      show(line.plan);
      return;
    }
    line.alter(index, { lane: to, open: undefined, effort: undefined, ...line.fresh(to) });
  }

  /** @param {import("./timeline_blocks.js").Block} block @param {number} index */
  function row(block, index) {
    const named = (/** @type {string} */ key) => t("app_lab.table.cell", { what: t(`app_lab.${key}`), n: index + 1 });
    const select = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": named("lane"), "data-row": index, "data-field": "lane", onchange: () => relane(index, select.value) },
      ...LANES.map((name) => h("option", { value: name, selected: name === block.lane }, line.lane(name).label))));
    const cell = (/** @type {string} */ key, /** @type {Node|null} */ input) => h("td", { "data-label": t(`app_lab.${key}`) }, input || "–");
    return h("tr", { class: `lane-${block.lane}` }, cell("lane", select),
      cell("start", monthInput(line, index, "start", named("start"))),
      cell("end", monthInput(line, index, "end", named("end.long"))),
      cell("setting", settingInput(line, index, named("setting"))),
      h("td", {}, h("button", { type: "button", class: "plain", "data-row": index, "data-field": "remove",
        "aria-label": t("app_lab.table.remove", { lane: line.lane(block.lane).label, dates: line.told(block) }), onclick: () => line.take(index) }, "×")));
  }

  /** @param {import("./timeline.js").Plan} plan */
  function show(plan) {
    const text = JSON.stringify([plan.blocks, plan.bounds]);
    if (text === written) return;
    written = text;
    const held = document.activeElement instanceof HTMLElement && body.contains(document.activeElement) ? document.activeElement.dataset : null;
    body.replaceChildren(...plan.blocks.map(row));
    table.hidden = plan.blocks.length === 0;
    empty.hidden = plan.blocks.length > 0;
    if (held) /** @type {HTMLElement|null} */ (body.querySelector(`[data-row="${held.row}"][data-field="${held.field}"]`))?.focus();
  }

  return { element, show };
}
