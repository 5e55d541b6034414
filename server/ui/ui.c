#include "server/ui/ui.h"

#include "base/array.h"
#include "server/ui/assets.h"

static const struct text ui_folder = TEXT_INIT("/ui/");

/* What every answer with a file carries. The page's code is its own files, and it speaks to this
 * server alone: no text of a model or of a request can become code in it. */
static const struct {
    const char *name, *value;
} ui_headers[] = {
    {"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
};

/* A file's name changes with its bytes; the page's does not. */
#define UI_CACHE_PAGE "no-cache"
#define UI_CACHE_FILE "public, max-age=31536000, immutable"

static bool ui_is_read(const struct request *request)
{
    return text_equals_string(request->verb, "GET") || text_equals_string(request->verb, "HEAD");
}

bool ui_is_asked(const struct request *request)
{
    if (!ui_assets[0].path)
        return false;
    return text_equals_string(request->raw_path, "/")
               ? ui_is_read(request)
               : text_starts_with(request->raw_path, ui_folder);
}

static const struct ui_asset *ui_find(struct text raw_path)
{
    for (const struct ui_asset *asset = ui_assets; asset->path; asset++)
        if (text_equals_string(raw_path, asset->path))
            return asset;
    return NULL;
}

/* "q=0", "q=0.000" (RFC 9110 section 12.4.2). */
static bool ui_is_refusal(struct text weight)
{
    if (!text_starts_with(weight, TEXT("q=0")))
        return false;
    for (size_t i = 2; i < weight.len; i++)
        if (weight.bytes[i] != '0' && weight.bytes[i] != '.')
            return false;
    return true;
}

/* Of an Accept-Encoding (RFC 9110 section 12.5.3). */
static bool ui_takes_gzip(struct text codings)
{
    bool takes_any = false;
    while (codings.bytes) {
        struct text weight = text_split(&codings, ',');
        struct text name = text_trim(text_split(&weight, ';'));
        bool is_taken = !ui_is_refusal(text_trim(weight));
        if (text_equals_ignoring_case(name, TEXT("gzip")))
            return is_taken;
        if (text_equals(name, TEXT("*")))
            takes_any = is_taken;
    }
    return takes_any;
}

/* True if one of an If-None-Match (RFC 9110 section 13.1.2) is this tag. */
static bool ui_is_known(struct text known, struct text tag)
{
    while (known.bytes) {
        struct text one = text_trim(text_split(&known, ','));
        if (text_starts_with(one, TEXT("W/")))
            one = text_slice(one, 2, one.len);
        if (text_equals(one, tag) || text_equals(one, TEXT("*")))
            return true;
    }
    return false;
}

static void ui_answer_asset(struct call *call, const struct ui_asset *asset)
{
    struct reply *reply = call->reply;
    const struct text *headers = call->request->headers;
    bool is_gzip = asset->gzip.len > 0 && ui_takes_gzip(headers[HEADER_ACCEPT_ENCODING]);
    bool is_page = text_equals_string(call->request->raw_path, "/");
    struct text tag = arena_printf(call->arena, "\"%s%s\"", ui_hash, is_gzip ? "-gzip" : "");
    for (size_t i = 0; i < ARRAY_COUNT(ui_headers); i++)
        reply_add_header(reply, ui_headers[i].name, text_of(ui_headers[i].value));
    reply_add_header(reply, "Cache-Control", is_page ? TEXT(UI_CACHE_PAGE) : TEXT(UI_CACHE_FILE));
    reply_add_header(reply, "ETag", tag);
    reply_add_header(reply, "Vary", TEXT("Accept-Encoding"));
    if (ui_is_known(headers[HEADER_IF_NONE_MATCH], tag)) {
        reply->status = 304;
        return;
    }
    reply->status = 200;
    reply->content_type = asset->content_type;
    if (is_gzip)
        reply_add_header(reply, "Content-Encoding", TEXT("gzip"));
    buf_add_text(&reply->body, is_gzip ? asset->gzip : asset->plain);
}

static void ui_refuse_verb(struct call *call)
{
    struct reply *reply = call->reply;
    reply->status = 405;
    reply->content_type = "text/plain; charset=utf-8";
    reply_add_header(reply, "Allow", TEXT("GET, HEAD"));
    buf_add_string(&reply->body,
        "This is the emulator's web page, which is only read. The API begins at /v1beta/.\n");
}

void ui_answer(struct call *call)
{
    const struct ui_asset *asset = ui_find(call->request->raw_path);
    if (!asset)
        call_fail_unknown_route(call);
    else if (ui_is_read(call->request))
        ui_answer_asset(call, asset);
    else
        ui_refuse_verb(call);
}
