#include "tests/lib/unit.h"

#include "base/hash.h"
#include "server/sim/nearest.h"

/* Data sets of random sentences in one script, and slips of the pen in them. */
struct fixture {
    struct arena arena;
    struct buf encoded;
    struct example *examples;
    struct examples opened;
};

static void fixture_open(struct fixture *fixture, size_t count)
{
    buf_init(&fixture->encoded);
    examples_encode(&fixture->encoded, fixture->examples, count);
    assert_true(examples_open(buf_text(&fixture->encoded), &fixture->opened));
}

static void fixture_init(struct fixture *fixture, const struct example *examples, size_t count)
{
    arena_init(&fixture->arena);
    fixture->examples = arena_array(&fixture->arena, count, sizeof(*examples));
    memcpy(fixture->examples, examples, count * sizeof(*examples));
    fixture_open(fixture, count);
}

static void fixture_release(struct fixture *fixture)
{
    buf_release(&fixture->encoded);
    arena_release(&fixture->arena);
}

static struct nearest fixture_find(struct fixture *fixture, struct text text)
{
    return nearest_find(&fixture->opened, text, 1, &fixture->arena);
}

/* --- scripts ------------------------------------------------------------------------------------
 */

struct script {
    const char *name;
    uint32_t first, step, letters; /* code points */
    unsigned word_min, word_max;   /* letters of a word */
    bool has_spaces;
};

static const struct script scripts[] = {
    {"Latin", 'a', 1, 26, 2, 9, true},
    {"Cyrillic", 0x430, 1, 32, 2, 9, true},
    {"Greek", 0x3b1, 1, 17, 2, 9, true},
    {"Arabic", 0x627, 1, 20, 2, 7, true},
    {"Hebrew", 0x5d0, 1, 27, 2, 7, true},
    {"Devanagari", 0x915, 1, 55, 2, 7, true},
    {"Thai", 0xe01, 1, 57, 2, 6, false},
    {"Han", 0x4e00, 11, 900, 1, 2, false},
    {"kana", 0x3042, 1, 80, 2, 5, false},
    {"Hangul", 0xac00, 28, 300, 2, 4, true},
    {"emoji", 0x1f600, 1, 79, 1, 3, false},
};

enum { WORD_COUNT = 2000, SENTENCE_CHARACTERS_MAX = 128, EXAMPLE_COUNT = 2000 };

/* Characters, so that slips are made to these and not to bytes. */
struct sentence {
    uint32_t characters[SENTENCE_CHARACTERS_MAX];
    size_t len;
};

static void sentence_add_word(
    struct sentence *sentence, const struct script *script, uint64_t seed, uint64_t random)
{
    /* Some words are frequent, most are rare. */
    uint64_t word = hash_mix(seed, random % (1 + random / WORD_COUNT % WORD_COUNT));
    unsigned len = script->word_min + (unsigned)(word % (script->word_max - script->word_min + 1));
    for (unsigned i = 0; i < len; i++)
        sentence->characters[sentence->len++] =
            script->first + script->step * (uint32_t)(hash_mix(word, i) % script->letters);
}

static struct sentence sentence_of(const struct script *script, uint64_t seed, uint64_t number)
{
    struct sentence sentence = {.len = 0};
    uint64_t random = hash_mix(~seed, number);
    size_t word_count = 4 + random % 5;
    for (size_t i = 0; i < word_count; i++) {
        if (i > 0 && script->has_spaces)
            sentence.characters[sentence.len++] = ' ';
        sentence_add_word(&sentence, script, seed, hash_mix(random, i));
    }
    return sentence;
}

static struct text sentence_text(const struct sentence *sentence, struct arena *arena)
{
    char *bytes = arena_alloc(arena, sentence->len * 4);
    size_t len = 0;
    for (size_t i = 0; i < sentence->len; i++)
        len += text_encode_code_point(sentence->characters[i], bytes + len);
    return (struct text){bytes, len};
}

static void sentence_insert(struct sentence *sentence, size_t at, uint32_t character)
{
    memmove(sentence->characters + at + 1, sentence->characters + at,
        (sentence->len - at) * sizeof(character));
    sentence->characters[at] = character;
    sentence->len++;
}

static void sentence_remove(struct sentence *sentence, size_t at, size_t count)
{
    memmove(sentence->characters + at, sentence->characters + at + count,
        (sentence->len - at - count) * sizeof(uint32_t));
    sentence->len -= count;
}

enum mistake {
    MISTAKE_TYPO,
    MISTAKE_SWAP,
    MISTAKE_ADDED,
    MISTAKE_MISSING,
    MISTAKE_PUNCTUATION,
    MISTAKE_WORD,
    MISTAKE_COUNT
};

static void sentence_slip(
    struct sentence *sentence, enum mistake slip, const struct script *script, uint64_t random)
{
    size_t at = random % (sentence->len - 1);
    uint32_t letter = script->first + script->step * (uint32_t)(random / 97 % script->letters);
    uint32_t before = sentence->characters[at];
    switch (slip) {
    case MISTAKE_TYPO:
        sentence->characters[at] = letter;
        break;
    case MISTAKE_SWAP:
        sentence->characters[at] = sentence->characters[at + 1];
        sentence->characters[at + 1] = before;
        break;
    case MISTAKE_ADDED:
        sentence_insert(sentence, at, letter);
        break;
    case MISTAKE_MISSING:
        sentence_remove(sentence, at, 1);
        break;
    case MISTAKE_PUNCTUATION:
        sentence_insert(sentence, at, ',');
        sentence_insert(sentence, sentence->len, random % 2 ? '?' : 0x3002);
        break;
    case MISTAKE_WORD:
        if (script->has_spaces)
            sentence_insert(sentence, sentence->len, ' ');
        sentence_add_word(sentence, script, random, random);
        break;
    case MISTAKE_COUNT:
        break;
    }
}

static void slips_of_the_pen_find_their_example_in_every_script(void **state)
{
    (void)state;
    enum { STEP = 67 };
    for (size_t row = 0; row < ARRAY_COUNT(scripts); row++) {
        struct fixture fixture;
        arena_init(&fixture.arena);
        fixture.examples = arena_array(&fixture.arena, EXAMPLE_COUNT, sizeof(struct example));
        for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
            struct sentence sentence = sentence_of(&scripts[row], row, i);
            fixture.examples[i] =
                (struct example){sentence_text(&sentence, &fixture.arena), TEXT("x")};
        }
        fixture_open(&fixture, EXAMPLE_COUNT);
        unsigned asked = 0, found = 0;
        for (unsigned i = 0; i < EXAMPLE_COUNT; i += STEP)
            for (int slip = 0; slip < MISTAKE_COUNT; slip++) {
                struct sentence sentence = sentence_of(&scripts[row], row, i);
                sentence_slip(&sentence, (enum mistake)slip, &scripts[row], hash_mix(i, row));
                struct text text = sentence_text(&sentence, &fixture.arena);
                struct nearest nearest = fixture_find(&fixture, text);
                asked++;
                found += nearest.count == 1 && nearest.examples[0].index == i;
            }
        if (found * 100 < asked * 98)
            fail_msg("%s: %u of %u", scripts[row].name, found, asked);
        fixture_release(&fixture);
    }
}

static void other_scripts_and_random_letters_are_near_to_nothing(void **state)
{
    (void)state;
    enum { PROMPT_COUNT = 40, LENGTH = 30 };
    for (size_t row = 0; row < ARRAY_COUNT(scripts); row++) {
        const struct script *script = &scripts[row];
        const struct script *other = &scripts[(row + 1) % ARRAY_COUNT(scripts)];
        struct fixture fixture;
        arena_init(&fixture.arena);
        fixture.examples = arena_array(&fixture.arena, EXAMPLE_COUNT, sizeof(struct example));
        for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
            struct sentence sentence = sentence_of(script, row, i);
            fixture.examples[i] =
                (struct example){sentence_text(&sentence, &fixture.arena), TEXT("x")};
        }
        fixture_open(&fixture, EXAMPLE_COUNT);
        for (unsigned i = 0; i < PROMPT_COUNT; i++) {
            struct sentence foreign = sentence_of(other, 99, i);
            struct sentence random = {.len = LENGTH};
            for (size_t k = 0; k < LENGTH; k++)
                random.characters[k] =
                    script->first +
                    script->step * (uint32_t)(hash_mix(hash_mix(~row, i), k) % script->letters);
            if (fixture_find(&fixture, sentence_text(&foreign, &fixture.arena)).count ||
                fixture_find(&fixture, sentence_text(&random, &fixture.arena)).count)
                fail_msg("%s: prompt %u", script->name, i);
        }
        fixture_release(&fixture);
    }
}

/* --- order --------------------------------------------------------------------------------------
 */

static void the_nearest_come_first_and_of_equals_the_first_given(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("something else"), TEXT_INIT("")},
        {TEXT_INIT("red car"), TEXT_INIT("")},
        {TEXT_INIT("RED car"), TEXT_INIT("")},
        {TEXT_INIT("red cart"), TEXT_INIT("")},
        {TEXT_INIT("Red car"), TEXT_INIT("")},
        {TEXT_INIT("red care"), TEXT_INIT("")},
        {TEXT_INIT("blue car"), TEXT_INIT("")},
        {TEXT_INIT("red cars"), TEXT_INIT("")},
        {TEXT_INIT("red car!"), TEXT_INIT("")},
    };
    static const uint32_t expected[NEAREST_VOTERS] = {8, 1, 2, 4, 5, 3, 7};
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    struct nearest nearest =
        nearest_find(&fixture.opened, TEXT("red car!?"), NEAREST_VOTERS, &fixture.arena);
    assert_int_equal(nearest.count, NEAREST_VOTERS);
    for (size_t i = 0; i < NEAREST_VOTERS; i++) {
        if (nearest.examples[i].index != expected[i])
            fail_msg("place %zu: example %u", i, nearest.examples[i].index);
        assert_true(i == 0 || !nearest_is_nearer(&nearest.examples[i], &nearest.examples[i - 1]));
    }
    fixture_release(&fixture);
}

static void repetition_is_told_by_length(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("hahahahahaha"), TEXT_INIT("")},
        {TEXT_INIT("hahahaha"), TEXT_INIT("")},
        {TEXT_INIT("hahaha"), TEXT_INIT("")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    assert_int_equal(fixture_find(&fixture, TEXT("hahahaha!")).examples[0].index, 1);
    fixture_release(&fixture);
}

static void texts_without_a_character_are_near_to_nothing(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT(""), TEXT_INIT("")}, {TEXT_INIT(" "), TEXT_INIT("")}};
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    assert_int_equal(fixture_find(&fixture, TEXT("")).count, 0);
    assert_int_equal(fixture_find(&fixture, TEXT("x")).count, 0);
    fixture_release(&fixture);
}

/* A bound of the work is no bound of what is found. */
static void one_of_many_long_texts_is_found(void **state)
{
    (void)state;
    enum { COUNT = 60, WORDS = 1200, STEP = 7 };
    struct fixture fixture;
    arena_init(&fixture.arena);
    fixture.examples = arena_array(&fixture.arena, COUNT, sizeof(struct example));
    for (unsigned i = 0; i < COUNT; i++) {
        struct buf text = BUF_INIT;
        for (unsigned k = 0; k < WORDS; k++)
            buf_printf(&text, "word%u ", (unsigned)(hash_mix(i, k) % 5000));
        fixture.examples[i] =
            (struct example){arena_text(&fixture.arena, buf_text(&text)), TEXT("")};
        buf_release(&text);
    }
    fixture_open(&fixture, COUNT);
    for (unsigned i = 0; i < COUNT; i += STEP) {
        struct text input = fixture.examples[i].input;
        struct text cut = text_slice(input, input.len / 20, input.len);
        struct nearest nearest = fixture_find(&fixture, cut);
        assert_int_equal(nearest.count, 1);
        assert_int_equal(nearest.examples[0].index, i);
    }
    fixture_release(&fixture);
}

static void a_text_of_megabytes_is_near_to_itself(void **state)
{
    (void)state;
    enum { LENGTH = 4 * 1024 * 1024 };
    struct buf text = BUF_INIT;
    for (unsigned i = 0; text.len < LENGTH; i++)
        buf_printf(&text, "%u, ", i);
    struct example examples[] = {{TEXT("short"), TEXT("")}, {buf_text(&text), TEXT("")}};
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    struct nearest nearest = fixture_find(&fixture, text_slice(buf_text(&text), 9, text.len - 9));
    assert_int_equal(nearest.count, 1);
    assert_int_equal(nearest.examples[0].index, 1);
    fixture_release(&fixture);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_of_the_pen_find_their_example_in_every_script),
        cmocka_unit_test(other_scripts_and_random_letters_are_near_to_nothing),
        cmocka_unit_test(the_nearest_come_first_and_of_equals_the_first_given),
        cmocka_unit_test(repetition_is_told_by_length),
        cmocka_unit_test(texts_without_a_character_are_near_to_nothing),
        cmocka_unit_test(one_of_many_long_texts_is_found),
        cmocka_unit_test(a_text_of_megabytes_is_near_to_itself),
    };
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
