import assert from 'node:assert/strict';
import {suite} from './shuffled.mjs';
import {tunemockFor} from './tunemock.mjs';

const model = 'gemini-2.5-flash';

const weathers = ['sun', 'rain', 'snow', 'fog', 'hail', 'wind', 'frost', 'thunder'].map((weather) => [`there is ${weather}`, async (t) => {
  const {ai, call} = tunemockFor(t);
  await call('POST', 'emulator/v1/stubs', {match: {prompt: {contains: 'weather'}}, reply: {text: weather}});
  assert.equal((await ai.models.generateContent({model, contents: 'How is the weather?'})).text, weather);
}]);

const counts = [1, 2, 5, 8].map((count) => [`a stub counts ${count} calls of its own`, async (t) => {
  const {ai, call} = tunemockFor(t);
  await call('POST', 'emulator/v1/stubs', {match: {}, reply: {text: '{{count}}'}});
  const texts = [];
  for (let i = 0; i < count; i++) texts.push((await ai.models.generateContent({model, contents: 'count'})).text);
  assert.deepEqual(texts, texts.map((_, index) => String(index + 1)));
  assert.deepEqual(await call('POST', 'emulator/v1/requests:count', {match: {}}), {count});
}]);

const states = ['open', 'closed', 'lost'].map((state) => [`the door is ${state} once it was tried`, async (t) => {
  const {ai, call} = tunemockFor(t);
  await call('POST', 'emulator/v1/stubs', {match: {prompt: 'try'}, scenario: {name: 'door', sets: state}, reply: {text: 'tried'}});
  await call('POST', 'emulator/v1/stubs', {match: {prompt: 'look'}, scenario: {name: 'door', requires: state}, reply: {text: state}});
  await ai.models.generateContent({model, contents: 'try'});
  assert.equal((await ai.models.generateContent({model, contents: 'look'})).text, state);
}]);

suite('stubs', [...weathers, ...counts, ...states,
  ['what no stub is for fails', async (t) => {
    const {ai, call} = tunemockFor(t);
    await call('PATCH', 'emulator/v1/config', {onNoMatch: 'error'});
    await assert.rejects(ai.models.generateContent({model, contents: '1'}), {status: 404});
  }],
  ['the journal has what this test asked', async (t) => {
    const {ai, call} = tunemockFor(t);
    await Promise.all(['one', 'two', 'three'].map((contents) => ai.models.generateContent({model, contents})));
    const {requests} = await call('GET', 'emulator/v1/requests');
    assert.deepEqual(requests.map(({prompt}) => prompt).sort(), ['one', 'three', 'two']);
  }],
]);
