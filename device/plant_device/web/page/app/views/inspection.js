import { html, useEffect, useState } from "../preact.js";
import { ask } from "../api.js";
import { inWords } from "../faults.js";
import { Verdict } from "../parts/inspection.js";
import { RecordRow } from "../parts/record_row.js";
import { t } from "../words.js";

/** An inspection that was kept: its verdict and its leaves. */
export default function InspectionView({ id }) {
  const [told, setTold] = useState(null);
  const [fault, setFault] = useState(null);
  useEffect(() => {
    ask(`/inspections/${id}`).then(setTold, (error) => setFault(inWords(error)));
  }, [id]);
  return html`<div class="records">
    <h1>${t("inspect.number", { number: id })}</h1>
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${told?.verdict && html`<${Verdict} verdict=${told.verdict} />`}
    <ul class="record-list">
      ${(told?.records ?? []).map((record) => html`<${RecordRow} key=${record.id} record=${record} />`)}
    </ul>
  </div>`;
}
