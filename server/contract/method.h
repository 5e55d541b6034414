/*
 * The routes as a table made from methods.def: one row = one method. A row carries an enum, by
 * which the door finds the handler, and all that routing, binding and discovery need.
 */
#ifndef SERVER_CONTRACT_METHOD_H
#define SERVER_CONTRACT_METHOD_H

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/limits.h"
#include "server/contract/message.h"
#include "server/contract/version.h"

enum http_verb {
    VERB_GET,
    VERB_POST,
    VERB_PATCH,
    VERB_DELETE,
    VERB_PUT,
    VERB_HEAD,
    VERB_OPTIONS,
    VERB_OTHER
};

/* Exact upper-case name; VERB_OTHER if it is none of them. */
enum http_verb http_verb_parse(struct text name);
const char *http_verb_name(enum http_verb verb);

enum method_flag {
    METHOD_OAUTH_ONLY = 1 << 0, /* an API key is no credential for it (contract 3.7) */
    METHOD_STREAMING = 1 << 1,  /* answers are streams (contract 3.8) */
    METHOD_CONTROL = 1 << 2,    /* of the control API: guarded, without credentials */
    METHOD_ANY_HOST = 1 << 3,   /* a probe or a scrape: comes by names that the host's own network
                                   gives it, and without a token */
    METHOD_PUBLIC = 1 << 4,     /* of the service, without credentials, and no fault is for it */
    METHOD_NO_STORE = 1 << 5,   /* the door takes no snapshot for it: it reads nothing of the store,
                                   or begins its reads itself */
    METHOD_WATCHES = 1 << 6,    /* may wait until what its first star names has changed */
    METHOD_PROCESS = 1 << 7,    /* about the process: it has no namespace, and makes none */
    METHOD_VERTEX = 1 << 8,   /* of Vertex AI: its path stands behind a project, if one is given */
    METHOD_METADATA = 1 << 9, /* there only for who sends Metadata-Flavor: no page of the web */
    METHOD_SECRET = 1 << 10   /* its body is a credential, of which the journal keeps nothing */
};

enum method_id {
#define METHOD(                                                                                    \
    id, name, rpc, verb, path, parameter, body, request, response, strict, compat, flags)          \
    METHOD_##id,
#include "server/contract/methods.def"
    METHOD_COUNT
};

/* The emulated services' own methods, which are the first rows: those of the Gemini API, then those
 * of Vertex AI. */
enum {
    METHOD_GEMINI_COUNT = METHOD_TUNING_JOBS_CREATE,
    METHOD_EMULATED_COUNT = METHOD_DISCOVERY_GET
};

/* `body` of a method without one, and of one whose body is the whole request. */
#define METHOD_BODY_NONE (-1)
#define METHOD_BODY_ALL (-2)

struct method {
    const char *name;      /* "tunedModels.permissions.create", as in the discovery document */
    const char *rpc;       /* "ModelService.CreateTunedModel", for errors that name it */
    const char *path;      /* "tunedModels", or "/health"; see methods.def */
    size_t path_bytes;     /* of it, known when the program is built */
    const char *parameter; /* request field that the path sets ("tuned_model.name"), or NULL */
    enum http_verb verb;
    int body; /* request field that the body is, METHOD_BODY_NONE or _ALL */
    enum message_id request, response;
    uint8_t strict, compat; /* IN_...: the versions that have it, by fidelity */
    unsigned flags;         /* of enum method_flag */
};

extern const struct method methods[METHOD_COUNT];

/* What the first star of a method's path stands for. */
enum method_subject {
    SUBJECT_OTHER,
    SUBJECT_TUNED_MODEL,
    SUBJECT_BASE_MODEL,
    SUBJECT_TUNING_JOB,
    SUBJECT_ENDPOINT,
    SUBJECT_PUBLISHER_MODEL,
    SUBJECT_VERTEX_MODEL
};
enum method_subject method_subject(const struct method *method);

/* True if the method is one of this version, in this fidelity. Not of methods without a version. */
bool method_has_version(
    const struct method *method, enum fidelity fidelity, enum api_version version);

/* The version whose messages the method's calls on `version` speak. Those of Vertex AI have
 * v1beta1's; in strict, v1 has its own fields of Vertex AI's own messages. Resources of the control
 * API, as those of seeds, have no fields of later years. */
enum api_version method_messages(
    const struct method *method, enum api_version version, enum fidelity fidelity);

/* The message in which the other service says what `response` does of an answer to a prompt, and
 * its count of tokens; any other message itself. */
enum message_id method_response_twin(enum message_id response);

/* The message that is the body of a method's requests. False if there is none. */
bool method_body_message(const struct method *method, enum message_id *ret_id);

/* The custom verb of a method's path, "generateContent"; empty if it has none. */
struct text method_verb(const struct method *method);

/* The most stars that a path of the table has. */
enum { ROUTE_STARS_MAX = 3 };

/* What a path names. */
struct route {
    enum method_id method;
    enum api_version version; /* VERSION_V1BETA where the path has none */
    /* Percent-decoded segments that stood for stars, in the arena; "" if there are fewer. */
    struct text ids[ROUTE_STARS_MAX];
    /* Of a METHOD_VERTEX: as the path names them, decoded, or the default ones, PROJECT_DEFAULT
     * and LOCATION_DEFAULT, where it does not (express mode). Empty for other methods. */
    struct text project, location;
};

enum route_result {
    ROUTE_FOUND,
    ROUTE_UNKNOWN,  /* no such path, verb or version: 404 */
    ROUTE_MALFORMED /* found, but an id decodes to NUL or to bytes that are no UTF-8: 400 */
};

/*
 * Finds the method of a raw (still percent-encoded) path. Slashes before the version and the
 * collection may be doubled, as by a base URL that ends in one (before the first segment alone
 * where there is no version); no other segment may be empty. The verb of a custom method is what
 * follows the last raw ':' of the last segment; segments are decoded after splitting; a malformed
 * escape stands for itself (google.api.http, path template syntax; contract 1.2). HEAD finds the
 * GET method.
 *
 * "projects/P/locations/L/" behind the version is taken off, and leads to Vertex AI's methods, as
 * v1beta1 does. Without it, a path of v1 is the Gemini API's if that has it, and "models" and
 * "operations" are, if it has or not.
 */
enum route_result route_find(enum http_verb verb, struct text raw_path, enum fidelity fidelity,
    struct arena *arena, struct route *ret_route);

/*
 * The same for a client that escaped the slashes of a name,
 * "models/tunedModels%2Fx:generateContent": where the path names no method, or an id of a base
 * model with a slash, it is read once more with these slashes as separators, and this is what
 * counts if it is a method's then.
 */
enum route_result route_find_lenient(enum http_verb verb, struct text raw_path,
    enum fidelity fidelity, struct arena *arena, struct route *ret_route);

/*
 * True if a raw path fits the template of a row (methods.def), whatever its version is; the ids are
 * then the raw segments that stood for the stars, in their order, "" for what it has not.
 */
bool route_fits_template(
    const char *template_string, struct text raw_path, struct text ret_ids[ROUTE_STARS_MAX]);

/* True for the paths of Vertex AI, whether they are found or not: those of v1beta1, or behind a
 * project. */
bool route_is_vertex(struct text raw_path);

/* The project of a path of Vertex AI, decoded, whatever it may be; empty: it names none. */
struct text route_project(struct text raw_path, struct arena *arena);

/* True for the paths of the control API, whether they are found or not. */
bool route_is_control(struct text raw_path);

/* The verbs that a path of the control API has, "GET, POST", in the arena; empty if it has none. */
struct text route_control_verbs(struct text raw_path, struct arena *arena);

/* The raw path from the last of its leading slashes on: base URLs are often written with one at
 * their end. Borrows from the path. */
struct text path_skip_slashes(struct text raw_path);

/* Decodes %XX; a malformed escape stands for itself; '+' becomes a space if `plus_is_space`. */
struct text percent_decode(struct text raw, bool plus_is_space, struct arena *arena);

#endif
