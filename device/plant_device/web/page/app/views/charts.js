import { html, useEffect, useRef, useState } from "../preact.js";
import { ask, reachable } from "../api.js";
import { faultOf } from "../faults.js";
import { DayChart } from "../parts/day_chart.js";
import { Fault } from "../parts/fault.js";
import { keptInstead } from "../record_list.js";
import { link } from "../router.js";
import { useSignal } from "../signal.js";
import { decisionName, labelName, moment, number, t } from "../words.js";

const PERIODS = [7, 30, 90, 0];
const KINDS = ["disease", "healthy", "unsure", "not_leaf"];

/** How much of what was seen when. */
export default function Charts() {
  const [days, setDays] = useState(30);
  const [counts, setCounts] = useState(null);
  const [fault, setFault] = useState(null);
  const here = useSignal(reachable);
  useEffect(() => {
    let wanted = true;
    const since = days ? new Date(Date.now() - days * 86400000).toISOString() : undefined;
    const asked = (by) => ask("/records/counts", { parameters: { by, since, utc_offset: -new Date().getTimezoneOffset() } });
    setFault(null);
    Promise.all([asked("day"), asked("label")]).then(
      ([byDay, byLabel]) => wanted && setCounts({ byDay: daysOf(byDay), byLabel: labelsOf(byLabel), kept: false }),
      (error) => {
        if (!wanted) return;
        const rows = keptInstead(error)?.map(rowOf).filter(({ at }) => !since || at >= since);
        if (rows) setCounts({ byDay: daysOf(rows), byLabel: labelsOf(rows), kept: true });
        else setFault(faultOf(error));
      },
    );
    return () => (wanted = false);
  }, [days, here]);
  return html`<div class="charts">
    <h1>${t("tab.charts")}</h1>
    <div class="segments" role="group" aria-label=${t("charts.period")}>
      ${PERIODS.map((period) => html`<button key=${period} aria-pressed=${period === days} onClick=${() => setDays(period)}>
        ${period ? t("charts.days", { days: period }) : t("charts.all")}
      </button>`)}
    </div>
    ${fault && html`<${Fault} ...${fault} />`}
    ${counts?.kept && html`<p class="hint">${t("records.kept")}</p>`}
    ${!counts && !fault && html`<p class="empty" aria-busy="true">${t("loading")}</p>`}
    ${counts?.byDay.length === 0 && html`<p class="empty">${t("charts.none")}</p>`}
    ${counts?.byDay.length > 0 && html`<${ByDay} days=${counts.byDay} /><${ByClass} labels=${counts.byLabel} />`}
  </div>`;
}

function ByDay({ days }) {
  return html`<section class="card" aria-labelledby="by-day">
    <h2 id="by-day">${t("charts.by_day")}</h2>
    <${DayChart} days=${days} kinds=${KINDS} />
    <ul class="key">${KINDS.map((kind) => html`<li key=${kind} class=${kind}>${decisionName(kind)}</li>`)}</ul>
    <details>
      <summary>${t("charts.table")}</summary>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="by-day"><table>
        <thead><tr><th scope="col">${t("charts.day")}</th>
          ${KINDS.map((kind) => html`<th key=${kind} scope="col">${decisionName(kind)}</th>`)}</tr></thead>
        <tbody>${[...days].reverse().map(({ day, counts }) => html`<tr key=${day}>
          <th scope="row">${moment(`${day}T12:00:00`, { day: "numeric", month: "short", year: "numeric" })}</th>
          ${KINDS.map((kind) => html`<td key=${kind}>${number(counts[kind] ?? 0)}</td>`)}
        </tr>`)}</tbody>
      </table></div>
    </details>
  </section>`;
}

function ByClass({ labels }) {
  const most = labels[0]?.count ?? 1;
  return html`<section class="card" aria-labelledby="by-class">
    <h2 id="by-class">${t("charts.by_class")}</h2>
    <table class="by-class">
      <thead class="unseen"><tr><th scope="col">${t("filter.label")}</th><th scope="col">${t("charts.count")}</th></tr></thead>
      <tbody>${labels.map(({ key, name, decision, count, query }) => html`<tr key=${key} class=${decision}>
        <th scope="row"><a href=${link("records", null, query)}>${name}</a></th>
        <td><div><${Length} share=${count / most} /><b>${number(count)}</b></div></td>
      </tr>`)}</tbody>
    </table>
  </section>`;
}

function Length({ share }) {
  const bar = useRef(null);
  useEffect(() => {
    bar.current.style.transform = `scaleX(${share})`;
  }, [share]);
  return html`<span class="length" aria-hidden="true"><span ref=${bar}></span></span>`;
}

/** A record that this phone remembers, as a row of the device's counts, of this phone's day. */
function rowOf({ taken_at, kind, label, corrected }) {
  const taken = new Date(taken_at);
  const local = new Date(taken - taken.getTimezoneOffset() * 60000).toISOString();
  return { at: taken.toISOString(), day: local.slice(0, 10), decision: kind, label: corrected ?? label, count: 1 };
}

/** Rows of the device, a day's together. */
function daysOf(rows) {
  const days = new Map();
  for (const { day, decision, count } of rows) {
    if (!days.has(day)) days.set(day, {});
    days.get(day)[decision] = (days.get(day)[decision] ?? 0) + count;
  }
  return [...days].map(([day, counts]) => ({ day, counts })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Of decisions without a class one row; of named classes one each; the most first. */
function labelsOf(rows) {
  const found = new Map();
  for (const { label, decision, count } of rows) {
    const named = decision === "disease" || decision === "healthy";
    const key = named ? label : decision;
    const row = found.get(key) ?? {
      key,
      decision,
      name: named ? labelName(label) : decisionName(decision),
      query: named ? { label } : { decision },
      count: 0,
    };
    row.count += count;
    found.set(key, row);
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
