#include "server/call/callers.h"

#include "base/hash.h"
#include "base/map.h"

struct callers {
    struct arena *arena;
    struct map keys, tokens; /* to the address, a struct text */
};

struct callers *callers_new(struct arena *arena)
{
    struct callers *callers = arena_alloc(arena, sizeof(*callers));
    callers->arena = arena;
    map_init(&callers->keys, arena);
    map_init(&callers->tokens, arena);
    return callers;
}

void callers_add(struct callers *callers, struct text key, struct text token, struct text email)
{
    struct text *address = arena_alloc(callers->arena, sizeof(*address));
    *address = email;
    if (!text_is_empty(key))
        map_put(&callers->keys, key, address);
    if (!text_is_empty(token))
        map_put(&callers->tokens, token, address);
}

/* "Bearer x" gives "x"; anything else is no token. */
static struct text callers_bearer_token(struct text authorization)
{
    struct text scheme = TEXT("bearer ");
    if (authorization.len <= scheme.len ||
        !text_equals_ignoring_case(text_slice(authorization, 0, scheme.len), scheme))
        return TEXT("");
    return text_trim(text_slice(authorization, scheme.len, authorization.len));
}

/* Which error a credential is, or ERROR_COUNT if it is good. `ret_email` is the address that it was
 * listed with; NULL if it was not. */
static enum error_id callers_check(const struct callers *callers, const struct call *call,
    struct text credential, const struct text **ret_email)
{
    enum credential_kind kind = call->caller.kind;
    *ret_email = NULL;
    if (kind == CREDENTIAL_NONE)
        return ERROR_AUTH_NONE;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "expired"))
        return ERROR_AUTH_KEY_EXPIRED;
    if (kind == CREDENTIAL_KEY && text_equals_string(credential, "invalid"))
        return ERROR_AUTH_KEY_INVALID;
    *ret_email = map_find(kind == CREDENTIAL_TOKEN ? &callers->tokens : &callers->keys, credential);
    bool are_listed = callers->keys.count + callers->tokens.count > 0;
    if (are_listed && !*ret_email)
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

    struct text credential = callers_bearer_token(call->request->headers[HEADER_AUTHORIZATION]);
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

    const struct text *email;
    enum error_id error = callers_check(callers, call, credential, &email);
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
