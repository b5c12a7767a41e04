// The search page: results refresh in place, and the box suggests. Both work as plain forms without this.
import { $, $$, make, say, swap, words } from "./app.js";

// Facets: every change refreshes the results (and the parts named in data-live-form) in place.
const facets = $("[data-live-form]");
if (facets) {
  let timer;
  const go = () => {
    const url = new URL(facets.action);
    url.search = new URLSearchParams([...new FormData(facets)].filter(([, v]) => v !== ""));
    const focus = document.activeElement?.id, ids = (facets.dataset.liveForm || "results").split(" ");
    swap(url, ids, true).then(() => { document.getElementById(focus)?.focus(); say($("#result-count")?.textContent || ""); }).catch(e => { if (e.name !== "AbortError") facets.submit(); });
  };
  document.addEventListener("change", e => { if (e.target.form === facets && !e.target.matches(".facet-toggle")) { clearTimeout(timer); timer = setTimeout(go, 120); } });
  addEventListener("popstate", () => location.reload());
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
    else if (e.key === "Enter" && at >= 0) pick(list.children[at]); else if (e.key === "Escape") return close(); else return;
    e.preventDefault();
  });
  list.addEventListener("pointerdown", e => { const li = e.target.closest("li"); if (li) { e.preventDefault(); pick(li); } });
  input.addEventListener("blur", close);
}
