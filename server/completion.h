/* What shells complete words by, from the tables of commands and options. */
#ifndef SERVER_COMPLETION_H
#define SERVER_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

/* Prints it for "bash", "zsh" or "fish"; false for another shell. */
bool completion_print(const char *shell, FILE *file, struct arena *arena);

#endif
