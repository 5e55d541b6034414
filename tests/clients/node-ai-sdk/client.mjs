// The AI SDK with @ai-sdk/google. It can use tuned models but not manage them.
// [readme node-ai-sdk]
import {generateText, streamText} from 'ai';
import {createGoogleGenerativeAI} from '@ai-sdk/google';
const google = createGoogleGenerativeAI({apiKey: 'any', baseURL: `${process.env.TUNEMOCK_URL}/v1beta`});
// [/readme]
import {
  announce, assert, authUrl, fault, finish, last, rejection, rest, step, trainedModel, wire, withFault,
} from './lib/client.mjs';

announce('@ai-sdk/google');
let name;

await step('a model is created and trained (plain requests, this client has none)', async () => {
  name = await trainedModel('numbers');
});

await step('generateText answers from the training data, with reason and token counts', async () => {
  const {text, finishReason, usage} = await generateText({model: google(name), prompt: 'LXIII'});
  assert.equal(text, 'LXIV');
  assert.equal(finishReason, 'stop');
  assert.ok(usage.totalTokens > 0);
});

await step('streamText gives the answer in chunks', async () => {
  let text = '';
  for await (const part of streamText({model: google(name), prompt: 'ninety nine'}).textStream) text += part;
  assert.equal(text, 'one hundred');
  assert.match(last().path, /:streamGenerateContent\?alt=sse$/);
});

await step('a history is answered by the last message', async () => {
  const messages = [
    {role: 'user', content: '8'}, {role: 'assistant', content: '9'}, {role: 'user', content: 'three'},
  ];
  assert.equal((await generateText({model: google(name), messages})).text, 'four');
});

await step('a system prompt, sampling settings and a thinking budget are accepted, with a hint', async () => {
  const {text} = await generateText({
    model: google(name), system: 'Answer in French.', prompt: '1', temperature: 0, topK: 3, maxOutputTokens: 50,
    providerOptions: {google: {thinkingConfig: {includeThoughts: true}}},
  });
  assert.equal(text, '2');
  assert.ok(last().hint);
});

await step('400: a bad generation setting is not asked for again', async () => {
  wire.length = 0;
  const error = await rejection(generateText({model: google(name), prompt: '1', temperature: 99}));
  assert.equal(error.statusCode, 400);
  assert.equal(error.data.error.status, 'INVALID_ARGUMENT');
  assert.equal(wire.length, 1);
});

await step('404: a model that does not exist, in the service\'s words', async () => {
  const error = await rejection(generateText({model: google('tunedModels/nobody'), prompt: 'hi'}));
  assert.equal(error.statusCode, 404);
  assert.equal(error.message, 'Tuned model tunedModels/nobody does not exist.');
});

await step('403 and 400: the model of somebody else, and a key that is not valid', async () => {
  const secret = await trainedModel('private', authUrl, 'alice-key');
  const ask = async (apiKey) => {
    const caller = createGoogleGenerativeAI({apiKey, baseURL: `${authUrl}/v1beta`});
    return (await generateText({model: caller(secret), prompt: '1'})).text;
  };
  assert.equal(await ask('alice-key'), '2');
  assert.equal((await rejection(ask('bob-key'))).statusCode, 403);
  const unknown = await rejection(ask('no-such-key'));
  assert.equal(unknown.statusCode, 400);
  assert.match(unknown.message, /API key not valid/);
});

for (const [code, status] of [[409, 'ABORTED'], [429, 'RESOURCE_EXHAUSTED'], [503, 'UNAVAILABLE']]) {
  await step(`${code}: a scripted ${status} reaches the caller where retries are turned off`, async () => {
    const error = await withFault('tunedModels.generateContent', status,
      () => generateText({model: google(name), prompt: '1', maxRetries: 0}));
    assert.equal(error.statusCode, code);
    assert.equal(error.isRetryable, true);
  });
}

await step('503: is retried until it is over', async () => {
  await fault('tunedModels.generateContent', 'UNAVAILABLE');
  wire.length = 0;
  assert.equal((await generateText({model: google(name), prompt: '1'})).text, '2');
  assert.deepEqual(wire.map((entry) => entry.status), [503, 200]);
});

await step('a stream that fails at its start reaches onError', async () => {
  await fault('tunedModels.streamGenerateContent', 'UNAVAILABLE');
  const seen = [];
  const {textStream} = streamText({model: google(name), prompt: '1', maxRetries: 0, onError: ({error}) => seen.push(error.statusCode)});
  for await (const part of textStream) assert.fail(part);
  assert.deepEqual(seen, [503]);
});

await step('a deleted model (by a plain request) is gone', async () => {
  await rest('DELETE', `/v1beta/${name}`);
  const error = await rejection(generateText({model: google(name), prompt: '1'}));
  assert.equal(error.statusCode, 404);
});

finish();
