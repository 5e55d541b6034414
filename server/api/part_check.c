#include "server/api/part_check.h"

#include "base/array.h"
#include "server/call/part.h"

bool part_check_filled(
    struct call *call, const struct message *part, const struct part_place *place)
{
    if (part->set)
        return true;
    struct text arguments[] = {place->request,
        arena_printf(call->arena, "%zu", place->content_index),
        arena_printf(call->arena, "%zu", place->index)};
    call_fail_with(call, ERROR_GEN_PART_DATA, 3, arguments);
    return false;
}

static bool part_has_data(const struct message *part)
{
    static const unsigned data_fields[] = {Part_inline_data, Part_function_call,
        Part_function_response, Part_file_data, Part_executable_code, Part_code_execution_result};
    for (size_t i = 0; i < ARRAY_COUNT(data_fields); i++)
        if (message_has(part, data_fields[i]))
            return true;
    return false;
}

bool part_check_for_tuned(struct call *call, const struct message *part,
    const struct part_place *place, struct text subject)
{
    /* A part has one kind of data at most. */
    if (message_has(part, Part_text) || !part_has_data(part))
        return true;
    struct text modality = part_modality(part);
    if (!text_is_empty(modality)) {
        call_fail_with(call, ERROR_GEN_MODALITY, 2, (struct text[]){modality, subject});
        return false;
    }
    struct text arguments[] = {arena_printf(call->arena, "%zu", place->content_index),
        arena_printf(call->arena, "%zu", place->index), subject};
    call_fail_with(call, ERROR_GEN_PART_TEXT_ONLY, 3, arguments);
    return false;
}

/* The types of the guides on images, audio, video, documents and text of 2025, with the names that
 * browsers and Python's mimetypes have for the same. A star is what samples send for videos. */
static bool part_mime_is_supported(struct text mime)
{
    static const struct text types[] = {
        TEXT_INIT("image/png"),
        TEXT_INIT("image/jpeg"),
        TEXT_INIT("image/jpg"),
        TEXT_INIT("image/webp"),
        TEXT_INIT("image/heic"),
        TEXT_INIT("image/heif"),
        TEXT_INIT("audio/wav"),
        TEXT_INIT("audio/x-wav"),
        TEXT_INIT("audio/mp3"),
        TEXT_INIT("audio/mpeg"),
        TEXT_INIT("audio/aiff"),
        TEXT_INIT("audio/x-aiff"),
        TEXT_INIT("audio/aac"),
        TEXT_INIT("audio/ogg"),
        TEXT_INIT("audio/opus"),
        TEXT_INIT("audio/flac"),
        TEXT_INIT("audio/x-flac"),
        TEXT_INIT("audio/mp4"),
        TEXT_INIT("audio/m4a"),
        TEXT_INIT("audio/x-m4a"),
        TEXT_INIT("audio/webm"),
        TEXT_INIT("audio/pcm"),
        TEXT_INIT("audio/l16"),
        TEXT_INIT("video/mp4"),
        TEXT_INIT("video/mpeg"),
        TEXT_INIT("video/mpegps"),
        TEXT_INIT("video/mpg"),
        TEXT_INIT("video/mov"),
        TEXT_INIT("video/quicktime"),
        TEXT_INIT("video/avi"),
        TEXT_INIT("video/x-msvideo"),
        TEXT_INIT("video/flv"),
        TEXT_INIT("video/x-flv"),
        TEXT_INIT("video/webm"),
        TEXT_INIT("video/wmv"),
        TEXT_INIT("video/x-ms-wmv"),
        TEXT_INIT("video/3gpp"),
        TEXT_INIT("video/*"),
        TEXT_INIT("application/pdf"),
        TEXT_INIT("application/rtf"),
        TEXT_INIT("application/x-javascript"),
        TEXT_INIT("application/x-python"),
        TEXT_INIT("application/x-python-code"),
    };
    struct text prefix = TEXT("text/");
    if (text_equals_ignoring_case(text_slice(mime, 0, prefix.len), prefix))
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        if (text_equals_ignoring_case(mime, types[i]))
            return true;
    return false;
}

/* Files are those of the API, or what the web has; names without a scheme are the API's. */
static bool part_uri_is_supported(struct text uri)
{
    size_t colon = text_find_byte(uri, ':');
    struct text name = text_slice(uri, 0, colon);
    bool has_scheme = colon < uri.len && text_find_byte(name, '/') == name.len;
    return !has_scheme || text_equals_ignoring_case(name, TEXT("https")) ||
           text_equals_ignoring_case(name, TEXT("http"));
}

static bool part_check_mime(struct call *call, const struct message *part)
{
    struct text mime = part_mime_type(part);
    if (mime.len && !part_mime_is_supported(mime)) {
        call_fail_text(call, ERROR_GEN_MIME_INPUT, mime);
        return false;
    }
    return true;
}

bool part_check_for_base(struct call *call, const struct message *part)
{
    if (message_has(part, Part_text))
        return true;
    struct text uri = part_file_uri(part);
    if (part_uri_is_supported(uri))
        return part_check_mime(call, part);
    call_fail_text(call, ERROR_GEN_FILE_URI, uri);
    return false;
}

bool part_check_for_vertex(struct call *call, const struct message *part)
{
    if (!part->set) {
        call_fail(call, ERROR_VX_PART_DATA);
        return false;
    }
    return message_has(part, Part_text) || part_check_mime(call, part);
}

bool part_check_contents(
    struct call *call, const struct message *message, unsigned contents, struct text request)
{
    struct part_place place = {.request = request};
    for (; place.content_index < message_count(message, contents); place.content_index++) {
        const struct message *content = message_child_at(message, contents, place.content_index);
        size_t count = message_count(content, Content_parts);
        for (place.index = 0; place.index < count; place.index++)
            if (!part_check_filled(
                    call, message_child_at(content, Content_parts, place.index), &place))
                return false;
    }
    return true;
}
