#include "tests/lib/unit.h"

#include "server/contract/notes.h"
#include "server/json/schema.h"

static const struct json_style compact = {.layout = JSON_COMPACT};

static int start(void **state)
{
    static struct arena arena;
    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int stop(void **state)
{
    arena_release(*state);
    return 0;
}

/* The schema of a message alone, or of all that it holds. */
static struct text schema_of(struct arena *arena, enum message_id id, unsigned flags, bool is_whole)
{
    struct schema_set set = {
        .arena = arena, .version = VERSION_V1BETA, .place = "#/$defs/", .flags = flags};
    struct buf out = BUF_INIT;
    struct json_document json = {.out = &out, .style = &compact};
    json_document_open_object(&json, TEXT(""));
    schema_set_add(&set, id);
    if (is_whole)
        schema_write_set(&set, &json);
    else
        schema_write_message(&set, id, &json);
    json_document_close_object(&json);
    struct text text = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return text;
}

static void assert_holds(struct text text, const char *part)
{
    if (text_find(text, text_of(part)) == text.len)
        fail_msg("%s\nis not in\n%.*s", part, TEXT_ARGS(text));
}

static void a_message_has_its_fields_and_no_others(void **state)
{
    assert_text(schema_of(*state, MESSAGE_Clock, 0, false),
        "{\"type\":\"object\",\"properties\":{"
        "\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
        "\"mode\":{\"type\":\"string\",\"enum\":[\"real\",\"frozen\",\"rate\"]},"
        "\"rate\":{\"type\":\"number\",\"format\":\"double\"}},\"additionalProperties\":false}");
}

static void a_field_has_the_type_of_its_kind(void **state)
{
    static const struct {
        enum message_id id;
        unsigned flags;
        const char *part;
    } rows[] = {
        {MESSAGE_SeedFile, 0, "\"counter\":{\"type\":\"string\",\"pattern\":\"^-?[0-9]+$\"}"},
        {MESSAGE_SeedFile, SCHEMA_LENIENT, "\"counter\":{\"type\":[\"string\",\"integer\"],"},
        {MESSAGE_SeedFile, 0, "\"jobs\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Job\"}}"},
        {MESSAGE_SeedFile, SCHEMA_LENIENT, "\"^tuned_models$\":{\"type\":\"array\",\"items\":{"},
        {MESSAGE_Fault, SCHEMA_LENIENT, "\"status\":{\"type\":[\"string\",\"number\"]}"},
        {MESSAGE_Operation, 0,
            "\"metadata\":{\"type\":\"object\",\"properties\":{\"@type\":{\"type\":\"string\"}},"
            "\"required\":[\"@type\"]}"},
        {MESSAGE_TunedModel, 0,
            "\"state\":{\"type\":\"string\",\"enum\":[\"STATE_UNSPECIFIED\",\"CREATING\","
            "\"ACTIVE\",\"FAILED\"],\"readOnly\":true}"},
        {MESSAGE_TunedModel, SCHEMA_LENIENT,
            "\"state\":{\"anyOf\":[{\"enum\":[\"STATE_UNSPECIFIED\",\"CREATING\",\"ACTIVE\","
            "\"FAILED\"]},{\"type\":[\"string\",\"integer\"],\"pattern\":\"^(-?[0-9]+|"},
        {MESSAGE_Match, 0,
            "\"prompt\":{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/TextMatch\"}]}"},
        {MESSAGE_TuningExample, SCHEMA_REQUIRES, "\"required\":[\"output\"]"},
        {MESSAGE_TuningTask, SCHEMA_REQUIRES,
            "\"hyperparameters\":{\"$ref\":\"#/$defs/Hyperparameters\"}},"
            "\"additionalProperties\":false}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_holds(schema_of(*state, rows[i].id, rows[i].flags, false), rows[i].part);
}

static void a_set_has_all_that_its_messages_hold(void **state)
{
    struct text text = schema_of(*state, MESSAGE_SeedFile, 0, true);
    static const char *const names[] = {"SeedFile", "Job.End", "TunedModel", "TuningExample",
        "Operation", "CreateTunedModelMetadata", "Permission", "Fault"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        assert_holds(text, arena_printf(*state, "\"%s\":{\"type\":\"object\",", names[i]).bytes);
    assert_int_equal(text_find(text, TEXT("\"Info\":{")), text.len);
}

/* Schemas are named after their messages. */
static void no_two_messages_have_the_same_name(void **state)
{
    struct text names[MESSAGE_COUNT];
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        names[i] = schema_name((enum message_id)i, *state);
        for (int other = 0; other < i; other++)
            assert_false(text_equals(names[i], names[other]));
    }
    assert_text(names[MESSAGE_TunedModel], "TunedModel");
    assert_text(names[MESSAGE_VertexTunedModel], "aiplatform.TunedModel");
}

static void every_control_call_has_a_summary(void **state)
{
    (void)state;
    int missing = 0;
    for (int id = 0; id < METHOD_COUNT; id++)
        if (methods[id].flags & METHOD_CONTROL && note_summary((enum method_id)id).len == 0) {
            print_error("server/contract/notes.def has no summary of %s\n", methods[id].name);
            missing++;
        }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_has_its_fields_and_no_others, start, stop),
        cmocka_unit_test_setup_teardown(a_field_has_the_type_of_its_kind, start, stop),
        cmocka_unit_test_setup_teardown(a_set_has_all_that_its_messages_hold, start, stop),
        cmocka_unit_test_setup_teardown(no_two_messages_have_the_same_name, start, stop),
        cmocka_unit_test(every_control_call_has_a_summary),
    };
    return cmocka_run_group_tests_name("json_schema", tests, NULL, NULL);
}
