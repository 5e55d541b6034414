/*
 * The command line and the environment. Every option has a variable, TUNEMOCK_ and the option's
 * name in capitals; the option wins.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log_line.h"
#include "server/call/app.h"
#include "server/spellings.h"

enum { OPTIONS_DATA_MAX = 64 };

struct options {
    enum command command;
    const char *checked;                     /* the file of COMMAND_CHECK */
    const char *validated[OPTIONS_DATA_MAX]; /* the files of COMMAND_VALIDATE */
    int validated_count;
    char **run; /* the command of COMMAND_EXEC with its arguments, ended by NULL */
    uint16_t port;
    const char *host; /* NULL: both loopbacks */
    const char *db;   /* NULL: in memory */
    const char *data[OPTIONS_DATA_MAX];
    int data_count;
    struct app_settings app;
    bool has_seed; /* app.space.dials.seed was given */
    int threads;
    enum log_format log_format;
    enum log_level log_level;
    const char *ready_file;        /* NULL: none */
    const char *export_on_exit;    /* NULL: none */
    struct text unknown_variables; /* a warning about those of our prefix; empty: none */
};

/*
 * Reads the arguments (of COMMAND_EXEC those before the command that it runs), then, for a command
 * that has options, the variables of those that were not given. False if anything is not valid;
 * `ret_message` (in the arena) then says what is allowed.
 */
bool options_read(int argument_count, char **arguments, struct arena *arena,
    struct options *ret_options, struct text *ret_message);

/* Writes what --help prints. */
void options_print_help(FILE *file);

#endif
