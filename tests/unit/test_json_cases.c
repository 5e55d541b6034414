/*
 * The cases of tests/json/: each is a body, the message it is for, and what comes of it. A case is
 *
 *   name          a sentence
 *   type          full name, or the part behind "google.ai.generativelanguage.v1beta.";
 *                 GenerateContentRequest if it is left out
 *   path          the body's name in error paths
 *   body          or body_hex, its bytes
 *   expect        the message as json_write prints it in one line, or
 *   error         the syntax error, or the descriptions of all violations, one a line
 *   fields        with error: the violations' fields
 */
#include "tests/lib/unit.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "server/json/decode.h"
#include "server/json/write.h"

#define CASE_FILES "tests/json/*.json"
#define CASE_PACKAGE "google.ai.generativelanguage.v1beta."

enum { CASE_FILES_BYTES_MAX = 1 << 20 };

static struct text case_text(const cJSON *object, const char *name)
{
    return text_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

static struct message *case_message(const cJSON *object, struct arena *arena)
{
    struct text type = case_text(object, "type");
    if (type.len == 0)
        type = TEXT("GenerateContentRequest");
    struct text full_name = arena_printf(arena, CASE_PACKAGE "%.*s", TEXT_ARGS(type));
    enum message_id id;
    enum api_version version;
    if (!message_type_by_full_name(type, &id, &version)) {
        assert_true(message_type_by_full_name(full_name, &id, &version));
        version = VERSION_V1BETA;
    } else if (!text_starts_with(type, TEXT("google.ai."))) {
        version = VERSION_V1BETA;
    }
    return message_new(arena, id, version);
}

static struct text case_body(const cJSON *object, struct arena *arena)
{
    struct text hex = case_text(object, "body_hex");
    if (hex.len == 0)
        return case_text(object, "body");
    char *bytes = arena_alloc(arena, hex.len / 2);
    for (size_t i = 0; i < hex.len / 2; i++) {
        char digits[] = {hex.bytes[2 * i], hex.bytes[2 * i + 1], '\0'};
        char *end;
        bytes[i] = (char)strtoul(digits, &end, 16);
        assert_true(*end == '\0');
    }
    return (struct text){bytes, hex.len / 2};
}

/* What came of it, in the form of "error" or "expect". */
static struct text case_outcome(
    struct text body, struct message *message, struct text path, struct decode_problems *problems)
{
    struct buf out = BUF_INIT;
    decode_problems_init(problems, message->arena);
    decode_body(body, message, path, problems);
    if (problems->syntax.len > 0)
        return problems->syntax;
    if (problems->violation_count == 0) {
        struct json_style style = {.layout = JSON_COMPACT};
        json_write(&out, message, &style);
    }
    for (size_t i = 0; i < problems->violation_count; i++) {
        if (i > 0)
            buf_add_byte(&out, '\n');
        buf_add_text(&out, problems->violations[i].description);
    }
    struct text outcome = arena_text(message->arena, buf_text(&out));
    buf_release(&out);
    return outcome;
}

static void case_check_fields(const cJSON *fields, const struct decode_problems *problems)
{
    if (!fields)
        return;
    assert_int_equal(problems->violation_count, cJSON_GetArraySize(fields));
    for (size_t i = 0; i < problems->violation_count; i++) {
        const cJSON *field = cJSON_GetArrayItem(fields, (int)i);
        assert_text(problems->violations[i].field, field->valuestring);
    }
}

static void case_run(void **state)
{
    const cJSON *object = *state;
    struct arena arena;
    arena_init(&arena);
    struct message *message = case_message(object, &arena);
    struct decode_problems problems;
    struct text outcome =
        case_outcome(case_body(object, &arena), message, case_text(object, "path"), &problems);
    bool is_error = decode_problems_any(&problems);
    struct text expected = case_text(object, is_error ? "error" : "expect");
    if (!text_equals(outcome, expected))
        print_error("%s: %.*s\n", is_error ? "error" : "result", TEXT_ARGS(outcome));
    assert_true(text_equals(outcome, expected));
    if (is_error) {
        assert_true(text_is_utf8(outcome, NULL));
        case_check_fields(cJSON_GetObjectItemCaseSensitive(object, "fields"), &problems);
    } else {
        struct message *again =
            message_new(&arena, (enum message_id)(message->type - message_types), message->version);
        struct text copy = case_outcome(outcome, again, TEXT(""), &problems);
        assert_true(text_equals(copy, outcome));
    }
    arena_release(&arena);
}

static cJSON *case_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = memory_alloc(CASE_FILES_BYTES_MAX);
    size_t len = fread(bytes, 1, CASE_FILES_BYTES_MAX, file);
    assert_true(len > 0 && len < CASE_FILES_BYTES_MAX);
    fclose(file);
    cJSON *cases = cJSON_ParseWithLength(bytes, len);
    free(bytes);
    if (!cases)
        print_error("%s is no JSON\n", path);
    assert_non_null(cases);
    return cases;
}

/* Moves the cases of one file to the end of `all`. */
static void case_add_file(cJSON *all, const char *path)
{
    cJSON *cases = case_read_file(path);
    while (cases->child)
        cJSON_AddItemToArray(all, cJSON_DetachItemFromArray(cases, 0));
    cJSON_Delete(cases);
}

int main(void)
{
    glob_t files;
    if (glob(CASE_FILES, 0, NULL, &files) != 0) {
        fprintf(stderr, "no files match " CASE_FILES "\n");
        return 1;
    }
    cJSON *cases = cJSON_CreateArray();
    for (size_t i = 0; i < files.gl_pathc; i++)
        case_add_file(cases, files.gl_pathv[i]);
    globfree(&files);
    size_t count = (size_t)cJSON_GetArraySize(cases);
    struct CMUnitTest *tests = memory_alloc_zeroed(count, sizeof(*tests));
    size_t i = 0;
    cJSON *object;
    cJSON_ArrayForEach(object, cases)
    {
        tests[i].name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
        tests[i].test_func = case_run;
        tests[i].initial_state = object;
        i++;
    }
    int failures = _cmocka_run_group_tests("json cases", tests, count, NULL, NULL);
    free(tests);
    cJSON_Delete(cases);
    return failures;
}
