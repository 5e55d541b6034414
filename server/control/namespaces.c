#include "server/call/namespace.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/space/journal.h"
#include "server/state/change.h"
#include "server/state/deletion.h"
#include "server/state/snapshot.h"

enum {
    /* Of memory for one in a list, until that is sent. */
    NAMESPACES_BYTES_OF_ONE = 1024
};

static int64_t namespaces_shown(int64_t count)
{
    return count < INT32_MAX ? count : INT32_MAX;
}

static void namespaces_fill(const struct call *call, struct space *space, struct message *message)
{
    int64_t models = store_count_models(call->app->store, space->number);
    message_set_text(message, Namespace_id, arena_text(call->arena, space->name));
    message_set_int(message, Namespace_create_time, space->create_ns);
    message_set_int(message, Namespace_last_use_time, atomic_load(&space->last_use_ns));
    int64_t jobs = store_count_jobs(call->app->store, space->number);
    message_set_int(message, Namespace_models, namespaces_shown(models));
    message_set_int(message, Namespace_tuning_jobs, namespaces_shown(jobs));
    message_set_int(
        message, Namespace_requests, namespaces_shown((int64_t)journal_count(space->journal)));
}

/* Gives the space back. */
static enum call_state namespaces_answer(struct call *call, struct space *space)
{
    struct message *answer = call_new_answer(call);
    namespaces_fill(call, space, answer);
    space_drop(space);
    return call_answer(call, answer);
}

static enum call_state namespaces_fail(struct call *call, enum error_id error, struct text id)
{
    return call_fail_text(
        call, error, arena_printf(call->arena, "namespace %.*s", TEXT_ARGS(call_shown(id))));
}

/* Takes the one of the path. NULL: there is none, and the call was answered. */
static struct space *namespaces_find(struct call *call)
{
    struct space *space;
    struct text id = call->ids[0];
    if (spaces_take(call->app->spaces, id, false, &space) == SPACES_FOUND)
        return space;
    namespaces_fail(call, ERROR_CONTROL_UNKNOWN, id);
    return NULL;
}

/* --- to look at --- */

struct namespaces_list {
    const struct call *call;
    struct message *answer;
};

static void namespaces_list_one(void *context, struct space *space)
{
    const struct namespaces_list *list = context;
    namespaces_fill(
        list->call, space, message_add_child(list->answer, ListNamespacesResponse_namespaces));
}

enum call_state control_namespaces_list(struct call *call)
{
    struct spaces *spaces = call->app->spaces;
    namespace_let_idle_go(call->app);
    size_t count = spaces_count(spaces);
    if (!call_hold_bytes(call, count * NAMESPACES_BYTES_OF_ONE))
        return CALL_DONE;
    struct namespaces_list list = {call, call_new_answer(call)};
    message_expect_items(list.answer, ListNamespacesResponse_namespaces, count);
    spaces_visit(spaces, namespaces_list_one, &list);
    return call_answer(call, list.answer);
}

enum call_state control_namespaces_get(struct call *call)
{
    struct space *space = namespaces_find(call);
    return space ? namespaces_answer(call, space) : CALL_DONE;
}

/* --- to make --- */

/* Has a new one, which nobody else begins, filled with what the seeds say. */
static enum call_state namespaces_begin(struct call *call, struct space *space, bool is_empty)
{
    struct app *app = call->app;
    if (is_empty || !app->kept_seeds.first) {
        space_set_ready(space);
        return namespaces_answer(call, space);
    }
    const struct change_source source = {.arena = call->arena,
        .space = space,
        .fidelity = app->settings.fidelity,
        .catalogue = app->catalogue,
        .seeds = &app->kept_seeds,
        .is_first = true};
    struct change *change = change_new(&source);
    space_drop(space); /* the change has it */
    call->context = change;
    return call_submit_batch(call, &change->batch);
}

enum call_state control_namespaces_create(struct call *call)
{
    struct text id = message_text(call->in, CreateNamespaceRequest_id);
    struct text from = message_text(call->in, CreateNamespaceRequest_from);
    bool is_empty = text_equals_string(from, "empty");
    struct space *space;
    if (!space_name_is_good(id))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            TEXT("id: must be 1 to 128 visible ASCII characters, without blanks"));
    if (!is_empty && from.len && !text_equals_string(from, "seed"))
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("from: must be seed or empty"));
    namespace_let_idle_go(call->app);
    switch (spaces_take(call->app->spaces, id, true, &space)) {
    case SPACES_MADE:
        return namespaces_begin(call, space, is_empty);
    case SPACES_FULL:
        return call_fail_text(call, ERROR_CONTROL_STATE, namespace_full(call));
    case SPACES_FOUND:
        space_drop(space);
        break;
    case SPACES_MISSING: /* cannot be: it was to be made */
        break;
    }
    return namespaces_fail(call, ERROR_CONTROL_EXISTS, id);
}
_Static_assert(SPACE_NAME_BYTES_MAX == 128, "named in a text");

void control_namespaces_create_finish(struct call *call)
{
    struct change *change = call->context;
    struct text id = message_text(call->in, CreateNamespaceRequest_id);
    struct text problem = change_problem(change);
    struct space *space;
    if (change->batch.result == STORE_GIVEN_UP)
        problem = TEXT("the server stops");
    else if (change->batch.result == STORE_OK &&
             spaces_take(call->app->spaces, id, false, &space) == SPACES_FOUND) {
        namespaces_answer(call, space);
        return;
    } else if (change->batch.result == STORE_OK)
        problem = TEXT("it was deleted meanwhile");
    call_fail_text(call, ERROR_CONTROL_STATE,
        arena_printf(call->arena, "The namespace %.*s cannot be made: %.*s.",
            TEXT_ARGS(call_shown(id)), TEXT_ARGS(problem)));
}

/* --- to delete; the default one is emptied --- */

static enum call_state namespaces_empty(struct call *call, struct space *space)
{
    const struct change_source source = {.arena = call->arena,
        .space = space,
        .fidelity = call->app->settings.fidelity,
        .catalogue = call->app->catalogue,
        .ends_snapshots = true};
    return call_submit_batch(call, &change_new(&source)->batch);
}

enum call_state control_namespaces_delete(struct call *call)
{
    struct space *space = namespaces_find(call);
    if (!space)
        return CALL_DONE;
    if (space->number == SPACE_DEFAULT)
        return namespaces_empty(call, space);
    return call_submit_batch(call, &deletion_new(call->arena, space)->batch);
}

void control_namespaces_delete_finish(struct call *call)
{
    enum store_result result = call->batch->result;
    if (result == STORE_OK) {
        if (text_equals(call->ids[0], SPACE_DEFAULT_NAME))
            snapshot_forget_dropped(call->batch, call->app->store);
        call_answer_empty(call);
    } else if (result == STORE_GIVEN_UP)
        call_fail_text(call, ERROR_CONTROL_STATE, TEXT("The server stops; nothing was changed."));
    else /* another call was quicker */
        namespaces_fail(call, ERROR_CONTROL_UNKNOWN, call->ids[0]);
}
