/* Base64 as proto JSON reads it for bytes fields. */
#ifndef SERVER_JSON_BASE64_H
#define SERVER_JSON_BASE64_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Decodes the standard or the URL-safe alphabet (RFC 4648 sections 4 and 5, not mixed), with all
 * of its padding or none. False for anything else, bits beyond the last byte included.
 */
bool base64_decode(struct text text, struct arena *arena, struct text *ret_bytes);

#endif
