/* Snapshots to go back to, and the way back to the beginning. */
import { control } from "../api.js";
import { append, clear, h, icon } from "../dom.js";
import { follow } from "../live.js";
import { confirmDialog, formatTime, toast } from "../ui.js";
import { act, actButton, card } from "./act.js";

export function snapshotsCard() {
  const name = h("input", { class: "input", id: "snapshot-name", maxlength: "128", placeholder: "Name (optional)", autocomplete: "off",
    "aria-label": "Name of the snapshot" });
  const keep = h("input", { type: "checkbox", id: "keep-requests" });
  const list = h("ul", { class: "snapshots", role: "list", "aria-label": "Snapshots" });
  const none = h("p", { class: "muted" }, "A snapshot keeps models, clock, faults and stubs as they are now.");
  const restoring = () => ({ keepRequests: keep.checked });

  async function read() {
    try {
      draw((await control("GET", "snapshots")).snapshots);
    } catch {
      /* The banner says that the server is away; it is read again when it is back. */
    }
  }
  function row({ id, createTime, models, tuningJobs }) {
    const count = models + tuningJobs;
    const path = `snapshots/${encodeURIComponent(id)}`;
    return h("li", { class: "snapshot" },
      h("div", { class: "grow" }, h("strong", { class: "snapshot-name" }, id),
        h("p", { class: "muted num" }, `${formatTime(createTime)}, ${count} model${count === 1 ? "" : "s"}`)),
      actButton("Restore", () => control("POST", `${path}:restore`, restoring()),
        { kind: "small", done: `All is as it was in ${id}.`, "aria-label": `Restore ${id}` }),
      actButton(icon("trash"), async () => {
        await control("DELETE", path);
        await read();
      }, { kind: "quiet small square", "aria-label": `Delete ${id}`, title: "Delete" }));
  }
  function draw(snapshots) {
    append(clear(list), snapshots.map(row));
    list.hidden = snapshots.length === 0;
    none.hidden = snapshots.length > 0;
  }
  const take = h("button", { class: "button primary" }, "Take a snapshot");
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    act(take, async () => {
      const body = name.value.trim() ? { id: name.value.trim() } : {};
      const { id } = await control("POST", "snapshots", body);
      name.value = "";
      toast(`Snapshot ${id} is taken.`);
      await read();
    });
  } }, name, take);
  async function reset(to) {
    const isSure = await confirmDialog({
      title: to === "seed" ? "Reset to the beginning?" : "Reset to nothing?", action: "Reset", isDanger: true,
      text: to === "seed"
        ? "Models, faults, stubs, clock and dials go back to what the server began with. Snapshots stay."
        : "As a reset, but also without what --data brought. Snapshots stay.",
    });
    if (!isSure) return;
    await control("POST", "state:reset", { to, ...restoring() });
    toast("The namespace is reset.");
  }
  const element = card("Snapshots and reset", "snapshots", form, h("div", { class: "controls-room" }, list, none),
    h("hr"),
    h("label", { class: "check" }, keep, "Restoring and resetting keep the requests"),
    h("div", { class: "row" },
      actButton("Reset…", () => reset("seed"), { kind: "danger" }),
      actButton("Reset to nothing…", () => reset("empty"), { kind: "danger" })));
  list.hidden = true;
  return { element, stop: follow(read) };
}
