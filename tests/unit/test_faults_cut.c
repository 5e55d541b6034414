#include "tests/lib/unit.h"

#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

#define FAULTS "/emulator/v1/faults"
#define LIST "/v1beta/tunedModels"
#define STREAM "/v1beta/tunedModels/x:streamGenerateContent"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void set_fault(struct loopback *loopback, const char *body)
{
    loopback_send(loopback, "POST", FAULTS, body);
    assert_status(loopback, 200);
}

static int get(struct loopback *loopback, const char *target)
{
    loopback_send(loopback, "GET", target, NULL);
    return loopback->status;
}

/* A model whose answer to "1" has four chunks, of one, three, six and three words. */
static void add_model(struct loopback *loopback)
{
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=x",
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
        "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"one two three four five "
        "six "
        "seven eight nine ten eleven twelve thirteen\"}]}}}}");
    assert_status(loopback, 200);
    loopback_send(loopback, "POST", "/emulator/v1/tunedModels/x:complete", NULL);
    assert_status(loopback, 200);
}

#define PROMPT "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}"

/* How many candidates the answer has, whole ones and begun ones. */
static int count_candidates(const struct loopback *loopback)
{
    int count = 0;
    struct text rest = loopback->answer, name = TEXT("\"candidates\"");
    for (;;) {
        size_t at = text_find(rest, name);
        if (at == rest.len)
            return count;
        rest = text_slice(rest, at + name.len, rest.len);
        count++;
    }
}

static void streams_are_cut_after_their_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        int chunk_count; /* and of a truncated one the part of another */
        bool is_stalled;
    } rows[] = {
        {"{\"kind\":\"truncate\",\"times\":1}", 1, false},
        {"{\"kind\":\"truncate\",\"times\":1,\"afterChunks\":2}", 2, false},
        {"{\"kind\":\"truncate\",\"times\":1,\"afterChunks\":1000}", 4, false},
        {"{\"kind\":\"stall\",\"times\":1,\"afterChunks\":0}", 0, true},
        {"{\"kind\":\"stall\",\"times\":1}", 1, true},
        {"{\"kind\":\"stall\",\"times\":1,\"afterChunks\":2}", 2, true},
        {"{\"kind\":\"stall\",\"times\":1,\"afterChunks\":1000}", 4, true},
    };
    static const char *const targets[] = {STREAM, STREAM "?alt=sse"};
    struct loopback loopback;
    start(&loopback);
    add_model(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        for (size_t k = 0; k < ARRAY_COUNT(targets); k++) {
            set_fault(&loopback, rows[i].fault);
            loopback_send(&loopback, "POST", targets[k], PROMPT);
            assert_status(&loopback, 200);
            assert_int_equal(loopback.is_stalled, rows[i].is_stalled);
            assert_int_equal(loopback.is_broken, !rows[i].is_stalled);
            assert_int_equal(
                count_candidates(&loopback), rows[i].chunk_count + !rows[i].is_stalled);
            assert_true(
                text_starts_with(loopback_header(&loopback, "X-Emulator-Answer"), TEXT("fault:")));
            assert_true(text_find(loopback.answer, TEXT("finishReason")) == loopback.answer.len);
            loopback_send(&loopback, "POST", targets[k], PROMPT);
            assert_false(loopback.is_stalled || loopback.is_broken);
            assert_int_equal(count_candidates(&loopback), 4);
        }
    loopback_stop(&loopback);
}

static void what_is_wrong_with_a_stream_that_is_cut_is_an_error_as_ever(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"kind\":\"stall\"}");
    loopback_send(&loopback, "POST", STREAM, PROMPT);
    assert_status(&loopback, 404);
    assert_false(loopback.is_stalled);
    loopback_stop(&loopback);
}

static void a_stalled_body_begins_and_does_not_end(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"kind\":\"stall\",\"times\":1}");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_true(loopback.is_stalled);
    assert_body(&loopback, "{\n  \"name\": \"tunedModels/");
    assert_int_equal(budget_used(&loopback.app.stalls), 1);
    /* Whoever waits as long as that is cut off. */
    struct buf rest = BUF_INIT;
    struct reply *reply = &loopback.exchange.reply;
    struct reply_piece piece = reply->generate(reply->generate_state, &rest);
    assert_true(piece.is_broken);
    assert_int_equal(rest.len, 0);
    buf_release(&rest);
    assert_int_equal(get(&loopback, LIST), 200);
    assert_int_equal(budget_used(&loopback.app.stalls), 0);
    loopback_stop(&loopback);
}

static void so_many_answers_are_stalled_and_no_more(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    add_model(&loopback);
    assert_true(budget_take(&loopback.app.stalls, STALLS_MAX));
    set_fault(&loopback, "{\"kind\":\"stall\"}");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_true(loopback.is_broken && !loopback.is_stalled);
    assert_header(&loopback, "X-Emulator-Hint",
        "this answer breaks off, since as many as there may be are stalled already");
    loopback_send(&loopback, "POST", STREAM, PROMPT);
    assert_true(loopback.is_broken && !loopback.is_stalled);
    budget_give(&loopback.app.stalls, 1);
    assert_int_equal(get(&loopback, LIST), 200);
    assert_true(loopback.is_stalled);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_cut_after_their_chunks),
        cmocka_unit_test(what_is_wrong_with_a_stream_that_is_cut_is_an_error_as_ever),
        cmocka_unit_test(a_stalled_body_begins_and_does_not_end),
        cmocka_unit_test(so_many_answers_are_stalled_and_no_more),
    };
    return cmocka_run_group_tests_name("faults_cut", tests, NULL, NULL);
}
