#include "server/gcs/gcs_name.h"

#include "server/contract/limits.h"

_Static_assert(GCS_OBJECT_BYTES_MAX == 1024, "the text below names it");

static bool gcs_name_is_bucket(struct text bucket)
{
    if (bucket.len == 0 || bucket.len > GCS_BUCKET_BYTES_MAX || bucket.bytes[0] == '.')
        return false;
    for (size_t i = 0; i < bucket.len; i++) {
        char byte = bucket.bytes[i];
        bool is_allowed = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
                          byte == '-' || byte == '_' || byte == '.';
        if (!is_allowed)
            return false;
    }
    return true;
}

static bool gcs_name_is_printable(struct text object)
{
    for (size_t i = 0; i < object.len; i++)
        if ((unsigned char)object.bytes[i] < ' ' || object.bytes[i] == '\x7f')
            return false;
    return text_is_utf8(object, NULL);
}

static bool gcs_name_leaves_folder(struct text object)
{
    struct text rest = object;
    while (rest.bytes) {
        struct text segment = text_split(&rest, '/');
        if (text_equals_string(segment, ".") || text_equals_string(segment, ".."))
            return true;
    }
    return false;
}

const char *gcs_name_parse(struct text uri, struct gcs_name *ret_name)
{
    struct text scheme = TEXT("gs://");
    if (!text_starts_with(uri, scheme))
        return "must begin with gs://";
    struct text rest = text_slice(uri, scheme.len, uri.len);
    size_t slash = text_find_byte(rest, '/');
    struct gcs_name name = {
        .bucket = text_slice(rest, 0, slash), .object = text_slice(rest, slash + 1, rest.len)};
    if (!gcs_name_is_bucket(name.bucket))
        return "must name a bucket, of lower-case letters, digits, '-', '_' and '.'";
    if (text_is_empty(name.object) || name.object.len > GCS_OBJECT_BYTES_MAX)
        return "must name a file in the bucket, in at most 1024 bytes";
    if (!gcs_name_is_printable(name.object))
        return "must be UTF-8 without control characters";
    if (gcs_name_leaves_folder(name.object))
        return "must not have . or .. in its path";
    *ret_name = name;
    return NULL;
}
