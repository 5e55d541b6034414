// A server with something to see on every view. Its clock stands still, so that pictures are the same each time.

export const SCENE_OPTIONS = ['--clock', 'frozen@2026-03-02T09:00:00Z', '--seed', '7', '--step-time', '1s'];

/** Three learning rates of one data set, a training that fails, one that stalls, and a tuning job; requests, faults and a
 * snapshot. */
export async function setScene(server) {
  const data = {examples: 20, batch: 4, epochs: 12};
  await server.tune('numbers-fast', {displayName: 'Numbers, eager', rate: 0.001, ...data});
  await server.control('POST', 'clock:advance', {duration: '10s'});
  await server.tune('numbers', {displayName: 'Numbers', rate: 0.0001, ...data});
  await server.control('POST', 'clock:advance', {duration: '10s'});
  await server.tune('numbers-slow', {displayName: 'Numbers, careful', rate: 0.00003, ...data});
  await server.tune('broken', {displayName: 'Breaks at step 40', epochs: 20});
  await server.control('POST', 'tunedModels/broken:fail', {atStep: 40, code: 13, message: 'The loss is not a number.'});
  await server.tune('waits', {displayName: 'Waits for a test', epochs: 10});
  await server.control('POST', 'tunedModels/waits:stall', {atStep: 12});
  await server.tuneJob('Sentiment, by job', {epochs: 8});
  await server.control('POST', 'snapshots', {id: 'before-lunch'});
  await server.control('POST', 'clock:advance', {duration: '42s'});
  for (const text of ['1', 'LXIII', 'twenty two', 'seven', '41']) {
    await server.ask('numbers-fast', text);
    await server.control('POST', 'clock:advance', {duration: '0.7s'});
  }
  await server.call('GET', '/v1beta/tunedModels?pageSize=2');
  await server.call('GET', '/v1beta/tunedModels/absent', undefined, {expected: 404});
  await server.call('POST', '/v1beta/tunedModels', {baseModel: 'models/gemini-9'}, {expected: 404});
  await server.ask('broken', 'LXIII', 400);
  await server.control('POST', 'faults', {preset: 'quota', method: 'tunedModels.generateContent', times: 3});
  await server.ask('numbers-fast', 'forty', 429);
  await server.control('POST', 'faults', {method: 'tunedModels.list', kind: 'slow', delay: '10ms'});
  await server.call('GET', '/v1beta/tunedModels');
}

/** Every view of it, by address. */
export const VIEWS = {
  models: 'models',
  model: 'models/numbers?with=numbers-fast,numbers-slow',
  requests: 'requests',
  controls: 'controls',
  connect: 'connect',
};
