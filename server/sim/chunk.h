/*
 * Where a stream may be cut: behind words, as the recorded streams are ("The", " capital of
 * Wyoming", " is **Cheyenne**.\n"), and never inside a character as a reader sees it.
 */
#ifndef SERVER_SIM_CHUNK_H
#define SERVER_SIM_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/*
 * The length in bytes of the chunk that begins `text`: at least `token_count` (above 0) tokens, and
 * what is left of the last one's word with the marks behind it; all of the text if nothing but
 * white space would be left. White space goes with the word that follows it. Scripts that are
 * written without spaces are cut between any two characters, and so are words that do not end. 0
 * for the empty text only. Linear in what it returns, and in the white space behind it.
 */
size_t chunk_bytes(struct text text, int32_t token_count);

#endif
