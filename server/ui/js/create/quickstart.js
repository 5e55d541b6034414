/* The published tuning quickstart: what comes after a number. */
const PAIRS = [
  ["1", "2"], ["3", "4"], ["-3", "-2"], ["twenty two", "twenty three"], ["two hundred", "two hundred one"],
  ["ninety nine", "one hundred"], ["8", "9"], ["-98", "-97"], ["1,000", "1,001"],
  ["10,100,000", "10,100,001"], ["thirteen", "fourteen"], ["eighty", "eighty one"], ["one", "two"],
  ["three", "four"], ["seven", "eight"],
];

export const QUICKSTART = {
  displayName: "number generator model",
  baseModel: "models/gemini-1.5-flash-001-tuning",
  epochCount: 5,
  batchSize: 2,
  learningRate: 0.001,
  examples: PAIRS.map(([textInput, output]) => ({ textInput, output })),
};

/* A line each, to be read and changed by hand. */
export function formatExamples(examples) {
  return examples
    .map(({ textInput, output }) => JSON.stringify({ text_input: textInput, output }))
    .join("\n");
}
