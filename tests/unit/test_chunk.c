#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/hash.h"
#include "server/sim/chunk.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"

/* The chunks of a text, a bar between any two. */
static struct text cut(struct arena *arena, struct text text, int32_t token_count)
{
    struct text cut = TEXT(""), rest = text;
    while (rest.len) {
        size_t len = chunk_bytes(rest, token_count);
        assert_in_range(len, 1, rest.len);
        cut = arena_printf(arena, "%.*s%s%.*s", TEXT_ARGS(cut), cut.len ? "|" : "",
            TEXT_ARGS(text_slice(rest, 0, len)));
        rest = text_slice(rest, len, rest.len);
    }
    return cut;
}

static void texts_are_cut_behind_words(void **state)
{
    static const struct {
        const char *text;
        int32_t tokens;
        const char *cut;
    } rows[] = {
        {"", 1, ""},
        {"word", 1, "word"},
        {"two words", 1, "two| words"},
        {"The capital of Wyoming is **Cheyenne**.\n", 3,
            "The capital of| Wyoming is **Cheyenne**.\n"},
        {"  spaces  go\twith\n\nwhat follows \n ", 1, "  spaces|  go|\twith|\n\nwhat| follows \n "},
        {" \n ", 1, " \n "},
        {"marks, (stay) with their \u201cwords\u201d\u2026 yes!", 1,
            "marks,| (stay)| with| their| \u201cwords\u201d\u2026| yes!"},
        {"1,234.5 is a number", 1, "1,234.5| is| a| number"},
        {"internationalization matters", 1, "internationalization| matters"},
        {"wide\u3000or\u2003not", 1, "wide|\u3000or|\u2003not"},
        {"na\u0131\u0308ve cafe\u0301 done", 1, "na\u0131\u0308ve| cafe\u0301| done"},
        {"\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", 1,
            "\u041f\u0440\u0438\u0432\u0435\u0442,| \u043c\u0438\u0440!"},
        {"\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e", 1,
            "\u0928\u092e\u0938\u094d\u0924\u0947| \u0926\u0941\u0928\u093f\u092f\u093e"},
        {"\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4", 1,
            "\uc548\ub155\ud558\uc138\uc694| \uc138\uacc4"},
        {"\u4f60\u597d\uff0c\u4e16\u754c\u3002", 1, "\u4f60|\u597d\uff0c|\u4e16|\u754c\u3002"},
        {"\u65e5\u672c\u8a9e\u3067\u3059 and English", 2,
            "\u65e5\u672c|\u8a9e\u3067|\u3059 and| English"},
        {"\u304b\u3099\u304d\u3099", 1, "\u304b\u3099|\u304d\u3099"},
        {"\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", 12, "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"},
        {"\U0001F468\u200D\U0001F469\u200D\U0001F467\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FD", 1,
            "\U0001F468\u200D\U0001F469\u200D\U0001F467|\U0001F1E9\U0001F1EA|"
            "\U0001F44D\U0001F3FD"},
        {"\xff\xfe \x80", 1, "\xff\xfe| \x80"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(cut(*state, text_of(rows[i].text), rows[i].tokens), rows[i].cut);
}

static void a_word_without_end_is_cut_between_characters(void **state)
{
    static const char *const characters[] = {"a", "\u00e9", "e\u0301", "\u0ba8\u0bbf", "="};
    for (size_t i = 0; i < ARRAY_COUNT(characters); i++) {
        struct buf text = BUF_INIT;
        for (int k = 0; k < 1000; k++)
            buf_add_string(&text, characters[i]);
        buf_add_string(&text, "!");
        struct text rest = buf_text(&text);
        size_t len = chunk_bytes(rest, 1);
        assert_in_range(len, 64, 142);
        assert_int_equal(len % strlen(characters[i]), 0);
        buf_release(&text);
    }
    (void)state;
}

static void white_space_without_end_is_not_cut(void **state)
{
    static const char *const spaces[] = {" ", "\n", "\r\n", "\u3000"};
    for (size_t i = 0; i < ARRAY_COUNT(spaces); i++) {
        struct buf text = BUF_INIT;
        buf_add_string(&text, "one");
        for (int k = 0; k < 1000; k++)
            buf_add_string(&text, spaces[i]);
        buf_add_string(&text, "two three");
        struct text rest = text_slice(buf_text(&text), 3, text.len);
        assert_int_equal(chunk_bytes(buf_text(&text), 1), 3);
        assert_int_equal(chunk_bytes(rest, 1), rest.len - strlen(" three"));
        buf_release(&text);
    }
    (void)state;
}

/* Code points that matter for where a text may be cut, and any others. */
static uint32_t draw_code_point(uint64_t random)
{
    static const uint32_t some[] = {' ', ' ', ' ', '\n', '\r', '.', ',', '1', 'a', 'b', 'c', 0,
        0x0301, 0x200D, 0xFE0F, 0x3000, 0x4E16, 0x3002, 0x0E01, 0x0E31, 0x1100, 0x1161, 0x1F1E6,
        0x1F468, 0x1F3FD, 0x0915, 0x094D};
    if (random & 7)
        return some[(random >> 8) % ARRAY_COUNT(some)];
    uint32_t any = (uint32_t)(random >> 8) % 0x110000;
    return any >= 0xD800 && any < 0xE000 ? 'x' : any;
}

static void draw_text(struct buf *text, uint64_t seed)
{
    size_t count = hash_mix(seed, 0) % 120;
    for (size_t i = 1; i <= count; i++) {
        uint64_t random = hash_mix(seed, i);
        char bytes[4] = {(char)(random >> 40)};
        size_t len = 1; /* of any byte at all, now and then */
        if (seed % 4 || random % 13)
            len = unicode_encode(draw_code_point(random), bytes);
        buf_add_text(text, (struct text){bytes, len});
    }
}

/* True if a character ends there. */
static bool is_boundary(struct text text, size_t offset)
{
    size_t at = 0;
    while (at < offset)
        at = unicode_character_end(text, at);
    return at == offset;
}

static void any_text_is_cut_between_characters_into_few_chunks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4000; seed++) {
        struct buf drawn = BUF_INIT;
        draw_text(&drawn, seed);
        struct text text = buf_text(&drawn);
        int32_t tokens = (int32_t)(seed % 5) + 1, count = 0;
        size_t at = 0;
        while (at < text.len) {
            size_t len = chunk_bytes(text_slice(text, at, text.len), tokens);
            assert_in_range(len, 1, text.len - at);
            at += len;
            count++;
            assert_true(is_boundary(text, at));
        }
        assert_true(count <= tokens_estimate(text) / tokens + 1);
        buf_release(&drawn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(texts_are_cut_behind_words),
        cmocka_unit_test(a_word_without_end_is_cut_between_characters),
        cmocka_unit_test(white_space_without_end_is_not_cut),
        cmocka_unit_test(any_text_is_cut_between_characters_into_few_chunks),
    };
    return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
