// The engineer's board: who is in, what is shown, and that it keeps up with what happens.
import { Refusal, apiOf } from "./api.js";
import { Lists } from "./board_lists.js";
import { TicketPane } from "./board_ticket.js";
import { follow, soon } from "./live.js";
import { fill, goBy, say, violation } from "./words.js";

const KEPT = "board:key", TICK_MS = 30_000, TOLD_MS = 8000;
const part = (id) => document.getElementById(id);
const notice = part("notice");

function tell(text, kind = "") {
  notice.className = `notice ${kind}`;
  notice.textContent = text;
}

// What a refusal says, in words.
function why(fault) {
  if (!(fault instanceof Refusal)) return say("board", "away");
  return fill(say("board", "refused"), { why: fault.violations.map(violation).join("; ") || fault.message });
}

async function known(key) {
  const api = apiOf(key);
  const me = await api.get("/me");
  if (me.role !== "agent") throw new Error(say("board", "not_agent"));
  const [policy, answers, engineers] = await Promise.all([
    api.get(`/desks/${me.desk}/policy`), api.get(`/desks/${me.desk}/answers`), api.get(`/desks/${me.desk}/engineers`),
  ]);
  const byId = new Map(engineers.map((each) => [each.id, each]));
  const nameOf = (id) => byId.get(id)?.name ?? id;
  return { api, me, desk: me.desk, policy: policy.policy, answers: answers.items, engineer: byId.get(me.subject) ?? null, nameOf };
}

async function signIn(key) {
  try {
    begin(await known(key));
    sessionStorage.setItem(KEPT, key);
  } catch (fault) {
    sessionStorage.removeItem(KEPT);
    tell(fault instanceof Refusal ? (fault.status === 401 ? say("board", "wrong_key") : why(fault)) : fault.message, "bad");
    part("signing-in").hidden = false;
  }
}

function signOut() {
  sessionStorage.removeItem(KEPT);
  location.replace("/board");
}

function begin(seat) {
  goBy(seat.policy.time_zone);
  part("zone").textContent = fill(say("portal", "zone"), { zone: seat.policy.time_zone });
  tell(seat.engineer ? "" : fill(say("board", "unknown_engineer"), { id: seat.me.subject }), "bad");
  part("signing-in").hidden = true;
  part("desk").hidden = false;
  part("sign-out").hidden = false;
  part("who").textContent = `${seat.policy.name} · ${seat.nameOf(seat.me.subject)}`;
  const done = (text) => {
    tell(text, "good");
    setTimeout(() => notice.textContent === text && tell(""), TOLD_MS);
  };
  const board = { ...seat, done, refused: (fault) => tell(why(fault), "bad"), changed: () => refresh() };
  const lists = new Lists(board, part("lists"));
  const pane = new TicketPane(board, part("ticket"));
  const refresh = soon(() => { lists.refresh(); pane.refresh(); });
  const show = () => open(lists, pane);
  addEventListener("hashchange", show);
  addEventListener("resize", soon(() => pane.refresh(), 1000));
  lists.refresh().then(show);
  setInterval(() => lists.draw(), TICK_MS);
  keepUp(seat, refresh);
}

function open(lists, pane) {
  const id = /^#\/tickets\/([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null;
  part("desk").classList.toggle("reading", id !== null);
  lists.choose(id);
  pane.open(id);
}

function keepUp(seat, refresh) {
  let wasAway = false;
  follow(`/v1/events/stream?desk=${seat.desk}`, "end", seat.api.headers, {
    event: refresh,
    away: (isAway) => {
      if (isAway) tell(say("board", "away"), "bad");
      else if (wasAway) { tell(""); refresh(); }
      wasAway = isAway;
    },
    refused: signOut,
  });
}

part("signing-in").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(part("key").value.trim());
});
part("sign-out").addEventListener("click", signOut);
const kept = sessionStorage.getItem(KEPT);
if (kept) {
  part("signing-in").hidden = true;
  signIn(kept);
}
