/*
 * What the first bytes of a connection say about the protocol its client speaks. Clients that were
 * not told to use plain HTTP begin with TLS, or with HTTP/2 and gRPC; they deserve to be told.
 */
#ifndef SERVER_HTTP_PREFACE_H
#define SERVER_HTTP_PREFACE_H

#include "base/text.h"

enum preface {
    PREFACE_HTTP,   /* HTTP/1, or whatever libmicrohttpd may make of it */
    PREFACE_TLS,    /* a TLS handshake record (RFC 8446 section 5.1) */
    PREFACE_HTTP2,  /* the connection preface of HTTP/2 (RFC 9113 section 3.4) */
    PREFACE_UNCLEAR /* too few bytes to tell */
};

/* No more bytes than these are needed to tell. */
enum { PREFACE_BYTES_MAX = 4 };

enum preface preface_classify(struct text first_bytes);

#endif
