# %% [markdown]
# # Supervised tuning of Gemini on Vertex AI
#
# The calls of the published notebooks about it, in their order: ask the base model, tune it, wait, ask the tuned model, and
# compare both. Nothing here knows of an emulator: what runs it chooses where the calls go.

# %%
import os
import re
import time

from google import genai
from google.genai import types

# %% [markdown]
# ## Project and client

# %%
PROJECT_ID = os.environ["GOOGLE_CLOUD_PROJECT"]
LOCATION = os.environ.get("GOOGLE_CLOUD_LOCATION", "us-central1")
client = genai.Client(vertexai=True, project=PROJECT_ID, location=LOCATION)

# %% [markdown]
# ## Data: the samples of the tutorials, by their public names

# %%
SAMPLES = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text"
training_dataset = {"gcs_uri": f"{SAMPLES}/sft_train_data.jsonl"}
validation_dataset = types.TuningValidationDataset(gcs_uri=f"{SAMPLES}/sft_validation_data.jsonl")

# %% [markdown]
# ## Tune

# %%
base_model = "gemini-2.0-flash-001"
sft_tuning_job = client.tunings.tune(
    base_model=base_model,
    training_dataset=training_dataset,
    config=types.CreateTuningJobConfig(
        tuned_model_display_name="sft-tutorial", epoch_count=4, validation_dataset=validation_dataset))
tuning_job = client.tunings.get(name=sft_tuning_job.name)
print("job:", tuning_job.name)

# %%
while tuning_job.state.name in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
    time.sleep(10)
    tuning_job = client.tunings.get(name=tuning_job.name)
print("state:", tuning_job.state.name)

# %%
tuned_model = tuning_job.tuned_model.endpoint
print("experiment:", tuning_job.experiment)
print("endpoint:", tuned_model)
print("checkpoints:", len(tuning_job.tuned_model.checkpoints))

# %% [markdown]
# ## What it was trained on

# %%
stats = tuning_job.tuning_data_stats.supervised_tuning_data_stats
print("examples:", stats.tuning_dataset_example_count)
turns = [(content.role, content.parts[0].text) for content in stats.user_dataset_examples]
test_data = [(asked[1], wanted[1]) for asked, wanted in zip(turns, turns[1:]) if (asked[0], wanted[0]) == ("user", "model")]

# %% [markdown]
# ## A prediction of the tuned model, and of the base model before it

# %%
config = {"temperature": 0.1, "max_output_tokens": 200}


def predict(model, prompt):
    return client.models.generate_content(model=model, contents=prompt, config=config).text


prompt, ground_truth = test_data[0]
print("base model:", predict(base_model, prompt))
print("tuned model:", predict(tuned_model, prompt))
print("ground truth:", ground_truth)

# %% [markdown]
# ## Evaluation: how many of the words that were wanted are in the answer


# %%
def recall(wanted, got):
    wanted_words, got_words = (set(re.findall(r"\w+", text.lower())) for text in (wanted, got))
    return len(wanted_words & got_words) / max(1, len(wanted_words))


def evaluate(model):
    return sum(recall(wanted, predict(model, asked)) for asked, wanted in test_data) / len(test_data)


print(f"before tuning: {evaluate(base_model):.2f}")
print(f"after tuning: {evaluate(tuned_model):.2f}")

# %% [markdown]
# ## All jobs and models

# %%
print("jobs:", len(list(client.tunings.list())))
print("models:", [model.display_name for model in client.models.list(config={"query_base": False})])
