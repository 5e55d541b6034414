#include "server/call/namespace.h"

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/call/caller.h"
#include "server/call/query.h"
#include "server/contract/limits.h"
#include "server/state/deletion.h"
#include "server/state/making.h"

enum {
    /* Of a credential's hash. Files keep the names that are made of them: neither may change. */
    NAMESPACE_CREDENTIAL_SEED = 5,
    NAMESPACE_CREDENTIAL_DIGITS = 12
};

/* Between two looks for namespaces that are idle: each costs by how many there are. */
#define NAMESPACE_IDLE_LOOK_NS NS_PER_SECOND

/* "key-0123456789ab": shown to people, who must not learn the credential from it. */
static struct text namespace_of_credential(struct call *call)
{
    struct text credential;
    if (caller_credential(call, &credential) == CREDENTIAL_NONE)
        return SPACE_DEFAULT_NAME;
    char digits[NAMESPACE_CREDENTIAL_DIGITS];
    uint64_t hash = hash_text(NAMESPACE_CREDENTIAL_SEED, credential);
    for (size_t i = 0; i < sizeof(digits); i++, hash >>= 4)
        digits[i] = "0123456789abcdef"[hash & 15];
    return arena_joined(call->arena, TEXT("key-"), (struct text){digits, sizeof(digits)});
}

/* The name, and where it stands. */
static struct text namespace_name(struct call *call, const char **ret_place)
{
    const struct request *request = call->request;
    struct text header = request->headers[HEADER_X_EMULATOR_NAMESPACE];
    bool is_by_key = call->app->settings.isolate == ISOLATE_KEY && !header.bytes;
    *ret_place = "X-Emulator-Namespace";
    if (!call->is_control && is_by_key)
        query_verb(call); /* a form of its body is a query, which may have the key */
    if (call->is_control || is_by_key)
        query_read_ahead(call);
    if (call->is_control && call->system.namespace.bytes) {
        *ret_place = "namespace";
        return call->system.namespace;
    }
    if (header.bytes)
        return text_trim(header);
    if (!is_by_key)
        return SPACE_DEFAULT_NAME;
    *ret_place = "projects/";
    struct text project = route_project(request->raw_path, call->arena);
    return project.len ? project : namespace_of_credential(call);
}

static void namespace_refuse(struct call *call, enum error_id error, struct text why)
{
    call->no_space_error = error;
    call->no_space = why;
}

static void namespace_refuse_name(struct call *call, const char *place)
{
    namespace_refuse(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "%s: must be 1 to %d visible ASCII characters, without blanks",
            place, SPACE_NAME_BYTES_MAX));
}

struct text namespace_full(struct call *call)
{
    return arena_printf(call->arena,
        "There are %zu namespaces, and --namespaces-max allows no more: delete one that is done, "
        "or start the server with a higher number.",
        spaces_count(call->app->spaces));
}

static void namespace_refuse_more(struct call *call)
{
    namespace_refuse(call, ERROR_CONTROL_STATE, namespace_full(call));
}

static void namespace_begin(struct call *call, struct space *space)
{
    struct app *app = call->app;
    if (!app->kept_seeds.first) {
        space_set_ready(space);
        return;
    }
    const struct change_source source = {.space = space,
        .fidelity = app->settings.fidelity,
        .catalogue = app->catalogue,
        .seeds = &app->kept_seeds};
    making_start(&source, app->store);
}

static void namespace_delete_idle(void *context, struct space *space)
{
    const struct app *app = context;
    deletion_start(space, app->store);
}

void namespace_let_idle_go(struct app *app)
{
    int64_t idle_ns = app->settings.namespace_idle_ns;
    if (idle_ns == 0)
        return;
    int64_t now_ns = clock_system_ns(), looked_ns = atomic_load(&app->idle_looked_ns);
    bool is_due = now_ns - looked_ns >= NAMESPACE_IDLE_LOOK_NS || now_ns < looked_ns;
    if (is_due && atomic_compare_exchange_strong(&app->idle_looked_ns, &looked_ns, now_ns))
        spaces_remove_idle(app->spaces, now_ns - idle_ns, namespace_delete_idle, app);
}

void namespace_enter(struct call *call, struct exchange *exchange)
{
    const char *place;
    if (exchange->space)
        return; /* it was early, and begins once more */
    struct text name = namespace_name(call, &place);
    if (call->request->has_two_namespaces) {
        namespace_refuse(call, ERROR_CONTROL_INVALID,
            TEXT("X-Emulator-Namespace: must name one namespace, and the request has this header "
                 "more than once, with different names: send it once"));
        return;
    }
    if (!space_name_is_good(name)) {
        namespace_refuse_name(call, place);
        return;
    }
    namespace_let_idle_go(call->app);
    struct space *space;
    enum spaces_taken taken = spaces_take(call->app->spaces, name, true, &space);
    if (taken == SPACES_FULL) {
        namespace_refuse_more(call);
        return;
    }
    call->space = space;
    exchange->space = space;
    space_use(space, call->request->received_ns);
    /* Those of the file are begun by the first who asks for them. */
    if (taken == SPACES_MADE || !atomic_exchange(&space->is_begun, true))
        namespace_begin(call, space);
}

bool namespace_has_begun(const struct call *call)
{
    return atomic_load(&call->space->is_ready) || atomic_load(&call->space->is_gone);
}

static struct text namespace_problem(struct call *call)
{
    const char *problem = atomic_load(&call->space->problem);
    struct text name = call->space->name;
    if (problem)
        return arena_printf(
            call->arena, "The namespace %.*s cannot be made: %s.", TEXT_ARGS(name), problem);
    if (atomic_load(&call->space->is_gone))
        return arena_printf(call->arena,
            "The namespace %.*s was deleted while the call was under way.", TEXT_ARGS(name));
    return arena_printf(
        call->arena, "The namespace %.*s is not made yet, and the server stops.", TEXT_ARGS(name));
}

void namespace_fail(struct call *call)
{
    call_fail_text(call, ERROR_CONTROL_STATE, namespace_problem(call));
}

bool namespace_check(struct call *call)
{
    if (call->no_space.len) {
        call_fail_text(call, call->no_space_error, call->no_space);
        return false;
    }
    bool is_ready = atomic_load(&call->space->is_ready) || call->request->is_body_too_large;
    bool is_good = is_ready && !atomic_load(&call->space->is_gone);
    if (!is_good)
        namespace_fail(call);
    return is_good;
}
