#include "server/json/scalar.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/base64.h"
#include "server/json/decimal.h"
#include "server/json/write.h"

enum {
    /* The first of the two bytes that stand for NUL; valid UTF-8 never has it. */
    SCALAR_NUL_MARK = 0xC0,
    /* "+05:30" */
    SCALAR_OFFSET_BYTES = 6,
    SCALAR_FRACTION_DIGITS_MAX = 9
};

bool scalar_has_nul(struct text passed)
{
    return memchr(passed.bytes, SCALAR_NUL_MARK, passed.len) != NULL;
}

struct text scalar_restore_text(struct arena *arena, struct text passed)
{
    char *copy = arena_copy(arena, passed.bytes, passed.len);
    char *mark = memchr(copy, SCALAR_NUL_MARK, passed.len);
    if (!mark)
        return (struct text){copy, passed.len};
    const char *end = copy + passed.len;
    char *to = mark;
    for (const char *from = mark; from < end; from++) {
        if ((unsigned char)*from == SCALAR_NUL_MARK) {
            *to++ = '\0';
            from++;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (struct text){copy, (size_t)(to - copy)};
}

/* One text after the other; unlike with printf, a NUL in them does no harm. */
static struct text scalar_join(struct arena *arena, struct text left, struct text right)
{
    char *joined = arena_alloc(arena, left.len + right.len + 1);
    memcpy(joined, left.bytes, left.len);
    memcpy(joined + left.len, right.bytes, right.len);
    return (struct text){joined, left.len + right.len};
}

/* True for an integer's text, without leading zeros, that 64 bits hold, with or without sign. */
static bool scalar_fits_64_bits(struct text digits)
{
    static const char max[] = "18446744073709551615";
    struct text max_text = TEXT_INIT(max);
    int64_t number;
    struct decimal decimal;
    return text_parse_int64(digits, &number) ||
           (decimal_parse(digits, &decimal) && decimal.whole.len == digits.len &&
               (digits.len < max_text.len ||
                   (digits.len == max_text.len && memcmp(digits.bytes, max, digits.len) <= 0)));
}

struct text scalar_print(struct arena *arena, const struct scalar *scalar)
{
    struct text text = TEXT("null");
    struct buf printed = BUF_INIT;
    switch (scalar->kind) {
    case SCALAR_NULL:
        break;
    case SCALAR_BOOL:
        text = scalar->boolean ? TEXT("true") : TEXT("false");
        break;
    case SCALAR_NUMBER:
        if (scalar->text.len > 0 && scalar_fits_64_bits(scalar->text))
            return arena_text(arena, scalar->text);
        json_write_double(&printed, scalar->number);
        text = arena_text(arena, buf_text(&printed));
        break;
    case SCALAR_STRING:
        buf_add_byte(&printed, '"');
        buf_add_text(&printed, arena_shortened(arena, scalar->text, QUOTE_BYTES_MAX));
        buf_add_byte(&printed, '"');
        text = scalar_restore_text(arena, buf_text(&printed));
        break;
    }
    buf_release(&printed);
    return text;
}

/* A number in a string: spaces around it are refused, other white space is not. */
static bool scalar_number_text(struct text text, struct text *ret_number)
{
    if (text.len == 0 || text.bytes[0] == ' ' || text.bytes[text.len - 1] == ' ')
        return false;
    *ret_number = text_trim(text);
    return true;
}

static bool scalar_string_to_int64(struct text text, int64_t *ret_integer)
{
    struct text number;
    if (!scalar_number_text(text, &number))
        return false;
    if (number.len > 1 && number.bytes[0] == '+' && number.bytes[1] != '-')
        number = text_slice(number, 1, number.len);
    return text_parse_int64(number, ret_integer);
}

static bool scalar_to_int64(const struct scalar *scalar, int64_t *ret_integer)
{
    if (scalar->kind == SCALAR_STRING)
        return scalar_string_to_int64(scalar->text, ret_integer);
    if (scalar->kind != SCALAR_NUMBER)
        return false;
    struct decimal decimal;
    if (decimal_parse(scalar->text, &decimal) && decimal.fraction.len + decimal.exponent.len == 0)
        return text_parse_int64(scalar->text, ret_integer);
    /* The greatest int64 is not a double: 2^63 is the least one above it. */
    static const double limit = 9223372036854775808.0;
    double number = scalar->number;
    if (!(number >= -limit && number < limit) || number != trunc(number))
        return false;
    *ret_integer = (int64_t)number;
    return true;
}

static bool scalar_to_int32(const struct scalar *scalar, int64_t *ret_integer)
{
    int64_t integer;
    if (!scalar_to_int64(scalar, &integer) || integer < INT32_MIN || integer > INT32_MAX)
        return false;
    *ret_integer = integer;
    return true;
}

static bool scalar_to_double(const struct scalar *scalar, struct arena *arena, double *ret_real)
{
    if (scalar->kind == SCALAR_NUMBER) {
        *ret_real = scalar->number;
        return true;
    }
    if (scalar->kind != SCALAR_STRING)
        return false;
    static const struct {
        const char *name;
        double real;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (text_equals_string(scalar->text, names[i].name)) {
            *ret_real = names[i].real;
            return true;
        }
    }
    struct text number;
    return scalar_number_text(scalar->text, &number) && decimal_to_double(number, arena, ret_real);
}

static bool scalar_to_float(const struct scalar *scalar, struct arena *arena, float *ret_real)
{
    double real;
    if (!scalar_to_double(scalar, arena, &real))
        return false;
    /* What rounds to the greatest float is taken, as its shortest decimal does. */
    float rounded = (float)real;
    if (isinf(rounded) && isfinite(real))
        return false;
    *ret_real = rounded;
    return true;
}

/* The service takes these words in any case, but no numbers outside strings. */
static bool scalar_to_bool(const struct scalar *scalar, bool *ret_boolean)
{
    static const struct {
        struct text name;
        bool boolean;
    } words[] = {
        {TEXT_INIT("true"), true},
        {TEXT_INIT("t"), true},
        {TEXT_INIT("yes"), true},
        {TEXT_INIT("y"), true},
        {TEXT_INIT("1"), true},
        {TEXT_INIT("false"), false},
        {TEXT_INIT("f"), false},
        {TEXT_INIT("no"), false},
        {TEXT_INIT("n"), false},
        {TEXT_INIT("0"), false},
    };
    if (scalar->kind == SCALAR_BOOL) {
        *ret_boolean = scalar->boolean;
        return true;
    }
    if (scalar->kind == SCALAR_NUMBER)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (text_equals_ignoring_case(scalar->text, words[i].name)) {
            *ret_boolean = words[i].boolean;
            return true;
        }
    }
    return false;
}

/* A name in any case, with - for _, or a number; a number in a string must be a listed one. */
static bool scalar_to_enum(const struct scalar *scalar, const struct enum_type *type,
    const struct message *message, int64_t *ret_integer)
{
    if (scalar->kind != SCALAR_STRING)
        return scalar_to_int32(scalar, ret_integer);
    if (scalar_to_int32(scalar, ret_integer))
        return enum_type_find_number(type, *ret_integer) != NULL;
    const struct enum_value *value = enum_type_find(type, message->version, scalar->text);
    if (!value && text_find_byte(scalar->text, '-') < scalar->text.len) {
        char *name = arena_copy(message->arena, scalar->text.bytes, scalar->text.len);
        for (size_t i = 0; i < scalar->text.len; i++)
            if (name[i] == '-')
                name[i] = '_';
        value = enum_type_find(type, message->version, (struct text){name, scalar->text.len});
    }
    if (!value)
        return false;
    *ret_integer = value->number;
    return true;
}

/* True if the text ends with "Z" or as "+05:30" does. */
static bool scalar_has_zone(struct text text)
{
    if (text.len <= SCALAR_OFFSET_BYTES)
        return text_ends_with(text, TEXT("Z"));
    const char *offset = text.bytes + text.len - SCALAR_OFFSET_BYTES;
    bool has_offset = (offset[0] == '+' || offset[0] == '-') && offset[3] == ':';
    return has_offset || text_ends_with(text, TEXT("Z"));
}

/*
 * True for what is refused only for its year or for a fraction finer than nanoseconds: with another
 * year (a leap year, for the 29th of February) and nine digits it is a timestamp.
 */
static bool scalar_exceeds_time(struct arena *arena, struct text text)
{
    static const struct text year = TEXT_INIT("2000");
    struct text rest = text_slice(text, year.len, text.len);
    size_t point = text_find_byte(rest, '.');
    struct text tail = text_slice(rest, point + 1, rest.len);
    size_t digit_count = 0;
    while (digit_count < tail.len && ascii_is_digit(tail.bytes[digit_count]))
        digit_count++;
    size_t kept_count =
        digit_count < SCALAR_FRACTION_DIGITS_MAX ? digit_count : SCALAR_FRACTION_DIGITS_MAX;
    struct text head = scalar_join(arena, year, text_slice(rest, 0, point + 1 + kept_count));
    struct text zone = text_slice(tail, digit_count, tail.len);
    int64_t given_year;
    int64_t time_ns;
    return text_parse_int64(text_slice(text, 0, year.len), &given_year) && given_year >= 0 &&
           time_parse(scalar_join(arena, head, zone), &time_ns);
}

/* Why a text that time_parse refuses is no timestamp. */
static struct text scalar_timestamp_reason(struct arena *arena, struct text text)
{
    if (!scalar_has_zone(text)) {
        return TEXT("Illegal timestamp format; timestamps must end with 'Z' or have a valid "
                    "timezone offset.");
    }
    if (scalar_exceeds_time(arena, text))
        return TEXT("Timestamp value exceeds limits");
    struct text quoted = arena_shortened(arena, text, QUOTE_BYTES_MAX);
    return scalar_join(arena, TEXT("Invalid time format: "), scalar_restore_text(arena, quoted));
}

static bool scalar_to_timestamp(
    const struct scalar *scalar, struct arena *arena, int64_t *ret_time_ns, struct text *ret_reason)
{
    if (scalar->kind != SCALAR_STRING) {
        *ret_reason = scalar_join(
            arena, TEXT("Invalid data type for timestamp, value is "), scalar_print(arena, scalar));
        return false;
    }
    if (!time_parse_nearest(scalar->text, ret_time_ns)) {
        *ret_reason = scalar_timestamp_reason(arena, scalar->text);
        return false;
    }
    return true;
}

static bool scalar_is_digits(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.bytes[i]))
            return false;
    return true;
}

/* Why a text that ends with s, its sign left aside, is written like no duration; else empty. */
static struct text scalar_duration_reason(struct text text)
{
    struct text number = text_slice(text, 0, text.len - 1);
    struct text seconds = text_slice(number, 0, text_find_byte(number, '.'));
    struct text fraction = text_slice(number, seconds.len + 1, number.len);
    if (seconds.len == 0 || !scalar_is_digits(seconds))
        return TEXT("Invalid duration format, failed to parse seconds");
    if (!scalar_is_digits(fraction) || seconds.len + 1 == number.len)
        return TEXT("Invalid duration format, failed to parse nano seconds");
    return TEXT("");
}

/* Units other than s are the emulator's own, in its own messages only; so is the bare 0. */
static bool scalar_to_duration(const struct scalar *scalar, const struct message *message,
    int64_t *ret_duration_ns, struct text *ret_reason)
{
    bool is_ours = message->type->package == PACKAGE_EMULATOR;
    struct text text = scalar->text;
    /* 0 needs no unit. */
    if (is_ours && scalar->kind == SCALAR_NUMBER) {
        text = scalar_print(message->arena, scalar);
    } else if (scalar->kind != SCALAR_STRING) {
        *ret_reason = scalar_join(message->arena, TEXT("Invalid data type for duration, value is "),
            scalar_print(message->arena, scalar));
        return false;
    }
    if (is_ours) {
        *ret_reason = TEXT("Invalid duration, expected a number with ns, us, ms, s, m or h");
        return duration_parse(text, ret_duration_ns);
    }
    if (!text_ends_with(text, TEXT("s"))) {
        *ret_reason = TEXT("Illegal duration format; duration must end with 's'");
        return false;
    }
    bool is_negative = text.bytes[0] == '-';
    struct text magnitude = text_slice(text, is_negative, text.len);
    *ret_reason = scalar_duration_reason(magnitude);
    if (ret_reason->len > 0)
        return false;
    if (!duration_parse(magnitude, ret_duration_ns)) {
        *ret_reason = TEXT("Duration value exceeds limits");
        return false;
    }
    *ret_duration_ns = is_negative ? -*ret_duration_ns : *ret_duration_ns;
    return true;
}

static bool scalar_to_text(const struct scalar *scalar, const struct field *field,
    struct arena *arena, struct text *ret_text)
{
    if (scalar->kind == SCALAR_NUMBER && field->flags & FIELD_TAKES_NUMBER) {
        *ret_text = scalar_print(arena, scalar);
        return true;
    }
    if (scalar->kind != SCALAR_STRING)
        return false;
    *ret_text = scalar_restore_text(arena, scalar->text);
    return true;
}

/* Fields that are a scalar in proto, too: the error names their type. */
static bool scalar_convert_plain(const struct scalar *scalar, const struct field *field,
    const struct message *message, union value *ret_value)
{
    struct arena *arena = message->arena;
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
        return scalar_to_text(scalar, field, arena, &ret_value->text);
    case FIELD_BYTES:
        return scalar->kind == SCALAR_STRING &&
               base64_decode(scalar->text, arena, &ret_value->text);
    case FIELD_BOOL:
        return scalar_to_bool(scalar, &ret_value->boolean);
    case FIELD_INT32:
        return scalar_to_int32(scalar, &ret_value->integer);
    case FIELD_INT64:
        return scalar_to_int64(scalar, &ret_value->integer);
    case FIELD_FLOAT:
        return scalar_to_float(scalar, arena, &ret_value->real32);
    case FIELD_DOUBLE:
        return scalar_to_double(scalar, arena, &ret_value->real64);
    case FIELD_ENUM:
        return scalar_to_enum(scalar, &enum_types[field->type], message, &ret_value->integer);
    case FIELD_MESSAGE:
    case FIELD_ANY:
    case FIELD_TIMESTAMP:
    case FIELD_DURATION:
    case FIELD_FIELD_MASK:
    case FIELD_JSON:
    case FIELD_STRUCT:
        break;
    }
    return false;
}

/* Messages that have a scalar form in JSON: the error names the field and a reason. */
static bool scalar_convert_special(const struct scalar *scalar, const struct field *field,
    const struct message *message, union value *ret_value, struct text *ret_reason)
{
    if (field->kind == FIELD_TIMESTAMP)
        return scalar_to_timestamp(scalar, message->arena, &ret_value->integer, ret_reason);
    if (field->kind == FIELD_DURATION)
        return scalar_to_duration(scalar, message, &ret_value->integer, ret_reason);
    if (scalar_to_text(scalar, field, message->arena, &ret_value->text))
        return true;
    *ret_reason = scalar_join(message->arena, TEXT("Invalid data type for field mask, value is "),
        scalar_print(message->arena, scalar));
    return false;
}

static bool scalar_is_special(const struct field *field)
{
    return field->kind == FIELD_TIMESTAMP || field->kind == FIELD_DURATION ||
           field->kind == FIELD_FIELD_MASK;
}

/* An enum is in the versions that have any of its values. */
static unsigned scalar_enum_versions(const struct enum_type *type)
{
    unsigned versions = 0;
    for (unsigned i = 0; i < type->value_count; i++)
        versions |= type->values[i].versions;
    return versions;
}

/* How errors name the type of a field of `message`: "TYPE_INT32", "type.googleapis.com/...". */
static struct text scalar_type_name(const struct field *field, const struct message *message)
{
    static const char *const names[] = {
        [FIELD_STRING] = "TYPE_STRING",
        [FIELD_BYTES] = "TYPE_BYTES",
        [FIELD_BOOL] = "TYPE_BOOL",
        [FIELD_INT32] = "TYPE_INT32",
        [FIELD_INT64] = "TYPE_INT64",
        [FIELD_FLOAT] = "TYPE_FLOAT",
        [FIELD_DOUBLE] = "TYPE_DOUBLE",
        [FIELD_ANY] = "type.googleapis.com/google.protobuf.Any",
        [FIELD_TIMESTAMP] = "type.googleapis.com/google.protobuf.Timestamp",
        [FIELD_DURATION] = "type.googleapis.com/google.protobuf.Duration",
        [FIELD_FIELD_MASK] = "type.googleapis.com/google.protobuf.FieldMask",
        [FIELD_JSON] = "type.googleapis.com/google.protobuf.Value",
        [FIELD_STRUCT] = "type.googleapis.com/google.protobuf.Struct",
    };
    if (names[field->kind])
        return text_of(names[field->kind]);
    struct arena *arena = message->arena;
    struct text full_name;
    if (field->kind == FIELD_ENUM) {
        const struct enum_type *type = &enum_types[field->type];
        full_name =
            enum_full_name(arena, type, message_error_version(message, scalar_enum_versions(type)));
    } else {
        const struct message_type *type = &message_types[field->type];
        full_name = message_full_name(arena, type, message_error_version(message, type->versions));
    }
    return arena_printf(arena, "type.googleapis.com/%.*s", TEXT_ARGS(full_name));
}

bool scalar_convert(const struct scalar *scalar, const struct field *field, struct text name,
    const struct message *message, union value *ret_value, struct text *ret_problem)
{
    assert(scalar->kind != SCALAR_NULL);
    struct arena *arena = message->arena;
    struct text reason;
    if (scalar_is_special(field)) {
        if (scalar_convert_special(scalar, field, message, ret_value, &reason))
            return true;
        struct text place = arena_printf(arena, "Field '%.*s', ", TEXT_ARGS(name));
        reason = scalar_join(arena, place, reason);
    } else {
        if (scalar_convert_plain(scalar, field, message, ret_value))
            return true;
        reason = scalar_print(arena, scalar);
    }
    struct text type = scalar_type_name(field, message);
    *ret_problem = scalar_join(arena, arena_printf(arena, "(%.*s), ", TEXT_ARGS(type)), reason);
    return false;
}
