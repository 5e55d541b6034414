#include "server/api/filter.h"

#include "base/array.h"
#include "server/contract/message.h"
#include "server/sim/unicode.h"

static const struct {
    struct text term;
    int32_t role; /* that the caller must have directly; 0: everyone must have one */
} operators[] = {
    {TEXT_INIT("owner:me"), Permission_Role_OWNER},
    {TEXT_INIT("writers:me"), Permission_Role_WRITER},
    {TEXT_INIT("readers:me"), Permission_Role_READER},
    {TEXT_INIT("readers:everyone"), 0},
};
enum { OPERATOR_COUNT = ARRAY_COUNT(operators) };

/* False if the term is no operator. */
static bool filter_add_operator(struct filter *filter, struct text term)
{
    size_t i = 0;
    while (i < OPERATOR_COUNT && !text_equals_ignoring_case(term, operators[i].term))
        i++;
    if (i == OPERATOR_COUNT)
        return false;
    int32_t role = operators[i].role;
    filter->asks_everyone = filter->asks_everyone || role == 0;
    filter->is_contradiction =
        filter->is_contradiction || (role && filter->role && role != filter->role);
    filter->role = role ? role : filter->role;
    return true;
}

/* Takes the next term off the front: what is between quotation marks, or up to white space. False
 * if there is none. */
static bool filter_next_term(struct text *rest, struct text *ret_term, bool *ret_is_quoted)
{
    *rest = text_trim(*rest);
    if (text_is_empty(*rest))
        return false;
    *ret_is_quoted = rest->bytes[0] == '"';
    if (*ret_is_quoted) {
        *rest = text_slice(*rest, 1, rest->len);
        size_t end = text_find_byte(*rest, '"');
        *ret_term = text_slice(*rest, 0, end);
        *rest = text_slice(*rest, end + 1, rest->len);
        return true;
    }
    const struct text white_space = TEXT_INIT(" \t\n\v\f\r");
    size_t end = 0;
    while (end < rest->len && text_find_byte(white_space, rest->bytes[end]) == white_space.len)
        end++;
    *ret_term = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->len);
    return true;
}

bool filter_parse(
    struct text text, struct arena *arena, struct filter *ret_filter, struct text *ret_problem)
{
    *ret_filter = (struct filter){.word_count = 0};
    struct text term;
    bool is_quoted;
    while (filter_next_term(&text, &term, &is_quoted)) {
        bool is_word = is_quoted || text_find_byte(term, ':') == term.len;
        if (!is_word && !filter_add_operator(ret_filter, term)) {
            *ret_problem = arena_printf(arena, "unknown term \"%.*s\"", TEXT_ARGS(term));
            return false;
        }
        if (!is_word)
            continue;
        if (ret_filter->word_count == FILTER_WORDS_MAX) {
            *ret_problem = arena_printf(arena, "must have at most %d words", FILTER_WORDS_MAX);
            return false;
        }
        ret_filter->words[ret_filter->word_count++] = unicode_fold(term, arena);
    }
    return true;
}

bool filter_choose(const struct filter *filter, bool owns_all, struct store_list *ret_list)
{
    bool has_other_role = owns_all && filter->role && filter->role != Permission_Role_OWNER;
    if (filter->is_contradiction || has_other_role)
        return false;
    if (filter->asks_everyone)
        ret_list->of = STORE_LIST_OF_EVERYONE;
    else
        ret_list->of = owns_all ? STORE_LIST_ALL : STORE_LIST_OF_ADDRESS;
    return true;
}

static bool filter_roles_fit(const struct filter *filter, const struct store_roles *roles)
{
    if (filter->is_contradiction || (filter->role && filter->role != roles->caller))
        return false;
    return filter->asks_everyone ? roles->everyone != 0 : roles->caller != 0;
}

/* True if the folded text has the word; adds what looking costs. */
static bool filter_finds(struct text text, struct text word, size_t *searched_bytes)
{
    size_t at = text_find(text, word);
    *searched_bytes += at;
    return at < text.len || word.len == 0;
}

bool filter_keeps(const struct filter *filter, const struct store_model *model,
    const struct store_roles *roles, size_t *searched_bytes)
{
    if (!filter_roles_fit(filter, roles))
        return false;
    if (filter->word_count == 0)
        return true;
    struct arena scratch;
    arena_init(&scratch);
    struct text name = unicode_fold(model->display_name, &scratch);
    struct text description = unicode_fold(model->description, &scratch);
    *searched_bytes += name.len + description.len;
    bool has_all = true;
    for (size_t i = 0; i < filter->word_count && has_all; i++)
        has_all = filter_finds(name, filter->words[i], searched_bytes) ||
                  filter_finds(description, filter->words[i], searched_bytes);
    arena_release(&scratch);
    return has_all;
}
