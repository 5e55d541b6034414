/* requests:export. */
#include "server/control/request_export.h"

#include "base/array.h"
#include "server/control/handlers.h"

static const struct {
    struct text name;
    const char *content_type;
    void (*write)(struct request_export *export);
} request_forms[] = {
    {TEXT_INIT("curl"), "text/plain; charset=UTF-8", request_export_curl},
    {TEXT_INIT("har"), CONTENT_TYPE_JSON, request_export_har},
    {TEXT_INIT("stubs"), CONTENT_TYPE_JSON, request_export_stubs},
};

static void request_hint_left_out(struct request_export *export)
{
    size_t count = export->left_out_count;
    if (count > 0)
        call_hint_text(
            export->call, arena_printf(export->call->arena,
                              "left out: %zu request%s not whole, or cannot be given again", count,
                              count == 1 ? " that is" : "s that are"));
}

/* Nothing is sent of what finds no room; see door.c. */
static void request_export_as(struct call *call, size_t form)
{
    struct journal_view view;
    struct text host = call->request->headers[HEADER_HOST];
    struct request_export export = {
        .call = call,
        .view = &view,
        .root_url = arena_printf(call->arena, "http://%.*s", TEXT_ARGS(host)),
        .out = &call->reply->body,
    };
    journal_view_open(call->space->journal, call->arena, &view);
    request_forms[form].write(&export);
    journal_view_close(&view);
    call->reply->status = 200;
    call->reply->content_type = request_forms[form].content_type;
    request_hint_left_out(&export);
}

enum call_state control_requests_export(struct call *call)
{
    struct text as = message_text(call->in, ExportRequestsRequest_as);
    for (size_t i = 0; i < ARRAY_COUNT(request_forms); i++) {
        if (!text_equals(as, request_forms[i].name))
            continue;
        request_export_as(call, i);
        return CALL_DONE;
    }
    return call_fail_text(
        call, ERROR_CONTROL_INVALID, TEXT("as: must be \"curl\", \"har\" or \"stubs\""));
}
