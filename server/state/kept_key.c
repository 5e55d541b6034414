#include "server/state/kept_key.h"

#include <assert.h>
#include <string.h>

void kept_key_begin(struct kept_key *key, enum kept_kind kind)
{
    key->number_count = 0;
    key->text_count = 0;
    kept_key_add(key, kind);
}

void kept_key_add_double(struct kept_key *key, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    kept_key_add(key, bits);
}

void kept_key_add_plan(struct kept_key *key, const struct training_plan *plan)
{
    kept_key_add(key, plan->curve);
    kept_key_add_int(key, plan->example_count);
    kept_key_add_int(key, plan->batch_size);
    kept_key_add_int(key, plan->epoch_count);
    kept_key_add_double(key, plan->learning_rate);
    kept_key_add_int(key, plan->total_steps);
    kept_key_add_int(key, plan->start_ns);
    kept_key_add_int(key, plan->step_ns);
    kept_key_add(key, plan->data_hash);
    kept_key_add(key, plan->noise_seed);
    kept_key_add(key, plan->end);
    kept_key_add_int(key, plan->end_ns);
    kept_key_add(key, plan->has_end_step);
    kept_key_add_int(key, plan->end_step);
    kept_key_add(key, plan->pacing.by);
    kept_key_add_int(key, plan->pacing.polls);
    kept_key_add(key, plan->has_stall_step);
    kept_key_add_int(key, plan->stall_step);
    kept_key_add_int(key, plan->looks);
    kept_key_add_text(key, plan->moves);
}

struct text kept_key_end(const struct kept_key *key, struct arena *arena)
{
    assert(key->number_count <= KEPT_KEY_NUMBERS_MAX && key->text_count <= KEPT_KEY_TEXTS_MAX);
    size_t numbers_bytes = key->number_count * sizeof(key->numbers[0]);
    size_t len = numbers_bytes;
    for (size_t i = 0; i < key->text_count; i++)
        len += key->texts[i].len;
    char *bytes = arena_alloc(arena, len);
    memcpy(bytes, key->numbers, numbers_bytes);
    char *at = bytes + numbers_bytes;
    for (size_t i = 0; i < key->text_count; i++) {
        if (key->texts[i].len > 0)
            memcpy(at, key->texts[i].bytes, key->texts[i].len);
        at += key->texts[i].len;
    }
    return (struct text){bytes, len};
}
