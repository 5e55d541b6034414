/*
 * Which calls, or which models, something is for, compiled from a Match message: all fields that it
 * gives must hold. Faults, stubs, stories and questions to the journal have one; which fields it
 * may have is up to them.
 */
#ifndef SERVER_SPACE_MATCH_H
#define SERVER_SPACE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/text.h"
#include "server/json/message.h"

/* A set of fields: MATCH_FIELD(model) | MATCH_FIELD(caller). */
#define MATCH_FIELD(name) (UINT64_C(1) << Match_##name)
#define MATCH_FIELDS_FAULT (MATCH_FIELD(model) | MATCH_FIELD(caller) | MATCH_FIELD(body))
#define MATCH_FIELDS_STUB (MATCH_FIELDS_FAULT | MATCH_FIELD(method) | MATCH_FIELD(prompt))
#define MATCH_FIELDS_REQUEST                                                                       \
    (MATCH_FIELDS_STUB | MATCH_FIELD(path) | MATCH_FIELD(request_id) | MATCH_FIELD(answer) |       \
        MATCH_FIELD(status))
#define MATCH_FIELDS_STORY (MATCH_FIELD(id) | MATCH_FIELD(display_name) | MATCH_FIELD(base_model))

/* `method` of a call whose route is unknown: it is of no method's name, but of "*"
 * and, where requests are asked for, of "". */
#define MATCH_NO_METHOD (-1)

/* What is known of a call, or of a model. What is not known is empty. */
struct match_facts {
    int method;        /* enum method_id of the emulated API, or MATCH_NO_METHOD */
    int status;        /* HTTP; 0: there is none yet */
    struct text model; /* "tunedModels/x", "models/y" */
    /* Other names by which it may be meant, too: of an endpoint, its job's. */
    const struct text *model_forms;
    size_t model_form_count;
    struct text caller; /* "alice@example.com", "key-0123abcd", "anonymous" */
    struct text body;   /* of the request */
    struct text prompt;
    /* Other forms of it, of which each may be meant, too: without labels (sim/prompt.h). */
    const struct text *prompt_forms;
    size_t prompt_form_count;
    bool prompt_has_labels; /* which the later forms are without */
    struct text path;
    struct text request_id;
    struct text answer;      /* X-Emulator-Answer */
    struct text status_name; /* "RESOURCE_EXHAUSTED"; "OK" or empty of what is no error */
    struct text id;          /* of a model, and the next two */
    struct text display_name;
    struct text base_model;
    /* What looking for something in all of these texts may yet take, in steps of a regex: at 0 it
     * is not known any more what holds. NULL: whoever asks has seen to it that it is little. */
    uint64_t *steps_left;
};

/* True if there was more to be looked for than the steps of the facts allow: what match_holds and
 * the others said is not to be relied on. */
bool match_is_spent(const struct match_facts *facts);

struct match;

/*
 * Compiles a Match into the arena, which has all of it and must outlive it. `allowed` are the
 * fields that it may have, of MATCH_FIELD. NULL if it is not valid; `ret_problem` (in the arena)
 * then says "path.field: reason". A message of NULL is one without fields, which holds always.
 */
struct match *match_compile(const struct message *message, uint64_t allowed, struct text path,
    struct arena *arena, struct text *ret_problem);

/* From any thread. */
bool match_holds(const struct match *match, const struct match_facts *facts);

/* How many texts match_groups gives: 1 and the groups of the prompt's regex, so that {{match.N}}
 * can be had if N is less; 0 if the prompt is not to fit a regex. */
size_t match_group_count(const struct match *match);

/*
 * What the regex of the prompt took of a call's, and each of its groups, where match_holds: [0] is
 * what fits the whole regex, [1] its first group. Parts of the first form of the prompt that fits,
 * where it has labels of the last; empty, with bytes == NULL, if the group took no part or there is
 * no such. From any thread.
 */
void match_groups(const struct match *match, const struct match_facts *facts,
    struct text ret_groups[REGEX_GROUPS_MAX + 1]);

/* How much work it is at most: the sum of text_match_size. */
size_t match_size(const struct match *match);

/* How far a call is from what is meant. */
struct match_distance {
    size_t differ_count;  /* fields that do not hold */
    size_t missing_count; /* of these, those of which the call has nothing */
    size_t likeness;      /* of the others, how much is as wanted: text_match_likeness */
};

struct match_distance match_measure(const struct match *match, const struct match_facts *facts);

/* A field that does not hold; the texts live as long as the arena does. */
struct match_gap {
    struct text field, want, got;
    struct text words; /* match_difference */
};

typedef void match_visitor(void *context, const struct match_gap *gap);

/* Tells of each field that does not hold, in the order of messages.def; long texts are cut to
 * MATCH_SHOWN_BYTES_MAX (limits.h), about where they part. */
void match_differs(const struct match *match, const struct match_facts *facts, struct arena *arena,
    match_visitor *visit, void *context);

/* "method: want tunedModels.delete, got tunedModels.get". */
struct text match_difference(
    struct arena *arena, struct text field, struct text want, struct text got);

/* The value of a field of MESSAGE_Match as words have it: names as they are, what may be any text,
 * or would not be seen where it ends, in quotation marks. */
struct text match_quote(unsigned field, struct text value, struct arena *arena);

#endif
