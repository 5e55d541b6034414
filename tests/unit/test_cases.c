/*
 * The cases of tests/http/cases/: requests and what must come of them, as data. They are run
 * through the loopback; what sockets make of requests and answers is for the programs of
 * tests/http/. A case is
 *
 *   name      a sentence
 *   fidelity  "compat" (the default), "strict", or a list: the case is run for each
 *   versions  a list of API versions; the case is run for each, {version} names it. Default v1beta
 *   auth      "open" (the default) or "required"
 *   token     of the control API; none by default
 *   cors      an origin whose pages may drive it; none by default
 *   stepTime  emulated time of a training step, "0s"; 300ms by default
 *   data      a seed: the path of its file, or the seed itself
 *   steps     a list, in order, against one server with seed 1 and a clock that stands still
 *
 * and tests/lib/player.h says what a step is.
 *
 * Last, two tests fail unless the cases together call every route in every version and fidelity
 * that has it, and see every error of the table.
 */
#include "tests/lib/unit.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timefmt.h"
#include "server/state/seed.h"
#include "tests/lib/player.h"

#define CASE_FILES "tests/http/cases/*.json"

enum { PATH_BYTES_MAX = 512 };

/* One case in one fidelity and version. */
struct run {
    struct player_reach *reach;
    const cJSON *definition;
    char *name;
    enum fidelity fidelity;
    const char *version;
};

/* A seed that stands in the case becomes a file. */
static void player_load(struct player *player, const cJSON *data)
{
    char path[PATH_BYTES_MAX];
    struct text message = TEXT("");
    if (cJSON_IsString(data)) {
        snprintf(path, sizeof(path), "%s", data->valuestring);
    } else {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof(path), "%s/tunemock-case-XXXXXX", folder ? folder : "/tmp");
        int descriptor = mkstemp(path);
        char *json = cJSON_PrintUnformatted(data);
        assert_true(descriptor >= 0);
        assert_int_equal(write(descriptor, json, strlen(json)), strlen(json));
        close(descriptor);
        free(json);
    }
    bool is_good =
        app_load_seed(&player->loopback.app, loopback_space(&player->loopback), path, &message);
    if (!cJSON_IsString(data))
        unlink(path);
    if (!is_good)
        fail_msg("%.*s", TEXT_ARGS(message));
}

static void play(void **state)
{
    const struct run *run = *state;
    const cJSON *definition = run->definition;
    const char *auth = player_string_member(definition, "auth");
    const char *step_time = player_string_member(definition, "stepTime");
    const char *cors = player_string_member(definition, "cors");
    struct player player;
    player_start(&player, run->reach, run->fidelity,
        auth && strcmp(auth, "required") == 0 ? AUTH_REQUIRED : AUTH_OPEN, run->version);
    struct app_settings *settings = &player.loopback.app.settings;
    settings->control_token = text_of(player_string_member(definition, "token"));
    if (cors)
        settings->allowed_origins.names[settings->allowed_origins.count++] = cors;
    if (step_time)
        assert_true(duration_parse(
            text_of(step_time), &loopback_space(&player.loopback)->dials.now.step_ns));
    if (player_member(definition, "data"))
        player_load(&player, player_member(definition, "data"));

    const cJSON *step;
    cJSON_ArrayForEach(step, player_member(definition, "steps")) player_play_step(&player, step);
    assert_true(player.step > 0);
    player_stop(&player);
}

static void every_route_is_called_in_every_version_and_fidelity(void **state)
{
    const struct player_reach *reach = ((const struct run *)*state)->reach;
    int missing = 0;
    for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++)
        for (int version = 0; version < VERSION_COUNT; version++)
            for (int i = 0; i < METHOD_COUNT; i++) {
                bool has = methods[i].path[0] != '/' &&
                           method_has_version(
                               &methods[i], (enum fidelity)fidelity, (enum api_version)version);
                if (!has || reach->is_called[fidelity][version][i])
                    continue;
                print_error("no case calls %s on %s in %s\n", methods[i].name,
                    api_version_name((enum api_version)version),
                    fidelity == FIDELITY_STRICT ? "strict" : "compat");
                missing++;
            }
    assert_int_equal(missing, 0);
}

static void every_path_without_a_version_is_called(void **state)
{
    const struct player_reach *reach = ((const struct run *)*state)->reach;
    int missing = 0;
    for (int i = METHOD_EMULATED_COUNT; i < METHOD_COUNT; i++)
        if (!reach->is_called[FIDELITY_COMPAT][VERSION_V1BETA][i]) {
            print_error("no case calls %s\n", methods[i].name);
            missing++;
        }
    assert_int_equal(missing, 0);
}

static void every_error_of_the_table_is_seen(void **state)
{
    const struct player_reach *reach = ((const struct run *)*state)->reach;
    int missing = 0;
    for (int i = 0; i < ERROR_COUNT; i++)
        if (!reach->is_seen[i]) {
            print_error("no case has the error %s\n", errors[i].name);
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* --- from files to tests --- */

struct tests {
    struct player_reach *reach;
    struct run *runs;
    struct CMUnitTest *tests;
    size_t count, capacity;
};

static void tests_add(
    struct tests *all, CMUnitTestFunction function, const char *name, const struct run *run)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 64;
        all->runs = memory_grow(all->runs, all->capacity * sizeof(*all->runs));
        all->tests = memory_grow(all->tests, all->capacity * sizeof(*all->tests));
    }
    all->runs[all->count] = *run;
    all->runs[all->count].name = memory_copy_text(name);
    all->tests[all->count] = (struct CMUnitTest){.test_func = function};
    all->count++;
}

/* A case is run in each fidelity that it names. */
static void tests_add_version(struct tests *all, const cJSON *definition, const char *version)
{
    const cJSON *asked = player_member(definition, "fidelity");
    for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++) {
        const char *name = fidelity == FIDELITY_STRICT ? "strict" : "compat";
        bool is_asked = asked ? cJSON_IsString(asked) && strcmp(asked->valuestring, name) == 0
                              : fidelity == FIDELITY_COMPAT;
        const cJSON *item;
        cJSON_ArrayForEach(item, asked) is_asked = is_asked || strcmp(item->valuestring, name) == 0;
        if (!is_asked)
            continue;
        char title[PATH_BYTES_MAX];
        snprintf(title, sizeof(title), "%s (%s, %s)", player_string_member(definition, "name"),
            version, name);
        struct run run = {.reach = all->reach,
            .definition = definition,
            .fidelity = (enum fidelity)fidelity,
            .version = version};
        tests_add(all, play, title, &run);
    }
}

static void tests_add_case(struct tests *all, const cJSON *definition)
{
    const cJSON *versions = player_member(definition, "versions"), *version;
    if (!versions)
        tests_add_version(all, definition, "v1beta");
    cJSON_ArrayForEach(version, versions) tests_add_version(all, definition, version->valuestring);
}

static cJSON *read_cases(const char *path)
{
    char *bytes = player_read_file(path);
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
    const struct run nothing = {.reach = all->reach};
    tests_add(all, every_route_is_called_in_every_version_and_fidelity,
        "every route is called in every version and fidelity", &nothing);
    tests_add(all, every_path_without_a_version_is_called, "every path without a version is called",
        &nothing);
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
    struct player_reach reach = {.is_seen = {false}};
    struct tests all = {.reach = &reach};
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
