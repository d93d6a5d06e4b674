import { address, ask, goToLogin, reachable } from "./api.js";
import { signal } from "./signal.js";

const TRY_AGAIN_MS = 3000;

/** What the device does now, as it last told; null before that. */
export const live = signal(null);

/** Hear of each change while the page is looked at; ends with the function that this returns. */
export function followDevice() {
  let source = null;
  let timer = null;

  function open() {
    close();
    source = new EventSource(address("/live"));
    source.addEventListener("state", (event) => {
      reachable.set(true);
      live.set(JSON.parse(event.data));
    });
    source.onerror = lost;
  }

  async function lost() {
    // A browser does not tell why: that the device is away, a login that has ended, or that it
    // has as many streams as it takes. In that last case it is asked again and again.
    close();
    await ask("/status").then(live.set, () => {});
    if (!document.hidden) timer = setTimeout(open, TRY_AGAIN_MS);
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  const look = () => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  look();
  return () => {
    close();
    document.removeEventListener("visibilitychange", look);
    removeEventListener("online", look);
  };
}

export function sendToLogin(session) {
  if (session.needed && !session.authenticated) goToLogin();
}
