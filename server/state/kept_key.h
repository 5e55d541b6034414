/*
 * Keys of base/kept.h: all that kept bytes follow from, number by number and text by text. Two
 * kinds of what is kept must not begin with the same number.
 */
#ifndef SERVER_STATE_KEPT_KEY_H
#define SERVER_STATE_KEPT_KEY_H

#include "base/arena.h"
#include "base/text.h"
#include "server/sim/training_plan.h"

enum kept_kind { KEPT_SNAPSHOTS, KEPT_LOSSES, KEPT_TUNED_MODEL, KEPT_PAGE };

enum { KEPT_KEY_NUMBERS_MAX = 64, KEPT_KEY_TEXTS_MAX = 8 };

struct kept_key {
    uint64_t numbers[KEPT_KEY_NUMBERS_MAX];
    struct text texts[KEPT_KEY_TEXTS_MAX];
    size_t number_count, text_count;
};

static inline void kept_key_add(struct kept_key *key, uint64_t number)
{
    key->numbers[key->number_count++] = number;
}

static inline void kept_key_add_int(struct kept_key *key, int64_t number)
{
    kept_key_add(key, (uint64_t)number);
}

/* Borrows the text. */
static inline void kept_key_add_text(struct kept_key *key, struct text text)
{
    key->texts[key->text_count++] = text;
    kept_key_add(key, text.len);
}

void kept_key_begin(struct kept_key *key, enum kept_kind kind);
/* Doubles that differ in a bit differ; so do floats. */
void kept_key_add_double(struct kept_key *key, double number);
/* All of a plan. */
void kept_key_add_plan(struct kept_key *key, const struct training_plan *plan);

/* The key as bytes, in the arena. */
struct text kept_key_end(const struct kept_key *key, struct arena *arena);

#endif
