#include "server/call/page.h"

#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/kept.h"
#include "server/json/base64.h"
#include "server/state/kept_key.h"

/*
 * A token is URL-safe base64, as the real ones are, of 25 bytes: a string field of 23 (hence all
 * begin with "Ghdl", as recorded), 'e', the row in 16 hexadecimal digits, and six digits that tie
 * the token to its list.
 */
enum { TOKEN_BYTES = 25, TOKEN_ROW_AT = 3, TOKEN_LIST_AT = 19 };

static struct text page_token_encode(int64_t seq, uint64_t list, struct arena *arena)
{
    struct text bytes = arena_printf(arena,
        "\x1a\x17"
        "e%016llx%06llx",
        (unsigned long long)seq, (unsigned long long)(list & 0xffffff));
    struct buf encoded = BUF_INIT;
    base64_encode(&encoded, bytes, true);
    struct text token = arena_text(arena, buf_text(&encoded));
    buf_release(&encoded);
    return token;
}

/* Reads the row out of a token; the rest is compared by encoding it again. */
static bool page_token_decode(
    struct text token, uint64_t list, struct arena *arena, int64_t *ret_seq)
{
    struct text bytes;
    if (!base64_decode(token, arena, &bytes) || bytes.len != TOKEN_BYTES)
        return false;
    uint64_t seq = 0;
    for (int i = TOKEN_ROW_AT; i < TOKEN_LIST_AT; i++) {
        int value = ascii_hex_value(bytes.bytes[i]);
        if (value < 0)
            return false;
        seq = seq << 4 | (uint64_t)value;
    }
    *ret_seq = (int64_t)seq;
    return *ret_seq >= 0 && text_equals(token, page_token_encode(*ret_seq, list, arena));
}

bool page_read(struct call *call, unsigned size_field, unsigned token_field, int32_t size_default,
    struct text identity, struct page *ret_page)
{
    int64_t size = message_int(call->in, size_field);
    struct text token = message_text(call->in, token_field);
    struct text request_name = call_request_name(call);
    *ret_page = (struct page){.call = call,
        .identity = identity,
        .size = size_default,
        .next_ns = INT64_MAX,
        .list = hash_mix(hash_text(0, identity), (uint64_t)call->method_id)};
    if (size < 0) {
        call_fail_text(call, ERROR_LIST_PAGE_SIZE, request_name);
        return false;
    }
    if (size > 0)
        ret_page->size = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : (int32_t)size;
    if (!text_is_empty(token) &&
        !page_token_decode(token, ret_page->list, call->arena, &ret_page->after_seq)) {
        call_fail_text(call, ERROR_LIST_PAGE_TOKEN, request_name);
        return false;
    }
    return true;
}

/* Every list's rows are the first field of its answer. */
enum { PAGE_ROWS_FIELD = 0 };

/* --- pages that are kept --- */

/* A page of the usual size of models of the documentation, with their snapshots; a larger one would
 * drive out too many texts of models. */
enum { PAGE_KEPT_BYTES_MAX = 512 * 1024 };

/* What stands behind a kept page: the times, from the first to before the second, at which it is
 * true. */
struct page_span {
    int64_t from_ns, next_ns;
};

/* All that a page follows from but for the store's rows and the time. */
static struct text page_key(const struct page *page)
{
    const struct call *call = page->call;
    struct kept_key key;
    kept_key_begin(&key, KEPT_PAGE);
    kept_key_add_int(&key, call->space->number);
    kept_key_add(&key, call->method_id);
    kept_key_add(&key, call->messages);
    kept_key_add(&key, call->style.layout);
    kept_key_add(&key, call->style.enums_as_numbers);
    kept_key_add(&key, call->caller.owns_all);
    kept_key_add_int(&key, page->size);
    kept_key_add_int(&key, page->after_seq);
    kept_key_add_text(&key, page->identity);
    kept_key_add_text(&key, call->caller.email);
    kept_key_add_text(&key, call->system.fields);
    return kept_key_end(&key, call->arena);
}

static void page_begin_reply(struct page *page)
{
    struct call *call = page->call;
    struct reply *reply = call->reply;
    reply->status = 200;
    reply_begin_json(reply, call->system.callback);
    page->start_bytes = reply->body.len;
}

bool page_answer_kept(struct page *page)
{
    struct call *call = page->call;
    page->key = page_key(page);
    page->rows_version = store_read_version(call->reader);
    struct kept_value value = kept_find(call->kept, page->key);
    struct page_span span;
    if (text_is_empty(value.bytes) || value.number != page->rows_version)
        return false;
    struct text json = text_slice(value.bytes, 0, value.bytes.len - sizeof(span));
    memcpy(&span, json.bytes + json.len, sizeof(span));
    if (call->now_ns < span.from_ns || call->now_ns >= span.next_ns)
        return false;
    call_end_read(call);
    page_begin_reply(page);
    json_write_kept(&call->reply->body, json, &call->style);
    reply_end_json(call->reply, call->system.callback);
    return true;
}

/* Keeps what was written, behind which nothing stands yet. */
static void page_keep(const struct page *page)
{
    const struct call *call = page->call;
    struct buf *body = &call->reply->body;
    struct page_span span = {call->now_ns, page->next_ns};
    size_t end = body->len;
    if (call->reply->share.is_refused || end - page->start_bytes > PAGE_KEPT_BYTES_MAX)
        return;
    buf_add(body, &span, sizeof(span));
    struct text bytes = text_slice(buf_text(body), page->start_bytes, SIZE_MAX);
    kept_put(call->kept, page->key, (struct kept_value){bytes, page->rows_version});
    body->len = end;
    body->data[end] = '\0';
}

void page_begin(struct page *page)
{
    struct call *call = page->call;
    struct reply *reply = call->reply;
    page_begin_reply(page);
    page->answer = call_new_answer(call);
    json_list_begin(&page->rows, &reply->body, page->answer, PAGE_ROWS_FIELD, &call->style);
}

/* True if what was written ends the page. A refused answer will not be sent, whatever else is. */
static bool page_is_written_full(const struct page *page)
{
    const struct reply *reply = page->call->reply;
    return reply->share.is_refused || reply->body.len - page->start_bytes >= PAGE_BYTES_MAX;
}

static bool page_is_kept_full(const struct page *page)
{
    return page->kept_rows &&
           page->call->arena->used_bytes - page->arena_bytes >= (size_t)PAGE_BYTES_MAX;
}

static bool page_is_full(const struct page *page)
{
    return page->taken_count == page->size ||
           (page->taken_count > 0 && (page_is_kept_full(page) || page_is_written_full(page)));
}

void page_add(struct page *page, const struct message *row)
{
    json_list_add(&page->rows, row);
}

enum call_state page_answer(struct page *page, unsigned token_field)
{
    struct call *call = page->call;
    message_set_text_if(page->answer, token_field, page_next_token(page, call->arena));
    json_list_end(&page->rows, page->answer);
    if (!text_is_empty(page->key))
        page_keep(page);
    reply_end_json(call->reply, call->system.callback);
    return CALL_DONE;
}

bool page_take(struct page *page, int64_t seq)
{
    if (page_is_full(page)) {
        page->has_more = true;
        return false;
    }
    page->taken_count++;
    page->last_seq = seq;
    return true;
}

void page_keep_rows(struct page *page, size_t row_bytes)
{
    struct arena *arena = page->call->arena;
    page->kept_rows = arena_array(arena, (size_t)page->size, row_bytes);
    page->kept_seqs = arena_array(arena, (size_t)page->size, sizeof(*page->kept_seqs));
    page->row_bytes = row_bytes;
    page->arena_bytes = arena->used_bytes;
}

void *page_take_row(struct page *page, int64_t seq)
{
    size_t index = (size_t)page->taken_count;
    if (!page_take(page, seq))
        return NULL;
    page->kept_seqs[index] = seq;
    return page->kept_rows + index * page->row_bytes;
}

/* The page ends early, with this row. */
static void page_end_after(struct page *page, int64_t seq)
{
    page->has_more = true;
    page->last_seq = seq;
}

bool page_go_on(struct page *page, int64_t seq)
{
    page->looked_count++;
    if (page->looked_count < PAGE_ROWS_MAX && page->searched_bytes < PAGE_SEARCHED_BYTES_MAX)
        return true;
    page_end_after(page, seq);
    return false;
}

/* Each row's message is gone when the row is written. */
static void page_write_rows(struct page *page, page_row_message *make)
{
    struct call *call = page->call;
    for (int32_t i = 0; i < page->taken_count; i++) {
        if (i > 0 && page_is_written_full(page)) {
            page_end_after(page, page->kept_seqs[i - 1]);
            return;
        }
        struct arena_mark mark = arena_mark(call->arena);
        const struct message *message = make(page, page->kept_rows + (size_t)i * page->row_bytes);
        if (message)
            page_add(page, message);
        arena_rewind(call->arena, mark);
    }
}

enum call_state page_answer_rows(struct page *page, page_row_message *make, unsigned token_field)
{
    /* A long list lets others have the reader in between, and then may be of several snapshots. */
    if (!text_is_empty(page->key) && store_read_version(page->call->reader) != page->rows_version)
        page->key = TEXT("");
    call_end_read(page->call);
    page_begin(page);
    page_write_rows(page, make);
    return page_answer(page, token_field);
}

struct text page_next_token(const struct page *page, struct arena *arena)
{
    return page->has_more ? page_token_encode(page->last_seq, page->list, arena) : TEXT("");
}
