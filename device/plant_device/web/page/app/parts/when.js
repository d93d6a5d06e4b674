import { html } from "../preact.js";
import { brief, t } from "../words.js";

/** A time, and whether the clock that told it may have been wrong. */
export function When({ at, certainty }) {
  if (certainty !== "uncertain") return html`<time datetime=${at}>${brief(at)}</time>`;
  const words = t("certainty.uncertain");
  return html`<time datetime=${at} title=${words}>${brief(at)} <span aria-hidden="true">?</span><span class="unseen">${words}</span></time>`;
}
