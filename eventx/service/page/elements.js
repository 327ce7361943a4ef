// Elements, made without markup: whatever a text has in it stays text.

// Return an element with attributes (properties by name, data as {dataset}) and children (elements or strings).
export function element(name, { dataset = {}, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("aria-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

export const find = (id) => document.getElementById(id);
