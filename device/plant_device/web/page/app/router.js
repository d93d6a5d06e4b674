import { signal } from "./signal.js";

const NAMES = ["live", "records", "inspection", "map", "charts", "device"];

/** Where the page is: `#/records/12?decision=unsure` → name, id, query. A name of no view is the first's. */
export const route = signal(parsed());

let moves = 0;
addEventListener("hashchange", () => {
  moves++;
  route.set(parsed());
});

export function link(name, id = null, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const text = new URLSearchParams(given).toString();
  return `#/${name}${id === null ? "" : `/${id}`}${text ? `?${text}` : ""}`;
}

export function go(target) {
  location.hash = target;
}

/** Back to where this page was before, or to `target` where it was opened here. */
export function goBack(target) {
  if (moves > 0) history.back();
  else go(target);
}

/** The same, without a step that "back" would return to. */
export function replace(target) {
  history.replaceState(null, "", target);
  route.set(parsed());
}

function parsed() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  return { name: NAMES.includes(name) ? name : "live", id: id ?? null, query: Object.fromEntries(new URLSearchParams(query)) };
}
