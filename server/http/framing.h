/*
 * Whether a request's head says in one way only where the request ends and whom it is for (RFC 9112
 * sections 2.2, 3, 5 and 6). libmicrohttpd 0.9.75 takes the first of several lengths, believes any
 * coding, joins a folded line to the name of its header, and ends a value at a NUL: whoever reads
 * the same bytes otherwise, a proxy say, would see other requests in them.
 *
 * libmicrohttpd parses a head where it lies and writes a NUL over each byte that ends something.
 * Hence what it hands out adjoins, and what lies between has been dropped.
 */
#ifndef SERVER_HTTP_FRAMING_H
#define SERVER_HTTP_FRAMING_H

#include "base/text.h"
#include "server/http/head_name.h"

struct framing {
    struct text target; /* as in the request line; len 0: there is none */
    const char *next;   /* where the next line has to begin; NULL: it is not known */
    const char
        *problem; /* the first that was found, as in "Malformed HTTP request: {}."; or NULL */
    bool is_http_1_0;
    int length_count;
    int coding_count;
    int host_count;
};

/* All texts are libmicrohttpd's own and borrowed until framing_end. First the target, and its host
 * if it has one, ... */
void framing_begin(struct framing *framing, struct text target, struct text host);
/* ... then method and version of the request line, ... */
void framing_take_line(struct framing *framing, struct text method, struct text version);
/* ... then the headers in their order, each with what its name means, ... */
void framing_take_header(
    struct framing *framing, enum head_name meaning, struct text name, struct text value);
/* ... and the end of the empty line. Returns the problem, or NULL if there is none. */
const char *framing_end(struct framing *framing, const char *head_end);

#endif
