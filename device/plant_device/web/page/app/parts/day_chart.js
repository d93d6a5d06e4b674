import { html, useEffect, useRef, useState } from "../preact.js";
import { locale, number, t } from "../words.js";

/* global uPlot */

const HEIGHT = 220;
let library = null;

/** Stacked columns, one a day. The table below them says the same to screen readers. */
export function DayChart({ days, kinds }) {
  const place = useRef(null);
  const [ready, setReady] = useState(false);
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    loadLibrary().then(() => setReady(true));
    const again = () => setTimeout(() => setTheme((count) => count + 1));
    addEventListener("themechange", again);
    return () => removeEventListener("themechange", again);
  }, []);
  useEffect(() => {
    if (!ready) return undefined;
    const chart = new uPlot(
      options(place.current, kinds),
      columns(days, kinds),
      place.current,
    );
    const watch = new ResizeObserver(([{ contentRect: { width } }]) => chart.setSize({ width, height: HEIGHT }));
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [ready, days, theme]);
  return html`<div class="day-chart" ref=${place} role="img" aria-label=${t("charts.label")}></div>`;
}

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "vendor/uPlot.css" });
    const script = Object.assign(document.createElement("script"), { src: "vendor/uPlot.js" });
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(style, script);
  });
  return library;
}

/** Each kind on top of those before it, the tallest first, so that the lower ones are drawn over it. */
function columns(days, kinds) {
  // A day stands at its midnight, where uPlot puts the day's name.
  const at = days.map(({ day }) => Date.parse(`${day}T00:00:00`) / 1000);
  const sums = days.map(() => 0);
  const stacked = kinds.map((kind) => days.map(({ counts }, index) => (sums[index] += counts[kind] ?? 0)));
  return [at, ...stacked.reverse()];
}

function options(place, kinds) {
  const style = getComputedStyle(place);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" });
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: wholeDays }, y: { range: (_, __, most) => [0, Math.max(most * 1.05, 4)] } },
    series: [
      {},
      ...[...kinds].reverse().map((kind) => ({ fill: colour(kind), width: 0, paths: bars, points: { show: false } })),
    ],
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 64, incrs: [1, 2, 7, 14, 30, 90, 365].map((days) => days * 86400),
        values: (_, splits) => splits.map((at) => day.format(at * 1000)) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 100000],
        values: (_, splits) => splits.map((count) => number(count)) },
    ],
  };
}

// Half a day on either side, and the week before the last one at least: a single column is no wall.
// Of the data itself: for a single point uPlot gives a range that it has made up.
function wholeDays({ data: [days] }) {
  const last = days[days.length - 1];
  const span = Math.max(last - days[0], 6 * 86400);
  return [last - span - 43200, last + 43200];
}
