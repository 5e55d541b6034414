#include "store/facts.h"

#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/timefmt.h"

/*
 * Format 2, all numbers little-endian:
 *
 *   head       format, how many numbers of 4 bytes, of 8 bytes, and texts there are (1 byte each);
 *              flags (4); checksum (8) of the model's id and of all other bytes
 *   body       the numbers of 4 bytes, those of 8, the lengths of the texts (4), the texts
 *
 * A field is added at the end of its table: rows that were written before have fewer, and what they
 * lack is 0 or empty. So nobody writes what is 0 or empty at the end of a table: rows of tuned
 * models take no room, and no time, for the fields of tuning jobs. Since a program that does not
 * know the field would lose it, the file's version (migrate.c) has to go up with it. Format 1,
 * before that, had a head of two bytes, format and flags, and always the same numbers and texts.
 */
enum {
    FACTS_FORMAT_PLAIN = 1,
    FACTS_FORMAT = 2,
    FACTS_PLAIN_HEAD_BYTES = 2,
    FACTS_PLAIN_NUMBERS_OF_4 = 13,
    FACTS_PLAIN_NUMBERS_OF_8 = 9,
    FACTS_PLAIN_TEXTS = 8,
    FACTS_CHECKSUM_OFFSET = 8,
    FACTS_HEAD_BYTES = 16
};

enum {
    FACTS_HAS_TEMPERATURE = 1 << 0,
    FACTS_HAS_TOP_P = 1 << 1,
    FACTS_HAS_TOP_K = 1 << 2,
    FACTS_HAS_LEARNING_RATE = 1 << 3,
    FACTS_HAS_LEARNING_RATE_MULTIPLIER = 1 << 4,
    FACTS_HAS_STALL_STEP = 1 << 5,
    FACTS_HAS_END_STEP = 1 << 6,
    FACTS_FLAGS_ALL = (1 << 7) - 1
};

/* Where a number stands in the model. Does not compile for one that has not so many bytes. */
#define FACTS_NUMBER(member, size)                                                                 \
    (offsetof(struct store_model, member) +                                                        \
        0 * sizeof(char[sizeof(((struct store_model *)0)->member) == (size) ? 1 : -1]))

/* A number and what it can be. Of floats and hashes any bits are good. */
#define FACTS_OF_4(member, min, max)                                                               \
    {                                                                                              \
        FACTS_NUMBER(member, 4), (uint32_t)(min), (uint32_t)(max) - (uint32_t)(min)                \
    }
#define FACTS_OF_8(member, min)                                                                    \
    {                                                                                              \
        FACTS_NUMBER(member, 8), (uint64_t)(min), (uint64_t)STORE_NO_TIME - (uint64_t)(min)        \
    }

/* The numbers in the order of the bytes. */
static const struct {
    size_t offset;
    uint32_t min, span; /* good are those at most `span` above `min`, modulo 2^32 */
} facts_numbers_of_4[] = {
    FACTS_OF_4(version, 0, STORE_VERSION_MAX),
    FACTS_OF_4(temperature, INT32_MIN, INT32_MAX),
    FACTS_OF_4(top_p, INT32_MIN, INT32_MAX),
    FACTS_OF_4(top_k, INT32_MIN, INT32_MAX),
    FACTS_OF_4(epoch_count, INT32_MIN, INT32_MAX), /* a seed may say anything */
    FACTS_OF_4(batch_size, INT32_MIN, INT32_MAX),  /* a seed may say anything */
    FACTS_OF_4(learning_rate, INT32_MIN, INT32_MAX),
    FACTS_OF_4(learning_rate_multiplier, INT32_MIN, INT32_MAX),
    FACTS_OF_4(example_count, 0, INT32_MAX),
    FACTS_OF_4(total_steps, 0, INT32_MAX),
    FACTS_OF_4(end, 0, STORE_END_MAX),
    FACTS_OF_4(end_code, 0, STORE_END_CODE_MAX),
    FACTS_OF_4(fixed_state, 0, STORE_FIXED_STATE_MAX),
    FACTS_OF_4(pacing, 0, STORE_PACING_MAX),
    FACTS_OF_4(polls, 0, INT32_MAX),
    FACTS_OF_4(looks, 0, INT32_MAX),
    FACTS_OF_4(stall_step, 0, INT32_MAX),
    FACTS_OF_4(end_step, 0, INT32_MAX),
    FACTS_OF_4(kind, 0, STORE_KIND_MAX),
    FACTS_OF_4(model_version, 0, INT32_MAX),
    FACTS_OF_4(checkpoint_count, 0, INT32_MAX),
    FACTS_OF_4(default_checkpoint, 0, INT32_MAX),
};

/* These have no upper bound. Behind the largest number comes STORE_NO_TIME, which is good, too. */
static const struct {
    size_t offset;
    uint64_t min, span;
} facts_numbers_of_8[] = {
    FACTS_OF_8(create_ns, TIME_MIN_NS),
    FACTS_OF_8(update_ns, TIME_MIN_NS),
    FACTS_OF_8(start_ns, TIME_MIN_NS),
    FACTS_OF_8(step_ns, -1),
    FACTS_OF_8(end_ns, TIME_MIN_NS),
    FACTS_OF_8(fixed_complete_ns, TIME_MIN_NS),
    FACTS_OF_8(data_hash, STORE_NO_TIME + 1),
    FACTS_OF_8(noise_seed, STORE_NO_TIME + 1),
    FACTS_OF_8(plan_learning_rate, STORE_NO_TIME + 1),
    FACTS_OF_8(model_number, STORE_NO_TIME + 1),
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
    offsetof(struct store_model, moves),
    offsetof(struct store_model, project),
    offsetof(struct store_model, location),
    offsetof(struct store_model, job),
    offsetof(struct store_model, statistics),
    offsetof(struct store_model, parent),
    offsetof(struct store_model, model_name),
    offsetof(struct store_model, model_text),
    offsetof(struct store_model, removed),
};

enum {
    FACTS_NUMBER_OF_4_COUNT = ARRAY_COUNT(facts_numbers_of_4),
    FACTS_NUMBER_OF_8_COUNT = ARRAY_COUNT(facts_numbers_of_8),
    FACTS_TEXT_COUNT = ARRAY_COUNT(facts_texts),
    /* Of what stands before the texts, if nothing is left out. */
    FACTS_BYTES_MAX = FACTS_HEAD_BYTES + 4 * FACTS_NUMBER_OF_4_COUNT + 8 * FACTS_NUMBER_OF_8_COUNT +
                      4 * FACTS_TEXT_COUNT
};

static void facts_put_uint32(char **at, uint32_t number)
{
    number = htole32(number);
    memcpy(*at, &number, sizeof(number));
    *at += sizeof(number);
}

static uint32_t facts_take_uint32(const char **at)
{
    uint32_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return le32toh(number);
}

static uint32_t facts_flags(const struct store_model *model)
{
    int flags = (model->has_temperature ? FACTS_HAS_TEMPERATURE : 0) |
                (model->has_top_p ? FACTS_HAS_TOP_P : 0) |
                (model->has_top_k ? FACTS_HAS_TOP_K : 0) |
                (model->has_learning_rate ? FACTS_HAS_LEARNING_RATE : 0) |
                (model->has_learning_rate_multiplier ? FACTS_HAS_LEARNING_RATE_MULTIPLIER : 0) |
                (model->has_stall_step ? FACTS_HAS_STALL_STEP : 0) |
                (model->has_end_step ? FACTS_HAS_END_STEP : 0);
    return (uint32_t)flags;
}

static void facts_put_uint64(char **at, uint64_t number)
{
    number = htole64(number);
    memcpy(*at, &number, sizeof(number));
    *at += sizeof(number);
}

static uint64_t facts_take_uint64(const char **at)
{
    uint64_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return le64toh(number);
}

/* Integers and floats alike: their bits are copied. */
static uint32_t facts_number_of_4(const struct store_model *model, size_t index)
{
    uint32_t bits;
    memcpy(&bits, (const char *)model + facts_numbers_of_4[index].offset, sizeof(bits));
    return bits;
}

static uint64_t facts_number_of_8(const struct store_model *model, size_t index)
{
    uint64_t bits;
    memcpy(&bits, (const char *)model + facts_numbers_of_8[index].offset, sizeof(bits));
    return bits;
}

/* Of what all else leans on: whose facts they are, and all of their bytes but the sum itself. */
static uint64_t facts_checksum(struct text id, struct text facts)
{
    const char *at = facts.bytes;
    uint64_t sum = hash_checksum(facts_take_uint64(&at), id.bytes, id.len);
    return hash_checksum(sum, facts.bytes + FACTS_HEAD_BYTES, facts.len - FACTS_HEAD_BYTES);
}

/* What the head says of the body. */
struct facts_layout {
    size_t head_bytes;
    uint32_t flags;
    size_t numbers_of_4, numbers_of_8, texts;
};

/* As short as it can be: without what is 0 or empty at the end of each table. */
static struct facts_layout facts_layout_of(
    const struct store_model *model, const struct text *texts)
{
    struct facts_layout layout = {FACTS_HEAD_BYTES, facts_flags(model), FACTS_NUMBER_OF_4_COUNT,
        FACTS_NUMBER_OF_8_COUNT, FACTS_TEXT_COUNT};
    while (layout.numbers_of_4 > 0 && facts_number_of_4(model, layout.numbers_of_4 - 1) == 0)
        layout.numbers_of_4--;
    while (layout.numbers_of_8 > 0 && facts_number_of_8(model, layout.numbers_of_8 - 1) == 0)
        layout.numbers_of_8--;
    while (layout.texts > 0 && text_is_empty(texts[layout.texts - 1]))
        layout.texts--;
    return layout;
}

void facts_encode(struct buf *out, const struct store_model *model)
{
    struct text texts[FACTS_TEXT_COUNT];
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++)
        memcpy(&texts[i], (const char *)model + facts_texts[i], sizeof(texts[i]));
    struct facts_layout layout = facts_layout_of(model, texts);

    char head[FACTS_BYTES_MAX];
    char *at = head;
    *at++ = FACTS_FORMAT;
    *at++ = (char)layout.numbers_of_4;
    *at++ = (char)layout.numbers_of_8;
    *at++ = (char)layout.texts;
    facts_put_uint32(&at, layout.flags);
    facts_put_uint64(&at, 0); /* the checksum's place */
    for (size_t i = 0; i < layout.numbers_of_4; i++)
        facts_put_uint32(&at, facts_number_of_4(model, i));
    for (size_t i = 0; i < layout.numbers_of_8; i++)
        facts_put_uint64(&at, facts_number_of_8(model, i));
    /* The store takes no texts of 4 GiB: SQLite refuses values over 1 GB. */
    for (size_t i = 0; i < layout.texts; i++)
        facts_put_uint32(&at, (uint32_t)texts[i].len);

    buf_clear(out);
    buf_add(out, head, (size_t)(at - head));
    for (size_t i = 0; i < layout.texts; i++)
        buf_add_text(out, texts[i]);
    at = out->data + FACTS_CHECKSUM_OFFSET;
    facts_put_uint64(&at, facts_checksum(model->id, buf_text(out)));
}

/* The number of bytes before the texts. */
static size_t facts_layout_bytes(const struct facts_layout *layout)
{
    return layout->head_bytes + 4 * layout->numbers_of_4 + 8 * layout->numbers_of_8 +
           4 * layout->texts;
}

/* Gives what is wrong, or NULL. */
static const char *facts_read_head(struct text facts, struct facts_layout *ret_layout)
{
    const unsigned char *bytes = (const unsigned char *)facts.bytes;
    if (facts.len >= FACTS_PLAIN_HEAD_BYTES && bytes[0] == FACTS_FORMAT_PLAIN) {
        *ret_layout = (struct facts_layout){FACTS_PLAIN_HEAD_BYTES, bytes[1],
            FACTS_PLAIN_NUMBERS_OF_4, FACTS_PLAIN_NUMBERS_OF_8, FACTS_PLAIN_TEXTS};
        return NULL;
    }
    if (facts.len < FACTS_HEAD_BYTES || bytes[0] != FACTS_FORMAT)
        return "its facts are cut or of an unknown format";
    const char *at = facts.bytes + 4;
    *ret_layout = (struct facts_layout){
        FACTS_HEAD_BYTES, facts_take_uint32(&at), bytes[1], bytes[2], bytes[3]};
    return NULL;
}

static bool facts_are_vouched(const struct facts_layout *layout)
{
    return layout->head_bytes == FACTS_HEAD_BYTES;
}

/* True of what has no checksum, too. */
static bool facts_have_their_checksum(
    const struct facts_layout *layout, struct text facts, struct text id)
{
    const char *at = facts.bytes + FACTS_CHECKSUM_OFFSET;
    return !facts_are_vouched(layout) || facts_take_uint64(&at) == facts_checksum(id, facts);
}

/* False if one is out of its range. */
static bool facts_take_numbers(
    const char **at, const struct facts_layout *layout, struct store_model *model)
{
    bool is_good = true;
    for (size_t i = 0; i < layout->numbers_of_4; i++) {
        uint32_t bits = facts_take_uint32(at);
        is_good &= bits - facts_numbers_of_4[i].min <= facts_numbers_of_4[i].span;
        memcpy((char *)model + facts_numbers_of_4[i].offset, &bits, sizeof(bits));
    }
    for (size_t i = 0; i < layout->numbers_of_8; i++) {
        uint64_t bits = facts_take_uint64(at);
        is_good &= bits - facts_numbers_of_8[i].min <= facts_numbers_of_8[i].span;
        memcpy((char *)model + facts_numbers_of_8[i].offset, &bits, sizeof(bits));
    }
    return is_good;
}

/* The texts from `from` on, whose lengths are at `at`. False if these do not add up. */
static bool facts_take_texts(
    struct text facts, const char *at, size_t from, size_t count, struct store_model *model)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = facts_take_uint32(&at);
        if (len > facts.len - from)
            return false;
        struct text text = {facts.bytes + from, len};
        memcpy((char *)model + facts_texts[i], &text, sizeof(text));
        from += len;
    }
    return from == facts.len;
}

/* Rows have fewer fields than the tables. */
static void facts_clear(struct store_model *model)
{
    struct text id = model->id;
    int64_t seq = model->seq;
    *model = (struct store_model){.id = id, .seq = seq};
}

/* The fields behind the head. Gives what is wrong, or NULL. */
static const char *facts_read_body(
    struct text facts, const struct facts_layout *layout, struct store_model *ret_model)
{
    bool is_whole = layout->numbers_of_4 == FACTS_NUMBER_OF_4_COUNT &&
                    layout->numbers_of_8 == FACTS_NUMBER_OF_8_COUNT &&
                    layout->texts == FACTS_TEXT_COUNT;
    if (layout->flags & ~(uint32_t)FACTS_FLAGS_ALL ||
        layout->numbers_of_4 > FACTS_NUMBER_OF_4_COUNT ||
        layout->numbers_of_8 > FACTS_NUMBER_OF_8_COUNT || layout->texts > FACTS_TEXT_COUNT)
        return "its facts have fields that this program does not know";
    size_t texts_offset = facts_layout_bytes(layout);
    if (texts_offset > facts.len)
        return "its facts are cut";
    if (!is_whole)
        facts_clear(ret_model);
    ret_model->has_temperature = layout->flags & FACTS_HAS_TEMPERATURE;
    ret_model->has_top_p = layout->flags & FACTS_HAS_TOP_P;
    ret_model->has_top_k = layout->flags & FACTS_HAS_TOP_K;
    ret_model->has_learning_rate = layout->flags & FACTS_HAS_LEARNING_RATE;
    ret_model->has_learning_rate_multiplier = layout->flags & FACTS_HAS_LEARNING_RATE_MULTIPLIER;
    ret_model->has_stall_step = layout->flags & FACTS_HAS_STALL_STEP;
    ret_model->has_end_step = layout->flags & FACTS_HAS_END_STEP;
    const char *at = facts.bytes + layout->head_bytes;
    if (!facts_take_numbers(&at, layout, ret_model))
        return "a number in its facts is out of range";
    if (!facts_take_texts(facts, at, texts_offset, layout->texts, ret_model))
        return "the texts in its facts have other lengths than it says";
    return NULL;
}

const char *facts_decode(struct text facts, struct store_model *ret_model, bool *ret_is_vouched)
{
    struct facts_layout layout;
    const char *problem = facts_read_head(facts, &layout);
    if (problem)
        return problem;
    if (!facts_have_their_checksum(&layout, facts, ret_model->id))
        return "its facts do not have their checksum";
    problem = facts_read_body(facts, &layout, ret_model);
    *ret_is_vouched = !problem && facts_are_vouched(&layout);
    return problem;
}

void facts_decode_again(struct text facts, struct store_model *ret_model)
{
    struct facts_layout layout;
    bool is_good = !facts_read_head(facts, &layout) && !facts_read_body(facts, &layout, ret_model);
    assert(is_good);
}

/* Copies a text to where there is room for it. Gives where the next one goes. */
static char *facts_move_text(struct text *text, char *to)
{
    if (text->len > 0)
        text->bytes = memcpy(to, text->bytes, text->len);
    return to + text->len;
}

struct store_model store_copy_model(const struct store_model *model, struct arena *arena)
{
    struct store_model copy = *model;
    struct text texts[FACTS_TEXT_COUNT];
    size_t total_bytes = model->id.len;
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++) {
        memcpy(&texts[i], (const char *)model + facts_texts[i], sizeof(texts[i]));
        total_bytes += texts[i].len;
    }
    /* All of them in one piece. */
    char *to = facts_move_text(&copy.id, arena_alloc(arena, total_bytes));
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++) {
        to = facts_move_text(&texts[i], to);
        memcpy((char *)&copy + facts_texts[i], &texts[i], sizeof(texts[i]));
    }
    return copy;
}

const char *facts_check_texts(const struct store_model *model)
{
    if (!text_is_utf8(model->id, NULL))
        return "its id is no UTF-8";
    for (size_t i = 0; i < FACTS_TEXT_COUNT; i++) {
        struct text text;
        memcpy(&text, (const char *)model + facts_texts[i], sizeof(text));
        bool is_text = facts_texts[i] != offsetof(struct store_model, moves);
        if (is_text && !text_is_utf8(text, NULL))
            return "a text in its facts is no UTF-8";
    }
    return NULL;
}
