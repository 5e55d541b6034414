/* Names of Vertex AI's resources, as a call has them. */
#ifndef SERVER_CALL_VERTEX_NAME_H
#define SERVER_CALL_VERTEX_NAME_H

#include "server/call/call.h"

/* "projects/P/locations/L", of the call's path or the default ones. In the call's arena. */
struct text vertex_parent(const struct call *call);

/* The full name that the path of a METHOD_VERTEX stands for, without its verb:
 * "projects/P/locations/L/endpoints/1". In the call's arena. */
struct text vertex_name(const struct call *call);

/* What such a name is the name of: "TuningJob", "Endpoint", ... */
struct text vertex_kind(const struct method *method);

/* The permission that a call of the method takes: "aiplatform.endpoints.predict". In the arena. */
struct text vertex_permission(const struct method *method, struct arena *arena);

#endif
