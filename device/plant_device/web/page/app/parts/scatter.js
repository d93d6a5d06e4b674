import { html, useEffect, useMemo, useRef, useState } from "../preact.js";
import { grouped, onScreen, scaleBar, viewOf, zoomed } from "../geography.js";
import { number, t } from "../words.js";
import { Icon } from "./icon.js";

const GROUP_PIXELS = 34;
const FINGER_PIXELS = 28;
const SMALLEST = 9;
const BAR_PIXELS = 110;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KINDS = ["disease", "healthy", "unsure", "not_leaf"];

/** Points in metres on plain ground: dragged, pinched, tapped. `onTap` is given a group's points. */
export function Scatter({ points, chosen, label, onTap }) {
  const canvas = useRef(null);
  const [size, setSize] = useState(null);
  const [view, setView] = useState(null);
  const fingers = useRef(new Map());
  const moved = useRef(false);

  useEffect(() => {
    const watch = new ResizeObserver(([{ contentRect: { width, height } }]) => setSize({ width, height }));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);

  const fit = () => setView(viewOf(points, size.width, size.height));
  useEffect(() => {
    if (!size || !points.length) return;
    if (chosen) setView({ east: chosen.east, north: chosen.north, scale: 0.2 });
    else if (!view) fit();
  }, [size, points, chosen]);

  const near = useMemo(() => (view ? grouped(points, GROUP_PIXELS * view.scale) : []), [points, view?.scale]);
  const groups = size && view ? seen(near, view, size) : [];
  useEffect(() => {
    if (size && view) draw(canvas.current, groups, chosen, view, size);
  });
  // A theme's colours are read while drawing.
  const [, drawAnew] = useState(0);
  useEffect(() => {
    const again = () => setTimeout(() => drawAnew((count) => count + 1));
    addEventListener("themechange", again);
    return () => removeEventListener("themechange", again);
  }, []);

  const zoom = (factor, at = { x: size.width / 2, y: size.height / 2 }) =>
    setView((now) => zoomed(now, factor, at, size.width, size.height));
  const drag = (x, y) =>
    setView((now) => ({ ...now, east: now.east - x * now.scale, north: now.north + y * now.scale }));

  function down(event) {
    canvas.current.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, at(event));
    moved.current = fingers.current.size > 1;
  }

  function move(event) {
    const before = fingers.current.get(event.pointerId);
    if (!before || !view) return;
    const now = at(event);
    if (Math.hypot(now.x - before.x, now.y - before.y) < 4 && !moved.current) return;
    moved.current = true;
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const factor = distance(now, other) / Math.max(distance(before, other), 1);
      zoom(factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else drag(now.x - before.x, now.y - before.y);
    fingers.current.set(event.pointerId, now);
  }

  function up(event) {
    const tapped = fingers.current.delete(event.pointerId) && !moved.current;
    const group = tapped && nearest(groups, at(event));
    if (group) onTap(group.members);
  }

  function key(event) {
    const step = ARROWS[event.key];
    if (step) drag(step[0] * 60, step[1] * 60);
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else return;
    event.preventDefault();
  }

  const wheel = (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), at(event));
  };

  const bar = view && scaleBar(view.scale, BAR_PIXELS);
  return html`<div class="scatter">
    <canvas ref=${canvas} tabindex="0" role="img" aria-label=${label} onPointerDown=${down}
      onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up} onWheel=${wheel} onKeyDown=${key}></canvas>
    <p class="north" role="img" aria-label=${t("map.north")}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2l6 18-6-4-6 4z" /></svg><span aria-hidden="true">N</span>
    </p>
    ${bar && html`<${Bar} ...${bar} />`}
    <div class="zoom">
      <button class="square" onClick=${() => zoom(1.6)} aria-label=${t("map.closer")}><${Icon} name="plus" /></button>
      <button class="square" onClick=${() => zoom(1 / 1.6)} aria-label=${t("map.farther")}><${Icon} name="minus" /></button>
      <button class="square" onClick=${fit} aria-label=${t("map.all")}><${Icon} name="fit" /></button>
    </div>
  </div>`;
}

function Bar({ metres, pixels }) {
  const line = useRef(null);
  useEffect(() => {
    line.current.style.width = `${pixels}px`;
  });
  const words = metres < 1000 ? `${number(metres, 2)} m` : `${number(metres / 1000)} km`;
  return html`<p class="scale-bar"><span ref=${line} aria-hidden="true"></span>${words}</p>`;
}

function seen(groups, view, { width, height }) {
  return groups
    .map((group) => ({ ...group, ...onScreen(view, group, width, height) }))
    .filter(({ x, y }) => x > -40 && y > -40 && x < width + 40 && y < height + 40);
}

function draw(canvas, groups, chosen, view, { width, height }) {
  const sharp = devicePixelRatio || 1;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const context = canvas.getContext("2d");
  context.scale(sharp, sharp);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(`--${name}`);
  grid(context, view, width, height, colour("line"));
  for (const { x, y, members } of groups) {
    const radius = radiusOf(members);
    let from = -Math.PI / 2;
    for (const kind of KINDS) {
      const share = members.filter((member) => member.kind === kind).length / members.length;
      if (!share) continue;
      context.beginPath();
      context.moveTo(x, y);
      context.arc(x, y, radius, from, (from += share * 2 * Math.PI));
      context.fillStyle = colour(kind);
      context.fill();
    }
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = colour("sheet");
    context.stroke();
    if (members.length > 1) count(context, x, y, radius, members.length, colour);
    if (chosen && members.some(({ id }) => id === chosen.id)) {
      context.beginPath();
      context.arc(x, y, radius + 5, 0, 2 * Math.PI);
      context.lineWidth = 3;
      context.strokeStyle = colour("ink");
      context.stroke();
    }
  }
}

function grid(context, view, width, height, colour) {
  const { metres } = scaleBar(view.scale, BAR_PIXELS);
  const step = metres / view.scale;
  const { x, y } = onScreen(view, { east: 0, north: 0 }, width, height);
  context.beginPath();
  for (let line = x % step; line < width; line += step) {
    context.moveTo(line, 0);
    context.lineTo(line, height);
  }
  for (let line = y % step; line < height; line += step) {
    context.moveTo(0, line);
    context.lineTo(width, line);
  }
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.stroke();
}

function count(context, x, y, radius, members, colour) {
  context.beginPath();
  context.arc(x, y, radius - 4, 0, 2 * Math.PI);
  context.fillStyle = colour("sheet");
  context.fill();
  context.fillStyle = colour("ink");
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(members > 999 ? "999+" : members, x, y + 0.5);
}

function radiusOf(members) {
  return members.length === 1 ? SMALLEST : Math.min(13 + 2 * Math.log2(members.length), 26);
}

function nearest(groups, point) {
  const close = groups
    .map((group) => ({ group, off: distance(group, point) - radiusOf(group.members) }))
    .sort((one, other) => one.off - other.off)[0];
  return close && close.off < FINGER_PIXELS - SMALLEST ? close.group : null;
}

function at(event) {
  return { x: event.offsetX, y: event.offsetY };
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
