#!/usr/bin/env node
// What is behind the first look: a model's details, a stretch of its curve, a file that is dropped, a request made into a
// stub or a fault.
import {assert, axe, picture, run, test, until, visit, withPage} from './page.mjs';

const button = (page, name) => page.getByRole('button', {name, exact: true});
const points = async (page) => Number(await page.locator('figure[data-points]').first().getAttribute('data-points'));
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test('a model tells its details, its examples and who may use it', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    await server.tune('numbers', {epochs: 4, batch: 3, rate: 0.002, displayName: 'Successors'});
    await server.call('POST', '/v1beta/tunedModels/numbers/permissions',
      {granteeType: 'USER', emailAddress: 'ada@example.com', role: 'READER'});
    await visit(page, server, 'models/numbers');
    const shown = async (name) => {
      await page.getByRole('tab', {name}).click();
      const panel = page.getByRole('tabpanel', {name});
      await panel.waitFor();
      assert.ok(page.url().includes(`tab=${name.toLowerCase()}`), page.url());
      assert.deepEqual(await axe(page), [], name);
      return panel;
    };
    const details = await shown('Details');
    const fact = (name) => details.locator('dl > div', {has: page.getByText(name, {exact: true})}).locator('dd').innerText();
    await details.getByText('Multiplier').or(details.getByText('Operation')).first().waitFor();
    assert.equal(await fact('Epochs'), '4');
    assert.equal(await fact('Batch size'), '3');
    assert.equal(await fact('Learning rate'), '0.002');
    assert.equal(await fact('Steps'), '16');
    assert.equal(await fact('Display name'), 'Successors');
    await details.getByText(/^tunedModels\/numbers\/operations\//).waitFor();
    await details.getByText('The resource as JSON').click();
    assert.match(await details.locator('pre').innerText(), /"displayName": "Successors"/);
    await picture(page, 'details');

    const examples = await shown('Examples');
    await examples.getByRole('row').nth(12).waitFor();
    assert.deepEqual(await examples.getByRole('row').nth(12).getByRole('cell').allInnerTexts(), ['12', '13']);

    const permissions = await shown('Permissions');
    await permissions.getByRole('row').filter({hasText: 'ada@example.com'}).getByText('READER').waitFor();
    await permissions.getByRole('row').filter({hasText: 'OWNER'}).waitFor();
    await page.reload();
    await page.getByRole('tab', {name: 'Permissions', selected: true}).waitFor();
  }));

test('what a view begins with is asked for before the page has its script, of the namespace that its address names', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    const headers = {'X-Emulator-Namespace': 'n1'};
    await server.control('POST', 'namespaces', {id: 'n1'});
    await server.call('POST', '/v1beta/tunedModels?tunedModelId=elsewhere', {baseModel: 'models/gemini-1.5-flash-001-tuning',
      tuningTask: {trainingData: {examples: {examples: [{textInput: '1', output: '2'}]}}}}, {headers});
    let askedFor;
    const asked = new Promise((done) => { askedFor = done; });
    page.on('request', (request) => request.url().includes('/tunedModels?') && askedFor());
    await page.route('**/js/main.js', async (route) => {
      await asked;
      await route.continue();
    });
    await visit(page, server, 'models?ns=n1');
    await page.getByRole('link', {name: 'elsewhere'}).waitFor();
  }));

test('a stretch of the curve is dragged over to see it larger, and all of it is shown again', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    await server.tune('numbers', {epochs: 20});
    await visit(page, server, 'models/numbers');
    await until(() => points(page), 'the curve');
    const box = await page.locator('figure canvas').boundingBox();
    const drag = async (from, to) => {
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * from, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * (from + to) / 2, y);
      await page.mouse.move(box.x + box.width * to, y);
      await page.mouse.up();
    };
    const range = () => new URL(page.url()).hash.match(/zoom=([\d.]+)\.\.([\d.]+)/)?.slice(1).map(Number);
    await drag(0.6, 0.4);
    const [from, to] = await until(range, 'a stretch in the address');
    assert.ok(from > 20 && to < 90 && to - from < 40, `${from} to ${to} of 120 steps`);
    await button(page, 'Show all').waitFor();
    await picture(page, 'zoomed');
    await drag(0.3, 0.7);
    const inner = await until(() => (range()?.[0] > from ? range() : null), 'a stretch within it');
    assert.ok(inner[1] < to, `${inner} within ${from} to ${to}`);
    await drag(0.5, 0.501);
    assert.deepEqual(range(), inner, 'a click is no drag');
    await button(page, 'Show all').click();
    await until(() => !range(), 'no stretch in the address');
    await button(page, 'Show all').waitFor({state: 'hidden'});
  }));

test('a file that is dropped onto the form, or chosen, is what the model is made of', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    await visit(page, server, 'models');
    await button(page, 'Create model').click();
    const form = page.getByRole('dialog');
    const drop = async (name, text) => {
      const files = await page.evaluateHandle(([title, content]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], title));
        return transfer;
      }, [name, text]);
      for (const type of ['dragover', 'drop'])
        await form.getByRole('textbox', {name: 'Training data'}).dispatchEvent(type, {dataTransfer: files});
    };
    await drop('broken.csv', 'input,output\n"1');
    await form.getByText('A quotation mark is never closed.').waitFor();
    await drop('numbers.csv', 'input,output\n1,2\n2,3\n3,4\n4,5\n');
    await form.getByText('4 examples, as CSV').waitFor();
    await form.getByLabel('File with training data').setInputFiles({
      name: 'numbers.jsonl', mimeType: 'text/plain', buffer: Buffer.from('{"text_input": "eins", "output": "zwei"}\n{"text_input": "zwei", "output": "drei"}\n'),
    });
    await form.getByText(/^2 examples, as JSON/).waitFor();
    await form.getByLabel(/^ID/).fill('dropped');
    await button(page, 'Start tuning').click();
    await page.locator('#view[data-view="model"][data-ready="true"]').waitFor();
    await page.getByRole('tab', {name: 'Examples'}).click();
    await page.getByRole('cell', {name: 'drei', exact: true}).waitFor();
  }));

test('a request is made into a line for the shell, a stub and a fault', () =>
  withPage({options: ['--step-time', '0'], mayComplain: /status of 400/}, async (page, server) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await server.tune('numbers');
    const first = await server.ask('numbers', 'seven');
    await visit(page, server, 'requests');
    await page.getByRole('option').filter({hasText: 'seven'}).click();
    await button(page, 'Copy as curl').click();
    await button(page, 'Copied').waitFor();
    const line = await clipboard(page);
    assert.ok(line.startsWith('curl ') && line.includes(`${server.url}/v1beta/tunedModels/numbers:generateContent`), line);

    await button(page, 'As stub…').click();
    const body = page.getByRole('dialog').getByRole('textbox');
    assert.equal(JSON.parse(await body.inputValue()).reply.response.candidates[0].content.parts[0].text, first.candidates[0].content.parts[0].text);
    assert.deepEqual(await axe(page), [], 'the stub');
    await body.fill('{"match": {');
    await button(page, 'Set the stub').click();
    await page.getByRole('dialog').getByRole('alert').filter({hasText: /\w/}).waitFor();
    await body.fill('{"match": {"prompt": {"contains": "seven"}}, "reply": {"text": "By a stub."}}');
    await page.getByRole('dialog').getByRole('button', {name: 'Copy as curl'}).click();
    await until(async () => (await clipboard(page)).startsWith(`curl '${server.url}/emulator/v1/stubs'`), 'the line that sets it');
    await button(page, 'Set the stub').click();
    await page.getByRole('dialog').waitFor({state: 'detached'});
    assert.equal((await server.ask('numbers', 'seven')).candidates[0].content.parts[0].text, 'By a stub.');
    await page.getByRole('option').filter({hasText: 'stub:1'}).waitFor();

    await button(page, 'As fault…').click();
    await button(page, 'Set the fault').click();
    await page.getByRole('dialog').waitFor({state: 'detached'});
    await page.locator('.fault-count[data-count="1"]').waitFor({state: 'attached'});
    const {faults: [fault]} = await server.control('GET', 'faults');
    assert.match(fault.method, /generateContent$/);
  }));

test('requests are filtered while the filter is typed, and what is wrong with it is said', () =>
  withPage({options: ['--step-time', '0']}, async (page, server) => {
    await server.tune('numbers');
    for (const text of ['one', 'two', 'three']) await server.ask('numbers', text);
    await server.call('GET', '/v1beta/tunedModels/absent', undefined, {expected: 404});
    await visit(page, server, 'requests');
    const rows = page.getByRole('option');
    const box = page.getByRole('searchbox', {name: 'Filter'});
    const count = (wanted) => until(async () => await rows.count() === wanted, `${wanted} requests`);
    await count(5);
    await box.pressSequentially('prompt~t');
    await count(2);
    await box.pressSequentially('h');
    await count(1);
    await until(() => decodeURIComponent(page.url()).includes('q=prompt~th'), 'the filter in the address');
    await box.fill('status>=');
    await page.locator('#requests-problem', {hasText: /\w/}).waitFor();
    await box.fill('status>=400');
    await count(1);
    await server.call('GET', '/v1beta/tunedModels/gone', undefined, {expected: 404});
    await count(2);
    await box.fill('status=200 prompt~nowhere');
    await page.getByRole('heading', {name: 'No request matches'}).waitFor();
    await button(page, 'Show all').click();
    await count(6);
    assert.equal(await box.inputValue(), '');
  }));

await run();
