#include "server/sim/number_words.h"

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "server/sim/notation.h"

enum {
    /* Groups of three digits, each with its scale word: up to decillions. */
    GROUP_COUNT = 12,
    DIGITS_PER_GROUP = 3,
    DIGITS_MAX = GROUP_COUNT * DIGITS_PER_GROUP
};

enum word_kind {
    WORD_UNKNOWN,
    WORD_END,
    WORD_MINUS,
    WORD_ZERO,
    WORD_ARTICLE,
    WORD_UNIT,
    WORD_TEEN,
    WORD_TENS,
    WORD_HUNDRED,
    WORD_SCALE,
    WORD_AND
};

struct vocabulary_word {
    struct text text;
    enum word_kind kind;
    unsigned value; /* of WORD_SCALE: the index of the group */
};

static const struct vocabulary_word vocabulary[] = {
    {TEXT_INIT("zero"), WORD_ZERO, 0},
    {TEXT_INIT("one"), WORD_UNIT, 1},
    {TEXT_INIT("two"), WORD_UNIT, 2},
    {TEXT_INIT("three"), WORD_UNIT, 3},
    {TEXT_INIT("four"), WORD_UNIT, 4},
    {TEXT_INIT("five"), WORD_UNIT, 5},
    {TEXT_INIT("six"), WORD_UNIT, 6},
    {TEXT_INIT("seven"), WORD_UNIT, 7},
    {TEXT_INIT("eight"), WORD_UNIT, 8},
    {TEXT_INIT("nine"), WORD_UNIT, 9},
    {TEXT_INIT("ten"), WORD_TEEN, 10},
    {TEXT_INIT("eleven"), WORD_TEEN, 11},
    {TEXT_INIT("twelve"), WORD_TEEN, 12},
    {TEXT_INIT("thirteen"), WORD_TEEN, 13},
    {TEXT_INIT("fourteen"), WORD_TEEN, 14},
    {TEXT_INIT("fifteen"), WORD_TEEN, 15},
    {TEXT_INIT("sixteen"), WORD_TEEN, 16},
    {TEXT_INIT("seventeen"), WORD_TEEN, 17},
    {TEXT_INIT("eighteen"), WORD_TEEN, 18},
    {TEXT_INIT("nineteen"), WORD_TEEN, 19},
    {TEXT_INIT("twenty"), WORD_TENS, 20},
    {TEXT_INIT("thirty"), WORD_TENS, 30},
    {TEXT_INIT("forty"), WORD_TENS, 40},
    {TEXT_INIT("fifty"), WORD_TENS, 50},
    {TEXT_INIT("sixty"), WORD_TENS, 60},
    {TEXT_INIT("seventy"), WORD_TENS, 70},
    {TEXT_INIT("eighty"), WORD_TENS, 80},
    {TEXT_INIT("ninety"), WORD_TENS, 90},
    {TEXT_INIT("hundred"), WORD_HUNDRED, 100},
    {TEXT_INIT("thousand"), WORD_SCALE, 1},
    {TEXT_INIT("million"), WORD_SCALE, 2},
    {TEXT_INIT("billion"), WORD_SCALE, 3},
    {TEXT_INIT("trillion"), WORD_SCALE, 4},
    {TEXT_INIT("quadrillion"), WORD_SCALE, 5},
    {TEXT_INIT("quintillion"), WORD_SCALE, 6},
    {TEXT_INIT("sextillion"), WORD_SCALE, 7},
    {TEXT_INIT("septillion"), WORD_SCALE, 8},
    {TEXT_INIT("octillion"), WORD_SCALE, 9},
    {TEXT_INIT("nonillion"), WORD_SCALE, 10},
    {TEXT_INIT("decillion"), WORD_SCALE, GROUP_COUNT - 1},
    {TEXT_INIT("and"), WORD_AND, 0},
    {TEXT_INIT("minus"), WORD_MINUS, 0},
    {TEXT_INIT("negative"), WORD_MINUS, 0},
    {TEXT_INIT("a"), WORD_ARTICLE, 1},
};

enum letter_case { LETTERS_LOWER, LETTERS_UPPER, LETTERS_EVERY_WORD, LETTERS_FIRST_WORD };

/* What the input shows of how its writer writes numbers. */
struct style {
    enum letter_case letters;
    struct text minus;   /* lower case */
    struct text leading; /* for a "one" that begins the number and multiplies: "one", "a" or "" */
    bool has_and;
    bool has_capital_and;
    bool has_comma;
    bool has_hyphen;
};

struct word_number {
    bool is_negative;
    unsigned groups[GROUP_COUNT]; /* each 0 to 999, units first */
};

/* Reads the input word by word; `kind`, `value` and `text` are those of the word it stands on. */
struct number_reader {
    struct text rest;
    struct text text;
    enum word_kind kind;
    unsigned value;
    struct style style;
    size_t word_count; /* this and what follows is about all words but "and" */
    size_t capital_count;
    bool has_first_capital;
    bool has_small_letter;
};

/* Skips what separates the last word from the next; false if that is not allowed after it. */
static bool number_reader_skip_gap(struct number_reader *reader)
{
    struct text rest = reader->rest;
    if (text_starts_with(rest, TEXT("-"))) {
        reader->rest = text_slice(rest, 1, rest.len);
        reader->style.has_hyphen |= reader->kind == WORD_TENS;
        return reader->kind != WORD_UNKNOWN;
    }
    size_t len = 0;
    if (text_starts_with(rest, TEXT(","))) {
        if (reader->kind != WORD_SCALE)
            return false;
        reader->style.has_comma = true;
        len = 1;
    }
    while (len < rest.len && ascii_is_space(rest.bytes[len]))
        len++;
    reader->rest = text_slice(rest, len, rest.len);
    return reader->kind == WORD_UNKNOWN || len > 0;
}

static void number_reader_note_letters(struct number_reader *reader)
{
    bool has_capital = ascii_is_upper(reader->text.bytes[0]);
    if (reader->kind == WORD_AND) {
        reader->style.has_and = true;
        reader->style.has_capital_and |= has_capital;
        return;
    }
    for (size_t i = 0; i < reader->text.len; i++)
        reader->has_small_letter |= !ascii_is_upper(reader->text.bytes[i]);
    reader->has_first_capital |= has_capital && reader->word_count == 0;
    reader->capital_count += has_capital;
    reader->word_count++;
}

/* Moves to the next word. Before the first word, and at what is no word, the kind is unknown. */
static void number_reader_next(struct number_reader *reader)
{
    if (reader->rest.len == 0) {
        reader->kind = WORD_END;
        return;
    }
    bool has_gap = number_reader_skip_gap(reader);
    reader->kind = WORD_UNKNOWN;
    size_t len = 0;
    while (len < reader->rest.len && ascii_is_letter(reader->rest.bytes[len]))
        len++;
    if (!has_gap || len == 0)
        return;
    reader->text = text_slice(reader->rest, 0, len);
    reader->rest = text_slice(reader->rest, len, reader->rest.len);
    for (size_t i = 0; i < ARRAY_COUNT(vocabulary); i++) {
        if (text_equals_ignoring_case(reader->text, vocabulary[i].text)) {
            reader->kind = vocabulary[i].kind;
            reader->value = vocabulary[i].value;
            number_reader_note_letters(reader);
            return;
        }
    }
}

/* 1 to 99, or 0 if no such number stands here. */
static unsigned number_reader_take_below_hundred(struct number_reader *reader)
{
    unsigned value = reader->value;
    if (reader->kind == WORD_UNIT || reader->kind == WORD_TEEN) {
        number_reader_next(reader);
        return value;
    }
    if (reader->kind != WORD_TENS)
        return 0;
    number_reader_next(reader);
    if (reader->kind == WORD_UNIT) {
        value += reader->value;
        number_reader_next(reader);
    }
    return value;
}

/* The 1 of "a hundred" and of "hundred", or what is below one hundred. */
static unsigned number_reader_take_multiplier(struct number_reader *reader, bool is_first)
{
    if (!is_first)
        return number_reader_take_below_hundred(reader);
    if (reader->kind == WORD_ARTICLE) {
        reader->style.leading = TEXT("a");
        number_reader_next(reader);
        return reader->kind == WORD_HUNDRED || reader->kind == WORD_SCALE;
    }
    if (reader->kind == WORD_HUNDRED || reader->kind == WORD_SCALE) {
        reader->style.leading = TEXT("");
        return 1;
    }
    return number_reader_take_below_hundred(reader);
}

/* 1 to 999, or 0 if no such number stands here. */
static unsigned number_reader_take_group(struct number_reader *reader, bool is_first)
{
    unsigned value = number_reader_take_multiplier(reader, is_first);
    if (reader->kind != WORD_HUNDRED)
        return value;
    if (value > 9)
        return 0;
    value *= 100;
    number_reader_next(reader);
    bool has_and = reader->kind == WORD_AND;
    if (has_and)
        number_reader_next(reader);
    unsigned below_hundred = number_reader_take_below_hundred(reader);
    return has_and && below_hundred == 0 ? 0 : value + below_hundred;
}

/* All groups up to the end of the input. */
static bool number_reader_take_groups(struct number_reader *reader, struct word_number *number)
{
    unsigned group_limit = GROUP_COUNT;
    while (reader->kind != WORD_END) {
        bool is_first = group_limit == GROUP_COUNT;
        if (!is_first && reader->kind == WORD_AND)
            number_reader_next(reader);
        unsigned value = number_reader_take_group(reader, is_first);
        unsigned group = reader->kind == WORD_SCALE ? reader->value : 0;
        if (value == 0 || group >= group_limit)
            return false;
        number->groups[group] = value;
        group_limit = group;
        if (group > 0)
            number_reader_next(reader);
    }
    return true;
}

static bool number_reader_take_number(struct number_reader *reader, struct word_number *number)
{
    number_reader_next(reader);
    if (reader->kind == WORD_MINUS) {
        number->is_negative = true;
        bool is_minus = text_equals_ignoring_case(reader->text, TEXT("minus"));
        reader->style.minus = is_minus ? TEXT("minus") : TEXT("negative");
        number_reader_next(reader);
    }
    if (reader->kind == WORD_ZERO) {
        number_reader_next(reader);
        return reader->kind == WORD_END;
    }
    return reader->kind != WORD_END && number_reader_take_groups(reader, number);
}

static enum letter_case number_reader_letter_case(const struct number_reader *reader)
{
    if (!reader->has_small_letter)
        return LETTERS_UPPER;
    if (reader->word_count > 1 && reader->capital_count == reader->word_count)
        return LETTERS_EVERY_WORD;
    return reader->has_first_capital ? LETTERS_FIRST_WORD : LETTERS_LOWER;
}

static bool word_number_is_zero(const struct word_number *number)
{
    for (size_t i = 0; i < GROUP_COUNT; i++)
        if (number->groups[i] != 0)
            return false;
    return true;
}

struct number_writer {
    struct buf buf;
    const struct style *style;
    bool has_number; /* a word of the number itself was written, not only the minus */
};

/* Adds a word given in lower case, its first letters as capitals; no separator before the first. */
static void number_writer_append(
    struct number_writer *writer, char separator, struct text word, size_t capital_count)
{
    if (writer->buf.len > 0)
        buf_add_byte(&writer->buf, separator);
    for (size_t i = 0; i < capital_count; i++)
        buf_add_byte(&writer->buf, (char)(word.bytes[i] - 'a' + 'A'));
    buf_add_text(&writer->buf, text_slice(word, capital_count, word.len));
}

static void number_writer_add(struct number_writer *writer, char separator, struct text word)
{
    size_t capital_count = 0;
    switch (writer->style->letters) {
    case LETTERS_LOWER:
        break;
    case LETTERS_UPPER:
        capital_count = word.len;
        break;
    case LETTERS_EVERY_WORD:
        capital_count = 1;
        break;
    case LETTERS_FIRST_WORD:
        capital_count = writer->buf.len == 0;
        break;
    }
    number_writer_append(writer, separator, word, capital_count);
}

/* Where every word has a capital, "and" has one only if the input's has. */
static void number_writer_add_and(struct number_writer *writer)
{
    struct text word = TEXT("and");
    if (writer->style->letters == LETTERS_EVERY_WORD && !writer->style->has_capital_and)
        number_writer_append(writer, ' ', word, 0);
    else
        number_writer_add(writer, ' ', word);
}

/* Adds the word of the vocabulary with this kind and value. */
static void number_writer_add_value(
    struct number_writer *writer, char separator, enum word_kind kind, unsigned value)
{
    for (size_t i = 0; i < ARRAY_COUNT(vocabulary); i++)
        if (vocabulary[i].kind == kind && vocabulary[i].value == value)
            number_writer_add(writer, separator, vocabulary[i].text);
    writer->has_number = true;
}

/* Adds what multiplies "hundred" or a scale word. */
static void number_writer_add_unit_multiplier(struct number_writer *writer, unsigned unit)
{
    if (unit != 1 || writer->has_number) {
        number_writer_add_value(writer, ' ', WORD_UNIT, unit);
        return;
    }
    if (writer->style->leading.len > 0)
        number_writer_add(writer, ' ', writer->style->leading);
    writer->has_number = true;
}

static void number_writer_add_below_hundred(struct number_writer *writer, unsigned value)
{
    if (value >= 10 && value < 20) {
        number_writer_add_value(writer, ' ', WORD_TEEN, value);
        return;
    }
    if (value >= 20)
        number_writer_add_value(writer, ' ', WORD_TENS, value / 10 * 10);
    if (value % 10 > 0) {
        char separator = value >= 20 && writer->style->has_hyphen ? '-' : ' ';
        number_writer_add_value(writer, separator, WORD_UNIT, value % 10);
    }
}

static void number_writer_add_group(struct number_writer *writer, unsigned group, unsigned value)
{
    if (value >= 100) {
        number_writer_add_unit_multiplier(writer, value / 100);
        number_writer_add_value(writer, ' ', WORD_HUNDRED, 100);
        if (value % 100 > 0 && writer->style->has_and)
            number_writer_add_and(writer);
    }
    if (value == 1 && group > 0)
        number_writer_add_unit_multiplier(writer, 1);
    else
        number_writer_add_below_hundred(writer, value % 100);
    if (group > 0)
        number_writer_add_value(writer, ' ', WORD_SCALE, group);
}

static void number_writer_add_number(struct number_writer *writer, const struct word_number *number)
{
    if (word_number_is_zero(number)) {
        number_writer_add_value(writer, ' ', WORD_ZERO, 0);
        return;
    }
    if (number->is_negative)
        number_writer_add(writer, ' ', writer->style->minus);
    for (unsigned group = GROUP_COUNT; group-- > 0;) {
        unsigned value = number->groups[group];
        if (value == 0)
            continue;
        bool has_and = group == 0 && value < 100 && writer->style->has_and;
        if (writer->has_number && has_and)
            number_writer_add_and(writer);
        else if (writer->has_number && writer->style->has_comma)
            buf_add_byte(&writer->buf, ',');
        number_writer_add_group(writer, group, value);
    }
}

/* The groups as digits, of which there are always as many. */
static struct number word_number_value(const struct word_number *number, struct arena *arena)
{
    char *digits = arena_alloc(arena, DIGITS_MAX);
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        unsigned group = number->groups[GROUP_COUNT - 1 - i];
        digits[3 * i] = (char)('0' + group / 100);
        digits[3 * i + 1] = (char)('0' + group / 10 % 10);
        digits[3 * i + 2] = (char)('0' + group % 10);
    }
    size_t zero_count = 0;
    while (digits[zero_count] == '0' && zero_count + 1 < DIGITS_MAX)
        zero_count++;
    return (struct number){
        .is_negative = number->is_negative && !word_number_is_zero(number),
        .digits = {digits + zero_count, DIGITS_MAX - zero_count},
    };
}

static bool number_words_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    if (input.len == 0 || input.len > NUMBER_WORDS_LEN_MAX || !ascii_is_letter(input.bytes[0]))
        return false;
    struct number_reader reader = {
        .rest = input,
        .style = {.minus = TEXT_INIT("minus"), .leading = TEXT_INIT("one")},
    };
    struct word_number number = {.is_negative = false};
    if (!number_reader_take_number(&reader, &number))
        return false;
    reader.style.letters = number_reader_letter_case(&reader);
    struct style *style = arena_alloc(arena, sizeof(*style));
    *style = reader.style;
    *ret_notated = (struct notated){word_number_value(&number, arena), &notation_words, style};
    return true;
}

static bool number_words_write(
    struct number number, const void *style, struct arena *arena, struct text *ret_output)
{
    struct word_number groups = {.is_negative = number.is_negative};
    for (size_t i = 0; i < number.digits.len; i++) {
        size_t place = number.digits.len - 1 - i;
        unsigned digit = (unsigned)(number.digits.bytes[i] - '0');
        if (place < DIGITS_MAX)
            groups.groups[place / 3] = groups.groups[place / 3] * 10 + digit;
        else if (digit > 0)
            return false;
    }
    if (number.fraction_count > 0)
        return false;
    struct number_writer writer = {.buf = BUF_INIT, .style = style};
    number_writer_add_number(&writer, &groups);
    *ret_output = arena_text(arena, buf_text(&writer.buf));
    buf_release(&writer.buf);
    return true;
}

const struct notation notation_words = {number_words_read, number_words_write};
