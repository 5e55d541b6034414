/*
 * What follows the pointer or the arrow keys over a chart: a line, a dot on each curve, and what
 * the values are there. A drag chooses what is zoomed to.
 */
import { h, setText } from "../dom.js";
import { formatPlace, seriesColor } from "./loss_chart.js";
import { formatLoss, nearest } from "./series.js";

const DRAG_PIXELS_MIN = 6;
const PAGE_STEPS = 10;
/* The button that shows all again stands in the corner while the chart is zoomed. */
const BELOW_BUTTON_PIXELS = 46;

/* By key: how many points to go. */
const MOVES = {
  ArrowRight: 1, ArrowLeft: -1, PageUp: PAGE_STEPS, PageDown: -PAGE_STEPS, Home: -Infinity, End: Infinity,
};

export class Cursor {
  /* `plot` holds the chart and can be focused; `zoomTo` is called with [from, to], or null. */
  constructor(plot, chart, zoomTo) {
    this.plot = plot;
    this.chart = chart;
    this.zoomTo = zoomTo;
    this.at = null; /* on the axis */
    this.picked = 0; /* the curve that the keys move along */
    this.line = h("div", { class: "cursor-line", hidden: true });
    this.dots = h("div", { class: "cursor-dots" });
    this.readout = h("div", { class: "cursor-values", hidden: true });
    this.drag = h("div", { class: "cursor-drag", hidden: true });
    plot.append(h("div", { class: "cursor", "aria-hidden": "true" }, this.drag, this.line, this.dots, this.readout));
    const handlers = {
      pointerdown: (event) => this.press(event), pointermove: (event) => this.move(event),
      pointerup: (event) => this.release(event), pointercancel: () => this.stopDrag(),
      pointerleave: () => this.leave(), dblclick: () => zoomTo(null),
      keydown: (event) => this.key(event), blur: () => this.leave(),
    };
    for (const type in handlers) plot.addEventListener(type, handlers[type]);
    this.say();
  }

  get scales() {
    return this.chart.chart?.scales;
  }

  valueAt(event) {
    const pixel = event.clientX - this.plot.getBoundingClientRect().left;
    const { x } = this.scales;
    return Math.min(x.max, Math.max(x.min, x.getValueForPixel(pixel)));
  }

  /* --- pointer --- */

  press(event) {
    if (!this.scales || event.button !== 0 || event.pointerType === "touch") return;
    this.dragFrom = this.valueAt(event);
    this.plot.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.scales) return;
    const value = this.valueAt(event);
    if (this.dragFrom !== undefined) this.showDrag(value);
    this.show(value);
  }

  release(event) {
    if (this.dragFrom === undefined) return;
    const [from, to] = [this.dragFrom, this.valueAt(event)].sort((a, b) => a - b);
    const { x } = this.scales;
    const isWide = x.getPixelForValue(to) - x.getPixelForValue(from) >= DRAG_PIXELS_MIN;
    this.stopDrag();
    if (isWide) this.zoomTo([from, to]);
  }

  showDrag(value) {
    const { x, y } = this.scales;
    const [left, right] = [x.getPixelForValue(this.dragFrom), x.getPixelForValue(value)].sort((a, b) => a - b);
    this.drag.hidden = right - left < DRAG_PIXELS_MIN;
    Object.assign(this.drag.style,
      { left: `${left}px`, width: `${right - left}px`, top: `${y.top}px`, height: `${y.height}px` });
  }

  stopDrag() {
    this.dragFrom = undefined;
    this.drag.hidden = true;
  }

  leave() {
    if (this.dragFrom === undefined) this.hide();
  }

  /* --- keys --- */

  key(event) {
    const { lines } = this.chart;
    if (event.ctrlKey || event.metaKey || event.altKey || lines.length === 0) return;
    if (event.key in MOVES) this.step(MOVES[event.key]);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.pick(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "+" || event.key === "-") this.zoomBy(event.key === "+" ? 0.5 : 2);
    else if (event.key === "0") this.zoomTo(null);
    else if (event.key === "Escape") this.hide();
    else return;
    event.preventDefault();
  }

  pickedLine() {
    const { lines } = this.chart;
    this.picked = (this.picked + lines.length) % (lines.length || 1);
    return lines[this.picked];
  }

  pick(by) {
    this.picked += by;
    this.step(0);
  }

  step(by) {
    const { xs } = this.pickedLine();
    if (xs.length === 0) return;
    const from = this.at === null ? xs.length - 1 : nearest(xs, this.at);
    const to = this.at === null && by < 0 && by !== -Infinity ? from : from + by;
    this.show(xs[Math.min(xs.length - 1, Math.max(0, to))]);
  }

  zoomBy(factor) {
    const { x } = this.scales;
    const [min, max] = [0, this.chart.zoom ? Infinity : x.max];
    const middle = this.at ?? (x.min + x.max) / 2;
    const half = ((x.max - x.min) * factor) / 2;
    if (factor > 1 && !this.chart.zoom) return;
    this.zoomTo([Math.max(min, middle - half), Math.min(max, middle + half)]);
  }

  /* --- what is shown --- */

  hide() {
    this.at = null;
    this.line.hidden = this.readout.hidden = this.dots.hidden = true;
    this.say();
  }

  /* After the chart has been drawn anew. */
  refresh() {
    if (this.at !== null) this.show(this.at);
    else this.say();
  }

  /* Of each line the point nearest to `value`, unless its curve does not come so far. */
  found(value) {
    const { x } = this.scales;
    const near = (12 * (x.max - x.min)) / (x.width || 1);
    return this.chart.lines.map((line) => ({ line, i: nearest(line.xs, value) }))
      .filter(({ line, i }) => i >= 0 && Math.abs(line.xs[i] - value) <= Math.max(near, widestGap(line, i)));
  }

  show(value) {
    if (!this.scales) return;
    const { x, y } = this.scales;
    const found = this.found(value);
    const first = found[0] ? found[0].line.xs[found[0].i] : value;
    this.at = found.length > 0 ? first : value;
    if (this.at < x.min || this.at > x.max) {
      this.hide();
      return;
    }
    const left = x.getPixelForValue(this.at);
    this.line.hidden = false;
    Object.assign(this.line.style, { translate: `${left}px`, top: `${y.top}px`, height: `${y.height}px` });
    this.dots.hidden = false;
    this.showParts(found, left);
    this.say(found);
  }

  /* A dot and a row for each line, made once: a move of the pointer only puts them in place. */
  partsOf(lines) {
    const isSmooth = this.chart.weight > 0;
    const key = `${isSmooth} ${lines.map(({ curve, index }) => `${index} ${curve.label}`).join("\n")}`;
    if (key === this.partsKey) return this.parts;
    this.partsKey = key;
    this.head = h("th");
    this.parts = new Map(lines.map(({ curve, index }) => {
      const background = seriesColor(index);
      const cells = [isSmooth ? h("td") : null, h("td")];
      const row = h("tr", {}, h("th", { scope: "row" }, h("span", { class: "swatch", style: { background } }), curve.label), cells);
      return [index, { dot: h("div", { class: "cursor-dot", style: { background } }), row, cells }];
    }));
    const parts = [...this.parts.values()];
    this.dots.replaceChildren(...parts.map(({ dot }) => dot));
    this.readout.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, this.head, isSmooth ? h("th", {}, "smoothed") : null, h("th", {}, isSmooth ? "raw" : "loss"))),
      h("tbody", {}, parts.map(({ row }) => row))));
    return this.parts;
  }

  showParts(found, left) {
    const { x, y } = this.scales;
    const parts = this.partsOf(this.chart.lines);
    const at = new Map(found.map(({ line, i }) => [line.index, { line, i }]));
    for (const [index, { dot, row, cells: [mean, raw] }] of parts) {
      const { line, i } = at.get(index) ?? {};
      const top = line ? y.getPixelForValue(line.smoothed[i]) : NaN;
      row.hidden = !line;
      dot.hidden = !(top >= y.top && top <= y.bottom);
      if (!dot.hidden) dot.style.translate = `${x.getPixelForValue(line.xs[i])}px ${top}px`;
      if (mean && line) setText(mean, formatLoss(line.smoothed[i]));
      if (line) setText(raw, formatLoss(line.losses[i]));
    }
    setText(this.head, this.where(found));
    this.readout.hidden = found.length === 0;
    const isRight = left < (x.left + x.right) / 2;
    Object.assign(this.readout.style, {
      top: `${y.top + (this.chart.zoom ? BELOW_BUTTON_PIXELS : 8)}px`,
      left: isRight ? `${left + 14}px` : "auto",
      right: isRight ? "auto" : `${this.chart.chart.width - left + 14}px`,
    });
  }

  /* "step 12, epoch 2". */
  where(found) {
    const point = found[0]?.line.curve.points[found[0].i];
    const { axis } = this.chart;
    if (axis !== "step" || !point) return formatPlace(this.at ?? 0, axis);
    return `step ${point.step}${point.epoch ? `, epoch ${point.epoch}` : ""}`;
  }

  /* What a screen reader says of the cursor. */
  say(found = []) {
    const { lines } = this.chart;
    const line = lines.length > 0 ? this.pickedLine() : null;
    const last = line?.xs.length ?? 0;
    const one = found.find((each) => each.line === line);
    const i = one ? one.i : last - 1;
    this.plot.setAttribute("aria-valuemin", last > 0 ? line.curve.points[0].step : 0);
    this.plot.setAttribute("aria-valuemax", last > 0 ? line.curve.points[last - 1].step : 0);
    this.plot.setAttribute("aria-valuenow", last > 0 ? line.curve.points[i].step : 0);
    this.plot.setAttribute("aria-valuetext", last > 0 ? this.sentence(line, i) : "no steps yet");
  }

  sentence(line, i) {
    const point = line.curve.points[i];
    const mean = this.chart.weight > 0 ? `, smoothed ${formatLoss(line.smoothed[i])}` : "";
    const whose = this.chart.lines.length > 1 ? `${line.curve.label}, ` : "";
    return `${whose}step ${point.step}, epoch ${point.epoch}: mean loss ${formatLoss(point.loss)}${mean}`;
  }
}

/* Half the way to the neighbour, so that some point is found wherever the curve runs. */
function widestGap({ xs }, i) {
  return Math.max(xs[i] - (xs[i - 1] ?? xs[i]), (xs[i + 1] ?? xs[i]) - xs[i]);
}
