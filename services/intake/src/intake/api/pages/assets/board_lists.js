// The lists: deadlines soonest first, the queue by level, my own; and what a search finds.
import { h, time } from "./dom.js";
import { fill, say, span, when } from "./words.js";

const ENDED = ["closed", "refused", "merged"];
const TONES = { breached: "bad", running: "", paused: "plain" };
const SOON_MS = 60 * 60_000;

export class Lists {
  constructor(board, root) {
    this.board = board;
    this.list = root.querySelector("#list");
    this.claims = root.querySelector("#claims");
    this.tabs = root.querySelector("#tabs");
    this.tab = "deadlines";
    this.chosen = null;
    this.data = { clocks: [], queue: [], mine: [], found: [] };
    this.tickets = new Map();
    root.querySelector("#find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search(event.target.q.value.trim());
    });
  }

  async refresh() {
    const { api, desk, me } = this.board;
    try {
      const [clocks, queue, recent, mine] = await Promise.all([
        api.get(`/desks/${desk}/sla?limit=100`), api.get(`/desks/${desk}/queue?limit=100`),
        api.get(`/tickets?desk=${desk}&limit=100`), api.get(`/tickets?desk=${desk}&assignee=${encodeURIComponent(me.subject)}&limit=100`),
      ]);
      for (const ticket of [...recent.items, ...mine.items]) this.tickets.set(ticket.id, ticket);
      await this.complete([...clocks.items, ...queue.items].map((each) => each.ticket));
      Object.assign(this.data, { clocks: clocks.items, queue: queue.items, mine: mine.items.filter((each) => !ENDED.includes(each.status)) });
      this.draw();
    } catch (fault) {
      this.board.refused(fault);
    }
  }

  // Older ones, which the newest hundred lack.
  async complete(ids) {
    const missing = [...new Set(ids)].filter((id) => !this.tickets.has(id));
    const found = await Promise.all(missing.map((id) => this.board.api.find(`/tickets/${id}`)));
    for (const ticket of found.filter(Boolean)) this.tickets.set(ticket.id, ticket);
  }

  async search(text) {
    if (!text) return this.turnTo("deadlines");
    const found = await this.board.api.get(`/tickets?desk=${this.board.desk}&q=${encodeURIComponent(text)}&limit=50`);
    this.data.found = found.items;
    for (const ticket of found.items) this.tickets.set(ticket.id, ticket);
    this.turnTo("found");
  }

  turnTo(tab) {
    this.tab = tab;
    this.draw();
  }

  choose(id) {
    this.chosen = id;
    this.draw();
  }

  draw() {
    const focused = document.activeElement;
    const key = focused?.closest?.("#lists") ? focused.getAttribute("href") ?? focused.dataset?.key : null;
    this.tabs.replaceChildren(...["deadlines", "queue", "mine"].map((tab) => this.tabButton(tab)));
    this.claims.replaceChildren(...this.claimButtons());
    const rows = this.rows();
    this.list.replaceChildren(...(rows.length ? rows : [h("li", { class: "soft" }, say("board", "nothing"))]));
    if (key) [...document.querySelectorAll("#lists a, #lists button")].find((each) => (each.getAttribute("href") ?? each.dataset.key) === key)?.focus();
  }

  tabButton(tab) {
    const counts = { deadlines: this.data.clocks.length, queue: this.data.queue.length, mine: this.data.mine.length };
    const isOn = this.tab === tab;
    return h("button", { type: "button", "data-key": `tab-${tab}`, "aria-pressed": String(isOn), onclick: () => this.turnTo(tab) },
      `${say("board", tab)} ${counts[tab]}`);
  }

  claimButtons() {
    const { engineer } = this.board;
    if (!engineer) return [];
    const levels = [...new Set([engineer.level, ...(this.tab === "queue" ? this.data.queue.map((each) => each.level) : [])])];
    return levels.map((level, index) =>
      h("button", { type: "button", class: index ? "quiet small" : "small", "data-key": `claim-${level}`, onclick: () => this.claim(level) },
        fill(say("board", "claim_level"), { level })));
  }

  async claim(level) {
    const { api, desk, me, done, refused } = this.board;
    try {
      const given = await api.send("POST", `/desks/${desk}/queue/claims`, { engineer: me.subject, level });
      if (given === null) return done(say("board", "nothing_waits"));
      location.hash = `#/tickets/${given.ticket}`;
      this.board.changed();
    } catch (fault) {
      refused(fault);
    }
  }

  rows() {
    if (this.tab === "deadlines") return this.data.clocks.map((clock) => this.row(clock.ticket, this.deadline(clock)));
    if (this.tab === "queue") return this.queued();
    return this.data[this.tab].map((ticket) => this.row(ticket.id, h("span", { class: "soft" }, say("priorities", ticket.priority))));
  }

  queued() {
    const levels = [...new Set(this.data.queue.map((each) => each.level))];
    return levels.flatMap((level) => [
      h("li", {}, h("h2", {}, `${say("board", "level")} ${level}`)),
      ...this.data.queue.filter((each) => each.level === level).map((each) => this.row(each.ticket,
        h("span", { class: "soft" }, time(each.waiting_since, fill(say("board", "waits"), { at: when(each.waiting_since) })), ` · ${say("priorities", each.priority)}`))),
    ]);
  }

  row(id, told) {
    const ticket = this.tickets.get(id);
    return h("li", {}, h("a", { href: `#/tickets/${id}`, "aria-current": this.chosen === id ? "true" : null },
      h("span", { class: "line soft" }, h("span", {}, ticket?.number ?? "…"), h("span", {}, ticket ? say("statuses", ticket.status) : "")),
      h("span", { class: "subject" }, ticket?.subject ?? ticket?.number ?? id),
      h("span", { class: "line" }, told)));
  }

  deadline(clock) {
    const left = clock.due_at ? new Date(clock.due_at) - Date.now() : null;
    const text = left === null ? say("board", "still") : fill(say("board", left < 0 ? "overdue" : "left"), { span: span(left) });
    const tone = left !== null && left > 0 && left < SOON_MS && clock.state === "running" ? "warn" : left < 0 ? "bad" : TONES[clock.state] ?? "";
    return [h("span", { class: "soft" }, say("metrics", clock.metric)), h("span", { class: `chip ${tone}` }, clock.due_at ? time(clock.due_at, text) : text)];
  }
}
