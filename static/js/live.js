// The live room: the stream says what happened. A bid is shown at once from what the stream said; the
// page's own parts are fetched again, by bidders at once, by spectators seldom and not all together.
import { $, say, swap } from "./app.js";
const room = $("#room-now");
const parts = ["room-now", "room-says", "room-history", "room-mine", "room-accept"];
const bidder = Boolean($("#room-mine"));
let seq = Number(room?.dataset.seq || 0), price, waiting = false, again = false, timer;
const same = location.pathname;

async function refresh() {
  if (waiting) { again = true; return; }
  waiting = true;
  if (!bidder) await new Promise(done => setTimeout(done, 2000 + Math.random() * 4000));
  again = false;
  await swap(same, parts, false).catch(() => {});
  const shown = $("#room-now .pp-price");
  if (shown) say(shown.textContent.trim());
  setTimeout(() => { waiting = false; if (again) { again = false; refresh(); } }, 200);
}
function show({ price, leader }) {
  const figure = $("#room-now .pp-price .num"), code = $("#room-leader"), short = $("#room-short");
  if (figure) {
    const places = price % 100 ? 2 : 0;
    const text = (price / 100).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
    figure.textContent = figure.textContent.replace(/[\d,.]+/, text);
  }
  if (short) short.hidden = true;
  if (code && leader) code.textContent = leader;
}
function news(event) {
  const told = JSON.parse(event.data);
  if (event.type === "bid" && told.seq <= seq) return;
  if (event.type === "bid" && told.public.price && room.dataset.currency === "CNY") show(told.public);
  if (told.seq !== seq || event.type === "over" || event.type === "state" && price !== undefined && told.price !== price) refresh();
  seq = told.seq;
  price = event.type === "state" ? told.price : told.public?.price ?? price;
}
function poll() {
  clearInterval(timer);
  timer = setInterval(async () => {
    const answer = await fetch(room.dataset.poll).catch(() => null);
    if (answer?.ok) news({ type: "state", data: await answer.text() });
  }, 3000);
}
if (room) {
  const stream = new EventSource(room.dataset.room);
  for (const kind of ["state", "bid", "over"]) stream.addEventListener(kind, news);
  stream.addEventListener("over", () => stream.close());
  stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) poll(); };
  addEventListener("pagehide", () => stream.close());
}
