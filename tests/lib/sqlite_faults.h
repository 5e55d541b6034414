/*
 * Makes SQLite's Nth call of the system fail, for N = 1, 2, 3 ... until an operation succeeds. The
 * state is global because SQLite's file layer and allocator are. All functions may be called from
 * any thread.
 */
#ifndef TESTS_LIB_SQLITE_FAULTS_H
#define TESTS_LIB_SQLITE_FAULTS_H

#include <stdbool.h>

enum fault {
    FAULT_IO,        /* any call on a file: an I/O error of its kind */
    FAULT_FULL,      /* calls that need space: none is left */
    FAULT_READ_ONLY, /* calls that write: the file system has become read-only */
    FAULT_MEMORY,    /* allocations */
    FAULT_COUNT
};

/*
 * Puts the fault layer between SQLite and the system, once, before SQLite is first used: it
 * configures SQLite as the store does. Reads then go through calls instead of a memory map, so that
 * they can fail.
 */
void faults_install(void);

/* From now on the Nth call of this kind fails (1 is the next one), and with `is_lasting` all after
 * it. */
void faults_arm(enum fault fault, long nth, bool is_lasting);

/* Nothing fails any more. Gives how often something failed since faults_arm. */
long faults_disarm(void);

#endif
