#include "server/call/fault_part.h"

#include "server/call/part.h"

/* Which message of a request has contents, and in which field. False if none has. */
static bool fault_part_contents(
    const struct message *request, const struct message **ret_message, unsigned *ret_field)
{
    if (message_is(request, MESSAGE_CountTokensRequest)) {
        const struct message *whole =
            message_child(request, CountTokensRequest_generate_content_request);
        *ret_message = whole ? whole : request;
        *ret_field = whole ? (unsigned)GenerateContentRequest_contents
                           : (unsigned)CountTokensRequest_contents;
        return true;
    }
    *ret_message = request;
    *ret_field = GenerateContentRequest_contents;
    return message_is(request, MESSAGE_GenerateContentRequest);
}

/* What `read` gives of the first part of which it gives something. */
static struct text fault_part_find(
    struct fault_subject *subject, struct text (*read)(const struct message *part))
{
    const struct message *prompt;
    unsigned field;
    if (!fault_part_contents(fault_subject_request(subject), &prompt, &field))
        return TEXT("");
    for (size_t i = 0; i < message_count(prompt, field); i++) {
        const struct message *content = message_child_at(prompt, field, i);
        for (size_t k = 0; k < message_count(content, Content_parts); k++) {
            struct text text = read(message_child_at(content, Content_parts, k));
            if (!text_is_empty(text))
                return text;
        }
    }
    return TEXT("");
}

struct text fault_part_mime_type(struct fault_subject *subject)
{
    return fault_part_find(subject, part_mime_type);
}

struct text fault_part_modality(struct fault_subject *subject)
{
    return fault_part_find(subject, part_modality);
}

struct text fault_part_file_uri(struct fault_subject *subject)
{
    return fault_part_find(subject, part_file_uri);
}
