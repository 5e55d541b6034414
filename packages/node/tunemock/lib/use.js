// useTunemock for whatever runs the tests, which brings its hooks.
'use strict';

const {connect, start} = require('./server.js');
const {setVariables} = require('./variables.js');

const MEMBERS = [
  'url', 'key', 'name', 'headers', 'clock', 'faults', 'stubs', 'stories', 'requests', 'snapshots', 'trainings',
];
const METHODS = ['call', 'info', 'config', 'reset', 'state', 'load', 'variables'];

// A server for all tests of the file or block, or the one at TUNEMOCK_URL; and for each test a namespace of its own,
// which SDKs meet by the variables that they read. What is returned is the namespace of the test that runs.
function useTunemock({beforeAll, beforeEach, afterEach, afterAll}, options = {}) {
  let server, namespace, restore;
  beforeAll(async () => {
    server = process.env.TUNEMOCK_URL ? await connect() : await start({isolate: 'key', ...options});
  });
  beforeEach(async () => {
    namespace = await server.namespace();
    restore = setVariables(namespace.variables());
  });
  afterEach(async () => {
    const used = namespace;
    namespace = undefined;
    restore?.();
    await used?.delete();
  });
  afterAll(async () => {
    await server?.stop();
  });

  const current = () => {
    if (!namespace) throw new Error('the namespace of a test is there while it runs: in the test, or in its hooks');
    return namespace;
  };
  const shown = {};
  for (const name of MEMBERS) Object.defineProperty(shown, name, {get: () => current()[name]});
  for (const name of METHODS) shown[name] = (...given) => current()[name](...given);
  return shown;
}

module.exports = {useTunemock};
