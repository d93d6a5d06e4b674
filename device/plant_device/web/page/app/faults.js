import { live } from "./live_state.js";
import { warn } from "./toasts.js";
import { has, number, t } from "./words.js";

/**
 * A fault in the reader's language: `{ words, detail }`, the detail as the device told it, in
 * English. `own`: what a status means where it was asked, such as `{ 404: "no such record" }`.
 */
export function faultOf(error, own = {}) {
  return { words: own[error.status] ?? meaning(error), detail: error.message ?? "" };
}

/** Do something, and tell what went wrong. Whether it went right. */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (error.name !== "AbortError") warn(meaning(error));
    return false;
  }
}

function meaning({ status, retryAfter }) {
  if (status === 0) return t("fault.out_of_reach");
  if (status === 429 && retryAfter) return t("fault.wait", { seconds: number(Number(retryAfter)) });
  if (status === 503) return cameraFault() ?? t("fault.503");
  return has(`fault.${status}`) ? t(`fault.${status}`) : t("fault.unknown");
}

function cameraFault() {
  const state = live.get()?.camera.state ?? "running";
  return state === "running" ? null : `${t(`camera.${state}`)}.`;
}
