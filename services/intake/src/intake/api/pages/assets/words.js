// What a page's script says, and how it says times: in the page's language.

export const language = document.documentElement.lang;
const sections = await (await fetch(`/pages/words/${language}`)).json();

// A code that nobody has put into words is still said, readable.
export const say = (section, code) => sections[section]?.[code] ?? String(code).replace(/[_-]/g, " ");

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

let zone, days, dates, times;

// Times are those of the desk, wherever its engineer sits: as in its letters and pictures.
export function goBy(timeZone) {
  zone = timeZone;
  days = new Intl.DateTimeFormat(language, { dateStyle: "short", timeZone });
  dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });
  times = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone });
}

export function when(at) {
  const date = new Date(at);
  return (days.format(date) === days.format(new Date()) ? times : dates).format(date);
}

export const exactly = (at) => dates.format(new Date(at));

// The instant at which the desk's clock shows what a form field says (`2026-11-24T10:00`).
export function instantOf(local) {
  const wall = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const asked = Date.parse(`${local}Z`);
  const offset = (at) => Date.parse(`${wall.format(new Date(at)).replace(" ", "T")}Z`) - at;
  const first = asked - offset(asked);
  return new Date(asked - offset(first)).toISOString();
}

// The two greatest units of a span, rounded down: 2 d 5 h, 3 h 10 min, 4 min.
export function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "m"]];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? [[0, "m"]] : parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${say("timeline", unit)}`).join(" ");
}

export function fieldName(path) {
  const part = String(path ?? "").split(".").filter((each) => each && !/^\d+$/.test(each)).at(-1);
  return part ? say("fields", part) : "";
}

export function violation(broken) {
  const pattern = sections.violations[broken.rule] ?? sections.violations.otherwise;
  const field = fieldName(broken.field) || broken.rule.replace(/-/g, " ");
  return fill(pattern, { field, detail: broken.detail ?? "" }).replace(" ()", "");
}
