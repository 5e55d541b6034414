/*
 * tunemock: wires the parts together, waits for a signal, and takes them apart. The only file that
 * decides how the process ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/bus_error.h"
#include "server/call/app.h"
#include "server/check.h"
#include "server/healthcheck.h"
#include "server/http/server.h"
#include "server/options.h"
#include "server/ready.h"
#include "server/stop.h"

enum exit_code { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_PORT_TAKEN = 98 };

/*
 * How long after a signal the process lives on where there is nothing to answer: while it starts,
 * and once its requests are done. Then it ends as it is, since the store survives that. With the
 * tenth of a second that the log may take, half a second is kept.
 */
#define MAIN_STARTING_NS (50 * NS_PER_MS)
#define MAIN_ENDING_NS (250 * NS_PER_MS)

static enum exit_code complain(enum exit_code code, struct text message)
{
    log_print("tunemock: %.*s", TEXT_ARGS(message));
    return code;
}

/*
 * Whatever is opened later must not get the number of stdin, stdout or stderr: what is written to
 * those would land in it, in the database for one.
 */
static void open_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1)
            continue;
        /* The lowest free number is this one. Where there is no /dev, anything will do. */
        if (open("/dev/null", O_RDWR) < 0)
            (void)!open("/", O_PATH);
    }
}

static void set_up_process(void)
{
    open_standard_descriptors();
    stop_block_signals();
    signal(SIGPIPE, SIG_IGN);
    /* A file that may not grow (ulimit -f) is an error like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    /* In the background of a terminal with "stty tostop", a line would stop all threads. */
    signal(SIGTTOU, SIG_IGN);
    memory_set_up();
    log_start(STDERR_FILENO, LOG_TEXT, LOG_INFO);
}

/* Ends the process in the middle of whatever it is doing, when that takes too long. */
static void give_up(void *context)
{
    ready_file_remove(context);
    log_stop();
    _exit(EXIT_GOOD);
}

static enum exit_code announce_and_wait(
    struct app *app, struct http_server *server, struct ready_file *ready_file)
{
    struct text message;
    atomic_store(&app->is_ready, true);
    if (!ready_file_write(ready_file, http_server_url(server), &app->arena, &message))
        return complain(EXIT_FAILED, message);
    ready_print(http_server_url(server));
    stop_allow(HTTP_DRAIN_NS_MAX + MAIN_ENDING_NS);
    stop_wait();
    ready_file_remove(ready_file);
    http_server_drain(server);
    store_give_up(app->store);
    stop_allow(MAIN_ENDING_NS);
    return EXIT_GOOD;
}

static enum exit_code serve_app(
    const struct options *options, struct app *app, struct ready_file *ready_file)
{
    struct text message;
    struct space *space = spaces_find(app->spaces, SPACE_DEFAULT);
    for (int i = 0; i < options->data_count && !stop_is_asked(); i++)
        if (!app_load_seed(app, space, options->data[i], &message))
            return complain(EXIT_USAGE, message);
    if (stop_is_asked())
        return EXIT_GOOD;

    struct http_options http = {
        .host = options->host, .port = options->port, .worker_count = options->threads};
    struct http_server *server;
    enum http_start started = http_server_start(&http, app, &app->arena, &server, &message);
    if (started != HTTP_STARTED)
        return complain(started == HTTP_PORT_TAKEN ? EXIT_PORT_TAKEN : EXIT_FAILED, message);
    enum exit_code code = announce_and_wait(app, server, ready_file);
    http_server_stop(server);
    return code;
}

static enum exit_code serve_files(struct options *options, struct ready_file *ready_file)
{
    bus_error_start(options->db);
    struct app app;
    struct text message;
    enum exit_code code;
    if (app_init(&app, &options->app, options->db, options->threads, &message)) {
        log_write(
            LOG_INFO, "data %s %s", options->db ? "in" : "in memory:", store_place(app.store));
        code = serve_app(options, &app, ready_file);
    } else {
        code = complain(EXIT_FAILED, message);
    }
    app_release(&app);
    return code;
}

static enum exit_code serve(struct options *options, struct arena *arena)
{
    static struct ready_file ready_file = READY_FILE_INIT;
    struct text message;
    stop_allow(MAIN_STARTING_NS);
    log_configure(options->log_format, options->log_level);
    if (!stop_listen(give_up, &ready_file))
        return complain(EXIT_FAILED, TEXT("cannot start a thread: too many threads"));
    if (!ready_file_prepare(&ready_file, options->ready_file, arena, &message))
        return complain(EXIT_FAILED, message);
    if (!options->has_seed)
        options->app.space.dials.seed = clock_entropy();
    log_write(LOG_INFO, "tunemock %s, seed %llu", TUNEMOCK_VERSION,
        (unsigned long long)options->app.space.dials.seed);
    if (options->unknown_variables.len)
        log_write(LOG_WARNING, "%.*s", TEXT_ARGS(options->unknown_variables));
    return serve_files(options, &ready_file);
}

static enum exit_code check(const char *path, struct arena *arena)
{
    struct text message;
    enum check_outcome outcome = check_database(path, stdout, arena, &message);
    if (outcome == CHECK_IMPOSSIBLE)
        return complain(EXIT_FAILED, message);
    return outcome == CHECK_GOOD && fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

/* All commands but serve: a signal ends them as it would any program. */
static enum exit_code run_command(const struct options *options, struct arena *arena)
{
    stop_unblock_signals();
    switch (options->command) {
    case COMMAND_HELP:
        options_print_help(stdout);
        return EXIT_GOOD;
    case COMMAND_VERSION:
        printf("tunemock %s\n", TUNEMOCK_VERSION);
        return EXIT_GOOD;
    case COMMAND_HEALTHCHECK:
        return healthcheck(options->host, options->port) ? EXIT_GOOD : EXIT_FAILED;
    case COMMAND_CHECK:
        return check(options->checked, arena);
    case COMMAND_SERVE:
        break;
    }
    return EXIT_USAGE;
}

int main(int argument_count, char **arguments)
{
    struct arena arena;
    struct options options;
    struct text message;
    enum exit_code code;
    set_up_process();
    arena_init(&arena);
    if (!options_read(argument_count, arguments, &arena, &options, &message)) {
        code = complain(EXIT_USAGE, message);
        log_print("Try tunemock --help.");
    } else if (options.command == COMMAND_SERVE) {
        code = serve(&options, &arena);
    } else {
        code = run_command(&options, &arena);
    }
    arena_release(&arena);
    log_stop();
    return (int)code;
}
