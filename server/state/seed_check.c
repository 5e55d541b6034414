#include "server/state/seed_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "server/contract/limits.h"

/* Texts below name these. */
_Static_assert(SEED_TEXT_BYTES_MAX == 1024 * 1024, "1 MiB");
_Static_assert(SEED_JSON_BYTES_MAX == 4 * 1024 * 1024, "4 MiB");
_Static_assert(READER_PROJECT_NUMBERS_MAX == 1000, "1000 readerProjectNumbers");
_Static_assert(TRAINING_EXAMPLES_MAX == 1000000, "1000000 examples");
_Static_assert(TRAINING_STEPS_MAX == 100000, "100000 snapshots");
_Static_assert(EMAIL_ADDRESS_BYTES_MAX == 254, "254 bytes");
_Static_assert(CONNECTION_MEMORY_BYTES == 16 * 1024, "16 KiB");

static bool seed_is_long(const struct message *message, unsigned field)
{
    return message && message_text(message, field).len > SEED_TEXT_BYTES_MAX;
}

static const char *seed_check_texts(const struct message *tuned_model)
{
    static const unsigned fields[] = {
        TunedModel_base_model, TunedModel_display_name, TunedModel_description};
    const struct message *source = message_child(tuned_model, TunedModel_tuned_model_source);
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        if (seed_is_long(tuned_model, fields[i]))
            return "has a text of more than 1 MiB";
    if (seed_is_long(source, TunedModelSource_tuned_model) ||
        seed_is_long(source, TunedModelSource_base_model))
        return "has a text of more than 1 MiB";
    return NULL;
}

static const char *seed_check_examples(const struct message *examples)
{
    size_t count = message_count(examples, TuningExamples_examples);
    if (count > TRAINING_EXAMPLES_MAX)
        return "has more than 1000000 examples";
    for (size_t i = 0; i < count; i++) {
        const struct message *example = message_child_at(examples, TuningExamples_examples, i);
        if (seed_is_long(example, TuningExample_text_input) ||
            seed_is_long(example, TuningExample_output))
            return "has an example of more than 1 MiB";
    }
    return NULL;
}

const char *seed_check_model(const struct message *tuned_model)
{
    const struct message *task = message_child(tuned_model, TunedModel_tuning_task);
    const struct message *data = task ? message_child(task, TuningTask_training_data) : NULL;
    const struct message *examples = data ? message_child(data, Dataset_examples) : NULL;
    if (message_count(tuned_model, TunedModel_reader_project_numbers) > READER_PROJECT_NUMBERS_MAX)
        return "has more than 1000 readerProjectNumbers";
    if (task && message_count(task, TuningTask_snapshots) > TRAINING_STEPS_MAX)
        return "has more than 100000 snapshots";
    const char *problem = seed_check_texts(tuned_model);
    return problem || !examples ? problem : seed_check_examples(examples);
}

const char *seed_check_json(struct text json)
{
    return json.len > SEED_JSON_BYTES_MAX ? "is more than 4 MiB of JSON without its examples"
                                          : NULL;
}

const char *seed_check_email(struct text email)
{
    return email.len > EMAIL_ADDRESS_BYTES_MAX ? "has an e-mail address of more than 254 bytes"
                                               : NULL;
}

const char *seed_check_credential(struct text credential)
{
    return credential.len > CONNECTION_MEMORY_BYTES
               ? "has a key or token of more than 16 KiB, which no request can send"
               : NULL;
}

/* What the elements of a list must not have in common; left out or empty it may be. */
static const struct seed_name_rule {
    unsigned list, field;
    const char *place;
    const char *shown_as; /* in messages; NULL: as it is */
} seed_name_rules[] = {
    {SeedFile_callers, Caller_key, "callers", "its key"},
    {SeedFile_callers, Caller_token, "callers", "its token"},
    {SeedFile_models, Model_name, "models", NULL},
    {SeedFile_tuned_models, TunedModel_name, "tunedModels", NULL},
    {SeedFile_operations, Operation_name, "operations", NULL},
    {SeedFile_permissions, Permission_name, "permissions", NULL},
    {SeedFile_jobs, Job_name, "jobs", NULL},
};

struct seed_name {
    struct text text;
    size_t index;
};

/* By length, bytes and place in the file. */
static int seed_name_compare(const void *left, const void *right)
{
    const struct seed_name *a = left, *b = right;
    if (a->text.len != b->text.len)
        return a->text.len < b->text.len ? -1 : 1;
    int order = a->text.len ? memcmp(a->text.bytes, b->text.bytes, a->text.len) : 0;
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static const char *seed_check_name_list(const struct message *file, struct arena *arena,
    const struct seed_name_rule *rule, size_t *ret_index)
{
    size_t count = message_count(file, rule->list);
    struct seed_name *names = arena_array(arena, count, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] =
            (struct seed_name){message_text(message_child_at(file, rule->list, i), rule->field), i};
    qsort(names, count, sizeof(*names), seed_name_compare);
    for (size_t i = 1; i < count; i++)
        if (names[i].text.len && text_equals(names[i - 1].text, names[i].text)) {
            *ret_index = names[i].index;
            return arena_printf(arena, "%.*s stands in %s[%zu] already",
                TEXT_ARGS(rule->shown_as ? text_of(rule->shown_as) : names[i].text), rule->place,
                names[i - 1].index)
                .bytes;
        }
    return NULL;
}

const char *seed_check_names(
    const struct message *file, struct arena *arena, const char **ret_place, size_t *ret_index)
{
    for (size_t i = 0; i < ARRAY_COUNT(seed_name_rules); i++) {
        const char *problem = seed_check_name_list(file, arena, &seed_name_rules[i], ret_index);
        if (problem) {
            *ret_place = seed_name_rules[i].place;
            return problem;
        }
    }
    return NULL;
}
