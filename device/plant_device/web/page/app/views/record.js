import { html, useEffect, useRef, useState } from "../preact.js";
import { address, ask } from "../api.js";
import { status } from "../device.js";
import { attempt, faultOf } from "../faults.js";
import { ClassPicker } from "../parts/class_picker.js";
import { Decision, Explanation, Scores } from "../parts/decision.js";
import { Fault } from "../parts/fault.js";
import { Icon } from "../parts/icon.js";
import { keptRecords, listOutdated, recordChanged, recordDeleted } from "../record_list.js";
import { go, goBack, link } from "../router.js";
import { useSignal } from "../signal.js";
import { tell } from "../toasts.js";
import { labelName, moment, number, percent, t } from "../words.js";

const QUALITY = ["bright_end", "clipped", "sharpness", "leaf_share"];

/** One record, large. */
export default function RecordView({ id }) {
  const [record, setRecord] = useState(null);
  const [fault, setFault] = useState(null);
  const change = (changed) => {
    setRecord(changed);
    recordChanged(changed);
  };
  useEffect(() => {
    ask(`/records/${id}`).then(setRecord, (error) => {
      const kept = error.status === 0 && keptRecords().find((one) => String(one.id) === id);
      if (kept) setRecord(kept);
      else setFault(faultOf(error, { 404: t("record.gone") }));
    });
  }, [id]);
  return html`<article class="record">
    <a class="button quiet back" href=${link("records")} onClick=${back}>
      <${Icon} name="back" />${t("tab.records")}
    </a>
    ${fault && html`<${Fault} ...${fault} />`}
    ${record && html`<${Record} record=${record} onChange=${change} />`}
    ${!record && !fault && html`<p class="empty" aria-busy="true">${t("loading")}</p>`}
  </article>`;
}

function Record({ record, onChange }) {
  const outcome = { ...record, likely: record.probability };
  return html`<div class="record-columns">
      <${Picture} record=${record} />
      <div class="record-side">
        <${Decision} outcome=${outcome} level="1" />
        <${Correction} record=${record} onChange=${onChange} />
        <${Note} record=${record} onChange=${onChange} />
        <${Facts} record=${record} />
        <details>
          <summary>${t("live.scores")}</summary>
          <${Scores} top=${record.top} />
        </details>
        ${record.quality && html`<details>
          <summary>${t("quality.heading")}</summary>
          <${QualityFigures} quality=${record.quality} />
        </details>`}
        <details>
          <summary>${t("record.explanation")}</summary>
          <${Explanation} outcome=${outcome} />
        </details>
        <button class="danger" onClick=${() => remove(record)}><${Icon} name="bin" />${t("record.delete")}</button>
      </div>
    </div>`;
}

function Picture({ record }) {
  if (!record.picture_url) return html`<p class="no-picture"><${Icon} name="leaf" />${t("record.no_picture")}</p>`;
  const whole = address(`/records/${record.id}/picture`);
  return html`<a class="record-picture" href=${whole} target="_blank" rel="noopener">
    <img src=${whole} alt=${t("record.picture")} />
  </a>`;
}

function Correction({ record, onChange }) {
  const told = useSignal(status);
  const [picking, setPicking] = useState(false);
  const choose = async (label) => {
    setPicking(false);
    const before = record.corrected;
    await attempt(async () => {
      onChange(await patch(record, { corrected: label }));
      tell(t("correct.done"), t("undo"), () =>
        attempt(async () => onChange(await patch(record, { corrected: before }))),
      );
    });
  };
  return html`<section class="correction">
    ${record.corrected?.trim() && html`<p class="corrected">
      <${Icon} name="pen" /><span>${t("correct.as")} <strong>${labelName(record.corrected)}</strong></span>
    </p>`}
    <button onClick=${() => setPicking(true)}>
      <${Icon} name="pen" />${t(record.corrected == null ? "correct.wrong" : "correct.change")}
    </button>
    ${picking && html`<${ClassPicker}
      status=${told}
      chosen=${record.corrected}
      onChoose=${choose}
      onClose=${() => setPicking(false)}
    />`}
  </section>`;
}

function Note({ record, onChange }) {
  const [words, setWords] = useState(record.note);
  const written = useRef(record.note);
  const saved = useRef(record.note);
  const save = async () => {
    const before = saved.current;
    const now = written.current.trim() && written.current;
    if (now === before) return;
    saved.current = now;
    const kept = await attempt(async () => {
      onChange(await patch(record, { note: now }));
      tell(t("note.saved"));
    });
    if (!kept) saved.current = before;
  };
  // Who leaves the record by any way at all has written what is to be kept.
  useEffect(() => () => save(), []);
  const type = (event) => setWords((written.current = event.target.value));
  const submit = (event) => {
    event.preventDefault();
    save();
  };
  return html`<form class="field note" onSubmit=${submit}>
    <label for="note">${t("note.heading")}</label>
    <textarea id="note" rows="2" maxlength="2000" value=${words} onInput=${type} onBlur=${save}></textarea>
    ${words !== record.note && html`<button class="primary">${t("save")}</button>`}
  </form>`;
}

function Facts({ record }) {
  const { place } = record;
  return html`<dl class="facts">
    <div>
      <dt>${t("record.time")}</dt>
      <dd>${moment(record.taken_at, { dateStyle: "full", timeStyle: "medium" })}
        <span class="hint ${record.certainty}">${t(`certainty.${record.certainty}`)}</span></dd>
    </div>
    <div>
      <dt>${t("record.place")}</dt>
      <dd>${place ? html`<${Place} id=${record.id} place=${place} />` : t("record.no_place")}</dd>
    </div>
    ${record.inspection != null && html`<div>
      <dt>${t("inspect.heading")}</dt>
      <dd><a href=${link("inspection", record.inspection)}>${t("inspect.number", { number: record.inspection })}</a></dd>
    </div>`}
    <div><dt>${t("record.number")}</dt><dd>${record.id}</dd></div>
    <div><dt>${t("record.model")}</dt><dd><code>${record.model.slice(0, 12)}</code></dd></div>
  </dl>`;
}

function Place({ id, place }) {
  const off = place.accuracy == null ? "" : ` ± ${number(place.accuracy)} m`;
  return html`<a href=${link("map", id)}>${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}</a>${off}
    <span class="hint">${t(`origin.${place.origin}`)}</span>`;
}

function QualityFigures({ quality }) {
  return html`<dl class="facts">
    ${QUALITY.map((name) => html`<div key=${name}>
      <dt>${t(`quality.${name}`)}</dt>
      <dd>${name === "sharpness" ? number(quality[name], 3) : percent(quality[name])}</dd>
    </div>`)}
  </dl>`;
}

function remove(record) {
  return attempt(async () => {
    await ask(`/records/${record.id}`, { method: "DELETE" });
    recordDeleted(record.id);
    goBack(link("records"));
    tell(t("record.deleted"), t("undo"), () =>
      attempt(async () => {
        await ask(`/records/${record.id}/restore`, { method: "POST" });
        listOutdated();
        go(link("records", record.id));
      }),
    );
  });
}

function patch(record, json) {
  return ask(`/records/${record.id}`, { method: "PATCH", json });
}

// To the list as it was left, with its filters.
function back(event) {
  event.preventDefault();
  goBack(link("records"));
}
