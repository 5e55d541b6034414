#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* What a buffer holds after growing for the first time, with the NUL; most need no second time. */
enum { BUF_FIRST_BYTES = 256 };

enum {
    /* From here on a buffer grows by a quarter instead of to the double: what is never used counts
     * against a limit of address space, and large blocks are moved without a copy. */
    BUF_LARGE_BYTES = 4 * 1024 * 1024,
    /* Less is not worth giving back. */
    BUF_SHRINK_BYTES = 64 * 1024
};

char buf_empty_data[1];

void buf_init(struct buf *buf)
{
    *buf = (struct buf)BUF_INIT;
}

void buf_release(struct buf *buf)
{
    if (buf->capacity > 0)
        free(buf->data);
    buf_init(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->capacity > 0)
        buf->data[0] = '\0';
}

char *buf_detach(struct buf *buf, size_t *ret_len)
{
    char *data = buf->capacity > 0 ? buf->data : memory_alloc_zeroed(1, 1);
    if (ret_len)
        *ret_len = buf->len;
    buf_init(buf);
    return data;
}

void buf_shrink(struct buf *buf)
{
    if (buf->capacity - buf->len < BUF_SHRINK_BYTES)
        return;
    if (buf->len == 0) {
        buf_release(buf);
        return;
    }
    buf->data = memory_grow(buf->data, buf->len + 1);
    buf->capacity = buf->len;
}

void buf_grow(struct buf *buf, size_t extra)
{
    size_t needed;
    if (__builtin_add_overflow(buf->len, extra, &needed) || needed >= SIZE_MAX / 2)
        fatal_out_of_memory();
    size_t capacity = buf->capacity > 0 ? 2 * buf->capacity + 1 : BUF_FIRST_BYTES - 1;
    if (buf->capacity >= BUF_LARGE_BYTES)
        capacity = buf->capacity + buf->capacity / 4;
    if (capacity < needed)
        capacity = needed;
    buf_set_capacity(buf, capacity);
}

void buf_set_capacity(struct buf *buf, size_t capacity)
{
    assert(capacity >= buf->len && capacity > 0);
    buf->data = memory_grow(buf->capacity > 0 ? buf->data : NULL, capacity + 1);
    buf->data[buf->len] = '\0';
    buf->capacity = capacity;
}

void buf_add_repeated(struct buf *buf, char byte, size_t count)
{
    if (count == 0)
        return;
    buf_reserve(buf, count);
    memset(buf->data + buf->len, byte, count);
    buf->len += count;
    buf->data[buf->len] = '\0';
}

void buf_add_int64(struct buf *buf, int64_t number)
{
    char digits[TEXT_INT64_BYTES];
    buf_add_text(buf, text_of_int64(number, digits));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    /* The first try often fits; it also tells how much room is needed if it does not. */
    size_t room = buf->capacity > 0 ? buf->capacity - buf->len + 1 : 0;
    int printed = vsnprintf(room ? buf->data + buf->len : NULL, room, format, args);
    assert(printed >= 0);
    size_t len = (size_t)printed;
    if (len > 0 && len >= room) {
        buf_reserve(buf, len);
        vsnprintf(buf->data + buf->len, len + 1, format, again);
    }
    buf->len += len;
    va_end(again);
}
