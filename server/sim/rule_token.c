#include "server/sim/rule_token.h"

#include "server/sim/unicode.h"

struct rule_token rule_token_next(struct text text, size_t *offset)
{
    size_t start = *offset;
    bool is_space = unicode_is_space(unicode_next(text, offset));
    size_t end = *offset;
    while (end < text.len && unicode_is_space(unicode_next(text, offset)) == is_space)
        end = *offset;
    *offset = end;
    return (struct rule_token){text_slice(text, start, end), is_space};
}
