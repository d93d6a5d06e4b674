import { html } from "../preact.js";
import { labelName, outcomeName, decisionName, t, texts } from "../words.js";
import { Icon } from "./icon.js";

/** How far an inspection is: a dot a leaf; before its first leaf, what the one before it said. */
export function Inspection({ inspection }) {
  const { asked, leaves, verdict } = inspection;
  const words = texts.get().inspection;
  const next = Math.min(leaves.length + 1, asked);
  const counted = (words.leaf ?? "").replace("{number}", next).replace("{leaves}", asked);
  const begun = leaves.length > 0;
  const heading = begun && leaves.length < asked && words.another ? `${counted}: ${words.another}` : counted;
  return html`<section class="inspection" aria-label=${t("inspect.heading")}>
    ${verdict && !begun && html`<${Verdict} verdict=${verdict} />`}
    <p class="inspection-now">${heading}</p>
    <ol class="dots">
      ${Array.from({ length: asked }, (_, index) => {
        const leaf = leaves[index];
        const said = leaf ? outcomeName(leaf) : t("inspect.waiting");
        return html`<li key=${index} class=${leaf?.decision ?? "waiting"} title=${said}>
          ${leaf ? html`<${Icon} name=${leaf.decision} />` : index + 1}
          <span class="unseen">${said}</span>
        </li>`;
      })}
    </ol>
  </section>`;
}

export function Verdict({ verdict }) {
  const said = verdict.label ? labelName(verdict.label) : decisionName(verdict.decision);
  return html`<div class="verdict-card ${verdict.decision}">
    <p class="heading">${t("inspect.verdict", { leaves: verdict.leaves })}</p>
    <p class="verdict"><${Icon} name=${verdict.decision} /><span>${said}</span></p>
    <ul>
      ${verdict.votes.map(
        ({ label, leaves }) => html`<li key=${label}>
          ${leaves} × ${label ? labelName(label) : decisionName("unsure")}
        </li>`,
      )}
    </ul>
  </div>`;
}
