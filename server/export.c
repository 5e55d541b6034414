#include "server/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/json/write.h"
#include "server/state/state_file.h"

static bool export_fail(
    struct app *app, const char *path, const char *reason, struct text *ret_message)
{
    *ret_message =
        arena_printf(&app->arena, "--export-on-exit: %s was not written: %s", path, reason);
    return false;
}

/* As GET state answers it. False if the store failed, which logs why. */
static bool export_encode(struct app *app, struct arena *arena, struct buf *out)
{
    struct space *space = spaces_default(app->spaces);
    struct budget budget;
    struct share share = {.budget = &budget};
    const struct json_style style = {.mask = NULL};
    enum store_result result;
    budget_init(&budget, SIZE_MAX);
    const struct message *file =
        state_file_encode(space, app->store, store_get_reader(app->store, 0), app->catalogue,
            clock_now_ns(&space->clock), &share, arena, &result);
    if (file) {
        json_write(out, file, &style);
        buf_add_byte(out, '\n');
    }
    share_release(&share);
    return file != NULL;
}

/* 0, or errno. */
static int export_write(int descriptor, struct text bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(descriptor, bytes.bytes, bytes.len);
        if (written < 0 && errno != EINTR)
            return errno;
        bytes = text_slice(bytes, written > 0 ? (size_t)written : 0, bytes.len);
    }
    return fsync(descriptor) == 0 ? 0 : errno;
}

/* 0, or errno. */
static int export_put(const char *path, const char *new_path, struct text bytes)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return EEXIST;
    unlink(new_path);
    int descriptor = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0)
        return errno;
    int error = export_write(descriptor, bytes);
    if (close(descriptor) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(new_path, path) != 0)
        error = errno;
    if (error != 0)
        unlink(new_path);
    return error;
}

bool export_state(struct app *app, const char *path, struct text *ret_message)
{
    struct arena arena;
    struct buf bytes = BUF_INIT;
    arena_init(&arena);
    bool is_encoded = export_encode(app, &arena, &bytes);
    const char *new_path = arena_printf(&arena, "%s.new-%ld", path, (long)getpid()).bytes;
    int error = is_encoded ? export_put(path, new_path, buf_text(&bytes)) : 0;
    arena_release(&arena);
    buf_release(&bytes);
    if (!is_encoded)
        return export_fail(app, path, "the store cannot be read; see the log", ret_message);
    return error == 0 || export_fail(app, path, strerror(error), ret_message);
}
