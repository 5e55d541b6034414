#include "server/call/app.h"

#include <string.h>

#include "base/kept.h"
#include "base/timefmt.h"
#include "server/call/metrics.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_fetcher.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed.h"
#include "server/state/tuning_job.h"

/* Whoever raises --max-body means to send more. */
static void app_init_limits(struct app *app)
{
    size_t body_bytes_max = app->settings.body_bytes_max;
    double scale = body_bytes_max > BODY_BYTES_MAX ? (double)body_bytes_max / BODY_BYTES_MAX : 1;
    size_t bodies_bytes = 4 * body_bytes_max;
    budget_init(&app->bodies, bodies_bytes > BODIES_BYTES_MAX ? bodies_bytes : BODIES_BYTES_MAX);
    size_t decoded_bytes_max = (size_t)(scale * BODY_DECODED_BYTES_MAX);
    budget_init(&app->decoded_bytes, decoded_bytes_max > BODIES_DECODED_BYTES_MAX
                                         ? decoded_bytes_max
                                         : BODIES_DECODED_BYTES_MAX);
    app->body_limits = (struct decode_limits){
        .values_max = (size_t)(scale * BODY_VALUES_MAX),
        .bytes_max = decoded_bytes_max,
        .budget = &app->decoded_bytes,
    };
}

static struct gcs_fetcher *app_new_fetcher(struct app *app)
{
    size_t body_bytes_max = app->settings.body_bytes_max;
    struct gcs_fetcher_options options = {.host = app->settings.gcs_host,
        .bytes_max =
            body_bytes_max < TUNING_FILE_BYTES_MAX ? body_bytes_max : TUNING_FILE_BYTES_MAX,
        .budget = &app->decoded_bytes,
        .time_ns = GCS_FETCH_SECONDS * NS_PER_SECOND};
    return text_is_empty(options.host) ? NULL : gcs_fetcher_new(&options);
}

bool app_init(struct app *app, const struct app_settings *settings, const char *db_path,
    int worker_count, struct text *ret_message)
{
    memset(app, 0, sizeof(*app));
    arena_init(&app->arena);
    app->settings = *settings;
    app->worker_count = worker_count;
    app_init_limits(app);
    budget_init(&app->answers, ANSWERS_BYTES_MAX);
    budget_init(&app->stalls, STALLS_MAX);
    app->spaces = spaces_new(&settings->space, settings->namespaces_max);
    app->callers = callers_copy(NULL);
    app->fetcher = app_new_fetcher(app);
    app->metrics = metrics_new(worker_count);
    app->kept = arena_array(&app->arena, (size_t)worker_count, sizeof(struct kept *));
    for (int i = 0; i < worker_count; i++)
        app->kept[i] = kept_new(KEPT_TEXTS_BYTES_MAX / (size_t)worker_count);
    app->start_ns = clock_system_ns();
    app->catalogue = catalogue_new();
    struct store_options options = {
        .path = db_path, .reader_count = worker_count, .check_model = tuning_job_row_problem};
    app->store = store_open(&options, &app->arena, ret_message);
    if (!app->store)
        return false;
    spaces_open(app->spaces, app->store);
    return true;
}

bool app_load_seed(struct app *app, struct space *space, const char *path, struct text *ret_message)
{
    struct seed_target target = {.store = app->store,
        .space = space,
        .fidelity = app->settings.fidelity,
        .catalogue = app->catalogue,
        .callers = app->callers,
        .kept = &app->kept_seeds};
    struct seed_gain gain;
    if (!seed_load(&target, path, &gain, &app->arena, ret_message))
        return false;
    catalogue_free(app->catalogue);
    callers_free(app->callers);
    app->catalogue = gain.catalogue;
    app->callers = gain.callers;
    return true;
}

void app_release(struct app *app)
{
    gcs_fetcher_free(app->fetcher);
    store_close(app->store);
    catalogue_free(app->catalogue);
    callers_free(app->callers);
    kept_seeds_release(&app->kept_seeds);
    spaces_free(app->spaces);
    metrics_free(app->metrics);
    for (int i = 0; i < app->worker_count; i++)
        kept_free(app->kept[i]);
    arena_release(&app->arena);
}
