#include "server/http/head_name.h"

#include "base/array.h"
#include "base/ascii.h"

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
    {TEXT_INIT("content-encoding"), HEADER_CONTENT_ENCODING},
    {TEXT_INIT("x-goog-fieldmask"), HEADER_X_GOOG_FIELDMASK},
    {TEXT_INIT("x-emulator-token"), HEADER_X_EMULATOR_TOKEN},
    {TEXT_INIT("x-emulator-status"), HEADER_X_EMULATOR_STATUS},
    {TEXT_INIT("transfer-encoding"), HEAD_TRANSFER_ENCODING},
    {TEXT_INIT("x-emulator-latency"), HEADER_X_EMULATOR_LATENCY},
    {TEXT_INIT("x-emulator-namespace"), HEADER_X_EMULATOR_NAMESPACE},
    {TEXT_INIT("x-http-method-override"), HEADER_X_HTTP_METHOD_OVERRIDE},
    {TEXT_INIT("x-emulator-stream-delay"), HEADER_X_EMULATOR_STREAM_DELAY},
    {TEXT_INIT("access-control-request-method"), HEADER_ACCESS_CONTROL_REQUEST_METHOD},
    {TEXT_INIT("access-control-request-headers"), HEADER_ACCESS_CONTROL_REQUEST_HEADERS},
};
_Static_assert(ARRAY_COUNT(head_names) == HEAD_OTHER, "a name for each meaning");

/* Of two texts of one length, the second in lower case. */
static bool head_name_is(struct text name, struct text known)
{
    for (size_t i = 0; i < known.len; i++)
        if (ascii_to_lower(name.bytes[i]) != known.bytes[i])
            return false;
    return true;
}

enum head_name head_name_find(struct text name)
{
    /* The length tells most names apart, and most headers of most requests mean nothing. */
    for (size_t i = 0; i < ARRAY_COUNT(head_names) && head_names[i].name.len <= name.len; i++)
        if (head_names[i].name.len == name.len && head_name_is(name, head_names[i].name))
            return (enum head_name)head_names[i].meaning;
    return HEAD_OTHER;
}
