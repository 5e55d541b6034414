/* Elements. Text becomes text nodes: nothing that a server says is read as HTML. */

/* What has to be set as a property, since its attribute is only where it begins. */
const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "hidden", "open", "indeterminate"]);

function setAttribute(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "style") for (const key in value) element.style.setProperty(key, value[key]);
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
}

/* h("button", {class: "button", onclick: save}, "Save"): children may be nodes, texts, lists of
 * them, or null; style is an object of CSS properties. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const name in attributes) setAttribute(element, name, attributes[name]);
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of [children].flat(Infinity))
    if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

export function clear(node) {
  node.replaceChildren();
  return node;
}

/* An icon of base.css. */
export function icon(name) {
  return h("span", { class: `icon ${name}`, "aria-hidden": "true" });
}

/* Sets a text only where it is another, which spares the browser work. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/* A long name or path, which breaks behind what parts it rather than within a word. */
export function breakable(text, parting = /(?<=[./:?_])/) {
  return text.split(parting).flatMap((part) => [part, h("wbr")]);
}
