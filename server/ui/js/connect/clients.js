/* The lines that point a client at this server: those of the README, with the server's own URL. */

const CREATE = (url) => `curl '${url}/v1beta/tunedModels?tunedModelId=numbers' -d '{
  "displayName": "number generator model",
  "baseModel": "models/gemini-1.5-flash-001-tuning",
  "tuningTask": {
    "hyperparameters": {
      "batchSize": 2, "learningRate": 0.001, "epochCount": 5
    },
    "trainingData": {"examples": {"examples": [
      {"textInput": "1", "output": "2"},
      {"textInput": "twenty two", "output": "twenty three"},
      {"textInput": "seven", "output": "eight"}
    ]}}
  }
}'`;

const ASK = (url) => `curl '${url}/v1beta/tunedModels/numbers:generateContent' \\
  -d '{"contents": [{"parts": [{"text": "LXIII"}]}]}'`;

const SAMPLE = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl";

const CREATE_JOB = (url) => `curl '${url}/v1/projects/tunemock/locations/us-central1/tuningJobs' -d '{
  "baseModel": "gemini-2.5-flash",
  "tunedModelDisplayName": "first job",
  "supervisedTuningSpec": {
    "trainingDatasetUri": "${SAMPLE}"
  }
}'`;

/* Each with what its parts do. */
export const CLIENTS = [
  {
    id: "curl",
    name: "curl",
    parts: [
      { text: "Create a tuned model:", code: CREATE },
      { text: "Ask it, once it is trained:", code: ASK },
    ],
  },
  {
    id: "python",
    name: "Python",
    parts: [
      {
        text: "google-genai:",
        code: (url) => `from google import genai

ai = genai.Client(
    api_key="any", http_options={"base_url": "${url}"}
)`,
      },
      {
        text: "google-generativeai, which can create tuned models, too, and speaks REST only if told so:",
        code: (url) => `import google.generativeai as genai

genai.configure(
    api_key="any", transport="rest",
    client_options={"api_endpoint": "${url}"},
)`,
      },
    ],
  },
  {
    id: "javascript",
    name: "JavaScript",
    parts: [{
      text: "@google/genai:",
      code: (url) => `import {GoogleGenAI} from '@google/genai';

const ai = new GoogleGenAI({
  apiKey: 'any',
  httpOptions: {baseUrl: '${url}'},
});`,
    }],
  },
  {
    id: "go",
    name: "Go",
    parts: [{
      text: "google.golang.org/genai:",
      code: (url) => `ctx := context.Background()
client, err := genai.NewClient(ctx, &genai.ClientConfig{
	APIKey: "any", Backend: genai.BackendGeminiAPI,
	HTTPOptions: genai.HTTPOptions{BaseURL: "${url}"},
})`,
    }],
  },
  {
    id: "java",
    name: "Java",
    parts: [{
      text: "com.google.genai:",
      code: (url) => `Client client = Client.builder().apiKey("any")
    .httpOptions(HttpOptions.builder().baseUrl("${url}").build())
    .build();`,
    }],
  },
  {
    id: "vertex",
    name: "Vertex AI",
    parts: [
      { text: "A program as it is, on a server of its own:", code: () => "tunemock exec --vertex -- python tune.py" },
      {
        text: "What is started from this shell, on this server:",
        code: (url) => `eval "$(tunemock env --vertex --port ${new URL(url).port || 80})"`,
      },
      {
        text: "google-genai:",
        code: (url) => `from google import genai

ai = genai.Client(
    vertexai=True, api_key="any",
    http_options={"base_url": "${url}"},
)`,
      },
      { text: "Create a tuning job, from one of the published samples:", code: CREATE_JOB },
    ],
  },
];
