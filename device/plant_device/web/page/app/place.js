import { ask } from "./api.js";
import { faultOf } from "./faults.js";
import { signal } from "./signal.js";
import { t } from "./words.js";

const SEND_EVERY_MS = 15000;

/** Where the phone is: `{ latitude, longitude, accuracy }` while it is shared, else null. */
export const phonePlace = signal(null);
export const placeFault = signal(null);
let watched = null;
let sent = -Infinity;

/** A browser tells the place only to pages that it trusts: https, or this very machine. */
export const placeIsPossible = () => isSecureContext && "geolocation" in navigator;

export function sharePlace() {
  placeFault.set(null);
  watched = navigator.geolocation.watchPosition(found, refused, {
    enableHighAccuracy: true,
    maximumAge: 10000,
  });
}

export function stopSharing() {
  navigator.geolocation.clearWatch(watched);
  watched = null;
  sent = -Infinity;
  phonePlace.set(null);
}

async function found({ coords }) {
  if (watched === null) return;
  const { latitude, longitude, accuracy } = coords;
  phonePlace.set({ latitude, longitude, accuracy });
  if (performance.now() - sent < SEND_EVERY_MS) return;
  sent = performance.now();
  await ask("/place", { method: "POST", json: phonePlace.get() }).catch((error) => {
    placeFault.set(faultOf(error));
  });
}

function refused(error) {
  stopSharing();
  placeFault.set({ words: t("place.refused"), detail: error.message });
}
