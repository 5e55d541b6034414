/*
 * A prompt, and the forms in which a training input may stand in it. AI Studio's "Get code" puts
 * labels around the input of a tuned model ("input: 41", "output: "), in one part or in several;
 * gemini-cli and others send a context as a part of its own before the prompt.
 */
#ifndef SERVER_SIM_PROMPT_H
#define SERVER_SIM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum { PROMPT_FORMS_MAX = 5 };

struct prompt {
    /*
     * In the order in which they are tried: the whole (all parts joined); the whole without a
     * trailing "output:"; without a leading "input:"; without either; the last part alone, without
     * these, too, and if it shows some examples first, what follows the last "input:" that begins
     * a line. The first is always there, the others only if they differ from those before and are
     * not blank.
     */
    struct text forms[PROMPT_FORMS_MAX];
    size_t form_count;
    bool has_labels; /* which the later forms are without */
    /* Of the conversation before it, as far as data sets tell one from another
     * (prompt_context_add); 0: there is none. */
    uint64_t context;
};

/*
 * The prompt of a content's text parts. Labels are read in any case, with white space (Unicode's)
 * around them and before their colon; a label may be a part of its own, and "output:" must not
 * continue a word. Borrows the parts; what has to be joined lives in the arena.
 */
struct prompt prompt_of_parts(const struct text *parts, size_t part_count, struct arena *arena);

/* Who says what stands before a prompt. Numbers that data sets hold: never change them. */
enum prompt_speaker { PROMPT_SYSTEM = 1, PROMPT_USER = 2, PROMPT_MODEL = 3 };

/*
 * What stands before a prompt, summed up: begins as 0, and takes text by text, in the order in
 * which they stand, the system instruction first. White space around a text, and a text that is
 * blank, does not count.
 */
uint64_t prompt_context_add(uint64_t context, enum prompt_speaker speaker, struct text text);

#endif
