/* The journal: what the service was asked, and what it answered. */
#include <inttypes.h>

#include "base/array.h"
#include "server/call/facts.h"
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/space/request_entry.h"
#include "server/control/request_question.h"
#include "server/space/stubs.h"

/* The query as a Match: a parameter that is given and not empty is what the field must equal. */
static const struct message *requests_match_of_query(const struct call *call)
{
    static const struct {
        unsigned parameter, field;
    } rows[] = {
        {ListRequestsRequest_model, Match_model},
        {ListRequestsRequest_caller, Match_caller},
        {ListRequestsRequest_request_id, Match_request_id},
        {ListRequestsRequest_answer, Match_answer},
        {ListRequestsRequest_prompt, Match_prompt},
    };
    struct message *match = message_new(call->arena, MESSAGE_Match, call->messages);
    message_set_text_if(match, Match_method, message_text(call->in, ListRequestsRequest_method));
    message_set_text_if(match, Match_status, message_text(call->in, ListRequestsRequest_status));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text value = message_text(call->in, rows[i].parameter);
        if (!text_is_empty(value))
            message_set_text(message_make_child(match, rows[i].field), TextMatch_equals, value);
    }
    return match;
}

/* Newest first, so that a page begins behind a higher number. */
static int64_t requests_seq(const struct journal_entry *entry)
{
    return INT64_MAX - (int64_t)entry->number;
}

static void requests_add_page(
    struct page *page, const struct match *match, const struct journal_view *view)
{
    struct call *call = page->call;
    for (size_t i = 0; i < view->count; i++) {
        const struct journal_entry *entry = view->entries[i];
        struct arena_mark mark = arena_mark(call->arena);
        struct match_facts facts = request_entry_facts(entry, call->arena);
        bool is_meant = requests_seq(entry) > page->after_seq && match_holds(match, &facts);
        if (is_meant && !page_take(page, requests_seq(entry)))
            return;
        if (is_meant) {
            struct message *request = message_new(call->arena, MESSAGE_Request, call->messages);
            request_entry_fill(entry, call->space->name, true, request);
            page_add(page, request);
        }
        arena_rewind(call->arena, mark);
    }
}

enum call_state control_requests_list(struct call *call)
{
    struct page page;
    struct text problem;
    const struct message *wanted = requests_match_of_query(call);
    if (!page_read(call, ListRequestsRequest_page_size, ListRequestsRequest_page_token,
            REQUESTS_PAGE_SIZE, json_text(wanted, call->arena), &page))
        return CALL_DONE;
    const struct match *match =
        match_compile(wanted, MATCH_FIELDS_REQUEST, TEXT(""), call->arena, &problem);
    if (!match)
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    struct journal_view view;
    journal_view_open(call->space->journal, call->arena, &view);
    page_begin(&page);
    requests_add_page(&page, match, &view);
    journal_view_close(&view);
    return page_answer(&page, ListRequestsResponse_next_page_token);
}

/* The entry with this id; NULL: it is none, or has gone. */
static const struct journal_entry *requests_find(const struct journal_view *view, struct text id)
{
    int64_t number;
    if (view->count == 0 || !text_parse_int64(id, &number) || number < 1)
        return NULL;
    uint64_t newest = view->entries[0]->number, wanted = (uint64_t)number;
    return wanted <= newest && newest - wanted < view->count ? view->entries[newest - wanted]
                                                             : NULL;
}

/* What is answered about one entry. */
typedef enum call_state requests_answer_entry(struct call *call, const struct journal_entry *entry);

static enum call_state requests_with_entry(struct call *call, requests_answer_entry *answer)
{
    struct journal_view view;
    journal_view_open(call->space->journal, call->arena, &view);
    const struct journal_entry *entry = requests_find(&view, call->ids[0]);
    enum call_state state =
        entry ? answer(call, entry)
              : call_fail_text(call, ERROR_CONTROL_UNKNOWN,
                    arena_printf(call->arena, "request %.*s", TEXT_ARGS(call_shown(call->ids[0]))));
    journal_view_close(&view);
    return state;
}

static enum call_state requests_answer_whole(struct call *call, const struct journal_entry *entry)
{
    struct message *answer = call_new_answer(call);
    request_entry_fill(entry, call->space->name, true, answer);
    return call_answer(call, answer);
}

enum call_state control_requests_get(struct call *call)
{
    return requests_with_entry(call, requests_answer_whole);
}

/* The answer that is being made, and the stub in it that is being told of. */
struct requests_nearest {
    struct message *answer, *stub;
};

static void requests_nearest_begin(void *context, uint64_t number)
{
    struct requests_nearest *nearest = context;
    nearest->stub = message_add_child(nearest->answer, NearestStubsResponse_stubs);
    message_set_text(nearest->stub, NearestStubsResponse_Stub_id,
        arena_printf(nearest->stub->arena, "%" PRIu64, number));
    message_set_list(nearest->stub, NearestStubsResponse_Stub_differs);
}

static void requests_nearest_differ(void *context, const struct match_gap *gap)
{
    struct requests_nearest *nearest = context;
    request_entry_add_difference(nearest->stub, NearestStubsResponse_Stub_differs, gap);
}

static enum call_state requests_answer_nearest(struct call *call, const struct journal_entry *entry)
{
    struct match_facts facts = request_entry_facts(entry, call->arena);
    struct requests_nearest nearest = {.answer = call_new_answer(call)};
    facts.steps_left = &call->match_steps_left;
    message_set_list(nearest.answer, NearestStubsResponse_stubs);
    stubs_visit_nearest(call->space->stubs, &facts, call->arena,
        &(struct stub_near_visitor){requests_nearest_begin, requests_nearest_differ, &nearest});
    return facts_fail_spent(call, "stubs") ? CALL_DONE : call_answer(call, nearest.answer);
}

enum call_state control_requests_nearest(struct call *call)
{
    return requests_with_entry(call, requests_answer_nearest);
}

enum call_state control_requests_clear(struct call *call)
{
    journal_clear(call->space->journal);
    return call_answer_empty(call);
}

enum call_state control_requests_count(struct call *call)
{
    struct request_question question;
    struct request_finding finding;
    struct journal_view view;
    if (!request_question_read_match(
            call, message_child(call->in, CountRequestsRequest_match), &question))
        return CALL_DONE;
    journal_view_open(call->space->journal, call->arena, &view);
    enum call_state state = CALL_DONE;
    if (request_question_ask(&question, &view, &finding)) {
        struct message *answer = call_new_answer(call);
        message_set_int(answer, CountRequestsResponse_count, (int64_t)finding.count);
        state = call_answer(call, answer);
    }
    journal_view_close(&view);
    return state;
}
