// Light, dark, or as the system has it. The choice is the browser's to keep, not the address's.

import { keep } from "./store.js";

/** The themes there are: `auto` is as the system has it. */
export const THEMES = ["auto", "light", "dark"];

/** The theme chosen. @returns {string} */
export function theme() {
  const found = keep.get("theme");
  return found && THEMES.includes(found) ? found : "auto";
}

/** Choose a theme. @param {string} name */
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
