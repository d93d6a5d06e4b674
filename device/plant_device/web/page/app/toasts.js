import { signal } from "./signal.js";

const SHOWN_MS = 6000;
const TO_DECIDE_MS = 12000;
let timer = null;

/** What was just done, in words, and what can be done about it: `{ words, action, run }`. */
export const toast = signal(null);

export function tell(words, action = null, run = null) {
  clearTimeout(timer);
  toast.set({ words, action, run });
  timer = setTimeout(dismiss, run ? TO_DECIDE_MS : SHOWN_MS);
}

export function dismiss() {
  clearTimeout(timer);
  toast.set(null);
}
