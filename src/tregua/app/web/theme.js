// Light, dark, or as the system has it. The choice is the browser's to keep, not the address's.

import { keep } from "./store.js";

export const THEMES = ["auto", "light", "dark"];

/** The theme chosen. */
export function theme() {
  const found = keep.get("theme");
  return THEMES.includes(found) ? found : "auto";
}

/** Choose a theme. */
export function setTheme(name) {
  keep.set("theme", name);
  apply();
}

/** Put the theme on the page, whose colours are custom properties. */
export function apply() {
  const chosen = theme();
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
