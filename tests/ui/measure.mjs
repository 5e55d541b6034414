#!/usr/bin/env node
// What the page costs its browser, as figures: nothing here fails for being slow.
//
// The browser's own trace tells what the page's thread does: script, styles, layout and painting. A frame's cost is the
// processor time of all that between two frames, so that a busy machine does not count; waiting is none of it.
import {mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {WIDE, openPage, shown, startServer, visit} from './page.mjs';

const REQUESTS = 10_000;
const CURVES = 20;
const STEPS = 1_000;
const ROUNDS = 9;
// Script, styles and layout; painting and compositing are not the page's own.
const WORK = new Set(['EvaluateScript', 'FunctionCall', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'RunMicrotasks',
  'v8.callFunction', 'ParseHTML', 'UpdateLayoutTree', 'RecalculateStyles', 'Layout', 'MinorGC', 'MajorGC', 'V8.GC_MC_BACKGROUND_MARKING']);

// What the browser's thread does last of a frame, or first of the next.
const FRAME_ENDS = new Set(['Commit', 'BeginMainThreadFrame']);

const percentile = (values, part) => values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
const round = (value) => Math.round(value * 100) / 100;

/** Traces the page while `body` runs; milliseconds of processor time of each frame that did anything, least first. */
async function frames(page, body) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({value}) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {includedCategories: ['devtools.timeline', 'devtools.timeline.frame', 'disabled-by-default-devtools.timeline', 'v8']},
  });
  await body();
  const complete = new Promise((done) => { session.once('Tracing.tracingComplete', done); });
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  return costs(events);
}

/** Adds up the outermost events of each frame: those within others are counted with these. */
function costs(events) {
  const thread = events.find(({name}) => name === 'FireAnimationFrame') ?? events.find(({name}) => name === 'Layout');
  if (!thread) return [];
  const own = events.filter(({pid, tid, ph}) => pid === thread.pid && tid === thread.tid && ph)
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const found = [];
  let sum = 0;
  let end = 0;
  for (const {name, ph, ts, dur = 0, tdur = dur} of own) {
    if (FRAME_ENDS.has(name)) {
      if (sum) found.push(sum / 1000);
      sum = 0;
    }
    if (ph !== 'X' || !WORK.has(name) || ts < end) continue;
    sum += tdur;
    end = ts + dur;
  }
  if (sum) found.push(sum / 1000);
  return found.sort((a, b) => a - b);
}

function told(name, values) {
  const figure = {name, frames: values.length, medianMs: round(percentile(values, 0.5)), p95Ms: round(percentile(values, 0.95)), longestMs: round(values.at(-1) ?? 0)};
  console.log(`# ${name}: ${figure.frames} frames, script and layout ${figure.medianMs} ms in the median, `
    + `${figure.p95Ms} ms at the 95th percentile, ${figure.longestMs} ms at most`);
  return figure;
}

const pause = (page, ms) => page.waitForTimeout(ms);

/** One load of it: when the first view had its data, and how long the page's thread had worked by then. */
async function load(url) {
  const page = await openPage(WIDE);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', {timeDomain: 'threadTicks'});
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('#view[data-ready="true"]')) return;
      globalThis.readyAt = performance.now();
      observer.disconnect();
    }).observe(document, {subtree: true, childList: true, attributeFilter: ['data-ready']});
  });
  await page.goto(url, {waitUntil: 'commit'});
  await shown(page);
  const readyMs = await page.evaluate(() => globalThis.readyAt);
  const {metrics} = await session.send('Performance.getMetrics');
  await page.context().close();
  return {readyMs, workedMs: 1000 * metrics.find(({name}) => name === 'TaskDuration').value};
}

/** A page of nothing but a script that says it is ready: what of the time is the browser's own. */
function startEmpty() {
  const files = {
    '/': ['text/html', '<!doctype html><title>empty</title><script src="empty.js" type="module"></script><main id="view">Empty</main>'],
    '/empty.js': ['text/javascript', 'document.getElementById("view").dataset.ready = "true";'],
  };
  const server = createServer(({url}, answer) => {
    const [type, text] = files[url] ?? ['text/plain', ''];
    answer.writeHead(files[url] ? 200 : 404, {'Content-Type': type}).end(text);
  });
  return new Promise((done) => { server.listen(0, '127.0.0.1', () => done(server)); });
}

/** From the begin of the navigation until the first view has its data, beside an empty page; the loads take turns. */
async function start(server) {
  const empty = await startEmpty();
  const loads = {interactive: [], empty: []};
  for (let round = 0; round < ROUNDS; round += 1) {
    loads.empty.push(await load(`http://127.0.0.1:${empty.address().port}/`));
    loads.interactive.push(await load(`${server.url}/#/models`));
  }
  empty.close();
  return Object.entries(loads).map(([name, all]) => {
    const sorted = (field) => all.map((one) => one[field]).sort((a, b) => a - b);
    const times = sorted('readyMs');
    const figure = {name, leastMs: Math.round(times[0]), medianMs: Math.round(percentile(times, 0.5)),
      mostMs: Math.round(times.at(-1)), workedMs: Math.round(percentile(sorted('workedMs'), 0.5))};
    console.log(`# ${name === 'empty' ? 'an empty page' : 'the page'}: interactive after ${figure.medianMs} ms in the median `
      + `(${figure.leastMs} to ${figure.mostMs}, ${ROUNDS} loads, nothing kept); its own thread worked ${figure.workedMs} ms`);
    return figure;
  });
}

async function fill(server, count) {
  const ask = async () => {
    while (count > 0) {
      count -= 1;
      await fetch(`${server.url}/v1beta/tunedModels/numbers${count % 7 ? '' : 'x'}?n=${count}`).then((answer) => answer.arrayBuffer());
    }
  };
  await Promise.all(Array.from({length: 8}, ask));
}

async function feed() {
  const server = await startServer('--journal-max', REQUESTS, '--step-time', '0');
  const page = await openPage(WIDE);
  try {
    await server.tune('numbers');
    await fill(server, REQUESTS);
    await visit(page, server, 'requests');
    await pause(page, 2000);
    const scrolled = await frames(page, async () => {
      await page.mouse.move(500, 500);
      for (let turn = 0; turn < 60; turn += 1) {
        await page.mouse.wheel(0, turn % 2 ? -900 : 1300);
        await pause(page, 33);
      }
    });
    const grown = await frames(page, async () => { await fill(server, 600); });
    const typed = await frames(page, async () => {
      await page.getByRole('searchbox').pressSequentially('status>=400 model=numbers', {delay: 40});
      await pause(page, 500);
    });
    return [told(`the feed of ${REQUESTS} requests, scrolled`, scrolled), told(`the feed of ${REQUESTS} requests, 600 more coming in`, grown),
      told(`the feed of ${REQUESTS} requests, a filter typed`, typed)];
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
}

async function curves() {
  const server = await startServer('--clock', 'frozen', '--step-time', '1s', '--seed', '1');
  const page = await openPage(WIDE);
  try {
    const ids = Array.from({length: CURVES}, (_, at) => `curve-${at}`);
    // 500 examples in tens are 50 steps an epoch.
    for (const [at, id] of ids.entries()) await server.tune(id, {examples: 500, batch: 10, epochs: STEPS / 50, rate: 0.0002 * (at + 1)});
    await server.control('POST', 'clock:advance', {duration: `${STEPS - 40}s`});
    await visit(page, server, `models/${ids[0]}?with=${ids.slice(1).join(',')}&smooth=0.6`);
    await pause(page, 2000);
    const grown = await frames(page, async () => {
      for (let step = 0; step < 30; step += 1) {
        await server.control('POST', 'clock:advance', {duration: '1s'});
        await pause(page, 50);
      }
    });
    const box = await page.locator('figure canvas').first().boundingBox();
    const pointed = await frames(page, async () => {
      for (let at = 0; at < 60; at += 1) {
        await page.mouse.move(box.x + (box.width * (at + 1)) / 62, box.y + box.height / 2);
        await pause(page, 16);
      }
    });
    return [told(`${CURVES} curves of ${STEPS} steps, growing`, grown), told(`${CURVES} curves of ${STEPS} steps, the crosshair moving`, pointed)];
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
}

async function main() {
  const server = await startServer('--step-time', '0');
  await server.tune('numbers');
  const figures = await start(server);
  await server.stop('SIGKILL');
  for (const part of [feed, curves]) figures.push(...await part());
  mkdirSync(join(process.env.UI_TOOLS, '..'), {recursive: true});
  writeFileSync(join(process.env.UI_TOOLS, '..', 'figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
}

await main();
process.exit(0);
