// google.golang.org/genai through the life of a tuning job of Vertex AI. The same program drives several versions.
//
// `tunemock exec --vertex` runs it, whose variables say where the server is; credentials come from its metadata paths.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"

	"google.golang.org/genai"
)

const (
	parent      = "projects/tunemock/locations/us-central1"
	vertexModel = "gemini-2.5-flash"
	data        = "gs://training/train.jsonl"
	samples     = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"
	nobody      = parent + "/endpoints/1"
)

type (
	config = genai.CreateTuningJobConfig
	answer = genai.GenerateContentResponse
)

var (
	ctx = context.Background()
	ai  = newClient()
)

func newClient() *genai.Client {
	// [readme vertex-go]
	client, err := genai.NewClient(context.Background(), nil)
	// [/readme]
	check(err)
	return client
}

func tuneWith(client *genai.Client, base, uri string, settings *config) (*genai.TuningJob, error) {
	return client.Tunings.Tune(ctx, base, &genai.TuningDataset{GCSURI: uri}, settings)
}

func tune(uri string, settings *config) *genai.TuningJob {
	return must(tuneWith(ai, vertexModel, uri, settings))
}

func hasEnded(job *genai.TuningJob) bool {
	switch job.State {
	case genai.JobStateSucceeded, genai.JobStateFailed, genai.JobStateCancelled:
		return true
	}
	return false
}

func ended(client *genai.Client, name string) *genai.TuningJob {
	return until(func() *genai.TuningJob { return must(client.Tunings.Get(ctx, name, nil)) }, hasEnded)
}

func tuned(uri string, settings *config) *genai.TuningJob {
	job := ended(ai, tune(uri, settings).Name)
	equal(job.State, genai.JobStateSucceeded)
	return job
}

func epochs(count int32) *config {
	return &config{EpochCount: &count}
}

func ask(model, text string) (*answer, error) {
	return ai.Models.GenerateContent(ctx, model, genai.Text(text), nil)
}

func hintOf(response *genai.HTTPResponse) string {
	return response.Headers.Get("X-Emulator-Hint")
}

// streamed asks for a stream; returns its chunks, and what ended it.
func streamed(model, text string) (chunks []*answer, err error) {
	for chunk, problem := range ai.Models.GenerateContentStream(ctx, model, genai.Text(text), nil) {
		if problem != nil {
			return chunks, problem
		}
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

// apiErrorOf is the client's own error, which must be one that a server has answered.
func apiErrorOf(err error) genai.APIError {
	var apiError genai.APIError
	expect(errors.As(err, &apiError), "no APIError: %v", err)
	return apiError
}

func matches(text, pattern string) {
	expect(regexp.MustCompile(pattern).MatchString(text), "%q does not match %q", text, pattern)
}

func tuneAndFollow() (name string, model *genai.TunedModel) {
	step("Tune sends data by its gs:// name, with hyperparameters, validation and labels", func() {
		job := tune(data, &config{
			TunedModelDisplayName: "number generator", EpochCount: genai.Ptr[int32](3),
			LearningRateMultiplier: genai.Ptr[float32](0.5), AdapterSize: genai.AdapterSizeFour,
			Labels:            map[string]string{"team": "numbers"},
			ValidationDataset: &genai.TuningValidationDataset{GCSURI: "gs://training/validation.jsonl"},
		})
		name = job.Name
		matches(name, "^"+parent+`/tuningJobs/\d{19}$`)
		equal(job.State, genai.JobStatePending)
		equal(job.BaseModel, vertexModel)
		equal(job.TunedModelDisplayName, "number generator")
		equal(job.Labels["team"], "numbers")
		equal(job.Experiment, "")
		equal(job.SupervisedTuningSpec.TrainingDatasetURI, data)
		equal(job.SupervisedTuningSpec.ValidationDatasetURI, "gs://training/validation.jsonl")
		equal(job.SupervisedTuningSpec.HyperParameters.EpochCount, 3)
		equal(job.SupervisedTuningSpec.HyperParameters.LearningRateMultiplier, 0.5)
		equal(job.SupervisedTuningSpec.HyperParameters.AdapterSize, genai.AdapterSizeFour)
	})
	step("Tunings.Get follows the job to SUCCEEDED, by its short name, too", func() {
		job := ended(ai, strings.TrimPrefix(name, parent+"/"))
		equal(job.State, genai.JobStateSucceeded)
		expect(job.StartTime.After(job.CreateTime) && job.EndTime.After(job.StartTime), "its times are %v", job)
		matches(job.Experiment, "^"+parent+`/metadataStores/default/contexts/tuning-experiment-\d+$`)
		model = job.TunedModel
	})
	step("the tuned model has a version, an endpoint, and a checkpoint of each epoch, the last of which is its own", func() {
		matches(model.Model, "^"+parent+`/models/\d{19}@1$`)
		matches(model.Endpoint, "^"+parent+`/endpoints/\d{19}$`)
		equal(len(model.Checkpoints), 3)
		endpoints := map[string]bool{}
		for index, checkpoint := range model.Checkpoints {
			equal(checkpoint.Epoch, int64(index+1))
			equal(checkpoint.CheckpointID, []string{"1", "2", "3"}[index])
			expect(checkpoint.Step > 0, "checkpoint %d has no step", index)
			endpoints[checkpoint.Endpoint] = true
		}
		equal(len(endpoints), 3)
		equal(model.Checkpoints[2].Endpoint, model.Endpoint)
	})
	step("TuningDataStats count the examples and their tokens", func() {
		stats := must(ai.Tunings.Get(ctx, name, nil)).TuningDataStats.SupervisedTuningDataStats
		equal(stats.TuningDatasetExampleCount, int64(len(examples)))
		tokens := stats.UserInputTokenDistribution
		expect(tokens.Min <= tokens.Median && tokens.Median <= tokens.Max, "%v", tokens)
		total := 0.0
		for _, bucket := range tokens.Buckets {
			total += bucket.Count
		}
		equal(total, float64(len(examples)))
		equal(len(stats.UserDatasetExamples), 6)
		equal(stats.TotalBillableTokenCount, tokens.Sum+stats.UserOutputTokenDistribution.Sum)
	})
	return name, model
}

func tuneOtherData() {
	step("the samples of the tutorials can be tuned with by their public name", func() {
		job := tuned(samples, epochs(1))
		example := job.TuningDataStats.SupervisedTuningDataStats.UserDatasetExamples[0].Parts[0].Text
		expect(must(ask(job.TunedModel.Endpoint, example)).Text() != "", "no answer")
	})
	step("data in the older form of messages trains as well", func() {
		job := tuned("gs://training/messages.jsonl", epochs(1))
		equal(must(ask(job.TunedModel.Endpoint, "seven")).Text(), "eight")
	})
	step("ExportLastCheckpointOnly leaves one endpoint and no checkpoints", func() {
		job := tuned(data, &config{EpochCount: genai.Ptr[int32](2), ExportLastCheckpointOnly: genai.Ptr(true)})
		expect(job.TunedModel.Endpoint != "", "no endpoint")
		equal(len(job.TunedModel.Checkpoints), 0)
	})
	step("preference tuning trains on the completions that are preferred", func() {
		job := tuned("gs://training/preferences.jsonl", &config{
			Method: genai.TuningMethodPreferenceTuning, EpochCount: genai.Ptr[int32](1), Beta: genai.Ptr[float32](0.5),
		})
		equal(job.PreferenceOptimizationSpec.HyperParameters.Beta, 0.5)
		equal(must(ask(job.TunedModel.Endpoint, "eighty")).Text(), "eighty one")
	})
}

func list(name string, model *genai.TunedModel) {
	step("Tunings.List pages through all jobs, the newest first", func() {
		newest := tune(data, epochs(1)).Name
		names, sizes := []string{}, []int{}
		page, err := ai.Tunings.List(ctx, &genai.ListTuningJobsConfig{PageSize: 2})
		for ; err == nil; page, err = page.Next(ctx) {
			sizes = append(sizes, len(page.Items))
			for _, job := range page.Items {
				names = append(names, job.Name)
			}
		}
		expect(errors.Is(err, genai.ErrPageDone), "the list ended with %v", err)
		equal(len(names), 6)
		equal(len(sizes), 3)
		equal(names[0], newest)
		equal(names[5], name)
	})
	step("Models.List with QueryBase false pages through the tuned models", func() {
		isThere, count, pageCount := false, 0, 0
		page, err := ai.Models.List(ctx, &genai.ListModelsConfig{QueryBase: genai.Ptr(false), PageSize: 2})
		for ; err == nil; page, err = page.Next(ctx) {
			pageCount++
			for _, listed := range page.Items {
				count++
				isThere = isThere || modelOf(listed.Name) == modelOf(model.Model)
				_, isLabelled := listed.Labels["tune-type"]
				expect(isLabelled, "%s has no label", listed.Name)
			}
		}
		expect(errors.Is(err, genai.ErrPageDone), "the list ended with %v", err)
		expect(isThere, "%s is not listed", model.Model)
		equal(pageCount, (count+1)/2)
	})
	step("base models are listed, read and asked", func() {
		isThere := false
		for listed, err := range ai.Models.All(ctx) {
			check(err)
			isThere = isThere || listed.Name == "publishers/google/models/"+vertexModel
		}
		expect(isThere, "%s is not listed", vertexModel)
		equal(must(ai.Models.Get(ctx, vertexModel, nil)).Name, "publishers/google/models/"+vertexModel)
		expect(must(ask(vertexModel, "hello")).Text() != "", "no answer")
	})
}

func modelOf(name string) string {
	return strings.Split(name, "@")[0]
}

func generate(model *genai.TunedModel) {
	step("GenerateContent answers from the data, in Vertex's flavour", func() {
		got := must(ask(model.Endpoint, "ninety nine"))
		equal(got.Text(), "one hundred")
		equal(got.Candidates[0].FinishReason, genai.FinishReasonStop)
		expect(got.Candidates[0].AvgLogprobs < 0, "avgLogprobs %v", got.Candidates[0].AvgLogprobs)
		usage := got.UsageMetadata
		equal(usage.PromptTokenCount+usage.CandidatesTokenCount, usage.TotalTokenCount)
		equal(usage.TrafficType, genai.TrafficTypeOnDemand)
		expect(got.ModelVersion != "" && got.ResponseID != "" && !got.CreateTime.IsZero(), "something is missing in %v", got)
		matches(got.SDKHTTPResponse.Headers.Get("X-Emulator-Answer"), "^example:")
	})
	step("system instructions and earlier turns tell examples with the same last turn apart", func() {
		endpoint := tuned("gs://training/contexts.jsonl", epochs(1)).TunedModel.Endpoint
		for instruction, wanted := range map[string]string{"Count upwards.": "9", "Count downwards.": "7"} {
			got := must(ai.Models.GenerateContent(ctx, endpoint, genai.Text("8"), &genai.GenerateContentConfig{
				SystemInstruction: genai.NewContentFromText(instruction, genai.RoleUser),
			}))
			equal(got.Text(), wanted)
		}
		for _, row := range [][3]string{{"three", "four", "five"}, {"six", "seven", "eight"}} {
			got := must(ai.Models.GenerateContent(ctx, endpoint, []*genai.Content{
				genai.NewContentFromText(row[0], genai.RoleUser), genai.NewContentFromText(row[1], genai.RoleModel),
				genai.NewContentFromText("and then", genai.RoleUser),
			}, nil))
			equal(got.Text(), row[2])
		}
	})
	step("GenerateContentStream gives the answer in chunks", func() {
		chunks := must(streamed(model.Endpoint, "two hundred"))
		text := ""
		for _, chunk := range chunks {
			text += chunk.Text()
			equal(chunk.ResponseID, chunks[0].ResponseID)
		}
		equal(text, "two hundred one")
		expect(len(chunks) > 1, "one chunk")
		equal(chunks[len(chunks)-1].Candidates[0].FinishReason, genai.FinishReasonStop)
	})
	step("CountTokens works on endpoints and on base models", func() {
		for _, name := range []string{model.Endpoint, vertexModel} {
			expect(must(ai.Models.CountTokens(ctx, name, genai.Text("one two three"), nil)).TotalTokens > 0, "%s counted nothing", name)
		}
	})
	step("the endpoint of a checkpoint answers, and a hint names the checkpoint", func() {
		got := must(ask(model.Checkpoints[0].Endpoint, "three"))
		equal(got.Text(), "four")
		contains(hintOf(got.SDKHTTPResponse), "checkpoint 1")
	})
	step("a chat with its history goes on", func() {
		chat := must(ai.Chats.Create(ctx, model.Endpoint, nil, nil))
		equal(must(chat.SendMessage(ctx, genai.Part{Text: "8"})).Text(), "9")
		equal(must(chat.SendMessage(ctx, genai.Part{Text: "three"})).Text(), "four")
	})
}

func update(model *genai.TunedModel) {
	step("Models.Get has endpoint, checkpoints and base model; Models.Update changes names and the default checkpoint", func() {
		got := must(ai.Models.Get(ctx, model.Model, nil))
		equal(got.DisplayName, "number generator")
		equal(got.Version, "1")
		equal(got.DefaultCheckpointID, "3")
		equal(len(got.Checkpoints), 3)
		contains(got.TunedModelInfo.BaseModel, vertexModel)
		isThere := false
		for _, endpoint := range got.Endpoints {
			isThere = isThere || endpoint.Name == model.Endpoint
		}
		expect(isThere, "%s is not among the endpoints", model.Endpoint)
		must(ai.Models.Update(ctx, model.Model, &genai.UpdateModelConfig{
			DisplayName: "renamed", Description: "counts", DefaultCheckpointID: "2",
		}))
		changed := must(ai.Models.Get(ctx, model.Model, nil))
		equal(changed.DisplayName+" "+changed.Description+" "+changed.DefaultCheckpointID, "renamed counts 2")
	})
}

func goOn(model *genai.TunedModel) {
	step("tuning goes on from a checkpoint of a tuned model: its next version", func() {
		settings := &config{PreTunedModelCheckpointID: "1", EpochCount: genai.Ptr[int32](1)}
		created := must(tuneWith(ai, model.Model, "gs://training/messages.jsonl", settings))
		equal(created.PreTunedModel.TunedModelName, model.Model)
		equal(created.PreTunedModel.CheckpointID, "1")
		job := ended(ai, created.Name)
		equal(job.TunedModel.Model, strings.Replace(model.Model, "@1", "@2", 1))
		equal(must(ask(job.TunedModel.Endpoint, "thirteen")).Text(), "fourteen")
	})
	step("under another name it is a model of its own", func() {
		settings := &config{TunedModelDisplayName: "an offspring", EpochCount: genai.Ptr[int32](1)}
		job := ended(ai, must(tuneWith(ai, model.Model, data, settings)).Name)
		matches(job.TunedModel.Model, "@1$")
		expect(job.TunedModel.Model != model.Model, "it is the same")
	})
}

func endBadly() {
	step("a job is RUNNING until Tunings.Cancel, which has no body, ends it", func() {
		name := tune(data, epochs(100)).Name
		ask := func() *genai.TuningJob { return must(ai.Tunings.Get(ctx, name, nil)) }
		running := until(ask, func(job *genai.TuningJob) bool { return job.State != genai.JobStatePending })
		equal(running.State, genai.JobStateRunning)
		expect(!running.StartTime.IsZero() && running.Experiment != "", "it has not begun: %v", running)
		expect(running.EndTime.IsZero() && running.TunedModel == nil, "it has ended: %v", running)
		must(ai.Tunings.Cancel(ctx, name, nil))
		job := ended(ai, name)
		equal(job.State, genai.JobStateCancelled)
		equal(job.Error.Code, 1)
		expect(job.TunedModel == nil, "it has a tuned model")
	})
	step("a bad line is a job that fails, and says in which file and line", func() {
		job := ended(ai, tune("gs://training/bad.jsonl", nil).Name)
		equal(job.State, genai.JobStateFailed)
		equal(job.Error.Code, 3)
		matches(job.Error.Message, `bad\.jsonl.*\b3\b`)
	})
	step("a job that fails at its deployment has a model but no endpoint", func() {
		message := "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry."
		name := tune(data, epochs(2)).Name
		rest(serverURL, "k", http.MethodPost, "/emulator/v1/"+strings.TrimPrefix(name, parent+"/")+":fail", object{"code": 13, "message": message})
		job := ended(ai, name)
		equal(job.State, genai.JobStateFailed)
		equal(job.Error.Code, 13)
		equal(job.Error.Message, message)
	})
}

func showErrors(name string, model *genai.TunedModel) {
	step("400: a bad hyperparameter names the field", func() {
		_, err := tuneWith(ai, vertexModel, data, epochs(-1))
		apiError := apiErrorOf(err)
		equal(apiError.Code, http.StatusBadRequest)
		equal(apiError.Status, "INVALID_ARGUMENT")
		contains(apiError.Message, "epoch_count")
	})
	step("404: an endpoint, a job and a model that do not exist, in the service's words", func() {
		_, err := ask(nobody, "hi")
		_, streamErr := streamed(nobody, "hi")
		for _, each := range []error{err, streamErr} {
			equal(apiErrorOf(each).Code, http.StatusNotFound)
			equal(apiErrorOf(each).Message, "Endpoint `"+nobody+"` not found.")
		}
		_, err = ai.Tunings.Get(ctx, parent+"/tuningJobs/1", nil)
		equal(apiErrorOf(err).Status, "NOT_FOUND")
		_, err = ai.Models.Get(ctx, parent+"/models/1", nil)
		equal(apiErrorOf(err).Status, "NOT_FOUND")
	})
	for _, row := range []struct {
		code   int
		status string
	}{{403, "PERMISSION_DENIED"}, {429, "RESOURCE_EXHAUSTED"}, {503, "UNAVAILABLE"}} {
		step(row.status+": a scripted one, which is not retried, of a create, an answer and in the place of a stream", func() {
			calls := map[string]func() error{
				"tuningJobs.create":               func() error { _, err := tuneWith(ai, vertexModel, data, nil); return err },
				"endpoints.generateContent":       func() error { _, err := ask(model.Endpoint, "hi"); return err },
				"endpoints.streamGenerateContent": func() error { _, err := streamed(model.Endpoint, "hi"); return err },
			}
			for method, call := range calls {
				requestCount := withFaults(method, row.status, faultTimes, func() {
					apiError := apiErrorOf(call())
					equal(apiError.Code, row.code)
					equal(apiError.Status, row.status)
				})
				equal(requestCount, 1)
			}
		})
	}
	step("any status can be asked for by a header of the call", func() {
		headers := http.Header{"X-Emulator-Status": {"PERMISSION_DENIED"}}
		_, err := ai.Tunings.Get(ctx, name, &genai.GetTuningJobConfig{HTTPOptions: &genai.HTTPOptions{Headers: headers}})
		equal(apiErrorOf(err).Code, http.StatusForbidden)
	})
}

func goElsewhere(name string) {
	step("another project sees none of this one's jobs, and APIVersion chooses v1", func() {
		other := must(genai.NewClient(ctx, &genai.ClientConfig{
			Project: "other", Location: "us-central1", HTTPOptions: genai.HTTPOptions{APIVersion: "v1"},
		}))
		equal(len(must(other.Tunings.List(ctx, nil)).Items), 0)
		_, err := other.Tunings.Get(ctx, strings.Replace(name, "projects/tunemock", "projects/other", 1), nil)
		equal(apiErrorOf(err).Code, http.StatusNotFound)
	})
	step("express mode: an API key in the place of a project, and no credentials", func() {
		express := must(genai.NewClient(ctx, &genai.ClientConfig{APIKey: "any", Backend: genai.BackendVertexAI}))
		job := must(tuneWith(express, vertexModel, data, epochs(1)))
		matches(job.Name, "^"+parent+"/tuningJobs/")
		equal(ended(express, job.Name).State, genai.JobStateSucceeded)
		check(os.Unsetenv("GOOGLE_CLOUD_PROJECT"))
		check(os.Unsetenv("GOOGLE_CLOUD_LOCATION"))
		check(os.Setenv("GOOGLE_API_KEY", "any"))
		equal(must(must(genai.NewClient(ctx, nil)).Tunings.Get(ctx, job.Name, nil)).State, genai.JobStateSucceeded)
	})
}

func main() {
	announce("google.golang.org/genai")
	name, model := tuneAndFollow()
	tuneOtherData()
	list(name, model)
	generate(model)
	update(model)
	goOn(model)
	endBadly()
	showErrors(name, model)
	step("Models.Delete removes the model and its endpoint; the job stays", func() {
		job := tuned(data, epochs(1))
		must(ai.Models.Delete(ctx, modelOf(job.TunedModel.Model), nil))
		_, err := ai.Models.Get(ctx, job.TunedModel.Model, nil)
		equal(apiErrorOf(err).Code, http.StatusNotFound)
		equal(must(ai.Tunings.Get(ctx, job.Name, nil)).State, genai.JobStateSucceeded)
	})
	goElsewhere(name)
	finish()
}
