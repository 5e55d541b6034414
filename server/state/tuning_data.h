/*
 * A file of data for Vertex AI's tuning: JSON Lines, an example each (tuning_line.h), to the pairs
 * that a model answers from and the statistics that its job shows; or to what is wrong with it.
 *
 * Lines end in \n or \r\n, the last one perhaps in nothing; blank ones do not count, and neither
 * does a byte order mark before the first. An example of too many tokens is dropped, as statistics
 * say, and any other problem is the file's.
 */
#ifndef SERVER_STATE_TUNING_DATA_H
#define SERVER_STATE_TUNING_DATA_H

#include "server/json/decode_problems.h"
#include "server/sim/examples.h"

struct tuning_data_asked {
    struct text name;                   /* the file's, as problems name it: its URI */
    struct text bytes;                  /* any */
    bool is_preference;                 /* of preference tuning */
    bool is_validation;                 /* which has a smaller bound */
    const struct decode_limits *limits; /* of each line; NULL: none */
};

struct tuning_data {
    struct example *examples;
    uint64_t *contexts;     /* of each; NULL: none has any */
    size_t example_count;   /* at least 1 */
    struct text statistics; /* TuningDataStats, as compact JSON */
    struct text problem;    /* "gs://b/t.jsonl, line 3: contents[0].role: ..."; of several lines, if
                               several have one */
    bool is_busy;           /* what is wrong is only that there was no room at this moment */
};

/*
 * Reads the file; what the data hold is in the arena, some bytes more than the file's. False, with
 * the problem, if it has no example, too many, or one that cannot be read.
 */
bool tuning_data_read(
    const struct tuning_data_asked *asked, struct arena *arena, struct tuning_data *ret_data);

#endif
