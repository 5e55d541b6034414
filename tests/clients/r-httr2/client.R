# httr2, the client of R, through the life of a tuned model. It is no SDK: each request is spelled out, and its ways are
# those of R.
suppressWarnings(library(httr2))
source("harness.R")

# [readme r-httr2]
library(httr2)
api <- function(path, key = "any", base = Sys.getenv("TUNEMOCK_URL")) {
  request(base) |> req_url_path_append("v1beta", path) |> req_headers("x-goog-api-key" = key)
}
# [/readme]

WAIT_SECONDS_MAX <- 60
WAIT_PAUSE_S <- 0.05
MODEL <- "tunedModels/numbers-1"
auth_url <- variable("TUNEMOCK_AUTH_URL")
examples <- jsonlite::read_json("lib/examples.json")

# The JSON answer of a request, which must be a success.
perform <- function(req) resp_body_json(req_perform(req))

tuned_model <- function(display_name, epoch_count = 10) {
  list(
    displayName = display_name, baseModel = "models/gemini-1.5-flash-001-tuning",
    tuningTask = list(
      hyperparameters = list(epochCount = epoch_count, batchSize = 4),
      trainingData = list(examples = list(examples = examples))))
}

create <- function(id, ..., model = tuned_model(id)) {
  api("tunedModels", ...) |> req_url_query(tunedModelId = id) |> req_body_json(model)
}

# Polls an operation until it is done, and returns its last answer.
await <- function(operation, ...) {
  deadline <- Sys.time() + WAIT_SECONDS_MAX
  repeat {
    answer <- perform(api(operation$name, ...))
    if (isTRUE(answer$done)) return(answer)
    if (Sys.time() > deadline) stop("gave up waiting")
    Sys.sleep(WAIT_PAUSE_S)
  }
}

prompt <- function(...) {
  list(contents = lapply(list(...), function(text) list(role = "user", parts = list(list(text = text)))))
}

ask <- function(model, text, method = "generateContent", ...) {
  api(paste0(model, ":", method), ...) |> req_body_json(prompt(text))
}

text_of <- function(answer) answer$candidates[[1]]$content$parts[[1]]$text

# The texts of a stream of events, and in how many pieces it came.
stream_texts <- function(req) {
  bytes <- raw()
  req_stream(req, function(chunk) {
    bytes <<- c(bytes, chunk)
    TRUE
  })
  lines <- strsplit(rawToChar(bytes), "\r?\n")[[1]]
  events <- sub("^data: ", "", lines[startsWith(lines, "data: ")])
  vapply(events, function(event) text_of(jsonlite::parse_json(event)), "", USE.NAMES = FALSE)
}

# The request must be answered with this code; its body must have this status and this in its message.
shows <- function(req, code, status, part = "") {
  problem <- tryCatch({
    req_perform(req)
    NULL
  }, error = identity)
  if (is.null(problem)) stop("it succeeded")
  equal(class(problem)[1], paste0("httr2_http_", code))
  error <- resp_body_json(problem$resp)$error
  equal(error$code, code)
  equal(error$status, status)
  contains(error$message, part)
}

cat(sprintf("# client httr2 %s\n", packageVersion("httr2")))

step("a base model that can be tuned is listed", {
  names <- vapply(perform(api("models") |> req_url_query(pageSize = 1000))$models, function(model) model$name, "")
  equal("models/gemini-1.5-flash-001-tuning" %in% names, TRUE)
})
step("create takes training data, hyperparameters and an id, and answers with an operation", {
  operation <- perform(create("numbers-1"))
  equal(operation$metadata$tunedModel, MODEL)
  equal(operation$metadata$totalSteps, 38L)
})
step("the model is there at once, CREATING, and does not answer", {
  equal(perform(api(MODEL))$state, "CREATING")
  shows(ask(MODEL, "1"), 400, "FAILED_PRECONDITION")
})
step("its operation ends with the trained model", {
  done <- await(operation)
  equal(done$response$state, "ACTIVE")
  losses <- vapply(done$metadata$snapshots, function(snapshot) snapshot$meanLoss, 0)
  equal(length(losses), 38L)
  equal(losses[38] < losses[1], TRUE)
})
step("list gives all in pages", {
  for (id in c("numbers-2", "numbers-3")) await(perform(create(id)))
  names <- character()
  token <- NULL
  repeat {
    page <- perform(api("tunedModels") |> req_url_query(pageSize = 2, pageToken = token))
    names <- c(names, vapply(page$tunedModels, function(model) model$name, ""))
    token <- page$nextPageToken
    if (is.null(token)) break
  }
  equal(sort(names), paste0("tunedModels/numbers-", 1:3))
})
step("update changes what its mask names and nothing else", {
  patch <- list(description = "counts", displayName = "unmasked")
  perform(api(MODEL) |> req_method("PATCH") |> req_url_query(updateMask = "description") |> req_body_json(patch))
  model <- perform(api(MODEL))
  equal(c(model$description, model$displayName), c("counts", "numbers-1"))
})
step("generateContent answers from the training data", {
  answer <- perform(ask(MODEL, "LXIII"))
  equal(text_of(answer), "LXIV")
  equal(answer$candidates[[1]]$finishReason, "STOP")
  equal(answer$usageMetadata$totalTokenCount > 0, TRUE)
})
step("streamGenerateContent is read as it comes", {
  texts <- stream_texts(ask(MODEL, "ninety nine", "streamGenerateContent") |> req_url_query(alt = "sse"))
  equal(length(texts) > 1, TRUE)
  equal(paste(texts, collapse = ""), "one hundred")
})
step("many are answered at once", {
  answers <- multi_req_perform(lapply(0:9, function(number) ask(MODEL, as.character(number))))
  equal(vapply(answers, function(answer) text_of(resp_body_json(answer)), ""), as.character(1:10))
})
step("an empty list, which R sends as an array, is refused where a message was meant", {
  empty <- api(paste0(MODEL, ":generateContent")) |> req_body_json(c(prompt("1"), list(generationConfig = list())))
  shows(empty, 400, "INVALID_ARGUMENT", "\"generationConfig\": Proto field is not repeating, cannot start list.")
})
step("countTokens counts", {
  equal(perform(ask(MODEL, "one two three", "countTokens"))$totalTokens > 0, TRUE)
})
step("permissions are created, listed, changed and deleted", {
  permissions <- paste0(MODEL, "/permissions")
  grant <- list(granteeType = "USER", emailAddress = "a@example.com", role = "READER")
  permission <- perform(api(permissions) |> req_body_json(grant))$name
  equal(vapply(perform(api(permissions))$permissions, function(one) one$role, ""), c("OWNER", "READER"))
  perform(api(permission) |> req_method("PATCH") |> req_url_query(updateMask = "role") |>
    req_body_json(list(role = "WRITER")))
  equal(perform(api(permission))$role, "WRITER")
  perform(api(permission) |> req_method("DELETE"))
  equal(length(perform(api(permissions))$permissions), 1L)
})
step("transferOwnership makes another the owner", {
  perform(api(paste0(MODEL, ":transferOwnership")) |> req_body_json(list(emailAddress = "new@example.com")))
  owner <- Filter(function(one) one$role == "OWNER", perform(api(paste0(MODEL, "/permissions")))$permissions)
  equal(owner[[1]]$emailAddress, "new@example.com")
})
step("cancel, which has no body, ends a training", {
  running <- perform(create("cancelled", model = tuned_model("cancelled", 100)))
  perform(api(paste0(running$name, ":cancel")) |> req_method("POST"))
  equal(await(running)$error$code, 1L)
})
step("400: a bad hyperparameter names the field", {
  shows(create("bad", model = tuned_model("bad", -1)), 400, "INVALID_ARGUMENT", "epoch_count")
})
step("404: a model that does not exist", {
  shows(api("tunedModels/nobody"), 404, "NOT_FOUND", "Tuned model tunedModels/nobody does not exist.")
})
step("409: an id that is taken", shows(create("numbers-1"), 409, "ALREADY_EXISTS"))
step("429: a scripted RESOURCE_EXHAUSTED, which is not retried", {
  with_fault("tunedModels.generateContent", "RESOURCE_EXHAUSTED", shows(ask(MODEL, "1"), 429, "RESOURCE_EXHAUSTED"))
})
step("503: a scripted UNAVAILABLE, which req_retry retries until it is over", {
  with_fault("tunedModels.get", "UNAVAILABLE", shows(api(MODEL), 503, "UNAVAILABLE"))
  with_fault("tunedModels.get", "UNAVAILABLE",
    equal(perform(api(MODEL) |> req_retry(max_tries = 3, backoff = function(tries) 0.1))$name, MODEL))
})
step("403, 400 and 401: no key, the model of somebody else, a key nobody has, permissions with a key", {
  await(perform(create("private", "alice-key", auth_url)), "alice-key", auth_url)
  private <- "tunedModels/private"
  shows(request(auth_url) |> req_url_path_append("v1beta", private), 403, "PERMISSION_DENIED")
  shows(api(private, "bob-key", auth_url), 403, "PERMISSION_DENIED", "You do not have permission")
  shows(api(private, "no-such-key", auth_url), 400, "INVALID_ARGUMENT", "API key not valid")
  shows(api(paste0(private, "/permissions"), "alice-key", auth_url), 401, "UNAUTHENTICATED")
})
step("delete removes the model, and it is gone", {
  equal(length(perform(api(MODEL) |> req_method("DELETE"))), 0L)
  shows(api(MODEL), 404, "NOT_FOUND")
})
finish()
