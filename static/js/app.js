// Progressive enhancement only: every page works without this file.
const root = document.documentElement, body = document.body;
root.classList.add("js");
const policy = window.trustedTypes ? trustedTypes.createPolicy("app", { createHTML: s => s }) : { createHTML: s => s };
export const parse = html => new DOMParser().parseFromString(policy.createHTML(html), "text/html");
export const $ = (s, r = document) => r.querySelector(s);
export const $$ = (s, r = document) => [...r.querySelectorAll(s)];
const make = (tag, props = {}, ...children) => { const e = Object.assign(document.createElement(tag), props); e.append(...children); return e; };
export const say = text => { const r = $("#live-region"); if (r) r.textContent = text; };
const words = body.dataset;

// Server clock: a visitor's clock never decides what is left of a deadline.
const skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
export const serverNow = () => Date.now() + skew;
const pad = n => String(n).padStart(2, "0");
function tick() {
  for (const el of $$("[data-countdown]")) {
    const s = Math.max(0, Math.floor((Date.parse(el.dateTime) - serverNow()) / 1000));
    el.textContent = [Math.floor(s / 3600), Math.floor(s % 3600 / 60), s % 60].map(pad).join(":");
  }
}
if ($("[data-countdown]")) { tick(); setInterval(tick, 1000); }

// Fetch a page of ours and swap the named parts of it into this one.
let pending;
export async function swap(url, ids, push) {
  pending?.abort(); pending = new AbortController();
  const answer = await fetch(url, { signal: pending.signal, headers: { "X-Requested-With": "swap" } });
  if (!answer.ok || answer.redirected) return location.assign(url);
  const page = parse(await answer.text());
  for (const id of ids) {
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (old && fresh) old.replaceWith(document.importNode(fresh, true));
  }
  if (push) history.pushState({}, "", url);
  tick();
}

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

// Menus close on a click elsewhere, on Escape and when another opens.
const shut = keep => { for (const m of $$("details[data-menu][open]")) if (m !== keep) m.open = false; };
document.addEventListener("click", e => shut(e.target.closest("details[data-menu]")));
document.addEventListener("keydown", e => { if (e.key === "Escape") { const m = $("details[data-menu][open]"); if (m) { m.open = false; $("summary", m).focus(); } } });

// Dangerous buttons ask first.
function ask(question) {
  return new Promise(done => {
    const yes = make("button", { className: "btn btn-danger", textContent: words.sayOk, value: "yes" }), no = make("button", { className: "btn", textContent: words.sayCancel, value: "" });
    const form = make("form", { method: "dialog" }, make("p", { textContent: question }), make("div", { className: "actions" }, no, yes));
    const box = make("dialog", { className: "dialog" }, form); box.setAttribute("aria-label", question);
    box.addEventListener("close", () => { done(box.returnValue === "yes"); box.remove(); });
    body.append(box); box.showModal();
  });
}

// One submission per press; unsaved changes are not lost by accident (forms with data-guard).
let dirty = false;
document.addEventListener("input", e => { if (e.target.closest("form[data-guard]")) dirty = true; });
addEventListener("beforeunload", e => { if (dirty) e.preventDefault(); });
const asked = new WeakSet();
document.addEventListener("submit", e => {
  const form = e.target, button = e.submitter;
  if (form.method === "dialog" || e.defaultPrevented) return;
  if (button?.dataset.confirm && !asked.has(button)) {
    e.preventDefault();
    return ask(button.dataset.confirm).then(yes => { if (yes) { asked.add(button); form.requestSubmit(button); } });
  }
  if (form.method !== "post") return;
  if (form.dataset.sent) return e.preventDefault();
  form.dataset.sent = "1"; dirty = false;
  if (button && !form.target && !form.hasAttribute("data-download")) setTimeout(() => { button.classList.add("is-busy"); button.setAttribute("aria-disabled", "true"); say(words.saySending); });
  else setTimeout(() => { delete form.dataset.sent; }, 1500);
});
addEventListener("pageshow", () => { for (const f of $$("form[data-sent]")) delete f.dataset.sent; for (const b of $$(".is-busy")) { b.classList.remove("is-busy"); b.removeAttribute("aria-disabled"); asked.delete(b); } });

// Chosen files are named with their sizes; a file may be dropped on the frame.
for (const drop of $$("[data-file]")) {
  const input = $("input[type=file]", drop), names = $("[data-file-names]", drop);
  input.addEventListener("change", () => { names.textContent = [...input.files].map(f => `${f.name} (${f.size < 1048576 ? Math.ceil(f.size / 1024) + " KB" : (f.size / 1048576).toFixed(1) + " MB"})`).join(", "); });
  for (const kind of ["dragover", "dragleave", "drop"]) drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.toggle("is-over", kind === "dragover"); });
  drop.addEventListener("drop", e => { if (e.dataTransfer.files.length) { input.files = e.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); } });
}

document.addEventListener("click", async e => {
  const copy = e.target.closest("[data-copy]"), print = e.target.closest("[data-print]");
  if (print) window.print();
  if (copy) try { await navigator.clipboard.writeText(copy.dataset.copy); say(copy.dataset.done); copy.classList.add("is-on"); setTimeout(() => copy.classList.remove("is-on"), 1500); } catch { say(""); }
});

$("[data-focus]")?.focus();
