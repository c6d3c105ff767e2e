"use strict";
// The requester's page. Everything shown is set by textContent: letters are others' words.

const TEXTS = {
  en: {
    missing: "This link is not complete. Please open the link from our letter again.",
    invalid: "This link is no longer valid, or it is for another ticket. Please use the link from our latest letter, or just reply to that letter.",
    away: "The data cannot be fetched right now. We will try again in a few seconds.",
    loading: "Loading…", ticket: "Ticket", noSubject: "(no subject)", clocks: "Deadlines",
    messages: "Messages", history: "History", noClocks: "No deadline runs for this ticket.",
    clocksAway: "The deadlines cannot be shown right now.", nothing: "Nothing yet.",
    due: "Due", noDue: "No due time while paused", counted: "counts", paused: "does not count",
    stretches: "Every stretch of time", erased: "(text erased)", pending: "(the text is not here yet)", cycle: "round",
    files: "Files",
    status: { returned: "Returned: something is missing", registered: "Registered", accepted: "Accepted", in_progress: "In progress", waiting: "Waiting for your answer", deferred: "Put off", resolved: "Resolved", closed: "Closed", refused: "Refused", merged: "Joined to another ticket" },
    metric: { first_response: "First response", next_response: "Next response", update: "Update", work_started: "Start of work", handling: "Handling", resolution: "Resolution" },
    state: { running: "running", paused: "paused", met: "met", breached: "missed", cancelled: "cancelled" },
    actor: { requester: "Requester", engineer: "Support", integrator: "Connected system", system: "System" },
    reason: { "working time": "working time", night: "outside working hours", weekend: "weekend", holiday: "holiday", waiting: "waiting for your answer", deferred: "put off", resolved: "resolved", closed: "closed" },
    event: { TicketOpened: "Ticket opened", TicketReturned: "Returned for completion", TicketAccepted: "Accepted", AcceptanceWithdrawn: "Acceptance withdrawn", TicketRefused: "Refused", MessageAdded: "Message", InfoRequested: "Information requested", InfoProvided: "Information provided", PriorityChanged: "Priority changed", CategoryChanged: "Category changed", ServiceLevelAssigned: "Service level assigned", TicketDeferred: "Put off", TicketResumed: "Resumed", ScheduleChanged: "Schedule changed", CallbackLogged: "Call back noted", DeliveryReported: "Letter's delivery reported", DuplicateJoined: "Repeated request joined", Resolved: "Resolved", TicketClosed: "Closed", TicketReopened: "Reopened", Queued: "In the queue", Assigned: "Engineer assigned", Unassigned: "Engineer unassigned", Dequeued: "Left the queue", Escalated: "Escalated", EscalationExhausted: "No higher level is left", ClockStarted: "Deadline started", ClockPaused: "Deadline paused", ClockResumed: "Deadline resumed", ClockRescheduled: "Deadline moved", ClockAtRisk: "Deadline is near", ClockBreached: "Deadline missed", ClockMet: "Deadline met", ClockCancelled: "Deadline cancelled", ClockCorrected: "Deadline corrected", ClockExcused: "Missed deadline excused", NotificationSent: "Letter sent", NotificationBounced: "Letter came back", NotificationFailed: "Letter could not be sent", CallbackDue: "Call back due" },
  },
  ru: {
    missing: "Ссылка неполная. Пожалуйста, откройте ссылку из нашего письма ещё раз.",
    invalid: "Ссылка больше не действует или относится к другому обращению. Воспользуйтесь ссылкой из последнего письма или просто ответьте на него.",
    away: "Сейчас не удаётся получить данные. Через несколько секунд попробуем ещё раз.",
    loading: "Загрузка…", ticket: "Обращение", noSubject: "(без темы)", clocks: "Сроки",
    messages: "Сообщения", history: "История", noClocks: "Сроки по этому обращению не идут.",
    clocksAway: "Сейчас не удаётся показать сроки.", nothing: "Пока ничего нет.",
    due: "Срок", noDue: "Пока пауза, срока нет", counted: "засчитывается", paused: "не засчитывается",
    stretches: "Все отрезки времени", erased: "(текст удалён)", pending: "(текст ещё не получен)", cycle: "круг",
    files: "Файлы",
    status: { returned: "Возвращено: не хватает данных", registered: "Зарегистрировано", accepted: "Принято", in_progress: "В работе", waiting: "Ждём вашего ответа", deferred: "Отложено", resolved: "Решено", closed: "Закрыто", refused: "Отказано", merged: "Объединено с другим обращением" },
    metric: { first_response: "Первый ответ", next_response: "Следующий ответ", update: "Новости о ходе работ", work_started: "Начало работ", handling: "Обработка", resolution: "Решение" },
    state: { running: "идёт", paused: "пауза", met: "выполнен", breached: "нарушен", cancelled: "отменён" },
    actor: { requester: "Заявитель", engineer: "Поддержка", integrator: "Внешняя система", system: "Система" },
    reason: { "working time": "рабочее время", night: "нерабочие часы", weekend: "выходной", holiday: "праздник", waiting: "ждём вашего ответа", deferred: "отложено", resolved: "решено", closed: "закрыто" },
    event: { TicketOpened: "Обращение открыто", TicketReturned: "Возвращено на дополнение", TicketAccepted: "Принято", AcceptanceWithdrawn: "Принятие отозвано", TicketRefused: "Отказано", MessageAdded: "Сообщение", InfoRequested: "Запрошены сведения", InfoProvided: "Сведения получены", PriorityChanged: "Изменён приоритет", CategoryChanged: "Изменена категория", ServiceLevelAssigned: "Назначен уровень обслуживания", TicketDeferred: "Отложено", TicketResumed: "Возобновлено", ScheduleChanged: "Изменён план", CallbackLogged: "Отмечен звонок", DeliveryReported: "Сведения о доставке письма", DuplicateJoined: "Присоединено повторное обращение", Resolved: "Решено", TicketClosed: "Закрыто", TicketReopened: "Открыто снова", Queued: "В очереди", Assigned: "Назначен инженер", Unassigned: "Инженер снят", Dequeued: "Вышло из очереди", Escalated: "Эскалация", EscalationExhausted: "Уровней выше нет", ClockStarted: "Срок пошёл", ClockPaused: "Срок приостановлен", ClockResumed: "Срок возобновлён", ClockRescheduled: "Срок перенесён", ClockAtRisk: "Срок близок", ClockBreached: "Срок нарушен", ClockMet: "Срок выполнен", ClockCancelled: "Срок отменён", ClockCorrected: "Срок исправлен", ClockExcused: "Нарушение срока признано уважительным", NotificationSent: "Письмо отправлено", NotificationBounced: "Письмо вернулось", NotificationFailed: "Письмо не отправлено", CallbackDue: "Пора перезвонить" },
  },
  fr: {
    missing: "Ce lien est incomplet. Veuillez ouvrir de nouveau le lien de notre lettre.",
    invalid: "Ce lien n'est plus valable ou concerne une autre demande. Utilisez le lien de notre dernière lettre, ou répondez-y simplement.",
    away: "Les données ne sont pas accessibles pour le moment. Nouvel essai dans quelques secondes.",
    loading: "Chargement…", ticket: "Demande", noSubject: "(sans objet)", clocks: "Délais",
    messages: "Messages", history: "Historique", noClocks: "Aucun délai ne court pour cette demande.",
    clocksAway: "Les délais ne peuvent pas être affichés pour le moment.", nothing: "Rien pour l'instant.",
    due: "Échéance", noDue: "Pas d'échéance pendant la pause", counted: "compte", paused: "ne compte pas",
    stretches: "Toutes les périodes", erased: "(texte effacé)", pending: "(texte pas encore reçu)", cycle: "tour",
    files: "Fichiers",
    status: { returned: "Renvoyée : il manque des éléments", registered: "Enregistrée", accepted: "Acceptée", in_progress: "En cours", waiting: "En attente de votre réponse", deferred: "Reportée", resolved: "Résolue", closed: "Close", refused: "Refusée", merged: "Jointe à une autre demande" },
    metric: { first_response: "Première réponse", next_response: "Réponse suivante", update: "Nouvelles", work_started: "Début du travail", handling: "Traitement", resolution: "Résolution" },
    state: { running: "en cours", paused: "en pause", met: "respecté", breached: "dépassé", cancelled: "annulé" },
    actor: { requester: "Demandeur", engineer: "Assistance", integrator: "Système connecté", system: "Système" },
    reason: { "working time": "heures ouvrées", night: "hors des heures ouvrées", weekend: "week-end", holiday: "jour férié", waiting: "en attente de votre réponse", deferred: "reportée", resolved: "résolue", closed: "close" },
    event: { TicketOpened: "Demande ouverte", TicketReturned: "Renvoyée pour complément", TicketAccepted: "Acceptée", AcceptanceWithdrawn: "Acceptation retirée", TicketRefused: "Refusée", MessageAdded: "Message", InfoRequested: "Informations demandées", InfoProvided: "Informations fournies", PriorityChanged: "Priorité modifiée", CategoryChanged: "Catégorie modifiée", ServiceLevelAssigned: "Niveau de service attribué", TicketDeferred: "Reportée", TicketResumed: "Reprise", ScheduleChanged: "Calendrier modifié", CallbackLogged: "Rappel noté", DeliveryReported: "Remise de la lettre signalée", DuplicateJoined: "Demande répétée jointe", Resolved: "Résolue", TicketClosed: "Close", TicketReopened: "Rouverte", Queued: "En file d'attente", Assigned: "Ingénieur désigné", Unassigned: "Ingénieur retiré", Dequeued: "Sortie de la file", Escalated: "Escalade", EscalationExhausted: "Aucun niveau supérieur", ClockStarted: "Délai commencé", ClockPaused: "Délai suspendu", ClockResumed: "Délai repris", ClockRescheduled: "Échéance déplacée", ClockAtRisk: "Échéance proche", ClockBreached: "Délai dépassé", ClockMet: "Délai respecté", ClockCancelled: "Délai annulé", ClockCorrected: "Délai corrigé", ClockExcused: "Dépassement excusé", NotificationSent: "Lettre envoyée", NotificationBounced: "Lettre revenue", NotificationFailed: "Lettre non envoyée", CallbackDue: "Rappel à faire" },
  },
};
const POLL_MS = 5000, SETTLE_MS = 400;
const asked = (navigator.language || "en").toLowerCase().split("-")[0];
const language = asked in TEXTS ? asked : "en";
const say = TEXTS[language];
const locale = asked === language ? navigator.language : language;
const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const ticket = location.pathname.split("/").pop();
const api = `/v1/tickets/${ticket}`;
const notice = document.getElementById("notice");
const view = document.getElementById("ticket");

class Denied extends Error {}

function takeToken() {
  const key = `portal:${ticket}`;
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(key);
}

function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function tree(name, className, ...children) {
  const element = make(name, undefined, className);
  element.append(...children);
  return element;
}

const when = (at) => dates.format(new Date(at));

function time(at) {
  const element = make("time", when(at), "small");
  element.dateTime = at;
  return element;
}

async function ask(path, token, more = {}) {
  const headers = { Authorization: `Bearer ${token}`, ...more };
  const answer = await fetch(api + path, { headers, cache: "no-store" });
  if ([401, 403].includes(answer.status) || (answer.status === 404 && path === "")) throw new Denied();
  return answer;
}

async function read(path, token) {
  const answer = await ask(path, token);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function readAll(path, token) {
  const items = [];
  for (let cursor = null, first = true; first || cursor; first = false) {
    const page = await read(path + (cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""), token);
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

async function readClocks(token) {
  const answer = await ask("/sla", token);
  if (answer.status === 404) return { targets: [], segments: [] };
  return answer.ok ? answer.json() : null;
}

function reasonOf(segment) {
  const known = Object.keys(say.reason).find((each) => segment.reason.startsWith(each));
  return known ? say.reason[known] + segment.reason.slice(known.length) : segment.reason;
}

function describe(segment) {
  const counts = segment.counted ? say.counted : say.paused;
  return `${when(segment.from)} – ${when(segment.to)}: ${reasonOf(segment)} (${counts})`;
}

function bar(segments) {
  const element = make("div", undefined, "bar");
  element.setAttribute("aria-hidden", "true"); // the list below says the same in words
  for (const segment of segments) {
    const part = make("span", undefined, segment.counted ? "counted" : "");
    part.style.flexGrow = String(Math.max(1, (new Date(segment.to) - new Date(segment.from)) / 1000));
    part.title = describe(segment);
    element.append(part);
  }
  return element;
}

function clock(target, segments, open) {
  const own = segments.filter((each) => each.metric === target.metric && each.cycle === target.cycle);
  const name = say.metric[target.metric] || target.metric;
  const round = target.cycle > 1 ? ` (${say.cycle} ${target.cycle})` : "";
  const item = tree("li", "", make("h3", `${name}${round}: ${say.state[target.state] || target.state}`));
  item.append(make("p", target.due_at ? `${say.due}: ${when(target.due_at)}` : target.state === "paused" ? say.noDue : ""));
  if (!own.length) return item;
  const list = tree("ul", "", ...own.map((each) => make("li", describe(each))));
  const details = tree("details", "", make("summary", say.stretches), list);
  details.dataset.clock = `${target.metric}/${target.cycle}`;
  details.open = open.has(details.dataset.clock);
  item.append(bar(own), details);
  return item;
}

function clocks(sla) {
  if (sla === null) return [make("p", say.clocksAway)];
  if (!sla.targets.length) return [make("p", say.noClocks)];
  const open = new Set([...view.querySelectorAll("details[open]")].map((each) => each.dataset.clock));
  const key = tree("p", "small", make("span", undefined, "key counted"), make("span", say.counted),
    make("span", undefined, "key"), make("span", say.paused));
  return [key, tree("ul", "clocks", ...sla.targets.map((each) => clock(each, sla.segments, open)))];
}

const actorOf = (kind) => say.actor[kind] || kind;

function wordsOf(each) {
  if (each.erased_at) return say.erased;
  return each.body || each.items.join(", ") || (each.body === null ? say.pending : "");
}

function message(each) {
  const item = tree("li", "", make("strong", actorOf(each.author_kind)), " ", time(each.at));
  item.append(make("p", wordsOf(each), "body"));
  const names = each.attachments.map((file) => file.name || file.format);
  if (names.length) item.append(make("p", `${say.files}: ${names.join(", ")}`, "small"));
  return item;
}

function event(row) {
  const metric = row.data.metric ? `: ${say.metric[row.data.metric] || row.data.metric}` : "";
  const name = (say.event[row.type] || row.type) + metric;
  const gone = row.content?.erased_at ? ` ${say.erased}` : "";
  return tree("li", "", name + gone, make("br"), time(row.at), make("span", ` · ${actorOf(row.actor.kind)}`, "small"));
}

function listed(title, name, items) {
  return tree("section", "", make("h2", title), items.length ? tree(name, "messages", ...items) : make("p", say.nothing));
}

function show(shown, rows, messages, sla) {
  const focused = document.activeElement?.closest?.("details")?.dataset.clock;
  const subject = shown.subject || (shown.erased_at ? say.erased : say.noSubject);
  document.title = `${shown.number} · ${subject}`;
  view.replaceChildren(
    make("p", `${say.ticket} ${shown.number}`, "number"),
    make("h1", subject),
    make("p", say.status[shown.status] || shown.status, "status"),
    tree("section", "", make("h2", say.clocks), ...clocks(sla)),
    listed(say.messages, "ul", messages.map(message)),
    listed(say.history, "ol", rows.map(event).reverse()),
  );
  view.hidden = false;
  if (focused) view.querySelector(`details[data-clock="${CSS.escape(focused)}"] summary`)?.focus();
}

async function refresh(token) {
  const [shown, rows, messages, sla] = await Promise.all([
    read("", token), readAll("/history", token), readAll("/messages", token), readClocks(token),
  ]);
  show(shown, rows, messages, sla);
  notice.textContent = "";
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function follow(token, place) {
  const answer = await ask("/stream", token, place.last ? { "Last-Event-ID": place.last } : {});
  if (!answer.ok) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "", due = null, failed = null;
  const refreshLater = () => {
    due = null;
    refresh(token).catch((fault) => { failed = fault; reader.cancel(); });
  };
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split("\n\n");
    text = blocks.pop();
    const ids = blocks.map((each) => /^id: (.+)$/m.exec(each)?.[1]).filter(Boolean);
    if (!ids.length) continue;
    place.last = ids.at(-1);
    due ??= setTimeout(refreshLater, SETTLE_MS);
  }
  clearTimeout(due);
  if (failed) throw failed;
}

async function keepUp(token) {
  const place = { last: null };
  for (;;) {
    try {
      await refresh(token);
      await follow(token, place);
    } catch (fault) {
      if (fault instanceof Denied) return refuse(say.invalid);
      notice.textContent = say.away;
    }
    await pause(POLL_MS); // a stream that ends or cannot be had leaves polling
  }
}

function refuse(text) {
  sessionStorage.removeItem(`portal:${ticket}`);
  view.replaceChildren();
  view.hidden = true;
  notice.textContent = text;
}

document.documentElement.lang = language;
document.title = say.ticket;
addEventListener("hashchange", () => location.reload());
const token = takeToken();
if (token) {
  notice.textContent = say.loading;
  keepUp(token);
} else {
  refuse(say.missing);
}
