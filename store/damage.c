/* Tells of rows that cannot be what was written, and only so often. */
#include <inttypes.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "store/store.h"

enum {
    /* A list may meet thousands, and is asked for again and again. */
    DAMAGE_LINES_A_SECOND = 10,
    /* Longer ones, which only damage or a seed can make, are cut. */
    DAMAGE_ID_BYTES_MAX = 128
};

static struct {
    pthread_mutex_t mutex; /* guards the rest */
    int64_t second_end_ns; /* of the second that is counted */
    int line_count;        /* wished for in it */
} damage_state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* How many lines were left out since the last, or -1 if this one is to be. */
static int damage_count_line(void)
{
    int64_t now_ns = clock_monotonic_ns();
    int left_out = 0;
    pthread_mutex_lock(&damage_state.mutex);
    if (now_ns >= damage_state.second_end_ns) {
        if (damage_state.line_count > DAMAGE_LINES_A_SECOND)
            left_out = damage_state.line_count - DAMAGE_LINES_A_SECOND;
        damage_state.second_end_ns = now_ns + NS_PER_SECOND;
        damage_state.line_count = 0;
    }
    if (++damage_state.line_count > DAMAGE_LINES_A_SECOND)
        left_out = -1;
    pthread_mutex_unlock(&damage_state.mutex);
    return left_out;
}

void store_report_damage(const char *table, struct text id, const char *problem)
{
    int left_out = damage_count_line();
    if (left_out < 0)
        return;
    if (left_out > 0)
        log_write(LOG_ERROR, "store: %d more lines about damaged rows were left out", left_out);
    struct text shown = text_slice(id, 0, DAMAGE_ID_BYTES_MAX);
    if (!text_is_utf8(shown, NULL))
        shown = TEXT("with a damaged name");
    log_write(LOG_ERROR, "store: damaged row: %s %.*s: %s", table, TEXT_ARGS(shown), problem);
}
