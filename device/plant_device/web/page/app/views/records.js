import { html, useEffect, useLayoutEffect, useRef } from "../preact.js";
import { reachable } from "../api.js";
import { status } from "../device.js";
import { Fault } from "../parts/fault.js";
import { Filters } from "../parts/filters.js";
import { RecordRow } from "../parts/record_row.js";
import { list, listMore, listRecords } from "../record_list.js";
import { link, replace } from "../router.js";
import { useSignal } from "../signal.js";
import { number, t } from "../words.js";

let scroll = 0;

/** What was kept, newest first, without an end. */
export default function Records({ query }) {
  const told = useSignal(status);
  const here = useSignal(reachable);
  const { records, total, next, busy, fault, kept } = useSignal(list);
  useEffect(() => {
    listRecords(query);
  }, [JSON.stringify(query), here]);
  useLayoutEffect(() => {
    scrollTo(0, scroll);
    const follow = () => (scroll = scrollY);
    addEventListener("scroll", follow, { passive: true });
    return () => removeEventListener("scroll", follow);
  }, []);
  const onChange = (filters) => {
    scroll = 0;
    replace(link("records", null, filters));
  };
  return html`<div class="records">
    <h1>${t("tab.records")}${total !== null && html` <span class="count">${number(total)}</span>`}</h1>
    <${Filters} filters=${query} status=${told} onChange=${onChange} />
    ${fault && html`<${Fault} ...${fault} />`}
    ${kept && html`<p class="hint">${t("records.kept")}</p>`}
    ${records.length === 0 && !busy && !fault && html`<p class="empty">${t("records.none")}</p>`}
    <ul class="record-list">
      ${records.map((record) => html`<${RecordRow} key=${record.id} record=${record} />`)}
    </ul>
    ${next !== null && html`<${More} busy=${busy} onMore=${listMore} />`}
  </div>`;
}

/** Fetches more as soon as it comes near the screen; a button for whoever uses no scrolling. */
function More({ busy, onMore }) {
  const button = useRef(null);
  useEffect(() => {
    const near = new IntersectionObserver(([entry]) => entry.isIntersecting && onMore(), {
      rootMargin: "600px",
    });
    near.observe(button.current);
    return () => near.disconnect();
  }, [busy, onMore]);
  return html`<button class="more-records" ref=${button} onClick=${onMore} aria-busy=${busy}>
    ${busy ? t("loading") : t("records.more")}
  </button>`;
}
