/* A database whose bytes are not what was written: bad rows are 500s, all others are served, and
 * nothing ends or hangs the process. */
#include "tests/lib/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/state/seed.h"
#include "server/state/tuned_model.h"
#include "store/facts.h"
#include "tests/lib/loopback.h"
#include "tests/lib/store_kit.h"

/* What a round of the test of whole files may take; they take milliseconds. */
enum { ROUND_SECONDS_MAX = 30 };

struct place {
    char *folder;
    struct arena arena;
    const char *path;
    struct loopback loopback;
};

static struct place place;

static void create(const char *id)
{
    char target[64];
    snprintf(target, sizeof(target), "/v1beta/tunedModels?tunedModelId=%s", id);
    loopback_send(&place.loopback, "POST", target,
        "{\"displayName\": \"numbers\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\","
        " \"description\": \"caf\u00e9\", \"readerProjectNumbers\": [\"12\", \"7\"],"
        " \"tuningTask\": {\"hyperparameters\": {\"batchSize\": 2, \"epochCount\": 3},"
        " \"trainingData\": {\"examples\": {\"examples\": ["
        "{\"textInput\": \"1\", \"output\": \"2\"}, {\"textInput\": \"Z\u00fcrich\", \"output\": "
        "\"\u00fc\"}, {\"textInput\": \"seven\", \"output\": \"eight\"}]}}}}");
    assert_status(&place.loopback, 200);
}

/* A file with models of all kinds. */
static int open_place(void **state)
{
    (void)state;
    struct text message;
    arena_init(&place.arena);
    place.folder = store_kit_folder();
    place.path = arena_printf(&place.arena, "%s/file.db", place.folder).bytes;
    log_start(2, LOG_TEXT, LOG_NONE);
    assert_true(loopback_start_file(&place.loopback, place.path));
    create("first");
    create("second");
    assert_true(app_load_seed(&place.loopback.app, loopback_space(&place.loopback),
        "tests/fixtures/seed_resources.json", &message));
    create("last");
    loopback_advance(&place.loopback, 60 * NS_PER_SECOND);
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    loopback_stop(&place.loopback);
    log_stop();
    store_kit_remove(place.folder);
    arena_release(&place.arena);
    return 0;
}

/* Runs SQL with one blob or text on the file, as another program would; then has the readers look
 * anew. */
static void run_sql(const char *sql, struct text bytes)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_bind_parameter_count(statement) > 0)
        assert_int_equal(
            sqlite3_bind_blob64(statement, 1, bytes.bytes, bytes.len, SQLITE_TRANSIENT), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    loopback_send(&place.loopback, "PATCH", "/v1beta/tunedModels/last", "{\"displayName\": \"x\"}");
    assert_status(&place.loopback, 200);
}

static struct text read_blob(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const void *bytes = sqlite3_column_blob(statement, 0);
    size_t len = (size_t)sqlite3_column_bytes(statement, 0);
    struct text text = {arena_copy(&place.arena, bytes, len), len};
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return text;
}

static int status_of(const char *verb, const char *target, const char *body)
{
    loopback_send(&place.loopback, verb, target, body);
    return place.loopback.status;
}

static int count_of(const char *target, const char *list)
{
    assert_int_equal(status_of("GET", target, NULL), 200);
    int count = 0;
    for (;; count++) {
        char path[64];
        snprintf(path, sizeof(path), "%s.%d.name", list, count);
        char *name = loopback_json(&place.loopback, path);
        if (!name)
            return count;
        free(name);
    }
}

#define PROMPT "{\"contents\": [{\"parts\": [{\"text\": \"z\u00fcRich\"}]}]}"
#define GENERATE "/v1beta/tunedModels/first:generateContent"

static void a_damaged_model_is_a_500_and_the_others_are_served(void **state)
{
    (void)state;
    int model_count = count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels");
    int operation_count = count_of("/v1/operations?pageSize=1000", "operations");
    run_sql("UPDATE model SET facts = ?1 WHERE id = 'first'", TEXT("nonsense"));

    assert_int_equal(status_of("GET", "/v1beta/tunedModels/first", NULL), 500);
    assert_json_path(&place.loopback, "error.status", "INTERNAL");
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 500);
    assert_int_equal(status_of("GET", "/v1/tunedModels/first/operations", NULL), 500);
    assert_int_equal(
        status_of("PATCH", "/v1beta/tunedModels/first", "{\"displayName\":\"\"}"), 500);
    assert_int_equal(status_of("GET", "/v1beta/tunedModels/second", NULL), 200);
    assert_int_equal(count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels"), model_count - 1);
    assert_int_equal(count_of("/v1/operations?pageSize=1000", "operations"), operation_count - 1);
    /* Pages go on behind it. */
    assert_int_equal(count_of("/v1beta/tunedModels?pageSize=1", "tunedModels"), 1);
    assert_json_path(&place.loopback, "tunedModels.0.name", "tunedModels/second");

    /* And one can get rid of it. */
    assert_int_equal(status_of("DELETE", "/v1beta/tunedModels/first", NULL), 200);
    assert_int_equal(status_of("GET", "/v1beta/tunedModels/first", NULL), 404);
    create("first");
    loopback_advance(&place.loopback, 60 * NS_PER_SECOND);
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 200);
}

/* The first `wanted` bytes of a table of `size`; behind its end they are 0. */
static const char *add_table(struct buf *plain, const char *table, size_t size, size_t wanted)
{
    buf_add(plain, table, wanted < size ? wanted : size);
    buf_add_repeated(plain, '\0', wanted > size ? wanted - size : 0);
    return table + size;
}

/* Facts as the first version wrote them: without a head, and without what moves a training. */
static void make_plain(struct buf *plain, struct text facts)
{
    enum { HEAD_BYTES = 16, FLAGS_OFFSET = 4 };
    enum { OLD_NUMBERS_OF_4 = 13, OLD_NUMBERS_OF_8 = 9, OLD_TEXTS = 8 };
    const char *at = facts.bytes + HEAD_BYTES;
    buf_add_byte(plain, 1);
    buf_add_byte(plain, facts.bytes[FLAGS_OFFSET]);
    at = add_table(plain, at, 4 * (size_t)facts.bytes[1], 4 * OLD_NUMBERS_OF_4);
    at = add_table(plain, at, 8 * (size_t)facts.bytes[2], 8 * OLD_NUMBERS_OF_8);
    at = add_table(plain, at, 4 * (size_t)facts.bytes[3], 4 * OLD_TEXTS);
    buf_add(plain, at, facts.len - (size_t)(at - facts.bytes));
}

/* Every bit of both formats: those without a checksum may pass as other numbers and texts. */
static void no_bit_of_a_model_is_trusted(void **state)
{
    (void)state;
    struct text good = read_blob("SELECT facts FROM model WHERE id = 'first'");
    struct buf plain = BUF_INIT;
    make_plain(&plain, good);
    const struct text formats[] = {good, buf_text(&plain)};
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        char *bytes = memory_alloc(formats[i].len);
        memcpy(bytes, formats[i].bytes, formats[i].len);
        for (size_t bit = 0; bit < 8 * formats[i].len; bit += UNIT_SLOWNESS) {
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            run_sql("UPDATE model SET facts = ?1 WHERE id = 'first'",
                (struct text){bytes, formats[i].len});
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            int status = status_of("GET", "/v1beta/tunedModels/first", NULL);
            assert_true(status == 500 || (status == 200 && i == 1));
            assert_true(text_is_utf8(place.loopback.answer, NULL));
            if (bit % 8 != 0)
                continue;
            status = status_of("POST", GENERATE, PROMPT);
            assert_true(status == 500 || (i == 1 && (status == 200 || status == 400)));
            assert_int_equal(status_of("GET", "/v1beta/tunedModels?pageSize=1000", NULL), 200);
            assert_int_equal(status_of("GET", "/v1/operations", NULL), 200);
        }
        free(bytes);
    }
    run_sql("UPDATE model SET facts = ?1 WHERE id = 'first'", buf_text(&plain));
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 200);
    buf_release(&plain);
}

static void no_bit_of_a_data_set_is_trusted(void **state)
{
    (void)state;
    struct text good = read_blob("SELECT bytes FROM data_set ORDER BY data_set_id LIMIT 1");
    char *bytes = memory_alloc(good.len);
    memcpy(bytes, good.bytes, good.len);
    for (size_t bit = 0; bit < 8 * good.len; bit += UNIT_SLOWNESS) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        run_sql("UPDATE data_set SET bytes = ?1", (struct text){bytes, good.len});
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        int status = status_of("POST", GENERATE, PROMPT);
        assert_true(status == 500 || status == 200);
        assert_true(text_is_utf8(place.loopback.answer, NULL));
    }
    free(bytes);
    /* A create brings it anew, for all who use it. */
    run_sql("UPDATE data_set SET bytes = ?1", TEXT("nonsense"));
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 500);
    create("third");
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 200);
    run_sql("DELETE FROM data_set", good);
    assert_int_equal(status_of("POST", GENERATE, PROMPT), 500);
    assert_int_equal(status_of("GET", "/v1beta/tunedModels/first", NULL), 200);
    assert_int_equal(status_of("DELETE", "/v1beta/tunedModels/first", NULL), 200);
}

static void damaged_operations_and_permissions_are_left_out(void **state)
{
    (void)state;
    int operation_count = count_of("/v1/operations?pageSize=1000", "operations");
    run_sql("UPDATE operation SET fixed = '{\"done\": tru' WHERE fixed <> ''", TEXT(""));
    int left = count_of("/v1/operations?pageSize=1000", "operations");
    assert_int_equal(left, 3);
    assert_true(operation_count > left);
    struct text target =
        read_blob("SELECT '/v1/tunedModels/' || model.id || '/operations/' || operation.id"
                  " FROM model JOIN operation USING (namespace_id, model_seq) WHERE fixed <> ''");
    assert_int_equal(
        status_of("GET", arena_copy(&place.arena, target.bytes, target.len), NULL), 500);
    run_sql("UPDATE permission SET role = 9", TEXT(""));
    assert_int_equal(count_of("/v1beta/tunedModels/second/permissions", "permissions"), 0);
    assert_int_equal(status_of("DELETE", "/v1beta/tunedModels/second", NULL), 200);
}

static void damaged_operations_and_permissions_can_be_deleted(void **state)
{
    (void)state;
    run_sql("UPDATE operation SET fixed = CAST(?1 AS TEXT)", TEXT("\xff"));
    run_sql("UPDATE permission SET role = 9", TEXT(""));
    static const char *const names[] = {
        "SELECT '/v1beta/operations/tunedModels/second/operations/' || operation.id"
        " FROM model JOIN operation USING (namespace_id, model_seq) WHERE model.id = 'second'",
        "SELECT '/v1beta/tunedModels/second/permissions/' || permission.id"
        " FROM model JOIN permission USING (namespace_id, model_seq) WHERE model.id = 'second'",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct text name = read_blob(names[i]);
        const char *target = arena_printf(&place.arena, "%.*s", TEXT_ARGS(name)).bytes;
        assert_int_equal(status_of("GET", target, NULL), 500);
        assert_int_equal(status_of("DELETE", target, NULL), 200);
        assert_int_equal(status_of("GET", target, NULL), 404);
    }
}

/* A file of the version before has no checksum that would tell. */
static void a_plain_name_that_is_none_is_left_out(void **state)
{
    (void)state;
    int model_count = count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels");
    struct text good = read_blob("SELECT facts FROM model WHERE id = 'first'");
    struct buf plain = BUF_INIT;
    make_plain(&plain, good);
    run_sql("UPDATE model SET facts = ?1 WHERE id = 'first'", buf_text(&plain));
    assert_int_equal(count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels"), model_count);
    run_sql("UPDATE model SET id = 'fir/st' WHERE id = 'first'", TEXT(""));
    assert_int_equal(count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels"), model_count - 1);
    buf_release(&plain);
}

/* Names that SQLite kept as they are, in a row that nobody would have written. */
static void names_that_are_none_are_left_out(void **state)
{
    (void)state;
    int model_count = count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels");
    run_sql("UPDATE model SET id = 'sec/ond' WHERE id = 'second'", TEXT(""));
    assert_int_equal(count_of("/v1beta/tunedModels?pageSize=1000", "tunedModels"), model_count - 1);
}

static void numbers_are_not_given_out_twice_if_the_numbering_is_damaged(void **state)
{
    (void)state;
    run_sql("UPDATE permission SET seq = seq + 100 WHERE model_seq ="
            " (SELECT model_seq FROM model WHERE id = 'first')",
        TEXT(""));
    run_sql("UPDATE numbering SET last_seq = 1", TEXT(""));
    loopback_stop(&place.loopback);
    /* The stop wrote no other. */
    assert_true(loopback_start_file(&place.loopback, place.path));
    for (int i = 0; i < 100; i++) {
        char body[96];
        snprintf(
            body, sizeof(body), "{\"emailAddress\": \"%d@example.com\", \"role\": \"READER\"}", i);
        assert_int_equal(status_of("POST", "/v1beta/tunedModels/first/permissions", body), 200);
    }
    assert_int_equal(
        count_of("/v1beta/tunedModels/first/permissions?pageSize=1000", "permissions"), 101);
    create("another");
    assert_int_equal(status_of("GET", "/v1beta/tunedModels/another", NULL), 200);
    loopback_stop(&place.loopback);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE numbering SET last_seq = 9223372036854775807", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_false(loopback_start_file(&place.loopback, place.path));
    loopback_start(&place.loopback, FIDELITY_COMPAT, AUTH_OPEN); /* for close_place */
}

/* --- whole files --- */

struct file {
    char *bytes;
    size_t len;
};

static struct file read_file(const char *path)
{
    FILE *stream = fopen(path, "rb");
    struct stat status;
    assert_non_null(stream);
    assert_int_equal(fstat(fileno(stream), &status), 0);
    struct file file = {memory_alloc((size_t)status.st_size), (size_t)status.st_size};
    assert_int_equal(fread(file.bytes, 1, file.len, stream), file.len);
    fclose(stream);
    return file;
}

static void write_file(const char *path, const struct file *file)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(file->bytes, 1, file->len, stream), file->len);
    fclose(stream);
}

/* What clients do; any answer will do, and in the end all is deleted that can be. */
static void ask_for_everything(void)
{
    static const struct {
        const char *verb, *target, *body;
    } requests[] = {
        {"GET", "/v1beta/tunedModels?pageSize=1000", NULL},
        {"GET", "/v1beta/tunedModels?pageSize=3&filter=numbers", NULL},
        {"GET", "/v1beta/tunedModels?filter=readers:everyone", NULL},
        {"GET", "/v1/operations?pageSize=1000", NULL},
        {"GET", "/v1beta/tunedModels/first", NULL},
        {"GET", "/v1/tunedModels/first/operations", NULL},
        {"GET", "/v1beta/tunedModels/first/permissions", NULL},
        {"GET", "/v1beta/tunedModels/first/permissions/everyone", NULL},
        {"POST", GENERATE, PROMPT},
        {"POST", "/v1beta/tunedModels/last:generateContent", PROMPT},
        {"POST", "/v1beta/tunedModels/second:streamGenerateContent", PROMPT},
        {"PATCH", "/v1beta/tunedModels/second", "{\"description\": \"changed\"}"},
        {"POST", "/v1beta/tunedModels/second:transferOwnership",
            "{\"emailAddress\": \"new@example.com\"}"},
        {"POST", "/v1beta/tunedModels/last/permissions",
            "{\"granteeType\": \"EVERYONE\", \"role\": \"READER\"}"},
        {"POST", "/v1beta/tunedModels?tunedModelId=new",
            "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\"}"},
        {"POST", "/v1beta/tunedModels/new:cancel", NULL},
        {"DELETE", "/v1beta/tunedModels/first", NULL},
        {"DELETE", "/v1beta/tunedModels/second", NULL},
        {"DELETE", "/v1beta/tunedModels/last", NULL},
        {"GET", "/v1beta/tunedModels", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++) {
        int status = status_of(requests[i].verb, requests[i].target, requests[i].body);
        assert_true(status >= 200 && status <= 503);
        assert_true(text_is_utf8(place.loopback.answer, NULL));
        loopback_advance(&place.loopback, NS_PER_SECOND);
    }
}

static uint64_t random_state;

static size_t random_below(size_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % bound;
}

/* Changes a few bits, or bytes, or copies a stretch elsewhere, as if pages had been mixed up. */
static void damage(struct file *file)
{
    size_t count = 1 + random_below(8);
    switch (random_below(4)) {
    case 0: /* bits, mostly in the pages' heads and cells */
        for (size_t i = 0; i < count; i++)
            file->bytes[random_below(file->len)] ^= (char)(1 << random_below(8));
        break;
    case 1:
        for (size_t i = 0; i < 4 * count; i++)
            file->bytes[random_below(file->len)] = (char)random_below(256);
        break;
    case 2: /* the first bytes of pages say what they are and where the rest is */
        for (size_t i = 0; i < count; i++)
            file->bytes[random_below(file->len / 4096) * 4096 + random_below(16)] =
                (char)random_below(32);
        break;
    default:
        memmove(file->bytes + random_below(file->len / 4096) * 4096,
            file->bytes + random_below(file->len / 4096) * 4096, 4096);
        break;
    }
}

static void no_byte_of_the_file_is_trusted(void **state)
{
    (void)state;
    enum { ROUNDS = unit_rounds(300) };
    /* More models, so that tables have pages above pages. */
    for (int i = 0; i < 60; i++)
        create(arena_printf(&place.arena, "more-%d", i).bytes);
    loopback_stop(&place.loopback);
    struct file good = read_file(place.path);
    struct file bad = {memory_alloc(good.len), good.len};
    int started_count = 0;
    for (random_state = 1; random_state <= ROUNDS; random_state++) {
        uint64_t round = random_state;
        memcpy(bad.bytes, good.bytes, good.len);
        damage(&bad);
        random_state = round;
        write_file(place.path, &bad);
        unlink(arena_printf(&place.arena, "%s-wal", place.path).bytes);
        unlink(arena_printf(&place.arena, "%s-shm", place.path).bytes);
        int64_t start_ns = clock_monotonic_ns();
        if (loopback_start_file(&place.loopback, place.path)) {
            started_count++;
            ask_for_everything();
            loopback_stop(&place.loopback);
        }
        if (clock_monotonic_ns() - start_ns > ROUND_SECONDS_MAX * NS_PER_SECOND)
            fail_msg("round %llu took too long", (unsigned long long)round);
    }
    assert_true(started_count > ROUNDS / 2);
    /* For close_place. */
    write_file(place.path, &good);
    assert_true(loopback_start_file(&place.loopback, place.path));
    free(good.bytes);
    free(bad.bytes);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_model_is_a_500_and_the_others_are_served),
        TEST(no_bit_of_a_model_is_trusted),
        TEST(no_bit_of_a_data_set_is_trusted),
        TEST(damaged_operations_and_permissions_are_left_out),
        TEST(damaged_operations_and_permissions_can_be_deleted),
        TEST(names_that_are_none_are_left_out),
        TEST(a_plain_name_that_is_none_is_left_out),
        TEST(numbers_are_not_given_out_twice_if_the_numbering_is_damaged),
        TEST(no_byte_of_the_file_is_trusted),
    };
    return cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
}
