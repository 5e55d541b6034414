/* Creating a tuned model, by the service's own call. */
import { api } from "../api.js";
import { h, icon, setText } from "../dom.js";
import { go } from "../router.js";
import { store } from "../store.js";
import { openDialog, formatCount, toast } from "../ui.js";
import { countSteps, parseExamples } from "./examples.js";
import { QUICKSTART, formatExamples } from "./quickstart.js";

const BASES = [
  "models/gemini-1.5-flash-001-tuning",
  "models/gemini-1.0-pro-001",
  "models/text-bison-001",
  "models/text-bison-tuning-test",
];

/* Answers the ID of the model that has begun to train. */
export async function createModel({ id, displayName, baseModel, epochCount, batchSize, learningRate, examples }) {
  const path = `v1beta/tunedModels${id ? `?tunedModelId=${encodeURIComponent(id)}` : ""}`;
  const operation = await api("POST", path, {
    displayName,
    baseModel,
    tuningTask: {
      hyperparameters: { epochCount, batchSize, learningRate },
      trainingData: { examples: { examples } },
    },
  });
  return operation.metadata.tunedModel.replace(/^tunedModels\//, "");
}

/* With one click to the first curve. */
export async function createQuickstart() {
  try {
    go(["models", await createModel(QUICKSTART)]);
  } catch (error) {
    toast(error.message, "bad");
  }
}

function field(label, input, hint) {
  const problem = h("p", { class: "error", id: `${input.id}-error` });
  input.setAttribute("aria-describedby", problem.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input,
    hint ? h("p", { class: "hint" }, hint) : null, problem);
}

function numberInput(id, value, attributes) {
  return h("input", { id, type: "number", value, required: true, ...attributes });
}

/* The form's inputs, with what they say. */
class CreateForm {
  name = h("input", { id: "create-name", value: QUICKSTART.displayName, maxlength: "40", autocomplete: "off" });
  id = h("input", { id: "create-id", placeholder: "made from the name", pattern: "[a-z]([a-z0-9\\-]{0,38}[a-z0-9])?",
    title: "Lower-case letters, digits and dashes; it begins with a letter", autocomplete: "off" });
  base = h("select", { id: "create-base" },
    BASES.slice(0, store.info?.fidelity === "strict" ? 1 : BASES.length).map((name) => h("option", {}, name)));
  epochs = numberInput("create-epochs", QUICKSTART.epochCount, { min: "1", step: "1" });
  batch = numberInput("create-batch", QUICKSTART.batchSize, { min: "1", step: "1" });
  rate = numberInput("create-rate", QUICKSTART.learningRate, { min: "0", step: "any" });
  data = h("textarea", { id: "create-data", rows: "7", spellcheck: "false", class: "mono" });
  file = h("input", { type: "file", class: "visually-hidden", id: "create-file", tabindex: "-1",
    "aria-label": "File with training data",
    accept: ".json,.jsonl,.csv,.tsv,.txt" });
  steps = h("output", { class: "create-steps", for: "create-epochs create-batch create-data" });
  found = h("p", { class: "hint", role: "status" });
  problem = h("p", { class: "error", role: "alert", id: "create-data-error" });
  failure = h("p", { class: "notice", "data-tone": "bad", role: "alert", hidden: true });
  examples = QUICKSTART.examples;

  constructor() {
    this.data.value = formatExamples(QUICKSTART.examples);
    this.data.setAttribute("aria-describedby", this.problem.id);
    this.data.addEventListener("input", () => this.read());
    for (const input of [this.epochs, this.batch]) input.addEventListener("input", () => this.count());
    this.file.addEventListener("change", () => this.take(this.file.files[0]));
    this.read();
  }

  read() {
    try {
      const { format, examples, settings } = parseExamples(this.data.value);
      this.examples = examples;
      setText(this.problem, examples.length ? "" : "Paste some examples.");
      setText(this.found, examples.length ? `${examples.length} examples, as ${format}` : "");
      this.takeSettings(settings);
    } catch (error) {
      this.examples = [];
      setText(this.problem, error.message);
      setText(this.found, "");
    }
    this.data.setAttribute("aria-invalid", this.examples.length === 0);
    this.count();
  }

  /* A create's body that was pasted says them, too. */
  takeSettings({ displayName, baseModel, epochCount, batchSize, learningRate }) {
    if (displayName) this.name.value = displayName;
    if (BASES.includes(baseModel)) this.base.value = baseModel;
    if (epochCount) this.epochs.value = epochCount;
    if (batchSize) this.batch.value = batchSize;
    if (learningRate) this.rate.value = learningRate;
  }

  count() {
    const steps = countSteps(this.examples.length, Number(this.epochs.value), Number(this.batch.value));
    const isKnown = this.examples.length > 0 && !Number.isNaN(steps);
    setText(this.steps, isKnown ? `${formatCount(steps)} step${steps === 1 ? "" : "s"}` : "no steps yet");
  }

  async take(file) {
    if (!file) return;
    this.data.value = await file.text();
    this.read();
  }

  values() {
    return {
      id: this.id.value.trim(),
      displayName: this.name.value.trim() || undefined,
      baseModel: this.base.value,
      epochCount: Number(this.epochs.value),
      batchSize: Number(this.batch.value),
      learningRate: Number(this.rate.value),
      examples: this.examples,
    };
  }

  dropZone() {
    const zone = h("div", { class: "field drop" },
      h("div", { class: "spread" },
        h("label", { for: "create-data", class: "create-label" }, "Training data"),
        h("button", { class: "button small", type: "button", onclick: () => this.file.click() }, "Choose a file")),
      this.file, this.data, this.problem, this.found,
      h("p", { class: "hint" }, "Paste JSON, JSON lines or CSV with an input and an output each, or drop a file."));
    const mark = (isOver) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", isOver);
    };
    zone.addEventListener("dragover", mark(true));
    zone.addEventListener("dragleave", mark(false));
    zone.addEventListener("drop", (event) => {
      mark(false)(event);
      this.take(event.dataTransfer.files[0]);
    });
    return zone;
  }

  content() {
    return [
      this.failure,
      h("div", { class: "create-names" }, field("Display name", this.name), field("ID (optional)", this.id)),
      field("Base model", this.base),
      this.dropZone(),
      h("div", { class: "create-numbers" },
        field("Epochs", this.epochs), field("Batch size", this.batch), field("Learning rate", this.rate),
        h("p", { class: "stat" }, h("span", {}, "That is"), this.steps)),
    ];
  }
}

/* Opens the form; goes to the model once it trains. */
export async function openCreate() {
  const form = new CreateForm();
  const save = h("button", { class: "button primary", value: "" }, icon("plus"), "Start tuning");
  const cancel = h("button", { class: "button", type: "button",
    onclick: () => save.closest("dialog").close("") }, "Cancel");
  const shown = openDialog({ title: "Create a tuned model", content: form.content(), buttons: [cancel, save],
    isWide: true, focus: form.name });
  /* The dialog stays until the server has taken it. */
  save.closest("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (form.examples.length === 0) {
      form.data.focus();
      return;
    }
    save.setAttribute("aria-busy", "true");
    save.disabled = true;
    try {
      const id = await createModel(form.values());
      save.closest("dialog").close("created");
      go(["models", id]);
    } catch (error) {
      form.failure.hidden = false;
      setText(form.failure, error.message);
      form.failure.scrollIntoView({ block: "nearest" });
    } finally {
      save.removeAttribute("aria-busy");
      save.disabled = false;
    }
  });
  return shown;
}
