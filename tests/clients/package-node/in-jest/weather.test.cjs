const {useTunemock} = require('tunemock/jest');

const tunemock = useTunemock({stepTime: 0});

// By plain requests: in the sandbox of jest, @google/genai 3.3 does not find what Node.js fetches by ("Undici
// globalDispatcher is not available"), whatever the host.
async function ask(text) {
  const {GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key} = process.env;
  const answer = await fetch(`${url}/v1beta/models/gemini-2.5-flash:generateContent`, {
    method: 'POST', headers: {'x-goog-api-key': key}, body: JSON.stringify({contents: [{parts: [{text}]}]})});
  return (await answer.json()).candidates[0].content.parts[0].text;
}

test.each(Array.from({length: 10}, (_, number) => number))('a stub is the own of test %i', async (number) => {
  await tunemock.stubs.add({match: {}, reply: {text: `${number}, call {{count}}`}});
  expect(await ask('Hello')).toBe(`${number}, call 1`);
  expect(await tunemock.requests.count()).toBe(1);
});
