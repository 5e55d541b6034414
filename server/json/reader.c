#include "server/json/reader.h"

#include <assert.h>

enum {
    /* Bytes that an error quotes before and after its position. */
    READER_CONTEXT_BYTES = 20
};

bool reader_fail_with(struct reader *reader, const char *prefix, const char *message)
{
    const char *at = reader->at;
    const char *begin = reader->resumed ? reader->resumed : reader->start;
    assert(begin && at >= begin);
    if (at - begin > READER_CONTEXT_BYTES) {
        begin = at - READER_CONTEXT_BYTES;
        while (begin < at && text_is_continuation(*begin))
            begin++;
    }
    const char *end = reader->end;
    if (end - at > READER_CONTEXT_BYTES) {
        struct text rest = {at, (size_t)(end - at)};
        end = at + text_boundary(rest, READER_CONTEXT_BYTES);
    }
    struct buf text = BUF_INIT;
    buf_printf(&text, READ_ERROR_PREFIX "%s%s\n", prefix, message);
    buf_add(&text, begin, (size_t)(end - begin));
    buf_add_byte(&text, '\n');
    buf_add_repeated(&text, ' ', (size_t)(at - begin));
    buf_add_byte(&text, '^');
    reader->error = arena_text(reader->arena, buf_text(&text));
    buf_release(&text);
    return false;
}

bool reader_fail(struct reader *reader, const char *message)
{
    return reader_fail_with(reader, "", message);
}

bool reader_resume(struct reader *reader, const char *from)
{
    if (reader->is_cut) {
        reader->at = reader->end;
        return reader_fail(reader, "Encountered non UTF-8 code points.");
    }
    if (!reader->resumed)
        reader->resumed = from;
    return true;
}

bool reader_fail_cut(struct reader *reader, const char *message)
{
    return reader_resume(reader, reader->at) && reader_fail(reader, message);
}
