/*
 * Every error that the emulator can answer with, as a table made from errors.def: one row = one
 * error: its HTTP code and canonical status, its text, and which google.rpc detail it carries.
 * Nothing else in the project writes an error body (see call/fail.h).
 */
#ifndef SERVER_CONTRACT_ERROR_H
#define SERVER_CONTRACT_ERROR_H

#include "base/arena.h"
#include "base/text.h"

/* google.rpc.Code with the HTTP code of each (google/rpc/code.proto; contract 4.1). */
enum status_code {
#define STATUS(id, number, http) STATUS_##id = (number),
#include "server/contract/errors.def"
};

struct status {
    const char *name; /* "INVALID_ARGUMENT" */
    int number;       /* gRPC code, as in Operation.error.code */
    int http;
};

/* The status with this gRPC number (0 to 16), or NULL. */
const struct status *status_find(int number);
/* By its name in any case, or by its decimal gRPC or HTTP code ("UNAVAILABLE", "503"); or NULL. */
const struct status *status_parse(struct text text);
/* The status of an error by its name in any case, or by its decimal gRPC number; or NULL. */
const struct status *status_parse_code(struct text text);

/* The details that an error carries. */
enum error_details {
    DETAILS_NONE,
    DETAILS_BAD_REQUEST, /* google.rpc.BadRequest from the violations of the call */
    DETAILS_KEY,         /* ErrorInfo: reason and the service */
    DETAILS_CREDENTIALS, /* ErrorInfo: reason, service and method */
    DETAILS_TOKEN,       /* the same without a domain, method first, as recorded */
    DETAILS_QUOTA,       /* Help, QuotaFailure and RetryInfo */
    DETAILS_RATE,        /* ErrorInfo RATE_LIMIT_EXCEEDED and Help */
    DETAILS_DISABLED,    /* Help and ErrorInfo SERVICE_DISABLED */
    DETAILS_IAM          /* ErrorInfo: reason, permission and resource, of Vertex AI */
};

enum error_id {
#define ERROR(id, name, status, text, details, reason) ERROR_##id,
#include "server/contract/errors.def"
    ERROR_COUNT
};

/* What an argument of a text stands for: the kind of a hole. */
enum error_argument {
#define ARGUMENT(id, name) ARGUMENT_##id,
#include "server/contract/errors.def"
    ARGUMENT_COUNT
};

struct error {
    const char *name;   /* "tm.missing": stable, for tests and the log */
    const char *text;   /* "{model_id}" is a hole for the next argument */
    const char *reason; /* of ErrorInfo, or NULL */
    enum status_code status;
    enum error_details details;
};

extern const struct error errors[ERROR_COUNT];

/* The error with this name, or NULL. */
const struct error *error_by_name(struct text name);

/* A hole of a text: the bytes from `begin` to before `end`, for an argument of this kind. */
struct error_hole {
    size_t begin, end;
    enum error_argument argument;
};

/* The first hole that begins at `from` or later. False if there is none. */
bool error_next_hole(struct text text, size_t from, struct error_hole *ret_hole);

/* The text of an error with its arguments filled in; there must be as many as the row has holes. */
struct text error_text(
    struct arena *arena, enum error_id id, const struct text *arguments, size_t argument_count);

#endif
