import assert from "node:assert/strict";
import test, { after } from "node:test";

globalThis.location = new URL("http://127.0.0.1:8863/#/models");
globalThis.sessionStorage = undefined;
const { follow, on, onStatus, startLive, status } = await import("../../../server/ui/js/live.js");
const { address, parseAddress } = await import("../../../server/ui/js/router.js");

/* The stream would be waited for. */
after(() => setImmediate(() => process.exit()));

/* A server that answers each call with the next of these texts, in pieces of some bytes. */
function serve(texts, bytes) {
  const calls = [];
  globalThis.fetch = async (url, { headers, signal }) => {
    calls.push({ url: String(url), headers });
    const text = texts.shift();
    if (text === undefined) return new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));
    const encoded = new TextEncoder().encode(text);
    const pieces = [];
    for (let at = 0; at < encoded.length; at += bytes) pieces.push(encoded.slice(at, at + bytes));
    return new Response(new ReadableStream({
      pull(controller) {
        if (pieces.length) controller.enqueue(pieces.shift());
        else controller.close();
      },
    }));
  };
  return calls;
}

test("events are told whole, however they come, and a lost stream goes on behind the last", async () => {
  const calls = serve([
    'retry: 1000\nid: 7\nevent: hello\ndata: {"version":"1"}\n\n:\n\nid: 8\nevent: clock\ndata: {"x":"é"}\n\n',
    'id: 9\nevent: clock\ndata: {"x":2}\n\n',
  ], 3);
  const told = [], states = [];
  onStatus((now) => states.push(now));
  on("hello", (data) => told.push(["hello", data]));
  assert.equal(status(), "connecting");
  await new Promise((resolve) => {
    on("clock", (data) => {
      told.push(["clock", data]);
      if (data.x === 2) resolve();
    });
    startLive();
  });
  assert.deepEqual(told, [["hello", { version: "1" }], ["clock", { x: "é" }], ["clock", { x: 2 }]]);
  assert.deepEqual(states.slice(0, 3), ["live", "lost", "live"]);
  assert.equal(calls[0].url, "http://127.0.0.1:8863/emulator/v1/events");
  assert.equal(calls[0].headers["Last-Event-ID"], undefined);
  assert.equal(calls[1].headers["Last-Event-ID"], "8");
});

test("what was read before the stream began is read again, and what was read since is not", async () => {
  serve(['id: 1\nevent: hello\ndata: {}\n\n'], 64);
  let before = 0, since = 0;
  const stops = [follow(() => before++)];
  await new Promise((resolve) => {
    stops.push(on("hello", resolve), onStatus((now) => { if (now === "live") stops.push(follow(() => since++)); }));
    startLive();
  });
  stops.forEach((stop) => stop());
  assert.deepEqual([before, since], [2, 1]);
});

test("an address names a view, an id and what is asked", () => {
  const { view, id, query } = parseAddress("#/models/a%2Fb?smooth=0.6&ns=t");
  assert.deepEqual([view, id, query.get("smooth"), query.get("ns")], ["model", "a/b", "0.6", "t"]);
  assert.equal(parseAddress("#/models").view, "models");
  assert.equal(parseAddress("").view, "");
  assert.equal(parseAddress("#/models/%").id, "%");
  assert.equal(address(["models", "a/b"], { x: "1" }), "#/models/a%2Fb?x=1");
  location.hash = "#/models?ns=t%201";
  assert.equal(address("requests"), "#/requests?ns=t+1");
  assert.equal(address("requests", { ns: "" }), "#/requests");
});
