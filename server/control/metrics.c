/*
 * GET /metrics: numbers about the process for a scraper, in the text format that Prometheus reads
 * (version 0.0.4). Labels are words of the tables: who scrapes learns no namespace, id or caller.
 */
#include "server/call/metrics.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"

/* What is measured now, before any of it is written. */
struct metrics_state {
    const struct app *app;
    struct journals_sizes journals;
    struct store_sizes store;
    struct events_figures events;
};

/* --- families with labels --- */

static const char *metrics_kind_name(int kind)
{
    static const char *const others[] = {"control", "unknown"};
    return kind < METRICS_CONTROL ? methods[kind].name : others[kind - METRICS_CONTROL];
}

static void metrics_begin_family(
    struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP tunemock_%s %s\n# TYPE tunemock_%s %s\n", name, help, name, type);
}

/* Seconds, to the nanosecond: a sum of many must not lose the small ones. */
static void metrics_add_seconds(struct buf *out, uint64_t ns)
{
    buf_printf(out, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}

static void metrics_write_requests(struct buf *out, const struct metrics *metrics)
{
    struct metrics_sum sum;
    metrics_begin_family(out, "requests_total", "counter",
        "Requests by method and HTTP status; 0: there was no answer.");
    for (int kind = 0; kind < METRICS_KIND_COUNT; kind++) {
        if (!metrics_add_up(metrics, kind, &sum))
            continue;
        for (int i = 0; metrics_status(i) >= 0; i++)
            if (sum.statuses[i] > 0)
                buf_printf(out, "tunemock_requests_total{method=\"%s\",code=\"%d\"} %" PRIu64 "\n",
                    metrics_kind_name(kind), metrics_status(i), sum.statuses[i]);
    }
}

static void metrics_write_duration(
    struct buf *out, const char *method, const struct metrics_sum *sum)
{
    uint64_t count = 0;
    for (int i = 0; i < METRICS_BUCKET_COUNT; i++) {
        int64_t bound_ns = metrics_bucket_ns(i);
        count += sum->buckets[i];
        buf_printf(out, "tunemock_request_duration_seconds_bucket{method=\"%s\",le=\"", method);
        if (bound_ns == INT64_MAX)
            buf_add_string(out, "+Inf");
        else
            buf_printf(out, "%g", (double)bound_ns / NS_PER_SECOND);
        buf_printf(out, "\"} %" PRIu64 "\n", count);
    }
    buf_printf(out, "tunemock_request_duration_seconds_sum{method=\"%s\"} ", method);
    metrics_add_seconds(out, sum->duration_ns);
    buf_printf(out, "\ntunemock_request_duration_seconds_count{method=\"%s\"} %" PRIu64 "\n",
        method, count);
}

static void metrics_write_durations(struct buf *out, const struct metrics *metrics)
{
    struct metrics_sum sum;
    metrics_begin_family(out, "request_duration_seconds", "histogram",
        "Time from a request's first line until its answer is sent, or begins as a stream.");
    for (int kind = 0; kind < METRICS_KIND_COUNT; kind++)
        if (metrics_add_up(metrics, kind, &sum))
            metrics_write_duration(out, metrics_kind_name(kind), &sum);
}

static void metrics_write_budgets(struct buf *out, const struct metrics_state *state)
{
    const struct app *app = state->app;
    const struct space *space = spaces_default(app->spaces);
    const struct {
        const char *name;
        size_t used, max;
    } budgets[] = {
        {"bodies", budget_used(&app->bodies), app->bodies.max},
        {"decoded", budget_used(&app->decoded_bytes), app->decoded_bytes.max},
        {"answers", budget_used(&app->answers), app->answers.max},
        {"journal", state->journals.bytes, state->journals.bytes_max},
        {"scripts", budget_used(space->scripts), space->scripts->max},
        {"trainings", budget_used(space->trainings.budget), space->trainings.budget->max},
        {"events", state->events.kept_bytes, EVENTS_BYTES_MAX},
    };
    metrics_begin_family(
        out, "budget_bytes", "gauge", "What may be held in memory at a time; more is refused.");
    for (size_t i = 0; i < ARRAY_COUNT(budgets); i++)
        buf_printf(
            out, "tunemock_budget_bytes{budget=\"%s\"} %zu\n", budgets[i].name, budgets[i].max);
    metrics_begin_family(out, "budget_used_bytes", "gauge", "What is held in memory of it.");
    for (size_t i = 0; i < ARRAY_COUNT(budgets); i++)
        buf_printf(out, "tunemock_budget_used_bytes{budget=\"%s\"} %zu\n", budgets[i].name,
            budgets[i].used);
}

/* --- single numbers --- */

static uint64_t metrics_namespaces(const struct metrics_state *state)
{
    return spaces_count(state->app->spaces);
}

static uint64_t metrics_snapshots(const struct metrics_state *state)
{
    return snapshots_count_all(&spaces_default(state->app->spaces)->snapshots);
}

static uint64_t metrics_models(const struct metrics_state *state)
{
    return (uint64_t)store_count_all_models(state->app->store);
}

static uint64_t metrics_tuning_jobs(const struct metrics_state *state)
{
    return (uint64_t)store_count_all_jobs(state->app->store);
}

static uint64_t metrics_store_bytes(const struct metrics_state *state)
{
    return (uint64_t)state->store.file_bytes;
}

static uint64_t metrics_wal_bytes(const struct metrics_state *state)
{
    return (uint64_t)state->store.wal_bytes;
}

static uint64_t metrics_write_queue(const struct metrics_state *state)
{
    return (uint64_t)state->store.queue_count;
}

static uint64_t metrics_journal_entries(const struct metrics_state *state)
{
    return state->journals.entries;
}

static uint64_t metrics_journal_bytes(const struct metrics_state *state)
{
    return state->journals.bytes;
}

static uint64_t metrics_connections(const struct metrics_state *state)
{
    return (uint64_t)atomic_load(&state->app->connection_count);
}

static uint64_t metrics_streams(const struct metrics_state *state)
{
    return (uint64_t)atomic_load(&state->app->stream_count);
}

static uint64_t metrics_event_readers(const struct metrics_state *state)
{
    return state->events.reader_count;
}

static uint64_t metrics_lost_events(const struct metrics_state *state)
{
    return state->events.lost_count;
}

static uint64_t metrics_lost_lines(const struct metrics_state *state)
{
    (void)state;
    return log_lost_count();
}

static const struct {
    const char *name, *type, *help;
    uint64_t (*read)(const struct metrics_state *state);
} metrics_numbers[] = {
    {"models", "gauge", "Tuned models of all namespaces.", metrics_models},
    {"tuning_jobs", "gauge", "Tuning jobs of all namespaces.", metrics_tuning_jobs},
    {"namespaces", "gauge", "Namespaces, the default one included.", metrics_namespaces},
    {"snapshots", "gauge", "Snapshots of all namespaces.", metrics_snapshots},
    {"journal_entries", "gauge", "Requests that the journals keep.", metrics_journal_entries},
    {"journal_bytes", "gauge", "Memory that they take.", metrics_journal_bytes},
    {"store_bytes", "gauge", "Size of the database file.", metrics_store_bytes},
    {"wal_bytes", "gauge", "Size of its write-ahead log.", metrics_wal_bytes},
    {"write_queue_length", "gauge", "Writes that are not committed yet.", metrics_write_queue},
    {"connections", "gauge", "Open connections.", metrics_connections},
    {"streams", "gauge", "Answers that are being sent piece by piece.", metrics_streams},
    {"event_readers", "gauge", "Streams of events that are read.", metrics_event_readers},
    {"events_lost_total", "counter", "Events that readers were too slow for.", metrics_lost_events},
    {"log_lines_dropped_total", "counter", "Lines of the log that found no reader in time.",
        metrics_lost_lines},
};

static void metrics_write_process(struct buf *out, const struct metrics_state *state)
{
    metrics_begin_family(out, "build_info", "gauge", "The version, as a label.");
    buf_printf(out, "tunemock_build_info{version=\"%s\"} 1\n", TUNEMOCK_VERSION);
    metrics_begin_family(
        out, "start_time_seconds", "gauge", "When the process started, in seconds since 1970.");
    buf_add_string(out, "tunemock_start_time_seconds ");
    metrics_add_seconds(out, (uint64_t)state->app->start_ns);
    buf_add_byte(out, '\n');
    for (size_t i = 0; i < ARRAY_COUNT(metrics_numbers); i++) {
        const char *name = metrics_numbers[i].name;
        metrics_begin_family(out, name, metrics_numbers[i].type, metrics_numbers[i].help);
        buf_printf(out, "tunemock_%s %" PRIu64 "\n", name, metrics_numbers[i].read(state));
    }
}

enum call_state control_metrics_get(struct call *call)
{
    struct reply *reply = call->reply;
    struct metrics_state state = {.app = call->app};
    state.store = store_sizes(call->app->store);
    spaces_measure_journals(call->app->spaces, &state.journals);
    state.events = events_measure(spaces_default(call->app->spaces)->events.events);
    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write_process(&reply->body, &state);
    metrics_write_budgets(&reply->body, &state);
    metrics_write_requests(&reply->body, call->app->metrics);
    metrics_write_durations(&reply->body, call->app->metrics);
    return CALL_DONE;
}
