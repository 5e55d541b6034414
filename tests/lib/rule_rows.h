/* Data sets, the rule that is found in each, and what it makes of prompts: for the tests of rules.
 */
#ifndef TESTS_LIB_RULE_ROWS_H
#define TESTS_LIB_RULE_ROWS_H

#include <stddef.h>

/*
 * A line of `examples` is "INPUT => OUTPUT", and one of `prompts` "PROMPT => ANSWER", where "!"
 * says that the rule cannot be applied. "\\n" in a line is a line feed.
 */
struct rule_row {
    const char *rule; /* its name; "" if there is none */
    const char *examples;
    const char *prompts;
};

/*
 * Fails unless each row holds. Beside it: the rule gives each example's output for its input (for
 * rules about numbers, as far as these are written alike), and with any example's output replaced
 * it is no longer found.
 */
void rule_rows_check(const struct rule_row *rows, size_t row_count);

#endif
