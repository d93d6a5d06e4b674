import { html, useEffect, useState } from "../preact.js";
import { ask } from "../api.js";
import { attempt, inWords } from "../faults.js";
import { fieldOf, valueOf } from "../schema.js";
import { tell } from "../toasts.js";
import { has, t } from "../words.js";

/** Settings that may be changed while the device works; a form from their schema. */
export function SettingsForm() {
  const [settings, setSettings] = useState(null);
  const [fault, setFault] = useState(null);
  const [changes, setChanges] = useState({});
  useEffect(() => {
    ask("/settings").then(setSettings, (error) => setFault(inWords(error)));
  }, []);
  if (fault) return html`<p class="fault" role="alert">${fault}</p>`;
  if (!settings) return html`<p class="empty" aria-busy="true">${t("loading")}</p>`;

  const save = (event) => {
    event.preventDefault();
    attempt(async () => {
      const told = await ask("/settings", { method: "PATCH", json: changes });
      setSettings({ ...settings, values: told.values ?? told });
      setChanges({});
      tell(t("settings.saved"));
    });
  };
  const changed = Object.keys(changes).length > 0;
  return html`<form class="settings" onSubmit=${save}>
    ${Object.entries(settings.schema.properties).map(([name, schema]) => html`<${Setting}
      key=${name}
      name=${name}
      field=${fieldOf(schema, settings.schema.$defs)}
      value=${name in changes ? changes[name] : settings.values[name]}
      fixed=${settings.fixed.includes(name)}
      onChange=${(value) => setChanges({ ...changes, [name]: value })}
    />`)}
    ${changed && html`<div class="row sticky">
      <button class="primary">${t("save")}</button>
      <button type="button" onClick=${() => setChanges({})}>${t("cancel")}</button>
    </div>`}
  </form>`;
}

function Setting({ name, field, value, fixed, onChange }) {
  const id = `setting-${name.replaceAll(".", "-")}`;
  const known = has(`setting.${name}`);
  const typed = (event) => onChange(valueOf(field, field.kind === "switch" ? event.target.checked : event.target.value));
  const given = { id, disabled: fixed, "aria-describedby": `${id}-words`, onChange: typed };
  return html`<div class="field ${field.kind}">
    <label for=${id}>${known ? t(`setting.${name}`) : name}</label>
    ${field.kind === "choice" && html`<select ...${given} value=${value ?? ""}>
      ${field.optional && html`<option value="">${t("settings.none")}</option>`}
      ${field.choices.map((choice) => html`<option key=${choice} value=${choice}>${choiceWords(name, choice)}</option>`)}
    </select>`}
    ${field.kind === "switch" && html`<input ...${given} type="checkbox" checked=${value} />`}
    ${field.kind === "number" && html`<input ...${given} type="number" inputmode="decimal" value=${value ?? ""}
      min=${field.least} max=${field.most} step=${field.step} required=${!field.optional} />`}
    ${field.kind === "text" && html`<input ...${given} type="text" value=${value ?? ""} maxlength=${field.most}
      autocapitalize="off" required=${!field.optional} />`}
    <p class="hint" id="${id}-words">${fixed ? t("settings.fixed") : words(name, value, field)}</p>
  </div>`;
}

/** What a setting does: in the page's words, or those of the device where it has none. */
function words(name, value, field) {
  const own = [`mode.${value}.words`, `setting.${name}.words`].find(has);
  if (own) return t(own);
  return has(`setting.${name}`) ? "" : field.words;
}

function choiceWords(name, choice) {
  const key = `mode.${choice}`;
  return name === "decision.mode" && has(key) ? t(key) : String(choice);
}
