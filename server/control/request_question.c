#include "server/control/request_question.h"

#include <inttypes.h>

#include "server/contract/limits.h"
#include "server/space/request_entry.h"

static bool request_fail(struct call *call, const char *problem)
{
    call_fail_text(call, ERROR_CONTROL_INVALID, text_of(problem));
    return false;
}

static void request_question_init(
    struct call *call, size_t match_count, struct request_question *question)
{
    *question = (struct request_question){
        .call = call,
        .match_count = match_count,
        .matches = arena_array(call->arena, match_count, sizeof(struct match *)),
        .wanted = arena_array(call->arena, match_count, sizeof(struct message *)),
        .at_most = INT64_MAX,
    };
}

static bool request_question_add(
    struct request_question *question, size_t index, const struct message *match, struct text path)
{
    struct call *call = question->call;
    struct text problem;
    question->wanted[index] = match;
    question->matches[index] =
        match_compile(match, MATCH_FIELDS_REQUEST, path, call->arena, &problem);
    if (!question->matches[index])
        call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    return question->matches[index] != NULL;
}

bool request_question_read_match(
    struct call *call, const struct message *match, struct request_question *ret_question)
{
    request_question_init(call, 1, ret_question);
    return request_question_add(ret_question, 0, match, TEXT("match"));
}

/* --- verify --- */

static bool request_question_read_times(
    struct request_question *question, const struct message *times)
{
    struct call *call = question->call;
    question->at_least = 1;
    if (!times)
        return true;
    bool has_exactly = message_has(times, VerifyRequestsRequest_Times_exactly);
    bool has_least = message_has(times, VerifyRequestsRequest_Times_at_least);
    bool has_most = message_has(times, VerifyRequestsRequest_Times_at_most);
    int64_t exactly = message_int(times, VerifyRequestsRequest_Times_exactly);
    int64_t least = message_int(times, VerifyRequestsRequest_Times_at_least);
    int64_t most = message_int(times, VerifyRequestsRequest_Times_at_most);
    if (exactly < 0 || least < 0 || most < 0)
        return request_fail(call, "times: no number of times is below 0");
    if (has_exactly && (has_least || has_most))
        return request_fail(call, "times: exactly leaves nothing for atLeast and atMost to say");
    if (has_least && has_most && least > most)
        return request_fail(call, "times: atLeast must not be above atMost");
    if (has_exactly)
        question->at_least = question->at_most = exactly;
    else if (has_least || has_most)
        question->at_least = least;
    if (has_most)
        question->at_most = most;
    return true;
}

static bool request_question_read_order(struct call *call, struct request_question *question)
{
    size_t count = message_count(call->in, VerifyRequestsRequest_order);
    if (message_has(call->in, VerifyRequestsRequest_match) ||
        message_has(call->in, VerifyRequestsRequest_times))
        return request_fail(call, "order: match and times cannot be given with it");
    if (count > REQUESTS_ORDER_MAX) {
        call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena, "order: must have at most %d", REQUESTS_ORDER_MAX));
        return false;
    }
    request_question_init(call, count, question);
    question->is_ordered = true;
    for (size_t i = 0; i < count; i++)
        if (!request_question_add(question, i,
                message_child_at(call->in, VerifyRequestsRequest_order, i),
                arena_printf(call->arena, "order[%zu]", i)))
            return false;
    return true;
}

bool request_question_read(struct call *call, struct request_question *ret_question)
{
    if (message_count(call->in, VerifyRequestsRequest_order) > 0)
        return request_question_read_order(call, ret_question);
    return request_question_read_match(
               call, message_child(call->in, VerifyRequestsRequest_match), ret_question) &&
           request_question_read_times(
               ret_question, message_child(call->in, VerifyRequestsRequest_times));
}

/* --- the answer --- */

/* Steps that a search may take: bytes times states of what is looked for in them. */
static bool request_question_is_little(
    const struct request_question *question, const struct journal_view *view)
{
    uint64_t bytes = 0, states = 0;
    for (size_t i = 0; i < view->count; i++)
        for (int k = 0; k < JOURNAL_TEXT_COUNT; k++)
            bytes += view->entries[i]->record.texts[k].len;
    for (size_t i = 0; i < question->match_count; i++) {
        uint64_t size = match_size(question->matches[i]);
        states = size > states ? size : states;
    }
    return states == 0 || bytes <= (uint64_t)REQUESTS_STEPS_MAX / states;
}

static bool request_is_meant(
    const struct request_question *question, size_t match, const struct journal_entry *entry)
{
    struct arena *arena = question->call->arena;
    struct arena_mark mark = arena_mark(arena);
    struct match_facts facts = request_entry_facts(entry, arena);
    bool is_meant = match_holds(question->matches[match], &facts);
    arena_rewind(arena, mark);
    return is_meant;
}

static void request_question_follow(const struct request_question *question,
    const struct journal_view *view, struct request_finding *finding)
{
    for (size_t i = view->count; i > 0 && finding->count < question->match_count; i--) {
        if (!request_is_meant(question, finding->count, view->entries[i - 1]))
            continue;
        finding->last_one = view->entries[i - 1];
        finding->count++;
    }
    finding->holds = finding->count == question->match_count;
}

static void request_question_count(const struct request_question *question,
    const struct journal_view *view, struct request_finding *finding)
{
    for (size_t i = 0; i < view->count; i++)
        finding->count += request_is_meant(question, 0, view->entries[i]);
    finding->is_too_many = (int64_t)finding->count > question->at_most;
    finding->holds = !finding->is_too_many && (int64_t)finding->count >= question->at_least;
}

bool request_question_ask(const struct request_question *question, const struct journal_view *view,
    struct request_finding *ret_finding)
{
    *ret_finding = (struct request_finding){.count = 0};
    if (!request_question_is_little(question, view))
        return request_fail(question->call,
            "match: the journal is too long for a regex of this size; name less in it");
    if (question->is_ordered)
        request_question_follow(question, view, ret_finding);
    else
        request_question_count(question, view, ret_finding);
    return true;
}

/* --- in words --- */

static struct text request_show_equals(unsigned field, struct text text, struct arena *arena)
{
    return match_quote(field, arena_shortened(arena, text, MATCH_SHOWN_BYTES_MAX), arena);
}

static struct text request_show_text(
    unsigned field, const struct message *wanted, struct arena *arena)
{
    if (message_has(wanted, TextMatch_equals))
        return request_show_equals(field, message_text(wanted, TextMatch_equals), arena);
    bool is_regex = message_has(wanted, TextMatch_regex);
    struct text text = message_text(wanted, is_regex ? TextMatch_regex : TextMatch_contains);
    struct text shown = arena_shortened(arena, text, MATCH_SHOWN_BYTES_MAX);
    return arena_printf(
        arena, "%s \"%.*s\"", is_regex ? "fitting" : "containing", TEXT_ARGS(shown));
}

/* " with method tunedModels.delete and model tunedModels/x"; empty: any. */
static struct text request_show_match(const struct message *wanted, struct arena *arena)
{
    struct text shown = TEXT("");
    for (unsigned i = 0; wanted && i < Match_FIELD_COUNT; i++) {
        if (!message_has(wanted, i))
            continue;
        const struct field *field = &wanted->type->fields[i];
        struct text value = field->kind == FIELD_MESSAGE
                                ? request_show_text(i, message_child(wanted, i), arena)
                                : request_show_equals(i, message_text(wanted, i), arena);
        shown = arena_printf(arena, "%.*s %s %.*s %.*s", TEXT_ARGS(shown),
            shown.len ? "and" : "with", TEXT_ARGS(field->json_name), TEXT_ARGS(value));
    }
    return shown;
}

struct text request_question_counted(
    const struct request_question *question, size_t match, size_t count)
{
    struct arena *arena = question->call->arena;
    struct text shown = request_show_match(question->wanted[match], arena);
    return arena_printf(arena, "%zu request%s%.*s", count, count == 1 ? "" : "s", TEXT_ARGS(shown));
}

struct text request_question_expected(const struct request_question *question)
{
    struct arena *arena = question->call->arena;
    int64_t least = question->at_least, most = question->at_most;
    struct text what = request_show_match(question->wanted[0], arena);
    if (least < most && most < INT64_MAX && least > 0)
        return arena_printf(
            arena, "%" PRId64 " to %" PRId64 " requests%.*s", least, most, TEXT_ARGS(what));
    const char *times = least == most ? "exactly" : most == INT64_MAX ? "at least" : "at most";
    int64_t number = most == INT64_MAX ? least : most;
    return arena_printf(arena, "%s %" PRId64 " request%s%.*s", times, number,
        number == 1 ? "" : "s", TEXT_ARGS(what));
}
