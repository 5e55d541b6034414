/*
 * The curves of some models, kept up to date: read once, then grown by events, and read again where
 * an event left steps out.
 */
import { control } from "../api.js";
import { addPoint, pointsOf } from "../chart/series.js";
import { isOld, on } from "../live.js";
import { store, subscribe } from "../store.js";
import { idOf, keyOf, labelOf, takeView } from "./kinds.js";

/* A training faster than events brings gaps all the time. So long after one it is filled, each
 * further curve later by as much: one call and its thousand steps are enough for a frame. */
const FILL_MS = 1000;
const FILL_APART_MS = 250;

function fill(curve, view) {
  const { tunedModel, tuningJob, snapshots, ...facts } = takeView(view);
  const perEpoch = facts.batchSize > 0 ? facts.exampleCount / facts.batchSize : 0;
  Object.assign(curve, facts, {
    label: labelOf(facts),
    resource: tunedModel ?? tuningJob,
    points: pointsOf(snapshots ?? tunedModel?.tuningTask?.snapshots),
    stepsPerEpoch: Math.max(1e-9, perEpoch || facts.totalSteps / (facts.epochCount || 1) || 1),
    startTime: Date.parse(tunedModel?.tuningTask?.startTime ?? facts.startTime ?? facts.createTime),
    endTime: Date.parse(tunedModel?.tuningTask?.completeTime ?? facts.endTime),
    error: facts.error, failure: null, isRead: true,
  });
}

export class Curves {
  /* `tell` is called when something has changed. */
  constructor(tell) {
    this.tell = tell;
    this.curves = new Map();
    this.stops = [
      on("progress", (data) => this.takeProgress(data)),
      on("state", () => this.readAll()), on("resync", () => this.readAll()),
      on("lost", () => this.readAll()), on("hello", () => this.readAll(({ askedAt }) => isOld(askedAt))),
      subscribe("models", () => this.takeStates()),
    ];
  }

  close() {
    for (const stop of this.stops) stop();
    for (const curve of this.curves.values()) clearTimeout(curve.timer);
    this.curves.clear();
  }

  /* Those that are asked for, in this order. */
  setNames(names) {
    const kept = new Map();
    for (const name of names)
      kept.set(name, this.curves.get(name)
        ?? { name, label: idOf(name), points: [], stepsPerEpoch: 1, totalSteps: 0, isRead: false });
    for (const [name, curve] of this.curves) if (!kept.has(name)) clearTimeout(curve.timer);
    this.curves = kept;
    for (const curve of kept.values()) if (!curve.isRead) this.read(curve);
  }

  get(name) {
    return this.curves.get(name);
  }

  /* Those that can be drawn. */
  get list() {
    return [...this.curves.values()].filter((curve) => curve.isRead);
  }

  readAll(isMeant = () => true) {
    for (const curve of this.curves.values()) if (isMeant(curve)) this.read(curve);
  }

  async read(curve) {
    clearTimeout(curve.timer);
    curve.timer = 0;
    if (curve.isReading) {
      curve.isAskedAgain = true;
      return;
    }
    curve.isReading = true;
    curve.askedAt = performance.now();
    try {
      fill(curve, await control("GET", curve.name.split("/").map(encodeURIComponent).join("/")));
    } catch (error) {
      curve.failure = error;
      if (error.status === 404) curve.isRead = false;
    }
    curve.isReading = false;
    if (this.curves.get(curve.name) !== curve) return;
    this.tell();
    if (curve.isAskedAgain) {
      curve.isAskedAgain = false;
      this.fillSoon(curve);
    }
  }

  fillSoon(curve) {
    this.readSoon(curve, FILL_MS + FILL_APART_MS * [...this.curves.keys()].indexOf(curve.name));
  }

  readSoon(curve, milliseconds) {
    curve.timer ||= setTimeout(() => this.read(curve), milliseconds);
  }

  takeProgress({ models, time }) {
    let hasMoved = false;
    for (const { name, completedSteps, epoch, meanLoss, totalSteps } of models) {
      const curve = this.curves.get(keyOf(name));
      if (!curve?.isRead || !(completedSteps > 0)) continue;
      const point = { step: completedSteps, epoch, loss: meanLoss, time: Date.parse(time) };
      if (completedSteps > (curve.points.at(-1)?.step ?? 0) && addPoint(curve.points, point)) this.fillSoon(curve);
      Object.assign(curve, { completedSteps, epoch, meanLoss, totalSteps });
      hasMoved = true;
    }
    if (hasMoved) this.tell();
  }

  /* Steps come by events; what else changes, by what the store has read. */
  takeStates() {
    for (const curve of this.curves.values()) {
      const entry = store.models.get(curve.name);
      const isOther = entry && (entry.state !== curve.state || entry.isStalled !== curve.isStalled
        || entry.endTime !== curve.seenEnd || entry.displayName !== curve.displayName);
      if (entry) curve.seenEnd = entry.endTime;
      const isGone = !entry && curve.isRead && store.isRead;
      if ((isOther && curve.isRead) || isGone || (entry && !curve.isRead && curve.failure)) this.readSoon(curve, 0);
    }
  }
}
