import { address } from "./api.js";
import { parts } from "./frames.js";
import { streamAgain, streamPace } from "./pace.js";

const FRAMES_PER_SECOND = 10;
const STREAM_WIDTH = 640;
const SINGLE_WIDTH = 480;
const BETWEEN_SINGLE_MS = 200;
const AFTER_FAULT_MS = 2000;

/** Show the camera's newest picture, again and again, until told to stop. `show` takes a Blob. */
export async function watchCamera(show, stop) {
  let singleSince = null;
  while (!stop.aborted) {
    try {
      if (singleSince === null) {
        const better = await stream(show, stop);
        if (better === "single") singleSince = performance.now();
        else await pause(AFTER_FAULT_MS, stop);
      } else {
        await single(show, stop);
        await pause(BETWEEN_SINGLE_MS, stop);
        if (streamAgain(singleSince, performance.now())) singleSince = null;
      }
    } catch {
      await pause(AFTER_FAULT_MS, stop);
    }
  }
}

/** Show a stream until it ends; "single" where it was slow, or the device has no room for one. */
async function stream(show, stop) {
  const own = new AbortController();
  const end = () => own.abort();
  stop.addEventListener("abort", end);
  const pace = streamPace(performance.now());
  let slow = false;
  const watch = setInterval(() => {
    slow = pace.slow(performance.now());
    if (slow) own.abort();
  }, 1000);
  try {
    const response = await picture("/live.mjpeg", { fps: FRAMES_PER_SECOND, width: STREAM_WIDTH }, own.signal);
    if (response.status === 503) return "single";
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    for await (const part of parts(response)) {
      pace.frame();
      await show(part);
    }
  } catch (error) {
    if (!slow) throw error;
  } finally {
    clearInterval(watch);
    own.abort();
    stop.removeEventListener("abort", end);
  }
  return slow ? "single" : "stream";
}

async function single(show, stop) {
  const response = await picture("/snapshot.jpg", { width: SINGLE_WIDTH }, stop);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  await show(await response.blob());
}

function picture(path, parameters, stop) {
  return fetch(address(path, parameters), { signal: stop, cache: "no-store" });
}

function pause(ms, stop) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
