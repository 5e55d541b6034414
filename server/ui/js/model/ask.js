/* The panel that asks a model, streams what it answers, and says what made the answer. */
import { apiKey, errorOf, namespace, rootUrl, send } from "../api.js";
import { clear, h } from "../dom.js";
import { address } from "../router.js";
import { codeBlock } from "../ui.js";
import { idOf, isJob } from "./kinds.js";

/* By what X-Emulator-Answer begins with. */
const REASONS = {
  fault: (what) => (what === "header" ? "an error that the request asked for by a header" : `fault ${what}, set in Controls or by a test`),
  stub: (what) => `stub ${what}, set in Controls or by a test`,
  example: (what) => `training example ${Number(what) + 1}, whose input is this prompt`,
  rule: (what) => `the rule “${what}”, which all training examples obey`,
  nearest: (what) => {
    const [number, score] = what.split(" ");
    return `training example ${Number(number) + 1}, whose input is the nearest${score ? ` (similarity ${score})` : ""}`;
  },
  fallback: () => "the fallback, as no training example is near",
  base: () => "the base model",
};

export function reasonOf(header) {
  const [kind, ...rest] = (header ?? "").split(":");
  return REASONS[kind]?.(rest.join(":")) ?? "";
}

/* The text of one chunk of an answer. */
export function textOf(chunk) {
  const parts = chunk.candidates?.[0]?.content?.parts ?? [];
  return parts.map((part) => part.text ?? "").join("");
}

/* Calls `take` with each event of a stream as it comes; its data as text. */
async function readEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const blocks = (rest + (value ?? "").replaceAll("\r\n", "\n")).split("\n\n");
    rest = done ? "" : blocks.pop();
    for (const block of blocks)
      if (block.startsWith("data:")) take(block.replace(/^data: ?/gm, ""));
    if (done) return;
  }
}

function rawRequest(path, body) {
  const lines = [`POST ${new URL(rootUrl()).pathname.replace(/\/$/, "")}${path} HTTP/1.1`, `Host: ${location.host}`,
    "Content-Type: application/json"];
  if (namespace()) lines.push(`X-Emulator-Namespace: ${namespace()}`);
  if (apiKey()) lines.push("x-goog-api-key: …");
  return `${lines.join("\n")}\n\n${JSON.stringify(body, null, 2)}`;
}

function rawHead(response) {
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText}`.trim()];
  for (const [name, value] of response.headers) lines.push(`${name}: ${value}`);
  return lines.join("\n");
}

export class AskPanel {
  constructor(name) {
    this.name = name;
    this.path = `/v1beta/tunedModels/${encodeURIComponent(idOf(name))}:streamGenerateContent?alt=sse`;
    this.checkpoint = h("select", { id: "checkpoint", onchange: () => this.setEndpoint(this.checkpoint.value) });
    this.checkpoints = h("div", { class: "field", hidden: true }, h("label", { for: "checkpoint" }, "Checkpoint"), this.checkpoint);
    this.prompt = h("textarea", {
      id: "prompt", rows: "2", spellcheck: "false", placeholder: isJob(name) ? "What a user would say" : "For example: 55",
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.ask();
      },
    });
    this.button = h("button", { class: "button primary", type: "submit" }, "Ask");
    this.suggestions = h("div", { class: "row ask-suggestions" });
    this.note = h("p", { class: "muted" });
    this.answer = h("div", { class: "ask-answer", role: "status", "aria-live": "polite", "aria-label": "Answer" });
    this.raw = h("div", { class: "stack" });
    this.root = h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); this.ask(); } },
      this.checkpoints, h("div", { class: "field" },
        h("label", { for: "prompt" }, "Prompt"), this.prompt),
      h("div", { class: "row" }, this.button, h("span", { class: "muted" }, "or ", h("kbd", { class: "kbd" }, "Enter"))),
      this.suggestions, this.note, this.answer, this.raw);
  }

  close() {
    this.abort?.abort();
  }

  /* A training model answers as the real one does: with an error. */
  setState(state) {
    this.note.textContent = { CREATING: "Still training: until it is active it answers with an error, as the real service does.",
      FAILED: "Its training failed: it answers with an error, as the real service does." }[state] ?? "";
    this.note.hidden = state !== "CREATING" && state !== "FAILED";
  }

  /* A job is asked at the endpoint of its model, or at that of a checkpoint, once they are there. */
  setJob(state, { endpoint = "", checkpoints = [] } = {}) {
    this.button.disabled = endpoint === "";
    this.note.hidden = endpoint !== "";
    this.note.textContent = state === "FAILED" || state === "CANCELLED" ? "It has no endpoint to be asked at."
      : "It can be asked once its training has succeeded and its endpoint is there.";
    const shown = JSON.stringify([endpoint, checkpoints]);
    if (shown === this.endpoints) return;
    this.endpoints = shown;
    const deployed = checkpoints.filter((one) => one.endpoint);
    this.checkpoints.hidden = deployed.length < 2;
    clear(this.checkpoint).append(...deployed.reverse().map((one) => h("option", { value: one.endpoint },
      `${one.checkpointId}: epoch ${one.epoch}, step ${one.step}${one.endpoint === endpoint ? ", the default" : ""}`)));
    this.checkpoint.value = endpoint;
    this.setEndpoint(endpoint);
  }

  setEndpoint(endpoint) {
    this.name = endpoint;
    this.path = `/v1beta1/${endpoint}:streamGenerateContent?alt=sse`;
  }

  suggest(examples) {
    clear(this.suggestions);
    for (const { textInput } of examples.slice(0, 3)) {
      if (!textInput || textInput.length > 40) continue;
      this.suggestions.append(h("button", {
        class: "chip", type: "button",
        onclick: () => { this.prompt.value = textInput; this.ask(); },
      }, textInput));
    }
    if (this.suggestions.firstChild) this.suggestions.prepend(h("span", { class: "muted" }, "Try an example:"));
  }

  async ask() {
    const text = this.prompt.value.trim();
    if (this.button.disabled) return;
    if (!text) {
      this.prompt.focus();
      return;
    }
    this.abort?.abort();
    const abort = this.abort = new AbortController();
    const body = { contents: [{ role: "user", parts: [{ text }] }] };
    this.button.setAttribute("aria-busy", "true");
    clear(this.raw);
    this.text = h("p", { class: "ask-text" });
    clear(this.answer).append(this.text);
    this.answer.dataset.state = "streaming";
    try {
      await this.stream(body, abort.signal);
      this.answer.dataset.state = "done";
    } catch (error) {
      if (abort.signal.aborted) return;
      this.showError(error);
    }
    this.button.removeAttribute("aria-busy");
  }

  async stream(body, signal) {
    const response = await send("POST", this.path, body, { signal });
    const chunks = [];
    let finish = "";
    if (!response.ok) {
      const copy = response.clone();
      this.showRaw(body, response, await copy.text());
      throw await errorOf(response);
    }
    this.showReason(response);
    try {
      await readEvents(response, (data) => {
        const chunk = JSON.parse(data);
        chunks.push(JSON.stringify(chunk, null, 2));
        if (chunk.error) throw Object.assign(new Error(chunk.error.message), { status: chunk.error.code });
        this.text.textContent += textOf(chunk);
        finish = chunk.candidates?.[0]?.finishReason ?? chunk.promptFeedback?.blockReason ?? finish;
      });
    } finally {
      this.showRaw(body, response, chunks.join("\n\n"), chunks.length);
    }
    if (chunks.length === 0) throw new Error("The answer broke off before its first part.");
    if (finish === "") this.addLine("The answer broke off before its end.", "warn");
    else if (finish !== "STOP") this.addLine(`It ended with ${finish}.`, "warn");
  }

  showReason(response) {
    const header = response.headers.get("X-Emulator-Answer");
    const hint = response.headers.get("X-Emulator-Hint");
    const reason = reasonOf(header);
    if (reason)
      this.answer.append(h("p", { class: "ask-reason" }, "Answered by ", reason, ". ",
        h("code", { class: "mono muted" }, header)));
    if (hint) this.addLine(hint, "warn");
  }

  addLine(text, tone) {
    this.answer.append(h("p", { class: "notice", "data-tone": tone }, text));
  }

  showError(error) {
    this.answer.dataset.state = "error";
    if (!this.text.textContent) this.text.remove();
    this.addLine([error.status, error.code].filter(Boolean).join(" ") + (error.status ? ": " : "") + error.message, "bad");
    const response = error.response ?? null;
    if (response) this.showReason(response);
  }

  showRaw(body, response, answer, parts) {
    const many = parts > 1 ? ` (${parts} parts)` : "";
    clear(this.raw).append(
      h("details", {}, h("summary", {}, "Request"), codeBlock("As it was sent", rawRequest(this.path, body))),
      h("details", {}, h("summary", {}, `Response${many}`), codeBlock("As it came", `${rawHead(response)}\n\n${answer}`)),
      h("p", {}, h("a", { href: address("requests", { q: `model=${this.name}` }) }, "See it among the requests")));
  }
}
