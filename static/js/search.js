// The search page: results refresh in place, and the box suggests. Both work as plain forms without this.
import { $, $$, make, say, swap, words } from "./app.js";

// Facets: every change refreshes the results (and the parts named in data-live-form) in place.
const facets = $("[data-live-form]");
if (facets) {
  let timer;
  const ids = (facets.dataset.liveForm || "results").split(" ");
  const opened = () => new Map($$("[data-facet]").map(d => [d.dataset.facet, d.open]));
  const refresh = (url, push) => {
    const focus = document.activeElement?.id, open = opened(), panel = $("#facet-groups"), top = panel?.scrollTop;
    return swap(url, ids, push).then(() => {
      for (const d of $$("[data-facet]")) if (open.get(d.dataset.facet)) d.open = true;
      if (top) $("#facet-groups").scrollTop = top;
      const field = focus && document.getElementById(focus);
      if (field) { if (field.closest("details.more")) field.closest("details.more").open = true; field.focus({ preventScroll: true }); }
      say($("#result-count")?.textContent || "");
    });
  };
  const go = () => {
    const url = new URL(facets.action);
    url.search = new URLSearchParams([...new FormData(facets)].filter(([name, v]) => v !== "" && !(name === "sort" && v === "relevance") && !(name === "per" && v === "20")));
    refresh(url, true).catch(e => { if (e.name !== "AbortError") facets.submit(); });
  };
  document.addEventListener("change", e => { if (e.target.form === facets && e.target.name) { clearTimeout(timer); timer = setTimeout(go, 120); } });
  // Enter in a price field does what leaving it does; Escape closes the sheet on a phone.
  facets.addEventListener("submit", e => { e.preventDefault(); clearTimeout(timer); go(); });
  facets.addEventListener("keydown", e => { const t = $("#facet-toggle"); if (e.key === "Escape" && t.checked) { t.checked = false; t.focus(); } });
  // A facet with many values is searched where it stands.
  facets.addEventListener("input", e => {
    if (!e.target.matches("[data-facet-find]")) return;
    const text = e.target.value.trim().toLowerCase(), group = e.target.closest("fieldset"), more = $("details.more", group);
    if (more) more.open = text !== "" || $("input:checked", more) !== null;
    for (const row of $$(".check", group)) row.hidden = !row.textContent.toLowerCase().includes(text);
  });
  facets.addEventListener("keydown", e => { if (e.key === "Enter" && e.target.matches("[data-facet-find]")) e.preventDefault(); });
  addEventListener("popstate", () => refresh(location.href, false).catch(() => location.reload()));
}

// Search suggestions: a combobox that waits while an input method composes. The address answers [{t, n}].
for (const box of $$("[data-suggest]")) {
  const input = $("input[type=search]", box), list = make("ul", { className: "suggest", id: `suggest-${input.id}`, hidden: true });
  list.setAttribute("role", "listbox"); list.setAttribute("aria-label", words.saySuggest); box.append(list);
  for (const [k, v] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(k, v);
  let at = -1, timer, turn = 0, composing = false;
  const close = () => { turn++; list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const pick = li => { input.value = li.dataset.value; close(); box.requestSubmit(); };
  const mark = i => {
    const rows = [...list.children]; if (!rows.length) return;
    at = (i + rows.length) % rows.length;
    rows.forEach((r, k) => r.setAttribute("aria-selected", k === at)); input.setAttribute("aria-activedescendant", rows[at].id);
  };
  const load = async () => {
    const mine = ++turn, text = input.value.trim();
    if (!text) return close();
    const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const rows = await answer.json();
    if (mine !== turn) return;
    list.replaceChildren(...rows.map((row, k) => {
      const li = make("li", { id: `${list.id}-${k}` }, row.t, make("small", { textContent: row.n ?? "" }));
      li.dataset.value = row.t; li.setAttribute("role", "option"); li.setAttribute("aria-selected", "false"); return li;
    }));
    list.hidden = !rows.length; input.setAttribute("aria-expanded", !list.hidden); at = -1;
  };
  input.addEventListener("compositionstart", () => { composing = true; });
  input.addEventListener("compositionend", () => { composing = false; load(); });
  input.addEventListener("input", () => { if (!composing) { clearTimeout(timer); timer = setTimeout(load, 180); } });
  input.addEventListener("keydown", e => {
    if (e.isComposing || list.hidden) return;
    if (e.key === "ArrowDown") mark(at + 1); else if (e.key === "ArrowUp") mark(at - 1);
    else if (e.key === "Enter" && at >= 0) pick(list.children[at]); else if (e.key === "Escape") close(); else return;  // Escape would empty the field, too
    e.preventDefault();
  });
  list.addEventListener("pointerdown", e => { const li = e.target.closest("li"); if (li) { e.preventDefault(); pick(li); } });
  input.addEventListener("blur", close);
}
