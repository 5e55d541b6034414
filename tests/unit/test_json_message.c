#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/wait.h>

#include "server/json/message.h"
#include "tests/lib/child.h"

static void a_new_message_has_nothing_set(void **state)
{
    for (unsigned i = 0; i < MESSAGE_COUNT; i++) {
        struct message *message = message_new(*state, (enum message_id)i, VERSION_V1BETA3);
        assert_true(message_is(message, (enum message_id)i));
        assert_false(message_is(message, (enum message_id)((i + 1) % MESSAGE_COUNT)));
        assert_int_equal(message->version, VERSION_V1BETA3);
        for (unsigned j = 0; j < message->type->field_count; j++)
            assert_false(message_has(message, j));
    }
}

static void getters_of_unset_fields_give_defaults(void **state)
{
    const struct message *candidate = message_new(*state, MESSAGE_Candidate, VERSION_V1BETA);
    assert_int_equal(message_text(candidate, Candidate_finish_message).len, 0);
    assert_int_equal(message_int(candidate, Candidate_index), 0);
    assert_true(message_double(candidate, Candidate_avg_logprobs) == 0.0);
    assert_null(message_child(candidate, Candidate_content));
    assert_int_equal(message_count(candidate, Candidate_safety_ratings), 0);

    const struct message *model = message_new(*state, MESSAGE_Model, VERSION_V1BETA);
    assert_false(message_bool(model, Model_thinking));
    assert_true(message_float(model, Model_temperature) == 0.0F);
}

static void values_come_back_as_they_were_set(void **state)
{
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_text(model, TunedModel_name, TEXT("tunedModels/a\0b"));
    message_set_int(model, TunedModel_state, TunedModel_State_FAILED);
    message_set_int(model, TunedModel_create_time, INT64_MIN);
    message_set_float(model, TunedModel_temperature, -0.5F);
    assert_int_equal(message_text(model, TunedModel_name).len, 15);
    assert_int_equal(message_int(model, TunedModel_state), 3);
    assert_true(message_int(model, TunedModel_create_time) == INT64_MIN);
    assert_true(message_float(model, TunedModel_temperature) == -0.5F);

    message_set_text(model, TunedModel_name, TEXT(""));
    assert_true(message_has(model, TunedModel_name));
    message_clear(model, TunedModel_name);
    assert_false(message_has(model, TunedModel_name));
    assert_int_equal(message_text(model, TunedModel_name).len, 0);
    assert_true(message_has(model, TunedModel_state));
}

static void an_empty_text_is_not_set_by_the_careful_setter(void **state)
{
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_text_if(model, TunedModel_display_name, TEXT(""));
    message_set_text_if(model, TunedModel_base_model, (struct text){NULL, 0});
    assert_false(message_has(model, TunedModel_display_name));
    assert_false(message_has(model, TunedModel_base_model));
    message_set_text_if(model, TunedModel_display_name, TEXT("x"));
    assert_text(message_text(model, TunedModel_display_name), "x");
}

static void setting_a_member_of_a_oneof_clears_the_others(void **state)
{
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_text(model, TunedModel_display_name, TEXT("name"));
    message_set_text(model, TunedModel_base_model, TEXT("models/m"));
    message_make_child(model, TunedModel_tuned_model_source);
    assert_false(message_has(model, TunedModel_base_model));
    assert_true(message_has(model, TunedModel_tuned_model_source));
    message_set_text(model, TunedModel_base_model, TEXT(""));
    assert_true(message_has(model, TunedModel_base_model));
    assert_false(message_has(model, TunedModel_tuned_model_source));
    assert_text(message_text(model, TunedModel_display_name), "name");

    /* Two oneofs of one message do not touch each other. */
    struct message *part = message_new(*state, MESSAGE_Part, VERSION_V1BETA);
    message_set_text(part, Part_text, TEXT("a"));
    message_make_child(part, Part_video_metadata);
    assert_true(message_has(part, Part_text));
}

static void children_are_made_once_and_speak_their_parents_version(void **state)
{
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA3);
    struct message *task = message_make_child(model, TunedModel_tuning_task);
    assert_true(message_is(task, MESSAGE_TuningTask));
    assert_int_equal(task->version, VERSION_V1BETA3);
    assert_ptr_equal(message_make_child(model, TunedModel_tuning_task), task);
    assert_ptr_equal(message_child(model, TunedModel_tuning_task), task);
    struct message *snapshot = message_add_child(task, TuningTask_snapshots);
    assert_int_equal(snapshot->version, VERSION_V1BETA3);
}

static void an_any_holds_a_message_of_another_type_and_version(void **state)
{
    struct message *operation = message_new(*state, MESSAGE_Operation, VERSION_V1);
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_message(operation, Operation_response, model);
    assert_ptr_equal(message_child(operation, Operation_response), model);
    message_make_child(operation, Operation_error);
    assert_false(message_has(operation, Operation_response));
}

static void lists_keep_order_while_they_grow(void **state)
{
    enum { COUNT = 1000 };
    struct message *list = message_new(*state, MESSAGE_ListTunedModelsResponse, VERSION_V1BETA);
    struct message *embedding = message_new(*state, MESSAGE_ContentEmbedding, VERSION_V1BETA);
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    struct message *added[COUNT];
    for (int i = 0; i < COUNT; i++) {
        added[i] = message_add_child(list, ListTunedModelsResponse_tuned_models);
        message_add_float(embedding, ContentEmbedding_values, (float)i / 2);
        message_add_int(model, TunedModel_reader_project_numbers, INT64_MAX - i);
    }
    assert_int_equal(message_count(list, ListTunedModelsResponse_tuned_models), COUNT);
    const struct list *floats = embedding->values[ContentEmbedding_values].list;
    assert_int_equal(floats->count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        size_t at = (size_t)i;
        assert_ptr_equal(
            message_child_at(list, ListTunedModelsResponse_tuned_models, at), added[i]);
        assert_true(floats->items[i].real32 == (float)i / 2);
        assert_true(message_int_at(model, TunedModel_reader_project_numbers, at) == INT64_MAX - i);
    }
    message_clear(list, ListTunedModelsResponse_tuned_models);
    assert_int_equal(message_count(list, ListTunedModelsResponse_tuned_models), 0);
    message_add_message(list, ListTunedModelsResponse_tuned_models, added[7]);
    assert_int_equal(message_count(list, ListTunedModelsResponse_tuned_models), 1);
}

static void an_empty_message_takes_little_however_many_fields_it_has(void **state)
{
    struct arena *arena = *state;
    size_t before = arena->used_bytes;
    struct message *schema = message_new(arena, MESSAGE_Schema, VERSION_V1BETA);
    assert_true(arena->used_bytes - before <= 64);
    assert_text(message_text(schema, Schema_title), "");
    assert_false(message_has(schema, Schema_title));
    message_set_text(schema, Schema_title, TEXT("t"));
    assert_text(message_text(schema, Schema_title), "t");
}

static void a_copy_is_changed_alone(void **state)
{
    static const enum message_id ids[] = {MESSAGE_TunedModel, MESSAGE_Permission};
    static const unsigned fields[] = {TunedModel_name, Permission_name};
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        struct message *message = message_new(*state, ids[i], VERSION_V1BETA);
        struct message *early = message_copy(*state, message);
        message_set_text(message, fields[i], TEXT("a"));
        struct message *copy = message_copy(*state, message);
        message_set_text(copy, fields[i], TEXT("b"));
        assert_text(message_text(message, fields[i]), "a");
        assert_text(message_text(copy, fields[i]), "b");
        assert_false(message_has(early, fields[i]));
    }
}

static void a_list_that_is_expected_grows_all_the_same(void **state)
{
    struct message *model = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    message_expect_items(model, TunedModel_reader_project_numbers, 2);
    for (int i = 0; i < 10; i++)
        message_add_int(model, TunedModel_reader_project_numbers, i);
    message_expect_items(model, TunedModel_reader_project_numbers, 2);
    assert_int_equal(message_count(model, TunedModel_reader_project_numbers), 10);
    assert_int_equal(message_int_at(model, TunedModel_reader_project_numbers, 9), 9);
}

static void maps_count_pairs_and_keep_order(void **state)
{
    struct message *info = message_new(*state, MESSAGE_ErrorInfo, VERSION_V1);
    assert_int_equal(message_count(info, ErrorInfo_metadata), 0);
    message_add_pair(info, ErrorInfo_metadata, TEXT("z"), TEXT("1"));
    message_add_pair(info, ErrorInfo_metadata, TEXT("a"), TEXT(""));
    message_add_pair(info, ErrorInfo_metadata, TEXT("m"), TEXT("3"));
    assert_int_equal(message_count(info, ErrorInfo_metadata), 3);
    const struct list *list = info->values[ErrorInfo_metadata].list;
    assert_text(list->items[0].text, "z");
    assert_text(list->items[3].text, "");
    assert_text(list->items[4].text, "m");
}

/* Each of these is a bug of the caller. */

static void bug_reads_a_text_as_a_number(void *message)
{
    message_int(message, TunedModel_name);
}

static void bug_sets_a_float_as_a_double(void *message)
{
    message_set_double(message, TunedModel_temperature, 1.0);
}

static void bug_reads_a_list_as_a_single_value(void *message)
{
    message_int(message, TunedModel_reader_project_numbers);
}

static void bug_adds_to_a_single_value(void *message)
{
    message_add_int(message, TunedModel_top_k, 1);
}

static void bug_names_a_field_that_is_not_there(void *message)
{
    message_has(message, TunedModel_FIELD_COUNT);
}

static void bug_reads_behind_the_end_of_a_list(void *message)
{
    message_int_at(message, TunedModel_reader_project_numbers, 0);
}

static void bug_sets_no_child(void *message)
{
    message_set_message(message, TunedModel_tuning_task, NULL);
}

static void wrong_use_ends_the_process(void **state)
{
    static void (*const bugs[])(void *) = {
        bug_reads_a_text_as_a_number,
        bug_sets_a_float_as_a_double,
        bug_reads_a_list_as_a_single_value,
        bug_adds_to_a_single_value,
        bug_names_a_field_that_is_not_there,
        bug_reads_behind_the_end_of_a_list,
        bug_sets_no_child,
    };
    struct message *message = message_new(*state, MESSAGE_TunedModel, VERSION_V1BETA);
    for (size_t i = 0; i < ARRAY_COUNT(bugs); i++) {
        char text[4096];
        int status = child_run(bugs[i], message, text, sizeof(text));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_new_message_has_nothing_set),
        unit_test_with_arena(getters_of_unset_fields_give_defaults),
        unit_test_with_arena(values_come_back_as_they_were_set),
        unit_test_with_arena(an_empty_text_is_not_set_by_the_careful_setter),
        unit_test_with_arena(setting_a_member_of_a_oneof_clears_the_others),
        unit_test_with_arena(children_are_made_once_and_speak_their_parents_version),
        unit_test_with_arena(an_any_holds_a_message_of_another_type_and_version),
        unit_test_with_arena(lists_keep_order_while_they_grow),
        unit_test_with_arena(an_empty_message_takes_little_however_many_fields_it_has),
        unit_test_with_arena(a_copy_is_changed_alone),
        unit_test_with_arena(a_list_that_is_expected_grows_all_the_same),
        unit_test_with_arena(maps_count_pairs_and_keep_order),
        unit_test_with_arena(wrong_use_ends_the_process),
    };
    return cmocka_run_group_tests_name("json_message", tests, NULL, NULL);
}
