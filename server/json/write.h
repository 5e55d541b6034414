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
};

/* Appends the message. No newline is added at the end. */
void json_write(struct buf *out, const struct message *message, const struct json_style *style);

/* Appends a string with its quotes. The bytes must be valid UTF-8. */
void json_write_string(struct buf *out, struct text text);
/* Appends what stands between the quotes of a string. */
void json_write_escaped(struct buf *out, struct text text);
/* Appends the shortest decimal that reads back as the same float; NaN and infinities in quotes. */
void json_write_float(struct buf *out, float real);
/* Appends %.15g if that reads back, else %.17g; NaN and infinities in quotes. */
void json_write_double(struct buf *out, double real);

#endif
