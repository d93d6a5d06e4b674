import { html } from "../preact.js";
import { causeName, className, explanation, outcomeName, t, texts } from "../words.js";
import { Confidence } from "./confidence.js";
import { Icon } from "./icon.js";

/**
 * What is said of a picture: its own decision, or what the last moments' frames say together. A
 * newest frame that says something else has no likelihood to give to what is shown, and no cause.
 */
export function outcomeOf(line) {
  const { shown } = line;
  if (!shown) return { ...line, likely: line.probability };
  const named = isNamed(shown);
  const agrees = shown.cause === "steady" && shown.decision === line.decision && (!named || shown.label === line.label);
  return {
    decision: shown.decision,
    cause: agrees ? line.cause : "frames_disagree",
    label: named ? shown.label : line.label,
    likely: named && !agrees ? null : line.probability,
  };
}

export function isNamed({ decision }) {
  return decision === "disease" || decision === "healthy";
}

/** The decision in words, and how sure it is; why it is none, and how likely the nearest class. */
export function Decision({ outcome, level = 2 }) {
  const name = outcomeName(outcome);
  const unsure = outcome.decision === "unsure";
  const nearest = `${texts.get().headings.nearest || t("decision.nearest")}: ${className(outcome.label)}`;
  return html`<section class="decision ${outcome.decision}">
    <${`h${level}`} class="verdict">
      <${Icon} name=${outcome.decision} />
      <span>${name}</span>
    <//>
    ${outcome.cause !== "clear" && html`<p class="reason">${causeName(outcome.cause)}</p>`}
    ${unsure && html`<p class="nearest">${nearest}</p>`}
    ${outcome.decision !== "not_leaf" && outcome.likely !== null && html`<${Confidence}
      share=${outcome.likely}
      kind=${outcome.decision}
      label=${unsure ? nearest : t("decision.confidence")}
    />`}
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
