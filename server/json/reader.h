/* Private to reading: how far it is, and how it ends in a refusal. read.c and read_scalar.c stand
 * on this. */
#ifndef SERVER_JSON_READER_H
#define SERVER_JSON_READER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "server/contract/limits.h"

/* What is expected next. */
enum read_state {
    READ_VALUE, /* the root, or behind a colon */
    READ_KEY,
    READ_COLON,
    READ_AFTER_MEMBER,
    READ_ITEM,
    READ_AFTER_ITEM,
    READ_END
};

#define READ_ERROR_PREFIX "Invalid JSON payload received. "

struct reader {
    const char *start; /* never NULL */
    const char *end;   /* behind the last byte that is UTF-8 */
    const char *at;
    const char *resumed; /* where the second pass began; NULL in the first pass */
    struct arena *arena;
    struct buf *out;
    struct text error;
    struct text key; /* the last key, as it stands in the input */
    unsigned depth;
    size_t values_left; /* how many more there may be */
    enum read_state state;
    bool is_cut;           /* bytes that are no UTF-8 follow `end` */
    bool is_comma_pending; /* a comma was read; it is written if something follows it */
    char closers[JSON_DEPTH_MAX];
};

static inline bool reader_is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

static inline size_t reader_rest(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Refuses the input at the present position, with a message that may have two parts. Always false.
 */
bool reader_fail(struct reader *reader, const char *message);
bool reader_fail_with(struct reader *reader, const char *prefix, const char *message);

/*
 * The first pass stops at `from` to wait for more input, of which there is none: the second begins.
 * False, with the error, if what is left is no UTF-8, which is what the second pass asks first.
 */
bool reader_resume(struct reader *reader, const char *from);

/* Refuses a token that is cut off by the end of the input. Always false. */
bool reader_fail_cut(struct reader *reader, const char *message);

#endif
