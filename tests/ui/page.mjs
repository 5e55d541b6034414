// What the tests of the page share: a server of their own, a browser, and TAP.
//
// TUNEMOCK names the binary, UI_TOOLS the folder that tests/ui/install made. Waits end by what is seen, never by a time;
// playwright's own limit only keeps a broken page from hanging.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';
import {createInterface} from 'node:readline';

export {assert};

function variable(name) {
  if (!process.env[name]) throw new Error(`${name} is not set: start this with make test-ui`);
  return resolve(process.env[name]);
}

const tools = createRequire(join(variable('UI_TOOLS'), 'package.json'));
const {chromium} = tools('playwright-core');
const axeSource = readFileSync(tools.resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES = resolve(variable('UI_TOOLS'), '..');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
// Generous: the machine may be busy.
const WAIT_MS_MAX = 60_000;
const TEST_MS_MAX = 240_000;

export const WIDE = {name: 'wide', width: 1280, height: 800};
export const NARROW = {name: 'narrow', width: 390, height: 844};

// --- TAP ---

const tests = [];

/** One test: its name is a sentence. */
export function test(name, body) {
  tests.push({name, body});
}

/** Runs all tests in order, with ONLY= those that have this in their name; ends the process. */
export async function run() {
  const chosen = tests.filter(({name}) => name.includes(process.env.ONLY ?? ''));
  console.log(`1..${chosen.length}`);
  let failedCount = 0;
  for (const [index, {name, body}] of chosen.entries()) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
    });
    try {
      await Promise.race([body(), late]);
      console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
      failedCount += 1;
      console.log(`not ok ${index + 1} - ${name}`);
      console.log(String(error?.stack ?? error).replace(/^/gm, '# '));
    } finally {
      clearTimeout(timer);
    }
  }
  await browser?.close();
  process.exit(failedCount ? 1 : 0);
}

// --- the server ---

class Server {
  constructor(process, url) {
    this.process = process;
    this.url = url;
  }

  /** A call of either API; the answer's JSON, or its text. A status that is not `expected` fails. */
  async call(method, path, body, {headers = {}, expected = 200} = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: {...(body === undefined ? {} : {'Content-Type': 'application/json'}), ...headers},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, expected, `${method} ${path}: ${text}`);
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  control(method, path, body, options) {
    return this.call(method, `/emulator/v1/${path}`, body, options);
  }

  /** A training on the examples of the quickstart, or more of them. Returns the model's id. */
  async tune(id, {epochs = 5, batch = 2, rate = 0.001, examples = 12, displayName = id} = {}) {
    const pairs = Array.from({length: examples}, (_, at) => ({textInput: String(at + 1), output: String(at + 2)}));
    await this.call('POST', `/v1beta/tunedModels?tunedModelId=${id}`, {
      displayName,
      baseModel: 'models/gemini-1.5-flash-001-tuning',
      tuningTask: {
        hyperparameters: {epochCount: epochs, batchSize: batch, learningRate: rate},
        trainingData: {examples: {examples: pairs}},
      },
    });
    return id;
  }

  /** A tuning job of Vertex AI, on the published sample. Returns its number. */
  async tuneJob(displayName, {epochs = 4, multiplier = 1, more = {}} = {}) {
    const {name} = await this.call('POST', '/v1beta1/projects/lab/locations/us-central1/tuningJobs', {
      baseModel: 'gemini-2.5-flash',
      tunedModelDisplayName: displayName,
      supervisedTuningSpec: {
        trainingDatasetUri: 'gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl',
        hyperParameters: {epochCount: epochs, learningRateMultiplier: multiplier, adapterSize: 'ADAPTER_SIZE_EIGHT'},
        ...more,
      },
    });
    return name.replace(/^.*\//, '');
  }

  ask(id, text, expected = 200) {
    return this.call('POST', `/v1beta/tunedModels/${id}:generateContent`, {contents: [{parts: [{text}]}]}, {expected});
  }

  /** Ends it as an operator would, or, with SIGKILL, as no one should. */
  async stop(signal = 'SIGTERM') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => { this.process.once('exit', done); });
    this.process.kill(signal);
    await ended;
  }
}

/** Starts a server on a free port, unless the options name one. */
export async function startServer(...options) {
  const port = options.includes('--port') ? [] : ['--port', '0'];
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TUNEMOCK')));
  const child = spawn(variable('TUNEMOCK'), ['serve', ...port, ...options.map(String)],
    {env: environment, stdio: ['ignore', 'pipe', 'ignore']});
  for await (const line of createInterface({input: child.stdout})) {
    const ready = line.match(/^tunemock ready on (http:\/\/\S+)$/);
    if (ready) return new Server(child, ready[1]);
  }
  throw new Error('the server did not start');
}

// --- the browser ---

let browser;

async function theBrowser() {
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars', '--no-proxy-server'],
  });
  return browser;
}

/**
 * A page in a window of this size, in the theme `dark` or `light`. What the console complains of is collected in
 * page.complaints, also what the Content-Security-Policy refuses.
 */
export async function openPage({width, height} = WIDE, theme = 'light', options = {}) {
  const context = await (await theBrowser()).newContext({
    viewport: {width, height}, colorScheme: theme, reducedMotion: 'reduce', acceptDownloads: true, locale: 'en-GB', ...options,
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  return page;
}

/** Runs `body` with a server, and a page of it; afterwards nothing may have been complained of. */
export async function withPage({options = [], screen = WIDE, theme = 'light', mayComplain = /^$/}, body) {
  const server = await startServer(...options);
  const page = await openPage(screen, theme);
  try {
    await body(page, server);
    assert.deepEqual(page.complaints.filter((text) => !mayComplain.test(text)), []);
  } catch (error) {
    await picture(page, `failed-${process.pid}`).catch(() => {});
    throw error;
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
}

/** Goes to a view by its address, `models/numbers`, and waits until its first data is drawn. */
export async function visit(page, server, view = '') {
  await page.goto(`${server.url}/${view && `#/${view}`}`);
  await shown(page);
}

/** Waits until the view has drawn its first data. */
export function shown(page) {
  return page.locator('#view[data-ready="true"]').waitFor();
}

/** Waits until `look` gives something true; it may throw until then. */
export async function until(look, what) {
  const deadline = Date.now() + WAIT_MS_MAX;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`never seen: ${what}; last ${last?.stack ?? last}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

export async function picture(page, name) {
  mkdirSync(PICTURES, {recursive: true});
  await page.screenshot({path: join(PICTURES, `${name}.png`), animations: 'disabled'});
}

/** What axe finds, of any weight that matters: one text per finding. */
export async function axe(page) {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const {result, exceptionDetails} = await session.send('Runtime.evaluate',
      {expression, awaitPromise: true, returnByValue: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(`void (globalThis.axe ?? (() => { ${axeSource} })())`);
  const findings = await evaluate(`axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations
    .flatMap(({id, impact, help, nodes}) => nodes.map((node) =>
      \`\${impact}: \${id}: \${help}: \${node.html.slice(0, 200)} (\${(node.any[0] ?? node.all[0] ?? node.none[0])?.message})\`)))`);
  await session.detach();
  return findings;
}
