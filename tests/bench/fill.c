/*
 * fill FILE ID COUNT: adds COUNT copies of the tuned model ID, of its operation and of its owner's
 * permission to a --db file that nobody has open. They are called f0, f1, ... and share its data
 * set. A million creates take minutes over HTTP, and seconds so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "store/store.h"

/* Writes of one transaction. */
enum { FILL_BATCH = 10000 };

struct fill_template {
    struct arena arena;
    struct store_model model;
    struct store_operation operation;
    struct store_permission permission;
    struct text data_set;
};

static _Noreturn void fill_die(const char *what)
{
    fprintf(stderr, "fill: %s\n", what);
    exit(1);
}

static bool fill_keep_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)model;
    (void)role;
    struct fill_template *template = context;
    template->operation = *operation;
    template->operation.id = arena_text(&template->arena, operation->id);
    template->operation.fixed = arena_text(&template->arena, operation->fixed);
    return false;
}

static bool fill_keep_permission(void *context, const struct store_permission *permission)
{
    struct fill_template *template = context;
    template->permission = *permission;
    template->permission.id = arena_text(&template->arena, permission->id);
    template->permission.email = arena_text(&template->arena, permission->email);
    return false;
}

static void fill_keep_data_set(void *context, struct text bytes)
{
    struct fill_template *template = context;
    template->data_set = arena_text(&template->arena, bytes);
}

static void fill_read(struct store *store, struct text id, struct fill_template *template)
{
    struct store_reader *reader = store_get_reader(store, 0);
    if (store_read_begin(reader) != STORE_OK ||
        store_find_model(reader, 0, id, &template->arena, &template->model) != STORE_OK ||
        store_list_operations_of(reader, 0, id, 0, fill_keep_operation, template) != STORE_OK ||
        store_list_permissions(reader, 0, id, 0, fill_keep_permission, template) != STORE_OK ||
        store_look_at_data_set(reader, template->model.data_set, fill_keep_data_set, template) !=
            STORE_OK)
        fill_die("there is no such model, or not all of it");
    store_read_end(reader);
}

static void fill_write(
    struct store *store, const struct fill_template *template, long first, long count)
{
    static struct store_write writes[FILL_BATCH];
    struct store_batch batch = {0};
    struct arena arena;
    arena_init(&arena);
    for (long i = 0; i < count; i++) {
        struct text id = arena_printf(&arena, "f%ld", first + i);
        writes[i] = (struct store_write){
            .kind = STORE_CREATE_MODEL,
            .model = template->model,
            .data_set_bytes = template->data_set,
            .operation = template->operation,
            .permission = template->permission,
        };
        writes[i].model.id = writes[i].operation.model_id = writes[i].permission.model_id = id;
        writes[i].model.noise_seed += (uint64_t)(first + i);
        store_batch_add(&batch, &writes[i]);
    }
    if (store_batch_and_wait(store, &batch) != STORE_OK)
        fill_die("cannot write; are there copies already?");
    arena_release(&arena);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fill_die("usage: fill FILE ID COUNT");
    struct fill_template template = {0};
    arena_init(&template.arena);
    struct text message = TEXT("");
    struct store *store = store_open(
        &(struct store_options){.path = argv[1], .reader_count = 1}, &template.arena, &message);
    if (!store) {
        fprintf(stderr, "%.*s\n", TEXT_ARGS(message));
        return 1;
    }
    fill_read(store, text_of(argv[2]), &template);
    long total = strtol(argv[3], NULL, 10);
    for (long first = 0; first < total; first += FILL_BATCH)
        fill_write(
            store, &template, first, total - first < FILL_BATCH ? total - first : FILL_BATCH);
    store_close(store);
    arena_release(&template.arena);
    return 0;
}
