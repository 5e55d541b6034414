#include "store/facts.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/array.h"

enum {
    /* The first byte. Other layouts get other numbers; this one must then still be read. */
    FACTS_FORMAT = 1
};

/* Bits of the second byte. */
enum {
    FACTS_HAS_TEMPERATURE = 1 << 0,
    FACTS_HAS_TOP_P = 1 << 1,
    FACTS_HAS_TOP_K = 1 << 2,
    FACTS_HAS_LEARNING_RATE = 1 << 3,
    FACTS_HAS_LEARNING_RATE_MULTIPLIER = 1 << 4
};

/* Where a number stands in the model. Does not compile for one that has not so many bytes. */
#define FACTS_NUMBER(member, size)                                                                 \
    (offsetof(struct store_model, member) +                                                        \
        0 * sizeof(char[sizeof(((struct store_model *)0)->member) == (size) ? 1 : -1]))

/* The numbers in the order of the bytes: those of 4 bytes, then those of 8. */
static const size_t facts_numbers_of_4[] = {
    FACTS_NUMBER(version, 4),
    FACTS_NUMBER(temperature, 4),
    FACTS_NUMBER(top_p, 4),
    FACTS_NUMBER(top_k, 4),
    FACTS_NUMBER(epoch_count, 4),
    FACTS_NUMBER(batch_size, 4),
    FACTS_NUMBER(learning_rate, 4),
    FACTS_NUMBER(learning_rate_multiplier, 4),
    FACTS_NUMBER(example_count, 4),
    FACTS_NUMBER(total_steps, 4),
    FACTS_NUMBER(end, 4),
    FACTS_NUMBER(end_code, 4),
    FACTS_NUMBER(fixed_state, 4),
};
static const size_t facts_numbers_of_8[] = {
    FACTS_NUMBER(create_ns, 8),
    FACTS_NUMBER(update_ns, 8),
    FACTS_NUMBER(start_ns, 8),
    FACTS_NUMBER(step_ns, 8),
    FACTS_NUMBER(end_ns, 8),
    FACTS_NUMBER(fixed_complete_ns, 8),
    FACTS_NUMBER(data_hash, 8),
    FACTS_NUMBER(noise_seed, 8),
    FACTS_NUMBER(plan_learning_rate, 8),
};

/* And the texts behind them. */
static const size_t facts_texts[] = {
    offsetof(struct store_model, base_model),
    offsetof(struct store_model, source_model),
    offsetof(struct store_model, display_name),
    offsetof(struct store_model, description),
    offsetof(struct store_model, reader_project_numbers),
    offsetof(struct store_model, data_set),
    offsetof(struct store_model, end_message),
    offsetof(struct store_model, fixed_task),
};

enum {
    FACTS_TEXT_COUNT = ARRAY_COUNT(facts_texts),
    /* Format and flags, numbers, lengths of texts. */
    FACTS_HEAD_BYTES = 2 + 4 * ARRAY_COUNT(facts_numbers_of_4) +
                       8 * ARRAY_COUNT(facts_numbers_of_8) + 4 * ARRAY_COUNT(facts_texts)
};

static void put_uint32(char **at, uint32_t number)
{
    number = htole32(number);
    memcpy(*at, &number, sizeof(number));
    *at += sizeof(number);
}

static uint32_t take_uint32(const char **at)
{
    uint32_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return le32toh(number);
}

static int facts_flags(const struct store_model *model)
{
    return (model->has_temperature ? FACTS_HAS_TEMPERATURE : 0) |
           (model->has_top_p ? FACTS_HAS_TOP_P : 0) | (model->has_top_k ? FACTS_HAS_TOP_K : 0) |
           (model->has_learning_rate ? FACTS_HAS_LEARNING_RATE : 0) |
           (model->has_learning_rate_multiplier ? FACTS_HAS_LEARNING_RATE_MULTIPLIER : 0);
}

/* Integers and floats alike: their bits are copied. */
static void facts_put_numbers(char **at, const struct store_model *model)
{
    for (size_t i = 0; i < ARRAY_COUNT(facts_numbers_of_4); i++) {
        uint32_t bits;
        memcpy(&bits, (const char *)model + facts_numbers_of_4[i], sizeof(bits));
        put_uint32(at, bits);
    }
    for (size_t i = 0; i < ARRAY_COUNT(facts_numbers_of_8); i++) {
        uint64_t bits;
        memcpy(&bits, (const char *)model + facts_numbers_of_8[i], sizeof(bits));
        bits = htole64(bits);
        memcpy(*at, &bits, sizeof(bits));
        *at += sizeof(bits);
    }
}

static void facts_take_numbers(const char **at, struct store_model *model)
{
    for (size_t i = 0; i < ARRAY_COUNT(facts_numbers_of_4); i++) {
        uint32_t bits = take_uint32(at);
        memcpy((char *)model + facts_numbers_of_4[i], &bits, sizeof(bits));
    }
    for (size_t i = 0; i < ARRAY_COUNT(facts_numbers_of_8); i++) {
        uint64_t bits;
        memcpy(&bits, *at, sizeof(bits));
        bits = le64toh(bits);
        memcpy((char *)model + facts_numbers_of_8[i], &bits, sizeof(bits));
        *at += sizeof(bits);
    }
}

void facts_encode(struct buf *out, const struct store_model *model)
{
    struct text texts[FACTS_TEXT_COUNT];
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++)
        memcpy(&texts[i], (const char *)model + facts_texts[i], sizeof(texts[i]));

    char head[FACTS_HEAD_BYTES];
    char *at = head;
    *at++ = FACTS_FORMAT;
    *at++ = (char)facts_flags(model);
    facts_put_numbers(&at, model);
    /* The store takes no texts of 4 GiB: SQLite refuses values over 1 GB. */
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++)
        put_uint32(&at, (uint32_t)texts[i].len);

    buf_clear(out);
    buf_add(out, head, sizeof(head));
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++)
        buf_add_text(out, texts[i]);
}

bool facts_decode(struct text facts, struct store_model *ret_model)
{
    if (facts.len < FACTS_HEAD_BYTES || facts.bytes[0] != FACTS_FORMAT)
        return false;
    int flags = (unsigned char)facts.bytes[1];
    ret_model->has_temperature = flags & FACTS_HAS_TEMPERATURE;
    ret_model->has_top_p = flags & FACTS_HAS_TOP_P;
    ret_model->has_top_k = flags & FACTS_HAS_TOP_K;
    ret_model->has_learning_rate = flags & FACTS_HAS_LEARNING_RATE;
    ret_model->has_learning_rate_multiplier = flags & FACTS_HAS_LEARNING_RATE_MULTIPLIER;
    const char *at = facts.bytes + 2;
    facts_take_numbers(&at, ret_model);

    size_t from = FACTS_HEAD_BYTES;
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++) {
        size_t len = take_uint32(&at);
        if (len > facts.len - from)
            return false;
        struct text text = {facts.bytes + from, len};
        memcpy((char *)ret_model + facts_texts[i], &text, sizeof(text));
        from += len;
    }
    return from == facts.len;
}
