import {Options, TestNamespace} from './index';

/** A server for all tests of the file or block, and for each a namespace of its own: what is returned is that of the test that runs. */
export function useTunemock(options?: Options): TestNamespace;
