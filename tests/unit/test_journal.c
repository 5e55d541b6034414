#include "tests/lib/unit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/contract/limits.h"
#include "server/space/journal.h"

/* A request with this body, answered. */
static struct journal_record record_of(struct text body)
{
    struct journal_record record = {.method = 3, .time_ns = 1, .status = 200};
    record.texts[JOURNAL_VERB] = TEXT("POST");
    record.texts[JOURNAL_PATH] = TEXT("/v1beta/tunedModels");
    record.texts[JOURNAL_REQUEST_BODY] = body;
    record.request_bytes = body.len;
    return record;
}

static void add_some(struct journal *journal, size_t count, struct text body)
{
    struct journal_record record = record_of(body);
    for (size_t i = 0; i < count; i++)
        journal_add(journal, &record);
}

/* The numbers of all entries as text, "3 2 1". */
static struct text numbers_of(struct journal *journal, struct arena *arena)
{
    struct journal_view view;
    struct text numbers = TEXT("");
    journal_view_open(journal, arena, &view);
    for (size_t i = 0; i < view.count; i++)
        numbers = arena_printf(
            arena, "%.*s%s%" PRIu64, TEXT_ARGS(numbers), i ? " " : "", view.entries[i]->number);
    journal_view_close(&view);
    return numbers;
}

static size_t count_of(struct journal *journal, struct arena *arena)
{
    struct journal_view view;
    journal_view_open(journal, arena, &view);
    size_t count = view.count;
    journal_view_close(&view);
    return count;
}

static void entries_are_numbered_and_the_oldest_go(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, 3);
    assert_true(journal_is_kept(journal));
    assert_text(numbers_of(journal, arena), "");
    add_some(journal, 2, TEXT("a"));
    assert_text(numbers_of(journal, arena), "2 1");
    add_some(journal, 38, TEXT("b"));
    assert_text(numbers_of(journal, arena), "40 39 38");
    journal_clear(journal);
    assert_text(numbers_of(journal, arena), "");
    add_some(journal, 1, TEXT("c"));
    assert_text(numbers_of(journal, arena), "41");
    journal_reset(journal, 0);
    add_some(journal, 1, TEXT("d"));
    assert_text(numbers_of(journal, arena), "1");
    journal_reset(journal, 7);
    assert_int_equal(journal_last_number(journal), 7);
    add_some(journal, 2, TEXT("e"));
    assert_text(numbers_of(journal, arena), "9 8");
    assert_int_equal(journal_last_number(journal), 9);
    journal_free(journal);
    journals_free(journals);
}

static void an_entry_has_what_was_told_and_long_texts_are_cut(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, 10);
    char body[JOURNAL_TEXT_BYTES_MAX + 1];
    memset(body, 'a', sizeof(body));
    struct journal_view view;
    add_some(journal, 1, (struct text){body, sizeof(body) - 1});
    add_some(journal, 1, (struct text){body, sizeof(body)});
    /* A character of two bytes at the border. */
    memcpy(body + sizeof(body) - 2, "\xc3\xa4", 2);
    add_some(journal, 1, (struct text){body, sizeof(body)});
    memset(body, 0, sizeof(body));
    journal_view_open(journal, arena, &view);
    assert_int_equal(view.count, 3);
    static const size_t lens[] = {
        JOURNAL_TEXT_BYTES_MAX - 1, JOURNAL_TEXT_BYTES_MAX, JOURNAL_TEXT_BYTES_MAX};
    for (size_t i = 0; i < view.count; i++) {
        const struct journal_record *record = &view.entries[i]->record;
        assert_text(record->texts[JOURNAL_VERB], "POST");
        assert_int_equal(record->texts[JOURNAL_REQUEST_BODY].len, lens[i]);
        assert_int_equal(record->texts[JOURNAL_REQUEST_BODY].bytes[0], 'a');
        assert_int_equal(record->is_request_cut, i < 2);
        assert_false(record->is_answer_cut);
        assert_int_equal(record->texts[JOURNAL_ERROR].len, 0);
    }
    /* What is read stays, whatever happens to the journal. */
    journal_reset(journal, 0);
    assert_text(view.entries[0]->record.texts[JOURNAL_PATH], "/v1beta/tunedModels");
    journal_view_close(&view);
    journal_free(journal);
    journals_free(journals);
}

static void an_answer_comes_later_or_too_late(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, 2);
    struct journal_record record = record_of(TEXT("question"));
    record.status = 0;
    record.texts[JOURNAL_ANSWER] = TEXT("base");
    struct journal_place place = journal_add(journal, &record);
    struct journal_record answer = {.status = 404, .status_name = "NOT_FOUND", .duration_ns = 7};
    answer.texts[JOURNAL_ERROR] = TEXT("not there");
    answer.response_bytes = 9;
    journal_finish(journal, place, &answer);
    struct journal_view view;
    journal_view_open(journal, arena, &view);
    const struct journal_record *found = &view.entries[0]->record;
    assert_int_equal(view.entries[0]->number, 1);
    assert_int_equal(found->status, 404);
    assert_text(found->texts[JOURNAL_REQUEST_BODY], "question");
    assert_text(found->texts[JOURNAL_ERROR], "not there");
    assert_text(found->texts[JOURNAL_ANSWER], "base");
    assert_int_equal(found->response_bytes, 9);
    journal_view_close(&view);

    /* One that has gone, and whose number another has. */
    journal_reset(journal, 0);
    journal_finish(journal, place, &answer);
    add_some(journal, 1, TEXT("new"));
    journal_finish(journal, place, &answer);
    add_some(journal, 2, TEXT("new"));
    journal_view_open(journal, arena, &view);
    for (size_t i = 0; i < view.count; i++)
        assert_int_equal(view.entries[i]->record.status, 200);
    journal_view_close(&view);
    journal_free(journal);
    journals_free(journals);
}

static void all_journals_share_their_memory_and_the_oldest_of_all_go(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *first = journal_new(journals, JOURNAL_ENTRIES_MAX);
    struct journal *second = journal_new(journals, JOURNAL_ENTRIES_MAX);
    char body[JOURNAL_TEXT_BYTES_MAX];
    memset(body, 'a', sizeof(body));
    struct text text = {body, sizeof(body)};
    add_some(first, 1, TEXT(""));
    add_some(second, 1, TEXT(""));
    add_some(first, 10 * (JOURNALS_BYTES_MAX / sizeof(body)), text);
    size_t full = count_of(first, arena);
    struct journals_sizes sizes;
    journals_measure(journals, &sizes);
    /* The second has what is its own. */
    assert_int_equal(sizes.entries, full + 1);
    assert_int_equal(sizes.bytes_max, JOURNALS_BYTES_MAX + 2 * JOURNAL_OWN_BYTES);
    assert_in_range(sizes.bytes, JOURNALS_BYTES_MAX, sizes.bytes_max);
    assert_in_range(
        full, JOURNALS_BYTES_MAX / (2 * sizeof(body)), JOURNALS_BYTES_MAX / sizeof(body));
    journal_clear(second);
    add_some(second, full / 2, text);
    assert_int_equal(count_of(second, arena), full / 2);
    /* What goes at a time is as much as makes room for some. */
    assert_in_range(count_of(first, arena), full - full / 2 - 16, full - full / 2 + 16);
    journal_clear(first);
    add_some(second, 10, text);
    assert_int_equal(count_of(second, arena), full / 2 + 10);
    journals_measure(journals, &sizes);
    assert_int_equal(sizes.entries, full / 2 + 10);
    journal_free(first);
    journal_free(second);
    journals_measure(journals, &sizes);
    assert_int_equal(sizes.entries, 0);
    journals_free(journals);
}

static void a_flood_in_one_leaves_the_others_what_is_their_own(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *quiet[100], *loud = journal_new(journals, JOURNAL_ENTRIES_MAX);
    char body[JOURNAL_TEXT_BYTES_MAX];
    memset(body, 'a', sizeof(body));
    struct text text = {body, sizeof(body)};
    for (size_t i = 0; i < ARRAY_COUNT(quiet); i++) {
        quiet[i] = journal_new(journals, JOURNAL_ENTRIES_MAX);
        add_some(quiet[i], 10, TEXT("question"));
    }
    add_some(loud, 2 * (JOURNALS_BYTES_MAX / sizeof(body)), text);
    for (size_t i = 0; i < ARRAY_COUNT(quiet); i++)
        assert_text(numbers_of(quiet[i], arena), "10 9 8 7 6 5 4 3 2 1");
    size_t full = count_of(loud, arena);
    /* Whoever has more than that shares the rest with those that come. */
    add_some(quiet[0], full / 2, text);
    assert_in_range(count_of(quiet[0], arena), full / 2, 10 + full / 2);
    assert_in_range(count_of(loud, arena), 1, full - full / 2 + 16);
    /* And what they take grows and shrinks with them. */
    for (size_t i = 0; i < ARRAY_COUNT(quiet); i++)
        journal_free(quiet[i]);
    add_some(loud, 2 * (JOURNALS_BYTES_MAX / sizeof(body)), text);
    assert_in_range(count_of(loud, arena), 1, JOURNALS_BYTES_MAX / sizeof(body));
    journal_free(loud);
    journals_free(journals);
}

static void the_answer_of_the_only_entry_finds_room(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, JOURNAL_ENTRIES_MAX);
    char body[JOURNAL_TEXT_BYTES_MAX];
    memset(body, 'a', sizeof(body));
    struct text text = {body, sizeof(body)};
    struct journal_record record = record_of(text), answer = {.status = 200};
    answer.texts[JOURNAL_RESPONSE_BODY] = text;
    struct journal_place places[3];
    places[0] = journal_add(journal, &record);
    add_some(journal, 2 * (JOURNALS_BYTES_MAX / sizeof(body)), text);
    places[1] = journal_add(journal, &record);
    size_t full = count_of(journal, arena);
    journal_finish(journal, places[0], &answer);
    journal_finish(journal, places[1], &answer);
    assert_in_range(count_of(journal, arena), full - 16, full);
    journal_free(journal);
    journals_free(journals);
}

static void a_reader_keeps_what_has_gone_to_make_room(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, JOURNAL_ENTRIES_MAX);
    char body[JOURNAL_TEXT_BYTES_MAX];
    memset(body, 'a', sizeof(body));
    struct text text = {body, sizeof(body)};
    struct journal_view view;
    add_some(journal, 100, text);
    journal_view_open(journal, arena, &view);
    add_some(journal, 2 * (JOURNALS_BYTES_MAX / sizeof(body)), text);
    for (size_t i = 0; i < view.count; i++) {
        assert_int_equal(view.entries[i]->number, 100 - i);
        assert_true(text_equals(view.entries[i]->record.texts[JOURNAL_REQUEST_BODY], text));
    }
    journal_view_close(&view);
    journal_free(journal);
    journals_free(journals);
}

static void one_without_entries_is_not_told_anything(void **state)
{
    (void)state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, 0);
    assert_false(journal_is_kept(journal));
    journal_free(journal);
    journals_free(journals);
    journals_free(NULL);
}

static void *write_and_read(void *context)
{
    struct journal *journal = context;
    struct journal_record record = record_of(TEXT("body")), answer = {.status = 201};
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 500; i++) {
        struct journal_view view;
        record.status = 0;
        struct journal_place place = journal_add(journal, &record);
        journal_view_open(journal, &arena, &view);
        for (size_t k = 0; k < view.count; k++)
            assert_text(view.entries[k]->record.texts[JOURNAL_REQUEST_BODY], "body");
        journal_finish(journal, place, &answer);
        journal_view_close(&view);
        if (i % 100 == 0)
            journal_clear(journal);
        arena_clear(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void many_write_and_read_at_a_time(void **state)
{
    struct arena *arena = *state;
    struct journals *journals = journals_new();
    struct journal *journal = journal_new(journals, 20);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, journal), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_in_range(count_of(journal, arena), 1, 20);
    journal_free(journal);
    journals_free(journals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(entries_are_numbered_and_the_oldest_go),
        unit_test_with_arena(an_entry_has_what_was_told_and_long_texts_are_cut),
        unit_test_with_arena(an_answer_comes_later_or_too_late),
        unit_test_with_arena(all_journals_share_their_memory_and_the_oldest_of_all_go),
        unit_test_with_arena(a_flood_in_one_leaves_the_others_what_is_their_own),
        unit_test_with_arena(the_answer_of_the_only_entry_finds_room),
        unit_test_with_arena(a_reader_keeps_what_has_gone_to_make_room),
        cmocka_unit_test(one_without_entries_is_not_told_anything),
        unit_test_with_arena(many_write_and_read_at_a_time),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
