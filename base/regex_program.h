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

struct regex {
    struct regex_step *steps;
    size_t count;
    struct regex_set *sets;
};

#endif
