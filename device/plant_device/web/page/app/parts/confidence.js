import { html, useLayoutEffect, useRef } from "../preact.js";
import { percent } from "../words.js";

/** A share of 1 as a bar with its number. */
export function Confidence({ share, kind, label }) {
  const bar = useRef(null);
  useLayoutEffect(() => {
    bar.current.style.transform = `scaleX(${share})`;
  }, [share]);
  return html`<div class="confidence ${kind ?? ""}">
    <div
      class="track"
      role="meter"
      aria-label=${label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
    >
      <div class="bar" ref=${bar}></div>
    </div>
    <span class="figure">${percent(share)}</span>
  </div>`;
}
