// @langchain/google-genai. It can use tuned models but not manage them.
// [readme node-langchain]
import {ChatGoogleGenerativeAI} from '@langchain/google-genai';
const settings = {apiKey: 'any', baseUrl: process.env.TUNEMOCK_URL, maxRetries: 1};
const modelOf = (name) => new ChatGoogleGenerativeAI({model: name, ...settings});
// [/readme]
import {HumanMessage, AIMessage, SystemMessage} from '@langchain/core/messages';
import {
  announce, assert, authUrl, fault, finish, last, rejection, rest, step, trainedModel, wire, withFault,
} from './lib/client.mjs';

announce('@langchain/google-genai');
let name;

await step('a model is created and trained (plain requests, this client has none)', async () => {
  name = await trainedModel('numbers');
});

await step('invoke answers from the training data, and counts the tokens', async () => {
  const answer = await modelOf(name).invoke('LXIII');
  assert.equal(answer.content, 'LXIV');
  assert.ok(answer.usage_metadata.total_tokens > 0);
});

await step('stream gives the answer in chunks', async () => {
  let text = '';
  for await (const chunk of await modelOf(name).stream('ninety nine')) text += chunk.content;
  assert.equal(text, 'one hundred');
  assert.match(last().path, /:streamGenerateContent\?alt=sse$/);
});

await step('batch asks many at once', async () => {
  const answers = await modelOf(name).batch(['1', '3', 'one', 'seven']);
  assert.deepEqual(answers.map((answer) => answer.content), ['2', '4', 'two', 'eight']);
});

await step('a history is answered by the last message', async () => {
  const answer = await modelOf(name).invoke([new HumanMessage('8'), new AIMessage('9'), new HumanMessage('three')]);
  assert.equal(answer.content, 'four');
});

await step('a system message is accepted, with a hint', async () => {
  const answer = await modelOf(name).invoke([new SystemMessage('Answer in French.'), new HumanMessage('1')]);
  assert.equal(answer.content, '2');
  assert.ok(last().hint);
});

await step('404: a model that does not exist is not asked for again', async () => {
  wire.length = 0;
  const error = await rejection(modelOf('tunedModels/nobody').invoke('hi'));
  assert.match(error.message, /Tuned model tunedModels\/nobody does not exist\./);
  assert.equal(wire.length, 1);
});

await step('400: JSON mode, which tuned models do not have', async () => {
  const model = new ChatGoogleGenerativeAI({...settings, model: name, json: true});
  const error = await rejection(model.invoke('1'));
  assert.match(error.message, /400 Bad Request.*Json mode is not enabled for tunedModels/s);
});

await step('403 and 400: the model of somebody else, and a key that is not valid', async () => {
  const secret = await trainedModel('private', authUrl, 'alice-key');
  const ask = async (apiKey) => {
    const model = new ChatGoogleGenerativeAI({model: secret, apiKey, baseUrl: authUrl, maxRetries: 0});
    return (await model.invoke('1')).content;
  };
  assert.equal(await ask('alice-key'), '2');
  assert.match((await rejection(ask('bob-key'))).message, /403 Forbidden.*You do not have permission/s);
  assert.match((await rejection(ask('no-such-key'))).message, /API_KEY_INVALID|API key not valid/);
});

for (const [code, status, phrase] of [[409, 'ABORTED', 'Conflict'], [429, 'RESOURCE_EXHAUSTED', 'Too Many Requests']]) {
  await step(`${code}: a scripted ${status} reaches the caller`, async () => {
    const model = new ChatGoogleGenerativeAI({...settings, model: name, maxRetries: 0});
    const error = await withFault('tunedModels.generateContent', status, () => model.invoke('1'));
    assert.match(error.message, new RegExp(`${code} ${phrase}`));
  });
}

await step('503: a scripted UNAVAILABLE is retried until it is over', async () => {
  await fault('tunedModels.generateContent', 'UNAVAILABLE');
  wire.length = 0;
  const answer = await modelOf(name).invoke('1');
  assert.equal(answer.content, '2');
  assert.deepEqual(wire.map((entry) => entry.status), [503, 200]);
});

await step('a deleted model (by a plain request) is gone', async () => {
  await rest('DELETE', `/v1beta/${name}`);
  assert.match((await rejection(modelOf(name).invoke('1'))).message, /404/);
});

finish();
