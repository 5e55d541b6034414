'use strict';

const {after, afterEach, before, beforeEach} = require('node:test');
const {useTunemock: use} = require('./lib/use.js');

function useTunemock(options) {
  return use({afterAll: after, afterEach, beforeAll: before, beforeEach}, options);
}

module.exports = {useTunemock};
