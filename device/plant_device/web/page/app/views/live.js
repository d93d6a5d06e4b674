import { html, useEffect, useState } from "../preact.js";
import { ask, reachable } from "../api.js";
import { status } from "../device.js";
import { attempt } from "../faults.js";
import { live } from "../live_state.js";
import { Camera } from "../parts/camera.js";
import { Decision, Explanation, outcomeOf, Scores } from "../parts/decision.js";
import { Icon } from "../parts/icon.js";
import { Inspection } from "../parts/inspection.js";
import { Upload } from "../parts/upload.js";
import { go, link } from "../router.js";
import { useSignal } from "../signal.js";
import { tell } from "../toasts.js";
import { outcomeName, t } from "../words.js";

const FAULTS = ["stalled", "frozen", "resized", "lost", "unavailable"];
const LOOK_SECONDS = 100;
const MODES = ["continuous", "interval", "motion", "button", "inspect"];

/** What the camera sees now, and what can be done with it. */
export default function Live() {
  const here = useSignal(reachable);
  const told = useSignal(live);
  const before = useSignal(status);
  // Out of reach: what this phone remembers.
  const state = told ?? (here ? null : before);
  const [uploading, setUploading] = useState(false);
  const outcome = state?.seen ? outcomeOf(state.seen) : null;
  return html`<div class="live ${here ? "" : "old"}">
    <h1 class="unseen">${t("tab.live")}</h1>
    <${Camera} camera=${told?.camera} size=${told?.size} here=${here} />
    <div class="live-words">
      <${Announcement} outcome=${outcome} />
      ${state?.inspection && html`<${Inspection} inspection=${state.inspection} />`}
      ${outcome
        ? html`<div class="live-now">
            ${!here && html`<p class="old-words">${t("live.old")}</p>`}
            ${here && FAULTS.includes(state.camera.state) && html`<p class="hint">${t("live.before")}</p>`}
            <${Decision} outcome=${outcome} />
          </div>`
        : html`<p class="live-now decision-wait">${state ? t("live.nothing_yet") : t("live.waiting")}</p>`}
      <${Actions} here=${here} onUpload=${() => setUploading(true)} />
      ${outcome && html`<div class="more">
        <details>
          <summary>${t("live.scores")}</summary>
          <${Scores} top=${state.seen.top} />
        </details>
        <${Explanation} outcome=${outcome} />
      </div>`}
      ${here && state && html`<${Mode} mode=${state.mode} />`}
    </div>
    ${uploading && html`<${Upload} onClose=${() => setUploading(false)} />`}
  </div>`;
}

/** For screen readers: the decision, whenever it becomes another one. */
function Announcement({ outcome }) {
  return html`<p class="unseen" role="status" id="announcement">${outcome ? outcomeName(outcome) : ""}</p>`;
}

function Actions({ here, onUpload }) {
  const [busy, setBusy] = useState(false);
  async function photograph() {
    setBusy(true);
    await attempt(async () => {
      const record = await ask("/photograph", { method: "POST", patience: LOOK_SECONDS });
      tell(t("live.kept", { name: outcomeName(record) }), t("record.open"), () =>
        go(link("records", record.id)),
      );
    });
    setBusy(false);
  }
  return html`<div class="actions">
    <button class="primary photograph" onClick=${photograph} disabled=${busy || !here} aria-busy=${busy}>
      <${Icon} name="live" />${busy ? t("live.photographing") : t("live.photograph")}
    </button>
    <button class="upload" onClick=${onUpload} disabled=${!here}><${Icon} name="upload" />${t("live.upload")}</button>
  </div>`;
}

function Mode({ mode }) {
  const [fixed, setFixed] = useState(false);
  useEffect(() => {
    ask("/settings").then(
      (settings) => setFixed(settings.fixed.includes("decision.mode")),
      () => {},
    );
  }, []);
  const change = (event) => {
    const asked = event.target.value;
    attempt(() => ask("/settings", { method: "PATCH", json: { "decision.mode": asked } }));
  };
  return html`<div class="field mode">
    <label for="mode">${t("mode.heading")}</label>
    <select id="mode" value=${mode} onChange=${change} disabled=${fixed} aria-describedby="mode-words">
      ${MODES.map((name) => html`<option key=${name} value=${name}>${t(`mode.${name}`)}</option>`)}
    </select>
    <p class="hint" id="mode-words">${fixed ? t("settings.fixed") : t(`mode.${mode}.words`)}</p>
  </div>`;
}
