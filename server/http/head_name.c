#include "server/http/head_name.h"

#include <stdint.h>

#include "base/array.h"

/* In lower case, the shorter ones first. */
static const struct {
    struct text name;
    int meaning; /* of enum head_name, or of enum request_header, from which it goes on */
} head_names[] = {
    {TEXT_INIT("host"), HEADER_HOST},
    {TEXT_INIT("cookie"), HEAD_COOKIE},
    {TEXT_INIT("origin"), HEADER_ORIGIN},
    {TEXT_INIT("content-type"), HEADER_CONTENT_TYPE},
    {TEXT_INIT("x-request-id"), HEADER_X_REQUEST_ID},
    {TEXT_INIT("last-event-id"), HEADER_LAST_EVENT_ID},
    {TEXT_INIT("authorization"), HEADER_AUTHORIZATION},
    {TEXT_INIT("if-none-match"), HEADER_IF_NONE_MATCH},
    {TEXT_INIT("content-length"), HEAD_CONTENT_LENGTH},
    {TEXT_INIT("x-goog-api-key"), HEADER_X_GOOG_API_KEY},
    {TEXT_INIT("sec-fetch-site"), HEADER_SEC_FETCH_SITE},
    {TEXT_INIT("accept-encoding"), HEADER_ACCEPT_ENCODING},
    {TEXT_INIT("metadata-flavor"), HEADER_METADATA_FLAVOR},
    {TEXT_INIT("content-encoding"), HEADER_CONTENT_ENCODING},
    {TEXT_INIT("x-goog-fieldmask"), HEADER_X_GOOG_FIELDMASK},
    {TEXT_INIT("x-emulator-token"), HEADER_X_EMULATOR_TOKEN},
    {TEXT_INIT("x-emulator-status"), HEADER_X_EMULATOR_STATUS},
    {TEXT_INIT("transfer-encoding"), HEAD_TRANSFER_ENCODING},
    {TEXT_INIT("x-goog-api-client"), HEADER_X_GOOG_API_CLIENT},
    {TEXT_INIT("x-emulator-latency"), HEADER_X_EMULATOR_LATENCY},
    {TEXT_INIT("x-emulator-namespace"), HEADER_X_EMULATOR_NAMESPACE},
    {TEXT_INIT("x-http-method-override"), HEADER_X_HTTP_METHOD_OVERRIDE},
    {TEXT_INIT("x-emulator-stream-delay"), HEADER_X_EMULATOR_STREAM_DELAY},
    {TEXT_INIT("access-control-request-method"), HEADER_ACCESS_CONTROL_REQUEST_METHOD},
    {TEXT_INIT("access-control-request-headers"), HEADER_ACCESS_CONTROL_REQUEST_HEADERS},
};
_Static_assert(ARRAY_COUNT(head_names) == HEAD_OTHER, "a name for each meaning");

/* Those with so many bytes: the first, and what is behind the last. Most headers of most requests
 * mean nothing. */
static const struct {
    unsigned char first, end;
} head_name_rows[] = {
    [4] = {0, 1},
    [6] = {1, 3},
    [12] = {3, 5},
    [13] = {5, 8},
    [14] = {8, 11},
    [15] = {11, 13},
    [16] = {13, 16},
    [17] = {16, 19},
    [18] = {19, 20},
    [20] = {20, 21},
    [22] = {21, 22},
    [23] = {22, 23},
    [29] = {23, 24},
    [30] = {24, 25},
};

static uint64_t head_name_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Eight bytes, those that are A-Z in lower case. */
static uint64_t head_name_lower(uint64_t all)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = 0x80 * ones;
    uint64_t low = all & ~highs;
    /* The high bit of a byte from A on, less those behind Z. */
    uint64_t upper = (low + (0x80 - 'A') * ones) & ~(low + (0x7F - 'Z') * ones) & ~all & highs;
    return all | upper >> 2;
}

/* Of two texts of one length, the second in lower case. */
static bool head_name_is(struct text name, struct text known)
{
    const size_t step = sizeof(uint64_t);
    if (known.len < step)
        return text_equals_ignoring_case(name, known);
    /* The last eight bytes may begin within those before. */
    for (size_t at = 0; at < known.len; at += step) {
        size_t from = at + step <= known.len ? at : known.len - step;
        if (head_name_lower(head_name_word(name.bytes + from)) !=
            head_name_word(known.bytes + from))
            return false;
    }
    return true;
}

enum head_name head_name_find(struct text name)
{
    if (name.len >= ARRAY_COUNT(head_name_rows))
        return HEAD_OTHER;
    for (size_t i = head_name_rows[name.len].first; i < head_name_rows[name.len].end; i++)
        if (head_name_is(name, head_names[i].name))
            return (enum head_name)head_names[i].meaning;
    return HEAD_OTHER;
}
