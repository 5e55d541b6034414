#include "server/call/metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/memory.h"
#include "base/timefmt.h"

/* The most frequent first: they are looked for one after the other. */
static const int metrics_statuses[] = {
    200, 404, 400, 429, 503, 403, 401, 409, 500, 501, 504, 499, 304, 405, 0};
_Static_assert(ARRAY_COUNT(metrics_statuses) <= METRICS_STATUSES_MAX, "a count for each");

static const int64_t metrics_buckets[METRICS_BUCKET_COUNT] = {
    100 * NS_PER_US,
    250 * NS_PER_US,
    500 * NS_PER_US,
    1 * NS_PER_MS,
    2500 * NS_PER_US,
    5 * NS_PER_MS,
    10 * NS_PER_MS,
    25 * NS_PER_MS,
    50 * NS_PER_MS,
    100 * NS_PER_MS,
    250 * NS_PER_MS,
    500 * NS_PER_MS,
    1 * NS_PER_SECOND,
    2500 * NS_PER_MS,
    5 * NS_PER_SECOND,
    10 * NS_PER_SECOND,
    INT64_MAX,
};

/* More than one thread may write: the acceptor, which answers probes, counts with a worker. */
struct metrics_kind {
    atomic_uint_least64_t statuses[METRICS_STATUSES_MAX];
    atomic_uint_least64_t buckets[METRICS_BUCKET_COUNT];
    atomic_uint_least64_t duration_ns;
};

struct metrics_counts {
    struct metrics_kind kinds[METRICS_KIND_COUNT];
};

struct metrics {
    int worker_count;
    struct metrics_counts **workers; /* far from each other: no two share a line of the cache */
};

struct metrics *metrics_new(int worker_count)
{
    struct metrics *metrics = memory_alloc_zeroed(1, sizeof(*metrics));
    metrics->worker_count = worker_count;
    metrics->workers = memory_alloc((size_t)worker_count * sizeof(struct metrics_counts *));
    for (int i = 0; i < worker_count; i++)
        metrics->workers[i] = memory_alloc_zeroed(1, sizeof(struct metrics_counts));
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (int i = 0; i < metrics->worker_count; i++)
        free(metrics->workers[i]);
    free(metrics->workers);
    free(metrics);
}

struct metrics_counts *metrics_of_worker(struct metrics *metrics, int worker)
{
    return metrics->workers[worker];
}

int metrics_status(int index)
{
    return index < (int)ARRAY_COUNT(metrics_statuses) ? metrics_statuses[index] : -1;
}

int64_t metrics_bucket_ns(int index)
{
    return metrics_buckets[index];
}

/* --- counting --- */

static int metrics_status_index(int status)
{
    int index = 0, last = (int)ARRAY_COUNT(metrics_statuses) - 1;
    while (index < last && metrics_statuses[index] != status)
        index++;
    assert(metrics_statuses[index] == status);
    return index;
}

static int metrics_bucket_index(int64_t duration_ns)
{
    int index = 0;
    while (duration_ns > metrics_buckets[index])
        index++;
    return index;
}

static void metrics_raise(atomic_uint_least64_t *count, uint64_t by)
{
    atomic_fetch_add_explicit(count, by, memory_order_relaxed);
}

void metrics_count(struct metrics_counts *counts, int kind, int status, int64_t duration_ns)
{
    struct metrics_kind *counted = &counts->kinds[kind];
    metrics_raise(&counted->statuses[metrics_status_index(status)], 1);
    metrics_raise(&counted->buckets[metrics_bucket_index(duration_ns)], 1);
    metrics_raise(&counted->duration_ns, (uint64_t)duration_ns);
}

/* --- reading --- */

static uint64_t metrics_load(const atomic_uint_least64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

bool metrics_add_up(const struct metrics *metrics, int kind, struct metrics_sum *ret_sum)
{
    uint64_t count = 0;
    *ret_sum = (struct metrics_sum){.duration_ns = 0};
    for (int worker = 0; worker < metrics->worker_count; worker++) {
        const struct metrics_kind *counts = &metrics->workers[worker]->kinds[kind];
        for (int i = 0; i < METRICS_STATUSES_MAX; i++)
            ret_sum->statuses[i] += metrics_load(&counts->statuses[i]);
        for (int i = 0; i < METRICS_BUCKET_COUNT; i++)
            ret_sum->buckets[i] += metrics_load(&counts->buckets[i]);
        ret_sum->duration_ns += metrics_load(&counts->duration_ns);
    }
    for (int i = 0; i < METRICS_BUCKET_COUNT; i++)
        count += ret_sum->buckets[i];
    return count > 0;
}
