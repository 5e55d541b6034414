#include "tests/lib/unit.h"

#include <endian.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "store/facts.h"

/* Every member has a value that no other has, so that a swap shows. */
static const struct store_model full = {
    .id = TEXT_INIT("numbers"),
    .version = 4,
    .base_model = TEXT_INIT("models/gemini-1.5-flash-001-tuning"),
    .source_model = TEXT_INIT("tunedModels/first"),
    .display_name = TEXT_INIT("a \0 inside"),
    .description = TEXT_INIT("描述"),
    .has_temperature = true,
    .has_top_k = true,
    .has_learning_rate_multiplier = true,
    .temperature = 0.1F,
    .top_p = -0.0F,
    .top_k = -40,
    .reader_project_numbers = TEXT_INIT("123,456"),
    .create_ns = INT64_MAX,
    .update_ns = INT64_MIN,
    .epoch_count = 5,
    .batch_size = INT32_MAX,
    .learning_rate = 1e-38F,
    .learning_rate_multiplier = 3.4e38F,
    .start_ns = 1723000000000000123,
    .data_set = TEXT_INIT("0123456789abcdef0123456789abcdef"),
    .example_count = 15,
    .total_steps = 38,
    .plan_learning_rate = 0.0010000000000000002,
    .step_ns = -1,
    .data_hash = UINT64_MAX,
    .noise_seed = 0x8000000000000001,
    .pacing = 2,
    .polls = 9,
    .has_end_step = true,
    .stall_step = 10,
    .looks = 11,
    .moves = TEXT_INIT("\xff moved \0"),
    .end = 2,
    .end_ns = 77,
    .end_step = 12,
    .end_code = 13,
    .end_message = TEXT_INIT("went wrong"),
    .fixed_state = 3,
    .fixed_complete_ns = 78,
    .fixed_task = TEXT_INIT("[]"),
    .kind = 1,
    .project = TEXT_INIT("p"),
    .location = TEXT_INIT("us-central1"),
    .job = TEXT_INIT("{}"),
    .statistics = TEXT_INIT("{ }"),
    .parent = TEXT_INIT("models/1@1"),
    .model_number = 0x0102030405060708,
    .model_version = 14,
    .checkpoint_count = 15,
    .default_checkpoint = 16,
    .model_name = TEXT_INIT("new"),
    .model_text = TEXT_INIT("new text"),
    .removed = TEXT_INIT("1"),
};

static void assert_same_text(struct text actual, struct text expected)
{
    assert_int_equal(actual.len, expected.len);
    if (expected.len > 0)
        assert_memory_equal(actual.bytes, expected.bytes, expected.len);
}

static void assert_same_facts(const struct store_model *actual, const struct store_model *expected)
{
    assert_same_text(actual->base_model, expected->base_model);
    assert_same_text(actual->source_model, expected->source_model);
    assert_same_text(actual->display_name, expected->display_name);
    assert_same_text(actual->description, expected->description);
    assert_same_text(actual->reader_project_numbers, expected->reader_project_numbers);
    assert_same_text(actual->data_set, expected->data_set);
    assert_same_text(actual->end_message, expected->end_message);
    assert_same_text(actual->fixed_task, expected->fixed_task);
    assert_same_text(actual->moves, expected->moves);
    assert_int_equal(actual->pacing, expected->pacing);
    assert_int_equal(actual->polls, expected->polls);
    assert_int_equal(actual->has_stall_step, expected->has_stall_step);
    assert_int_equal(actual->stall_step, expected->stall_step);
    assert_int_equal(actual->looks, expected->looks);
    assert_int_equal(actual->has_end_step, expected->has_end_step);
    assert_int_equal(actual->end_step, expected->end_step);
    assert_int_equal(actual->version, expected->version);
    assert_int_equal(actual->has_temperature, expected->has_temperature);
    assert_int_equal(actual->has_top_p, expected->has_top_p);
    assert_int_equal(actual->has_top_k, expected->has_top_k);
    assert_int_equal(actual->has_learning_rate, expected->has_learning_rate);
    assert_int_equal(actual->has_learning_rate_multiplier, expected->has_learning_rate_multiplier);
    assert_memory_equal(&actual->temperature, &expected->temperature, sizeof(float));
    assert_memory_equal(&actual->top_p, &expected->top_p, sizeof(float));
    assert_int_equal(actual->top_k, expected->top_k);
    assert_int_equal(actual->create_ns, expected->create_ns);
    assert_int_equal(actual->update_ns, expected->update_ns);
    assert_int_equal(actual->epoch_count, expected->epoch_count);
    assert_int_equal(actual->batch_size, expected->batch_size);
    assert_memory_equal(&actual->learning_rate, &expected->learning_rate, sizeof(float));
    assert_memory_equal(
        &actual->learning_rate_multiplier, &expected->learning_rate_multiplier, sizeof(float));
    assert_int_equal(actual->start_ns, expected->start_ns);
    assert_int_equal(actual->example_count, expected->example_count);
    assert_int_equal(actual->total_steps, expected->total_steps);
    assert_memory_equal(&actual->plan_learning_rate, &expected->plan_learning_rate, sizeof(double));
    assert_int_equal(actual->step_ns, expected->step_ns);
    assert_int_equal(actual->data_hash, expected->data_hash);
    assert_int_equal(actual->noise_seed, expected->noise_seed);
    assert_int_equal(actual->end, expected->end);
    assert_int_equal(actual->end_ns, expected->end_ns);
    assert_int_equal(actual->end_code, expected->end_code);
    assert_int_equal(actual->fixed_state, expected->fixed_state);
    assert_int_equal(actual->fixed_complete_ns, expected->fixed_complete_ns);
    assert_int_equal(actual->kind, expected->kind);
    assert_same_text(actual->project, expected->project);
    assert_same_text(actual->location, expected->location);
    assert_same_text(actual->job, expected->job);
    assert_same_text(actual->statistics, expected->statistics);
    assert_same_text(actual->parent, expected->parent);
    assert_int_equal(actual->model_number, expected->model_number);
    assert_int_equal(actual->model_version, expected->model_version);
    assert_int_equal(actual->checkpoint_count, expected->checkpoint_count);
    assert_int_equal(actual->default_checkpoint, expected->default_checkpoint);
    assert_same_text(actual->model_name, expected->model_name);
    assert_same_text(actual->model_text, expected->model_text);
    assert_same_text(actual->removed, expected->removed);
}

/* Decodes for the id that it was encoded for; NULL if all is well. */
static const char *decode(struct text facts, const struct store_model *from,
    struct store_model *ret_model, bool *ret_is_vouched)
{
    memset(ret_model, 0x5a, sizeof(*ret_model));
    ret_model->id = from->id;
    ret_model->seq = 7;
    return facts_decode(facts, ret_model, ret_is_vouched);
}

static const char *decode_full(struct text facts)
{
    struct store_model model;
    bool is_vouched;
    return decode(facts, &full, &model, &is_vouched);
}

static void a_full_and_an_empty_model_come_back_as_they_were(void **state)
{
    (void)state;
    static const struct store_model empty = {.id = TEXT_INIT("e")};
    const struct store_model *models[] = {&full, &empty, &full};
    struct buf facts;
    buf_init(&facts);
    for (size_t i = 0; i < 3; i++) {
        facts_encode(&facts, models[i]);
        struct store_model actual;
        bool is_vouched = false;
        assert_null(decode(buf_text(&facts), models[i], &actual, &is_vouched));
        assert_true(is_vouched);
        assert_same_facts(&actual, models[i]);
        assert_null(facts_check_texts(&actual));
    }
    buf_release(&facts);
}

static void each_flag_is_its_own(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    for (int i = 0; i < 7; i++) {
        struct store_model model = {
            .id = TEXT("flagged"),
            .has_temperature = i == 0,
            .has_top_p = i == 1,
            .has_top_k = i == 2,
            .has_learning_rate = i == 3,
            .has_learning_rate_multiplier = i == 4,
            .has_stall_step = i == 5,
            .has_end_step = i == 6,
        };
        facts_encode(&facts, &model);
        struct store_model actual;
        bool is_vouched;
        assert_null(decode(buf_text(&facts), &model, &actual, &is_vouched));
        assert_same_facts(&actual, &model);
    }
    buf_release(&facts);
}

enum {
    HEAD_BYTES = 16,
    NUMBERS_OF_4_BYTES = 22 * 4,
    NUMBERS_BYTES = NUMBERS_OF_4_BYTES + 10 * 8,
    LENGTHS_OFFSET = HEAD_BYTES + NUMBERS_BYTES,
    TEXT_COUNT = 17
};

/* A tuned model, of which the fifth version of the file knew all. */
static struct store_model without_job(const struct store_model *model)
{
    struct store_model old = *model;
    old.kind = old.model_version = old.checkpoint_count = old.default_checkpoint = 0;
    old.model_number = 0;
    old.project = old.location = old.job = old.statistics = old.parent = TEXT("");
    old.model_name = old.model_text = old.removed = TEXT("");
    return old;
}

/* The bytes are in people's files: numbers are little-endian on every machine. */
static void the_layout_does_not_change(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    facts_encode(&facts, &(struct store_model){.id = TEXT("a"), .version = 3, .top_k = 0x01020304});
    /* What is 0 or empty behind the last that is not has no place. */
    assert_int_equal(facts.len, HEAD_BYTES + 4 * 4);
    assert_memory_equal(facts.data, "\x02\x04\0\0\0\0\0\0", 8);
    assert_memory_equal(facts.data + 8, "\x6d\x1e\x11\x2e\x99\x34\x68\xad", 8);
    assert_memory_equal(facts.data + 16, "\x03\0\0\0", 4);
    assert_memory_equal(facts.data + 28, "\x04\x03\x02\x01", 4);
    facts_encode(&facts, &full);
    assert_memory_equal(facts.data, "\x02\x16\x0a\x11", 4);
    struct store_model tuned = without_job(&full);
    facts_encode(&facts, &tuned);
    assert_memory_equal(facts.data, "\x02\x12\x09\x09", 4);
    buf_release(&facts);
}

/* Without what the first version of the program did not have. */
static struct store_model without_news(const struct store_model *model)
{
    struct store_model old = without_job(model);
    old.pacing = old.polls = old.looks = old.stall_step = old.end_step = 0;
    old.has_stall_step = old.has_end_step = false;
    old.moves = TEXT("");
    return old;
}

/* The first `wanted` bytes of a table of `size`; behind its end they are 0. */
static const char *add_table(struct buf *facts, const char *table, size_t size, size_t wanted)
{
    buf_add(facts, table, wanted < size ? wanted : size);
    buf_add_repeated(facts, '\0', wanted > size ? wanted - size : 0);
    return table + size;
}

/* The body of facts with the first of its numbers and texts, the others of which are empty. */
static void add_body(
    struct buf *facts, const struct buf *newer, size_t of_4, size_t of_8, size_t texts)
{
    const char *at = newer->data + HEAD_BYTES;
    at = add_table(facts, at, 4 * (size_t)newer->data[1], 4 * of_4);
    at = add_table(facts, at, 8 * (size_t)newer->data[2], 8 * of_8);
    at = add_table(facts, at, 4 * (size_t)newer->data[3], 4 * texts);
    buf_add(facts, at, newer->len - (size_t)(at - newer->data));
}

static void add_old_body(struct buf *facts, const struct buf *newer)
{
    add_body(facts, newer, 13, 9, 8);
}

/* With a head that says how many there are. */
static void add_fewer(
    struct buf *facts, const struct buf *newer, size_t of_4, size_t of_8, size_t texts)
{
    buf_add(facts, newer->data, HEAD_BYTES);
    add_body(facts, newer, of_4, of_8, texts);
    facts->data[1] = (char)of_4;
    facts->data[2] = (char)of_8;
    facts->data[3] = (char)texts;
}

/* As the first version of the program wrote them: two bytes, format and flags, instead of a head.
 */
static void make_plain(struct buf *facts, const struct store_model *model)
{
    struct buf newer = BUF_INIT;
    struct store_model old = without_news(model);
    facts_encode(&newer, &old);
    buf_clear(facts);
    buf_add_byte(facts, 1);
    buf_add_byte(facts, newer.data[4]);
    add_old_body(facts, &newer);
    buf_release(&newer);
}

static void facts_of_the_first_format_are_read_without_a_voucher(void **state)
{
    (void)state;
    struct buf facts = BUF_INIT;
    make_plain(&facts, &full);
    struct store_model actual, old = without_news(&full);
    bool is_vouched = true;
    assert_null(decode(buf_text(&facts), &full, &actual, &is_vouched));
    assert_false(is_vouched);
    assert_same_facts(&actual, &old);
    assert_int_equal(actual.seq, 7);
    buf_release(&facts);
}

/* Puts the right checksum on facts that were changed by hand. */
static void sign(struct buf *facts, struct text id)
{
    uint64_t head, sum;
    memcpy(&head, facts->data, sizeof(head));
    sum = hash_checksum(le64toh(head), id.bytes, id.len);
    sum = htole64(hash_checksum(sum, facts->data + HEAD_BYTES, facts->len - HEAD_BYTES));
    memcpy(facts->data + 8, &sum, sizeof(sum));
}

/* What a later program adds stands behind what is there: this is a row that lacks the last of
 * each. */
static void rows_with_fewer_fields_have_zeros_for_the_rest(void **state)
{
    (void)state;
    struct store_model old = full;
    old.removed = TEXT("");
    struct buf facts = BUF_INIT, fewer = BUF_INIT;
    facts_encode(&facts, &old);
    add_fewer(&fewer, &facts, 21, 9, 16);
    sign(&fewer, old.id);
    struct store_model actual;
    bool is_vouched = false;
    assert_null(decode(buf_text(&fewer), &old, &actual, &is_vouched));
    assert_true(is_vouched);
    old.default_checkpoint = 0;
    old.model_number = 0;
    assert_same_facts(&actual, &old);
    assert_int_equal(actual.seq, 7);

    /* One more of any, or a flag more, is something that this program would lose. */
    for (size_t i = 1; i < 5; i++) {
        facts_encode(&facts, &full);
        facts.data[i] = (char)(i < 4 ? facts.data[i] + 1 : 0x80);
        buf_add_repeated(&facts, '\0', 8);
        sign(&facts, full.id);
        assert_string_equal(
            decode_full(buf_text(&facts)), "its facts have fields that this program does not know");
    }
    buf_release(&facts);
    buf_release(&fewer);
}

/* As they were before what moves a training was a fact. */
static void facts_of_the_third_version_are_read(void **state)
{
    (void)state;
    struct store_model old = without_news(&full);
    struct buf facts = BUF_INIT, fewer = BUF_INIT;
    facts_encode(&facts, &old);
    add_fewer(&fewer, &facts, 13, 9, 8);
    sign(&fewer, old.id);
    struct store_model actual;
    bool is_vouched = false;
    assert_null(decode(buf_text(&fewer), &old, &actual, &is_vouched));
    assert_true(is_vouched);
    assert_same_facts(&actual, &old);
    buf_release(&facts);
    buf_release(&fewer);
}

/* Those of the file's version 5, before there were tuning jobs. */
static void facts_of_the_fifth_version_are_read(void **state)
{
    (void)state;
    struct store_model old = without_job(&full);
    struct buf facts = BUF_INIT, fewer = BUF_INIT;
    facts_encode(&facts, &old);
    add_fewer(&fewer, &facts, 18, 9, 9);
    sign(&fewer, old.id);
    struct store_model actual;
    bool is_vouched = false;
    assert_null(decode(buf_text(&fewer), &old, &actual, &is_vouched));
    assert_true(is_vouched);
    assert_same_facts(&actual, &old);
    buf_release(&facts);
    buf_release(&fewer);
}

static void cut_and_grown_facts_are_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        facts_encode(&facts, &full);
        if (is_plain)
            make_plain(&facts, &full);
        for (size_t len = 0; len < facts.len; len++) {
            /* A copy of its own, so that a sanitizer sees a read behind its end. */
            char *cut = malloc(len + (len == 0));
            memcpy(cut, facts.data, len);
            assert_non_null(decode_full((struct text){cut, len}));
            free(cut);
        }
        buf_add_byte(&facts, 'x');
        assert_non_null(decode_full(buf_text(&facts)));
    }
    buf_release(&facts);
}

static void any_changed_bit_shows(void **state)
{
    (void)state;
    struct buf facts = BUF_INIT;
    facts_encode(&facts, &full);
    for (size_t bit = 0; bit < 8 * facts.len; bit++) {
        facts.data[bit / 8] ^= (char)(1 << bit % 8);
        assert_non_null(decode_full(buf_text(&facts)));
        facts.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_null(decode_full(buf_text(&facts)));
    /* And so do the facts of another model. */
    struct store_model model;
    bool is_vouched;
    assert_non_null(
        decode(buf_text(&facts), &(struct store_model){.id = TEXT("other")}, &model, &is_vouched));
    buf_release(&facts);
}

static void another_format_is_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    facts_encode(&facts, &full);
    for (int format = 0; format < 256; format++) {
        facts.data[0] = (char)format;
        if (format != 2)
            assert_non_null(decode_full(buf_text(&facts)));
    }
    buf_release(&facts);
}

/* Where there is no checksum, and where somebody has made one that fits. */
static void numbers_out_of_their_range_are_refused(void **state)
{
    (void)state;
    static const struct store_model models[] = {
        {.version = -1},
        {.version = 6},
        {.example_count = -1},
        {.total_steps = -1},
        {.end = 4},
        {.end = -1},
        {.end_code = 17},
        {.fixed_state = 4},
        {.fixed_state = INT32_MIN},
        {.create_ns = INT64_MIN + 1},
        {.update_ns = TIME_MIN_NS - 1},
        {.start_ns = TIME_MIN_NS - 1},
        {.end_ns = TIME_MIN_NS - 1},
        {.fixed_complete_ns = TIME_MIN_NS - 1},
        {.step_ns = -2},
        /* The first version had none of these. */
        {.pacing = 3},
        {.pacing = -1},
        {.polls = -1},
        {.looks = -1},
        {.stall_step = -1},
        {.end_step = -1},
        {.kind = 2},
        {.kind = -1},
        {.model_version = -1},
        {.checkpoint_count = -1},
        {.default_checkpoint = -1},
    };
    struct buf facts = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(models); i++) {
        struct store_model model;
        bool is_vouched;
        facts_encode(&facts, &models[i]);
        assert_string_equal(decode(buf_text(&facts), &models[i], &model, &is_vouched),
            "a number in its facts is out of range");
        make_plain(&facts, &models[i]);
        const char *problem = decode(buf_text(&facts), &models[i], &model, &is_vouched);
        assert_true(problem || i >= ARRAY_COUNT(models) - 11);
    }
    buf_release(&facts);
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    /* Each of the lengths in turn, with values that overflow sums of 32 bits. */
    static const unsigned char lies[][4] = {
        {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0x80}, {0, 1, 0, 0}, {0xfe, 0xff, 0xff, 0xff}};
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(lies); j++) {
            facts_encode(&facts, &full);
            memcpy(facts.data + LENGTHS_OFFSET + 4 * i, lies[j], 4);
            sign(&facts, full.id);
            assert_string_equal(decode_full(buf_text(&facts)),
                "the texts in its facts have other lengths than it says");
        }
    }
    buf_release(&facts);
}

static void texts_that_are_no_utf8_are_found(void **state)
{
    (void)state;
#define BAD TEXT_INIT("a\xff")
    static const struct store_model models[] = {{.id = TEXT_INIT("\xc3")}, {.base_model = BAD},
        {.source_model = BAD}, {.display_name = BAD}, {.description = BAD},
        {.reader_project_numbers = BAD}, {.data_set = BAD}, {.end_message = BAD},
        {.fixed_task = BAD}, {.project = BAD}, {.location = BAD}, {.job = BAD}, {.statistics = BAD},
        {.parent = BAD}, {.model_name = BAD}, {.model_text = BAD}, {.removed = BAD}};
    for (size_t i = 0; i < ARRAY_COUNT(models); i++)
        assert_non_null(facts_check_texts(&models[i]));
    assert_null(facts_check_texts(&full));
}

static void assert_copied(struct text copy, struct text text)
{
    assert_same_text(copy, text);
    assert_true(text.len == 0 || copy.bytes != text.bytes);
}

/* A text that the table of texts has, the copy has; one that the table lacks does not survive a
 * row, either, which the first test finds. */
static void a_copy_shares_no_text_with_its_model(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct store_model copy = store_copy_model(&full, &arena);
    assert_same_facts(&copy, &full);
    assert_copied(copy.id, full.id);
    assert_copied(copy.base_model, full.base_model);
    assert_copied(copy.source_model, full.source_model);
    assert_copied(copy.display_name, full.display_name);
    assert_copied(copy.description, full.description);
    assert_copied(copy.reader_project_numbers, full.reader_project_numbers);
    assert_copied(copy.data_set, full.data_set);
    assert_copied(copy.end_message, full.end_message);
    assert_copied(copy.fixed_task, full.fixed_task);
    assert_copied(copy.moves, full.moves);
    assert_copied(copy.job, full.job);
    assert_copied(copy.statistics, full.statistics);
    assert_copied(copy.removed, full.removed);
    copy = store_copy_model(&(struct store_model){.id = TEXT("e"), .seq = 7}, &arena);
    assert_same_text(copy.id, TEXT("e"));
    assert_int_equal(copy.seq, 7);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_and_an_empty_model_come_back_as_they_were),
        cmocka_unit_test(each_flag_is_its_own),
        cmocka_unit_test(the_layout_does_not_change),
        cmocka_unit_test(facts_of_the_first_format_are_read_without_a_voucher),
        cmocka_unit_test(rows_with_fewer_fields_have_zeros_for_the_rest),
        cmocka_unit_test(facts_of_the_third_version_are_read),
        cmocka_unit_test(facts_of_the_fifth_version_are_read),
        cmocka_unit_test(cut_and_grown_facts_are_refused),
        cmocka_unit_test(any_changed_bit_shows),
        cmocka_unit_test(another_format_is_refused),
        cmocka_unit_test(numbers_out_of_their_range_are_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(texts_that_are_no_utf8_are_found),
        cmocka_unit_test(a_copy_shares_no_text_with_its_model),
    };
    return cmocka_run_group_tests_name("store_facts", tests, NULL, NULL);
}
