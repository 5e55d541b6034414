/* What the cards of the controls have in common. */
import { h } from "../dom.js";
import { toast } from "../ui.js";

export function card(title, id, ...content) {
  return h("section", { class: `card controls-${id}`, "aria-labelledby": `controls-${id}` },
    h("div", { class: "card-head" }, h("h2", { id: `controls-${id}` }, title)),
    h("div", { class: "card-body stack" }, content));
}

/* Does something for a button, which shows that it is under way; a toast says what went wrong. True
 * if it worked. */
export async function act(button, work, done) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
    if (done) toast(done);
    return true;
  } catch (error) {
    toast(error.message, "bad");
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/* A button that does something of which nothing is to be asked before. */
export function actButton(label, work, { done, kind = "", ...attributes } = {}) {
  const button = h("button", { class: `button ${kind}`, type: "button", ...attributes,
    onclick: () => act(button, work, done) }, label);
  return button;
}
