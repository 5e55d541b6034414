// google-auth-library as Google's clients use it: what `tunemock exec --vertex` sets lets it log in at the server,
// without a network. A service account's file does not lead it here: it knows one token route, Google's.
import {spawnSync} from 'node:child_process';

// Everything below runs beside a server of its own, with the variables that this sets.
if (process.env.GOOGLE_GENAI_USE_VERTEXAI !== 'true') {
  const {status} = spawnSync(
    process.env.TUNEMOCK, ['exec', '--vertex', process.execPath, process.argv[1]], {stdio: 'inherit'});
  process.exit(status ?? 1);
}

const {GoogleAuth, Compute} = await import('google-auth-library');
const {announce, assert, finish, rest, step, url} = await import('./lib/client.mjs');

announce('google-auth-library');
const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
const path = '/v1beta1/projects/tunemock/locations/us-central1/tuningJobs';

await step('the metadata of the server give account and token', async () => {
  const client = await new GoogleAuth({scopes}).getClient();
  assert.ok(client instanceof Compute);
  assert.equal((await client.getAccessToken()).token, 'tunemock-token');
});

await step('the project is that of GOOGLE_CLOUD_PROJECT, or else the metadata\'s', async () => {
  assert.equal(await new GoogleAuth({scopes}).getProjectId(), 'tunemock');
  delete process.env.GOOGLE_CLOUD_PROJECT;
  assert.equal(await new GoogleAuth({scopes}).getProjectId(), 'tunemock');
});

await step('universe and e-mail are there', async () => {
  const auth = new GoogleAuth({scopes});
  assert.equal(await auth.getUniverseDomain(), 'googleapis.com');
  assert.equal((await auth.getCredentials()).client_email, 'default');
});

await step('a call brings the token, and the journal does not show it', async () => {
  const auth = new GoogleAuth({scopes});
  const headers = await auth.getRequestHeaders(url + path);
  assert.equal(headers.get('authorization'), 'Bearer tunemock-token');
  await fetch(url + path, {headers});
  const [entry] = (await rest('GET', '/emulator/v1/requests?pageSize=1')).requests;
  assert.equal(entry.path, path);
  assert.match(entry.caller, /^token-[0-9a-f]{8}$/);
  assert.ok(!JSON.stringify(entry).includes('tunemock-token'));
});

finish();
