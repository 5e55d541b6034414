/* The manual page, from the tables of commands and options. */
#ifndef SERVER_MANUAL_H
#define SERVER_MANUAL_H

#include <stdio.h>

/* Prints it for man, in its language. */
void manual_print(FILE *file);

#endif
