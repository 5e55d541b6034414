/*
 * Writing to what may have a slow reader, or none: a pipe, a terminal, a socket, a full disk. The
 * descriptor's own flags stay as they are, since others may share them.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdint.h>

#include "base/text.h"

/*
 * Writes all of the text, however long that takes: for threads that nobody waits for. Gives what
 * could not be written (then errno says why), the empty text if there is no such.
 */
struct text output_write(int descriptor, struct text text);

/*
 * Writes as much as finds room until clock_monotonic_ns has come to `until_ns`, and drops the rest.
 * Other writers to the same pipe can still keep it waiting. Allocates nothing.
 */
void output_write_until(int descriptor, struct text text, int64_t until_ns);

#endif
