// The live board: follows the stream of changes, opens forms in a dialog. Without it the page is a picture of one moment.
const board = document.querySelector("[data-board]");
const feed = board.querySelector("[data-events]");
const names = JSON.parse(feed.dataset.names);
const mould = document.getElementById("event-line").content.querySelector("li");
const rows = new Map([...board.querySelectorAll("tr[data-sku]")].map((row) => [`${row.dataset.location}\n${row.dataset.sku}`, row]));
const links = new Map([...board.querySelectorAll("[data-peer]")].map((link) => [link.dataset.peer, link]));
const number = new Intl.NumberFormat();
const signed = new Intl.NumberFormat(undefined, { signDisplay: "always" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const EVENTS = 50;
const LONGEST_WAIT = 30_000;

let source = null;
let paused = false;
let wait = 1_000;

function state(name, text) {
  const shown = board.querySelector("[data-live]");
  shown.dataset.live = name;
  shown.querySelector("[data-live-text]").textContent = text;
}

function put(cell, value) {
  const before = Number(cell.dataset.value ?? cell.textContent.replace(/\D/g, ""));
  cell.dataset.value = value;
  if (before === value) return;
  cell.textContent = number.format(value);
  cell.classList.remove("rose", "fell");
  // Looked at in between, so that the same movement can be shown twice in a row.
  void cell.offsetWidth;
  cell.classList.add(value > before ? "rose" : "fell");
}

function showRow(told) {
  const row = rows.get(`${told.location}\n${told.sku}`);
  if (!row) return;
  for (const cell of row.querySelectorAll("[data-field]")) put(cell, told[cell.dataset.field]);
  for (const cell of row.querySelectorAll("[data-region]")) put(cell, told.available[cell.dataset.region] ?? 0);
  row.toggleAttribute("data-is-low", told.low);
}

const seconds = (ms) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${number.format(Math.floor(ms / 60_000))} min`);
const size = (bytes) => (bytes < 1000 ? `${bytes} Bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

// Which end is to heal it: this one first, since it can.
const cutIn = ({ cut_in: ends, source }) => (ends.includes(source) ? "here" : ends.length ? "there" : "");

function showLink(told) {
  const link = links.get(told.peer);
  if (!link) return;
  const texts = {
    state: told.said,
    lag_ms: seconds(told.lag_ms),
    waiting: number.format(told.waiting),
    contact_age_ms: told.contact_age_ms === null ? "never" : `${seconds(told.contact_age_ms)} ago`,
    items: number.format(told.items),
    bytes: size(told.bytes),
    problem: told.problem,
  };
  link.dataset.state = told.state;
  for (const [name, text] of Object.entries(texts)) {
    const shown = link.querySelector(`[data-link="${name}"]`);
    if (shown.textContent !== text) shown.textContent = text;
  }
  for (const shown of link.querySelectorAll("[data-cut-in]")) shown.hidden = shown.dataset.cutIn !== cutIn(told);
}

// A count made before counts were told has only its difference.
function amount({ kind, counted, quantity }) {
  if (counted !== null) return ` ${number.format(counted)} (${signed.format(quantity)})`;
  if (kind === "count" || kind === "adjust") return ` ${signed.format(quantity)}`;
  return quantity ? ` ${number.format(Math.abs(quantity))}` : "";
}

function line(told) {
  const made = mould.cloneNode(true);
  made.dataset.kind = told.kind;
  made.dataset.entry = `${told.region}:${told.entry_id}`;
  const part = (name) => made.querySelector(`[data-event="${name}"]`);
  part("what").textContent = (names[told.kind] ?? told.kind) + amount(told);
  for (const name of ["sku", "region", "who", "why"]) part(name).textContent = told[name];
  part("location").textContent = told.place;
  part("location").title = told.location;
  part("sku").href = `${feed.dataset.itemUrl}${encodeURIComponent(told.sku)}/`;
  part("why").hidden = !told.why;
  showTime(part("at"), new Date(told.at));
  return made;
}

function showTime(shown, at) {
  shown.dateTime = at.toISOString();
  shown.textContent = clock.format(at);
}

function showEvents(told, whole) {
  if (!told.length) return;
  const known = new Set([...feed.children].map((each) => each.dataset.entry));
  const fresh = told.filter((each) => !known.has(`${each.region}:${each.entry_id}`));
  if (whole && fresh.length === told.length) feed.replaceChildren();
  feed.prepend(...fresh.map(line).reverse());
  while (feed.children.length > EVENTS) feed.lastElementChild.remove();
  board.querySelector(".no-events").hidden = true;
}

function hear({ data }) {
  const told = JSON.parse(data);
  told.rows.forEach(showRow);
  told.links?.forEach(showLink);
  showEvents(told.events, told.whole);
  wait = 1_000;
  if (told.away) state("away", "The stock does not answer just now");
  else state("on", "Live");
}

function listen(address) {
  source = new EventSource(address);
  source.addEventListener("message", hear);
  source.addEventListener("error", () => {
    if (paused) return;
    state("away", "Connecting again…");
    // A browser tries again by itself after a lost connection, but not after a refusal: the ticket is old.
    if (source.readyState === EventSource.CLOSED) setTimeout(renew, wait);
  });
}

async function renew() {
  if (paused) return;
  wait = Math.min(wait * 2, LONGEST_WAIT);
  try {
    const reply = await fetch(board.dataset.ticket, { redirect: "manual" });
    if (!reply.ok) {
      if (reply.status < 500) return state("off", "No longer live: load the page again");
      throw new Error(reply.statusText);
    }
    listen((await reply.json()).stream);
  } catch {
    setTimeout(renew, wait);
  }
}

board.querySelector("[data-pause]").addEventListener("click", ({ currentTarget }) => {
  paused = !paused;
  currentTarget.textContent = paused ? "Go on" : "Pause";
  source?.close();
  if (paused) state("off", "Paused");
  else renew();
});

for (const shown of feed.querySelectorAll("time")) showTime(shown, new Date(shown.dateTime));
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", ({ persisted }) => persisted && !paused && renew());
listen(board.dataset.stream);

const dialog = document.getElementById("work");
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "work-body") return;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[aria-invalid], [role=alert], #work-title")?.focus();
});
