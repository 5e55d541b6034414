/* The right of the header: is it live, what time is it there, which namespace, how many faults. */
import { namespace } from "./api.js";
import { h, icon, setText } from "./dom.js";
import { onStatus, status } from "./live.js";
import { address } from "./router.js";
import { emulatedNow, store, subscribe } from "./store.js";
import { formatTime } from "./ui.js";

const STATUS_TEXTS = { connecting: "Connecting", live: "Live", lost: "Disconnected" };
const THEMES = ["system", "light", "dark"];

function themeButton() {
  const button = h("button", { class: "button quiet square", type: "button", onclick: change }, icon("theme"));
  function name() {
    const theme = document.documentElement.dataset.theme ?? "system";
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}`);
  }
  function change() {
    const now = document.documentElement.dataset.theme ?? "system";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === "system") localStorage.removeItem("tunemock-theme");
      else localStorage.setItem("tunemock-theme", next);
    } catch {
      /* It holds until the page is loaded again. */
    }
    name();
    dispatchEvent(new Event("themechange"));
  }
  name();
  return button;
}

/* "3 faults", and where they are. */
function faultLink() {
  const link = h("a", { class: "fault-count wide-only" });
  const draw = () => {
    const count = store.faults.length;
    link.dataset.count = count;
    link.href = address("controls");
    link.classList.toggle("wide-only", count === 0);
    setText(link, `${count} fault${count === 1 ? "" : "s"}`);
  };
  subscribe("faults", draw);
  addEventListener("hashchange", draw);
  draw();
  return link;
}

function clockText() {
  const text = h("span", { class: "num wide-only", title: "The emulated time (UTC)" });
  const draw = () => {
    const { clock } = store;
    if (status() === "lost") return; /* nobody knows */
    const time = formatTime(emulatedNow());
    const mode = { frozen: " frozen", rate: ` ×${clock?.rate}` }[clock?.mode] ?? "";
    setText(text, time && time + mode);
  };
  subscribe("clock", draw);
  setInterval(draw, 500);
  draw();
  return text;
}

function namespaceText() {
  const text = h("a", { class: "wide-only muted", title: "The namespace that is shown" });
  const draw = () => {
    text.href = address("controls");
    setText(text, `Namespace ${namespace() || "default"}`);
  };
  addEventListener("hashchange", draw);
  subscribe("config", draw);
  draw();
  return text;
}

export function mountHeader(root) {
  const word = h("span", {}, STATUS_TEXTS[status()]);
  const state = h("span", { dataset: { status: status() }, role: "status" }, h("span", { class: "dot" }), word);
  onStatus((now) => {
    state.dataset.status = now;
    setText(word, STATUS_TEXTS[now]);
  });
  root.replaceChildren(faultLink(), namespaceText(), clockText(), state, themeButton());
}
