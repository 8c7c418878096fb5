// The months of the record that are shown: typed, moved by keys, or dragged on the strip.

/** @import {RecordView} from "./record.js" */

import { dragging, h, closest } from "../dom.js";
import { DAY, linear, monthOf, ms, placeIn, shifted } from "../plot.js";

/** @typedef {"from"|"to"} End */

const isMonth = (/** @type {string|undefined} */ text) => /^\d{4}-\d\d$/.test(text ?? "");

/** First and last moment shown, at least some months apart. @param {RecordView} view @returns {[number, number]} */
export function shownTime({ whole, context: { state } }) {
  const from = isMonth(state.from) ? ms(String(state.from)) : whole[0];
  const to = isMonth(state.to) ? ms(shifted(String(state.to), 1)) : whole[1];
  const low = Math.min(Math.max(from, whole[0]), whole[1] - 90 * DAY);
  return [low, Math.max(Math.min(to, whole[1]), low + 80 * DAY)];
}

/** Move an end of the time shown. @param {RecordView} view @param {string} name @param {string} month @param {boolean} push */
function setTime(view, name, month, push) {
  if (!isMonth(month)) return;
  const { whole } = view;
  const [low, high] = shownTime(view);
  const [first, last] = [monthOf(low), monthOf(high - DAY)];
  if (name === "from") {
    const from = month < shifted(last, -2) ? month : shifted(last, -2);
    view.change({ from: ms(from) <= whole[0] ? undefined : from }, push);
  } else {
    const to = month > shifted(first, 2) ? month : shifted(first, 2);
    view.change({ to: ms(shifted(to, 1)) >= whole[1] ? undefined : to }, push);
  }
  view.render(`handle-${name}`);
}

/** The months shown, to be typed; the strip under the picture moves them too. @param {RecordView} view */
export function times(view) {
  const { context: { t }, whole } = view;
  const [from, to] = shownTime(view);
  const input = (/** @type {End} */ name, /** @type {string} */ value) => {
    /** @type {HTMLInputElement} */ const field = h("input", {
      type: "month", value, "data-focus": name, "aria-label": t(`app_record.${name}`), min: monthOf(whole[0]), max: monthOf(whole[1] - DAY),
      onchange: () => setTime(view, name, field.value, true),
    });
    return field;
  };
  const all = h("button", { type: "button", class: "chip", "data-focus": "all", onclick: () => {
    view.change({ from: undefined, to: undefined });
    view.render("all");
  } }, t("app_record.all"));
  return h("div", { class: "chips" }, input("from", monthOf(from)), input("to", monthOf(to - DAY)), all);
}

/** Keys on an end of the strip. @param {RecordView} view @param {string} name @param {KeyboardEvent} event */
export function nudge(view, name, event) {
  /** @type {Record<string, number>} */ const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 };
  const by = steps[event.key];
  const [low, high] = shownTime(view);
  const now = monthOf(name === "from" ? low : high - DAY);
  if (by) setTime(view, name, shifted(now, by), false);
  else if (event.key === "Home") setTime(view, name, monthOf(view.whole[0]), false);
  else if (event.key === "End") setTime(view, name, monthOf(view.whole[1] - DAY), false);
  else return;
  event.preventDefault();
}

/** Drag an end of the strip, or the window itself; a press beside it moves the nearer end there. @param {RecordView} view @param {PointerEvent} event */
export function dragStrip(view, event) {
  if (!view.drawn) return;
  event.preventDefault();
  const scale = linear(view.whole, view.drawn.strip.x.range);
  const moment = (/** @type {PointerEvent} */ e) => scale.invert(placeIn(view.figure.picture(), e).x);
  const [low, high] = shownTime(view);
  const at = moment(event);
  const name = closest(event, "[data-handle]")?.dataset.handle || (Math.abs(at - low) < Math.abs(at - high) ? "from" : "to");
  view.dragging = true;
  const move = (/** @type {PointerEvent} */ e) => {
    const now = moment(e);
    if (name === "window") {
      const by = Math.min(Math.max(now - at, view.whole[0] - low), view.whole[1] - high);
      view.change({ from: monthOf(low + by), to: monthOf(high + by - DAY) }, false);
      view.render();
    } else setTime(view, name, monthOf(now), false);
  };
  dragging(move, () => { view.dragging = false; });
  if (name !== "window") move(event);
}
