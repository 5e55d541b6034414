/*
 * The emulator itself: its settings and the parts that all requests share. Made by main (or by a
 * test) and passed to everything; there are no globals.
 */
#ifndef SERVER_CALL_APP_H
#define SERVER_CALL_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/text.h"
#include "server/contract/version.h"
#include "server/json/decode.h"
#include "server/space/space.h"
#include "server/state/kept_seeds.h"
#include "store/store.h"

struct catalogue;
struct callers;
struct gcs_fetcher;
struct kept;
struct metrics;

enum auth_mode { AUTH_OPEN, AUTH_REQUIRED };

/* What tells the namespaces of requests apart that name none. */
enum isolate_mode {
    ISOLATE_NONE, /* nothing: they are about the default one */
    ISOLATE_KEY   /* their credential */
};

/* More than a machine has names. */
enum { ALLOWED_HOSTS_MAX = 16 };

/* Names of this server that cannot be told from any other name of the web (call/guard.h). */
struct allowed_hosts {
    const char *names[ALLOWED_HOSTS_MAX]; /* without ports */
    int count;
};

/* Pages that may drive the control API, by their origins: "http://localhost:3000". */
enum { ALLOWED_ORIGINS_MAX = 16 };
struct allowed_origins {
    const char *names[ALLOWED_ORIGINS_MAX];
    int count;
};

struct app_settings {
    enum fidelity fidelity;
    enum auth_mode auth;
    enum isolate_mode isolate;
    size_t namespaces_max;     /* with the default one */
    int64_t namespace_idle_ns; /* what nobody has used for so long is deleted; 0: nothing is */
    size_t body_bytes_max;
    struct allowed_hosts allowed_hosts;
    struct allowed_origins allowed_origins;
    bool is_without_page;   /* nothing is at "/" (server/ui/) */
    const char *gcs_folder; /* whose files are those of gs://; NULL: none's */
    struct text gcs_host;   /* of an emulator that has more (STORAGE_EMULATOR_HOST); empty: none */
    struct text control_token;   /* which calls of the control API have to bring; empty: none */
    struct space_settings space; /* of every space when it begins */
};

struct app {
    struct app_settings settings;
    struct spaces *spaces; /* space/space.h */
    struct store *store;
    int worker_count;               /* readers of the store */
    struct catalogue *catalogue;    /* base models; state/catalogue.h */
    struct callers *callers;        /* known credentials; state/callers.h */
    struct gcs_fetcher *fetcher;    /* of files of gcs_host; NULL: there is none */
    struct kept_seeds kept_seeds;   /* for a reset */
    _Atomic int64_t idle_looked_ns; /* the system's time: when idle namespaces were looked for */
    atomic_bool is_ready;           /* seeds are loaded */
    struct budget bodies;           /* bytes of all bodies as they are received */
    struct budget decoded_bytes;    /* of all bodies that were read and are not answered yet */
    struct decode_limits body_limits;
    struct budget answers;       /* bytes of all answers that are made or wait to be read */
    struct budget stalls;        /* answers that are stalled */
    struct metrics *metrics;     /* call/metrics.h */
    struct kept **kept;          /* texts of answers, of each worker; base/kept.h */
    int64_t start_ns;            /* the system's time at the start */
    atomic_int connection_count; /* that are open */
    atomic_int stream_count;     /* answers that are being sent piece by piece */
    struct arena arena;          /* what lives as long as the app */
    char root_url[320];          /* "http://127.0.0.1:8863", set once the port is known */
};

/*
 * Opens the store (path NULL: in memory) and makes the shared parts. False with a message for
 * people in `ret_message` (in the app's arena, so app_release frees it) if it cannot.
 */
bool app_init(struct app *app, const struct app_settings *settings, const char *db_path,
    int worker_count, struct text *ret_message);

/* Loads a seed into a space (state/seed.h) before the app is ready. False with a message in the
 * app's arena. */
bool app_load_seed(
    struct app *app, struct space *space, const char *path, struct text *ret_message);

/* Waits for the writer and frees everything. No request may be under way. */
void app_release(struct app *app);

#endif
