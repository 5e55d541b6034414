/* How to point a client at this server, and the way to a first curve. */
import { apiKey, rootUrl, setApiKey } from "../api.js";
import { createQuickstart, openCreate } from "../create/create.js";
import { breakable, clear, h } from "../dom.js";
import { address, parseAddress, setQuery } from "../router.js";
import { store, subscribe } from "../store.js";
import { codeBlock, copyButton, toast } from "../ui.js";
import { CLIENTS } from "../connect/clients.js";

/* It looks the same before the models are known, so that nothing moves when they are. */
function hero() {
  const count = store.models.size;
  const first = h("button", { class: `button${count ? "" : " primary"}`, type: "button", onclick: createQuickstart },
    "Tune the quickstart's model");
  const other = count
    ? h("a", { class: "button", href: address("models") }, "Show the models")
    : h("button", { class: "button", type: "button", onclick: openCreate }, "Use my own data");
  return h("section", { class: "card connect-hero", "aria-label": "First model" },
    h("div", { class: "card-body spread" },
      h("div", { class: "grow" },
        h("h2", {}, count ? `${count} model${count === 1 ? "" : "s"} here` : "Begin with a curve"),
        h("p", {}, "Train the model of the published quickstart here, and watch its loss fall.")),
      h("div", { class: "row" }, first, other)));
}

function baseUrl() {
  const url = rootUrl();
  return h("section", { class: "card", "aria-labelledby": "connect-url" },
    h("div", { class: "card-head" }, h("h2", { id: "connect-url" }, "Base URL"), copyButton(() => url)),
    h("div", { class: "card-body stack" },
      h("p", { class: "connect-url mono" }, url),
      h("p", { class: "muted" }, "Whatever the client, it wants this in place of ",
        h("span", { class: "mono" }, breakable("https://generativelanguage.googleapis.com")), ", and any API key.")));
}

/* Where a client's code is not to be touched. */
function variables() {
  const text = `export GOOGLE_GEMINI_BASE_URL=${rootUrl()}\nexport GEMINI_API_KEY=any`;
  return h("section", { class: "card", "aria-labelledby": "connect-variables" },
    h("div", { class: "card-head" }, h("h2", { id: "connect-variables" }, "Without a change to the code")),
    h("div", { class: "card-body stack" },
      codeBlock(h("p", { class: "muted" }, "Every google-genai reads these two:"), text)));
}

/* With --auth required each call of the service wants one; those of this page, too. */
function keyCard() {
  const input = h("input", { id: "connect-key", type: "password", autocomplete: "off", value: apiKey() });
  input.addEventListener("change", () => {
    setApiKey(input.value.trim());
    toast("This tab's calls bring this key from now on.");
  });
  return h("section", { class: "card", "aria-labelledby": "connect-auth" },
    h("div", { class: "card-head" }, h("h2", { id: "connect-auth" }, "This server asks for a key")),
    h("div", { class: "card-body stack" }, h("div", { class: "field" },
      h("label", { for: input.id }, "API key of this page"), input,
      h("p", { class: "hint" }, "With --auth required each key is a caller with its own models. It is kept for this tab only."))));
}

class ClientTabs {
  constructor(chosen) {
    this.tabs = CLIENTS.map((client) => h("button", {
      role: "tab", type: "button", id: `tab-${client.id}`, "aria-controls": "connect-panel",
      onclick: () => this.choose(client.id), onkeydown: (event) => this.move(event),
    }, client.name));
    this.panel = h("div", { class: "card-body stack", role: "tabpanel", id: "connect-panel", tabindex: "0" });
    this.element = h("section", { class: "card connect-clients", "aria-label": "Clients" },
      h("div", { class: "tabs", role: "tablist", "aria-label": "Client" }, this.tabs), this.panel);
    this.choose(CLIENTS.some(({ id }) => id === chosen) ? chosen : CLIENTS[0].id);
  }

  choose(id) {
    this.id = id;
    CLIENTS.forEach((client, index) => {
      this.tabs[index].setAttribute("aria-selected", client.id === id);
      this.tabs[index].tabIndex = client.id === id ? 0 : -1;
    });
    const { parts } = CLIENTS.find((client) => client.id === id);
    requestAnimationFrame(() => this.reveal(this.tabs[CLIENTS.findIndex((client) => client.id === id)]));
    this.panel.setAttribute("aria-labelledby", `tab-${id}`);
    clear(this.panel).append(...parts.map(({ text, code }) =>
      codeBlock(h("p", {}, text), code(rootUrl()))));
    setQuery({ client: id === CLIENTS[0].id ? null : id });
  }

  /* A narrow screen does not show all tabs. */
  reveal(tab) {
    const list = tab.parentElement;
    list.scrollLeft = tab.offsetLeft + tab.offsetWidth - list.offsetLeft - list.clientWidth;
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = CLIENTS.findIndex(({ id }) => id === this.id);
    const next = (at + step + CLIENTS.length) % CLIENTS.length;
    this.choose(CLIENTS[next].id);
    this.tabs[next].focus();
  }
}

export function mountConnect(root, { query }) {
  const place = h("div", {});
  const keyPlace = h("div", { hidden: true });
  const tabs = new ClientTabs(query.get("client"));
  const draw = () => {
    place.replaceChildren(hero());
    if (store.info?.auth === "required" && !keyPlace.firstChild) keyPlace.append(keyCard());
    keyPlace.hidden = !keyPlace.firstChild;
    root.dataset.ready = "true";
  };
  root.append(
    h("div", { class: "page-head" }, h("h1", {}, "Connect")),
    place, h("div", { class: "connect-grid" }, h("div", { class: "stack" }, keyPlace, baseUrl(), variables()), tabs.element));
  let shown = "";
  const look = () => {
    const now = `${store.models.size} ${store.info?.auth}`;
    if (now === shown || !store.isRead) return;
    shown = now;
    draw();
  };
  const stops = ["models", "config"].map((topic) => subscribe(topic, look));
  draw();
  return {
    update() {
      const chosen = parseAddress(location.hash).query.get("client") ?? CLIENTS[0].id;
      if (chosen !== tabs.id) tabs.choose(chosen);
    },
    unmount() {
      for (const stop of stops) stop();
    },
  };
}
