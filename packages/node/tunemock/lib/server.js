// Servers: started here, or found by their URL, and the namespaces of their callers.
'use strict';

const {spawn} = require('node:child_process');
const {randomUUID} = require('node:crypto');
const {once} = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {find} = require('./binary.js');
const {Control} = require('./control.js');
const {optionArguments} = require('./options.js');
const {clientVariables, vertexLeadsTo, vertexVariables} = require('./variables.js');

// The server ends within some three seconds, whatever it is doing; an export may take ten more.
const STOP_MS_MAX = 20_000;

// The command that `tunemock exec` runs beside the server: it says where that is, and then lives as long as its stdin,
// the other end of which is held by this process. So the server goes with it, also when it is killed.
const COMMAND = ['sh', '-c', 'echo "$TUNEMOCK_URL"; exec cat >/dev/null'];

// A namespace that belongs to one API key, of a server with --isolate key: a test's own.
class Namespace extends Control {
  constructor(url, headers, key) {
    super(url, {...headers, 'x-goog-api-key': key});
    this.key = key;
    this.name = undefined;
  }

  // As the header X-Emulator-Namespace and the list of namespaces have it, from when the server was asked.
  async named() {
    this.name = (await this.info()).namespace;
    return this;
  }

  // What to set, or where it is null to unset, so that SDKs meet this namespace: of Vertex AI, its name is a project.
  variables() {
    return vertexLeadsTo(this.url) ? vertexVariables(this.url, this.name) :
      clientVariables(this.url, this.key);
  }

  // All that it has goes; the next call with the key gets a new one.
  async delete() {
    await this.call('DELETE', `namespaces/${this.name}`);
  }
}

// A server, and its default namespace. Made by start() or connect().
class Server extends Control {
  #process;
  #log;

  constructor(url, token, process, log) {
    super(url, token ? {'x-emulator-token': token} : {});
    this.#process = process;
    this.#log = log;
  }

  // As those of a namespace; a key or project that is set stays.
  variables() {
    return vertexLeadsTo(this.url) ? vertexVariables(this.url, process.env.GOOGLE_CLOUD_PROJECT || 'tunemock') :
      clientVariables(this.url, process.env.GEMINI_API_KEY || 'any');
  }

  // The namespace of this API key, or of a key that nobody else has.
  async namespace(key) {
    const {isolate} = await this.info();
    if (isolate !== 'key') {
      throw new Error(`the server at ${this.url} does not tell keys apart: start it with --isolate key`);
    }
    return new Namespace(this.url, this.headers, key ?? `tunemock-${randomUUID()}`).named();
  }

  // What the server has written to stderr so far; of one that was not started here, nothing.
  log() {
    return this.#log ? this.#log.read() : '';
  }

  // Ends the server, if it was started here and still runs.
  async stop() {
    const child = this.#process;
    this.#process = undefined;
    if (!child) return;
    const text = this.#log;
    try {
      const [code, signal] = await ended(child);
      if (code !== 0) throw new Error(`tunemock ended with ${code ?? signal}:\n${text.read()}`);
    } finally {
      text.close();
      this.#log = undefined;
    }
  }
}

// Has the command's stdin end, and waits for the exit code or signal.
async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  const exit = once(child, 'exit');
  child.ref();
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  try {
    return await exit;
  } finally {
    clearTimeout(timer);
  }
}

// A file without a name, that the server writes to and we read.
function makeLog() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tunemock-log-'));
  const descriptor = fs.openSync(path.join(folder, 'log'), 'w+');
  fs.rmSync(folder, {recursive: true});
  return {
    descriptor,
    read() {
      const content = Buffer.alloc(fs.fstatSync(descriptor).size);
      fs.readSync(descriptor, content, 0, content.length, 0);
      return content.toString();
    },
    close: () => fs.closeSync(descriptor),
  };
}

// The first line that the command prints, or '' if it is never run.
function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.on('error', reject);
    child.stdout.on('data', (part) => {
      text += part;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.stdout.on('end', () => resolve(''));
  });
}

// Starts a server on a free port, unless `port` says another, and resolves once it answers.
async function start(options = {}) {
  const log = makeLog();
  const words = optionArguments({port: 0, ...options});
  // In a session of its own, so that Ctrl-C ends the tests, which then end the server.
  const child = spawn(find(), ['exec', ...words, '--', ...COMMAND], {
    detached: true, stdio: ['pipe', 'pipe', log.descriptor]});
  let url;
  try {
    url = await firstLine(child);
    if (!url) {
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
      throw new Error(`tunemock ended with ${code}: ${log.read().trim()}`);
    }
  } catch (error) {
    log.close();
    throw error;
  }
  // Whoever forgets stop() is not kept from ending.
  for (const each of [child, child.stdin, child.stdout]) each.unref();
  const token = options.controlToken ?? process.env.TUNEMOCK_CONTROL_TOKEN;
  return new Server(url, token, child, log);
}

// A server that runs already: at `url`, or where the variable TUNEMOCK_URL says. It is not stopped.
async function connect(url = process.env.TUNEMOCK_URL, {controlToken = process.env.TUNEMOCK_CONTROL_TOKEN} = {}) {
  if (!url) throw new Error('no URL was given, and TUNEMOCK_URL is not set');
  if (!url.startsWith('http://')) throw new Error(`'${url}' is not where a server answers: that begins with http://`);
  const server = new Server(url, controlToken);
  try {
    await server.info();
  } catch (error) {
    if (error.code) throw new Error(`nothing answers at ${url}: ${error.message || error.code}`, {cause: error});
    throw error;
  }
  return server;
}

module.exports = {Namespace, Server, connect, start};
