/*
 * The cases of tests/http/cases/: requests and what must come of them, as data. They are run here
 * through the loopback, and by tests/http/test_cases.py over a socket. A case is
 *
 *   name      a sentence
 *   fidelity  "compat" (the default), "strict", or a list: the case is run for each
 *   versions  a list of API versions; the case is run for each, {version} names it. Default v1beta
 *   auth      "open" (the default) or "required"
 *   stepTime  emulated time of a training step, "0s"; 300ms by default
 *   data      a seed: the path of its file, or the seed itself
 *   options   more command-line options of the server: the case is run over the socket only
 *   steps     a list, in order, against one server with seed 1 and a clock that stands still
 *
 * and a step is
 *
 *   advance        moves the clock first, "3s"; such cases are run here only
 *   method, path   of the request; a step without method only moves the clock
 *   headers        of the request, an object
 *   body           its text, or JSON; or bodyFile, a path
 *   status         HTTP
 *   expect         the body: its whole text, or JSON of which every member must be there and equal:
 *                  lists have the same length, null means that there is no such member, and "*"
 *                  that there is one; or expectFile, a path
 *   contains       texts that the body has, in this order
 *   expectHeaders  an object of values, or lists of values, or null
 *   error          names of errors.def, whose texts must be in the body and whose HTTP code must be
 *                  the status
 *   save           {"variable": "path.of.0.member"} of the answer: {variable} stands for it in
 * later steps; saved ones and {x*3} for xxx may stand in any text
 *
 * Last, two tests fail unless the cases together call every route in every version and fidelity
 * that has it, and see every error of the table.
 */
#include "tests/lib/unit.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timefmt.h"
#include "server/api/seed.h"
#include "server/contract/error.h"
#include "server/contract/method.h"
#include "tests/lib/loopback.h"

#define CASE_FILES "tests/http/cases/*.json"

enum { FILE_BYTES_MAX = 1 << 20, VARIABLES_MAX = 32, PATH_BYTES_MAX = 512 };

/* What all cases together have reached. */
struct suite {
    bool is_called[FIDELITY_STRICT + 1][VERSION_COUNT][METHOD_COUNT];
    bool is_seen[ERROR_COUNT];
};

/* One case in one fidelity and version. */
struct run {
    struct suite *suite;
    const cJSON *definition;
    char *name;
    enum fidelity fidelity;
    const char *version;
};

struct variable {
    char *name, *value;
};

/* A request as it was sent; its answer may borrow from it. */
struct sent {
    char *target, *body, *headers[HEADER_COUNT];
};

struct player {
    const struct run *run;
    struct sent sent;
    struct loopback loopback;
    struct variable variables[VARIABLES_MAX];
    size_t variable_count;
    int step; /* from 1 */
};

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *string_member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(member(object, name));
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    char *bytes = memory_alloc(FILE_BYTES_MAX);
    size_t len = fread(bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    assert_true(len < FILE_BYTES_MAX);
    bytes[len] = '\0';
    return bytes;
}

/* --- texts with {variables} --- */

static const char *player_variable(const struct player *player, struct text name)
{
    for (size_t i = 0; i < player->variable_count; i++)
        if (text_equals_string(name, player->variables[i].name))
            return player->variables[i].value;
    return NULL;
}

static void player_set(struct player *player, const char *name, const char *value)
{
    for (size_t i = 0; i < player->variable_count; i++)
        if (strcmp(player->variables[i].name, name) == 0) {
            free(player->variables[i].value);
            player->variables[i].value = memory_copy_text(value);
            return;
        }
    assert_true(player->variable_count < VARIABLES_MAX);
    player->variables[player->variable_count++] =
        (struct variable){memory_copy_text(name), memory_copy_text(value)};
}

/* Adds what stands for "{inner}"; false if that is just text. */
static bool player_expand_one(const struct player *player, struct text inner, struct buf *out)
{
    const char *value = player_variable(player, inner);
    if (value) {
        buf_add_string(out, value);
        return true;
    }
    size_t star = text_find_byte(inner, '*');
    int64_t count;
    if (star == 0 || !text_parse_int64(text_slice(inner, star + 1, inner.len), &count))
        return false;
    for (int64_t i = 0; i < count; i++)
        buf_add_text(out, text_slice(inner, 0, star));
    return true;
}

/* A new text with all its variables and repetitions filled in. */
static char *player_expand(const struct player *player, const char *string)
{
    struct buf out = BUF_INIT;
    while (*string) {
        size_t len = *string == '{' ? strcspn(string + 1, "{}\"") : 0;
        if (*string == '{' && string[len + 1] == '}' &&
            player_expand_one(player, (struct text){string + 1, len}, &out))
            string += len + 2;
        else
            buf_add_byte(&out, *string++);
    }
    return buf_detach(&out, NULL);
}

/* --- failures --- */

static void player_fail(const struct player *player, const char *what, const char *detail)
{
    const struct loopback *loopback = &player->loopback;
    /* print_error cuts long texts. */
    fprintf(stderr, "step %d: %s%s\nHTTP %d, %s\n%.*s\n", player->step, what, detail ? detail : "",
        loopback->status, loopback->content_type ? loopback->content_type : "no type",
        TEXT_ARGS(loopback->answer));
    fail();
}

/* --- requests --- */

static void player_forget_sent(struct player *player)
{
    free(player->sent.target);
    free(player->sent.body);
    for (int i = 0; i < HEADER_COUNT; i++)
        free(player->sent.headers[i]);
    player->sent = (struct sent){NULL};
}

static void player_set_headers(struct player *player, const cJSON *headers)
{
    char **values = player->sent.headers;
    const cJSON *header;
    cJSON_ArrayForEach(header, headers)
    {
        for (int i = 0; i < HEADER_COUNT; i++) {
            if (!text_equals_ignoring_case(
                    text_of(header->string), text_of(request_header_names[i])))
                continue;
            values[i] = player_expand(player, header->valuestring);
            loopback_set_header(&player->loopback, (enum request_header)i, values[i]);
        }
    }
}

/* The body of a step's request as new text, or NULL. */
static char *player_body(const struct player *player, const cJSON *step)
{
    const cJSON *body = member(step, "body");
    const char *file = string_member(step, "bodyFile");
    if (file)
        return read_file(file);
    if (!body)
        return NULL;
    if (cJSON_IsString(body))
        return player_expand(player, body->valuestring);
    char *json = cJSON_PrintUnformatted(body);
    char *expanded = player_expand(player, json);
    free(json);
    return expanded;
}

/* Remembers which route was called, if the path is one. */
static void player_note_route(struct player *player, const char *verb, const char *target)
{
    struct arena arena;
    struct text rest = text_of(target);
    struct route route;
    arena_init(&arena);
    if (route_find(http_verb_parse(text_of(verb)), text_split(&rest, '?'), player->run->fidelity,
            &arena, &route) == ROUTE_FOUND)
        player->run->suite->is_called[player->run->fidelity][route.version][route.method] = true;
    arena_release(&arena);
}

static void player_send(struct player *player, const cJSON *step)
{
    const char *verb = string_member(step, "method");
    player_forget_sent(player);
    player->sent.target = player_expand(player, string_member(step, "path"));
    player->sent.body = player_body(player, step);
    player_set_headers(player, member(step, "headers"));
    loopback_send(&player->loopback, verb, player->sent.target, player->sent.body);
    player_note_route(player, verb, player->sent.target);
}

/* --- expectations --- */

/* True if `actual` has all that `expected` has. */
static bool json_includes(const struct player *player, const cJSON *actual, const cJSON *expected)
{
    if (cJSON_IsNull(expected))
        return !actual;
    if (!actual)
        return false;
    if (cJSON_IsString(expected)) {
        char *text = player_expand(player, expected->valuestring);
        bool is_equal = strcmp(text, "*") == 0 ||
                        (cJSON_IsString(actual) && strcmp(text, actual->valuestring) == 0);
        free(text);
        return is_equal;
    }
    if (!cJSON_IsObject(expected) && !cJSON_IsArray(expected))
        return cJSON_Compare(actual, expected, true);
    bool is_list = cJSON_IsArray(expected);
    if (cJSON_IsArray(actual) != is_list ||
        (is_list && cJSON_GetArraySize(actual) != cJSON_GetArraySize(expected)))
        return false;
    int index = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, expected)
    {
        const cJSON *other =
            is_list ? cJSON_GetArrayItem(actual, index++) : member(actual, child->string);
        if (!json_includes(player, other, child)) {
            print_error("at \"%s\":\n", child->string ? child->string : "(list item)");
            return false;
        }
    }
    return true;
}

static void player_expect_text(const struct player *player, char *expected)
{
    if (!text_equals_string(player->loopback.answer, expected))
        player_fail(player, "the body is not\n", expected);
    free(expected);
}

static void player_expect_body(const struct player *player, const cJSON *step)
{
    const cJSON *expected = member(step, "expect");
    const char *file = string_member(step, "expectFile");
    if (file)
        player_expect_text(player, read_file(file));
    if (cJSON_IsString(expected)) {
        player_expect_text(player, player_expand(player, expected->valuestring));
    } else if (expected) {
        struct text answer = player->loopback.answer;
        cJSON *actual = cJSON_ParseWithLength(answer.bytes, answer.len);
        if (!json_includes(player, actual, expected))
            player_fail(player, "the body does not have what is expected", NULL);
        cJSON_Delete(actual);
    }
}

static void player_expect_parts(const struct player *player, const cJSON *parts)
{
    struct text rest = player->loopback.answer;
    const cJSON *part;
    cJSON_ArrayForEach(part, parts)
    {
        char *text = player_expand(player, part->valuestring);
        size_t at = text_find(rest, text_of(text));
        if (at == rest.len && *text)
            player_fail(player, "the body does not contain (from there on) ", text);
        rest = text_slice(rest, at + strlen(text), rest.len);
        free(text);
    }
}

/* All values of a response header in the order sent, joined by line ends. */
static char *player_header(const struct player *player, const char *name)
{
    struct buf values = BUF_INIT;
    const struct reply *reply = &player->loopback.exchange.reply;
    if (strcasecmp(name, "content-type") == 0 && reply->content_type)
        buf_add_string(&values, reply->content_type);
    for (int i = 0; i < reply->header_count; i++) {
        if (strcasecmp(name, reply->headers[i].name) != 0)
            continue;
        if (values.len)
            buf_add_byte(&values, '\n');
        buf_add_text(&values, reply->headers[i].value);
    }
    return buf_detach(&values, NULL);
}

static void player_expect_headers(const struct player *player, const cJSON *headers)
{
    const cJSON *header, *item;
    cJSON_ArrayForEach(header, headers)
    {
        struct buf joined = BUF_INIT;
        if (cJSON_IsString(header))
            buf_add_string(&joined, header->valuestring);
        cJSON_ArrayForEach(item, header)
        {
            if (joined.len)
                buf_add_byte(&joined, '\n');
            buf_add_string(&joined, item->valuestring);
        }
        char *expected = player_expand(player, joined.data);
        char *actual = player_header(player, header->string);
        bool is_good = strcmp(expected, "*") == 0 ? *actual != '\0' : strcmp(actual, expected) == 0;
        if (!is_good) {
            print_error("%s is \"%s\", not \"%s\"\n", header->string, actual, expected);
            player_fail(player, "a header is wrong", NULL);
        }
        free(expected);
        free(actual);
        buf_release(&joined);
    }
}

/* True if the text of an error is somewhere in `text`; "{}" stands for anything. */
static bool error_is_in(const struct error *error, struct text text)
{
    struct text rest = text_of(error->text);
    while (rest.len) {
        size_t hole = text_find(rest, TEXT("{}"));
        struct text piece = text_slice(rest, 0, hole);
        size_t at = text_find(text, piece);
        if (at == text.len && piece.len)
            return false;
        text = text_slice(text, at + piece.len, text.len);
        rest = text_slice(rest, hole + 2, rest.len);
    }
    return true;
}

static void player_expect_error(struct player *player, const char *name)
{
    const struct error *error = error_by_name(text_of(name));
    if (!error)
        player_fail(player, "there is no error ", name);
    char *message = loopback_json(&player->loopback, "error.message");
    if (!message)
        message = loopback_json(&player->loopback, "0.error.message");
    /* The front end's page is no JSON. */
    struct text text = message ? text_of(message) : player->loopback.answer;
    if (!error_is_in(error, text))
        player_fail(player, "the body is not the error ", name);
    /* A fault has the status that was asked for. */
    if (error != &errors[ERROR_FAULT] &&
        status_find(error->status)->http != player->loopback.status)
        player_fail(player, "the status is not that of ", name);
    free(message);
    player->run->suite->is_seen[error - errors] = true;
}

static void player_expect_errors(struct player *player, const cJSON *names)
{
    const cJSON *name;
    if (cJSON_IsString(names))
        player_expect_error(player, names->valuestring);
    cJSON_ArrayForEach(name, names) player_expect_error(player, name->valuestring);
}

static void player_save(struct player *player, const cJSON *saves)
{
    const cJSON *save;
    cJSON_ArrayForEach(save, saves)
    {
        char *value = loopback_json(&player->loopback, save->valuestring);
        if (!value)
            player_fail(player, "there is nothing to save at ", save->valuestring);
        else
            player_set(player, save->string, value);
        free(value);
    }
}

/* --- cases --- */

static void player_play_step(struct player *player, const cJSON *step)
{
    static const char *const known[] = {"advance", "method", "path", "headers", "body", "bodyFile",
        "status", "expect", "expectFile", "contains", "expectHeaders", "error", "save"};
    const cJSON *item;
    cJSON_ArrayForEach(item, step)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            is_known = is_known || strcmp(item->string, known[i]) == 0;
        if (!is_known)
            player_fail(player, "a step has no ", item->string);
    }
    const char *advance = string_member(step, "advance");
    int64_t duration_ns;
    if (advance) {
        assert_true(duration_parse(text_of(advance), &duration_ns));
        loopback_advance(&player->loopback, duration_ns);
    }
    if (!member(step, "method"))
        return;
    player_send(player, step);
    if (player->loopback.status != (int)cJSON_GetNumberValue(member(step, "status")))
        player_fail(player, "the status is wrong", NULL);
    player_expect_body(player, step);
    player_expect_parts(player, member(step, "contains"));
    player_expect_headers(player, member(step, "expectHeaders"));
    player_expect_errors(player, member(step, "error"));
    player_save(player, member(step, "save"));
}

/* A seed that stands in the case becomes a file. */
static void player_load(struct player *player, const cJSON *data)
{
    char path[PATH_BYTES_MAX];
    struct text message = TEXT("");
    if (cJSON_IsString(data)) {
        snprintf(path, sizeof path, "%s", data->valuestring);
    } else {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/tunemock-case-XXXXXX", folder ? folder : "/tmp");
        int descriptor = mkstemp(path);
        char *json = cJSON_PrintUnformatted(data);
        assert_true(descriptor >= 0);
        assert_int_equal(write(descriptor, json, strlen(json)), strlen(json));
        close(descriptor);
        free(json);
    }
    bool is_good = seed_load(&player->loopback.app, path, &message);
    if (!cJSON_IsString(data))
        unlink(path);
    if (!is_good)
        fail_msg("%.*s", TEXT_ARGS(message));
}

static void play(void **state)
{
    const struct run *run = *state;
    const cJSON *definition = run->definition;
    const char *auth = string_member(definition, "auth");
    const char *step_time = string_member(definition, "stepTime");
    struct player player = {.run = run};
    loopback_start(&player.loopback, run->fidelity,
        auth && strcmp(auth, "required") == 0 ? AUTH_REQUIRED : AUTH_OPEN);
    if (step_time)
        assert_true(duration_parse(text_of(step_time), &player.loopback.app.settings.step_ns));
    if (member(definition, "data"))
        player_load(&player, member(definition, "data"));
    player_set(&player, "version", run->version);

    const cJSON *step;
    cJSON_ArrayForEach(step, member(definition, "steps"))
    {
        player.step++;
        player_play_step(&player, step);
    }
    assert_true(player.step > 0);
    for (size_t i = 0; i < player.variable_count; i++) {
        free(player.variables[i].name);
        free(player.variables[i].value);
    }
    loopback_stop(&player.loopback);
    player_forget_sent(&player);
}

static void every_route_is_called_in_every_version_and_fidelity(void **state)
{
    const struct suite *suite = ((const struct run *)*state)->suite;
    int missing = 0;
    for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++)
        for (int version = 0; version < VERSION_COUNT; version++)
            for (int i = 0; i < METHOD_COUNT; i++) {
                unsigned has = fidelity == FIDELITY_STRICT ? methods[i].strict : methods[i].compat;
                if (!(has & 1U << version) || suite->is_called[fidelity][version][i])
                    continue;
                print_error("no case calls %s on %s in %s\n", methods[i].name,
                    api_version_name((enum api_version)version),
                    fidelity == FIDELITY_STRICT ? "strict" : "compat");
                missing++;
            }
    assert_int_equal(missing, 0);
}

static void every_error_of_the_table_is_seen(void **state)
{
    const struct suite *suite = ((const struct run *)*state)->suite;
    int missing = 0;
    for (int i = 0; i < ERROR_COUNT; i++)
        if (!suite->is_seen[i]) {
            print_error("no case has the error %s\n", errors[i].name);
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* --- from files to tests --- */

struct tests {
    struct suite *suite;
    struct run *runs;
    struct CMUnitTest *tests;
    size_t count, capacity;
};

static void tests_add(
    struct tests *all, CMUnitTestFunction function, const char *name, const struct run *run)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 64;
        all->runs = memory_grow(all->runs, all->capacity * sizeof *all->runs);
        all->tests = memory_grow(all->tests, all->capacity * sizeof *all->tests);
    }
    all->runs[all->count] = *run;
    all->runs[all->count].name = memory_copy_text(name);
    all->tests[all->count] = (struct CMUnitTest){.test_func = function};
    all->count++;
}

/* A case is run in each fidelity that it names. */
static void tests_add_version(struct tests *all, const cJSON *definition, const char *version)
{
    const cJSON *asked = member(definition, "fidelity");
    for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++) {
        const char *name = fidelity == FIDELITY_STRICT ? "strict" : "compat";
        bool is_asked = asked ? cJSON_IsString(asked) && strcmp(asked->valuestring, name) == 0
                              : fidelity == FIDELITY_COMPAT;
        const cJSON *item;
        cJSON_ArrayForEach(item, asked) is_asked = is_asked || strcmp(item->valuestring, name) == 0;
        if (!is_asked)
            continue;
        char title[PATH_BYTES_MAX];
        snprintf(
            title, sizeof title, "%s (%s, %s)", string_member(definition, "name"), version, name);
        struct run run = {.suite = all->suite,
            .definition = definition,
            .fidelity = (enum fidelity)fidelity,
            .version = version};
        tests_add(all, play, title, &run);
    }
}

static void tests_add_case(struct tests *all, const cJSON *definition)
{
    const cJSON *versions = member(definition, "versions"), *version;
    if (member(definition, "options"))
        return;
    if (!versions)
        tests_add_version(all, definition, "v1beta");
    cJSON_ArrayForEach(version, versions) tests_add_version(all, definition, version->valuestring);
}

static cJSON *read_cases(const char *path)
{
    char *bytes = read_file(path);
    cJSON *cases = cJSON_Parse(bytes);
    if (!cases) {
        fprintf(stderr, "%s is no JSON from here on: %.60s\n", path, cJSON_GetErrorPtr());
        exit(1);
    }
    free(bytes);
    return cases;
}

static int run_all(struct tests *all)
{
    const struct run nothing = {.suite = all->suite};
    tests_add(all, every_route_is_called_in_every_version_and_fidelity,
        "every route is called in every version and fidelity", &nothing);
    tests_add(all, every_error_of_the_table_is_seen, "every error of the table is seen", &nothing);
    for (size_t i = 0; i < all->count; i++) {
        all->tests[i].name = all->runs[i].name;
        all->tests[i].initial_state = &all->runs[i];
    }
    int failures = _cmocka_run_group_tests("cases", all->tests, all->count, NULL, NULL);
    for (size_t i = 0; i < all->count; i++)
        free(all->runs[i].name);
    free(all->runs);
    free(all->tests);
    return failures;
}

int main(void)
{
    glob_t files;
    if (glob(CASE_FILES, 0, NULL, &files) != 0) {
        fprintf(stderr, "no files match " CASE_FILES "\n");
        return 1;
    }
    struct suite suite = {.is_seen = {false}};
    struct tests all = {.suite = &suite};
    cJSON *roots = cJSON_CreateArray();
    for (size_t i = 0; i < files.gl_pathc; i++) {
        cJSON *cases = read_cases(files.gl_pathv[i]);
        const cJSON *definition;
        cJSON_AddItemToArray(roots, cases);
        cJSON_ArrayForEach(definition, cases) tests_add_case(&all, definition);
    }
    globfree(&files);
    int failures = run_all(&all);
    cJSON_Delete(roots);
    return failures;
}
