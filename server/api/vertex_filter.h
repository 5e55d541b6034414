/*
 * filter of Vertex AI's lists, as far as SDKs and its documentation use it: comparisons that must
 * all hold, joined by AND. `field=value` and `field!=value`, values in quotation marks or not;
 * `labels.key=value`; `labels.key:*` and `labels:key`, which ask if there is such a label. Of other
 * fields `field:value` asks if a text has the value in it, in any case. Python's SDK joins its own
 * filter by "&filter=".
 */
#ifndef SERVER_API_VERTEX_FILTER_H
#define SERVER_API_VERTEX_FILTER_H

#include "server/call/call.h"
#include "server/contract/limits.h"

enum vertex_filter_operator { VERTEX_FILTER_EQUALS, VERTEX_FILTER_DIFFERS, VERTEX_FILTER_HAS };

struct vertex_filter_term {
    unsigned field;  /* of the message */
    struct text key; /* of a map; empty: of no map */
    enum vertex_filter_operator operator;
    struct text value; /* empty of a map's key that has to be there, whatever its value */
};

struct vertex_filter {
    struct vertex_filter_term terms[VERTEX_FILTER_TERMS_MAX];
    size_t count;
};

/* Reads a filter of messages of this type; it lives in the call's arena. False if the call was
 * answered: it is none. */
bool vertex_filter_read(
    struct call *call, struct text text, enum message_id id, struct vertex_filter *ret_filter);

/* True if every message is kept. */
bool vertex_filter_is_empty(const struct vertex_filter *filter);

bool vertex_filter_keeps(const struct vertex_filter *filter, const struct message *message);

#endif
