/* Pages of tunedModels.list and of operations.list over all models, for callers with roles: what
 * belongs to them, in what order, and what bounds them. */
#include "tests/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "server/contract/limits.h"
#include "server/state/callers.h"
#include "tests/lib/loopback.h"
#include "tests/lib/store_kit.h"

enum { MODELS = 40, CALLERS = 3 };

/* Who may do what, kept beside the store, and what the models are called. */
struct plain {
    uint64_t seed, draws;
    int32_t roles[MODELS][CALLERS];
    bool is_for_everyone[MODELS];
    const char *display_names[MODELS];
};

static int plain_draw(struct plain *plain, int below)
{
    return (int)(hash_mix(plain->seed, plain->draws++) % (uint64_t)below);
}

static const char *caller_name(int caller)
{
    static const char *const names[CALLERS] = {"ann", "bob", "eve"};
    return names[caller];
}

static void write_to(struct loopback *loopback, struct store_write *write)
{
    assert_int_equal(store_write_and_wait(loopback->app.store, write), STORE_OK);
}

static void add_permission(struct loopback *loopback, int model, const char *id, int32_t role)
{
    struct arena *arena = &loopback->app.arena;
    struct store_write write =
        store_kit_write(STORE_CREATE_PERMISSION, arena_printf(arena, "m%d", model).bytes);
    bool is_everyone = strcmp(id, "everyone") == 0;
    write.permission.id = text_of(id);
    write.permission.email = is_everyone ? TEXT("") : arena_printf(arena, "%s@b.c", id);
    write.permission.grantee_type = is_everyone ? 3 : 1;
    write.permission.role = role;
    write_to(loopback, &write);
}

static void fill(struct loopback *loopback, struct plain *plain)
{
    static const char *const names[] = {"Red Ápple", "green apple", "RED pear", ""};
    struct arena *arena = &loopback->app.arena;
    for (int caller = 0; caller < CALLERS; caller++)
        callers_add(loopback->app.callers, text_of(caller_name(caller)), TEXT(""),
            arena_printf(arena, "%s@B.c", caller_name(caller)));
    for (int i = 0; i < MODELS; i++) {
        plain->display_names[i] = names[plain_draw(plain, ARRAY_COUNT(names))];
        struct store_write write = store_kit_create(arena_printf(arena, "m%d", i).bytes, NULL);
        write.permission.id = TEXT("");
        write.model.fixed_state = TunedModel_State_ACTIVE;
        write.model.display_name = text_of(plain->display_names[i]);
        write_to(loopback, &write);
    }
    for (int i = 0; i < MODELS * CALLERS; i++) {
        int model = plain_draw(plain, MODELS), caller = i % CALLERS;
        if (plain->roles[model][caller] || plain_draw(plain, 2))
            continue;
        plain->roles[model][caller] = 1 + plain_draw(plain, 3);
        add_permission(loopback, model, caller_name(caller), plain->roles[model][caller]);
    }
    for (int i = 0; i < MODELS; i++) {
        plain->is_for_everyone[i] = plain_draw(plain, 4) == 0;
        if (plain->is_for_everyone[i])
            add_permission(loopback, i, "everyone", Permission_Role_READER);
    }
}

static void send_as(struct loopback *loopback, int caller, const char *target)
{
    loopback_set_header(loopback, HEADER_X_GOOG_API_KEY, caller_name(caller));
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
}

/* What is asked, once as a filter and once as what it means. */
static const struct asked {
    const char *filter; /* percent-encoded */
    int32_t role;       /* 0: any; -1: none has it */
    bool asks_everyone;
    const char *word; /* as it stands in one of the display names, or NULL */
} asked_rows[] = {
    {"", 0, false, NULL},
    {"owner:me", 1, false, NULL},
    {"writers:me", 2, false, NULL},
    {"readers:me", 3, false, NULL},
    {"owner:me%20writers:me", -1, false, NULL},
    {"readers:everyone", 0, true, NULL},
    {"owner:me%20readers:everyone", 1, true, NULL},
    {"red", 0, false, "R"},
    {"%22RED%20%C3%A1PPLE%22", 0, false, "Á"},
    {"apple%20readers:me", 3, false, "green"},
    {"pear%20readers:everyone", 0, true, "pear"},
    {"plum", 0, false, "plum"},
};

static bool plain_has(const struct plain *plain, int model, int caller, const struct asked *asked)
{
    int32_t role = plain->roles[model][caller];
    bool is_visible = role || (asked->asks_everyone && plain->is_for_everyone[model]);
    return is_visible && (!asked->asks_everyone || plain->is_for_everyone[model]) &&
           (!asked->role || role == asked->role) &&
           (!asked->word || strstr(plain->display_names[model], asked->word));
}

static int plain_list(
    const struct plain *plain, int caller, const struct asked *asked, int ret_models[MODELS])
{
    int count = 0;
    for (int i = 0; i < MODELS; i++)
        if (plain_has(plain, i, caller, asked))
            ret_models[count++] = i;
    return count;
}

/* The items of the answer are those of `models` from `from` on, `count` of them. */
static void assert_items(
    struct loopback *loopback, bool is_operations, const int *models, int from, int count)
{
    char path[40], name[60];
    const char *kind = is_operations ? "operations" : "tunedModels";
    for (int i = 0; i < count; i++) {
        int model = models[from + i];
        snprintf(path, sizeof(path), "%s.%d.name", kind, i);
        if (is_operations)
            snprintf(name, sizeof(name), "tunedModels/m%d/operations/m%d", model, model);
        else
            snprintf(name, sizeof(name), "tunedModels/m%d", model);
        assert_json_path(loopback, path, name);
    }
    snprintf(path, sizeof(path), "%s.%d", kind, count);
    assert_json_path(loopback, path, NULL);
}

/* Walks all pages of a list. */
static void assert_pages(struct loopback *loopback, int caller, const char *target,
    const int *models, int count, int page_size)
{
    char *token = NULL;
    for (int from = 0; from < count || from == 0; from += page_size) {
        struct text page = arena_printf(&loopback->app.arena, "%spageSize=%d&pageToken=%s", target,
            page_size, token ? token : "");
        int left = count - from;
        send_as(loopback, caller, page.bytes);
        assert_items(loopback, strstr(target, "operations"), models, from,
            left < page_size ? left : page_size);
        free(token);
        token = loopback_json(loopback, "nextPageToken");
        assert_int_equal(token != NULL, left > page_size);
    }
    free(token);
}

static void pages_are_what_a_look_at_every_row_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct plain plain = {.seed = seed};
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
        fill(&loopback, &plain);
        for (size_t i = 0; i < CALLERS * ARRAY_COUNT(asked_rows); i++) {
            const struct asked *asked = &asked_rows[i / CALLERS];
            int caller = (int)(i % CALLERS), models[MODELS];
            int count = plain_list(&plain, caller, asked, models);
            int page_size = 1 + plain_draw(&plain, 7);
            struct text target =
                arena_printf(&loopback.app.arena, "/v1beta/tunedModels?filter=%s&", asked->filter);
            assert_pages(&loopback, caller, target.bytes, models, count, page_size);
            if (i / CALLERS == 0)
                assert_pages(&loopback, caller, "/v1/operations?", models, count, page_size);
        }
        loopback_stop(&loopback);
    }
}

/* Models whose long descriptions hold the words at their very end, every tenth of them all. */
static void fill_with_long_texts(struct loopback *loopback, int count)
{
    struct arena *arena = &loopback->app.arena;
    struct buf description = BUF_INIT;
    for (int i = 0; i < DESCRIPTION_CHARACTERS_MAX - 100; i++)
        buf_add_string(&description, "é");
    size_t len = description.len;
    for (int i = 0; i < count; i++) {
        description.len = len;
        buf_printf(&description, "One TWO three%s", i % 10 ? "" : " FOUR");
        struct store_write write = store_kit_create(arena_printf(arena, "m%d", i).bytes, NULL);
        write.model.fixed_state = TunedModel_State_ACTIVE;
        write.model.description = buf_text(&description);
        write_to(loopback, &write);
    }
    buf_release(&description);
}

static void a_filter_looks_at_so_much_text_a_page_and_finds_all_in_the_end(void **state)
{
    (void)state;
    enum { LONG_MODELS = 300 };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    fill_with_long_texts(&loopback, LONG_MODELS);
    int page_count = 0, found = 0;
    char *token = NULL;
    do {
        struct text page = arena_printf(&loopback.app.arena,
            "/v1beta/tunedModels?fields=nextPageToken,tunedModels(name)&pageSize=1000"
            "&filter=one%%20two%%20three%%20four&pageToken=%s",
            token ? token : "");
        loopback_send(&loopback, "GET", page.bytes, NULL);
        assert_status(&loopback, 200);
        char path[40];
        for (int i = 0; i < LONG_MODELS; i++) {
            snprintf(path, sizeof(path), "tunedModels.%d.name", i);
            char *name = loopback_json(&loopback, path);
            if (!name)
                break;
            const char *expected =
                arena_printf(&loopback.app.arena, "tunedModels/m%d", 10 * found++).bytes;
            assert_string_equal(name, expected);
            free(name);
        }
        free(token);
        token = loopback_json(&loopback, "nextPageToken");
        page_count++;
    } while (token);
    assert_int_equal(found, LONG_MODELS / 10);
    /* Each text is folded once and looked at once for each word. */
    assert_in_range(page_count, 2, 60);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_what_a_look_at_every_row_gives),
        cmocka_unit_test(a_filter_looks_at_so_much_text_a_page_and_finds_all_in_the_end),
    };
    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
