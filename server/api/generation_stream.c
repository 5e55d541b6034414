/*
 * Streams. The answer is known as a whole; it is cut into chunks that are rendered one by one as
 * they fall due.
 */
#include "server/api/generation.h"
#include "server/sim/tokens.h"

/* Tokens of the first chunk and of the others: small enough to watch, as the real service's are. */
enum { CHUNK_TOKENS_FIRST = 1, CHUNK_TOKENS = 8 };
/* Long answers get larger chunks, so that a stream has no more than this many. */
enum { CHUNKS_MAX = 256 };

struct stream {
    struct generation generation;
    size_t written; /* bytes of the answer that were sent */
    int32_t chunk_tokens;
    bool is_begun;
};

static void stream_write_chunk(struct stream *stream, struct text text, bool is_last,
    const struct json_style *style, struct buf *out)
{
    /* Each chunk has its own arena, so that a long stream does not pile up. */
    struct arena arena;
    arena_init(&arena);
    struct message *response =
        message_new(&arena, MESSAGE_GenerateContentResponse, stream->generation.call->messages);
    generation_add_candidates(&stream->generation, response, text, is_last);
    generation_add_usage(&stream->generation, response, is_last);
    json_write(out, response, style);
    arena_release(&arena);
}

static void stream_write_event(
    struct stream *stream, struct text text, bool is_last, struct buf *out)
{
    struct json_style style = stream->generation.call->style;
    style.layout = JSON_EVENT;
    buf_add_string(out, "data: ");
    stream_write_chunk(stream, text, is_last, &style, out);
    buf_add_string(out, "\r\n\r\n");
}

static void stream_write_element(
    struct stream *stream, struct text text, bool is_last, struct buf *out)
{
    struct call *call = stream->generation.call;
    buf_add_string(out, stream->is_begun ? "\n,\r\n" : "[");
    stream_write_chunk(stream, text, is_last, &call->style, out);
    if (is_last)
        buf_add_string(out, call->app->settings.fidelity == FIDELITY_STRICT ? "\n]\n" : "\n]");
}

static struct reply_piece stream_next(void *state, struct buf *out)
{
    struct stream *stream = state;
    const struct generation *generation = &stream->generation;
    struct text rest = text_slice(generation->text, stream->written, generation->text.len);
    int32_t tokens = stream->is_begun ? stream->chunk_tokens : CHUNK_TOKENS_FIRST;
    struct text chunk = text_slice(rest, 0, tokens_prefix_bytes(rest, tokens));
    bool is_last = chunk.len == rest.len;

    if (generation->call->system.is_sse)
        stream_write_event(stream, chunk, is_last, out);
    else
        stream_write_element(stream, chunk, is_last, out);
    stream->is_begun = true;
    stream->written += chunk.len;
    int64_t gap_ns = is_last ? 0 : generation->call->app->settings.stream_delay_ns;
    return (struct reply_piece){.is_last = is_last, .gap_ns = gap_ns};
}

enum call_state generation_stream(const struct generation *generation)
{
    struct call *call = generation->call;
    struct stream *stream = arena_alloc(call->arena, sizeof(*stream));
    *stream = (struct stream){.generation = *generation, .chunk_tokens = CHUNK_TOKENS};
    int32_t needed = generation->text_token_count / CHUNKS_MAX + 1;
    if (needed > CHUNK_TOKENS)
        stream->chunk_tokens = needed;
    call->reply->status = 200;
    call->reply->content_type = call->system.is_sse ? "text/event-stream" : CONTENT_TYPE_JSON;
    call->reply->generate = stream_next;
    call->reply->generate_state = stream;
    return CALL_DONE;
}
