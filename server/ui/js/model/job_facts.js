/* What is known of a tuning job of Vertex AI beside its curve. */
import { clear, h } from "../dom.js";
import { codeBlock, formatCount, formatTime } from "../ui.js";
import { facts, formatRate, formatSpan } from "./facts.js";

function specOf(job) {
  return job?.supervisedTuningSpec ?? job?.preferenceOptimizationSpec ?? {};
}

const ADAPTERS = { ONE: 1, TWO: 2, FOUR: 4, EIGHT: 8, SIXTEEN: 16, THIRTY_TWO: 32 };

/* "4" of ADAPTER_SIZE_FOUR. */
function adapterOf(job) {
  const size = specOf(job).hyperParameters?.adapterSize?.replace(/^ADAPTER_SIZE_/, "");
  return size && String(ADAPTERS[size] ?? size);
}

function statsOf(job) {
  const stats = job?.tuningDataStats ?? {};
  return stats.supervisedTuningDataStats ?? stats.preferenceOptimizationDataStats ?? {};
}

function checkpoints({ checkpoints: list = [] }) {
  if (list.length === 0) return null;
  return [h("h3", {}, "Checkpoints"),
    h("table", { class: "table dense job-checkpoints" },
      h("thead", {}, h("tr", {}, ["Epoch", "Step", "Endpoint"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, list.map(({ epoch, step, endpoint }) => h("tr", {},
        h("td", { class: "num" }, epoch ?? ""), h("td", { class: "num" }, step ?? ""),
        h("td", { class: "num" }, endpoint?.replace(/^.*\//, "") ?? "none")))))];
}

export function fillJobDetails(root, curve) {
  const job = curve.resource ?? {};
  const spec = specOf(job), hyper = spec.hyperParameters ?? {}, tuned = job.tunedModel ?? {}, stats = statsOf(job);
  const count = (number) => number && formatCount(number);
  clear(root).append(...[
    h("h3", {}, "Hyperparameters"),
    facts([["Epochs", curve.epochCount], ["Multiplier", formatRate(hyper.learningRateMultiplier)], ["Learning rate", formatRate(curve.learningRate)],
      ["Batch size", curve.batchSize],
      ["Adapter size", adapterOf(job)], ["Beta", hyper.beta], ["Steps", curve.totalSteps]]),
    h("h3", {}, "Data"),
    facts([["Training", spec.trainingDatasetUri], ["Validation", spec.validationDatasetUri],
      ["Examples", count(stats.tuningDatasetExampleCount ?? curve.exampleCount)], ["Billable tokens", count(stats.totalBillableTokenCount)]]),
    h("h3", {}, "Times (UTC)"),
    facts([["Created", formatTime(job.createTime)], ["Training began", formatTime(job.startTime)],
      ["Training ended", formatTime(job.endTime)], ["It took", formatSpan(job.startTime, job.endTime)], ["Updated", formatTime(job.updateTime)]]),
    h("h3", {}, "Tuned model"),
    facts([["Model", tuned.model ?? "none yet"], ["Endpoint", tuned.endpoint ?? "none yet"]]),
    checkpoints(tuned),
    h("h3", {}, "Job"),
    facts([["Name", curve.fullName], ["Display name", job.tunedModelDisplayName], ["Description", job.description],
      ["Base model", job.baseModel ?? curve.baseModel], ["Continues", job.preTunedModel?.tunedModelName],
      ["From checkpoint", job.preTunedModel?.checkpointId], ["Labels", labels(job)], ["Experiment", job.experiment], ["Error", curve.error]]),
    h("details", {}, h("summary", {}, "The resource as JSON"), codeBlock("As a client sees it", JSON.stringify(job, null, 2))),
  ].flat().filter(Boolean));
}

function labels(job) {
  return Object.entries(job.labels ?? {}).map((pair) => pair.join("=")).join(", ");
}
