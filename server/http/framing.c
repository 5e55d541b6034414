#include "server/http/framing.h"

#include <limits.h>

/* A line ends in CR LF, both of which libmicrohttpd has made NUL. */
enum { FRAMING_LINE_END_BYTES = 2 };

static void framing_refuse(struct framing *framing, const char *problem)
{
    if (!framing->problem)
        framing->problem = problem;
}

/*
 * What a byte of a head may be part of. Every byte of every head is looked up, which a table makes
 * twice as fast as comparisons.
 */
enum framing_class {
    FRAMING_TOKEN = 1,   /* names of methods and headers (RFC 9110 section 5.6.2) */
    FRAMING_CONTROL = 2, /* may not stand in a value: all but the tab */
    FRAMING_SPACE = 4
};

#define T FRAMING_TOKEN
#define C FRAMING_CONTROL
#define B FRAMING_SPACE
/* clang-format off */
static const unsigned char framing_classes[UCHAR_MAX + 1] = {
    /* NUL */ C, C, C, C, C, C, C, C, C, B, B | C, B | C, B | C, B | C, C, C,
    /* DLE */ C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C,
    /* space */ B, T, 0, T, T, T, T, T, 0, 0, T, T, 0, T, T, 0,
    /* 0 */ T, T, T, T, T, T, T, T, T, T, 0, 0, 0, 0, 0, 0,
    /* @ */ 0, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    /* P */ T, T, T, T, T, T, T, T, T, T, T, 0, 0, 0, T, T,
    /* ` */ T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    /* p */ T, T, T, T, T, T, T, T, T, T, T, 0, T, 0, T, C,
};
/* clang-format on */
#undef T
#undef C
#undef B

static bool framing_is_token(struct text text)
{
    unsigned common = FRAMING_TOKEN;
    for (size_t i = 0; i < text.len; i++)
        common &= framing_classes[(unsigned char)text.bytes[i]];
    return text.len > 0 && common;
}

/* True if some byte is of that class. */
static bool framing_has(struct text text, enum framing_class class)
{
    unsigned all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= framing_classes[(unsigned char)text.bytes[i]];
    return all & class;
}

static bool framing_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* True if nothing but blanks stands between both. */
static bool framing_is_gap_blank(const char *from, const char *to)
{
    if (to < from)
        return false;
    while (from < to && framing_is_blank(*from))
        from++;
    return from == to;
}

static const char *framing_end_of(struct text text)
{
    return text.bytes + text.len;
}

/* Notes where the next line begins if this text ends one. */
static void framing_end_line(struct framing *framing, struct text last)
{
    framing->next = framing_end_of(last) + FRAMING_LINE_END_BYTES;
}

void framing_begin(struct framing *framing, struct text target, struct text host)
{
    *framing = (struct framing){.target = target};
    if (framing_has(target, FRAMING_SPACE))
        framing_refuse(framing, "its target has white space");
    if (host.bytes && text_is_empty(host))
        framing_refuse(framing, "its target has no host");
    /* RFC 9110 section 4.2.4: it is there to be mistaken for the host. */
    if (host.bytes && text_find_byte(host, '@') < host.len)
        framing_refuse(framing, "its target has a user name");
}

void framing_take_line(struct framing *framing, struct text method, struct text version)
{
    struct text target = framing->target;
    framing->is_http_1_0 = text_equals_string(version, "HTTP/1.0");
    if (!framing_is_token(method))
        framing_refuse(framing, "its method is no token");
    if (target.len > 0 &&
        (framing_end_of(method) + 1 != target.bytes || framing_end_of(target) + 1 != version.bytes))
        framing_refuse(framing, "its first line is not made of three words with single blanks");
    framing_end_line(framing, version);
}

/* Each header that says where the body ends, or who is meant, says it once. */
static void framing_take_meaning(struct framing *framing, enum head_name meaning, struct text value)
{
    framing->length_count += meaning == HEAD_CONTENT_LENGTH;
    framing->host_count += meaning == HEAD_HOST;
    if (meaning != HEAD_TRANSFER_ENCODING)
        return;
    framing->coding_count++;
    if (!text_equals_ignoring_case(value, TEXT("chunked")))
        framing_refuse(framing, "its Transfer-Encoding is not \"chunked\"");
}

void framing_take_header(
    struct framing *framing, enum head_name meaning, struct text name, struct text value)
{
    /* A name that is known is one. */
    if (meaning == HEAD_OTHER && !framing_is_token(name))
        framing_refuse(framing, "a header's name is no token, or is not followed by a colon");
    if (framing_has(value, FRAMING_CONTROL))
        framing_refuse(framing, "a header's value has control characters");
    if (!value.bytes) {
        framing->next = NULL;
        return;
    }
    /* A folded line moves the name, and is missing where it was. */
    bool is_in_place = (!framing->next || name.bytes == framing->next) &&
                       framing_is_gap_blank(framing_end_of(name) + 1, value.bytes);
    if (!is_in_place)
        framing_refuse(framing, "a line is folded, has a NUL, or does not end in CR LF");
    framing_end_line(framing, value);
    framing_take_meaning(framing, meaning, value);
}

const char *framing_end(struct framing *framing, const char *head_end)
{
    if (framing->next && framing->next + FRAMING_LINE_END_BYTES != head_end)
        framing_refuse(framing, "a line is folded, has a NUL, or does not end in CR LF");
    if (framing->host_count > 1)
        framing_refuse(framing, "it has several Host headers");
    if (framing->length_count > 1)
        framing_refuse(framing, "it has several Content-Length headers");
    if (framing->coding_count > 1)
        framing_refuse(framing, "it has several Transfer-Encoding headers");
    if (framing->length_count > 0 && framing->coding_count > 0)
        framing_refuse(framing, "it has both Content-Length and Transfer-Encoding");
    if (framing->coding_count > 0 && framing->is_http_1_0)
        framing_refuse(framing, "HTTP/1.0 has no Transfer-Encoding");
    return framing->problem;
}
