/*
 * filter of tunedModels.list (contract 1.4): words, or phrases in quotation marks, that must all
 * occur in display name or description, in any case, and the operators owner:me, writers:me,
 * readers:me, readers:everyone. White space separates.
 */
#ifndef SERVER_API_FILTER_H
#define SERVER_API_FILTER_H

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/limits.h"
#include "store/store.h"

struct filter {
    struct text words[FILTER_WORDS_MAX]; /* folded: see server/sim/unicode.h */
    size_t word_count;
    int32_t role;          /* Permission.Role that the caller must have directly; 0: any */
    bool asks_everyone;    /* everyone must have a role */
    bool is_contradiction; /* several direct roles are asked for */
};

/*
 * False if a term looks like an operator ("name:value") but is none of the four, or if there are
 * more than FILTER_WORDS_MAX words; `ret_problem` (in the arena) then says so. The filter lives in
 * the arena.
 */
bool filter_parse(
    struct text text, struct arena *arena, struct filter *ret_filter, struct text *ret_problem);

/*
 * Sets which models the list has to look at: for `of` of a store_list whose email is the caller's.
 * False if no model can fit. `owns_all`: the caller is the owner of every model.
 */
bool filter_choose(const struct filter *filter, bool owns_all, struct store_list *ret_list);

/*
 * True if the list has the model: the caller has a role on it (one that everyone has counts only if
 * the filter asks for readers:everyone), and all terms hold. Adds to `searched_bytes` how many
 * bytes of text were looked at, some of them several times.
 */
bool filter_keeps(const struct filter *filter, const struct store_model *model,
    const struct store_roles *roles, size_t *searched_bytes);

#endif
