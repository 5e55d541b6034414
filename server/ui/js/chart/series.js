/*
 * The numbers behind a loss curve. Pure: no page, no time of day.
 *
 * A point is {step, epoch, loss, time}: time in milliseconds since 1970, of the emulated clock.
 */

/* Of the snapshots of a tuned model, in the API's own JSON, where 0 is left out. */
export function pointsOf(snapshots) {
  return (snapshots ?? []).map((snapshot) => ({
    step: snapshot.step ?? 0,
    epoch: snapshot.epoch ?? 0,
    loss: snapshot.meanLoss ?? 0,
    time: Date.parse(snapshot.computeTime),
  }));
}

/* Puts a point in its place by its step, over what stood there; says if steps before it are
 * missing. */
export function addPoint(points, point) {
  let at = points.length;
  while (at > 0 && points[at - 1].step >= point.step) at--;
  points.splice(at, points[at]?.step === point.step ? 1 : 0, point);
  return point.step > (at > 0 ? points[at - 1].step : 0) + 1;
}

/* The exponential mean with the weight of the past from 0 to below 1, divided by the weights that
 * it has seen so far: so it begins at the first value, and not at 0. */
export function smooth(values, weight) {
  const ret = new Array(values.length);
  let sum = 0, seen = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      ret[i] = values[i];
      continue;
    }
    sum = weight * sum + (1 - weight) * values[i];
    seen = weight * seen + (1 - weight);
    ret[i] = sum / seen;
  }
  return ret;
}

/* Where a point stands on an axis: "step"; "epoch", in parts of one; "time", in seconds since the
 * training began. */
export function place(point, axis, { stepsPerEpoch, startTime }) {
  if (axis === "epoch") return point.step / stepsPerEpoch;
  if (axis === "time") return Math.max(0, point.time - startTime) / 1000;
  return point.step;
}

/* The first index whose value is at least `value`; the values rise. */
export function firstAtLeast(values, value) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The index of the value nearest to `value`; -1 of none. */
export function nearest(values, value) {
  const at = firstAtLeast(values, value);
  if (at === 0) return values.length > 0 ? 0 : -1;
  if (at === values.length) return at - 1;
  return value - values[at - 1] <= values[at] - value ? at - 1 : at;
}

/* The indexes from `begin` to `end` (left out) that are drawn: at most about `most`, and of each
 * stretch the lowest and the highest, so that no peak is lost. */
export function thin(values, begin, end, most) {
  const ret = [];
  if (end - begin <= most) {
    for (let i = begin; i < end; i++) ret.push(i);
    return ret;
  }
  const stretch = (2 * (end - begin)) / most;
  for (let from = begin; from < end; from += stretch) {
    const to = Math.min(end, Math.floor(from + stretch));
    let low = Math.floor(from), high = low;
    for (let i = low + 1; i < to; i++) {
      if (values[i] < values[low]) low = i;
      if (values[i] > values[high]) high = i;
    }
    ret.push(Math.min(low, high));
    if (low !== high) ret.push(Math.max(low, high));
  }
  if (ret[0] !== begin) ret.unshift(begin);
  if (ret.at(-1) !== end - 1) ret.push(end - 1);
  return ret;
}

/* Where epochs end, within [from, to], at most about `most` of them: [{at, epoch}]. */
export function epochMarks(epochs, place, from, to, most = 20) {
  const ret = [];
  const every = Math.ceil(epochs / most);
  for (let epoch = every; epoch < epochs; epoch += every) {
    const at = place(epoch);
    if (at > from && at < to) ret.push({ at, epoch });
  }
  return ret;
}

/* "0.0432", "12.0", "2.8e-6": three digits that count, and as wide at each step. */
export function formatLoss(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6) return value.toExponential(1);
  return Math.abs(value) < 1000 ? value.toPrecision(3) : value.toFixed(0);
}

/* The same at a mark of an axis: "12", "0.05". */
export function formatMark(value) {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(0) : String(Number(value.toPrecision(4)));
}

function csvField(value) {
  const text = String(value ?? "");
  /* A sheet would run a text that begins so. */
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/* Of [{name, points, smoothed}]: a row for each step of each model. */
export function csv(curves) {
  const rows = [["model", "step", "epoch", "time", "mean_loss", "smoothed"]];
  for (const { name, points, smoothed } of curves)
    points.forEach((point, i) => rows.push([name, point.step, point.epoch,
      Number.isFinite(point.time) ? new Date(point.time).toISOString() : "", point.loss, smoothed[i]]));
  return rows.map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}
