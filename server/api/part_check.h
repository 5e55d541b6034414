/*
 * What a part of a prompt may be. An empty text is one, and so is a part that only says that it is
 * a thought: the one part that is refused by all is {}, which says nothing.
 */
#ifndef SERVER_API_PART_CHECK_H
#define SERVER_API_PART_CHECK_H

#include "server/call/call.h"

/* Where a part stands in a request. */
struct part_place {
    struct text request; /* the request's name: "GenerateContentRequest" */
    size_t content_index, index;
};

/* Each is false if the call was answered with an error. */

/* That the part has any field. */
bool part_check_filled(
    struct call *call, const struct message *part, const struct part_place *place);

/* That a tuned model can read it: text. `subject` is the model, as errors name it. */
bool part_check_for_tuned(struct call *call, const struct message *part,
    const struct part_place *place, struct text subject);

/* That a base model would read it: no data of unknown types, no files of other services. */
bool part_check_for_base(struct call *call, const struct message *part);

/* That a model of Vertex AI would: the same, but that files may lie in gs://. */
bool part_check_for_vertex(struct call *call, const struct message *part);

/* part_check_filled for the parts of all contents, field `contents` of `message`. */
bool part_check_contents(
    struct call *call, const struct message *message, unsigned contents, struct text request);

#endif
