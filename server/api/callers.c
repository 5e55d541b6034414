#include "server/api/callers.h"

#include "base/hash.h"

struct listed_caller {
    struct text key, token, email;
    struct listed_caller *next;
};

struct callers {
    struct arena *arena;
    struct listed_caller *first;
};

struct callers *callers_new(struct arena *arena)
{
    struct callers *callers = arena_alloc(arena, sizeof(*callers));
    callers->arena = arena;
    return callers;
}

void callers_add(struct callers *callers, struct text key, struct text token, struct text email)
{
    struct listed_caller *caller = arena_alloc(callers->arena, sizeof(*caller));
    *caller = (struct listed_caller){key, token, email, callers->first};
    callers->first = caller;
}

/* "Bearer x" gives "x"; anything else is no token. */
static struct text bearer_token(struct text authorization)
{
    struct text scheme = TEXT("bearer ");
    if (authorization.len <= scheme.len ||
        !text_equals_ignoring_case(text_slice(authorization, 0, scheme.len), scheme))
        return TEXT("");
    return text_trim(text_slice(authorization, scheme.len, authorization.len));
}

static const struct listed_caller *callers_find(
    const struct callers *callers, enum credential_kind kind, struct text credential)
{
    for (const struct listed_caller *caller = callers->first; caller; caller = caller->next)
        if (text_equals(kind == CREDENTIAL_TOKEN ? caller->token : caller->key, credential))
            return caller;
    return NULL;
}

/* Which error a credential is, or ERROR_COUNT if it is good. */
static enum error_id callers_check(const struct callers *callers, const struct call *call,
    struct text credential, const struct listed_caller **ret_listed)
{
    enum credential_kind kind = call->caller.kind;
    *ret_listed = NULL;
    if (kind == CREDENTIAL_NONE)
        return ERROR_AUTH_NONE;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "expired"))
        return ERROR_AUTH_KEY_EXPIRED;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "invalid"))
        return ERROR_AUTH_KEY_INVALID;
    *ret_listed = callers_find(callers, kind, credential);
    if (callers->first && !*ret_listed)
        return kind == CREDENTIAL_KEY ? ERROR_AUTH_KEY_INVALID : ERROR_AUTH_TOKEN_BAD;
    if (kind == CREDENTIAL_KEY && call->method->flags & METHOD_OAUTH_ONLY)
        return ERROR_AUTH_KEY_ON_OAUTH;
    return ERROR_COUNT;
}

bool callers_identify(const struct callers *callers, struct call *call)
{
    struct caller *caller = &call->caller;
    if (call->app->settings.auth == AUTH_OPEN) {
        caller->owns_all = true;
        caller->email = TEXT(CALLERS_OPEN_EMAIL);
        return true;
    }

    struct text credential = bearer_token(call->request->headers[HEADER_AUTHORIZATION]);
    if (text_is_empty(credential))
        credential = call->system.token;
    caller->kind = CREDENTIAL_TOKEN;
    if (text_is_empty(credential)) {
        caller->kind = CREDENTIAL_KEY;
        credential = text_trim(call->request->headers[HEADER_X_GOOG_API_KEY]);
    }
    if (text_is_empty(credential))
        credential = call->system.key;
    if (text_is_empty(credential))
        caller->kind = CREDENTIAL_NONE;

    const struct listed_caller *listed;
    enum error_id error = callers_check(callers, call, credential, &listed);
    if (error != ERROR_COUNT) {
        call_fail(call, error);
        return false;
    }
    /* The address must not tell the credential: it is shown in permissions. */
    caller->email = listed ? listed->email
                           : arena_printf(call->arena, "caller-%016llx@example.com",
                                 (unsigned long long)hash_text(1, credential));
    return true;
}
