/* The strings and numbers of the reader. Private to reading and to the tree of what was read. */
#ifndef SERVER_JSON_READ_SCALAR_H
#define SERVER_JSON_READ_SCALAR_H

#include <stdbool.h>

/* The first byte of a string that stands for a number which a double may not hold. */
#define READ_NUMBER_MARK '\xff'

struct reader;

/* Reads a string, whose quote is the next byte, and writes it. */
bool read_string(struct reader *reader);

/* Reads a number, whose first byte is a digit or a minus, and writes it. */
bool read_number(struct reader *reader);

#endif
