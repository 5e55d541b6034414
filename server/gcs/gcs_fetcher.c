#include "server/gcs/gcs_fetcher.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/contract/limits.h"

/*
 *   queued -> current   the thread
 *   queued -> freed     the owner
 *   current -> done     the thread, which tells the owner
 *   current -> given up the owner; the thread frees it when it comes back
 *   done -> freed       the owner
 */
enum fetch_state { FETCH_QUEUED, FETCH_CURRENT, FETCH_GIVEN_UP, FETCH_DONE };

struct gcs_fetch {
    struct gcs_fetcher *fetcher;
    enum fetch_state state; /* guarded by the fetcher's mutex, like `next` */
    struct gcs_fetch *next;
    void (*done)(void *context);
    void *context;
    int64_t begin_ns; /* monotonic: when it was asked for, as those before it may be slow */

    /* The thread's while it is current, else the owner's. */
    struct gcs_name name;
    struct arena arena;
    struct gcs_intake intake;
    enum gcs_result result;
    struct text problem;
};

struct gcs_fetcher {
    struct gcs_fetcher_options options;
    int stop_descriptor;   /* an event: what is current is to be given up */
    pthread_mutex_t mutex; /* guards what is below */
    pthread_cond_t has_work;
    pthread_t thread;
    bool has_thread, is_stopping;
    struct gcs_fetch *first, **last; /* of those that are queued */
    int count;                       /* of all that are not freed */
};

struct gcs_fetcher *gcs_fetcher_new(const struct gcs_fetcher_options *options)
{
    struct gcs_fetcher *fetcher = memory_alloc_zeroed(1, sizeof(*fetcher));
    fetcher->options = *options;
    fetcher->last = &fetcher->first;
    fetcher->stop_descriptor = -1;
    pthread_mutex_init(&fetcher->mutex, NULL);
    pthread_cond_init(&fetcher->has_work, NULL);
    return fetcher;
}

static void fetcher_tell_stop(struct gcs_fetcher *fetcher)
{
    uint64_t one = 1;
    (void)!write(fetcher->stop_descriptor, &one, sizeof(one));
}

static void fetcher_free_fetch(struct gcs_fetch *fetch)
{
    fetch->fetcher->count--;
    gcs_intake_release(&fetch->intake);
    arena_release(&fetch->arena);
    free(fetch);
}

void gcs_fetcher_free(struct gcs_fetcher *fetcher)
{
    if (!fetcher)
        return;
    pthread_mutex_lock(&fetcher->mutex);
    fetcher->is_stopping = true;
    bool has_thread = fetcher->has_thread;
    pthread_cond_signal(&fetcher->has_work);
    pthread_mutex_unlock(&fetcher->mutex);
    if (has_thread) {
        fetcher_tell_stop(fetcher);
        pthread_join(fetcher->thread, NULL);
    }
    assert(fetcher->count == 0);
    if (fetcher->stop_descriptor >= 0)
        close(fetcher->stop_descriptor);
    pthread_cond_destroy(&fetcher->has_work);
    pthread_mutex_destroy(&fetcher->mutex);
    free(fetcher);
}

/* The mutex is held. */
static struct gcs_fetch *fetcher_take_first(struct gcs_fetcher *fetcher)
{
    struct gcs_fetch *fetch = fetcher->first;
    fetcher->first = fetch->next;
    if (!fetcher->first)
        fetcher->last = &fetcher->first;
    fetch->state = FETCH_CURRENT;
    return fetch;
}

/* The mutex is held, and still is when the owner is told, so that he cannot be gone by then. */
static void fetcher_put_done(struct gcs_fetcher *fetcher, struct gcs_fetch *fetch)
{
    uint64_t count;
    if (fetch->state == FETCH_GIVEN_UP) {
        /* What was said to stop has stopped. */
        (void)!read(fetcher->stop_descriptor, &count, sizeof(count));
        fetcher_free_fetch(fetch);
        return;
    }
    fetch->state = FETCH_DONE;
    fetch->done(fetch->context);
}

static void *fetcher_run(void *context)
{
    struct gcs_fetcher *fetcher = context;
    pthread_mutex_lock(&fetcher->mutex);
    while (!fetcher->is_stopping) {
        if (!fetcher->first) {
            pthread_cond_wait(&fetcher->has_work, &fetcher->mutex);
            continue;
        }
        struct gcs_fetch *fetch = fetcher_take_first(fetcher);
        pthread_mutex_unlock(&fetcher->mutex);
        const struct gcs_fetch_asked asked = {.host = fetcher->options.host,
            .name = fetch->name,
            .begin_ns = fetch->begin_ns,
            .time_ns = fetcher->options.time_ns,
            .stop_descriptor = fetcher->stop_descriptor};
        fetch->result = gcs_fetch(&asked, &fetch->intake, &fetch->arena, &fetch->problem);
        pthread_mutex_lock(&fetcher->mutex);
        fetcher_put_done(fetcher, fetch);
    }
    pthread_mutex_unlock(&fetcher->mutex);
    return NULL;
}

/* The mutex is held. */
static bool fetcher_start(struct gcs_fetcher *fetcher)
{
    if (fetcher->has_thread)
        return true;
    if (fetcher->stop_descriptor < 0)
        fetcher->stop_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fetcher->has_thread = fetcher->stop_descriptor >= 0 &&
                          pthread_create(&fetcher->thread, NULL, fetcher_run, fetcher) == 0;
    return fetcher->has_thread;
}

/* The mutex is held. Empty if a fetch can begin. */
static struct text fetcher_problem(struct gcs_fetcher *fetcher)
{
    if (fetcher->count >= GCS_FETCHES_MAX)
        return TEXT("cannot be read: too many files are being read from " GCS_HOST_VARIABLE);
    return fetcher_start(fetcher)
               ? TEXT("")
               : TEXT("cannot be read from " GCS_HOST_VARIABLE ": the system gives no thread");
}

static struct gcs_fetch *fetcher_new_fetch(struct gcs_fetcher *fetcher, const struct gcs_name *name)
{
    struct gcs_fetch *fetch = memory_alloc_zeroed(1, sizeof(*fetch));
    fetch->fetcher = fetcher;
    fetch->begin_ns = clock_monotonic_ns();
    arena_init(&fetch->arena);
    gcs_intake_init(&fetch->intake, fetcher->options.bytes_max, fetcher->options.budget);
    fetch->name = (struct gcs_name){.bucket = arena_text(&fetch->arena, name->bucket),
        .object = arena_text(&fetch->arena, name->object)};
    return fetch;
}

struct gcs_fetch *gcs_fetch_begin(struct gcs_fetcher *fetcher, const struct gcs_name *name,
    void (*done)(void *context), void *context, struct text *ret_problem)
{
    struct gcs_fetch *fetch = NULL;
    pthread_mutex_lock(&fetcher->mutex);
    *ret_problem = fetcher_problem(fetcher);
    if (ret_problem->len == 0) {
        fetch = fetcher_new_fetch(fetcher, name);
        fetch->done = done;
        fetch->context = context;
        *fetcher->last = fetch;
        fetcher->last = &fetch->next;
        fetcher->count++;
        pthread_cond_signal(&fetcher->has_work);
    }
    pthread_mutex_unlock(&fetcher->mutex);
    return fetch;
}

bool gcs_fetch_is_done(struct gcs_fetch *fetch, enum gcs_result *ret_result, struct text *ret_text)
{
    pthread_mutex_lock(&fetch->fetcher->mutex);
    bool is_done = fetch->state == FETCH_DONE;
    pthread_mutex_unlock(&fetch->fetcher->mutex);
    if (!is_done)
        return false;
    *ret_result = fetch->result;
    *ret_text = fetch->result == GCS_FOUND ? buf_text(&fetch->intake.bytes) : fetch->problem;
    return true;
}

/* The mutex is held. */
static void fetcher_unlink(struct gcs_fetcher *fetcher, const struct gcs_fetch *fetch)
{
    struct gcs_fetch **at = &fetcher->first;
    while (*at != fetch)
        at = &(*at)->next;
    *at = fetch->next;
    if (!*at)
        fetcher->last = at;
}

void gcs_fetch_end(struct gcs_fetch *fetch)
{
    struct gcs_fetcher *fetcher = fetch->fetcher;
    pthread_mutex_lock(&fetcher->mutex);
    switch (fetch->state) {
    case FETCH_QUEUED:
        fetcher_unlink(fetcher, fetch);
        fetcher_free_fetch(fetch);
        break;
    case FETCH_CURRENT:
        fetch->state = FETCH_GIVEN_UP;
        fetcher_tell_stop(fetcher);
        break;
    case FETCH_DONE:
        fetcher_free_fetch(fetch);
        break;
    case FETCH_GIVEN_UP:
        assert(false);
        break;
    }
    pthread_mutex_unlock(&fetcher->mutex);
}
