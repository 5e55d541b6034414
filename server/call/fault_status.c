#include "server/call/fault_status.h"

#include "base/array.h"
#include "server/call/fail.h"
#include "server/call/fault_text.h"
#include "server/call/vertex_name.h"

/* When a row of the table below holds. */
enum fault_condition {
    FOR_ANY_CALL,
    FOR_A_TUNED_MODEL,
    FOR_A_BASE_MODEL,
    FOR_AN_OPERATION,
    FOR_A_PERMISSION,
    FOR_A_NEW_MODEL,
    FOR_A_NEW_PERMISSION,
    FOR_AN_ENDPOINT,
    FOR_A_PUBLISHER_MODEL,
    FOR_VERTEX_AI,
    WITH_RETRY_AFTER
};

static bool fault_status_path_has(const struct call *call, struct text part)
{
    struct text path = text_of(call->method->path);
    return text_find(path, part) < path.len;
}

static bool fault_status_row_holds(
    enum fault_condition condition, const struct fault_answer *answer, const struct call *call)
{
    switch (condition) {
    case FOR_ANY_CALL:
        return true;
    case FOR_A_TUNED_MODEL:
        return method_subject(call->method) == SUBJECT_TUNED_MODEL;
    case FOR_A_BASE_MODEL:
        return method_subject(call->method) == SUBJECT_BASE_MODEL;
    case FOR_AN_OPERATION:
        return fault_status_path_has(call, TEXT("operations/*"));
    case FOR_A_PERMISSION:
        return fault_status_path_has(call, TEXT("permissions/*"));
    case FOR_A_NEW_MODEL:
        return call->method_id == METHOD_TUNED_MODELS_CREATE;
    case FOR_A_NEW_PERMISSION:
        return call->method_id == METHOD_PERMISSIONS_CREATE;
    case FOR_AN_ENDPOINT:
        return method_subject(call->method) == SUBJECT_ENDPOINT;
    case FOR_A_PUBLISHER_MODEL:
        return method_subject(call->method) == SUBJECT_PUBLISHER_MODEL;
    case FOR_VERTEX_AI:
        return call->method->flags & METHOD_VERTEX;
    case WITH_RETRY_AFTER:
        return answer->retry_after_ns > 0;
    }
    return false;
}

/*
 * The error by which the real service has a status; the first row that holds. Statuses without a
 * row have no text of their own.
 */
static enum error_id fault_status_error(const struct fault_answer *answer, const struct call *call)
{
    static const struct {
        enum status_code status;
        enum fault_condition condition;
        enum error_id error;
    } rows[] = {
        {STATUS_RESOURCE_EXHAUSTED, FOR_VERTEX_AI, ERROR_VX_QUOTA},
        {STATUS_NOT_FOUND, FOR_AN_ENDPOINT, ERROR_VX_ENDPOINT_MISSING},
        {STATUS_NOT_FOUND, FOR_A_PUBLISHER_MODEL, ERROR_VX_PUBLISHER_MISSING},
        {STATUS_NOT_FOUND, FOR_VERTEX_AI, ERROR_VX_MISSING},
        {STATUS_PERMISSION_DENIED, FOR_VERTEX_AI, ERROR_VX_FORBIDDEN},
        {STATUS_RESOURCE_EXHAUSTED, WITH_RETRY_AFTER, ERROR_QUOTA_2025},
        {STATUS_RESOURCE_EXHAUSTED, FOR_ANY_CALL, ERROR_QUOTA_SHORT},
        {STATUS_UNAVAILABLE, FOR_ANY_CALL, ERROR_SRV_OVERLOAD},
        {STATUS_INTERNAL, FOR_ANY_CALL, ERROR_SRV_INTERNAL},
        {STATUS_DEADLINE_EXCEEDED, FOR_ANY_CALL, ERROR_SRV_DEADLINE},
        {STATUS_NOT_FOUND, FOR_AN_OPERATION, ERROR_OP_MISSING},
        {STATUS_NOT_FOUND, FOR_A_PERMISSION, ERROR_PERM_MISSING},
        {STATUS_NOT_FOUND, FOR_A_NEW_MODEL, ERROR_TM_BASE_INVALID},
        {STATUS_NOT_FOUND, FOR_A_TUNED_MODEL, ERROR_TM_MISSING},
        {STATUS_NOT_FOUND, FOR_A_BASE_MODEL, ERROR_TM_BASE_RETIRED},
        {STATUS_ALREADY_EXISTS, FOR_A_NEW_MODEL, ERROR_TM_EXISTS},
        {STATUS_ALREADY_EXISTS, FOR_A_NEW_PERMISSION, ERROR_PERM_EXISTS},
        {STATUS_PERMISSION_DENIED, FOR_A_TUNED_MODEL, ERROR_TM_FORBIDDEN},
        {STATUS_PERMISSION_DENIED, FOR_ANY_CALL, ERROR_AUTH_SCOPE},
        {STATUS_UNAUTHENTICATED, FOR_ANY_CALL, ERROR_AUTH_TOKEN_BAD},
        {STATUS_FAILED_PRECONDITION, FOR_ANY_CALL, ERROR_AUTH_LOCATION},
        {STATUS_UNIMPLEMENTED, FOR_ANY_CALL, ERROR_METHOD_UNIMPLEMENTED},
    };
    if (answer->error != ERROR_COUNT)
        return answer->error;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].status == (enum status_code)answer->status->number &&
            fault_status_row_holds(rows[i].condition, answer, call))
            return rows[i].error;
    return ERROR_FAULT;
}

void fault_status_give(const struct fault_answer *answer, struct call *call)
{
    enum error_id error = fault_status_error(answer, call);
    if (error == ERROR_ROUTE_UNKNOWN) {
        call_fail_unknown_route(call);
        return;
    }
    struct fault_subject subject;
    fault_subject_init(
        &subject, call, answer->status ? answer->status->name : NULL, answer->retry_after_ns);
    struct text text =
        text_is_empty(answer->message) ? fault_text(&subject, error) : answer->message;
    /* An error with violations has one, whatever was wrong with the request. */
    struct decode_problems problems;
    decode_problems_init(&problems, call->arena);
    decode_problems_add(&problems, TEXT(""), text);
    struct failure failure = {
        .error = error,
        .text = text,
        .status = answer->status,
        .problems = &problems,
        .retry_after_ns = answer->retry_after_ns,
    };
    if (errors[error].details == DETAILS_QUOTA)
        failure.quota_model = fault_subject_quota_model(&subject);
    if (errors[error].details == DETAILS_IAM) {
        failure.permission = vertex_permission(call->method, call->arena);
        failure.resource = vertex_name(call);
    }
    if (store_has_failed(subject.result))
        call_fail_store(call, subject.result);
    else
        call_fail_as(call, &failure);
}
