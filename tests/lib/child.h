/* Runs code in a process of its own: what is to end the process, or must not end it. */
#ifndef TESTS_LIB_CHILD_H
#define TESTS_LIB_CHILD_H

#include <stddef.h>

/*
 * Calls `act` in a child, which exits with 0 if that returns. Gives waitpid's status of the child,
 * and in `ret_message` what it wrote to stderr, as far as that fits. To be called before the test
 * program has any other thread.
 */
int child_run(void (*act)(void *context), void *context, char *ret_message, size_t message_size);

#endif
