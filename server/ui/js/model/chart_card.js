/* The card with the loss curves: what is drawn, and the row of what can be set. */
import { clear, h, icon, setText } from "../dom.js";
import { Cursor } from "../chart/cursor.js";
import { LossChart, seriesColor } from "../chart/loss_chart.js";
import { csv, formatLoss, smooth } from "../chart/series.js";
import { setQuery } from "../router.js";
import { store, subscribe } from "../store.js";
import { openDialog, setBadge, badge, shownState, toast } from "../ui.js";
import { formatRate } from "./facts.js";
import { JOB_MARK, idOf, isJob, isTraining, keyOfId, labelOf } from "./kinds.js";

const AXES = { step: "Step", epoch: "Epoch", time: "Time" };
const WEIGHT_MAX = 0.99;
const WEIGHT = 0.6;
const COMPARED_MAX = 30;

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export class ChartCard {
  /* `compare` is called with the names of the other models to be drawn, `drawn` after each time
   * that the chart was drawn, or could not be. */
  constructor(curves, compare, drawn) {
    this.drawn = drawn;
    this.curves = curves;
    this.compare = compare;
    this.chips = new Map();
    this.plot = h("div", { class: "chart-plot", tabindex: "0", role: "slider", "aria-label": "Cursor along the loss curve",
      "aria-describedby": "chart-keys" });
    this.empty = h("p", { class: "chart-empty muted", hidden: true });
    this.legend = h("div", { class: "row chart-legend", role: "group", "aria-label": "Curves" });
    this.figure = h("figure", { class: "chart", "aria-label": "Mean loss" }, this.plot, this.empty,
      h("figcaption", { class: "visually-hidden", id: "chart-keys" },
        "Arrow keys move along the curve, up and down choose a curve, plus and minus zoom, 0 shows all. The values are also to be had as a table."));
    this.chart = new LossChart(this.plot);
    this.cursor = new Cursor(this.plot, this.chart, (range) => this.zoomTo(range));
    this.chart.whenDrawn = () => this.wasDrawn();
    const tools = this.buildTools();
    this.figure.append(this.unzoom);
    this.legend.append(this.compareButton);
    this.root = h("section", { class: "card chart-card", "aria-label": "Loss" }, tools, this.figure, this.legend);
    this.recolor = () => this.chart.chart && this.chart.recolor();
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.recolor);
    addEventListener("themechange", this.recolor);
    this.stop = subscribe("models", () => { this.compareButton.disabled = store.models.size < 2; });
    this.chart.start().catch((error) => {
      this.empty.hidden = false;
      setText(this.empty, `${error.message} The values are to be had as a table.`);
      this.drawn();
    });
  }

  close() {
    this.stop();
    this.dark.removeEventListener("change", this.recolor);
    removeEventListener("themechange", this.recolor);
    this.chart.close();
  }

  /* --- the row above --- */

  buildTools() {
    this.axes = Object.entries(AXES).map(([axis, name]) =>
      h("button", { type: "button", dataset: { axis }, onclick: () => this.setAxis(axis) }, name));
    this.log = h("button", { class: "button small", type: "button", "aria-pressed": "false", onclick: () => this.toggleLog() }, "Log scale");
    this.smoothing = h("input", {
      type: "range", id: "smoothing", min: "0", max: String(WEIGHT_MAX), step: "0.01", value: String(WEIGHT),
      oninput: () => this.setWeight(Number(this.smoothing.value)),
    });
    this.weightShown = h("output", { class: "num", for: "smoothing" });
    this.unzoom = h("button", { class: "chip chart-unzoom", type: "button", hidden: true, onclick: () => this.zoomTo(null) }, "Show all");
    this.compareButton = h("button", { class: "button small", type: "button", disabled: store.models.size < 2, onclick: () => this.chooseOthers() },
      icon("plus"), "Compare");
    return h("div", { class: "card-head chart-tools" },
      h("h2", { class: "visually-hidden" }, "Loss"),
      h("div", { class: "segments", role: "group", "aria-label": "Along" }, this.axes),
      this.log,
      h("div", { class: "chart-smoothing" }, h("label", { for: "smoothing" }, "Smoothing"), this.smoothing, this.weightShown),
      this.buildActions());
  }

  buildActions() {
    const act = (label, run) => h("button", { class: "button small quiet", type: "button", title: label, "aria-label": label, onclick: run });
    const png = act("Download the chart as PNG", () => this.savePicture());
    const sheet = act("Download the values as CSV", () => this.saveCsv());
    const table = act("Show the values as a table", () => this.showTable());
    png.append("PNG");
    sheet.append("CSV");
    table.append("Table");
    return h("div", { class: "row chart-actions" }, png, sheet, table);
  }

  /* What the address says. */
  setFromQuery(query) {
    const weight = Number(query.get("smooth") ?? WEIGHT);
    this.chart.axis = AXES[query.get("x")] ? query.get("x") : "step";
    this.chart.isLog = query.get("log") === "1";
    this.chart.weight = Math.min(WEIGHT_MAX, Math.max(0, Number.isFinite(weight) ? weight : WEIGHT));
    this.chart.hidden = new Set((query.get("hide") ?? "").split(",").filter(Boolean).map(keyOfId));
    const zoom = (query.get("zoom") ?? "").split("..").map(Number);
    this.chart.zoom = zoom.length === 2 && zoom[0] < zoom[1] ? zoom : null;
    this.smoothing.value = String(this.chart.weight);
    this.show();
  }

  show() {
    for (const button of this.axes) button.setAttribute("aria-pressed", button.dataset.axis === this.chart.axis);
    this.log.setAttribute("aria-pressed", this.chart.isLog);
    setText(this.weightShown, this.chart.weight.toFixed(2));
    this.unzoom.hidden = !this.chart.zoom;
    this.refresh();
  }

  setAxis(axis) {
    if (axis === this.chart.axis) return;
    this.chart.axis = axis;
    this.chart.zoom = null;
    setQuery({ x: axis === "step" ? "" : axis, zoom: "" });
    this.cursor.hide();
    this.show();
  }

  toggleLog() {
    this.chart.isLog = !this.chart.isLog;
    setQuery({ log: this.chart.isLog ? "1" : "" });
    this.show();
  }

  setWeight(weight) {
    this.chart.weight = weight;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => setQuery({ smooth: weight === WEIGHT ? "" : weight }), 200);
    this.show();
  }

  zoomTo(range) {
    this.chart.zoom = range;
    setQuery({ zoom: range ? range.map((value) => Number(value.toPrecision(6))).join("..") : "" });
    this.show();
  }

  /* --- what is drawn --- */

  refresh() {
    const curves = this.curves.list;
    const count = curves.reduce((sum, { points }) => sum + points.length, 0);
    this.chart.curves = curves;
    this.chart.update();
    this.showLegend(curves);
    if (!this.chart.chart && !this.empty.hidden) return;
    this.empty.hidden = count > 0 || curves.length === 0;
    setText(this.empty, curves[0] && isTraining(curves[0]) ? "The curve begins with the first step." : "No step was done.");
  }

  wasDrawn() {
    const { pointCount, lines } = this.chart;
    const first = lines[0]?.curve;
    this.figure.dataset.points = pointCount;
    this.figure.setAttribute("aria-label", first
      ? `Mean loss by ${this.chart.axis} of ${lines.map(({ curve }) => curve.label).join(", ")}; ${first.completedSteps ?? first.points.length} of ${first.totalSteps} steps`
      : "Mean loss: no curve is shown");
    this.cursor.refresh();
    this.drawn();
  }

  showLegend(curves) {
    const names = curves.map((curve) => curve.name).join("\n");
    if (names !== this.legendNames) {
      this.legendNames = names;
      this.chips.clear();
      clear(this.legend).append(...curves.map((curve, index) => this.chip(curve, index)), this.compareButton);
    }
    for (const curve of curves) {
      const { text, button } = this.chips.get(curve.name);
      const rate = formatRate(curve.learningRate);
      setText(text, !rate || curve.label.includes(rate) ? curve.label : `${curve.label} · rate ${rate}`);
      button.setAttribute("aria-pressed", !this.chart.hidden.has(curve.name));
    }
  }

  chip(curve, index) {
    const text = h("span", { class: "truncate" });
    const highlight = (name) => () => {
      this.chart.highlighted = name;
      this.chart.update();
    };
    const button = h("button", {
      class: "chip", type: "button", title: "Hide or show this curve", style: { "--color": seriesColor(index) },
      onclick: () => this.toggle(curve.name),
      onmouseenter: highlight(curve.name), onmouseleave: highlight(null),
      onfocus: highlight(curve.name), onblur: highlight(null),
    }, h("span", { class: "swatch" }), text);
    this.chips.set(curve.name, { text, button });
    return index === 0 ? button : h("span", { class: "chart-chip" }, button,
      h("button", { class: "button quiet square small", type: "button", "aria-label": `Take ${curve.label} off the chart`, title: "Take it off the chart",
        onclick: () => this.drop(curve.name) }, icon("close")));
  }

  toggle(name) {
    const { hidden } = this.chart;
    if (!hidden.delete(name)) hidden.add(name);
    this.chart.highlighted = null;
    setQuery({ hide: [...hidden].map(idOf).join(",") });
    this.show();
  }

  others() {
    return [...this.curves.curves.keys()].slice(1);
  }

  drop(name) {
    this.chart.highlighted = null;
    this.compare(this.others().filter((other) => other !== name));
  }

  async chooseOthers() {
    const [own] = this.curves.curves.keys();
    const chosen = new Set(this.others());
    const models = [...store.models.values()].filter(({ name }) => name !== own);
    const rows = models.map((model) => {
      const state = badge("");
      setBadge(state, shownState(model));
      return h("label", { class: "check chart-choice" },
        h("input", { type: "checkbox", name: "model", value: model.name, checked: chosen.has(model.name),
          onchange: ({ target }) => (target.checked ? chosen.add(model.name) : chosen.delete(model.name)) }),
        h("span", { class: "grow truncate" }, labelOf(model)),
        isJob(model.name) ? h("span", { class: "mark" }, JOB_MARK) : null,
        h("span", { class: "muted num nowrap" }, `rate ${formatRate(model.learningRate) ?? "–"}`), state);
    });
    const answer = await openDialog({
      title: "Draw beside this curve", content: h("div", { class: "chart-choices" }, rows),
      buttons: [h("button", { class: "button", value: "" }, "Cancel"), h("button", { class: "button primary", value: "yes" }, "Compare")],
      focus: rows[0]?.querySelector("input"),
    });
    if (answer !== "yes") return;
    if (chosen.size > COMPARED_MAX) toast(`The first ${COMPARED_MAX} are drawn: more could not be told apart.`);
    this.compare([...chosen].slice(0, COMPARED_MAX));
  }

  /* --- what is taken along --- */

  measured() {
    return this.curves.list.filter(({ name }) => !this.chart.hidden.has(name)).map((curve) => ({
      name: curve.name, label: curve.label, points: curve.points,
      smoothed: smooth(curve.points.map((point) => point.loss), this.chart.weight),
    }));
  }

  fileName(extension) {
    const [own] = this.curves.curves.keys();
    return `${idOf(own)}-loss.${extension}`;
  }

  async savePicture() {
    if (!this.chart.chart) return;
    save(await this.chart.picture(), this.fileName("png"));
  }

  saveCsv() {
    save(new Blob([csv(this.measured())], { type: "text/csv" }), this.fileName("csv"));
  }

  showTable() {
    const curves = this.measured();
    const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
    const byStep = curves.map(({ points, smoothed }) => new Map(points.map((point, i) => [point.step, [point, smoothed[i]]])));
    const isSmooth = this.chart.weight > 0;
    const cell = (text) => h("td", { class: "num" }, text);
    const row = (step) => h("tr", {}, h("th", { scope: "row", class: "num" }, String(step)),
      byStep.map((points) => {
        const [point, mean] = points.get(step) ?? [];
        return [cell(point ? formatLoss(point.loss) : ""), isSmooth ? cell(point ? formatLoss(mean) : "") : null];
      }));
    const head = curves.map(({ label }) => [h("th", { scope: "col", class: "num" }, label),
      isSmooth ? h("th", { scope: "col", class: "num" }, "smoothed") : null]);
    openDialog({
      title: "Mean loss by step", isWide: true,
      content: h("div", { class: "chart-table", tabindex: "0" }, h("table", { class: "table dense" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "num" }, "Step"), head)), h("tbody", {}, steps.map(row)))),
      buttons: h("button", { class: "button", value: "" }, "Close"),
    });
  }
}
