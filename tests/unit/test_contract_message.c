#include "tests/lib/unit.h"

#include <ctype.h>

#include "server/contract/message.h"

static const struct field *find(enum message_id id, enum api_version version, const char *name)
{
    return message_type_find(&message_types[id], version, text_of(name));
}

/* The tables as a whole. */

static void for_each_field(
    void (*check)(const struct message_type *type, const struct field *field))
{
    for (unsigned i = 0; i < MESSAGE_COUNT; i++)
        for (unsigned j = 0; j < message_types[i].field_count; j++)
            check(&message_types[i], &message_types[i].fields[j]);
}

static void check_number(const struct message_type *type, const struct field *field)
{
    unsigned before = field > type->fields ? field[-1].number : 0;
    assert_true(field->number > before);
}

static void fields_are_sorted_by_number(void **state)
{
    (void)state;
    for_each_field(check_number);
}

static void the_row_after_the_last_is_empty(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MESSAGE_COUNT; i++) {
        assert_in_range(message_types[i].field_count, 0, MESSAGE_FIELDS_MAX);
        const struct field *end = &message_types[i].fields[message_types[i].field_count];
        assert_int_equal(end->number, 0);
        assert_int_equal(end->versions, 0);
    }
}

static void constants_are_the_indices_of_their_rows(void **state)
{
    (void)state;
    static const struct {
        unsigned message;
        unsigned field;
        unsigned number;
        const char *proto_name;
    } rows[] = {
#define FIELD(id, proto_name, json_name, number, kind, type, flags, oneof, versions)               \
    {MESSAGE_##id, id##_##proto_name, number, #proto_name},
#include "server/contract/messages.def"
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct field *field = &message_types[rows[i].message].fields[rows[i].field];
        assert_int_equal(field->number, rows[i].number);
        assert_text(field->proto_name, rows[i].proto_name);
    }
}

static void check_names(const struct message_type *type, const struct field *field)
{
    for (unsigned i = 0; i < VERSION_COUNT; i++) {
        enum api_version version = (enum api_version)i;
        if (field->versions >> i & 1) {
            assert_ptr_equal(message_type_find(type, version, field->json_name), field);
            assert_ptr_equal(message_type_find(type, version, field->proto_name), field);
        }
    }
}

static void no_name_means_two_fields_of_one_version(void **state)
{
    (void)state;
    for_each_field(check_names);
}

static void check_versions(const struct message_type *type, const struct field *field)
{
    assert_int_not_equal(field->versions, 0);
    assert_int_equal(field->versions & ~type->versions, 0);
}

static void fields_are_in_versions_that_have_their_message(void **state)
{
    (void)state;
    for_each_field(check_versions);
}

static void check_type(const struct message_type *type, const struct field *field)
{
    (void)type;
    assert_in_range(field->kind, FIELD_STRING, FIELD_STRUCT);
    if (field->kind == FIELD_MESSAGE) {
        assert_in_range(field->type, 0, MESSAGE_COUNT - 1);
        assert_int_equal(field->versions & ~message_types[field->type].versions, 0);
    } else if (field->kind == FIELD_ENUM) {
        assert_in_range(field->type, 0, ENUM_COUNT - 1);
    } else {
        assert_int_equal(field->type, 0);
    }
}

static void a_type_that_is_named_exists_in_the_versions_of_the_field(void **state)
{
    (void)state;
    for_each_field(check_type);
}

/* The versions in which another field shares the oneof. */
static unsigned versions_of_rivals(const struct message_type *type, const struct field *field)
{
    unsigned versions = 0;
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct field *other = &type->fields[i];
        if (other != field && other->oneof && strcmp(other->oneof, field->oneof) == 0)
            versions |= other->versions;
    }
    return versions;
}

static void check_flags(const struct message_type *type, const struct field *field)
{
    unsigned shape = field->flags & (FIELD_REPEATED | FIELD_MAP);
    assert_int_not_equal(shape, FIELD_REPEATED | FIELD_MAP);
    if (shape)
        assert_null(field->oneof);
    if (field->flags & FIELD_PRESENCE) {
        /* Only ours are printed when they are empty. */
        assert_true(!shape || (shape == FIELD_REPEATED && type->package == PACKAGE_EMULATOR));
        assert_true(!field->oneof || field->versions & ~versions_of_rivals(type, field));
    }
    assert_false(field->flags & FIELD_OUTPUT_ONLY && field->flags & FIELD_INPUT_ONLY);
    if (field->flags & FIELD_TAKES_TEXT) {
        assert_int_equal(field->kind, FIELD_MESSAGE);
        const struct field *first = &message_types[field->type].fields[0];
        assert_true(first->kind == FIELD_STRING || first->kind == FIELD_DURATION);
        assert_false(first->flags & (FIELD_REPEATED | FIELD_MAP));
    }
}

static void flags_do_not_contradict_each_other(void **state)
{
    (void)state;
    for_each_field(check_flags);
}

static void check_camel_case(const struct message_type *type, const struct field *field)
{
    /* The API gives two fields names of its own. */
    if (type == &message_types[MESSAGE_GenerationConfig] &&
        text_starts_with(field->proto_name, TEXT("response_json_schema")))
        return;
    char camel[64] = "";
    size_t len = 0;
    if (text_starts_with(field->json_name, TEXT("$"))) {
        assert_int_equal(text_find(field->proto_name, TEXT("dollar_")), 0);
        return;
    }
    for (size_t i = 0; i < field->proto_name.len; i++) {
        int byte = (unsigned char)field->proto_name.bytes[i];
        if (byte != '_') {
            bool is_upper = i > 0 && field->proto_name.bytes[i - 1] == '_';
            camel[len++] = (char)(is_upper ? toupper(byte) : byte);
        }
    }
    assert_text(field->json_name, camel);
}

static void json_names_are_proto_names_in_camel_case(void **state)
{
    (void)state;
    for_each_field(check_camel_case);
}

static void full_names_are_unique_and_found_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (unsigned i = 0; i < MESSAGE_COUNT; i++) {
        for (unsigned version = 0; version < VERSION_COUNT; version++) {
            const struct message_type *type = &message_types[i];
            struct text name = message_full_name(&arena, type, (enum api_version)version);
            enum message_id id = MESSAGE_COUNT;
            enum api_version found = VERSION_COUNT;
            bool is_vertex = type->package == PACKAGE_AIPLATFORM;
            bool has_version = is_vertex || type->package == PACKAGE_GENERATIVE_LANGUAGE;
            /* Those of Vertex AI are of its two versions alone. */
            if (has_version && is_vertex != (version == VERSION_V1BETA1) &&
                !(is_vertex && version == VERSION_V1))
                continue;
            bool is_in = !has_version || type->versions >> version & 1;
            assert_int_equal(message_type_by_full_name(name, &id, &found), is_in);
            assert_int_equal(id, is_in ? i : MESSAGE_COUNT);
            assert_int_equal(found, is_in && has_version ? version : VERSION_COUNT);
        }
    }
    arena_release(&arena);
}

static void enums_begin_with_zero_and_have_unique_values(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ENUM_COUNT; i++) {
        const struct enum_type *type = &enum_types[i];
        assert_true(type->value_count > 0);
        assert_int_equal(type->values[0].number, 0);
        for (unsigned j = 0; j < type->value_count; j++) {
            const struct enum_value *value = &type->values[j];
            assert_ptr_equal(enum_type_find_number(type, value->number), value);
            for (unsigned version = 0; version < VERSION_COUNT; version++) {
                const struct enum_value *found =
                    enum_type_find(type, (enum api_version)version, value->name);
                assert_ptr_equal(found, value->versions >> version & 1 ? value : NULL);
            }
        }
    }
}

/* What the API's reference says of single fields. */

static void names_are_found_in_both_spellings_and_exact_case(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned number;
    } rows[] = {
        {"displayName", 5},
        {"display_name", 5},
        {"name", 1},
        {"tuningTask", 10},
        {"tuning_task", 10},
        {"topK", 13},
        {"DisplayName", 0},
        {"displayname", 0},
        {"display_Name", 0},
        {"_displayName", 0},
        {"displayName ", 0},
        {"", 0},
        {"foo", 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct field *field = find(MESSAGE_TunedModel, VERSION_V1BETA, rows[i].name);
        assert_int_equal(field ? field->number : 0, rows[i].number);
    }
    assert_null(message_type_find(
        &message_types[MESSAGE_TunedModel], VERSION_V1BETA, (struct text){"name\0", 5}));
}

static void versions_differ_in_their_fields(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum message_id message;
        unsigned versions;
    } rows[] = {
        {"contents", MESSAGE_GenerateContentRequest, IN_V1 | IN_V1BETA},
        {"systemInstruction", MESSAGE_GenerateContentRequest, IN_V1BETA},
        {"tools", MESSAGE_GenerateContentRequest, IN_V1BETA},
        {"responseMimeType", MESSAGE_GenerationConfig, IN_V1BETA},
        {"seed", MESSAGE_GenerationConfig, IN_V1 | IN_V1BETA},
        {"imageSize", MESSAGE_ImageConfig, IN_V1BETA},
        {"thinking_config", MESSAGE_GenerationConfig, IN_V1BETA},
        {"responseJsonSchema", MESSAGE_GenerationConfig, IN_V1 | IN_V1BETA},
        {"response_json_schema", MESSAGE_GenerationConfig, IN_V1BETA},
        {"readerProjectNumbers", MESSAGE_TunedModel, IN_V1BETA},
        {"baseModel", MESSAGE_TunedModel, IN_V1BETA | IN_V1BETA3},
        {"filter", MESSAGE_ListTunedModelsRequest, IN_V1BETA},
        {"maxTemperature", MESSAGE_Model, IN_V1 | IN_V1BETA},
        {"topK", MESSAGE_Model, IN_ALL},
        {"done", MESSAGE_Operation, IN_ALL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned version = 0; version < VERSION_COUNT; version++) {
            bool is_found = find(rows[i].message, (enum api_version)version, rows[i].name) != NULL;
            assert_int_equal(is_found, rows[i].versions >> version & 1);
        }
    }
}

static void kinds_and_flags_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *oneof;
        enum message_id message;
        enum field_kind kind;
        unsigned flags;
    } rows[] = {
        {"baseModel", "source_model", MESSAGE_TunedModel, FIELD_STRING, FIELD_IMMUTABLE},
        {"state", NULL, MESSAGE_TunedModel, FIELD_ENUM, FIELD_OUTPUT_ONLY},
        {"createTime", NULL, MESSAGE_TunedModel, FIELD_TIMESTAMP, FIELD_OUTPUT_ONLY},
        {"temperature", NULL, MESSAGE_TunedModel, FIELD_FLOAT, FIELD_PRESENCE},
        {"readerProjectNumbers", NULL, MESSAGE_TunedModel, FIELD_INT64, FIELD_REPEATED},
        {"trainingData", NULL, MESSAGE_TuningTask, FIELD_MESSAGE,
            FIELD_INPUT_ONLY | FIELD_REQUIRED | FIELD_IMMUTABLE},
        {"learningRate", "learning_rate_option", MESSAGE_Hyperparameters, FIELD_FLOAT,
            FIELD_PRESENCE | FIELD_IMMUTABLE},
        {"textInput", "model_input", MESSAGE_TuningExample, FIELD_STRING, 0},
        {"data", NULL, MESSAGE_Blob, FIELD_BYTES, 0},
        {"metadata", NULL, MESSAGE_Operation, FIELD_ANY, 0},
        {"response", "result", MESSAGE_Operation, FIELD_ANY, 0},
        {"details", NULL, MESSAGE_Status, FIELD_ANY, FIELD_REPEATED},
        {"metadata", NULL, MESSAGE_ErrorInfo, FIELD_STRING, FIELD_MAP},
        {"properties", NULL, MESSAGE_Schema, FIELD_MESSAGE, FIELD_MAP},
        {"default", NULL, MESSAGE_Schema, FIELD_JSON, 0},
        {"args", NULL, MESSAGE_FunctionCall, FIELD_STRUCT, FIELD_PRESENCE},
        {"startOffset", NULL, MESSAGE_VideoMetadata, FIELD_DURATION, 0},
        {"updateMask", NULL, MESSAGE_UpdateTunedModelRequest, FIELD_FIELD_MASK, 0},
        {"avgLogprobs", NULL, MESSAGE_Candidate, FIELD_DOUBLE, FIELD_OUTPUT_ONLY},
        {"probability", NULL, MESSAGE_Fault, FIELD_DOUBLE, FIELD_PRESENCE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct field *field = find(rows[i].message, VERSION_V1BETA, rows[i].name);
        assert_non_null(field);
        assert_int_equal(field->kind, rows[i].kind);
        assert_int_equal(field->flags, rows[i].flags);
        assert_string_equal(field->oneof ? field->oneof : "", rows[i].oneof ? rows[i].oneof : "");
    }
}

static void enum_values_are_found_in_any_case(void **state)
{
    (void)state;
    static const struct {
        enum enum_id type;
        enum api_version version;
        const char *name;
        int64_t number; /* -1: not found */
    } rows[] = {
        {ENUM_TunedModel_State, VERSION_V1BETA, "ACTIVE", TunedModel_State_ACTIVE},
        {ENUM_TunedModel_State, VERSION_V1BETA, "active", 2},
        {ENUM_Type, VERSION_V1BETA, "Null", Type_NULL},
        {ENUM_Candidate_FinishReason, VERSION_V1, "OTHER", 5},
        {ENUM_Candidate_FinishReason, VERSION_V1, "LANGUAGE", 6},
        {ENUM_SafetySetting_HarmBlockThreshold, VERSION_V1BETA3, "BLOCK_NONE", 4},
        {ENUM_SafetySetting_HarmBlockThreshold, VERSION_V1BETA2, "BLOCK_NONE", -1},
        {ENUM_HarmCategory, VERSION_V1ALPHA, "harm_category_harassment", 7},
        {ENUM_HarmCategory, VERSION_V1BETA3, "HARM_CATEGORY_HARASSMENT", -1},
        {ENUM_HarmCategory, VERSION_V1BETA, "HARASSMENT", -1},
        {ENUM_HarmCategory, VERSION_V1BETA, "", -1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct enum_value *value =
            enum_type_find(&enum_types[rows[i].type], rows[i].version, text_of(rows[i].name));
        assert_int_equal(value ? value->number : -1, rows[i].number);
    }
}

static void numbers_outside_an_enum_are_not_found(void **state)
{
    (void)state;
    static const int64_t numbers[] = {-1, 4, 99, INT64_MAX, INT64_MIN, INT64_C(1) << 32};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
        assert_null(enum_type_find_number(&enum_types[ENUM_TunedModel_State], numbers[i]));
}

static void full_names_are_those_of_the_service(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    static const struct {
        enum message_id message;
        enum api_version version;
        const char *name;
    } rows[] = {
        {MESSAGE_TunedModel, VERSION_V1BETA, "google.ai.generativelanguage.v1beta.TunedModel"},
        {MESSAGE_TunedModel, VERSION_V1BETA3, "google.ai.generativelanguage.v1beta3.TunedModel"},
        {MESSAGE_GenerateContentResponse_UsageMetadata, VERSION_V1,
            "google.ai.generativelanguage.v1.GenerateContentResponse.UsageMetadata"},
        {MESSAGE_VertexTunedModel, VERSION_V1, "google.cloud.aiplatform.v1.TunedModel"},
        {MESSAGE_TuningJob, VERSION_V1BETA1, "google.cloud.aiplatform.v1beta1.TuningJob"},
        /* As control calls and seeds have it, and what Vertex AI shares. */
        {MESSAGE_TuningJob, VERSION_V1BETA, "google.cloud.aiplatform.v1beta1.TuningJob"},
        {MESSAGE_Content, VERSION_V1BETA1, "google.cloud.aiplatform.v1beta1.Content"},
        {MESSAGE_Operation, VERSION_V1, "google.longrunning.Operation"},
        {MESSAGE_BadRequest_FieldViolation, VERSION_V1, "google.rpc.BadRequest.FieldViolation"},
        {MESSAGE_LatLng, VERSION_V1BETA, "google.type.LatLng"},
        {MESSAGE_Empty, VERSION_V1BETA, "google.protobuf.Empty"},
        {MESSAGE_SeedFile, VERSION_V1BETA, "tunemock.v1.SeedFile"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct message_type *type = &message_types[rows[i].message];
        assert_text(message_full_name(&arena, type, rows[i].version), rows[i].name);
        struct buf buf = BUF_INIT;
        message_add_full_name(&buf, type, rows[i].version);
        assert_text(buf_text(&buf), rows[i].name);
        buf_release(&buf);
    }
    assert_text(enum_full_name(&arena, &enum_types[ENUM_HarmCategory], VERSION_V1BETA),
        "google.ai.generativelanguage.v1beta.HarmCategory");
    assert_text(enum_full_name(&arena, &enum_types[ENUM_TunedModel_State], VERSION_V1BETA3),
        "google.ai.generativelanguage.v1beta3.TunedModel.State");
    arena_release(&arena);
}

static void names_of_no_listed_type_are_not_found(void **state)
{
    (void)state;
    static const struct text names[] = {
        TEXT_INIT(""),
        TEXT_INIT("TunedModel"),
        TEXT_INIT("google."),
        TEXT_INIT("google.rpc."),
        TEXT_INIT("google.rpc.status"),
        TEXT_INIT("google.rpc.Status "),
        TEXT_INIT("google.rpc.Status\0"),
        TEXT_INIT("google.rpc.TunedModel"),
        TEXT_INIT("google.protobuf.Struct"),
        TEXT_INIT("google.ai.generativelanguage."),
        TEXT_INIT("google.ai.generativelanguage.v1beta"),
        TEXT_INIT("google.ai.generativelanguage.v1beta."),
        TEXT_INIT("google.ai.generativelanguage.v9.TunedModel"),
        TEXT_INIT("google.ai.generativelanguage.v1.TunedModel"), /* v1 has none */
        TEXT_INIT("google.ai.generativelanguage..TunedModel"),
        TEXT_INIT("google.ai.generativelanguage.TunedModel"),
        TEXT_INIT("google.ai.generativelanguage.v1beta1.TunedModel"),
        TEXT_INIT("google.cloud.aiplatform.v1beta.TuningJob"),
        TEXT_INIT("google.cloud.aiplatform.TuningJob"),
        TEXT_INIT("google.cloud.aiplatform.v1.TuningJobMetadata"), /* v1 has none */
        TEXT_INIT("type.googleapis.com/google.rpc.Status"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        enum message_id id = MESSAGE_COUNT;
        enum api_version version = VERSION_COUNT;
        assert_false(message_type_by_full_name(names[i], &id, &version));
        assert_int_equal(id, MESSAGE_COUNT);
        assert_int_equal(version, VERSION_COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_sorted_by_number),
        cmocka_unit_test(the_row_after_the_last_is_empty),
        cmocka_unit_test(constants_are_the_indices_of_their_rows),
        cmocka_unit_test(no_name_means_two_fields_of_one_version),
        cmocka_unit_test(fields_are_in_versions_that_have_their_message),
        cmocka_unit_test(a_type_that_is_named_exists_in_the_versions_of_the_field),
        cmocka_unit_test(flags_do_not_contradict_each_other),
        cmocka_unit_test(json_names_are_proto_names_in_camel_case),
        cmocka_unit_test(full_names_are_unique_and_found_again),
        cmocka_unit_test(enums_begin_with_zero_and_have_unique_values),
        cmocka_unit_test(names_are_found_in_both_spellings_and_exact_case),
        cmocka_unit_test(versions_differ_in_their_fields),
        cmocka_unit_test(kinds_and_flags_are_those_of_the_reference),
        cmocka_unit_test(enum_values_are_found_in_any_case),
        cmocka_unit_test(numbers_outside_an_enum_are_not_found),
        cmocka_unit_test(full_names_are_those_of_the_service),
        cmocka_unit_test(names_of_no_listed_type_are_not_found),
    };
    return cmocka_run_group_tests_name("contract_message", tests, NULL, NULL);
}
