/*
 * What Vertex AI says of the data that a tuning job was given: its TuningDataStats, by the rules of
 * a recorded one (contract A.5). Sums and counts of examples are int64, all else doubles.
 *
 *   buckets      six; the left edge of bucket i is ceil(min + i * (max - min + 1) / 6), the right
 *                edge one less than the next left one; empty ones are left out, and where min is
 *                max there is one. Of values that are not all whole, which were never recorded, six
 *                of equal width.
 *   percentiles  an example's value, that of rank ceil(p * n): recorded ones are whole
 *   examples     the first three; a text of more than 400 code points is cut to 397 and "..."
 */
#ifndef SERVER_STATE_TUNING_STATISTICS_H
#define SERVER_STATE_TUNING_STATISTICS_H

#include "server/state/tuning_line.h"

struct tuning_values {
    double *items;
    size_t count, capacity;
};

struct tuning_statistics {
    bool is_preference;
    struct tuning_values input_tokens, output_tokens;
    struct tuning_values turns;             /* of supervised tuning */
    struct tuning_values scores, variances; /* of preference tuning: of each example's scores */
    size_t dropped_count;
    struct arena arena;     /* of what is shown */
    struct message *result; /* the statistics' message, with what is shown so far */
};

void tuning_statistics_init(struct tuning_statistics *statistics, bool is_preference);
void tuning_statistics_release(struct tuning_statistics *statistics);

/* Counts an example, and keeps a copy of its beginning if it is one of the first. */
void tuning_statistics_add(struct tuning_statistics *statistics, const struct tuning_line *line);
/* Counts one that is dropped: its number, from 1, and why. */
void tuning_statistics_drop(
    struct tuning_statistics *statistics, size_t number, struct text reason);

/* The TuningDataStats as compact JSON, in the arena; once, after the last example. */
struct text tuning_statistics_json(struct tuning_statistics *statistics, struct arena *arena);

#endif
