import { html } from "../preact.js";
import { address } from "../api.js";
import { link } from "../router.js";
import { causeName, labelName, outcomeName, percent, t } from "../words.js";
import { Icon } from "./icon.js";
import { When } from "./when.js";

const THUMBNAIL = 160;

/** A record in a list: its picture, what it was taken for, when. */
export function RecordRow({ record }) {
  return html`<li class="record-row">
    <a href=${link("records", record.id)}>
      <${Thumbnail} record=${record} />
      <span class="record-words">
        <span class="record-name ${record.decision}">
          <${Icon} name=${record.decision} /><span>${outcomeName(record)}</span>
        </span>
        ${record.corrected != null &&
        html`<span class="record-corrected ${record.kind}"><${Icon} name="pen" />${labelName(record.corrected)}</span>`}
        <span class="record-when">
          <${When} at=${record.taken_at} certainty=${record.certainty} /> · ${said(record)}
        </span>
        ${record.note && html`<span class="record-note">${record.note}</span>`}
      </span>
    </a>
  </li>`;
}

function said({ decision, cause, probability }) {
  return decision === "disease" || decision === "healthy" ? percent(probability) : causeName(cause);
}

function Thumbnail({ record }) {
  if (!record.picture_url) {
    return html`<span class="thumbnail none" title=${t("record.no_picture")}><${Icon} name="leaf" /></span>`;
  }
  const source = address(`/records/${record.id}/picture`, { width: THUMBNAIL });
  return html`<img class="thumbnail" src=${source} alt="" loading="lazy" width="72" height="72" />`;
}
