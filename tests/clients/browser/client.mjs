// A page in headless Chromium, served from another origin than tunemock's: what the page found is reported here.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {extname, join, normalize} from 'node:path';
import {finish, step, url} from './lib/client.mjs';

const PAGE_MS_MAX = 90_000;
const TYPES = {'.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript', '.json': 'application/json'};
// Nothing but the page itself, and no way out of this machine.
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-extensions', '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

const [, version] = /(\d+(\.\d+)+)/.exec(execFileSync('chromium', ['--version'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}));
console.log(`# client chromium ${version}`);

/** Serves this folder's files, and resolves `results` with what the page posts. */
let results;
const posted = new Promise((resolve) => { results = resolve; });
const server = createServer((request, response) => {
  if (request.method === 'POST') {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      response.end();
      results(JSON.parse(Buffer.concat(parts)));
    });
    return;
  }
  const path = normalize(new URL(request.url, 'http://page').pathname);
  try {
    const content = readFileSync(join(process.cwd(), path === '/' ? 'index.html' : path));
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'text/html');
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });

const profile = mkdtempSync(join(tmpdir(), 'profile-'));
const page = `http://127.0.0.1:${server.address().port}/?url=${encodeURIComponent(url)}`;
const browser = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`, page], {stdio: ['ignore', 'ignore', 'pipe']});
let said = '';
browser.stderr.on('data', (part) => { said = (said + part).slice(-4000); });

const late = new Promise((resolve) => { setTimeout(resolve, PAGE_MS_MAX, null); });
const found = await Promise.race([posted, late]);
const gone = new Promise((resolve) => { browser.on('exit', resolve); });
browser.kill('SIGKILL');
await gone;

await step('the page ran to its end', () => {
  if (!found) throw new Error(`no results within ${PAGE_MS_MAX} ms; the browser said:\n${said}`);
});
for (const {name, problem} of found ?? []) {
  await step(name, () => {
    if (problem) throw new Error(problem);
  });
}
finish();
