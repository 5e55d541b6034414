/*
 * What the page knows of the namespace it shows, kept up to date by events. Views read `store`, and
 * are told by topic, once a frame at most: models, requests, faults, clock, config, problem.
 */
import { control, namespace } from "./api.js";
import { on, onStatus } from "./live.js";
import { keyOf, stateOf, takeView } from "./model/kinds.js";
import { Feed } from "./requests/feed.js";

export const store = {
  /* "tunedModels/x", "tuningJobs/1" -> what GET /emulator/v1/tunedModels and tuningJobs say of it,
   * the oldest first. */
  models: new Map(),
  requests: new Feed(),
  faults: [],
  clock: null, /* {time, mode, rate, at}: `at` is performance.now() */
  info: null,
  isRead: false, /* the models and the clock were read once: enough to begin with */
  isWhole: false, /* faults and settings, too */
  areRequestsRead: false,
  problem: "", /* why it could not be read the last time, if the server said so */
};

/* So long the stream has to begin: some proxies hold it back. */
const PATIENCE_MS = 1000;
const PAGE_SIZE = 1000;
/* Without its resource and every snapshot. */
const MODEL_FIELDS = "name,displayName,baseModel,state,createTime,startTime,endTime,completedSteps,totalSteps," +
  "epoch,meanLoss,isStalled,epochCount,batchSize,learningRate,exampleCount,error";
/* Without the bodies, which may have 8 KB each. */
const REQUEST_FIELDS = "nextPageToken,requests(id,requestId,time,verb,path,query,method,model,caller,prompt,status," +
  "error,answer,hint,durationMs,requestBytes,responseBytes,isCut)";
/* As many models as the page reads; it shows fewer. */
const MODELS_MAX = 10000;
/* More models than these, changed at once, are read in one call. */
const MODELS_ONE_BY_ONE = 8;
const subscribers = new Map();
const changed = new Set();
let isDue = false;
let reading = null;
let isStale = false;

export function subscribe(topic, tell) {
  if (!subscribers.has(topic)) subscribers.set(topic, new Set());
  subscribers.get(topic).add(tell);
  return () => subscribers.get(topic).delete(tell);
}

function flush() {
  isDue = false;
  const topics = [...changed];
  changed.clear();
  for (const topic of topics)
    for (const tell of subscribers.get(topic) ?? []) tell();
}

/* A page in the background draws no frames; it is told when it is seen again. */
function touch(...topics) {
  for (const topic of topics) changed.add(topic);
  if (isDue || changed.size === 0) return;
  isDue = true;
  requestAnimationFrame(flush);
}

/* --- time --- */

function setClock(clock) {
  store.clock = { ...clock, at: performance.now() };
  touch("clock");
}

/* The emulated time now, in milliseconds since 1970; NaN before it is known. */
export function emulatedNow() {
  const { clock } = store;
  if (!clock) return NaN;
  const since = performance.now() - clock.at;
  const speed = { frozen: 0, rate: Number(clock.rate) }[clock.mode] ?? 1;
  return Date.parse(clock.time) + since * speed;
}

/* --- reading --- */

/* What was asked of a namespace that is shown no more is not kept. */
async function ask(path) {
  const of = namespace();
  const answer = await control("GET", path);
  if (namespace() !== of) throw new Error("Another namespace is shown by now.");
  return answer;
}

/* Calls `take` with each page of a list, until it says that it is enough. */
async function readPages(path, query, take) {
  let token = "";
  do {
    const page = await ask(
      `${path}?${new URLSearchParams({ ...query, pageSize: PAGE_SIZE, ...(token && { pageToken: token }) })}`);
    token = page.nextPageToken;
    if (take(page)) return;
  } while (token);
}

async function readModels() {
  const found = { tunedModels: [], tuningJobs: [] };
  await Promise.all(Object.keys(found).map((kind) => readPages(kind, {}, (page) => {
    found[kind].push(...page[kind].map(takeView));
    return found[kind].length >= MODELS_MAX;
  })));
  const all = [...found.tunedModels, ...found.tuningJobs.reverse()];
  if (found.tuningJobs.length > 0) all.sort((a, b) => Date.parse(a.createTime) - Date.parse(b.createTime));
  store.models = new Map(all.map((model) => [model.name, model]));
  touch("models");
}

async function readRequests() {
  store.requests.clear();
  await readPages("requests", { fields: REQUEST_FIELDS, prettyPrint: false }, ({ requests }) => {
    store.requests.add(requests);
    touch("requests");
    return store.requests.isFull;
  });
  store.areRequestsRead = true;
  touch("requests");
}

async function readFaults() {
  store.faults = (await ask("faults")).faults;
  touch("faults");
}

async function readClock() {
  setClock(await ask("clock"));
}

async function readInfo() {
  store.info = await ask("info");
  touch("config");
}

function takeAll() {
  store.problem = "";
  touch("models", "requests", "faults", "clock", "config");
  if (store.isRead) return;
  store.isRead = true;
  flush(); /* the first of all is not to wait for a frame */
}

/* All but the requests, which may be many. */
async function readState() {
  const rest = Promise.all([readFaults(), readInfo()]);
  rest.catch(() => {}); /* it is waited for below */
  await Promise.all([readModels(), readClock()]);
  takeAll();
  await rest;
  store.isWhole = true;
  touch("config");
}

async function readEach() {
  while (isStale) {
    const of = namespace();
    isStale = false;
    try {
      await Promise.all([readState(), readRequests()]);
    } catch (error) {
      if (namespace() === of) throw error;
      isStale = true;
    }
  }
}

function begin(read) {
  reading ??= read().catch(takeProblem).finally(() => {
    reading = null;
    if (isStale) begin(readEach);
  });
}

/* All anew; asked for while it is being read, once more. */
export function readAll() {
  isStale = true;
  begin(readEach);
}

/* That it is away, or lets nobody in, is said elsewhere. */
function takeProblem({ status, message }) {
  if (status === 0 || status === 401) return;
  store.problem = message;
  touch("problem");
}

/* The stream's beginning has all read; if it does not come, this does. */
function readWithoutStream(patience = PATIENCE_MS) {
  setTimeout(() => store.areRequestsRead || reading || readAll(), patience);
}

/* Another namespace: nothing of the old one is shown. */
export function forget() {
  store.models = new Map();
  store.faults = [];
  store.isRead = store.isWhole = store.areRequestsRead = false;
  store.requests.clear();
  readWithoutStream();
  touch("models", "requests", "faults");
}

/* Calls `read` soon, once for all who ask until then. */
function soon(read) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      read().catch(() => {});
    }, 50);
  };
}

const readFaultsSoon = soon(readFaults);
export const readInfoSoon = soon(readInfo);

async function readModel(name) {
  const path = name.split("/").map(encodeURIComponent).join("/");
  try {
    store.models.set(name, takeView(await ask(`${path}?fields=${MODEL_FIELDS}`)));
  } catch (error) {
    if (error.status === 404) store.models.delete(name);
  }
  touch("models");
}

const changedModels = new Set();
const readChangedSoon = soon(async () => {
  const names = [...changedModels];
  changedModels.clear();
  if (names.length > MODELS_ONE_BY_ONE) await readModels();
  else await Promise.all(names.map(readModel));
});

/* --- events --- */

/* Reads anew what is known of a model, soon. */
export function refreshModel(name) {
  changedModels.add(name);
  readChangedSoon();
}

/* What the event says is shown at once, the rest when it is read. */
function takeModel({ change, name: fullName, state }) {
  const name = keyOf(fullName);
  const model = store.models.get(name);
  if (change === "deleted") {
    store.models.delete(name);
  } else {
    if (model) store.models.set(name, { ...model, state: stateOf(state) });
    refreshModel(name);
  }
  touch("models");
}

function takeProgress({ models }) {
  for (const { name: fullName, ...moved } of models) {
    const name = keyOf(fullName);
    const model = store.models.get(name);
    if (!model) continue;
    /* It stands, or goes on: its end is another. */
    if (moved.isStalled !== model.isStalled) refreshModel(name);
    store.models.set(name, { ...model, ...moved });
  }
  touch("models");
}

/* Reads what there is at once, and all when the stream has begun: what happened between is in
 * neither. */
export function startStore() {
  begin(readState);
  readWithoutStream();
  onStatus((status) => status === "lost" && readWithoutStream(0));
  for (const type of ["hello", "resync", "lost", "state"]) on(type, readAll);
  on("model", takeModel);
  on("progress", takeProgress);
  on("fault", readFaultsSoon);
  on("clock", ({ clock }) => setClock(clock));
  on("request", ({ request }) => {
    store.requests.add([request]);
    touch("requests");
  });
}
