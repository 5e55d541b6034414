#include "server/space/fault_answer.h"

#include "base/array.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"

static const struct text fault_kind_names[] = {
    [FAULT_STATUS] = TEXT_INIT("status"),
    [FAULT_RESET] = TEXT_INIT("reset"),
    [FAULT_TRUNCATE] = TEXT_INIT("truncate"),
    [FAULT_STALL] = TEXT_INIT("stall"),
    [FAULT_MALFORMED] = TEXT_INIT("malformed"),
    [FAULT_EMPTY] = TEXT_INIT("empty"),
    [FAULT_SLOW] = TEXT_INIT("slow"),
    [FAULT_BLOCKED] = TEXT_INIT("blocked"),
};

static const struct {
    const char *name;
    enum error_id error;
} fault_presets[] = {
    {"overloaded", ERROR_SRV_OVERLOAD},
    {"quota", ERROR_QUOTA_2025},
    {"internal", ERROR_SRV_INTERNAL},
};

/* Those of the kind "blocked". */
static const struct block_preset {
    struct text name;
    enum Candidate_FinishReason finish_reason;
} block_presets[] = {
    {TEXT_INIT("safety"), Candidate_FinishReason_SAFETY},
    {TEXT_INIT("recitation"), Candidate_FinishReason_RECITATION},
    {TEXT_INIT("no-content"), Candidate_FinishReason_STOP},
};

/* Texts below name these. */
_Static_assert(FAULT_SECONDS_MAX == 24 * 60 * 60, "24h");
_Static_assert(FAULT_MESSAGE_CHARACTERS_MAX == 4096, "4096 characters");

struct text fault_kind_name(enum fault_kind kind)
{
    return fault_kind_names[kind == FAULT_RETIRED ? FAULT_STATUS : kind];
}

bool fault_answer_parse_status(struct text text, struct fault_answer *answer)
{
    answer->error = ERROR_COUNT;
    if (text.len > FAULT_STATUS_BYTES_MAX)
        return false;
    answer->status = status_parse(text);
    if (answer->status)
        return answer->status->number != STATUS_OK;
    const struct error *error = error_by_name(text);
    if (error)
        answer->error = (enum error_id)(error - errors);
    return error != NULL;
}

/* Not an error of every call: the bases that can be tuned are switched off. */
#define RETIRED_PRESET TEXT("retired")

/* NULL if there is none of this name. */
static const struct block_preset *fault_find_block_preset(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(block_presets); i++)
        if (text_equals(name, block_presets[i].name))
            return &block_presets[i];
    return NULL;
}

static bool fault_read_kind(const struct message *message, enum fault_kind *ret_kind)
{
    struct text name = message_text(message, Fault_kind);
    struct text preset = message_text(message, Fault_preset);
    *ret_kind = FAULT_STATUS;
    if (message_text(message, Fault_finish_reason).len ||
        message_text(message, Fault_block_reason).len || fault_find_block_preset(preset))
        *ret_kind = FAULT_BLOCKED;
    if (text_equals(preset, RETIRED_PRESET) &&
        (text_is_empty(name) || text_equals(name, fault_kind_names[FAULT_STATUS]))) {
        *ret_kind = FAULT_RETIRED;
        return true;
    }
    if (text_is_empty(name))
        return true;
    size_t index = text_find_name(name, fault_kind_names, ARRAY_COUNT(fault_kind_names));
    if (index == ARRAY_COUNT(fault_kind_names))
        return false;
    *ret_kind = (enum fault_kind)index;
    return true;
}

static bool fault_read_preset(struct text name, struct fault_answer *answer)
{
    for (size_t i = 0; i < ARRAY_COUNT(fault_presets); i++)
        if (text_equals_string(name, fault_presets[i].name)) {
            answer->error = fault_presets[i].error;
            return true;
        }
    return false;
}

/* How many chunks of a stream come first unless afterChunks says so: a prompt is blocked, and an
 * answer without content ends, before there is any. */
static int32_t fault_default_chunks(const struct answer_block *block)
{
    bool is_first = block->block_reason || block->finish_reason == Candidate_FinishReason_STOP;
    return is_first ? 0 : 1;
}

/* True if it has any of the fields that only an error has, other than preset. */
static bool fault_has_error(const struct message *message)
{
    return message_text(message, Fault_status).len || message_text(message, Fault_message).len ||
           message_int(message, Fault_retry_after) != 0;
}

/* NULL, or what is wrong with the fields that only a blocked answer has. */
static const char *fault_read_block(const struct message *message, struct answer_block *block)
{
    struct text preset = message_text(message, Fault_preset);
    struct text finish = message_text(message, Fault_finish_reason);
    struct text reason = message_text(message, Fault_block_reason);
    if ((preset.len > 0) + (finish.len > 0) + (reason.len > 0) != 1)
        return "finishReason: is needed, or else blockReason or preset, and one of them only";
    if (fault_has_error(message))
        return "kind: status, message and retryAfter do not go with \"blocked\"";
    const struct block_preset *row = fault_find_block_preset(preset);
    if (preset.len && !row)
        return "preset: must be \"safety\", \"recitation\" or \"no-content\" for the kind "
               "\"blocked\"";
    if (row)
        block->finish_reason = row->finish_reason;
    const char *problem = answer_block_read_finish_reason(finish, block);
    if (!problem)
        problem = answer_block_read_block_reason(reason, block);
    if (problem)
        return problem;
    block->after_chunks = fault_default_chunks(block);
    if (message_has(message, Fault_after_chunks))
        block->after_chunks = (int32_t)message_int(message, Fault_after_chunks);
    return NULL;
}

const char *fault_answer_read_error(
    const struct fault_error_fields *fields, struct fault_answer *answer)
{
    bool has_status = !text_is_empty(fields->status), has_preset = !text_is_empty(fields->preset);
    answer->message = fields->message;
    answer->retry_after_ns = fields->retry_after_ns;
    if (has_status == has_preset)
        return "status: is needed, or else preset, but not both";
    if (has_status && !fault_answer_parse_status(fields->status, answer))
        return "status: " FAULT_STATUS_ALLOWED;
    if (has_preset && !fault_read_preset(fields->preset, answer))
        return "preset: must be \"overloaded\", \"quota\" or \"internal\"";
    if (text_code_points(answer->message) > FAULT_MESSAGE_CHARACTERS_MAX)
        return "message: must have at most 4096 characters";
    if (answer->retry_after_ns < 0 || answer->retry_after_ns > FAULT_SECONDS_MAX * NS_PER_SECOND)
        return "retryAfter: must be at most 24h";
    return NULL;
}

/* NULL, or what is wrong with the fields that only an error has. */
static const char *fault_read_error(const struct message *message, struct fault_answer *answer)
{
    struct text preset = message_text(message, Fault_preset);
    struct fault_error_fields fields = {
        .status = message_text(message, Fault_status),
        .preset = preset,
        .message = message_text(message, Fault_message),
        .retry_after_ns = message_int(message, Fault_retry_after),
    };
    if (answer->kind == FAULT_RETIRED)
        return fault_has_error(message)
                   ? "preset: status, message and retryAfter do not go with \"retired\""
                   : NULL;
    if (answer->kind != FAULT_STATUS)
        return fault_has_error(message) || preset.len > 0
                   ? "kind: only \"status\" goes with status, preset, message and retryAfter"
                   : NULL;
    if (text_is_empty(fields.status) && preset.len > 0 && !fault_read_preset(preset, answer))
        return "preset: must be \"overloaded\", \"quota\", \"internal\" or \"retired\", or of "
               "those that block \"safety\", \"recitation\" or \"no-content\"";
    return fault_answer_read_error(&fields, answer);
}

/* NULL, or what is wrong with how many chunks come first. */
static const char *fault_read_chunks(const struct message *message, struct fault_answer *answer)
{
    bool is_said = message_has(message, Fault_after_chunks);
    bool is_cut = answer->kind == FAULT_TRUNCATE || answer->kind == FAULT_STALL;
    answer->after_chunks = is_said ? (int32_t)message_int(message, Fault_after_chunks) : 1;
    if (is_said && !is_cut && answer->kind != FAULT_BLOCKED)
        return "afterChunks: goes with the kinds \"blocked\", \"truncate\" and \"stall\" alone";
    return answer->after_chunks < 0 ? "afterChunks: must not be negative" : NULL;
}

static const char *fault_read_kind_fields(
    const struct message *message, struct fault_answer *answer)
{
    if (!fault_read_kind(message, &answer->kind))
        return "kind: must be \"status\", \"reset\", \"truncate\", \"stall\", \"malformed\", "
               "\"empty\", \"slow\" or \"blocked\"";
    if (answer->kind == FAULT_SLOW && delay_is_zero(&answer->delay))
        return "delay: is needed for the kind \"slow\"";
    const char *problem = fault_read_chunks(message, answer);
    if (problem)
        return problem;
    if (answer->kind == FAULT_BLOCKED)
        return fault_read_block(message, &answer->block);
    if (message_text(message, Fault_finish_reason).len ||
        message_text(message, Fault_block_reason).len)
        return "kind: only \"blocked\" goes with finishReason and blockReason";
    return fault_read_error(message, answer);
}

bool fault_answer_read(const struct message *message, struct arena *arena,
    struct fault_answer *ret_answer, struct text *ret_problem)
{
    *ret_answer = (struct fault_answer){.error = ERROR_COUNT, .message = TEXT("")};
    if (!delay_read(message_child(message, Fault_delay), TEXT("delay"), arena, &ret_answer->delay,
            ret_problem))
        return false;
    const char *problem = fault_read_kind_fields(message, ret_answer);
    if (problem)
        *ret_problem = text_of(problem);
    return !problem;
}
