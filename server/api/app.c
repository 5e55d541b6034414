#include "server/api/app.h"

#include <string.h>

#include "server/api/callers.h"
#include "server/api/catalogue.h"
#include "server/api/tuned_model.h"
#include "server/control/faults.h"

bool app_init(struct app *app, const struct app_settings *settings,
    const struct clock_setting *clock_setting, const char *db_path, int worker_count,
    struct text *ret_message)
{
    memset(app, 0, sizeof(*app));
    arena_init(&app->arena);
    app->settings = *settings;
    app->worker_count = worker_count;
    clock_init(&app->clock, clock_setting);
    app->faults = faults_new();
    app->callers = callers_new(&app->arena);
    app->catalogue = catalogue_new(&app->arena, ret_message);
    if (!app->catalogue)
        return false;
    struct store_options options = {
        .path = db_path, .reader_count = worker_count, .check_model = tuned_model_problem};
    app->store = store_open(&options, &app->arena, ret_message);
    return app->store != NULL;
}

void app_release(struct app *app)
{
    store_close(app->store);
    faults_free(app->faults);
    clock_release(&app->clock);
    arena_release(&app->arena);
}
