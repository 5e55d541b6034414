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
#include "server/client_variables.h"
#include "server/completion.h"
#include "server/exec.h"
#include "server/exec_summary.h"
#include "server/export.h"
#include "server/healthcheck.h"
#include "server/http/listeners.h"
#include "server/http/server.h"
#include "server/login_folder.h"
#include "server/manual.h"
#include "server/options.h"
#include "server/ready.h"
#include "server/seed_schema.h"
#include "server/space/journal.h"
#include "server/stop.h"
#include "server/validate.h"

/* Of `exec`, any code of the command's, too. */
enum exit_code { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_PORT_TAKEN = 98 };

/* What is needed at any moment to end the process. */
struct ending {
    struct ready_file ready_file;
    /* The exit code, should a signal end it now; below 0: EXEC_SIGNAL and that signal's number. */
    atomic_int code;
    const char *export_path;   /* NULL: none */
    atomic_bool is_export_due; /* it is to be written, and has not been */
};

/*
 * How long after a signal the process lives on where there is nothing to answer: while it starts,
 * and once its requests are done. Then it ends as it is, since the store survives that. With the
 * tenth of a second that the log may take, half a second is kept.
 */
#define MAIN_STARTING_NS (50 * NS_PER_MS)
#define MAIN_ENDING_NS (250 * NS_PER_MS)
/* For --export-on-exit, which was asked for: some hundred megabytes, on a slow disk, too. */
#define MAIN_EXPORT_NS (10 * NS_PER_SECOND)

static int complain(int code, struct text message)
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

static int ending_code(struct ending *ending)
{
    int code = atomic_load(&ending->code);
    return code >= 0 ? code : EXEC_SIGNAL + stop_signal();
}

/* Ends the process in the middle of whatever it is doing, when that takes too long. */
static void give_up(void *context)
{
    struct ending *ending = context;
    int code = ending_code(ending);
    ready_file_remove(&ending->ready_file);
    login_folder_remove();
    if (atomic_load(&ending->is_export_due)) {
        log_print("tunemock: --export-on-exit: %s was not written: there was no time for it",
            ending->export_path);
        code = code == EXIT_GOOD ? EXIT_FAILED : code;
    }
    log_stop();
    _exit(code);
}

static void serve_until_signal(struct http_server *server)
{
    ready_print(http_server_url(server));
    stop_allow(HTTP_DRAIN_NS_MAX + MAIN_ENDING_NS);
    stop_wait();
}

/* Whoever wants no log wants no table either. */
static void sum_up(struct app *app, const char *url, int code)
{
    struct journal *journal = spaces_default(app->spaces)->journal;
    if (code <= 0 || !journal_is_kept(journal) || !log_is_wanted(LOG_ERROR))
        return;
    struct buf summary = BUF_INIT;
    exec_summary_add(&summary, code, url, app->spaces, &app->arena);
    if (summary.len)
        log_print("%s", summary.data);
    buf_release(&summary);
}

/* The line that says the server answers is on stderr, before the command's first. */
static void serve_while_running(
    const struct options *options, struct app *app, const char *url, struct ending *ending)
{
    log_print("tunemock ready on %s", url);
    log_flush();
    const struct client_place place = {.url = url,
        .is_vertex = options->is_vertex,
        .login_folder = options->is_vertex ? login_folder_make() : NULL};
    int code = exec_run(options->run, client_variables(&place, &app->arena));
    login_folder_remove();
    atomic_store(&ending->code, code >= 0 ? code : EXIT_FAILED);
    sum_up(app, url, code);
    stop_begin(HTTP_DRAIN_NS_MAX + MAIN_ENDING_NS);
}

static int serve_ready(const struct options *options, struct app *app, struct http_server *server,
    struct ending *ending)
{
    struct text message;
    const char *url = http_server_url(server);
    atomic_store(&ending->is_export_due, ending->export_path != NULL);
    atomic_store(&app->is_ready, true);
    if (!ready_file_write(&ending->ready_file, url, &app->arena, &message))
        return complain(EXIT_FAILED, message);
    if (options->command == COMMAND_EXEC)
        serve_while_running(options, app, url, ending);
    else
        serve_until_signal(server);
    ready_file_remove(&ending->ready_file);
    http_server_drain(server);
    store_give_up(app->store);
    stop_allow(ending->export_path ? MAIN_EXPORT_NS : MAIN_ENDING_NS);
    return ending_code(ending);
}

/* The end's code, unless only this goes wrong. */
static int serve_export(struct app *app, struct ending *ending, int code)
{
    struct text message;
    bool is_good = !ending->export_path || export_state(app, ending->export_path, &message);
    atomic_store(&ending->is_export_due, false);
    stop_allow(MAIN_ENDING_NS);
    if (is_good)
        return code;
    complain(EXIT_FAILED, message);
    return code == EXIT_GOOD ? EXIT_FAILED : code;
}

static int serve_app(const struct options *options, struct app *app, struct ending *ending)
{
    struct text message;
    struct space *space = spaces_default(app->spaces);
    for (int i = 0; i < options->data_count && !stop_is_asked(); i++)
        if (!app_load_seed(app, space, options->data[i], &message))
            return complain(EXIT_USAGE, message);
    if (stop_is_asked())
        return ending_code(ending);

    struct http_options http = {
        .host = options->host, .port = options->port, .worker_count = options->threads};
    struct http_server *server;
    enum http_start started = http_server_start(&http, app, &app->arena, &server, &message);
    if (started != HTTP_STARTED)
        return complain(started == HTTP_PORT_TAKEN ? EXIT_PORT_TAKEN : EXIT_FAILED, message);
    int code = serve_ready(options, app, server, ending);
    http_server_stop(server);
    return serve_export(app, ending, code);
}

static int serve_files(struct options *options, struct ending *ending)
{
    bus_error_start(options->db);
    struct app app;
    struct text message;
    int code;
    if (app_init(&app, &options->app, options->db, options->threads, &message)) {
        log_write(
            LOG_INFO, "data %s %s", options->db ? "in" : "in memory:", store_place(app.store));
        code = serve_app(options, &app, ending);
    } else {
        code = complain(EXIT_FAILED, message);
    }
    app_release(&app);
    return code;
}

static int serve(struct options *options, struct arena *arena)
{
    static struct ending ending = {.ready_file = READY_FILE_INIT};
    struct text message;
    ending.export_path = options->export_on_exit;
    stop_allow(MAIN_STARTING_NS);
    log_configure(options->log_format, options->log_level);
    if (options->command == COMMAND_EXEC) {
        atomic_store(&ending.code, -1);
        exec_prepare();
    }
    if (!stop_listen(give_up, &ending))
        return complain(EXIT_FAILED, TEXT("cannot start a thread: too many threads"));
    if (!ready_file_prepare(&ending.ready_file, options->ready_file, arena, &message))
        return complain(EXIT_FAILED, message);
    if (!options->has_seed)
        options->app.space.dials.seed = clock_entropy();
    log_write(LOG_INFO, "tunemock %s, seed %llu", TUNEMOCK_VERSION,
        (unsigned long long)options->app.space.dials.seed);
    if (options->unknown_variables.len)
        log_write(LOG_WARNING, "%.*s", TEXT_ARGS(options->unknown_variables));
    return serve_files(options, &ending);
}

static int check(const char *path, struct arena *arena)
{
    struct text message;
    enum check_outcome outcome = check_database(path, stdout, arena, &message);
    if (outcome == CHECK_IMPOSSIBLE)
        return complain(EXIT_FAILED, message);
    return outcome == CHECK_GOOD && fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

static int validate(const struct options *options)
{
    bool is_good =
        validate_files(options->validated, options->validated_count, &options->app, stdout);
    return fflush(stdout) != 0 ? EXIT_FAILED : is_good ? EXIT_GOOD : EXIT_USAGE;
}

static int print_variables(const struct options *options, struct arena *arena)
{
    if (options->port == 0)
        return complain(EXIT_USAGE, TEXT("env: needs the server's own --port; 0 is any"));
    struct text url = listeners_url(options->host, options->port, arena);
    const struct client_place place = {
        .url = url.bytes, .is_vertex = options->is_vertex, .login_folder = LOGIN_FOLDER_NONE};
    client_variables_print(&place, stdout, arena);
    return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

static int print_completion(const struct options *options, struct arena *arena)
{
    if (completion_print(options->shell, stdout, arena))
        return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
    return complain(EXIT_USAGE,
        arena_printf(arena, "completion takes bash, zsh or fish, not \"%s\"", options->shell));
}

/* All commands but serve and exec: a signal ends them as it would any program. */
static int run_command(const struct options *options, struct arena *arena)
{
    stop_unblock_signals();
    switch (options->command) {
    case COMMAND_HELP:
        options_print_help(stdout);
        return EXIT_GOOD;
    case COMMAND_VERSION:
        printf("tunemock %s\n", TUNEMOCK_VERSION);
        return EXIT_GOOD;
    case COMMAND_ENV:
        return print_variables(options, arena);
    case COMMAND_HEALTHCHECK:
        return healthcheck(options->host, options->port) ? EXIT_GOOD : EXIT_FAILED;
    case COMMAND_CHECK:
        return check(options->checked, arena);
    case COMMAND_VALIDATE:
        return validate(options);
    case COMMAND_SCHEMA:
        seed_schema_print(stdout);
        return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
    case COMMAND_COMPLETION:
        return print_completion(options, arena);
    case COMMAND_MAN:
        manual_print(stdout);
        return fflush(stdout) == 0 ? EXIT_GOOD : EXIT_FAILED;
    case COMMAND_SERVE:
    case COMMAND_EXEC:
    case COMMAND_COUNT:
        break;
    }
    return EXIT_USAGE;
}

int main(int argument_count, char **arguments)
{
    struct arena arena;
    struct options options;
    struct text message;
    int code;
    set_up_process();
    arena_init(&arena);
    if (!options_read(argument_count, arguments, &arena, &options, &message)) {
        code = complain(EXIT_USAGE, message);
        log_print("Try tunemock --help.");
    } else if (options.command == COMMAND_SERVE || options.command == COMMAND_EXEC) {
        code = serve(&options, &arena);
    } else {
        code = run_command(&options, &arena);
    }
    arena_release(&arena);
    log_stop();
    return code;
}
