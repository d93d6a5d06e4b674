import { html, useEffect, useLayoutEffect, useState } from "./preact.js";
import { ask, reachable } from "./api.js";
import { followDevice, live } from "./live_state.js";
import { Icon } from "./parts/icon.js";
import { Toast } from "./parts/toast.js";
import { link, route } from "./router.js";
import { useSignal } from "./signal.js";
import Live from "./views/live.js";
import { language, t, texts } from "./words.js";

const TABS = ["live", "records", "map", "charts", "device"];
const TRY_AGAIN_MS = 5000;

// What the live view does not need comes when it is asked for.
const LATER = {
  records: () => import("./views/records.js"),
  record: () => import("./views/record.js"),
  inspection: () => import("./views/inspection.js"),
  map: () => import("./views/map.js"),
  charts: () => import("./views/charts.js"),
  device: () => import("./views/device.js"),
};

/** The page's frame: the tabs, what stands between them, and what is told from anywhere. */
export function Shell() {
  const at = useSignal(route);
  useSignal(language);
  useSignal(texts);
  useEffect(followDevice, []);
  const tab = at.name === "inspection" ? "records" : at.name;
  return html`<a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <nav class="tabs" aria-label=${t("tabs")}>
      ${TABS.map(
        (name) => html`<a key=${name} href=${link(name)} aria-current=${name === tab ? "page" : undefined}>
          <${Icon} name=${name} /><span>${t(`tab.${name}`)}</span>
        </a>`,
      )}
    </nav>
    <main id="main" tabindex="-1">
      <${OutOfReach} />
      <${View} ...${at} />
    </main>
    <${Toast} />`;
}

function View({ name, id, query }) {
  const wanted = name === "records" && id ? "record" : name;
  const [loaded, setLoaded] = useState({ live: Live });
  const [failed, setFailed] = useState(null);
  useEffect(() => {
    document.title = `${t(`tab.${TABS.includes(name) ? name : "records"}`)} · Plant Edge`;
    if (loaded[wanted]) return;
    setFailed(null);
    (LATER[wanted] ?? LATER.records)().then(
      (module) => setLoaded((views) => ({ ...views, [wanted]: module.default })),
      () => setFailed(wanted),
    );
  }, [wanted]);
  useLayoutEffect(() => {
    // The list of records goes where it was left.
    if (wanted !== "records") scrollTo(0, 0);
  }, [wanted, id]);
  const Wanted = loaded[wanted];
  if (Wanted) return html`<${Wanted} key=${`${wanted}${id ?? ""}`} id=${id} query=${query} />`;
  if (failed === wanted) return html`<p class="empty">${t("fault.out_of_reach")}</p>`;
  return html`<p class="empty" aria-busy="true">${t("loading")}</p>`;
}

/** Told while the device does not answer; asks again by itself. */
function OutOfReach() {
  const here = useSignal(reachable);
  const state = useSignal(live);
  useEffect(() => {
    if (here) return undefined;
    const timer = setInterval(() => ask("/session").catch(() => {}), TRY_AGAIN_MS);
    return () => clearInterval(timer);
  }, [here]);
  return html`<div role="status" class="reach">
    ${!here &&
    html`<div class="away">
      <${Icon} name="away" />
      <div>
        <strong>${t("away.heading")}</strong>
        <p>${t(state ? "away.lost" : "away.words")}</p>
      </div>
    </div>`}
  </div>`;
}

// Not by the hash, which is the route.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}
