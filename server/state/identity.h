/*
 * Identifiers. Those that are generated (contract 5.1) are drawn from hash(seed, counter), so the
 * same seed and the same calls give the same ids.
 */
#ifndef SERVER_STATE_IDENTITY_H
#define SERVER_STATE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* True for [a-z]([a-z0-9-]{0,38}[a-z0-9])?, what tunedModelId may be. */
bool identity_is_tuned_model_id(struct text id);

/*
 * The two ids of "tunedModels/{id}/{kind}/{id}", either of which may be empty. False, and nothing
 * is set, for any other name. They borrow from the name.
 */
bool identity_split_child(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id);

/*
 * The id of a tuned model with this display name: its slug (lower case; a space becomes '-'; all
 * but a-z and 0-9 dropped), '-' and `suffix_max` random characters, fewer if the slug is long; at
 * most 40 in all. If the slug is empty, only a random part of ID_SUFFIX_LENGTH.
 */
struct text identity_tuned_model_id(
    struct arena *arena, struct text display_name, size_t suffix_max, uint64_t random);

/*
 * The id of the permission of a user or group: 21 decimal digits, as recorded, that follow from the
 * address alone. In the arena.
 */
struct text identity_permission_id(struct text email, struct arena *arena);

/*
 * The id of one of Vertex AI's answers, as recorded ones are made: seconds (4 bytes) and
 * microseconds of its time, and two numbers of 32 bits that tell it from others, all but the first
 * of varying length (the varint of protocol buffers), in URL-safe base64. In the arena.
 */
struct text identity_response_id(struct arena *arena, int64_t create_ns, uint64_t random);

/* `length` characters of [a-z0-9], the first a letter. */
struct text identity_random(struct arena *arena, uint64_t random, size_t length);

#endif
