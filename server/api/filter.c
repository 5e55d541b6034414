#include "server/api/filter.h"

#include "base/array.h"
#include "base/fold.h"
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
    int32_t role; /* that the caller must have directly; 0: that of everyone is asked for */
} operators[] = {
    {TEXT_INIT("owner:me"), FILTER_OWNER_ME, Permission_Role_OWNER},
    {TEXT_INIT("writers:me"), FILTER_WRITERS_ME, Permission_Role_WRITER},
    {TEXT_INIT("readers:me"), FILTER_READERS_ME, Permission_Role_READER},
    {TEXT_INIT("readers:everyone"), FILTER_READERS_EVERYONE, 0},
};
enum { OPERATOR_COUNT = ARRAY_COUNT(operators) };

static unsigned filter_operator_of(struct text term)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (text_equals_ignoring_case(term, operators[i].term))
            return operators[i].operator;
    return 0;
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
        unsigned found = is_word ? 0 : filter_operator_of(term);
        ret_filter->operators |= found;
        if (!is_word && !found) {
            *ret_problem = arena_printf(arena, "unknown term \"%.*s\"", TEXT_ARGS(term));
            return false;
        }
        if (!is_word)
            continue;
        if (ret_filter->word_count == FILTER_WORDS_MAX) {
            *ret_problem = arena_printf(arena, "must have at most %d words", FILTER_WORDS_MAX);
            return false;
        }
        ret_filter->words[ret_filter->word_count++] = fold_text(term, arena);
    }
    return true;
}

static bool filter_asks_everyone(const struct filter *filter)
{
    return filter->operators & FILTER_READERS_EVERYONE;
}

/* The role that an operator asks of the caller; 0 if none does. False if several ask for different
 * ones. */
static bool filter_asked_role(const struct filter *filter, int32_t *ret_role)
{
    *ret_role = 0;
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        bool is_asked = filter->operators & (unsigned)operators[i].operator;
        if (!is_asked || operators[i].role == 0)
            continue;
        if (*ret_role != 0)
            return false;
        *ret_role = operators[i].role;
    }
    return true;
}

bool filter_choose(const struct filter *filter, bool owns_all, struct store_list *ret_list)
{
    int32_t role;
    if (!filter_asked_role(filter, &role) || (owns_all && role && role != Permission_Role_OWNER))
        return false;
    if (filter_asks_everyone(filter))
        ret_list->of = STORE_LIST_OF_EVERYONE;
    else
        ret_list->of = owns_all ? STORE_LIST_ALL : STORE_LIST_OF_ADDRESS;
    return true;
}

static bool filter_roles_fit(const struct filter *filter, const struct store_roles *roles)
{
    bool asks_everyone = filter_asks_everyone(filter);
    if (!roles->caller && !(roles->everyone && asks_everyone))
        return false;
    if (asks_everyone && !roles->everyone)
        return false;
    int32_t role;
    return filter_asked_role(filter, &role) && (!role || roles->caller == role);
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
    struct text name = fold_text(model->display_name, &scratch);
    struct text description = fold_text(model->description, &scratch);
    *searched_bytes += name.len + description.len;
    bool has_all = true;
    for (size_t i = 0; i < filter->word_count && has_all; i++)
        has_all = filter_finds(name, filter->words[i], searched_bytes) ||
                  filter_finds(description, filter->words[i], searched_bytes);
    arena_release(&scratch);
    return has_all;
}
