#include "tests/lib/rule_rows.h"

#include "server/sim/rule.h"
#include "server/sim/unicode.h"
#include "tests/lib/unit.h"

enum { RULE_ROWS_EXAMPLES_MAX = 32 };

/* The text with its "\n" as line feeds. */
static struct text rule_rows_unescaped(struct text text, struct arena *arena)
{
    char *bytes = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_escape = text.bytes[i] == '\\' && i + 1 < text.len && text.bytes[i + 1] == 'n';
        bytes[len++] = (char)(is_escape ? '\n' : text.bytes[i]);
        i += is_escape;
    }
    return (struct text){bytes, len};
}

static size_t rule_rows_read(const char *lines, struct example *examples, struct arena *arena)
{
    struct text arrow = TEXT(" =>");
    struct text rest = text_of(lines);
    size_t count = 0;
    while (rest.bytes && rest.len > 0) {
        struct text line = text_split(&rest, '\n');
        size_t at = text_find(line, arrow);
        assert_true(at < line.len && count < RULE_ROWS_EXAMPLES_MAX);
        size_t output = at + arrow.len < line.len ? at + arrow.len + 1 : line.len;
        examples[count].input = rule_rows_unescaped(text_slice(line, 0, at), arena);
        examples[count++].output = rule_rows_unescaped(text_slice(line, output, line.len), arena);
    }
    return count;
}

static void rule_rows_check_prompts(
    size_t row, const char *prompts, struct rule_found found, struct arena *arena)
{
    struct example expected[RULE_ROWS_EXAMPLES_MAX];
    size_t count = rule_rows_read(prompts, expected, arena);
    for (size_t i = 0; i < count; i++) {
        struct text answer = TEXT("!");
        rule_apply(found.kind, found.parameter, expected[i].input, arena, &answer);
        if (!text_equals(answer, expected[i].output))
            fail_msg("row %zu: \"%.*s\" gives \"%.*s\", not \"%.*s\"", row,
                TEXT_ARGS(expected[i].input), TEXT_ARGS(answer), TEXT_ARGS(expected[i].output));
    }
}

static void rule_rows_check_examples(size_t row, struct example *examples, size_t count,
    struct rule_found found, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct text output = unicode_trim(examples[i].output);
        struct text answer = TEXT("!");
        if (!rule_apply(found.kind, found.parameter, examples[i].input, arena, &answer) ||
            (found.kind > RULE_FACTOR && !text_equals(answer, output)))
            fail_msg("row %zu: example %zu becomes \"%.*s\"", row, i, TEXT_ARGS(answer));
        struct text kept = examples[i].output;
        examples[i].output = TEXT("\x01 something else");
        if (rule_of_examples(examples, count, arena).kind == found.kind)
            fail_msg("row %zu: found although example %zu disobeys", row, i);
        examples[i].output = kept;
    }
}

void rule_rows_check(const struct rule_row *rows, size_t row_count)
{
    for (size_t row = 0; row < row_count; row++) {
        struct arena arena;
        arena_init(&arena);
        struct example examples[RULE_ROWS_EXAMPLES_MAX];
        size_t count = rule_rows_read(rows[row].examples, examples, &arena);
        struct rule_found found = rule_of_examples(examples, count, &arena);
        if (!text_equals_string(rule_name(found.kind), rows[row].rule))
            fail_msg("row %zu: the rule is \"%.*s\", not \"%s\"", row,
                TEXT_ARGS(rule_name(found.kind)), rows[row].rule);
        rule_rows_check_prompts(row, rows[row].prompts, found, &arena);
        if (found.kind != RULE_NONE)
            rule_rows_check_examples(row, examples, count, found, &arena);
        arena_release(&arena);
    }
}
