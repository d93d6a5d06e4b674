import { html, useEffect, useState } from "../preact.js";
import { ask } from "../api.js";
import { faultOf } from "../faults.js";
import { Fault } from "../parts/fault.js";
import { Verdict } from "../parts/inspection.js";
import { RecordRow } from "../parts/record_row.js";
import { t } from "../words.js";

/** An inspection that was kept: its verdict and its leaves. */
export default function InspectionView({ id }) {
  const [told, setTold] = useState(null);
  const [fault, setFault] = useState(null);
  useEffect(() => {
    ask(`/inspections/${id}`).then(setTold, (error) => setFault(faultOf(error)));
  }, [id]);
  return html`<div class="records">
    <h1>${t("inspect.number", { number: id })}</h1>
    ${fault && html`<${Fault} ...${fault} />`}
    ${told?.verdict && html`<${Verdict} verdict=${told.verdict} />`}
    <ul class="record-list">
      ${(told?.records ?? []).map((record) => html`<${RecordRow} key=${record.id} record=${record} />`)}
    </ul>
  </div>`;
}
