import { recall, remember, forget } from "./kept.js";

const THEMES = ["auto", "light", "dark"];

export function themes() {
  return THEMES;
}

export function chosenTheme() {
  return recall("theme", "auto");
}

/** `theme.js`, which runs before anything is painted, hears of it. */
export function chooseTheme(theme) {
  if (theme === "auto") forget("theme");
  else remember("theme", theme);
  dispatchEvent(new Event("themechange"));
}
