#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/hash.h"
#include "server/sim/answers.h"

static const struct example quickstart[] = {
    {TEXT_INIT("1"), TEXT_INIT("2")},
    {TEXT_INIT("3"), TEXT_INIT("4")},
    {TEXT_INIT("-3"), TEXT_INIT("-2")},
    {TEXT_INIT("twenty two"), TEXT_INIT("twenty three")},
    {TEXT_INIT("two hundred"), TEXT_INIT("two hundred one")},
    {TEXT_INIT("ninety nine"), TEXT_INIT("one hundred")},
    {TEXT_INIT("8"), TEXT_INIT("9")},
    {TEXT_INIT("-98"), TEXT_INIT("-97")},
    {TEXT_INIT("1,000"), TEXT_INIT("1,001")},
    {TEXT_INIT("10,100,000"), TEXT_INIT("10,100,001")},
    {TEXT_INIT("thirteen"), TEXT_INIT("fourteen")},
    {TEXT_INIT("eighty"), TEXT_INIT("eighty one")},
    {TEXT_INIT("one"), TEXT_INIT("two")},
    {TEXT_INIT("three"), TEXT_INIT("four")},
    {TEXT_INIT("seven"), TEXT_INIT("eight")},
};

static const struct example sentiments[] = {
    {TEXT_INIT("I love this phone"), TEXT_INIT("positive")},
    {TEXT_INIT("This camera is terrible"), TEXT_INIT("negative")},
    {TEXT_INIT("The parcel came on Monday"), TEXT_INIT("neutral")},
};

/* A data set that is opened from its encoded bytes, and the arena for its answers. */
struct fixture {
    struct buf encoded;
    struct examples examples;
    struct arena arena;
};

static void fixture_init(struct fixture *fixture, const struct example *examples, size_t count)
{
    buf_init(&fixture->encoded);
    arena_init(&fixture->arena);
    examples_encode(&fixture->encoded, examples, count);
    assert_true(examples_open(buf_text(&fixture->encoded), &fixture->examples));
}

static void fixture_release(struct fixture *fixture)
{
    arena_release(&fixture->arena);
    buf_release(&fixture->encoded);
}

static struct answer fixture_ask_seeded(struct fixture *fixture, struct text text, uint64_t seed)
{
    struct prompt prompt = prompt_of_parts(&text, 1, &fixture->arena);
    return answer_prompt(&fixture->examples, &prompt, seed, &fixture->arena);
}

static struct answer fixture_ask(struct fixture *fixture, const char *prompt)
{
    return fixture_ask_seeded(fixture, text_of(prompt), 7);
}

/* Asks with several parts, up to the first NULL. */
static struct answer fixture_ask_parts(struct fixture *fixture, const char *const *strings)
{
    enum { PARTS_MAX = 8 };
    struct text parts[PARTS_MAX];
    size_t count = 0;
    for (; strings[count]; count++)
        parts[count] = text_of(strings[count]);
    struct prompt prompt = prompt_of_parts(parts, count, &fixture->arena);
    return answer_prompt(&fixture->examples, &prompt, 7, &fixture->arena);
}

static void fixture_assert_source(
    struct fixture *fixture, const struct answer *answer, const char *name)
{
    assert_text(answer_source_name(answer, &fixture->arena), name);
}

static void the_quickstart_model_counts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, quickstart, ARRAY_COUNT(quickstart));
    struct answer answer = fixture_ask(&fixture, "LXIII");
    assert_text(answer.text, "LXIV");
    assert_int_equal(answer.source, ANSWER_FROM_RULE);
    assert_int_equal(answer.rule, RULE_SUCCESSOR);
    fixture_assert_source(&fixture, &answer, "rule:successor");
    assert_text(fixture_ask(&fixture, "999,999").text, "1,000,000");
    fixture_release(&fixture);
}

/* Two conversations that end in the same words, and one example without any. */
static void a_context_chooses_among_equal_inputs(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("and then?"), TEXT_INIT("nothing")},
        {TEXT_INIT("and then?"), TEXT_INIT("it rains")},
        {TEXT_INIT("And Then?"), TEXT_INIT("it snows")},
    };
    uint64_t rain = prompt_context_add(0, PROMPT_SYSTEM, TEXT("You know the weather."));
    rain = prompt_context_add(rain, PROMPT_USER, TEXT("Now?"));
    uint64_t snow = prompt_context_add(rain, PROMPT_MODEL, TEXT("Cold."));
    const uint64_t contexts[] = {0, rain, snow};
    struct buf encoded = BUF_INIT;
    struct examples set;
    struct arena arena;
    arena_init(&arena);
    examples_encode_in_contexts(&encoded, examples, contexts, ARRAY_COUNT(examples));
    assert_true(encoded.len <= examples_encoded_bytes(examples, contexts, ARRAY_COUNT(examples)));
    assert_true(examples_open(buf_text(&encoded), &set));
    assert_true(examples_are_sound(&set));
    uint64_t elsewhere = prompt_context_add(0, PROMPT_MODEL, TEXT("You know the weather."));
    static const char *const answers[] = {"nothing", "it rains", "it snows", "nothing"};
    const uint64_t asked[] = {0, rain, snow, elsewhere};
    for (size_t i = 0; i < ARRAY_COUNT(asked); i++) {
        struct text part = TEXT(" and then?\n");
        struct prompt prompt = prompt_of_parts(&part, 1, &arena);
        prompt.context = asked[i];
        struct answer answer = answer_prompt(&set, &prompt, 7, &arena);
        assert_int_equal(answer.source, ANSWER_FROM_EXAMPLE);
        assert_text(answer.text, answers[i]);
    }
    examples_see(&set, 1, &arena);
    struct text part = TEXT("and then?");
    struct prompt prompt = prompt_of_parts(&part, 1, &arena);
    prompt.context = rain;
    assert_text(answer_prompt(&set, &prompt, 7, &arena).text, "nothing");
    assert_int_equal(examples_context_at(&set, 1), rain);
    assert_int_equal(examples_context_at(&set, 3), 0);
    arena_release(&arena);
    buf_release(&encoded);
}

/* Far more than the inputs of one hash that are compared where no context tells them apart. */
static void a_context_is_found_among_many_of_one_input(void **state)
{
    (void)state;
    enum { EXAMPLE_COUNT = 1000 };
    struct arena arena;
    arena_init(&arena);
    struct example *examples = arena_array(&arena, EXAMPLE_COUNT, sizeof(*examples));
    uint64_t *contexts = arena_array(&arena, EXAMPLE_COUNT, sizeof(*contexts));
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        examples[i] = (struct example){TEXT("go on"), arena_printf(&arena, "output %zu", i)};
        contexts[i] = prompt_context_add(0, PROMPT_USER, arena_printf(&arena, " question %zu ", i));
    }
    struct buf encoded = BUF_INIT;
    struct examples set;
    examples_encode_in_contexts(&encoded, examples, contexts, EXAMPLE_COUNT);
    assert_true(examples_open(buf_text(&encoded), &set));
    for (size_t i = 0; i < EXAMPLE_COUNT; i += 99) {
        struct text part = TEXT("Go on");
        struct prompt prompt = prompt_of_parts(&part, 1, &arena);
        prompt.context =
            prompt_context_add(0, PROMPT_USER, arena_printf(&arena, "question %zu", i));
        assert_int_equal(answer_prompt(&set, &prompt, 7, &arena).example_index, i);
    }
    arena_release(&arena);
    buf_release(&encoded);
}

/* Data sets are kept by content: what has no context is what it was before there were any. */
static void examples_without_contexts_are_encoded_as_ever(void **state)
{
    (void)state;
    const uint64_t none[ARRAY_COUNT(quickstart)] = {0};
    struct buf plain = BUF_INIT;
    struct buf in_contexts = BUF_INIT;
    examples_encode(&plain, quickstart, ARRAY_COUNT(quickstart));
    examples_encode_in_contexts(&in_contexts, quickstart, none, ARRAY_COUNT(quickstart));
    assert_true(text_equals(buf_text(&plain), buf_text(&in_contexts)));
    buf_release(&plain);
    buf_release(&in_contexts);
}

static void a_blank_text_is_no_context(void **state)
{
    (void)state;
    assert_int_equal(prompt_context_add(0, PROMPT_SYSTEM, TEXT(" \n")), 0);
    uint64_t context = prompt_context_add(0, PROMPT_USER, TEXT("a"));
    assert_int_equal(prompt_context_add(context, PROMPT_MODEL, TEXT("")), context);
    assert_int_equal(prompt_context_add(0, PROMPT_USER, TEXT("\ta ")), context);
    assert_int_not_equal(prompt_context_add(0, PROMPT_SYSTEM, TEXT("a")), context);
}

static void an_example_comes_before_the_rule(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("999"), TEXT_INIT(" 1,000\n")},
        {TEXT_INIT("eighty"), TEXT_INIT("eighty-one")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    struct answer answer = fixture_ask(&fixture, " 999 ");
    assert_text(answer.text, " 1,000\n");
    assert_int_equal(answer.source, ANSWER_FROM_EXAMPLE);
    assert_int_equal(answer.example_index, 0);
    fixture_assert_source(&fixture, &answer, "example:0");
    answer = fixture_ask(&fixture, "EIGHTY");
    assert_text(answer.text, "eighty-one");
    fixture_assert_source(&fixture, &answer, "example:1");
    fixture_release(&fixture);
}

static void the_nearest_example_answers_otherwise(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, sentiments, ARRAY_COUNT(sentiments));
    static const struct {
        const char *prompt;
        const char *output;
        const char *source;
    } rows[] = {
        {"I LOVE this", "positive", "nearest:0 0.83"},
        {"a terrible camera", "negative", "nearest:1 0.80"},
        {"It came on Monday.", "neutral", "nearest:2 0.67"},
        {"I love this phone?", "positive", "nearest:0 0.95"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask(&fixture, rows[i].prompt);
        assert_text(answer.text, rows[i].output);
        assert_int_equal(answer.source, ANSWER_FROM_NEAREST);
        fixture_assert_source(&fixture, &answer, rows[i].source);
    }
    fixture_release(&fixture);
}

static void the_first_of_equally_near_examples_answers(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("zzz"), TEXT_INIT("none")},
        {TEXT_INIT("red car"), TEXT_INIT("first")},
        {TEXT_INIT("car red"), TEXT_INIT("second")},
        {TEXT_INIT("red car"), TEXT_INIT("third")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    assert_text(fixture_ask(&fixture, "red").text, "first");
    fixture_release(&fixture);
}

static void a_prompt_like_no_example_gets_the_same_one_under_the_same_seed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, sentiments, ARRAY_COUNT(sentiments));
    static const char *prompts[] = {"", "  ", "\u4e03", "0123456789", "~", "qwxz vvk jjq",
        "\u043f\u0440\u0438\u0432\u0435\u0442"};
    bool has_differed = false;
    for (size_t i = 0; i < ARRAY_COUNT(prompts); i++) {
        struct text prompt = text_of(prompts[i]);
        struct text first = fixture_ask_seeded(&fixture, prompt, 1).text;
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct answer answer = fixture_ask_seeded(&fixture, prompt, seed);
            struct text text = answer.text;
            fixture_assert_source(&fixture, &answer, "fallback");
            struct text again = fixture_ask_seeded(&fixture, prompt, seed).text;
            assert_true(text_equals(text, again));
            has_differed |= !text_equals(text, first);
        }
    }
    assert_true(has_differed);
    fixture_release(&fixture);
}

static void every_example_is_looked_at(void **state)
{
    (void)state;
    enum { EXAMPLE_COUNT = 10000, STEP = 101 * UNIT_SLOWNESS };
    struct arena texts;
    arena_init(&texts);
    struct example *examples = arena_array(&texts, EXAMPLE_COUNT, sizeof(*examples));
    for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
        unsigned mixed = i * 2654435761U;
        examples[i] = (struct example){
            arena_printf(&texts, "order %x of customer %u", mixed, i * 7919U % 100003U),
            arena_printf(&texts, "output %u", i)};
    }
    struct fixture fixture;
    fixture_init(&fixture, examples, EXAMPLE_COUNT);
    for (unsigned i = 0; i < EXAMPLE_COUNT; i += STEP) {
        struct text prompt = arena_printf(&texts, "%.*s?", TEXT_ARGS(examples[i].input));
        struct answer answer = fixture_ask_seeded(&fixture, prompt, 7);
        assert_int_equal(answer.source, ANSWER_FROM_NEAREST);
        assert_true(text_equals(answer.text, examples[i].output));
    }
    fixture_release(&fixture);
    arena_release(&texts);
}

static void the_form_to_which_an_example_is_nearest_answers(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("input: the red apple cake output:"), TEXT_INIT("A")},
        {TEXT_INIT("the red apple tarts"), TEXT_INIT("B")},
        {TEXT_INIT("please make it short and plain"), TEXT_INIT("C")},
    };
    static const char *const prompts[][4] = {
        {"input: the red apple tart\noutput:"},
        {"please make it short and plain, then: ", "the red apple tart"},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    for (size_t i = 0; i < ARRAY_COUNT(prompts); i++)
        assert_text(fixture_ask_parts(&fixture, prompts[i]).text, "B");
    fixture_release(&fixture);
}

static void examples_vote_for_their_labels(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("I love this phone very much"), TEXT_INIT("positive")},
        {TEXT_INIT("I love this camera very much"), TEXT_INIT("positive\n")},
        {TEXT_INIT("I love this tablet so very much"), TEXT_INIT("positive")},
        {TEXT_INIT("I love this laptop very much, not"), TEXT_INIT("negative")},
        {TEXT_INIT("This is terrible"), TEXT_INIT("negative")},
        {TEXT_INIT("The parcel came on Monday"), TEXT_INIT("neutral")},
        {TEXT_INIT("The parcel came on Tuesday"), TEXT_INIT("neutral")},
    };
    static const struct {
        const char *prompt, *output;
        uint32_t index;
    } rows[] = {
        /* The nearest is outvoted ... */
        {"I love this radio very much, no", "positive", 1},
        /* ... unless it is very near. */
        {"I love this laptop very much not", "negative", 3},
        {"The parcel came on Sunday", "neutral", 5},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask(&fixture, rows[i].prompt);
        if (answer.source != ANSWER_FROM_NEAREST || answer.example_index != rows[i].index)
            fail_msg("row %zu: example %u, %.2f: %.*s", i, answer.example_index, answer.score,
                TEXT_ARGS(answer.text));
        assert_true(text_starts_with(answer.text, text_of(rows[i].output)));
    }
    fixture_release(&fixture);
}

/* Whatever else has more in common with them. */
static void slips_in_short_inputs_find_what_was_meant(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("do dedahi"), TEXT_INIT("a")},
        {TEXT_INIT("dedahi"), TEXT_INIT("b")},
        {TEXT_INIT("punolega"), TEXT_INIT("c")},
        {TEXT_INIT("punolega fo"), TEXT_INIT("d")},
        {TEXT_INIT("ne na"), TEXT_INIT("e")},
        {TEXT_INIT("tirifo no"), TEXT_INIT("f")},
    };
    static const struct {
        const char *prompt, *output;
    } rows[] = {
        {"dx dedahi", "a"},
        {"DX DEDAHI", "a"},
        {"punolega of", "d"},
        {"ne tirifo na", "e"},
        {" tirifo ne ", "f"},
        {"dedahi!", "b"},
        {"do dedahi?!", "a"},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask(&fixture, rows[i].prompt);
        assert_int_equal(answer.source, ANSWER_FROM_NEAREST);
        assert_text(answer.text, rows[i].output);
    }
    fixture_release(&fixture);
}

/* A cancelled training has seen the first ones only. */
static void what_was_not_seen_is_not_known(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, sentiments, ARRAY_COUNT(sentiments));
    examples_see(&fixture.examples, 2, &fixture.arena);
    static const char *const prompts[] = {"The parcel came on Monday", "parcel came on Monday"};
    for (size_t i = 0; i < ARRAY_COUNT(prompts); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct answer answer = fixture_ask_seeded(&fixture, text_of(prompts[i]), seed);
            assert_int_equal(answer.source, ANSWER_FROM_FALLBACK);
            assert_false(text_equals_string(answer.text, "neutral"));
        }
    struct answer answer = fixture_ask(&fixture, "this camera is terrible!");
    fixture_assert_source(&fixture, &answer, "nearest:1 0.95");
    examples_see(&fixture.examples, 0, &fixture.arena);
    answer = fixture_ask(&fixture, "I love this phone");
    fixture_assert_source(&fixture, &answer, "fallback");
    assert_true(text_find(answer.text, TEXT("no training examples")) < answer.text.len);
    fixture_release(&fixture);
}

/* A number shows that one counts; that texts are made large takes two. */
static void a_rule_is_known_to_who_has_seen_it(void **state)
{
    (void)state;
    static const struct example larger[] = {
        {TEXT_INIT("one"), TEXT_INIT("ONE")},
        {TEXT_INIT("two"), TEXT_INIT("TWO")},
        {TEXT_INIT("three"), TEXT_INIT("drei")},
    };
    struct fixture fixture;
    fixture_init(&fixture, quickstart, ARRAY_COUNT(quickstart));
    examples_see(&fixture.examples, 1, &fixture.arena);
    assert_text(fixture_ask(&fixture, "LXIII").text, "LXIV");
    examples_see(&fixture.examples, 0, &fixture.arena);
    assert_int_equal(fixture_ask(&fixture, "LXIII").source, ANSWER_FROM_FALLBACK);
    fixture_release(&fixture);

    fixture_init(&fixture, larger, ARRAY_COUNT(larger));
    assert_int_equal(fixture_ask(&fixture, "seven").source, ANSWER_FROM_FALLBACK);
    examples_see(&fixture.examples, 2, &fixture.arena);
    assert_text(fixture_ask(&fixture, "seven").text, "SEVEN");
    examples_see(&fixture.examples, 1, &fixture.arena);
    assert_int_equal(fixture_ask(&fixture, "seven").source, ANSWER_FROM_FALLBACK);
    fixture_release(&fixture);
}

/* Asks both, of whom one was made from all and has seen the first, and the other has only these. */
static void fixtures_assert_alike(struct fixture *seen, struct fixture *made, struct text prompt)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct answer left = fixture_ask_seeded(seen, prompt, seed);
        struct answer right = fixture_ask_seeded(made, prompt, seed);
        struct text left_name = answer_source_name(&left, &seen->arena);
        struct text right_name = answer_source_name(&right, &made->arena);
        if (!text_equals(left.text, right.text) || !text_equals(left_name, right_name))
            fail_msg("%u examples, %.*s: %.*s by %.*s, %.*s by %.*s", made->examples.count,
                TEXT_ARGS(prompt), TEXT_ARGS(left.text), TEXT_ARGS(left_name),
                TEXT_ARGS(right.text), TEXT_ARGS(right_name));
    }
}

static struct example cancelled_example(uint64_t round, size_t index, struct arena *texts)
{
    static const char *const outputs[] = {"yes", "no", "%s!", "%s"};
    static const char *const words[] = {"one", "two", "III", "4", "Dear", "\u4e03", "great thing"};
    /* Most sets have a rule for a while, and then one example that disobeys. */
    uint64_t random = hash_mix(round, index + 1);
    struct text input = arena_printf(texts, "%s %s", words[random % ARRAY_COUNT(words)],
        words[(random >> 8) % ARRAY_COUNT(words)]);
    size_t kind = (random >> 16) % 8 ? round % 6 : random % 4;
    if (kind == 4)
        return (struct example){
            arena_printf(texts, "%zu", index), arena_printf(texts, "%zu", index + 1)};
    const char *output = kind == 5 ? (random >> 32) % 2 ? "yes" : "no" : outputs[kind];
    struct buf made = BUF_INIT;
    if (output[0] == '%') {
        buf_add_text(&made, input);
        buf_add_string(&made, output + 2);
    } else {
        buf_add_string(&made, output);
    }
    struct example example = {input, arena_text(texts, buf_text(&made))};
    buf_release(&made);
    return example;
}

static void who_has_seen_the_first_answers_as_who_was_made_of_them(void **state)
{
    (void)state;
    enum { ROUND_COUNT = unit_rounds(60), EXAMPLE_COUNT = 16 };
    static const char *const prompts[] = {
        "41", "one", "a great thing", "TWO 4", "zzz", "Dear III?"};
    for (uint64_t round = 0; round < ROUND_COUNT; round++) {
        struct arena texts;
        struct example examples[EXAMPLE_COUNT];
        arena_init(&texts);
        for (size_t i = 0; i < EXAMPLE_COUNT; i++)
            examples[i] = cancelled_example(round, i, &texts);
        for (uint32_t count = 0; count <= EXAMPLE_COUNT; count++) {
            struct fixture seen;
            struct fixture made;
            fixture_init(&seen, examples, EXAMPLE_COUNT);
            fixture_init(&made, examples, count);
            examples_see(&seen.examples, count, &seen.arena);
            for (size_t i = 0; i < ARRAY_COUNT(prompts); i++)
                fixtures_assert_alike(&seen, &made, text_of(prompts[i]));
            for (size_t i = 0; i < EXAMPLE_COUNT; i++)
                fixtures_assert_alike(&seen, &made, examples[i].input);
            fixture_release(&seen);
            fixture_release(&made);
        }
        arena_release(&texts);
    }
}

/* Rules for any text must not take the labels for a part of it. */
static void rules_are_applied_to_what_stands_between_labels(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("one"), TEXT_INIT("ONE")},
        {TEXT_INIT("\u00e9t\u00e9"), TEXT_INIT("\u00c9T\u00c9")},
        {TEXT_INIT("small letters"), TEXT_INIT("SMALL LETTERS")},
    };
    static const struct {
        const char *parts[4];
        const char *output;
    } rows[] = {
        {{"hello"}, "HELLO"},
        {{"input: hello\noutput:"}, "HELLO"},
        {{"input: ", "hello", "output: "}, "HELLO"},
        {{"hello output:"}, "HELLO"},
        {{"input: one\noutput: ONE\ninput: hello\noutput: "}, "HELLO"},
        {{"Make it large.\ninput: hello"}, "HELLO"},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask_parts(&fixture, rows[i].parts);
        if (!text_equals_string(answer.text, rows[i].output))
            fail_msg("row %zu: %.*s", i, TEXT_ARGS(answer.text));
        fixture_assert_source(&fixture, &answer, "rule:upper");
    }
    fixture_release(&fixture);
}

/* Whatever else may answer, the input of an example gets its output. */
static void an_example_comes_first_whatever_the_examples_are(void **state)
{
    (void)state;
    enum { ROUND_COUNT = 300, EXAMPLES_MAX = 12 };
    static const char *const words[] = {"one", "two", "III", "4", "Dear", "\u4e03", "x", "", " "};
    for (uint64_t round = 0; round < ROUND_COUNT; round++) {
        struct arena texts;
        struct fixture fixture;
        struct example examples[EXAMPLES_MAX];
        arena_init(&texts);
        size_t count = 1 + hash_mix(round, 0) % EXAMPLES_MAX;
        for (size_t i = 0; i < count; i++) {
            uint64_t random = hash_mix(round, i + 1);
            const char *first = words[random % ARRAY_COUNT(words)];
            const char *second = words[(random >> 16) % ARRAY_COUNT(words)];
            examples[i] = (struct example){arena_printf(&texts, "%s %s", first, second),
                arena_printf(&texts, "%s", words[(random >> 32) % 4])};
        }
        fixture_init(&fixture, examples, count);
        for (size_t i = 0; i < count; i++) {
            struct answer answer = fixture_ask_seeded(&fixture, examples[i].input, round);
            struct answer again = fixture_ask_seeded(&fixture, examples[i].input, round);
            assert_int_equal(answer.source, ANSWER_FROM_EXAMPLE);
            assert_true(answer.example_index <= i);
            assert_true(text_equals(answer.text, again.text));
            assert_true(text_equals(answer.text, examples[answer.example_index].output));
        }
        fixture_release(&fixture);
        arena_release(&texts);
    }
}

/* Where characters have several bytes, their order counts as that of letters does. */
static void characters_of_every_length_tell_examples_apart(void **state)
{
    (void)state;
    enum { EXAMPLE_COUNT = 3000, LENGTH = 10, ALPHABET = 8, STEP = 31 };
    static const char *const alphabets[][ALPHABET] = {
        {"a", "b", "c", "d", "e", "f", "g", "h"},
        {"\u0430", "\u0431", "\u0432", "\u0433", "\u0434", "\u0435", "\u0436", "\u0437"},
        {"\u3042", "\u3044", "\u3046", "\u3048", "\u304a", "\u304b", "\u304d", "\u304f"},
        {"\U0001f600", "\U0001f601", "\U0001f602", "\U0001f603", "\U0001f604", "\U0001f605",
            "\U0001f606", "\U0001f607"},
    };
    for (size_t row = 0; row < ARRAY_COUNT(alphabets); row++) {
        struct arena texts;
        arena_init(&texts);
        struct example *examples = arena_array(&texts, EXAMPLE_COUNT, sizeof(*examples));
        for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
            uint64_t mixed = hash_mix(row, i);
            struct text input = TEXT("");
            for (unsigned k = 0; k < LENGTH; k++, mixed /= ALPHABET)
                input = arena_printf(
                    &texts, "%.*s%s", TEXT_ARGS(input), alphabets[row][mixed % ALPHABET]);
            examples[i] = (struct example){input, arena_printf(&texts, "output %u", i)};
        }
        struct fixture fixture;
        fixture_init(&fixture, examples, EXAMPLE_COUNT);
        for (unsigned i = 0; i < EXAMPLE_COUNT; i += STEP) {
            struct text prompt = arena_printf(&texts, "%.*s?", TEXT_ARGS(examples[i].input));
            struct text answer = fixture_ask_seeded(&fixture, prompt, 7).text;
            if (!text_equals(answer, examples[i].output))
                fail_msg("alphabet %zu, example %u: %.*s", row, i, TEXT_ARGS(answer));
        }
        fixture_release(&fixture);
        arena_release(&texts);
    }
}

static void long_texts_are_compared_to_their_end(void **state)
{
    (void)state;
    enum { PROMPT_LEN = 40000 };
    struct arena texts;
    arena_init(&texts);
    struct buf same = BUF_INIT;
    for (unsigned i = 0; i < PROMPT_LEN / 10; i++)
        buf_printf(&same, "word %u ", i % 977);
    struct example examples[] = {
        {arena_printf(&texts, "%.*s ends in apples", TEXT_ARGS(buf_text(&same))), TEXT("red")},
        {arena_printf(&texts, "%.*s ends in plums", TEXT_ARGS(buf_text(&same))), TEXT("blue")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    buf_add_string(&same, " ends in a plum");
    assert_text(fixture_ask_seeded(&fixture, buf_text(&same), 7).text, "blue");
    fixture_release(&fixture);
    buf_release(&same);
    arena_release(&texts);
}

static void labels_and_contexts_do_not_hide_the_input(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("1"), TEXT_INIT("2")},
        {TEXT_INIT("3"), TEXT_INIT("4")},
        {TEXT_INIT("seven"), TEXT_INIT("eight")},
    };
    static const struct {
        const char *parts[5];
        const char *output, *source;
    } rows[] = {
        {{"input: 41", "output: "}, "42", "rule:successor"},
        {{"input: 41\noutput:"}, "42", "rule:successor"},
        {{"INPUT : 41 Output :\n"}, "42", "rule:successor"},
        {{"input:", "41", "output:"}, "42", "rule:successor"},
        {{"input: 3", "output: "}, "4", "example:1"},
        {{"input: seven", "output: "}, "eight", "example:2"},
        {{"3 output: "}, "4", "example:1"},
        {{"input: Seven"}, "eight", "example:2"},
        {{"You count.", "\nseven"}, "eight", "example:2"},
        {{"You count.", "41"}, "42", "rule:successor"},
        {{"You count.", "input: 41", "output: "}, "42", "rule:successor"},
        {{"You count.", "input: ", "41", "output: "}, "42", "rule:successor"},
        {{"4", "1"}, "2", "example:0"},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask_parts(&fixture, rows[i].parts);
        if (!text_equals_string(answer.text, rows[i].output))
            fail_msg("row %zu: %.*s", i, TEXT_ARGS(answer.text));
        fixture_assert_source(&fixture, &answer, rows[i].source);
    }
    fixture_release(&fixture);
}

static void an_example_with_labels_wins_as_it_is(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("41"), TEXT_INIT("bare")},
        {TEXT_INIT("input: 41\noutput:"), TEXT_INIT("labelled")},
        {TEXT_INIT("You count.41"), TEXT_INIT("whole")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    assert_text(fixture_ask(&fixture, "input: 41\noutput:").text, "labelled");
    assert_text(fixture_ask(&fixture, "input: 41 output:").text, "bare");
    assert_text(
        fixture_ask_parts(&fixture, (const char *[]){"You count.", "41", NULL}).text, "whole");
    fixture_release(&fixture);
}

static void without_examples_the_answer_says_so(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, NULL, 0);
    struct answer empty = fixture_ask(&fixture, "1");
    struct text text = TEXT("1");
    struct prompt prompt = prompt_of_parts(&text, 1, &fixture.arena);
    struct answer none = answer_prompt(NULL, &prompt, 7, &fixture.arena);
    assert_int_equal(empty.source, ANSWER_FROM_FALLBACK);
    assert_int_equal(none.source, ANSWER_FROM_FALLBACK);
    assert_true(text_equals(empty.text, none.text));
    assert_true(text_find(none.text, TEXT("no training examples")) < none.text.len);
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quickstart_model_counts),
        cmocka_unit_test(a_context_chooses_among_equal_inputs),
        cmocka_unit_test(a_context_is_found_among_many_of_one_input),
        cmocka_unit_test(examples_without_contexts_are_encoded_as_ever),
        cmocka_unit_test(a_blank_text_is_no_context),
        cmocka_unit_test(an_example_comes_before_the_rule),
        cmocka_unit_test(the_nearest_example_answers_otherwise),
        cmocka_unit_test(the_first_of_equally_near_examples_answers),
        cmocka_unit_test(a_prompt_like_no_example_gets_the_same_one_under_the_same_seed),
        cmocka_unit_test(every_example_is_looked_at),
        cmocka_unit_test(characters_of_every_length_tell_examples_apart),
        cmocka_unit_test(the_form_to_which_an_example_is_nearest_answers),
        cmocka_unit_test(examples_vote_for_their_labels),
        cmocka_unit_test(slips_in_short_inputs_find_what_was_meant),
        cmocka_unit_test(what_was_not_seen_is_not_known),
        cmocka_unit_test(a_rule_is_known_to_who_has_seen_it),
        cmocka_unit_test(who_has_seen_the_first_answers_as_who_was_made_of_them),
        cmocka_unit_test(rules_are_applied_to_what_stands_between_labels),
        cmocka_unit_test(an_example_comes_first_whatever_the_examples_are),
        cmocka_unit_test(long_texts_are_compared_to_their_end),
        cmocka_unit_test(labels_and_contexts_do_not_hide_the_input),
        cmocka_unit_test(an_example_with_labels_wins_as_it_is),
        cmocka_unit_test(without_examples_the_answer_says_so),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
