#include "server/space/dials_message.h"

#include <inttypes.h>

#include "base/array.h"

_Static_assert(TRAINING_POLLS_MAX == 100000, "100000");

/* Texts that are read one by one; each gives false for what is none. */
static bool dials_message_read_seed(struct text text, struct dials *dials)
{
    return text_parse_uint64(text, &dials->seed);
}

static bool dials_message_read_step(struct text text, struct dials *dials)
{
    return training_step_parse(text, &dials->step_ns);
}

static bool dials_message_read_progress(struct text text, struct dials *dials)
{
    return training_pacing_parse(text, &dials->progress);
}

static const char *const dials_message_no_matches[] = {
    [NO_MATCH_ANSWER] = "answer", [NO_MATCH_ERROR] = "error"};

static bool dials_message_read_no_match(struct text text, struct dials *dials)
{
    for (size_t i = 0; i < ARRAY_COUNT(dials_message_no_matches); i++)
        if (text_equals_ignoring_case(text, text_of(dials_message_no_matches[i]))) {
            dials->on_no_match = (enum no_match)i;
            return true;
        }
    return false;
}

static const struct {
    unsigned field;
    unsigned dial;
    bool (*read)(struct text text, struct dials *dials);
    const char *problem;
} dials_message_texts[] = {
    {Config_step_time, DIAL_STEP, dials_message_read_step,
        "stepTime: must be a duration such as 300ms, 0, or real"},
    {Config_progress, DIAL_PROGRESS, dials_message_read_progress,
        "progress: must be time, manual, or polls:N with N from 1 to 100000"},
    {Config_on_no_match, DIAL_NO_MATCH, dials_message_read_no_match,
        "onNoMatch: must be answer or error"},
    {Config_seed, DIAL_SEED, dials_message_read_seed,
        "seed: must be a number from 0 to 18446744073709551615"},
};

bool dials_message_read(const struct message *message, struct arena *arena, struct dials *ret_to,
    unsigned *ret_which, struct text *ret_problem)
{
    unsigned which = 0;
    *ret_to = (struct dials){.seed = 0};
    for (size_t i = 0; i < ARRAY_COUNT(dials_message_texts); i++) {
        if (!message_has(message, dials_message_texts[i].field))
            continue;
        struct text text = message_text(message, dials_message_texts[i].field);
        if (!dials_message_texts[i].read(text, ret_to)) {
            *ret_problem = text_of(dials_message_texts[i].problem);
            return false;
        }
        which |= dials_message_texts[i].dial;
    }
    if (message_has(message, Config_latency))
        which |= DIAL_LATENCY;
    if (message_has(message, Config_stream_delay))
        which |= DIAL_STREAM_DELAY;
    *ret_which = which;
    return delay_read(message_child(message, Config_latency), TEXT("latency"), arena,
               &ret_to->latency, ret_problem) &&
           stream_pace_read(message_child(message, Config_stream_delay), TEXT("streamDelay"), arena,
               &ret_to->stream_pace, ret_problem);
}

void dials_message_fill(struct message *message, const struct dials *dials)
{
    struct arena *arena = message->arena;
    message_set_text(message, Config_step_time, training_step_text(dials->step_ns, arena));
    message_set_text(message, Config_progress, training_pacing_text(dials->progress, arena));
    delay_write(&dials->latency, message_make_child(message, Config_latency));
    stream_pace_write(&dials->stream_pace, message_make_child(message, Config_stream_delay));
    message_set_text(
        message, Config_on_no_match, text_of(dials_message_no_matches[dials->on_no_match]));
    message_set_text(message, Config_seed, arena_printf(arena, "%" PRIu64, dials->seed));
}
