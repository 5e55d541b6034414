import {afterAll, describe, expect, test} from 'vitest';
import {useTunemock} from 'tunemock/vitest';
import {weather} from '../weather.mjs';

const before = JSON.stringify(process.env);
const tunemock = useTunemock({stepTime: 0});
const keys = new Set();

afterAll(() => expect(JSON.stringify(process.env)).toBe(before));

describe('each test has a namespace of its own', () => {
  test.each(Array.from({length: 45}, (_, number) => number))('number %i', async (number) => {
    await tunemock.stubs.add({match: {}, reply: {text: `${number}, call {{count}}`}});
    expect(await weather('Oslo')).toBe(`${number}, call 1`);
    expect(await weather('Oslo')).toBe(`${number}, call 2`);
    await tunemock.requests.verify({method: 'models.generateContent'}, {times: 2});
    expect(keys.has(tunemock.key)).toBe(false);
    keys.add(tunemock.key);
  });
});

test.each([400, 403, 404, 429])('a fault of %i is this test\'s own', async (status) => {
  await tunemock.faults.add({status});
  await expect(weather('Oslo')).rejects.toMatchObject({status});
});

test('what is not verified is said in the server\'s words', async () => {
  await expect(tunemock.requests.verify({method: 'tunedModels.delete'}, {times: 1}))
    .rejects.toThrow('expected exactly 1 request with method tunedModels.delete, found 0');
});
