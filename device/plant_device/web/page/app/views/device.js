import { html, useEffect, useState } from "../preact.js";
import { address, ask } from "../api.js";
import { chooseTheme, chosenTheme, themes } from "../appearance.js";
import { loadStatus, status } from "../device.js";
import { attempt, faultOf } from "../faults.js";
import { forget } from "../kept.js";
import { live } from "../live_state.js";
import { installation, opensOffline } from "../offline.js";
import { phonePlace, placeFault, placeIsPossible, sharePlace, stopSharing } from "../place.js";
import { Fault } from "../parts/fault.js";
import { Icon } from "../parts/icon.js";
import { SettingsForm } from "../parts/settings_form.js";
import { Confirmation } from "../parts/sheet.js";
import { When } from "../parts/when.js";
import { useSignal } from "../signal.js";
import { tell } from "../toasts.js";
import { choose, language, languageName, moment, number, t, texts } from "../words.js";

const REFRESH_MS = 10000;
const EVENTS = 30;
const FORMS = ["csv", "geojson", "zip"];

/** The device itself: how it is, what it may be told, what can be taken home. */
export default function Device() {
  const told = useSignal(status);
  useEffect(() => {
    const refresh = () => document.hidden || loadStatus().catch(() => {});
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return html`<div class="device">
    <h1>${told?.device ?? t("tab.device")}</h1>
    <${Card} name="status">${told ? html`<${Status} told=${told} />` : t("loading")}<//>
    <${Card} name="export"><${Export} /><//>
    <${Card} name="page"><${Page} /><//>
    <${Card} name="place"><${PhonePlace} /><//>
    <${Card} name="settings"><${SettingsForm} /><//>
    <${Card} name="model"><${Models} /><//>
    <${Card} name="events"><${Events} /><//>
    <${LogOut} />
  </div>`;
}

function Card({ name, children }) {
  return html`<section class="card" aria-labelledby="card-${name}">
    <h2 id="card-${name}">${t(`device.${name}`)}</h2>
    ${children}
  </section>`;
}

function Status({ told }) {
  const now = useSignal(live) ?? told;
  const { disk, clock, board, model } = told;
  const low = disk && disk.free_bytes < disk.floor_bytes * 1.2;
  const throttled = board?.throttled ?? [];
  return html`<dl class="facts">
    <${Fact} name="camera" alarm=${now.camera.state !== "running"}>
      ${t(`camera.${now.camera.state}`)}${now.camera.cause && html`<span class="hint">${now.camera.cause}</span>`}
    <//>
    ${board?.celsius != null && html`<${Fact} name="temperature" alarm=${throttled.length > 0}>
      ${number(board.celsius, 1)} °C
      <span class="hint">${throttled.length ? throttled.join(", ") : t("device.full_speed")}</span>
    <//>`}
    ${disk && html`<${Fact} name="disk" alarm=${low}>
      ${t("device.free", { free: gigabytes(disk.free_bytes), all: gigabytes(disk.total_bytes) })}
      <progress max="1" value=${1 - disk.free_bytes / disk.total_bytes} aria-label=${t("device.disk")}></progress>
      <span class="hint">${t("device.floor", { floor: gigabytes(disk.floor_bytes) })}</span>
    <//>`}
    ${clock && html`<${Fact} name="clock" alarm=${!clock.certain}>
      ${moment(clock.now)}<span class="hint">${t(clock.certain ? "device.clock_certain" : "device.clock_uncertain")}</span>
    <//>`}
    <${Fact} name="records">${number(told.records)}
      ${told.lost > 0 && html`<span class="hint alarm">${t("device.lost", { count: number(told.lost) })}</span>`}
    <//>
    ${model && html`<${Fact} name="model">${model.name} ${model.version}
      <span class="hint">${t("device.classes", { count: model.classes.length })} · <code>${model.sha256.slice(0, 12)}</code></span>
    <//>`}
    <${Fact} name="uptime">${duration(told.uptime_s)}<//>
    ${told.web && html`<${Fact} name="viewers">${number(told.web.viewers)}<//>`}
    <${Fact} name="version">Plant Edge ${told.version}<//>
  </dl>`;
}

function Fact({ name, alarm, children }) {
  return html`<div class=${alarm ? "alarm" : ""}>
    <dt>${t(`device.${name}`)}</dt>
    <dd>${alarm && html`<${Icon} name="alarm" />`}${children}</dd>
  </div>`;
}

function Export() {
  const [corrected, setCorrected] = useState(false);
  return html`<p>${t("export.words")}</p>
    <label class="check"><input type="checkbox" checked=${corrected} onChange=${(event) => setCorrected(event.target.checked)} />
      <span>${t("export.corrected")}</span></label>
    <ul class="exports">
      ${FORMS.map((form) => html`<li key=${form}>
        <a class="button" download="" href=${address("/records/export", { format: form, corrected: corrected ? "true" : null })}>
          <${Icon} name="download" /><span>${t(`export.${form}`)}<small>${t(`export.${form}.words`)}</small></span>
        </a>
      </li>`)}
    </ul>`;
}

function Page() {
  const [theme, setTheme] = useState(chosenTheme());
  const chosen = useSignal(language);
  const { languages } = useSignal(texts);
  const offline = useSignal(opensOffline);
  const offered = useSignal(installation);
  const change = (event) => {
    chooseTheme(event.target.value);
    setTheme(event.target.value);
  };
  return html`<div class="field">
      <label for="language">${t("page.language")}</label>
      <select id="language" value=${chosen} onChange=${(event) => attempt(() => choose(event.target.value))}>
        ${languages.map((name) => html`<option key=${name} value=${name}>${languageName(name)}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for="theme">${t("page.theme")}</label>
      <select id="theme" value=${theme} onChange=${change}>
        ${themes().map((name) => html`<option key=${name} value=${name}>${t(`page.theme.${name}`)}</option>`)}
      </select>
    </div>
    <p class="hint">${t(`page.offline.${offline}`)}</p>
    ${offline === "refused" && html`<a class="button" href="certificate.crt"><${Icon} name="download" />${t("page.certificate")}</a>`}
    ${offered && html`<button class="primary" onClick=${() => offered.prompt()}>${t("page.install")}</button>`}`;
}

function PhonePlace() {
  const place = useSignal(phonePlace);
  const fault = useSignal(placeFault);
  const [asked, setAsked] = useState(place !== null);
  const toggle = () => {
    if (asked) stopSharing();
    else sharePlace();
    setAsked(!asked);
  };
  useEffect(() => {
    if (fault) setAsked(place !== null);
  }, [fault]);
  if (!placeIsPossible()) return html`<p>${t("place.insecure")}</p>`;
  return html`<p>${t("place.words")}</p>
    ${place && html`<p><strong>${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}</strong> ± ${number(place.accuracy)} m</p>`}
    ${fault && html`<${Fault} ...${fault} />`}
    <button aria-pressed=${asked} onClick=${toggle}><${Icon} name="map" />${t(asked ? "place.stop" : "place.share")}</button>`;
}

function Models() {
  const [told, setTold] = useState(null);
  const [fault, setFault] = useState(null);
  const [asking, setAsking] = useState(false);
  const load = () => ask("/models").then(setTold, (error) => setFault(faultOf(error)));
  useEffect(() => {
    load();
  }, []);
  const rollBack = () => {
    setAsking(false);
    return attempt(async () => {
      await ask("/models/rollback", { method: "POST" });
      tell(t("model.rolled_back"));
      load();
      loadStatus();
    });
  };
  const installed = told?.installed ?? [];
  const former = installed.find(({ place }) => place === "former");
  if (fault) return html`<${Fault} ...${fault} />`;
  return html`<ul class="models">
      ${installed.map((model) => html`<li key=${model.sha256} class=${model.place}>
        <strong>${model.name} ${model.version}</strong>
        <span class="hint">${t(`model.${model.place}`)} · ${moment(model.installed_at, { dateStyle: "medium" })} · ${megabytes(model.bytes)}</span>
        ${model.fault && html`<span class="hint alarm">${model.fault}</span>`}
      </li>`)}
    </ul>
    ${told && !installed.length && html`<p class="hint">${t("model.single")}</p>`}
    ${former && html`<button onClick=${() => setAsking(true)}>${t("model.roll_back")}</button>`}
    ${asking && html`<${Confirmation}
      title=${t("model.roll_back")}
      words=${t("model.question", { name: `${former.name} ${former.version}` })}
      action=${t("model.roll_back")}
      onConfirm=${rollBack}
      onClose=${() => setAsking(false)}
    />`}`;
}

function Events() {
  const [events, setEvents] = useState(null);
  useEffect(() => {
    ask("/events", { parameters: { limit: EVENTS } }).then((told) => setEvents(told.events ?? told), () => setEvents([]));
  }, []);
  if (events?.length === 0) return html`<p class="hint">${t("events.none")}</p>`;
  return html`<ol class="events">
    ${(events ?? []).map((event, index) => html`<li key=${index}>
      <${When} at=${event.at} certainty=${event.certainty} />
      <p>${event.words}</p>
    </li>`)}
  </ol>`;
}

function LogOut() {
  const [needed, setNeeded] = useState(false);
  useEffect(() => {
    ask("/session").then((session) => setNeeded(session.needed), () => {});
  }, []);
  const leave = () =>
    attempt(async () => {
      await ask("/session", { method: "DELETE" });
      ["records", "status", "texts"].forEach(forget);
      await globalThis.caches?.delete("thumbnails");
      location.assign("/login");
    });
  return needed && html`<button class="log-out" onClick=${leave}>${t("device.log_out")}</button>`;
}

function gigabytes(bytes) {
  return `${number(bytes / 1e9, 1)} GB`;
}

function megabytes(bytes) {
  return `${number(bytes / 1e6, 1)} MB`;
}

function duration(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return days ? t("device.days", { days, hours }) : t("device.hours", { hours, minutes });
}
