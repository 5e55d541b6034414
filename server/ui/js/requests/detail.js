/* One request: why it was answered so, what was sent and what came back, what can be made of it. */
import { control, namespace, rootUrl } from "../api.js";
import { append, breakable, clear, h, icon } from "../dom.js";
import { idOf, keyOf } from "../model/kinds.js";
import { address } from "../router.js";
import { store, subscribe } from "../store.js";
import { codeBlock, formatCount, copyButton, formatTime } from "../ui.js";
import { asCurl, asFault, asStub, canBeStub, why } from "./copy.js";
import { openMake } from "./make.js";
import { queryTerm } from "./query.js";
import { formatTook } from "./took.js";

export class RequestDetail {
  #id = "";
  #shown = null; /* the entry of the feed that is drawn */

  constructor({ close, filter }) {
    this.filter = filter;
    this.heading = h("h2", { tabindex: "-1" });
    this.status = h("span", { class: "code-status" });
    this.body = h("div", { class: "request-detail-body stack" });
    this.element = h("section", { class: "drawer request-detail", "aria-label": "Request", hidden: true },
      h("div", { class: "card-head" },
        h("button", { class: "button quiet square request-back", type: "button", "aria-label": "Back to the list",
          onclick: close }, icon("back")),
        h("div", { class: "row grow" }, this.status, this.heading),
        h("button", { class: "button quiet square request-close", type: "button", "aria-label": "Close",
          onclick: close }, icon("close"))),
      this.body);
    this.stop = subscribe("requests", () => this.#refresh());
  }

  close() {
    this.stop();
  }

  focus() {
    this.heading.focus();
  }

  /* "" shows none. */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#shown = null;
    this.element.hidden = !id;
    if (id) this.#read();
  }

  /* Its answer has come since, or it is there again after a restore. */
  #refresh() {
    if (this.#id && store.requests.find(this.#id) !== this.#shown) this.#read();
  }

  async #read() {
    const id = this.#id;
    this.#shown = store.requests.find(id);
    try {
      const request = await control("GET", `requests/${encodeURIComponent(id)}`);
      if (id === this.#id) this.#draw(request);
    } catch (error) {
      if (id === this.#id) this.#drawMissing(id, error);
    }
  }

  #drawMissing(id, error) {
    this.status.textContent = "";
    this.heading.textContent = `Request ${id}`;
    append(clear(this.body), h("div", { class: "empty" },
      h("h3", {}, error.status === 404 ? "It is not kept any more" : "It cannot be shown"),
      h("p", {}, error.status === 404
        ? "The journal keeps the newest requests; a reset or a restore empties it."
        : error.message)));
  }

  #draw(request) {
    append(clear(this.heading), breakable(request.method || `${request.verb} ${request.path}`));
    this.status.textContent = request.status || "…";
    this.status.dataset.class = request.status ? String(request.status)[0] : "";
    const nearest = h("div", { class: "stack request-nearest" });
    append(clear(this.body), [
      this.#actions(request), whyPart(request), nearest, this.#facts(request),
      bodyPart("Request body", request.requestBody, request.requestBytes),
      bodyPart("Response body", request.responseBody, request.responseBytes),
    ]);
    if (canBeStub(request)) drawNearest(nearest, request).catch(() => {});
  }

  #actions(request) {
    const curl = () => asCurl(request, rootUrl(), namespace() || "default");
    const make = (label, kind, body) => h("button",
      { class: "button small", type: "button", onclick: () => openMake(kind, body(request)) }, label);
    const copy = copyButton(curl, "Copy as curl");
    copy.classList.remove("quiet");
    return h("div", { class: "row" }, copy,
      canBeStub(request) && make("As stub…", "stubs", asStub), make("As fault…", "faults", asFault));
  }

  #facts(request) {
    const key = keyOf(request.model);
    const model = /^(tunedModels|tuningJobs)\//.test(key) ? h("a", { href: address(["models", idOf(key)]) }, request.model)
      : breakable(request.model);
    const rows = [
      ["Path", h("span", { class: "mono" }, breakable(`${request.verb} ${request.path}${request.query && `?${request.query}`}`))],
      ["Model", request.model && model],
      ["Prompt", request.prompt],
      ["Answered by", request.answer && h("code", { class: "mono" }, request.answer)],
      ["Time", h("span", { title: "By the emulated clock" }, `${formatTime(request.time)} UTC`)],
      ["Took", request.status > 0 && formatTook(request.durationMs)],
      ["Caller", this.#filterLink("caller", request.caller)],
      ["Request ID", this.#filterLink("request", request.requestId)],
    ];
    return h("dl", { class: "facts rows" },
      rows.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  #filterLink(field, value) {
    return value && h("button", { class: "link", type: "button", title: `Show only ${field} ${value}`,
      onclick: () => this.filter(queryTerm(field, value)) }, value);
  }
}

function whyPart(request) {
  const { text, script } = why(request);
  const tone = request.answer.startsWith("fault") ? "bad" : request.status >= 400 ? "warn" : null;
  const isThere = script?.kind === "fault" && store.faults.some(({ id }) => id === script.id);
  return [
    h("div", { class: "notice", "data-tone": tone },
      h("p", {}, h("strong", {}, "Why: "), text, " ",
        isThere && h("a", { href: address("controls") }, "It is still set."))),
    request.status >= 400 && request.error && h("p", { class: "request-error" }, breakable(request.error)),
    request.hint && h("div", { class: "notice", "data-tone": "warn" }, h("p", {}, h("strong", {}, "Hint: "), request.hint)),
  ];
}

function differenceText({ field, want, got }) {
  return field.startsWith("scenario ")
    ? `${field}: requires “${want}”, is “${got}”` : `${field}: want ${want}, got ${got || "nothing"}`;
}

/* The stubs of this moment that come nearest, by the server's own matching. */
async function drawNearest(root, request) {
  const { stubs } = await control("GET", `requests/${request.id}:nearest`);
  const others = stubs.filter(({ id }) => request.answer !== `stub:${id}`);
  if (!others.length) return;
  append(clear(root), [
    h("h3", {}, "Nearest stubs"),
    h("ul", { role: "list", class: "stack request-stubs" }, others.map(({ id, differs }) => h("li", {},
      h("span", { class: "badge", "data-tone": differs.length ? null : "good" }, `Stub ${id}`),
      differs.length
        ? h("ul", {}, differs.map((difference) => h("li", {}, differenceText(difference))))
        : h("p", {}, "would answer it now")))),
  ]);
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function bodyPart(title, body, bytes) {
  if (!bytes) return null;
  const kept = new TextEncoder().encode(body).length;
  return h("div", { class: "stack request-body" },
    codeBlock(h("h3", {}, title, " ", h("span", { class: "muted num" }, `${formatCount(bytes)} bytes`)), pretty(body)),
    bytes > kept && h("p", { class: "muted" }, `Only the first ${formatCount(kept)} bytes are kept.`));
}
