/* What the tests of the store share: folders to write in, and writes that are easy to state. */
#ifndef TESTS_LIB_STORE_KIT_H
#define TESTS_LIB_STORE_KIT_H

#include "base/arena.h"
#include "store/store.h"

/* Makes a folder for one test; its name is freed by store_kit_remove. Ends the process on failure.
 */
char *store_kit_folder(void);
/* Removes a folder and the files in it. */
void store_kit_remove(char *folder);

/* Opens a store; on failure prints the message and ends the process. */
struct store *store_kit_open(const char *path, int reader_count);

/* A file for one test in a folder of its own, and the store on it. */
struct store_kit_file {
    char *folder, *path;
    int reader_count;
    struct store *store;
    struct store_reader *reader; /* the first */
    struct arena arena;          /* the test's */
};
/* Makes the folder and the store. Ends the process on failure, as do the next two. */
void store_kit_file_begin(struct store_kit_file *file, int reader_count);
/* Opens the store again, which the test has closed. */
void store_kit_file_open(struct store_kit_file *file);
/* Closes and opens it; in between it is as if somebody had run the SQL (NULL: nothing). */
void store_kit_file_reopen(struct store_kit_file *file, const char *sql);
/* Closes the store and removes all. False if the file was not sound. */
bool store_kit_file_end(struct store_kit_file *file);

/* A fresh store in memory for one test, and a reader of it; the state of store_kit_test. */
struct store_kit {
    struct store *store;
    struct store_reader *reader;
    struct arena arena;
};
int store_kit_set_up(void **state);
int store_kit_tear_down(void **state);
#define store_kit_test(test)                                                                       \
    cmocka_unit_test_setup_teardown(test, store_kit_set_up, store_kit_tear_down)

/* A create of model `id` with the examples `data_set` (their bytes are their name; NULL: none), an
 * operation of the same id, and the permission of its owner, owner@example.com. */
struct store_write store_kit_create(const char *id, const char *data_set);

/* Other writes about a model. */
struct store_write store_kit_write(enum store_write_kind kind, const char *model_id);

/* One read with a begin and an end around it. */
enum store_result store_kit_find_model(struct store_reader *reader, int64_t namespace_id,
    const char *id, struct arena *arena, struct store_model *ret_model);

/* Copies a data set, inside a read that the caller began. */
enum store_result store_kit_find_data_set(
    struct store_reader *reader, struct text name, struct arena *arena, struct text *ret_bytes);

/* Number of models in a namespace; -1 if the list failed. */
int store_kit_count_models(struct store_reader *reader, int64_t namespace_id);

/* The models, operations and permissions of a namespace, with their numbers, as one text. */
struct text store_kit_all_rows(
    struct store_reader *reader, int64_t namespace_id, struct arena *arena);

/* Runs PRAGMA integrity_check and foreign_key_check on a closed file; true if both find nothing. */
bool store_kit_is_sound(const char *path);

#endif
