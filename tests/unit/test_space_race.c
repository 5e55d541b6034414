/* Threads that take, remove and look at the same few namespaces; the sanitizers watch. */
#include <pthread.h>

#include "server/space/space.h"
#include "tests/lib/unit.h"

enum { RACERS = 4, RACE_ROUNDS = 3000, RACE_NAMES = 8, RACE_SPACES_MAX = 6 };

struct racer {
    pthread_t thread;
    struct spaces *spaces;
    uint32_t draw;
    size_t made, removed, full; /* how often */
};

/* Numbers that are as good as random: xorshift. */
static uint32_t racer_draw(struct racer *racer)
{
    racer->draw ^= racer->draw << 13;
    racer->draw ^= racer->draw >> 17;
    racer->draw ^= racer->draw << 5;
    return racer->draw;
}

static void racer_see(void *context, struct space *space)
{
    size_t *count = context;
    assert_true(space_name_is_good(space->name));
    (*count)++;
}

static void racer_use(struct racer *racer, struct text name)
{
    struct space *space;
    enum spaces_taken taken = spaces_take(racer->spaces, name, true, &space);
    racer->made += taken == SPACES_MADE;
    racer->full += taken == SPACES_FULL;
    if (taken == SPACES_FULL) {
        assert_null(space);
        return;
    }
    assert_true(text_equals(space->name, name));
    atomic_store(&space->is_ready, true);
    clock_advance(&space->clock, 1);
    if (racer_draw(racer) % 4 == 0)
        racer->removed += spaces_remove(racer->spaces, space);
    clock_advance(&space->clock, 1); /* it is there as long as somebody has it */
    space_drop(space);
}

static void *racer_run(void *context)
{
    struct racer *racer = context;
    for (int i = 0; i < RACE_ROUNDS; i++) {
        char letter = (char)('a' + racer_draw(racer) % RACE_NAMES);
        racer_use(racer, (struct text){&letter, 1});
        if (i % 16 == 0) {
            size_t count = 0;
            spaces_visit(racer->spaces, racer_see, &count);
            assert_in_range(count, 1, RACE_SPACES_MAX);
        }
    }
    return NULL;
}

static void who_has_a_space_has_it_whoever_removes_it(void **state)
{
    (void)state;
    const struct space_settings settings = {.dials = {.seed = 7}, .journal_max = 10};
    struct racer racers[RACERS];
    struct spaces *spaces = spaces_new(&settings, RACE_SPACES_MAX);
    for (uint32_t i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.spaces = spaces, .draw = i + 1};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, racer_run, &racers[i]), 0);
    }
    size_t made = 0, removed = 0, full = 0;
    for (size_t i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        made += racers[i].made;
        removed += racers[i].removed;
        full += racers[i].full;
    }
    assert_int_equal(spaces_count(spaces), 1 + made - removed);
    assert_true(removed > RACE_ROUNDS / 10);
    assert_true(full > 0);
    spaces_free(spaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_a_space_has_it_whoever_removes_it),
    };
    return cmocka_run_group_tests_name("space_race", tests, NULL, NULL);
}
