/*
 * The helper thread that reads files from an emulator of the storage, one after another, so that no
 * worker waits for one. It begins with the first file that is asked for.
 *
 * A fetch has one owner, who begins it, is told once when it is done, and ends it, whenever he
 * likes: one that waits its turn is then forgotten, and the one under way given up at once. All
 * functions may be called from any thread.
 */
#ifndef SERVER_GCS_GCS_FETCHER_H
#define SERVER_GCS_GCS_FETCHER_H

#include "server/gcs/gcs_fetch.h"

struct gcs_fetcher;

struct gcs_fetcher_options {
    struct text host; /* as STORAGE_EMULATOR_HOST has it; borrowed */
    size_t bytes_max; /* of a file */
    struct budget *budget;
    int64_t time_ns; /* for one, from gcs_fetch_begin on */
};

struct gcs_fetcher *gcs_fetcher_new(const struct gcs_fetcher_options *options);
/* Gives up what is under way; no fetch may be left. NULL is allowed. */
void gcs_fetcher_free(struct gcs_fetcher *fetcher);

struct gcs_fetch;

/*
 * Begins to read a file, whose name is copied. `done` is called on the thread's once it is known
 * what became of it, unless the fetch is ended before; it must be quick, and not come back here.
 * NULL if too many wait, or the system gives no thread; `ret_problem` then says so.
 */
struct gcs_fetch *gcs_fetch_begin(struct gcs_fetcher *fetcher, const struct gcs_name *name,
    void (*done)(void *context), void *context, struct text *ret_problem);

/* False while it is not known. The text is the file's bytes, or the problem; it lives as long as
 * the fetch. */
bool gcs_fetch_is_done(struct gcs_fetch *fetch, enum gcs_result *ret_result, struct text *ret_text);

/* Frees it, with what it has read. */
void gcs_fetch_end(struct gcs_fetch *fetch);

#endif
