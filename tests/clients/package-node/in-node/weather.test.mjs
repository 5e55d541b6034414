import assert from 'node:assert';
import {test} from 'node:test';
import {useTunemock} from 'tunemock/node-test';
import {weather} from '../weather.mjs';

const tunemock = useTunemock({stepTime: 0});

for (let number = 0; number < 10; number++) {
  test(`a stub is the own of test ${number}`, async () => {
    await tunemock.stubs.add({match: {}, reply: {text: `${number}, call {{count}}`}});
    assert.equal(await weather('Oslo'), `${number}, call 1`);
    assert.equal(await tunemock.requests.count(), 1);
  });
}
