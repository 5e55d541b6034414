/*
 * One row per option: its name, what it takes, how that is read, and what --help says of it.
 */
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
#include "server/sim/training_plan.h"

/* Texts below name these, and those that are asserted. */
enum { PORT_DEFAULT = 8863, THREADS_DEFAULT_MAX = 4, THREADS_MAX = 64, BODY_BYTES_MIN = 1024 };
_Static_assert(ALLOWED_HOSTS_MAX == 16, "16 names");
_Static_assert(ALLOWED_ORIGINS_MAX == 16, "16 origins");
_Static_assert(OPTIONS_DATA_MAX == 64, "64 files");
_Static_assert(BODY_BYTES_MAX == 20971520, "20971520");
#define STEP_NS_DEFAULT (300 * NS_PER_MS)

/* Of options that take a delay; docs/control.md has its other forms. */
#define DELAY_OPTION_ALLOWED "a duration such as 50ms, of at most 1h, or the JSON of a delay"

typedef bool option_reader(struct options *options, const char *value);

static bool options_read_number(const char *value, int64_t min, int64_t max, int64_t *ret_number)
{
    return text_parse_int64(text_of(value), ret_number) && *ret_number >= min && *ret_number <= max;
}

static bool options_read_port(struct options *options, const char *value)
{
    int64_t number;
    if (!options_read_number(value, 0, UINT16_MAX, &number))
        return false;
    options->port = (uint16_t)number;
    return true;
}

static bool options_read_host(struct options *options, const char *value)
{
    options->host = *value ? value : NULL;
    return true;
}

static bool options_read_db(struct options *options, const char *value)
{
    options->db = *value ? value : NULL;
    return true;
}

static bool options_read_data(struct options *options, const char *value)
{
    if (options->data_count == OPTIONS_DATA_MAX)
        return false;
    if (*value)
        options->data[options->data_count++] = value;
    return true;
}

static bool options_read_step_time(struct options *options, const char *value)
{
    return training_step_parse(text_of(value), &options->app.space.dials.step_ns);
}

static bool options_read_progress(struct options *options, const char *value)
{
    return training_pacing_parse(text_of(value), &options->app.space.dials.progress);
}

static bool options_read_latency(struct options *options, const char *value)
{
    struct arena arena;
    struct text problem;
    arena_init(&arena);
    bool is_delay =
        delay_parse(text_of(value), &arena, &options->app.space.dials.latency, &problem);
    arena_release(&arena);
    return is_delay;
}

static bool options_read_clock(struct options *options, const char *value)
{
    return clock_setting_parse(text_of(value), &options->app.space.clock);
}

static bool options_read_seed(struct options *options, const char *value)
{
    options->has_seed = true;
    return text_parse_uint64(text_of(value), &options->app.space.dials.seed);
}

static bool options_read_export_on_exit(struct options *options, const char *value)
{
    options->export_on_exit = *value ? value : NULL;
    return true;
}

static bool options_read_fidelity(struct options *options, const char *value)
{
    bool is_strict = strcmp(value, "strict") == 0;
    options->app.fidelity = is_strict ? FIDELITY_STRICT : FIDELITY_COMPAT;
    return is_strict || strcmp(value, "compat") == 0;
}

static bool options_read_auth(struct options *options, const char *value)
{
    bool is_required = strcmp(value, "required") == 0;
    options->app.auth = is_required ? AUTH_REQUIRED : AUTH_OPEN;
    return is_required || strcmp(value, "open") == 0;
}

static bool options_read_max_body(struct options *options, const char *value)
{
    int64_t number;
    if (!options_read_number(value, BODY_BYTES_MIN, INT32_MAX, &number))
        return false;
    options->app.body_bytes_max = (size_t)number;
    return true;
}

static bool options_read_stream_delay(struct options *options, const char *value)
{
    struct arena arena;
    struct text problem;
    arena_init(&arena);
    bool is_pace =
        stream_pace_parse(text_of(value), &arena, &options->app.space.dials.stream_pace, &problem);
    arena_release(&arena);
    return is_pace;
}

/* As it stands in a Host header, but for the port. */
static bool options_read_allow_host(struct options *options, const char *value)
{
    struct allowed_hosts *allowed = &options->app.allowed_hosts;
    if (!*value)
        return true;
    if (allowed->count == ALLOWED_HOSTS_MAX || strpbrk(value, ":/, "))
        return false;
    allowed->names[allowed->count++] = value;
    return true;
}

static bool options_read_journal_max(struct options *options, const char *value)
{
    int64_t number;
    if (!options_read_number(value, 0, JOURNAL_ENTRIES_MAX, &number))
        return false;
    options->app.space.journal_max = (size_t)number;
    return true;
}

/* As a browser sends it: a scheme, a host and perhaps a port. "*" would be every page there is. */
static bool options_read_cors(struct options *options, const char *value)
{
    struct allowed_origins *allowed = &options->app.allowed_origins;
    const char *host = strstr(value, "://");
    if (!*value)
        return true;
    if (allowed->count == ALLOWED_ORIGINS_MAX || !host || host == value || !host[3] ||
        strpbrk(host + 3, "/*?#@, "))
        return false;
    allowed->names[allowed->count++] = value;
    return true;
}

static bool options_read_control_token(struct options *options, const char *value)
{
    options->app.control_token = text_of(value);
    for (const char *at = value; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

static bool options_read_threads(struct options *options, const char *value)
{
    int64_t number;
    if (!options_read_number(value, 1, THREADS_MAX, &number))
        return false;
    options->threads = (int)number;
    return true;
}

static bool options_read_log_format(struct options *options, const char *value)
{
    return log_format_parse(text_of(value), &options->log_format);
}

static bool options_read_log_level(struct options *options, const char *value)
{
    return log_level_parse(text_of(value), &options->log_level);
}

static bool options_read_ready_file(struct options *options, const char *value)
{
    options->ready_file = *value ? value : NULL;
    return true;
}

/* The groups of --help, in its order: what tests use most comes first. */
enum option_group { GROUP_TESTS, GROUP_STATE, GROUP_SERVER, GROUP_COUNT };

static const char *const group_titles[GROUP_COUNT] = {
    [GROUP_TESTS] = "What tests use most",
    [GROUP_STATE] = "What it knows and whom it trusts",
    [GROUP_SERVER] = "How it serves",
};

static const struct {
    const char *name, *takes;
    option_reader *read;
    enum option_group group;
    const char *allowed; /* what an error names */
    const char *help;    /* one line of --help */
} rows[] = {
    {"port", "N", options_read_port, GROUP_TESTS, "a number from 0 to 65535",
        "Port to listen on; 0 takes any free one. Default 8863."},
    {"step-time", "DUR", options_read_step_time, GROUP_TESTS,
        "a duration such as 300ms, 0, or real",
        "One training step: 300ms (default), 2s, ...; 0 ends at once; real as recorded."},
    {"progress", "HOW", options_read_progress, GROUP_TESTS,
        "time, manual, or polls:N with N from 1 to 100000",
        "What moves a training on: time (default), manual, or N looks at it (polls:N)."},
    {"clock", "MODE", options_read_clock, GROUP_TESTS,
        "real, frozen, frozen@2024-07-20T18:23:29Z, or rate:X with X up to 1000000",
        "Emulated time: real (default), frozen, frozen@TIME, or rate:X times as fast."},
    {"seed", "N", options_read_seed, GROUP_TESTS, "a number from 0 to 18446744073709551615",
        "Makes ids and losses repeatable. Default: random, printed in the log."},
    {"latency", "DUR", options_read_latency, GROUP_TESTS, DELAY_OPTION_ALLOWED,
        "Time before each answer of the service. Default 0."},
    {"ready-file", "PATH", options_read_ready_file, GROUP_TESTS, "a path",
        "Write the server's URL to this file, or FIFO, once it answers."},
    {"data", "FILE", options_read_data, GROUP_STATE, "at most 64 files",
        "Begin with this file of models, stubs, ...; may be given several times."},
    {"db", "FILE", options_read_db, GROUP_STATE, "a file",
        "Keep models in this file. Default: in memory."},
    {"export-on-exit", "FILE", options_read_export_on_exit, GROUP_STATE, "a file",
        "Write the state to this file at the end; it can be a seed."},
    {"fidelity", "MODE", options_read_fidelity, GROUP_STATE, "compat or strict",
        "compat (default) serves every client; strict refuses as in spring 2025."},
    {"auth", "MODE", options_read_auth, GROUP_STATE, "open or required",
        "open (default) takes any credential; required makes each a caller."},
    {"host", "ADDR", options_read_host, GROUP_SERVER, "an address",
        "Default: loopback, 127.0.0.1 and ::1. 0.0.0.0 opens it to others."},
    {"allow-host", "NAME", options_read_allow_host, GROUP_SERVER, "at most 16 names without a port",
        "The control API may be called by this name; may be given several times."},
    {"stream-delay", "DUR", options_read_stream_delay, GROUP_SERVER,
        DELAY_OPTION_ALLOWED " or pace",
        "Pause between the chunks of a stream, or a pace. Default 0."},
    {"max-body", "BYTES", options_read_max_body, GROUP_SERVER,
        "a number of bytes from 1024 to 2147483647", "Largest request body. Default 20971520."},
    {"journal-max", "N", options_read_journal_max, GROUP_SERVER, "a number from 0 to 1000000",
        "Requests that the journal keeps; 0: none. Default 1000."},
    {"control-token", "T", options_read_control_token, GROUP_SERVER,
        "visible ASCII characters without a space",
        "Calls of the control API have to bring it as X-Emulator-Token."},
    {"cors", "ORIGIN", options_read_cors, GROUP_SERVER,
        "at most 16 origins such as http://localhost:3000",
        "Pages of this origin may drive the control API; may be given several times."},
    {"threads", "N", options_read_threads, GROUP_SERVER, "a number from 1 to 64",
        "Worker threads. Default: one per processor, at most 4."},
    {"log-format", "F", options_read_log_format, GROUP_SERVER, "text or json",
        "text (default) or json; the log goes to stderr."},
    {"log-level", "L", options_read_log_level, GROUP_SERVER, "debug, info, warning, error or none",
        "debug, info (default), warning, error or none."},
};
enum { ROW_COUNT = ARRAY_COUNT(rows) };

/* Codes of getopt_long: of the first row, which the others follow; of --help and --version; of
 * words that are no options. Those of rows are no letters. */
enum { CODE_ROW = 256, CODE_VERSION = CODE_ROW + ROW_COUNT, CODE_HELP = 'h', CODE_WORD = 1 };

/* True if the option's value is to be shown to nobody. */
static bool option_is_secret(size_t row)
{
    return rows[row].read == options_read_control_token;
}

/* True if the option takes a duration and the value is a number alone. */
static bool option_lacks_unit(size_t row, const char *value)
{
    char *end;
    bool takes_duration = strcmp(rows[row].takes, "DUR") == 0;
    return takes_duration && ascii_is_digit(*value) && (strtod(value, &end), *end == '\0');
}

static bool options_set(struct options *options, size_t row, const char *value, const char *source,
    struct arena *arena, struct text *ret_message)
{
    if (rows[row].read(options, spelling_value(rows[row].name, value, arena)))
        return true;
    const char *name = *source ? "" : rows[row].name;
    if (!*source)
        source = "--";
    if (option_is_secret(row))
        *ret_message = arena_printf(arena, "%s%s takes %s", source, name, rows[row].allowed);
    else
        *ret_message = arena_printf(arena, "%s%s takes %s, not \"%s\"%s", source, name,
            rows[row].allowed, value,
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
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct text name = text_of(form(rows[i].name, arena));
        bool is_part = option_is_beginning(word, name);
        size_t distance = is_part ? 0 : distance_between(word, name);
        bool is_nearer = distance < least || (distance == least && name.len < nearest.len);
        if (!is_nearer || !(is_part || distance_is_near(distance, text_of(rows[i].name))))
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
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (text_equals_string(name, options_variable_name(rows[i].name, arena)))
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
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (is_given[i])
            continue;
        const char *name = options_variable_name(rows[i].name, arena);
        const char *value = getenv(name);
        /* Kubernetes sets TUNEMOCK_PORT=tcp://... for a service called tunemock. */
        bool is_foreign =
            value && rows[i].read == options_read_port && strncmp(value, "tcp://", 6) == 0;
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
    struct option table[ROW_COUNT + 3] = {{0}};
    for (int i = 0; i < ROW_COUNT; i++)
        table[i] = (struct option){rows[i].name, required_argument, NULL, CODE_ROW + i};
    table[ROW_COUNT] = (struct option){"help", no_argument, NULL, CODE_HELP};
    table[ROW_COUNT + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};

    opterr = 0;
    bool has_command = false;
    for (;;) {
        /* The word that is read next; getopt_long says of what it does not know only a letter. */
        const char *word = arguments[optind];
        int code = getopt_long(argument_count, arguments, "-:h", table, NULL);
        if (code == -1)
            break;
        if (code == '?' || code == ':') {
            *ret_message = code == ':' ? arena_printf(arena, "%s: needs a value", word)
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
        const char *value = option_is_secret(row) ? option_hide(optarg, arena) : optarg;
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
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (!is_given[i] && rows[i].read == options_read_port)
            options->port = 0;
        else if (!is_given[i] && rows[i].read == options_read_log_level)
            options->log_level = LOG_WARNING;
}

/* What the command lacks, or the empty text. */
static struct text options_find_missing(const struct options *options)
{
    if (options->command == COMMAND_CHECK && !options->checked)
        return TEXT("check: needs a file");
    if (options->command == COMMAND_VALIDATE && options->validated_count == 0)
        return TEXT("validate: needs a file; - is stdin");
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
    bool is_given[ROW_COUNT] = {false};
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
    fprintf(file, "%s:\n", group_titles[group]);
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].group != group)
            continue;
        int used = fprintf(file, "  --%s %s", rows[i].name, rows[i].takes);
        fprintf(file, "%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "", rows[i].help);
    }
}

void options_print_help(FILE *file)
{
    fprintf(file,
        "tunemock %s: a local emulator of the Gemini API's tuned-models service\n"
        "  tunemock [serve] [options]   serve until Ctrl-C\n"
        "  tunemock exec [options] CMD  serve on a free port while CMD runs, and end as it ends\n"
        "  tunemock env                 print variables for clients: eval \"$(tunemock env)\"\n"
        "  tunemock healthcheck         exit 0 if the server on --host and --port is alive\n"
        "  tunemock check FILE          look for damage in a --db file, without a change to it\n"
        "  tunemock validate FILE...    check seed and state files; - is stdin\n"
        "  tunemock schema              print the JSON Schema of these files, for editors\n"
        "  tunemock version | help      (-h, --help and --version do the same)\n",
        TUNEMOCK_VERSION);
    for (int group = 0; group < GROUP_COUNT; group++)
        options_print_group(file, (enum option_group)group);
    fputs(
        "Every option has a variable: TUNEMOCK_STEP_TIME=0 is --step-time 0. The option wins.\n"
        "Try it: tunemock --step-time 100ms & curl http://127.0.0.1:8863/v1beta/tunedModels\n"
        "Exit codes: 0; 1 failure, or a damaged file; 2 wrong usage or seed; 98 port taken; exec: "
        "CMD's.\n",
        file);
}
