// cloud.google.com/go/ai/generativelanguage/apiv1beta, Google's generated client, over REST: the only client in Go that
// sends training data and knows permissions. harness.go and the scripts come from ../go-genai.
//
// operation.Wait sleeps longer and longer between polls, up to a minute: trainings here are short.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	genai "cloud.google.com/go/ai/generativelanguage/apiv1beta"
	"cloud.google.com/go/ai/generativelanguage/apiv1beta/generativelanguagepb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/googleapis/gax-go/v2"
	"github.com/googleapis/gax-go/v2/apierror"
	"golang.org/x/oauth2"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// clients is what one key has.
type clients struct {
	models      *genai.ModelClient
	generative  *genai.GenerativeClient
	permissions *genai.PermissionClient
}

const modelName = "tunedModels/number-generator"

var (
	ctx       = context.Background()
	noRetries = gax.WithRetry(func() gax.Retryer { return nil })
)

func newClients() clients {
	// [readme go-gapic]
	options := []option.ClientOption{option.WithEndpoint(os.Getenv("TUNEMOCK_URL")), option.WithAPIKey("any")}
	models, err := genai.NewModelRESTClient(context.Background(), options...)
	// [/readme]
	check(err)
	return clients{
		models,
		must(genai.NewGenerativeRESTClient(ctx, options...)),
		must(genai.NewPermissionRESTClient(ctx, options...)),
	}
}

// clientsOf has the options of a caller of the server that knows its callers.
func clientsOf(options ...option.ClientOption) clients {
	options = append(options, option.WithEndpoint(authURL))
	return clients{
		must(genai.NewModelRESTClient(ctx, options...)),
		must(genai.NewGenerativeRESTClient(ctx, options...)),
		must(genai.NewPermissionRESTClient(ctx, options...)),
	}
}

// tokenOf is what an OAuth client sends.
func tokenOf(token string) option.ClientOption {
	return option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
}

// tunedModel is a model to create, with the training data of examples.json.
func tunedModel(displayName string, epochCount int32) *generativelanguagepb.TunedModel {
	list := []*generativelanguagepb.TuningExample{}
	for _, pair := range examples {
		list = append(list, &generativelanguagepb.TuningExample{
			ModelInput: &generativelanguagepb.TuningExample_TextInput{TextInput: pair.TextInput},
			Output:     pair.Output,
		})
	}
	return &generativelanguagepb.TunedModel{
		SourceModel: &generativelanguagepb.TunedModel_BaseModel{BaseModel: baseModel},
		DisplayName: displayName,
		Description: "counts on",
		Temperature: proto.Float32(0.7),
		TuningTask: &generativelanguagepb.TuningTask{
			Hyperparameters: &generativelanguagepb.Hyperparameters{
				EpochCount: &epochCount,
				BatchSize:  proto.Int32(4),
				LearningRateOption: &generativelanguagepb.Hyperparameters_LearningRateMultiplier{
					LearningRateMultiplier: 1,
				},
			},
			TrainingData: &generativelanguagepb.Dataset{Dataset: &generativelanguagepb.Dataset_Examples{
				Examples: &generativelanguagepb.TuningExamples{Examples: list},
			}},
		},
	}
}

func create(models *genai.ModelClient, id string, model *generativelanguagepb.TunedModel) (
	*genai.CreateTunedModelOperation, error,
) {
	request := &generativelanguagepb.CreateTunedModelRequest{TunedModel: model}
	if id != "" {
		request.TunedModelId = &id
	}
	return models.CreateTunedModel(ctx, request)
}

func get(models *genai.ModelClient, name string, options ...gax.CallOption) (*generativelanguagepb.TunedModel, error) {
	return models.GetTunedModel(ctx, &generativelanguagepb.GetTunedModelRequest{Name: name}, options...)
}

func prompt(model, text string) *generativelanguagepb.GenerateContentRequest {
	return &generativelanguagepb.GenerateContentRequest{
		Model: model,
		Contents: []*generativelanguagepb.Content{{
			Role:  "user",
			Parts: []*generativelanguagepb.Part{{Data: &generativelanguagepb.Part_Text{Text: text}}},
		}},
		SafetySettings: []*generativelanguagepb.SafetySetting{{
			Category:  generativelanguagepb.HarmCategory_HARM_CATEGORY_HARASSMENT,
			Threshold: generativelanguagepb.SafetySetting_BLOCK_NONE,
		}},
	}
}

func textOf(answer *generativelanguagepb.GenerateContentResponse) string {
	text := ""
	for _, part := range answer.Candidates[0].Content.Parts {
		text += part.GetText()
	}
	return text
}

// collected is all that an iterator has.
func collected[T any](next func() (T, error)) []T {
	list := []T{}
	for {
		item, err := next()
		if errors.Is(err, iterator.Done) {
			return list
		}
		list = append(list, must(item, err))
	}
}

// apiErrorOf is the client's own error, which must be one that a server has answered.
func apiErrorOf(err error) *apierror.APIError {
	var apiError *apierror.APIError
	expect(errors.As(err, &apiError), "no APIError: %v", err)
	return apiError
}

// showsCode: whether the error shows an HTTP status.
func showsCode(err error, code int) {
	equal(apiErrorOf(err).HTTPCode(), code)
}

func createAndWait(models *genai.ModelClient) {
	var operation *genai.CreateTunedModelOperation
	step("CreateTunedModel sends the training data and takes an id", func() {
		operation = must(create(models, "number-generator", tunedModel("number generator", 20)))
		contains(operation.Name(), modelName+"/operations/")
		metadata := must(operation.Metadata())
		equal(metadata.TunedModel, modelName)
		equal(metadata.TotalSteps, 75)
		expect(!operation.Done(), "the operation is done at once")
	})
	step("operation.Poll sees the training run", func() {
		metadata := until(func() *generativelanguagepb.CreateTunedModelMetadata {
			must(operation.Poll(ctx))
			return must(operation.Metadata())
		}, func(metadata *generativelanguagepb.CreateTunedModelMetadata) bool { return metadata.CompletedSteps > 0 })
		expect(len(metadata.Snapshots) > 0 && metadata.Snapshots[0].MeanLoss > 0, "no loss is shown")
	})
	step("operation.Wait returns the trained model", func() {
		model := must(operation.Wait(ctx))
		equal(model.Name, modelName)
		equal(model.State, generativelanguagepb.TunedModel_ACTIVE)
		equal(len(model.TuningTask.Snapshots), 75)
		metadata := must(operation.Metadata())
		equal(metadata.CompletedPercent, 100)
		expect(operation.Done(), "the operation is not done")
	})
	step("an operation is resumed by its name", func() {
		resumed := models.CreateTunedModelOperation(operation.Name())
		equal(must(resumed.Wait(ctx)).Name, modelName)
	})
	step("GetOperation and ListOperations show it, too", func() {
		got := must(models.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: operation.Name()}))
		expect(got.Done, "it is not done")
		listed := models.ListOperations(ctx, &longrunningpb.ListOperationsRequest{Name: modelName})
		equal(must(listed.Next()).Name, operation.Name())
	})
	step("CancelOperation ends a training, and Wait says so", func() {
		running := must(create(models, "cancelled", tunedModel("cancelled", 100)))
		equal(must(get(models, "tunedModels/cancelled")).State, generativelanguagepb.TunedModel_CREATING)
		check(models.CancelOperation(ctx, &longrunningpb.CancelOperationRequest{Name: running.Name()}))
		_, err := running.Wait(ctx)
		equal(apiErrorOf(err).GRPCStatus().Code(), codes.Canceled)
	})
	step("a model is tuned on from a tuned model", func() {
		further := tunedModel("further", 1)
		further.SourceModel = &generativelanguagepb.TunedModel_TunedModelSource{
			TunedModelSource: &generativelanguagepb.TunedModelSource{TunedModel: modelName},
		}
		trained := must(must(create(models, "further", further)).Wait(ctx))
		equal(trained.GetTunedModelSource().GetTunedModel(), modelName)
		equal(trained.GetTunedModelSource().GetBaseModel(), baseModel)
	})
}

func readAndUpdate(models *genai.ModelClient) {
	step("GetTunedModel shows what was created, and times", func() {
		model := must(get(models, modelName))
		equal(model.GetDisplayName(), "number generator")
		equal(model.GetTemperature(), float32(0.7))
		equal(model.GetTuningTask().GetHyperparameters().GetEpochCount(), 20)
		check(model.CreateTime.CheckValid())
		check(model.TuningTask.CompleteTime.CheckValid())
		expect(model.TuningTask.TrainingData == nil, "the training data is shown")
	})
	step("ListTunedModels pages through all of them", func() {
		for number := range 3 {
			must(create(models, fmt.Sprintf("listed-%d", number), tunedModel("listed", 1)))
		}
		models := models.ListTunedModels(ctx, &generativelanguagepb.ListTunedModelsRequest{PageSize: 2})
		names := map[string]bool{}
		for _, model := range collected(models.Next) {
			names[model.Name] = true
		}
		equal(len(names), 6)
		expect(names[modelName], "%s is missing", modelName)
		equal(models.PageInfo().Token, "")
	})
	step("ListTunedModels takes a filter", func() {
		mine := models.ListTunedModels(ctx, &generativelanguagepb.ListTunedModelsRequest{Filter: "owner:me"})
		equal(len(collected(mine.Next)), 6)
		readers := models.ListTunedModels(ctx, &generativelanguagepb.ListTunedModelsRequest{Filter: "readers:everyone"})
		equal(len(collected(readers.Next)), 0)
	})
	step("ListModels has the base model that can be tuned", func() {
		listed := models.ListModels(ctx, &generativelanguagepb.ListModelsRequest{PageSize: 3})
		isThere := false
		for _, model := range collected(listed.Next) {
			isThere = isThere || model.Name == baseModel
		}
		expect(isThere, "%s is not listed", baseModel)
	})
	step("UpdateTunedModel changes what its mask names and nothing else, and answers with that alone", func() {
		model := must(get(models, modelName))
		model.DisplayName = "renamed"
		model.Description = "not in the mask"
		changed := must(models.UpdateTunedModel(ctx, &generativelanguagepb.UpdateTunedModelRequest{
			TunedModel: model, UpdateMask: must(fieldmaskpb.New(model, "display_name")),
		}))
		equal(changed.GetDisplayName(), "renamed")
		equal(changed.GetName(), "")
		equal(must(get(models, modelName)).GetDescription(), "counts on")
	})
	step("UpdateTunedModel without a mask changes what it is given", func() {
		changed := must(models.UpdateTunedModel(ctx, &generativelanguagepb.UpdateTunedModelRequest{
			TunedModel: &generativelanguagepb.TunedModel{Name: modelName, Description: "no mask", TopK: proto.Int32(7)},
		}))
		equal(changed.GetDescription(), "no mask")
		equal(changed.GetTopK(), 7)
		equal(changed.GetDisplayName(), "renamed")
	})
}

func generate(all clients) {
	step("GenerateContent answers from the training data", func() {
		answer := must(all.generative.GenerateContent(ctx, prompt(modelName, "LXIII")))
		equal(textOf(answer), "LXIV")
		equal(answer.Candidates[0].FinishReason, generativelanguagepb.Candidate_STOP)
		expect(answer.UsageMetadata.TotalTokenCount > 0, "no tokens were counted")
		expect(len(answer.Candidates[0].SafetyRatings) > 0, "there are no safety ratings")
	})
	step("StreamGenerateContent gives the answer in chunks", func() {
		stream := must(all.generative.StreamGenerateContent(ctx, prompt(modelName, "ninety nine")))
		text := ""
		finishReason := generativelanguagepb.Candidate_FINISH_REASON_UNSPECIFIED
		for {
			chunk, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			text += textOf(must(chunk, err))
			finishReason = chunk.Candidates[0].FinishReason
		}
		equal(text, "one hundred")
		equal(finishReason, generativelanguagepb.Candidate_STOP)
	})
	step("CountTokens works on base models, and on tuned ones", func() {
		for _, model := range []string{baseModel, modelName} {
			answer := must(all.generative.CountTokens(ctx, &generativelanguagepb.CountTokensRequest{
				Model: model, Contents: prompt(model, "one two three").Contents,
			}))
			expect(answer.TotalTokens > 0, "%s counted nothing", model)
		}
	})
	step("EmbedContent on a base model answers with a vector", func() {
		answer := must(all.generative.EmbedContent(ctx, &generativelanguagepb.EmbedContentRequest{
			Model: "models/text-embedding-004", Content: prompt("", "hello").Contents[0],
		}))
		expect(len(answer.Embedding.Values) > 0, "no vector")
	})
}

func share(permissions *genai.PermissionClient) {
	var reader *generativelanguagepb.Permission
	list := func() []*generativelanguagepb.Permission {
		listed := permissions.ListPermissions(ctx, &generativelanguagepb.ListPermissionsRequest{
			Parent: modelName, PageSize: 1,
		})
		return collected(listed.Next)
	}
	step("CreatePermission shares a model with a reader, and with everyone", func() {
		reader = must(permissions.CreatePermission(ctx, &generativelanguagepb.CreatePermissionRequest{
			Parent: modelName,
			Permission: &generativelanguagepb.Permission{
				GranteeType:  generativelanguagepb.Permission_USER.Enum(),
				EmailAddress: proto.String("reader@example.com"),
				Role:         generativelanguagepb.Permission_READER.Enum(),
			},
		}))
		contains(reader.Name, modelName+"/permissions/")
		must(permissions.CreatePermission(ctx, &generativelanguagepb.CreatePermissionRequest{
			Parent: modelName,
			Permission: &generativelanguagepb.Permission{
				GranteeType: generativelanguagepb.Permission_EVERYONE.Enum(),
				Role:        generativelanguagepb.Permission_READER.Enum(),
			},
		}))
	})
	step("ListPermissions pages through them, the owner's included", func() {
		roles := map[generativelanguagepb.Permission_Role]int{}
		for _, permission := range list() {
			roles[permission.GetRole()]++
		}
		equal(roles[generativelanguagepb.Permission_OWNER], 1)
		equal(roles[generativelanguagepb.Permission_READER], 2)
	})
	step("GetPermission shows one", func() {
		got := must(permissions.GetPermission(ctx, &generativelanguagepb.GetPermissionRequest{Name: reader.Name}))
		equal(got.GetEmailAddress(), "reader@example.com")
		equal(got.GetGranteeType(), generativelanguagepb.Permission_USER)
	})
	step("UpdatePermission makes the reader a writer", func() {
		reader.Role = generativelanguagepb.Permission_WRITER.Enum()
		changed := must(permissions.UpdatePermission(ctx, &generativelanguagepb.UpdatePermissionRequest{
			Permission: reader, UpdateMask: must(fieldmaskpb.New(reader, "role")),
		}))
		equal(changed.GetRole(), generativelanguagepb.Permission_WRITER)
	})
	step("DeletePermission takes it away", func() {
		check(permissions.DeletePermission(ctx, &generativelanguagepb.DeletePermissionRequest{Name: reader.Name}))
		equal(len(list()), 2)
		_, err := permissions.GetPermission(ctx, &generativelanguagepb.GetPermissionRequest{Name: reader.Name})
		showsCode(err, http.StatusNotFound)
	})
}

func transfer() {
	const name = "tunedModels/handed-over"
	alice := clientsOf(option.WithAPIKey("alice-key"))
	bob := clientsOf(option.WithAPIKey("bob-key"))
	// Permissions are not a matter for API keys: the service asks for a person.
	aliceInPerson := clientsOf(tokenOf("alice-token"))
	bobInPerson := clientsOf(tokenOf("bob-token"))
	toBob := &generativelanguagepb.TransferOwnershipRequest{Name: name, EmailAddress: "bob@example.com"}
	step("403: the model of somebody else", func() {
		must(must(create(alice.models, "handed-over", tunedModel("handed over", 1))).Wait(ctx))
		equal(must(get(alice.models, name)).GetDisplayName(), "handed over")
		_, err := get(bob.models, name)
		showsCode(err, http.StatusForbidden)
		_, err = bob.generative.GenerateContent(ctx, prompt(name, "1"))
		showsCode(err, http.StatusForbidden)
	})
	step("401: TransferOwnership with an API key", func() {
		_, err := alice.permissions.TransferOwnership(ctx, toBob)
		showsCode(err, http.StatusUnauthorized)
		equal(apiErrorOf(err).Reason(), "CREDENTIALS_MISSING")
	})
	step("401: a token that nobody has", func() {
		_, err := get(clientsOf(tokenOf("no-such-token")).models, name)
		showsCode(err, http.StatusUnauthorized)
	})
	step("TransferOwnership makes somebody else the owner, and the old one a writer", func() {
		must(aliceInPerson.permissions.TransferOwnership(ctx, toBob))
		must(get(bob.models, name))
		roles := map[string]generativelanguagepb.Permission_Role{}
		listed := bobInPerson.permissions.ListPermissions(ctx, &generativelanguagepb.ListPermissionsRequest{Parent: name})
		for _, permission := range collected(listed.Next) {
			roles[permission.GetEmailAddress()] = permission.GetRole()
		}
		equal(roles["bob@example.com"], generativelanguagepb.Permission_OWNER)
		equal(roles["alice@example.com"], generativelanguagepb.Permission_WRITER)
		err := alice.models.DeleteTunedModel(ctx, &generativelanguagepb.DeleteTunedModelRequest{Name: name})
		showsCode(err, http.StatusForbidden)
	})
	step("400: a key that is not valid, with its reason", func() {
		_, err := get(clientsOf(option.WithAPIKey("no-such-key")).models, name)
		showsCode(err, http.StatusBadRequest)
		equal(apiErrorOf(err).Reason(), "API_KEY_INVALID")
	})
	step("403: no key, where one is required", func() {
		_, err := get(clientsOf(option.WithoutAuthentication()).models, name)
		showsCode(err, http.StatusForbidden)
	})
}

func showErrors(models *genai.ModelClient, generative *genai.GenerativeClient) {
	step("400: a bad hyperparameter names the field", func() {
		_, err := create(models, "", tunedModel("bad", -1))
		showsCode(err, http.StatusBadRequest)
		contains(err.Error(), "epoch_count")
	})
	step("404: a model that does not exist", func() {
		_, err := get(models, "tunedModels/nobody")
		showsCode(err, http.StatusNotFound)
		contains(err.Error(), "tunedModels/nobody")
	})
	step("409: an id that is taken", func() {
		_, err := create(models, strings.TrimPrefix(modelName, "tunedModels/"), tunedModel("again", 1))
		showsCode(err, http.StatusConflict)
	})
	step("429: a scripted one is shown and not retried", func() {
		requestCount := withFaults("tunedModels.get", "RESOURCE_EXHAUSTED", faultTimes, func() {
			_, err := get(models, modelName)
			showsCode(err, http.StatusTooManyRequests)
		})
		equal(requestCount, 1)
	})
	step("503: the client retries a read until it succeeds", func() {
		requestCount := withFaults("tunedModels.get", "UNAVAILABLE", 2, func() {
			equal(must(get(models, modelName)).Name, modelName)
		})
		equal(requestCount, 2)
	})
	step("503: is shown when retries are off", func() {
		withFaults("tunedModels.get", "UNAVAILABLE", 1, func() {
			_, err := get(models, modelName, noRetries)
			showsCode(err, http.StatusServiceUnavailable)
		})
	})
	step("503: a create is shown and not retried, though the client's own settings say so", func() {
		requestCount := withFaults("tunedModels.create", "UNAVAILABLE", faultTimes, func() {
			_, err := create(models, "", tunedModel("faulty", 1))
			showsCode(err, http.StatusServiceUnavailable)
		})
		equal(requestCount, 1)
	})
	step("503: the same in the place of a stream", func() {
		withFaults("tunedModels.streamGenerateContent", "UNAVAILABLE", faultTimes, func() {
			_, err := generative.StreamGenerateContent(ctx, prompt(modelName, "hi"))
			showsCode(err, http.StatusServiceUnavailable)
		})
	})
}

func main() {
	announce("cloud.google.com/go/ai")
	all := newClients()
	createAndWait(all.models)
	readAndUpdate(all.models)
	generate(all)
	share(all.permissions)
	transfer()
	showErrors(all.models, all.generative)
	step("DeleteTunedModel removes the model, and it is gone", func() {
		check(all.models.DeleteTunedModel(ctx, &generativelanguagepb.DeleteTunedModelRequest{Name: modelName}))
		_, err := get(all.models, modelName)
		showsCode(err, http.StatusNotFound)
	})
	finish()
}
