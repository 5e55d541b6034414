/*
 * What libmicrohttpd calls during the life of a connection and of each request on it. All run on
 * the worker's thread; the context is the worker.
 */
#ifndef SERVER_HTTP_HANDLER_H
#define SERVER_HTTP_HANDLER_H

#include <microhttpd.h>

/* A connection was taken up, or is about to be closed. */
void handler_connection(void *context, struct MHD_Connection *mhd, void **connection_slot,
    enum MHD_ConnectionNotificationCode code);

/* The request line was read: `target` is as sent. Returns the transaction. */
void *handler_request_line(void *context, const char *target, struct MHD_Connection *mhd);

/*
 * Called when the headers are there, for each part of the body, and from then on until there is an
 * answer.
 */
enum MHD_Result handler_access(void *context, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
    void **transaction_slot);

/* The answer was sent, or the connection has broken. */
void handler_completed(void *context, struct MHD_Connection *mhd, void **transaction_slot,
    enum MHD_RequestTerminationCode code);

#endif
