/*
 * Private to the decoder: one JSON scalar, and how it becomes the value of a field. The rules are
 * those of proto JSON as the service's parser applies them (contract 3.2 and 4.3).
 */
#ifndef SERVER_JSON_SCALAR_H
#define SERVER_JSON_SCALAR_H

#include "base/arena.h"
#include "base/text.h"
#include "server/json/message.h"

enum scalar_kind { SCALAR_NULL, SCALAR_BOOL, SCALAR_NUMBER, SCALAR_STRING };

struct scalar {
    enum scalar_kind kind;
    bool boolean;
    double number;
    /* Strings: as json_read_strict passes them on. Numbers: the text if a double may not hold it
     * exactly, else empty. */
    struct text text;
};

/* True if a string that json_read_strict passed on has a C0 80, which stands for NUL. */
bool scalar_has_nul(struct text passed);
/* Copies a string that json_read_strict passed on; C0 80 becomes NUL again. */
struct text scalar_restore_text(struct arena *arena, struct text passed);

/* The scalar as errors print it: a string in quotes with nothing escaped, of which QUOTE_BYTES_MAX
 * are shown, 15 digits of a double. */
struct text scalar_print(struct arena *arena, const struct scalar *scalar);

/*
 * Makes a value for `field` of `message` (one item, if it is repeated) from any scalar but null;
 * text goes to the message's arena. False if it does not fit; `ret_problem` then has the type and
 * the value, "(TYPE_INT32), \"abc\"". `name` is what the input calls the field.
 */
bool scalar_convert(const struct scalar *scalar, const struct field *field, struct text name,
    const struct message *message, union value *ret_value, struct text *ret_problem);

#endif
