#!/usr/bin/env node
// What a person does with the page, from a first visit on: once on a laptop, once on a phone in the dark.
import {readFileSync} from 'node:fs';
import {NARROW, WIDE, assert, axe, picture, run, shown, test, until, visit, withPage} from './page.mjs';

const button = (page, name) => page.getByRole('button', {name, exact: true});
const h1 = (page) => page.getByRole('heading', {level: 1}).innerText();
const points = async (page) => Number(await page.locator('figure[data-points]').first().getAttribute('data-points'));
const modelState = (page, word) => page.locator('.page-head .badge', {hasText: word}).waitFor();
const faultCount = (page, count) => page.locator(`.fault-count[data-count="${count}"]`).waitFor({state: 'attached'});

async function noneOfAxe(page, where) {
  assert.deepEqual(await axe(page), [], where);
}

/** Goes to a view by its tab, as a person would. */
async function tab(page, name) {
  await page.getByRole('navigation').getByRole('link', {name}).click();
  await page.locator(`#view[data-view="${name.toLowerCase()}"][data-ready="true"]`).waitFor();
  assert.equal(await h1(page), name);
}

for (const [screen, theme] of [[WIDE, 'light'], [NARROW, 'dark']]) {
  const where = `${screen.width} px, ${theme}`;

  test(`a first visit begins with the lines for clients, and one click leads to a curve that grows (${where})`, () =>
    withPage({screen, theme, options: ['--step-time', '60ms']}, async (page, server) => {
      await visit(page, server);
      assert.match(page.url(), /#\/connect/);
      assert.ok((await page.locator('main').innerText()).includes(server.url), 'its lines have this port');
      await page.getByRole('button', {name: /quickstart/}).first().click();
      await page.locator('#view[data-view="model"][data-ready="true"]').waitFor();
      const first = await until(() => points(page), 'a first point');
      await until(async () => await points(page) > first, 'a further point');
      await modelState(page, 'Active');
      // The quickstart's 15 examples, 5 epochs in batches of 2: 38 steps.
      await until(async () => await points(page) >= 38, 'the whole curve');
      await noneOfAxe(page, 'the model');
    }));

  test(`a model is created from the form, told of, asked, and deleted (${where})`, () =>
    withPage({screen, theme, options: ['--step-time', '30ms']}, async (page, server) => {
      await visit(page, server, 'models');
      await button(page, 'Create model').click();
      const form = page.getByRole('dialog');
      await noneOfAxe(page, 'the form');
      await picture(page, `create-${theme}-${screen.name}`);
      await form.getByLabel('Display name').fill('Successors');
      await form.getByLabel(/^ID/).fill('successors');
      await form.getByRole('textbox', {name: 'Training data'}).fill('input,output\n1,2\nfive,six\n"1,000","1,001"\n');
      await form.getByLabel('Epochs').fill('9');
      await form.getByLabel('Batch size').fill('2');
      await form.getByText('14 steps').waitFor();
      await form.getByRole('textbox', {name: 'Training data'}).fill('input,output\n"1');
      await form.getByText('A quotation mark is never closed.').waitFor();
      await form.getByRole('textbox', {name: 'Training data'}).fill('{"text_input": "1", "output": "2"}\n{"text_input": "five", "output": "six"}\n');
      await form.getByText('9 steps').waitFor();
      await button(page, 'Start tuning').click();

      await page.locator('#view[data-view="model"][data-ready="true"]').waitFor();
      assert.match(await h1(page), /Successors/);
      await modelState(page, 'Active');
      await until(async () => await points(page) >= 9, 'the whole curve');

      await page.getByLabel('Prompt', {exact: true}).fill('LXIII');
      await button(page, 'Ask').click();
      await page.locator('.ask-answer[data-state="done"]').getByText('LXIV', {exact: true}).waitFor();
      await page.locator('.ask-reason', {hasText: 'rule'}).waitFor();
      await noneOfAxe(page, 'the model, asked');
      await picture(page, `asked-${theme}-${screen.name}`);

      await tab(page, 'Requests');
      await page.getByRole('option').filter({hasText: 'LXIII'}).first().waitFor();
      await tab(page, 'Models');
      await button(page, 'Delete successors').click();
      await page.getByRole('dialog').getByRole('button', {name: 'Delete', exact: true}).click();
      await page.getByRole('heading', {name: 'No models yet'}).waitFor();
      await server.call('GET', '/v1beta/tunedModels/successors', undefined, {expected: 404});
    }));

  test(`a fault is set with a click, seen on every view, met, told of, and removed (${where})`, () =>
    withPage({screen, theme, options: ['--step-time', '0']}, async (page, server) => {
      await server.tune('numbers');
      await visit(page, server, 'controls');
      await page.getByLabel('How often').selectOption({label: '3 times'});
      await page.getByRole('group', {name: 'Set a fault'}).getByRole('button', {name: /^Quota/}).click();
      await faultCount(page, 1);
      await server.ask('numbers', 'seven', 429);
      await page.getByRole('list', {name: 'Faults that are set'}).getByText('1 met, 2 left').waitFor();
      await picture(page, `fault-controls-${theme}-${screen.name}`);
      await tab(page, 'Requests');
      const row = page.getByRole('option').filter({hasText: '429'}).first();
      await row.click();
      await page.getByRole('region', {name: 'Request', exact: true}).getByText(/fault:1/i).first().waitFor();
      await picture(page, `fault-requests-${theme}-${screen.name}`);
      await noneOfAxe(page, 'the request');
      await visit(page, server, 'controls');
      await button(page, 'Remove all').click();
      await faultCount(page, 0);
      await server.ask('numbers', 'seven');
    }));

  test(`the clock is stopped and advanced, and a snapshot brings back what was (${where})`, () =>
    withPage({screen, theme, options: ['--step-time', '30s']}, async (page, server) => {
      await server.tune('numbers', {epochs: 10, displayName: 'Numbers'});
      await visit(page, server, 'controls');
      await button(page, 'Frozen').click();
      await until(async () => (await server.control('GET', 'clock')).mode === 'frozen', 'a clock that stands still');
      await page.getByLabel('Name of the snapshot').fill('at-the-start');
      await button(page, 'Take a snapshot').click();
      await button(page, 'Restore at-the-start').waitFor();
      const before = Date.parse((await server.control('GET', 'clock')).time);
      await page.getByRole('button', {name: /^\+1 h/}).click();
      await until(async () => Date.parse((await server.control('GET', 'clock')).time) === before + 3_600_000, 'an hour later');
      await tab(page, 'Models');
      await page.getByRole('row').filter({hasText: 'Numbers'}).getByText('Active').waitFor();
      await server.call('DELETE', '/v1beta/tunedModels/numbers');
      await page.getByRole('heading', {name: 'No models yet'}).waitFor();
      await tab(page, 'Controls');
      await button(page, 'Restore at-the-start').click();
      await until(async () => Date.parse((await server.control('GET', 'clock')).time) === before, 'the clock of then');
      await tab(page, 'Models');
      await page.getByRole('row').filter({hasText: 'Numbers'}).getByText('Training').waitFor();
    }));
}

test('a training is ended, failed and stalled from the controls', () =>
  withPage({options: ['--step-time', '60s']}, async (page, server) => {
    for (const id of ['done', 'breaks', 'stands']) await server.tune(id);
    await visit(page, server, 'controls');
    await button(page, 'Complete done').click();
    await button(page, 'Stall stands').click();
    await button(page, 'Fail breaks').click();
    await button(page, 'Fail the training').click();
    await page.getByRole('dialog').waitFor({state: 'detached'});
    await button(page, 'Resume stands').waitFor();
    await tab(page, 'Models');
    for (const [id, state] of [['done', 'Active'], ['breaks', 'Failed'], ['stands', 'Stalled']])
      await page.locator(`tr[data-model="${id}"]`).getByText(state, {exact: true}).waitFor();
  }));

test('the view stands in the address: a reload and a shared link show the same', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    for (const id of ['one', 'two']) await server.tune(id);
    await visit(page, server, 'models/one?with=two');
    await page.getByLabel('Smoothing').fill('0.8');
    await button(page, 'Epoch').click();
    await button(page, 'Log scale').click();
    await until(() => /smooth=0\.8/.test(page.url()) && /x=epoch/.test(page.url()) && /log=1/.test(page.url()), 'the address');
    await page.reload();
    await shown(page);
    assert.equal(await page.getByLabel('Smoothing').inputValue(), '0.8');
    for (const name of ['Epoch', 'Log scale'])
      assert.equal(await button(page, name).getAttribute('aria-pressed'), 'true');
    assert.equal(await page.locator('.chart-legend .chip').count(), 2);
    await visit(page, server, 'requests?q=status%3E%3D400');
    await server.call('GET', '/v1beta/tunedModels/absent', undefined, {expected: 404});
    await page.getByRole('option').filter({hasText: '404'}).first().waitFor();
    assert.equal(await page.getByRole('option').count(), 1);
  }));

test('the keyboard reaches everything: the skip link, a model, the points of its curve', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    await server.tune('numbers');
    await visit(page, server, 'models');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the view');
    await page.getByRole('link', {name: 'numbers'}).first().focus();
    await page.keyboard.press('Enter');
    await page.locator('#view[data-view="model"][data-ready="true"]').waitFor();
    await until(() => points(page), 'the curve');
    const chart = page.getByRole('slider', {name: /curve/});
    await chart.focus();
    const said = () => chart.getAttribute('aria-valuetext');
    await page.keyboard.press('Home');
    const first = await until(said, 'a point');
    await page.keyboard.press('ArrowRight');
    await until(async () => await said() !== first && /\d/.test(await said()), 'the next point');
  }));

test('the curve is saved as a picture and as rows', () =>
  withPage({options: ['--step-time', '0', '--seed', '1']}, async (page, server) => {
    await server.tune('numbers');
    await visit(page, server, 'models/numbers');
    await until(() => points(page), 'the curve');
    const saved = async (name) => {
      const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
      return readFileSync(await download.path());
    };
    const rows = (await saved('Download the values as CSV')).toString().trim().split('\n');
    assert.equal(rows.length, 1 + 30, 'a head, and 30 steps of 12 examples, 5 epochs in batches of 2');
    assert.deepEqual([...(await saved('Download the chart as PNG')).subarray(1, 4)], [...Buffer.from('PNG')]);
  }));

test('the theme is switched by hand, and stays', () =>
  withPage({theme: 'light'}, async (page, server) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await visit(page, server, 'controls');
    const light = await ground();
    for (let press = 0; press < 3 && await ground() === light; press += 1)
      await page.getByRole('button', {name: /^Theme/}).click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await shown(page);
    assert.equal(await ground(), dark);
  }));

await run();
