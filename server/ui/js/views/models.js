/* All tuned models of the namespace, how far each is, and a way to make one. */
import { api } from "../api.js";
import { createQuickstart, openCreate } from "../create/create.js";
import { formatLoss } from "../chart/series.js";
import { clear, h, icon, setText } from "../dom.js";
import { address, setQuery } from "../router.js";
import { JOB_MARK, idOf, isJob, isTraining, labelOf, placeOf } from "../model/kinds.js";
import { emulatedNow, store, subscribe } from "../store.js";
import {
  badge, confirmDialog, formatCount, formatDuration, formatTime, progressBar, relativeTime, setBadge, setProgress, shownState, toast,
} from "../ui.js";

const MODEL_COLUMNS = ["", "Name", "State", "Progress", "Mean loss", "Time left", "Base model", "Created", ""];

/* More rows than these would make the page slow, and nobody reads them: the search finds the others. */
const ROWS_MAX = 200;

function timeLeft(model) {
  if (!isTraining(model)) return "–";
  if (model.isStalled) return "stalled";
  const left = Date.parse(model.endTime) - emulatedNow();
  if (Number.isNaN(left)) return "not known";
  return formatDuration(1000 * Math.ceil(Math.max(0, left) / 1000));
}

/* A job stays, as the service has no call that deletes one. */
export async function cancelJob(model) {
  const isSure = await confirmDialog({
    title: "Cancel this job?", text: `${labelOf(model)} stays, and trains no more.`, action: "Cancel the job", isDanger: true,
  });
  if (!isSure) return;
  try {
    await api("POST", `v1beta1/${model.fullName}:cancel`, {});
  } catch (error) {
    toast(error.message, "bad");
  }
}

async function deleteModel(model) {
  const isSure = await confirmDialog({
    title: "Delete this model?",
    text: `${labelOf(model)} and its permissions are gone then, as with the service's own call.`,
    action: "Delete",
    isDanger: true,
  });
  if (!isSure) return;
  try {
    await api("DELETE", `v1beta/tunedModels/${encodeURIComponent(idOf(model.name))}`);
    toast(`${idOf(model.name)} was deleted.`);
  } catch (error) {
    toast(error.message, "bad");
  }
}

/* A row of the table; `draw` changes only what is another. */
class ModelRow {
  constructor(name, onChoose) {
    this.name = name;
    const id = idOf(name);
    this.choice = h("input", { type: "checkbox", "aria-label": `Compare ${id}`, onchange: onChoose });
    this.link = h("a", { class: "models-name truncate", href: address(["models", id]) });
    this.badge = badge("CREATING");
    this.bar = progressBar(`Progress of ${id}`);
    this.steps = h("span", { class: "num nowrap" });
    this.loss = h("td", { class: "num", "data-label": "Mean loss" });
    this.left = h("td", { class: "num nowrap", "data-label": "Time left" });
    this.base = h("td", { class: "models-base", "data-label": "Base model" });
    this.created = h("td", { class: "num nowrap models-created", "data-label": "Created" });
    this.element = h("tr", { dataset: { model: id } },
      h("td", { class: "models-choice" }, this.choice),
      h("td", { class: "models-title" }, this.link, this.under = h("div", { class: "muted mono truncate" }, id)),
      h("td", { class: "models-state" }, this.badge),
      h("td", { class: "models-progress" }, this.bar, this.steps),
      this.loss, this.left, this.base, this.created,
      h("td", { class: "actions" }, this.end = h("button", { class: "button quiet square small danger", type: "button",
        onclick: () => (isJob(name) ? cancelJob : deleteModel)(store.models.get(name)) })));
    const verb = isJob(name) ? "Cancel" : "Delete";
    this.end.title = verb;
    this.end.setAttribute("aria-label", `${verb} ${id}`);
    this.end.append(icon(isJob(name) ? "close" : "trash"));
  }

  draw(model) {
    const state = shownState(model);
    setText(this.link, labelOf(model));
    if (isJob(this.name)) this.drawJob(model);
    setBadge(this.badge, state);
    const hasSteps = model.totalSteps > 0;
    this.bar.hidden = !hasSteps;
    if (hasSteps) setProgress(this.bar, model.completedSteps, model.totalSteps, state);
    setText(this.steps, hasSteps
      ? `${formatCount(model.completedSteps)} / ${formatCount(model.totalSteps)}` : "from a seed");
    setText(this.loss, formatLoss(model.meanLoss));
    setText(this.base, model.baseModel.replace(/^.*models\//, "") || "–");
    this.base.title = model.baseModel;
    this.created.title = formatTime(model.createTime);
    this.drawTime(model);
  }

  drawJob(model) {
    this.end.hidden = !isTraining(model);
    if (this.under.title === model.fullName) return;
    this.under.title = model.fullName;
    clear(this.under).append(h("span", { class: "mark" }, JOB_MARK), ` ${placeOf(model)}`);
  }

  drawTime(model) {
    setText(this.left, timeLeft(model));
    setText(this.created, relativeTime(model.createTime) || "–");
  }
}

function emptyCard() {
  return h("div", { class: "empty" },
    h("h2", {}, "No models yet"),
    h("p", {}, "Tune the model of the published quickstart: it learns which number comes next, in a few seconds."),
    h("div", { class: "row" },
      h("button", { class: "button primary", type: "button", onclick: createQuickstart }, "Tune the quickstart's model"),
      h("button", { class: "button", type: "button", onclick: openCreate }, "Use my own data")),
    h("p", {}, h("a", { href: address("connect") }, "Or connect a client"), " and create one from there."));
}

function loadingRows() {
  return [0, 1, 2].map(() => h("tr", {}, h("td", { colspan: MODEL_COLUMNS.length }, h("span", { class: "skeleton" }))));
}

class ModelsView {
  rows = new Map();
  body = h("tbody", {});
  empty = h("div", {});
  summary = h("span", { class: "muted", role: "status" });
  compare = h("a", { class: "button", "aria-disabled": "true" }, "Compare");
  more = h("p", { class: "card-foot muted", hidden: true });
  search = h("input", { type: "search", class: "input models-search", placeholder: "Find by name or ID",
    "aria-label": "Find models" });

  constructor(root) {
    this.root = root;
    this.tools = h("div", { class: "card-head models-tools" }, this.search, this.compare);
    this.table = h("div", { class: "card-body flush" },
      h("table", { class: "table models-table" },
        h("caption", { class: "visually-hidden" }, "Tuned models and tuning jobs, newest first"),
        h("thead", {}, h("tr", {}, MODEL_COLUMNS.map((name) =>
          h("th", { scope: "col", class: /loss|left|Created/.test(name) ? "num" : null },
            name || h("span", { class: "visually-hidden" }, "Actions"))))),
        this.body));
    root.append(
      h("div", { class: "page-head models-head" },
        h("div", { class: "row wide" }, h("h1", {}, "Models"), this.summary),
        h("button", { class: "button primary", type: "button", onclick: openCreate }, icon("plus"), "Create model")),
      h("section", { class: "card", "aria-label": "Models" }, this.tools, this.table, this.more, this.empty));
    this.search.addEventListener("input", () => {
      setQuery({ find: this.search.value });
      this.draw();
    });
    this.body.append(...loadingRows());
    this.stops = [subscribe("models", () => this.draw()), subscribe("clock", () => this.drawTimes())];
    const timer = setInterval(() => this.drawTimes(), 1000);
    this.stops.push(() => clearInterval(timer));
    this.choose();
    if (store.isRead) this.draw();
  }

  /* Those that are chosen go onto one chart. */
  choose() {
    const chosen = [...this.rows.values()].filter((row) => row.choice.checked).map((row) => idOf(row.name));
    const canCompare = chosen.length > 1;
    setText(this.compare, canCompare ? `Compare ${chosen.length}` : "Compare");
    if (canCompare) this.compare.href = address(["models", chosen[0]], { with: chosen.slice(1).join(",") });
    else this.compare.removeAttribute("href");
    this.compare.setAttribute("aria-disabled", !canCompare);
    this.compare.title = canCompare ? "" : "Choose two models or more";
  }

  draw() {
    if (!store.isRead) return;
    const found = this.find();
    const names = found.slice(0, ROWS_MAX);
    const shown = new Set(names);
    for (const [name] of this.rows) if (!shown.has(name)) this.rows.delete(name);
    for (const name of names) {
      if (!this.rows.has(name)) this.rows.set(name, new ModelRow(name, () => this.choose()));
      this.rows.get(name).draw(store.models.get(name));
    }
    this.order(names);
    const training = [...store.models.values()].filter(isTraining).length;
    const count = store.models.size;
    setText(this.summary, count ? `${formatCount(count)} in all, ${training} in training` : "none yet");
    this.table.hidden = this.tools.hidden = count === 0;
    this.more.hidden = found.length === names.length && (found.length > 0 || count === 0);
    setText(this.more, found.length ? `The newest ${ROWS_MAX} of ${formatCount(found.length)} are shown.`
      : "No model has this in its name or ID.");
    if (count > 0) clear(this.empty);
    else if (!this.empty.firstChild) this.empty.append(emptyCard());
    this.choose();
    this.root.dataset.ready = "true";
  }

  /* The names of those that are looked for, newest first. */
  find() {
    const text = this.search.value.trim().toLowerCase();
    const names = [...store.models.keys()].reverse();
    if (!text) return names;
    return names.filter((name) =>
      store.models.get(name).fullName.toLowerCase().includes(text) || store.models.get(name).displayName.toLowerCase().includes(text));
  }

  /* Only if another model is there than before: a table that is put together anew loses the focus. */
  order(names) {
    const elements = names.map((name) => this.rows.get(name).element);
    const isSame = elements.length === this.body.children.length &&
      elements.every((element, index) => this.body.children[index] === element);
    if (!isSame) this.body.replaceChildren(...elements);
  }

  drawTimes() {
    for (const [name, row] of this.rows) if (store.models.has(name)) row.drawTime(store.models.get(name));
  }

  /* #/models?create=1 is the form; it leads back to the list. */
  update({ query }) {
    const find = query.get("find") ?? "";
    if (find !== this.search.value) {
      this.search.value = find;
      this.draw();
    }
    if (!query.has("create")) return;
    setQuery({ create: null });
    openCreate();
  }

  unmount() {
    for (const stop of this.stops) stop();
  }
}

export function mountModels(root, params) {
  const view = new ModelsView(root);
  view.update(params);
  return view;
}
