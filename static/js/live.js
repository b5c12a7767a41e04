// The live room: the stream says what happened. A bid is shown at once from what the stream said; the
// page's own parts are fetched again, by bidders at once, by spectators seldom and not all together.
import { $, $$, say, swap } from "./app.js";
const room = $("#room-now");
const parts = ["room-badges", "room-steps", "room-now", "room-says", "room-history", "room-mine", "room-accept"];
const bidder = Boolean($("#room-mine"));
let seq = Number(room?.dataset.seq || 0), state = room?.dataset.state, price, waiting = false, again = false, turned = false, timer;
const same = location.pathname, running = ["free", "limited", "open"], still = ["awarded", "settled", "failed", "withdrawn", "cancelled"];

const typed = () => $$("#mine input, #mine textarea").some(e => e.type !== "hidden" && (e.type === "checkbox" ? e.checked : e.value));
async function refresh() {
  if (waiting) { again = true; return; }
  waiting = true;
  // A turn of the auction (it opens, stops, ends) is seen soon by everybody, a bid's line by spectators later.
  const rest = bidder ? 0 : turned ? Math.random() * 1500 : 2000 + Math.random() * 4000;
  if (rest) await new Promise(done => setTimeout(done, rest));
  again = false;
  // The panel with the forms turns with the auction, unless somebody is filling it in by the time that it comes.
  let whole = false;
  const due = () => (whole = turned && !typed()) ? [...parts, "mine"] : parts;
  await swap(same, due, false).then(() => { turned = turned && !whole; }, () => {});
  const shown = $("#room-now .pp-price");
  if (shown) say(shown.textContent.trim());
  setTimeout(() => { waiting = false; if (again) { again = false; refresh(); } }, 200);
}
function show({ price, leader }) {
  const figure = $("#room-now .pp-price .num"), code = $("#room-leader"), short = $("#room-short"), label = $("#h-price");
  if (label) label.textContent = room.dataset.label; // the first bid makes a price of the start
  if (figure) {
    const places = price % 100 ? 2 : 0;
    const text = (price / 100).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
    figure.textContent = figure.textContent.replace(/[\d,.]+/, text);
  }
  if (short) short.hidden = true;
  if (code && leader) code.textContent = leader;
}
function until({ ends_at, state }) {
  const clock = $("#room-now [data-countdown]");
  if (clock && ends_at && running.includes(state)) clock.dateTime = ends_at;
}
function news(event) {
  const told = JSON.parse(event.data);
  if (event.type === "bid" && told.seq <= seq) return;
  until(told);
  const foretold = $("#bid-preview");
  if (foretold && event.type === "bid") foretold.hidden = true; // said of another price
  if (told.state !== state) { state = told.state; turned = true; }
  if (event.type === "bid" && told.public.price && room.dataset.currency === "CNY") show(told.public);
  if (turned || told.seq !== seq || event.type === "over" || event.type === "state" && price !== undefined && told.price !== price) refresh();
  seq = told.seq;
  price = event.type === "state" ? told.price : told.public?.price ?? price;
}
function poll(every) {
  clearInterval(timer);
  timer = setInterval(async () => {
    const answer = await fetch(room.dataset.poll).catch(() => null);
    if (answer?.ok) news({ type: "state", data: await answer.text() });
    if (still.includes(state)) clearInterval(timer);
  }, every);
}
if (room) {
  const stream = new EventSource(room.dataset.room);
  for (const kind of ["state", "bid", "over"]) stream.addEventListener(kind, news);
  stream.addEventListener("over", () => { stream.close(); poll(20000); }); // what follows the close takes its time
  stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) poll(3000); };
  addEventListener("pagehide", () => stream.close());
}

// What a bid would come to, before it is made: the same checks on the server, and nothing is written.
let typing, asked = 0;
addEventListener("input", ({ target }) => {
  const form = target.closest?.("#bid-form"), line = $("#bid-preview");
  if (!form || !line || target.name !== "amount") return;
  clearTimeout(typing);
  line.hidden = true;
  typing = setTimeout(async () => {
    if (!target.value.trim()) return;
    const turn = ++asked;
    const answer = await fetch(`${form.getAttribute("action")}?dry_run=1`, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (turn !== asked || !answer?.ok) return;
    line.textContent = (await answer.json()).says;
    line.hidden = false;
  }, 500);
});
