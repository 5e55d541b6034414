/* The command `schema`: what a seed may be, for editors and validators. */
#ifndef SERVER_SEED_SCHEMA_H
#define SERVER_SEED_SCHEMA_H

#include <stdio.h>

/* Prints a JSON Schema (2020-12) of seed and state files, made from the tables. */
void seed_schema_print(FILE *file);

#endif
