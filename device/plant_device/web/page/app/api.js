import { signal } from "./signal.js";

const BASE = "/api/v1";
const PATIENCE_SECONDS = 20;

/** Whether the device answered when it was last asked. */
export const reachable = signal(true);

/** What the device refused, in its own words; `status` 0: it did not answer at all. */
export class Refused extends Error {
  constructor(status, detail, retryAfter = null) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, value);
  }
  const text = query.toString();
  return BASE + path + (text ? `?${text}` : "");
}

/**
 * Ask for JSON; null where the answer has no content. `patience` is in seconds; `stop`, an
 * AbortSignal, ends it sooner.
 */
export async function ask(path, { method = "GET", parameters, json, stop, patience = PATIENCE_SECONDS } = {}) {
  const headers = { Accept: "application/json", ...csrfHeader(method) };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), patience * 1000);
  stop?.addEventListener("abort", () => timeout.abort());
  try {
    const response = await answered(
      fetch(address(path, parameters), {
        method,
        headers,
        body: json === undefined ? undefined : JSON.stringify(json),
        signal: timeout.signal,
      }),
      stop,
    );
    if (!response.ok) throw await refusal(response);
    return response.status === 204 ? null : await response.json();
  } finally {
    clearTimeout(timer);
  }
}

/** Send a form with a picture; `onProgress` hears of the share that has left the phone. */
export function send(path, form, onProgress, stop) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(csrfHeader("POST"))) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => event.total && onProgress(event.loaded / event.total);
    request.onload = () => {
      reachable.set(true);
      if (request.status < 300) resolve(parsed(request.responseText));
      else reject(asRefused(request.status, request.responseText, null));
    };
    request.onerror = () => {
      reachable.set(false);
      reject(new Refused(0, ""));
    };
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    stop?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function answered(request, stop) {
  try {
    const response = await request;
    reachable.set(true);
    return response;
  } catch (error) {
    if (stop?.aborted) throw error;
    reachable.set(false);
    throw new Refused(0, "");
  }
}

/** Leave for the login, which leads back to the view that was asked for. */
export function goToLogin() {
  location.assign(`/login${location.hash}`);
}

async function refusal(response) {
  return asRefused(response.status, await response.text(), response.headers.get("Retry-After"));
}

function asRefused(status, text, retryAfter) {
  if (status === 401 && !location.pathname.endsWith("/login")) goToLogin();
  const problem = parsed(text);
  return new Refused(status, problem?.detail ?? problem?.title ?? `HTTP ${status}`, retryAfter);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function csrfHeader(method) {
  const cookie = document.cookie.match(/(?:^|; )plant_csrf=([^;]*)/);
  return cookie && method !== "GET" ? { "X-CSRF-Token": decodeURIComponent(cookie[1]) } : {};
}
