#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/call/page.h"
#include "tests/lib/loopback.h"

enum { SIZE_DEFAULT = 10 };

/* A call of tunedModels.list as far as pages need it. */
static void make_call(
    struct call *call, struct arena *arena, struct reply *reply, int64_t size, struct text token)
{
    *call = (struct call){.arena = arena,
        .reply = reply,
        .method = &methods[METHOD_TUNED_MODELS_LIST],
        .method_id = METHOD_TUNED_MODELS_LIST,
        .messages = VERSION_V1BETA,
        .in = message_new(arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA)};
    message_set_int(call->in, ListTunedModelsRequest_page_size, size);
    message_set_text_if(call->in, ListTunedModelsRequest_page_token, token);
}

static bool read_page(struct call *call, const char *identity, struct page *ret_page)
{
    return page_read(call, ListTunedModelsRequest_page_size, ListTunedModelsRequest_page_token,
        SIZE_DEFAULT, text_of(identity), ret_page);
}

struct fixture {
    struct app app;
    struct exchange exchange;
    struct call call;
    struct page page;
};

static void fixture_start(struct fixture *fixture, int64_t size, struct text token)
{
    memset(fixture, 0, sizeof(*fixture));
    exchange_init(&fixture->exchange);
    make_call(&fixture->call, &fixture->exchange.arena, &fixture->exchange.reply, size, token);
    fixture->call.app = &fixture->app;
}

static void fixture_stop(struct fixture *fixture)
{
    exchange_release(&fixture->exchange);
}

static void sizes_have_a_default_and_a_silent_maximum(void **state)
{
    (void)state;
    static const struct {
        int64_t asked;
        int32_t size; /* 0: refused */
    } rows[] = {{0, SIZE_DEFAULT}, {1, 1}, {1000, 1000}, {1001, 1000}, {INT32_MAX, 1000}, {-1, 0},
        {INT32_MIN, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture fixture;
        fixture_start(&fixture, rows[i].asked, TEXT(""));
        assert_int_equal(read_page(&fixture.call, "", &fixture.page), rows[i].size != 0);
        if (rows[i].size)
            assert_int_equal(fixture.page.size, rows[i].size);
        else
            assert_int_equal(fixture.exchange.reply.status, 400);
        fixture_stop(&fixture);
    }
}

static void a_full_page_says_that_there_is_more_only_if_a_row_came(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 2, TEXT(""));
    assert_true(read_page(&fixture.call, "", &fixture.page));
    assert_true(page_take(&fixture.page, 5));
    assert_true(page_take(&fixture.page, 9));
    assert_text(page_next_token(&fixture.page, fixture.call.arena), "");
    assert_false(page_take(&fixture.page, 12));
    assert_true(page_next_token(&fixture.page, fixture.call.arena).len > 0);
    fixture_stop(&fixture);
}

static void a_page_of_many_bytes_is_full_with_its_first_row(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 0, TEXT(""));
    assert_true(read_page(&fixture.call, "", &fixture.page));
    struct buf *body = &fixture.exchange.reply.body;
    buf_add_repeated(body, 'x', PAGE_BYTES_MAX);
    assert_true(page_take(&fixture.page, 1));
    assert_false(page_take(&fixture.page, 2));
    assert_true(fixture.page.has_more);
    fixture.page.has_more = false;
    body->len--;
    assert_true(page_take(&fixture.page, 2));
    fixture.page.start_bytes = 1; /* written before the answer */
    body->len++;
    assert_true(page_take(&fixture.page, 3));
    assert_false(fixture.page.has_more);
    fixture_stop(&fixture);
}

static void a_page_that_keeps_rows_is_full_when_their_copies_are_many_bytes(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 0, TEXT(""));
    assert_true(read_page(&fixture.call, "", &fixture.page));
    page_keep_rows(&fixture.page, sizeof(int64_t));
    size_t before = fixture.call.arena->used_bytes;
    int64_t *first = page_take_row(&fixture.page, 1);
    arena_alloc(fixture.call.arena, PAGE_BYTES_MAX / 2);
    int64_t *second = page_take_row(&fixture.page, 2);
    assert_ptr_equal(second, first + 1);
    arena_alloc(fixture.call.arena, PAGE_BYTES_MAX / 2);
    assert_true(fixture.call.arena->used_bytes - before >= PAGE_BYTES_MAX);
    assert_null(page_take_row(&fixture.page, 3));
    assert_true(fixture.page.has_more);
    assert_int_equal(fixture.page.last_seq, 2);
    fixture_stop(&fixture);
}

/* A row of this number is 100 kB, or damaged if it is 0. */
static struct message *make_row(struct page *page, const void *row)
{
    struct call *call = page->call;
    const int64_t *number = row;
    if (*number == 0)
        return NULL;
    struct message *message = message_new(call->arena, MESSAGE_TunedModel, VERSION_V1BETA);
    char *description = arena_alloc(call->arena, 100000);
    memset(description, 'x', 100000);
    message_set_text(message, TunedModel_description, (struct text){description, 100000});
    return message;
}

static void rows_that_were_kept_are_written_until_the_answer_is_full(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    struct fixture fixture;
    fixture_start(&fixture, ROWS, TEXT(""));
    assert_true(read_page(&fixture.call, "", &fixture.page));
    page_keep_rows(&fixture.page, sizeof(int64_t));
    for (int64_t seq = 1; seq <= ROWS; seq++) {
        int64_t *row = page_take_row(&fixture.page, seq * 2);
        *row = seq - 1;
    }
    assert_int_equal(
        page_answer_rows(&fixture.page, make_row, ListTunedModelsResponse_next_page_token),
        CALL_DONE);
    assert_true(fixture.page.has_more);
    size_t body_bytes = fixture.exchange.reply.body.len;
    assert_in_range(body_bytes, PAGE_BYTES_MAX, PAGE_BYTES_MAX + 200000);
    /* The first was damaged; the last that was written is the one that the token follows. */
    int64_t written = (int64_t)(body_bytes / 100000);
    assert_int_equal(fixture.page.last_seq, (written + 1) * 2);
    fixture_stop(&fixture);
}

static void a_page_looks_at_so_many_rows_and_bytes_and_goes_on_behind_them(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, 0, TEXT(""));
    assert_true(read_page(&fixture.call, "", &fixture.page));
    assert_true(page_take(&fixture.page, 1));
    for (int64_t seq = 1; seq < PAGE_ROWS_MAX; seq++)
        assert_true(page_go_on(&fixture.page, seq));
    assert_text(page_next_token(&fixture.page, fixture.call.arena), "");
    assert_false(page_go_on(&fixture.page, PAGE_ROWS_MAX));
    assert_true(fixture.page.has_more);
    assert_int_equal(fixture.page.last_seq, PAGE_ROWS_MAX);

    assert_true(read_page(&fixture.call, "", &fixture.page));
    fixture.page.searched_bytes = PAGE_SEARCHED_BYTES_MAX - 1;
    assert_true(page_go_on(&fixture.page, 7));
    fixture.page.searched_bytes = PAGE_SEARCHED_BYTES_MAX;
    assert_false(page_go_on(&fixture.page, 8));
    assert_int_equal(fixture.page.last_seq, 8);
    fixture_stop(&fixture);
}

/* The token that follows a page of one row. In the fixture's arena. */
static struct text token_after(struct fixture *fixture, const char *identity, int64_t seq)
{
    assert_true(read_page(&fixture->call, identity, &fixture->page));
    fixture->page.size = 1;
    assert_true(page_take(&fixture->page, seq));
    assert_false(page_take(&fixture->page, seq + 1));
    return page_next_token(&fixture->page, fixture->call.arena);
}

static void a_token_leads_behind_its_row(void **state)
{
    (void)state;
    static const int64_t seqs[] = {1, 2, 255, 1000000, INT64_C(1) << 40, INT64_MAX - 1};
    for (size_t i = 0; i < ARRAY_COUNT(seqs); i++) {
        struct fixture first, second;
        fixture_start(&first, 0, TEXT(""));
        struct text token = token_after(&first, "words", seqs[i]);
        assert_true(text_starts_with(token, TEXT("Ghdl")));
        for (size_t k = 0; k < token.len; k++)
            assert_non_null(
                memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                    token.bytes[k], 64));
        fixture_start(&second, 0, token);
        assert_true(read_page(&second.call, "words", &second.page));
        assert_int_equal(second.page.after_seq, seqs[i]);
        fixture_stop(&second);
        fixture_stop(&first);
    }
}

static void a_token_of_another_list_is_refused(void **state)
{
    (void)state;
    struct fixture first, second;
    fixture_start(&first, 0, TEXT(""));
    struct text token = token_after(&first, "words", 7);
    fixture_start(&second, 0, token);
    assert_false(read_page(&second.call, "other words", &second.page));
    assert_int_equal(second.exchange.reply.status, 400);
    fixture_stop(&second);

    fixture_start(&second, 0, token);
    second.call.method_id = METHOD_MODELS_LIST;
    assert_false(read_page(&second.call, "words", &second.page));
    fixture_stop(&second);
    fixture_stop(&first);
}

static void a_token_that_was_touched_is_refused(void **state)
{
    (void)state;
    struct fixture first;
    fixture_start(&first, 0, TEXT(""));
    struct text token = token_after(&first, "", 7);
    int accepted = 0;
    for (size_t at = 0; at < token.len; at++)
        for (int byte = 0; byte < 256; byte++) {
            struct fixture second;
            char touched[64];
            memcpy(touched, token.bytes, token.len);
            touched[at] = (char)byte;
            fixture_start(&second, 0, (struct text){touched, token.len});
            bool is_good = read_page(&second.call, "", &second.page);
            /* Another row's token of this list is good; a token of garbage is not. */
            bool is_row = at >= 4 && at <= 25;
            assert_true(!is_good || byte == (unsigned char)token.bytes[at] || is_row);
            accepted += is_good;
            fixture_stop(&second);
        }
    assert_true(accepted >= (int)token.len);

    static const char *const garbage[] = {"x", "Ghdl", "GhdlMDAwMDAwMDAwMDAwMDAwNzA1NmNjNA",
        "GhdlMDAwMDAwMDAwMDAwMDAwNzA1NmNjNA==", "ciEKD4IBDAjN3IOxBhDg7pGqAgoOQgxnbTZiNjlyM3puY2w",
        "\xc3\xa9"};
    for (size_t i = 0; i < ARRAY_COUNT(garbage); i++) {
        struct fixture second;
        fixture_start(&second, 0, text_of(garbage[i]));
        assert_false(read_page(&second.call, "", &second.page));
        fixture_stop(&second);
    }
    fixture_stop(&first);
}

static void walking_a_list_shows_every_row_once(void **state)
{
    (void)state;
    enum { MODELS = 23 };
    for (int size = 1; size <= MODELS + 1; size += 3) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        for (int i = 0; i < MODELS; i++) {
            char target[100];
            snprintf(target, sizeof(target), "/v1beta/tunedModels?tunedModelId=m%d", i);
            loopback_send(&loopback, "POST", target,
                "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "
                "{\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", "
                "\"output\": \"2\"}]}}}}");
            assert_status(&loopback, 200);
        }
        int seen = 0;
        char *token = NULL;
        do {
            char target[200], path[40], name[40];
            snprintf(target, sizeof(target), "/v1beta/tunedModels?pageSize=%d&pageToken=%s", size,
                token ? token : "");
            loopback_send(&loopback, "GET", target, NULL);
            assert_status(&loopback, 200);
            for (int i = 0; i < size && seen < MODELS; i++, seen++) {
                snprintf(path, sizeof(path), "tunedModels.%d.name", i);
                snprintf(name, sizeof(name), "tunedModels/m%d", seen);
                assert_json_path(&loopback, path, name);
            }
            free(token);
            token = loopback_json(&loopback, "nextPageToken");
            assert_int_equal(token != NULL, seen < MODELS);
        } while (token);
        loopback_stop(&loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_a_default_and_a_silent_maximum),
        cmocka_unit_test(a_full_page_says_that_there_is_more_only_if_a_row_came),
        cmocka_unit_test(a_page_of_many_bytes_is_full_with_its_first_row),
        cmocka_unit_test(a_page_that_keeps_rows_is_full_when_their_copies_are_many_bytes),
        cmocka_unit_test(rows_that_were_kept_are_written_until_the_answer_is_full),
        cmocka_unit_test(a_page_looks_at_so_many_rows_and_bytes_and_goes_on_behind_them),
        cmocka_unit_test(a_token_leads_behind_its_row),
        cmocka_unit_test(a_token_of_another_list_is_refused),
        cmocka_unit_test(a_token_that_was_touched_is_refused),
        cmocka_unit_test(walking_a_list_shows_every_row_once),
    };
    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
