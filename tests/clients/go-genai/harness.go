// What the client programs in Go share: TAP steps, the servers' addresses, plain requests and the control API.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

const (
	baseModel = "models/gemini-1.5-flash-001-tuning"
	// Generous: the machine may be busy.
	waitMax = 60 * time.Second
	// How often to ask when a client has no waiting of its own.
	waitPause = 20 * time.Millisecond
	// More faults than any client has attempts.
	faultTimes = 1000
)

var (
	// The server that takes any credential, and the one that knows the callers of callers.json.
	serverURL = variable("TUNEMOCK_URL")
	authURL   = variable("TUNEMOCK_AUTH_URL")
	examples  = readExamples()

	// Plain requests go past whatever a program does to http.DefaultTransport.
	plainClient = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(), Timeout: waitMax}

	stepCount, failedCount int
)

// example is a row of examples.json, in the names of the API.
type example struct {
	TextInput string `json:"textInput"`
	Output    string `json:"output"`
}

// object is any JSON object.
type object = map[string]any

func variable(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "%s is not set: start this with tests/clients/run\n", name)
		os.Exit(2)
	}
	return value
}

func readExamples() []example {
	var list []example
	text := must(os.ReadFile("lib/examples.json"))
	check(json.Unmarshal(text, &list))
	return list
}

// announce tells the runner which client this is, in the version that was linked.
func announce(module string) {
	build, _ := debug.ReadBuildInfo()
	for _, dependency := range build.Deps {
		if dependency.Path == module {
			fmt.Printf("# client %s %s\n", module, strings.TrimPrefix(dependency.Version, "v"))
		}
	}
}

// step runs the body as one step: it passes unless the body panics, as expect, must and check do.
func step(name string, body func()) {
	stepCount++
	defer func() {
		if problem := recover(); problem != nil {
			failedCount++
			fmt.Printf("not ok %d - %s\n", stepCount, name)
			text := fmt.Sprintf("%v\n%s", problem, debug.Stack())
			fmt.Printf("# %s\n", strings.ReplaceAll(text, "\n", "\n# "))
			return
		}
		fmt.Printf("ok %d - %s\n", stepCount, name)
	}()
	body()
}

func finish() {
	fmt.Printf("1..%d\n", stepCount)
	if failedCount > 0 {
		os.Exit(1)
	}
}

// expect fails the step unless the claim holds.
func expect(claim bool, format string, arguments ...any) {
	if !claim {
		panic(fmt.Sprintf(format, arguments...))
	}
}

func equal[T comparable](got, wanted T) {
	expect(got == wanted, "got %v, wanted %v", got, wanted)
}

func contains(text, part string) {
	expect(strings.Contains(text, part), "%q is not in %q", part, text)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// until asks until isDone likes the answer, and returns that answer.
func until[T any](ask func() T, isDone func(T) bool) T {
	deadline := time.Now().Add(waitMax)
	for {
		answer := ask()
		if isDone(answer) {
			return answer
		}
		expect(time.Now().Before(deadline), "gave up waiting; the last answer was %v", answer)
		time.Sleep(waitPause)
	}
}

// rest is a plain call, for what a client has no call for. It must succeed.
func rest(base, key, method, path string, body any) object {
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(must(json.Marshal(body)))
	}
	request := must(http.NewRequest(method, base+path, sent))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Goog-Api-Key", key)
	answer := must(plainClient.Do(request))
	defer answer.Body.Close()
	text := must(io.ReadAll(answer.Body))
	expect(answer.StatusCode == http.StatusOK, "%s %s: %s %s", method, path, answer.Status, text)
	got := object{}
	check(json.Unmarshal(text, &got))
	return got
}

// createdModel creates a model from the examples by a plain call; returns the operation.
func createdModel(base, key, displayName string, epochCount int) object {
	return rest(base, key, http.MethodPost, "/v1beta/tunedModels", object{
		"displayName": displayName,
		"baseModel":   baseModel,
		"tuningTask": object{
			"hyperparameters": object{"epochCount": epochCount, "batchSize": 8},
			"trainingData":    object{"examples": object{"examples": examples}},
		},
	})
}

// finished waits for an operation by plain calls; returns it when it is done.
func finished(base, key string, operation object) object {
	ask := func() object {
		return rest(base, key, http.MethodGet, fmt.Sprintf("/v1beta/%v", operation["name"]), nil)
	}
	return until(ask, func(answer object) bool { return answer["done"] == true })
}

// trainedModel creates a model by plain calls and waits until it is trained; returns its name.
func trainedModel(base, key, displayName string) string {
	done := finished(base, key, createdModel(base, key, displayName, 1))
	return done["response"].(object)["name"].(string)
}

// withFaults runs the body while calls of the method are answered with the status, the first `times` of them. Returns
// how many were.
func withFaults(method, status string, times int, body func()) int {
	const path = "/emulator/v1/faults"
	defer rest(serverURL, "k", http.MethodDelete, path, nil)
	rest(serverURL, "k", http.MethodPost, path, object{"method": method, "status": status, "times": times})
	body()
	left := 0
	faults, _ := rest(serverURL, "k", http.MethodGet, path, nil)["faults"].([]any)
	for _, fault := range faults {
		left += int(fault.(object)["times"].(float64))
	}
	return times - left
}
