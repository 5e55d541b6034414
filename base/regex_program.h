/*
 * What a pattern becomes: a small program, whose steps name each other by their distance, so that a
 * part which is repeated is just copied. All ways through it are followed at once (Thompson, 1968),
 * each step at most once for each character of the text. Private to the regular expressions.
 */
#ifndef BASE_REGEX_PROGRAM_H
#define BASE_REGEX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum regex_code {
    REGEX_CHARACTER, /* takes the character `first` */
    REGEX_ANY,       /* takes any character */
    REGEX_SET,       /* takes one of the set `first`; from here on nothing is taken */
    REGEX_SPLIT,     /* goes on at both distances, `first` and `second` */
    REGEX_JUMP,      /* goes on at the distance `first` */
    REGEX_BEGIN,     /* goes on where the text begins */
    REGEX_END,       /* goes on where it ends */
    REGEX_FOUND
};

struct regex_step {
    enum regex_code code;
    int32_t first, second;
};

struct regex_range {
    uint32_t low, high;
};

/* A bracket expression: ranges in ascending order, none touching another. */
struct regex_set {
    struct regex_range *ranges;
    size_t count;
    bool is_negated;
};

/*
 * What the pattern said, for whoever wants its groups: steps do not tell. A group has branches,
 * which have pieces, which may be groups; ranges are of steps, the end not in it. Whatever has no
 * choice, such as a word, is one piece. What is in groups behind the last that can be asked for is
 * not kept.
 */
struct regex_piece {
    uint16_t from, to;           /* all turns */
    uint16_t body_from, body_to; /* the first of them */
    int16_t least, most;         /* turns; REGEX_NO_END: there is no most */
    uint16_t group;              /* what it repeats; 0: none */
    uint16_t next;               /* piece of the branch; 0: none */
};

struct regex_branch {
    uint16_t from, to;
    uint16_t first_piece; /* 0: none */
    uint16_t next;        /* branch of the group; 0: none */
};

enum { REGEX_NO_END = -1 };

struct regex {
    struct regex_step *steps;
    size_t count;
    struct regex_set *sets;
    size_t group_count;
    /* The next are NULL if there are no groups; index 0 of the first two stands for none. */
    struct regex_piece *pieces;
    struct regex_branch *branches;
    uint16_t *first_branch; /* by group that can be asked for; 0 is the whole pattern */
};

static inline bool regex_set_has(const struct regex_set *set, uint32_t character)
{
    size_t from = 0, to = set->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (set->ranges[middle].high < character)
            from = middle + 1;
        else
            to = middle;
    }
    bool is_in = from < set->count && set->ranges[from].low <= character;
    return is_in != set->is_negated;
}

/* True if the step takes characters, and this one. */
static inline bool regex_takes(const struct regex *regex, size_t at, uint32_t character)
{
    const struct regex_step *step = &regex->steps[at];
    if (step->code == REGEX_CHARACTER)
        return (uint32_t)step->first == character;
    return step->code == REGEX_ANY ||
           (step->code == REGEX_SET && regex_set_has(&regex->sets[step->first], character));
}

/* Bytes that are no UTF-8 are characters beyond all others. */
enum { REGEX_STRAY_BYTE = 0x110000 };

/* What a text consists of: the code point, or what stands for a byte that is no UTF-8. */
static inline uint32_t regex_next_character(struct text text, size_t *offset)
{
    if (text_sequence_length(text, *offset) > 0)
        return text_next_code_point(text, offset);
    return REGEX_STRAY_BYTE + (unsigned char)text.bytes[(*offset)++];
}

#endif
