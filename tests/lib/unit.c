#include "tests/lib/unit.h"

#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

int unit_make_arena(void **state)
{
    struct arena *arena = memory_alloc(sizeof(*arena));
    arena_init(arena);
    *state = arena;
    return 0;
}

int unit_release_arena(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

int unit_silence_log(void **state)
{
    (void)state;
    log_start(STDERR_FILENO, LOG_TEXT, LOG_NONE);
    return 0;
}

int unit_stop_log(void **state)
{
    (void)state;
    log_stop();
    return 0;
}
