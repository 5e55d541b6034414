#include "server/state/identity.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/base64.h"

/* The text of ERROR_TM_ID_FORMAT names it. */
_Static_assert(TUNED_MODEL_ID_LENGTH_MAX == 40, "{0,38}");

bool identity_is_tuned_model_id(struct text id)
{
    if (id.len == 0 || id.len > TUNED_MODEL_ID_LENGTH_MAX || !ascii_is_lower(id.bytes[0]) ||
        id.bytes[id.len - 1] == '-')
        return false;
    for (size_t i = 1; i < id.len; i++)
        if (!ascii_is_lower(id.bytes[i]) && !ascii_is_digit(id.bytes[i]) && id.bytes[i] != '-')
            return false;
    return true;
}

bool identity_split_child(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id)
{
    enum { PART_COUNT = 4 };
    struct text parts[PART_COUNT];
    struct text rest = name;
    size_t count = 0;
    while (rest.bytes && count < PART_COUNT)
        parts[count++] = text_split(&rest, '/');
    if (count < PART_COUNT || rest.bytes || !text_equals_string(parts[0], "tunedModels") ||
        !text_equals_string(parts[2], kind))
        return false;
    *ret_model_id = parts[1];
    *ret_id = parts[3];
    return true;
}

struct text identity_random(struct arena *arena, uint64_t random, size_t length)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *bytes = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < length; i++) {
        uint64_t draw = hash_mix(random, i);
        bytes[i] = alphabet[draw % (i == 0 ? 26 : 36)];
    }
    return (struct text){bytes, length};
}

/* Writes the slug of a display name, cut so that the shortest suffix still fits. */
static size_t identity_slug(struct text name, char *ret_slug)
{
    size_t max = TUNED_MODEL_ID_LENGTH_MAX - 1 - ID_SUFFIX_LENGTH_MIN;
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < max; i++) {
        char byte = ascii_to_lower(name.bytes[i]);
        if (byte == ' ')
            byte = '-';
        else if (!ascii_is_lower(byte) && !ascii_is_digit(byte))
            continue;
        /* An id begins with a letter or digit. */
        if (byte != '-' || len > 0)
            ret_slug[len++] = byte;
    }
    return len;
}

struct text identity_tuned_model_id(
    struct arena *arena, struct text display_name, size_t suffix_max, uint64_t random)
{
    char slug[TUNED_MODEL_ID_LENGTH_MAX];
    size_t slug_len = identity_slug(display_name, slug);
    if (slug_len == 0)
        return identity_random(arena, random, ID_SUFFIX_LENGTH);
    size_t suffix_len = TUNED_MODEL_ID_LENGTH_MAX - 1 - slug_len;
    if (suffix_len > suffix_max)
        suffix_len = suffix_max;
    struct text suffix = identity_random(arena, random, suffix_len);
    return arena_printf(arena, "%.*s-%.*s", (int)slug_len, slug, TEXT_ARGS(suffix));
}

struct text identity_permission_id(struct text email, struct arena *arena)
{
    const uint64_t ten_digits = UINT64_C(10000000000);
    return arena_printf(arena, "1%010" PRIu64 "%010" PRIu64, hash_text(1, email) % ten_digits,
        hash_text(2, email) % ten_digits);
}

/* The least significant 7 bits first, with a bit that says that more follow. */
static size_t identity_put_varint(uint32_t number, char *at)
{
    size_t len = 0;
    for (; number > 0x7f; number >>= 7)
        at[len++] = (char)(0x80 | (number & 0x7f));
    at[len++] = (char)number;
    return len;
}

struct text identity_response_id(struct arena *arena, int64_t create_ns, uint64_t random)
{
    enum { SECONDS_BYTES = 4, VARINT_BYTES = 5, NUMBERS = 3 };
    int64_t ns = create_ns % NS_PER_SECOND + (create_ns % NS_PER_SECOND < 0 ? NS_PER_SECOND : 0);
    uint32_t seconds = (uint32_t)((create_ns - ns) / NS_PER_SECOND);
    const uint32_t numbers[NUMBERS] = {
        (uint32_t)(ns / NS_PER_US), (uint32_t)(random >> 32), (uint32_t)random};
    char bytes[SECONDS_BYTES + NUMBERS * VARINT_BYTES];
    size_t len = 0;
    for (; len < SECONDS_BYTES; len++, seconds >>= 8)
        bytes[len] = (char)seconds;
    for (size_t i = 0; i < NUMBERS; i++)
        len += identity_put_varint(numbers[i], bytes + len);
    struct buf id = BUF_INIT;
    base64_encode(&id, (struct text){bytes, len}, true);
    struct text text = arena_text(arena, buf_text(&id));
    buf_release(&id);
    return text;
}
