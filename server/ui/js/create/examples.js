/*
 * Training data as people have it: JSON (a list, a create's body, any part of one), JSON lines, CSV
 * or TSV. Pure: no page is needed to read it.
 */

const INPUTS = ["textinput", "input", "prompt", "question", "text"];
const OUTPUTS = ["output", "completion", "response", "answer", "label", "target"];
/* Where a create's body has its list. */
const BELOW = ["tuningtask", "trainingdata", "examples"];

/* "text_input" and "textInput" are one name. */
function plain(name) {
  return name.replace(/[_\s-]/g, "").toLowerCase();
}

function find(object, names) {
  for (const name of names)
    for (const key in object) if (plain(key) === name) return object[key];
  return undefined;
}

/* As the service does, commas before a closing bracket are passed over. */
export function parseLenient(text) {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, "$1"));
}

function toExample(value, place) {
  if (Array.isArray(value) && value.length === 2) return toExample({ input: value[0], output: value[1] }, place);
  const input = value && typeof value === "object" ? find(value, INPUTS) : undefined;
  const output = value && typeof value === "object" ? find(value, OUTPUTS) : undefined;
  if (input === undefined || output === undefined)
    throw new Error(`${place} needs a text_input and an output.`);
  return { textInput: String(input), output: String(output) };
}

function findList(value) {
  while (value && !Array.isArray(value) && typeof value === "object") {
    const below = find(value, BELOW);
    if (below === undefined) return null;
    value = below;
  }
  return Array.isArray(value) ? value : null;
}

/* What a create's body says beside its examples. */
function settingsOf(body) {
  const task = find(body, ["tuningtask"]) ?? {};
  const hyper = find(task, ["hyperparameters"]) ?? {};
  return {
    displayName: find(body, ["displayname"]),
    baseModel: find(body, ["basemodel"]),
    epochCount: find(hyper, ["epochcount"]),
    batchSize: find(hyper, ["batchsize"]),
    learningRate: find(hyper, ["learningrate"]),
  };
}

function parseJson(text) {
  const value = parseLenient(text);
  const list = findList(value);
  if (!list) throw new Error("There is no list of examples in this JSON.");
  return {
    format: "JSON",
    examples: list.map((item, index) => toExample(item, `Example ${index + 1}`)),
    settings: Array.isArray(value) ? {} : settingsOf(value),
  };
}

function parseLines(text) {
  const examples = [];
  text.split("\n").forEach((line, index) => {
    if (!line.trim()) return;
    let value;
    try {
      value = parseLenient(line);
    } catch {
      throw new Error(`Line ${index + 1} is no JSON.`);
    }
    examples.push(toExample(value, `Line ${index + 1}`));
  });
  return { format: "JSON lines", examples, settings: {} };
}

/* RFC 4180, with any separator. */
function parseRows(text, separator) {
  const rows = [];
  let row = [], cell = "", isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[++i];
      else isQuoted = false;
    } else if (letter === '"' && cell === "") isQuoted = true;
    else if (letter === separator) row.push(cell), cell = "";
    else if (letter === "\n") row.push(cell), rows.push(row), row = [], cell = "";
    else if (letter !== "\r") cell += letter;
  }
  if (isQuoted) throw new Error("A quotation mark is never closed.");
  if (cell || row.length) rows.push([...row, cell]);
  return rows.filter((cells) => cells.some((one) => one.trim()));
}

function parseTable(text) {
  const head = text.split("\n", 1)[0];
  const separator = head.includes("\t") ? "\t" : head.includes(";") && !head.includes(",") ? ";" : ",";
  const rows = parseRows(text, separator);
  const names = rows[0].map(plain);
  const input = names.findIndex((name) => INPUTS.includes(name));
  const output = names.findIndex((name) => OUTPUTS.includes(name));
  const hasHead = input >= 0 && output >= 0;
  const examples = rows.slice(hasHead ? 1 : 0).map((cells, index) => {
    const [from, to] = hasHead ? [input, output] : [0, 1];
    if (cells.length < 2 || cells[from] === undefined || cells[to] === undefined)
      throw new Error(`Row ${index + 1 + (hasHead ? 1 : 0)} needs two cells: the input and the output.`);
    return { textInput: cells[from], output: cells[to] };
  });
  return { format: separator === "\t" ? "TSV" : "CSV", examples, settings: {} };
}

/*
 * { format, examples: [{textInput, output}], settings } of a text; throws an Error that says what
 * is wrong and where. An empty text has no examples.
 */
export function parseExamples(text) {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (!trimmed) return { format: "", examples: [], settings: {} };
  if (!/^[{[]/.test(trimmed)) return parseTable(trimmed);
  try {
    return parseJson(trimmed);
  } catch (error) {
    const lines = trimmed.split("\n").filter((line) => line.trim());
    if (!(error instanceof SyntaxError)) {
      if (lines.length === 1 && trimmed[0] === "{" && find(parseLenient(trimmed), INPUTS) !== undefined)
        return parseLines(trimmed);
      throw error;
    }
    if (lines.length > 1 && lines.every((line) => /^\s*[{[].*[}\]],?\s*$/.test(line))) return parseLines(trimmed);
    throw new Error(`This is no JSON: ${error.message}`);
  }
}

/* As the service counts them. */
export function countSteps(exampleCount, epochCount, batchSize) {
  if (!(epochCount > 0) || !(batchSize > 0)) return NaN;
  return exampleCount > 0 ? Math.ceil((exampleCount * epochCount) / batchSize) : epochCount;
}
