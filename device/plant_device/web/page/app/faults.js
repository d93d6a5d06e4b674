import { tell } from "./toasts.js";
import { number, t } from "./words.js";

/** A fault in words: the device's own where it said some. */
export function inWords(error) {
  if (error.status === 0) return t("fault.out_of_reach");
  if (error.status === 429 && error.retryAfter) {
    return t("fault.wait", { seconds: number(Number(error.retryAfter)) });
  }
  return error.message || t("fault.unknown");
}

/** Do something, and tell what went wrong. Whether it went right. */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (error.name !== "AbortError") tell(inWords(error));
    return false;
  }
}
