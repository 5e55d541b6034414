/* Data sets of our own under the names of Google's samples, which stand in every tutorial: so that
 * these run without a network. */
#ifndef SERVER_GCS_GCS_SAMPLES_H
#define SERVER_GCS_GCS_SAMPLES_H

#include "server/gcs/gcs_name.h"

/* False if none has this name. The bytes live as long as the program. */
bool gcs_samples_find(const struct gcs_name *name, struct text *ret_bytes);

#endif
