/*
 * Text without its case: two texts that differ in case only become the same. Letter by letter
 * (Unicode's simple case mappings, from the C library), so "ß" is not "ss".
 *
 * The environment's locale does not matter: the C library's "C.UTF-8" is opened at the first letter
 * that is not ASCII and kept for the process (written once, then only read: the exception to "no
 * globals"). Where it is missing, only A-Z are folded. All functions may be called from any thread.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/arena.h"
#include "base/text.h"

/*
 * The folded text, in the arena. A text that is no UTF-8 is folded as ASCII. A word occurs in a
 * text in any case if it does (text_find) once both are folded.
 */
struct text fold_text(struct text text, struct arena *arena);

#endif
