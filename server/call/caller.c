#include "server/call/caller.h"

#include "base/hash.h"
#include "server/state/callers.h"

/* "Bearer x" gives "x"; anything else is no token. */
static struct text caller_bearer_token(struct text authorization)
{
    struct text scheme = TEXT("bearer ");
    if (authorization.len <= scheme.len ||
        !text_equals_ignoring_case(text_slice(authorization, 0, scheme.len), scheme))
        return TEXT("");
    return text_trim(text_slice(authorization, scheme.len, authorization.len));
}

enum credential_kind caller_credential(const struct call *call, struct text *ret_credential)
{
    const struct text *headers = call->request->headers;
    *ret_credential = caller_bearer_token(headers[HEADER_AUTHORIZATION]);
    if (text_is_empty(*ret_credential))
        *ret_credential = call->system.token;
    if (!text_is_empty(*ret_credential))
        return CREDENTIAL_TOKEN;
    *ret_credential = text_trim(headers[HEADER_X_GOOG_API_KEY]);
    if (text_is_empty(*ret_credential))
        *ret_credential = call->system.key;
    return text_is_empty(*ret_credential) ? CREDENTIAL_NONE : CREDENTIAL_KEY;
}

const struct text *caller_listed_email(
    const struct call *call, enum credential_kind kind, struct text credential)
{
    const struct callers *callers = call->app->callers;
    return kind == CREDENTIAL_TOKEN ? callers_find_token(callers, credential)
                                    : callers_find_key(callers, credential);
}

/* Which error a credential is, or ERROR_COUNT if it is good. `ret_email` is the address that it was
 * listed with; NULL if it was not. */
static enum error_id caller_check(
    const struct call *call, struct text credential, const struct text **ret_email)
{
    enum credential_kind kind = call->caller.kind;
    *ret_email = NULL;
    if (kind == CREDENTIAL_NONE)
        return call->method->flags & METHOD_VERTEX ? ERROR_VX_AUTH_NONE : ERROR_AUTH_NONE;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "expired"))
        return ERROR_AUTH_KEY_EXPIRED;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "invalid"))
        return ERROR_AUTH_KEY_INVALID;
    *ret_email = caller_listed_email(call, kind, credential);
    if (callers_are_listed(call->app->callers) && !*ret_email)
        return kind == CREDENTIAL_KEY ? ERROR_AUTH_KEY_INVALID : ERROR_AUTH_TOKEN_BAD;
    if (kind == CREDENTIAL_KEY && call->method->flags & METHOD_OAUTH_ONLY)
        return ERROR_AUTH_KEY_ON_OAUTH;
    return ERROR_COUNT;
}

bool caller_identify(struct call *call)
{
    struct caller *caller = &call->caller;
    if (call->app->settings.auth == AUTH_OPEN) {
        caller->owns_all = true;
        caller->email = TEXT(CALLERS_OPEN_EMAIL);
        return true;
    }

    struct text credential;
    caller->kind = caller_credential(call, &credential);
    const struct text *email;
    enum error_id error = caller_check(call, credential, &email);
    if (error != ERROR_COUNT) {
        call_fail(call, error);
        return false;
    }
    /* The address must not tell the credential: it is shown in permissions. */
    caller->email = email ? *email
                          : arena_printf(call->arena, "caller-%016llx@example.com",
                                (unsigned long long)hash_text(1, credential));
    return true;
}
