/*
 * One call of a method: what the door worked out from the request (method, caller, decoded request
 * message) and where the handler puts its answer. Handlers are short: they read `in`, ask the store
 * and the simulator, and end with one of the call_... functions below.
 */
#ifndef SERVER_CALL_CALL_H
#define SERVER_CALL_CALL_H

#include "server/call/app.h"
#include "server/call/exchange.h"
#include "server/contract/error.h"
#include "server/contract/field_lines.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/json/message.h"
#include "server/json/write.h"
#include "server/space/watch.h"
#include "store/store.h"

struct answer_block;
struct answer_cut;
struct failure;
struct kept;
struct metrics_counts;
struct stream_pace;
struct tuning_files;

/* System parameters (contract 3.4) as far as they change an answer. */
struct system_parameters {
    bool is_sse;           /* alt=sse */
    bool is_xgafv_1;       /* $.xgafv=1: the older error format, too */
    struct text key;       /* key= */
    struct text token;     /* access_token=, oauth_token= */
    struct text fields;    /* fields=, or the header X-Goog-FieldMask */
    struct text callback;  /* callback=: JSONP */
    struct text namespace; /* namespace=, of the control API; bytes == NULL: not given */
};

enum credential_kind { CREDENTIAL_NONE, CREDENTIAL_KEY, CREDENTIAL_TOKEN };

struct caller {
    enum credential_kind kind;
    bool owns_all;     /* --auth open: has every right on every model */
    struct text email; /* whose permissions count */
};

enum call_state {
    CALL_DONE,    /* answered */
    CALL_PENDING, /* call->write or batch is to be committed; the second half answers */
    CALL_WATCHING /* the handler is to look again, see call_watch */
};

struct call {
    struct app *app;
    /* That the call is about: its models, its clock, its scripts. If it has none, since no_space
     * says why not, this is the default one, which is not told of it. */
    struct space *space;
    struct text no_space;
    enum error_id no_space_error;
    bool is_page;    /* its path is the web page's, of a file that is there or not */
    bool is_control; /* it is the page's or one of the control API, found or not */
    struct arena *arena;
    struct request *request;
    struct reply *reply;
    struct metrics_counts *counts; /* of the worker to which the call came; call/metrics.h */
    struct kept *kept;             /* the worker's texts of answers */
    struct store_reader *reader;   /* inside a snapshot while `is_reading` */
    bool is_reading;               /* while a handler runs, until it has called call_end_read */
    struct dials dials;            /* of the space, as they stood when the call began */
    int64_t now_ns;                /* emulated time of this request; of a look, where it waits */
    uint64_t epoch;                /* of the space, before anything of it was looked at */

    uint64_t request_number; /* of the X-Request-Id that was made for it; 0: none was */
    struct text sent_id;     /* X-Request-Id, if it can be one; empty: none was sent */

    const struct method *method;
    enum method_id method_id;
    enum api_version version;         /* of the path */
    enum api_version messages;        /* whose fields `in` and the answer have */
    struct text ids[ROUTE_STARS_MAX]; /* decoded path segments that stood for stars */
    struct text project, location;    /* of a METHOD_VERTEX, else empty */
    struct caller caller;
    struct system_parameters system;
    struct json_style style;
    struct message *in;              /* the request message: path, query and body */
    bool is_body_read;               /* it has all that could be read of the body */
    struct decode_problems problems; /* of decoding; any of them is answered before the handler */

    /* What facts_model and facts_prompt give, where the handler has found them; bytes == NULL: they
     * are looked for when somebody asks. */
    struct text model, prompt;

    struct text error; /* what an error says, and of which status it is; empty and NULL: the
                          answer is none */
    const char *error_status;

    struct tuning_files *files; /* training data it has asked for; NULL: none */

    uint64_t match_steps_left; /* MATCH_STEPS_MAX less what looking for fault and stub has taken */

    const struct answer_block *block; /* NULL: the answer is not blocked */
    const struct answer_cut *cut;     /* NULL: the stream comes to its end */
    /* Of the stream: NULL until something says more than the dial does, which is first the header,
     * of the call alone, then whoever gives the answer. Lives as long as the call. */
    const struct stream_pace *pace;
    /* X-Emulator-Answer of who says that base models which can be tuned are switched off; empty:
     * they are not. */
    struct text retirement;

    struct store_write *write; /* of a CALL_PENDING call, unless it has a batch */
    struct store_batch *batch;
    void *context; /* the handler's, for its finish function */
    /* What is to be done once the write's result is known, whatever becomes of the answer; NULL:
     * nothing. On the writer's thread, so it must be quick. */
    void (*settle)(struct call *call);
    /* In place of the finish function, if nothing was written and the door says why; or NULL. */
    void (*give_up)(struct call *call);

    /* Of a METHOD_WATCHES. */
    struct watch watch;
    struct arena_mark look; /* where its arena stands when a look begins */
    int64_t asked_ns;       /* monotonic: when the call came */
    int64_t watch_ns;       /* until the next look is due, if nothing happens before */
    bool is_last_look;      /* client or server are going: it must answer now */
    bool is_early;          /* it waits for its space, which is not ready; so may others */
};

/* The first half of a method: answers, or queues a write and returns CALL_PENDING. One of a
 * METHOD_WATCHES may return call_watch, and is called again. */
typedef enum call_state call_handler(struct call *call);
/* The second half: the result of write or batch is known; answers. */
typedef void call_finisher(struct call *call);

/* Gives the store's reader back: the handler has read all it needs, and what is left to do, and to
 * write, may take its time. Does nothing the second time. */
void call_end_read(struct call *call);

/* The id of the row of the store that the path's first star is about, if it is about one: that of a
 * tuning job begins with "tuningJobs/". */
struct text call_row_id(const struct call *call);

/* The name of the method's request type, by which errors name it: "CreateTunedModelRequest". */
struct text call_request_name(const struct call *call);

/* Makes an answer of the method's response type. */
struct message *call_new_answer(struct call *call);

/* Answers 200 with a message, which borrows nothing from the store any more: its reader is given
 * back first. */
enum call_state call_answer(struct call *call, const struct message *answer);
/* The same for who writes the JSON himself, between these two: in the style of the call, and within
 * ANSWER_FREE_BYTES. */
struct buf *call_begin_answer(struct call *call);
enum call_state call_end_answer(struct call *call);
/* Answers 200 with {}. */
enum call_state call_answer_empty(struct call *call);

/* Answers with an error whose text has no arguments, or with these. */
enum call_state call_fail(struct call *call, enum error_id id);
enum call_state call_fail_with(
    struct call *call, enum error_id id, size_t argument_count, const struct text *arguments);
/* The same for one argument, the usual number. */
enum call_state call_fail_text(struct call *call, enum error_id id, struct text argument);
/* Answers with what reading a body has found; there must be something. */
enum call_state call_fail_problems(struct call *call, const struct decode_problems *problems);
/* What was read within app->body_limits stays counted until the exchange is over. */
void call_hold_decoded(struct call *call, const struct decode_problems *problems);
/* Answers with an error of which more than the text is given; what follows from the call is set. */
enum call_state call_fail_as(struct call *call, struct failure *failure);
/* Gives the answer the headers of a stream of events or of an array: in strict it is an attachment,
 * too, as recorded. */
void call_set_stream_headers(struct call *call);
/*
 * Makes sure that an answer of so many bytes will find room, before something is done that cannot
 * be taken back. False if it would not: CALL_DONE is then to be returned, and the door refuses the
 * call.
 */
bool call_reserve_answer(struct call *call, size_t bytes);

/* Counts memory that the call is about to take, and keeps until it is answered, with that of its
 * body, unless it is little. False if there is no room: the call was answered. */
bool call_hold_bytes(struct call *call, size_t bytes);

/* Answers what a store that failed means to a client. store_has_failed(result). */
enum call_state call_fail_store(struct call *call, enum store_result result);
/* Answers that a model is not found for this version, or does not support what `use` names; of
 * streams the real service says the same. */
enum call_state call_fail_unsupported(struct call *call, struct text model_name, const char *use);
/* False, with the call answered, if the name of the model in the path is malformed: ids have
 * neither slashes nor spaces. */
bool call_check_model_name(struct call *call);
/* Answers 404 as an HTML page, as the front end does for paths that it does not know, or of Vertex
 * AI as an error; in compat a hint names the nearest route. */
enum call_state call_fail_unknown_route(struct call *call);

/* A text of the request as an error can show it: bytes that are no UTF-8 cannot be. */
struct text call_shown(struct text text);

/* A zeroed write of this kind in the call's space and arena, made call->write. */
struct store_write *call_new_write(struct call *call, enum store_write_kind kind);
/* Queues call->write. */
enum call_state call_submit(struct call *call);
/* Queues a batch, which lives as long as the call. */
enum call_state call_submit_batch(struct call *call, struct store_batch *batch);

/*
 * Has the handler called again once `delay_ns` of real time have passed, or the resource that the
 * path names, or the clock, may have changed; until then the request is set aside. What the call
 * has in its arena is gone then. Not of a last look.
 */
enum call_state call_watch(struct call *call, int64_t delay_ns);

/* Tells the client that something it sent cannot work as meant: X-Emulator-Hint and a log line. */
void call_hint(struct call *call, const char *hint);
/* The same for a text of the call's arena; no line ends. */
void call_hint_text(struct call *call, struct text hint);

/* Begins lines about fields of the call's request. */
void call_begin_lines(struct call *call, struct field_lines *lines);
/* Answers with all lines; there must be some. */
enum call_state call_fail_lines(struct call *call, const struct field_lines *lines);

#endif
