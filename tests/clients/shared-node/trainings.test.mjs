import assert from 'node:assert/strict';
import {suite} from './shuffled.mjs';
import {startTuning, tune} from './tune.mjs';
import {tunemockFor} from './tunemock.mjs';

async function operationOf({call}) {
  return (await call('GET', 'v1/tunedModels/numbers/operations')).operations[0];
}

const steps = Array.from({length: 12}, (_, index) => index + 1).map((count) => [`a training is moved by ${count} steps`, async (t) => {
  const tunemock = tunemockFor(t);
  await tunemock.call('PATCH', 'emulator/v1/config', {progress: 'manual'});
  await startTuning(tunemock);
  await tunemock.call('POST', 'emulator/v1/tunedModels/numbers:advance', {steps: count});
  assert.equal((await operationOf(tunemock)).metadata.completedSteps, count);
}]);

const stories = [1, 9, 37].map((failAtStep) => [`a training fails at step ${failAtStep}`, async (t) => {
  const tunemock = tunemockFor(t);
  const error = {code: 13, message: `lost at ${failAtStep}`};
  await tunemock.call('POST', 'emulator/v1/stories', {match: {id: 'numbers'}, failAtStep, error});
  await tune(tunemock);
  assert.deepEqual((await operationOf(tunemock)).error, error);
}]);

const polls = [1, 2, 5].map((looks) => [`a poller sees the end at look ${looks}`, async (t) => {
  const tunemock = tunemockFor(t);
  await tunemock.call('PATCH', 'emulator/v1/config', {progress: `polls:${looks}`});
  const model = await startTuning(tunemock);
  const seen = [];
  while (seen.at(-1) !== 'ACTIVE') seen.push((await tunemock.call('GET', `v1beta/${model}`)).state);
  assert.equal(seen.length, looks);
}]);

const clocks = ['2027-01-01', '2031-05-01', '2040-12-31'].map((day) => [`it is ${day}`, async (t) => {
  const tunemock = tunemockFor(t);
  await tunemock.call('PATCH', 'emulator/v1/clock', {mode: 'frozen', time: `${day}T00:00:00Z`});
  const {createTime} = await tunemock.call('GET', `v1beta/${await startTuning(tunemock)}`);
  assert.equal(createTime.slice(0, 10), day);
}]);

suite('trainings', [...steps, ...stories, ...polls, ...clocks,
  ['the same seed makes the same training', async (t) => {
    const tunemock = tunemockFor(t);
    const trained = [];
    for (let i = 0; i < 2; i++) {
      await tunemock.call('POST', 'emulator/v1/state:reset', {});
      await tunemock.call('PATCH', 'emulator/v1/config', {seed: '11'});
      trained.push(await tunemock.call('GET', `v1beta/${await tune(tunemock)}`));
    }
    assert.deepEqual(trained[0], trained[1]);
  }],
  ['who waits is told, however many others wait', async (t) => {
    const tunemock = tunemockFor(t);
    const model = await startTuning(tunemock);
    const waits = [1, 2, 3].map(() => tunemock.call('GET', `emulator/v1/${model}:wait`));
    await tunemock.call('POST', `emulator/v1/${model}:complete`, {});
    for (const {state} of await Promise.all(waits)) assert.equal(state, 'ACTIVE');
  }],
]);
