import assert from 'node:assert/strict';
import {suite} from './shuffled.mjs';
import {startTuning, tune} from './tune.mjs';
import {tunemockFor} from './tunemock.mjs';

const prompts = {
  '1': '2', '3': '4', '-3': '-2', 'twenty two': 'twenty three', 'two hundred': 'two hundred one',
  'ninety nine': 'one hundred', '8': '9', '-98': '-97', '1,000': '1,001', '10,100,000': '10,100,001',
  thirteen: 'fourteen', eighty: 'eighty one', one: 'two', seven: 'eight', '123455': '123456',
  '9,999': '10,000', LXIII: 'LXIV', five: 'six', 'one hundred': 'one hundred one', '41': '42',
};

const countsOn = Object.entries(prompts).map(([prompt, expected]) => [`after ${prompt} comes ${expected}`, async (t) => {
  const tunemock = tunemockFor(t);
  const model = await tune(tunemock);
  const answer = await tunemock.ai.models.generateContent({model, contents: prompt});
  assert.equal(answer.text, expected);
}]);

const streams = ['7', 'thirteen', '1,000'].map((prompt) => [`in a stream, too: ${prompt}`, async (t) => {
  const tunemock = tunemockFor(t);
  const model = await tune(tunemock);
  let whole = '';
  for await (const chunk of await tunemock.ai.models.generateContentStream({model, contents: prompt})) whole += chunk.text ?? '';
  assert.equal(whole, {7: '8', thirteen: 'fourteen', '1,000': '1,001'}[prompt]);
}]);

const taught = ['red', 'green', 'blue', 'black', 'white'].map((colour) => [`the colour that it was taught is ${colour}`, async (t) => {
  const tunemock = tunemockFor(t);
  const model = await tune(tunemock, {examples: {'the colour': colour}});
  const answer = await tunemock.ai.models.generateContent({model, contents: 'the colour'});
  assert.equal(answer.text, colour);
}]);

suite('answers', [...countsOn, ...streams, ...taught,
  ['a model that trains does not answer', async (t) => {
    const tunemock = tunemockFor(t);
    const model = await startTuning(tunemock);
    await assert.rejects(tunemock.ai.models.generateContent({model, contents: '1'}), {status: 400});
  }],
  ['a model that nobody has trained is missing', async (t) => {
    const {ai} = tunemockFor(t);
    await assert.rejects(ai.models.generateContent({model: 'tunedModels/numbers', contents: '1'}), {status: 404});
  }],
]);
