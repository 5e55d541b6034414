/* What was asked, as it comes: a filter above, the list, and one of them in full. */
import { control } from "../api.js";
import { append, clear, h, icon, setText } from "../dom.js";
import { RequestDetail } from "../requests/detail.js";
import { RequestList } from "../requests/list.js";
import { FIELDS, parseQuery } from "../requests/query.js";
import { address, setQuery } from "../router.js";
import { store, subscribe } from "../store.js";
import { confirmDialog, formatCount, toast } from "../ui.js";

/* Of each frame, so much goes into looking through requests. */
const FILTER_MS = 2;
/* The address says what the filter is once the hands are still: to change it costs more than to look. */
const SETTLE_MS = 200;

const QUERIES = [
  ["All", ""],
  ["Errors", "status>=400"],
  ["Faults", "answer~fault"],
  ["Stubs", "answer~stub"],
  ["Generate", "method~generate"],
  ["Slow", "duration>1s"],
];

function helpPart() {
  const term = (code, text) => h("div", {}, h("dt", {}, h("code", {}, code)), h("dd", {}, text));
  const help = h("details", { class: "requests-help", onfocusout: leave, onkeydown: leave },
    h("summary", { class: "button quiet", "aria-label": "How to filter" },
      h("span", { class: "requests-help-long" }, "How to filter"), h("span", { class: "requests-help-short" }, "?")),
    h("div", { class: "card card-body stack", tabindex: "0", role: "region", "aria-label": "How to filter" },
      h("p", {}, "Terms with spaces between them must all hold. Case does not count."),
      h("dl", { class: "facts rows" },
        term("weather", "is anywhere in the request; “two words” stand in quotation marks"),
        term("model=one,two", "the field is one of these"),
        term('prompt~"to be"', "the field contains this"),
        term("status>=400", "also <=, >, <, and status=4xx"),
        term("method!=list", "is not; !~ contains not"),
        term("-weather", "a term turned round")),
      h("h3", {}, "Fields"),
      h("dl", { class: "facts rows" },
        Object.entries(FIELDS).map(([name, { about }]) => term(name, about)))));
  /* It lies over the list, until it is left. */
  function leave(event) {
    if (event.type === "focusout" ? !help.contains(event.relatedTarget) : event.key === "Escape") help.open = false;
  }
  return help;
}

class RequestsView {
  constructor(root) {
    this.root = root;
    this.filter = store.requests.open();
    this.list = new RequestList({
      choose: (id) => this.choose(id), enter: () => this.detail.focus(), leave: () => this.choose("") });
    this.detail = new RequestDetail({
      close: () => {
        this.choose("");
        this.list.scroller.focus();
      },
      filter: (term) => this.search(term),
    });
    this.build();
    this.stop = subscribe("requests", () => this.draw());
  }

  build() {
    this.count = h("p", { class: "muted num", role: "status" });
    this.problem = h("p", { class: "error", id: "requests-problem", role: "alert" });
    this.box = h("input", { class: "input mono", type: "search", id: "requests-query", spellcheck: "false",
      autocomplete: "off", autocapitalize: "off", "aria-label": "Filter",
      placeholder: 'method=generateContent status>=400 prompt~"to be"',
      "aria-describedby": "requests-problem", oninput: () => this.search(this.box.value) });
    this.presets = QUERIES.map(([label, query]) => h("button",
      { class: "chip plain", type: "button", "aria-pressed": "false", dataset: { query }, onclick: () => this.search(query) },
      label));
    this.empty = h("div", { class: "empty" });
    this.feed = h("section", { class: "card requests-feed", "aria-label": "Feed" },
      h("div", { class: "requests-bar" },
        h("div", { class: "requests-query" }, icon("search"), this.box, helpPart()),
        this.problem,
        h("div", { class: "row requests-presets", role: "group", "aria-label": "Usual filters" }, this.presets)),
      this.list.element, this.empty);
    append(this.root, [
      h("div", { class: "page-head" },
        h("div", { class: "row wide" }, h("h1", {}, "Requests"), this.count),
        this.clear = h("button", { class: "button", type: "button", onclick: () => this.forget() }, icon("trash"), "Clear…")),
      this.panes = h("div", { class: "requests" }, this.feed, this.detail.element),
    ]);
  }

  /* The address says what is shown. */
  update({ query }) {
    const wanted = query.get("q") ?? "";
    if (this.box.value !== wanted) this.box.value = wanted;
    if (this.query !== wanted) this.apply(wanted);
    this.show(query.get("id") ?? "");
  }

  search(query) {
    if (this.box.value !== query) this.box.value = query;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => setQuery({ q: query }), SETTLE_MS);
    this.apply(query);
  }

  choose(id) {
    setQuery({ id });
    this.show(id);
  }

  show(id) {
    this.list.select(id);
    this.detail.show(id);
    this.panes.toggleAttribute("data-open", id !== "");
  }

  apply(query) {
    this.query = query;
    const { test, problem } = parseQuery(query);
    setText(this.problem, problem);
    if (problem) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
    for (const preset of this.presets)
      preset.setAttribute("aria-pressed", String(preset.dataset.query === query.trim()));
    if (problem) return;
    this.filter.choose(test);
    this.list.toTop();
    this.drawSoon();
  }

  drawSoon() {
    this.again ??= requestAnimationFrame(() => {
      this.again = null;
      this.draw();
    });
  }

  /* Looks on in the next frame, if not all has been looked through. */
  draw() {
    if (this.isOver) return;
    if (!this.filter.isDone) this.filter.work(FILTER_MS);
    const { entries } = this.filter;
    this.list.show(entries);
    this.drawCount(entries.length, store.requests.entries.length);
    this.drawEmpty(entries.length);
    if (store.areRequestsRead) this.root.dataset.ready = "true";
    if (!this.filter.isDone) this.drawSoon();
  }

  drawCount(found, all) {
    if (!store.areRequestsRead && all === 0) return;
    setText(this.count, found === all ? formatCount(all) : `${formatCount(found)} of ${formatCount(all)}`);
  }

  drawEmpty(found) {
    this.clear.disabled = store.areRequestsRead && store.requests.entries.length === 0;
    const kind = found > 0 ? "" : !store.areRequestsRead ? "loading" : store.requests.entries.length ? "nothing" : "none";
    if (kind === this.emptyKind) return;
    this.emptyKind = kind;
    this.empty.hidden = kind === "" || kind === "loading";
    this.list.element.hidden = !this.empty.hidden;
    clear(this.empty);
    if (kind === "nothing")
      append(this.empty, [h("h2", {}, "No request matches"),
        h("p", {}, "Those that match will appear here."),
        h("button", { class: "button", type: "button", onclick: () => this.search("") }, "Show all")]);
    if (kind === "none")
      append(this.empty, [h("h2", {}, "No requests yet"),
        h("p", {}, "Point a client at this server: each of its calls appears here at once."),
        h("a", { class: "button primary", href: address("connect") }, "Connect a client")]);
  }

  async forget() {
    const isSure = await confirmDialog({ title: "Forget all requests?", action: "Clear", isDanger: true,
      text: "The journal of this namespace is emptied, for tests that look at it, too." });
    if (!isSure) return;
    try {
      await control("DELETE", "requests");
      store.requests.clear();
      this.choose("");
      this.draw();
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  unmount() {
    this.isOver = true;
    clearTimeout(this.settling);
    this.stop();
    store.requests.close(this.filter);
    this.list.close();
    this.detail.close();
  }
}

export function mountRequests(root, { query }) {
  const view = new RequestsView(root);
  view.update({ query });
  return view;
}
