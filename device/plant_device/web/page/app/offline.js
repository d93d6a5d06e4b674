import { signal } from "./signal.js";

/** Whether this page opens without the device: "yes", "insecure" or "refused". */
export const opensOffline = signal("serviceWorker" in navigator ? "refused" : "insecure");

/** What the browser would ask before it installs the page as an app; null where it does not. */
export const installation = signal(null);

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installation.set(event);
});
addEventListener("appinstalled", () => installation.set(null));

/** Browsers allow it over https that they trust, and on the machine itself. */
export async function installWorker() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("worker.js");
    await navigator.serviceWorker.ready;
    opensOffline.set("yes");
  } catch {
    // A certificate that this browser does not trust.
  }
}
