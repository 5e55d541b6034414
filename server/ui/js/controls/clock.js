/* The emulated clock: what time it is there, how it runs, and forward by a minute or an hour. */
import { control } from "../api.js";
import { h, setText } from "../dom.js";
import { emulatedNow, store, subscribe } from "../store.js";
import { formatTime } from "../ui.js";
import { act, actButton, card } from "./act.js";

const MODES = [
  ["real", "Real", "Runs like any clock."],
  ["frozen", "Frozen", "Stands still until you advance it."],
  ["rate", "Rate", "Each real second counts as many."],
];
const ADVANCES = [["+1 min", "60s"], ["+1 hour", "3600s"], ["+1 day", "86400s"]];
const RATE = 60;
const TICK_MS = 200;

const advance = (duration) => control("POST", "clock:advance", { duration });

export function clockCard() {
  const time = h("p", { class: "controls-time num", role: "timer", "aria-live": "off" });
  const day = h("p", { class: "muted num" });
  const note = h("p", { class: "muted" });
  const rate = h("input", { class: "input num", type: "number", id: "clock-rate", min: "0.001", max: "1000000", step: "any",
    value: RATE, "aria-label": "Emulated seconds in a second", onchange: () => setMode("rate") });
  const factor = h("label", { class: "controls-rate", hidden: true }, "×", rate);
  const modes = MODES.map(([mode, label]) => h("button",
    { type: "button", "aria-pressed": "false", dataset: { mode }, onclick: () => setMode(mode) }, label));
  function setMode(mode) {
    const body = mode === "rate" ? { mode, rate: Number(rate.value) || RATE } : { mode };
    act(modes.find((button) => button.dataset.mode === mode), () => control("PATCH", "clock", body));
  }
  function draw() {
    const mode = store.clock?.mode ?? "real";
    for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    if (mode === "rate" && document.activeElement !== rate) rate.value = store.clock.rate;
    factor.hidden = mode !== "rate";
    setText(note, MODES.find(([name]) => name === mode)[2]);
    tick();
  }
  function tick() {
    const [date, hours] = (formatTime(emulatedNow()) || "… …").split(" ");
    setText(time, hours);
    setText(day, `${date}, UTC, emulated`);
  }
  const timer = setInterval(tick, TICK_MS);
  const stop = subscribe("clock", draw);
  const own = h("input", { class: "input num", id: "clock-own", value: "90s", size: "6", autocomplete: "off",
    "aria-label": "How far, as 90s or 2h" });
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    act(go, () => advance(own.value));
  } }, own);
  const go = form.appendChild(h("button", { class: "button" }, "Advance"));
  const element = card("Clock", "clock",
    h("div", {}, time, day),
    h("div", { class: "row" }, h("div", { class: "segments", role: "group", "aria-label": "How the clock runs" }, modes),
      factor),
    note,
    h("div", { class: "controls-advance" }, ADVANCES.map(([label, duration]) => actButton(label, () => advance(duration)))),
    form);
  draw();
  return { element, stop: () => {
    clearInterval(timer);
    stop();
  } };
}
