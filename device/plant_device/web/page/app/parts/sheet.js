import { html, useEffect, useRef } from "../preact.js";
import { t } from "../words.js";
import { Icon } from "./icon.js";

/** A dialog from the page's lower edge. `onClose` is called however it is closed. */
export function Sheet({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.open && shown.close();
  }, []);
  const closeOutside = (event) => event.target === dialog.current && dialog.current.close();
  return html`<dialog
    class="sheet"
    ref=${dialog}
    aria-labelledby="sheet-title"
    onClose=${onClose}
    onClick=${closeOutside}
  >
    <div class="sheet-inside">
      <header>
        <h2 id="sheet-title">${title}</h2>
        <button class="quiet square" onClick=${() => dialog.current.close()} aria-label=${t("close")}>
          <${Icon} name="close" />
        </button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/** A question whose answer cannot be taken back. */
export function Confirmation({ title, words, action, onConfirm, onClose }) {
  return html`<${Sheet} title=${title} onClose=${onClose}>
    <p>${words}</p>
    <div class="row">
      <button class="danger" onClick=${onConfirm}>${action}</button>
      <button onClick=${onClose}>${t("cancel")}</button>
    </div>
  <//>`;
}
