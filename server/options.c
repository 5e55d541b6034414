#include "server/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/distance.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_fetch.h"
#include "server/option_rows.h"
#include "server/spellings.h"

enum { PORT_DEFAULT = 8863, THREADS_DEFAULT_MAX = 4 };
#define STEP_NS_DEFAULT (300 * NS_PER_MS)

/* Codes of getopt_long: of the first row, which the others follow; of --help and --version; of
 * words that are no options. Those of rows are no letters. */
enum { CODE_ROW = 256, CODE_VERSION = CODE_ROW + OPTION_ROW_COUNT, CODE_HELP = 'h', CODE_WORD = 1 };

static bool option_row_is(size_t row, const char *name)
{
    return strcmp(option_rows[row].name, name) == 0;
}

/* True if the option's value is to be shown to nobody. */
static bool option_is_secret(size_t row)
{
    return option_row_is(row, "control-token");
}

/* True if the option takes a duration and the value is a number alone. */
static bool option_lacks_unit(size_t row, const char *value)
{
    char *end;
    bool takes_duration = strcmp(option_rows[row].takes, "DUR") == 0;
    return takes_duration && ascii_is_digit(*value) && (strtod(value, &end), *end == '\0');
}

static bool options_set(struct options *options, size_t row, const char *value, const char *source,
    struct arena *arena, struct text *ret_message)
{
    if (option_rows[row].read(options, spelling_value(option_rows[row].name, value, arena)))
        return true;
    const char *name = *source ? "" : option_rows[row].name;
    if (!*source)
        source = "--";
    if (option_is_secret(row))
        *ret_message = arena_printf(arena, "%s%s takes %s", source, name, option_rows[row].allowed);
    else
        *ret_message = arena_printf(arena, "%s%s takes %s, not \"%s\"%s", source, name,
            option_rows[row].allowed, value,
            option_lacks_unit(row, value) ? ": a unit is missing (ns, us, ms, s, m or h)" : "");
    return false;
}

/* "TUNEMOCK_STEP_TIME" for "step-time". */
static const char *options_variable_name(const char *option, struct arena *arena)
{
    struct text name = arena_printf(arena, "TUNEMOCK_%s", option);
    char *bytes = arena_copy(arena, name.bytes, name.len);
    for (char *at = bytes; *at; at++)
        if (ascii_is_lower(*at))
            *at = (char)(*at - 'a' + 'A');
        else if (*at == '-')
            *at = '_';
    return bytes;
}

/* True if one is the beginning of the other: "--log" of "--log-level", "--db" of "--db-file". */
static bool option_is_beginning(struct text word, struct text name)
{
    bool is_shorter = word.len < name.len;
    struct text begin = is_shorter ? word : name, whole = is_shorter ? name : word;
    bool is_word =
        begin.len == whole.len || whole.bytes[begin.len] == '-' || whole.bytes[begin.len] == '_';
    return is_word && text_starts_with(whole, begin);
}

/* "--port" of "--prt", "TUNEMOCK_PORT" of "TUNEMOCK_PROT": the nearest of the rows' names in that
 * form, of several the shortest; the empty text if none is near. */
static struct text option_meant_by(
    struct text word, struct arena *arena, const char *(*form)(const char *, struct arena *))
{
    struct text nearest = TEXT("");
    size_t least = DISTANCE_BYTES_MAX;
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        struct text name = text_of(form(option_rows[i].name, arena));
        bool is_part = option_is_beginning(word, name);
        size_t distance = is_part ? 0 : distance_between(word, name);
        bool is_nearer = distance < least || (distance == least && name.len < nearest.len);
        if (!is_nearer || !(is_part || distance_is_near(distance, text_of(option_rows[i].name))))
            continue;
        least = distance;
        nearest = name;
    }
    return nearest;
}

static const char *option_word(const char *name, struct arena *arena)
{
    return arena_printf(arena, "--%s", name).bytes;
}

/* Variables of our prefix that are none of ours, but are set for good reasons: by our own `exec`
 * for its child, and by Kubernetes for a service called tunemock. */
static bool options_is_variable_foreign(struct text name)
{
    return text_equals_string(name, "TUNEMOCK_URL") ||
           text_starts_with(name, TEXT("TUNEMOCK_SERVICE_")) ||
           text_starts_with(name, TEXT("TUNEMOCK_PORT_"));
}

static bool options_is_variable_known(struct text name, struct arena *arena)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
        if (text_equals_string(name, options_variable_name(option_rows[i].name, arena)))
            return true;
    return false;
}

/* What there is to say of variables that begin like ours and mean nothing. */
static struct text options_find_unknown_variables(struct arena *arena)
{
    struct text warning = TEXT("");
    for (char **at = environ; *at; at++) {
        struct text entry = text_of(*at);
        struct text name = text_slice(entry, 0, text_find_byte(entry, '='));
        if (!text_starts_with(name, TEXT("TUNEMOCK_")) || options_is_variable_foreign(name) ||
            options_is_variable_known(name, arena))
            continue;
        struct text meant = option_meant_by(name, arena, options_variable_name);
        warning = arena_printf(arena, "%.*s%s%.*s is no variable of tunemock%s%.*s%s",
            TEXT_ARGS(warning), warning.len ? "; " : "", TEXT_ARGS(name),
            meant.len ? ", did you mean " : "", TEXT_ARGS(meant), meant.len ? "?" : "");
    }
    return warning;
}

/* Reads the variables of those options that were not given as such. */
static bool options_read_environment(
    struct options *options, const bool *is_given, struct arena *arena, struct text *ret_message)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (is_given[i])
            continue;
        const char *name = options_variable_name(option_rows[i].name, arena);
        const char *value = getenv(name);
        /* Kubernetes sets TUNEMOCK_PORT=tcp://... for a service called tunemock. */
        bool is_foreign = value && option_row_is(i, "port") && strncmp(value, "tcp://", 6) == 0;
        if (value && *value && !is_foreign &&
            !options_set(options, i, value, name, arena, ret_message))
            return false;
    }
    return true;
}

static bool options_read_command(struct options *options, const char *word, bool *has_command,
    struct arena *arena, struct text *ret_message)
{
    if (*has_command && options->command == COMMAND_CHECK && !options->checked) {
        options->checked = word;
        return true;
    }
    if (*has_command && options->command == COMMAND_VALIDATE &&
        options->validated_count < OPTIONS_DATA_MAX) {
        options->validated[options->validated_count++] = word;
        return true;
    }
    if (*has_command && options->command == COMMAND_COMPLETION && !options->shell) {
        options->shell = word;
        return true;
    }
    if (*has_command) {
        *ret_message = arena_printf(arena, "%s: one command is enough", word);
        return false;
    }
    *has_command = true;
    return spelling_command(word, arena, &options->command, ret_message);
}

static struct text option_explain_unknown(const char *word, struct arena *arena)
{
    bool has_dashes = word[1] == '-';
    struct text whole = text_of(word);
    struct text given = text_slice(whole, 0, text_find_byte(whole, '='));
    struct text name = has_dashes ? given : arena_printf(arena, "-%.*s", TEXT_ARGS(given));
    struct text meant = option_meant_by(name, arena, option_word);
    const struct text others[] = {TEXT_INIT("--help"), TEXT_INIT("--version")};
    for (size_t i = 0; i < ARRAY_COUNT(others) && meant.len == 0; i++)
        if (distance_is_near(distance_between(name, others[i]), TEXT("help")))
            meant = others[i];
    /* Without its value, which may be a secret. */
    return arena_printf(arena, "%.*s: is no option%s%s%.*s%s", TEXT_ARGS(given),
        has_dashes ? "" : "; options begin with two dashes", meant.len ? "; did you mean " : "",
        TEXT_ARGS(meant), meant.len ? "?" : "");
}

/* The command line is for every user to see; returns what stood there. */
static const char *option_hide(char *value, struct arena *arena)
{
    const char *copy = arena_text(arena, text_of(value)).bytes;
    memset(value, '*', strlen(value));
    return copy;
}

/* True if what begins at this word is the command that `exec` runs, whatever it looks like. */
static bool options_take_run(struct options *options, char **words, bool has_command)
{
    if (!has_command || options->command != COMMAND_EXEC)
        return false;
    options->run = words;
    return true;
}

/* Sets `is_given` of the rows that are given. */
static bool options_read_arguments(int argument_count, char **arguments, struct options *options,
    bool *is_given, struct arena *arena, struct text *ret_message)
{
    struct option table[OPTION_ROW_COUNT + 3] = {{0}};
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        table[i] = (struct option){option_rows[i].name,
            *option_rows[i].takes ? required_argument : no_argument, NULL, CODE_ROW + i};
    table[OPTION_ROW_COUNT] = (struct option){"help", no_argument, NULL, CODE_HELP};
    table[OPTION_ROW_COUNT + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};

    opterr = 0;
    bool has_command = false;
    for (;;) {
        /* The word that is read next; getopt_long says of what it does not know only a letter. */
        const char *word = arguments[optind];
        int code = getopt_long(argument_count, arguments, "-:h", table, NULL);
        if (code == -1)
            break;
        if (code == '?' || code == ':') {
            *ret_message = code == ':'          ? arena_printf(arena, "%s: needs a value", word)
                           : optopt >= CODE_ROW ? arena_printf(arena, "%s: takes no value", word)
                                                : option_explain_unknown(word, arena);
            return false;
        }
        if (code == CODE_HELP || code == CODE_VERSION) {
            options->command = code == CODE_HELP ? COMMAND_HELP : COMMAND_VERSION;
            return true;
        }
        if (code == CODE_WORD) {
            if (options_take_run(options, arguments + optind - 1, has_command))
                return true;
            if (!options_read_command(options, optarg, &has_command, arena, ret_message))
                return false;
            continue;
        }
        size_t row = (size_t)(code - CODE_ROW);
        const char *value = optarg ? optarg : "yes";
        if (option_is_secret(row))
            value = option_hide(optarg, arena);
        if (!options_set(options, row, value, "", arena, ret_message))
            return false;
        is_given[row] = true;
    }
    while (optind < argument_count && !options_take_run(options, arguments + optind, has_command))
        if (!options_read_command(options, arguments[optind++], &has_command, arena, ret_message))
            return false;
    return true;
}

/* Beside a command: any port, since its variables say which, and a log that leaves it the screen.
 */
static void options_set_exec_defaults(struct options *options, const bool *is_given)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
        if (!is_given[i] && option_row_is(i, "port"))
            options->port = 0;
        else if (!is_given[i] && option_row_is(i, "log-level"))
            options->log_level = LOG_WARNING;
}

/* What the command lacks, or the empty text. */
static struct text options_find_missing(const struct options *options)
{
    if (options->command == COMMAND_CHECK && !options->checked)
        return TEXT("check: needs a file");
    if (options->command == COMMAND_VALIDATE && options->validated_count == 0)
        return TEXT("validate: needs a file; - is stdin");
    if (options->command == COMMAND_COMPLETION && !options->shell)
        return TEXT("completion: needs a shell: bash, zsh or fish");
    if (options->command == COMMAND_EXEC && !options->run)
        return TEXT("exec: needs a command, as in tunemock exec -- make test");
    return TEXT("");
}

bool options_read(int argument_count, char **arguments, struct arena *arena,
    struct options *ret_options, struct text *ret_message)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *ret_options = (struct options){
        .port = PORT_DEFAULT,
        .threads = processors < 1                     ? 1
                   : processors > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX
                                                      : (int)processors,
        .app = {.namespaces_max = NAMESPACES_MAX,
            .body_bytes_max = BODY_BYTES_MAX,
            .space = {.dials = {.step_ns = STEP_NS_DEFAULT}, .journal_max = JOURNAL_ENTRIES}},
        .log_level = LOG_INFO,
    };
    ret_options->app.gcs_host = text_of(getenv(GCS_HOST_VARIABLE));
    bool is_given[OPTION_ROW_COUNT] = {false};
    if (!options_read_arguments(
            argument_count, arguments, ret_options, is_given, arena, ret_message))
        return false;
    *ret_message = options_find_missing(ret_options);
    if (ret_message->len)
        return false;
    if (ret_options->command == COMMAND_EXEC)
        options_set_exec_defaults(ret_options, is_given);
    bool needs_options = ret_options->command <= COMMAND_HEALTHCHECK;
    ret_options->unknown_variables = options_find_unknown_variables(arena);
    return !needs_options || options_read_environment(ret_options, is_given, arena, ret_message);
}

static void options_print_group(FILE *file, enum option_group group)
{
    enum { HELP_COLUMN = 22 };
    fprintf(file, "%s:\n", option_group_titles[group]);
    for (int i = 0; i < OPTION_ROW_COUNT; i++) {
        if (option_rows[i].group != group)
            continue;
        int used = fprintf(file, "  --%s %s", option_rows[i].name, option_rows[i].takes);
        fprintf(
            file, "%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "", option_rows[i].help);
    }
}

static void options_print_commands(FILE *file)
{
    fputs("tunemock " TUNEMOCK_VERSION
          ": a local emulator of the Gemini API's tuned-models service (-h, --version)\n",
        file);
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (!command_rows[i].is_aside)
            fprintf(file, "  tunemock %-19s %s\n", command_rows[i].usage, command_rows[i].does);
    const char *before = "  tunemock ";
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (command_rows[i].is_aside) {
            fprintf(file, "%s%s", before, command_rows[i].usage);
            before = " | ";
        }
    fputc('\n', file);
}

void options_print_help(FILE *file)
{
    options_print_commands(file);
    for (int group = 0; group < GROUP_COUNT; group++)
        options_print_group(file, (enum option_group)group);
    fputs(
        "Every option has a variable: TUNEMOCK_STEP_TIME=0 is --step-time 0. The option wins.\n"
        "Try it: tunemock --step-time 100ms & curl http://127.0.0.1:8863/v1beta/tunedModels\n"
        "Exit codes: 0; 1 failure, or a damaged file; 2 wrong usage or seed; 98 port taken; exec: "
        "CMD's.\n",
        file);
}
