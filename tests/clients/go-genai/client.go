// google.golang.org/genai through the life of a tuned model.
//
// What this client cannot do with the Gemini API: send training data (it drops the examples on the way), list tuning
// jobs, set a learning rate multiplier, an update mask or a request id, and anything about permissions.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"google.golang.org/genai"
)

// exchange is a request that went over the wire, and what of its answer no client shows.
type exchange struct {
	method, path, body string
	hint               string
}

// recorder keeps the exchanges of the client under test.
type recorder struct {
	transport http.RoundTripper
	exchanges []exchange
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	body := []byte{}
	if request.Body != nil {
		body = must(io.ReadAll(request.Body))
		request.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	answer, err := r.transport.RoundTrip(request)
	kept := exchange{method: request.Method, path: request.URL.RequestURI(), body: string(body)}
	if err == nil {
		kept.hint = answer.Header.Get("X-Emulator-Hint")
	}
	r.exchanges = append(r.exchanges, kept)
	return answer, err
}

func (r *recorder) last() exchange {
	return r.exchanges[len(r.exchanges)-1]
}

var (
	ctx = context.Background()
	// The client has no transport of its own unless it is given one.
	wire = &recorder{transport: http.DefaultTransport}
)

func newClient() *genai.Client {
	// [readme go-genai]
	client, err := genai.NewClient(context.Background(), &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: os.Getenv("TUNEMOCK_URL")},
	})
	// [/readme]
	check(err)
	return client
}

// clientOf is a client of the server that knows its callers.
func clientOf(key string) *genai.Client {
	return must(genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: authURL},
	}))
}

func tune(client *genai.Client, displayName string, epochCount int32) (*genai.TuningJob, error) {
	dataset := &genai.TuningDataset{}
	for _, pair := range examples {
		dataset.Examples = append(dataset.Examples, &genai.TuningExample{TextInput: pair.TextInput, Output: pair.Output})
	}
	return client.Tunings.Tune(ctx, baseModel, dataset, &genai.CreateTuningJobConfig{
		TunedModelDisplayName: displayName,
		EpochCount:            &epochCount,
		BatchSize:             genai.Ptr[int32](4),
		LearningRate:          genai.Ptr[float32](0.001),
	})
}

func generate(client *genai.Client, model, text string) (*genai.GenerateContentResponse, error) {
	return client.Models.GenerateContent(ctx, model, genai.Text(text), nil)
}

// apiErrorOf is the client's own error, which must be one that a server has answered.
func apiErrorOf(err error) genai.APIError {
	var apiError genai.APIError
	expect(errors.As(err, &apiError), "no APIError: %v", err)
	return apiError
}

func namesOf(models []*genai.Model) []string {
	names := []string{}
	for _, model := range models {
		names = append(names, model.Name)
	}
	return names
}

// tunedModelsIn lists all tuned models in pages of a size.
func tunedModelsIn(client *genai.Client, pageSize int32) (names []string, pageCount int) {
	page, err := client.Models.List(ctx, &genai.ListModelsConfig{QueryBase: genai.Ptr(false), PageSize: pageSize})
	for ; err == nil; page, err = page.Next(ctx) {
		names = append(names, namesOf(page.Items)...)
		pageCount++
	}
	expect(errors.Is(err, genai.ErrPageDone), "the list ended with %v", err)
	return names, pageCount
}

func tuneAndFollow(client *genai.Client) (model string) {
	step("Tune creates a model though this client sends no training data, and a hint says so", func() {
		job := must(tune(client, "number generator", 50))
		model = job.Name
		contains(model, "tunedModels/number-generator-")
		equal(job.State, genai.JobStateQueued)
		equal(wire.last().path, "/v1beta/tunedModels")
		sent := object{}
		check(json.Unmarshal([]byte(wire.last().body), &sent))
		_, isSent := sent["tuningTask"].(object)["trainingData"]
		expect(!isSent, "training data was sent: %s", wire.last().body)
		expect(wire.last().hint != "", "there is no hint")
	})
	step("Tunings.Get follows the job from JOB_STATE_RUNNING to JOB_STATE_SUCCEEDED", func() {
		states := map[genai.JobState]bool{}
		job := until(func() *genai.TuningJob {
			return must(client.Tunings.Get(ctx, model, nil))
		}, func(job *genai.TuningJob) bool {
			states[job.State] = true
			return job.State != genai.JobStateRunning
		})
		equal(job.State, genai.JobStateSucceeded)
		expect(states[genai.JobStateRunning], "the job was never seen running")
		equal(job.BaseModel, baseModel)
		expect(job.EndTime.After(job.CreateTime), "created %v, ended %v", job.CreateTime, job.EndTime)
	})
	step("Operations.GetVideosOperation, its only call for an operation, polls one to done", func() {
		name := createdModel(serverURL, "k", "polled", 1)["name"].(string)
		done := until(func() *genai.GenerateVideosOperation {
			return must(client.Operations.GetVideosOperation(ctx, &genai.GenerateVideosOperation{Name: name}, nil))
		}, func(operation *genai.GenerateVideosOperation) bool { return operation.Done })
		equal(done.Metadata["completedPercent"].(float64), 100)
		equal(wire.last().path, "/v1beta/"+name)
	})
	return model
}

func list(client *genai.Client) {
	step("Tunings.List is refused by the client itself, before anything is sent", func() {
		before := len(wire.exchanges)
		_, err := client.Tunings.List(ctx, &genai.ListTuningJobsConfig{PageSize: 2})
		expect(err != nil, "it was not refused")
		equal(len(wire.exchanges), before)
	})
	step("Models.List with QueryBase false pages through all tuned models", func() {
		for _, name := range []string{"listed 1", "listed 2", "listed 3"} {
			trainedModel(serverURL, "k", name)
		}
		names, pageCount := tunedModelsIn(client, 2)
		unique := map[string]bool{}
		for _, name := range names {
			unique[name] = true
		}
		equal(len(names), 5)
		equal(len(unique), 5)
		equal(pageCount, 3)
	})
	step("Models.All has the base model that can be tuned", func() {
		isThere := false
		for model, err := range client.Models.All(ctx) {
			check(err)
			isThere = isThere || model.Name == baseModel
		}
		expect(isThere, "%s is not listed", baseModel)
	})
}

func update(client *genai.Client, model string) {
	step("Models.Get and Models.Update read and change a model, without an update mask", func() {
		equal(must(client.Models.Get(ctx, model, nil)).DisplayName, "number generator")
		must(client.Models.Update(ctx, model, &genai.UpdateModelConfig{DisplayName: "renamed", Description: "counts"}))
		equal(wire.last().path, "/v1beta/"+model)
		changed := must(client.Models.Get(ctx, model, nil))
		equal(changed.DisplayName, "renamed")
		equal(changed.Description, "counts")
	})
}

func generateAndCount(client *genai.Client, model string) {
	trained := trainedModel(serverURL, "k", "answers")
	step("GenerateContent answers from the training data", func() {
		answer := must(generate(client, trained, "LXIII"))
		equal(answer.Text(), "LXIV")
		equal(answer.Candidates[0].FinishReason, genai.FinishReasonStop)
		expect(answer.UsageMetadata.TotalTokenCount > 0, "no tokens were counted")
		equal(must(generate(client, trained, "10,100,000")).Text(), "10,100,001")
	})
	step("a model without training data answers all the same", func() {
		expect(must(generate(client, model, "hello")).Text() != "", "the answer is empty")
	})
	step("a system instruction and safety settings are accepted, and a hint says what is ignored", func() {
		answer := must(client.Models.GenerateContent(ctx, trained, genai.Text("1"), &genai.GenerateContentConfig{
			SystemInstruction: genai.NewContentFromText("Answer in French.", genai.RoleUser),
			Temperature:       genai.Ptr[float32](0),
			SafetySettings: []*genai.SafetySetting{{
				Category: genai.HarmCategoryHarassment, Threshold: genai.HarmBlockThresholdBlockNone,
			}},
		}))
		equal(answer.Text(), "2")
		expect(wire.last().hint != "", "there is no hint")
	})
	step("GenerateContentStream gives the answer in chunks", func() {
		text, finishReason := "", genai.FinishReason("")
		for chunk, err := range client.Models.GenerateContentStream(ctx, trained, genai.Text("ninety nine"), nil) {
			check(err)
			text += chunk.Text()
			finishReason = chunk.Candidates[0].FinishReason
		}
		equal(text, "one hundred")
		equal(finishReason, genai.FinishReasonStop)
		equal(wire.last().path, "/v1beta/"+trained+":streamGenerateContent?alt=sse")
	})
	step("CountTokens works on tuned and on base models", func() {
		for _, name := range []string{trained, baseModel} {
			count := must(client.Models.CountTokens(ctx, name, genai.Text("one two three"), nil))
			expect(count.TotalTokens > 0, "%s counted nothing", name)
		}
	})
	step("a chat with its history is answered by the last message", func() {
		chat := must(client.Chats.Create(ctx, trained, nil, nil))
		equal(must(chat.SendMessage(ctx, genai.Part{Text: "8"})).Text(), "9")
		equal(must(chat.SendMessage(ctx, genai.Part{Text: "three"})).Text(), "four")
	})
	step("EmbedContent on a base model answers with a vector", func() {
		answer := must(client.Models.EmbedContent(ctx, "text-embedding-004", genai.Text("hello"), nil))
		expect(len(answer.Embeddings) == 1 && len(answer.Embeddings[0].Values) > 0, "no vector")
	})
}

func cancel(client *genai.Client) {
	step("Tunings.Cancel, which has no body, ends a job that is running", func() {
		operation := createdModel(serverURL, "k", "cancelled", 100)
		name := operation["metadata"].(object)["tunedModel"].(string)
		must(client.Tunings.Cancel(ctx, name, nil))
		equal(wire.last().path, "/v1beta/"+name+":cancel")
		equal(wire.last().body, "")
		ended := finished(serverURL, "k", operation)
		equal(ended["error"].(object)["code"].(float64), 1)
	})
}

func failAtStep(client *genai.Client) {
	step("a training that fails at step 12 says so in job and operation, and its model answers nothing", func() {
		operation := createdModel(serverURL, "k", "failing", 10)
		name := operation["metadata"].(object)["tunedModel"].(string)
		failure := object{"code": 13, "message": "The training diverged.", "atStep": 12}
		rest(serverURL, "k", http.MethodPost, "/emulator/v1/"+name+":fail", failure)
		ask := func() *genai.TuningJob { return must(client.Tunings.Get(ctx, name, nil)) }
		job := until(ask, func(answer *genai.TuningJob) bool { return answer.State != genai.JobStateRunning })
		equal(job.State, genai.JobStateFailed)
		polled := &genai.GenerateVideosOperation{Name: operation["name"].(string)}
		done := must(client.Operations.GetVideosOperation(ctx, polled, nil))
		equal(done.Error["code"].(float64), 13)
		equal(done.Error["message"].(string), "The training diverged.")
		failed := rest(serverURL, "k", http.MethodGet, "/v1beta/"+name, nil)
		equal(failed["state"].(string), "FAILED")
		equal(len(failed["tuningTask"].(object)["snapshots"].([]any)), 12)
		_, err := generate(client, name, "1")
		equal(apiErrorOf(err).Status, "FAILED_PRECONDITION")
	})
}

func showErrors(client *genai.Client, model string) {
	step("400: a bad hyperparameter names the field", func() {
		_, err := tune(client, "bad", -1)
		apiError := apiErrorOf(err)
		equal(apiError.Code, http.StatusBadRequest)
		equal(apiError.Status, "INVALID_ARGUMENT")
		contains(apiError.Message, "epoch_count")
	})
	step("404: a model that does not exist", func() {
		_, err := generate(client, "tunedModels/nobody", "hi")
		apiError := apiErrorOf(err)
		equal(apiError.Code, http.StatusNotFound)
		equal(apiError.Status, "NOT_FOUND")
		equal(apiError.Message, "Tuned model tunedModels/nobody does not exist.")
	})
	step("403 and 400: the model of somebody else, and a key that is not valid", func() {
		private := trainedModel(authURL, "alice-key", "private")
		equal(must(generate(clientOf("alice-key"), private, "1")).Text(), "2")
		_, err := generate(clientOf("bob-key"), private, "1")
		forbidden := apiErrorOf(err)
		equal(forbidden.Code, http.StatusForbidden)
		equal(forbidden.Status, "PERMISSION_DENIED")
		_, err = generate(clientOf("no-such-key"), private, "1")
		unknown := apiErrorOf(err)
		equal(unknown.Code, http.StatusBadRequest)
		equal(unknown.Details[0]["reason"].(string), "API_KEY_INVALID")
	})
	step("401: no key, where one is required, is refused by the client itself", func() {
		_, err := genai.NewClient(ctx, &genai.ClientConfig{
			Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: authURL},
		})
		expect(err != nil, "it was not refused")
		contains(err.Error(), "api key is required")
	})
	step("a client without settings takes its server and key from the environment", func() {
		check(os.Setenv("GOOGLE_GEMINI_BASE_URL", authURL))
		check(os.Setenv("GEMINI_API_KEY", "alice-key"))
		owned := trainedModel(authURL, "alice-key", "found by variables")
		equal(must(generate(must(genai.NewClient(ctx, nil)), owned, "1")).Text(), "2")
	})
	for _, row := range []struct {
		code   int
		status string
	}{{409, "ALREADY_EXISTS"}, {429, "RESOURCE_EXHAUSTED"}, {503, "UNAVAILABLE"}} {
		step(row.status+": a scripted one, which the client shows and does not retry", func() {
			requestCount := withFaults("tunedModels.create", row.status, faultTimes, func() {
				_, err := tune(client, "faulty", 1)
				apiError := apiErrorOf(err)
				equal(apiError.Code, row.code)
				equal(apiError.Status, row.status)
			})
			equal(requestCount, 1)
		})
		step(row.status+": the same in the place of a stream", func() {
			withFaults("tunedModels.streamGenerateContent", row.status, 1, func() {
				for chunk, err := range client.Models.GenerateContentStream(ctx, model, genai.Text("hi"), nil) {
					expect(chunk == nil, "there was a chunk")
					equal(apiErrorOf(err).Code, row.code)
				}
			})
		})
	}
}

func main() {
	announce("google.golang.org/genai")
	http.DefaultTransport = wire
	client := newClient()
	model := tuneAndFollow(client)
	list(client)
	update(client, model)
	generateAndCount(client, model)
	cancel(client)
	failAtStep(client)
	showErrors(client, model)
	step("Models.Delete removes the model, and it is gone", func() {
		must(client.Models.Delete(ctx, model, nil))
		_, err := client.Models.Get(ctx, model, nil)
		equal(apiErrorOf(err).Code, http.StatusNotFound)
	})
	finish()
}
