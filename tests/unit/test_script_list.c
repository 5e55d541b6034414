#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/contract/method.h"
#include "server/space/script_list.h"

/* The kind of these tests: a Fault message, whose `after` is its rank. It is for calls of
 * tunedModels.get alone. */
static bool kind_read(struct script_item *item, struct arena *arena, struct text *ret_problem)
{
    item->rank = message_int(item->message, Fault_after);
    item->methods = method_set_of(METHOD_TUNED_MODELS_GET);
    if (item->rank < 100)
        return true;
    *ret_problem = arena_printf(arena, "after: must be less than 100");
    return false;
}

static void kind_show(const struct script_item *item, struct message *message)
{
    message_set_int(message, Fault_after, item->rank);
}

static const struct script_kind kind = {.plural = "things",
    .item_bytes = sizeof(struct script_item),
    .count_max = 4,
    .bytes_max = 20000,
    .regex_states_max = 100,
    .match_fields = MATCH_FIELDS_FAULT,
    .id = Fault_id,
    .times = Fault_times,
    .match = Fault_match,
    .hits = Fault_hits,
    .draws = Fault_draws,
    .list = ListFaultsResponse_faults,
    .read = kind_read,
    .show = kind_show};

static const struct match_facts facts = {
    .method = METHOD_TUNED_MODELS_GET, .model = TEXT_INIT("tunedModels/x")};

struct fixture {
    struct arena arena;
    struct script_list list;
};

static void setup(struct fixture *fixture)
{
    arena_init(&fixture->arena);
    script_list_init(&fixture->list, &kind, NULL);
}

static void teardown(struct fixture *fixture)
{
    script_list_release(&fixture->list);
    arena_release(&fixture->arena);
}

/* A message of this rank; of so many times, unless they are 0. */
static struct message *make(struct fixture *fixture, int rank, int times)
{
    struct message *message = message_new(&fixture->arena, MESSAGE_Fault, VERSION_V1BETA);
    message_set_int(message, Fault_after, rank);
    if (times)
        message_set_int(message, Fault_times, times);
    return message;
}

static void add(struct fixture *fixture, int rank, int times)
{
    struct text problem;
    assert_true(script_list_add(&fixture->list, make(fixture, rank, times), &problem));
}

static void assert_refused(struct fixture *fixture, struct message *message, const char *problem)
{
    struct text found;
    assert_false(script_list_add(&fixture->list, message, &found));
    assert_text(found, problem);
}

/* The ids that are shown, of one digit each, in their order. */
static void assert_shown(struct fixture *fixture, const char *ids)
{
    struct message *answer =
        message_new(&fixture->arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    script_list_fill(&fixture->list, answer);
    assert_int_equal(message_count(answer, ListFaultsResponse_faults), strlen(ids));
    for (size_t i = 0; i < strlen(ids); i++) {
        char id[2] = {ids[i], '\0'};
        struct message *item = message_child_at(answer, ListFaultsResponse_faults, i);
        assert_text(message_text(item, Fault_id), id);
    }
}

/* What was taken, in order, and what to do with each. */
struct taking {
    bool uses, holds;
    size_t enough_count; /* to stop at */
    char ids[10];
    size_t count;
};

static bool take_one(void *context, struct script_item *item)
{
    struct taking *taking = context;
    taking->ids[taking->count++] = item->id.bytes[0];
    if (taking->holds)
        script_item_hold(item);
    else if (taking->uses)
        script_item_use(item);
    return taking->count == taking->enough_count;
}

static bool take(struct fixture *fixture, const struct match_facts *of, struct taking *taking)
{
    return script_list_take(&fixture->list, of, &fixture->arena, take_one, taking);
}

static void items_come_by_rank_and_then_by_age(void **state)
{
    (void)state;
    struct fixture fixture;
    struct taking taking = {.enough_count = 9}, first = {.enough_count = 2};
    setup(&fixture);
    add(&fixture, 0, 0);
    add(&fixture, 5, 0);
    add(&fixture, 0, 0);
    add(&fixture, 5, 0);
    assert_shown(&fixture, "2413");
    assert_false(take(&fixture, &facts, &taking));
    assert_string_equal(taking.ids, "2413");
    assert_true(take(&fixture, &facts, &first));
    assert_string_equal(first.ids, "24");
    teardown(&fixture);
}

static void items_are_for_their_methods_and_matches(void **state)
{
    (void)state;
    struct fixture fixture;
    struct match_facts other = {.method = METHOD_TUNED_MODELS_LIST};
    struct taking taking = {.enough_count = 9}, none = {.enough_count = 9};
    struct text problem;
    setup(&fixture);
    struct message *message = make(&fixture, 0, 0);
    struct message *model =
        message_make_child(message_make_child(message, Fault_match), Match_model);
    message_set_text(model, TextMatch_equals, TEXT("tunedModels/y"));
    assert_true(script_list_add(&fixture.list, message, &problem));
    add(&fixture, 0, 0);
    assert_false(take(&fixture, &facts, &taking));
    assert_string_equal(taking.ids, "2");
    assert_false(take(&fixture, &other, &none));
    assert_string_equal(none.ids, "");
    teardown(&fixture);
}

static void an_item_that_is_used_up_is_gone(void **state)
{
    (void)state;
    struct fixture fixture;
    struct taking taking = {.uses = true, .enough_count = 9};
    setup(&fixture);
    add(&fixture, 0, 1);
    add(&fixture, 0, 2);
    take(&fixture, &facts, &taking);
    assert_string_equal(taking.ids, "12");
    assert_shown(&fixture, "2");
    take(&fixture, &facts, &taking);
    assert_true(script_list_is_empty(&fixture.list));
    teardown(&fixture);
}

static void an_item_that_is_held_is_gone_unless_it_is_given_back(void **state)
{
    (void)state;
    struct fixture fixture;
    struct taking taking = {.holds = true, .enough_count = 9};
    setup(&fixture);
    add(&fixture, 0, 1);
    take(&fixture, &facts, &taking);
    assert_shown(&fixture, "");
    assert_false(script_list_is_empty(&fixture.list));
    take(&fixture, &facts, &taking);
    assert_string_equal(taking.ids, "1");
    script_list_settle(&fixture.list, 1, false);
    assert_shown(&fixture, "1");
    take(&fixture, &facts, &taking);
    assert_false(script_list_remove(&fixture.list, TEXT("2")));
    script_list_settle(&fixture.list, 1, true);
    assert_true(script_list_is_empty(&fixture.list));
    script_list_settle(&fixture.list, 1, true);
    teardown(&fixture);
}

/* Another may have the number of one that is gone. */
static void what_was_not_held_is_not_settled(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture);
    add(&fixture, 0, 1);
    script_list_settle(&fixture.list, 1, false);
    struct message *answer =
        message_new(&fixture.arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    script_list_fill(&fixture.list, answer);
    const struct message *item = message_child_at(answer, ListFaultsResponse_faults, 0);
    assert_int_equal(message_int(item, Fault_times), 1);
    assert_int_equal(message_int(item, Fault_hits), 0);
    teardown(&fixture);
}

static void items_are_refused_with_the_field_or_for_want_of_room(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture);
    assert_refused(&fixture, make(&fixture, 0, -1), "times: must be at least 1");
    assert_refused(&fixture, make(&fixture, 100, 0), "after: must be less than 100");
    struct message *large = make(&fixture, 0, 0);
    message_set_text(
        large, Fault_message, (struct text){arena_alloc(&fixture.arena, 20000), 20000});
    assert_refused(
        &fixture, large, "All things together are too large: delete some, or write less in each.");
    for (int i = 0; i < 4; i++)
        add(&fixture, 0, 0);
    assert_refused(
        &fixture, make(&fixture, 0, 0), "There are 4 things, which is the most: delete some.");
    assert_true(script_list_remove(&fixture.list, TEXT("2")));
    assert_false(script_list_remove(&fixture.list, TEXT("2")));
    add(&fixture, 0, 0);
    assert_shown(&fixture, "1345");
    assert_true(script_list_remove(&fixture.list, TEXT("")));
    teardown(&fixture);
}

static void an_item_that_was_shown_goes_on_from_there(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text problem;
    setup(&fixture);
    struct message *message = make(&fixture, 0, 0);
    message_set_text(message, Fault_id, TEXT("7"));
    message_set_int(message, Fault_hits, 3);
    assert_true(script_list_restore(&fixture.list, message, &problem));
    assert_text(message_text(message, Fault_id), "7");
    assert_int_equal(message_int(message, Fault_hits), 3);
    assert_true(script_list_add(&fixture.list, message, &problem));
    assert_text(message_text(message, Fault_id), "8");
    assert_int_equal(message_int(message, Fault_hits), 0);
    script_list_raise_id(&fixture.list, 8);
    script_list_raise_id(&fixture.list, 2);
    assert_int_equal(script_list_last_id(&fixture.list), 8);
    teardown(&fixture);
}

static void lists_change_places_with_their_counts(void **state)
{
    (void)state;
    struct fixture fixture, other;
    setup(&fixture);
    setup(&other);
    add(&fixture, 0, 0);
    add(&other, 0, 0);
    add(&other, 1, 0);
    script_list_swap(&fixture.list, &other.list);
    assert_shown(&fixture, "21");
    assert_shown(&other, "1");
    add(&fixture, 0, 0);
    assert_shown(&fixture, "213");
    teardown(&fixture);
    teardown(&other);
}

static void lists_share_what_there_is_for_all(void **state)
{
    (void)state;
    struct budget budget;
    struct fixture here, there;
    arena_init(&here.arena);
    arena_init(&there.arena);
    budget_init(&budget, 3000);
    script_list_init(&here.list, &kind, &budget);
    script_list_init(&there.list, &kind, &budget);
    add(&here, 1, 0);
    size_t bytes_of_one = budget_used(&budget);
    assert_true(bytes_of_one > sizeof(struct script_item));
    add(&there, 1, 0);
    assert_refused(&here, make(&here, 1, 0),
        "All that is scripted in all namespaces together is too large: delete some things, or "
        "namespaces and snapshots that are done with.");
    script_list_swap(&here.list, &there.list);
    assert_true(budget_used(&budget) == 2 * bytes_of_one);
    script_list_remove(&there.list, TEXT("1"));
    add(&here, 1, 0);
    teardown(&here);
    assert_true(budget_used(&budget) == 0);
    teardown(&there);
}

/* Makes what another fixture has the list of this one. */
static bool copy(struct fixture *from, struct fixture *to, struct budget *budget)
{
    arena_init(&to->arena);
    script_list_init(&to->list, &kind, budget);
    script_list_open_view(&from->list);
    bool has_room = script_list_copy(&from->list, &to->list);
    script_list_close_view(&from->list);
    return has_room;
}

static void a_copy_goes_its_own_way(void **state)
{
    (void)state;
    struct fixture fixture, other;
    struct taking uses = {.uses = true, .enough_count = 9},
                  once = {.uses = true, .enough_count = 9};
    setup(&fixture);
    add(&fixture, 0, 2);
    add(&fixture, 7, 0);
    add(&fixture, 0, 1);
    take(&fixture, &facts, &uses);
    assert_shown(&fixture, "21");
    assert_true(copy(&fixture, &other, NULL));
    script_list_remove(&fixture.list, TEXT(""));
    assert_shown(&other, "21");
    take(&other, &facts, &once);
    assert_shown(&other, "2");
    /* Numbers go on where those of the other did. */
    add(&other, 0, 0);
    assert_shown(&other, "24");
    teardown(&fixture);
    teardown(&other);
}

static void what_is_not_settled_was_not_used_in_a_copy(void **state)
{
    (void)state;
    struct fixture fixture, other;
    struct taking holds = {.holds = true, .enough_count = 9};
    setup(&fixture);
    add(&fixture, 0, 1);
    take(&fixture, &facts, &holds);
    assert_shown(&fixture, "");
    assert_true(copy(&fixture, &other, NULL));
    script_list_settle(&fixture.list, 1, true);
    assert_shown(&fixture, "");
    assert_shown(&other, "1");
    assert_int_equal(other.list.first->hit_count, 0);
    /* It is settled in the one list, and nothing to the other. */
    script_list_settle(&other.list, 1, true);
    assert_shown(&other, "1");
    teardown(&fixture);
    teardown(&other);
}

static void copies_share_what_they_take_of_the_budget(void **state)
{
    (void)state;
    struct budget budget;
    struct fixture fixture = {0}, other, third;
    budget_init(&budget, 100000);
    arena_init(&fixture.arena);
    script_list_init(&fixture.list, &kind, &budget);
    for (int i = 0; i < 3; i++)
        add(&fixture, 0, 0);
    size_t bytes = budget_used(&budget);
    assert_true(copy(&fixture, &other, &budget));
    assert_true(budget_used(&budget) == bytes + 3 * kind.item_bytes);
    assert_true(other.list.held_bytes == fixture.list.held_bytes);
    budget.max = budget_used(&budget) + 2 * kind.item_bytes;
    assert_false(copy(&fixture, &third, &budget));
    teardown(&third);
    assert_true(budget_used(&budget) == bytes + 3 * kind.item_bytes);
    teardown(&fixture);
    assert_true(budget_used(&budget) == bytes);
    teardown(&other);
    assert_true(budget_used(&budget) == 0);
}

static void an_item_draws_the_same_after_it_began_anew(void **state)
{
    (void)state;
    struct script_list list;
    struct script_item item = {.number = 3};
    script_list_init(&list, &kind, NULL);
    uint64_t first = script_item_draw(&item, 1), second = script_item_draw(&item, 1);
    assert_true(first != second);
    list.first = &item;
    script_list_draw_anew(&list);
    list.first = NULL;
    assert_true(script_item_draw(&item, 1) == first);
    script_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_by_rank_and_then_by_age),
        cmocka_unit_test(lists_share_what_there_is_for_all),
        cmocka_unit_test(items_are_for_their_methods_and_matches),
        cmocka_unit_test(an_item_that_is_used_up_is_gone),
        cmocka_unit_test(an_item_that_is_held_is_gone_unless_it_is_given_back),
        cmocka_unit_test(what_was_not_held_is_not_settled),
        cmocka_unit_test(items_are_refused_with_the_field_or_for_want_of_room),
        cmocka_unit_test(an_item_that_was_shown_goes_on_from_there),
        cmocka_unit_test(lists_change_places_with_their_counts),
        cmocka_unit_test(a_copy_goes_its_own_way),
        cmocka_unit_test(what_is_not_settled_was_not_used_in_a_copy),
        cmocka_unit_test(copies_share_what_they_take_of_the_budget),
        cmocka_unit_test(an_item_draws_the_same_after_it_began_anew),
    };
    return cmocka_run_group_tests_name("script_list", tests, NULL, NULL);
}
