// @google/genai through the life of a tuned model. The same program drives several versions: what each of them can
// and cannot do is decided here, by its number.
// [readme node-google-genai]
import {GoogleGenAI} from '@google/genai';
const ai = new GoogleGenAI({apiKey: 'any', httpOptions: {baseUrl: process.env.TUNEMOCK_URL}});
// [/readme]
import {
  announce, assert, authUrl, baseModel, examples, failingModel, failure, finish, isAtLeast, last, rejection, rest, step, trainedModel, until,
  wire, withFault,
} from './lib/client.mjs';

const version = announce('@google/genai');
const has = {
  // From 1.28.0 on `tune` loses the training data on its way.
  trainingData: !isAtLeast(version, '1.28.0'),
  // From 1.51.0 on `tunings.list` is refused before anything is sent.
  tuningsList: !isAtLeast(version, '1.51.0'),
  cancel: isAtLeast(version, '1.16.0'),
  // 3.x speaks v1 where all before spoke v1beta.
  apiVersion: isAtLeast(version, '3.0.0') ? 'v1' : 'v1beta',
};
const root = `/${has.apiVersion}`;
const states = [];
let model;

const textOf = (name, text) => ai.models.generateContent({model: name, contents: text}).then((answer) => answer.text);
const statusOf = (error) => error.status ?? error.code;
const tune = (name, config) => ai.tunings.tune({
  baseModel,
  trainingDataset: {examples},
  config: {tunedModelDisplayName: name, epochCount: 5, batchSize: 4, learningRate: 0.001, ...config},
});

await step('the variables GOOGLE_GEMINI_BASE_URL and GEMINI_API_KEY are enough, and apiVersion chooses the version', async () => {
  process.env.GOOGLE_GEMINI_BASE_URL = process.env.TUNEMOCK_URL;
  process.env.GEMINI_API_KEY = 'any';
  for (const apiVersion of ['v1', 'v1beta', 'v1alpha']) {
    const {page} = await new GoogleGenAI({apiVersion}).models.list({config: {queryBase: false}});
    assert.deepEqual(page ?? [], []);
    assert.equal(last().path, `/${apiVersion}/tunedModels`);
    assert.equal(last().status, 200);
  }
});

const tuneStep = has.trainingData
  ? 'tune creates a model from training data'
  : 'tune creates a model though this version sends no training data, and a hint says so';
await step(tuneStep, async () => {
  const job = await tune('number generator');
  model = job.name;
  assert.match(model, /^tunedModels\/number-generator-[a-z0-9]{12}$/);
  assert.equal(last().path, `${root}/tunedModels`);
  const sent = JSON.parse(last().body);
  assert.equal(Boolean(sent.tuningTask.trainingData), has.trainingData);
  assert.equal(Boolean(last().hint), !has.trainingData);
});

await step('tunings.get follows the job from JOB_STATE_RUNNING to JOB_STATE_SUCCEEDED', async () => {
  const job = await until(() => ai.tunings.get({name: model}), (answer) => {
    states.push(answer.state);
    return answer.state !== 'JOB_STATE_RUNNING';
  });
  assert.equal(job.state, 'JOB_STATE_SUCCEEDED');
  assert.ok(states.includes('JOB_STATE_RUNNING'), states.join());
  assert.equal(job.baseModel, baseModel);
  assert.ok(job.endTime);
});

await step('operations.getVideosOperation polls the operation to done', async () => {
  const operation = await rest('POST', '/v1beta/tunedModels', {baseModel, tuningTask: {trainingData: {examples: {examples}}}});
  // Newer versions wish for an operation that can read its own answer, older ones for any with a name.
  const request = {operation: {name: operation.name, _fromAPIResponse: ({apiResponse}) => apiResponse}};
  const done = await until(() => ai.operations.getVideosOperation(request), (answer) => answer.done);
  assert.equal(done.metadata.completedPercent, 100);
  assert.equal(last().path, `${root}/${operation.name}`);
});

if (has.tuningsList) {
  await step('tunings.list pages through all jobs', async () => {
    for (let number = 0; number < 4; number += 1) await trainedModel(`listed ${number}`);
    const names = [];
    wire.length = 0;
    for await (const job of await ai.tunings.list({config: {pageSize: 2}})) names.push(job.name);
    assert.equal(names.length, 6);
    assert.equal(new Set(names).size, 6);
    assert.equal(wire.length, 3);
  });
} else {
  await step('tunings.list is refused by the client itself, before anything is sent', async () => {
    for (let number = 0; number < 4; number += 1) await trainedModel(`listed ${number}`);
    wire.length = 0;
    await rejection(ai.tunings.list({config: {pageSize: 2}}));
    assert.equal(wire.length, 0);
  });
}

await step('models.list with queryBase false pages through all tuned models', async () => {
  const names = [];
  wire.length = 0;
  for await (const listed of await ai.models.list({config: {queryBase: false, pageSize: 4}})) names.push(listed.name);
  assert.equal(new Set(names).size, 6);
  assert.deepEqual(wire.map((entry) => entry.path.split('?')[0]), [`${root}/tunedModels`, `${root}/tunedModels`]);
});

await step('models.list has the base model that can be tuned', async () => {
  const names = [];
  for await (const listed of await ai.models.list({config: {pageSize: 3}})) names.push(listed.name);
  assert.ok(names.includes(baseModel), names.join());
});

await step('models.get and models.update read and change a model, without an update mask', async () => {
  const got = await ai.models.get({model});
  assert.equal(got.name, model);
  assert.equal(got.displayName, 'number generator');
  await ai.models.update({model, config: {displayName: 'renamed', description: 'counts'}});
  assert.equal(last().path, `${root}/${model}`);
  const changed = await ai.models.get({model});
  assert.equal(changed.displayName, 'renamed');
  assert.equal(changed.description, 'counts');
});

await step('generateContent answers from the training data', async () => {
  const name = has.trainingData ? model : await trainedModel('answers');
  const answer = await ai.models.generateContent({model: name, contents: 'LXIII'});
  assert.equal(answer.text, 'LXIV');
  assert.equal(answer.candidates[0].finishReason, 'STOP');
  assert.ok(answer.usageMetadata.totalTokenCount > 0);
  assert.equal(await textOf(name, '10,100,000'), '10,100,001');
});

await step('a model without training data answers all the same', async () => {
  const created = await rest('POST', '/v1beta/tunedModels', {baseModel});
  const name = created.metadata.tunedModel;
  await until(() => rest('GET', `/v1beta/${name}`), (answer) => answer.state === 'ACTIVE');
  assert.ok((await textOf(name, 'hello')).length > 0);
});

await step('a system instruction is accepted and ignored, with a hint', async () => {
  const name = await trainedModel('instructed');
  const config = {systemInstruction: 'Answer in French.', temperature: 0};
  const answer = await ai.models.generateContent({model: name, contents: '1', config});
  assert.equal(answer.text, '2');
  assert.ok(last().hint);
});

await step('generateContentStream gives the answer in chunks', async () => {
  const name = await trainedModel('streams');
  let text = '';
  let finishReason;
  for await (const chunk of await ai.models.generateContentStream({model: name, contents: 'ninety nine'})) {
    text += chunk.text;
    finishReason = chunk.candidates[0].finishReason ?? finishReason;
  }
  assert.equal(text, 'one hundred');
  assert.equal(finishReason, 'STOP');
  assert.match(last().path, /:streamGenerateContent\?alt=sse$/);
});

await step('countTokens works on tuned and on base models', async () => {
  for (const name of [model, baseModel]) {
    const {totalTokens} = await ai.models.countTokens({model: name, contents: 'one two three'});
    assert.ok(totalTokens > 0);
  }
});

await step('a chat with its history is answered by the last message', async () => {
  const name = await trainedModel('chats');
  const chat = ai.chats.create({model: name});
  assert.equal((await chat.sendMessage({message: '8'})).text, '9');
  assert.equal((await chat.sendMessage({message: 'three'})).text, 'four');
});

if (has.cancel) {
  await step('tunings.cancel ends a job that is running', async () => {
    const operation = await rest('POST', '/v1beta/tunedModels', {
      baseModel, tuningTask: {hyperparameters: {epochCount: 100}, trainingData: {examples: {examples}}},
    });
    const name = operation.metadata.tunedModel;
    await ai.tunings.cancel({name});
    assert.equal(last().path, `${root}/${name}:cancel`);
    const ended = await until(() => rest('GET', `/v1beta/${operation.name}`), (answer) => answer.done);
    assert.equal(ended.error.code, 1);
  });
}

await step('a training that fails at step 12 says so in job and operation, and its model answers nothing', async () => {
  const created = await failingModel();
  const name = created.metadata.tunedModel;
  const job = await until(() => ai.tunings.get({name}), (answer) => answer.state !== 'JOB_STATE_RUNNING');
  assert.equal(job.state, 'JOB_STATE_FAILED');
  const request = {operation: {name: created.name, _fromAPIResponse: ({apiResponse}) => apiResponse}};
  const done = await ai.operations.getVideosOperation(request);
  assert.ok(done.done);
  assert.deepEqual(done.error, failure);
  const failed = await rest('GET', `/v1beta/${name}`);
  assert.equal(failed.state, 'FAILED');
  assert.equal(failed.tuningTask.snapshots.length, 12);
  const error = await rejection(textOf(name, '1'));
  assert.equal(statusOf(error), 400);
  assert.match(error.message, /FAILED_PRECONDITION/);
  await ai.models.delete({model: name});
});

await step('400: a bad hyperparameter names the field', async () => {
  const error = await rejection(tune('bad', {epochCount: -1}));
  assert.equal(statusOf(error), 400);
  assert.match(error.message, /epoch_count/);
  assert.match(error.message, /INVALID_ARGUMENT/);
});

await step('404: a model that does not exist', async () => {
  const error = await rejection(textOf('tunedModels/nobody', 'hi'));
  assert.equal(statusOf(error), 404);
  assert.match(error.message, /Tuned model tunedModels\/nobody does not exist\./);
});

await step('403 and 400: the model of somebody else, and a key that is not valid', async () => {
  const name = await trainedModel('private', authUrl, 'alice-key');
  const as = (apiKey) => new GoogleGenAI({apiKey, httpOptions: {baseUrl: authUrl}});
  assert.equal((await as('alice-key').models.generateContent({model: name, contents: '1'})).text, '2');
  const forbidden = await rejection(as('bob-key').models.generateContent({model: name, contents: '1'}));
  assert.equal(statusOf(forbidden), 403);
  assert.match(forbidden.message, /You do not have permission to access tuned model/);
  const unknown = await rejection(as('no-such-key').models.generateContent({model: name, contents: '1'}));
  assert.equal(statusOf(unknown), 400);
  assert.match(unknown.message, /API_KEY_INVALID/);
});

for (const [code, status] of [[409, 'ALREADY_EXISTS'], [429, 'RESOURCE_EXHAUSTED'], [503, 'UNAVAILABLE']]) {
  await step(`${code}: a scripted ${status}, which the client shows and does not retry`, async () => {
    const error = await withFault('tunedModels.create', status, () => tune('faulty'));
    assert.equal(statusOf(error), code);
    assert.match(error.message, new RegExp(status));
  });
  await step(`${code}: the same in the place of a stream`, async () => {
    const error = await withFault('tunedModels.streamGenerateContent', status,
      () => ai.models.generateContentStream({model, contents: 'hi'}));
    assert.equal(statusOf(error), code);
  });
}

await step('models.delete removes the model, and it is gone', async () => {
  await ai.models.delete({model});
  const error = await rejection(ai.models.get({model}));
  assert.equal(statusOf(error), 404);
});

finish();
