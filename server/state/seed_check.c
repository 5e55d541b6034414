#include "server/state/seed_check.h"

#include "base/array.h"
#include "base/map.h"
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
    {SeedFile_tuning_jobs, SeedTuningJob_name, "tuningJobs", NULL},
    {SeedFile_operations, Operation_name, "operations", NULL},
    {SeedFile_permissions, Permission_name, "permissions", NULL},
    {SeedFile_jobs, Job_name, "jobs", NULL},
    {SeedFile_faults, Fault_id, "faults", "its id"},
    {SeedFile_stories, Story_id, "stories", "its id"},
    {SeedFile_stubs, Stub_id, "stubs", "its id"},
};

/* False with a problem for each name that an element before it has. */
static bool seed_check_name_list(
    const struct message *file, struct seed_problems *problems, const struct seed_name_rule *rule)
{
    size_t count = message_count(file, rule->list);
    size_t *indexes = arena_array(problems->arena, count, sizeof(*indexes));
    size_t count_before = problems->count;
    struct map names;
    map_init(&names, problems->arena);
    for (size_t i = 0; i < count && !seed_problems_are_enough(problems); i++) {
        struct text name = message_text(message_child_at(file, rule->list, i), rule->field);
        const size_t *first = name.len ? map_find(&names, name) : NULL;
        indexes[i] = i;
        if (first)
            seed_problems_add(problems, rule->place, i,
                arena_printf(problems->arena, "%.*s stands in %s[%zu] already",
                    TEXT_ARGS(rule->shown_as ? text_of(rule->shown_as) : name), rule->place,
                    *first));
        else if (name.len)
            map_put(&names, name, &indexes[i]);
    }
    return problems->count == count_before;
}

bool seed_check_names(const struct message *file, struct seed_problems *problems)
{
    bool is_good = true;
    for (size_t i = 0; i < ARRAY_COUNT(seed_name_rules); i++)
        is_good = seed_check_name_list(file, problems, &seed_name_rules[i]) && is_good;
    return is_good;
}

const char *seed_check_number(struct text id)
{
    int64_t number;
    bool is_number = text_parse_int64(id, &number) && number > 0 && number <= SEED_NUMBER_MAX;
    return !id.len || (is_number && id.bytes[0] != '0') ? NULL : "id: must be a number from 1 on";
}
