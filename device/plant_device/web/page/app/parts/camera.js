import { html, useEffect, useRef, useState } from "../preact.js";
import { t } from "../words.js";
import { watchCamera } from "../viewer.js";
import { Icon } from "./icon.js";

const SOUND = ["running"];
const PASSING = ["opening", "reopening"];

/**
 * The camera's picture, the square of it that is looked at, and what is wrong with the camera. Not
 * where the device is out of reach and no picture ever came.
 */
export function Camera({ camera, size, here }) {
  const canvas = useRef(null);
  const [seen, setSeen] = useState(null);
  useEffect(() => follow(canvas.current, setSeen), []);
  const shape = size ?? seen;
  return html`<figure class="camera" hidden=${!here && !seen}>
    <canvas ref=${canvas} width="640" height="480" role="img" aria-label=${t("live.picture")}></canvas>
    ${here && shape && SOUND.includes(camera?.state) && html`<${Region} ...${shape} />`}
    ${here && camera && !SOUND.includes(camera.state) && html`<${CameraFault} ...${camera} />`}
    ${here && !camera && html`<p class="camera-wait">${t("live.waiting")}</p>`}
  </figure>`;
}

/** The centre square, which is all that the network sees. */
function Region({ width, height }) {
  const side = Math.min(width, height);
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  const arm = side / 8;
  const edge = side * 0.02;
  const [l, u, r, d] = [left + edge, top + edge, left + side - edge, top + side - edge];
  const corners =
    `M${l} ${u + arm}V${u}H${l + arm}M${r - arm} ${u}H${r}V${u + arm}` +
    `M${r} ${d - arm}V${d}H${r - arm}M${l + arm} ${d}H${l}V${d - arm}`;
  const around = `M0 0H${width}V${height}H0zM${left} ${top}V${top + side}H${left + side}V${top}z`;
  return html`<svg class="region" viewBox="0 0 ${width} ${height}" role="img" aria-label=${t("live.region")}>
    <path class="around" d=${around} />
    <path class="corner-edge" d=${corners} />
    <path class="corner" d=${corners} />
  </svg>`;
}

function CameraFault({ state, cause }) {
  const passing = PASSING.includes(state);
  return html`<div class="camera-fault ${passing ? "passing" : ""}" role=${passing ? undefined : "alert"}>
    <${Icon} name=${passing ? "live" : "alarm"} />
    <strong>${t(`camera.${state}`)}</strong>
    ${cause && html`<p>${cause}</p>`}
    <p>${t(`camera.${state}.do`)}</p>
  </div>`;
}

function follow(canvas, onSize) {
  let stop = null;
  const context = canvas.getContext("2d", { alpha: false });
  const show = async (jpeg) => {
    const picture = await createImageBitmap(jpeg);
    const first = !canvas.dataset.frames;
    if (first || canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
      onSize({ width: picture.width, height: picture.height });
    }
    context.drawImage(picture, 0, 0);
    picture.close();
    canvas.dataset.frames = Number(canvas.dataset.frames ?? 0) + 1;
  };
  const look = () => {
    stop?.abort();
    if (document.hidden) return;
    stop = new AbortController();
    watchCamera(show, stop.signal);
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    stop?.abort();
  };
}
