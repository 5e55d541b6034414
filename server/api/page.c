#include "server/api/page.h"

#include <string.h>

#include "base/hash.h"

/*
 * A token is URL-safe base64, as the real ones are, of 25 bytes: a string field of 23 (hence all
 * begin with "Ghdl", as recorded), 'e', the row in 16 hexadecimal digits, and six digits that tie
 * the token to its list.
 */
enum { TOKEN_BYTES = 25, TOKEN_TEXT_LENGTH = 34, TOKEN_ROW_AT = 3, TOKEN_LIST_AT = 19 };

static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void token_bytes(int64_t seq, uint64_t list, struct arena *arena, struct text *ret_bytes)
{
    *ret_bytes = arena_printf(arena,
        "\x1a\x17"
        "e%016llx%06llx",
        (unsigned long long)seq, (unsigned long long)(list & 0xffffff));
}

static struct text token_encode(int64_t seq, uint64_t list, struct arena *arena)
{
    struct text bytes;
    token_bytes(seq, list, arena, &bytes);
    char *text = arena_alloc(arena, TOKEN_TEXT_LENGTH + 1);
    unsigned bits = 0, bit_count = 0;
    size_t written = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.bytes[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            text[written++] = base64_url[bits >> (bit_count - 6) & 63];
    }
    if (bit_count)
        text[written++] = base64_url[bits << (6 - bit_count) & 63];
    return (struct text){text, written};
}

/* Reads the row out of a token; the rest is compared by encoding it again. */
static bool token_decode(struct text token, uint64_t list, struct arena *arena, int64_t *ret_seq)
{
    if (token.len != TOKEN_TEXT_LENGTH)
        return false;
    unsigned char bytes[TOKEN_BYTES + 1];
    unsigned bits = 0, bit_count = 0;
    size_t written = 0;
    for (size_t i = 0; i < token.len; i++) {
        const char *at = token.bytes[i] ? strchr(base64_url, token.bytes[i]) : NULL;
        if (!at)
            return false;
        bits = bits << 6 | (unsigned)(at - base64_url);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[written++] = (unsigned char)(bits >> bit_count);
        }
    }
    uint64_t seq = 0;
    for (int i = TOKEN_ROW_AT; i < TOKEN_LIST_AT; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = bytes[i] ? strchr(digits, bytes[i]) : NULL;
        if (!at)
            return false;
        seq = seq << 4 | (uint64_t)(at - digits);
    }
    *ret_seq = (int64_t)seq;
    return *ret_seq >= 0 && text_equals(token, token_encode(*ret_seq, list, arena));
}

bool page_read(struct call *call, unsigned size_field, unsigned token_field, int32_t size_default,
    struct text identity, struct page *ret_page)
{
    int64_t size = message_int(call->in, size_field);
    struct text token = message_text(call->in, token_field);
    struct text request_name = call_request_name(call);
    *ret_page = (struct page){
        .size = size_default, .list = hash_mix(hash_text(0, identity), (uint64_t)call->method_id)};
    if (size < 0) {
        call_fail_text(call, ERROR_LIST_PAGE_SIZE, request_name);
        return false;
    }
    if (size > 0)
        ret_page->size = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : (int32_t)size;
    if (!text_is_empty(token) &&
        !token_decode(token, ret_page->list, call->arena, &ret_page->after_seq)) {
        call_fail_text(call, ERROR_LIST_PAGE_TOKEN, request_name);
        return false;
    }
    return true;
}

bool page_take(struct page *page, int64_t seq)
{
    if (page->taken_count == page->size || page->snapshot_count >= PAGE_SNAPSHOTS_MAX) {
        page->has_more = true;
        return false;
    }
    page->taken_count++;
    page->last_seq = seq;
    return true;
}

struct text page_next_token(const struct page *page, struct arena *arena)
{
    return page->has_more ? token_encode(page->last_seq, page->list, arena) : TEXT("");
}
