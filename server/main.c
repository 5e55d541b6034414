/*
 * tunemock: wires the parts together, waits for a signal, and takes them apart. The only file that
 * decides how the process ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/version.h"
#include "server/api/app.h"
#include "server/api/seed.h"
#include "server/healthcheck.h"
#include "server/http/server.h"
#include "server/options.h"

enum exit_code { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_PORT_TAKEN = 98 };

static enum exit_code complain(enum exit_code code, struct text message)
{
    log_flush();
    /* Texts of the API's own errors end their lines themselves. */
    fprintf(stderr, "tunemock: %.*s\n", TEXT_ARGS(text_trim(message)));
    return code;
}

/* Signals are blocked before any thread starts, and taken by sigwait in main; so PID 1 stops, too.
 */
static sigset_t block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* A file that may not grow (ulimit -f) is an error like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    return signals;
}

/* Writes the URL under another name first, so that who waits for the file never reads half of it.
 */
static bool write_ready_file(const char *path, const char *url, struct arena *arena)
{
    const char *unfinished = arena_printf(arena, "%s.tmp", path).bytes;
    FILE *file = fopen(unfinished, "we");
    if (!file)
        return false;
    bool is_good = fprintf(file, "%s\n", url) > 0;
    is_good = fclose(file) == 0 && is_good;
    if (is_good && rename(unfinished, path) == 0)
        return true;
    int error = errno;
    unlink(unfinished);
    errno = error;
    return false;
}

static enum exit_code announce_and_wait(
    const struct options *options, struct app *app, const char *url, const sigset_t *signals)
{
    atomic_store(&app->is_ready, true);
    if (options->ready_file && !write_ready_file(options->ready_file, url, &app->arena))
        return complain(EXIT_FAILED,
            arena_printf(&app->arena, "--ready-file %s: %s", options->ready_file, strerror(errno)));
    printf("tunemock ready on %s\n", url);
    fflush(stdout);

    int signal_number;
    sigwait(signals, &signal_number);
    log_write(LOG_INFO, "stopping on %s", strsignal(signal_number));
    if (options->ready_file)
        unlink(options->ready_file);
    return EXIT_GOOD;
}

static enum exit_code serve_app(
    const struct options *options, struct app *app, const sigset_t *signals)
{
    struct text message;
    for (int i = 0; i < options->data_count; i++)
        if (!seed_load(app, options->data[i], &message))
            return complain(EXIT_USAGE, message);

    struct http_options http = {
        .host = options->host, .port = options->port, .worker_count = options->threads};
    struct http_server *server;
    enum http_start started = http_server_start(&http, app, &app->arena, &server, &message);
    if (started != HTTP_STARTED)
        return complain(started == HTTP_PORT_TAKEN ? EXIT_PORT_TAKEN : EXIT_FAILED, message);
    enum exit_code code = announce_and_wait(options, app, http_server_url(server), signals);
    http_server_stop(server);
    return code;
}

static enum exit_code serve(struct options *options)
{
    sigset_t signals = block_signals();
    log_start(STDERR_FILENO, options->log_format, options->log_level);
    if (!options->has_seed)
        options->app.seed = clock_entropy();
    log_write(LOG_INFO, "tunemock %s, seed %llu", TUNEMOCK_VERSION,
        (unsigned long long)options->app.seed);

    struct app app;
    struct text message;
    enum exit_code code;
    if (app_init(&app, &options->app, &options->clock, options->db, options->threads, &message))
        code = serve_app(options, &app, &signals);
    else
        code = complain(EXIT_FAILED, message);
    app_release(&app);
    log_stop();
    return code;
}

int main(int argument_count, char **arguments)
{
    struct arena arena;
    struct options options;
    struct text message;
    enum exit_code code = EXIT_GOOD;
    memory_set_up();
    arena_init(&arena);
    if (!options_read(argument_count, arguments, &arena, &options, &message)) {
        code = complain(EXIT_USAGE, message);
        fputs("Try tunemock --help.\n", stderr);
    } else if (options.command == COMMAND_HELP) {
        options_print_help(stdout);
    } else if (options.command == COMMAND_VERSION) {
        printf("tunemock %s\n", TUNEMOCK_VERSION);
    } else if (options.command == COMMAND_HEALTHCHECK) {
        code = healthcheck(options.host, options.port) ? EXIT_GOOD : EXIT_FAILED;
    } else {
        code = serve(&options);
    }
    arena_release(&arena);
    return (int)code;
}
