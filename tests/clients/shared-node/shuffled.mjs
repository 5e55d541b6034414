// Tests that run many at a time, in an order that SEED decides. node:test itself keeps the order of the file.
import {describe, test} from 'node:test';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

// Numbers from 0 to 1, the same ones for the same seed (mulberry32).
function draws(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// In another order than it was.
export function shuffled(list) {
  const draw = draws(seed);
  return list.map((each) => [draw(), each]).sort(([one], [other]) => one - other).map(([, each]) => each);
}

// tests: pairs of a name and a function of the test's context.
export function suite(name, tests) {
  describe(`${name}, in the order of SEED=${seed}`, {concurrency: 16}, () => {
    for (const [sentence, run] of shuffled(tests)) test(sentence, run);
  });
}
