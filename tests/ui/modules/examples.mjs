import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { countSteps, parseExamples } from "../../../server/ui/js/create/examples.js";
import { QUICKSTART, formatExamples } from "../../../server/ui/js/create/quickstart.js";

const PAIR = [{ textInput: "a", output: "b" }, { textInput: "c", output: "d" }];

test("examples are read from JSON, however deep they lie", () => {
  const list = '[{"text_input": "a", "output": "b"}, {"textInput": "c", "output": "d"},]';
  for (const text of [list, `{"examples": ${list}}`, `{"examples": {"examples": ${list}}}`,
    `{"trainingData": {"examples": {"examples": ${list}}}}`, '[["a", "b"], ["c", "d"]]',
    '[{"prompt": "a", "completion": "b"}, {"Input": "c", "response": "d"}]'])
    assert.deepEqual(parseExamples(text).examples, PAIR, text);
});

test("examples are read from JSON lines, CSV and TSV", () => {
  for (const [text, format] of [
    ['{"text_input": "a", "output": "b"}\n\n{"text_input": "c", "output": "d"}\n', "JSON lines"],
    ["text_input,output\na,b\nc,d\n", "CSV"], ["output,id,Text Input\nb,1,a\nd,2,c", "CSV"],
    ['a,b\r\n"c","d"\r\n', "CSV"], ["a;b\nc;d", "CSV"], ["a\tb\nc\td", "TSV"], ["\ufeffa,b\nc,d", "CSV"]]) {
    const read = parseExamples(text);
    assert.deepEqual(read.examples, PAIR, text);
    assert.equal(read.format, format, text);
  }
});

test("a cell may hold what separates cells", () => {
  assert.deepEqual(parseExamples('"a, ""x""\ny",b').examples, [{ textInput: 'a, "x"\ny', output: "b" }]);
});

test("a create's body says the settings, too", () => {
  const { examples, settings } = parseExamples(`{"display_name": "n", "base_model": "models/x", "tuning_task": {
    "hyperparameters": {"batch_size": 2, "epoch_count": 5, "learning_rate": 0.1,},
    "training_data": {"examples": {"examples": [{"text_input": "a, }", "output": "b"}]}}}}`);
  assert.deepEqual(examples, [{ textInput: "a, }", output: "b" }]);
  assert.deepEqual(settings,
    { displayName: "n", baseModel: "models/x", epochCount: 5, batchSize: 2, learningRate: 0.1 });
});

test("the form's own examples are read as they were written", () => {
  assert.deepEqual(parseExamples(formatExamples(QUICKSTART.examples)).examples, QUICKSTART.examples);
});

test("what cannot be read is told with its place", () => {
  for (const [text, what] of [["[1", "no JSON"], ['[{"text_input": "a"}]', "Example 1"], ["{}", "no list of examples"],
    ['{"text_input": "a", "output": "b"}\n{"text_input": "c"}', "Line 2"], ["a,b\nc", "Row 2"], ['"a,b', "never closed"],
    ['{"x": 1}\n{"y": 2}', "Line 1"], ["null", "Row 1"]])
    assert.throws(() => parseExamples(text), new RegExp(what), text);
  assert.deepEqual(parseExamples(" \n").examples, []);
});

test("steps are counted as the service counts them", () => {
  assert.equal(countSteps(15, 5, 2), 38);
  assert.equal(countSteps(3, 5, 2), 8);
  assert.equal(countSteps(1, 1, 100), 1);
  assert.ok(Number.isNaN(countSteps(3, 0, 2)) && Number.isNaN(countSteps(3, 5, NaN)));
});
