/*
 * How many calls were answered, how, and how long that took, since the start: what /metrics shows.
 * Each worker counts for itself, so that no two write to the same memory; who reads adds up.
 */
#ifndef SERVER_CALL_METRICS_H
#define SERVER_CALL_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "server/contract/method.h"

struct metrics;
struct metrics_counts;

/* What calls are told apart by: the method, the first of the control API standing for all of it,
 * which is the table's last part. */
enum { METRICS_CONTROL = METHOD_HEALTH_GET, METRICS_UNKNOWN, METRICS_KIND_COUNT };

enum {
    METRICS_STATUSES_MAX = 24, /* HTTP statuses that are told apart */
    METRICS_BUCKET_COUNT = 17  /* of durations, with the last one, which has no bound */
};

struct metrics *metrics_new(int worker_count);
/* NULL is allowed. No call may be under way. */
void metrics_free(struct metrics *metrics);

/* What a worker counts with. From any thread. */
struct metrics_counts *metrics_of_worker(struct metrics *metrics, int worker);

/* Counts a call of a kind, with its status and how long it took. Status 0: it has no answer. */
void metrics_count(struct metrics_counts *counts, int kind, int status, int64_t duration_ns);

/* All that was counted of a kind. */
struct metrics_sum {
    uint64_t statuses[METRICS_STATUSES_MAX]; /* by index of metrics_status */
    uint64_t buckets[METRICS_BUCKET_COUNT];  /* each without those before it */
    uint64_t duration_ns;
};
/* The sum over all workers. False, with the sum all zero, if there was no such call. */
bool metrics_add_up(const struct metrics *metrics, int kind, struct metrics_sum *ret_sum);

/* The HTTP status with this index; -1 behind the last. */
int metrics_status(int index);

/* The longest time that is in a bucket; INT64_MAX of the last. */
int64_t metrics_bucket_ns(int index);

#endif
