// Elements, made of words alone: what others wrote is never markup.

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const time = (at, text) => h("time", { datetime: at }, text);

let names = 0;

// A labelled control of a form.
export function field(label, control, hint) {
  control.id ||= `field-${++names}`;
  const told = hint && h("p", { class: "soft", id: `${control.id}-hint` }, hint);
  if (told) control.setAttribute("aria-describedby", told.id);
  return [h("label", { for: control.id }, label), control, told];
}

export const isEdited = (form) => [...form.elements].some((each) =>
  each.type === "file" ? each.files.length : each.type === "checkbox" ? each.checked !== each.defaultChecked
    : each.tagName === "SELECT" ? !each.options[each.selectedIndex]?.defaultSelected && each.selectedIndex > 0
      : "defaultValue" in each && each.value !== each.defaultValue);
