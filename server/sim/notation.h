/*
 * Ways to write numbers. A notation reads a text into a number and its style (separators, capitals
 * and the like), and writes any number in that style.
 */
#ifndef SERVER_SIM_NOTATION_H
#define SERVER_SIM_NOTATION_H

#include "server/sim/number.h"

struct notation;

/* A number as it was written. */
struct notated {
    struct number number;
    const struct notation *notation;
    const void *style; /* the notation's own, in the arena */
};

/* A notation's two functions. `input` has no white space around it. */
struct notation {
    /* False if the input is no number in this notation. */
    bool (*read)(struct text input, struct arena *arena, struct notated *ret_notated);
    /* False if the notation has no way to write the number. */
    bool (*write)(
        struct number number, const void *style, struct arena *arena, struct text *ret_output);
};

/*
 * Decimal digits of any length, with an optional "+", "-" or U+2212 in front. Leading zeros are a
 * width that is kept: "007" and 1 is "008".
 *
 * Digits may stand in groups of three, all separated the same way by a comma, a space, a no-break
 * space (U+00A0, U+202F), an underscore, an apostrophe (' or U+2019) or a full stop: "999,999" and
 * 1 is "1,000,000", "1.999" and 1 is "2.000". Input without separators gets none.
 *
 * Behind a full stop or a comma that cannot separate groups stands a fraction: "1.5", "0.125",
 * "1,234.5", "3,14", but not "1.125".
 *
 * The digits may be those of any script that is not mixed with another, and a sign of money may
 * stand before or behind them, or one of shares or degrees behind them: "$5", "7 %".
 */
extern const struct notation notation_digits;

/*
 * The small numbers in French and in Chinese characters that notebooks about tuning ask for:
 * "quatre", U+516D. Lower case, zero to twenty.
 */
extern const struct notation notation_list;

/*
 * Canonical Roman numerals of 1 to 3999, all upper or all lower case. "IIII", "IL" and "Iv" are
 * refused. A word that happens to be a canonical numeral is read as one: "I", "mix".
 */
extern const struct notation notation_roman;

#endif
