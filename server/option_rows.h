/* One row per option: its name, what it takes, how that is read, and what --help says of it. */
#ifndef SERVER_OPTION_ROWS_H
#define SERVER_OPTION_ROWS_H

#include "server/option_values.h"

/* The groups of --help, in its order: what tests use most comes first. */
enum option_group { GROUP_TESTS, GROUP_STATE, GROUP_SERVER, GROUP_COUNT };

struct option_row {
    const char *name, *takes; /* takes "": nothing; its variable says yes or no */
    bool (*read)(struct options *options, const char *value); /* false: it is not allowed */
    enum option_group group;
    const char *allowed; /* what an error names */
    const char *help;    /* one line of --help */
};

enum { OPTION_ROW_COUNT = 28 };
extern const char *const option_group_titles[GROUP_COUNT];
extern const struct option_row option_rows[OPTION_ROW_COUNT];

#endif
