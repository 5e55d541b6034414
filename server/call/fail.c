/*
 * The details of errors are messages like any other, filled from a row of the error table; their
 * order and their fields are those of the recorded bodies.
 */
#include "server/call/fail.h"

#include <assert.h>

#include "base/array.h"

static const struct text service_gemini = TEXT_INIT("generativelanguage.googleapis.com");
static const struct text service_vertex = TEXT_INIT("aiplatform.googleapis.com");
/* The project number that texts and details name. */
static const struct text project = TEXT_INIT("projects/12345678");

/* Everything a detail is made from. */
struct detail_maker {
    const struct failure *failure;
    const struct error *error;
    struct arena *arena;
    struct message *body; /* ErrorBody.Error */
};

static struct message *fail_detail_new(struct detail_maker *maker, enum message_id id)
{
    struct message *detail = message_new(maker->arena, id, VERSION_V1BETA);
    message_add_message(maker->body, ErrorBody_Error_details, detail);
    return detail;
}

static bool fail_is_vertex(const struct detail_maker *maker)
{
    return maker->failure->method && maker->failure->method->flags & METHOD_VERTEX;
}

static struct text fail_detail_service(const struct detail_maker *maker)
{
    return fail_is_vertex(maker) ? service_vertex : service_gemini;
}

static struct text fail_detail_rpc_name(const struct detail_maker *maker)
{
    const struct failure *failure = maker->failure;
    return arena_printf(maker->arena, "google.%s.%s.%s",
        fail_is_vertex(maker) ? "cloud.aiplatform" : "ai.generativelanguage",
        api_version_name(failure->version), failure->method ? failure->method->rpc : "Unknown");
}

static struct message *fail_detail_error_info(struct detail_maker *maker, bool has_domain)
{
    struct message *info = fail_detail_new(maker, MESSAGE_ErrorInfo);
    message_set_text(info, ErrorInfo_reason, text_of(maker->error->reason));
    if (has_domain)
        message_set_text(info, ErrorInfo_domain, TEXT("googleapis.com"));
    return info;
}

static void fail_detail_help(struct detail_maker *maker, struct text description, struct text url)
{
    struct message *help = fail_detail_new(maker, MESSAGE_Help);
    struct message *link = message_add_child(help, Help_links);
    message_set_text(link, Help_Link_description, description);
    message_set_text(link, Help_Link_url, url);
}

static void fail_details_bad_request(struct detail_maker *maker)
{
    const struct decode_problems *problems = maker->failure->problems;
    struct message *bad_request = fail_detail_new(maker, MESSAGE_BadRequest);
    for (size_t i = 0; problems && i < problems->violation_count; i++) {
        struct message *violation = message_add_child(bad_request, BadRequest_field_violations);
        message_set_text_if(
            violation, BadRequest_FieldViolation_field, problems->violations[i].field);
        message_set_text(
            violation, BadRequest_FieldViolation_description, problems->violations[i].description);
    }
}

static void fail_details_key(struct detail_maker *maker)
{
    struct message *info = fail_detail_error_info(maker, true);
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), fail_detail_service(maker));
    struct message *localized = fail_detail_new(maker, MESSAGE_LocalizedMessage);
    message_set_text(localized, LocalizedMessage_locale, TEXT("en-US"));
    message_set_text(localized, LocalizedMessage_message, maker->failure->text);
}

static void fail_details_credentials(struct detail_maker *maker)
{
    struct message *info = fail_detail_error_info(maker, true);
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), fail_detail_service(maker));
    message_add_pair(info, ErrorInfo_metadata, TEXT("method"), fail_detail_rpc_name(maker));
}

static void fail_details_token(struct detail_maker *maker)
{
    struct message *info = fail_detail_error_info(maker, false);
    message_add_pair(info, ErrorInfo_metadata, TEXT("method"), fail_detail_rpc_name(maker));
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), fail_detail_service(maker));
}

static int64_t failure_retry_ns(const struct failure *failure)
{
    return failure->retry_after_ns ? failure->retry_after_ns : QUOTA_RETRY_NS;
}

static void fail_details_quota(struct detail_maker *maker)
{
    fail_detail_help(maker, TEXT("Learn more about Gemini API quotas"),
        TEXT("https://ai.google.dev/gemini-api/docs/rate-limits"));

    struct message *quota = fail_detail_new(maker, MESSAGE_QuotaFailure);
    struct message *violation = message_add_child(quota, QuotaFailure_violations);
    message_set_text(violation, QuotaFailure_Violation_quota_metric,
        TEXT("generativelanguage.googleapis.com/generate_content_free_tier_requests"));
    message_set_text(violation, QuotaFailure_Violation_quota_id,
        TEXT("GenerateRequestsPerDayPerProjectPerModel-FreeTier"));
    message_add_pair(
        violation, QuotaFailure_Violation_quota_dimensions, TEXT("location"), TEXT("global"));
    message_add_pair(violation, QuotaFailure_Violation_quota_dimensions, TEXT("model"),
        maker->failure->quota_model);
    message_set_int(violation, QuotaFailure_Violation_quota_value, 20);

    struct message *retry = fail_detail_new(maker, MESSAGE_RetryInfo);
    message_set_int(retry, RetryInfo_retry_delay, failure_retry_ns(maker->failure));
}

static void fail_details_rate(struct detail_maker *maker)
{
    struct message *info = fail_detail_error_info(maker, true);
    static const struct {
        struct text key, value;
    } metadata[] = {
        {TEXT_INIT("quota_limit_value"), TEXT_INIT("0")},
        {TEXT_INIT("quota_limit"),
            TEXT_INIT("GenerateContentRequestsPerMinutePerProjectPerRegion")},
        {TEXT_INIT("quota_location"), TEXT_INIT("us-east2")},
        {TEXT_INIT("quota_metric"),
            TEXT_INIT("generativelanguage.googleapis.com/generate_content_requests")},
    };
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), fail_detail_service(maker));
    message_add_pair(info, ErrorInfo_metadata, TEXT("consumer"), project);
    for (size_t i = 0; i < ARRAY_COUNT(metadata); i++)
        message_add_pair(info, ErrorInfo_metadata, metadata[i].key, metadata[i].value);
    fail_detail_help(maker, TEXT("Request a higher quota limit."),
        TEXT("https://cloud.google.com/docs/quota#requesting_higher_quota"));
}

static void fail_details_disabled(struct detail_maker *maker)
{
    fail_detail_help(maker, TEXT("Google developers console API activation"),
        TEXT("https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/"
             "overview?project=12345678"));
    struct message *info = fail_detail_error_info(maker, true);
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), fail_detail_service(maker));
    message_add_pair(info, ErrorInfo_metadata, TEXT("consumer"), project);
}

static void fail_details_iam(struct detail_maker *maker)
{
    struct message *info = fail_detail_error_info(maker, false);
    message_set_text(info, ErrorInfo_domain, service_vertex);
    message_add_pair(info, ErrorInfo_metadata, TEXT("permission"), maker->failure->permission);
    message_add_pair(info, ErrorInfo_metadata, TEXT("resource"), maker->failure->resource);
}

static void fail_details_none(struct detail_maker *maker)
{
    (void)maker;
}

static void (*const detail_makers[])(struct detail_maker *) = {
    [DETAILS_NONE] = fail_details_none,
    [DETAILS_BAD_REQUEST] = fail_details_bad_request,
    [DETAILS_KEY] = fail_details_key,
    [DETAILS_CREDENTIALS] = fail_details_credentials,
    [DETAILS_TOKEN] = fail_details_token,
    [DETAILS_QUOTA] = fail_details_quota,
    [DETAILS_RATE] = fail_details_rate,
    [DETAILS_DISABLED] = fail_details_disabled,
    [DETAILS_IAM] = fail_details_iam,
};

int64_t fail_retry_ns(enum error_id error)
{
    bool is_busy = error == ERROR_BODY_BUSY || error == ERROR_SRV_ANSWERS_FULL;
    return is_busy ? FAIL_BUSY_RETRY_NS : 0;
}

enum error_id fail_problems_error(const struct decode_problems *problems, struct text *ret_argument)
{
    const struct decode_limits *limits = problems->limits;
    enum error_id error = problems->syntax.len ? ERROR_JSON_SYNTAX : ERROR_JSON_TYPING;
    size_t bound = 0;
    switch (problems->excess) {
    case DECODE_FITS:
        *ret_argument = decode_problems_text(problems);
        return error;
    case DECODE_TOO_MANY_VALUES:
        error = ERROR_BODY_VALUES;
        bound = limits->values_max;
        break;
    case DECODE_TOO_LARGE:
        error = ERROR_BODY_MEMORY;
        bound = limits->bytes_max;
        break;
    case DECODE_NO_ROOM:
        error = ERROR_BODY_BUSY;
        bound = limits->budget->max;
        break;
    }
    *ret_argument = arena_printf(problems->arena, "%zu", bound);
    return error;
}

/* The older error format lists the error once more; the reasons are those of google.rpc.Code. */
static void fail_add_legacy(struct message *body, struct text text, const struct status *status)
{
    struct message *legacy = message_add_child(body, ErrorBody_Error_errors);
    message_set_text(legacy, ErrorBody_LegacyError_message, text);
    message_set_text(legacy, ErrorBody_LegacyError_domain, TEXT("global"));
    struct text reason = status->http == 400   ? TEXT("badRequest")
                         : status->http == 401 ? TEXT("authError")
                         : status->http == 403 ? TEXT("forbidden")
                         : status->http == 404 ? TEXT("notFound")
                         : status->http == 409 ? TEXT("alreadyExists")
                         : status->http == 429 ? TEXT("rateLimitExceeded")
                                               : TEXT("backendError");
    message_set_text(legacy, ErrorBody_LegacyError_reason, reason);
}

const struct status *fail_status(const struct failure *failure)
{
    if (failure->status)
        return failure->status;
    const struct status *status = status_find((int)errors[failure->error].status);
    assert(status);
    return status;
}

void fail_reply(const struct failure *failure, enum json_layout layout, struct arena *arena,
    struct reply *reply)
{
    const struct error *error = &errors[failure->error];
    const struct status *status = fail_status(failure);

    struct message *outer = message_new(arena, MESSAGE_ErrorBody, VERSION_V1BETA);
    struct message *body = message_make_child(outer, ErrorBody_error);
    message_set_int(body, ErrorBody_Error_code, status->http);
    message_set_text(body, ErrorBody_Error_message, failure->text);
    if (failure->is_legacy)
        fail_add_legacy(body, failure->text, status);
    message_set_text(body, ErrorBody_Error_status, text_of(status->name));
    struct detail_maker maker = {failure, error, arena, body};
    detail_makers[error->details](&maker);
    if (failure->retry_after_ns) {
        int64_t seconds = (failure->retry_after_ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
        reply_add_header(reply, "Retry-After", arena_printf(arena, "%lld", (long long)seconds));
    }
    if (status->http == 401)
        reply_add_header(reply, "WWW-Authenticate", TEXT("Bearer realm=\"invalid_token\""));

    struct json_style style = {.layout = layout, .share = &reply->share};
    struct text callback = failure->is_array ? TEXT("") : failure->callback;
    buf_clear(&reply->body);
    reply_begin_json(reply, callback);
    if (failure->is_array)
        buf_add_byte(&reply->body, '[');
    json_write(&reply->body, outer, &style);
    if (failure->is_array)
        buf_add_string(&reply->body, "\n]");
    reply_end_json(reply, callback);
    reply->status = status->http;
}

/* Adds a path as text of a page: bytes that a URL cannot have as they are, and that might be no
 * UTF-8, in its own escapes. */
static void fail_add_html(struct buf *buf, struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.bytes[i];
        if (byte == '<')
            buf_add_string(buf, "&lt;");
        else if (byte == '>')
            buf_add_string(buf, "&gt;");
        else if (byte == '&')
            buf_add_string(buf, "&amp;");
        else if (byte < ' ' || byte > '~')
            buf_printf(buf, "%%%02X", (unsigned)(unsigned char)byte);
        else
            buf_add_byte(buf, byte);
    }
}

void fail_reply_unknown_route(struct text raw_path, struct reply *reply)
{
    buf_clear(&reply->body);
    buf_add_string(&reply->body,
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
        "  <meta name=viewport content=\"initial-scale=1, minimum-scale=1, width=device-width\">\n"
        "  <title>Error 404 (Not Found)!!1</title>\n"
        "  <p><b>404.</b> <ins>That\xe2\x80\x99s an error.</ins>\n"
        "  <p>The requested URL <code>");
    fail_add_html(&reply->body, raw_path);
    buf_add_string(&reply->body, "</code> was not found on this server.  "
                                 "<ins>That\xe2\x80\x99s all we know.</ins>\n");
    reply->status = 404;
    reply->content_type = "text/html; charset=UTF-8";
}
