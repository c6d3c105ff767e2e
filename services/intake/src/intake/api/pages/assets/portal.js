// The requester's page is whole without this; with it, it opens by itself from the letter's link,
// keeps up with what happens, and tells every stretch of time in words.
import { follow, soon } from "./live.js";

const MINUTE_MS = 60_000;
const page = document.body.dataset;

async function open() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname); // the token stays in no history
  const notice = document.getElementById("notice");
  const said = notice.textContent;
  notice.textContent = notice.dataset.opening;
  const answer = await fetch(page.session, { method: "POST", body: new URLSearchParams({ token }) }).catch(() => null);
  if (answer?.ok) return location.replace(location.pathname);
  notice.textContent = answer ? refusedText(await answer.text()) : said;
}

function refusedText(html) {
  return new DOMParser().parseFromString(html, "text/html").getElementById("notice")?.textContent ?? "";
}

const isEdited = (form) => [...form.elements].some((each) =>
  each.files ? each.files.length : each.type === "radio" ? each.checked !== each.defaultChecked
    : "defaultValue" in each ? each.value !== each.defaultValue : false);

function exchange(id, fresh) {
  const old = document.getElementById(id), next = fresh.getElementById(id);
  if (!old || !next || old.isEqualNode(next)) return false;
  old.replaceWith(next);
  return true;
}

function exchangeForms(fresh) {
  const old = document.getElementById("further"), write = document.getElementById("write");
  const busy = (part) => part && (part.contains(document.activeElement) || [...part.querySelectorAll("form")].some(isEdited));
  if (old && !busy(old)) exchange("further", fresh);
  if (!write || (!write.contains(document.activeElement) && !isEdited(write))) exchange("write", fresh);
}

async function refresh() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!fresh.body.dataset.ticket) return location.reload();
  const told = document.getElementById("stretches")?.open;
  const reading = document.activeElement?.closest("[data-live] [href], [data-live] summary");
  const place = reading && [...document.querySelectorAll("[data-live] [href], [data-live] summary")].indexOf(reading);
  for (const part of document.querySelectorAll("[data-live]")) {
    if (exchange(part.id, fresh) && part.id !== "deadlines") document.getElementById(part.id).classList.add("fresh");
  }
  exchangeForms(fresh);
  document.title = fresh.title;
  tellStretches(told);
  if (reading && !reading.isConnected) document.querySelectorAll("[data-live] [href], [data-live] summary")[place]?.focus();
}

function tellStretches(isOpen) {
  const details = document.getElementById("stretches");
  if (!details) return;
  details.hidden = false;
  const tell = async () => {
    if (!details.open) return;
    const answer = await fetch(details.dataset.clocks, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) details.querySelector("ul").replaceChildren(...lines((await answer.json()).segments));
  };
  details.addEventListener("toggle", tell);
  details.open = isOpen === true;
}

function lines(segments) {
  const language = document.documentElement.lang;
  const format = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short", timeZone: page.zone });
  return segments.map((each) => {
    const line = document.createElement("li"), time = document.createElement("span");
    time.className = "soft";
    time.textContent = `${format.format(new Date(each.from))} – ${format.format(new Date(each.to))} `;
    line.append(time, each.text);
    return line;
  });
}

function keepUp() {
  const notice = document.getElementById("notice");
  const done = notice.textContent;
  if (location.search || location.hash.startsWith("#token=")) history.replaceState(null, "", location.pathname);
  if (done) notice.focus();
  const refreshSoon = soon(refresh);
  follow(`/v1/tickets/${page.ticket}/stream`, page.after, {}, {
    event: refreshSoon,
    away: (isAway) => {
      if (isAway) notice.textContent = page.away;
      else if (notice.textContent === page.away) { notice.textContent = done; refreshSoon(); }
    },
    refused: () => location.reload(),
  });
  setInterval(() => document.visibilityState === "visible" && refresh(), MINUTE_MS);
  tellStretches(false);
}

if (page.ticket) keepUp();
else { addEventListener("hashchange", open); open(); }
