/* A seed file as a message: what is wrong with its bytes and its JSON, in words for people. */
#ifndef SERVER_STATE_SEED_FILE_H
#define SERVER_STATE_SEED_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "server/json/decode.h"
#include "server/json/message.h"

struct seed_file {
    const char *path; /* the caller's, as is the arena */
    struct arena *arena;
    struct message *message; /* a SeedFile */
    struct text problem;     /* if it could not be read */
    bool is_syntax; /* the problem is one of the JSON, with an excerpt on lines of its own */
};

/* What a seed may hold; more than any request. */
extern const struct decode_limits seed_file_limits;

/* Appends the bytes of the file. False with a problem. */
bool seed_file_read(struct seed_file *file, struct buf *bytes);

/* The same for what is open already, and need not be a regular file. Closes nothing. */
bool seed_file_read_descriptor(struct seed_file *file, int descriptor, struct buf *bytes);

/* Decodes the file's bytes; nothing borrows from them. False with a problem. */
bool seed_file_decode(struct seed_file *file, struct text text);

#endif
