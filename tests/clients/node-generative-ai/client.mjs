// @google/generative-ai, the JavaScript SDK before @google/genai. It can use tuned models but not manage them: those
// steps are plain requests.
// [readme node-generative-ai]
import {GoogleGenerativeAI} from '@google/generative-ai';
const options = {baseUrl: process.env.TUNEMOCK_URL};
const modelOf = (name) => new GoogleGenerativeAI('any').getGenerativeModel({model: name}, options);
// [/readme]
import {
  announce, assert, authUrl, baseModel, examples, finish, last, rejection, rest, step, trainedModel, until, withFault,
} from './lib/client.mjs';

announce('@google/generative-ai');
let name;

await step('a model is created, trained and listed (plain requests, this client has none)', async () => {
  const operation = await rest('POST', '/v1beta/tunedModels?tunedModelId=numbers-1', {
    baseModel, tuningTask: {hyperparameters: {epochCount: 2}, trainingData: {examples: {examples}}},
  });
  const done = await until(() => rest('GET', `/v1beta/${operation.name}`), (answer) => answer.done);
  name = done.response.name;
  assert.equal(name, 'tunedModels/numbers-1');
  assert.equal((await rest('GET', '/v1beta/tunedModels?pageSize=5')).tunedModels.length, 1);
});

await step('generateContent answers from the training data', async () => {
  const {response} = await modelOf(name).generateContent('LXIII');
  assert.equal(response.text(), 'LXIV');
  assert.equal(response.candidates[0].finishReason, 'STOP');
  assert.ok(response.usageMetadata.totalTokenCount > 0);
});

await step('generateContentStream gives the answer in chunks, and the whole in the end', async () => {
  const {stream, response} = await modelOf(name).generateContentStream('ninety nine');
  let text = '';
  for await (const chunk of stream) text += chunk.text();
  assert.equal(text, 'one hundred');
  assert.equal((await response).text(), 'one hundred');
  assert.match(last().path, /:streamGenerateContent\?alt=sse$/);
});

await step('countTokens wraps a whole request, and counts', async () => {
  const {totalTokens} = await modelOf(name).countTokens('one two three');
  assert.ok(JSON.parse(last().body).generateContentRequest);
  assert.ok(totalTokens > 0);
});

await step('a chat with its history is answered by the last message', async () => {
  const chat = modelOf(name).startChat();
  assert.equal((await chat.sendMessage('8')).response.text(), '9');
  assert.equal((await chat.sendMessage('three')).response.text(), 'four');
  assert.equal((await chat.getHistory()).length, 4);
});

await step('a system instruction of the role "system" is accepted, with a hint', async () => {
  const {response} = await modelOf(name).generateContent({
    contents: [{role: 'user', parts: [{text: '1'}]}], systemInstruction: 'Answer in French.',
  });
  assert.equal(response.text(), '2');
  assert.ok(last().hint);
});

await step('embedContent works on an embedding model', async () => {
  const {embedding} = await modelOf('text-embedding-004').embedContent('hello');
  assert.ok(embedding.values.length > 0);
});

await step('400: a bad generation setting', async () => {
  const error = await rejection(modelOf(name).generateContent({
    contents: [{role: 'user', parts: [{text: '1'}]}], generationConfig: {temperature: 99},
  }));
  assert.equal(error.status, 400);
  assert.equal(error.statusText, 'Bad Request');
});

await step('404: a model that does not exist, in the service\'s words, for a stream too', async () => {
  const gone = modelOf('tunedModels/nobody');
  for (const call of [() => gone.generateContent('hi'), () => gone.generateContentStream('hi')]) {
    const error = await rejection(call());
    assert.equal(error.status, 404);
    assert.match(error.message, /\[404 Not Found\] Tuned model tunedModels\/nobody does not exist\./);
  }
});

await step('403 and 400: the model of somebody else, and a key that is not valid, with its details', async () => {
  const secret = await trainedModel('private', authUrl, 'alice-key');
  const ask = async (key) => {
    const model = new GoogleGenerativeAI(key).getGenerativeModel({model: secret}, {baseUrl: authUrl});
    return (await model.generateContent('1')).response.text();
  };
  assert.equal(await ask('alice-key'), '2');
  const forbidden = await rejection(ask('bob-key'));
  assert.equal(forbidden.status, 403);
  const unknown = await rejection(ask('no-such-key'));
  assert.equal(unknown.status, 400);
  assert.equal(unknown.errorDetails[0].reason, 'API_KEY_INVALID');
});

for (const [code, status, phrase] of [
  [409, 'ALREADY_EXISTS', 'Conflict'], [429, 'RESOURCE_EXHAUSTED', 'Too Many Requests'], [503, 'UNAVAILABLE', 'Service Unavailable'],
]) {
  await step(`${code}: a scripted ${status} with its reason phrase, not retried`, async () => {
    const error = await withFault('tunedModels.generateContent', status, () => modelOf(name).generateContent('1'));
    assert.equal(error.status, code);
    assert.equal(error.statusText, phrase);
  });
}

await step('a deleted model (by a plain request) is gone', async () => {
  await rest('DELETE', `/v1beta/${name}`);
  assert.equal((await rejection(modelOf(name).generateContent('1'))).status, 404);
});

finish();
