// The live room: a stream tells that something happened, the page's own parts are fetched again.
import { $, say, swap } from "./app.js";
const room = $("#room-now");
const parts = ["room-now", "room-says", "room-history", "room-mine", "room-accept"];
let seq = Number(room?.dataset.seq || 0), waiting = false, again = false, timer;
const same = location.pathname;

async function refresh() {
  if (waiting) { again = true; return; }
  waiting = true;
  await swap(same, parts, false);
  const price = $("#room-now .pp-price");
  if (price) say(price.textContent.trim());
  setTimeout(() => { waiting = false; if (again) { again = false; refresh(); } }, 200);
}
function news(event) {
  const told = JSON.parse(event.data);
  if (told.seq !== seq || event.type === "over") { seq = told.seq; refresh(); }
}
function poll() {
  clearInterval(timer);
  timer = setInterval(async () => {
    const answer = await fetch(room.dataset.poll);
    if (answer.ok) news({ type: "state", data: await answer.text() });
  }, 3000);
}
if (room) {
  const stream = new EventSource(room.dataset.room);
  for (const kind of ["state", "bid", "over"]) stream.addEventListener(kind, news);
  stream.addEventListener("over", () => stream.close());
  stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) poll(); };
  addEventListener("pagehide", () => stream.close());
}
