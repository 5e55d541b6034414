#include "server/gcs/gcs_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_READ_BYTES = 256 * 1024 };

/* What errno says of a path. */
static struct text folder_error(struct arena *arena, const char *path)
{
    return arena_printf(arena, "cannot be read: %s: %s (--gcs)", path, strerror(errno));
}

static bool folder_holds(const char *folder, const char *path)
{
    size_t len = strlen(folder);
    return strncmp(folder, path, len) == 0 &&
           (path[len] == '/' || path[len] == '\0' || folder[len - 1] == '/');
}

/* Where the path leads, behind all links; NULL with a problem. */
static const char *folder_resolve(
    const char *folder, const char *path, struct arena *arena, struct text *ret_problem)
{
    char root[PATH_MAX];
    char *resolved = arena_alloc(arena, PATH_MAX);
    if (!realpath(folder, root)) {
        *ret_problem = folder_error(arena, folder);
        return NULL;
    }
    if (!realpath(path, resolved)) {
        *ret_problem = folder_error(arena, path);
        return NULL;
    }
    if (folder_holds(root, resolved))
        return resolved;
    *ret_problem = arena_printf(arena,
        "cannot be read: %s is a link that leads out of the folder of --gcs, to %s", path,
        resolved);
    return NULL;
}

/* False with a problem. */
static bool folder_take(int descriptor, const char *path, struct gcs_intake *intake,
    struct arena *arena, struct text *ret_problem)
{
    char *part = arena_alloc(arena, FOLDER_READ_BYTES);
    for (;;) {
        ssize_t len = read(descriptor, part, FOLDER_READ_BYTES);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            *ret_problem = folder_error(arena, path);
        if (len <= 0)
            return len == 0;
        enum gcs_room room = gcs_intake_add(intake, (struct text){part, (size_t)len});
        if (room != GCS_FITS) {
            *ret_problem = gcs_intake_problem(intake, room, arena);
            return false;
        }
    }
}

static bool folder_read_file(
    const char *path, struct gcs_intake *intake, struct arena *arena, struct text *ret_problem)
{
    struct stat status;
    /* What is no file is not waited for, be it a FIFO or a device. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        *ret_problem = folder_error(arena, path);
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    bool is_read = false;
    if (!S_ISREG(status.st_mode)) {
        *ret_problem = arena_printf(arena, "cannot be read: %s is no file (--gcs)", path);
    } else {
        enum gcs_room room = gcs_intake_expect(intake, (uint64_t)status.st_size);
        if (room == GCS_FITS)
            is_read = folder_take(descriptor, path, intake, arena, ret_problem);
        else
            *ret_problem = gcs_intake_problem(intake, room, arena);
    }
    close(descriptor);
    return is_read;
}

enum gcs_result gcs_folder_read(const char *folder, const struct gcs_name *name,
    struct gcs_intake *intake, struct arena *arena, struct text *ret_problem)
{
    struct stat status;
    const char *bucket = arena_printf(arena, "%s/%.*s", folder, TEXT_ARGS(name->bucket)).bytes;
    if (stat(bucket, &status) != 0 && errno == ENOENT)
        return GCS_ABSENT;
    const char *path = arena_printf(arena, "%s/%.*s", bucket, TEXT_ARGS(name->object)).bytes;
    const char *resolved = folder_resolve(folder, path, arena, ret_problem);
    return resolved && folder_read_file(resolved, intake, arena, ret_problem) ? GCS_FOUND
                                                                              : GCS_PROBLEM;
}
