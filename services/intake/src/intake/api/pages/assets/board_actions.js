// What an engineer may do with a ticket, as it stands: a form each, of which one is open.
import { encoded } from "./api.js";
import { field, h, isEdited } from "./dom.js";
import { fieldName, instantOf, say } from "./words.js";

const OPEN = ["registered", "accepted", "in_progress", "waiting", "deferred"];

export class Actions {
  constructor(board, seen) {
    this.board = board;
    this.root = h("section", { id: "actions-part" });
    this.body = h("div", { id: "actions" });
    this.root.append(h("h2", {}, say("board", "actions")), this.body);
    this.update(seen);
  }

  // Drawn anew only where what may be done has changed, and nobody is in the middle of it.
  update(seen) {
    this.seen = seen;
    const { ticket } = seen;
    const state = JSON.stringify([ticket.status, ticket.assignee, isCallAwaited(seen), seen.standing?.level]);
    const isBusy = [...this.body.querySelectorAll("form")].some(isEdited);
    if (state === this.state || (isBusy && this.state !== undefined)) return;
    this.state = state;
    const open = this.body.querySelector("details[open]")?.id ?? "do-answer";
    this.body.replaceChildren(...this.forms());
    const chosen = this.body.querySelector(`#${open}`);
    if (chosen) chosen.open = true;
  }

  forms() {
    const status = this.seen.ticket.status;
    if (["refused", "merged"].includes(status)) return [];
    const isOpen = OPEN.includes(status);
    return [
      this.answer(), this.note(), isOpen && this.ask(), isOpen && this.escalate(),
      status === "deferred" ? this.button("resume", "resumption") : isOpen && this.defer(), isOpen && this.resolve(), this.more(),
    ].filter(Boolean);
  }

  // name: of its words; act: takes the form, gives what is sent as [method, path, body]
  form(name, fields, act) {
    const button = h("button", {}, say("board", name === "answer" || name === "note" || name === "ask" ? "send" : name));
    const form = h("form", { class: "stack" }, fields, h("p", {}, button));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        await this.send(...await act(form));
        form.reset();
      } catch (fault) {
        this.board.refused(fault);
      }
      button.disabled = false;
    });
    return h("details", { class: "action", name: "action", id: `do-${name}` }, h("summary", {}, say("board", name)), form);
  }

  async send(method, path, body) {
    await this.board.api.send(method, `/tickets/${this.seen.ticket.id}/${path}`, body);
    this.board.done(say("board", "done"));
    this.state = "";
    this.board.changed();
  }

  button(name, path, method = "POST", body = method === "POST" ? {} : undefined) {
    return h("button", { type: "button", class: "quiet small", "data-do": name, onclick: () => this.send(method, path, body).catch((fault) => this.board.refused(fault)) }, say("board", name));
  }

  answer() {
    const text = h("textarea", { name: "text", rows: 4, required: true, maxlength: 200000 });
    const files = h("input", { type: "file", name: "files", multiple: true });
    return this.form("answer", [...this.standard(text), ...field(say("board", "text"), text), ...field(say("board", "attach"), files)],
      async (form) => ["POST", "messages", { body: form.text.value, attachments: await encoded(files.files) }]);
  }

  note() {
    const text = h("textarea", { name: "text", rows: 3, required: true, maxlength: 200000 });
    return this.form("note", field(say("board", "text"), text, say("board", "note_hint")),
      (form) => ["POST", "messages", { body: form.text.value, visibility: "internal" }]);
  }

  ask() {
    const names = Object.keys(this.board.policy.request?.fields ?? {});
    const known = [...new Set([...names, "screenshot", "log"])];
    const checks = h("fieldset", {}, h("legend", {}, say("board", "ask_items")), h("div", { class: "checks" },
      known.map((name) => h("label", {}, h("input", { type: "checkbox", name: "items", value: name }), fieldName(name)))));
    const other = h("input", { name: "other", maxlength: 100 });
    const note = h("textarea", { name: "note", rows: 3, maxlength: 200000 });
    return this.form("ask", [checks, ...field(say("board", "ask_item"), other), ...field(say("board", "ask_note"), note)], (form) => {
      const items = [...new FormData(form).getAll("items"), form.other.value].filter(Boolean);
      return ["POST", "info-requests", { items: items.length ? items : ["description"], note: form.note.value || null }];
    });
  }

  escalate() {
    const levels = (this.board.policy.levels ?? []).map((each) => each.name);
    const to = h("select", { name: "to" }, h("option", { value: "" }, say("board", "next_level")), levels.map((level) => h("option", { value: level }, level)));
    const reason = h("textarea", { name: "reason", rows: 2, required: true, maxlength: 4000 });
    return this.form("escalate", [...field(say("board", "escalate_to"), to), ...field(say("board", "escalate_reason"), reason)],
      () => ["POST", "escalations", to.value ? { reason: reason.value, to: to.value } : { reason: reason.value }]);
  }

  defer() {
    const reasons = this.board.policy.reasons?.deferral ?? [];
    if (!reasons.length) return null;
    const reason = h("select", { name: "reason", required: true }, reasons.map((code) => h("option", { value: code }, say("reasons", code))));
    const until = h("input", { type: "datetime-local", name: "until" });
    const note = h("textarea", { name: "note", rows: 2, maxlength: 200000 });
    return this.form("defer", [...field(say("board", "reason"), reason), ...field(say("board", "until"), until), ...field(say("board", "remark"), note)],
      () => ["POST", "deferral", { reason: reason.value, note: note.value || null, until: until.value ? instantOf(until.value) : null }]);
  }

  resolve() {
    const text = h("textarea", { name: "text", rows: 4, required: true, maxlength: 200000 });
    const links = h("textarea", { name: "links", rows: 2 });
    return this.form("resolve", [...this.standard(text, links), ...field(say("board", "text"), text), ...field(say("board", "links"), links)],
      () => ["POST", "resolution", { text: text.value, links: links.value.split(/\s+/).filter(Boolean) }]);
  }

  // The desk's library: choosing an answer writes it into the form, to be read and changed.
  standard(text, links) {
    const { answers } = this.board;
    if (!answers.length) return [];
    const chooser = h("select", { class: "standard" }, h("option", { value: "" }, say("board", "none")), answers.map((each, index) => h("option", { value: index }, each.title)));
    chooser.addEventListener("change", () => {
      const chosen = answers[chooser.value];
      if (!chosen) return;
      const body = chosen.text ?? chosen.title;
      text.value = [text.value, links ? body : [body, ...chosen.links].join("\n")].filter(Boolean).join("\n\n");
      if (links) links.value = [links.value, ...chosen.links].filter(Boolean).join("\n");
    });
    return field(say("board", "standard"), chooser);
  }

  more() {
    const { ticket } = this.seen, { me, engineer } = this.board;
    const minutes = h("input", { type: "number", name: "minutes", min: 1, max: 1440, required: true });
    const work = h("form", { class: "stack" }, field(say("board", "minutes"), minutes), h("p", {}, h("button", { class: "quiet small" }, say("board", "log_work"))));
    work.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send("POST", "work", { minutes: Number(minutes.value) }).then(() => work.reset(), (fault) => this.board.refused(fault));
    });
    const isOpen = OPEN.includes(ticket.status);
    const buttons = [
      isOpen && engineer && ticket.assignee !== me.subject && this.button("take", "assignment", "POST", { engineer: me.subject }),
      isOpen && ticket.assignee && this.button("release", "assignment", "DELETE", undefined),
      ticket.status !== "closed" && this.button("close", "closure"),
      isCallAwaited(this.seen) && this.button("call_done", "callbacks", "POST", { purpose: ticket.accepted_at ? "answer" : "confirmation" }),
    ].filter(Boolean);
    return h("details", { class: "action", name: "action", id: "do-more" }, h("summary", {}, say("board", "more")),
      h("div", { class: "stack" }, isCallAwaited(this.seen) && h("p", {}, say("board", "call_wanted")), h("div", { class: "buttons" }, buttons), ticket.status !== "closed" && work));
  }
}

function isCallAwaited({ ticket, history }) {
  return history.reduce((isAwaited, row) => (row.type === "CallbackRequested" ? true : row.type === "CallbackLogged" ? false : isAwaited), ticket.callback);
}
