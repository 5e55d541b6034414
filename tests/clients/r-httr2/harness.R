# What a program in R needs: TAP steps, and the control API.
tap <- new.env()
tap$count <- 0
tap$failed <- 0

# Runs the body as one step: it passes unless it stops.
step <- function(name, body) {
  tap$count <- tap$count + 1
  problem <- tryCatch({
    force(body)
    NULL
  }, error = identity)
  if (is.null(problem)) {
    cat(sprintf("ok %d - %s\n", tap$count, name))
  } else {
    tap$failed <- tap$failed + 1
    cat(sprintf("not ok %d - %s\n", tap$count, name))
    cat(paste0("# ", strsplit(conditionMessage(problem), "\n")[[1]], "\n"), sep = "")
  }
}

# Prints the plan and ends the program.
finish <- function() {
  cat(sprintf("1..%d\n", tap$count))
  quit(status = if (tap$failed > 0) 1 else 0)
}

# Fails the step unless both are the same.
equal <- function(got, wanted) {
  if (!isTRUE(all.equal(got, wanted))) {
    stop(sprintf("got %s, wanted %s", deparse1(got), deparse1(wanted)))
  }
}

contains <- function(text, part) {
  if (!isTRUE(grepl(part, text, fixed = TRUE))) {
    stop(sprintf("\"%s\" is not in \"%s\"", part, text))
  }
}

variable <- function(name) {
  value <- Sys.getenv(name)
  if (value == "") {
    stop(name, " is not set: start this with tests/clients/run")
  }
  value
}

# Lets the next calls of a method be answered with a status while `body` is evaluated.
with_fault <- function(method, status, body, times = 1) {
  faults <- request(paste0(variable("TUNEMOCK_URL"), "/emulator/v1/faults"))
  req_perform(req_body_json(faults, list(method = method, status = status, times = times)))
  on.exit(req_perform(req_method(faults, "DELETE")))
  force(body)
}
