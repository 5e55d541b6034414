/*
 * What happens, as it happens: the server's events, read by fetch since an EventSource can bring no
 * token. Comes back by itself, with the last id that it has seen.
 */
import { errorOf, sendControl } from "./api.js";

const RETRY_MS = 250;
const RETRY_MS_MAX = 3000;
/* The server says something every 15 s. */
const SILENCE_MS_MAX = 40000;

const listeners = new Map();
const watchers = new Set();
let current = "connecting";
let lastId = "";
let abort = null;
let wake = null;
let generation = 0;
let followedSince = Infinity;

/* Calls `listen(data, type)` for each event of this type, "*" of any. */
export function on(type, listen) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(listen);
  return () => listeners.get(type).delete(listen);
}

/* Calls `read` now, and again whenever what it has read may have missed something. */
export function follow(read) {
  let askedAt = 0;
  const go = () => {
    askedAt = performance.now();
    read();
  };
  const stops = [on("hello", () => isOld(askedAt) && go()), ...["resync", "lost", "state"].map((type) => on(type, go))];
  go();
  return () => stops.forEach((stop) => stop());
}

/* Of what was asked for before the events were followed: it misses what happened in between. */
export function isOld(askedAt) {
  return askedAt < followedSince;
}

/* connecting: for the first time; live; lost: it was there, and is tried again. */
export function status() {
  return current;
}

/* Calls `watch(status, problem)` when it changes; lost since the server refuses the stream, rather
 * than since it is away, is told with what it says. */
export function onStatus(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

function setStatus(status, problem = "") {
  if (status === current) return;
  current = status;
  for (const watch of watchers) watch(status, problem);
}

function tell(type, data) {
  for (const name of [type, "*"])
    for (const listen of listeners.get(name) ?? []) listen(data, type);
}

/* One event, between two empty lines. */
function take(block) {
  let type = "message", data = "";
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (colon < 1) continue;
    const name = line.slice(0, colon);
    if (name === "id") lastId = value;
    else if (name === "event") type = value;
    else if (name === "data") data += value;
  }
  if (data) tell(type, JSON.parse(data));
}

async function readStream(response, signal, stop) {
  const reader = response.body.pipeThrough(new TextDecoderStream(), { signal }).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(stop, SILENCE_MS_MAX);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) take(block);
  }
}

async function readOnce() {
  abort = new AbortController();
  const { signal } = abort;
  const response = await sendControl("GET", "events", null,
    { signal, more: lastId ? { "Last-Event-ID": lastId } : {} });
  if (!response.ok) throw await errorOf(response);
  followedSince = response.at ?? performance.now();
  setStatus("live");
  await readStream(response, signal, () => abort.abort());
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function run(mine) {
  let retry = RETRY_MS;
  while (mine === generation) {
    const began = performance.now();
    let problem = "";
    try {
      await readOnce();
    } catch (error) {
      /* Whatever it was, it is tried again. */
      if (error.status > 0) problem = error.message;
    }
    if (mine !== generation) return;
    setStatus("lost", problem);
    if (performance.now() - began > RETRY_MS_MAX) retry = RETRY_MS;
    await pause(retry);
    retry = Math.min(2 * retry, RETRY_MS_MAX);
  }
}

/* Begins; again, with another namespace. */
export function startLive() {
  generation++;
  abort?.abort();
  wake?.();
  lastId = "";
  run(generation);
}

/* Tries at once: the machine has woken up, or is online again. */
export function retryNow() {
  if (current !== "live") wake?.();
}
