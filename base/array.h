/* How many elements an array has. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

/* Of an array, not of a pointer to one. */
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
