#include "server/sim/successor.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

enum { DIGITS_PER_GROUP = 3 };

struct successor_separator {
    struct text text;
    bool is_decimal_point; /* after a zero it separates a fraction */
};

static const struct successor_separator separators[] = {
    {TEXT_INIT(","), false},
    {TEXT_INIT(" "), false},
    {TEXT_INIT("_"), false},
    {TEXT_INIT("'"), false},
    {TEXT_INIT("."), true},
    {TEXT_INIT("\u00a0"), false},
    {TEXT_INIT("\u202f"), false},
    {TEXT_INIT("\u2019"), false},
};

static const struct text minus_signs[] = {TEXT_INIT("-"), TEXT_INIT("\u2212")};

struct successor_number {
    struct text sign; /* as written; empty if there is none */
    bool is_negative;
    struct text separator; /* empty if the digits are not grouped */
    char *digits;          /* '0' to '9', in the arena; the byte before them is free for a carry */
    size_t digit_count;
};

static size_t successor_digit_run(struct text text)
{
    size_t count = 0;
    while (count < text.len && ascii_is_digit(text.bytes[count]))
        count++;
    return count;
}

/* Takes the sign off the front of `*rest`. */
static void successor_take_sign(struct text *rest, struct successor_number *number)
{
    size_t sign_len = 0;
    for (size_t i = 0; i < ARRAY_COUNT(minus_signs); i++) {
        if (text_starts_with(*rest, minus_signs[i])) {
            sign_len = minus_signs[i].len;
            number->is_negative = true;
        }
    }
    if (text_starts_with(*rest, TEXT("+")))
        sign_len = 1;
    number->sign = text_slice(*rest, 0, sign_len);
    *rest = text_slice(*rest, sign_len, rest->len);
}

/* The separator after the first group, or NULL if no known one stands there. */
static const struct successor_separator *successor_find_separator(struct text after_first_group)
{
    for (size_t i = 0; i < ARRAY_COUNT(separators); i++)
        if (text_starts_with(after_first_group, separators[i].text))
            return &separators[i];
    return NULL;
}

/* Appends the groups after the first to the digits; false unless all are separated alike. */
static bool successor_read_groups(
    struct text rest, const struct successor_separator *separator, struct successor_number *number)
{
    if (separator->is_decimal_point && number->digits[0] == '0')
        return false;
    while (rest.len > 0) {
        if (!text_starts_with(rest, separator->text))
            return false;
        rest = text_slice(rest, separator->text.len, rest.len);
        if (successor_digit_run(rest) != DIGITS_PER_GROUP)
            return false;
        memcpy(number->digits + number->digit_count, rest.bytes, DIGITS_PER_GROUP);
        number->digit_count += DIGITS_PER_GROUP;
        rest = text_slice(rest, DIGITS_PER_GROUP, rest.len);
    }
    return true;
}

static bool successor_read_digits(
    struct text input, struct arena *arena, struct successor_number *ret_number)
{
    *ret_number = (struct successor_number){.separator = TEXT_INIT("")};
    struct text rest = input;
    successor_take_sign(&rest, ret_number);
    size_t first_count = successor_digit_run(rest);
    if (first_count == 0)
        return false;
    struct text after_first_group = text_slice(rest, first_count, rest.len);
    const struct successor_separator *separator = successor_find_separator(after_first_group);
    bool is_grouped = after_first_group.len > 0;
    if (is_grouped && (separator == NULL || first_count > DIGITS_PER_GROUP))
        return false;
    ret_number->digits = (char *)arena_alloc(arena, rest.len + 1) + 1;
    memcpy(ret_number->digits, rest.bytes, first_count);
    ret_number->digit_count = first_count;
    if (!is_grouped || separator == NULL)
        return true;
    ret_number->separator = separator->text;
    return successor_read_groups(after_first_group, separator, ret_number);
}

static bool successor_is_zero(const struct successor_number *number)
{
    for (size_t i = 0; i < number->digit_count; i++)
        if (number->digits[i] != '0')
            return false;
    return true;
}

static void successor_increment_magnitude(struct successor_number *number)
{
    size_t i = number->digit_count;
    while (i > 0 && number->digits[i - 1] == '9')
        number->digits[--i] = '0';
    if (i > 0) {
        number->digits[i - 1]++;
        return;
    }
    number->digits--;
    number->digits[0] = '1';
    number->digit_count++;
}

/* The magnitude is not zero. */
static void successor_decrement_magnitude(struct successor_number *number)
{
    bool has_width = number->digits[0] == '0';
    size_t i = number->digit_count - 1;
    while (number->digits[i] == '0')
        number->digits[i--] = '9';
    number->digits[i]--;
    if (!has_width && number->digits[0] == '0' && number->digit_count > 1) {
        number->digits++;
        number->digit_count--;
    }
}

static struct text successor_write_digits(
    const struct successor_number *number, struct arena *arena)
{
    size_t group_count = (number->digit_count + DIGITS_PER_GROUP - 1) / DIGITS_PER_GROUP;
    size_t capacity =
        number->sign.len + number->digit_count + group_count * number->separator.len + 1;
    char *bytes = arena_alloc(arena, capacity);
    size_t len = 0;
    for (size_t i = 0; i < number->sign.len; i++)
        bytes[len++] = number->sign.bytes[i];
    for (size_t i = 0; i < number->digit_count; i++) {
        size_t digits_left = number->digit_count - i;
        if (i > 0 && digits_left % DIGITS_PER_GROUP == 0) {
            memcpy(bytes + len, number->separator.bytes, number->separator.len);
            len += number->separator.len;
        }
        bytes[len++] = number->digits[i];
    }
    return (struct text){bytes, len};
}

bool successor_of_digits(struct text input, struct arena *arena, struct text *ret_output)
{
    struct successor_number number;
    if (!successor_read_digits(input, arena, &number))
        return false;
    if (number.is_negative && !successor_is_zero(&number)) {
        successor_decrement_magnitude(&number);
    } else {
        successor_increment_magnitude(&number);
        number.sign.len = number.is_negative ? 0 : number.sign.len;
    }
    if (number.is_negative && successor_is_zero(&number))
        number.sign.len = 0;
    *ret_output = successor_write_digits(&number, arena);
    return true;
}

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
static size_t successor_longest_roman_digit(const struct text digits[10], struct text rest)
{
    size_t best = 0;
    for (size_t digit = 1; digit < 10; digit++)
        if (digits[digit].len > digits[best].len && text_starts_with(rest, digits[digit]))
            best = digit;
    return best;
}

/* Taking the longest numeral at each place leaves nothing over exactly if the input is canonical.
 */
static size_t successor_read_roman(struct text upper)
{
    size_t value = 0;
    for (size_t place = 0; place < ROMAN_PLACE_COUNT; place++) {
        size_t digit = successor_longest_roman_digit(roman_digits[place], upper);
        upper = text_slice(upper, roman_digits[place][digit].len, upper.len);
        value = value * 10 + digit;
    }
    return upper.len == 0 ? value : 0;
}

/* `first_letter` is 'A' or 'a': it gives the case. */
static struct text successor_write_roman(size_t value, char first_letter, struct arena *arena)
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

bool successor_of_roman(struct text input, struct arena *arena, struct text *ret_output)
{
    if (input.len == 0 || input.len > ROMAN_LEN_MAX)
        return false;
    char first_letter = input.bytes[0] >= 'a' ? 'a' : 'A';
    char upper[ROMAN_LEN_MAX];
    for (size_t i = 0; i < input.len; i++) {
        int letter = input.bytes[i] - first_letter + 'A';
        if (letter < 'A' || letter > 'Z')
            return false;
        upper[i] = (char)letter;
    }
    size_t value = successor_read_roman((struct text){upper, input.len});
    if (value == 0 || value == ROMAN_VALUE_MAX)
        return false;
    *ret_output = successor_write_roman(value + 1, first_letter, arena);
    return true;
}

enum { WORD_LIST_LAST = 20 };

static const struct text word_lists[][WORD_LIST_LAST + 1] = {
    {TEXT_INIT("z\u00e9ro"), TEXT_INIT("un"), TEXT_INIT("deux"), TEXT_INIT("trois"),
        TEXT_INIT("quatre"), TEXT_INIT("cinq"), TEXT_INIT("six"), TEXT_INIT("sept"),
        TEXT_INIT("huit"), TEXT_INIT("neuf"), TEXT_INIT("dix"), TEXT_INIT("onze"),
        TEXT_INIT("douze"), TEXT_INIT("treize"), TEXT_INIT("quatorze"), TEXT_INIT("quinze"),
        TEXT_INIT("seize"), TEXT_INIT("dix-sept"), TEXT_INIT("dix-huit"), TEXT_INIT("dix-neuf"),
        TEXT_INIT("vingt")},
    {TEXT_INIT("〇"), TEXT_INIT("一"), TEXT_INIT("二"), TEXT_INIT("三"), TEXT_INIT("四"),
        TEXT_INIT("五"), TEXT_INIT("六"), TEXT_INIT("七"), TEXT_INIT("八"), TEXT_INIT("九"),
        TEXT_INIT("十"), TEXT_INIT("十一"), TEXT_INIT("十二"), TEXT_INIT("十三"), TEXT_INIT("十四"),
        TEXT_INIT("十五"), TEXT_INIT("十六"), TEXT_INIT("十七"), TEXT_INIT("十八"),
        TEXT_INIT("十九"), TEXT_INIT("二十")},
};

bool successor_of_word_list(struct text input, struct arena *arena, struct text *ret_output)
{
    for (size_t list = 0; list < ARRAY_COUNT(word_lists); list++) {
        for (size_t i = 0; i < WORD_LIST_LAST; i++) {
            if (text_equals(input, word_lists[list][i])) {
                *ret_output = arena_text(arena, word_lists[list][i + 1]);
                return true;
            }
        }
    }
    return false;
}
