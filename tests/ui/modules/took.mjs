import assert from "node:assert/strict";
import test from "node:test";
import { formatTook } from "../../../server/ui/js/requests/took.js";

test("how long an answer took is said in the unit that fits", () => {
  for (const [milliseconds, text] of [
    [0, "0.0 ms"], [0.44, "0.4 ms"], [9.94, "9.9 ms"], [9.96, "10 ms"], [999, "999 ms"], [999.9, "1.0 s"],
    [1234, "1.2 s"], [59900, "59.9 s"], [59990, "60.0 s"], [61000, "1 min 1 s"],
  ])
    assert.equal(formatTook(milliseconds), text);
});
