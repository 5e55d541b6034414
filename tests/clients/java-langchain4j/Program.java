import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.googleai.GoogleAiEmbeddingModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiModelCatalog;
import dev.langchain4j.model.googleai.GoogleAiGeminiStreamingChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiTokenCountEstimator;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** dev.langchain4j:langchain4j-google-ai-gemini. It can use tuned models but not manage them. */
final class Program {
  private static final String BASE_URL = Harness.URL + "/v1beta";
  private static final int STREAM_SECONDS_MAX = 60;

  /** More faults than the client has attempts. */
  private static final int FAULT_TIMES = 1000;

  /** What the client does unless told otherwise. */
  private static final int RETRY_ATTEMPTS = 3;

  /** A request that went over the wire, and what of its answer the client does not show. */
  private record Exchange(String url, JsonNode body, String hint) {}

  /** What was answered with a success, and what was asked for as a stream. */
  private static final List<Exchange> WIRE = new ArrayList<>();

  /** The client's own HTTP client, with a record of what it sends. */
  private record Recorder(HttpClient client) implements HttpClient {
    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
      SuccessfulHttpResponse answer = client.execute(request);
      record(request, String.join("", answer.headers().getOrDefault("x-emulator-hint", List.of())));
      return answer;
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
      record(request, "");
      client.execute(request, parser, listener);
    }

    private static void record(HttpRequest request, String hint) {
      try {
        WIRE.add(new Exchange(request.url(), Harness.JSON.readTree(request.body()), hint));
      } catch (IOException problem) {
        throw new AssertionError(problem);
      }
    }
  }

  private record RecorderBuilder(HttpClientBuilder builder) implements HttpClientBuilder {
    @Override
    public Duration connectTimeout() {
      return builder.connectTimeout();
    }

    @Override
    public HttpClientBuilder connectTimeout(Duration timeout) {
      builder.connectTimeout(timeout);
      return this;
    }

    @Override
    public Duration readTimeout() {
      return builder.readTimeout();
    }

    @Override
    public HttpClientBuilder readTimeout(Duration timeout) {
      builder.readTimeout(timeout);
      return this;
    }

    @Override
    public HttpClient build() {
      return new Recorder(builder.build());
    }
  }

  private static HttpClientBuilder recorder() {
    return new RecorderBuilder(new JdkHttpClientBuilder());
  }

  private static ChatModel modelOf(String name) {
    // [readme java-langchain4j]
    ChatModel model = GoogleAiGeminiChatModel.builder().apiKey("any")
        .baseUrl(System.getenv("TUNEMOCK_URL") + "/v1beta").modelName(name)
        .build();
    // [/readme]
    return model;
  }

  private static GoogleAiGeminiChatModel.GoogleAiGeminiChatModelBuilder observed(String name) {
    return GoogleAiGeminiChatModel.builder().httpClientBuilder(recorder()).apiKey("any").baseUrl(BASE_URL).modelName(name);
  }

  private static StreamingChatModel streamingModelOf(String name) {
    return GoogleAiGeminiStreamingChatModel.builder()
        .httpClientBuilder(recorder()).apiKey("any").baseUrl(BASE_URL).modelName(name).build();
  }

  private static Exchange last() {
    return WIRE.get(WIRE.size() - 1);
  }

  /** Gathers the chunks of a streamed answer; throws what the handler was told, if it was an error. */
  private static List<String> stream(StreamingChatModel model, String prompt) throws Exception {
    List<String> chunks = new ArrayList<>();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    model.chat(prompt, new StreamingChatResponseHandler() {
      @Override
      public void onPartialResponse(String chunk) {
        chunks.add(chunk);
      }

      @Override
      public void onCompleteResponse(ChatResponse answer) {
        whole.complete(answer);
      }

      @Override
      public void onError(Throwable error) {
        whole.completeExceptionally(error);
      }
    });
    try {
      Harness.equal(whole.get(STREAM_SECONDS_MAX, TimeUnit.SECONDS).finishReason(), FinishReason.STOP);
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof Exception known ? known : failed;
    }
    return chunks;
  }

  /** What the call throws: of this kind, caused by an answer with this code, whose body names this. */
  private static void shows(Class<? extends LangChain4jException> kind, int code, String part, Harness.Body call) {
    LangChain4jException error = Harness.thrown(kind, call);
    Harness.equal(((HttpException) error.getCause()).statusCode(), code);
    Harness.contains(error.getMessage(), part);
  }

  private static void generate(String model) {
    Harness.step("chat answers from the training data; it asks for models/tunedModels/...", () -> {
      Harness.equal(modelOf(model).chat("LXIII"), "LXIV");
      ChatResponse answer = observed(model).build().chat(UserMessage.from("10,100,000"));
      Harness.equal(answer.aiMessage().text(), "10,100,001");
      Harness.equal(answer.finishReason(), FinishReason.STOP);
      Harness.expect(answer.tokenUsage().totalTokenCount() > 0, "no tokens were counted");
      Harness.equal(last().url(), BASE_URL + "/models/" + model + ":generateContent");
    });
    Harness.step("where nothing is set it asks for one candidate of text/plain", () ->
        Harness.equal(last().body().get("generationConfig").toString(),
            "{\"responseMimeType\":\"text/plain\",\"candidateCount\":1}"));
    Harness.step("a streaming model gives the answer in chunks", () -> {
      List<String> chunks = stream(streamingModelOf(model), "ninety nine");
      Harness.equal(String.join("", chunks), "one hundred");
      Harness.expect(chunks.size() > 1, "one chunk only");
      Harness.equal(last().url(), BASE_URL + "/models/" + model + ":streamGenerateContent?alt=sse");
    });
    Harness.step("a history is answered by the last message", () -> {
      List<ChatMessage> history = List.of(UserMessage.from("8"), AiMessage.from("9"), UserMessage.from("three"));
      Harness.equal(modelOf(model).chat(history).aiMessage().text(), "four");
    });
    Harness.step("a system message and settings are accepted, and a hint says what is ignored", () -> {
      ChatModel cold = observed(model).temperature(0.0).maxOutputTokens(50).build();
      ChatResponse answer = cold.chat(SystemMessage.from("Answer in French."), UserMessage.from("1"));
      Harness.equal(answer.aiMessage().text(), "2");
      Harness.contains(last().hint(), "systemInstruction");
    });
    Harness.step("a tool is accepted, and a hint says that it is ignored", () -> {
      ChatResponse answer = observed(model).build().chat(ChatRequest.builder()
          .messages(UserMessage.from("1"))
          .toolSpecifications(ToolSpecification.builder().name("add").description("adds").build())
          .build());
      Harness.equal(answer.aiMessage().text(), "2");
      Harness.contains(last().hint(), "tools");
    });
  }

  private static void count(String tuned) {
    Harness.step("GoogleAiGeminiTokenCountEstimator counts", () -> {
      int tokens = GoogleAiGeminiTokenCountEstimator.builder()
          .httpClientBuilder(recorder()).apiKey("any").baseUrl(BASE_URL).modelName(tuned).build()
          .estimateTokenCountInText("one two three");
      Harness.expect(tokens > 0, "it counted nothing");
      Harness.equal(last().url(), BASE_URL + "/models/" + tuned + ":countTokens");
    });
    Harness.step("GoogleAiEmbeddingModel gets vectors from a base model", () -> {
      var vectors = GoogleAiEmbeddingModel.builder()
          .apiKey("any").baseUrl(BASE_URL).modelName("text-embedding-004").build()
          .embedAll(List.of(TextSegment.from("hello"), TextSegment.from("world"))).content();
      Harness.equal(vectors.size(), 2);
      Harness.equal(vectors.get(1).dimension(), 768);
    });
    Harness.step("GoogleAiGeminiModelCatalog lists the base models", () -> {
      var models = GoogleAiGeminiModelCatalog.builder().apiKey("any").baseUrl(BASE_URL).build().listModels();
      String wanted = Harness.BASE_MODEL.substring("models/".length());
      Harness.expect(models.stream().anyMatch(model -> model.name().equals(wanted)), wanted + " is not listed");
    });
  }

  private static void showErrors(String model) {
    Harness.step("400: a bad generation setting is an InvalidRequestException", () ->
        shows(InvalidRequestException.class, 400, "temperature", () -> observed(model).temperature(99.0).build().chat("1")));
    Harness.step("404: a model that does not exist, in the service's words, in the place of a stream, too", () -> {
      String nobody = "tunedModels/nobody";
      String words = "Tuned model tunedModels/nobody does not exist.";
      shows(ModelNotFoundException.class, 404, words, () -> modelOf(nobody).chat("hi"));
      shows(ModelNotFoundException.class, 404, words, () -> stream(streamingModelOf(nobody), "hi"));
    });
    Harness.step("403 and 400: the model of somebody else, and a key that is not valid", () -> {
      String owned = Harness.trainedModel(Harness.AUTH_URL, "alice-key", "private");
      Harness.equal(chatAs("alice-key", owned), "2");
      shows(AuthenticationException.class, 403, "You do not have permission", () -> chatAs("bob-key", owned));
      shows(InvalidRequestException.class, 400, "API_KEY_INVALID", () -> chatAs("no-such-key", owned));
    });
    showScripted(model, 401, "UNAUTHENTICATED", AuthenticationException.class, 1);
    showScripted(model, 409, "ABORTED", InvalidRequestException.class, 1);
    showScripted(model, 429, "RESOURCE_EXHAUSTED", RateLimitException.class, RETRY_ATTEMPTS);
    showScripted(model, 503, "UNAVAILABLE", InternalServerException.class, RETRY_ATTEMPTS);
    Harness.step("503: is retried until it is over", () -> {
      int requestCount = Harness.withFaults("tunedModels.generateContent", "UNAVAILABLE", 1, () ->
          Harness.equal(modelOf(model).chat("1"), "2"));
      Harness.equal(requestCount, 1);
    });
  }

  private static String chatAs(String key, String model) {
    return GoogleAiGeminiChatModel.builder().apiKey(key).baseUrl(Harness.AUTH_URL + "/v1beta").modelName(model).build()
        .chat("1");
  }

  private static void showScripted(
      String model, int code, String status, Class<? extends LangChain4jException> kind, int attempts) {
    String what = code + ": a scripted " + status + " is shown as " + kind.getSimpleName();
    Harness.step(what + (attempts == 1 ? ", not retried" : " after " + attempts + " attempts"), () -> {
      int requestCount = Harness.withFaults("tunedModels.generateContent", status, FAULT_TIMES, () ->
          shows(kind, code, status, () -> modelOf(model).chat("1")));
      Harness.equal(requestCount, attempts);
    });
    Harness.step(what + ", not retried, in the place of a stream", () -> {
      int requestCount = Harness.withFaults("tunedModels.streamGenerateContent", status, FAULT_TIMES, () ->
          shows(kind, code, status, () -> stream(streamingModelOf(model), "1")));
      Harness.equal(requestCount, 1);
    });
  }

  /** The version that is in fact installed: Maven leaves it in the jar. */
  private static String version() throws IOException {
    Properties properties = new Properties();
    String path = "/META-INF/maven/dev.langchain4j/langchain4j-google-ai-gemini/pom.properties";
    try (InputStream file = GoogleAiGeminiChatModel.class.getResourceAsStream(path)) {
      properties.load(file);
    }
    return properties.getProperty("version");
  }

  public static void main(String[] arguments) throws Exception {
    System.out.printf("# client dev.langchain4j:langchain4j-google-ai-gemini %s%n", version());
    String model = Harness.trainedModel(Harness.URL, "k", "numbers");
    Harness.step("a model was created and trained (plain requests, this client has none)", () ->
        Harness.expect(model.startsWith("tunedModels/"), model));
    generate(model);
    count(model);
    showErrors(model);
    Harness.step("a deleted model (by a plain request) is gone", () -> {
      Harness.rest(Harness.URL, "k", "DELETE", "/v1beta/" + model, null);
      Harness.thrown(ModelNotFoundException.class, () -> modelOf(model).chat("1"));
    });
    Harness.finish();
  }
}
