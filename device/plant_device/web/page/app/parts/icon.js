import { html } from "../preact.js";

const PATHS = {
  live: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  records: "M4 5h7v7H4zM13 5h7v7h-7zM4 14h7v6H4zM13 14h7v6h-7z",
  map: "M12 21s7-6.3 7-11.5A7 7 0 0 0 5 9.500C5 14.700 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  charts: "M4 20h16M6.500 17v-6M12 17V5M17.500 17V9",
  device: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  phone: "M7 3h10v18H7zM11 18h2",
  gallery: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  filter: "M4 6h16M7 12h10M10 18h4",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  download: "M12 4v12M7 11l5 5 5-5M4 20h16",
  alarm: "M12 4l9 16H3zM12 10v4M12 17v.5",
  away: "M3 3l18 18M8.500 15.500a5 5 0 0 1 6 -.5M5 12a10 10 0 0 1 4-2.500M19 12a10 10 0 0 0-6-3M12 19v.5",
  leaf: "M20 4C9 3.500 4 8 4 14c0 2.500 1.500 5 4 5.500C15 20 20.500 14 20 4zM4.500 20C7 14 11 10.500 15 8.500",
  disease: "M20 4C9 3.500 4 8 4 14c0 2.500 1.500 5 4 5.500C15 20 20.500 14 20 4zM13 9v4M13 15.500v.5",
  healthy: "M20 4C9 3.500 4 8 4 14c0 2.500 1.500 5 4 5.500C15 20 20.500 14 20 4zM8.500 13l2.500 2.500 5-6",
  unsure: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.5",
  not_leaf: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 6l12 12",
};

/** A drawing beside words that say the same; screen readers skip it. */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}
