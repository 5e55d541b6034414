#include "tests/lib/unit.h"

#include <regex.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/regex.h"

static bool finds_groups(const struct regex *regex, struct text text, bool is_whole,
    size_t group_max, struct text *ret_groups)
{
    uint64_t steps_left = UINT64_MAX;
    return regex_find_groups(regex, text, is_whole, group_max, &steps_left, ret_groups);
}

/* What a pattern took of a text, as glibc's tests write it: "(0,2)(0,1)(?,?)"; "-": nothing fits.
 */
static struct text groups_of(
    struct arena *arena, const struct regex *regex, struct text text, size_t group_max)
{
    struct text groups[REGEX_GROUPS_MAX + 1], shown = TEXT("");
    if (!finds_groups(regex, text, true, group_max, groups))
        return TEXT("-");
    for (size_t i = 0; i <= group_max && i <= regex_group_count(regex); i++) {
        size_t start = (size_t)(groups[i].bytes - text.bytes);
        struct text next = groups[i].bytes
                               ? arena_printf(arena, "(%zu,%zu)", start, start + groups[i].len)
                               : TEXT("(?,?)");
        shown = arena_joined(arena, shown, next);
    }
    return shown;
}

static void groups_take_what_posix_says(void **state)
{
    /* Many are of AT&T's tests of regular expressions, by Glenn Fowler. */
    static const struct {
        const char *pattern, *text, *groups;
    } rows[] = {
        {"abc", "xabcx", "(1,4)"},
        {"b", "a", "-"},
        {"", "abc", "(0,0)"},
        {"()", "abc", "(0,0)(0,0)"},
        {"a|ab", "xabx", "(1,3)"},
        {"(a)(b)(c)", "abc", "(0,3)(0,1)(1,2)(2,3)"},
        {"(((a)))b", "ab", "(0,2)(0,1)(0,1)(0,1)"},
        {"(a)|b", "b", "(0,1)(?,?)"},
        {"(a|ab)(c|bcd)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"},
        {"(a|ab)(bcd|c)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"},
        {"(ab|a)(c|bcd)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"},
        {"(ab|a)(bcd|c)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"},
        {"(a*)(b|abc)(c*)", "abc", "(0,3)(0,1)(1,2)(2,3)"},
        {"(a*)(b|abc)", "abc", "(0,3)(0,0)(0,3)"},
        {"(a|c|bcd|ab){0,10}(d*)", "ababcd", "(0,6)(3,6)(6,6)"},
        {"(a|ab|c|bcd)*(d*)", "ababcd", "(0,6)(3,6)(6,6)"},
        {"(a|ab|c|bcd){3,10}(d*)", "ababcd", "(0,6)(3,6)(6,6)"},
        {"((..)|(.)){2}", "aaa", "(0,3)(2,3)(?,?)(2,3)"},
        {"((..)|(.)){3}", "aaa", "(0,3)(2,3)(?,?)(2,3)"},
        {"((..)|(.))*", "aaa", "(0,3)(2,3)(?,?)(2,3)"},
        {"((..)|(.))*", "aaaa", "(0,4)(2,4)(2,4)(?,?)"},
        {"((a)|(b))*", "ab", "(0,2)(1,2)(?,?)(1,2)"},
        {"(a*)*", "a", "(0,1)(0,1)"},
        {"(a*)*", "x", "(0,0)(0,0)"},
        {"(a*)+", "aa", "(0,2)(0,2)"},
        {"(a*){2}", "aa", "(0,2)(2,2)"},
        {"(a*|b)*", "b", "(0,1)(0,1)"},
        {"(a)*", "x", "(0,0)(?,?)"},
        {"(a)?b", "b", "(0,1)(?,?)"},
        {"(a?)?b", "b", "(0,1)(0,0)"},
        {"X(.?){0,}Y", "X1234567Y", "(0,9)(7,8)"},
        {"X(.?){7,}Y", "X1234567Y", "(0,9)(7,8)"},
        {"X(.?){8,}Y", "X1234567Y", "(0,9)(8,8)"},
        {"X(.?){3,8}Y", "X1234567Y", "(0,9)(7,8)"},
        {"(a){0}b(c)", "bc", "(0,2)(?,?)(1,2)"},
        {"^(a|b)*$", "abba", "(0,4)(3,4)"},
        {"(^a)|(b$)", "xb", "(1,2)(?,?)(1,2)"},
        {"(^b)|(.)", "ab", "(0,1)(?,?)(0,1)"},
        {"^(b)|(c)", "abc", "(2,3)(?,?)(2,3)"},
        {"(foo|foobar)(bar)?", "foobar", "(0,6)(0,6)(?,?)"},
        {"([0-9]+)-([0-9]+)", "call 555-1234", "(5,13)(5,8)(9,13)"},
        {"weather in ([A-Z][a-z]+)( on (.*))?", "the weather in Oslo", "(4,19)(15,19)(?,?)(?,?)"},
        {"(\xC3\xA9+)(.)", "\xC3\xA9\xC3\xA9\xFF", "(0,5)(0,4)(4,5)"},
        {"(a)(b)(c)(d)(e)(f)(g)(h)(i)", "abcdefghi",
            "(0,9)(0,1)(1,2)(2,3)(3,4)(4,5)(5,6)(6,7)(7,8)(8,9)"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *reason = NULL;
        struct regex *regex = regex_compile(text_of(rows[i].pattern), *state, &reason);
        assert_non_null(regex);
        struct text groups = groups_of(*state, regex, text_of(rows[i].text), REGEX_GROUPS_MAX);
        if (!text_equals_string(groups, rows[i].groups))
            fail_msg("%s in \"%s\": %.*s, not %s", rows[i].pattern, rows[i].text, TEXT_ARGS(groups),
                rows[i].groups);
    }
}

static void only_groups_that_are_asked_for_are_told(void **state)
{
    const char *reason;
    struct regex *regex = regex_compile(TEXT("(a)((b)|c)*"), *state, &reason);
    assert_int_equal(regex_group_count(regex), 3);
    assert_text(groups_of(*state, regex, TEXT("abc"), 0), "(0,3)");
    assert_text(groups_of(*state, regex, TEXT("abc"), 2), "(0,3)(0,1)(2,3)");
    assert_text(groups_of(*state, regex, (struct text){NULL, 0}, 2), "-");
    /* More than can be asked for. */
    regex = regex_compile(TEXT("((((((((((((a))))))))))))|((b))"), *state, &reason);
    assert_int_equal(regex_group_count(regex), 14);
    assert_text(groups_of(*state, regex, TEXT("b"), 1), "(0,1)(?,?)");
    assert_text(groups_of(*state, regex, TEXT("ba"), 9),
        "(0,1)(?,?)(?,?)(?,?)(?,?)(?,?)(?,?)(?,?)(?,?)(?,?)");
    assert_int_equal(regex_group_count(regex_compile(TEXT("\\(a[()]"), *state, &reason)), 0);
}

static void what_is_cut_off_has_no_end(void **state)
{
    const char *reason;
    struct text groups[2];
    struct regex *regex = regex_compile(TEXT("(a+)$|b"), *state, &reason);
    assert_true(finds_groups(regex, TEXT("caa"), true, 1, groups));
    assert_text(groups[1], "aa");
    assert_false(finds_groups(regex, TEXT("caa"), false, 1, groups));
    assert_true(finds_groups(regex, TEXT("cab"), false, 1, groups));
    assert_null(groups[1].bytes);
}

static void groups_are_not_looked_for_without_steps(void **state)
{
    static const char *const patterns[] = {
        "(a)(b?)", "((a*)*|b)*(.){2,5}", "(a|(b))+(.*)", "(a*)+"};
    struct text text = TEXT("aabaab");
    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
        const char *reason;
        struct text groups[REGEX_GROUPS_MAX + 1];
        struct regex *regex = regex_compile(text_of(patterns[i]), *state, &reason);
        uint64_t taken = UINT64_MAX;
        assert_true(regex_find_groups(regex, text, true, REGEX_GROUPS_MAX, &taken, groups));
        taken = UINT64_MAX - taken;
        for (uint64_t given = 0; given <= taken; given++) {
            uint64_t steps_left = given;
            assert_false(
                regex_find_groups(regex, text, true, REGEX_GROUPS_MAX, &steps_left, groups));
            assert_int_equal(steps_left, 0);
        }
        uint64_t steps_left = taken + 1;
        assert_true(regex_find_groups(regex, text, true, REGEX_GROUPS_MAX, &steps_left, groups));
        assert_int_equal(steps_left, 1);
    }
}

static void patterns_that_hang_others_end(void **state)
{
    static const char *const patterns[] = {
        "(((a*)*)*)*",
        "(a|a)*(a|aa)*((a+)+)+",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)a",
        "(((((((((a|b){1,2}){1,2}){1,2}){1,2}){1,2}){1,2})*)*)*",
        "(.*b|a)*",
        "(a?){255}a{255}",
        "((a{1,30}){1,30})*",
        "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*(a*)",
    };
    struct arena *arena = *state;
    char *text = arena_alloc(arena, 2048);
    memset(text, 'a', 2048);
    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
        const char *reason;
        struct text groups[REGEX_GROUPS_MAX + 1];
        struct regex *regex = regex_compile(text_of(patterns[i]), arena, &reason);
        assert_true(finds_groups(regex, (struct text){text, 2048}, true, REGEX_GROUPS_MAX, groups));
        assert_true(groups[0].len > 0);
    }
}

/* --- by definition --- */

/* A pattern as a tree: nodes in the order of the text. */
enum kind { LETTER, ANY, GROUP };

struct node {
    enum kind kind;
    char letter;
    int group;
    int least, most;        /* -1: no most */
    int branches[2];        /* of a group: the first piece of each; 0: it is empty */
    int branch_count, next; /* next piece; 0: none */
};

struct tree {
    struct node nodes[64]; /* the first is the whole, the rest from 1 */
    int count, group_count;
    struct buf pattern;
    uint64_t seed, draws;
    const char *text;
    int len, starts[REGEX_GROUPS_MAX + 1], ends[REGEX_GROUPS_MAX + 1];
};

static unsigned draw(struct tree *tree, unsigned count)
{
    return (unsigned)(hash_mix(tree->seed, ++tree->draws) % count);
}

static const struct {
    const char *text;
    int least, most;
} repetitions[] = {{"", 1, 1}, {"", 1, 1}, {"*", 0, -1}, {"+", 1, -1}, {"?", 0, 1}, {"{2}", 2, 2},
    {"{0,2}", 0, 2}, {"{1,3}", 1, 3}, {"{2,}", 2, -1}, {"{0}", 0, 0}};

static void make_branches(struct tree *tree, struct node *node, unsigned depth)
{
    node->branch_count = 1 + (draw(tree, 3) == 0);
    for (int i = 0; i < node->branch_count; i++) {
        if (i > 0)
            buf_add_string(&tree->pattern, "|");
        int *link = &node->branches[i];
        for (unsigned left = draw(tree, 4); left > 0 && tree->count < 60; left--) {
            *link = ++tree->count;
            struct node *piece = &tree->nodes[*link];
            link = &piece->next;
            piece->kind = (enum kind)(draw(tree, 8) / 3);
            piece->letter = "ab"[draw(tree, 2)];
            if (piece->kind == GROUP && (depth == 0 || tree->group_count == REGEX_GROUPS_MAX))
                piece->kind = ANY;
            if (piece->kind == GROUP) {
                piece->group = ++tree->group_count;
                buf_add_string(&tree->pattern, "(");
                make_branches(tree, piece, depth - 1);
            }
            buf_add(&tree->pattern,
                piece->kind == LETTER ? &piece->letter
                : piece->kind == ANY  ? "."
                                      : ")",
                1);
            size_t times = draw(tree, ARRAY_COUNT(repetitions));
            piece->least = repetitions[times].least;
            piece->most = repetitions[times].most;
            buf_add_string(&tree->pattern, repetitions[times].text);
        }
    }
}

static bool pieces_fit(const struct tree *tree, int piece, int start, int end);

static bool atom_fits(const struct tree *tree, const struct node *node, int start, int end)
{
    if (node->kind != GROUP)
        return end == start + 1 && (node->kind == ANY || tree->text[start] == node->letter);
    return pieces_fit(tree, node->branches[0], start, end) ||
           (node->branch_count > 1 && pieces_fit(tree, node->branches[1], start, end));
}

/* `turns` have been. Those that need not be take something. */
static bool turns_fit(
    const struct tree *tree, const struct node *node, int turns, int start, int end)
{
    if (turns >= node->least && start == end)
        return true;
    if (turns == node->most)
        return false;
    for (int to = end; to >= start + (turns >= node->least); to--)
        if (atom_fits(tree, node, start, to) && turns_fit(tree, node, turns + 1, to, end))
            return true;
    return false;
}

static bool pieces_fit(const struct tree *tree, int piece, int start, int end)
{
    if (!piece)
        return start == end;
    for (int to = end; to >= start; to--)
        if (turns_fit(tree, &tree->nodes[piece], 0, start, to) &&
            pieces_fit(tree, tree->nodes[piece].next, to, end))
            return true;
    return false;
}

static void place_group(struct tree *tree, const struct node *node, int start, int end);

static void place_turns(struct tree *tree, const struct node *node, int start, int end)
{
    int turns = 0, from = -1, at = start;
    while (turns < node->least || at != end) {
        int to = end;
        while (!atom_fits(tree, node, at, to) || !turns_fit(tree, node, turns + 1, to, end))
            to--;
        from = at;
        at = to;
        turns++;
    }
    if (turns == 0 && node->most != 0 && atom_fits(tree, node, start, start))
        from = start;
    if (from >= 0)
        place_group(tree, node, from, end);
}

static void place_group(struct tree *tree, const struct node *node, int start, int end)
{
    tree->starts[node->group] = start;
    tree->ends[node->group] = end;
    int piece = node->branches[0];
    if (node->branch_count > 1 && !pieces_fit(tree, piece, start, end))
        piece = node->branches[1];
    for (; piece; piece = tree->nodes[piece].next) {
        const struct node *next = &tree->nodes[piece];
        int to = end;
        while (!turns_fit(tree, next, 0, start, to) || !pieces_fit(tree, next->next, to, end))
            to--;
        if (next->kind == GROUP)
            place_turns(tree, next, start, to);
        start = to;
    }
}

static struct text groups_by_definition(struct arena *arena, struct tree *tree)
{
    struct text shown = TEXT("");
    for (int i = 0; i <= REGEX_GROUPS_MAX; i++)
        tree->starts[i] = -1;
    for (int start = 0; start <= tree->len && tree->starts[0] < 0; start++)
        for (int end = tree->len; end >= start && tree->starts[0] < 0; end--)
            if (atom_fits(tree, &tree->nodes[0], start, end))
                place_group(tree, &tree->nodes[0], start, end);
    if (tree->starts[0] < 0)
        return TEXT("-");
    for (int i = 0; i <= tree->group_count; i++)
        shown = arena_joined(arena, shown,
            tree->starts[i] < 0 ? TEXT("(?,?)")
                                : arena_printf(arena, "(%d,%d)", tree->starts[i], tree->ends[i]));
    return shown;
}

/* The same by glibc, of whose word only the whole is known to be right, and of musl's not even
 * that. */
static void assert_whole_as_glibc_has_it(
    struct arena *arena, const char *pattern, const char *text, struct text got)
{
#ifdef __GLIBC__
    regex_t other;
    regmatch_t whole;
    assert_int_equal(regcomp(&other, pattern, REG_EXTENDED), 0);
    bool is_found = regexec(&other, text, 1, &whole, 0) == 0;
    regfree(&other);
    struct text want =
        is_found ? arena_printf(arena, "(%d,%d)", (int)whole.rm_so, (int)whole.rm_eo) : TEXT("-");
    assert_text(want, got.bytes);
#else
    (void)arena, (void)pattern, (void)text, (void)got;
#endif
}

static void groups_are_those_of_the_definition(void **state)
{
    struct arena *arena = *state;
    size_t with_groups = 0;
    for (uint64_t seed = 1; seed <= unit_rounds(3000); seed++) {
        arena_clear(arena);
        struct tree *tree = arena_alloc(arena, sizeof(*tree));
        const char *reason;
        tree->seed = seed;
        tree->nodes[0].kind = GROUP;
        make_branches(tree, &tree->nodes[0], 3);
        struct text pattern = arena_text(arena, buf_text(&tree->pattern));
        buf_release(&tree->pattern);
        struct regex *regex = regex_compile(pattern, arena, &reason);
        assert_non_null(regex);
        assert_int_equal(regex_group_count(regex), tree->group_count);
        for (unsigned round = 0; round < 8; round++) {
            char text[7] = "";
            tree->len = (int)draw(tree, 7);
            for (int i = 0; i < tree->len; i++)
                text[i] = "ab"[draw(tree, 2)];
            tree->text = text;
            struct text want = groups_by_definition(arena, tree);
            struct text got = groups_of(arena, regex, text_of(text), REGEX_GROUPS_MAX);
            if (!text_equals(got, want))
                fail_msg("%s in \"%s\": %.*s, not %.*s", pattern.bytes, text, TEXT_ARGS(got),
                    TEXT_ARGS(want));
            assert_whole_as_glibc_has_it(
                arena, pattern.bytes, text, groups_of(arena, regex, text_of(text), 0));
            uint64_t steps_left = UINT64_MAX;
            assert_int_equal(regex_finds(regex, text_of(text), true, &steps_left),
                !text_equals_string(want, "-"));
            with_groups += tree->group_count > 0 && want.len > 1;
        }
    }
    assert_true(with_groups > unit_rounds(5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(groups_take_what_posix_says),
        unit_test_with_arena(only_groups_that_are_asked_for_are_told),
        unit_test_with_arena(what_is_cut_off_has_no_end),
        unit_test_with_arena(groups_are_not_looked_for_without_steps),
        unit_test_with_arena(patterns_that_hang_others_end),
        unit_test_with_arena(groups_are_those_of_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
