#include "server/sim/notation.h"

enum {
    ROMAN_PLACE_COUNT = 4,
    ROMAN_VALUE_MAX = 3999,
    ROMAN_LEN_MAX = 15 /* MMMDCCCLXXXVIII */
};

/* The numeral of each decimal digit at each place, thousands first. */
static const struct text roman_digits[ROMAN_PLACE_COUNT][10] = {
    {TEXT_INIT(""), TEXT_INIT("M"), TEXT_INIT("MM"), TEXT_INIT("MMM")},
    {TEXT_INIT(""), TEXT_INIT("C"), TEXT_INIT("CC"), TEXT_INIT("CCC"), TEXT_INIT("CD"),
        TEXT_INIT("D"), TEXT_INIT("DC"), TEXT_INIT("DCC"), TEXT_INIT("DCCC"), TEXT_INIT("CM")},
    {TEXT_INIT(""), TEXT_INIT("X"), TEXT_INIT("XX"), TEXT_INIT("XXX"), TEXT_INIT("XL"),
        TEXT_INIT("L"), TEXT_INIT("LX"), TEXT_INIT("LXX"), TEXT_INIT("LXXX"), TEXT_INIT("XC")},
    {TEXT_INIT(""), TEXT_INIT("I"), TEXT_INIT("II"), TEXT_INIT("III"), TEXT_INIT("IV"),
        TEXT_INIT("V"), TEXT_INIT("VI"), TEXT_INIT("VII"), TEXT_INIT("VIII"), TEXT_INIT("IX")},
};

/* The digit with the longest numeral that `rest` begins with. */
static size_t roman_longest_digit(const struct text digits[10], struct text rest)
{
    size_t best = 0;
    for (size_t digit = 1; digit < 10; digit++)
        if (digits[digit].len > digits[best].len && text_starts_with(rest, digits[digit]))
            best = digit;
    return best;
}

/* Taking the longest numeral at each place leaves nothing over exactly if the input is canonical.
 */
static size_t roman_value(struct text upper)
{
    size_t value = 0;
    for (size_t place = 0; place < ROMAN_PLACE_COUNT; place++) {
        size_t digit = roman_longest_digit(roman_digits[place], upper);
        upper = text_slice(upper, roman_digits[place][digit].len, upper.len);
        value = value * 10 + digit;
    }
    return upper.len == 0 ? value : 0;
}

/* `first_letter` is 'A' or 'a': it gives the case. */
static struct text roman_text(size_t value, char first_letter, struct arena *arena)
{
    char *bytes = arena_alloc(arena, ROMAN_LEN_MAX + 1);
    size_t len = 0;
    size_t unit = 1000;
    for (size_t place = 0; place < ROMAN_PLACE_COUNT; place++) {
        struct text numeral = roman_digits[place][value / unit % 10];
        for (size_t i = 0; i < numeral.len; i++)
            bytes[len++] = (char)(numeral.bytes[i] - 'A' + first_letter);
        unit /= 10;
    }
    return (struct text){bytes, len};
}

static bool roman_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    if (input.len == 0 || input.len > ROMAN_LEN_MAX)
        return false;
    const char *first_letter = input.bytes[0] >= 'a' ? "a" : "A";
    char upper[ROMAN_LEN_MAX];
    for (size_t i = 0; i < input.len; i++) {
        int letter = input.bytes[i] - *first_letter + 'A';
        if (letter < 'A' || letter > 'Z')
            return false;
        upper[i] = (char)letter;
    }
    size_t value = roman_value((struct text){upper, input.len});
    if (value == 0)
        return false;
    *ret_notated = (struct notated){number_of_size(value, arena), &notation_roman, first_letter};
    return true;
}

static bool roman_write(
    struct number number, const void *style, struct arena *arena, struct text *ret_output)
{
    size_t value;
    if (!number_is_size(number, ROMAN_VALUE_MAX, &value) || value == 0)
        return false;
    *ret_output = roman_text(value, *(const char *)style, arena);
    return true;
}

const struct notation notation_roman = {roman_read, roman_write};
