import { html } from "../preact.js";
import { causeName, className, explanation, outcomeName, t, texts } from "../words.js";
import { Confidence } from "./confidence.js";
import { Icon } from "./icon.js";

/** What is said of a picture: its own decision, or what the last moments' frames say together. */
export function outcomeOf(line) {
  const { shown } = line;
  if (!shown) return { ...line, likely: line.probability };
  const agreed = shown.decision === line.decision;
  const cause = shown.cause === "frames_disagree" ? shown.cause : agreed ? line.cause : "clear";
  const named = shown.label ? line.top.find(({ label }) => label === shown.label) : null;
  return {
    decision: shown.decision,
    cause,
    label: shown.label ?? line.label,
    likely: named ? named.probability : shown.label ? 0 : line.probability,
  };
}

export function isNamed({ decision }) {
  return decision === "disease" || decision === "healthy";
}

/** The decision in words, how sure it is, and why it is none. */
export function Decision({ outcome, level = 2 }) {
  const name = outcomeName(outcome);
  const named = isNamed(outcome);
  const nearest = texts.get().headings.nearest || t("decision.nearest");
  return html`<section class="decision ${outcome.decision}">
    <${`h${level}`} class="verdict">
      <${Icon} name=${outcome.decision} />
      <span>${name}</span>
    <//>
    ${!named && outcome.cause !== "clear" && html`<p class="reason">${causeName(outcome.cause)}</p>`}
    <${Confidence}
      share=${outcome.likely}
      kind=${outcome.decision}
      label=${t("decision.confidence")}
    />
    ${!named &&
    outcome.decision === "unsure" &&
    html`<p class="nearest">${nearest}: ${className(outcome.label)}</p>`}
  </section>`;
}

/** The likeliest classes with their scores. */
export function Scores({ top }) {
  return html`<ol class="scores">
    ${top.map(
      ({ label, probability }) => html`<li key=${label}>
        <span>${className(label)}</span>
        <${Confidence} share=${probability} label=${className(label)} />
      </li>`,
    )}
  </ol>`;
}

/** What it is, what to look for, what to do. */
export function Explanation({ outcome }) {
  return html`<dl class="explanation">
    ${explanation(outcome).map(
      ({ part, heading, words }) => html`<div key=${part}><dt>${heading}</dt><dd>${words}</dd></div>`,
    )}
  </dl>`;
}
