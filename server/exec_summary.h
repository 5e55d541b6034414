/* What the command of `tunemock exec` asked last: for whoever looks for why it failed. */
#ifndef SERVER_EXEC_SUMMARY_H
#define SERVER_EXEC_SUMMARY_H

#include "base/arena.h"
#include "base/buf.h"
#include "server/space/space.h"

/*
 * Adds a line on the command's exit code, and one for each of its last requests, oldest first:
 * namespace (unless all are of the default one), method, model, status, error, and below it the
 * hint that it was given. Where there were none, the line says that, but for a command that could
 * not be run. Texts are escaped and cut.
 */
void exec_summary_add(
    struct buf *out, int code, const char *url, struct spaces *spaces, struct arena *arena);

#endif
