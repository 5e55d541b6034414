#include "server/call/redact.h"

#include <limits.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "server/contract/method.h"

/* Ends of the names of parameters, fields and headers that hold a credential, one or several. */
static const struct text redact_names[] = {
    TEXT_INIT("key"),
    TEXT_INIT("token"),
    TEXT_INIT("secret"),
    TEXT_INIT("password"),
    TEXT_INIT("passwd"),
    TEXT_INIT("pwd"),
    TEXT_INIT("pass"),
    TEXT_INIT("credential"),
    TEXT_INIT("auth"),
    TEXT_INIT("authorization"),
    TEXT_INIT("bearer"),
    TEXT_INIT("assertion"),
    TEXT_INIT("jwt"),
    TEXT_INIT("signature"),
    TEXT_INIT("cookie"),
    TEXT_INIT("session"),
    TEXT_INIT("sid"),
};

/*
 * Bytes at which something is to be looked at: every other is passed over. Most paths have too few
 * of them to hold a credential, which is known after one quick pass.
 */
enum redact_byte {
    REDACT_SIGN = 1,  /* a credential may follow, or stands before an @ */
    REDACT_COLON = 2, /* one may follow if a name stands before it */
    REDACT_SLASH = 4, /* a user may follow, which needs an @ */
    /* Of redact_starts, two of each. */
    REDACT_A = 8,
    REDACT_I = 16,
    REDACT_Y = 32,
    REDACT_POINT = 64,
    REDACT_U = 128,
    REDACT_3 = 256,
    REDACT_KEY = REDACT_A | REDACT_I,
    REDACT_TOKEN = REDACT_Y | REDACT_POINT,
    REDACT_ESCAPE = REDACT_U | REDACT_3
};

static const unsigned short redact_bytes[UCHAR_MAX + 1] = {
    ['='] = REDACT_SIGN,
    [' '] = REDACT_SIGN,
    ['+'] = REDACT_SIGN,
    ['\t'] = REDACT_SIGN,
    ['@'] = REDACT_SIGN,
    [':'] = REDACT_COLON,
    ['/'] = REDACT_SLASH,
    ['A'] = REDACT_A,
    ['I'] = REDACT_I,
    ['y'] = REDACT_Y,
    ['.'] = REDACT_POINT,
    ['u'] = REDACT_U,
    ['3'] = REDACT_3,
};

/* How Google's API keys and access tokens begin, and an equals sign as JSON may have it. */
static const struct text redact_starts[] = {
    TEXT_INIT("AIza"),
    TEXT_INIT("ya29."),
    TEXT_INIT("u003d"),
    TEXT_INIT("u003D"),
};

/* Words that a credential follows. */
static const struct text redact_schemes[] = {TEXT_INIT("bearer"), TEXT_INIT("basic")};

/* True if the text ends with one of these, in any case. */
static bool redact_ends_with(struct text text, const struct text *names, size_t count)
{
    if (text_is_empty(text))
        return false;
    char last = ascii_to_lower(text.bytes[text.len - 1]);
    for (size_t i = 0; i < count; i++) {
        size_t len = names[i].len;
        if (names[i].bytes[len - 1] == last && text.len >= len &&
            text_equals_ignoring_case(text_slice(text, text.len - len, text.len), names[i]))
            return true;
    }
    return false;
}

/* True if what stands before `at` is a name of credentials, perhaps with digits and marks behind
 * it, as in "key%20:", "key[0]:" and JSON's "key":. */
static bool redact_is_named(struct text text, size_t at)
{
    static const struct text ends = TEXT_INIT("/?&;,#:");
    while (at > 0 && !ascii_is_letter(text.bytes[at - 1]) &&
           text_find_byte(ends, text.bytes[at - 1]) == ends.len)
        at--;
    struct text name = text_slice(text, 0, at);
    if (redact_ends_with(name, redact_names, ARRAY_COUNT(redact_names)))
        return true;
    if (at == 0 || ascii_to_lower(text.bytes[at - 1]) != 's')
        return false;
    name.len--;
    return redact_ends_with(name, redact_names, ARRAY_COUNT(redact_names));
}

/* True of what the API has behind a colon, as in "tunedModels/my-key:generateContent". */
static bool redact_is_verb(struct text text)
{
    for (int i = 0; text.len > 0 && i < METHOD_COUNT; i++)
        if (text_equals(method_verb(&methods[i]), text))
            return true;
    return false;
}

/* True if an @ stands before the next slash. */
static bool redact_is_user_name(struct text rest)
{
    struct text segment = text_slice(rest, 0, text_find_byte(rest, '/'));
    return text_find_byte(segment, '@') < segment.len;
}

/* True if two slashes before `at` begin an authority with a user in it. */
static bool redact_is_user(struct text text, size_t at)
{
    if (at == 0 || text.bytes[at - 1] != '/')
        return false;
    return redact_is_user_name(text_slice(text, at + 1, text.len));
}

/* True if a credential may follow the byte at this offset. */
static bool redact_is_before_credential(struct text text, size_t at)
{
    struct text rest = text_slice(text, at + 1, text.len);
    switch (text.bytes[at]) {
    case '=':
        return true;
    case ':':
        return redact_is_named(text, at) && !redact_is_verb(rest);
    case '/':
        return redact_is_user(text, at);
    case ' ':
    case '+':
    case '\t':
        return redact_ends_with(
            text_slice(text, 0, at), redact_schemes, ARRAY_COUNT(redact_schemes));
    default:
        return false;
    }
}

/* True if what begins here is a credential, or the sign before one. */
static bool redact_is_start(struct text text)
{
    for (size_t i = 0; i < ARRAY_COUNT(redact_starts); i++)
        if (text.bytes[0] == redact_starts[i].bytes[0] && text_starts_with(text, redact_starts[i]))
            return true;
    return false;
}

/* How much of the text may be shown, as it stands. */
static size_t redact_find_anywhere(struct text text)
{
    bool has_colon = false; /* in the segment so far; behind the first stands a password, or none */
    for (size_t i = 0; i < text.len; i++) {
        if (!redact_bytes[(unsigned char)text.bytes[i]])
            continue;
        struct text rest = text_slice(text, i, text.len);
        bool is_first_colon = text.bytes[i] == ':' && !has_colon;
        has_colon = text.bytes[i] != '/' && (has_colon || is_first_colon);
        if (redact_is_before_credential(text, i) || (is_first_colon && redact_is_user_name(rest)))
            return i + 1;
        if (redact_is_start(rest))
            return i;
    }
    return text.len;
}

/* The same of a text in which a credential can only stand behind a colon. */
static size_t redact_find_colon(struct text text)
{
    for (size_t at = 0; at < text.len; at++) {
        at += text_find_byte(text_slice(text, at, text.len), ':');
        if (at < text.len && redact_is_before_credential(text, at))
            return at + 1;
    }
    return text.len;
}

/* How much of the text may be shown, as it stands. */
static size_t redact_find(struct text text)
{
    unsigned all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= redact_bytes[(unsigned char)text.bytes[i]];
    if (!(all & REDACT_SIGN) && (all & REDACT_KEY) != REDACT_KEY &&
        (all & REDACT_TOKEN) != REDACT_TOKEN && (all & REDACT_ESCAPE) != REDACT_ESCAPE)
        return all & REDACT_COLON ? redact_find_colon(text) : text.len;
    return redact_find_anywhere(text);
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
        size_t found_end = found > 0 ? view.ends[found - 1] : 0;
        if (found < view.len && found_end < shown_len)
            shown_len = found_end;
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

/* --- queries and bodies --- */

static bool redact_is_page_token(struct text name)
{
    return text_equals_string(name, "pageToken") || text_equals_string(name, "page_token");
}

/* How much of a pair may be shown. */
static size_t redact_pair_shown(struct text pair, struct arena *arena)
{
    size_t equals = text_find_byte(pair, '=');
    if (equals == pair.len)
        return redact_credentials(pair, arena).len;
    struct text name = percent_decode(text_slice(pair, 0, equals), true, arena);
    struct text value = text_slice(pair, equals + 1, pair.len);
    /* The published quickstart writes page_token=TOKEN?key=KEY; see call/query.h. */
    if (redact_is_page_token(name)) {
        size_t key_at = text_find(value, TEXT("?key="));
        return key_at < value.len ? equals + 1 + key_at + 5 : pair.len;
    }
    if (redact_is_named(name, name.len))
        return equals + 1;
    return equals + 1 + redact_credentials(value, arena).len;
}

struct text redact_query(struct text raw_query, struct arena *arena)
{
    struct buf shown = BUF_INIT;
    struct text rest = raw_query.len ? raw_query : (struct text){NULL, 0};
    bool has_hidden = false;
    while (rest.bytes) {
        struct text pair = text_split(&rest, '&');
        size_t shown_len = redact_pair_shown(pair, arena);
        buf_add_text(&shown, text_slice(pair, 0, shown_len));
        if (shown_len < pair.len)
            buf_add_string(&shown, REDACT_MARK);
        has_hidden = has_hidden || shown_len < pair.len;
        if (rest.bytes)
            buf_add_byte(&shown, '&');
    }
    struct text query = has_hidden ? arena_text(arena, buf_text(&shown)) : raw_query;
    buf_release(&shown);
    return query;
}

size_t redact_query_secrets(
    struct text raw_query, struct arena *arena, struct text *ret_secrets, size_t max)
{
    struct text rest = raw_query.len ? raw_query : (struct text){NULL, 0};
    size_t count = 0;
    while (rest.bytes && count < max) {
        struct text pair = text_split(&rest, '&');
        size_t shown_len = redact_pair_shown(pair, arena);
        if (shown_len < pair.len)
            ret_secrets[count++] =
                percent_decode(text_slice(pair, shown_len, pair.len), true, arena);
    }
    return count;
}

/* No key or token is shorter. */
enum { REDACT_KEY_BYTES_MIN = 20 };

/* How Google's keys and tokens begin, where in that a byte stands that most texts have not, and how
 * long they are at least. */
static const struct {
    struct text start;
    size_t rare_at, len_min;
} redact_key_rows[] = {
    {TEXT_INIT("AIza"), 2, 30},
    {TEXT_INIT("ya29."), 3, REDACT_KEY_BYTES_MIN},
};

/* The length of the key that begins here; 0: none does. */
static size_t redact_key_length(struct text text, size_t row)
{
    size_t len = redact_key_rows[row].start.len;
    if (!text_starts_with(text, redact_key_rows[row].start))
        return 0;
    while (len < text.len && text_is_alphanumeric(text_slice(text, len, len + 1), "-_."))
        len++;
    return len >= redact_key_rows[row].len_min ? len : 0;
}

/* Where the first key of a row is, or the text's end; and its length. */
static size_t redact_find_key(struct text text, size_t row, size_t *ret_len)
{
    size_t rare_at = redact_key_rows[row].rare_at;
    char rare = redact_key_rows[row].start.bytes[rare_at];
    for (size_t at = 0; at < text.len; at++) {
        at += text_find_byte(text_slice(text, at, text.len), rare);
        *ret_len = at < text.len && at >= rare_at
                       ? redact_key_length(text_slice(text, at - rare_at, text.len), row)
                       : 0;
        if (*ret_len > 0)
            return at - rare_at;
    }
    return text.len;
}

/* What is to be hidden: these secrets, or (NULL) keys. */
struct redact_target {
    const struct text *secrets;
    size_t count;
};

/* Where the first of all is, or the text's end; and its length. */
static size_t redact_find_target(
    struct text text, const struct redact_target *target, size_t *ret_len)
{
    size_t first = text.len;
    size_t count = target->secrets ? target->count : ARRAY_COUNT(redact_key_rows);
    for (size_t i = 0; i < count; i++) {
        size_t at = text.len, len = target->secrets ? target->secrets[i].len : 0;
        if (!target->secrets)
            at = redact_find_key(text, i, &len);
        else if (len >= REDACT_SECRET_BYTES_MIN)
            at = text_find(text, target->secrets[i]);
        if (at < first) {
            first = at;
            *ret_len = len;
        }
    }
    return first;
}

static struct text redact_targets(
    struct text text, const struct redact_target *target, struct arena *arena)
{
    size_t len = 0, at = redact_find_target(text, target, &len);
    if (at == text.len)
        return text;
    struct buf shown = BUF_INIT;
    struct text rest = text;
    while (at < rest.len) {
        buf_add_text(&shown, text_slice(rest, 0, at));
        buf_add_string(&shown, REDACT_MARK);
        rest = text_slice(rest, at + len, rest.len);
        at = redact_find_target(rest, target, &len);
    }
    buf_add_text(&shown, rest);
    struct text result = arena_text(arena, buf_text(&shown));
    buf_release(&shown);
    return result;
}

struct text redact_secrets(
    struct text text, const struct text *secrets, size_t secret_count, struct arena *arena)
{
    return secret_count
               ? redact_targets(text, &(struct redact_target){secrets, secret_count}, arena)
               : text;
}

struct text redact_keys(struct text text, struct arena *arena)
{
    if (text.len < REDACT_KEY_BYTES_MIN)
        return text;
    return redact_targets(text, &(struct redact_target){NULL, 0}, arena);
}
