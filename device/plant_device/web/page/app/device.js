import { ask } from "./api.js";
import { recall, remember } from "./kept.js";
import { signal } from "./signal.js";
import { className, cropName, partsOf } from "./words.js";

/** The device's whole status, as it was last asked; null before that. */
export const status = signal(recall("status"));

export async function loadStatus() {
  const told = await ask("/status");
  status.set(told);
  remember("status", told);
}

/** The classes that the current model can name, by their names. */
export function classesOf(told) {
  return (told?.model?.classes ?? [])
    .map(({ label, text }) => ({ label, text, name: className(label), crop: partsOf(label).crop }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The crops of these classes: what the device calls them, and their names. */
export function cropsOf(told) {
  const names = new Map(classesOf(told).map(({ crop, label }) => [crop, cropName(label)]));
  names.delete("");
  return [...names]
    .map(([crop, name]) => ({ crop, name }))
    .sort((one, other) => one.name.localeCompare(other.name));
}
