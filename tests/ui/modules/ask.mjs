/* What the panel says of an answer. */
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { origin: "http://127.0.0.1:8863", pathname: "/", hash: "", host: "127.0.0.1:8863" };
const { reasonOf, textOf } = await import("../../../server/ui/js/model/ask.js");

test("what made an answer is said in words, examples counted from 1", () => {
  assert.equal(reasonOf("rule:successor"), "the rule “successor”, which all training examples obey");
  assert.equal(reasonOf("example:2"), "training example 3, whose input is this prompt");
  assert.equal(reasonOf("nearest:0 0.62"), "training example 1, whose input is the nearest (similarity 0.62)");
  assert.match(reasonOf("fault:4"), /^fault 4,/);
  assert.match(reasonOf("fault:header"), /header/);
  assert.match(reasonOf("fallback"), /fallback/);
});

test("an answer without a reason, or of one that is not known, says nothing", () => {
  assert.equal(reasonOf(null), "");
  assert.equal(reasonOf("moon:1"), "");
});

test("the text of a chunk is all its parts", () => {
  assert.equal(textOf({ candidates: [{ content: { parts: [{ text: "a" }, {}, { text: "b" }] } }] }), "ab");
  assert.equal(textOf({ promptFeedback: { blockReason: "SAFETY" } }), "");
});
