#include "server/call/headers.h"

#include "base/timefmt.h"
#include "server/call/guard.h"

static struct text headers_date(struct call *call)
{
    char *date = arena_alloc(call->arena, TIME_TEXT_MAX);
    return (struct text){date, time_format_http(call->now_ns, date)};
}

static void headers_add_date(struct call *call)
{
    reply_add_header(call->reply, "Date", headers_date(call));
}

/*
 * What every answer carries. In compat that is what clients read: "Vary" is one line, and the
 * headers that only browsers' pages mind are strict's. A header costs 1,300 to 1,800 instructions,
 * of the 37,000 of a get and the 65,000 of a generateContent; see docs/differences.md.
 */
void headers_add_emulated(struct call *call)
{
    struct reply *reply = call->reply;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    if (is_strict) {
        reply_add_header(reply, "Vary", TEXT("X-Origin"));
        reply_add_header(reply, "Vary", TEXT("Referer"));
        reply_add_header(reply, "Vary", TEXT("Origin,Accept-Encoding"));
    } else {
        reply_add_header(reply, "Vary", TEXT("X-Origin,Referer,Origin,Accept-Encoding"));
    }
    headers_add_date(call);
    reply_add_header(reply, "Server", TEXT("scaffolding on HTTPServer2"));
    if (is_strict) {
        reply_add_header(reply, "Cache-Control", TEXT("private"));
        reply_add_header(reply, "X-XSS-Protection", TEXT("0"));
        reply_add_header(reply, "X-Frame-Options", TEXT("SAMEORIGIN"));
        reply_add_header(reply, "X-Content-Type-Options", TEXT("nosniff"));
        reply_add_header(reply, "Server-Timing", TEXT("gfet4t7; dur=1"));
        reply_add_header(reply, "Accept-Ranges", TEXT("none"));
        /* libmicrohttpd would send an end of chunks after a HEAD. */
        if (!text_equals_string(call->request->verb, "HEAD"))
            reply_add_header(reply, "Transfer-Encoding", TEXT("chunked"));
    }
    struct text origin = call->request->headers[HEADER_ORIGIN];
    if (origin.bytes) {
        reply_add_header(reply, "Access-Control-Allow-Origin", origin);
        reply_add_header(reply, "Access-Control-Expose-Headers",
            TEXT("vary,vary,vary,content-encoding,date,server,content-length"));
        if (!is_strict)
            reply_add_header(
                reply, "Access-Control-Expose-Headers", TEXT("x-emulator-answer,x-emulator-hint"));
    }
}

void headers_add_page(struct call *call)
{
    headers_add_date(call);
}

void headers_add_control(struct call *call)
{
    headers_add_date(call);
    struct reply *reply = call->reply;
    reply_add_header(reply, "Cache-Control", TEXT("no-store"));
    if (!guard_is_allowed_origin(call->request, &call->app->settings.allowed_origins))
        return;
    reply_add_header(reply, "Access-Control-Allow-Origin", call->request->headers[HEADER_ORIGIN]);
    reply_add_header(reply, "Access-Control-Expose-Headers", TEXT("date,retry-after,x-request-id"));
    reply_add_header(reply, "Vary", TEXT("Origin"));
}

void headers_renew_date(struct call *call)
{
    struct reply *reply = call->reply;
    for (int i = 0; i < reply->header_count; i++)
        if (text_equals_string(text_of(reply->headers[i].name), "Date"))
            reply->headers[i].value = headers_date(call);
}

void headers_answer_preflight(struct call *call)
{
    struct reply *reply = call->reply;
    struct text asked = call->request->headers[HEADER_ACCESS_CONTROL_REQUEST_HEADERS];
    reply_add_header(
        reply, "Access-Control-Allow-Methods", TEXT("DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"));
    if (asked.bytes)
        reply_add_header(reply, "Access-Control-Allow-Headers", asked);
    reply_add_header(reply, "Access-Control-Max-Age", TEXT("3600"));
    reply->status = 200;
    reply->content_type = "text/html; charset=UTF-8";
}
