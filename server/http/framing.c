#include "server/http/framing.h"

#include "base/ascii.h"

/* A line ends in CR LF, both of which libmicrohttpd has made NUL. */
enum { FRAMING_LINE_END_BYTES = 2 };

static void framing_refuse(struct framing *framing, const char *problem)
{
    if (!framing->problem)
        framing->problem = problem;
}

/* What stands in names of methods and headers (RFC 9110 section 5.6.2). */
static bool framing_is_token(struct text text)
{
    static const struct text others = TEXT_INIT("!#$%&'*+.^_`|~");
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.bytes[i];
        if (!ascii_is_letter_or_digit(byte) && byte != '-' &&
            text_find_byte(others, byte) == others.len)
            return false;
    }
    return text.len > 0;
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

static bool framing_has_control(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (ascii_is_control(text.bytes[i]) && text.bytes[i] != '\t')
            return true;
    return false;
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
    for (size_t i = 0; i < target.len; i++)
        if (ascii_is_space(target.bytes[i]))
            framing_refuse(framing, "its target has white space");
    if (host.bytes && text_is_empty(host))
        framing_refuse(framing, "its target has no host");
    /* RFC 9110 section 4.2.4: it is there to be mistaken for the host. */
    if (text_find_byte(host, '@') < host.len)
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
static void framing_take_meaning(struct framing *framing, struct text name, struct text value)
{
    /* Most headers say neither: the first letter tells. */
    char first = ascii_to_lower(*name.bytes);
    if (first != 'c' && first != 't' && first != 'h')
        return;
    if (text_equals_ignoring_case(name, TEXT("content-length"))) {
        framing->length_count++;
    } else if (text_equals_ignoring_case(name, TEXT("transfer-encoding"))) {
        framing->coding_count++;
        if (!text_equals_ignoring_case(value, TEXT("chunked")))
            framing_refuse(framing, "its Transfer-Encoding is not \"chunked\"");
    } else if (text_equals_ignoring_case(name, TEXT("host"))) {
        framing->host_count++;
    }
}

void framing_take_header(struct framing *framing, struct text name, struct text value)
{
    if (!framing_is_token(name))
        framing_refuse(framing, "a header's name is no token, or is not followed by a colon");
    if (framing_has_control(value))
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
    framing_take_meaning(framing, name, value);
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
