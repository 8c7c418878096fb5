// The Lab's buttons: presets, undo and redo, the large run, pins and sharing.

/** @import {Form} from "./lab_form.js" */
/** @import {Failure, Words} from "./types.js" */

import { h } from "./dom.js";
import { PINS, pins } from "./lab_state.js";
import { icon } from "./parts.js";

const PICTURES = { undo: "M7.5 4 3.5 8l4 4M3.5 8h8a5 5 0 0 1 0 10H8", redo: "M12.5 4l4 4-4 4M16.5 8h-8a5 5 0 0 0 0 10H12" };

/** Presets beside undo, redo and reset. @param {Words} t @param {Form} form @param {{preset: (preset: Form["presets"][0]) => void, undo: () => void, redo: () => void, reset: () => void}} on */
export function toolbar(t, form, on) {
  const presets = form.presets.map((preset) => h("button", { type: "button", class: "preset", "data-preset": preset.id, title: preset.text, onclick: () => on.preset(preset) }, preset.label));
  const undo = h("button", { type: "button", class: "step", id: "lab-undo", "aria-label": t("app_lab.undo"), title: `${t("app_lab.undo")} (Ctrl+Z)`, onclick: on.undo }, icon(PICTURES.undo));
  const redo = h("button", { type: "button", class: "step", id: "lab-redo", "aria-label": t("app_lab.redo"), title: `${t("app_lab.redo")} (Ctrl+Y)`, onclick: on.redo }, icon(PICTURES.redo));
  const reset = h("button", { type: "button", class: "step", id: "lab-reset", onclick: on.reset }, t("app_lab.reset"));
  const element = h("div", { class: "lab-bar" },
    h("div", { class: "presets", role: "group", "aria-label": t("app_lab.presets") }, h("span", { class: "bar-label", "aria-hidden": "true" }, t("app_lab.presets")), ...presets),
    h("div", { class: "steps", role: "group", "aria-label": t("app_lab.steps") }, undo, redo, reset));
  return {
    element,
    /** @param {{canUndo: boolean, canRedo: boolean}} history @param {string|null} preset the one in use */
    show(history, preset) {
      undo.toggleAttribute("disabled", !history.canUndo);
      redo.toggleAttribute("disabled", !history.canRedo);
      for (const button of presets) button.setAttribute("aria-pressed", String(button.dataset.preset === preset));
    },
  };
}

/** The large run: how many, its progress, its end. @param {Words} t @param {number[]} sizes @param {{run: (n: number) => void, cancel: () => void}} on */
export function runner(t, sizes, on) {
  const select = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": t("app_lab.run.size"), onchange: () => label() }, ...sizes.map((n) => h("option", { value: n }, t.number(n, 0)))));
  const button = h("button", { type: "button", class: "run", id: "lab-run", onclick: () => on.run(Number(select.value)) });
  const label = () => button.replaceChildren(t("app_lab.run", { n: t.number(Number(select.value), 0) }));
  const bar = /** @type {HTMLProgressElement} */ (h("progress", { max: 1, value: 0, "aria-label": t("app_lab.run.progress") }));
  const count = h("span", { class: "run-count" });
  const cancel = h("button", { type: "button", class: "step", id: "lab-cancel", onclick: on.cancel }, t("app_lab.cancel"));
  const going = h("div", { class: "running", hidden: true }, bar, count, cancel);
  const state = h("p", { class: "quiet run-state", id: "lab-state" });
  const element = h("div", { class: "lab-run" }, h("div", { class: "run-row" }, button, select), going, state);
  label();
  return {
    element,
    /** @param {number|null} done @param {number} [total] null: no run is under way */
    progress(done, total = 1) {
      const ends = going.contains(document.activeElement) && done === null;
      going.hidden = done === null;
      button.toggleAttribute("disabled", done !== null);
      select.toggleAttribute("disabled", done !== null);
      if (ends) button.focus();
      if (done === null) return;
      bar.value = total ? done / total : 0;
      count.textContent = t("app_lab.run.count", { done: t.number(done, 0), total: t.number(total, 0) });
    },
    /** @param {string} text */
    say(text) {
      if (state.textContent !== text) state.textContent = text;
    },
  };
}

/** Pins for Compare. @param {Words} t @param {{packed: () => Promise<string>, link: (pins: Record<string, string>) => string, announce: (text: string) => void}} on */
export function pinning(t, on) {
  const letters = PINS.map((letter) => h("button", { type: "button", class: "pin", "data-pin": letter, onclick: async () => {
    const held = pins.all()[letter];
    const text = await on.packed();
    pins.set(letter, held === text ? null : text);
    on.announce(t(held === text ? "app_lab.pin.gone" : "app_lab.pin.done", { letter: letter.toUpperCase() }));
    show();
  } }, letter.toUpperCase()));
  const go = h("a", { class: "pin-go" });
  const element = h("div", { class: "lab-pins", role: "group", "aria-label": t("app_lab.pin") }, h("span", { class: "bar-label", "aria-hidden": "true" }, t("app_lab.pin")), ...letters, go);
  async function show() {
    const held = pins.all();
    const own = await on.packed();
    letters.forEach((button, i) => {
      const text = held[PINS[i]];
      button.setAttribute("aria-pressed", String(text === own));
      button.classList.toggle("taken", Boolean(text));
      button.setAttribute("aria-label", t(text === own ? "app_lab.pin.this" : text ? "app_lab.pin.taken" : "app_lab.pin.free", { letter: PINS[i].toUpperCase() }));
    });
    const n = Object.keys(held).length;
    go.hidden = n === 0;
    go.setAttribute("href", on.link(held));
    go.textContent = t("app_lab.pin.go", { n });
  }
  return { element, show };
}

/** Copy the address, keep under a name, open what is kept. @param {Words} t @param {{copy: (text: string) => Promise<boolean>, save: (name: string) => Promise<string>, list: () => Promise<{name: string}[]>, open: (name: string) => void, toml: () => Promise<string>, announce: (text: string) => void}} on */
export function sharing(t, on) {
  const told = h("p", { class: "quiet", role: "status" });
  const name = /** @type {HTMLInputElement} */ (h("input", { type: "text", maxlength: 60, required: true, autocomplete: "off" }));
  const kept = h("ul", { class: "kept" });
  const tell = (/** @type {(Node|string)[]} */ ...what) => told.replaceChildren(...what);
  async function fill() {
    const saved = await on.list().catch(() => []);
    kept.replaceChildren(...saved.map((one) => h("li", {}, h("button", { type: "button", class: "as-link", onclick: () => on.open(one.name) }, one.name))));
  }
  const form = h("form", { class: "save", onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const address = await on.save(name.value.trim());
      tell(t("app_lab.save.done"), " ", h("a", { href: address }, address));
      await fill();
    } catch (error) {
      tell(/** @type {Failure} */ (error).problems?.map((p) => `${p.what} ${p.valid || ""}`).join(" ") || String(error));
    }
  } }, h("label", { class: "field" }, h("span", {}, t("app_lab.save.name")), name), h("button", { type: "submit", class: "step" }, t("app_lab.save")));
  const link = h("button", { type: "button", class: "step", id: "lab-link", onclick: async () => tell(t((await on.copy(location.href)) ? "app_lab.link.done" : "app_lab.link.failed")) }, t("app_lab.link"));
  const file = h("a", { class: "button", download: "" }, t("app_lab.toml"));
  const element = h("details", { class: "lab-share" }, h("summary", {}, t("app_lab.share")), h("div", { class: "share-body" }, h("div", { class: "share-row" }, link, file), form, told, kept));
  element.addEventListener("toggle", async () => {
    if (!(/** @type {HTMLDetailsElement} */ (element).open)) return;
    tell();
    file.setAttribute("href", await on.toml());
    await fill();
  });
  return { element };
}
