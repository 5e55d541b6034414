/*
 * One model: its loss curve as it is drawn by the training, beside others if asked for; what is
 * known of it; and a prompt to ask it. All that can be set stands in the address.
 */
import { api, control } from "../api.js";
import { clear, h, icon, setText } from "../dom.js";
import { address, go, parseAddress, setQuery } from "../router.js";
import { emulatedNow, store, subscribe } from "../store.js";
import {
  badge, confirmDialog, formatDuration, progressBar, setBadge, setProgress, shownState, toast,
} from "../ui.js";
import { ChartCard } from "../model/chart_card.js";
import { AskPanel } from "../model/ask.js";
import { Curves } from "../model/curves.js";
import { fillJobDetails } from "../model/job_facts.js";
import { JOB_MARK, idOf, isJob, isTraining, keyOfId, placeOf } from "../model/kinds.js";
import { fillDetails, fillExamples, fillPermissions, formatRate } from "../model/facts.js";
import { formatLoss } from "../chart/series.js";
import { cancelJob } from "./models.js";

const TABS = { ask: "Ask", details: "Details", examples: "Examples", permissions: "Permissions" };

/* A set of tabs, one of which is shown; `choose` is told of a choice by hand. */
function tabs(panels, choose) {
  const buttons = {};
  const select = (name) => {
    for (const key in panels) {
      buttons[key].setAttribute("aria-selected", key === name);
      buttons[key].tabIndex = key === name ? 0 : -1;
      panels[key].hidden = key !== name;
    }
  };
  const move = (event) => {
    const names = Object.keys(panels);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const name = names[(names.findIndex((key) => buttons[key] === event.target) + by + names.length) % names.length];
    select(name);
    choose(name);
    buttons[name].focus();
  };
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "About the model", onkeydown: move },
    Object.keys(panels).map((name) => {
      const click = () => { select(name); choose(name); };
      Object.assign(panels[name], { id: `panel-${name}`, tabIndex: 0 });
      panels[name].setAttribute("role", "tabpanel");
      panels[name].setAttribute("aria-labelledby", `tab-${name}`);
      buttons[name] = h("button",
        { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: click }, TABS[name]);
      return buttons[name];
    }));
  return { list, select };
}

function stat(name) {
  const value = h("span", { class: "num" }, "–");
  return { root: h("div", { class: "stat" }, h("span", {}, name), value), set: (text) => setText(value, text || "–") };
}

class ModelView {
  constructor(root, { id, query }) {
    this.root = root;
    this.id = id;
    this.name = keyOfId(id);
    this.isJob = isJob(this.name);
    this.curves = new Curves(() => this.refresh());
    this.card = new ChartCard(this.curves, (names) => this.compare(names), () => this.wasDrawn());
    this.ask = new AskPanel(this.name);
    this.build();
    this.update({ query });
    this.stops = [subscribe("models", () => this.refresh()), subscribe("clock", () => this.showTimes())];
    this.timer = setInterval(() => this.showTimes(), 1000);
    this.readFile();
  }

  build() {
    this.title = h("h1", {}, this.id);
    this.badge = badge("");
    delete this.badge.dataset.state;
    this.bar = progressBar("Training");
    this.steps = h("span", { class: "num nowrap" }, "\u00a0");
    this.left = h("span", { class: "num truncate model-left" });
    this.place = h("span", { class: "muted mono" }, "\u00a0");
    this.service = h("div", { class: "row model-service", hidden: !this.isJob }, h("span", { class: "mark" }, JOB_MARK), this.place);
    this.stats = Object.fromEntries(Object.entries({ loss: "Mean loss", epoch: "Epoch",
      rate: "Learning rate", batch: "Batch size", examples: "Examples" }).map(([key, name]) => [key, stat(name)]));
    this.panels = {
      ask: h("div", { class: "card-body" }, this.ask.root),
      details: h("div", { class: "card-body stack" }),
      examples: h("div", { class: "card-body flush" }),
      ...(this.isJob ? {} : { permissions: h("div", { class: "card-body flush" }) }),
    };
    this.end = this.isJob
      ? h("button", { class: "button quiet danger", type: "button", "aria-label": "Cancel", hidden: true,
        onclick: () => cancelJob(this.curves.get(this.name)) }, icon("close"), h("span", { class: "wide" }, "Cancel"))
      : h("button", { class: "button quiet danger", type: "button", "aria-label": "Delete", onclick: () => this.remove() },
        icon("trash"), h("span", { class: "wide" }, "Delete"));
    this.tabs = tabs(this.panels, (name) => setQuery({ tab: name === "ask" ? "" : name }));
    clear(this.root).append(
      h("div", { class: "page-head model-head" },
        h("div", { class: "row" },
          h("a", { class: "button quiet square", href: address("models"), "aria-label": "All models", title: "All models" },
            icon("back")),
          this.title, this.badge),
        this.service,
        h("div", { class: "row" }, this.end)),
      h("section", { class: "card model-strip", "aria-label": "Training" },
        h("div", { class: "model-progress" }, h("div", { class: "model-steps" }, this.steps, this.left), this.bar),
        h("div", { class: "model-stats" }, Object.values(this.stats).map(({ root }) => root))),
      h("div", { class: "split model-split" }, this.card.root,
        h("section", { class: "card model-side", "aria-label": "About the model" }, this.tabs.list, Object.values(this.panels))));
  }

  /* The address has changed. */
  update({ query }) {
    const others = (query.get("with") ?? "").split(",").filter((id) => id && id !== this.id);
    this.curves.setNames([this.name, ...new Set(others.map(keyOfId))]);
    this.card.setFromQuery(query);
    this.tabs.select(this.panels[query.get("tab")] ? query.get("tab") : "ask");
    this.refresh();
  }

  compare(names) {
    setQuery({ with: names.map(idOf).join(",") });
    this.update(parseAddress(location.hash));
  }

  /* The examples, the permissions and the operation. */
  async readFile() {
    try {
      this.file = await control("GET", `state?model=${encodeURIComponent(this.name)}`);
    } catch {
      this.file = null;
    }
    if (this.isClosed) return;
    const own = (list) => (list ?? []).filter((each) => each.name === this.name || each.name?.startsWith(`${this.name}/`));
    const examples = (this.isJob ? this.file?.tuningJobs?.[0] : own(this.file?.tunedModels)[0]?.tuningTask?.trainingData?.examples)?.examples ?? [];
    fillExamples(this.panels.examples, examples);
    if (!this.isJob) fillPermissions(this.panels.permissions, own(this.file?.permissions));
    this.ask.suggest(examples);
    this.showDetails();
  }

  refresh() {
    const curve = this.curves.get(this.name);
    if (curve.failure?.status === 404 && !curve.isRead) {
      this.showMissing();
      return;
    }
    if (!curve.isRead) return;
    if (this.isMissing) {
      this.isMissing = false;
      this.build();
      this.update(parseAddress(location.hash));
      this.readFile();
    }
    const state = shownState(curve);
    setText(this.title, curve.label);
    setBadge(this.badge, state);
    setProgress(this.bar, curve.completedSteps, curve.totalSteps, state);
    setText(this.steps, `${curve.completedSteps} of ${curve.totalSteps} steps`);
    this.stats.loss.set(formatLoss(curve.points.at(-1)?.loss));
    this.stats.epoch.set(curve.epochCount ? `${curve.epoch || 0} of ${curve.epochCount}` : String(curve.epoch || ""));
    this.stats.rate.set(formatRate(curve.learningRate));
    this.stats.batch.set(String(curve.batchSize ?? ""));
    this.stats.examples.set(String(curve.exampleCount ?? ""));
    if (this.isJob) this.refreshJob(curve);
    else this.ask.setState(curve.state);
    this.showTimes();
    this.card.refresh();
    if (this.shown !== curve.resource) this.showDetails();
  }

  refreshJob(curve) {
    setText(this.place, placeOf(curve));
    this.end.hidden = !isTraining(curve);
    this.ask.setJob(curve.state, curve.resource?.tunedModel);
  }

  wasDrawn() {
    if (this.curves.get(this.name)?.isRead) this.root.dataset.ready = "true";
  }

  showDetails() {
    const curve = this.curves.get(this.name);
    if (!curve?.isRead) return;
    this.shown = curve.resource;
    if (!this.isJob) {
      fillDetails(this.panels.details, curve, this.file);
      return;
    }
    fillJobDetails(this.panels.details, curve);
  }

  showTimes() {
    const curve = this.curves.get(this.name);
    if (!curve?.isRead) return;
    const end = Date.parse(store.models.get(this.name)?.endTime ?? "") || curve.endTime;
    const left = end - emulatedNow();
    const is = shownState(curve);
    const text = { STALLED: "stalled", FAILED: curve.error ? `failed: ${curve.error}` : "failed", ACTIVE: "done", SUCCEEDED: "done", CANCELLED: "cancelled" }[is]
      ?? (left >= 0 ? `${formatDuration(left)} left` : "");
    setText(this.left, text);
    this.left.title = is === "FAILED" ? text : "";
    this.left.dataset.state = is;
  }

  showMissing() {
    if (this.isMissing) return;
    this.isMissing = true;
    clear(this.root).append(
      h("div", { class: "card" }, h("div", { class: "empty" },
        h("h1", {}, "No such model"),
        h("p", {}, `There is no ${this.isJob ? "tuning job" : "tuned model"} with the ID “${this.id}” in this namespace. It may have been deleted, or the server was started anew.`),
        h("a", { class: "button primary", href: address("models") }, "All models"))));
    this.root.dataset.ready = "true";
  }

  async remove() {
    const isSure = await confirmDialog({
      title: "Delete this model?", text: `${this.name} and its permissions go. Only a snapshot brings it back.`, action: "Delete", isDanger: true,
    });
    if (!isSure) return;
    try {
      await api("DELETE", `v1beta/tunedModels/${encodeURIComponent(this.id)}`);
      toast(`${this.id} is deleted.`);
      go("models");
    } catch (error) {
      toast(error.message, "bad");
    }
  }

  close() {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const stop of this.stops) stop();
    this.ask.close();
    this.card.close();
    this.curves.close();
  }
}

export function mountModel(root, params) {
  const view = new ModelView(root, params);
  return { update: (changed) => view.update(changed), unmount: () => view.close() };
}
