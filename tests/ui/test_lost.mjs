#!/usr/bin/env node
// A server that goes away and comes back, under an open page.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {WIDE, assert, axe, openPage, picture, run, startServer, test, visit} from './page.mjs';

const status = (page, word) => page.locator(`#status [data-status="${word}"]`).waitFor();

test('a server that is killed is missed, and what it knows when it is back is shown, without a reload', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunemock-ui-'));
  let server = await startServer('--db', join(folder, 'db'), '--step-time', '0');
  const page = await openPage(WIDE);
  try {
    await server.tune('kept');
    await visit(page, server, 'models');
    await page.evaluate(() => { globalThis.isSamePage = true; });
    await status(page, 'live');
    await page.getByRole('link', {name: 'kept'}).first().waitFor();

    await server.stop('SIGKILL');
    await status(page, 'lost');
    await page.getByRole('alert').waitFor();
    await picture(page, 'lost-models-light-wide');
    assert.deepEqual(await axe(page), []);
    assert.ok(await page.getByRole('link', {name: 'kept'}).first().isVisible(), 'what was known stays');

    server = await startServer('--db', join(folder, 'db'), '--step-time', '0', '--port', new URL(server.url).port);
    await server.tune('later');
    await status(page, 'live');
    await page.getByRole('link', {name: 'later'}).first().waitFor();
    assert.ok(await page.getByRole('link', {name: 'kept'}).first().isVisible());
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.ok(await page.evaluate(() => globalThis.isSamePage));
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
    rmSync(folder, {recursive: true});
  }
});

test('a server that has forgotten all is shown empty, not as it was', async () => {
  let server = await startServer('--step-time', '0');
  const page = await openPage(WIDE, 'dark');
  try {
    await server.tune('gone');
    await visit(page, server, 'models');
    await page.getByRole('link', {name: 'gone'}).first().waitFor();
    await server.stop('SIGKILL');
    await status(page, 'lost');
    server = await startServer('--step-time', '0', '--port', new URL(server.url).port);
    await status(page, 'live');
    await page.getByRole('link', {name: 'gone'}).first().waitFor({state: 'detached'});
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
});

test('what cannot be read is said in place of what would be seen, until it can be read', async () => {
  const server = await startServer('--step-time', '0');
  const page = await openPage(WIDE);
  try {
    await server.tune('numbers');
    const list = '**/emulator/v1/tunedModels?**';
    await page.route(list, (route) => route.fulfill({status: 500, contentType: 'application/json',
      body: JSON.stringify({error: {code: 500, message: 'The disk is full.', status: 'INTERNAL'}})}));
    await page.goto(`${server.url}/#/models`);
    await page.getByRole('alert').getByText('The disk is full.').waitFor();
    await picture(page, 'failed-models-light-wide');
    assert.deepEqual(await axe(page), []);
    await page.unroute(list);
    await page.getByRole('button', {name: 'Try again'}).click();
    await page.getByRole('link', {name: 'numbers'}).first().waitFor();
    await page.getByRole('alert').waitFor({state: 'detached'});
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
});

test('a server with a control token asks for it once', async () => {
  const server = await startServer('--control-token', 's3cret', '--step-time', '0');
  const page = await openPage(WIDE);
  try {
    await server.tune('guarded');
    await page.goto(`${server.url}/#/models`);
    await page.getByLabel('Control token').fill('s3cret');
    await page.getByRole('button', {name: 'Continue'}).click();
    await page.getByRole('link', {name: 'guarded'}).first().waitFor();
    await page.reload();
    await page.getByRole('link', {name: 'guarded'}).first().waitFor();
    assert.equal(await page.getByLabel('Control token').count(), 0);
  } finally {
    await page.context().close();
    await server.stop('SIGKILL');
  }
});

await run();
