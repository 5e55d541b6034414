/* The names of headers that mean something: to the door, to who reads the request, or both. */
#ifndef SERVER_HTTP_HEAD_NAME_H
#define SERVER_HTTP_HEAD_NAME_H

#include "base/text.h"
#include "server/call/exchange.h"

/* Goes on from enum request_header, whose names are the door's. */
enum head_name {
    HEAD_HOST = HEADER_HOST,
    HEAD_CONTENT_LENGTH = HEADER_COUNT,
    HEAD_TRANSFER_ENCODING,
    HEAD_COOKIE,
    HEAD_OTHER /* means nothing */
};

/* Which name this is, in any case. */
enum head_name head_name_find(struct text name);

#endif
