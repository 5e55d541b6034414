/* Lists that are not there as a whole, and texts that find no room. */
#include "tests/lib/unit.h"

#include "base/array.h"
#include "server/json/write.h"

struct fixture {
    struct arena arena;
    struct buf out;
};

static int setup(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    buf_init(&fixture.out);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    buf_release(&fixture->out);
    return 0;
}

static struct message *make(struct fixture *fixture, enum message_id id)
{
    return message_new(&fixture->arena, id, VERSION_V1BETA);
}

static void assert_compact(
    struct fixture *fixture, const struct message *message, const char *expected)
{
    buf_clear(&fixture->out);
    json_write(&fixture->out, message, &(struct json_style){.layout = JSON_COMPACT});
    assert_string_equal(fixture->out.data, expected);
}

enum { MADE_COUNT = 1000 };

static void fill_snapshot(void *context, size_t index, struct message *item)
{
    const int *step = context;
    message_set_int(item, TuningSnapshot_step, *step + (int64_t)index);
    if (index % 2)
        message_set_int(item, TuningSnapshot_epoch, 7);
}

static void made_items_are_printed_like_others(void **state)
{
    struct fixture *fixture = *state;
    static int first = 5;
    struct message *task = make(fixture, MESSAGE_TuningTask);
    message_set_made(task, TuningTask_snapshots, 0, fill_snapshot, &first);
    assert_false(message_has(task, TuningTask_snapshots));
    message_set_made(task, TuningTask_snapshots, 3, fill_snapshot, &first);
    assert_int_equal(message_count(task, TuningTask_snapshots), 3);
    assert_compact(
        fixture, task, "{\"snapshots\":[{\"step\":5},{\"step\":6,\"epoch\":7},{\"step\":7}]}");
}

static void made_items_take_no_memory(void **state)
{
    struct fixture *fixture = *state;
    static int first = 1;
    struct message *task = make(fixture, MESSAGE_TuningTask);
    size_t before = fixture->arena.used_bytes;
    message_set_made(task, TuningTask_snapshots, 1000000, fill_snapshot, &first);
    assert_in_range(fixture->arena.used_bytes - before, 1, 1024);
}

static void a_list_written_item_by_item_is_the_same_text(void **state)
{
    struct fixture *fixture = *state;
    static const char *const masks[] = {
        NULL, "permissions.name", "nextPageToken", "permissions(role),nextPageToken", "*"};
    for (int count = 0; count < 3; count++)
        for (int layout = JSON_PRETTY; layout <= JSON_EVENT; layout++)
            for (size_t i = 0; i < 2 * ARRAY_COUNT(masks); i++) {
                struct json_style style = {.layout = (enum json_layout)layout};
                struct text problem;
                struct message *rest = make(fixture, MESSAGE_ListPermissionsResponse);
                struct message *whole = make(fixture, MESSAGE_ListPermissionsResponse);
                if (masks[i / 2])
                    assert_true(json_mask_parse(text_of(masks[i / 2]), rest->type, VERSION_V1BETA,
                        &fixture->arena, &style.mask, &problem));
                struct buf expected = BUF_INIT, written = BUF_INIT;
                struct json_list list;
                json_list_begin(&list, &written, rest, ListPermissionsResponse_permissions, &style);
                for (int k = 0; k < count; k++) {
                    struct message *item = make(fixture, MESSAGE_Permission);
                    message_set_text(item, Permission_name, TEXT("x"));
                    message_set_int(item, Permission_role, Permission_Role_READER);
                    json_list_add(&list, item);
                    message_add_message(whole, ListPermissionsResponse_permissions, item);
                }
                if (i % 2) {
                    message_set_text(rest, ListPermissionsResponse_next_page_token, TEXT("t"));
                    message_set_text(whole, ListPermissionsResponse_next_page_token, TEXT("t"));
                }
                json_list_end(&list, rest);
                json_write(&expected, whole, &style);
                assert_string_equal(written.data, expected.data);
                buf_release(&expected);
                buf_release(&written);
            }
}

static void a_text_that_is_refused_more_memory_ends_soon(void **state)
{
    struct fixture *fixture = *state;
    enum { ROOM_BYTES = 200000 };
    static int first = 1;
    struct budget budget;
    budget_init(&budget, ROOM_BYTES);
    struct share share = {.budget = &budget};
    struct json_style style = {.layout = JSON_PRETTY, .share = &share};
    struct message *task = make(fixture, MESSAGE_TuningTask);
    message_set_made(task, TuningTask_snapshots, MADE_COUNT, fill_snapshot, &first);
    json_write(&fixture->out, task, &style);
    assert_false(share.is_refused);
    assert_true(share.taken >= fixture->out.len);
    share_release(&share);
    assert_int_equal(budget_used(&budget), 0);

    /* What is plainly too long is not begun. */
    struct message *long_task = make(fixture, MESSAGE_TuningTask);
    message_set_made(long_task, TuningTask_snapshots, 1000 * MADE_COUNT, fill_snapshot, &first);
    buf_clear(&fixture->out);
    json_write(&fixture->out, long_task, &style);
    assert_true(share.is_refused);
    assert_true(fixture->out.len < 1000);
    share_release(&share);

    struct message *grown_task = make(fixture, MESSAGE_TuningTask);
    for (size_t i = 0; i < 100 * MADE_COUNT; i++)
        fill_snapshot(&first, i, message_add_child(grown_task, TuningTask_snapshots));
    buf_clear(&fixture->out);
    json_write(&fixture->out, grown_task, &style);
    assert_true(share.is_refused);
    assert_true(fixture->out.len < ROOM_BYTES);
    assert_true(fixture->out.len > ROOM_BYTES / 4);
    share_release(&share);
}

static void a_short_text_asks_for_no_memory(void **state)
{
    struct fixture *fixture = *state;
    static int first = 1;
    struct budget budget;
    budget_init(&budget, 0);
    struct share share = {.budget = &budget};
    struct json_style style = {.layout = JSON_PRETTY, .share = &share};
    struct message *task = make(fixture, MESSAGE_TuningTask);
    message_set_made(task, TuningTask_snapshots, 40, fill_snapshot, &first);
    json_write(&fixture->out, task, &style);
    assert_false(share.is_refused);
}

#define LIST_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIST_TEST(made_items_are_printed_like_others),
        LIST_TEST(made_items_take_no_memory),
        LIST_TEST(a_list_written_item_by_item_is_the_same_text),
        LIST_TEST(a_text_that_is_refused_more_memory_ends_soon),
        LIST_TEST(a_short_text_asks_for_no_memory),
    };
    return cmocka_run_group_tests_name("json write list", tests, NULL, NULL);
}
