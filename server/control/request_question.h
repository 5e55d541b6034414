/* What a test asks the journal: which requests it means, how often, or in which order. */
#ifndef SERVER_CONTROL_REQUEST_QUESTION_H
#define SERVER_CONTROL_REQUEST_QUESTION_H

#include "server/call/call.h"
#include "server/space/journal.h"
#include "server/space/match.h"

/* One match, or several in order. */
struct request_question {
    struct call *call;
    bool is_ordered;
    size_t match_count;
    const struct match **matches;
    const struct message **wanted; /* the matches as they were given; NULL: one of nothing */
    int64_t at_least, at_most;     /* how many requests one match is to mean */
};

struct request_finding {
    size_t count;                         /* requests that are meant; of an order, its beginning */
    const struct journal_entry *last_one; /* of an order, the last of these; NULL: none */
    bool holds;
    bool is_too_many;
};

/* Reads one match, for any number of requests. False if the call was answered. */
bool request_question_read_match(
    struct call *call, const struct message *match, struct request_question *ret_question);

/* Reads a VerifyRequestsRequest. False if the call was answered. */
bool request_question_read(struct call *call, struct request_question *ret_question);

/* Looks through the entries. False if that is too much work: the call was answered. */
bool request_question_ask(const struct request_question *question, const struct journal_view *view,
    struct request_finding *ret_finding);

/* "exactly 1 request with method tunedModels.delete": what is expected of a match. */
struct text request_question_expected(const struct request_question *question);
/* "2 requests with method tunedModels.delete"; `match` is an index. */
struct text request_question_counted(
    const struct request_question *question, size_t match, size_t count);

#endif
