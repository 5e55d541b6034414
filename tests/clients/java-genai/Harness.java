import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** TAP steps, the servers' addresses, plain requests and the control API. */
final class Harness {
  static final String BASE_MODEL = "models/gemini-1.5-flash-001-tuning";

  /** The server that takes any credential, and the one that knows the callers of callers.json. */
  static final String URL = variable("TUNEMOCK_URL");

  static final String AUTH_URL = variable("TUNEMOCK_AUTH_URL");

  static final ObjectMapper JSON = new ObjectMapper();
  static final JsonNode EXAMPLES = examples();

  /** Generous: the machine may be busy. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private static final Duration WAIT_PAUSE = Duration.ofMillis(20);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static int stepCount;
  private static int failedCount;

  private Harness() {}

  /** What a step does: it passes unless this throws. */
  interface Body {
    void run() throws Exception;
  }

  static void step(String name, Body body) {
    stepCount++;
    try {
      body.run();
      System.out.printf("ok %d - %s%n", stepCount, name);
    } catch (Exception | AssertionError problem) {
      failedCount++;
      StringWriter trace = new StringWriter();
      problem.printStackTrace(new PrintWriter(trace));
      System.out.printf("not ok %d - %s%n", stepCount, name);
      System.out.println("# " + trace.toString().replace("\n", "\n# "));
    }
  }

  /** Prints the plan and ends the program: the client's connections leave threads behind. */
  static void finish() {
    System.out.printf("1..%d%n", stepCount);
    System.exit(failedCount == 0 ? 0 : 1);
  }

  static void expect(boolean claim, String otherwise) {
    if (!claim) {
      throw new AssertionError(otherwise);
    }
  }

  static void equal(Object got, Object wanted) {
    expect(Objects.equals(got, wanted), "got " + got + ", wanted " + wanted);
  }

  static void contains(String text, String part) {
    expect(text.contains(part), "\"" + part + "\" is not in \"" + text + "\"");
  }

  /** What the call throws, which must be of this kind. */
  static <T extends Throwable> T thrown(Class<T> kind, Body call) {
    try {
      call.run();
    } catch (Throwable problem) {
      if (kind.isInstance(problem)) {
        return kind.cast(problem);
      }
      throw new AssertionError("wanted " + kind.getName(), problem);
    }
    throw new AssertionError("nothing was thrown");
  }

  /** Asks until the answer is liked, and returns that answer. */
  static <T> T until(Supplier<T> ask, Predicate<T> isDone) throws InterruptedException {
    Instant deadline = Instant.now().plus(WAIT_MAX);
    while (true) {
      T answer = ask.get();
      if (isDone.test(answer)) {
        return answer;
      }
      expect(Instant.now().isBefore(deadline), "gave up waiting; the last answer was " + answer);
      Thread.sleep(WAIT_PAUSE.toMillis());
    }
  }

  /** A plain call, for what a client has no call for. It must succeed. */
  static JsonNode rest(String base, String key, String method, String path, JsonNode body) {
    var publisher = body == null
        ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.toString());
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
        .version(HttpClient.Version.HTTP_1_1)
        .timeout(WAIT_MAX)
        .header("Content-Type", "application/json")
        .header("x-goog-api-key", key)
        .method(method, publisher)
        .build();
    try {
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      expect(answer.statusCode() == 200, method + " " + path + ": " + answer.statusCode() + " " + answer.body());
      return JSON.readTree(answer.body());
    } catch (Exception problem) {
      throw new AssertionError(method + " " + path, problem);
    }
  }

  /** Creates a model from the examples by a plain call; returns the operation. */
  static JsonNode createdModel(String base, String key, String displayName, int epochCount) {
    ObjectNode model = JSON.createObjectNode().put("displayName", displayName).put("baseModel", BASE_MODEL);
    ObjectNode task = model.putObject("tuningTask");
    task.putObject("hyperparameters").put("epochCount", epochCount).put("batchSize", 8);
    task.putObject("trainingData").putObject("examples").set("examples", EXAMPLES);
    return rest(base, key, "POST", "/v1beta/tunedModels", model);
  }

  /** Waits for an operation by plain calls; returns it when it is done. */
  static JsonNode finished(String base, String key, JsonNode operation) throws InterruptedException {
    String path = "/v1beta/" + operation.get("name").asText();
    return until(() -> rest(base, key, "GET", path, null), answer -> answer.path("done").asBoolean());
  }

  /** Creates a model by plain calls and waits until it is trained; returns its name. */
  static String trainedModel(String base, String key, String displayName) throws InterruptedException {
    return finished(base, key, createdModel(base, key, displayName, 1)).get("response").get("name").asText();
  }

  /** Runs the body while the first `times` calls of the method are answered with the status; returns how many were. */
  static int withFaults(String method, String status, int times, Body body) throws Exception {
    String path = "/emulator/v1/faults";
    ObjectNode fault = JSON.createObjectNode().put("method", method).put("status", status).put("times", times);
    rest(URL, "k", "POST", path, fault);
    try {
      body.run();
      return times - rest(URL, "k", "GET", path, null).path("faults").path(0).path("times").asInt();
    } finally {
      rest(URL, "k", "DELETE", path, null);
    }
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) {
      System.err.println(name + " is not set: start this with tests/clients/run");
      System.exit(2);
    }
    return value;
  }

  private static JsonNode examples() {
    try {
      return JSON.readTree(Path.of("lib", "examples.json").toFile());
    } catch (java.io.IOException problem) {
      throw new java.io.UncheckedIOException(problem);
    }
  }
}
