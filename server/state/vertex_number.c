#include "server/state/vertex_number.h"

#include <assert.h>

#include "base/hash.h"

/*
 * What a number says takes 59 bits, which are shuffled so that each shows in all others, and added
 * to the smallest number of 19 digits: the sum stays below 2^63, which is what an int64 of a client
 * holds. Texts are in people's files: none of this must ever change.
 */
enum {
    NUMBER_BITS = 62,
    NUMBER_HALF_BITS = NUMBER_BITS / 2,
    NUMBER_ROUNDS = 6,
    NUMBER_JOB_SHIFT = VERTEX_NUMBER_BITS_OF_PART,
    NUMBER_KIND_SHIFT = NUMBER_JOB_SHIFT + VERTEX_NUMBER_BITS_OF_JOB
};

#define NUMBER_MIN UINT64_C(1000000000000000000)
#define NUMBER_HALF_MASK ((UINT64_C(1) << NUMBER_HALF_BITS) - 1)

_Static_assert(NUMBER_KIND_SHIFT + 2 < NUMBER_BITS, "what is over is 0, and tells others apart");

/* One round of a Feistel network: the halves change places, and one is mixed by the other. What is
 * given is hash_mix(round, half); what it makes of the round is here, since each answer of an
 * endpoint takes twelve of them. */
static uint64_t number_mix(uint64_t half, int round)
{
    static const uint64_t series[NUMBER_ROUNDS] = {UINT64_C(0xe220a8397b1dcdaf),
        UINT64_C(0x910a2dec89025cc1), UINT64_C(0x975835de1c9756ce), UINT64_C(0x1d0b14e4db018fed),
        UINT64_C(0x6e73e372e2338aca), UINT64_C(0x63033b0ca389c35a)};
    return hash_spread(series[round] + HASH_STEP * (half + 1)) & NUMBER_HALF_MASK;
}

static uint64_t number_shuffle(uint64_t bits)
{
    uint64_t left = bits >> NUMBER_HALF_BITS, right = bits & NUMBER_HALF_MASK;
    for (int round = 0; round < NUMBER_ROUNDS; round++) {
        uint64_t mixed = left ^ number_mix(right, round);
        left = right;
        right = mixed;
    }
    return left << NUMBER_HALF_BITS | right;
}

static uint64_t number_sort(uint64_t bits)
{
    uint64_t left = bits >> NUMBER_HALF_BITS, right = bits & NUMBER_HALF_MASK;
    for (int round = NUMBER_ROUNDS - 1; round >= 0; round--) {
        uint64_t mixed = right ^ number_mix(left, round);
        right = left;
        left = mixed;
    }
    return left << NUMBER_HALF_BITS | right;
}

uint64_t vertex_number_draw(uint64_t random)
{
    return random >> (64 - VERTEX_NUMBER_BITS_OF_JOB);
}

struct text vertex_number_text(const struct vertex_number *number, struct arena *arena)
{
    assert(number->job >> VERTEX_NUMBER_BITS_OF_JOB == 0);
    assert(number->part >> VERTEX_NUMBER_BITS_OF_PART == 0);
    uint64_t bits = (uint64_t)number->kind << NUMBER_KIND_SHIFT | number->job << NUMBER_JOB_SHIFT |
                    number->part;
    char digits[TEXT_INT64_BYTES];
    return arena_text(arena, text_of_int64((int64_t)(NUMBER_MIN + number_shuffle(bits)), digits));
}

/* So few digits are no more than 64 bits hold. */
static bool number_read_digits(struct text text, uint64_t *ret_value)
{
    uint64_t value = 0;
    unsigned highest = 0;
    if (text.len != VERTEX_NUMBER_DIGITS)
        return false;
    for (size_t i = 0; i < VERTEX_NUMBER_DIGITS; i++) {
        unsigned digit = (unsigned char)text.bytes[i] - (unsigned)'0';
        highest = digit > highest ? digit : highest;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return highest <= 9;
}

bool vertex_number_parse(struct text text, struct vertex_number *ret_number)
{
    uint64_t value;
    if (!number_read_digits(text, &value) || value < NUMBER_MIN ||
        (value - NUMBER_MIN) >> NUMBER_BITS)
        return false;
    uint64_t bits = number_sort(value - NUMBER_MIN);
    if (bits >> (NUMBER_KIND_SHIFT + 2))
        return false;
    struct vertex_number number = {
        .kind = (enum vertex_kind)(bits >> NUMBER_KIND_SHIFT),
        .job = bits >> NUMBER_JOB_SHIFT & ((UINT64_C(1) << VERTEX_NUMBER_BITS_OF_JOB) - 1),
        .part = (uint32_t)(bits & ((UINT64_C(1) << VERTEX_NUMBER_BITS_OF_PART) - 1)),
    };
    bool has_parts = number.kind == VERTEX_ENDPOINT || number.kind == VERTEX_OPERATION;
    if (number.part > 0 && !has_parts)
        return false;
    *ret_number = number;
    return true;
}
