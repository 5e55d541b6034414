/* Base64 as proto JSON has it for bytes fields, and as tokens of pages are written. */
#ifndef SERVER_JSON_BASE64_H
#define SERVER_JSON_BASE64_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/*
 * Decodes the standard or the URL-safe alphabet (RFC 4648 sections 4 and 5, not mixed), with all
 * of its padding or none. False for anything else, bits beyond the last byte included.
 */
bool base64_decode(struct text text, struct arena *arena, struct text *ret_bytes);

/* Appends the standard alphabet with padding (RFC 4648 section 4), as proto JSON prints bytes, or
 * the URL-safe one without (section 5). */
void base64_encode(struct buf *out, struct text bytes, bool is_url_safe);

#endif
