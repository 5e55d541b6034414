#include "server/space/answer_block.h"

/* A value of the enum other than its first, which says nothing. */
static bool block_read_reason(struct text name, enum enum_id id, int32_t *ret_number)
{
    const struct enum_value *value = enum_type_find(&enum_types[id], VERSION_LATEST, name);
    if (!value || value->number == 0)
        return false;
    *ret_number = value->number;
    return true;
}

const char *answer_block_read_finish_reason(struct text name, struct answer_block *block)
{
    int32_t number;
    if (text_is_empty(name))
        return NULL;
    if (!block_read_reason(name, ENUM_Candidate_FinishReason, &number))
        return "finishReason: must be one that candidates have, such as \"SAFETY\" or \"OTHER\"";
    block->finish_reason = (enum Candidate_FinishReason)number;
    return NULL;
}

const char *answer_block_read_block_reason(struct text name, struct answer_block *block)
{
    int32_t number;
    if (text_is_empty(name))
        return NULL;
    if (!block_read_reason(name, ENUM_GenerateContentResponse_PromptFeedback_BlockReason, &number))
        return "blockReason: must be one that prompts have, such as \"SAFETY\" or "
               "\"PROHIBITED_CONTENT\"";
    block->block_reason = (enum GenerateContentResponse_PromptFeedback_BlockReason)number;
    return NULL;
}
