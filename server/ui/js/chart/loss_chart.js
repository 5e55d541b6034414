/*
 * Loss curves, drawn by Chart.js. It draws the lines and the axes; what follows the pointer lies
 * above it (cursor.js), so that a move of the mouse draws no curve anew.
 */
import { whenChart } from "../chart_library.js";
import { h } from "../dom.js";
import { epochMarks, firstAtLeast, formatMark, place, smooth, thin } from "./series.js";

/* What is drawn at once, over all lines: 64 points for each of 40 lines. */
const POINTS_MAX = 2560;
const COLORS = 10;
const FONT_PIXELS = 14;
const Y_AXIS_PIXELS = 74;
const PALE = 0.3;
const DIMMED = 0.18;
const X_NAMES = { step: "Step", epoch: "Epoch", time: "Time since the start" };

function withAlpha(color, alpha) {
  const [, parts] = color.match(/\(([^)]*)\)/) ?? [null, "0, 0, 0"];
  const [red, green, blue] = parts.split(/[\s,/]+/);
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

function seconds(value) {
  if (value < 60) return `${Number(value.toFixed(1))} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
  return `${Number((value / 3600).toFixed(1))} h`;
}

/* As style sheets have it; a chart needs it as it is (colorOf). */
export function seriesColor(index) {
  return `var(--series-${index % COLORS})`;
}

/* "step 12", "epoch 1.5", "3.2 s". */
export function formatPlace(value, axis) {
  if (axis === "time") return seconds(value);
  return `${axis} ${axis === "step" ? value : Number(value.toFixed(2))}`;
}

/* Of each point; none is drawn, they only carry the line. */
const POINT = Object.freeze({ radius: 0, hitRadius: 0, borderWidth: 0 });

/* Of each line, but what a dataset says. */
const LINE = Object.freeze({
  borderCapStyle: "butt", borderDashOffset: 0, borderJoinStyle: "bevel", tension: 0, fill: false, spanGaps: false,
  stepped: false, cubicInterpolationMode: "default", capBezierPoints: true,
});

/* A line that takes its options from its dataset alone: the library's looks them up in all places
 * where they could stand, anew for each of 40 lines in each frame. */
function registerCurve(Chart) {
  class CurveController extends Chart.LineController {
    configure() {
      this.options = { showLine: true, parsing: false, spanGaps: false };
      this._parsing = false;
      this._cachedDataOpts = {};
    }

    resolveDatasetElementOptions() {
      const { borderColor, borderWidth, borderDash } = this.getDataset();
      return { ...LINE, borderColor, borderWidth, borderDash };
    }

    resolveDataElementOptions() {
      return POINT;
    }

    updateElements(points, start, count) {
      const { xScale, yScale, _parsed: parsed } = this._cachedMeta;
      for (let i = start; i < start + count; i++) {
        const point = points[i];
        point.x = xScale.getPixelForValue(parsed[i].x);
        point.y = yScale.getPixelForValue(parsed[i].y);
        point.skip = Number.isNaN(point.y);
        point.options = POINT;
      }
    }

    /* The line, without asking each of its points. */
    draw() {
      const { dataset: line } = this._cachedMeta;
      line.draw(this.chart.ctx, this.chart.chartArea, this._drawStart, this._drawCount);
    }
  }
  CurveController.id = "curve";
  CurveController.defaults = Chart.LineController.defaults;
  CurveController.overrides = Chart.LineController.overrides;
  Chart.register(CurveController);
}

export class LossChart {
  /* `curves`: [{name, label, points, state, totalSteps, epochCount, stepsPerEpoch, startTime,
   * endTime}]; the caller's own, read again at each update(). */
  constructor(root) {
    this.axis = "step";
    this.isLog = false;
    this.weight = 0;
    this.zoom = null; /* [from, to] on the axis */
    this.hidden = new Set();
    this.highlighted = null;
    this.curves = [];
    this.lines = [];
    this.kept = new Map(); /* datasets, by kind and name */
    this.probe = h("span", { hidden: true });
    this.canvas = h("canvas", { "aria-hidden": "true" });
    root.append(this.probe, this.canvas);
    this.whenDrawn = () => {};
  }

  async start() {
    const Chart = await whenChart();
    if (this.isClosed) return;
    this.readColors();
    if (!Chart.registry.controllers.items.curve) registerCurve(Chart);
    this.chart = new Chart(this.canvas, {
      type: "curve",
      data: { datasets: [] },
      options: this.options(),
      plugins: [{
        id: "marks",
        beforeDatasetsDraw: (chart) => this.drawMarks(chart),
        afterDatasetsDraw: (chart) => this.drawEnds(chart),
      }],
    });
    this.update();
  }

  close() {
    this.isClosed = true;
    cancelAnimationFrame(this.frame);
    this.chart?.destroy();
    this.chart = null;
  }

  options() {
    return {
      animation: false, parsing: false, normalized: true, spanGaps: false,
      events: [], maintainAspectRatio: false, onResize: () => this.update(),
      layout: { padding: { top: 22, right: 12 } },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: { x: this.scaleX(), y: this.scaleY() },
    };
  }

  scale(title, callback) {
    const { axis, grid } = this.colors;
    const font = { size: FONT_PIXELS, family: this.family };
    return {
      title: { display: true, text: title, color: axis, font },
      ticks: { color: axis, font, callback, autoSkipPadding: 12, maxRotation: 0 },
      grid: { color: grid, borderColor: grid, tickLength: 4 },
    };
  }

  scaleX() {
    const axis = this.axis;
    const [min, max] = this.range();
    const shown = (value) => (axis === "time" ? seconds(value) : Number(value.toFixed(3)));
    return { ...this.scale(X_NAMES[axis], shown), type: "linear", min, max };
  }

  scaleY() {
    const isLog = this.isLog;
    const shown = (value) => {
      const digit = Math.round(value / 10 ** Math.floor(Math.log10(value)));
      return !isLog || [1, 2, 5].includes(digit) ? formatMark(value) : "";
    };
    return {
      ...this.scale("Mean loss", shown), type: isLog ? "logarithmic" : "linear",
      beginAtZero: !isLog && !this.zoom,
      /* Else the curve would jump sideways with each label that is longer. */
      afterFit: (scale) => { scale.width = Y_AXIS_PIXELS; },
    };
  }

  readColors() {
    const read = (name) => {
      this.probe.style.color = `var(${name})`;
      return getComputedStyle(this.probe).color;
    };
    this.scaled = null; /* what the scales were made for */
    this.family = getComputedStyle(document.body).fontFamily;
    this.colors = { axis: read("--chart-axis"), grid: read("--chart-grid"), ground: read("--surface"), series: [] };
    for (let i = 0; i < COLORS; i++) this.colors.series.push(read(`--series-${i}`));
  }

  colorOf(index) {
    return this.colors.series[index % COLORS];
  }

  /* The theme has changed. */
  recolor() {
    this.readColors();
    this.update();
  }

  /* Where the axis begins and ends: with all the steps that are planned, so that a curve grows into
   * room which is there. */
  range() {
    if (this.zoom) return this.zoom;
    let max = 0;
    for (const { curve, xs } of this.lines) {
      const planned = { step: curve.totalSteps, time: curve.endTime };
      const end = curve.totalSteps > 0 && (this.axis !== "time" || Number.isFinite(curve.endTime))
        ? place(planned, this.axis, curve) : 0;
      max = Math.max(max, end, xs.at(-1) ?? 0);
    }
    return [0, max || 1];
  }

  /* Reads all anew, and draws with the next frame. */
  update() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.chart) this.draw();
    });
  }

  measure() {
    this.lines = this.curves.map((curve, index) => ({ curve, index })).filter(({ curve }) => !this.hidden.has(curve.name))
      .map(({ curve, index }) => {
        const { points } = curve;
        const losses = new Array(points.length), xs = new Array(points.length);
        for (let i = 0; i < points.length; i++) {
          losses[i] = points[i].loss;
          xs[i] = place(points[i], this.axis, curve);
        }
        return { curve, index, losses, xs, smoothed: this.weight > 0 ? smooth(losses, this.weight) : losses };
      });
  }

  /* The points of one line within the range, and one beyond each edge. */
  pick({ xs }, values, most) {
    const [from, to] = this.range();
    const begin = Math.max(0, firstAtLeast(xs, from) - 1);
    const end = Math.min(xs.length, firstAtLeast(xs, to) + 1);
    const isShown = (value) => !this.isLog || value > 0;
    const points = thin(values, begin, end, most).map((i) => ({ x: xs[i], y: isShown(values[i]) ? values[i] : NaN }));
    return Object.freeze(points); /* the library would listen to an array that may grow */
  }

  /* The library keeps what it has measured of a dataset as long as it is the same object. */
  dataset(line, values, most, kind) {
    const key = `${kind} ${line.curve.name}`;
    const dataset = this.kept.get(key) ?? { borderWidth: kind === "pale" ? 1 : 2 };
    const isDimmed = this.highlighted !== null && this.highlighted !== line.curve.name;
    const alpha = (isDimmed ? DIMMED : 1) * (kind === "pale" ? PALE : 1);
    this.kept.set(key, dataset);
    return Object.assign(dataset, {
      data: this.pick(line, values, most),
      borderColor: withAlpha(this.colorOf(line.index), alpha),
      borderDash: line.index >= COLORS ? [6, 4] : [],
    });
  }

  /* The first lies above all: it is the model at hand; the pale ones lie below. */
  datasets() {
    const isSmooth = this.weight > 0;
    const most = Math.max(60, Math.floor(POINTS_MAX / this.lines.length / (isSmooth ? 2 : 1)));
    const plain = this.lines.map((line) => this.dataset(line, line.smoothed, most, "plain"));
    const pale = isSmooth ? this.lines.map((line) => this.dataset(line, line.losses, most, "pale")) : [];
    return [...plain, ...pale];
  }

  /* New options cost the library more than new points; true if they are the ones of before. */
  setScales() {
    const now = [this.axis, this.isLog, this.zoom].join();
    const { x } = this.chart.options.scales;
    const [min, max] = this.range();
    const isKept = now === this.scaled && x.min === min && x.max === max;
    if (now !== this.scaled) this.chart.options.scales = { x: this.scaleX(), y: this.scaleY() };
    else if (!isKept) Object.assign(x, { min, max });
    this.scaled = now;
    return isKept;
  }

  /* True if the axes as they are fit these lines: the same ones, with further points below the
   * highest. */
  fits(datasets) {
    const { chart } = this;
    let low = Infinity, high = -Infinity;
    for (const { data } of datasets)
      for (const { y } of data) {
        if (y < low) low = y;
        if (y > high) high = y;
      }
    const isSame = high === this.high && low >= chart.scales.y?.min;
    this.high = high;
    const before = chart.data.datasets;
    return isSame && datasets.length === before.length && datasets.every((each, i) => each === before[i]);
  }

  draw() {
    this.measure();
    const datasets = this.datasets();
    const isKept = this.setScales();
    if (this.fits(datasets) && isKept) this.drawLines();
    else {
      this.chart.data.datasets = datasets;
      this.chart.update("none");
    }
    this.whenDrawn();
  }

  /* What update() does of the lines alone: to lay out the axes anew costs the library as much again. */
  drawLines() {
    for (const { controller } of this.chart.getSortedVisibleDatasetMetas()) {
      controller.buildOrUpdateElements();
      controller.update("none");
    }
    this.chart.draw();
  }

  /* How many values there are to be seen. */
  get pointCount() {
    return this.lines.reduce((sum, { losses }) => sum + losses.length, 0);
  }

  drawMarks({ ctx, chartArea: area, scales: { x } }) {
    const line = this.lines[0];
    if (!line || !(line.curve.epochCount > 1) || this.axis === "epoch") return;
    const { curve } = line;
    const perSecond = curve.endTime > curve.startTime ? (curve.endTime - curve.startTime) / 1000 / curve.totalSteps : NaN;
    const at = (epoch) => epoch * curve.stepsPerEpoch * (this.axis === "time" ? perSecond : 1);
    /* By its own length: beside a longer curve its epochs are close together. */
    const span = x.getPixelForValue(at(curve.epochCount)) - x.getPixelForValue(0);
    const most = Math.max(1, Math.floor(span / 80) || 1);
    ctx.save();
    ctx.strokeStyle = this.colors.axis;
    ctx.fillStyle = this.colors.axis;
    ctx.globalAlpha = 0.8;
    ctx.setLineDash([3, 4]);
    ctx.font = `${FONT_PIXELS}px ${this.family}`;
    ctx.textAlign = "center";
    for (const mark of epochMarks(curve.epochCount, at, x.min, x.max, most)) {
      const pixel = Math.round(x.getPixelForValue(mark.at)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(pixel, area.top);
      ctx.lineTo(pixel, area.bottom);
      ctx.stroke();
      ctx.fillText(`epoch ${mark.epoch}`, pixel, area.top - 7);
    }
    ctx.restore();
  }

  /* A dot where a curve grows, a cross where a training failed or was cancelled. */
  drawEnds({ ctx, chartArea: area, scales: { x, y } }) {
    for (const line of this.lines) {
      const last = line.xs.length - 1;
      if (last < 0 || ["ACTIVE", "SUCCEEDED"].includes(line.curve.state) || line.xs[last] > x.max || line.xs[last] < x.min) continue;
      const at = [x.getPixelForValue(line.xs[last]), y.getPixelForValue(line.smoothed[last])];
      if (!(at[1] >= area.top - 1 && at[1] <= area.bottom + 1)) continue;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = this.colorOf(line.index);
      ctx.lineWidth = 2.5;
      ctx.beginPath();
      const isBroken = ["FAILED", "CANCELLED"].includes(line.curve.state);
      if (isBroken) drawCross(ctx, at);
      else ctx.arc(at[0], at[1], 4, 0, 2 * Math.PI);
      if (isBroken) ctx.stroke();
      else ctx.fill();
      ctx.restore();
    }
  }

  /* A promise of a picture, on the ground of the page. */
  picture() {
    const { width, height } = this.canvas;
    const copy = h("canvas", { width, height });
    const context = copy.getContext("2d");
    context.fillStyle = this.colors.ground;
    context.fillRect(0, 0, width, height);
    context.drawImage(this.canvas, 0, 0);
    return new Promise((resolve) => { copy.toBlob(resolve, "image/png"); });
  }
}

function drawCross(ctx, [x, y]) {
  ctx.moveTo(x - 5, y - 5);
  ctx.lineTo(x + 5, y + 5);
  ctx.moveTo(x + 5, y - 5);
  ctx.lineTo(x - 5, y + 5);
}
