/* How Vertex AI writes an answer, as recorded in 2025 and 2026 (docs/vertex.md, "Answers"). */
#ifndef SERVER_API_VERTEX_CANDIDATES_H
#define SERVER_API_VERTEX_CANDIDATES_H

#include "server/api/candidates.h"

extern const struct candidates_flavour vertex_candidates;

#endif
