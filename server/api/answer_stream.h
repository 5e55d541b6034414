/*
 * An answer as a stream. It is known as a whole; it is cut into chunks that are rendered one by one
 * as they fall due.
 */
#ifndef SERVER_API_ANSWER_STREAM_H
#define SERVER_API_ANSWER_STREAM_H

#include "server/api/generation.h"

/* Makes the reply a stream of chunks: server-sent events or a JSON array (contract 3.8). The stream
 * holds the answer's text and nothing of the request. */
enum call_state answer_stream(const struct generation *generation);

#endif
