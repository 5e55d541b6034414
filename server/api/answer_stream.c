#include "server/api/answer_stream.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/sim/chunk.h"
#include "server/sim/tokens.h"
#include "server/space/answer_cut.h"

/* The least tokens of each chunk, and of all that follow: the recorded ones have 1, 3 and 6. */
static const int32_t stream_tokens[] = {1, 3, 6, 9, 12};
/* Long answers get larger chunks, so that a stream has no more than this many. */
enum { CHUNKS_MAX = 256 };

/* In the reply's arena, with all it points to: the request is gone while its reader waits. */
struct stream {
    struct generated out;
    const struct candidates_flavour *flavour;
    enum message_id response_type;
    const struct message *response; /* the only chunk; NULL: they are made of `out` */
    enum api_version messages;      /* as in the call */
    struct json_style style;
    bool is_sse;
    bool is_strict;
    struct stream_pace pace;
    uint64_t pace_random; /* what its delays are drawn from */
    bool has_waited;      /* for the first chunk */
    size_t written;       /* bytes of the answer that were sent */
    int32_t tokens_min;   /* of all chunks but the first: so many that CHUNKS_MAX are enough */
    int32_t chunk_count;  /* that were sent */
    bool is_blocked;      /* the chunk at hand is what a blocked answer ends with */
    bool has_cut;         /* it does not come to its end, but is cut as the next says */
    struct answer_cut cut;
};

static const struct message *stream_make_chunk(
    const struct stream *stream, struct text text, bool is_last, struct arena *arena)
{
    if (stream->response)
        return stream->response;
    struct message *response = message_new(arena, stream->response_type, stream->messages);
    if (stream->is_blocked)
        stream->flavour->add_blocked(&stream->out, response);
    else
        stream->flavour->add(&stream->out, response, text, is_last);
    stream->flavour->add_usage(&stream->out, response, is_last);
    return response;
}

static void stream_write_chunk(
    const struct stream *stream, struct text text, bool is_last, struct buf *out)
{
    /* Each chunk has its own arena, so that a long stream does not pile up. */
    struct arena arena;
    arena_init(&arena);
    json_write(out, stream_make_chunk(stream, text, is_last, &arena), &stream->style);
    arena_release(&arena);
}

static void stream_write_event(
    const struct stream *stream, struct text text, bool is_last, struct buf *out)
{
    buf_add_string(out, "data: ");
    stream_write_chunk(stream, text, is_last, out);
    buf_add_string(out, "\r\n\r\n");
}

static void stream_write_element(
    const struct stream *stream, struct text text, bool is_last, struct buf *out)
{
    buf_add_string(out, stream->chunk_count ? "\n,\r\n" : "[");
    stream_write_chunk(stream, text, is_last, out);
    if (is_last)
        buf_add_string(out, stream->is_strict ? "\n]\n" : "\n]");
}

/* True if what comes next is the end of a blocked answer: enough chunks were sent, or all there
 * are. */
static bool stream_is_blocked(const struct stream *stream, struct text rest)
{
    const struct answer_block *block = stream->out.block;
    return block && (stream->chunk_count >= block->after_chunks ||
                        (stream->chunk_count > 0 && text_is_empty(rest)));
}

/* True if the chunks that come before a cut were sent, or all there are. */
static bool stream_is_cut(const struct stream *stream, struct text rest)
{
    return stream->has_cut && (stream->chunk_count >= stream->cut.after_chunks ||
                                  (stream->chunk_count > 0 && text_is_empty(rest)));
}

/* Sends one chunk. */
static void stream_write(
    const struct stream *stream, struct text chunk, bool is_last, struct buf *out)
{
    if (stream->is_sse)
        stream_write_event(stream, chunk, is_last, out);
    else
        stream_write_element(stream, chunk, is_last, out);
}

/* Ends in the middle of a chunk, or does not go on. */
static struct reply_piece stream_cut_off(struct stream *stream, struct text chunk, struct buf *out)
{
    if (stream->cut.is_stalled) {
        /* What is asked once more has waited long enough. */
        stream->cut.is_stalled = false;
        return (struct reply_piece){
            .is_stalled = true, .gap_ns = STALL_SECONDS_MAX * NS_PER_SECOND};
    }
    struct buf whole = BUF_INIT;
    stream_write(stream, chunk, false, &whole);
    buf_add_text(out, text_slice(buf_text(&whole), 0, whole.len / 2));
    buf_release(&whole);
    return (struct reply_piece){.is_broken = true};
}

/* How many tokens the next chunk has at least. */
static int32_t stream_chunk_tokens(const struct stream *stream)
{
    int32_t last = (int32_t)ARRAY_COUNT(stream_tokens) - 1;
    int32_t tokens = stream_tokens[stream->chunk_count < last ? stream->chunk_count : last];
    bool is_little = stream->chunk_count > 0 && tokens < stream->tokens_min;
    return is_little ? stream->tokens_min : tokens;
}

/* How long before the next chunk. */
static int64_t stream_gap(const struct stream *stream)
{
    const struct delay *delay =
        stream->chunk_count ? &stream->pace.between_tokens : &stream->pace.first_token;
    return delay_draw(delay, hash_mix(stream->pace_random, (uint64_t)stream->chunk_count));
}

static struct reply_piece stream_next(void *state, struct buf *out)
{
    struct stream *stream = state;
    if (!stream->has_waited) {
        stream->has_waited = true;
        int64_t gap_ns = stream_gap(stream);
        if (gap_ns > 0)
            return (struct reply_piece){.gap_ns = gap_ns};
    }
    struct text rest = text_slice(stream->out.text, stream->written, stream->out.text.len);
    struct text chunk = text_slice(rest, 0, chunk_bytes(rest, stream_chunk_tokens(stream)));
    bool is_last = !stream->out.block && !stream->has_cut && chunk.len == rest.len;
    if (stream_is_cut(stream, rest))
        return stream_cut_off(stream, chunk, out);
    if (stream_is_blocked(stream, rest)) {
        stream->is_blocked = is_last = true;
        chunk = TEXT("");
        stream->out.text_token_count =
            tokens_estimate(text_slice(stream->out.text, 0, stream->written));
    }

    stream_write(stream, chunk, is_last, out);
    stream->chunk_count++;
    stream->written += chunk.len;
    if (is_last)
        return (struct reply_piece){.is_last = true};
    return (struct reply_piece){.gap_ns = stream_gap(stream)};
}

/* Without the text of the header, which has been set. */
static const struct answer_block *stream_copy_block(
    const struct answer_block *block, struct arena *arena)
{
    struct answer_block *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *block;
    copy->answer = TEXT("");
    return copy;
}

enum call_state answer_stream(const struct generation *generation)
{
    struct call *call = generation->call;
    const struct stream_pace *pace = call->pace ? call->pace : &call->dials.stream_pace;
    struct arena *arena = &call->reply->arena;
    struct stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct stream){
        .out = generation->out,
        .flavour = generation->kind->flavour,
        .response_type = call->method->response,
        .messages = call->messages,
        .style = call->style,
        .is_sse = call->system.is_sse,
        .is_strict = call->app->settings.fidelity == FIDELITY_STRICT,
        .response = generation->response ? message_clone(arena, generation->response) : NULL,
        .pace = *pace,
        .pace_random = stream_pace_is_fixed(pace) ? 0 : dials_draw(&call->space->dials),
        .tokens_min = generation->out.text_token_count / (CHUNKS_MAX - 1) + 1,
    };
    stream->out.text = arena_text(arena, generation->out.text);
    stream->out.model_version = arena_text(arena, generation->out.model_version);
    stream->out.response_id = arena_text(arena, generation->out.response_id);
    stream->out.avg_logprobs = 0;
    if (generation->out.block)
        stream->out.block = stream_copy_block(generation->out.block, arena);
    if (call->cut) {
        stream->has_cut = true;
        stream->cut = *call->cut;
        stream->cut.answer = TEXT("");
    }
    stream->style.mask = json_mask_copy(call->style.mask, arena);
    stream->style.share = NULL; /* what chunks take is counted with the stream */
    if (stream->is_sse)
        stream->style.layout = JSON_EVENT;
    call->reply->status = 200;
    call_set_stream_headers(call);
    call->reply->generate = stream_next;
    call->reply->generate_state = stream;
    return CALL_DONE;
}
