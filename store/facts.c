#include "store/facts.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    /* The first byte. Other layouts get other numbers; this one must then still be read. */
    FACTS_FORMAT = 1,
    FACTS_TEXT_COUNT = 8,
    /* Format and flags, numbers of 4 and of 8 bytes, lengths of texts. */
    FACTS_HEAD_BYTES = 2 + 13 * 4 + 9 * 8 + FACTS_TEXT_COUNT * 4
};

/* Bits of the second byte. */
enum {
    FACTS_HAS_TEMPERATURE = 1 << 0,
    FACTS_HAS_TOP_P = 1 << 1,
    FACTS_HAS_TOP_K = 1 << 2,
    FACTS_HAS_LEARNING_RATE = 1 << 3,
    FACTS_HAS_LEARNING_RATE_MULTIPLIER = 1 << 4
};

static void put_uint32(char **at, uint32_t number)
{
    number = htole32(number);
    memcpy(*at, &number, sizeof(number));
    *at += sizeof(number);
}

static void put_int32(char **at, int32_t number)
{
    put_uint32(at, (uint32_t)number);
}

static void put_float(char **at, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof(bits));
    put_uint32(at, bits);
}

static void put_uint64(char **at, uint64_t number)
{
    number = htole64(number);
    memcpy(*at, &number, sizeof(number));
    *at += sizeof(number);
}

static void put_int64(char **at, int64_t number)
{
    put_uint64(at, (uint64_t)number);
}

static void put_double(char **at, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    put_uint64(at, bits);
}

static uint32_t take_uint32(const char **at)
{
    uint32_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return le32toh(number);
}

static int32_t take_int32(const char **at)
{
    return (int32_t)take_uint32(at);
}

static float take_float(const char **at)
{
    uint32_t bits = take_uint32(at);
    float number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static uint64_t take_uint64(const char **at)
{
    uint64_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return le64toh(number);
}

static int64_t take_int64(const char **at)
{
    return (int64_t)take_uint64(at);
}

static double take_double(const char **at)
{
    uint64_t bits = take_uint64(at);
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static int facts_flags(const struct store_model *model)
{
    return (model->has_temperature ? FACTS_HAS_TEMPERATURE : 0) |
           (model->has_top_p ? FACTS_HAS_TOP_P : 0) | (model->has_top_k ? FACTS_HAS_TOP_K : 0) |
           (model->has_learning_rate ? FACTS_HAS_LEARNING_RATE : 0) |
           (model->has_learning_rate_multiplier ? FACTS_HAS_LEARNING_RATE_MULTIPLIER : 0);
}

static void facts_put_numbers(char **at, const struct store_model *model)
{
    put_int32(at, model->version);
    put_float(at, model->temperature);
    put_float(at, model->top_p);
    put_int32(at, model->top_k);
    put_int32(at, model->epoch_count);
    put_int32(at, model->batch_size);
    put_float(at, model->learning_rate);
    put_float(at, model->learning_rate_multiplier);
    put_int32(at, model->example_count);
    put_int32(at, model->total_steps);
    put_int32(at, model->end);
    put_int32(at, model->end_code);
    put_int32(at, model->fixed_state);
    put_int64(at, model->create_ns);
    put_int64(at, model->update_ns);
    put_int64(at, model->start_ns);
    put_int64(at, model->step_ns);
    put_int64(at, model->end_ns);
    put_int64(at, model->fixed_complete_ns);
    put_uint64(at, model->data_hash);
    put_uint64(at, model->noise_seed);
    put_double(at, model->plan_learning_rate);
}

static void facts_take_numbers(const char **at, struct store_model *model)
{
    model->version = take_int32(at);
    model->temperature = take_float(at);
    model->top_p = take_float(at);
    model->top_k = take_int32(at);
    model->epoch_count = take_int32(at);
    model->batch_size = take_int32(at);
    model->learning_rate = take_float(at);
    model->learning_rate_multiplier = take_float(at);
    model->example_count = take_int32(at);
    model->total_steps = take_int32(at);
    model->end = take_int32(at);
    model->end_code = take_int32(at);
    model->fixed_state = take_int32(at);
    model->create_ns = take_int64(at);
    model->update_ns = take_int64(at);
    model->start_ns = take_int64(at);
    model->step_ns = take_int64(at);
    model->end_ns = take_int64(at);
    model->fixed_complete_ns = take_int64(at);
    model->data_hash = take_uint64(at);
    model->noise_seed = take_uint64(at);
    model->plan_learning_rate = take_double(at);
}

/* Where the texts stand in the model, in the order of the bytes. */
static const size_t facts_texts[FACTS_TEXT_COUNT] = {
    offsetof(struct store_model, base_model),
    offsetof(struct store_model, source_model),
    offsetof(struct store_model, display_name),
    offsetof(struct store_model, description),
    offsetof(struct store_model, reader_project_numbers),
    offsetof(struct store_model, data_set),
    offsetof(struct store_model, end_message),
    offsetof(struct store_model, fixed_task),
};

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
