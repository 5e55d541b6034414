// Stands in for the npm package p-retry, which is not written for browsers: @google/genai calls it only when it is told
// to retry, and the page does not.
export class AbortError extends Error {}

export default (attempt) => attempt(1);
