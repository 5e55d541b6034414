#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/space/stubs.h"

struct fixture {
    struct arena arena;
    struct stubs *stubs;
};

static int make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    arena_init(&fixture->arena);
    fixture->stubs = stubs_new(NULL);
    *state = fixture;
    return 0;
}

static int release(void **state)
{
    struct fixture *fixture = *state;
    stubs_free(fixture->stubs);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static struct message *decode(struct arena *arena, struct text json)
{
    struct decode_problems problems;
    struct message *message = message_new(arena, MESSAGE_Stub, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(json, message, TEXT(""), &problems);
    if (decode_problems_any(&problems))
        fail_msg("%.*s", TEXT_ARGS(decode_problems_text(&problems)));
    return message;
}

static struct message *add(struct fixture *fixture, const char *json)
{
    struct text problem;
    struct message *stub = decode(&fixture->arena, text_of(json));
    if (!stubs_add(fixture->stubs, stub, &problem))
        fail_msg("%s: %.*s", json, TEXT_ARGS(problem));
    return stub;
}

static void assert_refused(struct fixture *fixture, struct text json, const char *start)
{
    struct text problem;
    if (stubs_add(fixture->stubs, decode(&fixture->arena, json), &problem))
        fail_msg("%.*s", TEXT_ARGS(json));
    if (!text_starts_with(problem, text_of(start)))
        fail_msg("%.*s", TEXT_ARGS(problem));
}

static struct match_facts facts_of(int method, const char *prompt)
{
    return (struct match_facts){
        .method = method,
        .model = TEXT("tunedModels/x"),
        .caller = TEXT("anonymous"),
        .body = TEXT("{}"),
        .prompt = text_of(prompt),
    };
}

static bool take_for(struct fixture *fixture, int method, const char *prompt, uint64_t seed,
    struct stub_taken *ret_taken)
{
    struct match_facts facts = facts_of(method, prompt);
    return stubs_take(fixture->stubs, &facts, seed, &fixture->arena, ret_taken);
}

/* The text of the reply, or "none". */
static struct text take(struct fixture *fixture, const char *prompt)
{
    struct stub_taken taken;
    bool is_found = take_for(fixture, METHOD_TUNED_MODELS_GENERATE_CONTENT, prompt, 1, &taken);
    return is_found ? taken.reply.text : TEXT("none");
}

static struct text shown(struct fixture *fixture)
{
    struct message *answer =
        message_new(&fixture->arena, MESSAGE_ListStubsResponse, VERSION_V1BETA);
    stubs_list(fixture->stubs, answer);
    return json_text(answer, &fixture->arena);
}

static void a_stub_is_shown_with_all_that_has_a_value(void **state)
{
    struct fixture *fixture = *state;
    assert_text(json_text(add(fixture, "{\"id\":\"7\",\"hits\":3,\"draws\":\"5\","
                                       "\"reply\":{\"text\":\"a\"}}"),
                    &fixture->arena),
        "{\"id\":\"1\",\"match\":{},\"reply\":{\"text\":\"a\"},\"afterLast\":\"repeat\","
        "\"priority\":0,\"delay\":\"0s\",\"hits\":0}");
    add(fixture, "{\"match\":{\"prompt\":{\"contains\":\"x\"}},\"scenario\":{\"name\":\"s\","
                 "\"sets\":\"\"},\"replies\":[{\"text\":\"b\"},{\"error\":{\"status\":14}}],"
                 "\"afterLast\":\"gone\",\"times\":9,\"priority\":1,\"delay\":\"1s\","
                 "\"pace\":{\"betweenTokens\":\"40ms\"}}");
    assert_text(take(fixture, "x"), "b");
    struct text all = shown(fixture);
    struct text first = TEXT("{\"stubs\":[{\"id\":\"2\"");
    assert_true(text_starts_with(all, first));
    assert_true(text_find(all, TEXT("\"times\":8,\"priority\":1,")) < all.len);
    assert_true(text_find(all, TEXT("\"scenario\":{\"name\":\"s\",\"sets\":\"\"}")) < all.len);
    assert_true(text_find(all, TEXT("\"hits\":1},{\"id\":\"1\"")) < all.len);
}

static void higher_priority_goes_first_and_then_the_older(void **state)
{
    struct fixture *fixture = *state;
    assert_true(stubs_is_empty(fixture->stubs));
    add(fixture, "{\"reply\":{\"text\":\"low\"},\"priority\":-1}");
    add(fixture, "{\"reply\":{\"text\":\"first\"},\"times\":1}");
    add(fixture, "{\"reply\":{\"text\":\"second\"},\"times\":1}");
    add(fixture, "{\"reply\":{\"text\":\"high\"},\"priority\":5,\"times\":1}");
    assert_false(stubs_is_empty(fixture->stubs));
    assert_text(take(fixture, "x"), "high");
    assert_text(take(fixture, "x"), "first");
    assert_text(take(fixture, "x"), "second");
    assert_text(take(fixture, "x"), "low");
    assert_text(take(fixture, "x"), "low");
}

static void a_stub_is_for_the_calls_that_it_matches(void **state)
{
    struct fixture *fixture = *state;
    struct stub_taken taken;
    add(fixture, "{\"match\":{\"prompt\":\"41\",\"model\":\"tunedModels/x\"},"
                 "\"reply\":{\"text\":\"a\"}}");
    add(fixture, "{\"match\":{\"prompt\":{\"regex\":\"^[0-9]+$\"},\"caller\":\"anonymous\"},"
                 "\"reply\":{\"text\":\"b\"}}");
    add(fixture, "{\"match\":{\"model\":{\"contains\":\"/y\"}},\"reply\":{\"text\":\"c\"}}");
    assert_text(take(fixture, "41"), "a");
    assert_text(take(fixture, "42"), "b");
    assert_text(take(fixture, "42."), "none");
    assert_true(take_for(fixture, METHOD_MODELS_STREAM_GENERATE_CONTENT, "41", 1, &taken));
    assert_int_equal(taken.number, 1);
    assert_int_equal(taken.values.count, 2);
    assert_text(taken.values.prompt, "41");
    assert_text(taken.values.model, "tunedModels/x");
}

static void groups_of_the_prompt_are_given_where_the_reply_has_them(void **state)
{
    struct fixture *fixture = *state;
    struct stub_taken taken;
    struct text text;
    add(fixture, "{\"match\":{\"prompt\":{\"regex\":\"from ([A-Z][a-z]+)( via ([a-z]+))?\"}},"
                 "\"replies\":[{\"text\":\"{{match.1}}/{{match.3}}/{{match.0}} {{count}}\"},"
                 "{\"text\":\"{{prompt}}\"}]}");
    assert_true(
        take_for(fixture, METHOD_MODELS_GENERATE_CONTENT, "fly from Rome to Oslo", 1, &taken));
    assert_true(stub_text_expand(taken.reply.text, &taken.values, false, &fixture->arena, &text));
    assert_text(text, "Rome//from Rome 1");
    assert_true(take_for(fixture, METHOD_MODELS_GENERATE_CONTENT, "from Bern", 1, &taken));
    assert_int_equal(taken.values.group_count, 0);
    assert_refused(fixture,
        TEXT("{\"match\":{\"prompt\":{\"regex\":\"a(b)\"}},\"reply\":{\"text\":\"{{match.2}}\"}}"),
        "reply.text: {{match.2}} needs as many groups, (...), in the regex of match.prompt; it has "
        "1");
}

static void methods_that_do_not_generate_have_to_be_named(void **state)
{
    static const int methods_of_stubs[] = {METHOD_TUNED_MODELS_GENERATE_CONTENT,
        METHOD_MODELS_GENERATE_CONTENT, METHOD_MODELS_STREAM_GENERATE_CONTENT,
        METHOD_TUNED_MODELS_GENERATE_TEXT, METHOD_MODELS_COUNT_TOKENS, METHOD_MODELS_EMBED_CONTENT,
        METHOD_MODELS_BATCH_EMBED_CONTENTS, METHOD_TUNED_MODELS_LIST};
    static const struct {
        const char *stub, *is_for; /* of the methods above */
    } rows[] = {
        {"{\"reply\":{\"text\":\"a\"}}", "++++----"},
        {"{\"match\":{\"method\":\"*\"},\"reply\":{\"text\":\"a\"}}", "++++----"},
        {"{\"reply\":{\"response\":{\"candidates\":[]}}}", "+++-----"},
        {"{\"match\":{\"method\":\"models.generateContent\"},\"reply\":{\"text\":\"a\"}}",
            "++------"},
        {"{\"match\":{\"method\":\"tunedModels.generateText\"},"
         "\"reply\":{\"response\":{\"candidates\":[{\"output\":\"a\"}]}}}",
            "---+----"},
        {"{\"match\":{\"method\":\"models.countTokens\"},"
         "\"reply\":{\"response\":{\"totalTokens\":3}}}",
            "----+---"},
        {"{\"match\":{\"method\":\"models.embedContent\"},"
         "\"replies\":[{\"error\":{\"status\":14}},{\"response\":{\"embedding\":{}}}]}",
            "-----+--"},
        {"{\"match\":{\"method\":\"models.batchEmbedContents\"},"
         "\"reply\":{\"response\":{\"embeddings\":[]}}}",
            "------+-"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        add(fixture, rows[i].stub);
        for (size_t j = 0; j < ARRAY_COUNT(methods_of_stubs); j++) {
            struct stub_taken taken;
            bool is_found = take_for(fixture, methods_of_stubs[j], "x", 1, &taken);
            if (is_found != (rows[i].is_for[j] == '+'))
                fail_msg("%s: %s", rows[i].stub, methods[methods_of_stubs[j]].name);
        }
        stubs_remove(fixture->stubs, TEXT(""));
    }
}

static void replies_come_in_order_and_the_last_again(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "{\"match\":{\"prompt\":\"a\"},\"replies\":[{\"text\":\"1\"},{\"text\":\"2\"}]}");
    add(fixture, "{\"match\":{\"prompt\":\"b\"},\"replies\":[{\"text\":\"1\"},{\"text\":\"2\"}],"
                 "\"afterLast\":\"gone\"}");
    add(fixture, "{\"match\":{\"prompt\":\"c\"},\"replies\":[{\"text\":\"1\"},{\"text\":\"2\"},"
                 "{\"text\":\"3\"}],\"times\":2}");
    add(fixture,
        "{\"match\":{\"prompt\":\"d\"},\"reply\":{\"text\":\"1\"},\"afterLast\":\"gone\"}");
    static const struct {
        const char *prompt, *texts[4];
    } rows[] = {
        {"a", {"1", "2", "2", "2"}},
        {"b", {"1", "2", "none", "none"}},
        {"c", {"1", "2", "none", "none"}},
        {"d", {"1", "none", "none", "none"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        for (size_t j = 0; j < 4; j++)
            assert_text(take(fixture, rows[i].prompt), rows[i].texts[j]);
    assert_false(stubs_remove(fixture->stubs, TEXT("2")));
    assert_true(stubs_remove(fixture->stubs, TEXT("1")));
    assert_true(stubs_is_empty(fixture->stubs));
}

static void a_scenario_goes_from_state_to_state(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "{\"match\":{\"prompt\":\"poll\"},\"scenario\":{\"name\":\"job\","
                 "\"requires\":\"started\",\"sets\":\"polled\"},\"reply\":{\"text\":\"running\"}}");
    add(fixture, "{\"match\":{\"prompt\":\"poll\"},\"scenario\":{\"name\":\"job\","
                 "\"requires\":\"polled\"},\"reply\":{\"text\":\"done\"}}");
    add(fixture, "{\"match\":{\"prompt\":\"start\"},\"scenario\":{\"name\":\"job\","
                 "\"sets\":\"started\"},\"reply\":{\"text\":\"begun\"}}");
    add(fixture, "{\"match\":{\"prompt\":\"poll\"},\"scenario\":{\"name\":\"job\","
                 "\"requires\":\"\"},\"reply\":{\"text\":\"nothing yet\"}}");
    add(fixture, "{\"match\":{\"prompt\":\"poll\"},\"scenario\":{\"name\":\"other\","
                 "\"requires\":\"never\"},\"reply\":{\"text\":\"?\"},\"priority\":9}");
    assert_text(take(fixture, "poll"), "nothing yet");
    assert_text(take(fixture, "start"), "begun");
    assert_text(take(fixture, "poll"), "running");
    assert_text(take(fixture, "poll"), "done");
    assert_text(take(fixture, "poll"), "done");
    assert_text(take(fixture, "start"), "begun");
    assert_text(take(fixture, "poll"), "running");
}

static void scenarios_end_with_all_stubs(void **state)
{
    static const char *const stub = "{\"scenario\":{\"name\":\"s\",\"requires\":\"\",\"sets\":"
                                    "\"a\"},\"reply\":{\"text\":\"1\"}}";
    struct fixture *fixture = *state;
    add(fixture, stub);
    assert_text(take(fixture, "x"), "1");
    assert_text(take(fixture, "x"), "none");
    assert_true(stubs_remove(fixture->stubs, TEXT("1")));
    add(fixture, stub);
    assert_text(take(fixture, "x"), "none");
    assert_true(stubs_remove(fixture->stubs, TEXT("")));
    add(fixture, stub);
    assert_text(take(fixture, "x"), "1");
}

static int64_t delay_of(struct fixture *fixture, uint64_t seed)
{
    struct stub_taken taken;
    assert_true(take_for(fixture, METHOD_MODELS_GENERATE_CONTENT, "x", seed, &taken));
    return taken.delay_ns;
}

static void delays_are_drawn_from_the_seed(void **state)
{
    struct fixture *fixture = *state;
    int64_t first[3];
    add(fixture, "{\"reply\":{\"text\":\"a\"},\"delay\":{\"uniform\":[\"1s\",\"9s\"]},"
                 "\"pace\":\"40ms\"}");
    for (size_t i = 0; i < 3; i++) {
        first[i] = delay_of(fixture, 1);
        assert_in_range(first[i], NS_PER_SECOND, 9 * NS_PER_SECOND);
    }
    assert_int_not_equal(first[0], first[1]);
    assert_true(text_find(shown(fixture), TEXT("\"draws\":\"3\"")) < shown(fixture).len);
    stubs_draw_anew(fixture->stubs);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(delay_of(fixture, 1), first[i]);
    stubs_draw_anew(fixture->stubs);
    assert_int_not_equal(delay_of(fixture, 2), first[0]);

    struct stub_taken taken;
    assert_true(take_for(fixture, METHOD_MODELS_GENERATE_CONTENT, "x", 1, &taken));
    assert_true(taken.has_pace);
    assert_int_equal(taken.pace.between_tokens.low_ns, 40 * NS_PER_MS);
}

static void what_is_restored_goes_on_from_where_it_was(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "{\"reply\":{\"text\":\"only\"},\"match\":{\"prompt\":\"never\"}}");
    add(fixture, "{\"replies\":[{\"text\":\"1\"},{\"text\":\"2\"},{\"text\":\"3\"}],\"times\":4,"
                 "\"delay\":{\"uniform\":[\"1s\",\"9s\"]},\"scenario\":{\"name\":\"s\","
                 "\"sets\":\"a\"}}");
    assert_text(take(fixture, "x"), "1");

    struct fixture other;
    struct text problem;
    const char *reason;
    arena_init(&other.arena);
    other.stubs = stubs_new(NULL);
    struct message *all = message_new(&fixture->arena, MESSAGE_ListStubsResponse, VERSION_V1BETA);
    stubs_list(fixture->stubs, all);
    assert_int_equal(message_count(all, ListStubsResponse_stubs), 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(stubs_restore(
            other.stubs, message_child_at(all, ListStubsResponse_stubs, i), &problem));
    assert_int_equal(stubs_last_id(other.stubs), 2);
    struct message *numbers = message_new(&other.arena, MESSAGE_StateNumbers, VERSION_V1BETA);
    stubs_list_scenarios(fixture->stubs, numbers, StateNumbers_rows);
    assert_text(json_text(numbers, &other.arena), "{\"rows\":{\"s\":\"a\"}}");
    assert_true(stubs_set_scenario(other.stubs, TEXT("s"), TEXT("a"), &reason));
    struct text before = shown(fixture);
    assert_true(text_equals(shown(&other), before));
    assert_text(take(&other, "x"), "2");

    /* Put in the place of the first, it goes on there. */
    stubs_swap(fixture->stubs, other.stubs);
    assert_true(text_equals(shown(&other), before));
    assert_text(take(fixture, "x"), "3");
    assert_text(take(fixture, "x"), "3");
    assert_text(take(fixture, "x"), "none");
    stubs_raise_id(fixture->stubs, 9);
    add(fixture, "{\"reply\":{\"text\":\"a\"}}");
    assert_int_equal(stubs_last_id(fixture->stubs), 10);
    stubs_free(other.stubs);
    arena_release(&other.arena);
}

static void what_is_no_stub_is_refused(void **state)
{
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"{}", "reply: is needed, or else replies, but not both"},
        {"{\"replies\":[]}", "reply: is needed"},
        {"{\"reply\":{\"text\":\"a\"},\"replies\":[{\"text\":\"a\"}]}", "reply: is needed"},
        {"{\"reply\":{\"text\":\"a\"},\"times\":0}", "times: must be at least 1"},
        {"{\"reply\":{\"text\":\"a\"},\"afterLast\":\"stop\"}",
            "afterLast: must be \"repeat\" or \"gone\""},
        {"{\"reply\":{\"text\":\"a\"},\"delay\":\"2h\"}", "delay: must be at most 1h"},
        {"{\"reply\":{\"text\":\"a\"},\"pace\":{\"firstToken\":\"2h\"}}",
            "pace.firstToken: must be at most 1h"},
        {"{\"reply\":{\"text\":\"a\"},\"match\":{\"path\":\"/\"}}",
            "match.path: cannot be asked for here, only method, model, caller, body, prompt"},
        {"{\"reply\":{\"text\":\"a\"},\"match\":{\"prompt\":{\"regex\":\"(\"}}}",
            "match.prompt.regex: "},
        {"{\"reply\":{\"text\":\"a\"},\"match\":{\"method\":\"models.lists\"}}",
            "match.method: there is no \"models.lists\""},
        {"{\"reply\":{\"text\":\"a\"},\"match\":{\"method\":\"models.list\"}}",
            "match.method: stubs are for methods that generate, embed or count"},
        {"{\"reply\":{\"text\":\"a\"},\"match\":{\"method\":\"models.countTokens\"}}",
            "reply: must be a response or an error"},
        {"{\"replies\":[{\"text\":\"a\"},{}]}", "replies[1]: must have one of"},
        {"{\"reply\":{\"text\":\"{{match.1}}\"}}", "reply.text: {{match.1}} needs a regex"},
        {"{\"reply\":{\"text\":\"a\"},\"scenario\":{\"sets\":\"a\"}}",
            "scenario.name: must have 1 to 128 bytes"},
        {"{\"reply\":{\"text\":\"a\"},\"scenario\":{\"name\":\"a\"}}",
            "scenario.requires: is needed, or else scenario.sets, or both"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_refused(*state, text_of(rows[i].json), rows[i].problem);
    assert_true(stubs_is_empty(((struct fixture *)*state)->stubs));
}

/* A stub whose replies take so many bytes. */
static struct text stub_of_bytes(struct arena *arena, size_t bytes)
{
    char *filling = arena_alloc(arena, bytes + 1);
    memset(filling, 'x', bytes);
    return arena_printf(arena, "{\"reply\":{\"text\":\"%s\"}}", filling);
}

static void stubs_and_what_they_hold_have_limits(void **state)
{
    struct fixture *fixture = *state;
    struct buf replies;
    buf_init(&replies);
    buf_add_string(&replies, "{\"replies\":[");
    for (size_t i = 0; i <= STUB_REPLIES_MAX; i++)
        buf_add_string(&replies, "{\"text\":\"a\"},");
    buf_add_string(&replies, "]}");
    assert_refused(fixture, buf_text(&replies), "replies: there may be at most 1000");
    buf_release(&replies);

    add(fixture, stub_of_bytes(&fixture->arena, 1048576).bytes);
    stubs_remove(fixture->stubs, TEXT(""));
    struct text large = stub_of_bytes(&fixture->arena, STUB_BYTES_MAX - 10000);
    assert_refused(fixture, stub_of_bytes(&fixture->arena, STUB_BYTES_MAX),
        "replies: are too large: a stub may take at most 2097152 bytes");
    /* An eighth for what is left of their blocks of memory. */
    for (size_t i = 0; i < STUBS_BYTES_MAX / STUB_BYTES_MAX / 8 * 7; i++)
        add(fixture, large.bytes);
    struct text problem;
    for (size_t i = 0; i < STUBS_BYTES_MAX / STUB_BYTES_MAX / 8; i++)
        stubs_add(fixture->stubs, decode(&fixture->arena, large), &problem);
    assert_refused(fixture, large, "All stubs together are too large: delete some");
    stubs_remove(fixture->stubs, TEXT(""));

    for (int i = 0; i < STUBS_MAX; i++)
        add(fixture, "{\"reply\":{\"text\":\"a\"}}");
    assert_refused(fixture, TEXT("{\"reply\":{\"text\":\"a\"}}"),
        "There are 1000 stubs, which is the most: delete some.");
}

static void scenarios_have_a_limit(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i <= STUB_SCENARIOS_MAX; i++) {
        struct text json = arena_printf(&fixture->arena,
            "{\"scenario\":{\"name\":\"%d\",\"sets\":\"a\"},\"reply\":{\"text\":\"a\"},"
            "\"times\":1}",
            i);
        if (i == STUB_SCENARIOS_MAX) {
            assert_refused(fixture, json,
                "scenario.name: there is no room for one more scenario, of which there may be "
                "1000");
            break;
        }
        add(fixture, json.bytes);
        assert_text(take(fixture, "x"), "a");
    }
    const char *reason;
    char long_name[STUB_SCENARIO_BYTES_MAX + 1];
    memset(long_name, 'x', sizeof(long_name));
    struct text name = {long_name, sizeof(long_name)};
    assert_true(stubs_is_empty(fixture->stubs));
    assert_true(stubs_set_scenario(fixture->stubs, TEXT("0"), TEXT("b"), &reason));
    assert_false(stubs_set_scenario(fixture->stubs, TEXT("new"), TEXT("b"), &reason));
    assert_false(stubs_set_scenario(fixture->stubs, name, TEXT("b"), &reason));
    assert_false(stubs_set_scenario(fixture->stubs, TEXT("0"), name, &reason));
}

/* --- from several threads --- */

enum { THREADS = 4, TAKES = 250 };

struct crowd {
    struct stubs *stubs;
    atomic_int times_count, turn_count, count;
    bool is_counted[THREADS * TAKES + 1]; /* each by the thread that was told so */
};

static void *crowd_run(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < TAKES; i++) {
        struct arena arena;
        struct stub_taken taken;
        struct match_facts facts = facts_of(METHOD_TUNED_MODELS_GENERATE_CONTENT, "times");
        arena_init(&arena);
        crowd->times_count += stubs_take(crowd->stubs, &facts, 1, &arena, &taken);
        facts.prompt = TEXT("turn");
        crowd->turn_count += stubs_take(crowd->stubs, &facts, 1, &arena, &taken) &&
                             text_equals_string(taken.reply.text, "begun");
        facts.prompt = TEXT("count");
        if (stubs_take(crowd->stubs, &facts, 1, &arena, &taken)) {
            crowd->is_counted[taken.values.count] = true;
            crowd->count++;
        }
        struct message *answer = message_new(&arena, MESSAGE_ListStubsResponse, VERSION_V1BETA);
        stubs_list(crowd->stubs, answer);
        arena_release(&arena);
    }
    return NULL;
}

static void calls_at_once_are_counted_each_once(void **state)
{
    struct fixture *fixture = *state;
    static struct crowd crowd;
    pthread_t threads[THREADS];
    crowd = (struct crowd){.stubs = fixture->stubs};
    add(fixture, "{\"match\":{\"prompt\":\"times\"},\"reply\":{\"text\":\"a\"},\"times\":100}");
    add(fixture, "{\"match\":{\"prompt\":\"turn\"},\"scenario\":{\"name\":\"s\",\"requires\":\"\","
                 "\"sets\":\"begun\"},\"reply\":{\"text\":\"begun\"}}");
    add(fixture, "{\"match\":{\"prompt\":{\"regex\":\"^c(o|u)+nt$\"}},\"reply\":{\"text\":\"a\"}}");
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, &crowd), 0);
    for (int i = 0; i < TAKES; i++) {
        struct text problem;
        struct message *stub = decode(&fixture->arena,
            TEXT("{\"match\":{\"prompt\":\"none\"},\"reply\":{\"text\":\"a\"},\"priority\":1}"));
        assert_true(stubs_add(fixture->stubs, stub, &problem));
        assert_true(stubs_remove(fixture->stubs, message_text(stub, Stub_id)));
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.times_count, 100);
    assert_int_equal(crowd.turn_count, 1);
    assert_int_equal(crowd.count, THREADS * TAKES);
    for (int i = 1; i <= THREADS * TAKES; i++)
        assert_true(crowd.is_counted[i]);
}

#define STUBS_TEST(test) cmocka_unit_test_setup_teardown(test, make, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STUBS_TEST(a_stub_is_shown_with_all_that_has_a_value),
        STUBS_TEST(higher_priority_goes_first_and_then_the_older),
        STUBS_TEST(a_stub_is_for_the_calls_that_it_matches),
        STUBS_TEST(groups_of_the_prompt_are_given_where_the_reply_has_them),
        STUBS_TEST(methods_that_do_not_generate_have_to_be_named),
        STUBS_TEST(replies_come_in_order_and_the_last_again),
        STUBS_TEST(a_scenario_goes_from_state_to_state),
        STUBS_TEST(scenarios_end_with_all_stubs),
        STUBS_TEST(delays_are_drawn_from_the_seed),
        STUBS_TEST(what_is_restored_goes_on_from_where_it_was),
        STUBS_TEST(what_is_no_stub_is_refused),
        STUBS_TEST(stubs_and_what_they_hold_have_limits),
        STUBS_TEST(scenarios_have_a_limit),
        STUBS_TEST(calls_at_once_are_counted_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
