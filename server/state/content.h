/* The text of a Content: what prompts, bounds and token counts are made of. */
#ifndef SERVER_STATE_CONTENT_H
#define SERVER_STATE_CONTENT_H

#include "server/json/message.h"
#include "server/sim/prompt.h"

/* The text parts, joined; in the arena, or borrowed if there is one part. */
struct text content_text(const struct message *content, struct arena *arena);

/* True of a turn of the model's; samples of Vertex AI have roles in capitals. */
bool content_is_of_model(const struct message *content);

/* Code points of all text parts. */
size_t content_characters(const struct message *content);

/*
 * Tokens of a whole prompt as countTokens counts it: of all text parts, with those that the service
 * counts beside the text of each content (recorded). `contents` is their field of the request; a
 * system instruction costs one more (recorded, too); NULL: there is none.
 */
int64_t content_tokens_of_prompt(
    const struct message *request, unsigned contents, const struct message *system_instruction);

/* The tokens of the text alone: what the usage of a tuned model's answer counts (recorded). */
int64_t content_tokens_of_text(const struct message *content);

/* The same of all contents, field `contents` of a request, and of a system instruction (NULL: there
 * is none): Vertex AI counts nothing beside the texts (recorded). */
int64_t content_tokens_of_texts(
    const struct message *request, unsigned contents, const struct message *system_instruction);

/* The characters that Vertex AI once billed: all but white space. */
int64_t content_billable_characters(const struct message *content);

/* The prompt that a content is; see sim/prompt.h. */
struct prompt content_prompt(const struct message *content, struct arena *arena);

/*
 * What stands before a prompt, summed up (prompt_context_add): the system instruction (NULL: there
 * is none), and the first `count` of the contents in this field of the message.
 */
uint64_t content_context(const struct message *message, unsigned contents, size_t count,
    const struct message *system_instruction);

#endif
