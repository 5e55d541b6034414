/*
 * Messages to JSON text, byte for byte as the real service prints them (contract 3.1): fields in
 * ascending number, "@type" first in an Any, defaults left out unless a field has presence or is a
 * member of a oneof, int64 as strings, its own float and double texts, < and > escaped.
 *
 * Strings and numbers of free JSON values (FIELD_JSON, FIELD_STRUCT) are printed as they were kept,
 * in the layout asked for. "@type" is printed whatever the mask says: without it nobody can read
 * the rest.
 */
#ifndef SERVER_JSON_WRITE_H
#define SERVER_JSON_WRITE_H

#include "base/budget.h"
#include "base/buf.h"
#include "server/json/mask.h"
#include "server/json/message.h"

enum json_layout {
    JSON_PRETTY,  /* two spaces, "key": value, one line each; the default of the service */
    JSON_COMPACT, /* prettyPrint=false: no white space at all */
    JSON_EVENT    /* server-sent events: one line, a space after each colon, none after commas */
};

struct json_style {
    enum json_layout layout;
    bool enums_as_numbers;        /* enum-encoding=int */
    const struct json_mask *mask; /* fields=; NULL for everything */
    struct share *share;          /* what `out` may take of memory; NULL: as much as it needs */
};

/*
 * Appends the message. No newline is added at the end. If the style's share is refused more on the
 * way, what is written is no whole JSON: see share->is_refused.
 */
void json_write(struct buf *out, const struct message *message, const struct json_style *style);
/* The same of JSON that was written in this style before. */
void json_write_kept(struct buf *out, struct text json, const struct json_style *style);

/*
 * A message whose first field, a list of messages, is written item by item, so that no more than
 * one of them need be in memory. The text is that of json_write for the whole.
 */
struct json_list {
    struct buf *out;
    const struct json_style *style;
    const struct field *field;
    const struct json_mask *item_mask;
    bool is_selected; /* by the style's mask; otherwise nothing is written of the items */
    size_t count;     /* of items written */
};

/* `field` is of the message's type; all but `out` and the style may be gone after the call. */
void json_list_begin(struct json_list *list, struct buf *out, const struct message *message,
    unsigned field, const struct json_style *style);
void json_list_add(struct json_list *list, const struct message *item);
/* Writes the rest of the message, in which the list itself is unset. */
void json_list_end(struct json_list *list, const struct message *message);

/*
 * JSON that is no message of the contract, such as a discovery document: value by value, in the
 * same layouts. Starts as {.out = ..., .style = ...}; the style's mask and share are not for it.
 * Names are constants and need no escapes; a value in a list, and the root, has none: TEXT("").
 */
struct json_document {
    struct buf *out;
    const struct json_style *style;
    size_t depth;
    bool has_items; /* something stands before the next value in its object or list */
};

void json_document_open_object(struct json_document *document, struct text name);
void json_document_close_object(struct json_document *document);
void json_document_open_list(struct json_document *document, struct text name);
void json_document_close_list(struct json_document *document);
void json_document_add_string(struct json_document *document, struct text name, struct text value);
void json_document_add_int(struct json_document *document, struct text name, int64_t number);
void json_document_add_double(struct json_document *document, struct text name, double number);
void json_document_add_true(struct json_document *document, struct text name);
void json_document_add_false(struct json_document *document, struct text name);

/* Appends a string with its quotes. The bytes must be valid UTF-8. */
void json_write_string(struct buf *out, struct text text);
/* Appends what stands between the quotes of a string. */
void json_write_escaped(struct buf *out, struct text text);
/* Appends the shortest decimal that reads back as the same float; NaN and infinities in quotes. */
void json_write_float(struct buf *out, float real);
/* Appends %.15g if that reads back, else %.17g; NaN and infinities in quotes. */
void json_write_double(struct buf *out, double real);

/* A message as compact JSON, in the arena. */
struct text json_text(const struct message *message, struct arena *arena);

#endif
