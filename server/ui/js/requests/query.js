/*
 * The language of the box above the requests: `method=generateContent status>=400 prompt~"to be"`.
 *
 *   query = { ["-"] ( field operator values | words ) }     all must hold; "-" turns one round
 *   operator = "=" | "!=" | "~" | "!~" | ">" | ">=" | "<" | "<="
 *   values = text { "," text }                              one of them is enough
 *   text = without spaces, or between quotation marks, where \" and \\ stand for themselves
 *
 * Case never counts. `~` means: contains. Words without a field may stand anywhere in a request.
 */

const OPERATORS = ["!=", "!~", ">=", "<=", "=", "~", ">", "<"];

/* "tunedModels.get" is named by "tunedModels.get" and by "get"; likewise behind a slash. */
const isNamed = (name, value, separator) => name === value || name.endsWith(separator + value);

const text = (read, about) => ({ kind: "text", read, about, equals: (a, b) => a === b });
const name = (read, separator, about) => ({
  ...text(read, about),
  equals: (a, b) => isNamed(a, b, separator),
});
const number = (read, about, parse = parseNumber) => ({ kind: "number", read, about, parse });

export const FIELDS = {
  method: name((entry) => entry.method, ".", "the method; its last part is enough"),
  status: number((entry) => entry.status, "the HTTP status; 4xx means all of them", parseStatus),
  model: name((entry) => entry.model, "/", "the model; its ID is enough"),
  prompt: text((entry) => entry.prompt, "what the model was asked"),
  path: text((entry) => entry.path, "the path of the URL"),
  query: text((entry) => entry.query, "what is behind the path's ?"),
  verb: text((entry) => entry.verb, "GET, POST, PATCH or DELETE"),
  caller: text((entry) => entry.caller, "who asked"),
  answer: text((entry) => entry.answer, "what made the answer: fault:1, stub:1, example:0, …"),
  error: text((entry) => entry.error, "the message of the error"),
  hint: text((entry) => entry.hint, "what the emulator remarked"),
  request: text((entry) => entry.requestId, "the X-Request-Id"),
  id: number((entry) => Number(entry.id), "the number in this list"),
  duration: number((entry) => entry.durationMs, "how long it took: 200ms, 1.5s", parseDuration),
  size: number((entry) => entry.responseBytes, "the bytes of the answer: 512, 4k, 1M", parseSize),
};

function parseNumber(value) {
  return /^\d+(\.\d+)?$/.test(value) ? between(Number(value)) : null;
}

/* Every value is a range, so that 4xx can be compared as 404 can. */
const between = (low, high = low) => ({ low, high });

function parseStatus(value) {
  if (/^[1-5]xx$/.test(value)) return between(Number(value[0]) * 100, Number(value[0]) * 100 + 99);
  return parseNumber(value);
}

function parseScaled(value, scales) {
  const found = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(value);
  const scale = found && scales[found[2]];
  return scale ? between(Number(found[1]) * scale) : null;
}

function parseDuration(value) {
  return parseScaled(value, { "": 1, ms: 1, s: 1000, m: 60000 });
}

function parseSize(value) {
  return parseScaled(value, { "": 1, k: 1024, kb: 1024, m: 1048576, mb: 1048576 });
}

const NUMBER_TESTS = {
  "=": (value, { low, high }) => value >= low && value <= high,
  ">": (value, { high }) => value > high,
  ">=": (value, { low }) => value >= low,
  "<": (value, { low }) => value < low,
  "<=": (value, { high }) => value <= high,
};

class Problem extends Error {}

/* Reads a text from `at`: to the next space or, of several values, comma. */
function readText(source, at, ends) {
  if (source[at] !== '"') {
    let end = at;
    while (end < source.length && !ends.includes(source[end])) end++;
    return { value: source.slice(at, end), end };
  }
  let value = "";
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '"') return { value, end: i + 1 };
    if (source[i] === "\\" && i + 1 < source.length) i++;
    value += source[i];
  }
  throw new Problem("A quotation mark is not closed.");
}

function readValues(source, at) {
  const values = [];
  for (;;) {
    const { value, end } = readText(source, at, " \t\n,");
    values.push(value.toLowerCase());
    if (source[end] !== ",") return { values, end };
    at = end + 1;
  }
}

function numberTerm(field, key, operator, values) {
  if (operator === "~")
    throw new Problem(`${key} is a number: compare it with =, !=, >, >=, < or <=.`);
  const ranges = values.map((value) => {
    const range = field.parse(value);
    if (!range) throw new Problem(`${key}${operator}${value}: is no ${describe(key)}.`);
    return range;
  });
  const test = NUMBER_TESTS[operator];
  return (entry) => ranges.some((range) => test(field.read(entry), range));
}

function describe(key) {
  return { duration: "duration, as 200ms or 1.5s", size: "size, as 512 or 4k" }[key] ?? "number";
}

function textTerm(field, key, operator, values) {
  if (!["=", "~"].includes(operator))
    throw new Problem(`${key} is a text: compare it with =, !=, ~ or !~.`);
  const test = operator === "=" ? field.equals : (a, b) => a.includes(b);
  return (entry) => {
    const value = field.read(entry).toLowerCase();
    return values.some((wanted) => test(value, wanted));
  };
}

function fieldTerm(key, operator, values) {
  if (!Object.hasOwn(FIELDS, key)) throw new Problem(`There is no field ${key}. ${nearestField(key)}`);
  const field = FIELDS[key];
  const isNot = operator[0] === "!";
  const plain = isNot ? operator.slice(1) : operator;
  if (values.some((value) => value === "") && (field.kind === "number" || plain === "~"))
    throw new Problem(`${key}${operator} needs a value behind it.`);
  const term = field.kind === "number" ? numberTerm : textTerm;
  const test = term(field, key, plain, values);
  return isNot ? (entry) => !test(entry) : test;
}

function nearestField(key) {
  const names = Object.keys(FIELDS);
  const near = names.find((each) => each.startsWith(key.slice(0, 3)) || key.startsWith(each));
  return near ? `Do you mean ${near}?` : `There are ${names.join(", ")}.`;
}

/* All of a request that words are looked for in, in lower case. Kept, since requests are many and
 * every letter typed looks through all of them. */
const words = new WeakMap();
function wordsOf(entry) {
  let found = words.get(entry);
  if (found === undefined) {
    found = [entry.verb, entry.path, entry.query, entry.method, entry.model, entry.prompt,
      entry.caller, entry.answer, entry.error, entry.hint, entry.requestId, String(entry.status)]
      .join("\n").toLowerCase();
    words.set(entry, found);
  }
  return found;
}

function readTerm(source, start) {
  const isNot = source[start] === "-" && start + 1 < source.length;
  const at = isNot ? start + 1 : start;
  const key = /^[a-z]+/i.exec(source.slice(at))?.[0] ?? "";
  const operator = key && OPERATORS.find((each) => source.startsWith(each, at + key.length));
  let test, end;
  if (operator) {
    const read = readValues(source, at + key.length + operator.length);
    test = fieldTerm(key.toLowerCase(), operator, read.values);
    end = read.end;
  } else {
    const read = readText(source, at, " \t\n");
    const wanted = read.value.toLowerCase();
    test = (entry) => wordsOf(entry).includes(wanted);
    end = read.end;
  }
  return { test: isNot ? (entry) => !test(entry) : test, end };
}

/*
 * Reads a query. Gives `test`, a function from a request of the journal to true or false, null if
 * all are meant; and `problem`, "" if there is none, else what is wrong with it, for people.
 */
export function parseQuery(source) {
  const tests = [];
  try {
    for (let at = 0; at < source.length;) {
      if (/\s/.test(source[at])) {
        at++;
        continue;
      }
      const { test, end } = readTerm(source, at);
      tests.push(test);
      at = end;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { test: null, problem: error.message };
  }
  return {
    test: tests.length ? (entry) => tests.every((test) => test(entry)) : null,
    problem: "",
  };
}

/* A term that means exactly this, to be put into a query. */
export function queryTerm(key, value) {
  const plain = /^[^\s",]+$/.test(value);
  return `${key}=${plain ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
}
