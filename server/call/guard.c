#include "server/call/guard.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"

static bool guard_is_address(struct text name, int family)
{
    char string[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (name.len == 0 || name.len >= sizeof(string) || memchr(name.bytes, '\0', name.len))
        return false;
    memcpy(string, name.bytes, name.len);
    string[name.len] = '\0';
    return inet_pton(family, string, &address) == 1;
}

/* ":8863", or nothing; RFC 3986 allows a colon alone. */
static bool guard_is_port(struct text port)
{
    enum { DIGITS_MAX = 5, PORT_MAX = 65535 };
    int number = 0;
    if (text_is_empty(port))
        return true;
    if (port.bytes[0] != ':' || port.len > 1 + DIGITS_MAX)
        return false;
    for (size_t i = 1; i < port.len; i++) {
        if (!ascii_is_digit(port.bytes[i]))
            return false;
        number = 10 * number + (port.bytes[i] - '0');
    }
    return number <= PORT_MAX;
}

/* Labels of letters, digits, - and _ with single dots between them (RFC 1035 section 2.3.1; the
 * underscore is common). What else a name has could mean something else to somebody else. */
static bool guard_is_name(struct text name)
{
    enum { NAME_LENGTH_MAX = 253, LABEL_LENGTH_MAX = 63 };
    if (name.len == 0 || name.len > NAME_LENGTH_MAX)
        return false;
    while (name.bytes) {
        struct text label = text_split(&name, '.');
        if (label.len == 0 || label.len > LABEL_LENGTH_MAX || !text_is_alphanumeric(label, "-_"))
            return false;
    }
    return true;
}

/* A single label: what a host is called in its own network, a container by the others. */
static bool guard_is_label(struct text name)
{
    return text_find_byte(name, '.') == name.len;
}

static bool guard_is_below_localhost(struct text name)
{
    struct text suffix = TEXT(".localhost");
    return name.len > suffix.len &&
           text_equals_ignoring_case(text_slice(name, name.len - suffix.len, name.len), suffix);
}

static bool guard_is_allowed(struct text name, const struct allowed_hosts *allowed)
{
    for (int i = 0; i < allowed->count; i++)
        if (text_equals_ignoring_case(name, text_of(allowed->names[i])))
            return true;
    return false;
}

bool guard_is_known_host(struct text host, const struct allowed_hosts *allowed)
{
    if (text_starts_with(host, TEXT("["))) {
        size_t end = text_find_byte(host, ']');
        return end < host.len && guard_is_port(text_slice(host, end + 1, host.len)) &&
               guard_is_address(text_slice(host, 1, end), AF_INET6);
    }
    size_t colon = text_find_byte(host, ':');
    struct text name = text_slice(host, 0, colon);
    if (!guard_is_port(text_slice(host, colon, host.len)))
        return false;
    if (text_ends_with(name, TEXT(".")))
        name.len--;
    if (guard_is_allowed(name, allowed))
        return true;
    return guard_is_name(name) &&
           (guard_is_label(name) || guard_is_address(name, AF_INET) ||
               guard_is_below_localhost(name) ||
               text_equals_ignoring_case(name, TEXT("host.docker.internal")));
}

static bool guard_is_own_origin(struct text origin, struct text host)
{
    struct text scheme = TEXT("http://");
    return text_starts_with(origin, scheme) && !text_is_empty(host) &&
           text_equals_ignoring_case(text_slice(origin, scheme.len, origin.len), host);
}

/* "Host is "example.com"", or that it is missing. */
static struct text guard_describe(const char *name, struct text value, struct arena *arena)
{
    if (!value.bytes)
        return arena_printf(arena, "%s is missing", name);
    if (!text_is_utf8(value, NULL))
        return arena_printf(arena, "%s is no UTF-8", name);
    return arena_printf(arena, "%s is \"%.*s\"", name, TEXT_ARGS(value));
}

bool guard_is_allowed_origin(const struct request *request, const struct allowed_origins *allowed)
{
    struct text origin = request->headers[HEADER_ORIGIN];
    for (int i = 0; origin.bytes && i < allowed->count; i++)
        if (text_equals_ignoring_case(origin, text_of(allowed->names[i])))
            return true;
    return false;
}

/* A proxy may have made one header of several: "none, cross-site". */
static bool guard_is_cross_site(struct text sites)
{
    while (sites.bytes)
        if (text_equals_ignoring_case(text_trim(text_split(&sites, ',')), TEXT("cross-site")))
            return true;
    return false;
}

bool guard_knows_token(const struct request *request, struct text token)
{
    struct text given = text_trim(request->headers[HEADER_X_EMULATOR_TOKEN]);
    unsigned difference = given.len != token.len;
    for (size_t i = 0; i < token.len && given.len; i++)
        difference |= (unsigned char)(token.bytes[i] ^ given.bytes[i % given.len]);
    return text_is_empty(token) || difference == 0;
}

static bool guard_allows_host(const struct request *request, const struct app_settings *settings,
    struct arena *arena, struct text *ret_reason)
{
    struct text host = request->headers[HEADER_HOST];
    if (guard_is_known_host(host, &settings->allowed_hosts))
        return true;
    *ret_reason = guard_describe("Host", host, arena);
    if (host.len)
        *ret_reason =
            arena_printf(arena, "%.*s, and no --allow-host names it", TEXT_ARGS(*ret_reason));
    return false;
}

static bool guard_allows_origin(const struct request *request, bool is_allowed_origin,
    struct arena *arena, struct text *ret_reason)
{
    struct text origin = request->headers[HEADER_ORIGIN];
    if (request->has_two_origins)
        *ret_reason = TEXT("Origin is there twice");
    else if (origin.bytes && !is_allowed_origin &&
             !guard_is_own_origin(origin, request->headers[HEADER_HOST]))
        *ret_reason = guard_describe("Origin", origin, arena);
    else
        return true;
    return false;
}

bool guard_shows_page(const struct request *request, const struct app_settings *settings,
    struct arena *arena, struct text *ret_reason)
{
    return guard_allows_host(request, settings, arena, ret_reason) &&
           guard_allows_origin(request,
               guard_is_allowed_origin(request, &settings->allowed_origins), arena, ret_reason);
}

bool guard_allows(const struct request *request, const struct app_settings *settings,
    bool is_any_host_good, struct arena *arena, struct text *ret_reason)
{
    bool is_allowed_origin = guard_is_allowed_origin(request, &settings->allowed_origins);
    struct text site = text_trim(request->headers[HEADER_SEC_FETCH_SITE]);
    if (!is_any_host_good && !guard_allows_host(request, settings, arena, ret_reason))
        return false;
    if (!guard_allows_origin(request, is_allowed_origin, arena, ret_reason))
        return false;
    if (!is_allowed_origin && request->has_two_sites) {
        *ret_reason = TEXT("Sec-Fetch-Site is there twice");
        return false;
    }
    if (!is_allowed_origin && guard_is_cross_site(site)) {
        *ret_reason = guard_describe("Sec-Fetch-Site", site, arena);
        return false;
    }
    return true;
}
