/*
 * What two texts are compared by: their features, which are the characters, pairs and triples of
 * neighbouring characters that occur in them, each counted once. It works in every script: where
 * words are one or two characters long, single characters and pairs tell texts apart. Case does not
 * count (unicode_fold), white space is one space, and a punctuation mark stands as a word of its
 * own, so that one more or less changes little.
 *
 * A signature is a small summary of the features, by which most texts of a data set are passed over
 * without being read. Data sets hold signatures, so what is said here must never change.
 */
#ifndef SERVER_SIM_SIGNATURE_H
#define SERVER_SIM_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum {
    /* A feature is a number of so many bits, a hash: two texts share one by chance rarely, and a
     * set of them is 8 KiB. */
    FEATURE_BITS = 16,
    FEATURE_SET_WORDS = (1 << FEATURE_BITS) / 64,
    /* Of a longer text so many bytes at its beginning and as many at its end are looked at: each is
     * longer than the longest input that the service takes, if that is in letters of one byte. */
    SIGNATURE_TEXT_HALF_BYTES = 65536,
    SIGNATURE_BITS = 512,
    SIGNATURE_WORDS = SIGNATURE_BITS / 64,
    /* Of the features of longer texts one in 2, 4, ... 128 is in the signature. */
    SIGNATURE_SAMPLINGS = 8,
    SIGNATURE_BYTES = SIGNATURE_WORDS * 8 + 4
};

/* All features of a text. */
struct feature_set {
    uint64_t words[FEATURE_SET_WORDS];
    uint32_t count;
};

/* Sets all of `ret_set`. Time is linear in the bytes that are looked at. */
void feature_set_of_text(struct text text, struct arena *scratch, struct feature_set *ret_set);

/* How many features a text has, and how many of these are in a set. */
struct features_shared {
    uint32_t count, shared_count;
};

struct features_shared feature_set_compare(
    const struct feature_set *set, struct text text, struct arena *scratch);

/* How many bytes of a text are looked at. */
size_t signature_text_bytes(struct text text);

/* The summary of a set: the bits of those of its features that its sampling lets in. */
struct signature {
    uint64_t words[SIGNATURE_WORDS];
    uint32_t feature_count; /* of the whole text */
    uint32_t sampling;      /* below SIGNATURE_SAMPLINGS: one feature in 2 to this power */
};

struct signature signature_of_set(const struct feature_set *set);

/* As a data set keeps it: little-endian, at any alignment. Whatever the bytes, it is one. */
void signature_write(const struct signature *signature, char ret_bytes[SIGNATURE_BYTES]);
struct signature signature_read(const char *bytes);

/* A set, ready to be compared with many signatures. */
struct signature_probe {
    uint32_t feature_count;
    struct {
        uint64_t words[SIGNATURE_WORDS];
        uint32_t bit_count;
        uint32_t hidden_count; /* features that share their bit with another */
    } samplings[SIGNATURE_SAMPLINGS];
};

void signature_probe_init(struct signature_probe *probe, const struct feature_set *set);

/*
 * About how many features the probe's text and the signature's share. Never fewer than they do if
 * the signature has them all (sampling 0).
 */
uint32_t signature_shared(const struct signature_probe *probe, const struct signature *signature);

#endif
