import { html, useState } from "../preact.js";
import { classesOf } from "../device.js";
import { decisionName, t } from "../words.js";
import { Sheet } from "./sheet.js";

/** Which class a leaf really has; null takes a correction back. */
export function ClassPicker({ status, chosen, onChoose, onClose }) {
  const [sought, setSought] = useState("");
  const choices = [{ label: "not_leaf", name: decisionName("not_leaf"), text: "" }, ...classesOf(status)].filter(
    ({ label, name }) => label.trim() && name.trim(),
  );
  const words = folded(sought).split(/\s+/);
  const found = choices.filter(({ name, text }) => {
    const both = folded(`${name} ${text}`);
    return words.every((word) => both.includes(word));
  });
  return html`<${Sheet} title=${t("correct.title")} onClose=${onClose}>
    <label for="class-search">${t("correct.search")}</label>
    <input
      id="class-search"
      type="search"
      value=${sought}
      onInput=${(event) => setSought(event.target.value)}
      autocomplete="off"
    />
    <p class="unseen" role="status">${t("correct.found", { count: found.length })}</p>
    <ul class="classes">
      ${found.map(
        ({ label, name }) => html`<li key=${label}>
          <button aria-pressed=${label === chosen} onClick=${() => onChoose(label)}>${name}</button>
        </li>`,
      )}
    </ul>
    ${found.length === 0 && html`<p class="empty">${t("correct.none")}</p>`}
    ${chosen != null && html`<button onClick=${() => onChoose(null)}>${t("correct.remove")}</button>`}
  <//>`;
}

function folded(words) {
  return words.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").trim();
}
