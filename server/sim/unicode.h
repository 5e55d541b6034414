/*
 * Text beyond ASCII, by Unicode's tables (utf8proc) and never by the environment's locale: classes
 * of code points, case, white space, words, and characters as a reader sees them.
 *
 * Any bytes may be given, NUL among them. A byte that is no part of well-formed UTF-8 is a
 * character of its own, has no class and no case, and is kept as it is. All functions are linear in
 * the text, go straight through ASCII, and may be called from any thread. What they return is
 * borrowed from the text or, where they take an arena, in it.
 */
#ifndef SERVER_SIM_UNICODE_H
#define SERVER_SIM_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Where unicode_next stands for a byte that is no UTF-8: this plus the byte, above every code
 * point. */
enum { UNICODE_STRAY_BYTE = 0x110000 };

/* The code point at `*offset` < text.len, or the stray byte there; moves the offset behind it. */
uint32_t unicode_next(struct text text, size_t *offset);

/* The one before `*offset` > 0; moves the offset to where it begins. */
uint32_t unicode_previous(struct text text, size_t *offset);

/* Writes what they gave, a stray byte too, and returns how many bytes, 1 to 4. */
size_t unicode_encode(uint32_t code_point, char ret_bytes[4]);

/* By Unicode's general category, each code point in one class. */
enum unicode_class {
    UNICODE_OTHER,       /* controls, NUL, joiners, private use, unassigned; stray bytes */
    UNICODE_SPACE,       /* White_Space (also U+00A0, U+3000, line feeds), and U+FEFF */
    UNICODE_UPPER,       /* Lu, Lt */
    UNICODE_LOWER,       /* Ll */
    UNICODE_LETTER,      /* Lm, Lo: letters without case, ideographs among them */
    UNICODE_MARK,        /* Mn, Mc, Me: accents, vowel signs, variation selectors */
    UNICODE_DIGIT,       /* Nd, of any script */
    UNICODE_NUMBER,      /* Nl, No: Roman numerals, fractions, superscripts */
    UNICODE_PUNCTUATION, /* Pc to Po */
    UNICODE_SYMBOL       /* Sm to So: most emoji */
};

enum unicode_class unicode_class_of(uint32_t code_point);

static inline bool unicode_is_space(uint32_t code_point)
{
    return unicode_class_of(code_point) == UNICODE_SPACE;
}

/* Fills a square, as ideographs, kana, Hangul and most emoji do. */
bool unicode_is_wide(uint32_t code_point);

/* Of those with case and those without. */
static inline bool unicode_is_letter(uint32_t code_point)
{
    enum unicode_class class = unicode_class_of(code_point);
    return class >= UNICODE_UPPER && class <= UNICODE_LETTER;
}

/* Letters, marks, digits and other numbers make words. */
static inline bool unicode_is_word(uint32_t code_point)
{
    enum unicode_class class = unicode_class_of(code_point);
    return class >= UNICODE_UPPER && class <= UNICODE_NUMBER;
}

/* Without white space at both ends, as UNICODE_SPACE has it. */
struct text unicode_trim(struct text text);

/*
 * The text without its case: two texts that differ in case only become the same, and a word occurs
 * in a text in any case if it does (text_find) once both are folded. Letter by letter (Unicode's
 * simple mappings, to upper and then to lower case, so that both small sigmas become one), which
 * means that "ß" is not "ss". Data sets on disk hold hashes of folded texts, so this must stay.
 */
struct text unicode_fold(struct text text, struct arena *arena);

enum unicode_case {
    UNICODE_TO_UPPER,
    UNICODE_TO_LOWER,
    UNICODE_TO_TITLE,   /* each word's first letter a capital, all others small: "It's The 3rd" */
    UNICODE_TO_SENTENCE /* only that of each sentence: "It's the 3rd. It is" */
};

/*
 * The text in another case by Unicode's full mappings for no language: "ß" becomes "SS" ("Ss" in
 * titles), "ﬁ" becomes "FI", "İ" becomes "i" with a dot above, and "Σ" at the end of a word "ς". A
 * word begins at a letter or digit that follows none; an apostrophe between letters does not end
 * it. A sentence begins with the text, and where white space follows one of ". ! ?" or their like.
 */
struct text unicode_change_case(struct text text, enum unicode_case to, struct arena *arena);

/*
 * Characters as a reader sees them (extended grapheme clusters, UAX #29): a letter and its marks, a
 * family of emoji, a flag, "\r\n". The offset behind the one that begins at `offset` < text.len.
 */
size_t unicode_character_end(struct text text, size_t offset);

/* True if that one is a byte of ASCII alone, seen at a glance; false may mean that it is not seen.
 */
static inline bool unicode_is_plain(struct text text, size_t offset)
{
    unsigned char here = (unsigned char)text.bytes[offset];
    bool is_last = offset + 1 == text.len;
    return here < 0x80 && here != '\r' && (is_last || (unsigned char)text.bytes[offset + 1] < 0x80);
}

/* The end of the last whole one within the first `len` bytes, of which there must be so many. */
size_t unicode_boundary(struct text text, size_t len);

/* How many there are. */
size_t unicode_characters(struct text text);

/* The characters from last to first, each kept together. */
struct text unicode_reverse(struct text text, struct arena *arena);

/* A stretch of characters that belong to words, or of those between. */
struct unicode_run {
    struct text text;
    bool is_word;
};

/*
 * The run at `*offset` < text.len; moves the offset behind it. A character is of a word if its
 * first code point is (unicode_is_word), so that marks and joiners stay with what they are put on.
 * Words of scripts without spaces are not told apart.
 */
struct unicode_run unicode_next_run(struct text text, size_t *offset);

#endif
