#include "server/option_rows.h"

#include <string.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/sim/training_plan.h"

/* Texts below name these. */
enum { THREADS_MAX = 64, BODY_BYTES_MIN = 1024, NAMESPACES_LEAST = 1, NAMESPACES_MOST = 1000000 };
_Static_assert(ALLOWED_HOSTS_MAX == 16, "16 names");
_Static_assert(ALLOWED_ORIGINS_MAX == 16, "16 origins");
_Static_assert(OPTIONS_DATA_MAX == 64, "64 files");
_Static_assert(BODY_BYTES_MAX == 20971520, "20971520");
_Static_assert(NAMESPACES_MAX == 16384, "16384");

/* Of options that take a delay; docs/control.md has its other forms. */
#define DELAY_OPTION_ALLOWED "a duration such as 50ms, of at most 1h, or the JSON of a delay"

static bool option_rows_read_number(
    const char *value, int64_t min, int64_t max, int64_t *ret_number)
{
    return text_parse_int64(text_of(value), ret_number) && *ret_number >= min && *ret_number <= max;
}

static bool option_rows_read_port(struct options *options, const char *value)
{
    int64_t number;
    if (!option_rows_read_number(value, 0, UINT16_MAX, &number))
        return false;
    options->port = (uint16_t)number;
    return true;
}

static bool option_rows_read_host(struct options *options, const char *value)
{
    options->host = *value ? value : NULL;
    return true;
}

static bool option_rows_read_db(struct options *options, const char *value)
{
    options->db = *value ? value : NULL;
    return true;
}

static bool option_rows_read_data(struct options *options, const char *value)
{
    if (options->data_count == OPTIONS_DATA_MAX)
        return false;
    if (*value)
        options->data[options->data_count++] = value;
    return true;
}

static bool option_rows_read_step_time(struct options *options, const char *value)
{
    return training_step_parse(text_of(value), &options->app.space.dials.step_ns);
}

static bool option_rows_read_progress(struct options *options, const char *value)
{
    return training_pacing_parse(text_of(value), &options->app.space.dials.progress);
}

static bool option_rows_read_latency(struct options *options, const char *value)
{
    struct arena arena;
    struct text problem;
    arena_init(&arena);
    bool is_delay =
        delay_parse(text_of(value), &arena, &options->app.space.dials.latency, &problem);
    arena_release(&arena);
    return is_delay;
}

static bool option_rows_read_clock(struct options *options, const char *value)
{
    return clock_setting_parse(text_of(value), &options->app.space.clock);
}

static bool option_rows_read_seed(struct options *options, const char *value)
{
    options->has_seed = true;
    return text_parse_uint64(text_of(value), &options->app.space.dials.seed);
}

static bool option_rows_read_export_on_exit(struct options *options, const char *value)
{
    options->export_on_exit = *value ? value : NULL;
    return true;
}

static bool option_rows_read_gcs(struct options *options, const char *value)
{
    options->app.gcs_folder = *value ? value : NULL;
    return true;
}

static bool option_rows_read_fidelity(struct options *options, const char *value)
{
    bool is_strict = strcmp(value, "strict") == 0;
    options->app.fidelity = is_strict ? FIDELITY_STRICT : FIDELITY_COMPAT;
    return is_strict || strcmp(value, "compat") == 0;
}

static bool option_rows_read_auth(struct options *options, const char *value)
{
    bool is_required = strcmp(value, "required") == 0;
    options->app.auth = is_required ? AUTH_REQUIRED : AUTH_OPEN;
    return is_required || strcmp(value, "open") == 0;
}

static bool option_rows_read_isolate(struct options *options, const char *value)
{
    bool is_key = strcmp(value, "key") == 0;
    options->app.isolate = is_key ? ISOLATE_KEY : ISOLATE_NONE;
    return is_key || strcmp(value, "none") == 0;
}

static bool option_rows_read_namespaces_max(struct options *options, const char *value)
{
    int64_t number;
    if (!option_rows_read_number(value, NAMESPACES_LEAST, NAMESPACES_MOST, &number))
        return false;
    options->app.namespaces_max = (size_t)number;
    return true;
}

static bool option_rows_read_namespace_idle(struct options *options, const char *value)
{
    return duration_parse(text_of(value), &options->app.namespace_idle_ns);
}

static bool option_rows_read_max_body(struct options *options, const char *value)
{
    int64_t number;
    if (!option_rows_read_number(value, BODY_BYTES_MIN, INT32_MAX, &number))
        return false;
    options->app.body_bytes_max = (size_t)number;
    return true;
}

static bool option_rows_read_stream_delay(struct options *options, const char *value)
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
static bool option_rows_read_allow_host(struct options *options, const char *value)
{
    struct allowed_hosts *allowed = &options->app.allowed_hosts;
    if (!*value)
        return true;
    if (allowed->count == ALLOWED_HOSTS_MAX || strpbrk(value, ":/, "))
        return false;
    allowed->names[allowed->count++] = value;
    return true;
}

static bool option_rows_read_journal_max(struct options *options, const char *value)
{
    int64_t number;
    if (!option_rows_read_number(value, 0, JOURNAL_ENTRIES_MAX, &number))
        return false;
    options->app.space.journal_max = (size_t)number;
    return true;
}

/* As a browser sends it: a scheme, a host and perhaps a port. "*" would be every page there is. */
static bool option_rows_read_cors(struct options *options, const char *value)
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

static bool option_rows_read_control_token(struct options *options, const char *value)
{
    options->app.control_token = text_of(value);
    for (const char *at = value; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

static bool option_rows_read_no_ui(struct options *options, const char *value)
{
    options->app.is_without_page = strcmp(value, "yes") == 0;
    return options->app.is_without_page || strcmp(value, "no") == 0;
}

static bool option_rows_read_vertex(struct options *options, const char *value)
{
    options->is_vertex = strcmp(value, "yes") == 0;
    return options->is_vertex || strcmp(value, "no") == 0;
}

static bool option_rows_read_threads(struct options *options, const char *value)
{
    int64_t number;
    if (!option_rows_read_number(value, 1, THREADS_MAX, &number))
        return false;
    options->threads = (int)number;
    return true;
}

static bool option_rows_read_log_format(struct options *options, const char *value)
{
    return log_format_parse(text_of(value), &options->log_format);
}

static bool option_rows_read_log_level(struct options *options, const char *value)
{
    return log_level_parse(text_of(value), &options->log_level);
}

static bool option_rows_read_ready_file(struct options *options, const char *value)
{
    options->ready_file = *value ? value : NULL;
    return true;
}

const char *const option_group_titles[GROUP_COUNT] = {
    [GROUP_TESTS] = "What tests use most",
    [GROUP_STATE] = "What it knows and whom it trusts",
    [GROUP_SERVER] = "How it serves",
};

const struct option_row option_rows[] = {
    {"port", "N", option_rows_read_port, GROUP_TESTS, "a number from 0 to 65535",
        "Port to listen on; 0 takes any free one. Default 8863."},
    {"step-time", "DUR", option_rows_read_step_time, GROUP_TESTS,
        "a duration such as 300ms, 0, or real",
        "One training step: 300ms (default), 2s, ...; 0 ends at once; real as recorded."},
    {"progress", "HOW", option_rows_read_progress, GROUP_TESTS,
        "time, manual, or polls:N with N from 1 to 100000",
        "What moves a training on: time (default), manual, or N looks at it (polls:N)."},
    {"clock", "MODE", option_rows_read_clock, GROUP_TESTS,
        "real, frozen, frozen@2024-07-20T18:23:29Z, or rate:X with X up to 1000000",
        "Emulated time: real (default), frozen, frozen@TIME, or rate:X times as fast."},
    {"seed", "N", option_rows_read_seed, GROUP_TESTS, "a number from 0 to 18446744073709551615",
        "Makes ids and losses repeatable. Default: random, printed in the log."},
    {"latency", "DUR", option_rows_read_latency, GROUP_TESTS, DELAY_OPTION_ALLOWED,
        "Time before each answer of the service. Default 0."},
    {"ready-file", "PATH", option_rows_read_ready_file, GROUP_TESTS, "a path",
        "Write the server's URL to this file, or FIFO, once it answers."},
    {"vertex", "", option_rows_read_vertex, GROUP_TESTS, "yes or no",
        "exec and env: variables for clients of Vertex AI, which log in here."},
    {"data", "FILE", option_rows_read_data, GROUP_STATE, "at most 64 files",
        "Begin with this file of models, stubs, ...; may be given several times."},
    {"db", "FILE", option_rows_read_db, GROUP_STATE, "a file",
        "Keep models in this file. Default: in memory."},
    {"export-on-exit", "FILE", option_rows_read_export_on_exit, GROUP_STATE, "a file",
        "Write the state to this file at the end; it can be a seed."},
    {"gcs", "DIR", option_rows_read_gcs, GROUP_STATE, "a folder",
        "Read gs://BUCKET/FILE, data for Vertex AI's tuning, from DIR/BUCKET/FILE."},
    {"fidelity", "MODE", option_rows_read_fidelity, GROUP_STATE, "compat or strict",
        "compat (default) serves every client; strict refuses as in spring 2025."},
    {"auth", "MODE", option_rows_read_auth, GROUP_STATE, "open or required",
        "open (default) takes any credential; required makes each a caller."},
    {"isolate", "HOW", option_rows_read_isolate, GROUP_STATE, "none or key",
        "key: each credential has its own namespace. none (default): all share one."},
    {"namespaces-max", "N", option_rows_read_namespaces_max, GROUP_STATE,
        "a number from 1 to 1000000", "Namespaces at a time. Default 16384."},
    {"namespace-idle", "DUR", option_rows_read_namespace_idle, GROUP_STATE,
        "a duration such as 10m, or 0",
        "Delete what nobody has used for so long. Default 0: never."},
    {"host", "ADDR", option_rows_read_host, GROUP_SERVER, "an address",
        "Default: loopback, 127.0.0.1 and ::1. 0.0.0.0 opens it to others."},
    {"allow-host", "NAME", option_rows_read_allow_host, GROUP_SERVER,
        "at most 16 names without a port",
        "The control API may be called by this name; may be given several times."},
    {"stream-delay", "DUR", option_rows_read_stream_delay, GROUP_SERVER,
        DELAY_OPTION_ALLOWED " or pace",
        "Pause between the chunks of a stream, or a pace. Default 0."},
    {"max-body", "BYTES", option_rows_read_max_body, GROUP_SERVER,
        "a number of bytes from 1024 to 2147483647", "Largest request body. Default 20971520."},
    {"journal-max", "N", option_rows_read_journal_max, GROUP_SERVER, "a number from 0 to 1000000",
        "Requests that the journal keeps; 0: none. Default 1000."},
    {"control-token", "T", option_rows_read_control_token, GROUP_SERVER,
        "visible ASCII characters without a space",
        "Calls of the control API have to bring it as X-Emulator-Token."},
    {"cors", "ORIGIN", option_rows_read_cors, GROUP_SERVER,
        "at most 16 origins such as http://localhost:3000",
        "Pages of this origin may drive the control API; may be given several times."},
    {"no-ui", "", option_rows_read_no_ui, GROUP_SERVER, "yes or no",
        "Nothing at /, where the web page is otherwise."},
    {"threads", "N", option_rows_read_threads, GROUP_SERVER, "a number from 1 to 64",
        "Worker threads. Default: one per processor, at most 4."},
    {"log-format", "F", option_rows_read_log_format, GROUP_SERVER, "text or json",
        "text (default) or json; the log goes to stderr."},
    {"log-level", "L", option_rows_read_log_level, GROUP_SERVER,
        "debug, info, warning, error or none", "debug, info (default), warning, error or none."},
};
_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) == OPTION_ROW_COUNT, "all rows");
