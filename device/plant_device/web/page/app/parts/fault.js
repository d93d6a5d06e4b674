import { html } from "../preact.js";
import { t } from "../words.js";

/** What went wrong, in the reader's language; what the device said of it, where it did, in a fold. */
export function Fault({ words, detail }) {
  return html`<div class="fault" role="alert">
    <p>${words}</p>
    ${detail && html`<details><summary>${t("fault.details")}</summary><p lang="en">${detail}</p></details>`}
  </div>`;
}
