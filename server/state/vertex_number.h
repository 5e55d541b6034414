/*
 * The numbers in Vertex AI's names: 19 decimal digits that look drawn, of tuning jobs and of all
 * that a job makes. Each says of itself which job it belongs to, so that no index has to lead from
 * a model or an endpoint to its row.
 */
#ifndef SERVER_STATE_VERTEX_NUMBER_H
#define SERVER_STATE_VERTEX_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum vertex_kind {
    VERTEX_JOB,
    VERTEX_MODEL,    /* of the registry: the job made its first version */
    VERTEX_ENDPOINT, /* part: of which checkpoint */
    VERTEX_OPERATION /* part: which of the job's */
};

enum {
    VERTEX_NUMBER_BITS_OF_JOB = 40,
    VERTEX_NUMBER_BITS_OF_PART = 17, /* as many checkpoints as anybody can ask for */
    VERTEX_NUMBER_DIGITS = 19
};

struct vertex_number {
    enum vertex_kind kind;
    uint64_t job;
    uint32_t part;
};

/* A job's number from what was drawn. */
uint64_t vertex_number_draw(uint64_t random);

/* In the arena. Different numbers have different texts. */
struct text vertex_number_text(const struct vertex_number *number, struct arena *arena);

/* False of what vertex_number_text never gives, and of jobs and models with a part. */
bool vertex_number_parse(struct text text, struct vertex_number *ret_number);

#endif
