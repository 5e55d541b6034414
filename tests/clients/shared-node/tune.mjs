// What is under test: how an application trains its model. All tests call it by the same name.
const QUICKSTART = {
  '1': '2', '3': '4', '-3': '-2', 'twenty two': 'twenty three', 'two hundred': 'two hundred one',
  'ninety nine': 'one hundred', '8': '9', '-98': '-97', '1,000': '1,001', '10,100,000': '10,100,001',
  thirteen: 'fourteen', eighty: 'eighty one', one: 'two', three: 'four', seven: 'eight',
};

export async function startTuning({call}, {examples = QUICKSTART, id = 'numbers', ...fields} = {}) {
  const pairs = Object.entries(examples).map(([textInput, output]) => ({textInput, output}));
  await call('POST', `v1beta/tunedModels?tunedModelId=${id}`, {
    baseModel: 'models/gemini-1.5-flash-001-tuning', ...fields, tuningTask: {
      hyperparameters: {epochCount: 5, batchSize: 2}, trainingData: {examples: {examples: pairs}}}});
  return `tunedModels/${id}`;
}

export async function tune(tunemock, settings) {
  const model = await startTuning(tunemock, settings);
  await tunemock.call('POST', 'emulator/v1/clock:advance', {duration: '3600s'});
  return model;
}
