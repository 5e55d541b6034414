/*
 * Classes of ASCII bytes, whatever the locale. Bytes from 0x80 on belong to none and stay as they
 * are, so that UTF-8 passes through.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool ascii_is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static inline bool ascii_is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static inline bool ascii_is_letter(char byte)
{
    return ascii_is_upper(byte) || ascii_is_lower(byte);
}

static inline bool ascii_is_letter_or_digit(char byte)
{
    return ascii_is_letter(byte) || ascii_is_digit(byte);
}

/* Space, \t, \n, \v, \f, \r. */
static inline bool ascii_is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* NUL to \x1f, and DEL. */
static inline bool ascii_is_control(char byte)
{
    return (unsigned char)byte < ' ' || byte == '\x7f';
}

static inline char ascii_to_lower(char byte)
{
    if (ascii_is_upper(byte))
        return (char)(byte - 'A' + 'a');
    return byte;
}

static inline char ascii_to_upper(char byte)
{
    if (ascii_is_lower(byte))
        return (char)(byte - 'a' + 'A');
    return byte;
}

/* The value of a hexadecimal digit in either case, or -1. */
static inline int ascii_hex_value(char digit)
{
    if (ascii_is_digit(digit))
        return digit - '0';
    char lower = ascii_to_lower(digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

#endif
