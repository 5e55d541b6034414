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

/* Lines within a square of 18 px; what comes second is filled. */
const ICONS = {
  copy: ["M7.5 6h6A1.5 1.5 0 0 1 15 7.5v6a1.5 1.5 0 0 1-1.5 1.5h-6A1.5 1.5 0 0 1 6 13.5v-6A1.5 1.5 0 0 1 7.5 6zM3.5 11.5V4A1.2 1.2 0 0 1 4.7 2.8h7"],
  close: ["m4.5 4.5 9 9m0-9-9 9"],
  plus: ["M9 3.5v11M3.5 9h11"],
  theme: ["M15.2 9A6.2 6.2 0 1 1 2.8 9a6.2 6.2 0 0 1 12.4 0z", "M9 2.8a6.2 6.2 0 0 1 0 12.4z"],
  search: ["M12.7 8a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0zM11.6 11.6l3.4 3.4"],
  trash: ["M3 4.8h12M7 4.6V3h4v1.6M4.6 5l.7 10h7.4l.7-10M7.5 8v4.4m3-4.4v4.4"],
  back: ["M11 3.8 5.8 9l5.2 5.2"],
};

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}

/* One of those; in the page itself, since a browser makes a page of its own of each picture. */
export function icon(name) {
  const element = svg("svg", { class: "icon", viewBox: "0 0 18 18", "aria-hidden": "true" });
  element.append(...ICONS[name].map((d) => svg("path", { d })));
  return element;
}

/* Sets a text only where it is another, which spares the browser work. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/* A long name or path, which breaks behind what parts it rather than within a word. */
export function breakable(text, parting = /(?<=[./:?_])/) {
  return text.split(parting).flatMap((part) => [part, h("wbr")]);
}
