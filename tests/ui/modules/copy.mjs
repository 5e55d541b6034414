import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import * as copy from "../../../server/ui/js/requests/copy.js";

const URL_OF_SERVER = "http://127.0.0.1:8863";
const request = (fields) => ({
  id: "1", verb: "POST", path: "/v1beta/tunedModels/one:generateContent", query: "",
  method: "tunedModels.generateContent", model: "tunedModels/one", prompt: "it's 41", status: 200,
  error: "", answer: "", requestBody: "{\"a\": \"it's\"}",
  responseBody: '{"candidates": [{"content": {"parts": [{"text": "4"}, {"text": "2"}]}}]}', ...fields,
});

test("a curl line is what sh reads as the request", () => {
  const line = copy.asCurl(request({ query: "alt=sse" }), URL_OF_SERVER, "t 1");
  const { stdout } = spawnSync("sh", ["-c", `curl() { printf '[%s]' "$@"; }; ${line}`]);
  assert.equal(String(stdout), `[-g][${URL_OF_SERVER}/v1beta/tunedModels/one:generateContent?alt=sse]` +
    "[-H][X-Emulator-Namespace: t 1][-H][Content-Type: application/json][--data-raw][{\"a\": \"it's\"}]");
});

test("a curl line says the verb only where curl would take another", () => {
  const line = (verb, requestBody = "") =>
    copy.asCurl(request({ verb, requestBody, path: "/" }), URL_OF_SERVER, "default");
  assert.equal(line("GET"), `curl -g '${URL_OF_SERVER}/'`);
  assert.equal(line("DELETE"), `curl -g -X DELETE '${URL_OF_SERVER}/'`);
  assert.equal(line("POST"), `curl -g -X POST '${URL_OF_SERVER}/'`);
  assert.equal(line("HEAD"), `curl -g -I '${URL_OF_SERVER}/'`);
});

test("a stub gives the whole answer, the text of a stream, or the error again", () => {
  const match = { method: "tunedModels.generateContent", model: "tunedModels/one", prompt: "it's 41" };
  assert.deepEqual(copy.asStub(request()).match, match);
  assert.equal(copy.asStub(request()).reply.response.candidates.length, 1);
  const stream = { method: "tunedModels.streamGenerateContent" };
  const chunk = (text) => JSON.stringify({ candidates: [{ content: { parts: [{ text }] } }] });
  const sse = `data: ${chunk("4")}\r\n\r\ndata: ${chunk("2")}\r\n\r\n`;
  assert.deepEqual(copy.asStub(request({ ...stream, responseBody: sse })).reply, { text: "42" });
  const array = `[${chunk("4")},\n${chunk("2")}\n]`;
  assert.deepEqual(copy.asStub(request({ ...stream, responseBody: array })).reply, { text: "42" });
  const failed = request({ status: 503, error: "busy", responseBody: '{"error": {"status": "UNAVAILABLE"}}' });
  assert.deepEqual(copy.asStub(failed).reply, { error: { status: "UNAVAILABLE", message: "busy" } });
});

test("a body that is cut is no answer, and leaves a gap to fill in", () => {
  assert.deepEqual(copy.asStub(request({ responseBody: '{"candid' })).reply, { text: "…" });
});

test("a fault has the same calls fail, as this one did or as busy servers do", () => {
  assert.deepEqual(copy.asFault(request()), {
    method: "tunedModels.generateContent", match: { model: "tunedModels/one" },
    status: "UNAVAILABLE", times: 1,
  });
  const failed = request({ status: 404, method: "", model: "", responseBody: "<html>" });
  assert.deepEqual(copy.asFault(failed), { method: "*", status: "404", times: 1 });
});

test("each kind of answer has its reason", () => {
  for (const [answer, reason] of [
    ["fault:3", /Fault 3/], ["fault:header", /X-Emulator-Status/], ["stub:2", /Stub 2/],
    ["no-match", /onNoMatch/], ["example:0", /example 1 of/], ["rule:reverse-words", /“reverse words”/],
    ["nearest:4 0.83", /example 5 .*0.83/], ["fallback", /No training example/], ["base", /base model/],
    ["", /state of its models/],
  ])
    assert.match(copy.why(request({ answer })).text, reason, answer);
  assert.deepEqual(copy.why(request({ answer: "stub:2" })).script, { kind: "stub", id: "2" });
  assert.match(copy.why(request({ status: 404 })).text, /own error/);
  assert.match(copy.why(request({ status: 0, error: "the client left" })).text, /the client left/);
});
