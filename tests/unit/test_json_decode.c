#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"

struct fixture {
    struct arena arena;
    struct decode_problems problems;
};

static int fixture_setup(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    decode_problems_init(&fixture.problems, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    return 0;
}

static struct message *fixture_decode(
    struct fixture *fixture, enum message_id id, enum api_version version, struct text body)
{
    struct message *message = message_new(&fixture->arena, id, version);
    decode_body(body, message, TEXT(""), &fixture->problems);
    return message;
}

static struct message *fixture_decode_well(
    struct fixture *fixture, enum message_id id, struct text body)
{
    struct message *message = fixture_decode(fixture, id, VERSION_V1BETA, body);
    assert_false(decode_problems_any(&fixture->problems));
    return message;
}

static void text_keeps_its_true_length(void **state)
{
    struct message *part =
        fixture_decode_well(*state, MESSAGE_Part, TEXT("{\"text\":\"a\\u0000b\0\xc3\xa9\"}"));
    struct text text = message_text(part, Part_text);
    assert_int_equal(text.len, 6);
    assert_memory_equal(text.bytes, "a\0b\0\xc3\xa9", 7);
}

static void text_outlives_the_body(void **state)
{
    struct fixture *fixture = *state;
    char body[] = "{\"text\":\"hello\",\"inlineData\":null}";
    struct message *part = fixture_decode_well(fixture, MESSAGE_Part, text_of(body));
    memset(body, 'x', sizeof(body));
    assert_text(message_text(part, Part_text), "hello");
}

static void values_have_the_types_of_their_fields(void **state)
{
    struct message *model = fixture_decode_well(*state, MESSAGE_TunedModel,
        TEXT("{temperature:0.1,top_k:'7',state:'active',readerProjectNumbers:[9007199254740993,"
             "'-1'],createTime:'1970-01-01T00:00:01.000000002Z'}"));
    assert_true(message_float(model, TunedModel_temperature) == 0.1F);
    assert_int_equal(message_int(model, TunedModel_top_k), 7);
    assert_int_equal(message_int(model, TunedModel_state), TunedModel_State_ACTIVE);
    assert_int_equal(message_count(model, TunedModel_reader_project_numbers), 2);
    assert_int_equal(
        message_int_at(model, TunedModel_reader_project_numbers, 0), INT64_C(9007199254740993));
    assert_int_equal(message_int_at(model, TunedModel_reader_project_numbers, 1), -1);
    assert_int_equal(message_int(model, TunedModel_create_time), INT64_C(1000000002));
    assert_false(message_has(model, TunedModel_top_p));
}

static void bytes_are_decoded(void **state)
{
    struct message *blob =
        fixture_decode_well(*state, MESSAGE_Blob, TEXT("{\"data\":\"AP-AwIA=\"}"));
    struct text bytes = message_text(blob, Blob_data);
    assert_int_equal(bytes.len, 5);
    assert_memory_equal(bytes.bytes, "\x00\xff\x80\xc0\x80", 5);
}

static void free_form_fields_are_compact_json(void **state)
{
    struct message *call = fixture_decode_well(
        *state, MESSAGE_FunctionCall, TEXT("{args: {'a' : [1.50, 'x\\u0000', ], b:null}}"));
    assert_text(message_text(call, FunctionCall_args), "{\"a\":[1.5,\"x\\u0000\"],\"b\":null}");
}

static void fields_are_those_of_the_version(void **state)
{
    struct fixture *fixture = *state;
    static const struct text body = TEXT_INIT("{\"systemInstruction\":{}}");
    fixture_decode(fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, body);
    assert_false(decode_problems_any(&fixture->problems));
    fixture_decode(fixture, MESSAGE_GenerateContentRequest, VERSION_V1, body);
    assert_int_equal(fixture->problems.violation_count, 1);
    assert_text(fixture->problems.violations[0].field, "");
    assert_text(fixture->problems.violations[0].description,
        "Invalid JSON payload received. Unknown name \"systemInstruction\": Cannot find field.");
}

static void types_are_named_with_the_version(void **state)
{
    struct fixture *fixture = *state;
    fixture_decode(fixture, MESSAGE_GenerateContentRequest, VERSION_V1,
        TEXT("{\"safetySettings\":[{\"category\":\"X\"}],\"contents\":1}"));
    assert_int_equal(fixture->problems.violation_count, 2);
    assert_text(fixture->problems.violations[0].description,
        "Invalid value at 'safety_settings[0].category' "
        "(type.googleapis.com/google.ai.generativelanguage.v1.HarmCategory), \"X\"");
    assert_text(fixture->problems.violations[1].description,
        "Invalid value at 'contents' "
        "(type.googleapis.com/google.ai.generativelanguage.v1.Content), 1");
}

static void an_any_has_the_version_of_its_type(void **state)
{
    struct message *operation = fixture_decode_well(*state, MESSAGE_Operation,
        TEXT("{\"response\":{\"@type\":\"type.googleapis.com/"
             "google.ai.generativelanguage.v1beta3.TunedModel\",\"name\":\"n\"}}"));
    struct message *model = message_child(operation, Operation_response);
    assert_true(message_is(model, MESSAGE_TunedModel));
    assert_int_equal(model->version, VERSION_V1BETA3);
    assert_text(message_text(model, TunedModel_name), "n");
}

static void durations_of_the_emulator_have_units(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct text body;
        int64_t delay_ns;
    } rows[] = {
        {TEXT_INIT("{delay:'200ms'}"), INT64_C(200000000)},
        {TEXT_INIT("{delay:'1.5s'}"), INT64_C(1500000000)},
        {TEXT_INIT("{delay:'2h'}"), INT64_C(7200000000000)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *fault = fixture_decode_well(fixture, MESSAGE_Fault, rows[i].body);
        assert_int_equal(
            message_int(message_child(fault, Fault_delay), Delay_fixed), rows[i].delay_ns);
    }
    fixture_decode(fixture, MESSAGE_Fault, VERSION_V1BETA, TEXT("{delay:'soon'}"));
    assert_int_equal(fixture->problems.violation_count, 1);
}

static void durations_of_the_service_are_seconds(void **state)
{
    struct fixture *fixture = *state;
    struct message *info =
        fixture_decode_well(fixture, MESSAGE_RetryInfo, TEXT("{retryDelay:'-1.5s'}"));
    assert_int_equal(message_int(info, RetryInfo_retry_delay), INT64_C(-1500000000));
    static const char place[] = "Invalid value at 'retry_delay' "
                                "(type.googleapis.com/google.protobuf.Duration), Field "
                                "'retryDelay', ";
    static const struct {
        struct text body;
        const char *reason;
    } rows[] = {
        {TEXT_INIT("{retryDelay:5}"), "Invalid data type for duration, value is 5"},
        {TEXT_INIT("{retryDelay:'5'}"), "Illegal duration format; duration must end with 's'"},
        {TEXT_INIT("{retryDelay:''}"), "Illegal duration format; duration must end with 's'"},
        {TEXT_INIT("{retryDelay:'5ms'}"), "Invalid duration format, failed to parse seconds"},
        {TEXT_INIT("{retryDelay:'s'}"), "Invalid duration format, failed to parse seconds"},
        {TEXT_INIT("{retryDelay:'-s'}"), "Invalid duration format, failed to parse seconds"},
        {TEXT_INIT("{retryDelay:'1e1s'}"), "Invalid duration format, failed to parse seconds"},
        {TEXT_INIT("{retryDelay:'--1s'}"), "Invalid duration format, failed to parse seconds"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        decode_problems_init(&fixture->problems, &fixture->arena);
        fixture_decode(fixture, MESSAGE_RetryInfo, VERSION_V1BETA, rows[i].body);
        assert_int_equal(fixture->problems.violation_count, 1);
        struct text expected = arena_printf(&fixture->arena, "%s%s", place, rows[i].reason);
        assert_text(fixture->problems.violations[0].description, expected.bytes);
    }
}

static void violations_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"contents\":[");
    for (int i = 0; i < 2 * VIOLATIONS_MAX; i++)
        buf_add_string(&body, "{\"x\":1},");
    buf_add_string(&body, "]}");
    fixture_decode(fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, buf_text(&body));
    buf_release(&body);
    assert_int_equal(fixture->problems.violation_count, VIOLATIONS_MAX);
    assert_text(fixture->problems.violations[VIOLATIONS_MAX - 1].field, "contents[99]");
}

static void a_flood_of_problems_takes_little_memory(void **state)
{
    struct fixture *fixture = *state;
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"safetySettings\":[");
    for (int i = 0; i < 100000; i++)
        buf_add_string(&body, "{\"category\":\"x\"},");
    buf_add_string(&body, "]}");
    fixture_decode(fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, buf_text(&body));
    buf_release(&body);
    assert_int_equal(fixture->problems.violation_count, VIOLATIONS_MAX);
    /* Room for the items that the list was to have, and no more of them. */
    assert_true(fixture->arena.used_bytes < 1000000 + 100000 * sizeof(union value));
}

static void a_flood_in_a_list_or_map_ends_early(void **state)
{
    struct fixture *fixture = *state;
    struct buf list = BUF_INIT;
    struct buf map = BUF_INIT;
    for (int i = 0; i < 2 * VIOLATIONS_MAX; i++) {
        buf_add_string(&list, "1,");
        buf_printf(&map, "k%d:1,", i);
    }
    struct text in_list = arena_printf(&fixture->arena, "{stopSequences:[%s],x:1}", list.data);
    struct text in_map = arena_printf(&fixture->arena, "{metadata:{%s},x:1}", map.data);
    buf_release(&list);
    buf_release(&map);
    fixture_decode(fixture, MESSAGE_GenerationConfig, VERSION_V1BETA, in_list);
    assert_int_equal(fixture->problems.violation_count, VIOLATIONS_MAX);
    assert_text(fixture->problems.violations[VIOLATIONS_MAX - 1].field, "stop_sequences[99]");
    decode_problems_init(&fixture->problems, &fixture->arena);
    fixture_decode(fixture, MESSAGE_ErrorInfo, VERSION_V1BETA, in_map);
    assert_int_equal(fixture->problems.violation_count, VIOLATIONS_MAX);
    assert_text(fixture->problems.violations[VIOLATIONS_MAX - 1].field, "metadata[99].value");
    decode_problems_add(&fixture->problems, TEXT("x"), TEXT("one too many"));
    assert_int_equal(fixture->problems.violation_count, VIOLATIONS_MAX);
}

static void a_syntax_error_stands_alone(void **state)
{
    struct fixture *fixture = *state;
    fixture_decode(
        fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, TEXT("{\"x\":1,\"y\":?}"));
    assert_true(decode_problems_any(&fixture->problems));
    assert_int_equal(fixture->problems.violation_count, 0);
    assert_text(
        fixture->problems.syntax, "Invalid JSON payload received. Expected a value.\n?}\n^");
}

static void problems_are_copied(void **state)
{
    struct fixture *fixture = *state;
    char field[] = "name";
    decode_problems_add(&fixture->problems, text_of(field), TEXT("wrong"));
    field[0] = 'x';
    assert_text(fixture->problems.violations[0].field, "name");
    assert_text(fixture->problems.violations[0].description, "wrong");
}

static void names_with_nul_are_quoted_whole(void **state)
{
    struct fixture *fixture = *state;
    static const char expected[] =
        "Invalid JSON payload received. Unknown name \"a\0b\": Cannot find field.";
    fixture_decode(fixture, MESSAGE_Part, VERSION_V1BETA, TEXT("{\"a\\u0000b\":1}"));
    struct text description = fixture->problems.violations[0].description;
    assert_int_equal(description.len, sizeof(expected) - 1);
    assert_memory_equal(description.bytes, expected, sizeof(expected) - 1);
}

static void values_with_nul_are_quoted_whole(void **state)
{
    struct fixture *fixture = *state;
    static const char expected[] = "Invalid value at 'thought' (TYPE_BOOL), \"a\0b\"";
    fixture_decode(fixture, MESSAGE_Part, VERSION_V1BETA, TEXT("{\"thought\":\"a\\u0000b\"}"));
    struct text description = fixture->problems.violations[0].description;
    assert_int_equal(description.len, sizeof(expected) - 1);
    assert_memory_equal(description.bytes, expected, sizeof(expected) - 1);
}

static void a_map_of_many_keys_is_read(void **state)
{
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"metadata\":{");
    for (int i = 0; i < 50000; i++)
        buf_printf(&body, "k%d:'v%d',", i, i);
    buf_add_string(&body, "}}");
    struct message *info = fixture_decode_well(*state, MESSAGE_ErrorInfo, buf_text(&body));
    buf_release(&body);
    assert_int_equal(message_count(info, ErrorInfo_metadata), 50000);
}

static void parameters_are_taken_in_either_spelling(void **state)
{
    struct fixture *fixture = *state;
    struct message *request =
        message_new(&fixture->arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA);
    assert_true(decode_parameter(TEXT("pageSize"), TEXT("5"), request, &fixture->problems));
    assert_true(
        decode_parameter(TEXT("page_token"), TEXT("t\xc3\xa9"), request, &fixture->problems));
    assert_true(decode_parameter(TEXT("page_size"), TEXT("7"), request, &fixture->problems));
    assert_int_equal(message_int(request, ListTunedModelsRequest_page_size), 5);
    assert_int_equal(fixture->problems.violation_count, 1);
    assert_text(fixture->problems.violations[0].description,
        "Invalid value (oneof), oneof field '_page_size' is already set. Cannot set 'page_size'");
    assert_false(decode_parameter(TEXT("PageSize"), TEXT("5"), request, &fixture->problems));
    assert_false(decode_parameter(TEXT(""), TEXT("5"), request, &fixture->problems));
    assert_int_equal(fixture->problems.violation_count, 1);
    assert_text(message_text(request, ListTunedModelsRequest_page_token), "t\xc3\xa9");
}

static void parameters_that_do_not_fit_are_problems(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct text value;
        const char *description;
    } rows[] = {
        {TEXT_INIT("abc"), "Invalid value at 'page_size' (TYPE_INT32), \"abc\""},
        {TEXT_INIT(""), "Invalid value at 'page_size' (TYPE_INT32), \"\""},
        {TEXT_INIT("1e1"), "Invalid value at 'page_size' (TYPE_INT32), \"1e1\""},
        {TEXT_INIT("2147483648"), "Invalid value at 'page_size' (TYPE_INT32), \"2147483648\""},
        {TEXT_INIT("\xff"),
            "Invalid value at 'page_size' (TYPE_STRING), Encountered non UTF-8 code points."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *request =
            message_new(&fixture->arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA);
        decode_problems_init(&fixture->problems, &fixture->arena);
        assert_true(decode_parameter(TEXT("pageSize"), rows[i].value, request, &fixture->problems));
        assert_int_equal(fixture->problems.violation_count, 1);
        assert_text(fixture->problems.violations[0].field, "page_size");
        assert_text(fixture->problems.violations[0].description, rows[i].description);
    }
}

/* "?filter" without a value may come as a text without bytes. */
static void parameters_without_bytes_are_empty(void **state)
{
    struct fixture *fixture = *state;
    struct message *request =
        message_new(&fixture->arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA);
    struct text nothing = {NULL, 0};
    assert_true(decode_parameter(TEXT("filter"), nothing, request, &fixture->problems));
    assert_false(decode_problems_any(&fixture->problems));
    assert_int_equal(message_text(request, ListTunedModelsRequest_filter).len, 0);
    struct message *permission = message_new(&fixture->arena, MESSAGE_Permission, VERSION_V1BETA);
    assert_true(decode_parameter(TEXT("role"), nothing, permission, &fixture->problems));
    assert_text(fixture->problems.violations[0].description,
        "Invalid value at 'role' "
        "(type.googleapis.com/google.ai.generativelanguage.v1beta.Permission.Role), \"\"");
}

static void messages_are_no_parameters(void **state)
{
    struct fixture *fixture = *state;
    struct message *model = message_new(&fixture->arena, MESSAGE_TunedModel, VERSION_V1BETA);
    assert_false(decode_parameter(TEXT("tuningTask"), TEXT("{}"), model, &fixture->problems));
    struct message *info = message_new(&fixture->arena, MESSAGE_ErrorInfo, VERSION_V1BETA);
    assert_false(decode_parameter(TEXT("metadata"), TEXT("{}"), info, &fixture->problems));
    assert_false(decode_problems_any(&fixture->problems));
}

static void repeated_parameters_add_items(void **state)
{
    struct fixture *fixture = *state;
    struct message *config = message_new(&fixture->arena, MESSAGE_GenerationConfig, VERSION_V1BETA);
    assert_true(decode_parameter(TEXT("stopSequences"), TEXT("a"), config, &fixture->problems));
    assert_true(decode_parameter(TEXT("stop_sequences"), TEXT("b"), config, &fixture->problems));
    assert_int_equal(message_count(config, GenerationConfig_stop_sequences), 2);
    assert_text(message_text_at(config, GenerationConfig_stop_sequences, 1), "b");
}

static void an_optional_parameter_is_given_once(void **state)
{
    struct fixture *fixture = *state;
    struct message *config = message_new(&fixture->arena, MESSAGE_GenerationConfig, VERSION_V1BETA);
    assert_true(decode_parameter(TEXT("topK"), TEXT("1"), config, &fixture->problems));
    assert_true(decode_parameter(TEXT("topK"), TEXT("2"), config, &fixture->problems));
    assert_int_equal(fixture->problems.violation_count, 1);
    assert_text(fixture->problems.violations[0].field, "");
    assert_text(fixture->problems.violations[0].description,
        "Invalid value (oneof), oneof field '_top_k' is already set. Cannot set 'top_k'");
}

#define decode_test(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

/* Of each kind, as many as the limits allow, and one more. */
static void a_body_of_too_many_values_is_not_read(void **state)
{
    struct fixture *fixture = *state;
    struct decode_limits limits = {.values_max = 5, .bytes_max = SIZE_MAX, .budget = NULL};
    fixture->problems.limits = &limits;
    struct message *message = fixture_decode(
        fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, TEXT("{contents:[{},{},{}]}"));
    assert_false(decode_problems_any(&fixture->problems));
    assert_int_equal(message_count(message, GenerateContentRequest_contents), 3);
    message = fixture_decode(
        fixture, MESSAGE_GenerateContentRequest, VERSION_V1BETA, TEXT("{contents:[{},{},{},{}]}"));
    assert_true(decode_problems_any(&fixture->problems));
    assert_int_equal(fixture->problems.excess, DECODE_TOO_MANY_VALUES);
    assert_text(decode_problems_text(&fixture->problems), "");
    assert_int_equal(message->set, 0);
}

static struct text repeated_item(
    struct fixture *fixture, const char *start, const char *item, size_t count, const char *end)
{
    struct buf body = BUF_INIT;
    buf_add_string(&body, start);
    for (size_t i = 0; i < count; i++)
        buf_add_string(&body, item);
    buf_add_string(&body, end);
    struct text text = arena_text(&fixture->arena, buf_text(&body));
    buf_release(&body);
    return text;
}

static void what_a_body_takes_is_bounded_and_counted(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 20000, BUDGET_BYTES = 32 * 1024 * 1024 };
    static const struct {
        enum message_id id;
        const char *start, *item, *end;
    } rows[] = {
        {MESSAGE_GenerateContentRequest, "{contents:[", "{},", "]}"},
        {MESSAGE_GenerateContentRequest, "{contents:[", "{role:'a'},", "]}"},
        {MESSAGE_GenerateContentRequest, "{tools:[", "{codeExecution:{}},", "]}"},
        {MESSAGE_GenerationConfig, "{stopSequences:[", "'a',", "]}"},
        {MESSAGE_GenerationConfig, "{responseSchema:{anyOf:[", "{type:1},", "]}}"},
        {MESSAGE_GenerationConfig, "{responseSchema:{example:[", "1e20,", "]}}"},
        {MESSAGE_GenerationConfig, "{responseSchema:{example:'", "<<<<", "'}}"},
        {MESSAGE_TunedModel, "{readerProjectNumbers:[", "1,", "]}"},
        {MESSAGE_GenerationConfig, "{temperature:'", "abcdefgh", "'}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text body = repeated_item(fixture, rows[i].start, rows[i].item, COUNT, rows[i].end);
        struct budget budget;
        budget_init(&budget, BUDGET_BYTES);
        struct decode_limits limits = {SIZE_MAX, SIZE_MAX, &budget};
        struct decode_problems *problems = &fixture->problems;
        decode_problems_init(problems, &fixture->arena);
        problems->limits = &limits;
        size_t before = fixture->arena.used_bytes;
        fixture_decode(fixture, rows[i].id, VERSION_V1BETA, body);
        size_t taken = fixture->arena.used_bytes - before;
        assert_int_equal(problems->excess, DECODE_FITS);
        assert_int_equal(budget_used(&budget), problems->held_bytes);
        assert_true(problems->held_bytes + BODY_DECODED_FREE_BYTES >= taken);
        budget_give(&budget, problems->held_bytes);

        /* With half of what it needs, for this body or for all, it is refused. */
        limits.bytes_max = body.len / 2;
        decode_problems_init(problems, &fixture->arena);
        problems->limits = &limits;
        fixture_decode(fixture, rows[i].id, VERSION_V1BETA, body);
        assert_int_equal(problems->excess, DECODE_TOO_LARGE);
        assert_int_equal(budget_used(&budget), problems->held_bytes);
        budget_give(&budget, problems->held_bytes);

        limits.bytes_max = SIZE_MAX;
        assert_true(budget_take(&budget, BUDGET_BYTES));
        decode_problems_init(problems, &fixture->arena);
        problems->limits = &limits;
        fixture_decode(fixture, rows[i].id, VERSION_V1BETA, body);
        if (body.len > BODY_DECODED_FREE_BYTES || taken > BODY_DECODED_FREE_BYTES)
            assert_int_equal(problems->excess, DECODE_NO_ROOM);
        assert_int_equal(problems->held_bytes, 0);
    }
}

static void a_small_body_needs_nothing_of_the_budget(void **state)
{
    struct fixture *fixture = *state;
    struct budget budget;
    budget_init(&budget, 1);
    struct decode_limits limits = {SIZE_MAX, SIZE_MAX, &budget};
    fixture->problems.limits = &limits;
    fixture_decode_well(
        fixture, MESSAGE_GenerateContentRequest, TEXT("{contents:[{parts:[{text:'1'}]}]}"));
    assert_int_equal(budget_used(&budget), 0);
}

static void what_is_quoted_of_a_body_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 100000 };
    static const struct {
        enum message_id id;
        const char *start, *end;
    } rows[] = {
        {MESSAGE_TunedModel, "{temperature:'", "'}"},
        {MESSAGE_TunedModel, "{createTime:'", "Z'}"},
        {MESSAGE_TunedModel, "{temperature:'\\0", "'}"},
        {MESSAGE_TunedModel, "{'", "':1}"},
        {MESSAGE_ErrorInfo, "{metadata:{'", "':[]}}"},
        {MESSAGE_Operation, "{metadata:{'@type':'", "'}}"},
        {MESSAGE_Operation, "{metadata:{'@type':'type.googleapis.com/", "'}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text body = repeated_item(fixture, rows[i].start, "\xc3\xa9", COUNT, rows[i].end);
        decode_problems_init(&fixture->problems, &fixture->arena);
        fixture_decode(fixture, rows[i].id, VERSION_V1BETA, body);
        struct text text = decode_problems_text(&fixture->problems);
        assert_int_equal(fixture->problems.violation_count, 1);
        assert_true(text.len > QUOTE_BYTES_MAX && text.len < 2 * QUOTE_BYTES_MAX + 200);
        assert_true(text_find(text, TEXT("\xc3\xa9...")) < text.len);
        assert_true(text_is_utf8(text, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decode_test(text_keeps_its_true_length),
        decode_test(text_outlives_the_body),
        decode_test(values_have_the_types_of_their_fields),
        decode_test(bytes_are_decoded),
        decode_test(free_form_fields_are_compact_json),
        decode_test(fields_are_those_of_the_version),
        decode_test(types_are_named_with_the_version),
        decode_test(an_any_has_the_version_of_its_type),
        decode_test(durations_of_the_emulator_have_units),
        decode_test(durations_of_the_service_are_seconds),
        decode_test(violations_are_bounded),
        decode_test(a_flood_of_problems_takes_little_memory),
        decode_test(a_flood_in_a_list_or_map_ends_early),
        decode_test(a_body_of_too_many_values_is_not_read),
        decode_test(what_a_body_takes_is_bounded_and_counted),
        decode_test(a_small_body_needs_nothing_of_the_budget),
        decode_test(what_is_quoted_of_a_body_is_bounded),
        decode_test(a_syntax_error_stands_alone),
        decode_test(problems_are_copied),
        decode_test(names_with_nul_are_quoted_whole),
        decode_test(values_with_nul_are_quoted_whole),
        decode_test(a_map_of_many_keys_is_read),
        decode_test(parameters_are_taken_in_either_spelling),
        decode_test(parameters_that_do_not_fit_are_problems),
        decode_test(parameters_without_bytes_are_empty),
        decode_test(messages_are_no_parameters),
        decode_test(repeated_parameters_add_items),
        decode_test(an_optional_parameter_is_given_once),
    };
    return cmocka_run_group_tests_name("json decode", tests, NULL, NULL);
}
