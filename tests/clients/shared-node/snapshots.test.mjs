import assert from 'node:assert/strict';
import test from 'node:test';
import {shuffled, suite} from './shuffled.mjs';
import {startTuning, tune} from './tune.mjs';
import {tunemockFor} from './tunemock.mjs';

const namesIn = async ({call}) =>
  ((await call('GET', 'v1beta/tunedModels?pageSize=100')).tunedModels ?? []).map(({name}) => name);

// Each of these begins with the same ten models, which are tuned once: one after the other, in a namespace of their own.
const onTenModels = [
  ...[0, 3, 6, 9].map((number) => [`model ${number} knows its number`, async ({ai}) => {
    const answer = await ai.models.generateContent({model: `tunedModels/m${number}`, contents: 'who are you?'});
    assert.equal(answer.text, `number ${number}`);
  }]),
  ...[1, 4, 10].map((count) => [`${count} models are deleted`, async (tunemock) => {
    for (let i = 0; i < count; i++) await tunemock.call('DELETE', `v1beta/tunedModels/m${i}`);
    assert.equal((await namesIn(tunemock)).length, 10 - count);
  }]),
  ...['one', 'two', 'three'].map((description) => [`a model is described as ${description}`, async ({call}) => {
    assert.equal((await call('GET', 'v1beta/tunedModels/m3')).description, undefined);
    await call('PATCH', 'v1beta/tunedModels/m3?updateMask=description', {description});
    assert.equal((await call('GET', 'v1beta/tunedModels/m3')).description, description);
  }]),
  ['a late model comes eleventh', async (tunemock) => {
    await startTuning(tunemock, {id: 'late'});
    assert.equal((await namesIn(tunemock)).length, 11);
  }],
  ['a model is shared', async ({call}) => {
    await call('POST', 'v1beta/tunedModels/m7/permissions', {
      granteeType: 'USER', emailAddress: 'friend@example.com', role: 'READER'});
    const {permissions} = await call('GET', 'v1beta/tunedModels/m7/permissions');
    assert.deepEqual(permissions.map(({role}) => role).sort(), ['OWNER', 'READER']);
  }],
];

test('with ten models', async (t) => {
  const tunemock = tunemockFor(t);
  for (let i = 0; i < 10; i++) {
    await startTuning(tunemock, {id: `m${i}`, examples: {'who are you?': `number ${i}`}});
  }
  await tunemock.call('POST', 'emulator/v1/clock:advance', {duration: '3600s'});
  await tunemock.call('POST', 'emulator/v1/snapshots', {id: 'tuned'});
  for (const [sentence, run] of shuffled(onTenModels)) {
    await t.test(sentence, async () => {
      await tunemock.call('POST', 'emulator/v1/snapshots/tuned:restore', {});
      await run(tunemock);
    });
  }
});

suite('snapshots', [1, 2, 3, 4, 5, 6].map((number) => [`what was restored is what was kept, ${number}`, async (t) => {
  const tunemock = tunemockFor(t);
  const {call} = tunemock;
  await tune(tunemock, {displayName: `kept ${number}`});
  await call('POST', 'emulator/v1/stubs', {match: {prompt: 'x'}, reply: {text: `stub ${number}`}, times: number});
  const kept = await call('GET', 'emulator/v1/state');
  await call('POST', 'emulator/v1/snapshots', {id: 'x'});
  const futures = [];
  for (let round = 0; round < 2; round++) {
    await tune(tunemock, {id: 'more', displayName: `more ${number}`});
    await call('DELETE', 'v1beta/tunedModels/numbers');
    futures.push(await call('GET', 'emulator/v1/state'));
    await call('POST', 'emulator/v1/snapshots/x:restore', {});
    assert.deepEqual(await call('GET', 'emulator/v1/state'), kept);
  }
  assert.deepEqual(futures[0], futures[1]);
}]));
