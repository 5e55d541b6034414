/* The name of a file in Google Cloud Storage, gs://BUCKET/OBJECT, and what becomes of who looks for
 * it: here, in a folder, in an emulator of the storage, or among samples. */
#ifndef SERVER_GCS_GCS_NAME_H
#define SERVER_GCS_GCS_NAME_H

#include "base/text.h"

struct gcs_name {
    struct text bucket;
    struct text
        object; /* UTF-8 without control characters; no segment of its path is "." or ".." */
};

enum gcs_result {
    GCS_FOUND,
    GCS_ABSENT, /* this is not the place where it would be */
    GCS_PROBLEM /* it is, and there is a reason why it cannot be read */
};

/*
 * Takes a URI apart, which is borrowed. NULL; or what is wrong with it, in words that follow it. A
 * storage has objects whose names hold ".." as a segment, but no folder can.
 */
const char *gcs_name_parse(struct text uri, struct gcs_name *ret_name);

#endif
