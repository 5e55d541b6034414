/* Readers that keep rows beside a writer: none reads what is older than what was answered, or rows
 * of two moments at once; the sanitizers watch. */
#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/internal.h"
#include "tests/lib/store_kit.h"

enum { RACERS = 3, RACE_ROUNDS = 300 };

struct racing {
    struct store *store;
    atomic_int answered; /* the last round whose write is done */
    atomic_bool is_over;
};

struct racer {
    pthread_t thread;
    struct racing *racing;
    int index;
    int stale, torn, reads, kept;
};

static void racer_count(void *context, struct text bytes)
{
    (void)bytes;
    ++*(int *)context;
}

/* "still" is patched round after round, "goes" is deleted and created again, with another data set
 * each time. */
static void racer_read(struct racer *racer, struct store_reader *reader, struct arena *arena)
{
    int answered = atomic_load(&racer->racing->answered);
    struct store_model model;
    int data_sets = 0;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    enum store_result result = store_find_model(reader, 0, TEXT("still"), arena, &model);
    racer->stale += result != STORE_OK || atoi(model.display_name.bytes) < answered;
    result = store_find_model(reader, 0, TEXT("goes"), arena, &model);
    if (result == STORE_OK) {
        struct store_operation operation;
        result = store_look_at_data_set(reader, model.data_set, racer_count, &data_sets);
        racer->torn += result != STORE_OK;
        result = store_find_operation(reader, 0, TEXT("goes"), model.data_set, arena, &operation);
        racer->torn += result != STORE_OK || operation.seq != model.seq + 1;
    }
    racer->kept += reader->kept.bytes > 0;
    store_read_end(reader);
    racer->reads++;
}

static void *racer_run(void *context)
{
    struct racer *racer = context;
    struct store_reader *reader = store_get_reader(racer->racing->store, racer->index);
    struct arena arena;
    arena_init(&arena);
    while (!atomic_load(&racer->racing->is_over)) {
        racer_read(racer, reader, &arena);
        arena_clear(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void race_write(struct racing *racing, int round)
{
    char name[16];
    snprintf(name, sizeof(name), "%d", round);
    struct store_write patch = store_kit_write(STORE_PATCH_MODEL, "still");
    patch.patch = STORE_PATCH_DISPLAY_NAME;
    patch.model.display_name = text_of(name);
    assert_int_equal(store_write_and_wait(racing->store, &patch), STORE_OK);
    atomic_store(&racing->answered, round);
    struct store_write delete = store_kit_write(STORE_DELETE_MODEL, "goes");
    if (round % 3 == 0)
        assert_int_equal(store_write_and_wait(racing->store, &delete), STORE_OK);
    struct store_write create = store_kit_create("goes", name);
    create.operation.id = text_of(name);
    if (round % 3 == 0)
        assert_int_equal(store_write_and_wait(racing->store, &create), STORE_OK);
}

static void readers_never_go_back_nor_see_two_moments_at_once(void **state)
{
    (void)state;
    struct racing racing = {.store = store_kit_open(NULL, RACERS)};
    struct racer racers[RACERS];
    struct store_write still = store_kit_create("still", "examples");
    struct store_write goes = store_kit_create("goes", "0");
    still.model.display_name = goes.operation.id = TEXT("0");
    assert_int_equal(store_write_and_wait(racing.store, &still), STORE_OK);
    assert_int_equal(store_write_and_wait(racing.store, &goes), STORE_OK);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.racing = &racing, .index = i};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, racer_run, &racers[i]), 0);
    }
    for (int round = 1; round <= RACE_ROUNDS; round++)
        race_write(&racing, round);
    atomic_store(&racing.is_over, true);
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        assert_int_equal(racers[i].stale, 0);
        assert_int_equal(racers[i].torn, 0);
        assert_true(racers[i].kept > 0);
    }
    store_close(racing.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_never_go_back_nor_see_two_moments_at_once),
    };
    return cmocka_run_group_tests_name("store_kept_race", tests, NULL, NULL);
}
