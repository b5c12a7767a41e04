// Files: names and sizes of what was chosen, dropping on the frame, progress of big uploads.
import { $, $$, make, parse, words } from "./app.js";

const size = n => n < 1048576 ? `${Math.ceil(n / 1024)} KB` : `${(n / 1048576).toFixed(1)} MB`;
document.addEventListener("change", e => {
  const names = e.target.type === "file" && $("[data-file-names]", e.target.closest("[data-file]") ?? document);
  if (names) names.textContent = [...e.target.files].map(f => `${f.name} (${size(f.size)})`).join(", ");
});
for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, e => {
  const drop = e.target.closest?.("[data-file]");
  if (!drop) return;
  e.preventDefault();
  drop.classList.toggle("is-over", kind === "dragover");
  if (kind === "drop" && e.dataTransfer.files.length) {
    const input = $("input[type=file]", drop);
    input.files = e.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// From two megabytes on, the form is sent by request so that progress can be shown.
const BIG = 2 * 1024 * 1024;
const weight = form => $$("input[type=file]", form).flatMap(i => [...i.files]).reduce((sum, f) => sum + f.size, 0);
document.addEventListener("submit", e => {
  const form = e.target;
  if (e.defaultPrevented || form.enctype !== "multipart/form-data" || weight(form) < BIG) return;
  e.preventDefault();
  const bar = make("progress", { max: 100, value: 0, ariaLabel: words.saySending });
  const box = make("div", { className: "progress" }, make("p", { textContent: words.saySending }), bar);
  (e.submitter?.parentElement ?? form.lastElementChild).after(box);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", p => { if (p.lengthComputable) bar.value = 100 * p.loaded / p.total; });
  request.addEventListener("error", () => { box.remove(); form.submit(); });
  request.addEventListener("load", () => {
    if (request.status < 400) return location.assign(request.responseURL);
    const fresh = parse(request.responseText).getElementById("main");
    if (!fresh) return location.reload();
    $("#main").replaceWith(document.importNode(fresh, true));
    scrollTo(0, 0); $("[data-focus]")?.focus();
  });
  request.send(new FormData(form, e.submitter));
});
