// Progressive enhancement only: every page works without this file.
const root = document.documentElement, body = document.body;
root.classList.add("js");
const policy = window.trustedTypes ? trustedTypes.createPolicy("app", { createHTML: s => s }) : { createHTML: s => s };
export const parse = html => new DOMParser().parseFromString(policy.createHTML(html), "text/html");
export const $ = (s, r = document) => r.querySelector(s);
export const $$ = (s, r = document) => [...r.querySelectorAll(s)];
export const make = (tag, props = {}, ...children) => { const e = Object.assign(document.createElement(tag), props); e.append(...children); return e; };
export const say = text => { const r = $("#live-region"); if (r) r.textContent = text; };
export const words = body.dataset;

// Server clock: a visitor's clock never decides what is left of a deadline.
const skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
export const serverNow = () => Date.now() + skew;
const pad = n => String(n).padStart(2, "0");
function tick() {
  for (const el of $$("[data-countdown]")) {
    const s = Math.max(0, Math.floor((Date.parse(el.dateTime) - serverNow()) / 1000));
    const days = s < 172800 ? 0 : Math.floor(s / 86400), hours = Math.floor(s / 3600) - days * 24;
    el.textContent = (days ? `${days} ${words.sayDays} ` : "") + [hours, Math.floor(s % 3600 / 60), s % 60].map(pad).join(":");
  }
}
for (const el of $$(".tabs [aria-current]")) { // the open tab is seen, also where the bar scrolls
  const bar = el.closest(".tabs"), over = el.getBoundingClientRect().right - bar.getBoundingClientRect().right;
  if (over > 0) bar.scrollLeft += over + 24;
}
if ($("[data-countdown]")) { tick(); setInterval(tick, 1000); }

// Fetch a page of ours and swap the named parts of it into this one; `ids` may be worked out when it has come.
let pending;
export async function swap(url, ids, push) {
  pending?.abort(); pending = new AbortController();
  const answer = await fetch(url, { signal: pending.signal, headers: { "X-Requested-With": "swap" } });
  if (!answer.ok || answer.redirected) return location.assign(url);
  const page = parse(await answer.text());
  for (const id of typeof ids === "function" ? ids() : ids) {
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (old && fresh) old.replaceWith(document.importNode(fresh, true));
  }
  if (push) history.pushState({}, "", url);
  tick();
}

// Facets and suggestions come with their pages only.
if ($("[data-live-form], [data-suggest]")) import("./search.js");
if ($("form[enctype='multipart/form-data']")) import("./upload.js");

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

document.addEventListener("click", async e => {
  const copy = e.target.closest("[data-copy]"), print = e.target.closest("[data-print]");
  if (print) window.print();
  if (copy) try { await navigator.clipboard.writeText(copy.dataset.copy); say(copy.dataset.done); copy.classList.add("is-on"); setTimeout(() => copy.classList.remove("is-on"), 1500); } catch { say(""); }
});

$("[data-focus]")?.focus();
