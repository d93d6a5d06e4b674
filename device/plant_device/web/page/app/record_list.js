import { ask } from "./api.js";
import { faultOf } from "./faults.js";
import { recall, remember } from "./kept.js";
import { signal } from "./signal.js";
import { partsOf } from "./words.js";

const PAGE = 40;
const MOST_KEPT = 100;
const EMPTY = { asked: null, records: [], next: null, total: null, busy: true, fault: null, kept: false };

/**
 * The records that are listed, newest first, as far as they were fetched; it outlives the view, so
 * that who comes back from a record finds the list as it was. `kept`: those that this phone
 * remembers, since the device is out of reach.
 */
export const list = signal(EMPTY);

let filters = {};
let fetching = null;

/** List what these filters let through; a list that is there already only has newer ones put on top. */
export async function listRecords(wanted) {
  filters = wanted;
  const asked = JSON.stringify(wanted);
  const { asked: there, kept, fault } = list.get();
  if (there !== asked || kept || fault) {
    list.set({ ...EMPTY, asked });
    await fetchPage(null);
    return;
  }
  const newest = await page(null).catch(() => null);
  if (newest && list.get().asked === asked) putOnTop(newest);
}

/** Fetch older ones, where there are any. */
export async function listMore() {
  const { busy, next } = list.get();
  if (!busy && next !== null) await fetchPage(next);
}

export function recordChanged(record) {
  const now = list.get();
  list.set({ ...now, records: now.records.map((one) => (one.id === record.id ? record : one)) });
}

export function recordDeleted(id) {
  const now = list.get();
  list.set({ ...now, records: now.records.filter((one) => one.id !== id), total: now.total - 1 });
}

/** Have it fetched anew when it is next looked at. */
export function listOutdated() {
  list.set(EMPTY);
}

/** The newest records that this phone remembers. */
export function keptRecords() {
  return recall("records", []);
}

/** Those where an error says that the device is out of reach, and there are any; else null. */
export function keptInstead(error) {
  const records = keptRecords();
  return error.status === 0 && records.length > 0 ? records : null;
}

/** A day of this phone's, as the moments between which the device shall look. */
export function asParameters({ day, ...others }) {
  if (!day) return others;
  const since = new Date(`${day}T00:00:00`);
  const until = new Date(since);
  until.setDate(until.getDate() + 1);
  return { ...others, since: since.toISOString(), until: until.toISOString() };
}

/** Records that the filters let through, as the device would choose them. */
export function filtered(records, { crop, label, decision, day, corrected }) {
  const { since, until } = asParameters({ day });
  return records.filter(
    (record) =>
      (!crop || partsOf(record.corrected ?? record.label).crop === crop) &&
      (!label || (record.corrected ?? record.label) === label) &&
      (!decision || record.kind === decision) &&
      (!day || (Date.parse(record.taken_at) >= Date.parse(since) && Date.parse(record.taken_at) < Date.parse(until))) &&
      (!corrected || String(record.corrected != null) === corrected),
  );
}

async function fetchPage(before) {
  fetching?.abort();
  const own = (fetching = new AbortController());
  list.set({ ...list.get(), busy: true, fault: null });
  try {
    const { records, next, total } = await page(before, own.signal);
    if (own.signal.aborted) return;
    const now = list.get();
    if (before === null && now.asked === "{}") remember("records", records.slice(0, MOST_KEPT));
    list.set({ ...now, records: [...now.records, ...records], next, total, busy: false });
  } catch (error) {
    if (own.signal.aborted) return;
    if (error.status === 0) showKept();
    else list.set({ ...list.get(), busy: false, fault: faultOf(error) });
  }
}

function showKept() {
  list.set({ ...list.get(), records: filtered(keptRecords(), filters), next: null, total: null, busy: false, kept: true });
}

function page(before, stop) {
  return ask("/records", { parameters: { ...asParameters(filters), before, limit: PAGE }, stop });
}

function putOnTop({ records, total }) {
  const now = list.get();
  const known = new Set(now.records.map(({ id }) => id));
  const newer = records.filter(({ id }) => !known.has(id) && id > (now.records[0]?.id ?? 0));
  list.set({ ...now, records: [...newer, ...now.records], total });
}

