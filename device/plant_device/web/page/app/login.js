import { html, render, useEffect, useState } from "./preact.js";
import { ask } from "./api.js";
import { faultOf } from "./faults.js";
import { Fault } from "./parts/fault.js";
import { loadWords, t } from "./words.js";

const FROM_CODE = /^#token=([^&]+)/;
const VIEW = /^#\//;

function Login() {
  const [token, setToken] = useState("");
  const [view] = useState(() => (VIEW.test(location.hash) ? location.hash : ""));
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);

  async function enter(given) {
    setBusy(true);
    setFault(null);
    try {
      await ask("/session", { method: "POST", json: { token: given.trim() } });
      location.replace(`/${view}`);
    } catch (error) {
      setFault(faultOf(error, { 401: t("login.wrong") }));
      setBusy(false);
    }
  }

  useEffect(() => {
    // The QR code's address carries the token behind its #, which no browser sends or logs.
    const [, carried] = FROM_CODE.exec(location.hash) ?? [];
    history.replaceState(null, "", location.pathname);
    if (carried) enter(decodeURIComponent(carried));
  }, []);

  const submit = (event) => {
    event.preventDefault();
    if (token.trim()) enter(token);
  };

  return html`<main class="login">
    <img src="icons/leaf.svg" alt="" width="88" height="88" />
    <h1>Plant Edge</h1>
    <form onSubmit=${submit}>
      <label for="token">${t("login.token")}</label>
      <input
        id="token"
        type="password"
        autocomplete="current-password"
        autocapitalize="off"
        spellcheck=${false}
        required
        value=${token}
        onInput=${(event) => setToken(event.target.value)}
        aria-describedby="token-hint"
        aria-invalid=${fault ? "true" : undefined}
      />
      <p class="hint" id="token-hint">${t("login.hint")} <code>plant-device token</code></p>
      ${fault && html`<${Fault} ...${fault} />`}
      <button class="primary" disabled=${busy} aria-busy=${busy}>${t("login.enter")}</button>
    </form>
  </main>`;
}

await loadWords();
document.title = `${t("login.enter")} · Plant Edge`;
render(html`<${Login} />`, document.getElementById("app"));
