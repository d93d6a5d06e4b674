import { signal } from "./signal.js";

const SHOWN_MS = 6000;
const TO_DECIDE_MS = 12000;
let timer = null;

/** What was just done, in words, and what can be done about it: `{ words, action, run, fault }`. */
export const toast = signal(null);

export function tell(words, action = null, run = null) {
  show({ words, action, run, fault: false }, run ? TO_DECIDE_MS : SHOWN_MS);
}

/** What could not be done, in this view: it does not stay over the next. */
export function warn(words) {
  show({ words, action: null, run: null, fault: true }, SHOWN_MS);
}

export function dismiss() {
  clearTimeout(timer);
  toast.set(null);
}

addEventListener("hashchange", () => toast.get()?.fault && dismiss());

function show(told, milliseconds) {
  clearTimeout(timer);
  toast.set(told);
  timer = setTimeout(dismiss, milliseconds);
}
