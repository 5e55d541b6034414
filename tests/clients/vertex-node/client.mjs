// @google/genai through the life of a tuning job of Vertex AI. The same program drives several versions.
// `tunemock exec --vertex` runs it, whose variables say where the server is; credentials come from its metadata paths.
// [readme vertex-node]
import {GoogleGenAI} from '@google/genai';
const ai = new GoogleGenAI({});
// [/readme]
import {announce, assert, examples, finish, last, rejection, rest, step, until, wire, withFault} from './lib/client.mjs';

announce('@google/genai');
const parent = 'projects/tunemock/locations/us-central1';
const baseModel = 'gemini-2.5-flash';
const data = 'gs://training/train.jsonl';
const samples = 'gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl';
const hasEnded = (job) => /SUCCEEDED|FAILED|CANCELLED/.test(job.state);

const tune = (config = {}, uri = data, base = baseModel, caller = ai) =>
  caller.tunings.tune({baseModel: base, trainingDataset: {gcsUri: uri}, config});
const ended = (name, caller = ai) => until(() => caller.tunings.get({name}), hasEnded);
const tuned = async (...all) => {
  const job = await ended((await tune(...all)).name);
  assert.equal(job.state, 'JOB_STATE_SUCCEEDED', JSON.stringify(job));
  return job;
};
const ask = (model, contents, config) => ai.models.generateContent({model, contents, config});
const textOf = async (...all) => (await ask(...all)).text;
const statusOf = (error) => error.status ?? error.code;
const turn = (role, text) => ({role, parts: [{text}]});
const modelOf = (name) => name.split('@')[0];

let jobName;
let tunedModel;

await step('tune sends data by its gs:// name, with hyperparameters, validation and labels', async () => {
  const job = await tune({
    tunedModelDisplayName: 'number generator', epochCount: 3, learningRateMultiplier: 0.5, adapterSize: 'ADAPTER_SIZE_FOUR',
    labels: {team: 'numbers'}, validationDataset: {gcsUri: 'gs://training/validation.jsonl'},
  });
  jobName = job.name;
  assert.match(jobName, new RegExp(`^${parent}/tuningJobs/\\d{19}$`));
  assert.equal(job.state, 'JOB_STATE_PENDING');
  assert.equal(job.baseModel, baseModel);
  assert.equal(job.tunedModelDisplayName, 'number generator');
  assert.deepEqual(job.labels, {team: 'numbers'});
  assert.ok(!job.experiment && !job.startTime && !job.tunedModel, JSON.stringify(job));
  assert.deepEqual(job.supervisedTuningSpec, {
    trainingDatasetUri: data, validationDatasetUri: 'gs://training/validation.jsonl',
    hyperParameters: {epochCount: '3', learningRateMultiplier: 0.5, adapterSize: 'ADAPTER_SIZE_FOUR'},
  });
  assert.equal(last().path, `/v1beta1/${parent}/tuningJobs`);
});

await step('tunings.get follows the job to SUCCEEDED, by its short name, too', async () => {
  const job = await ended(jobName.slice(parent.length + 1));
  assert.equal(job.state, 'JOB_STATE_SUCCEEDED');
  assert.ok(job.createTime < job.startTime && job.startTime < job.endTime, JSON.stringify(job));
  assert.match(job.experiment, new RegExp(`^${parent}/metadataStores/default/contexts/tuning-experiment-\\d+$`));
  tunedModel = job.tunedModel;
});

await step('the tuned model has a version, an endpoint, and a checkpoint of each epoch, the last of which is its own', async () => {
  assert.match(tunedModel.model, new RegExp(`^${parent}/models/\\d{19}@1$`));
  assert.match(tunedModel.endpoint, new RegExp(`^${parent}/endpoints/\\d{19}$`));
  assert.deepEqual(tunedModel.checkpoints.map((point) => [point.checkpointId, point.epoch]), [['1', '1'], ['2', '2'], ['3', '3']]);
  assert.equal(tunedModel.checkpoints[2].endpoint, tunedModel.endpoint);
  assert.equal(new Set(tunedModel.checkpoints.map((point) => point.endpoint)).size, 3);
});

await step('tuningDataStats count the examples and their tokens', async () => {
  const stats = (await ai.tunings.get({name: jobName})).tuningDataStats.supervisedTuningDataStats;
  assert.equal(stats.tuningDatasetExampleCount, String(examples.length));
  const {sum, min, median, max, buckets} = stats.userInputTokenDistribution;
  assert.ok(min <= median && median <= max, JSON.stringify(stats));
  assert.equal(buckets.reduce((total, bucket) => total + bucket.count, 0), examples.length);
  assert.equal(stats.userDatasetExamples.length, 6);
  assert.equal(Number(stats.totalBillableTokenCount), Number(sum) + Number(stats.userOutputTokenDistribution.sum));
});

await step('the samples of the tutorials can be tuned with by their public name', async () => {
  const job = await tuned({epochCount: 1}, samples);
  const [example] = job.tuningDataStats.supervisedTuningDataStats.userDatasetExamples;
  assert.ok(await textOf(job.tunedModel.endpoint, example.parts[0].text));
});

await step('data in the older form of messages trains as well', async () => {
  const job = await tuned({epochCount: 1}, 'gs://training/messages.jsonl');
  assert.equal(await textOf(job.tunedModel.endpoint, 'seven'), 'eight');
});

await step('exportLastCheckpointOnly leaves one endpoint and no checkpoints', async () => {
  const job = await tuned({epochCount: 2, exportLastCheckpointOnly: true});
  assert.ok(job.tunedModel.endpoint && !job.tunedModel.checkpoints, JSON.stringify(job.tunedModel));
});

await step('tunings.list pages through all jobs, the newest first', async () => {
  const newest = (await tune({epochCount: 1})).name;
  const names = [];
  wire.length = 0;
  for await (const job of await ai.tunings.list({config: {pageSize: 2}})) names.push(job.name);
  assert.equal(new Set(names).size, 5);
  assert.deepEqual([names[0], names[4]], [newest, jobName]);
  assert.equal(wire.filter((entry) => entry.path.includes('/tuningJobs?')).length, 3);
});

await step('generateContent answers from the data, in Vertex\'s flavour', async () => {
  const answer = await ask(tunedModel.endpoint, 'ninety nine');
  assert.equal(answer.text, 'one hundred');
  const [candidate] = answer.candidates;
  assert.equal(candidate.finishReason, 'STOP');
  assert.ok(candidate.avgLogprobs < 0, JSON.stringify(candidate));
  const {promptTokenCount, candidatesTokenCount, totalTokenCount, trafficType} = answer.usageMetadata;
  assert.equal(promptTokenCount + candidatesTokenCount, totalTokenCount);
  assert.equal(trafficType, 'ON_DEMAND');
  assert.ok(answer.modelVersion && answer.responseId && answer.createTime, JSON.stringify(answer));
  assert.match(last().source, /^example:\d+$/);
});

await step('system instructions and earlier turns tell examples with the same last turn apart', async () => {
  const {endpoint} = (await tuned({epochCount: 1}, 'gs://training/contexts.jsonl')).tunedModel;
  assert.equal(await textOf(endpoint, '8', {systemInstruction: 'Count upwards.'}), '9');
  assert.equal(await textOf(endpoint, '8', {systemInstruction: 'Count downwards.'}), '7');
  for (const [first, then, wanted] of [['three', 'four', 'five'], ['six', 'seven', 'eight']]) {
    assert.equal(await textOf(endpoint, [turn('user', first), turn('model', then), turn('user', 'and then')]), wanted);
  }
});

await step('generateContentStream gives the answer in chunks', async () => {
  const chunks = [];
  for await (const chunk of await ai.models.generateContentStream({model: tunedModel.endpoint, contents: 'two hundred'})) {
    chunks.push(chunk);
  }
  assert.equal(chunks.map((chunk) => chunk.text).join(''), 'two hundred one');
  assert.ok(chunks.length > 1);
  assert.equal(chunks.at(-1).candidates[0].finishReason, 'STOP');
  assert.equal(new Set(chunks.map((chunk) => chunk.responseId)).size, 1);
});

await step('countTokens works on endpoints and on base models', async () => {
  for (const name of [tunedModel.endpoint, baseModel]) {
    assert.ok((await ai.models.countTokens({model: name, contents: 'one two three'})).totalTokens > 0);
  }
});

await step('the endpoint of a checkpoint answers, and a hint names the checkpoint', async () => {
  assert.equal(await textOf(tunedModel.checkpoints[0].endpoint, 'three'), 'four');
  assert.match(last().hint, /checkpoint 1/);
});

await step('a chat with its history goes on', async () => {
  const chat = ai.chats.create({model: tunedModel.endpoint});
  assert.equal((await chat.sendMessage({message: '8'})).text, '9');
  assert.equal((await chat.sendMessage({message: 'three'})).text, 'four');
});

await step('many calls at once are answered each with its own', async () => {
  const texts = await Promise.all(examples.map((item) => textOf(tunedModel.endpoint, item.textInput)));
  assert.deepEqual(texts, examples.map((item) => item.output));
});

await step('base models are listed, read and asked', async () => {
  const names = [];
  for await (const model of await ai.models.list()) names.push(model.name);
  assert.ok(names.includes(`publishers/google/models/${baseModel}`), names.join());
  assert.equal((await ai.models.get({model: baseModel})).name, `publishers/google/models/${baseModel}`);
  assert.ok(await textOf(baseModel, 'hello'));
});

await step('models.list with queryBase false pages through the tuned models', async () => {
  const models = [];
  wire.length = 0;
  for await (const model of await ai.models.list({config: {queryBase: false, pageSize: 2}})) models.push(model);
  const names = models.map((model) => modelOf(model.name));
  assert.ok(names.includes(modelOf(tunedModel.model)), names.join());
  assert.equal(new Set(names).size, names.length);
  assert.ok(models.every((model) => 'tune-type' in model.labels));
  assert.equal(wire.filter((entry) => entry.path.includes('/models?')).length, Math.ceil(names.length / 2));
});

await step('models.get has endpoint, checkpoints and base model; models.update changes names and the default checkpoint', async () => {
  const name = tunedModel.model;
  const model = await ai.models.get({model: name});
  assert.deepEqual([model.displayName, model.version, model.defaultCheckpointId], ['number generator', '1', '3']);
  assert.ok(model.endpoints.some((endpoint) => endpoint.name === tunedModel.endpoint), JSON.stringify(model.endpoints));
  assert.deepEqual(model.checkpoints.map((point) => point.checkpointId), ['1', '2', '3']);
  assert.match(model.tunedModelInfo.baseModel, new RegExp(baseModel));
  await ai.models.update({model: name, config: {displayName: 'renamed', description: 'counts', defaultCheckpointId: '2'}});
  const changed = await ai.models.get({model: name});
  assert.deepEqual([changed.displayName, changed.description, changed.defaultCheckpointId], ['renamed', 'counts', '2']);
});

await step('tuning goes on from a checkpoint of a tuned model: its next version', async () => {
  const config = {preTunedModelCheckpointId: '1', epochCount: 1};
  const job = await tuned(config, 'gs://training/messages.jsonl', tunedModel.model);
  assert.equal(job.preTunedModel.tunedModelName, tunedModel.model);
  assert.equal(job.preTunedModel.checkpointId, '1');
  assert.equal(job.tunedModel.model, tunedModel.model.replace('@1', '@2'));
  assert.equal(await textOf(job.tunedModel.endpoint, 'thirteen'), 'fourteen');
});

await step('under another name it is a model of its own', async () => {
  const job = await tuned({tunedModelDisplayName: 'an offspring', epochCount: 1}, data, tunedModel.model);
  assert.match(job.tunedModel.model, /@1$/);
  assert.notEqual(job.tunedModel.model, tunedModel.model);
});

await step('preference tuning trains on the completions that are preferred', async () => {
  const job = await tuned({method: 'PREFERENCE_TUNING', epochCount: 1, beta: 0.1}, 'gs://training/preferences.jsonl');
  assert.equal(job.preferenceOptimizationSpec.hyperParameters.beta, 0.1);
  assert.equal(await textOf(job.tunedModel.endpoint, 'eighty'), 'eighty one');
});

await step('a job is RUNNING until tunings.cancel ends it', async () => {
  const {name} = await tune({epochCount: 100});
  const running = await until(() => ai.tunings.get({name}), (answer) => answer.state !== 'JOB_STATE_PENDING');
  assert.equal(running.state, 'JOB_STATE_RUNNING');
  assert.ok(running.startTime && running.experiment && !running.endTime && !running.tunedModel, JSON.stringify(running));
  await ai.tunings.cancel({name});
  const job = await ended(name);
  assert.equal(job.state, 'JOB_STATE_CANCELLED');
  assert.equal(job.error.code, 1);
  assert.ok(!job.tunedModel);
});

await step('a bad line is a job that fails, and says in which file and line', async () => {
  const job = await ended((await tune({}, 'gs://training/bad.jsonl')).name);
  assert.equal(job.state, 'JOB_STATE_FAILED');
  assert.equal(job.error.code, 3);
  assert.match(job.error.message, /bad\.jsonl.*\b3\b/);
});

await step('a job that fails at its deployment has a model but no endpoint', async () => {
  const failure = {code: 13, message: 'Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry.'};
  const {name} = await tune({epochCount: 2});
  await rest('POST', `/emulator/v1/${name.slice(parent.length + 1)}:fail`, failure);
  const job = await ended(name);
  assert.equal(job.state, 'JOB_STATE_FAILED');
  assert.deepEqual(job.error, failure);
});

await step('400: a bad hyperparameter names the field', async () => {
  const error = await rejection(tune({epochCount: -1}));
  assert.equal(statusOf(error), 400);
  assert.match(error.message, /INVALID_ARGUMENT/);
  assert.match(error.message, /epoch_count/);
});

await step('404: an endpoint, a job and a model that do not exist, in the service\'s words', async () => {
  const nobody = `${parent}/endpoints/1`;
  for (const call of [ask(nobody, 'hi'), ai.models.generateContentStream({model: nobody, contents: 'hi'})]) {
    const error = await rejection(call);
    assert.equal(statusOf(error), 404);
    assert.ok(error.message.includes(`Endpoint \`${nobody}\` not found.`), error.message);
  }
  for (const call of [ai.tunings.get({name: `${parent}/tuningJobs/1`}), ai.models.get({model: `${parent}/models/1`})]) {
    const error = await rejection(call);
    assert.equal(statusOf(error), 404);
    assert.match(error.message, /NOT_FOUND/);
  }
});

for (const [code, status] of [[403, 'PERMISSION_DENIED'], [429, 'RESOURCE_EXHAUSTED'], [503, 'UNAVAILABLE']]) {
  await step(`${code}: a scripted ${status}, which is not retried, of a create, an answer and in the place of a stream`, async () => {
    const model = tunedModel.endpoint;
    for (const [method, call] of [
      ['tuningJobs.create', () => tune()],
      ['endpoints.generateContent', () => ask(model, 'hi')],
      ['endpoints.streamGenerateContent', () => ai.models.generateContentStream({model, contents: 'hi'})],
    ]) {
      const error = await withFault(method, status, call);
      assert.equal(statusOf(error), code);
      assert.match(error.message, new RegExp(status));
    }
  });
}

await step('any status can be asked for by a header of the call', async () => {
  const config = {httpOptions: {headers: {'X-Emulator-Status': 'PERMISSION_DENIED'}}};
  assert.equal(statusOf(await rejection(ai.tunings.get({name: jobName, config}))), 403);
});

await step('express mode: an API key in the place of a project, and apiVersion chooses v1', async () => {
  const {GOOGLE_CLOUD_PROJECT: project, GOOGLE_CLOUD_LOCATION: location} = process.env;
  delete process.env.GOOGLE_CLOUD_PROJECT;
  delete process.env.GOOGLE_CLOUD_LOCATION;
  for (const apiVersion of ['v1', 'v1beta1']) {
    const caller = new GoogleGenAI({vertexai: true, apiKey: 'any', apiVersion});
    assert.ok((await caller.models.generateContent({model: baseModel, contents: 'hello'})).text);
    assert.equal(last().path, `/${apiVersion}/publishers/google/models/${baseModel}:generateContent`);
    const {name} = await tune({epochCount: 1}, data, baseModel, caller);
    assert.ok(name.startsWith(`${parent}/tuningJobs/`), name);
    assert.equal((await ended(name, caller)).state, 'JOB_STATE_SUCCEEDED');
  }
  Object.assign(process.env, {GOOGLE_CLOUD_PROJECT: project, GOOGLE_CLOUD_LOCATION: location});
});

await step('another project sees none of this one\'s jobs', async () => {
  const other = new GoogleGenAI({vertexai: true, project: 'other', location: 'us-central1'});
  const {page} = await other.tunings.list();
  assert.deepEqual(page ?? [], []);
});

await step('models.delete removes the model and its endpoint; the job stays', async () => {
  const job = await tuned({epochCount: 1});
  await ai.models.delete({model: modelOf(job.tunedModel.model)});
  assert.equal(statusOf(await rejection(ai.models.get({model: job.tunedModel.model}))), 404);
  assert.equal((await ai.tunings.get({name: job.name})).state, 'JOB_STATE_SUCCEEDED');
});

finish();
