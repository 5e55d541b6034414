/* A stub or a fault that a request was made into: looked at, changed, copied, or set at once. */
import { control, namespace, rootUrl } from "../api.js";
import { append, h } from "../dom.js";
import { copyButton, openDialog, toast } from "../ui.js";
import { asControlCurl } from "./copy.js";

const KINDS = {
  stubs: { name: "Stub", title: "As a stub", text: "The server gives this answer to the next calls that match." },
  faults: { name: "Fault", title: "As a fault", text: "The server has the next such calls fail." },
};

/* `kind` is stubs or faults; `body` is what is proposed. */
export async function openMake(kind, body) {
  const { name, title, text } = KINDS[kind];
  const area = h("textarea", { class: "input", id: "make-body", rows: "14", spellcheck: "false",
    value: JSON.stringify(body, null, 2), "aria-describedby": "make-problem" });
  const problem = h("p", { class: "error", id: "make-problem", role: "alert" });
  const set = h("button", { class: "button primary", type: "button", onclick: send }, `Set the ${name.toLowerCase()}`);
  async function send() {
    set.setAttribute("aria-busy", "true");
    try {
      const made = await control("POST", kind, area.value);
      toast(`${name} ${made.id} is set.`);
      area.closest("dialog").close("set");
    } catch (error) {
      problem.textContent = error.message;
      area.setAttribute("aria-invalid", "true");
    }
    set.removeAttribute("aria-busy");
  }
  const curl = () => asControlCurl(rootUrl(), kind, readBody(area.value), namespace() || "default");
  const content = append(h("div", { class: "field" }), [
    h("label", { for: "make-body" }, text), area, problem,
  ]);
  area.setSelectionRange(0, 0);
  return openDialog({
    title, content, isWide: true, focus: area,
    buttons: [copyButton(() => area.value, "Copy JSON"), copyButton(curl, "Copy as curl"), set],
  });
}

/* Lenient as the server is: what is no JSON is copied as it stands. */
function readBody(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
