/* A stream that does not come to its end: what a script may say of a call that has one. */
#ifndef SERVER_SPACE_ANSWER_CUT_H
#define SERVER_SPACE_ANSWER_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct answer_cut {
    int32_t after_chunks; /* that come first, as far as there are any */
    bool is_stalled;      /* nothing more comes; else the connection ends within the next chunk */
    struct text answer;   /* X-Emulator-Answer: who says so */
};

#endif
