/*
 * JSON text to messages, as the real service's front end does it: a grammar more lenient than RFC
 * 8259 (trailing commas, single quotes, bare keys, raw control characters; contract 3.3), proto
 * JSON typing driven by the contract's tables, and its error texts to the byte. Syntax errors end
 * the reading; typing errors are collected, all of them.
 *
 * What the service's parser does where one might expect otherwise: null leaves a field unset and
 * takes no oneof; lists in lists are flattened; an object or scalar may stand for a list of one,
 * and then has no index in paths; a list given twice is one list; values in errors are quoted with
 * nothing escaped.
 *
 * What is ours: an item's index counts scalars, too (the service counts those in error only), paths
 * inside an Any go on from the Any's own, any singular field may be given only once, in either
 * spelling, with the text of optional fields, a map that is given twice keeps its last value, and
 * an integer beyond 64 bits is never rounded into an int64.
 */
#ifndef SERVER_JSON_DECODE_H
#define SERVER_JSON_DECODE_H

#include "base/text.h"
#include "server/json/decode_problems.h"
#include "server/json/message.h"

/*
 * Reads `body` (any bytes) into `message`, whose type and version say what is expected. An empty
 * body counts as {}. `path` is the prefix of error paths: the body's field name ("tuned_model") or
 * empty for a body that is the whole request. Everything is copied into the message's arena, which
 * must be that of the problems. Problems are added to `problems`; the message is then only partly
 * filled. Time is linear in the length of the body, but for n log n steps to compare the keys of a
 * map.
 */
void decode_body(
    struct text body, struct message *message, struct text path, struct decode_problems *problems);

/*
 * Sets one field of `message` from the text of a query parameter; `name` in either spelling.
 * Repeated fields take one more item. False if the message has no such scalar field, nor a message
 * that takes text. A value that does not fit is added to `problems`, as for bodies.
 */
bool decode_parameter(
    struct text name, struct text value, struct message *message, struct decode_problems *problems);

#endif
