#include "server/space/space.h"

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/space/journal.h"
#include "tests/lib/loopback.h"
#include "tests/lib/store_kit.h"
#include "tests/lib/unit.h"

static void the_default_space_is_there_and_begins_as_set(void **state)
{
    (void)state;
    const struct space_settings settings = {
        .clock = {.mode = CLOCK_MODE_FROZEN, .has_start = true, .start_ns = 5 * NS_PER_SECOND},
        .dials = {.seed = 7,
            .step_ns = NS_PER_SECOND,
            .stream_pace = {.between_tokens = {.low_ns = NS_PER_MS}}},
    };
    struct spaces *spaces = spaces_new(&settings, 3);
    struct space *space = spaces_default(spaces);
    assert_non_null(space);
    assert_ptr_equal(spaces_default(spaces), space);
    assert_true(text_equals_string(space->name, "default"));
    assert_int_equal(space->number, SPACE_DEFAULT);
    struct dials dials = dials_get(&space->dials);
    assert_int_equal(dials.seed, 7);
    assert_int_equal(dials.step_ns, NS_PER_SECOND);
    assert_int_equal(dials.stream_pace.between_tokens.low_ns, NS_PER_MS);
    assert_int_equal(clock_now_ns(&space->clock), 5 * NS_PER_SECOND);
    assert_non_null(space->faults);
    spaces_free(spaces);
    spaces_free(NULL);
}

static void a_name_leads_to_one_space_until_it_is_removed(void **state)
{
    (void)state;
    const struct space_settings settings = {.dials = {.seed = 7}};
    struct spaces *spaces = spaces_new(&settings, 3);
    struct space *one, *same, *other, *none;
    assert_int_equal(spaces_take(spaces, TEXT("one"), false, &none), SPACES_MISSING);
    assert_int_equal(spaces_take(spaces, TEXT("one"), true, &one), SPACES_MADE);
    assert_int_equal(spaces_take(spaces, TEXT("one"), true, &same), SPACES_FOUND);
    assert_ptr_equal(one, same);
    assert_false(one->is_ready);
    assert_int_equal(spaces_take(spaces, TEXT("two"), true, &other), SPACES_MADE);
    assert_int_equal(spaces_take(spaces, TEXT("three"), true, &none), SPACES_FULL);
    assert_int_equal(spaces_take(spaces, SPACE_DEFAULT_NAME, false, &none), SPACES_FOUND);
    assert_ptr_equal(none, spaces_default(spaces));
    assert_int_equal(spaces_count(spaces), 3);
    assert_true(spaces_remove(spaces, one));
    assert_false(spaces_remove(spaces, one));
    assert_true(one->is_gone);
    space_drop(same);
    /* It is there as long as somebody has it, and its number is never used again. */
    assert_int_equal(spaces_take(spaces, TEXT("one"), true, &same), SPACES_MADE);
    assert_int_not_equal(same->number, one->number);
    space_drop(one);
    space_drop(same);
    space_drop(other);
    spaces_free(spaces);
}

static void what_nobody_has_is_freed_by_the_next_call_of_whatever_space(void **state)
{
    (void)state;
    const struct space_settings settings = {.journal_max = 10};
    const struct journal_record record = {.texts = {[JOURNAL_PATH] = TEXT("/")}};
    struct spaces *spaces = spaces_new(&settings, 3);
    struct journals_sizes sizes;
    struct space *space;
    assert_int_equal(spaces_take(spaces, TEXT("one"), true, &space), SPACES_MADE);
    journal_add(space->journal, &record);
    spaces_remove(spaces, space);
    space_drop(space);
    assert_int_equal(spaces_take(spaces, SPACE_DEFAULT_NAME, true, &space), SPACES_FOUND);
    spaces_measure_journals(spaces, &sizes);
    assert_int_equal(sizes.entries, 0);
    assert_int_equal(sizes.bytes, 0);
    spaces_free(spaces);
}

static void names_are_short_and_visible(void **state)
{
    (void)state;
    char longest[SPACE_NAME_BYTES_MAX + 2] = {0};
    memset(longest, 'x', sizeof(longest) - 1);
    assert_true(space_name_is_good(TEXT("tests/a.py::test_one[x-1]")));
    assert_false(space_name_is_good(TEXT("")));
    assert_false(space_name_is_good(TEXT("a b")));
    assert_false(space_name_is_good(TEXT("a\x7f")));
    assert_false(space_name_is_good(TEXT("\xc3\xa9")));
    assert_false(space_name_is_good(text_of(longest)));
    assert_true(space_name_is_good(text_of(longest + 1)));
}

/* Puts a model with the id of one that the requests may make into another namespace. */
static void put_elsewhere(struct loopback *loopback, const char *id)
{
    struct store_write write = store_kit_create(id, "examples");
    write.namespace_id = SPACE_DEFAULT + 1;
    write.model.fixed_state = TunedModel_State_ACTIVE;
    assert_int_equal(store_write_and_wait(loopback->app.store, &write), STORE_OK);
}

static void what_another_namespace_has_is_neither_seen_nor_changed(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *target, *body;
    } rows[] = {
        {"GET", "/v1beta/tunedModels/one", NULL},
        {"PATCH", "/v1beta/tunedModels/one", "{\"displayName\":\"x\"}"},
        {"DELETE", "/v1beta/tunedModels/one", NULL},
        {"GET", "/v1beta/tunedModels/one/operations", NULL},
        {"GET", "/v1beta/tunedModels/one/operations/one", NULL},
        {"POST", "/v1/tunedModels/one/operations/one:cancel", "{}"},
        {"POST", "/v1beta/tunedModels/one:cancel", "{}"},
        {"GET", "/v1beta/tunedModels/one/permissions", NULL},
        {"POST", "/v1beta/tunedModels/one/permissions",
            "{\"role\":\"READER\",\"granteeType\":\"EVERYONE\"}"},
        {"POST", "/v1beta/tunedModels/one:transferOwnership", "{\"emailAddress\":\"a@b.c\"}"},
        {"POST", "/v1beta/tunedModels/one:generateContent",
            "{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    put_elsewhere(&loopback, "one");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, rows[i].verb, rows[i].target, rows[i].body);
        if (loopback.status != 404 && loopback.status != 403)
            fail_msg("%s %s: %d", rows[i].verb, rows[i].target, loopback.status);
    }
    static const char *const lists[] = {"/v1beta/tunedModels", "/v1/operations"};
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        loopback_send(&loopback, "GET", lists[i], NULL);
        assert_body(&loopback, "{}\n");
    }
    assert_int_equal(store_kit_count_models(store_get_reader(loopback.app.store, 0), 1), 1);
    loopback_stop(&loopback);
}

static void the_id_of_another_namespace_is_free_here(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    put_elsewhere(&loopback, "one");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=one",
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\"}");
    assert_status(&loopback, 200);
    loopback_send(&loopback, "DELETE", "/v1beta/tunedModels/one", NULL);
    assert_status(&loopback, 200);
    assert_int_equal(store_kit_count_models(store_get_reader(loopback.app.store, 0), 1), 1);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_space_is_there_and_begins_as_set),
        cmocka_unit_test(a_name_leads_to_one_space_until_it_is_removed),
        cmocka_unit_test(what_nobody_has_is_freed_by_the_next_call_of_whatever_space),
        cmocka_unit_test(names_are_short_and_visible),
        cmocka_unit_test(what_another_namespace_has_is_neither_seen_nor_changed),
        cmocka_unit_test(the_id_of_another_namespace_is_free_here),
    };
    return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
