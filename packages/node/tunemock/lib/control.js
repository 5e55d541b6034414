// The control API, /emulator/v1/, as methods. docs/control.md has the shapes.
'use strict';

const http = require('node:http');

// The server refused a call. `status` is the HTTP status.
class ControlError extends Error {
  constructor(status, message) {
    super(`${status}: ${message}`);
    this.name = 'ControlError';
    this.status = status;
  }
}

// requests.verify() does not hold; `answer` has the nearest requests and where they differ.
class VerificationError extends Error {
  constructor(answer) {
    super(answer.message);
    this.name = 'VerificationError';
    this.answer = answer;
  }
}

// One request on a connection of its own, past any proxy, and past what a test has put in the place of fetch.
function send(url, headers, verb, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, `${url}/`), {
      method: verb,
      agent: false,
      headers: text === undefined ? headers :
        {...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text)},
    }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({status: answer.statusCode, text: Buffer.concat(parts).toString()}));
    });
    request.on('error', reject);
    request.end(text);
  });
}

function messageOf(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text;
  }
}

// A server as one namespace shows it: each call brings the headers that choose it.
class Control {
  constructor(url, headers) {
    this.url = url.replace(/\/+$/, '');
    this.headers = headers;
    this.clock = new Clock(this);
    this.faults = new Scripts(this, 'faults');
    this.stubs = new Scripts(this, 'stubs');
    this.stories = new Scripts(this, 'stories');
    this.requests = new Requests(this);
    this.snapshots = new Snapshots(this);
    this.trainings = new Trainings(this);
  }

  // One call of the control API: `path` is below /emulator/v1/.
  async call(verb, path, body) {
    const {status, text} = await send(this.url, this.headers, verb, `/emulator/v1/${path}`, body);
    if (status !== 200) throw new ControlError(status, messageOf(text));
    return JSON.parse(text);
  }

  info() {
    return this.call('GET', 'info');
  }

  // The dials, after those that are given were set.
  config(dials) {
    return dials ? this.call('PATCH', 'config', dials) : this.call('GET', 'config');
  }

  async reset(how = {}) {
    await this.call('POST', 'state:reset', how);
  }

  state() {
    return this.call('GET', 'state');
  }

  async load(state) {
    await this.call('PUT', 'state', state);
  }
}

// The emulated time.
class Clock {
  constructor(control) {
    this.control = control;
  }

  get() {
    return this.control.call('GET', 'clock');
  }

  advance(duration) {
    return this.control.call('POST', 'clock:advance', {duration});
  }

  set(clock) {
    return this.control.call('PATCH', 'clock', clock);
  }
}

// Faults, stubs or stories: what a test has the server do.
class Scripts {
  constructor(control, kind) {
    this.control = control;
    this.kind = kind;
  }

  add(script) {
    return this.control.call('POST', this.kind, script);
  }

  async list() {
    return (await this.control.call('GET', this.kind))[this.kind];
  }

  async delete(id) {
    await this.control.call('DELETE', `${this.kind}/${id}`);
  }

  async clear() {
    await this.control.call('DELETE', this.kind);
  }
}

// The journal: what was asked, and what was answered.
class Requests {
  constructor(control) {
    this.control = control;
  }

  // The newest first.
  async list(filters = {}) {
    const query = new URLSearchParams(filters).toString();
    return (await this.control.call('GET', query ? `requests?${query}` : 'requests')).requests;
  }

  async count(match = {}) {
    return (await this.control.call('POST', 'requests:count', {match})).count;
  }

  // Throws VerificationError unless requests that match came: at least one, unless `times` says how many.
  async verify(match, {times, order, within} = {}) {
    const body = order ? {order, within} :
      {match, within, times: typeof times === 'number' ? {exactly: times} : times};
    const {url, headers} = this.control;
    const {status, text} = await send(url, headers, 'POST', '/emulator/v1/requests:verify', body);
    const answer = status === 200 || status === 409 ? JSON.parse(text) : {};
    if (status === 409 && 'ok' in answer) throw new VerificationError(answer);
    if (status !== 200) throw new ControlError(status, messageOf(text));
    return answer;
  }

  async clear() {
    await this.control.call('DELETE', 'requests');
  }
}

// States to come back to, in milliseconds.
class Snapshots {
  constructor(control) {
    this.control = control;
  }

  async create(id) {
    return (await this.control.call('POST', 'snapshots', {id})).id;
  }

  async restore(id, how = {}) {
    await this.control.call('POST', `snapshots/${id}:restore`, how);
  }

  async list() {
    return (await this.control.call('GET', 'snapshots')).snapshots;
  }

  async delete(id) {
    await this.control.call('DELETE', `snapshots/${id}`);
  }
}

// A job of Vertex AI as the control API names it: without its project and location.
function short(name) {
  return name.replace(/^projects\/.*\/(?=tuningJobs\/)/, '');
}

// The training of one model, named 'tunedModels/numbers', or of a job, by its full name or as 'tuningJobs/1234'.
class Trainings {
  constructor(control) {
    this.control = control;
  }

  complete(name) {
    return this.control.call('POST', `${short(name)}:complete`, {});
  }

  fail(name, how = {}) {
    return this.control.call('POST', `${short(name)}:fail`, how);
  }

  stall(name, how = {}) {
    return this.control.call('POST', `${short(name)}:stall`, how);
  }

  resume(name) {
    return this.control.call('POST', `${short(name)}:resume`, {});
  }

  advance(name, steps) {
    return this.control.call('POST', `${short(name)}:advance`, {steps});
  }

  // The model or the job, once its training has ended.
  wait(name, timeout = '30s') {
    return this.control.call('GET', `${short(name)}:wait?timeout=${timeout}`);
  }
}

module.exports = {Control, ControlError, VerificationError};
