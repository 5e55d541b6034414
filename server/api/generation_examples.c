#include "server/api/generation_examples.h"

struct generation_examples {
    struct generation *generation;
    int32_t seen;
};

/* Answers that the model's data set is not what was written. Always false, to be returned. */
static bool generation_examples_fail(struct generation *generation, const char *problem)
{
    store_report_damage("data_set", generation->model.data_set, problem);
    call_fail_store(generation->call, STORE_DAMAGED);
    return false;
}

/* Answers inside the store's read: of a data set of megabytes only the answer is copied. Without an
 * answer the bytes are no data set, or the example that answers is damaged. */
static void generation_examples_look_up(void *context, struct text bytes)
{
    const struct generation_examples *of = context;
    struct generation *generation = of->generation;
    struct arena *arena = generation->call->arena;
    struct examples examples;
    if (!examples_open(bytes, &examples))
        return;
    if (of->seen >= 0)
        examples_see(&examples, (uint32_t)of->seen, arena);
    generation->answer =
        answer_prompt(&examples, &generation->prompt, generation->model.noise_seed, arena);
    if (generation->answer.text.bytes)
        generation->answer.text = arena_text(arena, generation->answer.text);
}

bool generation_examples_answer(struct generation *generation, int32_t seen)
{
    struct call *call = generation->call;
    const struct store_model *model = &generation->model;
    if (model->data_set.len == 0) {
        generation->answer =
            answer_prompt(NULL, &generation->prompt, model->noise_seed, call->arena);
        return true;
    }
    generation->answer.text = (struct text){NULL, 0};
    struct generation_examples of = {generation, seen};
    enum store_result result =
        store_look_at_data_set(call->reader, model->data_set, generation_examples_look_up, &of);
    if (result == STORE_NOT_FOUND)
        return generation_examples_fail(generation, "a model needs it, and it is not there");
    if (result != STORE_OK) {
        call_fail_store(call, result);
        return false;
    }
    if (!generation->answer.text.bytes)
        return generation_examples_fail(generation, "its bytes are no examples");
    /* All of the texts would be too many to look at for each answer. */
    return text_is_utf8(generation->answer.text, NULL) ||
           generation_examples_fail(generation, "an example's output is no UTF-8");
}
