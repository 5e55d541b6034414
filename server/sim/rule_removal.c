#include "server/sim/rule_removal.h"

#include <string.h>

#include "base/array.h"
#include "server/sim/rule_token.h"
#include "server/sim/unicode.h"

/* The first bytes of a parameter, before the text that is removed. */
enum {
    REMOVAL_WHERE,  /* one of the letters below */
    REMOVAL_WHOLE,  /* 'w' where only whole words count */
    REMOVAL_SPACED, /* 's' if white space behind it goes, too */
    REMOVAL_MODE_BYTES
};

#define REMOVAL_EVERYWHERE 'a'
#define REMOVAL_FIRST 'f'
#define REMOVAL_LAST 'l'
#define REMOVAL_START 's'
#define REMOVAL_END 'e'

static const char removal_whole_wheres[] = {REMOVAL_EVERYWHERE, REMOVAL_FIRST, REMOVAL_LAST};
static const char removal_wheres[] = {
    REMOVAL_START, REMOVAL_END, REMOVAL_EVERYWHERE, REMOVAL_FIRST, REMOVAL_LAST};

enum {
    /* How often the text may stand in the example in which it is looked for, which is the shortest:
     * as the hyphens in a word that is spelled. */
    REMOVAL_TIMES_MAX = 16,
    /* So many examples are looked at for the shortest, and more only if none of them shows any. */
    REMOVAL_SOURCES = 64,
    /* "a b" of "a a b" may be without its first "a " or its second: how far to look. */
    REMOVAL_SHIFTS_MAX = 8,
    /* Bytes that all tries together look through. Most tries end with the first example; of a data
     * set that repeats itself, hundreds can go through nearly all of it. */
    REMOVAL_BYTES_MAX = 64 * 1024 * 1024
};

struct removal {
    char where;
    bool is_whole;
    bool is_spaced;
    struct text text;
};

static bool removal_of(struct text parameter, struct removal *ret_removal)
{
    if (parameter.len <= REMOVAL_MODE_BYTES)
        return false;
    *ret_removal = (struct removal){
        .where = parameter.bytes[REMOVAL_WHERE],
        .is_whole = parameter.bytes[REMOVAL_WHOLE] == 'w',
        .is_spaced = parameter.bytes[REMOVAL_SPACED] == 's',
        .text = text_slice(parameter, REMOVAL_MODE_BYTES, parameter.len),
    };
    return true;
}

/* True if a word goes on across `border` between two characters of the text. */
static bool removal_cuts_word(struct text text, size_t border)
{
    size_t before = border;
    size_t behind = border;
    return border > 0 && border < text.len && unicode_is_word(unicode_next(text, &behind)) &&
           unicode_is_word(unicode_previous(text, &before));
}

static bool removal_fits(const struct removal *removal, struct text input, size_t at)
{
    return !removal->is_whole ||
           (!removal_cuts_word(input, at) && !removal_cuts_word(input, at + removal->text.len));
}

/* The next place at or after `from` where it is to be removed, or the input's length. Places do not
 * overlap, also not those that do not fit, so that the time for all is linear. */
static size_t removal_find(const struct removal *removal, struct text input, size_t from)
{
    if (removal->where == REMOVAL_START)
        return from == 0 && text_starts_with(input, removal->text) ? 0 : input.len;
    if (removal->where == REMOVAL_END)
        return text_ends_with(input, removal->text) ? input.len - removal->text.len : input.len;
    while (from < input.len) {
        struct text rest = text_slice(input, from, input.len);
        size_t at = text_find(rest, removal->text);
        if (at == rest.len)
            return input.len;
        if (removal_fits(removal, input, from + at))
            return from + at;
        from += at + removal->text.len;
    }
    return input.len;
}

/* The place of the last; the input's length if there is none. */
static size_t removal_find_last(const struct removal *removal, struct text input)
{
    size_t last = input.len;
    size_t at = removal_find(removal, input, 0);
    while (at < input.len) {
        last = at;
        at = removal_find(removal, input, at + removal->text.len);
    }
    return last;
}

bool rule_removal_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    struct removal removal;
    if (!removal_of(parameter, &removal))
        return false;
    char *bytes = arena_alloc(arena, input.len);
    size_t len = 0;
    size_t offset = 0;
    while (offset < input.len) {
        size_t at = removal.where == REMOVAL_LAST ? removal_find_last(&removal, input)
                                                  : removal_find(&removal, input, offset);
        memcpy(bytes + len, input.bytes + offset, at - offset);
        len += at - offset;
        offset = at;
        if (at == input.len)
            break;
        offset += removal.text.len;
        size_t space_end = offset;
        if (removal.is_spaced && offset < input.len && rule_token_next(input, &space_end).is_space)
            offset = space_end;
        if (removal.where == REMOVAL_EVERYWHERE)
            continue;
        memcpy(bytes + len, input.bytes + offset, input.len - offset);
        len += input.len - offset;
        break;
    }
    *ret_output = unicode_trim((struct text){bytes, len});
    return true;
}

/* The examples, and a short one of those that show a removal, trimmed. */
struct removal_search {
    const struct example *examples;
    size_t example_count;
    struct arena *arena;
    struct text input;
    struct text output;
    size_t bytes_left; /* of REMOVAL_BYTES_MAX */
};

static void removal_search_spend(struct removal_search *search, size_t bytes)
{
    search->bytes_left -= bytes < search->bytes_left ? bytes : search->bytes_left;
}

/* False if an output that is looked at is longer than its input, or none is shorter. */
static bool removal_search_begin(struct removal_search *search)
{
    search->input = TEXT("");
    for (size_t i = 0; i < search->example_count; i++) {
        if (i >= REMOVAL_SOURCES && search->input.len > 0)
            break;
        struct text input = unicode_trim(search->examples[i].input);
        struct text output = unicode_trim(search->examples[i].output);
        if (output.len > input.len)
            return false;
        if (output.len == input.len || (search->input.len > 0 && search->input.len <= input.len))
            continue;
        search->input = input;
        search->output = output;
    }
    size_t at = 0;
    for (size_t i = 0; i < search->input.len && at < search->output.len; i++)
        at += search->input.bytes[i] == search->output.bytes[at];
    return search->input.len > 0 && at == search->output.len;
}

/* True if all obey; the example that the text is from is asked first. */
static bool removal_search_try(
    struct removal_search *search, const struct removal *removal, struct text *ret_parameter)
{
    char modes[REMOVAL_MODE_BYTES] = {
        removal->where, removal->is_whole ? 'w' : 'p', removal->is_spaced ? 's' : 'e'};
    struct arena_mark mark = arena_mark(search->arena);
    struct text parameter =
        arena_joined(search->arena, (struct text){modes, sizeof(modes)}, removal->text);
    struct text output;
    removal_search_spend(search, search->input.len);
    if (rule_removal_apply(parameter, search->input, search->arena, &output) &&
        text_equals(output, search->output)) {
        struct rule_evidence evidence = rule_evidence_of(
            search->examples, search->example_count, rule_removal_apply, parameter, search->arena);
        removal_search_spend(search, evidence.seen_bytes);
        *ret_parameter = parameter;
        if (evidence.is_obeyed && evidence.change_count > 1)
            return true;
    }
    arena_rewind(search->arena, mark);
    return false;
}

/* Tries a text in one kind of place, with white space behind it and without. */
static bool removal_search_place(
    struct removal_search *search, struct removal removal, struct text *ret_parameter)
{
    struct text bare = unicode_trim(removal.text);
    struct text exact = removal.text;
    bool is_spaced_first = bare.len < exact.len;
    for (size_t i = 0; i < 2; i++) {
        removal.is_spaced = is_spaced_first == (i == 0);
        removal.text = removal.is_spaced ? bare : exact;
        if (removal.text.len > 0 && search->bytes_left > 0 &&
            removal_search_try(search, &removal, ret_parameter))
            return true;
    }
    return false;
}

static bool removal_search_text(
    struct removal_search *search, struct text text, struct text *ret_parameter)
{
    struct removal removal = {.is_whole = true, .text = text};
    for (size_t i = 0; i < ARRAY_COUNT(removal_whole_wheres); i++) {
        removal.where = removal_whole_wheres[i];
        if (removal_search_place(search, removal, ret_parameter))
            return true;
    }
    removal.is_whole = false;
    for (size_t i = 0; i < ARRAY_COUNT(removal_wheres); i++) {
        removal.where = removal_wheres[i];
        if (removal_search_place(search, removal, ret_parameter))
            return true;
    }
    return false;
}

bool rule_removal_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    struct removal_search search = {.examples = examples,
        .example_count = example_count,
        .arena = arena,
        .bytes_left = REMOVAL_BYTES_MAX};
    if (!removal_search_begin(&search))
        return false;
    struct text input = search.input;
    size_t same = text_common_start(input, search.output);
    size_t removed = input.len - search.output.len;
    for (size_t times = 1; times <= REMOVAL_TIMES_MAX && times <= removed && search.bytes_left > 0;
         times++) {
        size_t len = removed / times;
        if (removed % times > 0 || len > RULE_PARAMETER_BYTES_MAX - REMOVAL_MODE_BYTES)
            continue;
        /* The first difference may come late, where the text repeats its own beginning. */
        for (size_t shift = 0; shift <= same && shift <= REMOVAL_SHIFTS_MAX; shift++) {
            size_t start = same - shift;
            if (removal_search_text(&search, text_slice(input, start, start + len), ret_parameter))
                return true;
            if (start == 0 || input.bytes[start - 1] != input.bytes[start - 1 + len])
                break;
        }
    }
    return false;
}
