// Runs in the browser, on another origin than the server's: calls the API with fetch, and with @google/genai.
import {GoogleGenAI} from '@google/genai';

const url = new URLSearchParams(location.search).get('url');
const results = [];

function check(condition, what) {
  if (!condition) throw new Error(what);
}

async function step(name, body) {
  try {
    await body();
    results.push({name});
  } catch (error) {
    results.push({name, problem: String(error.stack ?? error)});
  }
}

/** Both headers are ones that a page may send only after a preflight. */
async function call(method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: {'Content-Type': 'application/json', 'x-goog-api-key': 'any', ...headers},
    body: body && JSON.stringify(body),
  });
  return {status: answer.status, json: await answer.json(), answer};
}

const examples = await (await fetch('/lib/examples.json')).json();
const prompt = (text) => ({contents: [{parts: [{text}]}]});
let name;

await step('fetch creates a model, after a preflight', async () => {
  const {status, json} = await call('POST', '/v1beta/tunedModels', {
    displayName: 'from a page', baseModel: 'models/gemini-1.5-flash-001-tuning',
    tuningTask: {hyperparameters: {epochCount: 1, batchSize: 8}, trainingData: {examples: {examples}}},
  });
  check(status === 200, status);
  name = json.metadata.tunedModel;
  for (let tries = 0; tries < 600; tries += 1) {
    const operation = await call('GET', `/v1beta/${json.name}`);
    if (operation.json.done) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the training does not end');
});

await step('a plain GET with the key in its query needs no preflight', async () => {
  const answer = await fetch(`${url}/v1beta/tunedModels?key=any`);
  check((await answer.json()).tunedModels[0].name === name, 'not listed');
});

await step('a list comes in pages', async () => {
  for (const id of ['page-1', 'page-2']) {
    const {status} = await call('POST', `/v1beta/tunedModels?tunedModelId=${id}`, {baseModel: 'models/gemini-1.5-flash-001-tuning'});
    check(status === 200, status);
  }
  const names = [];
  let token = '';
  do {
    const {json} = await call('GET', `/v1beta/tunedModels?pageSize=2&pageToken=${encodeURIComponent(token)}`);
    names.push(...json.tunedModels.map((model) => model.name));
    token = json.nextPageToken;
  } while (token);
  check(names.length === 3 && new Set(names).size === 3, names.join());
});

await step('a model is shared and given away', async () => {
  const permissions = `/v1beta/${name}/permissions`;
  const created = await call('POST', permissions, {granteeType: 'USER', emailAddress: 'reader@example.com', role: 'READER'});
  check(created.json.role === 'READER', JSON.stringify(created.json));
  check((await call('PATCH', `/v1beta/${created.json.name}?updateMask=role`, {role: 'WRITER'})).json.role === 'WRITER', 'not changed');
  check((await call('DELETE', `/v1beta/${created.json.name}`)).status === 200, 'not deleted');
  await call('POST', `/v1beta/${name}:transferOwnership`, {emailAddress: 'new@example.com'});
  const {json} = await call('GET', permissions);
  check(json.permissions.find(({role}) => role === 'OWNER').emailAddress === 'new@example.com', JSON.stringify(json));
});

await step('PATCH and DELETE are allowed, too', async () => {
  const patched = await call('PATCH', `/v1beta/${name}?updateMask=description`, {description: 'patched'});
  check(patched.status === 200, JSON.stringify(patched.json));
  const created = await call('POST', '/v1beta/tunedModels?tunedModelId=short-lived', {baseModel: 'models/gemini-1.5-flash-001-tuning'});
  check(created.status === 200, JSON.stringify(created.json));
  check((await call('DELETE', '/v1beta/tunedModels/short-lived')).status === 200, 'not deleted');
});

await step('generateContent answers', async () => {
  const {json} = await call('POST', `/v1beta/${name}:generateContent`, prompt('LXIII'));
  check(json.candidates[0].content.parts[0].text === 'LXIV', JSON.stringify(json));
});

await step('a stream is read piece by piece', async () => {
  const {body} = await fetch(`${url}/v1beta/${name}:streamGenerateContent?alt=sse`, {
    method: 'POST', headers: {'Content-Type': 'application/json', 'x-goog-api-key': 'any'},
    body: JSON.stringify(prompt('ninety nine')),
  });
  let received = '';
  for (const reader = body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
    const {value, done} = await reader.read();
    if (done) break;
    received += value;
  }
  const events = received.split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.slice('data: '.length)));
  const text = events.map((event) => event.candidates[0].content.parts.map((part) => part.text).join('')).join('');
  check(text === 'one hundred', received);
});

await step('countTokens counts', async () => {
  const {json} = await call('POST', `/v1beta/${name}:countTokens`, prompt('one two three'));
  check(json.totalTokens > 0, JSON.stringify(json));
});

await step('400 and 409: a bad hyperparameter, an id that is taken', async () => {
  const create = async (epochCount) => call('POST', '/v1beta/tunedModels?tunedModelId=page-1', {
    baseModel: 'models/gemini-1.5-flash-001-tuning', tuningTask: {hyperparameters: {epochCount}},
  });
  const bad = await create(-1);
  check(bad.status === 400 && bad.json.error.message.includes('epoch_count'), JSON.stringify(bad.json));
  const taken = await create(1);
  check(taken.status === 409 && taken.json.error.status === 'ALREADY_EXISTS', JSON.stringify(taken.json));
});

await step('404: a page can read what an error says', async () => {
  const {status, json} = await call('GET', '/v1beta/tunedModels/nobody');
  check(status === 404 && json.error.message === 'Tuned model tunedModels/nobody does not exist.', JSON.stringify(json));
});

await step('403, 429 and 503: asked for by a header, which the preflight allows', async () => {
  for (const status of [403, 429, 503]) {
    const answer = await call('GET', `/v1beta/${name}`, undefined, {'X-Emulator-Status': String(status)});
    check(answer.status === status, answer.status);
  }
});

await step('the control API is closed to pages of other origins', async () => {
  const attempts = [
    ['GET', '/emulator/v1/info'],
    // A body of this kind needs no preflight: the server itself must refuse it.
    ['POST', '/emulator/v1/faults', '{"method":"*","status":"UNAVAILABLE"}'],
  ];
  for (const [method, path, body] of attempts) {
    const answer = await fetch(url + path, {method, body, headers: body && {'Content-Type': 'text/plain'}}).catch(() => null);
    check(!answer || answer.status === 403, `${path} answered ${answer?.status}`);
    await fetch(url + path, {method, body, mode: 'no-cors'}).catch(() => null);
  }
  check((await call('GET', `/v1beta/${name}`)).status === 200, 'the fault was set');
});

await step('@google/genai runs in the page: list, generate, stream, count, error', async () => {
  const ai = new GoogleGenAI({apiKey: 'any', httpOptions: {baseUrl: url}});
  const names = [];
  for await (const model of await ai.models.list({config: {queryBase: false}})) names.push(model.name);
  check(names.includes(name), names.join());
  const answer = await ai.models.generateContent({model: name, contents: 'seven'});
  check(answer.text === 'eight', answer.text);
  let text = '';
  for await (const chunk of await ai.models.generateContentStream({model: name, contents: 'thirteen'})) text += chunk.text;
  check(text === 'fourteen', text);
  check((await ai.models.countTokens({model: name, contents: 'one two'})).totalTokens > 0, 'no tokens');
  const error = await ai.models.get({model: 'tunedModels/nobody'}).catch((problem) => problem);
  check(error.status === 404, String(error));
});

await fetch('/results', {method: 'POST', body: JSON.stringify(results)});
