import assert from 'node:assert/strict';
import {suite} from './shuffled.mjs';
import {tune} from './tune.mjs';
import {tunemockFor} from './tunemock.mjs';

const statuses = {RESOURCE_EXHAUSTED: 429, UNAVAILABLE: 503, INTERNAL: 500, PERMISSION_DENIED: 403, UNAUTHENTICATED: 401};

const errors = Object.entries(statuses).flatMap(([status, code]) => [1, 2, 3].map((times) => [
  `${times} times ${status}, and then an answer`, async (t) => {
    const tunemock = tunemockFor(t);
    const model = await tune(tunemock);
    await tunemock.call('POST', 'emulator/v1/faults', {method: 'tunedModels.generateContent', status, times});
    for (let i = 0; i < times; i++) {
      await assert.rejects(tunemock.ai.models.generateContent({model, contents: '1'}), {status: code});
    }
    assert.equal((await tunemock.ai.models.generateContent({model, contents: '1'})).text, '2');
  }]));

const blocked = ['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT'].map((finishReason) => [`blocked for ${finishReason}`, async (t) => {
  const tunemock = tunemockFor(t);
  const model = await tune(tunemock);
  await tunemock.call('POST', 'emulator/v1/faults', {kind: 'blocked', finishReason});
  const answer = await tunemock.ai.models.generateContent({model, contents: '1'});
  assert.equal(answer.candidates[0].finishReason, finishReason);
}]);

suite('failures', [...errors, ...blocked,
  ['all calls fail, and no other test knows', async (t) => {
    const {ai, call} = tunemockFor(t);
    await call('POST', 'emulator/v1/faults', {status: 'UNAVAILABLE'});
    for (let i = 0; i < 5; i++) {
      await assert.rejects(ai.models.generateContent({model: 'tunedModels/numbers', contents: '1'}), {status: 503});
    }
    const {faults} = await call('GET', 'emulator/v1/faults');
    assert.deepEqual(faults.map(({hits}) => hits), [5]);
  }],
]);
