/*
 * The requests as a list of which only the rows that are seen are in the page: newest first, in rows
 * of one height, which the style sheet says. Who looks at older ones is not moved by new ones.
 */
import { h, setText } from "../dom.js";
import { formatTime } from "../ui.js";
import { formatTook } from "./took.js";

/* Rows above and below, so that a quick scroll finds something there. */
const SPARE_ROWS = 4;

const TONES = { fault: "bad", "no-match": "warn", stub: "accent" };

const COLUMNS = [["time", "Time"], ["status", "Status"], ["call", "Method"], ["about", "Model and prompt"],
  ["answer", "Answered by"], ["took", "Took"]];
const LOOKS = { time: "num muted", status: "code-status", call: "truncate", about: "truncate muted",
  answer: "badge", took: "num muted" };

function makeRow() {
  const row = h("div", { class: "request", role: "option", "aria-selected": "false" });
  row.parts = {};
  for (const [name] of COLUMNS)
    row.parts[name] = row.appendChild(h("span", { class: `request-${name} ${LOOKS[name]}` }));
  /* Where there is little room, the end of a method says most. */
  row.family = h("span", { class: "request-prefix" });
  row.deed = h("span", {});
  row.parts.call.append(row.family, row.deed);
  /* And the kind of an answer, before which one of its kind. */
  row.kind = h("span", {});
  row.rest = h("span", {});
  row.parts.answer.append(row.kind, row.rest);
  return row;
}

function headRow() {
  return h("div", { class: "request request-head", "aria-hidden": "true" },
    COLUMNS.map(([name, label]) => h("span", { class: `request-${name}` }, label)));
}

function fillCall(row, entry) {
  const dot = entry.method.lastIndexOf(".") + 1;
  setText(row.family, entry.method.slice(0, dot));
  setText(row.deed, entry.method ? entry.method.slice(dot) : `${entry.verb} ${entry.path}`);
}

function aboutText(entry) {
  const model = entry.model.replace(/^.*\//, "");
  const said = entry.prompt ? `“${entry.prompt}”` : entry.status >= 400 ? entry.error : "";
  return [model, said].filter(Boolean).join("  ");
}

function fillRow(row, entry) {
  const { time, status, about, answer, took } = row.parts;
  row.entry = entry;
  row.id = `request-${entry.id}`;
  row.dataset.answer = TONES[entry.answer.split(":")[0]] ?? "";
  setText(time, formatTime(entry.time).slice(11));
  setText(status, entry.status ? String(entry.status) : "…");
  status.dataset.class = entry.status ? String(entry.status)[0] : "";
  fillCall(row, entry);
  setText(about, aboutText(entry));
  const [kind, ...rest] = entry.answer.split(" ")[0].split(/(?=:)/);
  setText(row.kind, kind);
  setText(row.rest, rest.join(""));
  answer.dataset.tone = row.dataset.answer;
  answer.hidden = !entry.answer;
  setText(took, entry.status ? formatTook(entry.durationMs) : "");
}

export class RequestList {
  #entries = [];
  #rows = [];
  #chosen = "";
  #newest = 0;
  #rowHeight = 0;
  #isDue = false;

  /* `choose` is told the ID of the request that is looked at; `enter`, that its detail is wanted. */
  constructor({ choose, enter, leave }) {
    this.choose = choose;
    this.enter = enter;
    this.leave = leave;
    this.space = h("div", { class: "request-space" });
    this.scroller = h("div", { class: "request-list", role: "listbox", tabindex: "0",
      "aria-label": "Requests, newest first", onscroll: () => this.#drawSoon(),
      onkeydown: (event) => this.#press(event), onclick: (event) => this.#click(event) }, this.space);
    this.more = h("button", { class: "button small request-more", type: "button", hidden: true,
      onclick: () => this.toTop() });
    this.element = h("div", { class: "request-frame" }, headRow(),
      h("div", { class: "request-window" }, this.scroller, this.more));
    this.watch = new ResizeObserver(() => this.#measure());
    this.watch.observe(this.scroller);
  }

  close() {
    this.watch.disconnect();
  }

  toTop() {
    this.scroller.scrollTop = 0;
    this.#drawSoon();
  }

  /* The entries in the order of their numbers. */
  show(entries) {
    const top = this.#topEntry();
    this.#entries = entries;
    if (top && this.scroller.scrollTop > 0) this.#keepInPlace(top);
    this.#drawSoon();
  }

  select(id) {
    this.#chosen = id ?? "";
    this.#drawSoon();
  }

  /* The index in the list as it is shown, and that in the entries, are each other's mirror. */
  #mirror(index) {
    return this.#entries.length - 1 - index;
  }

  #indexOf(number) {
    let low = 0, high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle].number < number) low = middle + 1;
      else high = middle;
    }
    return this.#mirror(low);
  }

  #topEntry() {
    const index = Math.floor(this.scroller.scrollTop / (this.#rowHeight || 1));
    return this.#entries[this.#mirror(index)];
  }

  #keepInPlace(entry) {
    const within = this.scroller.scrollTop % this.#rowHeight;
    this.#stretch();
    this.scroller.scrollTop = Math.max(0, this.#indexOf(entry.number)) * this.#rowHeight + within;
  }

  #stretch() {
    const height = `${this.#entries.length * this.#rowHeight}px`;
    if (this.space.style.height !== height) this.space.style.height = height;
  }

  #measure() {
    this.#rowHeight = parseFloat(getComputedStyle(this.space).getPropertyValue("--row-height")) || 40;
    this.viewHeight = this.scroller.clientHeight;
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    if (!this.#rowHeight) return;
    this.#stretch();
    const top = this.scroller.scrollTop;
    const first = Math.max(0, Math.floor(top / this.#rowHeight) - SPARE_ROWS);
    const count = Math.ceil(this.viewHeight / this.#rowHeight) + 2 * SPARE_ROWS;
    const last = Math.min(this.#entries.length, first + count);
    this.#provide(count);
    this.scroller.removeAttribute("aria-activedescendant");
    const entries = this.#entries.slice(this.#mirror(last - 1), Math.max(0, this.#mirror(first) + 1)).reverse();
    const wanted = new Set(entries);
    const kept = new Map(), free = [];
    for (const row of this.#rows)
      if (wanted.has(row.entry)) kept.set(row.entry, row);
      else free.push(row);
    entries.forEach((entry, i) => this.#place(kept.get(entry) ?? free.pop(), entry, first + i));
    for (const row of free) if (!row.hidden) row.hidden = true;
    this.#tellMore(top);
  }

  #provide(count) {
    while (this.#rows.length < count) {
      this.#rows.push(makeRow());
      this.space.append(this.#rows.at(-1));
    }
  }

  /* An entry stays in its row when others come before or behind it: only the row is moved. */
  #place(row, entry, index) {
    if (row.entry !== entry) fillRow(row, entry);
    const place = `translateY(${index * this.#rowHeight}px)`;
    if (row.style.transform !== place) row.style.transform = place;
    row.setAttribute("aria-posinset", index + 1);
    row.setAttribute("aria-setsize", this.#entries.length);
    const isChosen = entry.id === this.#chosen;
    if ((row.getAttribute("aria-selected") === "true") !== isChosen) row.setAttribute("aria-selected", isChosen);
    if (isChosen) this.scroller.setAttribute("aria-activedescendant", row.id);
    if (row.hidden) row.hidden = false;
  }

  #tellMore(top) {
    const newest = this.#entries.at(-1)?.number ?? 0;
    if (top < this.#rowHeight || newest < this.#newest) this.#newest = newest;
    const count = newest > this.#newest ? Math.max(0, this.#indexOf(this.#newest)) : 0;
    this.more.hidden = count === 0;
    if (count) setText(this.more, `${count} newer`);
  }

  #click(event) {
    const row = event.target.closest(".request");
    if (!row) return;
    this.choose(row.entry.id);
    /* On a narrow screen the list is not seen now. */
    if (this.scroller.clientHeight === 0) this.enter();
  }

  #press(event) {
    const page = Math.max(1, Math.floor(this.viewHeight / this.#rowHeight) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Enter") this.enter();
    else if (event.key === "Escape") this.leave();
    else if (step) this.#move(step);
    else return;
    event.preventDefault();
  }

  #move(step) {
    const last = this.#entries.length - 1;
    if (last < 0) return;
    const from = this.#chosen ? this.#indexOf(Number(this.#chosen)) : step > 0 ? -1 : 0;
    const index = Math.min(last, Math.max(0, from + step));
    this.#reveal(index);
    this.choose(this.#entries[this.#mirror(index)].id);
  }

  #reveal(index) {
    const top = index * this.#rowHeight;
    const { scrollTop } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + this.viewHeight)
      this.scroller.scrollTop = top + this.#rowHeight - this.viewHeight;
  }
}
