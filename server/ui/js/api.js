/* Calls of this server: of the emulated API, and of the control API below /emulator/v1/. */

/* The page may stand below a path of some proxy: all is asked beside it. */
const ROOT = new URL("./", location.origin + location.pathname);
const TOKEN = "tunemock-token";
const KEY = "tunemock-key";

export class ApiError extends Error {
  constructor(status, code, message, response) {
    super(message);
    this.status = status; /* HTTP; 0: there was no answer */
    this.code = code; /* "NOT_FOUND" */
    this.response = response;
  }
}

const kept = {};

/* Of this tab only; where storage is forbidden, until it is reloaded. */
function keep(name, value) {
  kept[name] = value;
  try {
    sessionStorage.setItem(name, value);
  } catch {
    /* `kept` has it. */
  }
}

function recall(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return kept[name] ?? "";
  }
}

let currentNamespace = "";
let askToken = async () => null;
let asking = null;
let isTokenRefused = false; /* the dialog was left: it is not shown over and over */

/* "" is the namespace of those who name none. */
export function namespace() {
  return currentNamespace;
}

export function setNamespace(name) {
  currentNamespace = name;
}

/* `ask` gives a promise of the token, or of null if there is none. */
export function whenTokenIsNeeded(ask) {
  askToken = ask;
}

/* What the page sends to the emulated API as its key: one is needed with --auth required. */
export function apiKey() {
  return recall(KEY);
}

export function setApiKey(key) {
  keep(KEY, key);
}

export function rootUrl() {
  return ROOT.href.replace(/\/$/, "");
}

export function headers(isControl) {
  const all = {};
  if (currentNamespace) all["X-Emulator-Namespace"] = currentNamespace;
  if (isControl && recall(TOKEN)) all["X-Emulator-Token"] = recall(TOKEN);
  if (!isControl && apiKey()) all["x-goog-api-key"] = apiKey();
  return all;
}

function url(path) {
  return new URL(path.replace(/^\//, ""), ROOT);
}

/* A call that early.js has sent, to be taken once. */
function takeEarly(path) {
  const { early } = globalThis;
  const call = early?.namespace === currentNamespace ? early.calls.get(path) : undefined;
  early?.calls.delete(path);
  return call;
}

/* Sends, and answers the Response, of any status. Throws ApiError 0 if the server is away. */
export async function send(method, path, body, { isControl = false, signal, more = {} } = {}) {
  const options = { method, signal, headers: { ...headers(isControl), ...more }, cache: "no-store" };
  if (body !== undefined && body !== null) {
    options.headers["Content-Type"] = "application/json";
    options.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  try {
    return await (takeEarly(path) ?? fetch(url(path), options));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "UNAVAILABLE", "The server does not answer.");
  }
}

/* The error that an answer says. */
export async function errorOf(response) {
  const text = await response.text();
  let said = null;
  try {
    const parsed = JSON.parse(text);
    said = (Array.isArray(parsed) ? parsed[0] : parsed).error;
  } catch {
    /* A 404 of no method is a page. */
  }
  return new ApiError(response.status, said?.status ?? "",
    said?.message || `The server answered with status ${response.status}.`, response);
}

async function read(response) {
  if (!response.ok) throw await errorOf(response);
  const text = await response.text();
  const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
  return isJson ? JSON.parse(text) : text;
}

/* A call of the emulated API; the parsed answer. It is in the journal, as that of any client. */
export async function api(method, path, body) {
  return read(await send(method, path, body));
}

/* One dialog for all calls that find the token missing. */
async function token() {
  if (isTokenRefused) return false;
  asking ??= askToken().finally(() => { asking = null; });
  const given = await asking;
  isTokenRefused = given === null;
  if (!isTokenRefused) keep(TOKEN, given);
  return !isTokenRefused;
}

/* Sends a call of the control API, "clock:advance"; asks for the token where it is needed. */
export async function sendControl(method, path, body, options = {}) {
  const whole = `emulator/v1/${path.replace(/^\//, "")}`;
  for (;;) {
    const response = await send(method, whole, body, { ...options, isControl: true });
    if (response.status !== 401 || !(await token())) return response;
  }
}

/* The parsed answer. */
export async function control(method, path, body) {
  return read(await sendControl(method, path, body));
}
