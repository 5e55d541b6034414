/* requests:verify: whether the service was asked what a test expects, and if not, what was nearest.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/space/request_entry.h"
#include "server/control/request_question.h"
#include "server/space/match_nearest.h"

static struct match_distance verify_measure(const struct request_question *question,
    const struct match *match, const struct journal_entry *entry)
{
    struct arena *arena = question->call->arena;
    struct arena_mark mark = arena_mark(arena);
    struct match_facts facts = request_entry_facts(entry, arena);
    struct match_distance distance = match_measure(match, &facts);
    arena_rewind(arena, mark);
    return distance;
}

/* Of an order, requests that came too early are near only if nothing else is wrong with them. Where
 * there are too many, it is about these. */
static bool verify_near_counts(
    const struct match_near *near, const struct request_finding *finding, bool is_any_near)
{
    if (finding->is_too_many)
        return near->distance.differ_count == 0;
    return is_any_near || !near->is_out_of_turn || near->distance.differ_count == 0;
}

/* Of requests that are as near as others, the newest. */
static void verify_near_collect(const struct request_question *question,
    const struct journal_view *view, const struct request_finding *finding, bool is_any_near,
    struct match_nearest *nearest)
{
    const struct match *match = question->matches[question->is_ordered ? finding->count : 0];
    for (size_t i = 0; i < view->count; i++) {
        const struct journal_entry *entry = view->entries[i];
        struct match_near near = {.what = entry,
            .distance = verify_measure(question, match, entry),
            .is_out_of_turn = finding->last_one && entry->number <= finding->last_one->number};
        if (verify_near_counts(&near, finding, is_any_near))
            match_nearest_add(nearest, &near);
    }
}

static void verify_near_find(const struct request_question *question,
    const struct journal_view *view, const struct request_finding *finding,
    struct match_nearest *ret_nearest)
{
    *ret_nearest = (struct match_nearest){.count = 0};
    verify_near_collect(question, view, finding, false, ret_nearest);
    if (ret_nearest->count == 0)
        verify_near_collect(question, view, finding, true, ret_nearest);
}

/* --- the answer --- */

/* What is being made: the message for people and the list beside it. */
struct verify_answer {
    struct call *call;
    struct message *message;
    struct message *near; /* the Near that is being filled */
    struct text words;
    size_t differ_count; /* that the words have of it */
};

static void verify_add_words(struct verify_answer *answer, struct text words)
{
    answer->words = arena_joined(answer->call->arena, answer->words, words);
}

static void verify_add_difference(void *context, const struct match_gap *gap)
{
    struct verify_answer *answer = context;
    request_entry_add_difference(answer->near, VerifyRequestsResponse_Near_differs, gap);
    verify_add_words(answer, answer->differ_count++ ? TEXT("; ") : TEXT(" ("));
    verify_add_words(answer, gap->words);
}

static void verify_add_order(struct verify_answer *answer, uint64_t last_one, uint64_t number)
{
    struct arena *arena = answer->call->arena;
    struct match_gap gap = {
        .field = TEXT("order"),
        .want = arena_printf(arena, "after request %" PRIu64, last_one),
        .got = arena_printf(arena, "request %" PRIu64, number),
    };
    gap.words = match_difference(arena, gap.field, gap.want, gap.got);
    verify_add_difference(answer, &gap);
}

/* "request 17 POST /v1beta/tunedModels 200 (method: want ..., got ...)". */
static void verify_add_near(struct verify_answer *answer, const struct match_near *near,
    const struct match *match, const struct journal_entry *last_one)
{
    struct call *call = answer->call;
    struct arena *arena = call->arena;
    const struct journal_entry *entry = near->what;
    struct text verb = request_entry_text(entry, JOURNAL_VERB, arena);
    struct text path = request_entry_text(entry, JOURNAL_PATH, arena);
    answer->near = message_add_child(answer->message, VerifyRequestsResponse_nearest);
    message_set_list(answer->near, VerifyRequestsResponse_Near_differs);
    request_entry_fill(entry, call->space->name, false,
        message_make_child(answer->near, VerifyRequestsResponse_Near_request));
    path = arena_shortened(arena, path, MATCH_SHOWN_BYTES_MAX);
    verify_add_words(answer, arena_printf(arena, "request %" PRIu64 " %.*s %.*s %d", entry->number,
                                 TEXT_ARGS(verb), TEXT_ARGS(path), entry->record.status));
    answer->differ_count = 0;
    struct match_facts facts = request_entry_facts(entry, arena);
    match_differs(match, &facts, arena, verify_add_difference, answer);
    if (near->is_out_of_turn)
        verify_add_order(answer, last_one->number, entry->number);
    if (answer->differ_count > 0)
        verify_add_words(answer, TEXT(")"));
}

static struct text verify_reason(
    const struct request_question *question, const struct request_finding *finding)
{
    struct arena *arena = question->call->arena;
    if (!question->is_ordered) {
        struct text expected = request_question_expected(question);
        return arena_printf(arena, "expected %.*s, found %zu", TEXT_ARGS(expected), finding->count);
    }
    struct text missing = request_question_counted(question, finding->count, 1);
    missing = text_slice(missing, 2, missing.len); /* without "1 " */
    struct text place = finding->last_one ? arena_printf(arena, " after request %" PRIu64,
                                                finding->last_one->number)
                                          : TEXT("");
    return arena_printf(arena, "expected %zu requests in order, found %zu of them: no %.*s%.*s",
        question->match_count, finding->count, TEXT_ARGS(missing), TEXT_ARGS(place));
}

static enum call_state verify_fail(const struct request_question *question,
    const struct journal_view *view, const struct request_finding *finding)
{
    struct call *call = question->call;
    struct match_nearest nearest;
    verify_near_find(question, view, finding, &nearest);
    struct verify_answer answer = {
        .call = call, .message = call_new_answer(call), .words = verify_reason(question, finding)};
    message_set_bool(answer.message, VerifyRequestsResponse_ok, false);
    message_set_int(answer.message, VerifyRequestsResponse_count, (int64_t)finding->count);
    message_set_list(answer.message, VerifyRequestsResponse_nearest);
    if (nearest.count == 0)
        verify_add_words(&answer, journal_is_kept(call->space->journal)
                                      ? TEXT("; the journal is empty")
                                      : TEXT("; with --journal-max 0 nothing is kept"));
    const struct match *match = question->matches[question->is_ordered ? finding->count : 0];
    for (size_t i = 0; i < nearest.count; i++) {
        verify_add_words(&answer, i > 0                  ? TEXT("; ")
                                  : finding->is_too_many ? TEXT(": ")
                                                         : TEXT("; nearest: "));
        verify_add_near(&answer, &nearest.items[i], match, finding->last_one);
    }
    message_set_text(answer.message, VerifyRequestsResponse_message, answer.words);
    call_answer(call, answer.message);
    call->reply->status = 409;
    return CALL_DONE;
}

static enum call_state verify_agree(
    const struct request_question *question, const struct request_finding *finding)
{
    struct call *call = question->call;
    struct text found = question->is_ordered
                            ? arena_printf(call->arena, "%zu requests in order", finding->count)
                            : request_question_counted(question, 0, finding->count);
    struct message *answer = call_new_answer(call);
    message_set_bool(answer, VerifyRequestsResponse_ok, true);
    message_set_int(answer, VerifyRequestsResponse_count, (int64_t)finding->count);
    message_set_text(answer, VerifyRequestsResponse_message,
        arena_printf(call->arena, "found %.*s", TEXT_ARGS(found)));
    return call_answer(call, answer);
}

/* --- the wait --- */

/* False if the call was answered. */
static bool verify_read_within(struct call *call, int64_t *ret_within_ns)
{
    *ret_within_ns = message_int(call->in, VerifyRequestsRequest_within);
    if (*ret_within_ns >= 0 && *ret_within_ns <= CONTROL_WAIT_SECONDS_MAX * NS_PER_SECOND)
        return true;
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "within: must be at most %ds", CONTROL_WAIT_SECONDS_MAX));
    return false;
}

/* What came too often does not come less often. */
static enum call_state verify_decide(const struct request_question *question,
    const struct journal_view *view, const struct request_finding *finding, int64_t within_ns)
{
    struct call *call = question->call;
    int64_t left_ns = within_ns - (clock_monotonic_ns() - call->asked_ns);
    if (finding->holds)
        return verify_agree(question, finding);
    if (finding->is_too_many || call->is_last_look || left_ns <= 0)
        return verify_fail(question, view, finding);
    return call_watch(call, left_ns);
}

enum call_state control_requests_verify(struct call *call)
{
    struct request_question question;
    struct request_finding finding;
    struct journal_view view;
    int64_t within_ns;
    if (!verify_read_within(call, &within_ns) || !request_question_read(call, &question))
        return CALL_DONE;
    journal_view_open(call->space->journal, call->arena, &view);
    enum call_state state = CALL_DONE;
    if (request_question_ask(&question, &view, &finding))
        state = verify_decide(&question, &view, &finding, within_ns);
    journal_view_close(&view);
    return state;
}
