/* The data of a prompt's part, as errors name it. */
#ifndef SERVER_CALL_PART_H
#define SERVER_CALL_PART_H

#include "server/json/message.h"

/* The MIME type of its data, without parameters; empty if it has none. */
struct text part_mime_type(const struct message *part);

/* "Image", "Audio" or "Video" if its data is of such a type; else empty. */
struct text part_modality(const struct message *part);

/* Where its file is; empty if it has none. */
struct text part_file_uri(const struct message *part);

#endif
