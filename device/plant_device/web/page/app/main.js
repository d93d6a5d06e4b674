import { html, render } from "./preact.js";
import { ask } from "./api.js";
import { loadStatus } from "./device.js";
import { sendToLogin } from "./live_state.js";
import { installWorker } from "./offline.js";
import { Shell } from "./shell.js";
import { loadTexts, loadWords } from "./words.js";

await loadWords();
render(html`<${Shell} />`, document.getElementById("app"));
installWorker();
// Out of reach is told by the page itself, as soon as a request shows it.
await ask("/session").then(sendToLogin, () => {});
await Promise.allSettled([loadTexts(), loadStatus()]);
