import { html } from "../preact.js";
import { useSignal } from "../signal.js";
import { dismiss, toast } from "../toasts.js";
import { t } from "../words.js";
import { Icon } from "./icon.js";

/** What was just done. The region is always there, so that a screen reader hears of changes. */
export function Toast() {
  const told = useSignal(toast);
  const act = () => {
    dismiss();
    told.run();
  };
  return html`<div class="toast-place" role="status">
    ${told &&
    html`<div class="toast">
      <p>${told.words}</p>
      ${told.action && html`<button onClick=${act}>${told.action}</button>`}
      <button class="square" onClick=${dismiss} aria-label=${t("close")}><${Icon} name="close" /></button>
    </div>`}
  </div>`;
}
