import com.fasterxml.jackson.databind.JsonNode;
import com.google.genai.Chat;
import com.google.genai.Client;
import com.google.genai.Pager;
import com.google.genai.ResponseStream;
import com.google.genai.errors.ApiException;
import com.google.genai.errors.ClientException;
import com.google.genai.errors.ServerException;
import com.google.genai.types.ClientOptions;
import com.google.genai.types.Content;
import com.google.genai.types.CreateTuningJobConfig;
import com.google.genai.types.FinishReason;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateVideosOperation;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.JobState;
import com.google.genai.types.ListModelsConfig;
import com.google.genai.types.ListTuningJobsConfig;
import com.google.genai.types.Model;
import com.google.genai.types.Part;
import com.google.genai.types.SafetySetting;
import com.google.genai.types.TuningDataset;
import com.google.genai.types.TuningExample;
import com.google.genai.types.TuningJob;
import com.google.genai.types.UpdateModelConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;

/**
 * com.google.genai:google-genai through the life of a tuned model. The same program drives several versions.
 *
 * <p>What this client cannot do with the Gemini API: send training data (it drops the examples on the way), list tuning
 * jobs, set a learning rate multiplier, an update mask or a request id, and anything about permissions.
 */
final class Program {
  /** A request that went over the wire, and what of its answer no client shows. */
  private record Exchange(String path, String body, String hint) {}

  /** Every attempt, those of the client's retries included. */
  private static final List<Exchange> WIRE = new ArrayList<>();

  /** As the client does it by itself, but 5 ms where it would wait a second, two, four, eight and sixteen. */
  private static final HttpRetryOptions QUICK_RETRIES = HttpRetryOptions.builder().initialDelay(0.005).build();

  private static final int RETRY_ATTEMPTS = 5;

  private static final String VERSION = Client.class.getPackage().getImplementationVersion();

  /** 2.x speaks v1 where all before spoke v1beta. */
  private static final String ROOT = VERSION.startsWith("1.") ? "/v1beta/" : "/v1/";

  /** More faults than the client has attempts. */
  private static final int FAULT_TIMES = 1000;

  private final Client client = newClient();
  private final Client observed = observedClient();

  private static Client newClient() {
    // [readme java-genai]
    Client client = Client.builder().apiKey("any")
        .httpOptions(HttpOptions.builder().baseUrl(System.getenv("TUNEMOCK_URL")).build())
        .build();
    // [/readme]
    return client;
  }

  private static Client observedClient() {
    return Client.builder().apiKey("any")
        .clientOptions(ClientOptions.builder().customHttpClient(
            new OkHttpClient.Builder().addNetworkInterceptor(Program::observe).build()).build())
        .httpOptions(HttpOptions.builder().baseUrl(Harness.URL).retryOptions(QUICK_RETRIES).build())
        .build();
  }

  private static Response observe(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    Buffer body = new Buffer();
    if (request.body() != null) {
      request.body().writeTo(body);
    }
    Response answer = chain.proceed(request);
    String query = request.url().encodedQuery();
    String path = request.url().encodedPath() + (query == null ? "" : "?" + query);
    WIRE.add(new Exchange(path, body.readUtf8(), answer.header("X-Emulator-Hint", "")));
    return answer;
  }

  /** A client of the server that knows its callers. */
  private static Client clientOf(String key) {
    return Client.builder().apiKey(key).httpOptions(HttpOptions.builder().baseUrl(Harness.AUTH_URL).build()).build();
  }

  private static Exchange last() {
    return WIRE.get(WIRE.size() - 1);
  }

  private static TuningJob tune(Client client, String displayName, int epochCount) {
    List<TuningExample> examples = new ArrayList<>();
    for (JsonNode pair : Harness.EXAMPLES) {
      examples.add(TuningExample.builder()
          .textInput(pair.get("textInput").asText()).output(pair.get("output").asText()).build());
    }
    return client.tunings.tune(
        Harness.BASE_MODEL,
        TuningDataset.builder().examples(examples).build(),
        CreateTuningJobConfig.builder()
            .tunedModelDisplayName(displayName).epochCount(epochCount).batchSize(4).learningRate(0.001f).build());
  }

  private static GenerateContentResponse generate(Client client, String model, String text) {
    return client.models.generateContent(model, text, null);
  }

  private static void shows(ApiException error, int code, String status) {
    Harness.equal(error.code(), code);
    Harness.equal(error.status(), status);
  }

  private String tuneAndFollow() {
    String[] model = new String[1];
    Harness.step("tune creates a model though this client sends no training data, and a hint says so", () -> {
      TuningJob job = tune(observed, "number generator", 50);
      model[0] = job.name().get();
      Harness.contains(model[0], "tunedModels/number-generator-");
      Harness.equal(job.state().get().knownEnum(), JobState.Known.JOB_STATE_QUEUED);
      Harness.equal(last().path(), ROOT + "tunedModels");
      JsonNode sent = Harness.JSON.readTree(last().body());
      Harness.expect(!sent.get("tuningTask").has("trainingData"), "training data was sent: " + sent);
      Harness.expect(!last().hint().isEmpty(), "there is no hint");
    });
    Harness.step("tunings.get follows the job from JOB_STATE_RUNNING to JOB_STATE_SUCCEEDED", () -> {
      Set<JobState.Known> states = EnumSet.noneOf(JobState.Known.class);
      TuningJob job = Harness.until(() -> client.tunings.get(model[0], null), answer -> {
        states.add(answer.state().get().knownEnum());
        return answer.state().get().knownEnum() != JobState.Known.JOB_STATE_RUNNING;
      });
      Harness.equal(job.state().get().knownEnum(), JobState.Known.JOB_STATE_SUCCEEDED);
      Harness.expect(states.contains(JobState.Known.JOB_STATE_RUNNING), "the job was never seen running");
      Harness.equal(job.baseModel().get(), Harness.BASE_MODEL);
      Harness.expect(job.endTime().get().isAfter(job.createTime().get()), "it ended before it was created");
    });
    Harness.step("operations.getVideosOperation, its only call for an operation, polls one to done", () -> {
      JsonNode created = Harness.createdModel(Harness.URL, "k", "polled", 1);
      var operation = GenerateVideosOperation.builder().name(created.get("name").asText()).build();
      var done = Harness.until(
          () -> client.operations.getVideosOperation(operation, null), answer -> answer.done().orElse(false));
      Harness.equal(((Number) done.metadata().get().get("completedPercent")).intValue(), 100);
    });
    return model[0];
  }

  private void list() {
    Harness.step("tunings.list is refused by the client itself, before anything is sent", () -> {
      int before = WIRE.size();
      Harness.thrown(UnsupportedOperationException.class,
          () -> observed.tunings.list(ListTuningJobsConfig.builder().pageSize(2).build()));
      Harness.equal(WIRE.size(), before);
    });
    Harness.step("models.list with queryBase false pages through all tuned models", () -> {
      for (int number = 0; number < 3; number++) {
        Harness.trainedModel(Harness.URL, "k", "listed " + number);
      }
      int before = WIRE.size();
      Set<String> names = new HashSet<>();
      int count = 0;
      for (Model model : observed.models.list(ListModelsConfig.builder().queryBase(false).pageSize(2).build())) {
        names.add(model.name().get());
        count++;
      }
      Harness.equal(count, 5);
      Harness.equal(names.size(), 5);
      Harness.equal(WIRE.size() - before, 3);
    });
    Harness.step("models.list has the base model that can be tuned", () -> {
      Pager<Model> models = client.models.list(ListModelsConfig.builder().pageSize(3).build());
      boolean isThere = false;
      for (Model model : models) {
        isThere |= model.name().get().equals(Harness.BASE_MODEL);
      }
      Harness.expect(isThere, Harness.BASE_MODEL + " is not listed");
    });
  }

  private void update(String model) {
    Harness.step("models.get and models.update read and change a model, without an update mask", () -> {
      Harness.equal(client.models.get(model, null).displayName().get(), "number generator");
      observed.models.update(
          model, UpdateModelConfig.builder().displayName("renamed").description("counts").build());
      Harness.equal(last().path(), ROOT + model);
      Model changed = client.models.get(model, null);
      Harness.equal(changed.displayName().get(), "renamed");
      Harness.equal(changed.description().get(), "counts");
    });
  }

  private void generateAndCount(String model) throws InterruptedException {
    String trained = Harness.trainedModel(Harness.URL, "k", "answers");
    Harness.step("generateContent answers from the training data", () -> {
      GenerateContentResponse answer = generate(client, trained, "LXIII");
      Harness.equal(answer.text(), "LXIV");
      Harness.equal(answer.finishReason().knownEnum(), FinishReason.Known.STOP);
      Harness.expect(answer.usageMetadata().get().totalTokenCount().get() > 0, "no tokens were counted");
      Harness.equal(generate(client, trained, "10,100,000").text(), "10,100,001");
    });
    Harness.step("a model without training data answers all the same", () ->
        Harness.expect(!generate(client, model, "hello").text().isEmpty(), "the answer is empty"));
    Harness.step("a system instruction and safety settings are accepted, and a hint says what is ignored", () -> {
      GenerateContentConfig config = GenerateContentConfig.builder()
          .systemInstruction(Content.fromParts(Part.fromText("Answer in French.")))
          .temperature(0f)
          .safetySettings(SafetySetting.builder().category("HARM_CATEGORY_HARASSMENT").threshold("BLOCK_NONE").build())
          .build();
      Harness.equal(observed.models.generateContent(trained, "1", config).text(), "2");
      Harness.expect(!last().hint().isEmpty(), "there is no hint");
    });
    Harness.step("generateContentStream gives the answer in chunks", () -> {
      StringBuilder text = new StringBuilder();
      FinishReason finishReason = null;
      try (ResponseStream<GenerateContentResponse> stream =
          observed.models.generateContentStream(trained, "ninety nine", null)) {
        for (GenerateContentResponse chunk : stream) {
          text.append(chunk.text());
          finishReason = chunk.finishReason();
        }
      }
      Harness.equal(text.toString(), "one hundred");
      Harness.equal(finishReason.knownEnum(), FinishReason.Known.STOP);
      Harness.equal(last().path(), ROOT + trained + ":streamGenerateContent?alt=sse");
    });
    Harness.step("countTokens works on tuned and on base models", () -> {
      for (String name : List.of(trained, Harness.BASE_MODEL)) {
        int count = client.models.countTokens(name, "one two three", null).totalTokens().get();
        Harness.expect(count > 0, name + " counted nothing");
      }
    });
    Harness.step("a chat with its history is answered by the last message", () -> {
      Chat chat = client.chats.create(trained);
      Harness.equal(chat.sendMessage("8").text(), "9");
      Harness.equal(chat.sendMessage("three").text(), "four");
    });
    Harness.step("embedContent on a base model answers with a vector", () -> {
      var embeddings = client.models.embedContent("text-embedding-004", "hello", null).embeddings().get();
      Harness.expect(!embeddings.get(0).values().get().isEmpty(), "no vector");
    });
  }

  private void cancel() {
    Harness.step("tunings.cancel ends a job that is running", () -> {
      JsonNode operation = Harness.createdModel(Harness.URL, "k", "cancelled", 100);
      String name = operation.get("metadata").get("tunedModel").asText();
      observed.tunings.cancel(name, null);
      Harness.equal(last().path(), ROOT + name + ":cancel");
      Harness.equal(Harness.finished(Harness.URL, "k", operation).get("error").get("code").asInt(), 1);
    });
  }

  private void failAtStep() {
    Harness.step("a training that fails at step 12 says so in job and operation, and its model answers nothing", () -> {
      JsonNode operation = Harness.createdModel(Harness.URL, "k", "failing", 10);
      String name = operation.get("metadata").get("tunedModel").asText();
      JsonNode failure = Harness.JSON.createObjectNode()
          .put("code", 13).put("message", "The training diverged.").put("atStep", 12);
      Harness.rest(Harness.URL, "k", "POST", "/emulator/v1/" + name + ":fail", failure);
      TuningJob job = Harness.until(() -> client.tunings.get(name, null),
          answer -> answer.state().get().knownEnum() != JobState.Known.JOB_STATE_RUNNING);
      Harness.equal(job.state().get().knownEnum(), JobState.Known.JOB_STATE_FAILED);
      var polled = GenerateVideosOperation.builder().name(operation.get("name").asText()).build();
      var done = client.operations.getVideosOperation(polled, null);
      Harness.equal(((Number) done.error().get().get("code")).intValue(), 13);
      Harness.equal(done.error().get().get("message"), "The training diverged.");
      JsonNode failed = Harness.rest(Harness.URL, "k", "GET", "/v1beta/" + name, null);
      Harness.equal(failed.get("state").asText(), "FAILED");
      Harness.equal(failed.get("tuningTask").get("snapshots").size(), 12);
      shows(Harness.thrown(ClientException.class, () -> generate(client, name, "1")), 400, "FAILED_PRECONDITION");
    });
  }

  private void showErrors(String model) {
    Harness.step("400: a bad hyperparameter names the field", () -> {
      var error = Harness.thrown(ClientException.class, () -> tune(client, "bad", -1));
      shows(error, 400, "INVALID_ARGUMENT");
      Harness.contains(error.message(), "epoch_count");
    });
    Harness.step("404: a model that does not exist", () -> {
      var error = Harness.thrown(ClientException.class, () -> generate(client, "tunedModels/nobody", "hi"));
      shows(error, 404, "NOT_FOUND");
      Harness.equal(error.message(), "Tuned model tunedModels/nobody does not exist.");
    });
    Harness.step("403 and 400: the model of somebody else, and a key that is not valid", () -> {
      String owned = Harness.trainedModel(Harness.AUTH_URL, "alice-key", "private");
      Harness.equal(generate(clientOf("alice-key"), owned, "1").text(), "2");
      var forbidden = Harness.thrown(ClientException.class, () -> generate(clientOf("bob-key"), owned, "1"));
      shows(forbidden, 403, "PERMISSION_DENIED");
      var unknown = Harness.thrown(ClientException.class, () -> generate(clientOf("no-such-key"), owned, "1"));
      shows(unknown, 400, "INVALID_ARGUMENT");
      Harness.contains(unknown.message(), "API key not valid");
    });
    Harness.step("a client without settings takes its server and key from the environment", () -> {
      String owned = Harness.trainedModel(Harness.AUTH_URL, "alice-key", "found by variables");
      Harness.equal(generate(new Client(), owned, "1").text(), "2");
    });
    Harness.step("409: a scripted ALREADY_EXISTS, which the client shows and does not retry", () -> {
      int requestCount = Harness.withFaults("tunedModels.create", "ALREADY_EXISTS", FAULT_TIMES, () ->
          shows(Harness.thrown(ClientException.class, () -> tune(client, "faulty", 1)), 409, "ALREADY_EXISTS"));
      Harness.equal(requestCount, 1);
    });
    showRetries("429: a scripted RESOURCE_EXHAUSTED", model, "RESOURCE_EXHAUSTED", 429, ClientException.class);
    showRetries("503: a scripted UNAVAILABLE", model, "UNAVAILABLE", 503, ServerException.class);
  }

  private void showRetries(String what, String model, String status, int code, Class<? extends ApiException> kind) {
    Harness.step(what + " is shown after five attempts, of a create, too", () -> {
      int requestCount = Harness.withFaults("tunedModels.create", status, FAULT_TIMES, () ->
          shows(Harness.thrown(kind, () -> tune(observed, "faulty", 1)), code, status));
      Harness.equal(requestCount, RETRY_ATTEMPTS);
    });
    Harness.step(what + " is shown in the place of a stream", () -> {
      int requestCount = Harness.withFaults("tunedModels.streamGenerateContent", status, FAULT_TIMES, () ->
          shows(Harness.thrown(kind, () -> observed.models.generateContentStream(model, "hi", null)), code, status));
      Harness.equal(requestCount, RETRY_ATTEMPTS);
    });
    Harness.step(what + " that goes by is not seen", () -> {
      int requestCount = Harness.withFaults("tunedModels.get", status, RETRY_ATTEMPTS - 1, () ->
          Harness.equal(observed.models.get(model, null).name().get(), model));
      Harness.equal(requestCount, RETRY_ATTEMPTS - 1);
    });
  }

  private void run() throws InterruptedException {
    String model = tuneAndFollow();
    list();
    update(model);
    generateAndCount(model);
    cancel();
    failAtStep();
    showErrors(model);
    Harness.step("models.delete removes the model, and it is gone", () -> {
      client.models.delete(model, null);
      shows(Harness.thrown(ClientException.class, () -> client.models.get(model, null)), 404, "NOT_FOUND");
    });
  }

  public static void main(String[] arguments) throws InterruptedException {
    System.out.printf("# client com.google.genai:google-genai %s%n", VERSION);
    new Program().run();
    Harness.finish();
  }
}
