/* The last words of a process whose database is cut under it. */
#ifndef SERVER_BUS_ERROR_H
#define SERVER_BUS_ERROR_H

/*
 * SQLite reads files through maps; a map of which the file has less than it says, or whose disk
 * fails, ends in SIGBUS, and there is nothing to return to. From now on the process then writes one
 * line to stderr that names `path` (NULL: data in memory), if there is room for it, and exits with
 * 1. Does not wait.
 */
void bus_error_start(const char *path);

#endif
