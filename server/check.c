#include "server/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/printable.h"
#include "server/json/decode.h"
#include "server/sim/examples.h"
#include "server/state/tuning_job.h"

/* What a model says of its data set. */
struct known_set {
    char name[sizeof(((struct hash_name *)0)->hex)];
    uint32_t example_count;
    uint64_t data_hash;
    uint64_t bytes_hash; /* what releases before took for the data hash */
};

struct check {
    FILE *out;
    struct known_set *sets;
    size_t set_count, set_capacity;
    bool is_sorted;
};

static void check_add_set(struct check *check, const struct known_set *set)
{
    if (check->set_count == check->set_capacity) {
        check->set_capacity = check->set_capacity ? 2 * check->set_capacity : 64;
        check->sets = memory_grow(check->sets, check->set_capacity * sizeof(*check->sets));
    }
    check->sets[check->set_count++] = *set;
}

static int known_set_compare(const void *left, const void *right)
{
    return strcmp(((const struct known_set *)left)->name, ((const struct known_set *)right)->name);
}

/* NULL if no good data set has this name. */
static const struct known_set *check_find_set(struct check *check, struct text name)
{
    struct known_set key = {.example_count = 0};
    if (name.len != sizeof(key.name) - 1 || check->set_count == 0)
        return NULL;
    memcpy(key.name, name.bytes, name.len);
    if (!check->is_sorted)
        qsort(check->sets, check->set_count, sizeof(*check->sets), known_set_compare);
    check->is_sorted = true;
    return bsearch(&key, check->sets, check->set_count, sizeof(*check->sets), known_set_compare);
}

static const char *check_data_set(void *context, struct text name, struct text bytes)
{
    struct hash_name hash = hash_content(bytes.bytes, bytes.len);
    struct examples examples;
    if (!text_equals_string(name, hash.hex))
        return "its bytes do not have its name as their hash";
    if (!examples_open(bytes, &examples) || !examples_are_sound(&examples))
        return "its bytes are no examples";
    struct known_set set = {
        .example_count = examples.count,
        .data_hash = examples_hash(&examples),
        .bytes_hash = hash_text(0, bytes),
    };
    memcpy(set.name, hash.hex, sizeof(set.name));
    check_add_set(context, &set);
    return NULL;
}

static const char *check_model(void *context, const struct store_model *model)
{
    const char *problem = tuning_job_row_problem(model, true);
    if (problem || model->data_set.len == 0)
        return problem;
    const struct known_set *set = check_find_set(context, model->data_set);
    if (!set)
        return "its data set is damaged";
    bool is_its_hash = model->data_hash == set->data_hash || model->data_hash == set->bytes_hash;
    if (set->example_count != (uint32_t)model->example_count || !is_its_hash)
        return "its data set is not the one that it was tuned on";
    return NULL;
}

static const char *check_operation(void *context, const struct store_operation *operation)
{
    (void)context;
    if (operation->fixed.len == 0)
        return NULL;
    struct arena arena;
    struct decode_problems problems;
    arena_init(&arena);
    decode_problems_init(&problems, &arena);
    decode_body(operation->fixed, message_new(&arena, MESSAGE_Operation, VERSION_V1BETA), TEXT(""),
        &problems);
    bool is_good = !decode_problems_any(&problems);
    arena_release(&arena);
    return is_good ? NULL : "its JSON is none of an operation";
}

static void check_report(void *context, const char *table, struct text id, const char *problem)
{
    enum { ID_BYTES_MAX = 256 };
    const struct check *check = context;
    struct buf shown = BUF_INIT;
    printable_add(&shown, id, PRINTABLE_TEXT, ID_BYTES_MAX);
    fprintf(check->out, "%s%s%.*s: %s\n", table, id.len ? " " : "", TEXT_ARGS(buf_text(&shown)),
        problem);
    buf_release(&shown);
}

enum check_outcome check_database(
    const char *path, FILE *out, struct arena *arena, struct text *ret_message)
{
    struct check check = {.out = out};
    const struct store_checks checks = {
        .data_set = check_data_set,
        .model = check_model,
        .operation = check_operation,
        .report = check_report,
        .context = &check,
    };
    struct store_counts counts;
    bool is_checked = store_check(path, &checks, arena, &counts, ret_message);
    free(check.sets);
    if (!is_checked)
        return CHECK_IMPOSSIBLE;
    fprintf(out,
        "%s: %" PRId64 " models, %" PRId64 " operations, %" PRId64 " permissions, %" PRId64
        " data sets: ",
        path, counts.models, counts.operations, counts.permissions, counts.data_sets);
    if (counts.problems == 0)
        fputs("good\n", out);
    else
        fprintf(out, "%" PRId64 " problem%s\n", counts.problems, counts.problems == 1 ? "" : "s");
    return counts.problems == 0 ? CHECK_GOOD : CHECK_BAD;
}
