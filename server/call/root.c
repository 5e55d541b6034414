#include "server/call/root.h"

bool root_asks_metadata(const struct request *request)
{
    return text_equals_ignoring_case(
        text_trim(request->headers[HEADER_METADATA_FLAVOR]), TEXT("Google"));
}

bool root_is_asked(const struct request *request)
{
    struct text verb = request->verb;
    bool is_read = text_equals_string(verb, "GET") || text_equals_string(verb, "HEAD");
    if (!text_equals_string(path_skip_slashes(request->raw_path), "/"))
        return false;
    return !is_read || request->headers[HEADER_X_GOOG_API_CLIENT].bytes ||
           root_asks_metadata(request);
}

void root_answer(struct call *call)
{
    struct reply *reply = call->reply;
    if (!root_asks_metadata(call->request)) {
        call_fail(call, ERROR_ROUTE_LOST);
        return;
    }
    reply_add_header(reply, "Metadata-Flavor", TEXT("Google"));
    reply->status = 200;
    reply->content_type = "text/html";
}
