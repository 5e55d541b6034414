/* The address of an emulator of the storage, as STORAGE_EMULATOR_HOST or a redirection gives it. */
#ifndef SERVER_GCS_GCS_HOST_H
#define SERVER_GCS_GCS_HOST_H

#include "base/arena.h"
#include "server/gcs/gcs_name.h"

struct gcs_host {
    struct text host;      /* a name or an address, without brackets; NUL-terminated */
    struct text port;      /* decimal; NUL-terminated */
    struct text authority; /* as a Host header has it */
};

/* A URL, taken apart; texts live in the arena. */
struct gcs_url {
    struct gcs_host host;
    struct text path; /* with the query; without a slash at its end if it is a prefix */
};

/*
 * Reads "http://HOST[:PORT][/PATH]", or the same without the scheme, as Go's client takes it. NULL;
 * or what is wrong with it, in words that follow it.
 */
const char *gcs_url_parse(struct text value, struct arena *arena, struct gcs_url *ret_url);

/* Where the emulator has a file's content: the prefix, and behind it
 * "/storage/v1/b/BUCKET/o/OBJECT?alt=media". In the arena. */
struct text gcs_url_of_content(
    const struct gcs_url *prefix, const struct gcs_name *name, struct arena *arena);

/*
 * Where a redirection from `url` leads: a whole URL, or a path on the same host. NULL; or what is
 * wrong with it.
 */
const char *gcs_url_follow(
    const struct gcs_url *url, struct text location, struct arena *arena, struct gcs_url *ret_url);

#endif
