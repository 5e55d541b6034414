/*
 * A prompt, and the forms in which a training input may stand in it. AI Studio's "Get code" puts
 * labels around the input of a tuned model ("input: 41", "output: "), in one part or in several;
 * gemini-cli and others send a context as a part of its own before the prompt.
 */
#ifndef SERVER_SIM_PROMPT_H
#define SERVER_SIM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

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
};

/*
 * The prompt of a content's text parts. Labels are read in any case, with white space (Unicode's)
 * around them and before their colon; a label may be a part of its own, and "output:" must not
 * continue a word. Borrows the parts; what has to be joined lives in the arena.
 */
struct prompt prompt_of_parts(const struct text *parts, size_t part_count, struct arena *arena);

#endif
