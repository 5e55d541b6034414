#include "server/call/part.h"

#include "base/array.h"

struct text part_mime_type(const struct message *part)
{
    const struct message *data = message_child(part, Part_inline_data);
    const struct message *file = message_child(part, Part_file_data);
    struct text mime = data   ? message_text(data, Blob_mime_type)
                       : file ? message_text(file, FileData_mime_type)
                              : TEXT("");
    return text_trim(text_slice(mime, 0, text_find_byte(mime, ';')));
}

struct text part_modality(const struct message *part)
{
    static const struct {
        struct text prefix, modality;
    } modalities[] = {
        {TEXT_INIT("image/"), TEXT_INIT("Image")},
        {TEXT_INIT("audio/"), TEXT_INIT("Audio")},
        {TEXT_INIT("video/"), TEXT_INIT("Video")},
    };
    struct text mime = part_mime_type(part);
    for (size_t i = 0; i < ARRAY_COUNT(modalities); i++) {
        struct text prefix = modalities[i].prefix;
        if (text_equals_ignoring_case(text_slice(mime, 0, prefix.len), prefix))
            return modalities[i].modality;
    }
    return TEXT("");
}

struct text part_file_uri(const struct message *part)
{
    const struct message *file = message_child(part, Part_file_data);
    return file ? message_text(file, FileData_file_uri) : TEXT("");
}
