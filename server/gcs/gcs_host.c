#include "server/gcs/gcs_host.h"

#include "base/buf.h"

/* True of what may stand in a request line: no space, no control, nothing beyond ASCII. */
static bool gcs_url_is_visible(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~')
            return false;
    return true;
}

/* Splits "HOST[:PORT]", where HOST may be an address in brackets. */
static const char *gcs_host_parse(struct text authority, struct arena *arena, struct gcs_host *host)
{
    bool is_address = text_starts_with(authority, TEXT("["));
    size_t end = text_find_byte(authority, is_address ? ']' : ':');
    struct text name = text_slice(authority, is_address ? 1 : 0, end);
    struct text rest = text_slice(authority, is_address ? end + 1 : end, authority.len);
    struct text port = rest.len ? text_slice(rest, 1, rest.len) : TEXT("80");
    int64_t number;
    bool is_open = is_address && end == authority.len;
    if (is_open || text_is_empty(name) || text_find_byte(name, '@') < name.len)
        return "must have the form http://host:port";
    if ((rest.len && rest.bytes[0] != ':') || !text_parse_int64(port, &number) || number < 1 ||
        number > UINT16_MAX)
        return "must have a port from 1 to 65535";
    *host = (struct gcs_host){.host = arena_text(arena, name),
        .port = arena_text(arena, port),
        .authority = arena_text(arena, authority)};
    return NULL;
}

const char *gcs_url_parse(struct text value, struct arena *arena, struct gcs_url *ret_url)
{
    struct text scheme = TEXT("http://");
    struct text secure = TEXT("https://");
    if (text_equals_ignoring_case(text_slice(value, 0, secure.len), secure))
        return "is https, and only plain http is spoken here";
    bool has_scheme = text_equals_ignoring_case(text_slice(value, 0, scheme.len), scheme);
    struct text rest = has_scheme ? text_slice(value, scheme.len, value.len) : value;
    if (!gcs_url_is_visible(rest))
        return "must be visible ASCII without a space";
    size_t slash = text_find_byte(rest, '/');
    struct text path = text_slice(rest, slash, rest.len);
    *ret_url = (struct gcs_url){.path = arena_text(arena, path)};
    return gcs_host_parse(text_slice(rest, 0, slash), arena, &ret_url->host);
}

/* All but what RFC 3986 calls unreserved is escaped, slashes too: an object is one segment. */
static void gcs_url_add_escaped(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct text byte = text_slice(text, i, i + 1);
        if (text_is_alphanumeric(byte, "-._~"))
            buf_add_text(out, byte);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)text.bytes[i]);
    }
}

struct text gcs_url_of_content(
    const struct gcs_url *prefix, const struct gcs_name *name, struct arena *arena)
{
    struct buf path = BUF_INIT;
    struct text before = prefix->path;
    while (text_ends_with(before, TEXT("/")))
        before.len--;
    buf_add_text(&path, before);
    buf_add_string(&path, "/storage/v1/b/");
    gcs_url_add_escaped(&path, name->bucket);
    buf_add_string(&path, "/o/");
    gcs_url_add_escaped(&path, name->object);
    buf_add_string(&path, "?alt=media");
    struct text text = arena_text(arena, buf_text(&path));
    buf_release(&path);
    return text;
}

const char *gcs_url_follow(
    const struct gcs_url *url, struct text location, struct arena *arena, struct gcs_url *ret_url)
{
    size_t fragment = text_find_byte(location, '#');
    location = text_slice(location, 0, fragment);
    bool is_path = text_starts_with(location, TEXT("/")) && !text_starts_with(location, TEXT("//"));
    if (!is_path && text_find(location, TEXT("://")) == location.len)
        return "must be a whole URL, or a path";
    if (!is_path) {
        const char *problem = gcs_url_parse(location, arena, ret_url);
        if (!problem && text_is_empty(ret_url->path))
            ret_url->path = TEXT("/");
        return problem;
    }
    if (!gcs_url_is_visible(location))
        return "must be visible ASCII without a space";
    *ret_url = (struct gcs_url){.host = url->host, .path = arena_text(arena, location)};
    return NULL;
}
