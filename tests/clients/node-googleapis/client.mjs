// googleapis, which makes its client at run time from the discovery document that the server hands out about itself.
// [readme node-googleapis]
import {google} from 'googleapis';
google.options({auth: 'any'});
const api = await google.discoverAPI(`${process.env.TUNEMOCK_URL}/$discovery/rest?version=v1beta`);
// [/readme]
import {
  announce, assert, authUrl, baseModel, examples, finish, rejection, rest, step, trainedModel, until, url, withFault,
} from './lib/client.mjs';

announce('googleapis');
const name = 'tunedModels/counter-1';
const models = api.tunedModels;
let operation;

const tunedModel = (displayName, hyperparameters) => ({
  displayName, description: 'counts on', baseModel,
  tuningTask: {hyperparameters, trainingData: {examples: {examples}}},
});
const create = async (id, hyperparameters) =>
  (await models.create({tunedModelId: id, requestBody: tunedModel(id, hyperparameters)})).data;
const prompt = (text) => ({model: name, requestBody: {contents: [{role: 'user', parts: [{text}]}]}});
const textOf = (answer) => answer.candidates[0].content.parts.map((part) => part.text).join('');
const polled = async (operationName) =>
  until(async () => (await models.operations.get({name: operationName})).data, (answer) => answer.done);

function shows(error, code, status, message) {
  assert.equal(error.status, code, String(error));
  assert.equal(error.response.data.error.status, status);
  assert.match(error.message, message);
}

await step('the document describes this very server, with all that tuned models have', async () => {
  const document = await (await fetch(`${url}/$discovery/rest?version=v1beta`)).json();
  assert.equal(document.rootUrl, `${url}/`);
  assert.ok(models.permissions && models.operations && api.models);
});

await step('create takes training data and an id, and answers with an operation', async () => {
  operation = await create('counter-1', {epochCount: 10, batchSize: 4});
  assert.match(operation.name, /^tunedModels\/counter-1\/operations\/[a-z0-9]+$/);
  assert.equal(operation.metadata.tunedModel, name);
  assert.equal(operation.metadata.totalSteps, 38);
  assert.equal(operation.done, undefined);
});

await step('get shows it CREATING, with its hyperparameters', async () => {
  const {data} = await models.get({name});
  assert.equal(data.state, 'CREATING');
  assert.equal(data.tuningTask.hyperparameters.epochCount, 10);
});

await step('operations.get polls it to done', async () => {
  const done = await polled(operation.name);
  assert.equal(done.response.state, 'ACTIVE');
  assert.equal(done.metadata.completedPercent, 100);
  assert.equal(done.metadata.snapshots.length, 38);
});

await step('operations.list has it', async () => {
  const {data} = await models.operations.list({name});
  assert.deepEqual(data.operations.map((listed) => listed.name), [operation.name]);
});

await step('list gives all models page by page, and takes a filter', async () => {
  for (const id of ['counter-2', 'counter-3']) await create(id, {epochCount: 1});
  const names = [];
  let pageToken;
  let pageCount = 0;
  do {
    const {data} = await models.list({pageSize: 2, pageToken, filter: 'owner:me'});
    names.push(...data.tunedModels.map((model) => model.name));
    pageToken = data.nextPageToken;
    pageCount += 1;
  } while (pageToken);
  assert.equal(pageCount, 2);
  assert.deepEqual(names.sort(), [name, 'tunedModels/counter-2', 'tunedModels/counter-3']);
});

await step('models.list has the base model that can be tuned', async () => {
  const {data} = await api.models.list({pageSize: 1000});
  assert.ok(data.models.some((model) => model.name === baseModel && model.supportedGenerationMethods.includes('createTunedModel')));
});

await step('patch changes what its mask names and nothing else', async () => {
  await models.patch({name, updateMask: 'displayName', requestBody: {displayName: 'renamed', description: 'not in the mask'}});
  const {data} = await models.get({name});
  assert.equal(data.displayName, 'renamed');
  assert.equal(data.description, 'counts on');
});

await step('generateContent answers from the training data', async () => {
  const {data} = await models.generateContent(prompt('LXIII'));
  assert.equal(textOf(data), 'LXIV');
  assert.equal(data.candidates[0].finishReason, 'STOP');
  assert.ok(data.usageMetadata.totalTokenCount > 0);
});

await step('streamGenerateContent is an array of answers', async () => {
  const {data} = await models.streamGenerateContent(prompt('ninety nine'));
  assert.ok(Array.isArray(data));
  assert.equal(data.map(textOf).join(''), 'one hundred');
  assert.equal(data.at(-1).candidates[0].finishReason, 'STOP');
});

await step('models.countTokens counts for base models', async () => {
  const {data} = await api.models.countTokens({...prompt('one two three'), model: baseModel});
  assert.ok(data.totalTokens > 0);
});

await step('permissions are created, listed in pages, fetched, patched and deleted', async () => {
  const {permissions} = models;
  const {data: created} = await permissions.create({
    parent: name, requestBody: {granteeType: 'USER', emailAddress: 'reader@example.com', role: 'READER'},
  });
  const {data: page} = await permissions.list({parent: name, pageSize: 1});
  const {data: rest} = await permissions.list({parent: name, pageSize: 1, pageToken: page.nextPageToken});
  assert.deepEqual([...page.permissions, ...rest.permissions].map(({role}) => role), ['OWNER', 'READER']);
  assert.equal(rest.nextPageToken, undefined);
  await permissions.patch({name: created.name, updateMask: 'role', requestBody: {role: 'WRITER'}});
  assert.equal((await permissions.get({name: created.name})).data.role, 'WRITER');
  assert.deepEqual((await permissions.delete({name: created.name})).data, {});
  assert.equal((await permissions.list({parent: name})).data.permissions.length, 1);
});

await step('transferOwnership makes another the owner', async () => {
  await models.transferOwnership({name, requestBody: {emailAddress: 'new@example.com'}});
  const {data} = await models.permissions.list({parent: name});
  assert.equal(data.permissions.find(({role}) => role === 'OWNER').emailAddress, 'new@example.com');
});

await step('400: a bad hyperparameter names the field', async () => {
  shows(await rejection(create('bad-1', {epochCount: -1})), 400, 'INVALID_ARGUMENT', /epoch_count/);
});

await step('404: a model that does not exist, for a stream too', async () => {
  const words = /^Tuned model tunedModels\/nobody does not exist\.$/;
  shows(await rejection(models.get({name: 'tunedModels/nobody'})), 404, 'NOT_FOUND', words);
  const stream = {...prompt('hi'), model: 'tunedModels/nobody'};
  shows(await rejection(models.streamGenerateContent(stream)), 404, 'NOT_FOUND', words);
});

await step('409: an id that is taken', async () => {
  shows(await rejection(create('counter-1', {})), 409, 'ALREADY_EXISTS', /already exists/);
});

await step('403, 401 and 400: somebody else\'s model, permissions with a key, a key that is not valid', async () => {
  const secret = await trainedModel('private', authUrl, 'alice-key');
  const {tunedModels} = await google.discoverAPI(`${authUrl}/$discovery/rest?version=v1beta`);
  const get = (key) => tunedModels.get({name: secret, auth: key});
  assert.equal((await get('alice-key')).data.name, secret);
  shows(await rejection(get('bob-key')), 403, 'PERMISSION_DENIED', /You do not have permission/);
  const list = tunedModels.permissions.list({parent: secret, auth: 'alice-key'});
  shows(await rejection(list), 401, 'UNAUTHENTICATED', /API keys are not supported/);
  const unknown = await rejection(get('no-such-key'));
  shows(unknown, 400, 'INVALID_ARGUMENT', /API key not valid/);
  assert.equal(unknown.response.data.error.details[0].reason, 'API_KEY_INVALID');
});

for (const [code, status] of [[429, 'RESOURCE_EXHAUSTED'], [503, 'UNAVAILABLE']]) {
  await step(`${code}: a scripted ${status} is shown where retries are turned off`, async () => {
    // The methods of a discovered API take no options of their own.
    google.options({auth: 'any', retry: false});
    shows(await withFault('tunedModels.get', status, () => models.get({name})), code, status, /./);
    google.options({auth: 'any'});
  });
  await step(`${code}: the client retries a read until it is over`, async () => {
    await rest('POST', '/emulator/v1/faults', {method: 'tunedModels.get', status, times: 2});
    assert.equal((await models.get({name})).data.name, name);
    assert.deepEqual(await rest('GET', '/emulator/v1/faults'), {faults: []});
  });
}

await step('delete answers with nothing, and the model is gone', async () => {
  assert.deepEqual((await models.delete({name})).data, {});
  shows(await rejection(models.get({name})), 404, 'NOT_FOUND', /does not exist/);
});

finish();
