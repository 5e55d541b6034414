#include "server/api/filter.h"

#include "server/contract/message.h"

enum filter_operator {
    FILTER_OWNER_ME = 1 << 0,
    FILTER_WRITERS_ME = 1 << 1,
    FILTER_READERS_ME = 1 << 2,
    FILTER_READERS_EVERYONE = 1 << 3
};

static const struct {
    struct text term;
    enum filter_operator operator;
    int32_t role; /* that the caller must have directly; 0: see filter_keeps */
} operators[] = {
    {TEXT_INIT("owner:me"), FILTER_OWNER_ME, Permission_Role_OWNER},
    {TEXT_INIT("writers:me"), FILTER_WRITERS_ME, Permission_Role_WRITER},
    {TEXT_INIT("readers:me"), FILTER_READERS_ME, Permission_Role_READER},
    {TEXT_INIT("readers:everyone"), FILTER_READERS_EVERYONE, 0},
};
enum { OPERATOR_COUNT = sizeof operators / sizeof operators[0] };

static unsigned filter_operator_of(struct text term)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (text_equals_ignoring_case(term, operators[i].term))
            return operators[i].operator;
    return 0;
}

bool filter_parse(struct text text, struct filter *ret_filter, struct text *ret_bad_term)
{
    *ret_filter = (struct filter){.word_count = 0};
    struct text rest = text.len ? text : (struct text){NULL, 0};
    while (rest.bytes) {
        struct text term = text_trim(text_split(&rest, ' '));
        if (text_is_empty(term))
            continue;
        if (text_find_byte(term, ':') == term.len && ret_filter->word_count < FILTER_WORDS_MAX) {
            ret_filter->words[ret_filter->word_count++] = term;
            continue;
        }
        unsigned found = filter_operator_of(term);
        if (!found) {
            *ret_bad_term = term;
            return false;
        }
        ret_filter->operators |= found;
    }
    return true;
}

bool filter_asks_everyone(const struct filter *filter)
{
    return filter->operators & FILTER_READERS_EVERYONE;
}

static bool contains_ignoring_case(struct text text, struct text word)
{
    for (size_t at = 0; at + word.len <= text.len; at++)
        if (text_equals_ignoring_case(text_slice(text, at, at + word.len), word))
            return true;
    return false;
}

bool filter_keeps(
    const struct filter *filter, const struct store_model *model, const struct store_roles *roles)
{
    bool asks_everyone = filter_asks_everyone(filter);
    if (!roles->caller && !(roles->everyone && asks_everyone))
        return false;
    if (asks_everyone && !roles->everyone)
        return false;
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (filter->operators &
            operators[i].operator&& operators[i].role && roles->caller != operators[i].role)
            return false;
    for (size_t i = 0; i < filter->word_count; i++)
        if (!contains_ignoring_case(model->display_name, filter->words[i]) &&
            !contains_ignoring_case(model->description, filter->words[i]))
            return false;
    return true;
}
