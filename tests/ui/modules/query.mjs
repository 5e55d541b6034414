import assert from "node:assert/strict";
import test from "node:test";
import { FIELDS, parseQuery, queryTerm } from "../../../server/ui/js/requests/query.js";

const entry = (fields) => ({
  id: "17", requestId: "req-7", verb: "POST", path: "/v1beta/tunedModels/one:generateContent",
  query: "key=REDACTED", method: "tunedModels.generateContent", model: "tunedModels/one",
  caller: "anonymous", prompt: "How is the Weather, 41?", status: 429, error: "Resource exhausted",
  answer: "fault:1", hint: "", durationMs: 250, responseBytes: 4096, ...fields,
});

const CASES = [
  // [query, whether the entry above is meant]
  ["", true], ["   ", true],
  ["method=tunedModels.generateContent", true], ["method=generateContent", true],
  ["method=Content", false], ["method=GENERATECONTENT", true], ["method~generate", true],
  ["method=list,generateContent", true], ["method!=list", true], ["method!=generateContent", false],
  ["model=one", true], ["model=tunedModels/one", true], ["model=ne", false],
  ["status=429", true], ["status=4xx", true], ["status=5xx", false], ["status=200,4xx", true],
  ["status>=400", true], ["status>429", false], ["status<500", true], ["status<=428", false],
  ["status!=4xx", false], ["status>4xx", false], ["status>=4xx", true],
  ["prompt~weather", true], ['prompt~"the weather"', true], ['prompt~"weather, 41"', true],
  ["prompt~snow,41", true], ["prompt!~snow", true], ["prompt=41", false],
  ['prompt="how is the weather, 41?"', true], ['prompt~"say \\"hi\\""', false],
  ["duration>200ms", true], ["duration>0.3s", false], ["duration<1m", true], ["duration=250", true],
  ["size>=4k", true], ["size>4kb", false], ["id=17", true], ["id<17", false],
  ["answer~fault", true], ['hint=""', true], ["hint=", true], ['error=""', false],
  ["weather", true], ["snow", false], ["429", true], ["-weather", false], ["-snow", true],
  ["-status>=500 weather", true], ["status=429 snow", false], ['"how is"', true], ["-", true],
  ["/v1beta/tunedModels", true], ["http://x?y=z", false], ["request=req-7", true],
  ["verb=post caller=anonymous", true], ["STATUS=429", true],
];

test("a query means what it says", () => {
  for (const [query, expected] of CASES) {
    const { test: is, problem } = parseQuery(query);
    assert.equal(problem, "", query);
    assert.equal(is ? is(entry()) : true, expected, query);
  }
});

test("what is wrong with a query is said", () => {
  for (const [query, problem] of [
    ["statos=4", /no field statos.*status\?/], ["zzz=1", /no field zzz.*method, status/],
    ["status>=", /needs a value/], ["prompt~", /needs a value/], ["status~4", /is a number/],
    ["prompt>4", /is a text/], ["status=ok", /status=ok: is no number/],
    ["duration=fast", /is no duration, as 200ms/], ["size=4q", /is no size/],
    ['prompt~"open', /not closed/], ["status=4xx,", /needs a value/], ["constructor=1", /no field/],
  ]) {
    const found = parseQuery(query);
    assert.match(found.problem, problem, query);
    assert.equal(found.test, null, query);
  }
});

test("a term that is made is read as it was meant", () => {
  for (const value of ["one", "two words", 'a "quoted", one', "back\\slash", "a,b", "", "-1"])
    assert.equal(parseQuery(queryTerm("prompt", value)).test(entry({ prompt: value })), true, value);
});

test("any text is read without harm", () => {
  const letters = ' "\\,=!~<>-ax1:\u{1F600}status';
  let seed = 7;
  for (let i = 0; i < 3000; i++) {
    let query = "";
    for (let k = 0; k < i % 12; k++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      query += letters[seed % letters.length];
    }
    const { test: is, problem } = parseQuery(query);
    if (is) is(entry());
    assert.equal(typeof problem, "string");
  }
});

test("every field reads an entry and says what it is", () => {
  for (const [key, field] of Object.entries(FIELDS)) {
    assert.notEqual(field.read(entry()), undefined, key);
    assert.ok(field.about.length > 0 && field.about.length < 70, key);
  }
});
