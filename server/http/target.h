/* The target of a request line, taken apart but not decoded. */
#ifndef SERVER_HTTP_TARGET_H
#define SERVER_HTTP_TARGET_H

#include "base/text.h"

struct request_target {
    struct text path;  /* without the query; still percent-encoded */
    struct text query; /* without '?'; empty if there is none */
    struct text host; /* of an absolute form, with a port if it has one; bytes NULL: another form */
};

/*
 * Splits `target` at its first '?'. An absolute form ("http://host/path", RFC 9112 section 3.2.2),
 * as clients behind a proxy setting send it, has a host, which counts instead of the Host header;
 * its empty path is "/". The parts are borrowed from `target` (or literals).
 */
struct request_target target_split(struct text target);

#endif
