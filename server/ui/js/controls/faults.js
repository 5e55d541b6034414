/* Faults: set with one click, for all calls or some, and seen until they are used up or removed. */
import { control } from "../api.js";
import { append, breakable, clear, h, icon } from "../dom.js";
import { store, subscribe } from "../store.js";
import { formatTook } from "../requests/took.js";
import { act, actButton, card } from "./act.js";

/* What a click sets, and what it is called. */
const PRESETS = {
  Errors: [
    ["Overloaded", "503: the model is busy", { preset: "overloaded" }],
    ["Quota", "429, with Retry-After", { preset: "quota" }],
    ["Internal", "500: an error of the service", { preset: "internal" }],
    ["Forbidden", "403: the caller may not", { status: "PERMISSION_DENIED" }],
    ["Retired", "404: the base models are switched off", { preset: "retired" }],
  ],
  Answers: [
    ["Safety", "The answer is blocked for safety", { preset: "safety" }],
    ["Recitation", "The answer is blocked for recitation", { preset: "recitation" }],
    ["No content", "A candidate says nothing", { preset: "no-content" }],
    ["Malformed", "The answer is no JSON", { kind: "malformed" }],
    ["Empty", "The answer has no body", { kind: "empty" }],
  ],
  Connection: [
    ["Slow", "The answer comes 2 seconds later", { kind: "slow", delay: "2s" }],
    ["Truncate", "The answer breaks off", { kind: "truncate" }],
    ["Stall", "A stream says no more", { kind: "stall" }],
    ["Reset", "The connection is reset", { kind: "reset" }],
  ],
};

const METHODS = [
  ["", "All calls"],
  ["models.generateContent", "generateContent"],
  ["models.streamGenerateContent", "streamGenerateContent"],
  ["tunedModels.create", "tunedModels.create"],
  ["tunedModels.list", "tunedModels.list"],
  ["tunedModels.get", "tunedModels.get"],
  ["tunedModels.delete", "tunedModels.delete"],
  ["operations.get", "operations.get"],
  ["tuningJobs.create", "tuningJobs.create"],
  ["tuningJobs.get", "tuningJobs.get"],
  ["endpoints.generateContent", "endpoints.generateContent"],
  ["models.embedContent", "embedContent"],
  ["models.countTokens", "countTokens"],
];

const TIMES = [["1", "Once"], ["3", "3 times"], ["", "Until removed"]];

const select = (id, label, options) => h("div", { class: "field" }, h("label", { for: id }, label),
  h("select", { id }, options.map(([value, text]) => h("option", { value }, text))));

/* "RESOURCE_EXHAUSTED · tunedModels.list · 2 left": what a fault is, shortly. */
function faultText(fault) {
  const what = fault.preset || fault.status || fault.finishReason || fault.blockReason;
  const kind = fault.kind === "status" ? "" : fault.kind;
  const match = Object.entries(fault.match ?? {})
    .map(([field, wanted]) => `${field} ${typeof wanted === "string" ? wanted : Object.entries(wanted)[0].join(" ")}`);
  return [
    [kind, what].filter(Boolean).join(" "),
    fault.method && fault.method !== "*" ? fault.method : "all calls", ...match,
    fault.delay !== "0s" && typeof fault.delay === "string" && `${formatTook(1000 * parseFloat(fault.delay))} later`,
    fault.probability < 1 && `${Math.round(fault.probability * 100)}\u00a0% of them`,
    fault.after > 0 && `not the first ${fault.after}`,
  ].filter(Boolean);
}

function faultRow(fault) {
  const [what, ...rest] = faultText(fault);
  const remove = actButton(icon("close"), () => control("DELETE", `faults/${fault.id}`),
    { kind: "quiet small square", "aria-label": `Remove fault ${fault.id}`, title: "Remove" });
  return h("li", { class: "fault" },
    h("span", { class: "badge", "data-tone": "bad" }, `Fault ${fault.id}`),
    h("strong", { class: "grow truncate" }, what),
    h("span", { class: "num muted nowrap" }, `${fault.hits} met${fault.times === undefined ? "" : `, ${fault.times} left`}`), remove,
    h("p", { class: "fault-text" }, breakable(rest.join(" · "))));
}

export function faultsCard() {
  const method = select("fault-method", "For", METHODS);
  const times = select("fault-times", "How often", TIMES);
  const set = (fault) => {
    const body = { ...fault };
    const [name, count] = [method.lastChild.value, times.lastChild.value];
    if (name) body.method = name;
    if (count) body.times = Number(count);
    return control("POST", "faults", body);
  };
  const presets = Object.entries(PRESETS).map(([name, rows]) => h("div", { role: "group", "aria-label": name },
    h("p", { class: "muted" }, name),
    h("div", { class: "row" }, rows.map(([label, title, fault]) =>
      actButton(label, () => set(fault), { kind: "small", title })))));
  const list = h("ul", { class: "faults", role: "list", "aria-label": "Faults that are set" });
  const none = h("p", { class: "muted" }, "None is set: every call is answered as it should be.");
  const clearAll = h("button", { class: "button small danger", type: "button",
    onclick: () => act(clearAll, () => control("DELETE", "faults")) }, "Remove all");
  const element = card("Faults", "faults",
    h("div", { class: "controls-room" }, list, none), h("hr"),
    h("div", { class: "faults-scope" }, method, times),
    h("div", { class: "presets", role: "group", "aria-label": "Set a fault" }, presets));
  element.querySelector(".card-head").append(clearAll);
  function draw() {
    append(clear(list), store.faults.map(faultRow));
    list.hidden = clearAll.hidden = store.faults.length === 0;
    none.hidden = store.faults.length > 0;
  }
  draw();
  return { element, stop: subscribe("faults", draw) };
}
