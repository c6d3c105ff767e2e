// One ticket: how it stands, its clocks, what was said, what an engineer may do, its history.
import { Actions } from "./board_actions.js";
import { h, time } from "./dom.js";
import { exactly, fieldName, language, say, violation, when } from "./words.js";

const TONES = { returned: "warn", waiting: "warn", deferred: "warn", resolved: "good", closed: "plain", refused: "bad", merged: "plain" };
const SHOWN_MS = 60_000;

export class TicketPane {
  constructor(board, root) {
    this.board = board;
    this.root = root;
    this.placeholder = [...root.childNodes];
    this.id = null;
  }

  async open(id) {
    if (id === this.id) return;
    this.id = id;
    this.actions = null;
    this.picture = null;
    if (id === null) return this.root.replaceChildren(...this.placeholder);
    this.root.replaceChildren();
    await this.refresh();
    this.root.querySelector("h1")?.focus();
  }

  async refresh() {
    const id = this.id;
    if (id === null) return;
    const { api } = this.board;
    try {
      const [ticket, messages, history, standing, picture] = await Promise.all([
        api.get(`/tickets/${id}`), api.get(`/tickets/${id}/messages`), api.get(`/tickets/${id}/history`),
        api.find(`/tickets/${id}/escalations`), this.drawn(id),
      ]);
      if (id !== this.id) return;
      this.show({ ticket, messages: messages.items, history: history.items, standing, picture });
    } catch (fault) {
      this.board.refused(fault);
    }
  }

  async drawn(id) {
    const width = Math.max(320, Math.min(1000, this.root.clientWidth - 40));
    try {
      const text = await this.board.api.text(`/tickets/${id}/sla/picture?locale=${language}&width=${Math.round(width)}`);
      return URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    } catch {
      return null; // no clock has started yet
    }
  }

  show(seen) {
    const focused = document.activeElement?.id;
    if (this.actions === null) {
      this.actions = new Actions(this.board, seen);
      this.parts = { head: h("section"), clocks: h("section"), access: h("section"), talk: h("section"), history: h("section") };
      const back = h("a", { class: "button back", href: "#/" }, say("board", "back"));
      this.root.replaceChildren(back, this.parts.head, this.parts.clocks, this.parts.access, this.parts.talk, this.actions.root, this.parts.history);
    } else this.actions.update(seen);
    this.exchange("head", head(seen, this.board.nameOf));
    this.exchange("clocks", this.clocks(seen));
    this.showAccess(seen.ticket);
    this.exchange("talk", talk(seen));
    this.exchange("history", past(seen, this.board.nameOf));
    for (const file of this.root.querySelectorAll("a[data-file]")) file.onclick = (event) => this.save(event);
    if (focused) document.getElementById(focused)?.focus();
  }

  exchange(name, children) {
    const scrolled = this.parts[name].querySelector("ol")?.scrollTop;
    this.parts[name].replaceChildren(...children);
    const list = this.parts[name].querySelector("ol");
    if (list && name === "talk") list.scrollTop = list.scrollHeight;
    else if (list) list.scrollTop = scrolled ?? 0;
  }

  clocks({ picture }) {
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = picture;
    this.parts.clocks.hidden = !picture;
    return picture ? [h("h2", {}, say("board", "deadlines")), h("img", { class: "timeline", src: picture, alt: say("board", "picture") })] : [];
  }

  // Never shown unasked, and not for long.
  showAccess(ticket) {
    const part = this.parts.access;
    part.hidden = !ticket.credentials;
    if (!ticket.credentials || part.dataset.of === ticket.credentials) return;
    part.dataset.of = ticket.credentials;
    const secret = h("dl", { class: "secret", hidden: true });
    const button = h("button", { type: "button", class: "quiet small", id: "access" }, say("board", "access_show"));
    const hide = () => { secret.hidden = true; secret.replaceChildren(); button.textContent = say("board", "access_show"); };
    button.addEventListener("click", async () => {
      if (!secret.hidden) return hide();
      try {
        const { access } = await this.board.api.get(`/tickets/${ticket.id}/credentials`);
        secret.replaceChildren(...Object.entries(access).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
        secret.hidden = false;
        button.textContent = say("board", "access_hide");
        setTimeout(hide, SHOWN_MS);
      } catch (fault) {
        this.board.refused(fault);
      }
    });
    part.replaceChildren(h("h2", {}, say("board", "access")), h("p", {}, `${say("board", "access_lent")} ${say("board", "access_note")}`),
      h("p", { class: "soft" }, say("board", "access_other")), h("p", {}, button), secret);
  }

  async save(event) {
    event.preventDefault();
    const link = event.currentTarget;
    const answer = await fetch(`/v1/tickets/${this.id}/attachments/${link.dataset.file}`, { headers: this.board.api.headers });
    if (!answer.ok) return;
    const url = URL.createObjectURL(await answer.blob());
    h("a", { href: url, download: link.textContent }).click();
    setTimeout(() => URL.revokeObjectURL(url), SHOWN_MS);
  }
}

// The way to where our own engineers see what the system did, where somebody keeps that.
const traceOf = (row) => row?.trace_url && [" ", h("a", { class: "trace", href: row.trace_url, target: "_blank", rel: "noopener noreferrer" }, say("board", "trace"))];

function head({ ticket, standing, history }, nameOf) {
  const facts = [
    ["priority", say("priorities", ticket.priority)], ["category", ticket.category], ["level", standing?.level ?? ticket.level],
    ["assignee", ticket.assignee ? nameOf(ticket.assignee) : say("board", "nobody")], ["department", ticket.department], ["opened", when(ticket.arrived_at)],
    ["rating", ticket.rating && `${ticket.rating} / 5`], ["violations", ticket.violations.map(violation).join("; ")],
  ].filter(([, value]) => value);
  return [
    h("p", { class: "soft" }, ticket.number),
    h("h1", { tabindex: "-1", id: "subject" }, ticket.subject ?? say("board", "erased")),
    h("p", {}, h("span", { class: `chip ${TONES[ticket.status] ?? ""}` }, say("statuses", ticket.status)), traceOf(history.find((row) => row.trace_url))),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, say("board", name)), h("dd", {}, value)))),
  ];
}

function talk({ ticket, messages }) {
  const first = ticket.description ? [{ ...EMPTY, author_kind: "requester", at: ticket.arrived_at, body: ticket.description, fields: ticket.fields, attachments: openingFiles(ticket, messages) }] : [];
  const shown = [...first, ...messages].map(said);
  return [h("h2", { id: "talk-title" }, say("board", "conversation")), h("ol", { class: "messages", tabindex: "0", "aria-labelledby": "talk-title" }, shown)];
}

const EMPTY = { visibility: "public", type: "", items: [], links: [], attachments: [], fields: {} };

function openingFiles(ticket, messages) {
  const later = new Set(messages.flatMap((each) => each.attachments.map((file) => file.id)));
  return ticket.attachments.filter((file) => !later.has(file.id));
}

function said(each) {
  const kind = each.visibility === "internal" ? "note" : each.type === "Resolved" ? "answer" : "";
  const side = each.author_kind === "requester" ? "theirs" : "own";
  const marks = [each.automatic && say("board", "automatic"), kind === "note" && say("board", "note"), kind === "answer" && say("portal", "answer_of")].filter(Boolean);
  const body = each.erased_at ? say("board", "erased") : each.body ?? (each.items.length ? "" : say("board", "pending"));
  const given = Object.entries(each.fields).map(([name, value]) => `${fieldName(name)}: ${value}`);
  return h("li", { class: `message ${side} ${kind}` },
    h("p", { class: "by" }, h("strong", {}, say("actors", each.author_kind)), " ", h("span", { class: "soft" }, time(each.at, exactly(each.at)), marks.map((mark) => ` · ${mark}`))),
    each.items.length ? h("ul", { class: "asked" }, each.items.map((item) => h("li", {}, fieldName(item)))) : null,
    body || given.length ? h("p", { class: "body" }, [body, ...given].filter(Boolean).join("\n")) : null,
    each.links.map((link) => h("p", {}, h("a", { href: link, rel: "noopener noreferrer" }, link))),
    each.attachments.length ? h("ul", { class: "files" }, each.attachments.map((file) => h("li", {}, h("a", { href: "#", "data-file": file.id }, file.name ?? file.format)))) : null);
}

function past({ history }, nameOf) {
  const rows = [...history].reverse().map((row) => {
    const metric = row.data.metric ? `${say("timeline", "colon")}${say("metrics", row.data.metric)}` : "";
    return h("li", {}, h("span", { class: "what" }, say("events", row.type) + metric),
      h("span", { class: "soft" }, time(row.at, exactly(row.at)), ` · ${say("actors", row.actor.kind)}${row.actor.kind === "engineer" ? ` ${nameOf(row.actor.id)}` : ""}`, traceOf(row)));
  });
  return [h("h2", { id: "past-title" }, say("board", "history")), h("ol", { class: "history", tabindex: "0", "aria-labelledby": "past-title", reversed: true }, rows)];
}
