#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/contract/limits.h"
#include "server/json/mask.h"
#include "server/json/write.h"

static const struct json_mask *parse(
    struct arena *arena, const char *expression, enum message_id id)
{
    const struct json_mask *mask = NULL;
    struct text problem = {NULL, 0};
    if (!json_mask_parse(
            text_of(expression), &message_types[id], VERSION_V1BETA, arena, &mask, &problem))
        fail_msg("%s: %.*s", expression, TEXT_ARGS(problem));
    return mask;
}

/* A tuned model with something in every part of it. */
static struct message *make_model(struct arena *arena)
{
    struct message *model = message_new(arena, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_text(model, TunedModel_name, TEXT("n"));
    message_set_text(model, TunedModel_display_name, TEXT("d"));
    message_set_int(model, TunedModel_top_k, 1);
    message_set_int(model, TunedModel_create_time, 0);
    struct message *task = message_make_child(model, TunedModel_tuning_task);
    for (int step = 1; step <= 2; step++) {
        struct message *snapshot = message_add_child(task, TuningTask_snapshots);
        message_set_int(snapshot, TuningSnapshot_step, step);
        message_set_float(snapshot, TuningSnapshot_mean_loss, 0.5F);
    }
    struct message *parameters = message_make_child(task, TuningTask_hyperparameters);
    message_set_int(parameters, Hyperparameters_epoch_count, 5);
    message_set_int(parameters, Hyperparameters_batch_size, 2);
    return model;
}

static struct message *make_operation(struct arena *arena)
{
    struct message *operation = message_new(arena, MESSAGE_Operation, VERSION_V1BETA);
    message_set_text(operation, Operation_name, TEXT("o"));
    message_set_bool(operation, Operation_done, true);
    message_set_message(operation, Operation_response, make_model(arena));
    return operation;
}

static void assert_selected(struct arena *arena, const struct message *message,
    const char *expression, const char *expected)
{
    struct json_style style = {.layout = JSON_COMPACT};
    style.mask = parse(arena, expression, (enum message_id)(message->type - message_types));
    struct buf out = BUF_INIT;
    json_write(&out, message, &style);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void only_named_fields_are_printed(void **state)
{
    static const struct {
        const char *expression;
        const char *printed;
    } rows[] = {
        {"name", "{\"name\":\"n\"}"},
        {"display_name", "{\"displayName\":\"d\"}"},
        {"displayName,name", "{\"name\":\"n\",\"displayName\":\"d\"}"},
        {" name ,\tdisplayName\n", "{\"name\":\"n\",\"displayName\":\"d\"}"},
        {"name,name", "{\"name\":\"n\"}"},
        {"description", "{}"},
        {"createTime", "{\"createTime\":\"1970-01-01T00:00:00Z\"}"},
        {"tuningTask/hyperparameters/epochCount",
            "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5}}}"},
        {"tuning_task.hyperparameters.batch_size",
            "{\"tuningTask\":{\"hyperparameters\":{\"batchSize\":2}}}"},
        {"tuningTask(hyperparameters)",
            "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5,\"batchSize\":2}}}"},
        {"tuningTask(snapshots/step, hyperparameters(batchSize)),topK",
            "{\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}],"
            "\"hyperparameters\":{\"batchSize\":2}},\"topK\":1}"},
        {"tuningTask/snapshots(step,meanLoss)",
            "{\"tuningTask\":{\"snapshots\":[{\"step\":1,\"meanLoss\":0.5},"
            "{\"step\":2,\"meanLoss\":0.5}]}}"},
        {"tuningTask(snapshots(epoch))", "{\"tuningTask\":{\"snapshots\":[{},{}]}}"},
        {"tuningTask/startTime", "{\"tuningTask\":{}}"},
        {"tuningTask/trainingData/examples/examples/output", "{\"tuningTask\":{}}"},
    };
    const struct message *model = make_model(*state);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_selected(*state, model, rows[i].expression, rows[i].printed);
}

static void several_paths_into_one_message_are_joined(void **state)
{
    static const struct {
        const char *expression;
        const char *printed;
    } rows[] = {
        {"tuningTask/hyperparameters/epochCount,tuning_task.hyperparameters.batchSize",
            "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5,\"batchSize\":2}}}"},
        {"tuningTask/hyperparameters/epochCount,tuningTask/snapshots/step",
            "{\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}],"
            "\"hyperparameters\":{\"epochCount\":5}}}"},
        /* The whole and a part of it is the whole, in either order. */
        {"tuningTask/hyperparameters,tuningTask/hyperparameters/epochCount",
            "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5,\"batchSize\":2}}}"},
        {"tuningTask/hyperparameters/epochCount,tuningTask/hyperparameters",
            "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5,\"batchSize\":2}}}"},
    };
    const struct message *model = make_model(*state);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_selected(*state, model, rows[i].expression, rows[i].printed);
}

static void a_star_is_every_field(void **state)
{
    const struct message *model = make_model(*state);
    static const char hyperparameters[] =
        "{\"tuningTask\":{\"hyperparameters\":{\"epochCount\":5,\"batchSize\":2}}}";
    assert_selected(*state, model, "tuningTask/hyperparameters/*", hyperparameters);
    assert_selected(*state, model, "tuningTask/hyperparameters(*,epochCount)", hyperparameters);
    /* Below a star no type is known: names that a field does not have select nothing of it. */
    assert_selected(*state, model, "tuningTask/*/batch_size",
        "{\"tuningTask\":{\"snapshots\":[{},{}],\"hyperparameters\":{\"batchSize\":2}}}");
    assert_selected(*state, model, "tuningTask(*/step,hyperparameters/epochCount)",
        "{\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}],"
        "\"hyperparameters\":{\"epochCount\":5}}}");

    struct buf whole = BUF_INIT;
    json_write(&whole, model, &(struct json_style){.layout = JSON_COMPACT});
    assert_selected(*state, model, "*", whole.data);
    assert_selected(*state, model, "name,*", whole.data);
    assert_selected(*state, model, "", whole.data);
    assert_selected(*state, model, " ", whole.data);
    buf_release(&whole);
}

static void below_an_any_names_select_by_what_is_there(void **state)
{
    static const char type[] =
        "\"@type\":\"type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel\"";
    static const struct {
        const char *expression;
        const char *before;
        const char *after;
    } rows[] = {
        {"done", "{\"done\":true}", NULL},
        {"metadata", "{}", NULL},
        {"response/name", "{\"response\":{", ",\"name\":\"n\"}}"},
        {"response(display_name,topK),name", "{\"name\":\"o\",\"response\":{",
            ",\"displayName\":\"d\",\"topK\":1}}"},
        {"response/tuningTask/snapshots/step", "{\"response\":{",
            ",\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}]}}}"},
        {"response/tuningTask/hyperparameters/epochCount,response/tuningTask/snapshots/step",
            "{\"response\":{",
            ",\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}],"
            "\"hyperparameters\":{\"epochCount\":5}}}}"},
        {"response/@type", "{\"response\":{", "}}"},
        {"response/whatever/else", "{\"response\":{", "}}"},
    };
    const struct message *operation = make_operation(*state);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text expected = arena_printf(*state, "%s%s%s", rows[i].before,
            rows[i].after ? type : "", rows[i].after ? rows[i].after : "");
        assert_selected(*state, operation, rows[i].expression, expected.bytes);
    }
}

static void maps_and_free_values_are_printed_whole(void **state)
{
    struct message *info = message_new(*state, MESSAGE_ErrorInfo, VERSION_V1BETA);
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), TEXT("s"));
    message_add_pair(info, ErrorInfo_metadata, TEXT("other"), TEXT("o"));
    assert_selected(
        *state, info, "metadata/service", "{\"metadata\":{\"service\":\"s\",\"other\":\"o\"}}");
    struct message *call = message_new(*state, MESSAGE_FunctionCall, VERSION_V1BETA);
    message_set_text(call, FunctionCall_args, TEXT("{\"a\":1,\"b\":2}"));
    assert_selected(*state, call, "args(a)", "{\"args\":{\"a\":1,\"b\":2}}");
}

static void bad_expressions_are_refused_with_the_services_text(void **state)
{
    static const char unknown[] =
        "Error expanding 'fields' parameter. Cannot find matching fields for path '%s'.";
    static const struct {
        const char *expression;
        const char *path; /* NULL: malformed */
        int offset;
    } rows[] = {
        {"foo", "foo", 0},
        {"Name", "Name", 0},
        {"name,foo", "foo", 0},
        {"tuningTask/foo", "tuningTask.foo", 0},
        {"tuning_task(snapshots(step,foo))", "tuning_task.snapshots.foo", 0},
        {"name/first", "name.first", 0},
        {"createTime/seconds", "createTime.seconds", 0},
        {"state.name", "state.name", 0},
        {"@type", "@type", 0},
        {",", NULL, 0},
        {"name,", NULL, 5},
        {"name,,topK", NULL, 5},
        {"/name", NULL, 0},
        {"tuningTask/", NULL, 11},
        {"tuningTask()", NULL, 11},
        {"tuningTask(snapshots", NULL, 20},
        {"tuningTask(snapshots,", NULL, 21},
        {"tuningTask)", NULL, 10},
        {"tuningTask(snapshots))", NULL, 21},
        {"(name)", NULL, 0},
        {"name topK", NULL, 5},
        {"name;topK", NULL, 4},
        {"n\xc3\xa4me", "n", 0},
        {"nam*e", "nam", 0},
        {"**", NULL, 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct json_mask *mask = NULL;
        struct text problem = {NULL, 0};
        assert_false(json_mask_parse(text_of(rows[i].expression),
            &message_types[MESSAGE_TunedModel], VERSION_V1BETA, *state, &mask, &problem));
        assert_null(mask);
        char expected[160];
        if (rows[i].path) {
            snprintf(expected, sizeof(expected), unknown, rows[i].path);
        } else {
            snprintf(expected, sizeof(expected),
                "Error expanding 'fields' parameter. Syntax error at offset %d.", rows[i].offset);
        }
        assert_text(problem, expected);
    }
}

static void a_nul_is_no_end_of_an_expression(void **state)
{
    const struct json_mask *mask = NULL;
    struct text problem = {NULL, 0};
    assert_false(json_mask_parse(TEXT("name\0,topK"), &message_types[MESSAGE_TunedModel],
        VERSION_V1BETA, *state, &mask, &problem));
    assert_text(problem, "Error expanding 'fields' parameter. Syntax error at offset 4.");
}

static void fields_of_other_versions_are_unknown(void **state)
{
    const struct json_mask *mask = NULL;
    struct text problem = {NULL, 0};
    const struct message_type *type = &message_types[MESSAGE_TunedModel];
    assert_true(json_mask_parse(
        TEXT("readerProjectNumbers"), type, VERSION_V1BETA, *state, &mask, &problem));
    assert_false(json_mask_parse(
        TEXT("readerProjectNumbers"), type, VERSION_V1BETA3, *state, &mask, &problem));
}

/* "items" repeated so that the last one stands this deep, joined by slashes or parentheses. */
static bool parse_deep(struct arena *arena, size_t depth, bool has_parentheses)
{
    struct buf expression = BUF_INIT;
    for (size_t i = 0; i < depth; i++)
        buf_add_string(&expression, i == 0 ? "items" : has_parentheses ? "(items" : "/items");
    buf_add_repeated(&expression, ')', has_parentheses ? depth - 1 : 0);
    const struct json_mask *mask;
    struct text problem;
    bool is_parsed = json_mask_parse(buf_text(&expression), &message_types[MESSAGE_Schema],
        VERSION_V1BETA, arena, &mask, &problem);
    buf_release(&expression);
    return is_parsed;
}

static void nesting_has_a_limit(void **state)
{
    assert_true(parse_deep(*state, JSON_DEPTH_MAX, false));
    assert_true(parse_deep(*state, JSON_DEPTH_MAX, true));
    assert_false(parse_deep(*state, JSON_DEPTH_MAX + 2, false));
    assert_false(parse_deep(*state, JSON_DEPTH_MAX + 2, true));
    assert_false(parse_deep(*state, 100000, false));
    assert_false(parse_deep(*state, 100000, true));
}

static void the_number_of_names_has_a_limit(void **state)
{
    struct buf expression = BUF_INIT;
    for (int i = 0; i < 20000; i++)
        buf_printf(&expression, "%sresponse/a%d", i ? "," : "", i);
    const struct json_mask *mask;
    struct text problem;
    assert_false(json_mask_parse(buf_text(&expression), &message_types[MESSAGE_Operation],
        VERSION_V1BETA, *state, &mask, &problem));
    buf_release(&expression);
}

static void no_mask_selects_everything(void **state)
{
    (void)state;
    const struct field *field = &message_types[MESSAGE_TunedModel].fields[TunedModel_name];
    const struct json_mask *child = (const struct json_mask *)&child;
    assert_true(json_mask_selects(NULL, field, &child));
    assert_null(child);
}

static void update_masks_become_snake_case_paths(void **state)
{
    static const struct {
        struct text mask;
        size_t count;
        const char *paths[3];
    } rows[] = {
        {TEXT_INIT(""), 0, {NULL}},
        {{NULL, 0}, 0, {NULL}},
        {TEXT_INIT(" , ,,"), 0, {NULL}},
        {TEXT_INIT("displayName"), 1, {"display_name"}},
        {TEXT_INIT("display_name"), 1, {"display_name"}},
        {TEXT_INIT("displayName,description"), 2, {"display_name", "description"}},
        {TEXT_INIT(" displayName ,\ttopK\n,"), 2, {"display_name", "top_k"}},
        {TEXT_INIT("*"), 1, {"*"}},
        {TEXT_INIT("tuningTask.hyperparameters.epochCount"), 1,
            {"tuning_task.hyperparameters.epoch_count"}},
        {TEXT_INIT("role,role"), 2, {"role", "role"}},
        {TEXT_INIT("Name"), 1, {"_name"}},
        {TEXT_INIT("ABC"), 1, {"_a_b_c"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text *paths = NULL;
        assert_int_equal(update_mask_paths(rows[i].mask, *state, &paths), rows[i].count);
        for (size_t j = 0; j < rows[i].count; j++)
            assert_text(paths[j], rows[i].paths[j]);
    }
}

#define MASK_TEST(name) unit_test_with_arena(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MASK_TEST(only_named_fields_are_printed),
        MASK_TEST(several_paths_into_one_message_are_joined),
        MASK_TEST(a_star_is_every_field),
        MASK_TEST(below_an_any_names_select_by_what_is_there),
        MASK_TEST(maps_and_free_values_are_printed_whole),
        MASK_TEST(bad_expressions_are_refused_with_the_services_text),
        MASK_TEST(a_nul_is_no_end_of_an_expression),
        MASK_TEST(fields_of_other_versions_are_unknown),
        MASK_TEST(nesting_has_a_limit),
        MASK_TEST(the_number_of_names_has_a_limit),
        MASK_TEST(no_mask_selects_everything),
        MASK_TEST(update_masks_become_snake_case_paths),
    };
    return cmocka_run_group_tests_name("json_mask", tests, NULL, NULL);
}
