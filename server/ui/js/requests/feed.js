/*
 * The requests that the page knows of, and those of them that a query means. Both are kept in the
 * order of their numbers; who shows them shows the end first.
 */

/* As many as stay smooth to look through and to scroll. */
export const FEED_MAX = 10000;
/* So many are looked at before the clock is. */
const SLICE = 256;

/* The first index at or behind which there are numbers as high as this. */
function findNumber(entries, number) {
  let low = 0, high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function put(entries, entry) {
  const at = findNumber(entries, entry.number);
  const isThere = at < entries.length && entries[at].number === entry.number;
  entries.splice(at, isThere ? 1 : 0, entry);
}

function remove(entries, number) {
  const at = findNumber(entries, number);
  if (at < entries.length && entries[at].number === number) entries.splice(at, 1);
}

export class Feed {
  entries = [];
  #views = new Set();

  constructor(max = FEED_MAX) {
    this.max = max;
  }

  /* Adds requests as the journal tells them, without their bodies; one that is there is replaced.
   * The oldest go. */
  add(requests) {
    for (const { requestBody, responseBody, ...request } of requests) {
      const entry = { ...request, number: Number(request.id) };
      put(this.entries, entry);
      for (const view of this.#views) view.put(entry);
    }
    const extra = this.entries.length - this.max;
    if (extra <= 0) return;
    const oldest = this.entries.splice(0, extra)[extra - 1].number + 1;
    for (const view of this.#views) view.cut(oldest);
  }

  get isFull() {
    return this.entries.length >= this.max;
  }

  find(id) {
    const at = findNumber(this.entries, Number(id));
    return this.entries[at]?.id === String(id) ? this.entries[at] : undefined;
  }

  clear() {
    this.entries = [];
    for (const view of this.#views) view.restart();
  }

  /* A view follows the feed until it is closed. */
  open() {
    const view = new FeedView(this);
    this.#views.add(view);
    return view;
  }

  close(view) {
    this.#views.delete(view);
  }
}

/* What of a feed a query means. Looking through all is done in pieces, newest first, so that no
 * frame waits for it. */
class FeedView {
  #feed;
  #test = null;
  #found = [];
  /* The numbers below it are still to be looked at. */
  #below = 0;

  constructor(feed) {
    this.#feed = feed;
  }

  get entries() {
    return this.#test ? this.#found : this.#feed.entries;
  }

  /* `test` is that of parseQuery. */
  choose(test) {
    this.#test = test;
    this.restart();
  }

  restart() {
    this.#found = [];
    this.#below = this.#test ? Infinity : 0;
  }

  get isDone() {
    return this.#below === 0;
  }

  /* Looks on for some milliseconds. */
  work(milliseconds) {
    const end = performance.now() + milliseconds;
    const found = [];
    let at = findNumber(this.#feed.entries, this.#below);
    do {
      for (let i = 0; i < SLICE && at > 0; i++) {
        const entry = this.#feed.entries[--at];
        if (this.#test(entry)) found.push(entry);
      }
    } while (at > 0 && performance.now() < end);
    this.#below = at > 0 ? this.#feed.entries[at].number : 0;
    if (found.length) this.#found = found.reverse().concat(this.#found);
  }

  put(entry) {
    if (!this.#test || entry.number < this.#below) return;
    if (this.#test(entry)) put(this.#found, entry);
    else remove(this.#found, entry.number);
  }

  cut(oldest) {
    this.#found.splice(0, findNumber(this.#found, oldest));
  }
}
