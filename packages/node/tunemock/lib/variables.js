// The variables by which clients find a server: those that `tunemock env` prints.
'use strict';

// What is there, with the loopback addresses. Clients read one spelling or the other: what one says holds for both.
function noProxy(name, host) {
  const other = name === 'NO_PROXY' ? 'no_proxy' : 'NO_PROXY';
  const given = process.env[name] || process.env[other] || '';
  const entries = given.split(',').map((entry) => entry.trim());
  if (entries.includes('*')) return given;
  const hosts = [...new Set(['127.0.0.1', 'localhost', '::1', host])].filter((each) => !entries.includes(each));
  return [...(given ? [given] : []), ...hosts].join(',');
}

// The value of each; null: it is not to be set.
function clientVariables(url, key) {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return {
    GOOGLE_GEMINI_BASE_URL: url,
    TUNEMOCK_URL: url,
    GEMINI_API_KEY: key,
    // It would win over GEMINI_API_KEY.
    GOOGLE_API_KEY: null,
    GOOGLE_GENAI_USE_VERTEXAI: 'false',
    // It would win over GOOGLE_GENAI_USE_VERTEXAI.
    GOOGLE_GENAI_USE_ENTERPRISE: null,
    NO_PROXY: noProxy('NO_PROXY', host),
    no_proxy: noProxy('no_proxy', host),
  };
}

// Whether clients of Vertex AI are told of this server, as `tunemock exec --vertex` tells its command.
function vertexLeadsTo(url) {
  return (process.env.GOOGLE_VERTEX_BASE_URL || '').replace(/\/+$/, '') === url;
}

// For clients of Vertex AI; how they log in is left as it is.
function vertexVariables(url, project) {
  return {
    ...clientVariables(url, null),
    GOOGLE_VERTEX_BASE_URL: url,
    GOOGLE_GENAI_USE_VERTEXAI: 'true',
    GOOGLE_CLOUD_PROJECT: project,
  };
}

// Sets them, and returns a function that puts back what was there.
function setVariables(variables) {
  const before = Object.keys(variables).map((name) => [name, process.env[name] ?? null]);
  const set = (entries) => {
    for (const [name, value] of entries) {
      if (value === null) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(Object.entries(variables));
  return () => set(before);
}

module.exports = {clientVariables, setVariables, vertexLeadsTo, vertexVariables};
