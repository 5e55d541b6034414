#include "server/command_rows.h"

const struct command_row command_rows[COMMAND_COUNT] = {
    [COMMAND_SERVE] = {"serve", "[serve] [options]", "serve until Ctrl-C", false},
    [COMMAND_EXEC] = {"exec", "exec [options] CMD",
        "serve on a free port while CMD runs, and end as it ends", false},
    [COMMAND_ENV] = {"env", "env", "print variables for clients: eval \"$(tunemock env)\"", false},
    [COMMAND_HEALTHCHECK] = {"healthcheck", "healthcheck",
        "exit 0 if the server on --host and --port is alive", true},
    [COMMAND_CHECK] = {"check", "check FILE",
        "look for damage in a --db file, without a change to it", true},
    [COMMAND_VALIDATE] = {"validate", "validate FILE...",
        "check seed files, of which tunemock schema has the form", false},
    [COMMAND_SCHEMA] = {"schema", "schema", "print the JSON Schema of seed files, for editors",
        true},
    [COMMAND_COMPLETION] = {"completion", "completion SHELL",
        "print what completes tunemock's words in bash, zsh or fish", true},
    [COMMAND_MAN] = {"man", "man", "print the manual page, for man -l -", true},
    [COMMAND_VERSION] = {"version", "version", "print the version", true},
    [COMMAND_HELP] = {"help", "help", "print all commands and options", true},
};
