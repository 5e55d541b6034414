/* What is known of a model beside its curve. */
import { breakable, clear, h } from "../dom.js";
import { codeBlock, formatDuration, formatTime } from "../ui.js";

const EXAMPLES_SHOWN_MAX = 200;

/* [[name, value]], without those that have none. */
export function facts(rows) {
  const shown = rows.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return h("dl", { class: "facts rows" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, breakable(String(value))))));
}

export function formatSpan(from, to) {
  return from && to ? formatDuration(Date.parse(to) - Date.parse(from)) : "";
}

export function formatRate(rate) {
  return rate === undefined ? undefined : String(Number(Number(rate).toPrecision(4)));
}

/* Of a curve of curves.js, and of the model's own state file, which may be missing yet. */
export function fillDetails(root, curve, file) {
  const model = curve.resource ?? {};
  const task = model.tuningTask ?? {};
  const job = file?.jobs?.[0];
  const operation = job?.operation ?? file?.operations?.[0]?.name;
  clear(root).append(
    h("h3", {}, "Hyperparameters"),
    facts([["Epochs", curve.epochCount], ["Batch size", curve.batchSize], ["Learning rate", formatRate(curve.learningRate)],
      ["Multiplier", formatRate(task.hyperparameters?.learningRateMultiplier)], ["Steps", curve.totalSteps],
      ["Examples", curve.exampleCount]]),
    h("h3", {}, "Times (UTC)"),
    facts([["Created", formatTime(model.createTime)], ["Training began", formatTime(task.startTime)],
      ["Training ended", formatTime(task.completeTime)], ["It took", formatSpan(task.startTime, task.completeTime)], ["Updated", formatTime(model.updateTime)]]),
    h("h3", {}, "Model"),
    facts([["Name", curve.name], ["Display name", model.displayName], ["Description", model.description],
      ["Base model", model.baseModel ?? model.tunedModelSource?.baseModel], ["Source", model.tunedModelSource?.tunedModel],
      ["Temperature", model.temperature], ["Top P", model.topP], ["Top K", model.topK],
      ["Operation", operation], ["Error", curve.error]]),
    h("details", {}, h("summary", {}, "The resource as JSON"),
      codeBlock("Without its snapshots", JSON.stringify({ ...model, tuningTask: { ...task, snapshots: undefined } }, null, 2))));
}

export function fillExamples(root, examples) {
  if (examples.length === 0) {
    clear(root).append(h("p", { class: "muted card-body" }, "This model came without its training examples."));
    return;
  }
  const rest = examples.length - EXAMPLES_SHOWN_MAX;
  clear(root).append(
    h("table", { class: "table dense" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Input"), h("th", { scope: "col" }, "Output"))),
      h("tbody", {}, examples.slice(0, EXAMPLES_SHOWN_MAX).map(({ textInput, output }) =>
        h("tr", {}, h("td", {}, textInput ?? ""), h("td", {}, output ?? ""))))),
    rest > 0 ? h("p", { class: "muted card-body" }, `${rest} more are not shown.`) : "");
}

export function fillPermissions(root, permissions) {
  if (permissions.length === 0) {
    clear(root).append(h("p", { class: "muted card-body" }, "Nobody has a permission."));
    return;
  }
  clear(root).append(h("table", { class: "table dense" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Role"), h("th", { scope: "col" }, "Who"))),
    h("tbody", {}, permissions.map(({ role, granteeType, emailAddress }) =>
      h("tr", {}, h("td", {}, role ?? ""), h("td", {}, emailAddress || granteeType || ""))))));
}
