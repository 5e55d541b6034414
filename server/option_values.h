/* What the command line and the environment say. */
#ifndef SERVER_OPTION_VALUES_H
#define SERVER_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log_line.h"
#include "server/call/app.h"
#include "server/command_rows.h"

enum { OPTIONS_DATA_MAX = 64 };

struct options {
    enum command command;
    const char *checked;                     /* the file of COMMAND_CHECK */
    const char *validated[OPTIONS_DATA_MAX]; /* the files of COMMAND_VALIDATE */
    int validated_count;
    const char *shell; /* of COMMAND_COMPLETION */
    bool is_vertex;    /* variables are for clients of Vertex AI */
    char **run;        /* the command of COMMAND_EXEC with its arguments, ended by NULL */
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

#endif
