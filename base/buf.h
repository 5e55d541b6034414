/*
 * Growable bytes. Invariants: `data` is never NULL and data[len] is always NUL, so `data` can be
 * read as a string (an embedded NUL ends it early). A buffer that was only initialised owns no
 * memory. Growing cannot fail (see memory.h).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "base/text.h"

struct buf {
    char *data;
    size_t len;
    size_t capacity; /* bytes that can be held without growing, the NUL not counted; 0: owns none */
};

/* The NUL that `data` of every empty buffer points to; never written. */
extern char buf_empty_data[1];
#define BUF_INIT {buf_empty_data, 0, 0}

void buf_init(struct buf *buf);
/* Frees the memory; the buffer is empty and usable again. */
void buf_release(struct buf *buf);
/* Sets the length to 0 and keeps the memory. */
void buf_clear(struct buf *buf);
/* Gives the bytes away: the caller frees them with free(). The buffer is empty again. */
char *buf_detach(struct buf *buf, size_t *ret_len);

/* Makes room for `extra` more bytes. */
void buf_reserve(struct buf *buf, size_t extra);
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_text(struct buf *buf, struct text text);
void buf_add_string(struct buf *buf, const char *string);
void buf_add_byte(struct buf *buf, char byte);
/* Adds `count` times the same byte. */
void buf_add_repeated(struct buf *buf, char byte, size_t count);
/* Adds a decimal integer. */
void buf_add_int64(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* What is in it, borrowed until the next change. */
struct text buf_text(const struct buf *buf);

#endif
