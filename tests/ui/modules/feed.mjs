import assert from "node:assert/strict";
import test from "node:test";
import { Feed } from "../../../server/ui/js/requests/feed.js";

const request = (id, status = 200) => ({ id: String(id), status });
const ids = (list) => list.entries.map((entry) => entry.number).join(" ");
const finish = (view) => {
  while (!view.isDone) view.work(1);
};

test("requests are in the order of their numbers, whenever they come", () => {
  const feed = new Feed(10);
  feed.add([request(3), request(2), request(10)]);
  feed.add([request(1)]);
  assert.equal(ids(feed), "1 2 3 10");
});

test("one that comes again takes the place of the one before", () => {
  const feed = new Feed(10);
  feed.add([request(1, 0), request(2)]);
  feed.add([request(1, 503)]);
  assert.equal(ids(feed), "1 2");
  assert.equal(feed.find("1").status, 503);
  assert.equal(feed.find("3"), undefined);
});

test("the oldest go when there are too many, from views, too", () => {
  const feed = new Feed(3);
  const view = feed.open();
  view.choose((entry) => entry.status === 200);
  for (let i = 1; i <= 5; i++) feed.add([request(i, i === 4 ? 500 : 200)]);
  finish(view);
  feed.add([request(6)]);
  assert.equal(ids(feed), "4 5 6");
  assert.equal(ids(view), "5 6");
});

test("a view without a query has all, and one with a query what it means", () => {
  const feed = new Feed(5000);
  const view = feed.open();
  feed.add(Array.from({ length: 4000 }, (_, i) => request(i + 1, i % 1000 ? 200 : 500)));
  assert.equal(view.entries.length, 4000);
  view.choose((entry) => entry.status === 500);
  finish(view);
  assert.equal(ids(view), "1 1001 2001 3001");
  view.choose(null);
  assert.equal(view.entries.length, 4000);
});

test("what comes while all is looked through is found once, and in order", () => {
  const feed = new Feed(5000);
  feed.add(Array.from({ length: 3000 }, (_, i) => request(i + 1)));
  const view = feed.open();
  view.choose((entry) => entry.status === 200);
  view.work(0);
  assert.equal(view.isDone, false);
  feed.add([request(3001), request(5), request(2999)]);
  finish(view);
  assert.equal(view.entries.length, 3001);
  assert.ok(view.entries.every((entry, i) => entry.number === i + 1));
});

test("one that is meant no more, once its answer came, leaves the view", () => {
  const feed = new Feed(10);
  const view = feed.open();
  view.choose((entry) => entry.status === 0);
  finish(view);
  feed.add([request(1, 0), request(2, 0)]);
  feed.add([request(1, 200)]);
  assert.equal(ids(view), "2");
  feed.clear();
  assert.equal(ids(view), "");
  assert.equal(ids(feed), "");
});
