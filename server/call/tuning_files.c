#include "server/call/tuning_files.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_fetcher.h"
#include "server/gcs/gcs_folder.h"
#include "server/gcs/gcs_samples.h"

enum {
    /* Of one call: data to train with, and data to validate with. */
    TUNING_FILES_MAX = 2
};

/* A look is due when a fetch tells that it is done; this is in case that it never does. */
#define TUNING_FILES_LOOK_NS (GCS_FETCH_SECONDS * NS_PER_SECOND)

struct tuning_files_entry {
    struct text uri;
    struct gcs_name name;
    enum tuning_file state;
    struct text text;
    struct gcs_intake intake; /* of a file in the folder */
    struct gcs_fetch *fetch;  /* NULL: it is none of an emulator */
    struct watches *watches;  /* where the fetch tells that it is done, by the URI */
};

/* What a call has asked for: outside of its arena, since looks begin with an empty one. */
struct tuning_files {
    struct arena arena;
    struct tuning_files_entry entries[TUNING_FILES_MAX];
    size_t count;
};

static size_t tuning_files_bytes_max(const struct call *call)
{
    size_t body_bytes_max = call->app->settings.body_bytes_max;
    return body_bytes_max < TUNING_FILE_BYTES_MAX ? body_bytes_max : TUNING_FILE_BYTES_MAX;
}

/* `words` follow the URI. */
static void tuning_files_set_problem(
    struct tuning_files *files, struct tuning_files_entry *entry, struct text words)
{
    entry->state = TUNING_FILE_PROBLEM;
    entry->text = arena_printf(
        &files->arena, "%.*s %.*s", TEXT_ARGS(call_shown(entry->uri)), TEXT_ARGS(words));
}

static void tuning_files_set_absent(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    const char *folder = call->app->settings.gcs_folder;
    entry->state = TUNING_FILE_ABSENT;
    entry->text = arena_printf(&files->arena,
        "%.*s cannot be read here: %s%s%s have it at %s/%.*s/%.*s, set "
        "STORAGE_EMULATOR_HOST, or take a sample such as "
        "gs://cloud-samples-data/ai-platform/generative_ai/gemini/text/sft_train_data.jsonl",
        TEXT_ARGS(entry->uri), folder ? "--gcs " : "start with --gcs DIR and", folder ? folder : "",
        folder ? " has no folder of this bucket:" : "", folder ? folder : "DIR",
        TEXT_ARGS(entry->name.bucket), TEXT_ARGS(entry->name.object));
}

/* What is in no other place. */
static void tuning_files_try_samples(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    if (gcs_samples_find(&entry->name, &entry->text))
        entry->state = TUNING_FILE_FOUND;
    else
        tuning_files_set_absent(call, files, entry);
}

static void tuning_files_fetch_done(void *context)
{
    const struct tuning_files_entry *entry = context;
    watches_notify(entry->watches, entry->uri);
}

static void tuning_files_begin_fetch(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    struct text problem;
    entry->watches = &call->space->watches;
    entry->fetch =
        gcs_fetch_begin(call->app->fetcher, &entry->name, tuning_files_fetch_done, entry, &problem);
    if (entry->fetch)
        entry->state = TUNING_FILE_WAIT;
    else
        tuning_files_set_problem(files, entry, problem);
}

static enum gcs_result tuning_files_try_folder(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    const char *folder = call->app->settings.gcs_folder;
    struct text problem;
    if (!folder)
        return GCS_ABSENT;
    enum gcs_result result =
        gcs_folder_read(folder, &entry->name, &entry->intake, &files->arena, &problem);
    if (result == GCS_FOUND) {
        entry->state = TUNING_FILE_FOUND;
        entry->text = buf_text(&entry->intake.bytes);
    } else if (result == GCS_PROBLEM) {
        tuning_files_set_problem(files, entry, problem);
    }
    return result;
}

static void tuning_files_begin(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    const char *problem = gcs_name_parse(entry->uri, &entry->name);
    if (problem)
        tuning_files_set_problem(files, entry, text_of(problem));
    else if (tuning_files_try_folder(call, files, entry) != GCS_ABSENT)
        return;
    else if (call->app->fetcher)
        tuning_files_begin_fetch(call, files, entry);
    else
        tuning_files_try_samples(call, files, entry);
}

/* Of one that is waited for. */
static void tuning_files_look(
    struct call *call, struct tuning_files *files, struct tuning_files_entry *entry)
{
    enum gcs_result result;
    struct text text;
    /* Before the look, so that one that is done after it ends the wait. */
    watches_see(entry->watches, &call->watch, entry->uri);
    if (!gcs_fetch_is_done(entry->fetch, &result, &text))
        return;
    if (result == GCS_FOUND) {
        entry->state = TUNING_FILE_FOUND;
        entry->text = text;
    } else if (result == GCS_ABSENT && gcs_samples_find(&entry->name, &entry->text)) {
        entry->state = TUNING_FILE_FOUND;
    } else {
        tuning_files_set_problem(files, entry, text);
    }
}

static struct tuning_files *tuning_files_of(struct call *call)
{
    if (!call->files) {
        call->files = memory_alloc_zeroed(1, sizeof(*call->files));
        arena_init(&call->files->arena);
    }
    return call->files;
}

static struct tuning_files_entry *tuning_files_find(struct call *call, struct text uri)
{
    struct tuning_files *files = tuning_files_of(call);
    for (size_t i = 0; i < files->count; i++)
        if (text_equals(files->entries[i].uri, uri))
            return &files->entries[i];
    assert(files->count < TUNING_FILES_MAX);
    struct tuning_files_entry *entry = &files->entries[files->count++];
    entry->uri = arena_text(&files->arena, uri);
    gcs_intake_init(&entry->intake, tuning_files_bytes_max(call), &call->app->decoded_bytes);
    tuning_files_begin(call, files, entry);
    return entry;
}

enum tuning_file tuning_files_get(struct call *call, struct text uri, struct text *ret_text)
{
    struct tuning_files_entry *entry = tuning_files_find(call, uri);
    if (entry->state == TUNING_FILE_WAIT)
        tuning_files_look(call, call->files, entry);
    *ret_text = entry->text;
    /* Words are said when the call, and with it what it was told here, is over. */
    if (entry->state != TUNING_FILE_FOUND)
        *ret_text = arena_text(call->arena, entry->text);
    return entry->state;
}

enum call_state tuning_files_wait(struct call *call)
{
    if (call->is_last_look)
        return call_fail(call, ERROR_SRV_DEADLINE);
    return call_watch(call, TUNING_FILES_LOOK_NS);
}

void tuning_files_end(struct call *call)
{
    struct tuning_files *files = call->files;
    if (!files)
        return;
    call->files = NULL;
    for (size_t i = 0; i < files->count; i++) {
        if (files->entries[i].fetch)
            gcs_fetch_end(files->entries[i].fetch);
        gcs_intake_release(&files->entries[i].intake);
    }
    arena_release(&files->arena);
    free(files);
}
