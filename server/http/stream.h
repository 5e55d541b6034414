/* Paced replies: a generator makes the body piece by piece, with pauses between the pieces. */
#ifndef SERVER_HTTP_STREAM_H
#define SERVER_HTTP_STREAM_H

struct MHD_Response;
struct transaction;

/*
 * A response that calls the reply's generator. Drops one reference to the transaction when it is
 * destroyed. NULL when out of memory.
 */
struct MHD_Response *stream_response(struct transaction *transaction);

#endif
