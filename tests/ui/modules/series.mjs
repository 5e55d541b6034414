/* The numbers behind a loss curve. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addPoint, csv, epochMarks, firstAtLeast, formatLoss, formatMark, nearest, place, pointsOf, smooth, thin,
} from "../../../server/ui/js/chart/series.js";

const point = (step, loss = 1) => ({ step, epoch: 1, loss, time: 0 });

test("snapshots become points, with what the API leaves out", () => {
  assert.deepEqual(pointsOf([{ step: 2, computeTime: "1970-01-01T00:00:01.500Z" }]),
    [{ step: 2, epoch: 0, loss: 0, time: 1500 }]);
  assert.deepEqual(pointsOf(undefined), []);
});

test("a point takes its place by its step, and tells of a gap", () => {
  const points = [];
  assert.equal(addPoint(points, point(1)), false);
  assert.equal(addPoint(points, point(4)), true);
  assert.equal(addPoint(points, point(2)), false);
  assert.equal(addPoint(points, point(4, 7)), true);
  assert.deepEqual(points.map(({ step, loss }) => [step, loss]), [[1, 1], [2, 1], [4, 7]]);
});

test("a smoothed line begins at the first value", () => {
  assert.equal(smooth([8, 0], 0.99)[0].toFixed(12), (8).toFixed(12));
});

test("without weight, a smoothed line is the raw one", () => {
  assert.deepEqual(smooth([3, 1, 2], 0), [3, 1, 2]);
});

test("the debiased mean of a constant is the constant, and of two values by their weights", () => {
  for (const value of smooth(Array(50).fill(0.25), 0.9)) assert.ok(Math.abs(value - 0.25) < 1e-12);
  /* (0.5 * 0.5 * 4 + 0.5 * 1) / (0.25 + 0.5) */
  assert.ok(Math.abs(smooth([4, 1], 0.5)[1] - 2) < 1e-12);
});

test("what is no number does not spoil a smoothed line", () => {
  const smoothed = smooth([2, NaN, 2], 0.9);
  assert.ok(Number.isNaN(smoothed[1]));
  assert.equal(smoothed[2].toFixed(12), (2).toFixed(12));
});

test("places by step, epoch and time", () => {
  const curve = { stepsPerEpoch: 4, startTime: 1000 };
  const at = { step: 6, time: 3500 };
  assert.equal(place(at, "step", curve), 6);
  assert.equal(place(at, "epoch", curve), 1.5);
  assert.equal(place(at, "time", curve), 2.5);
  assert.equal(place({ step: 0, time: 0 }, "time", curve), 0);
});

test("finds the nearest of values that rise", () => {
  assert.equal(firstAtLeast([1, 3, 5], 3), 1);
  assert.equal(firstAtLeast([1, 3, 5], 6), 3);
  assert.deepEqual([0, 1.9, 2.1, 9].map((value) => nearest([1, 3, 5], value)), [0, 0, 1, 2]);
  assert.equal(nearest([], 1), -1);
});

test("thinning keeps ends, peaks and order, and its bound", () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i === 501 ? 99 : i === 502 ? -99 : Math.sin(i)));
  const kept = thin(values, 0, 1000, 100);
  assert.ok(kept.length <= 102, `${kept.length}`);
  assert.ok([0, 501, 502, 999].every((i) => kept.includes(i)));
  assert.ok(kept.every((each, i) => i === 0 || kept[i - 1] < each));
});

test("few values are all drawn", () => {
  assert.deepEqual(thin([5, 6, 7], 1, 3, 100), [1, 2]);
});

test("marks the ends of epochs, but not the last, and not too many", () => {
  assert.deepEqual(epochMarks(3, (epoch) => 10 * epoch, 0, 30), [{ at: 10, epoch: 1 }, { at: 20, epoch: 2 }]);
  assert.ok(epochMarks(1000, (epoch) => epoch, 0, 1000, 10).length <= 10);
  assert.deepEqual(epochMarks(3, (epoch) => 10 * epoch, 15, 30), [{ at: 20, epoch: 2 }]);
});

test("losses are shown with three digits that count", () => {
  assert.deepEqual([12.983533, 12, 0.022352856, 0, 2.76e-6, 12345.6, NaN].map(formatLoss),
    ["13.0", "12.0", "0.0224", "0", "2.8e-6", "12346", "–"]);
  assert.deepEqual([12, 0.05, 0.0005, 0].map(formatMark), ["12", "0.05", "5e-4", "0"]);
});

test("CSV quotes, and no field is run by a sheet", () => {
  const text = csv([{ name: '=HYPERLINK("x")', points: [point(1, 0.5)], smoothed: [0.25] }]);
  assert.equal(text, 'model,step,epoch,time,mean_loss,smoothed\r\n"\'=HYPERLINK(""x"")",1,1,1970-01-01T00:00:00.000Z,0.5,0.25\r\n');
});
