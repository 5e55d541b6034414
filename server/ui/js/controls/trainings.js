/* The trainings that go on, and what can be done to each of them. */
import { control } from "../api.js";
import { append, clear, h, setText } from "../dom.js";
import { idOf, isJob, isTraining, labelOf, JOB_MARK } from "../model/kinds.js";
import { address } from "../router.js";
import { refreshModel, store, subscribe } from "../store.js";
import { badge, openDialog, progressBar, setBadge, setProgress, shownState } from "../ui.js";
import { act, actButton, card } from "./act.js";

/* A training that stands still makes no more events: it is looked at once after each order. */
async function order(model, verb, body) {
  await control("POST", `${model.name.split("/").map(encodeURIComponent).join("/")}:${verb}`, body ?? {});
  await refreshModel(model.name);
}

async function askFailure(button, model) {
  const message = h("input", { id: "fail-message", value: "The training failed." });
  const step = h("input", { id: "fail-step", type: "number", min: "0", max: model.totalSteps || null,
    placeholder: "now" });
  const code = h("select", { id: "fail-code" }, ["INTERNAL", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "INVALID_ARGUMENT",
    "ABORTED"].map((name) => h("option", { value: name }, name)));
  const field = (label, input) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);
  const answer = await openDialog({
    title: `Fail ${labelOf(model)}`, focus: message,
    content: h("div", { class: "form-grid" }, h("div", { class: "full" }, field("Message", message)),
      field("Error", code), field("At step", step)),
    buttons: [h("button", { class: "button", value: "" }, "Cancel"),
      h("button", { class: "button primary danger", value: "yes" }, "Fail the training")],
  });
  if (answer !== "yes") return;
  const body = { code: code.value, message: message.value };
  if (step.value) body.atStep = Number(step.value);
  await act(button, () => order(model, "fail", body));
}

class TrainingRow {
  constructor(model) {
    this.model = model;
    const name = labelOf(model);
    this.bar = progressBar(`Progress of ${name}`);
    this.steps = h("span", { class: "num muted nowrap" });
    this.state = badge("CREATING");
    const label = (verb) => ({ "aria-label": `${verb} ${name}` });
    this.stall = actButton("Stall", () => this.toggleStall(), { kind: "small" });
    const fail = h("button", { class: "button small danger", type: "button", ...label("Fail"),
      onclick: () => askFailure(fail, this.model) }, "Fail…");
    this.element = h("li", { class: "training" },
      h("a", { class: "training-name truncate", href: address(["models", idOf(model.name)]) }, name),
      isJob(model.name) ? h("span", { class: "mark" }, JOB_MARK) : null,
      this.state, h("div", { class: "training-progress" }, this.bar, this.steps),
      h("div", { class: "row training-actions" },
        actButton("Complete", () => order(this.model, "complete"), { kind: "small", ...label("Complete") }),
        this.stall, fail));
    this.draw(model);
  }

  toggleStall() {
    return order(this.model, this.model.isStalled ? "resume" : "stall");
  }

  draw(model) {
    this.model = model;
    const done = model.completedSteps ?? 0, total = model.totalSteps ?? 0;
    setProgress(this.bar, done, total, shownState(model));
    setText(this.steps, `${done} of ${total}`);
    setBadge(this.state, shownState(model));
    this.state.hidden = !model.isStalled;
    const verb = model.isStalled ? "Resume" : "Stall";
    setText(this.stall, verb);
    this.stall.setAttribute("aria-label", `${verb} ${labelOf(model)}`);
  }
}

export function trainingsCard() {
  const rows = new Map();
  const list = h("ul", { class: "trainings", role: "list" });
  const empty = h("p", { class: "muted" });
  const element = card("Trainings", "trainings", h("div", { class: "controls-room" }, list, empty));
  function draw() {
    const training = [...store.models.values()].filter((model) => isTraining(model) && model.totalSteps > 0);
    const names = new Set(training.map(({ name }) => name));
    for (const name of rows.keys()) if (!names.has(name)) rows.delete(name);
    for (const model of training) {
      if (rows.has(model.name)) rows.get(model.name).draw(model);
      else rows.set(model.name, new TrainingRow(model));
    }
    const wanted = [...rows.values()].map((row) => row.element);
    if (wanted.length !== list.children.length || wanted.some((row, i) => row !== list.children[i]))
      append(clear(list), wanted);
    list.hidden = wanted.length === 0;
    empty.hidden = wanted.length > 0;
    if (!empty.hidden && !empty.firstChild)
      append(empty, ["No training is running. ", h("a", { href: address("models") }, "Create a model"), " to start one."]);
  }
  draw();
  return { element, stop: subscribe("models", draw) };
}
