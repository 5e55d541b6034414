#include "server/call/stub_miss.h"

#include "server/call/facts.h"
#include "server/space/method_set.h"
#include "server/space/stubs.h"

bool stub_miss_answer(struct call *call, const struct match_facts *facts)
{
    if (call->dials.on_no_match != NO_MATCH_ERROR ||
        !(method_set_generating() & method_set_of(facts->method)))
        return false;
    struct text nearest = stubs_nearest(call->space->stubs, facts, call->arena);
    if (facts_fail_spent(call, "stubs"))
        return true;
    struct text problem = text_is_empty(nearest)
                              ? TEXT("there are no stubs")
                              : arena_joined(call->arena, TEXT("nearest: "), nearest);
    reply_add_header(call->reply, "X-Emulator-Answer", TEXT("no-match"));
    call_fail_text(call, ERROR_STUB_MISSING, problem);
    return true;
}
