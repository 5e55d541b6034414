/* Tuning jobs among the models: lists, counts, and what a patch changes of them. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "store/store.h"
#include "tests/lib/store_kit.h"

static struct store_kit_file place;

static int open_place(void **state)
{
    (void)state;
    store_kit_file_begin(&place, 1);
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    assert_true(store_kit_file_end(&place));
    return 0;
}

static void create(int64_t namespace_id, const char *id)
{
    struct store_write write = store_kit_create(id, "examples");
    write.namespace_id = namespace_id;
    if (text_starts_with(write.model.id, TEXT("tuningJobs/"))) {
        write.model.kind = STORE_TUNING_JOB;
        write.operation.id = write.permission.id = TEXT("");
    }
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
}

static void copy(int64_t source_namespace_id, int64_t namespace_id)
{
    struct store_write write = {.kind = STORE_COPY_NAMESPACE,
        .namespace_id = namespace_id,
        .source_namespace_id = source_namespace_id};
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
}

struct listing {
    struct buf ids;
    int wanted; /* how many more */
    int64_t last_seq;
};

static bool add_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct listing *listing = context;
    buf_printf(&listing->ids, "%.*s ", TEXT_ARGS(model->id));
    listing->last_seq = model->seq;
    return --listing->wanted > 0;
}

/* Lists in pages of this size. */
static void assert_list(
    int64_t namespace_id, enum store_kind kind, int page_size, const char *expected)
{
    struct listing listing = {.ids = BUF_INIT};
    struct store_list list = {.namespace_id = namespace_id, .kind = kind};
    do {
        listing.wanted = page_size;
        assert_int_equal(store_read_begin(place.reader), STORE_OK);
        assert_int_equal(store_list_models(place.reader, &list, add_model, &listing), STORE_OK);
        store_read_end(place.reader);
        list.after_seq = listing.last_seq;
    } while (listing.wanted == 0);
    assert_text(buf_text(&listing.ids), expected);
    buf_release(&listing.ids);
}

static void jobs_are_listed_from_the_newest_on_and_models_apart(void **state)
{
    (void)state;
    create(0, "first");
    create(0, "tuningJobs/1");
    create(0, "second");
    create(0, "tuningJobs/2");
    create(0, "tuningJobs0"); /* a model's id that comes right behind those of jobs */
    create(0, "tuningJobs/3");
    create(7, "tuningJobs/4");
    for (int page_size = 1; page_size <= 4; page_size++) {
        assert_list(0, STORE_TUNING_JOB, page_size, "tuningJobs/3 tuningJobs/2 tuningJobs/1 ");
        assert_list(0, STORE_TUNED_MODEL, page_size, "first second tuningJobs0 ");
        assert_list(7, STORE_TUNING_JOB, page_size, "tuningJobs/4 ");
        assert_list(7, STORE_TUNED_MODEL, page_size, "");
    }
}

/* A list goes on where it was after each piece of rows. */
static void long_lists_leave_nobody_out(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    char id[32];
    struct buf jobs = BUF_INIT;
    for (int i = 0; i < COUNT; i++) {
        snprintf(id, sizeof(id), "tuningJobs/%d", i);
        create(0, id);
    }
    create(0, "last");
    for (int i = COUNT - 1; i >= 0; i--)
        buf_printf(&jobs, "tuningJobs/%d ", i);
    buf_add_byte(&jobs, '\0');
    assert_list(0, STORE_TUNING_JOB, 1000, jobs.data);
    assert_list(0, STORE_TUNED_MODEL, 1000, "last ");
    buf_release(&jobs);
}

static void assert_counts(int64_t namespace_id, int models, int jobs)
{
    assert_int_equal(store_count_models(place.store, namespace_id), models);
    assert_int_equal(store_count_jobs(place.store, namespace_id), jobs);
}

static void jobs_are_counted_apart(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("one"));
    store_name_namespace(place.store, 2, TEXT("a snapshot"));
    create(0, "first");
    create(1, "tuningJobs/1");
    create(1, "tuningJobs/2");
    create(1, "second");
    copy(1, 2);
    assert_counts(1, 1, 2);
    assert_counts(2, 1, 2);
    struct store_write write = store_kit_write(STORE_DELETE_MODEL, "tuningJobs/1");
    write.namespace_id = 1;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_counts(1, 1, 1);
    assert_int_equal(store_count_all_models(place.store), 2);
    assert_int_equal(store_count_all_jobs(place.store), 1);
    copy(2, 1);
    assert_counts(1, 1, 2);
    store_kit_file_reopen(&place, NULL);
    assert_counts(0, 1, 0);
    assert_counts(1, 1, 2);
    assert_counts(2, 0, 0); /* snapshots end with the process */
    assert_int_equal(store_count_all_models(place.store), 2);
    assert_int_equal(store_count_all_jobs(place.store), 2);
    write = store_kit_write(STORE_CLEAR_NAMESPACE, "");
    write.namespace_id = 1;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_counts(1, 0, 0);
    assert_int_equal(store_count_all_jobs(place.store), 0);
    create(1, "tuningJobs/1");
    assert_counts(1, 0, 1);
}

static bool is_not_removed(const struct store_model *model, void *context)
{
    struct store_write *write = context;
    write->model.default_checkpoint = model->default_checkpoint + 1;
    return text_is_empty(model->removed);
}

static void a_patch_changes_what_it_names_if_its_condition_holds(void **state)
{
    (void)state;
    create(0, "tuningJobs/1");
    struct store_write write = store_kit_write(STORE_PATCH_MODEL, "tuningJobs/1");
    write.patch = STORE_PATCH_MODEL_NAME | STORE_PATCH_DEFAULT_CHECKPOINT | STORE_PATCH_REMOVED;
    write.model.model_name = TEXT("name");
    write.model.model_text = TEXT("not asked for");
    write.model.removed = TEXT("gone");
    write.condition.holds = is_not_removed;
    write.condition.context = &write;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    struct store_model model;
    assert_int_equal(
        store_kit_find_model(place.reader, 0, "tuningJobs/1", &place.arena, &model), STORE_OK);
    assert_text(model.model_name, "name");
    assert_text(model.model_text, "");
    assert_text(model.removed, "gone");
    assert_int_equal(model.default_checkpoint, 1);
    write.patch = STORE_PATCH_MODEL_TEXT;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_REFUSED);
    assert_int_equal(
        store_kit_find_model(place.reader, 0, "tuningJobs/1", &place.arena, &model), STORE_OK);
    assert_text(model.model_text, "");
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(jobs_are_listed_from_the_newest_on_and_models_apart),
        place_test(long_lists_leave_nobody_out),
        place_test(jobs_are_counted_apart),
        place_test(a_patch_changes_what_it_names_if_its_condition_holds),
    };
    return cmocka_run_group_tests_name("store_jobs", tests, NULL, NULL);
}
