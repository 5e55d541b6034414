#include "server/http/redact.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

/* Ends of the names of query parameters and form fields that hold a credential. */
static const struct text redact_names[] = {
    TEXT_INIT("key"),
    TEXT_INIT("token"),
    TEXT_INIT("secret"),
    TEXT_INIT("password"),
    TEXT_INIT("passwd"),
    TEXT_INIT("credential"),
    TEXT_INIT("credentials"),
    TEXT_INIT("auth"),
    TEXT_INIT("authorization"),
    TEXT_INIT("bearer"),
    TEXT_INIT("assertion"),
    TEXT_INIT("jwt"),
    TEXT_INIT("signature"),
    TEXT_INIT("cookie"),
    TEXT_INIT("sid"),
};

/* Headers, whose names end in a colon: as these, so that "tunedModels/my-key:generateContent" is
 * shown. */
static const struct text redact_headers[] = {
    TEXT_INIT("api-key"),
    TEXT_INIT("authorization"),
    TEXT_INIT("cookie"),
};

/* True if what stands before `at` is one of these, but for the case and some marks between, as in
 * "key%20=" and "key[]=". */
static bool redact_is_named(struct text text, size_t at, const struct text *names, size_t count)
{
    while (at > 0 && memchr(" +\t[]\"'", text.bytes[at - 1], sizeof(" +\t[]\"'") - 1))
        at--;
    for (size_t i = 0; i < count; i++) {
        size_t len = names[i].len;
        if (at >= len && text_equals_ignoring_case(text_slice(text, at - len, at), names[i]))
            return true;
    }
    return false;
}

/* True if two slashes before `at` begin an authority with a user in it. */
static bool redact_is_user(struct text text, size_t at)
{
    if (at == 0 || text.bytes[at - 1] != '/')
        return false;
    struct text rest = text_slice(text, at + 1, text.len);
    struct text authority = text_slice(rest, 0, text_find_byte(rest, '/'));
    return text_find_byte(authority, '@') < authority.len;
}

/* How much of the text may be shown, as it stands. */
static size_t redact_find(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.bytes[i];
        if ((byte == '=' && redact_is_named(text, i, redact_names, ARRAY_COUNT(redact_names))) ||
            (byte == ':' &&
                redact_is_named(text, i, redact_headers, ARRAY_COUNT(redact_headers))) ||
            (byte == '/' && redact_is_user(text, i)))
            return i + 1;
    }
    return text.len;
}

/* A text that is decoded again and again, and where its bytes came from. */
struct redact_view {
    char *bytes;
    size_t *ends; /* the offset in the original behind what became this byte */
    size_t len;
};

static struct redact_view redact_view_of(struct text text, struct arena *arena)
{
    struct redact_view view = {
        .bytes = arena_copy(arena, text.bytes, text.len),
        .ends = arena_array(arena, text.len, sizeof(size_t)),
        .len = text.len,
    };
    for (size_t i = 0; i < text.len; i++)
        view.ends[i] = i + 1;
    return view;
}

/* The value of the "%41" at an offset, or -1 if none is there. */
static int redact_escape_value(const struct redact_view *view, size_t at)
{
    if (view->bytes[at] != '%' || view->len - at < 3)
        return -1;
    int high = ascii_hex_value(view->bytes[at + 1]), low = ascii_hex_value(view->bytes[at + 2]);
    return high >= 0 && low >= 0 ? 16 * high + low : -1;
}

/* Decodes once. Gives the offset in the original of the first thing decoded, or `none`. */
static size_t redact_decode(struct redact_view *view, size_t none)
{
    size_t to = 0, first = none;
    for (size_t from = 0; from < view->len; to++) {
        int value = redact_escape_value(view, from);
        size_t taken = value >= 0 ? 3 : 1;
        if (value >= 0 && first == none)
            first = to > 0 ? view->ends[to - 1] : 0;
        view->bytes[to] = view->bytes[from];
        if (value >= 0)
            view->bytes[to] = (char)value;
        view->ends[to] = view->ends[from + taken - 1];
        from += taken;
    }
    view->len = to;
    return first;
}

/* The same for a text with percent signs, level by level. */
static size_t redact_find_encoded(struct text text, struct arena *arena)
{
    struct redact_view view = redact_view_of(text, arena);
    size_t shown_len = text.len;
    for (int level = 1; level <= REDACT_LEVELS_MAX; level++) {
        if (redact_decode(&view, text.len) == text.len)
            return shown_len;
        size_t found = redact_find((struct text){view.bytes, view.len});
        if (found < view.len && view.ends[found - 1] < shown_len)
            shown_len = view.ends[found - 1];
    }
    size_t undecoded = redact_decode(&view, text.len);
    return undecoded < shown_len ? undecoded : shown_len;
}

struct text redact_credentials(struct text text, struct arena *arena)
{
    size_t shown_len = redact_find(text);
    if (text_find_byte(text, '%') < text.len) {
        size_t encoded_len = redact_find_encoded(text, arena);
        shown_len = encoded_len < shown_len ? encoded_len : shown_len;
    }
    return text_slice(text, 0, shown_len);
}
