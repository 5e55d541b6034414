/* The versions of both APIs that appear as the first segment of a path. */
#ifndef SERVER_CONTRACT_VERSION_H
#define SERVER_CONTRACT_VERSION_H

#include <stdbool.h>

#include "base/text.h"

enum api_version {
    VERSION_V1,
    VERSION_V1BETA,
    VERSION_V1BETA2,
    VERSION_V1BETA3,
    VERSION_V1ALPHA,
    VERSION_V1BETA1, /* of Vertex AI alone, which has v1, too */
    VERSION_COUNT,
    /* No version of a path, but of messages: what calls speak in compat, v1beta's of 2025 and the
     * names that the API's schema got later. It goes by the name of v1beta. */
    VERSION_LATEST = VERSION_COUNT
};

/* Sets of versions, for the columns of the tables. v1alpha has what v1beta has; so has Vertex AI,
 * of the messages that both services share. */
enum {
    IN_V1 = 1 << VERSION_V1,
    IN_V1BETA1 = 1 << VERSION_V1BETA1,            /* alone: only Vertex AI */
    IN_LATEST = 1 << VERSION_LATEST | IN_V1BETA1, /* alone: only in compat, and in Vertex AI */
    IN_V1BETA = 1 << VERSION_V1BETA | 1 << VERSION_V1ALPHA | IN_LATEST,
    IN_V1BETA2 = 1 << VERSION_V1BETA2,
    IN_V1BETA3 = 1 << VERSION_V1BETA3,
    IN_ALL = IN_V1 | IN_V1BETA | IN_V1BETA2 | IN_V1BETA3,
    /* Of Vertex AI's own messages: what both its versions have, or v1beta1 alone. Control calls and
     * seeds, which speak v1beta, show them as v1beta1 has them. */
    IN_VERTEX = IN_V1 | IN_V1BETA,
    IN_VERTEX_BETA = IN_V1BETA
};

/* "v1", "v1beta", ... */
bool api_version_parse(struct text name, enum api_version *ret_version);
const char *api_version_name(enum api_version version);

/*
 * How closely the real service of spring 2025 is followed: COMPAT serves every client, STRICT has
 * its routes, messages and refusals.
 */
enum fidelity { FIDELITY_COMPAT, FIDELITY_STRICT };

/*
 * The version whose messages a call on `version` speaks: its own in strict; in compat v1, v1beta
 * and v1alpha speak VERSION_LATEST's fields. Errors name types by the version of the call, as far
 * as it has them (message_error_version).
 */
enum api_version api_version_of_messages(enum api_version version, enum fidelity fidelity);

#endif
