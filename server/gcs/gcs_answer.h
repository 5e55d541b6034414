/*
 * An answer of HTTP/1.1 as it comes in, piece by piece: its head, and the body of a 200, whatever
 * its framing: a length, chunks, or the end of the connection (RFC 9112 section 6.3). Any bytes are
 * read to an end or to a problem.
 */
#ifndef SERVER_GCS_GCS_ANSWER_H
#define SERVER_GCS_GCS_ANSWER_H

#include "server/gcs/gcs_intake.h"

enum gcs_answer_state {
    GCS_ANSWER_HEAD,
    GCS_ANSWER_BODY, /* `left` bytes of it are to come */
    GCS_ANSWER_BODY_TO_END,
    GCS_ANSWER_CHUNK_SIZE,
    GCS_ANSWER_CHUNK,     /* `left` bytes of it are to come */
    GCS_ANSWER_CHUNK_END, /* the line end behind it */
    GCS_ANSWER_TRAILER,
    GCS_ANSWER_WHOLE
};

struct gcs_answer {
    struct gcs_intake *intake; /* of the body */
    struct arena *arena;
    enum gcs_answer_state state;
    struct buf line;   /* what there is of the line that is being read */
    size_t head_bytes; /* of all lines so far */
    uint64_t left;

    int status; /* 0: not known yet */
    struct text reason, location;
    bool has_length, is_chunked, is_encoded;
    struct text problem; /* in words that follow "the answer"; empty: there is none */
};

void gcs_answer_init(struct gcs_answer *answer, struct gcs_intake *intake, struct arena *arena);
void gcs_answer_release(struct gcs_answer *answer);

/* Takes what has come. False with a problem. What follows a whole answer is ignored. The body of
 * an answer that is no 200 is not waited for. */
bool gcs_answer_take(struct gcs_answer *answer, struct text bytes);

/* The connection has ended. False with a problem, if the answer was to go on. */
bool gcs_answer_end(struct gcs_answer *answer);

#endif
