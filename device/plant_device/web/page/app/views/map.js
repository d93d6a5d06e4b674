import { html, useEffect, useMemo, useState } from "../preact.js";
import { ask, reachable } from "../api.js";
import { faultOf } from "../faults.js";
import { metresFrom, middleOf } from "../geography.js";
import { Fault } from "../parts/fault.js";
import { Icon } from "../parts/icon.js";
import { RecordRow } from "../parts/record_row.js";
import { Scatter } from "../parts/scatter.js";
import { Sheet } from "../parts/sheet.js";
import { keptInstead } from "../record_list.js";
import { go, link } from "../router.js";
import { useSignal } from "../signal.js";
import { decisionName, number, t } from "../words.js";

const KINDS = ["disease", "healthy", "unsure", "not_leaf"];
const MOST_LISTED = 100;

/** Where records were made. No tiles: there is no network in a field. */
export default function MapView({ id }) {
  const [features, setFeatures] = useState(null);
  const [fault, setFault] = useState(null);
  const [tapped, setTapped] = useState(null);
  const [hidden, setHidden] = useState([]);
  const [kept, setKept] = useState(false);
  const here = useSignal(reachable);
  useEffect(() => {
    ask("/records/places").then(
      (places) => {
        setKept(false);
        setFault(null);
        setFeatures(places.features.filter(({ geometry }) => geometry));
      },
      (error) => {
        const records = keptInstead(error);
        setKept(records !== null);
        if (records) setFeatures(records.filter(({ place }) => place).map(featureOf));
        else setFault(faultOf(error));
      },
    );
  }, [here]);
  const points = useMemo(() => pointsOf(features ?? []), [features]);
  const shown = useMemo(() => points.filter(({ kind }) => !hidden.includes(kind)), [points, hidden]);
  const chosen = useMemo(() => points.find((point) => String(point.id) === id) ?? null, [points, id]);
  const tap = (members) => (members.length === 1 ? go(link("records", members[0].id)) : setTapped(members));
  const toggle = (kind) =>
    setHidden((now) => (now.includes(kind) ? now.filter((one) => one !== kind) : [...now, kind]));
  return html`<div class="map">
    <h1>${t("tab.map")}${features && html` <span class="count">${number(points.length)}</span>`}</h1>
    ${fault && html`<${Fault} ...${fault} />`}
    ${kept && html`<p class="hint">${t("records.kept")}</p>`}
    ${!features && !fault && html`<p class="empty" aria-busy="true">${t("loading")}</p>`}
    ${features?.length === 0 && html`<p class="empty">${t("map.none")}</p>`}
    ${points.length > 0 && html`<div class="legend" role="group" aria-label=${t("map.shown")}>
        ${KINDS.map((kind) => html`<button key=${kind} class="chip ${kind}" aria-pressed=${!hidden.includes(kind)}
          onClick=${() => toggle(kind)}><${Icon} name=${kind} />${decisionName(kind)}</button>`)}
      </div>
      <${Scatter} points=${shown} chosen=${chosen} onTap=${tap}
        label=${t("map.label", { count: number(shown.length) })} />
      <button class="listed" onClick=${() => setTapped(shown)}>${t("map.as_list")}</button>`}
    ${tapped && html`<${Sheet} title=${t("map.here", { count: number(tapped.length) })} onClose=${() => setTapped(null)}>
      <ul class="record-list">
        ${tapped.slice(0, MOST_LISTED).map(({ record }) => html`<${RecordRow} key=${record.id} record=${record} />`)}
      </ul>
    <//>`}
  </div>`;
}

/** A record that this phone remembers, as the device's GeoJSON has it. */
function featureOf(record) {
  const { longitude, latitude } = record.place;
  return { id: record.id, geometry: { coordinates: [longitude, latitude] }, properties: record };
}

function pointsOf(features) {
  if (!features.length) return [];
  const places = features.map(({ geometry: { coordinates: [longitude, latitude] } }) => ({ longitude, latitude }));
  const middle = middleOf(places);
  const points = features.map(({ id, properties }, index) => ({
    id,
    record: properties,
    kind: properties.kind,
    ...metresFrom(middle, places[index]),
  }));
  return points.sort((one, other) => other.id - one.id);
}
