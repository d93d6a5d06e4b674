import { html, useState } from "../preact.js";
import { classesOf, cropsOf } from "../device.js";
import { className, decisionName, moment, t } from "../words.js";
import { Icon } from "./icon.js";

const DECISIONS = ["disease", "healthy", "unsure", "not_leaf"];

/** Which records are shown. `filters` by name; `onChange` is given all of them anew. */
export function Filters({ filters, status, onChange }) {
  const set = Object.entries(filters).filter(([, value]) => value);
  const [open, setOpen] = useState(false);
  const change = (name) => (event) => onChange({ ...filters, [name]: event.target.value });
  const classes = classesOf(status).filter(({ crop }) => !filters.crop || crop === filters.crop);
  return html`<section class="filters" aria-label=${t("filter.heading")}>
    <div class="row">
      <button aria-expanded=${open} aria-controls="filter-fields" onClick=${() => setOpen(!open)}>
        <${Icon} name="filter" />${t("filter.heading")}
      </button>
      ${set.map(
        ([name, value]) => html`<button key=${name} class="chip" onClick=${() => onChange({ ...filters, [name]: "" })}>
          ${inWords(name, value, status)}<${Icon} name="close" /><span class="unseen">${t("filter.remove")}</span>
        </button>`,
      )}
    </div>
    <div id="filter-fields" class="fields" hidden=${!open}>
      <${Choice} name="decision" value=${filters.decision} onChange=${change("decision")}
        choices=${DECISIONS.map((kind) => [kind, decisionName(kind)])} />
      <${Choice} name="crop" value=${filters.crop} onChange=${change("crop")}
        choices=${cropsOf(status).map(({ crop, name }) => [crop, name])} />
      <${Choice} name="label" value=${filters.label} onChange=${change("label")}
        choices=${classes.map(({ label, name }) => [label, name])} />
      <${Choice} name="corrected" value=${filters.corrected} onChange=${change("corrected")}
        choices=${["true", "false"].map((value) => [value, t(`filter.corrected.${value}`)])} />
      <div class="field">
        <label for="filter-day">${t("filter.day")}</label>
        <input id="filter-day" type="date" value=${filters.day ?? ""} onChange=${change("day")} />
      </div>
    </div>
  </section>`;
}

function Choice({ name, value, choices, onChange }) {
  return html`<div class="field">
    <label for="filter-${name}">${t(`filter.${name}`)}</label>
    <select id="filter-${name}" value=${value ?? ""} onChange=${onChange}>
      <option value="">${t("filter.any")}</option>
      ${choices.map(([key, words]) => html`<option key=${key} value=${key}>${words}</option>`)}
    </select>
  </div>`;
}

function inWords(name, value, status) {
  if (name === "decision") return decisionName(value);
  if (name === "crop") return cropsOf(status).find(({ crop }) => crop === value)?.name ?? value;
  if (name === "day") return moment(`${value}T12:00:00`, { dateStyle: "medium" });
  if (name === "label") return className(value);
  if (name === "corrected") return t(`filter.corrected.${value}`);
  return value;
}
