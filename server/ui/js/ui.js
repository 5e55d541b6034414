/* Small parts that several views show. */
import { breakable, h, icon, setText } from "./dom.js";
import { isTraining } from "./model/kinds.js";
import { emulatedNow } from "./store.js";

const TOAST_MS = 5000;

/* Says a sentence at the edge, and to a screen reader; tone "bad" for what went wrong. */
export function toast(text, tone) {
  const toasts = document.getElementById("toasts");
  if ([...toasts.children].some((shown) => shown.textContent === text)) return;
  const element = h("div", { class: "toast", "data-tone": tone }, text);
  toasts.append(element);
  setTimeout(() => element.remove(), tone === "bad" ? 2 * TOAST_MS : TOAST_MS);
}

/* Shows a dialog, which its buttons close; a promise of the `value` of the one that was pressed, or
 * "" if it was left. `content` is a form's inside; `focus` is what is selected first. */
export function openDialog({ title, content, buttons, isWide = false, focus }) {
  return new Promise((resolve) => {
    const id = `dialog-${Math.random().toString(36).slice(2)}`;
    const close = h("button",
      { class: "button quiet square", type: "button", "aria-label": "Close", onclick: () => dialog.close("") },
      icon("close"));
    const dialog = h("dialog", { class: `dialog${isWide ? " wide" : ""}`, "aria-labelledby": id },
      h("form", { method: "dialog" },
        h("div", { class: "dialog-head" }, h("h2", { id }, title), close),
        h("div", { class: "dialog-body stack" }, content),
        h("div", { class: "dialog-foot" }, buttons)));
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close(event.submitter?.value ?? "");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
    focus?.focus();
  });
}

/* A promise of true if it was confirmed. */
export async function confirmDialog({ title, text, action = "OK", isDanger = false }) {
  const yes = h("button", { class: `button primary${isDanger ? " danger" : ""}`, value: "yes" }, action);
  const no = h("button", { class: "button", value: "" }, "Cancel");
  return (await openDialog({ title, content: h("p", {}, text), buttons: [no, yes], focus: yes })) === "yes";
}

async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  /* By another name than localhost there is no clipboard without TLS. */
  const area = h("textarea", { class: "visually-hidden" }, text);
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/* A button that copies what `text` gives. */
export function copyButton(text, label = "Copy") {
  const name = h("span", {}, label);
  const button = h("button", { class: "button small quiet", type: "button" }, icon("copy"), name);
  button.addEventListener("click", async () => {
    try {
      await copyText(text());
      name.textContent = "Copied";
      setTimeout(() => { name.textContent = label; }, 1500);
    } catch {
      toast("The browser does not let this page copy: select the text instead.", "bad");
    }
  });
  return button;
}

/* A text to be copied, below its title or name; a line that is too long for it goes on in the next. */
export function codeBlock(title, text) {
  return h("div", { class: "code-part" },
    h("div", { class: "spread" }, title, copyButton(() => text)),
    h("pre", { class: "code", tabindex: "0" }, breakable(text, /(?<=[=?&]|[^/:]\/)(?!\/)/)));
}

const STATES = {
  CREATING: "Training",
  ACTIVE: "Active",
  FAILED: "Failed",
  STALLED: "Stalled",
  QUEUED: "Queued",
  PENDING: "Pending",
  RUNNING: "Running",
  SUCCEEDED: "Succeeded",
  CANCELLED: "Cancelled",
};

/* What a model's badge says: its state, or STALLED of one that trains and stands. */
export function shownState(model) {
  return isTraining(model) && model.isStalled ? "STALLED" : model.state;
}

export function badge(state) {
  const element = h("span", { class: "badge" });
  setBadge(element, state);
  return element;
}

export function setBadge(element, state) {
  if (element.dataset.state !== state) element.dataset.state = state;
  setText(element, STATES[state] ?? state);
}

export function progressBar(label) {
  return h("div", { class: "progress", role: "progressbar", "aria-label": label, "aria-valuemin": "0" });
}

export function setProgress(bar, done, total, state) {
  bar.style.setProperty("--value", total > 0 ? done / total : 0);
  bar.setAttribute("aria-valuenow", done);
  bar.setAttribute("aria-valuemax", total);
  bar.setAttribute("aria-valuetext", `${done} of ${total} steps`);
  if (bar.dataset.state !== state) bar.dataset.state = state;
}

/* "10,000". */
export function formatCount(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/* --- time --- */

/* "1 h 5 min", "42 s", "0.3 s". */
export function formatDuration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (!(seconds >= 0)) return "";
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/* "3 min ago" by the emulated clock. */
export function relativeTime(time) {
  const since = emulatedNow() - Date.parse(time);
  if (Number.isNaN(since)) return "";
  if (Math.abs(since) < 1000) return "now";
  const [length] = formatDuration(1000 * Math.floor(Math.abs(since) / 1000)).split(/ (?=\d)/);
  return since > 0 ? `${length} ago` : `in ${length}`;
}

/* "2024-07-20 18:23:29" (UTC). */
export function formatTime(time) {
  const date = typeof time === "number" ? new Date(time) : new Date(Date.parse(time));
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 19).replace("T", " ");
}
