import { html, useEffect, useRef, useState } from "../preact.js";
import { send } from "../api.js";
import { faultOf } from "../faults.js";
import { unusable } from "../picture_kind.js";
import { phonePlace } from "../place.js";
import { link } from "../router.js";
import { percent, t } from "../words.js";
import { Decision, Explanation, outcomeOf } from "./decision.js";
import { Fault } from "./fault.js";
import { Icon } from "./icon.js";
import { Sheet } from "./sheet.js";

// Named rather than image/*: an iPhone then hands over JPEG instead of HEIC.
const KINDS = "image/jpeg,image/png,image/webp";
// Another try with the same picture would end the same way.
const FOR_GOOD = [413, 415, 422];

/** A picture of the phone's own: chosen, seen, sent, answered. */
export function Upload({ onClose }) {
  const [picture, setPicture] = useState(null);
  const [sent, setSent] = useState(null);
  const [answer, setAnswer] = useState(null);
  const [fault, setFault] = useState(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  async function choose(event) {
    const file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    setFault(null);
    setAnswer(null);
    setSent(null);
    const why = await unusable(file);
    setPicture(why ? null : file);
    if (why) setFault({ words: why === "none" ? t("fault.415") : t(`upload.${why}`) });
  }

  async function classify() {
    const form = new FormData();
    form.append("picture", picture);
    for (const [name, value] of Object.entries(phonePlace.get() ?? {})) form.append(name, value);
    setFault(null);
    setSent(0);
    try {
      setAnswer(await send("/classify", form, setSent, stop.current.signal));
    } catch (error) {
      if (error.name !== "AbortError") {
        setFault(faultOf(error, { 413: t("upload.too_large"), 422: t("upload.damaged") }));
        if (FOR_GOOD.includes(error.status)) setPicture(null);
      }
    }
    setSent(null);
  }

  return html`<${Sheet} title=${t("upload.title")} onClose=${onClose}>
    ${picture && html`<${Preview} picture=${picture} />`}
    ${fault && html`<${Fault} ...${fault} />`}
    ${sent !== null && html`<${Progress} share=${sent} />`}
    ${answer && html`<${Answer} ...${answer} />`}
    ${picture && !answer && sent === null && html`<button class="primary" onClick=${classify}>
      <${Icon} name="upload" />${t("upload.send")}
    </button>`}
    ${sent === null && html`<div class="row">
      <${Choice} name="phone" words=${t("upload.take")} onChange=${choose} capture="environment" />
      <${Choice} name="gallery" words=${t("upload.choose")} onChange=${choose} />
    </div>`}
  <//>`;
}

function Choice({ name, words, onChange, capture }) {
  return html`<label class="button">
    <${Icon} name=${name} />${words}
    <input type="file" accept=${KINDS} capture=${capture} onChange=${onChange} class="unseen" />
  </label>`;
}

function Preview({ picture }) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    const made = URL.createObjectURL(picture);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return html`<img class="preview" src=${address} alt=${t("upload.preview")} />`;
}

function Progress({ share }) {
  const words = share < 1 ? t("upload.sending", { share: percent(share) }) : t("upload.looking");
  return html`<div class="progress" role="status">
    <progress max="1" value=${share < 1 ? share : undefined} aria-label=${t("upload.title")}></progress>
    <p>${words}</p>
  </div>`;
}

function Answer({ record, line }) {
  const outcome = outcomeOf(line);
  return html`<div role="status"><${Decision} outcome=${outcome} level="3" /></div>
    <${Explanation} outcome=${outcome} />
    ${record && html`<a class="button" href=${link("records", record.id)}>${t("record.open")}</a>`}`;
}
