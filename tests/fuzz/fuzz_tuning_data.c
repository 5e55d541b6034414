/*
 * A file of training data: the first byte says what it is for, the others are the file. Whatever
 * they are, it is read to examples that can be encoded and statistics that are what the contract's
 * tables say, or to a problem that names the file.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/sim/answers.h"
#include "server/state/tuning_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read and written again, the statistics are the same bytes. */
static void fuzz_statistics(const struct tuning_data *data, struct arena *arena)
{
    static const struct json_style style = {.layout = JSON_COMPACT};
    struct message *statistics = message_new(arena, MESSAGE_TuningDataStats, VERSION_V1BETA1);
    struct decode_problems problems;
    struct buf json = BUF_INIT;
    decode_problems_init(&problems, arena);
    decode_body(data->statistics, statistics, TEXT(""), &problems);
    assert(!decode_problems_any(&problems));
    json_write(&json, statistics, &style);
    assert(text_equals(buf_text(&json), data->statistics));
    buf_release(&json);
}

/* Each example is found by its input and its context, or an earlier one is. */
static void fuzz_examples(const struct tuning_data *data, struct arena *arena)
{
    struct buf encoded = BUF_INIT;
    struct examples examples;
    examples_encode_in_contexts(&encoded, data->examples, data->contexts, data->example_count);
    assert(examples_open(buf_text(&encoded), &examples) && examples_are_sound(&examples));
    for (uint32_t i = 0; i < examples.count; i++) {
        uint64_t context = examples_context_at(&examples, i);
        uint32_t index;
        assert(context == (data->contexts ? data->contexts[i] : 0));
        if (examples_find(&examples, data->examples[i].input, &context, arena, &index))
            assert(index <= i && examples_context_at(&examples, index) == context);
        else
            abort();
    }
    buf_release(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* A copy of its own, so that a sanitizer sees a read behind its end. */
    char *bytes = memory_alloc(size - 1);
    memcpy(bytes, data + 1, size - 1);
    struct budget budget;
    budget_init(&budget, 4 * 1024 * 1024);
    struct decode_limits limits = {
        .values_max = 10000, .bytes_max = 4 * 1024 * 1024, .budget = &budget};
    struct tuning_data_asked asked = {.name = TEXT("gs://b/t.jsonl"),
        .bytes = {bytes, size - 1},
        .is_preference = data[0] & 1,
        .is_validation = data[0] & 2,
        .limits = &limits};
    struct tuning_data read;
    struct arena arena;
    arena_init(&arena);
    if (tuning_data_read(&asked, &arena, &read)) {
        assert(read.example_count > 0);
        fuzz_statistics(&read, &arena);
        fuzz_examples(&read, &arena);
    } else {
        assert(text_starts_with(read.problem, asked.name) && text_is_utf8(read.problem, NULL));
    }
    assert(budget_used(&budget) == 0);
    arena_release(&arena);
    free(bytes);
    return 0;
}
