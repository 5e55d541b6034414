/* Starts the page: the live data, the header, and the view that the address names. */
import { namespace, setNamespace, whenTokenIsNeeded } from "./api.js";
import { h } from "./dom.js";
import { mountHeader } from "./header.js";
import { onStatus, retryNow, startLive, status } from "./live.js";
import { address, parseAddress, startRouter } from "./router.js";
import { forget, readAll, startStore, store, subscribe } from "./store.js";
import { openDialog, toast } from "./ui.js";
import { mountConnect } from "./views/connect.js";
import { mountControls } from "./views/controls.js";
import { mountModel } from "./views/model.js";
import { mountModels } from "./views/models.js";
import { mountRequests } from "./views/requests.js";

const VIEWS = {
  models: { mount: mountModels, title: "Models" },
  model: { mount: mountModel, title: "Model" },
  requests: { mount: mountRequests, title: "Requests" },
  controls: { mount: mountControls, title: "Controls" },
  connect: { mount: mountConnect, title: "Connect" },
};

const root = document.getElementById("view");
let shown = null; /* {view, id, namespace, instance} */
let waitsForHome = false; /* which view it is depends on what there is */

function markNavigation(view) {
  const current = view === "model" ? "models" : view;
  for (const link of document.querySelectorAll(".nav a")) {
    link.href = address(link.dataset.view);
    if (link.dataset.view === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.querySelector(".brand").href = address("models");
}

/* A view sets data-ready once its first data is drawn. */
function change({ view, id, query }) {
  const isFirst = !shown;
  shown?.instance?.unmount();
  root.replaceChildren();
  root.dataset.ready = "false";
  root.dataset.view = view;
  document.title = `${view === "model" ? id : VIEWS[view].title} · tunemock`;
  shown = { view, id, namespace: namespace() };
  shown.instance = VIEWS[view].mount(root, { id, query });
  if (!isFirst) {
    scrollTo(0, 0);
    root.focus({ preventScroll: true });
  }
}

/* Of an address that names no view: a first visit, to a server without models, begins where clients
 * are told of it. */
function showHome({ query }) {
  const view = store.models.size === 0 ? "connect" : "models";
  history.replaceState(null, "", address(view, Object.fromEntries(query)));
  show(parseAddress(location.hash));
}

function show(where) {
  changeNamespace(where.query.get("ns") ?? "");
  if (!VIEWS[where.view]) {
    if (store.isRead) showHome(where);
    else waitsForHome = true;
    return;
  }
  waitsForHome = false;
  markNavigation(where.view);
  const isSame = shown?.view === where.view && shown.id === where.id && shown.namespace === namespace();
  if (isSame) shown.instance?.update?.({ id: where.id, query: where.query });
  else change(where);
}

function changeNamespace(name) {
  if (name === namespace()) return;
  setNamespace(name);
  forget();
  startLive();
}

async function openToken() {
  const input = h("input", { type: "password", id: "token", autocomplete: "off" });
  const content = h("div", { class: "field" },
    h("label", { for: "token" }, "Control token"), input,
    h("p", { class: "hint" }, "This server was started with --control-token. It is kept for this tab only."));
  const button = h("button", { class: "button primary", value: "yes" }, "Continue");
  const answer = await openDialog({ title: "This server asks for a token", content, buttons: button, focus: input });
  return answer === "yes" ? input.value : null;
}

/* What was last known stays, pale, with a word of what has happened. */
function showAway(now, problem) {
  document.querySelector(".banner")?.remove();
  root.classList.toggle("stale", now === "lost");
  if (now === "lost")
    document.body.append(h("p", { class: "banner", role: "alert" },
      problem || "The server does not answer. Trying again."));
}

/* What could not be read; with nothing read at all there is nothing else to be seen. */
function showProblem() {
  if (store.isRead && store.problem) toast(store.problem, "bad");
  document.querySelector(".problem")?.remove();
  root.toggleAttribute("data-failed", !store.isRead && store.problem !== "");
  if (store.isRead || !store.problem) return;
  root.before(h("div", { class: "notice problem", "data-tone": "bad", role: "alert" },
    h("p", {}, h("strong", {}, "It could not be read: "), store.problem),
    h("button", { class: "button", type: "button", onclick: readAll }, "Try again")));
}

/* Its #view would take the place of the address. */
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  root.focus();
});
whenTokenIsNeeded(openToken);
mountHeader(document.getElementById("status"));
onStatus(showAway);
subscribe("problem", showProblem);
subscribe("models", () => {
  if (store.isRead) showProblem();
  if (waitsForHome && store.isRead) show(parseAddress(location.hash));
});
setNamespace(parseAddress(location.hash).query.get("ns") ?? "");
startStore();
startLive();
startRouter(show);
addEventListener("online", retryNow);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && status() !== "live") retryNow();
});
