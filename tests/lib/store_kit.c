#include "tests/lib/store_kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/memory.h"

static _Noreturn void store_kit_die(const char *what)
{
    fprintf(stderr, "store_kit: %s\n", what);
    abort();
}

char *store_kit_folder(void)
{
    /* In memory if possible: thousands of commits wait for the disk otherwise, and no test looks
     * at what a lost power supply leaves. */
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *folder = NULL;
    if (asprintf(&folder, "%s/tunemock-test-XXXXXX", parent) < 0 || !mkdtemp(folder))
        store_kit_die("cannot make a folder");
    return folder;
}

void store_kit_remove(char *folder)
{
    DIR *entries = opendir(folder);
    if (!entries)
        store_kit_die("cannot list a folder");
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    rmdir(folder);
    free(folder);
}

struct store *store_kit_open(const char *path, int reader_count)
{
    struct arena arena;
    arena_init(&arena);
    struct text message = TEXT("");
    struct store *store = store_open(
        &(struct store_options){.path = path, .reader_count = reader_count}, &arena, &message);
    if (!store) {
        fprintf(stderr, "%.*s\n", TEXT_ARGS(message));
        store_kit_die("cannot open a store");
    }
    arena_release(&arena);
    return store;
}

struct store_write store_kit_create(const char *id, const char *data_set)
{
    return (struct store_write){
        .kind = STORE_CREATE_MODEL,
        .model =
            {
                .id = text_of(id),
                .base_model = TEXT("models/gemini-1.5-flash-001-tuning"),
                .display_name = TEXT("number generator model"),
                .has_temperature = true,
                .temperature = 0.9F,
                .create_ns = 1723000000000000000,
                .update_ns = 1723000000000000000,
                .epoch_count = 5,
                .batch_size = 2,
                .data_set = text_of(data_set),
                .total_steps = 38,
                .noise_seed = 0x8234567812345678,
            },
        .data_set_bytes = text_of(data_set),
        .operation = {.model_id = text_of(id), .id = text_of(id)},
        .permission =
            {
                .model_id = text_of(id),
                .id = TEXT("108000000000000000001"),
                .grantee_type = 1,
                .role = 1,
                .email = TEXT("owner@example.com"),
            },
    };
}

struct store_write store_kit_write(enum store_write_kind kind, const char *model_id)
{
    struct text id = text_of(model_id);
    return (struct store_write){
        .kind = kind,
        .model.id = id,
        .operation.model_id = id,
        .permission.model_id = id,
    };
}

enum store_result store_kit_find_model(struct store_reader *reader, int64_t namespace_id,
    const char *id, struct arena *arena, struct store_model *ret_model)
{
    enum store_result result = store_read_begin(reader);
    if (result != STORE_OK)
        return result;
    result = store_find_model(reader, namespace_id, text_of(id), arena, ret_model);
    store_read_end(reader);
    return result;
}

static bool store_kit_count(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)model;
    (void)roles;
    ++*(int *)context;
    return true;
}

struct data_set_copy {
    struct arena *arena;
    struct text *ret_bytes;
};

static void copy_data_set(void *context, struct text bytes)
{
    const struct data_set_copy *copy = context;
    *copy->ret_bytes = arena_text(copy->arena, bytes);
}

enum store_result store_kit_find_data_set(
    struct store_reader *reader, struct text name, struct arena *arena, struct text *ret_bytes)
{
    struct data_set_copy copy = {arena, ret_bytes};
    return store_look_at_data_set(reader, name, copy_data_set, &copy);
}

int store_kit_count_models(struct store_reader *reader, int64_t namespace_id)
{
    int count = 0;
    if (store_read_begin(reader) != STORE_OK)
        return -1;
    struct store_list list = {.namespace_id = namespace_id};
    enum store_result result = store_list_models(reader, &list, store_kit_count, &count);
    store_read_end(reader);
    return result == STORE_OK ? count : -1;
}

static bool store_kit_pragma_is(sqlite3 *db, const char *pragma, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    bool is_expected = sqlite3_prepare_v2(db, pragma, -1, &statement, NULL) == SQLITE_OK;
    if (is_expected && sqlite3_step(statement) == SQLITE_ROW)
        is_expected =
            expected && strcmp((const char *)sqlite3_column_text(statement, 0), expected) == 0;
    else
        is_expected = is_expected && !expected;
    sqlite3_finalize(statement);
    return is_expected;
}

/* Rows as they are listed, and the models that were, for what is listed by model. */
struct row_texts {
    struct buf rows, ids;
};

static bool store_kit_add_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct row_texts *texts = context;
    buf_printf(&texts->rows, "%lld %.*s %.*s %d, ", (long long)model->seq, TEXT_ARGS(model->id),
        TEXT_ARGS(model->data_set), model->looks);
    buf_printf(&texts->ids, "%s%.*s", texts->ids.len ? "," : "", TEXT_ARGS(model->id));
    return true;
}

static bool store_kit_add_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)role;
    struct row_texts *texts = context;
    buf_printf(&texts->rows, "%lld %.*s/%.*s %.*s, ", (long long)operation->seq,
        TEXT_ARGS(model->id), TEXT_ARGS(operation->id), TEXT_ARGS(operation->fixed));
    return true;
}

static bool store_kit_add_permission(void *context, const struct store_permission *permission)
{
    struct row_texts *texts = context;
    buf_printf(&texts->rows, "%lld %.*s/%.*s %d %d %.*s, ", (long long)permission->seq,
        TEXT_ARGS(permission->model_id), TEXT_ARGS(permission->id), permission->grantee_type,
        permission->role, TEXT_ARGS(permission->email));
    return true;
}

struct text store_kit_all_rows(
    struct store_reader *reader, int64_t namespace_id, struct arena *arena)
{
    struct row_texts texts = {BUF_INIT, BUF_INIT};
    struct store_list list = {.namespace_id = namespace_id};
    enum store_result result = store_read_begin(reader);
    if (result == STORE_OK)
        result = store_list_models(reader, &list, store_kit_add_model, &texts);
    if (result == STORE_OK)
        result = store_list_operations(reader, &list, store_kit_add_operation, &texts);
    for (struct text rest = buf_text(&texts.ids); result == STORE_OK && rest.len > 0;)
        result = store_list_permissions(
            reader, namespace_id, text_split(&rest, ','), 0, store_kit_add_permission, &texts);
    if (result != STORE_OK)
        store_kit_die("rows cannot be read");
    store_read_end(reader);
    struct text rows = arena_text(arena, buf_text(&texts.rows));
    buf_release(&texts.rows);
    buf_release(&texts.ids);
    return rows;
}

bool store_kit_is_sound(const char *path)
{
    sqlite3 *db = NULL;
    bool is_sound = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                    store_kit_pragma_is(db, "PRAGMA integrity_check", "ok") &&
                    store_kit_pragma_is(db, "PRAGMA foreign_key_check", NULL);
    sqlite3_close(db);
    return is_sound;
}

void store_kit_file_begin(struct store_kit_file *file, int reader_count)
{
    *file = (struct store_kit_file){.folder = store_kit_folder(), .reader_count = reader_count};
    arena_init(&file->arena);
    if (asprintf(&file->path, "%s/file.db", file->folder) < 0)
        store_kit_die("cannot name a file");
    store_kit_file_open(file);
}

void store_kit_file_open(struct store_kit_file *file)
{
    file->store = store_kit_open(file->path, file->reader_count);
    file->reader = store_get_reader(file->store, 0);
}

static bool store_kit_run(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    bool is_done = sqlite3_open(path, &db) == SQLITE_OK &&
                   sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    return sqlite3_close(db) == SQLITE_OK && is_done;
}

void store_kit_file_reopen(struct store_kit_file *file, const char *sql)
{
    store_close(file->store);
    if (sql && !store_kit_run(file->path, sql))
        store_kit_die("cannot run what the test says");
    store_kit_file_open(file);
}

bool store_kit_file_end(struct store_kit_file *file)
{
    store_close(file->store);
    bool is_sound = store_kit_is_sound(file->path);
    store_kit_remove(file->folder);
    free(file->path);
    arena_release(&file->arena);
    return is_sound;
}

int store_kit_set_up(void **state)
{
    struct store_kit *kit = memory_alloc(sizeof(*kit));
    kit->store = store_kit_open(NULL, 1);
    kit->reader = store_get_reader(kit->store, 0);
    arena_init(&kit->arena);
    *state = kit;
    return 0;
}

int store_kit_tear_down(void **state)
{
    struct store_kit *kit = *state;
    store_close(kit->store);
    arena_release(&kit->arena);
    free(kit);
    return 0;
}
