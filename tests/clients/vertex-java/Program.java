import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.genai.Chat;
import com.google.genai.Client;
import com.google.genai.ResponseStream;
import com.google.genai.errors.ApiException;
import com.google.genai.errors.ClientException;
import com.google.genai.errors.ServerException;
import com.google.genai.types.AdapterSize;
import com.google.genai.types.Content;
import com.google.genai.types.CreateTuningJobConfig;
import com.google.genai.types.FinishReason;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GetTuningJobConfig;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpResponse;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.JobState;
import com.google.genai.types.ListModelsConfig;
import com.google.genai.types.ListTuningJobsConfig;
import com.google.genai.types.Model;
import com.google.genai.types.Part;
import com.google.genai.types.TrafficType;
import com.google.genai.types.TunedModel;
import com.google.genai.types.TunedModelCheckpoint;
import com.google.genai.types.TuningDataset;
import com.google.genai.types.TuningJob;
import com.google.genai.types.TuningMethod;
import com.google.genai.types.TuningValidationDataset;
import com.google.genai.types.UpdateModelConfig;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * com.google.genai:google-genai through the life of a tuning job of Vertex AI. The same program drives several versions.
 *
 * <p>`tunemock exec --vertex` runs it, whose variables say where the server is; credentials come from its metadata paths.
 */
final class Program {
  private static final String PARENT = "projects/tunemock/locations/us-central1";
  private static final String BASE_MODEL = "gemini-2.5-flash";
  private static final String DATA = "gs://training/train.jsonl";
  private static final String MESSAGES = "gs://training/messages.jsonl";
  private static final String SAMPLES =
      "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl";
  private static final String NOBODY = PARENT + "/endpoints/1";

  /** As the client does it by itself, but 5 ms where it would wait a second, two, four, eight and sixteen. */
  private static final HttpRetryOptions QUICK_RETRIES = HttpRetryOptions.builder().initialDelay(0.005).build();

  private static final int RETRY_ATTEMPTS = 5;

  /** More faults than the client has attempts. */
  private static final int FAULT_TIMES = 1000;

  private static final Set<JobState.Known> ENDS =
      Set.of(JobState.Known.JOB_STATE_SUCCEEDED, JobState.Known.JOB_STATE_FAILED, JobState.Known.JOB_STATE_CANCELLED);

  private final Client client = newClient();

  /** What the steps hand on to later ones. */
  private String name;

  private TunedModel tunedModel;

  private static Client newClient() {
    // [readme vertex-java]
    Client client = new Client();
    // [/readme]
    return client;
  }

  private static CreateTuningJobConfig.Builder epochs(int count) {
    return CreateTuningJobConfig.builder().epochCount(count);
  }

  private static TuningJob tune(Client caller, String base, String uri, CreateTuningJobConfig.Builder config) {
    return caller.tunings.tune(base, TuningDataset.builder().gcsUri(uri).build(), config.build());
  }

  private TuningJob tune(String uri, CreateTuningJobConfig.Builder config) {
    return tune(client, BASE_MODEL, uri, config);
  }

  private static JobState.Known stateOf(TuningJob job) {
    return job.state().get().knownEnum();
  }

  private static TuningJob ended(Client caller, String name) throws InterruptedException {
    return Harness.until(() -> caller.tunings.get(name, null), job -> ENDS.contains(stateOf(job)));
  }

  private TuningJob tuned(String base, String uri, CreateTuningJobConfig.Builder config) throws InterruptedException {
    TuningJob job = ended(client, tune(client, base, uri, config).name().get());
    Harness.equal(stateOf(job), JobState.Known.JOB_STATE_SUCCEEDED);
    return job;
  }

  private static String endpointOf(TuningJob job) {
    return job.tunedModel().get().endpoint().get();
  }

  private GenerateContentResponse ask(String model, String text) {
    return client.models.generateContent(model, text, null);
  }

  private static void matches(String text, String pattern) {
    Harness.expect(text.matches(pattern), text + " does not match " + pattern);
  }

  private static String header(Optional<HttpResponse> answer, String name) {
    return answer.get().headers().get().entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(name)).map(Map.Entry::getValue).findFirst().orElse("");
  }

  private static String modelOf(String name) {
    return name.split("@")[0];
  }

  private static void shows(ApiException error, int code, String status) {
    Harness.equal(error.code(), code);
    Harness.equal(error.status(), status);
  }

  private void tuneAndFollow() {
    Harness.step("tune sends data by its gs:// name, with hyperparameters, validation and labels", () -> {
      String validation = "gs://training/validation.jsonl";
      TuningJob job = tune(DATA, epochs(3).tunedModelDisplayName("number generator").learningRateMultiplier(0.5f)
          .adapterSize(AdapterSize.Known.ADAPTER_SIZE_FOUR).labels(Map.of("team", "numbers"))
          .validationDataset(TuningValidationDataset.builder().gcsUri(validation).build()));
      name = job.name().get();
      matches(name, PARENT + "/tuningJobs/\\d{19}");
      Harness.equal(stateOf(job), JobState.Known.JOB_STATE_PENDING);
      Harness.equal(job.baseModel().get(), BASE_MODEL);
      Harness.equal(job.tunedModelDisplayName().get(), "number generator");
      Harness.equal(job.labels().get(), Map.of("team", "numbers"));
      Harness.expect(job.experiment().isEmpty() && job.startTime().isEmpty(), "it has begun: " + job);
      var spec = job.supervisedTuningSpec().get();
      Harness.equal(spec.trainingDatasetUri().get(), DATA);
      Harness.equal(spec.validationDatasetUri().get(), validation);
      Harness.equal(spec.hyperParameters().get().epochCount().get(), 3L);
      Harness.equal(spec.hyperParameters().get().learningRateMultiplier().get(), 0.5);
      Harness.equal(spec.hyperParameters().get().adapterSize().get().knownEnum(), AdapterSize.Known.ADAPTER_SIZE_FOUR);
    });
    Harness.step("tunings.get follows the job to SUCCEEDED, by its short name, too", () -> {
      TuningJob job = ended(client, name.substring(PARENT.length() + 1));
      Harness.equal(stateOf(job), JobState.Known.JOB_STATE_SUCCEEDED);
      Harness.expect(job.startTime().get().isAfter(job.createTime().get()), "it started before it was created");
      Harness.expect(job.endTime().get().isAfter(job.startTime().get()), "it ended before it started");
      matches(job.experiment().get(), PARENT + "/metadataStores/default/contexts/tuning-experiment-\\d+");
      tunedModel = job.tunedModel().get();
    });
    Harness.step("the tuned model has a version, an endpoint, and a checkpoint of each epoch, the last of which is its own", () -> {
      matches(tunedModel.model().get(), PARENT + "/models/\\d{19}@1");
      matches(tunedModel.endpoint().get(), PARENT + "/endpoints/\\d{19}");
      List<TunedModelCheckpoint> checkpoints = tunedModel.checkpoints().get();
      Set<String> endpoints = new HashSet<>();
      for (int number = 1; number <= 3; number++) {
        Harness.equal(checkpoints.get(number - 1).checkpointId().get(), String.valueOf(number));
        Harness.equal(checkpoints.get(number - 1).epoch().get(), (long) number);
        endpoints.add(checkpoints.get(number - 1).endpoint().get());
      }
      Harness.equal(endpoints.size(), 3);
      Harness.equal(checkpoints.size(), 3);
      Harness.equal(checkpoints.get(2).endpoint(), tunedModel.endpoint());
    });
    Harness.step("tuningDataStats count the examples and their tokens", () -> {
      var stats = client.tunings.get(name, null).tuningDataStats().get().supervisedTuningDataStats().get();
      Harness.equal(stats.tuningDatasetExampleCount().get(), (long) Harness.EXAMPLES.size());
      var tokens = stats.userInputTokenDistribution().get();
      Harness.expect(tokens.min().get() <= tokens.median().get() && tokens.median().get() <= tokens.max().get(), "" + tokens);
      double total = tokens.buckets().get().stream().mapToDouble(bucket -> bucket.count().get()).sum();
      Harness.equal(total, (double) Harness.EXAMPLES.size());
      Harness.equal(stats.userDatasetExamples().get().size(), 6);
      Harness.equal(stats.totalBillableTokenCount().get(),
          tokens.sum().get() + stats.userOutputTokenDistribution().get().sum().get());
    });
  }

  private void tuneOtherData() {
    Harness.step("the samples of the tutorials can be tuned with by their public name", () -> {
      TuningJob job = tuned(BASE_MODEL, SAMPLES, epochs(1));
      Content example =
          job.tuningDataStats().get().supervisedTuningDataStats().get().userDatasetExamples().get().get(0);
      Harness.expect(!ask(endpointOf(job), example.text()).text().isEmpty(), "no answer");
    });
    Harness.step("data in the older form of messages trains as well", () ->
        Harness.equal(ask(endpointOf(tuned(BASE_MODEL, MESSAGES, epochs(1))), "seven").text(), "eight"));
    Harness.step("exportLastCheckpointOnly leaves one endpoint and no checkpoints", () -> {
      TuningJob job = tuned(BASE_MODEL, DATA, epochs(2).exportLastCheckpointOnly(true));
      Harness.expect(!endpointOf(job).isEmpty(), "no endpoint");
      Harness.expect(job.tunedModel().get().checkpoints().isEmpty(), "it has checkpoints");
    });
    Harness.step("preference tuning trains on the completions that are preferred", () -> {
      TuningJob job = tuned(BASE_MODEL, "gs://training/preferences.jsonl",
          epochs(1).method(TuningMethod.Known.PREFERENCE_TUNING).beta(0.5f));
      Harness.equal(job.preferenceOptimizationSpec().get().hyperParameters().get().beta().get(), 0.5);
      Harness.equal(ask(endpointOf(job), "eighty").text(), "eighty one");
    });
  }

  private void list() {
    Harness.step("tunings.list pages through all jobs, the newest first", () -> {
      String newest = tune(DATA, epochs(1)).name().get();
      List<String> names = new ArrayList<>();
      for (TuningJob job : client.tunings.list(ListTuningJobsConfig.builder().pageSize(2).build())) {
        names.add(job.name().get());
      }
      Harness.equal(new HashSet<>(names).size(), 6);
      Harness.equal(names.get(0), newest);
      Harness.equal(names.get(5), name);
    });
    Harness.step("models.list with queryBase false pages through the tuned models", () -> {
      Set<String> names = new HashSet<>();
      int count = 0;
      for (Model model : client.models.list(ListModelsConfig.builder().queryBase(false).pageSize(2).build())) {
        count++;
        names.add(modelOf(model.name().get()));
        Harness.expect(model.labels().get().containsKey("tune-type"), "it has no label: " + model);
      }
      Harness.equal(names.size(), count);
      Harness.expect(names.contains(modelOf(tunedModel.model().get())), tunedModel + " is not listed");
    });
    Harness.step("base models are listed, read and asked", () -> {
      String wanted = "publishers/google/models/" + BASE_MODEL;
      boolean isThere = false;
      for (Model model : client.models.list(ListModelsConfig.builder().build())) {
        isThere |= model.name().get().equals(wanted);
      }
      Harness.expect(isThere, wanted + " is not listed");
      Harness.equal(client.models.get(BASE_MODEL, null).name().get(), wanted);
      Harness.expect(!ask(BASE_MODEL, "hello").text().isEmpty(), "no answer");
    });
  }

  private void generate() {
    Harness.step("generateContent answers from the data, in Vertex's flavour", () -> {
      GenerateContentResponse answer = ask(tunedModel.endpoint().get(), "ninety nine");
      Harness.equal(answer.text(), "one hundred");
      Harness.equal(answer.finishReason().knownEnum(), FinishReason.Known.STOP);
      Harness.expect(answer.candidates().get().get(0).avgLogprobs().get() < 0, "" + answer);
      var usage = answer.usageMetadata().get();
      Harness.equal(usage.promptTokenCount().get() + usage.candidatesTokenCount().get(), usage.totalTokenCount().get());
      Harness.equal(usage.trafficType().get().knownEnum(), TrafficType.Known.ON_DEMAND);
      Harness.expect(answer.modelVersion().isPresent() && answer.responseId().isPresent(), "" + answer);
      Harness.expect(answer.createTime().isPresent(), "no time");
      matches(header(answer.sdkHttpResponse(), "x-emulator-answer"), "example:.*");
    });
    Harness.step("system instructions and earlier turns tell examples with the same last turn apart", () -> {
      String endpoint = endpointOf(tuned(BASE_MODEL, "gs://training/contexts.jsonl", epochs(1)));
      for (var row : Map.of("Count upwards.", "9", "Count downwards.", "7").entrySet()) {
        Content instruction = Content.fromParts(Part.fromText(row.getKey()));
        var config = GenerateContentConfig.builder().systemInstruction(instruction).build();
        Harness.equal(client.models.generateContent(endpoint, "8", config).text(), row.getValue());
      }
      for (var row : List.of(List.of("three", "four", "five"), List.of("six", "seven", "eight"))) {
        List<Content> turns =
            List.of(turn("user", row.get(0)), turn("model", row.get(1)), turn("user", "and then"));
        Harness.equal(client.models.generateContent(endpoint, turns, null).text(), row.get(2));
      }
    });
    Harness.step("generateContentStream gives the answer in chunks", () -> {
      List<GenerateContentResponse> chunks = new ArrayList<>();
      try (ResponseStream<GenerateContentResponse> stream =
          client.models.generateContentStream(tunedModel.endpoint().get(), "two hundred", null)) {
        stream.forEach(chunks::add);
      }
      Harness.equal(String.join("", chunks.stream().map(GenerateContentResponse::text).toList()), "two hundred one");
      Harness.expect(chunks.size() > 1, "one chunk");
      Harness.equal(chunks.get(chunks.size() - 1).finishReason().knownEnum(), FinishReason.Known.STOP);
    });
    Harness.step("countTokens works on endpoints and on base models", () -> {
      for (String model : List.of(tunedModel.endpoint().get(), BASE_MODEL)) {
        Harness.expect(client.models.countTokens(model, "one two three", null).totalTokens().get() > 0, model);
      }
    });
    Harness.step("the endpoint of a checkpoint answers, and a hint names the checkpoint", () -> {
      GenerateContentResponse answer = ask(tunedModel.checkpoints().get().get(0).endpoint().get(), "three");
      Harness.equal(answer.text(), "four");
      Harness.contains(header(answer.sdkHttpResponse(), "x-emulator-hint"), "checkpoint 1");
    });
    Harness.step("a chat with its history goes on", () -> {
      Chat chat = client.chats.create(tunedModel.endpoint().get());
      Harness.equal(chat.sendMessage("8").text(), "9");
      Harness.equal(chat.sendMessage("three").text(), "four");
    });
  }

  private static Content turn(String role, String text) {
    return Content.builder().role(role).parts(Part.fromText(text)).build();
  }

  private void update() {
    Harness.step("models.get has endpoint, checkpoints and base model; models.update changes names and the default checkpoint", () -> {
      String model = tunedModel.model().get();
      Model got = client.models.get(model, null);
      Harness.equal(got.displayName().get() + " " + got.version().get(), "number generator 1");
      Harness.equal(got.defaultCheckpointId().get(), "3");
      Harness.equal(got.checkpoints().get().size(), 3);
      Harness.contains(got.tunedModelInfo().get().baseModel().get(), BASE_MODEL);
      Harness.expect(got.endpoints().get().stream().anyMatch(each -> each.name().equals(tunedModel.endpoint())), "" + got);
      client.models.update(model, UpdateModelConfig.builder()
          .displayName("renamed").description("counts").defaultCheckpointId("2").build());
      Model changed = client.models.get(model, null);
      Harness.equal(changed.displayName().get() + " " + changed.description().get(), "renamed counts");
      Harness.equal(changed.defaultCheckpointId().get(), "2");
    });
  }

  private void goOn() {
    Harness.step("tuning goes on from a checkpoint of a tuned model: its next version", () -> {
      TuningJob job = tuned(tunedModel.model().get(), MESSAGES, epochs(1).preTunedModelCheckpointId("1"));
      Harness.equal(job.preTunedModel().get().tunedModelName(), tunedModel.model());
      Harness.equal(job.preTunedModel().get().checkpointId().get(), "1");
      Harness.equal(job.tunedModel().get().model().get(), modelOf(tunedModel.model().get()) + "@2");
      Harness.equal(ask(endpointOf(job), "thirteen").text(), "fourteen");
    });
    Harness.step("under another name it is a model of its own", () -> {
      TuningJob job = tuned(tunedModel.model().get(), DATA, epochs(1).tunedModelDisplayName("an offspring"));
      matches(job.tunedModel().get().model().get(), ".*@1");
      Harness.expect(!job.tunedModel().get().model().equals(tunedModel.model()), "it is the same");
    });
  }

  private void endBadly() {
    Harness.step("a job is RUNNING until tunings.cancel ends it", () -> {
      String running = tune(DATA, epochs(100)).name().get();
      TuningJob seen = Harness.until(
          () -> client.tunings.get(running, null), job -> stateOf(job) != JobState.Known.JOB_STATE_PENDING);
      Harness.equal(stateOf(seen), JobState.Known.JOB_STATE_RUNNING);
      Harness.expect(seen.startTime().isPresent() && seen.experiment().isPresent(), "" + seen);
      Harness.expect(seen.endTime().isEmpty() && seen.tunedModel().isEmpty(), "" + seen);
      client.tunings.cancel(running, null);
      TuningJob job = ended(client, running);
      Harness.equal(stateOf(job), JobState.Known.JOB_STATE_CANCELLED);
      Harness.equal(job.error().get().code().get(), 1);
      Harness.expect(job.tunedModel().isEmpty(), "it has a tuned model");
    });
    Harness.step("a bad line is a job that fails, and says in which file and line", () -> {
      TuningJob job = ended(client, tune("gs://training/bad.jsonl", epochs(1)).name().get());
      Harness.equal(stateOf(job), JobState.Known.JOB_STATE_FAILED);
      Harness.equal(job.error().get().code().get(), 3);
      matches(job.error().get().message().get(), ".*bad\\.jsonl.*\\b3\\b.*");
    });
    Harness.step("a job that fails at its deployment has a model but no endpoint", () -> {
      String message =
          "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry.";
      ObjectNode failure = Harness.JSON.createObjectNode().put("code", 13).put("message", message);
      String failing = tune(DATA, epochs(2)).name().get();
      Harness.rest(Harness.URL, "k", "POST", "/emulator/v1" + failing.substring(PARENT.length()) + ":fail", failure);
      TuningJob job = ended(client, failing);
      Harness.equal(stateOf(job), JobState.Known.JOB_STATE_FAILED);
      Harness.equal(job.error().get().code().get(), 13);
      Harness.equal(job.error().get().message().get(), message);
    });
  }

  private void showErrors() {
    Harness.step("400: a bad hyperparameter names the field", () -> {
      var error = Harness.thrown(ClientException.class, () -> tune(DATA, epochs(-1)));
      shows(error, 400, "INVALID_ARGUMENT");
      Harness.contains(error.message(), "epoch_count");
    });
    Harness.step("404: an endpoint, a job and a model that do not exist, in the service's words", () -> {
      for (Harness.Body call : List.<Harness.Body>of(
          () -> ask(NOBODY, "hi"), () -> client.models.generateContentStream(NOBODY, "hi", null))) {
        var error = Harness.thrown(ClientException.class, call);
        shows(error, 404, "NOT_FOUND");
        Harness.equal(error.message(), "Endpoint `" + NOBODY + "` not found.");
      }
      for (Harness.Body call : List.<Harness.Body>of(
          () -> client.tunings.get(PARENT + "/tuningJobs/1", null), () -> client.models.get(PARENT + "/models/1", null))) {
        shows(Harness.thrown(ClientException.class, call), 404, "NOT_FOUND");
      }
    });
    showAttempts("403: a scripted PERMISSION_DENIED is shown at once", "PERMISSION_DENIED", 403, ClientException.class, 1);
    showAttempts("429: a scripted RESOURCE_EXHAUSTED is shown after five attempts, of a create, too", "RESOURCE_EXHAUSTED", 429,
        ClientException.class, RETRY_ATTEMPTS);
    showAttempts("503: a scripted UNAVAILABLE is shown after five attempts, of a create, too", "UNAVAILABLE", 503,
        ServerException.class, RETRY_ATTEMPTS);
    Harness.step("any status can be asked for by a header of the call", () -> {
      HttpOptions options = HttpOptions.builder().headers(Map.of("X-Emulator-Status", "PERMISSION_DENIED")).build();
      GetTuningJobConfig config = GetTuningJobConfig.builder().httpOptions(options).build();
      shows(Harness.thrown(ClientException.class, () -> client.tunings.get(name, config)), 403, "PERMISSION_DENIED");
    });
  }

  /** Each of three calls meets nothing but the status, and shows it after so many attempts. */
  private void showAttempts(String what, String status, int code, Class<? extends ApiException> kind, int attempts) {
    Client quick = Client.builder().httpOptions(HttpOptions.builder().retryOptions(QUICK_RETRIES).build()).build();
    String endpoint = tunedModel.endpoint().get();
    Map<String, Harness.Body> calls = Map.of(
        "tuningJobs.create", () -> tune(quick, BASE_MODEL, DATA, epochs(1)),
        "endpoints.generateContent", () -> quick.models.generateContent(endpoint, "hi", null),
        "endpoints.streamGenerateContent", () -> quick.models.generateContentStream(endpoint, "hi", null));
    Harness.step(what, () -> {
      for (var call : calls.entrySet()) {
        int requestCount = Harness.withFaults(call.getKey(), status, FAULT_TIMES,
            () -> shows(Harness.thrown(kind, call.getValue()), code, status));
        Harness.equal(requestCount, attempts);
      }
    });
  }

  private void goElsewhere() {
    Harness.step("another project sees none of this one's jobs, and apiVersion chooses v1", () -> {
      Client other = Client.builder().vertexAI(true).project("other").location("us-central1")
          .credentials(GoogleCredentials.create(new AccessToken("any", new Date(Long.MAX_VALUE))))
          .httpOptions(HttpOptions.builder().apiVersion("v1").build()).build();
      Harness.equal(other.tunings.list(ListTuningJobsConfig.builder().build()).size(), 0);
      String elsewhere = name.replace("projects/tunemock", "projects/other");
      shows(Harness.thrown(ClientException.class, () -> other.tunings.get(elsewhere, null)), 404, "NOT_FOUND");
    });
    Harness.step("express mode: an API key in the place of a project", () -> {
      Client express = Client.builder().vertexAI(true).apiKey("any").build();
      TuningJob job = tune(express, BASE_MODEL, DATA, epochs(1));
      matches(job.name().get(), PARENT + "/tuningJobs/.*");
      Harness.equal(stateOf(ended(express, job.name().get())), JobState.Known.JOB_STATE_SUCCEEDED);
    });
  }

  private void run() {
    tuneAndFollow();
    tuneOtherData();
    list();
    generate();
    update();
    goOn();
    endBadly();
    showErrors();
    Harness.step("models.delete removes the model and its endpoint; the job stays", () -> {
      TuningJob job = tuned(BASE_MODEL, DATA, epochs(1));
      String model = job.tunedModel().get().model().get();
      client.models.delete(modelOf(model), null);
      shows(Harness.thrown(ClientException.class, () -> client.models.get(model, null)), 404, "NOT_FOUND");
      Harness.equal(stateOf(client.tunings.get(job.name().get(), null)), JobState.Known.JOB_STATE_SUCCEEDED);
    });
    goElsewhere();
  }

  public static void main(String[] arguments) {
    System.out.printf("# client com.google.genai:google-genai %s%n", Client.class.getPackage().getImplementationVersion());
    new Program().run();
    Harness.finish();
  }
}
