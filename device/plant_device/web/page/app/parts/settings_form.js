import { html, useEffect, useState } from "../preact.js";
import { ask } from "../api.js";
import { loadStatus, status } from "../device.js";
import { faultOf } from "../faults.js";
import { fieldOf, valueOf } from "../schema.js";
import { useSignal } from "../signal.js";
import { tell } from "../toasts.js";
import { has, languageName, number, t, texts } from "../words.js";
import { Fault } from "./fault.js";
import { Confirmation } from "./sheet.js";

const FLOOR = "store.keep_free_mb";

/** Settings that may be changed while the device works; a form from their schema. */
export function SettingsForm() {
  const [settings, setSettings] = useState(null);
  const [fault, setFault] = useState(null);
  // As typed: a form that is drawn anew, with each status of the device, leaves alone what is begun.
  const [typed, setTyped] = useState({});
  const [asking, setAsking] = useState(false);
  const { languages } = useSignal(texts);
  const disk = useSignal(status)?.disk;
  useEffect(() => {
    ask("/settings").then(setSettings, (error) => setFault(faultOf(error)));
  }, []);
  if (!settings) {
    return fault ? html`<${Fault} ...${fault} />` : html`<p class="empty" aria-busy="true">${t("loading")}</p>`;
  }

  const fields = Object.fromEntries(Object.entries(settings.schema.properties).map(([name, schema]) => [
    name,
    known(name, fieldOf(schema, settings.schema.$defs), languages),
  ]));
  const changes = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, valueOf(fields[name], value)]));
  const save = async () => {
    setAsking(false);
    setFault(null);
    try {
      const told = await ask("/settings", { method: "PATCH", json: changes });
      setSettings({ ...settings, values: told.values ?? told });
      setTyped({});
      tell(t("settings.saved"));
      loadStatus().catch(() => {});
    } catch (error) {
      const names = Object.keys(changes);
      setFault({ ...faultOf(error), name: names.find((name) => error.message.includes(name)) ?? names[0] });
    }
  };
  const thins = disk && changes[FLOOR] * 1e6 > disk.floor_bytes;
  const type = (name) => (value) => {
    setFault(null);
    setTyped((before) => ({ ...before, [name]: value }));
  };
  const cancel = () => {
    setFault(null);
    setTyped({});
  };
  const submit = (event) => {
    event.preventDefault();
    if (thins) setAsking(true);
    else save();
  };
  const free = disk && number(Math.floor(disk.free_bytes / 1e6));
  const changed = Object.keys(changes).length > 0;
  return html`<form class="settings" onSubmit=${submit}>
    ${Object.entries(fields).map(([name, field]) => html`<${Setting}
      key=${name}
      name=${name}
      field=${field}
      value=${name in typed ? typed[name] : settings.values[name]}
      fixed=${settings.fixed.includes(name)}
      free=${name === FLOOR ? free : null}
      refused=${fault?.name === name}
      onInput=${type(name)}
    />`)}
    ${changed && html`<div class="sticky">
      ${fault && html`<${Fault} ...${fault} />`}
      <div class="row">
        <button class="primary">${t("save")}</button>
        <button type="button" onClick=${cancel}>${t("cancel")}</button>
      </div>
    </div>`}
    ${asking && html`<${Confirmation}
      title=${t("settings.thin")}
      words=${t("settings.thin.words", { wanted: number(changes[FLOOR]), free })}
      action=${t("save")}
      onConfirm=${save}
      onClose=${() => setAsking(false)}
    />`}
  </form>`;
}

/** A field that the schema leaves open, though there is only so much to choose from. */
function known(name, field, languages) {
  return name === "language" ? { ...field, kind: "choice", choices: languages } : field;
}

function Setting({ name, field, value, fixed, free, refused, onInput }) {
  const id = `setting-${name.replaceAll(".", "-")}`;
  useEffect(() => {
    if (refused) document.getElementById(id).focus();
  }, [refused]);
  const type = ({ target }) => onInput(field.kind === "switch" ? target.checked : target.value);
  const given = { id, disabled: fixed, "aria-describedby": `${id}-words`, "aria-invalid": refused, onInput: type };
  return html`<div class="field ${field.kind}">
    <label for=${id}>${has(`setting.${name}`) ? t(`setting.${name}`) : name}</label>
    ${field.kind === "choice" && html`<select ...${given} value=${value ?? ""}>
      ${field.optional && html`<option value="">${t("settings.none")}</option>`}
      ${field.choices.map((choice) => html`<option key=${choice} value=${choice}>${choiceWords(name, choice)}</option>`)}
    </select>`}
    ${field.kind === "switch" && html`<input ...${given} type="checkbox" checked=${value} />`}
    ${field.kind === "number" && html`<input ...${given} type="number" inputmode="decimal" value=${value ?? ""}
      min=${field.least} max=${field.most} step=${field.step} required=${!field.optional} />`}
    ${field.kind === "text" && html`<input ...${given} type="text" value=${value ?? ""} maxlength=${field.most}
      autocapitalize="off" required=${!field.optional} />`}
    <p class="hint" id="${id}-words">${fixed ? t("settings.fixed") : words(name, value, field)}
      ${free && field.most && ` ${t("settings.free", { free, most: number(field.most) })}`}</p>
  </div>`;
}

/** What a setting does: in the page's words, or those of the device where it has none. */
function words(name, value, field) {
  const own = [`mode.${value}.words`, `setting.${name}.words`].find(has);
  if (own) return t(own);
  return has(`setting.${name}`) ? "" : field.words;
}

function choiceWords(name, choice) {
  if (name === "language") return languageName(choice);
  const key = `mode.${choice}`;
  return name === "decision.mode" && has(key) ? t(key) : String(choice);
}
