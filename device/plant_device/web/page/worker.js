// The page without the device: its own files, and the newest thumbnails. Nothing else is kept.

const SHELL = "shell-1";
const THUMBNAILS = "thumbnails";
const MOST_THUMBNAILS = 100;
const PATIENCE_MS = 4000;
const FILES = [
  "./",
  "login",
  "app/api.js",
  "app/appearance.js",
  "app/device.js",
  "app/faults.js",
  "app/frames.js",
  "app/geography.js",
  "app/kept.js",
  "app/live_state.js",
  "app/login.js",
  "app/main.js",
  "app/offline.js",
  "app/pace.js",
  "app/parts/camera.js",
  "app/parts/class_picker.js",
  "app/parts/confidence.js",
  "app/parts/day_chart.js",
  "app/parts/decision.js",
  "app/parts/fault.js",
  "app/parts/filters.js",
  "app/parts/icon.js",
  "app/parts/inspection.js",
  "app/parts/record_row.js",
  "app/parts/scatter.js",
  "app/parts/settings_form.js",
  "app/parts/sheet.js",
  "app/parts/toast.js",
  "app/parts/upload.js",
  "app/parts/when.js",
  "app/picture_kind.js",
  "app/place.js",
  "app/preact.js",
  "app/record_list.js",
  "app/router.js",
  "app/schema.js",
  "app/shell.js",
  "app/signal.js",
  "app/strings/de.js",
  "app/strings/en.js",
  "app/strings/es.js",
  "app/theme.js",
  "app/toasts.js",
  "app/viewer.js",
  "app/views/charts.js",
  "app/views/device.js",
  "app/views/inspection.js",
  "app/views/live.js",
  "app/views/map.js",
  "app/views/record.js",
  "app/views/records.js",
  "app/words.js",
  "icons/leaf-192.png",
  "icons/leaf-512.png",
  "icons/leaf.svg",
  "manifest.webmanifest",
  "style.css",
  "vendor/htm-preact.js",
  "vendor/uPlot.css",
  "vendor/uPlot.js",
];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name !== SHELL && name !== THUMBNAILS))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (/^\/api\/v1\/records\/\d+\/picture$/.test(url.pathname) && url.searchParams.has("width")) {
    event.respondWith(thumbnail(request));
  } else if (!/^\/(api|healthz|metrics)/.test(url.pathname)) {
    event.respondWith(file(request));
  }
});

/** The device's own file, so that a newer page is seen at once; the kept one where it is away. */
async function file(request) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept =
      (await cache.match(request, { ignoreSearch: true })) ??
      (request.mode === "navigate" ? await cache.match("./") : undefined);
    if (kept) return kept;
    throw error;
  }
}

/** A record's picture never changes. */
async function thumbnail(request) {
  const cache = await caches.open(THUMBNAILS);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const all = await cache.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - MOST_THUMBNAILS)).map((old) => cache.delete(old)));
  }
  return answer;
}
