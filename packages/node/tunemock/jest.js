'use strict';

const {afterAll, afterEach, beforeAll, beforeEach} = require('@jest/globals');
const {useTunemock: use} = require('./lib/use.js');

function useTunemock(options) {
  return use({afterAll, afterEach, beforeAll, beforeEach}, options);
}

module.exports = {useTunemock};
