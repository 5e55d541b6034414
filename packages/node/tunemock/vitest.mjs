import {afterAll, afterEach, beforeAll, beforeEach} from 'vitest';
import use from './lib/use.js';

export function useTunemock(options) {
  return use.useTunemock({afterAll, afterEach, beforeAll, beforeEach}, options);
}
