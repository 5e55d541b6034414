#!/usr/bin/env node
// Tuning jobs of Vertex AI: in the list, on a chart beside a tuned model, asked at their endpoints, and moved by hand.
import {NARROW, WIDE, assert, axe, picture, run, test, until, visit, withPage} from './page.mjs';

const FROZEN = ['--clock', 'frozen@2026-03-02T09:00:00Z', '--step-time', '1s', '--seed', '3'];
const button = (page, name) => page.getByRole('button', {name, exact: true});
const points = async (page) => Number(await page.locator('figure[data-points]').first().getAttribute('data-points'));
const advance = (server, duration) => server.control('POST', 'clock:advance', {duration});
const badge = (page, state) => page.locator(`.page-head .badge[data-state="${state}"]`).waitFor();

test('a job is in the list with the mark of its service, its project and its location, and comes there by itself', () =>
  withPage({options: FROZEN}, async (page, server) => {
    await server.tune('numbers');
    await visit(page, server, 'models');
    const id = await server.tuneJob('By job');
    const row = page.locator(`tr[data-model="${id}"]`);
    await row.getByRole('link', {name: 'By job'}).waitFor();
    await row.getByText('Vertex AI').waitFor();
    await row.getByText('lab / us-central1').waitFor();
    await row.getByText('Pending').waitFor();
    assert.equal(await page.locator('tr[data-model="numbers"]').getByText('Vertex AI').count(), 0);
    await advance(server, '4s');
    await row.getByText('Running').waitFor();
    await page.getByRole('searchbox').fill('lab');
    await page.locator('tr[data-model="numbers"]').waitFor({state: 'detached'});
    assert.ok(await row.isVisible(), 'it is found by its project');
    assert.deepEqual(await axe(page), []);
  }));

for (const screen of [WIDE, NARROW])
  test(`a job is watched to its end, and asked at the endpoint of its model and of a checkpoint (${screen.name})`, () =>
    withPage({options: FROZEN, screen}, async (page, server) => {
      const id = await server.tuneJob('By job');
      await visit(page, server, `models/${id}`);
      await badge(page, 'PENDING');
      assert.ok(await button(page, 'Ask').isDisabled(), 'there is no endpoint yet');
      await advance(server, '4s');
      await badge(page, 'RUNNING');
      await until(async () => await points(page) === 2, 'two steps');
      await advance(server, '60s');
      await badge(page, 'SUCCEEDED');
      await until(async () => await points(page) > 2, 'the whole curve');
      await page.getByLabel('Checkpoint').selectOption({index: 1});
      await page.getByLabel('Prompt').fill('anything');
      await button(page, 'Ask').click();
      const answer = page.getByLabel('Answer', {exact: true});
      await answer.locator('.ask-text:not(:empty)').waitFor();
      await answer.getByText(/checkpoint/).waitFor();
      const {requests} = await server.control('GET', 'requests?method=endpoints.streamGenerateContent');
      assert.equal(requests.length, 1);
      await page.getByRole('tab', {name: 'Details'}).click();
      const details = page.getByRole('tabpanel', {name: 'Details'});
      await details.getByText(/projects\/lab\/locations\/us-central1\/models\/\d{19}@1/).first().waitFor();
      assert.equal(await details.locator('.job-checkpoints tbody tr').count(), 4);
      const fact = (name) => details.locator('dl > div', {has: page.getByText(name, {exact: true})}).locator('dd').innerText();
      assert.equal(await fact('Adapter size'), '8');
      assert.equal(await fact('Epochs'), '4');
      await picture(page, `job-details-light-${screen.name}`);
      assert.deepEqual(await axe(page), []);
      await page.getByRole('tab', {name: 'Examples'}).click();
      await page.getByRole('tabpanel', {name: 'Examples'}).getByRole('row').nth(16).waitFor(); /* all of its file */
    }));

test('a job and a tuned model are drawn on one chart, and the address holds both', () =>
  withPage({options: FROZEN}, async (page, server) => {
    const id = await server.tuneJob('By job');
    await server.tune('numbers', {epochs: 1});
    await advance(server, '60s');
    await visit(page, server, 'models');
    for (const name of [id, 'numbers']) await page.getByRole('checkbox', {name: `Compare ${name}`}).check();
    await page.getByRole('link', {name: 'Compare 2'}).click();
    const legend = page.getByRole('group', {name: 'Curves'});
    await legend.getByRole('button', {name: /^By job/}).first().waitFor();
    await legend.getByRole('button', {name: /^numbers/}).first().waitFor();
    const {snapshots} = await server.control('GET', `tuningJobs/${id}`);
    await until(async () => await points(page) === snapshots.length + 6, 'the steps of both');
    assert.ok(page.url().includes(id) && page.url().includes('numbers'), page.url());
    await page.reload();
    await until(async () => await points(page) === snapshots.length + 6, 'the steps of both, again');
  }));

test('controls complete, stall and fail jobs, and a job is cancelled from its page', () =>
  withPage({options: FROZEN}, async (page, server) => {
    const [done, broken, left] = [await server.tuneJob('Done'), await server.tuneJob('Broken'), await server.tuneJob('Left')];
    await advance(server, '3s');
    await visit(page, server, 'controls');
    await button(page, 'Stall Left').click();
    await button(page, 'Resume Left').waitFor();
    await button(page, 'Complete Done').click();
    await button(page, 'Complete Done').waitFor({state: 'detached'});
    await button(page, 'Fail Broken').click();
    await page.getByLabel('Message').fill('No room.');
    await button(page, 'Fail the training').click();
    await button(page, 'Fail Broken').waitFor({state: 'detached'});
    const state = async (id) => (await server.control('GET', `tuningJobs/${id}`)).state;
    assert.deepEqual([await state(done), await state(broken)], ['JOB_STATE_SUCCEEDED', 'JOB_STATE_FAILED']);
    await page.goto(`${server.url}/#/models/${broken}`);
    await page.getByText('failed: No room.').waitFor();
    await page.goto(`${server.url}/#/models/${left}`);
    await badge(page, 'STALLED');
    await button(page, 'Cancel').click();
    await button(page, 'Cancel the job').click();
    await badge(page, 'CANCELLED');
    assert.equal(await state(left), 'JOB_STATE_CANCELLED');
    assert.ok(await button(page, 'Ask').isDisabled());
  }));

test('the lines for clients of Vertex AI name this server', () =>
  withPage({options: FROZEN}, async (page, server) => {
    await visit(page, server, 'connect?client=vertex');
    const {port} = new URL(server.url);
    await page.getByText(`tunemock env --vertex --port ${port}`).waitFor();
    await page.getByText('vertexai=True').waitFor();
    await page.getByText('tunemock exec --vertex -- python tune.py').waitFor();
    assert.deepEqual(await axe(page), []);
  }));

await run();
