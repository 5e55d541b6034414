/*
 * Regular expressions: POSIX extended ones, without back references, over the code points of UTF-8.
 * An own small matcher, since what the C libraries have differs between them, depends on a locale,
 * stops at NUL, and takes time and memory without bound for some patterns. Here all of that is
 * bounded by the pattern's size, which is bounded, times the length of the text.
 *
 * What there is: . [] [^] () | * + ? {m} {m,} {m,n} ^ $ and \ before a special character; classes
 * such as [:alpha:], which are those of ASCII; ranges, in the order of code points. `.` and [^x]
 * are any code point, also NUL and the newline; ^ and $ are the text's begin and end. Bytes that
 * are no UTF-8 are each a character of their own, which `.` and [^x] take and nothing else does.
 * \d, \w, \s, \b and the like, which other dialects have, are refused, as is what POSIX leaves
 * undefined.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum {
    REGEX_PATTERN_BYTES_MAX = 1000, /* longer than anybody reads */
    REGEX_REPEAT_MAX = 255,         /* of {m,n}: RE_DUP_MAX of POSIX */
    REGEX_DEPTH_MAX = 50,           /* of parentheses: the compiler calls itself as often */
    REGEX_GROUPS_MAX = 9,           /* that can be asked for, as with \1 to \9 elsewhere */
    /* States of the machine that a pattern becomes, which counts everything that is repeated as
     * often as that: what one character of a text costs at most. */
    REGEX_STATES_MAX = 2000
};

struct regex;

/* Compiles a pattern into the arena. NULL if it is none; `ret_reason` then says what is wrong with
 * it, a literal. */
struct regex *regex_compile(struct text pattern, struct arena *arena, const char **ret_reason);

/*
 * True if the text has a part that fits. Takes at most regex_size steps for each character of the
 * text, and far fewer of most patterns. Where more follows that is not shown (`is_whole` is false),
 * `$` holds nowhere. From any thread.
 *
 * What it takes is taken off `steps_left`. Where that is too little, it is 0 afterwards, and it is
 * not known if a part fits: the answer is false. A step takes some 10 ns at most.
 */
bool regex_finds(const struct regex *regex, struct text text, bool is_whole, uint64_t *steps_left);

/* How many groups it has, all of them: a pair of parentheses each, in the order of the opening. */
size_t regex_group_count(const struct regex *regex);

/*
 * The part of the text that fits, and what each group took of it: ret_groups[0] is the whole,
 * [1] to [group_max] (at most REGEX_GROUPS_MAX) the groups; bytes == NULL: took no part, or there
 * is none. They are parts of the text. False if nothing fits.
 *
 * By the rules of POSIX (XBD 9.1): the whole is what begins first and, of these, is longest. Then
 * each piece of a branch, from left to right, and within a repetition each turn, takes as much as
 * it can while the rest still fits. Of alternatives that fit, it is the first. What is repeated has
 * the groups of its last turn alone. A turn takes nothing only where it must, or where nothing is
 * there to be taken: (a*)* takes part in "", and (a*){2} in "a" has its second turn at the end.
 *
 * Takes a small multiple of regex_size * (group_max + 1) steps for each character of the text, and
 * memory for it: 16 bytes, and a bit for each piece of a branch; given back before it returns.
 * A sentence takes microseconds; 16 KiB and the largest of patterns, a second or two, unless
 * `steps_left` ends it, as of regex_finds. Whoever needs no groups asks that, which is faster. From
 * any thread.
 */
bool regex_find_groups(const struct regex *regex, struct text text, bool is_whole, size_t group_max,
    uint64_t *steps_left, struct text *ret_groups);

/* How many states it has. */
size_t regex_size(const struct regex *regex);

#endif
