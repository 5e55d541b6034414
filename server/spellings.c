#include "server/spellings.h"

#include <string.h>

#include "base/array.h"
#include "base/distance.h"

/*
 * What else people write for values that are words, or begin with one that ends in : or @. These,
 * and the values themselves, are taken in any mix of capitals; what could mean two of an option's
 * values is not here.
 */
static const struct {
    const char *option, *value;
    const char *others; /* separated by spaces */
} spellings[] = {
    {"step-time", "0", "instant none"},
    {"step-time", "real", "recorded"},
    {"progress", "time", ""},
    {"progress", "manual", ""},
    {"progress", "polls:", "poll:"},
    {"clock", "real", "realtime system"},
    {"clock", "frozen", "freeze"},
    {"clock", "frozen@", "freeze@"},
    {"clock", "rate:", ""},
    {"latency", "0", "none off"},
    {"stream-delay", "0", "none off"},
    {"fidelity", "compat", "compatible"},
    {"fidelity", "strict", ""},
    {"auth", "open", "none off"},
    {"auth", "required", "require on"},
    {"no-ui", "yes", "true on 1"},
    {"no-ui", "no", "false off 0"},
    {"vertex", "yes", "true on 1"},
    {"vertex", "no", "false off 0"},
    {"isolate", "none", "off"},
    {"isolate", "key", ""},
    {"log-format", "text", "plain"},
    {"log-format", "json", "jsonl ndjson"},
    {"log-level", "debug", "trace"},
    {"log-level", "info", "information informational"},
    {"log-level", "warning", "warn"},
    {"log-level", "error", "err errors fatal critical"},
    {"log-level", "none", "off quiet silent"},
};

/* What of the value is a word: all, or "rate:" of "rate:60". */
static struct text spelling_word(const char *value)
{
    size_t end = strcspn(value, ":@");
    return (struct text){value, value[end] ? end + 1 : end};
}

static bool spelling_fits(size_t row, struct text word)
{
    if (text_equals_ignoring_case(word, text_of(spellings[row].value)))
        return true;
    struct text rest = text_of(spellings[row].others);
    while (rest.bytes)
        if (text_equals_ignoring_case(text_split(&rest, ' '), word))
            return true;
    return false;
}

const char *spelling_value(const char *option, const char *value, struct arena *arena)
{
    struct text word = spelling_word(value);
    for (size_t i = 0; *value && i < ARRAY_COUNT(spellings); i++)
        if (strcmp(spellings[i].option, option) == 0 && spelling_fits(i, word))
            return arena_printf(arena, "%s%s", spellings[i].value, value + word.len).bytes;
    return value;
}

struct text spelling_values(const char *option, struct arena *arena)
{
    struct text values = TEXT("");
    for (size_t i = 0; i < ARRAY_COUNT(spellings); i++)
        if (strcmp(spellings[i].option, option) == 0)
            values = arena_printf(
                arena, "%.*s%s%s", TEXT_ARGS(values), values.len ? " " : "", spellings[i].value);
    return values;
}

static struct text spelling_explain_unknown(struct text word, struct arena *arena)
{
    struct text meant = TEXT("");
    size_t least = DISTANCE_BYTES_MAX;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        struct text name = text_of(command_rows[i].word);
        size_t distance = distance_between(word, name);
        if (distance >= least)
            continue;
        least = distance;
        meant = name;
    }
    if (distance_is_near(least, meant))
        return arena_printf(arena, "there is no command \"%.*s\"; did you mean %.*s?",
            TEXT_ARGS(word), TEXT_ARGS(meant));
    return arena_printf(arena,
        "there is no command \"%.*s\"; try serve, exec, env, healthcheck, check, validate, schema, "
        "completion, man, version or help",
        TEXT_ARGS(word));
}

bool spelling_command(
    const char *word, struct arena *arena, enum command *ret_command, struct text *ret_message)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, command_rows[i].word) == 0) {
            *ret_command = (enum command)i;
            return true;
        }
    *ret_message = spelling_explain_unknown(text_of(word), arena);
    return false;
}
