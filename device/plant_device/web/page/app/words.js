import { ask } from "./api.js";
import { recall, remember } from "./kept.js";
import { signal } from "./signal.js";

const OWN = ["en", "de", "es"];

/** The language that is chosen, or that this browser asks for. */
export const language = signal(recall("language") ?? preferred());

/** What the device says of classes, decisions and causes in that language. */
export const texts = signal(
  recall("texts") ?? { headings: {}, inspection: {}, decisions: {}, causes: {}, classes: {}, languages: OWN },
);

let strings = {};

export async function loadWords() {
  const own = OWN.includes(base(language.get())) ? base(language.get()) : "en";
  strings = (await import(`./strings/${own}.js`)).default;
  document.documentElement.lang = own;
}

export async function loadTexts() {
  const told = await ask("/texts", { parameters: { language: language.get() } });
  texts.set(told);
  remember("texts", told);
}

export async function choose(name) {
  remember("language", name);
  language.set(name);
  await loadWords();
  await loadTexts();
}

/** The page's own words for `key`; `{name}` in them stands for a value. */
export function t(key, values = {}) {
  const words = strings[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether the page has words for `key`. */
export function has(key) {
  return key in strings;
}

export function className(label) {
  return texts.get().classes[label]?.name || readable(label);
}

export function decisionName(kind) {
  return texts.get().decisions[kind]?.name || t(`decision.${kind}`);
}

export function causeName(cause) {
  return texts.get().causes[cause]?.name || cause.replaceAll("_", " ");
}

/** What a corrected label is called: a class, or no leaf. */
export function labelName(label) {
  return label === "not_leaf" ? decisionName("not_leaf") : className(label);
}

/** A crop and a condition, of labels in PlantVillage's form. */
export function partsOf(label) {
  const [crop, condition] = label.split("___");
  return condition === undefined
    ? { crop: "", condition: spaced(crop) }
    : { crop: spaced(crop), condition: spaced(condition) };
}

/** What the crop of a label is called: what its class's name has before the colon. */
export function cropName(label) {
  const [crop, condition] = className(label).split(":");
  return condition === undefined ? partsOf(label).crop : crop.trim();
}

/** What a decision is called: its class, or that it has none. */
export function outcomeName({ decision, label }) {
  return label && (decision === "disease" || decision === "healthy")
    ? className(label)
    : decisionName(decision);
}

/** What it is, what to look for and what to do next, those that there are words for. */
export function explanation({ decision, cause, label }) {
  const told = texts.get();
  const named = decision === "disease" || decision === "healthy";
  const own = (named ? told.classes[label] : told.causes[cause]) ?? {};
  const general = told.decisions[decision] ?? {};
  return ["what", "look", "next"]
    .map((part) => ({ part, heading: told.headings[part] || part, words: own[part] || general[part] }))
    .filter(({ words }) => words);
}

/** What a language calls itself: who looks for it may know no other. */
export function languageName(name) {
  return new Intl.DisplayNames(name, { type: "language", fallback: "code" }).of(name);
}

/** The browser's own way to write dates and numbers in the language that is chosen, such as en-GB. */
export function locale() {
  return navigator.languages.find((name) => base(name) === base(language.get())) ?? language.get();
}

export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** A day and a time; the year where it is another one. */
export function brief(iso) {
  const year = new Date(iso).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return moment(iso, { year, month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
}

export function moment(iso, form = { dateStyle: "medium", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale(), form).format(new Date(iso));
}

function readable(label) {
  const { crop, condition } = partsOf(label);
  return crop ? `${crop}: ${condition}` : condition;
}

function spaced(name) {
  return name.replaceAll("_", " ").split(/\s+/).filter(Boolean).join(" ");
}

function base(name) {
  return name.split(/[-_]/)[0];
}

function preferred() {
  return navigator.languages.map(base).find((name) => OWN.includes(name)) ?? "en";
}
