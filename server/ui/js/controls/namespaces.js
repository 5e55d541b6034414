/* The namespaces: which one the page shows, a new one, and an end to one. */
import { control, namespace } from "../api.js";
import { append, clear, h, icon } from "../dom.js";
import { follow } from "../live.js";
import { go } from "../router.js";
import { confirmDialog, toast } from "../ui.js";
import { act, card } from "./act.js";

const DEFAULT = "default";

export function namespacesCard() {
  const picker = h("select", { id: "namespace", onchange: () => show(picker.value) });
  const name = h("input", { class: "input", id: "namespace-new", maxlength: "128", placeholder: "A new name", autocomplete: "off",
    "aria-label": "Name of a new namespace", required: true });
  const add = h("button", { class: "button" }, "Create");
  const end = h("button", { class: "button quiet square danger", type: "button", title: "Delete", onclick: remove }, icon("trash"));
  const show = (id) => go("controls", { ns: id === DEFAULT ? "" : id });

  async function read() {
    try {
      draw((await control("GET", "namespaces")).namespaces);
    } catch {
      /* The banner says that the server is away; it is read again when it is back. */
    }
  }
  function draw(namespaces) {
    const current = namespace() || DEFAULT;
    if (!namespaces.some(({ id }) => id === current)) namespaces = [...namespaces, { id: current, models: 0, tuningJobs: 0 }];
    append(clear(picker), namespaces.map(({ id, models, tuningJobs }) =>
      h("option", { value: id }, `${id} · ${models + tuningJobs} models`)));
    picker.value = current;
    end.setAttribute("aria-label", `Delete ${current}`);
    end.hidden = current === DEFAULT;
  }
  async function remove() {
    const current = namespace();
    const isSure = await confirmDialog({ title: `Delete ${current}?`, action: "Delete", isDanger: true,
      text: "All that it has goes: models, requests, snapshots. The next call that names it gets a new one." });
    if (isSure && await act(end, () => control("DELETE", `namespaces/${encodeURIComponent(current)}`), `${current} is deleted.`))
      show(DEFAULT);
  }
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    act(add, async () => {
      const { id } = await control("POST", "namespaces", { id: name.value.trim() });
      toast(`Namespace ${id} is made.`);
      show(id);
    });
  } }, name, add);
  const element = card("Namespace", "namespace",
    h("p", { class: "muted" }, "Each has its own models, clock and faults."),
    h("div", { class: "field" }, h("label", { for: "namespace" }, "This page shows"), h("div", { class: "row nowrap" }, picker, end)),
    form);
  draw([]);
  return { element, stop: follow(read) };
}
