/*
 * tunedModels.create: writes model, data set, operation and the owner's permission at once
 * (state/creation.h). Nothing is trained here: how far a training is follows from the plan and the
 * clock.
 */
#include <inttypes.h>

#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/state/catalogue.h"
#include "server/state/creation.h"
#include "server/state/tuned_model.h"

/* Who asks for a base that cannot be tuned is told which can, but for strict, and if any can. */
static void create_hint_bases(struct call *call)
{
    enum fidelity fidelity = call->app->settings.fidelity;
    if (fidelity == FIDELITY_STRICT || call->retirement.len)
        return;
    struct text names = catalogue_tunable_names(call->app->catalogue, fidelity, call->arena);
    call_hint_text(
        call, arena_printf(call->arena, "base models that can be tuned: %.*s", TEXT_ARGS(names)));
}

static enum call_state create_fail(struct call *call, const struct creation *creation)
{
    const struct creation_problem *problem = &creation->problem;
    if (creation->decoded.excess != DECODE_FITS)
        return call_fail_problems(call, &creation->decoded);
    call_fail_with(call, problem->error, problem->argument_count, problem->arguments);
    if (problem->error == ERROR_TM_BASE_INVALID)
        create_hint_bases(call);
    return CALL_DONE;
}

/* Finds the tuned model to start from, if there is one. False if the call was answered. */
static bool create_find_source(struct call *call, struct creation *creation,
    struct creation_source *source, bool *ret_has_source)
{
    struct text id;
    if (!creation_source_id(creation, &id)) {
        create_fail(call, creation);
        return false;
    }
    *ret_has_source = id.len > 0;
    if (!*ret_has_source)
        return true;
    if (!access_find_model(call, id, ACCESS_READ, &source->model))
        return false;
    source->base = catalogue_find(call->app->catalogue, source->model.base_model);
    if (!access_check_active(call, &source->model, source->base))
        return false;
    /* A model that is ACTIVE stays so: what has ended ends no second time. */
    call->write->source_id = id;
    access_set_condition(call, ACCESS_READ, source->model.seq);
    return true;
}

/* False if the call was answered. */
static bool create_find_base(struct call *call, struct creation *creation)
{
    struct creation_source source;
    bool has_source;
    if (!create_find_source(call, creation, &source, &has_source))
        return false;
    bool is_found = creation_find_base(creation, has_source ? &source : NULL);
    if (is_found && !access_is_switched_off(call, creation->base))
        return true;
    if (is_found)
        creation_refuse_base(creation);
    create_fail(call, creation);
    return false;
}

/* Draws until the model's id is a new one: numbers may come again (store_restart_counter). What
 * somebody else draws meanwhile is seen by the write, as is one that the caller chose. False, with
 * the call answered, if the store failed. */
static bool create_draw(struct call *call, struct creation *creation)
{
    enum store_result result = STORE_OK;
    while (result == STORE_OK) {
        struct store_model other;
        creation_draw(
            creation, &call->dials, store_next_counter(call->app->store, call->space->number));
        if (creation->id.len)
            return true;
        struct arena_mark mark = arena_mark(call->arena);
        result = store_find_model(
            call->reader, call->space->number, creation->write->model.id, call->arena, &other);
        arena_rewind(call->arena, mark);
    }
    if (result != STORE_NOT_FOUND)
        call_fail_store(call, result);
    return result == STORE_NOT_FOUND;
}

/* On the writer's thread, which has the call's arena until the second half. */
static void create_redraw(struct store_write *write)
{
    const struct call *call = write->redraw_context;
    creation_redraw(
        call->context, &call->dials, store_next_counter(call->app->store, call->space->number));
}

/* A story that was told of a model which is not there can be told again. */
static void create_settle(struct call *call)
{
    const struct creation *creation = call->context;
    stories_settle(call->space->stories, creation->plot.number, call->write->result == STORE_OK);
}

enum call_state tuned_models_create(struct call *call)
{
    struct creation *creation = arena_alloc(call->arena, sizeof(*creation));
    call->context = creation;
    *creation = (struct creation){
        .arena = call->arena,
        .asked = message_make_child(call->in, CreateTunedModelRequest_tuned_model),
        .id = message_text(call->in, CreateTunedModelRequest_tuned_model_id),
        .version = call->version,
        .fidelity = call->app->settings.fidelity,
        .catalogue = call->app->catalogue,
        .limits = &call->app->body_limits,
        .write = call_new_write(call, STORE_CREATE_MODEL),
    };
    bool is_good = creation_check(creation);
    if (creation->is_decoded)
        call_hold_decoded(call, &creation->decoded);
    if (!is_good)
        return create_fail(call, creation);
    if (!create_find_base(call, creation))
        return CALL_DONE;
    if (!creation_plan(creation))
        return create_fail(call, creation);
    /* It waits with the call for the write. */
    if (!call_hold_bytes(call, creation_data_bytes(creation)))
        return CALL_DONE;
    if (!create_draw(call, creation))
        return CALL_DONE;
    call_end_read(call);
    creation_take_story(creation, call->space->stories);
    call->settle = create_settle;
    creation_finish(creation, &call->dials, call->now_ns, call->caller.email);
    if (creation->is_drawn) {
        call->write->redraw = create_redraw;
        call->write->redraw_context = call;
    }
    return call_submit(call);
}

void tuned_models_create_finish(struct call *call)
{
    const struct store_write *write = call->write;
    if (write->result == STORE_EXISTS)
        call_fail_text(call, ERROR_TM_EXISTS, write->model.id);
    if (write->result == STORE_EXISTS || access_answer_late(call, write->source_id))
        return;
    const struct creation *creation = call->context;
    if (creation->hint)
        call_hint(call, creation->hint);
    if (creation->plot.missed_number)
        call_hint_text(
            call, arena_printf(call->arena, "story %" PRIu64 " is of step %d, and the model has %d",
                      creation->plot.missed_number, (int)creation->plot.missed_step,
                      (int)write->model.total_steps));
    if (write->model.example_count == 0)
        call_hint(call,
            "created without trainingData: the model has nothing to answer from; google-genai "
            "from 1.28 (JavaScript) and other current SDKs drop it, so send it with curl or an "
            "older SDK");
    const struct base_model *base = catalogue_find(call->app->catalogue, write->model.base_model);
    call_answer(call, tuned_model_operation(&write->model, write->operation.id, base, call->now_ns,
                          true, call->kept, call->arena));
}
