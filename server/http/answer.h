/* Turns a reply into bytes on the wire. */
#ifndef SERVER_HTTP_ANSWER_H
#define SERVER_HTTP_ANSWER_H

#include <microhttpd.h>

struct transaction;

/*
 * Hands the complete reply to libmicrohttpd, which borrows its buffers until it has sent them.
 * Returns what the access callback is to return: MHD_NO closes the connection.
 */
enum MHD_Result answer_send(struct transaction *transaction);

#endif
