#include "tests/lib/unit.h"

#include <endian.h>
#include <stdio.h>

#include "base/hash.h"
#include "server/sim/answers.h"
#include "server/sim/examples.h"

static const struct example mixed[] = {
    {TEXT_INIT("one"), TEXT_INIT("two")},
    {TEXT_INIT(" spaced \n"), TEXT_INIT(" kept\t")},
    {TEXT_INIT("One"), TEXT_INIT("capital")},
    {TEXT_INIT("one"), TEXT_INIT("second of the same")},
    {TEXT_INIT("\u00c9T\u00c9"), TEXT_INIT("summer")},
    {TEXT_INIT("\u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3"), TEXT_INIT("Sisyphus")},
    {TEXT_INIT("nul\0inside"), TEXT_INIT("a\0b")},
    {TEXT_INIT(""), TEXT_INIT("empty input")},
    {TEXT_INIT("empty output"), TEXT_INIT("")},
    {TEXT_INIT("FOLDED"), TEXT_INIT("first folded")},
    {TEXT_INIT("Folded"), TEXT_INIT("second folded")},
    {TEXT_INIT("\u4e03 \U0001F44B"), TEXT_INIT("\u516b")},
};

static bool find(const struct examples *examples, struct text prompt, uint32_t *ret_index)
{
    struct arena scratch;
    arena_init(&scratch);
    bool is_found = examples_find(examples, prompt, NULL, &scratch, ret_index);
    arena_release(&scratch);
    return is_found;
}

static void examples_come_back_in_their_order(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    buf_add_byte(&encoded, 'x'); /* encoding appends, and at any alignment */
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    assert_true(examples_open(text_slice(buf_text(&encoded), 1, encoded.len), &examples));
    assert_int_equal(examples.count, ARRAY_COUNT(mixed));
    assert_int_equal(examples.rule, RULE_NONE);
    for (uint32_t i = 0; i < ARRAY_COUNT(mixed); i++) {
        struct example example = examples_at(&examples, i);
        assert_true(text_equals(example.input, mixed[i].input));
        assert_true(text_equals(example.output, mixed[i].output));
    }
    buf_release(&encoded);
}

static void prompts_find_the_first_example_that_matches_best(void **state)
{
    (void)state;
    static const struct {
        struct text prompt;
        uint32_t index;
    } rows[] = {
        {TEXT_INIT("one"), 0},
        {TEXT_INIT("\t one\r\n"), 0},
        {TEXT_INIT("\u3000one\u00a0"), 0},
        {TEXT_INIT("\ufeff"), 7},
        {TEXT_INIT("One"), 2},
        {TEXT_INIT("ONE"), 0},
        {TEXT_INIT("spaced"), 1},
        {TEXT_INIT("SPACED "), 1},
        {TEXT_INIT("\u00e9t\u00e9"), 4},
        {TEXT_INIT("\u00c9t\u00e9"), 4},
        {TEXT_INIT("\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c2"), 5},
        {TEXT_INIT("nul\0inside"), 6},
        {TEXT_INIT("NUL\0inside"), 6},
        {TEXT_INIT(""), 7},
        {TEXT_INIT(" "), 7},
        {{NULL, 0}, 7},
        {TEXT_INIT("FOLDED"), 9},
        {TEXT_INIT("Folded"), 10},
        {TEXT_INIT("folded"), 9},
        {TEXT_INIT("\u4e03 \U0001F44B"), 11},
    };
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint32_t index = UINT32_MAX;
        assert_true(find(&examples, rows[i].prompt, &index));
        assert_int_equal(index, rows[i].index);
    }
    buf_release(&encoded);
}

/* The encoding as releases of the first version wrote it. */
static void encode_first(struct buf *out, const struct example *examples, size_t count)
{
    enum { VERSION_OFFSET = 8, HEADER_BYTES = 28, HEADER_BYTES_FIRST = 20, INDEX_BYTES = 32 };
    struct buf encoded = BUF_INIT;
    struct examples opened;
    examples_encode(&encoded, examples, count);
    assert_true(examples_open(buf_text(&encoded), &opened));
    struct text bytes = buf_text(&encoded);
    size_t index_end = HEADER_BYTES + count * INDEX_BYTES + 4;
    buf_add_text(out, text_slice(bytes, 0, HEADER_BYTES_FIRST));
    out->data[out->len - HEADER_BYTES_FIRST + VERSION_OFFSET] = 1;
    buf_add_text(out, text_slice(bytes, HEADER_BYTES, index_end));
    buf_add_text(out,
        text_slice(bytes, index_end + opened.parameter.len, bytes.len - count * SIGNATURE_BYTES));
    buf_release(&encoded);
}

static void data_sets_of_the_first_version_still_answer(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    encode_first(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_int_equal(examples.count, ARRAY_COUNT(mixed));
    assert_false(examples.are_outputs_labels);
    struct arena arena;
    arena_init(&arena);
    static const struct {
        struct text prompt;
        const char *output, *source;
    } rows[] = {
        {TEXT_INIT(" spaced"), " kept\t", "example:1"},
        {TEXT_INIT("\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf"), "Sisyphus", "nearest:5 0.84"},
        {TEXT_INIT("empty outputs"), "", "nearest:8 0.89"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct prompt prompt = prompt_of_parts(&rows[i].prompt, 1, &arena);
        struct answer answer = answer_prompt(&examples, &prompt, 1, &arena);
        assert_text(answer.text, rows[i].output);
        assert_text(answer_source_name(&answer, &arena), rows[i].source);
    }
    arena_release(&arena);
    buf_release(&encoded);
}

static void a_rule_of_the_first_version_has_no_parameter(void **state)
{
    (void)state;
    static const struct example counting[] = {{TEXT_INIT("1"), TEXT_INIT("2")}};
    enum { RULE_OFFSET = 16 };
    struct buf encoded = BUF_INIT;
    encode_first(&encoded, counting, ARRAY_COUNT(counting));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_int_equal(examples.rule, RULE_SUCCESSOR);
    assert_int_equal(examples.parameter.len, 0);
    encoded.data[RULE_OFFSET]++;
    assert_false(examples_open(buf_text(&encoded), &examples));
    buf_release(&encoded);
}

/* Releases before Unicode's white space was trimmed hashed inputs with it around them. */
static void inputs_in_older_data_sets_are_found_as_before(void **state)
{
    (void)state;
    static const struct example example = {TEXT_INIT(" \u3000Two\u00a0\n"), TEXT_INIT("three")};
    enum { EXACT_OFFSET = 20, FOLDED_OFFSET = 32 };
    uint64_t exact = htole64(hash_text(UINT64_C(0x65786163745F6B65), TEXT("\u3000Two\u00a0")));
    uint64_t folded = htole64(hash_text(UINT64_C(0x666F6C6465645F6B), TEXT("\u3000two\u00a0")));
    struct buf encoded = BUF_INIT;
    encode_first(&encoded, &example, 1);
    memcpy(encoded.data + EXACT_OFFSET, &exact, sizeof(exact));
    memcpy(encoded.data + FOLDED_OFFSET, &folded, sizeof(folded));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    uint32_t index;
    assert_true(find(&examples, example.input, &index));
    assert_true(find(&examples, TEXT("\u3000TWO\u00a0"), &index));
    assert_false(find(&examples, TEXT("\u3000TWICE\u00a0"), &index));
    buf_release(&encoded);
}

static void prompts_that_match_nothing_find_nothing(void **state)
{
    (void)state;
    static const struct text prompts[] = {
        TEXT_INIT("on"),
        TEXT_INIT("one one"),
        TEXT_INIT("o ne"),
        TEXT_INIT("nul"),
        TEXT_INIT("nul\0insid\0"),
        TEXT_INIT("\0"),
        TEXT_INIT("ete"),
        TEXT_INIT("\xc3"),
        TEXT_INIT("\xff\xff"),
    };
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    for (size_t i = 0; i < ARRAY_COUNT(prompts); i++) {
        uint32_t index;
        assert_false(find(&examples, prompts[i], &index));
    }
    buf_release(&encoded);
}

static void encoding_finds_the_rule_that_all_examples_obey(void **state)
{
    (void)state;
    static const struct example counting[] = {
        {TEXT_INIT("1"), TEXT_INIT("2")},
        {TEXT_INIT("one"), TEXT_INIT("two")},
    };
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, counting, ARRAY_COUNT(counting));
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_int_equal(examples.rule, RULE_SUCCESSOR);
    buf_release(&encoded);
}

static void a_rule_s_parameter_is_kept(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("Ann"), TEXT_INIT("Dear Ann")},
        {TEXT_INIT("Bob"), TEXT_INIT("Dear Bob")},
        {TEXT_INIT("Carol"), TEXT_INIT("Dear Carol")},
    };
    struct buf encoded = BUF_INIT;
    struct arena arena;
    arena_init(&arena);
    struct rule_found rule = rule_of_examples(examples, ARRAY_COUNT(examples), &arena);
    assert_true(rule.kind != RULE_NONE && rule.parameter.len > 0);
    examples_encode(&encoded, examples, ARRAY_COUNT(examples));
    assert_true(encoded.len <= examples_encoded_bytes(examples, NULL, ARRAY_COUNT(examples)));
    struct examples opened;
    assert_true(examples_open(buf_text(&encoded), &opened));
    assert_int_equal(opened.rule, rule.kind);
    assert_true(text_equals(opened.parameter, rule.parameter));
    assert_true(text_equals(examples_at(&opened, 2).output, examples[2].output));
    arena_release(&arena);
    buf_release(&encoded);
}

static void outputs_that_repeat_are_labels(void **state)
{
    (void)state;
    static const struct {
        unsigned examples, outputs;
        bool are_labels;
    } rows[] = {
        {0, 1, false},
        {1, 1, false},
        {2, 1, true},
        {3, 2, false},
        {4, 2, true},
        {5, 3, false},
        {600, 300, false},
        {512, 256, true},
        {514, 257, false},
        {10000, 256, true},
        {10000, 257, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct arena texts;
        arena_init(&texts);
        struct example *examples = arena_array(&texts, rows[i].examples, sizeof(*examples));
        for (unsigned k = 0; k < rows[i].examples; k++)
            examples[k] = (struct example){arena_printf(&texts, "input %u", k),
                arena_printf(&texts, k % 3 ? "label %u" : " label %u\n", k % rows[i].outputs)};
        struct buf encoded = BUF_INIT;
        struct examples opened;
        examples_encode(&encoded, examples, rows[i].examples);
        assert_true(examples_open(buf_text(&encoded), &opened));
        if (opened.are_outputs_labels != rows[i].are_labels)
            fail_msg("row %zu", i);
        buf_release(&encoded);
        arena_release(&texts);
    }
}

static void what_is_not_seen_is_not_found(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    struct examples examples;
    uint32_t index;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_int_equal(examples.seen_count, ARRAY_COUNT(mixed));
    struct arena arena;
    arena_init(&arena);
    examples_see(&examples, 2, &arena);
    assert_true(find(&examples, TEXT("one"), &index) && index == 0);
    assert_true(find(&examples, TEXT("One"), &index) && index == 0);
    assert_true(find(&examples, TEXT("SPACED"), &index) && index == 1);
    assert_false(find(&examples, TEXT("FOLDED"), &index));
    examples_see(&examples, 0, &arena);
    assert_false(find(&examples, TEXT("one"), &index));
    arena_release(&arena);
    buf_release(&encoded);
}

/* Losses follow from it: the number is to stay, whatever else is encoded with the texts. */
static void the_hash_is_of_count_lengths_and_texts(void **state)
{
    (void)state;
    static const struct example sets[][2] = {
        {{TEXT_INIT("ab"), TEXT_INIT("c")}, {TEXT_INIT("d"), TEXT_INIT("")}},
        {{TEXT_INIT("a"), TEXT_INIT("bc")}, {TEXT_INIT("d"), TEXT_INIT("")}},
        {{TEXT_INIT("ab"), TEXT_INIT("c")}, {TEXT_INIT(""), TEXT_INIT("d")}},
        {{TEXT_INIT("d"), TEXT_INIT("")}, {TEXT_INIT("ab"), TEXT_INIT("c")}},
    };
    uint64_t hashes[ARRAY_COUNT(sets) + 1];
    for (size_t i = 0; i <= ARRAY_COUNT(sets); i++) {
        struct buf encoded = BUF_INIT;
        struct examples examples;
        bool is_last = i == ARRAY_COUNT(sets);
        examples_encode(&encoded, sets[is_last ? 0 : i], is_last ? 1 : 2);
        assert_true(examples_open(buf_text(&encoded), &examples));
        hashes[i] = examples_hash(&examples);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(hashes[k], hashes[i]);
        buf_release(&encoded);
    }
    assert_int_equal(hashes[0], UINT64_C(0x5a40f083bf2c5edc));
}

static void no_examples_are_a_data_set_too(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, NULL, 0);
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_int_equal(examples.count, 0);
    assert_int_equal(examples.rule, RULE_NONE);
    uint32_t index;
    assert_false(find(&examples, TEXT("one"), &index));
    assert_false(find(&examples, TEXT(""), &index));
    buf_release(&encoded);
}

static void equal_examples_give_equal_bytes(void **state)
{
    (void)state;
    struct buf first = BUF_INIT;
    struct buf second = BUF_INIT;
    examples_encode(&first, mixed, ARRAY_COUNT(mixed));
    examples_encode(&second, mixed, ARRAY_COUNT(mixed));
    assert_true(text_equals(buf_text(&first), buf_text(&second)));
    buf_release(&first);
    buf_release(&second);
}

/* Data sets on disk must stay readable: a change of these bytes needs a new version. */
static void the_encoding_never_changes(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("One"), TEXT_INIT("two")},
        {TEXT_INIT("\u00c9"), TEXT_INIT("e")},
    };
    struct buf encoded = BUF_INIT;
    encode_first(&encoded, examples, ARRAY_COUNT(examples));
    assert_int_equal(encoded.len, 20 + 2 * 2 * 12 + 5 * 4 + 9);
    assert_string_equal(
        hash_content(encoded.data, encoded.len).hex, "4e8d1e2c89e666fc47f3915d84cd65e4");
    buf_clear(&encoded);
    examples_encode(&encoded, examples, ARRAY_COUNT(examples));
    assert_int_equal(encoded.len, 28 + 2 * 2 * 12 + 5 * 4 + 9 + 2 * SIGNATURE_BYTES);
    assert_string_equal(
        hash_content(encoded.data, encoded.len).hex, "086fde0117537f854060082b0b44e5a4");
    buf_release(&encoded);
}

static void cut_or_lengthened_bytes_are_refused(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    for (size_t len = 0; len < encoded.len; len++) {
        /* A copy of its own, so that the sanitizer sees every byte read behind its end. */
        char *cut = malloc(len + 1);
        memcpy(cut + 1, encoded.data, len);
        assert_false(examples_open((struct text){cut + 1, len}, &examples));
        free(cut);
    }
    assert_false(examples_open((struct text){NULL, 0}, &examples));
    buf_add_byte(&encoded, 'x');
    assert_false(examples_open(buf_text(&encoded), &examples));
    buf_release(&encoded);
}

static void damaged_headers_are_refused(void **state)
{
    (void)state;
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    enum { HEADER_BYTES = 28, RULE_OFFSET = 16, FLAGS_OFFSET = 20 };
    for (size_t i = 0; i < 8 * (size_t)HEADER_BYTES; i++) {
        char mask = (char)(1U << i % 8);
        encoded.data[i / 8] ^= mask;
        /* The lowest bits of the rule make another rule of it, and one flag is in use. */
        bool is_rule_bit = i / 8 == RULE_OFFSET && rule_is_known((unsigned char)mask);
        bool is_flag_bit = i == 8 * (size_t)FLAGS_OFFSET;
        assert_int_equal(examples_open(buf_text(&encoded), &examples), is_rule_bit || is_flag_bit);
        encoded.data[i / 8] ^= mask;
    }
    assert_true(examples_open(buf_text(&encoded), &examples));
    buf_release(&encoded);
}

/* Reads everything there is to read; what it finds does not matter. */
static void read_all(const struct examples *examples)
{
    struct arena scratch;
    arena_init(&scratch);
    size_t byte_sum = 0;
    bool is_sound = examples_are_sound(examples);
    for (uint32_t i = 0; i < examples->count; i++) {
        struct example example = examples_at(examples, i);
        arena_text(&scratch, example.input);
        arena_text(&scratch, example.output);
        byte_sum += example.input.len + example.output.len;
        uint32_t index = 0;
        if (examples_find(examples, example.input, NULL, &scratch, &index) && is_sound)
            assert_true(index < examples->count);
        assert_true(!is_sound || example.output.bytes);
    }
    assert_true(!is_sound || byte_sum <= examples->bytes.len);
    for (size_t i = 0; i < ARRAY_COUNT(mixed); i++) {
        struct prompt prompt = prompt_of_parts(&mixed[i].input, 1, &scratch);
        struct answer answer = answer_prompt(examples, &prompt, i, &scratch);
        arena_text(&scratch, answer.text);
        struct examples seen = *examples;
        examples_see(&seen, 1 + (uint32_t)i, &scratch);
        arena_text(&scratch, answer_prompt(&seen, &prompt, i, &scratch).text);
    }
    arena_release(&scratch);
}

/* Who answers opens a set for each prompt, and looks at no more of it than the answer needs. */
static void damage_is_seen_where_it_is_used(void **state)
{
    (void)state;
    enum { HEADER_BYTES = 28, ENTRY_BYTES = 12, INDEX_OFFSET = 8 };
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    struct examples examples;
    struct arena scratch;
    uint32_t index;
    arena_init(&scratch);

    /* The first output ends where nothing is. */
    char *bounds = encoded.data + HEADER_BYTES + 2 * ARRAY_COUNT(mixed) * ENTRY_BYTES;
    bounds[2 * 4 + 3] = 0x7f;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_false(examples_are_sound(&examples));
    assert_null(examples_at(&examples, 0).output.bytes);
    assert_null(examples_at(&examples, 1).output.bytes);
    assert_true(text_equals(examples_at(&examples, 2).output, mixed[2].output));
    bounds[2 * 4 + 3] = 0;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_true(examples_are_sound(&examples));

    /* Entries name examples that are not there: each is found, and is damaged. */
    for (size_t i = 0; i < ARRAY_COUNT(mixed); i++)
        encoded.data[HEADER_BYTES + i * ENTRY_BYTES + INDEX_OFFSET + 3] = 1;
    assert_true(examples_open(buf_text(&encoded), &examples));
    assert_false(examples_are_sound(&examples));
    assert_true(examples_find(&examples, mixed[0].input, NULL, &scratch, &index));
    assert_null(examples_at(&examples, index).output.bytes);
    arena_release(&scratch);
    buf_release(&encoded);
}

static void damaged_bytes_never_lead_outside(void **state)
{
    (void)state;
    enum { ROUND_COUNT = 20000 };
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, mixed, ARRAY_COUNT(mixed));
    char *damaged = malloc(encoded.len);
    unsigned opened_count = 0;
    for (uint64_t round = 0; round < ROUND_COUNT; round++) {
        memcpy(damaged, encoded.data, encoded.len);
        uint64_t change_count = 1 + hash_mix(round, 0) % 4;
        for (uint64_t change = 1; change <= change_count; change++) {
            uint64_t random = hash_mix(round, change);
            damaged[random % encoded.len] = (char)(random >> 56);
        }
        struct examples examples;
        if (examples_open((struct text){damaged, encoded.len}, &examples)) {
            opened_count++;
            read_all(&examples);
        }
    }
    assert_in_range(opened_count, 1, ROUND_COUNT - 1);
    free(damaged);
    buf_release(&encoded);
}

static void many_examples_are_all_found(void **state)
{
    (void)state;
    enum { EXAMPLE_COUNT = 20000 };
    struct arena texts;
    arena_init(&texts);
    struct example *many = arena_array(&texts, EXAMPLE_COUNT, sizeof(*many));
    for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
        many[i].input = arena_printf(&texts, "Question %u?", i);
        many[i].output = arena_printf(&texts, "answer %u", i);
    }
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, many, EXAMPLE_COUNT);
    struct examples examples;
    assert_true(examples_open(buf_text(&encoded), &examples));
    struct arena scratch;
    arena_init(&scratch);
    for (uint32_t i = 0; i < EXAMPLE_COUNT; i++) {
        uint32_t index = UINT32_MAX;
        assert_true(examples_find(&examples, many[i].input, NULL, &scratch, &index));
        assert_int_equal(index, i);
        struct text folded = arena_printf(&scratch, "qUESTION %u?", i);
        assert_true(examples_find(&examples, folded, NULL, &scratch, &index));
        assert_int_equal(index, i);
        arena_clear(&scratch);
    }
    arena_release(&scratch);
    buf_release(&encoded);
    arena_release(&texts);
}

/* Inputs of equal hash differ in damaged sets only: few are looked at, as each may be long. */
static void a_directory_of_one_hash_is_not_searched_to_its_end(void **state)
{
    (void)state;
    enum { HEADER_BYTES = 28, ENTRY_BYTES = 12 };
    struct example examples[64];
    char inputs[ARRAY_COUNT(examples)][4];
    for (size_t i = 0; i < ARRAY_COUNT(examples); i++) {
        snprintf(inputs[i], sizeof(inputs[i]), "n%zu", i);
        examples[i] = (struct example){text_of(inputs[i]), TEXT("x")};
    }
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, examples, ARRAY_COUNT(examples));
    struct examples opened;
    uint32_t found, place = 0;
    assert_true(examples_open(buf_text(&encoded), &opened));
    assert_true(find(&opened, TEXT("n63"), &found));
    /* All entries of the exact directory get the hash of this one, and it is the last of them. */
    char *entries = encoded.data + HEADER_BYTES;
    for (uint32_t i = 0; i < ARRAY_COUNT(examples); i++) {
        uint32_t index;
        memcpy(&index, entries + i * ENTRY_BYTES + 8, sizeof(index));
        if (le32toh(index) == 63)
            place = i;
    }
    char entry[ENTRY_BYTES], hash[8];
    memcpy(entry, entries + place * ENTRY_BYTES, sizeof(entry));
    memcpy(hash, entry, sizeof(hash));
    memmove(entries + place * ENTRY_BYTES, entries + 63 * ENTRY_BYTES, ENTRY_BYTES);
    memcpy(entries + 63 * ENTRY_BYTES, entry, sizeof(entry));
    for (uint32_t i = 0; i < 2 * ARRAY_COUNT(examples); i++)
        memcpy(entries + i * ENTRY_BYTES, hash, sizeof(hash));
    assert_true(examples_open(buf_text(&encoded), &opened));
    assert_false(find(&opened, TEXT("n63"), &found));
    buf_release(&encoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_back_in_their_order),
        cmocka_unit_test(prompts_find_the_first_example_that_matches_best),
        cmocka_unit_test(inputs_in_older_data_sets_are_found_as_before),
        cmocka_unit_test(prompts_that_match_nothing_find_nothing),
        cmocka_unit_test(encoding_finds_the_rule_that_all_examples_obey),
        cmocka_unit_test(data_sets_of_the_first_version_still_answer),
        cmocka_unit_test(a_rule_of_the_first_version_has_no_parameter),
        cmocka_unit_test(a_rule_s_parameter_is_kept),
        cmocka_unit_test(outputs_that_repeat_are_labels),
        cmocka_unit_test(what_is_not_seen_is_not_found),
        cmocka_unit_test(the_hash_is_of_count_lengths_and_texts),
        cmocka_unit_test(no_examples_are_a_data_set_too),
        cmocka_unit_test(equal_examples_give_equal_bytes),
        cmocka_unit_test(the_encoding_never_changes),
        cmocka_unit_test(cut_or_lengthened_bytes_are_refused),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(damage_is_seen_where_it_is_used),
        cmocka_unit_test(damaged_bytes_never_lead_outside),
        cmocka_unit_test(a_directory_of_one_hash_is_not_searched_to_its_end),
        cmocka_unit_test(many_examples_are_all_found),
    };
    return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
