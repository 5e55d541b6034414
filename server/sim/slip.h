/* Slips of the pen. */
#ifndef SERVER_SIM_SLIP_H
#define SERVER_SIM_SLIP_H

#include "base/text.h"

/* The later, the less is changed. */
enum slip {
    SLIP_NONE,
    SLIP_OF_WORD,   /* a word is put in or left out */
    SLIP_OF_LETTER, /* a letter is put in, left out or taken for another, or two change places */
    SLIP_OF_MARKS   /* what stands around words is another: punctuation, white space */
};

/*
 * The slip by which one text becomes the other; none if they are the same, or more would have to
 * happen. Words are those of unicode_next_run, letters are code points. Texts are UTF-8, and
 * compared as they are: trim and fold them first. Linear.
 */
enum slip slip_between(struct text one, struct text other);

#endif
