// Where the program is: in the package of this platform, an optional dependency of this one.
'use strict';

const path = require('node:path');
const {optionalDependencies, version} = require('../package.json');

// The path of the program; throws an Error that says what is missing, and why.
function find() {
  if (process.env.TUNEMOCK) return process.env.TUNEMOCK;
  const name = `@tunemock/${process.platform}-${process.arch}`;
  if (!(name in optionalDependencies)) {
    throw new Error(
      `there is no program for ${process.platform} on ${process.arch}: run its container instead, ` +
      'docker run --rm -p 127.0.0.1:8863:8863 tunemock, and set TUNEMOCK_URL=http://127.0.0.1:8863');
  }
  try {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin', 'tunemock');
  } catch (error) {
    throw new Error(
      `the package ${name}, which has the program for this machine, is not installed. It is an optional ` +
      'dependency, which was left out (--omit=optional, --no-optional), or node_modules was made on ' +
      `another platform: npm install ${name}@${version} brings it.`);
  }
}

module.exports = {find};
