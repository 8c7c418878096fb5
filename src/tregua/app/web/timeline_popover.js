// The settings of one block, in a small window beside it.

import { h } from "./dom.js";
import { monthInput, settingInput } from "./timeline_fields.js";
import { within } from "./months.js";

/**
 * @param {import("./timeline.js").TreguaTimeline} line
 * @returns {{element: HTMLElement, open: (index: number, chip: HTMLElement) => void, refresh: (plan: import("./timeline.js").Plan) => void}}
 */
export function blockSettings(line) {
  const element = h("div", { class: "tl-settings", popover: "auto", role: "dialog" });
  let shown = -1;

  function fill() {
    const t = line.words;
    const block = line.plan.blocks[shown];
    const lane = line.lane(block.lane);
    const field = (/** @type {string} */ label, /** @type {Node|null} */ input) =>
      input && h("label", {}, h("span", { "aria-hidden": "true" }, label), input);
    element.setAttribute("aria-label", t("app_lab.block.settings", { lane: lane.label }));
    element.className = `tl-settings lane-${block.lane}`;
    element.replaceChildren(
      h("p", { class: "tl-settings-head" }, h("span", { class: "tl-dot", "aria-hidden": "true" }), h("b", {}, lane.label),
        h("button", { type: "button", class: "plain", "aria-label": t("app_lab.close"), onclick: () => element.hidePopover() }, "×")),
      ...[lane.text ? h("p", { class: "quiet" }, lane.text) : null,
        field(t("app_lab.start"), monthInput(line, shown, "start", t("app_lab.start"))),
        field(t("app_lab.end"), monthInput(line, shown, "end", t("app_lab.end.long"))),
        field(t(block.lane === "pact" ? "app_lab.pact.kind" : "app_lab.effort"), settingInput(line, shown, t(block.lane === "pact" ? "app_lab.pact.kind" : "app_lab.effort")))].filter((x) => x !== null),
      h("button", { type: "button", class: "tl-remove", onclick: () => { const gone = shown; element.hidePopover(); line.take(gone); } }, t("app_lab.block.remove")));
  }

  return {
    element,
    open(index, chip) {
      shown = index;
      fill();
      element.showPopover();
      const box = chip.getBoundingClientRect();
      const own = element.getBoundingClientRect();
      const [wide, high] = [document.documentElement.clientWidth, window.innerHeight];
      const under = box.bottom + 8 + own.height < high;
      element.style.left = `${within(box.left + box.width / 2 - own.width / 2, 8, wide - own.width - 8)}px`;
      element.style.top = `${Math.max(8, under ? box.bottom + 8 : box.top - own.height - 8)}px`;
      /** @type {HTMLElement|null} */ (element.querySelector("select, input[type=number], input"))?.focus();
    },
    // Only the dates may have changed under an open window; the field in hand is left alone.
    refresh(plan) {
      if (shown < 0 || !element.matches(":popover-open")) return;
      const block = plan.blocks[shown];
      if (!block) return element.hidePopover();
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[type=month]"))) {
        const value = block[/** @type {"start"|"end"} */ (input.dataset.field)] ?? "";
        if (document.activeElement !== input) input.value = value;
      }
    },
  };
}
