/*
 * What a request of the journal can be made into: a line for the shell, a stub that answers the same
 * again, a fault that has the next such call fail.
 */

/* What sh takes as it is stands between single quotes. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/* A line that sends the request again, to the server at `url`. Credentials are REDACTED in it. */
export function asCurl(request, url, namespace) {
  const target = url + request.path + (request.query ? `?${request.query}` : "");
  const parts = ["curl", "-g"];
  const usual = request.requestBody ? "POST" : "GET";
  if (request.verb === "HEAD") parts.push("-I");
  else if (request.verb !== usual) parts.push("-X", request.verb);
  parts.push(quoted(target));
  if (namespace !== "default") parts.push("-H", quoted(`X-Emulator-Namespace: ${namespace}`));
  if (request.requestBody)
    parts.push("-H", quoted("Content-Type: application/json"), "--data-raw",
      quoted(request.requestBody));
  return parts.join(" ");
}

/* A line that sets a stub, a fault or another thing of the control API. */
export function asControlCurl(url, path, body, namespace) {
  const header = namespace === "default" ? "" : ` -H ${quoted(`X-Emulator-Namespace: ${namespace}`)}`;
  return `curl ${quoted(`${url}/emulator/v1/${path}`)}${header} -d ${quoted(JSON.stringify(body))}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/* The chunks of a stream, as server-sent events or as an array. */
function streamChunks(body) {
  const lines = body.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  const chunks = lines.length ? lines.map((line) => parsed(line.slice(5))) : parsed(body);
  return Array.isArray(chunks) && !chunks.includes(undefined) ? chunks : undefined;
}

function chunksText(chunks) {
  return chunks
    .flatMap((chunk) => chunk?.candidates?.[0]?.content?.parts ?? [])
    .map((part) => part.text ?? "")
    .join("");
}

/* What the answer said: the text of a model, whole or streamed. undefined: it said nothing. */
export function answerText(request) {
  const whole = parsed(request.responseBody);
  const chunks = whole && !Array.isArray(whole) ? [whole] : streamChunks(request.responseBody);
  return chunks?.some((chunk) => chunk?.candidates) ? chunksText(chunks) : undefined;
}

/* The name of an error as the service gives it; "" if the answer has none. */
export function errorStatus(request) {
  const body = parsed(request.responseBody);
  return (Array.isArray(body) ? body[0] : body)?.error?.status ?? "";
}

function stubReply(request) {
  if (request.status >= 400) {
    const error = { status: errorStatus(request) || String(request.status) };
    if (request.error) error.message = request.error;
    return { error };
  }
  if (!request.method.includes("stream")) {
    const response = parsed(request.responseBody);
    if (response) return { response };
  }
  return { text: answerText(request) ?? "…" };
}

/* True for a call that stubs can answer. */
export function canBeStub(request) {
  return /\.(generate|streamGenerate|embed|batchEmbed|count)/.test(request.method);
}

export function asStub(request) {
  const match = { method: request.method };
  if (request.model) match.model = request.model;
  if (request.prompt) match.prompt = request.prompt;
  return { match, reply: stubReply(request) };
}

/* The error that it got, or else one that clients should try again after. */
export function asFault(request) {
  const fault = { method: request.method || "*" };
  if (request.model) fault.match = { model: request.model };
  fault.status =
    request.status >= 400 ? errorStatus(request) || String(request.status) : "UNAVAILABLE";
  fault.times = 1;
  return fault;
}

/* Why this answer: a sentence, and the kind and ID of the script that made it, if one did. */
export function why(request) {
  const [kind, detail = ""] = request.answer.split(/:(.*)/s);
  const explain = WHY[kind.split(" ")[0]];
  if (explain) return explain(detail, request);
  if (request.status === 0)
    return { text: request.error || "It has no answer yet, or the connection ended without one." };
  return {
    text: request.status >= 400
      ? "The service's own error: no fault and no stub had a part in it."
      : "The service's own answer, from the state of its models.",
  };
}

const WHY = {
  fault: (id) => id === "header"
    ? { text: "The request asked for it, by its header X-Emulator-Status." }
    : { text: `Fault ${id} answered in the model's place.`, script: { kind: "fault", id } },
  stub: (id) => ({ text: `Stub ${id} answered in the model's place.`, script: { kind: "stub", id } }),
  "no-match": () => ({ text: "No stub is for it, and the dial onNoMatch is “error”." }),
  example: (n) => ({ text: `The prompt is example ${Number(n) + 1} of the training data.` }),
  rule: (rule) => ({
    text: `Every training example obeys one rule, “${rule.replaceAll("-", " ")}”, and so does the answer.`,
  }),
  nearest: (detail) => {
    const [n, score] = detail.split(" ");
    return { text: `Training example ${Number(n) + 1} is nearest to the prompt (likeness ${score}).` };
  },
  fallback: () => ({ text: "No training example is near the prompt: a fixed answer was given." }),
  base: () => ({ text: "A base model answered, which knows no training examples." }),
};
