// github.com/google/generative-ai-go, the old SDK, which stands on ../go-gapic's client. harness.go and the scripts come
// from ../go-genai.
//
// It can use tuned models but not manage them: Info is its only other call that takes their names.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/google/generative-ai-go/genai"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

var (
	ctx  = context.Background()
	wire = &recorder{}
)

// recorder keeps the paths that were asked for, and the hint of the last answer. It sends the key, which the client
// leaves to an HTTP client that it is given.
type recorder struct {
	paths []string
	hint  string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.paths = append(r.paths, request.URL.Path)
	request.Header.Set("X-Goog-Api-Key", "any")
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		r.hint = answer.Header.Get("X-Emulator-Hint")
	}
	return answer, err
}

func (r *recorder) last() string {
	return r.paths[len(r.paths)-1]
}

func newClient() *genai.Client {
	// [readme go-generative-ai]
	client, err := genai.NewClient(context.Background(),
		option.WithEndpoint(os.Getenv("TUNEMOCK_URL")), option.WithAPIKey("any"))
	// [/readme]
	check(err)
	return client
}

// observedClient is one whose requests are on the wire.
func observedClient() *genai.Client {
	return must(genai.NewClient(ctx, option.WithEndpoint(serverURL), option.WithAPIKey("any"),
		option.WithHTTPClient(&http.Client{Transport: wire})))
}

// clientOf is a client of the server that knows its callers.
func clientOf(key string) *genai.Client {
	return must(genai.NewClient(ctx, option.WithEndpoint(authURL), option.WithAPIKey(key)))
}

func textOf(answer *genai.GenerateContentResponse) string {
	text := ""
	for _, part := range answer.Candidates[0].Content.Parts {
		text += string(part.(genai.Text))
	}
	return text
}

func ask(client *genai.Client, model, text string) (*genai.GenerateContentResponse, error) {
	return client.GenerativeModel(model).GenerateContent(ctx, genai.Text(text))
}

// streamed is the chunks of a stream, or what it failed with.
func streamed(stream *genai.GenerateContentResponseIterator) ([]string, error) {
	chunks := []string{}
	for {
		chunk, err := stream.Next()
		if errors.Is(err, iterator.Done) {
			return chunks, nil
		}
		if err != nil {
			return chunks, err
		}
		chunks = append(chunks, textOf(chunk))
	}
}

func stream(client *genai.Client, model, text string) ([]string, error) {
	return streamed(client.GenerativeModel(model).GenerateContentStream(ctx, genai.Text(text)))
}

// shows expects an error with this code, whose text has this.
func shows(err error, code int, part string) {
	var apiError *apierror.APIError
	expect(errors.As(err, &apiError), "no APIError: %v", err)
	equal(apiError.HTTPCode(), code)
	contains(err.Error(), part)
}

func list(client *genai.Client) {
	step("ListModels has the base model that can be tuned", func() {
		isThere := false
		models := client.ListModels(ctx)
		for {
			model, err := models.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			check(err)
			isThere = isThere || model.Name == baseModel
		}
		expect(isThere, "%s is not listed", baseModel)
	})
	step("Info of a tuned model asks for it as if it were a base model, and gets its name", func() {
		name := trainedModel(serverURL, "k", "asked for")
		info := must(client.GenerativeModel(name).Info(ctx))
		equal(info.Name, name)
		equal(info.DisplayName, "asked for")
		equal(wire.last(), "/v1beta/"+name)
	})
}

func generate(client *genai.Client, model string) {
	step("GenerateContent answers from the training data", func() {
		answer := must(ask(newClient(), model, "LXIII"))
		equal(textOf(answer), "LXIV")
		equal(answer.Candidates[0].FinishReason, genai.FinishReasonStop)
		expect(answer.UsageMetadata.TotalTokenCount > 0, "no tokens were counted")
		equal(textOf(must(ask(client, model, "10,100,000"))), "10,100,001")
	})
	step("GenerateContentStream gives the answer in chunks", func() {
		chunks := must(stream(client, model, "ninety nine"))
		expect(len(chunks) > 1, "one chunk only")
		equal(strings.Join(chunks, ""), "one hundred")
		equal(wire.last(), "/v1beta/"+model+":streamGenerateContent")
	})
	step("a system instruction, settings and a tool are accepted, and a hint says what is ignored", func() {
		configured := client.GenerativeModel(model)
		configured.SetTemperature(0)
		configured.SystemInstruction = genai.NewUserContent(genai.Text("Answer in French."))
		configured.SafetySettings = []*genai.SafetySetting{
			{Category: genai.HarmCategoryHarassment, Threshold: genai.HarmBlockNone},
		}
		configured.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "add", Description: "adds"}}}}
		equal(textOf(must(configured.GenerateContent(ctx, genai.Text("1")))), "2")
		contains(wire.hint, "systemInstruction")
	})
	step("a chat keeps its history; SendMessage, too, asks for a stream", func() {
		chat := client.GenerativeModel(model).StartChat()
		equal(textOf(must(chat.SendMessage(ctx, genai.Text("8")))), "9")
		equal(wire.last(), "/v1beta/"+model+":streamGenerateContent")
		equal(strings.Join(must(streamed(chat.SendMessageStream(ctx, genai.Text("three")))), ""), "four")
		equal(len(chat.History), 4)
	})
	step("CountTokens works on tuned and on base models", func() {
		for _, name := range []string{model, "gemini-1.5-flash-001"} {
			count := must(client.GenerativeModel(name).CountTokens(ctx, genai.Text("one two three")))
			expect(count.TotalTokens > 0, "%s counted nothing", name)
		}
	})
	step("embeddings of a base model are vectors, one and many", func() {
		embedder := client.EmbeddingModel("text-embedding-004")
		equal(len(must(embedder.EmbedContent(ctx, genai.Text("hello"))).Embedding.Values), 768)
		batch := embedder.NewBatch().AddContent(genai.Text("hello")).AddContent(genai.Text("world"))
		equal(len(must(embedder.BatchEmbedContents(ctx, batch)).Embeddings), 2)
	})
}

func showErrors(client *genai.Client, model string) {
	step("400: a bad generation setting", func() {
		hot := client.GenerativeModel(model)
		hot.SetTemperature(99)
		_, err := hot.GenerateContent(ctx, genai.Text("1"))
		shows(err, 400, "temperature: must be in the range")
	})
	step("404: a model that does not exist, in the service's words, in the place of a stream, too", func() {
		_, err := ask(client, "tunedModels/nobody", "hi")
		shows(err, 404, "Tuned model tunedModels/nobody does not exist.")
		_, err = stream(client, "tunedModels/nobody", "hi")
		shows(err, 404, "Tuned model tunedModels/nobody does not exist.")
	})
	step("403 and 400: the model of somebody else, and a key that is not valid", func() {
		private := trainedModel(authURL, "alice-key", "private")
		equal(textOf(must(ask(clientOf("alice-key"), private, "1"))), "2")
		_, err := ask(clientOf("bob-key"), private, "1")
		shows(err, 403, "You do not have permission")
		_, err = ask(clientOf("no-such-key"), private, "1")
		shows(err, 400, "API key not valid")
	})
	step("401: no key is refused by the client itself", func() {
		_, err := genai.NewClient(ctx, option.WithEndpoint(authURL))
		expect(err != nil, "it was not refused")
		contains(err.Error(), "You need an auth option")
	})
	for _, row := range []struct {
		code   int
		status string
	}{{401, "UNAUTHENTICATED"}, {409, "ABORTED"}, {429, "RESOURCE_EXHAUSTED"}} {
		step(fmt.Sprintf("%d: a scripted %s, not retried, of a stream, too", row.code, row.status), func() {
			equal(withFaults("tunedModels.generateContent", row.status, faultTimes, func() {
				_, err := ask(client, model, "1")
				shows(err, row.code, "")
			}), 1)
			equal(withFaults("tunedModels.streamGenerateContent", row.status, faultTimes, func() {
				_, err := stream(client, model, "1")
				shows(err, row.code, "")
			}), 1)
		})
	}
	step("503: a scripted UNAVAILABLE is retried until it is over", func() {
		equal(withFaults("tunedModels.generateContent", "UNAVAILABLE", 2, func() {
			equal(textOf(must(ask(client, model, "1"))), "2")
		}), 2)
	})
	step("503: in the place of a stream, or of a chat's message, it is shown at once", func() {
		equal(withFaults("tunedModels.streamGenerateContent", "UNAVAILABLE", faultTimes, func() {
			_, err := stream(client, model, "1")
			shows(err, 503, "overloaded")
			chat := client.GenerativeModel(model).StartChat()
			_, err = chat.SendMessage(ctx, genai.Text("1"))
			shows(err, 503, "overloaded")
			equal(len(chat.History), 1)
		}), 2)
	})
}

func main() {
	announce("github.com/google/generative-ai-go")
	model := ""
	step("a model is created and trained (plain requests, this client has none)", func() {
		model = trainedModel(serverURL, "k", "numbers")
	})
	client := observedClient()
	list(client)
	generate(client, model)
	showErrors(client, model)
	step("a deleted model (by a plain request) is gone", func() {
		rest(serverURL, "k", http.MethodDelete, "/v1beta/"+model, nil)
		_, err := ask(client, model, "1")
		shows(err, 404, "does not exist")
	})
	finish()
}
