/*
 * A message in memory: a type from the contract's tables and the values of its fields. Handlers
 * fill and read messages by the field constants of messages.def (TunedModel_display_name); text and
 * lists are borrowed or live in the arena given to message_new, like the message itself.
 *
 * Getters of an unset field give the type's default (empty text, 0, false, NULL). Using a field
 * with a function of another kind is a bug and is asserted.
 */
#ifndef SERVER_JSON_MESSAGE_H
#define SERVER_JSON_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/message.h"

struct message;
struct list;

union value {
    struct text
        text;     /* STRING, BYTES (decoded), FIELD_MASK, JSON and STRUCT (compact, never empty) */
    bool boolean; /* BOOL */
    int64_t integer;         /* INT32, INT64, ENUM (number), TIMESTAMP and DURATION (ns) */
    float real32;            /* FLOAT */
    double real64;           /* DOUBLE */
    struct message *message; /* MESSAGE, ANY; never NULL when set */
    struct list *list;       /* repeated fields and maps */
};

/* Fills the item `index` of a repeated field of messages; `item` comes in empty. */
typedef void message_filler(void *context, size_t index, struct message *item);

/*
 * Keeps the text of made items from one answer to the next. `place` stands for all that the text
 * depends on besides the items: equal ones give equal texts. Each item's text has what stands
 * before it, the comma, too.
 */
struct list_keeper {
    /* The text of the first items, borrowed until `keep`, and how many these are; 0: none is kept.
     * Not more than the list has. */
    struct text (*find)(void *context, uint64_t place, size_t *ret_count);
    /* Takes a copy of the text of the items that the last `find` did not give. */
    void (*keep)(void *context, struct text added);
};

/*
 * A message that is made when it is written, and of which the text is kept from one answer to the
 * next. What begins with this has the rest of what the functions need.
 */
struct message_source {
    /* The message, in an arena that lives as long as the source. */
    struct message *(*make)(struct message_source *source, enum api_version version);
    /* Its text if that is kept, borrowed until the next answer; or empty. `place` as above. */
    struct text (*find)(struct message_source *source, uint64_t place);
    /* Takes a copy of the text that the last `find` did not give. */
    void (*keep)(struct message_source *source, struct text text);
};

/* A repeated field's items; for a map key and value alternate (keys are text). */
struct list {
    union value *items; /* of a made list: one, which is filled anew for each index */
    size_t count;
    size_t capacity;
    message_filler *fill;             /* of a made list; NULL: the items are there */
    const struct list_keeper *keeper; /* of a made list; or NULL */
    void *context;
};

struct message {
    const struct message_type *type;
    struct arena *arena;
    enum api_version version; /* whose fields are printed and whose name an Any gives */
    enum api_version called;  /* whose types errors name, as far as it has them; else `version` */
    uint64_t set;             /* bit i: field i is set */
    union value *values;      /* type->field_count; NULL until one of many is set */
    struct message_source *source; /* of a message that stands for one to be made; or NULL */
};

struct message *message_new(struct arena *arena, enum message_id id, enum api_version version);

/* A message that stands for the one that `source` makes: only json_write may look at it. */
struct message *message_new_made(struct arena *arena, enum message_id id, enum api_version version,
    struct message_source *source);

/* A copy with the same children and lists. */
struct message *message_copy(struct arena *arena, const struct message *message);

/* A copy of all there is, texts, children and lists too, in the arena. Of what was read, which
 * nests no deeper than JSON_DEPTH_MAX; no list of it is a made one. */
struct message *message_clone(struct arena *arena, const struct message *message);

/* The version of a type that is in `versions` by which errors about `message` name it. */
enum api_version message_error_version(const struct message *message, unsigned versions);

bool message_is(const struct message *message, enum message_id id);
bool message_has(const struct message *message, unsigned field);
void message_clear(struct message *message, unsigned field);

/* Singular fields. Setting a member of a oneof clears its other members. */
void message_set_text(struct message *message, unsigned field, struct text text);
/* Sets the text unless it is empty. */
void message_set_text_if(struct message *message, unsigned field, struct text text);
void message_set_bool(struct message *message, unsigned field, bool boolean);
void message_set_int(struct message *message, unsigned field, int64_t integer);
void message_set_float(struct message *message, unsigned field, float real);
void message_set_double(struct message *message, unsigned field, double real);
void message_set_message(struct message *message, unsigned field, struct message *child);

struct text message_text(const struct message *message, unsigned field);
bool message_bool(const struct message *message, unsigned field);
int64_t message_int(const struct message *message, unsigned field);
float message_float(const struct message *message, unsigned field);
double message_double(const struct message *message, unsigned field);
struct message *message_child(const struct message *message, unsigned field);
/* A new message, of the same version, of a FIELD_MESSAGE field's type; it is put nowhere. */
struct message *message_new_child(const struct message *message, unsigned field);
/* The child of a FIELD_MESSAGE field, made as by message_new_child if it was unset. */
struct message *message_make_child(struct message *message, unsigned field);

/* Repeated fields. The count of a map is that of its pairs. An index must be below the count. */
size_t message_count(const struct message *message, unsigned field);
struct text message_text_at(const struct message *message, unsigned field, size_t index);
int64_t message_int_at(const struct message *message, unsigned field, size_t index);
struct message *message_child_at(const struct message *message, unsigned field, size_t index);
void message_add_int(struct message *message, unsigned field, int64_t integer);
void message_add_float(struct message *message, unsigned field, float real);
void message_add_message(struct message *message, unsigned field, struct message *child);
/* Appends a new message of the field's type and the parent's version, and returns it. */
struct message *message_add_child(struct message *message, unsigned field);

/*
 * Sets an unset repeated field of messages to `count` items (0: it stays unset) that `fill` makes
 * one at a time while they are written: they take no memory, and no time if a mask leaves them out.
 * Only message_count and json_write may look at such a field. `context` must live as long as the
 * message does.
 */
void message_set_made(
    struct message *message, unsigned field, size_t count, message_filler *fill, void *context);
/* Has the text of such a field kept, by `keeper` with the same context. */
void message_keep_made(struct message *message, unsigned field, const struct list_keeper *keeper);

/* Sets a repeated field, which has no items yet: with FIELD_PRESENCE it is printed all the same. */
void message_set_list(struct message *message, unsigned field);

/* Maps of text to text. */
void message_pair_at(const struct message *message, unsigned field, size_t index,
    struct text *ret_key, struct text *ret_value);
void message_add_pair(struct message *message, unsigned field, struct text key, struct text value);

/* For the writer: the item of a list. One of a made list is gone with the next call. */
union value list_item(const struct list *list, size_t index);

/* For the reader: the place of a singular field's value, which counts as set from now on. */
union value *message_place(struct message *message, unsigned field);
/* For the reader: appends room for one more item of a repeated field or map and returns it. */
union value *message_add_item(struct message *message, unsigned field);
/* For the reader: makes a list with room for `count` items, which would grow in steps otherwise.
 * One that is there is left as it is; of 0 it is made, and empty. */
void message_expect_items(struct message *message, unsigned field, size_t count);

#endif
