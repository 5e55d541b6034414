// What the client programs in JavaScript share: TAP steps, the server's addresses, its control API, and a record of
// what went over the wire.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';

export {assert};

const variable = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start this with tests/clients/run`);
  return value;
};

/** The server that takes any credential, and the one that knows the callers of callers.json. */
export const url = variable('TUNEMOCK_URL');
export const authUrl = variable('TUNEMOCK_AUTH_URL');

export const examples = JSON.parse(readFileSync(new URL('examples.json', import.meta.url)));
export const baseModel = 'models/gemini-1.5-flash-001-tuning';

/** Generous: the machine may be busy. */
const STEP_MS_MAX = 60_000;

let count = 0;
let failedCount = 0;

/** The installed version of an npm package; also tells the runner which client this is. */
export function announce(packageName) {
  const path = new URL(`../node_modules/${packageName}/package.json`, import.meta.url);
  const {version} = JSON.parse(readFileSync(path));
  console.log(`# client ${packageName} ${version}`);
  return version;
}

/** Whether version a is b or newer; both are three numbers with dots. */
export function isAtLeast(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map((part) => parseInt(part, 10)));
  const index = x.findIndex((part, at) => part !== y[at]);
  return index < 0 || x[index] > y[index];
}

/** Runs one step: it passes unless the body throws, rejects or hangs. */
export async function step(name, body) {
  count += 1;
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${STEP_MS_MAX} ms`)), STEP_MS_MAX);
  });
  try {
    await Promise.race([Promise.resolve().then(body), timeout]);
    console.log(`ok ${count} - ${name}`);
  } catch (error) {
    failedCount += 1;
    console.log(`not ok ${count} - ${name}`);
    console.log(String(error?.stack ?? error).replace(/^/gm, '# '));
  } finally {
    clearTimeout(timer);
  }
}

/** Prints the plan and ends the process: some clients leave timers or sockets behind. */
export function finish() {
  console.log(`1..${count}`);
  process.exitCode = failedCount ? 1 : 0;
  setImmediate(() => process.exit());
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `ask` until `isDone` likes the answer, and returns that answer. */
export async function until(ask, isDone) {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    await sleep(50);
  }
  throw new Error('gave up waiting');
}

/** What `promise` is rejected with; it must be. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({message: 'expected an error'});
}

/** A plain call, for what a client has no call for. Returns the JSON answer, which must be a success. */
export async function rest(method, path, body, base = url, key = 'k') {
  const answer = await plainFetch(base + path, {
    method,
    headers: {'Content-Type': 'application/json', 'x-goog-api-key': key},
    body: body && JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** Creates a model from the examples and waits until it is trained; returns its name. */
export async function trainedModel(displayName, base = url, key = 'k') {
  const operation = await rest('POST', '/v1beta/tunedModels', {
    displayName,
    baseModel,
    tuningTask: {hyperparameters: {epochCount: 1, batchSize: 8}, trainingData: {examples: {examples}}},
  }, base, key);
  const done = await until(() => rest('GET', `/v1beta/${operation.name}`, undefined, base, key), (answer) => answer.done);
  return done.response.name;
}

/** How the training of failingModel ends. */
export const failure = {code: 13, message: 'The training diverged.'};

/** Creates a model whose training fails once 12 of its steps are done; returns the operation. */
export async function failingModel() {
  const operation = await rest('POST', '/v1beta/tunedModels', {
    baseModel,
    tuningTask: {hyperparameters: {epochCount: 10, batchSize: 4}, trainingData: {examples: {examples}}},
  });
  await rest('POST', `/emulator/v1/${operation.metadata.tunedModel}:fail`, {...failure, atStep: 12});
  return operation;
}

/** Lets the next call of a method be answered with a status. */
export async function fault(method, status) {
  await rest('POST', '/emulator/v1/faults', {method, status, times: 1});
}

/** Runs `call` with a fault set for it, and returns what it was rejected with. */
export async function withFault(method, status, call) {
  await fault(method, status);
  try {
    return await rejection(call());
  } finally {
    await rest('DELETE', '/emulator/v1/faults');
  }
}

/** Every request that went through fetch since the last clear: method, path with query, body, and the answer. */
export const wire = [];
const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = input instanceof Request ? input : {url: String(input), method: 'GET', ...init};
  const {pathname, search} = new URL(request.url);
  const entry = {method: request.method ?? 'GET', path: pathname + search, body: init?.body};
  wire.push(entry);
  const answer = await plainFetch(input, init);
  entry.status = answer.status;
  entry.hint = answer.headers.get('x-emulator-hint');
  entry.source = answer.headers.get('x-emulator-answer');
  return answer;
};

/** The newest entry of the wire. */
export const last = () => wire[wire.length - 1];
