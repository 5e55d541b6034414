/* A text as what stands between white space. */
#ifndef SERVER_SIM_RULE_TOKEN_H
#define SERVER_SIM_RULE_TOKEN_H

#include <stdbool.h>

#include "base/text.h"

/* A stretch of white space, or of what is none. */
struct rule_token {
    struct text text;
    bool is_space;
};

/* The one at `*offset` < text.len; moves the offset behind it. */
struct rule_token rule_token_next(struct text text, size_t *offset);

#endif
