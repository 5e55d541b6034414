/*
 * Growable bytes. Invariants: `data` is never NULL and data[len] is always NUL, so `data` can be
 * read as a string (an embedded NUL ends it early). A buffer that was only initialised owns no
 * memory. Growing cannot fail (see memory.h). Adding is inline: replies are made of many small
 * pieces.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct buf {
    char *data;
    size_t len;
    size_t capacity; /* bytes that can be held without growing, the NUL not counted; 0: owns none */
};

/* The NUL that `data` of every empty buffer points to; never written. */
extern char buf_empty_data[1];
#define BUF_INIT                                                                                   \
    {                                                                                              \
        buf_empty_data, 0, 0                                                                       \
    }

void buf_init(struct buf *buf);
/* Frees the memory; the buffer is empty and usable again. */
void buf_release(struct buf *buf);
/* Sets the length to 0 and keeps the memory. */
void buf_clear(struct buf *buf);
/* Gives the bytes away: the caller frees them with free(). The buffer is empty again. `ret_len` may
 * be NULL. */
char *buf_detach(struct buf *buf, size_t *ret_len);

/* Gives back what is held beyond the length and its NUL, if that is worth a call of the allocator.
 */
void buf_shrink(struct buf *buf);

/* Makes room for more than fits; use buf_reserve. */
void buf_grow(struct buf *buf, size_t extra);

/* Makes room for `capacity` bytes in all, which is not less than there are, and for no more, as
 * buf_grow would for the sake of what comes later. */
void buf_set_capacity(struct buf *buf, size_t capacity);

/* Makes room for `extra` more bytes. */
static inline void buf_reserve(struct buf *buf, size_t extra)
{
    if (extra > buf->capacity - buf->len)
        buf_grow(buf, extra);
}

/* Adds a copy of `bytes`, which must not lie in this buffer. NULL is allowed if `len` is 0. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return; /* An empty buffer's NUL is shared and must not be written. */
    buf_reserve(buf, len);
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

static inline void buf_add_byte(struct buf *buf, char byte)
{
    buf_reserve(buf, 1);
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

static inline void buf_add_text(struct buf *buf, struct text text)
{
    buf_add(buf, text.bytes, text.len);
}

/* Inline, so that the length of a literal is known. */
static inline void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

/* Adds `count` times the same byte. */
void buf_add_repeated(struct buf *buf, char byte, size_t count);
/* Adds a decimal integer. */
void buf_add_int64(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* What is in it, borrowed until the next change. */
static inline struct text buf_text(const struct buf *buf)
{
    return (struct text){buf->data, buf->len};
}

#endif
