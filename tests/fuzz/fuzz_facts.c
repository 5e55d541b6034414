/*
 * A model's row as it may come from a file: the first byte chooses the time, the second whether the
 * facts get the checksum that they should have, the rest are the facts. What is accepted is shown
 * at that time, as model and as operation; it is encoded anew and decoded the same.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/json/write.h"
#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"
#include "store/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More would only be slower. */
enum { STEPS_SHOWN_MAX = 300 };

static const struct text fuzz_id = TEXT_INIT("m");

/* As facts.c makes it; else no changed byte would get further than the checksum. */
static void fuzz_sign(char *facts, size_t len)
{
    uint64_t sum;
    if (len < 16)
        return;
    memcpy(&sum, facts, sizeof(sum));
    sum = hash_checksum(le64toh(sum), fuzz_id.bytes, fuzz_id.len);
    sum = htole64(hash_checksum(sum, facts + 16, len - 16));
    memcpy(facts + 8, &sum, sizeof(sum));
}

static void fuzz_write(const struct message *message)
{
    struct json_style style = {.layout = JSON_COMPACT};
    struct buf json = BUF_INIT;
    json_write(&json, message, &style);
    assert(json.len > 0);
    buf_release(&json);
}

static void fuzz_show(const struct store_model *model, int64_t now_ns)
{
    static struct catalogue *catalogue;
    if (!catalogue)
        catalogue = catalogue_new();
    struct arena arena;
    arena_init(&arena);
    const struct base_model *base = catalogue_find(catalogue, model->base_model);
    tuned_model_state(model, base, now_ns);
    if (model->total_steps <= STEPS_SHOWN_MAX) {
        fuzz_write(tuned_model_message(model, base, now_ns, VERSION_V1BETA, NULL, &arena));
        fuzz_write(tuned_model_operation(model, TEXT("o"), base, now_ns, false, NULL, &arena));
    }
    arena_release(&arena);
}

static void fuzz_encode_anew(const struct store_model *model)
{
    struct buf facts = BUF_INIT, again = BUF_INIT;
    struct store_model decoded = {.id = fuzz_id};
    bool is_vouched = false;
    facts_encode(&facts, model);
    assert(!facts_decode(buf_text(&facts), &decoded, &is_vouched) && is_vouched);
    facts_encode(&again, &decoded);
    assert(text_equals(buf_text(&facts), buf_text(&again)));
    buf_release(&facts);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t times_ns[] = {TIME_MIN_NS, INT64_C(1723000000000000000),
        INT64_C(1723000001000000000), INT64_C(1723000100000000000), TIME_MAX_NS, INT64_MAX};
    if (size < 2)
        return 0;
    size_t len = size - 2;
    char *facts = memory_alloc(len);
    memcpy(facts, data + 2, len);
    if (data[1] & 1)
        fuzz_sign(facts, len);
    struct store_model model = {.id = fuzz_id};
    bool is_vouched = false;
    const char *problem = facts_decode((struct text){facts, len}, &model, &is_vouched);
    if (!problem && !is_vouched)
        problem = facts_check_texts(&model);
    if (!problem)
        problem = tuning_job_row_problem(&model, !is_vouched);
    if (!problem) {
        fuzz_show(&model, times_ns[data[0] % (sizeof(times_ns) / sizeof(times_ns[0]))]);
        fuzz_encode_anew(&model);
    }
    free(facts);
    return 0;
}
