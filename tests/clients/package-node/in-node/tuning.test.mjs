import assert from 'node:assert';
import {test} from 'node:test';
import {GoogleGenAI} from '@google/genai';
import {useTunemock} from 'tunemock/node-test';

const DATA = 'gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl';

const tunemock = useTunemock();

for (const message of ['boom', 'bang']) {
  test(`a job fails with ${message} in this test alone`, async () => {
    const ai = new GoogleGenAI({});
    const job = await ai.tunings.tune({baseModel: 'gemini-2.5-flash', trainingDataset: {gcsUri: DATA}});
    assert.ok(job.name.startsWith(`projects/${tunemock.name}/`));
    await tunemock.trainings.fail(job.name, {code: 13, message});
    const ended = await ai.tunings.get({name: job.name});
    assert.deepEqual([ended.state, ended.error.message], ['JOB_STATE_FAILED', message]);
    const names = [];
    for await (const each of await ai.tunings.list()) names.push(each.name);
    assert.deepEqual(names, [job.name]);
  });
}
