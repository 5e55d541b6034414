/* One row per command: its word, and what --help and the manual say of it. */
#ifndef SERVER_COMMAND_ROWS_H
#define SERVER_COMMAND_ROWS_H

#include <stdbool.h>

/* Those up to COMMAND_HEALTHCHECK have options. */
enum command {
    COMMAND_SERVE,
    COMMAND_EXEC,
    COMMAND_ENV,
    COMMAND_HEALTHCHECK,
    COMMAND_CHECK,
    COMMAND_VALIDATE,
    COMMAND_SCHEMA,
    COMMAND_COMPLETION,
    COMMAND_MAN,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMAND_COUNT
};

struct command_row {
    const char *word;
    const char *usage; /* as it is called: "check FILE" */
    const char *does;  /* in a line of --help */
    bool is_aside;     /* --help names it in its last line on commands, with others of this kind */
};

/* By enum command. */
extern const struct command_row command_rows[COMMAND_COUNT];

#endif
