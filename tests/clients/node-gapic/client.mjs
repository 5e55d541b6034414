// @google-ai/generativelanguage, the generated clients, over REST. The same program drives several versions.
// [readme node-gapic]
import {v1beta} from '@google-ai/generativelanguage';
const {hostname: apiEndpoint, port} = new URL(process.env.TUNEMOCK_URL);
const options = {apiEndpoint, port: Number(port), protocol: 'http', fallback: true, apiKey: 'any'};
const models = new v1beta.ModelServiceClient(options);
// [/readme]
import {
  announce, assert, authUrl, baseModel, examples, finish, isAtLeast, rejection, rest, step, trainedModel, withFault,
} from './lib/client.mjs';

const permissions = new v1beta.PermissionServiceClient(options);
const generation = new v1beta.GenerativeServiceClient(options);
const version = announce('@google-ai/generativelanguage');
const isAtLeast4 = isAtLeast(version, '4.0.0');
const name = 'tunedModels/numbers-1';
const Role = {OWNER: 1, WRITER: 2, READER: 3};

const tunedModel = (displayName, hyperparameters) => ({
  displayName, baseModel, readerProjectNumbers: [123],
  tuningTask: {hyperparameters, trainingData: {examples: {examples}}},
});
const prompt = (text) => ({model: name, contents: [{role: 'user', parts: [{text}]}]});
const textOf = (answer) => answer.candidates.map((candidate) => candidate.content.parts.map((part) => part.text).join('')).join('');
// Errors carry the gRPC code where the client translates them, otherwise the HTTP status.
const isCode = (error, grpc, http) => assert.ok([grpc, http].includes(Number(error.code ?? error.status)), String(error));

let operation;

await step('createTunedModel takes training data and an id, and answers with an operation', async () => {
  [operation] = await models.createTunedModel({tunedModelId: 'numbers-1', tunedModel: tunedModel('numbers', {epochCount: 10, batchSize: 4})});
  assert.equal(operation.metadata.tunedModel, name);
  assert.equal(operation.metadata.totalSteps, 38);
});

await step('getTunedModel shows it CREATING, with its hyperparameters and its enums as numbers or names', async () => {
  const [model] = await models.getTunedModel({name});
  assert.ok([1, 'CREATING'].includes(model.state), model.state);
  assert.equal(model.tuningTask.hyperparameters.epochCount, 10);
  assert.deepEqual(model.readerProjectNumbers.map(String), ['123']);
});

await step('operation.promise polls to the trained model, and reports the progress on its way', async () => {
  const percents = [];
  operation.on('progress', (metadata) => percents.push(metadata.completedPercent));
  const [model, metadata] = await operation.promise();
  assert.equal(model.name, name);
  assert.ok(percents.length > 0);
  assert.equal(metadata.completedSteps, 38);
  assert.equal(metadata.snapshots.length, 38);
});

await step('checkCreateTunedModelProgress finds it again by its name', async () => {
  const again = await models.checkCreateTunedModelProgress(operation.name);
  assert.equal(again.done, true);
  assert.equal(again.result.name, name);
});

await step('listOperationsAsync lists the operations of a model', async () => {
  const names = [];
  for await (const listed of models.listOperationsAsync({name})) names.push(listed.name);
  assert.deepEqual(names, [operation.name]);
});

await step('listTunedModels pages through all, with a filter', async () => {
  for (let number = 2; number <= 5; number += 1) {
    const [created] = await models.createTunedModel({tunedModelId: `numbers-${number}`, tunedModel: tunedModel('more', {epochCount: 1})});
    await created.promise();
  }
  const names = [];
  for await (const model of models.listTunedModelsAsync({pageSize: 2, filter: 'owner:me'})) names.push(model.name);
  assert.equal(new Set(names).size, 5);
  const [all] = await models.listTunedModels({pageSize: 2});
  assert.equal(all.length, 5);
});

await step('listModels has the base model that can be tuned', async () => {
  const [all] = await models.listModels({pageSize: 3});
  assert.ok(all.some((model) => model.name === baseModel && model.supportedGenerationMethods.includes('createTunedModel')));
});

await step('updateTunedModel changes what its mask names, in either spelling, and nothing else', async () => {
  await models.updateTunedModel({tunedModel: {name, description: 'counts', displayName: 'unmasked'}, updateMask: {paths: ['description']}});
  await models.updateTunedModel({tunedModel: {name, displayName: 'renamed'}, updateMask: {paths: ['display_name']}});
  const [model] = await models.getTunedModel({name});
  assert.equal(model.description, 'counts');
  assert.equal(model.displayName, 'renamed');
});

await step('generateContent answers from the training data, with safety settings as numbers', async () => {
  const [answer] = await generation.generateContent({...prompt('LXIII'), safetySettings: [{category: 7, threshold: 4}]});
  assert.equal(textOf(answer), 'LXIV');
  assert.ok([1, 'STOP'].includes(answer.candidates[0].finishReason));
});

await step('streamGenerateContent reads the array form', async () => {
  let text = '';
  for await (const chunk of await generation.streamGenerateContent(prompt('ninety nine'))) text += textOf(chunk);
  assert.equal(text, 'one hundred');
});

await step('countTokens counts for base models; for tuned ones the client refuses it itself', async () => {
  const contents = [{role: 'user', parts: [{text: 'one two three'}]}];
  const [{totalTokens}] = await generation.countTokens({model: baseModel, contents});
  assert.ok(totalTokens > 0);
  await rejection(generation.countTokens({model: name, contents}));
});

await step('permissions are created with enums as numbers, listed in pages, fetched, updated and deleted', async () => {
  const [created] = await permissions.createPermission({
    parent: name, permission: {granteeType: 1, emailAddress: 'a@example.com', role: Role.READER},
  });
  assert.match(created.name, /^tunedModels\/numbers-1\/permissions\/\d+$/);
  const roles = [];
  for await (const listed of permissions.listPermissionsAsync({parent: name, pageSize: 1})) roles.push(listed.role);
  assert.equal(roles.length, 2);
  await permissions.updatePermission({permission: {name: created.name, role: Role.WRITER}, updateMask: {paths: ['role']}});
  const [changed] = await permissions.getPermission({name: created.name});
  assert.ok([Role.WRITER, 'WRITER'].includes(changed.role), changed.role);
  await permissions.deletePermission({name: created.name});
  const [left] = await permissions.listPermissions({parent: name});
  assert.equal(left.length, 1);
});

await step('transferOwnership makes another the owner', async () => {
  await permissions.transferOwnership({name, emailAddress: 'new@example.com'});
  const [listed] = await permissions.listPermissions({parent: name});
  const owner = listed.find((permission) => [Role.OWNER, 'OWNER'].includes(permission.role));
  assert.equal(owner.emailAddress, 'new@example.com');
});

await step('400: a bad hyperparameter names the field', async () => {
  const error = await rejection(models.createTunedModel({tunedModel: tunedModel('bad', {epochCount: -1})}));
  isCode(error, 3, 400);
  assert.match(error.message, /epoch_count/);
});

await step('404: a model that does not exist, for a stream too', async () => {
  const error = await rejection(models.getTunedModel({name: 'tunedModels/nobody'}));
  isCode(error, 5, 404);
  assert.match(error.message, /Tuned model tunedModels\/nobody does not exist\./);
  const streamError = await rejection((async () => {
    for await (const chunk of await generation.streamGenerateContent({...prompt('hi'), model: 'tunedModels/nobody'})) assert.fail(chunk);
  })());
  assert.match(streamError.message, /does not exist/);
});

await step('409: an id that is taken', async () => {
  isCode(await rejection(models.createTunedModel({tunedModelId: 'numbers-1', tunedModel: tunedModel('again', {})})), 6, 409);
});

await step('403, 401 and 400: somebody else\'s model, permissions with a key, a key nobody has', async () => {
  const secret = await trainedModel('private', authUrl, 'alice-key');
  const as = (apiKey) => ({...options, port: Number(new URL(authUrl).port), apiKey});
  const get = (key) => new v1beta.ModelServiceClient(as(key)).getTunedModel({name: secret});
  assert.equal((await get('alice-key'))[0].name, secret);
  const forbidden = await rejection(get('bob-key'));
  isCode(forbidden, 7, 403);
  assert.match(forbidden.message, /You do not have permission/);
  isCode(await rejection(new v1beta.PermissionServiceClient(as('alice-key')).listPermissions({parent: secret})), 16, 401);
  const unknown = await rejection(get('no-such-key'));
  isCode(unknown, 3, 400);
  if (isAtLeast4) assert.equal(unknown.reason, 'API_KEY_INVALID');
});

await step('429: a scripted RESOURCE_EXHAUSTED is shown at once', async () => {
  isCode(await withFault('tunedModels.get', 'RESOURCE_EXHAUSTED', () => models.getTunedModel({name})), 8, 429);
});

if (isAtLeast4) {
  await step('503: a scripted UNAVAILABLE is retried until it is over', async () => {
    await rest('POST', '/emulator/v1/faults', {method: 'tunedModels.get', status: 'UNAVAILABLE', times: 1});
    const [model] = await models.getTunedModel({name});
    assert.equal(model.name, name);
  });
}

await step('503: is shown where retries are turned off', async () => {
  const error = await withFault('tunedModels.get', 'UNAVAILABLE', () => models.getTunedModel({name}, {retry: null}));
  isCode(error, 14, 503);
});

await step('deleteTunedModel removes the model, and it is gone', async () => {
  await models.deleteTunedModel({name});
  isCode(await rejection(models.getTunedModel({name})), 5, 404);
});

finish();
