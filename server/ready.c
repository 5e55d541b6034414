#include "server/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/output.h"

enum {
    /* After so long with no room on stdout, a line in the log says so. */
    READY_WAIT_MS = 1000,
    /* Each further try means that a file of this random name was there already. */
    READY_NAME_TRIES_MAX = 8
};

/* What a thread of its own writes, since nobody may ever read it. */
struct announcement {
    char *path; /* a FIFO or device to open; NULL: stdout */
    struct buf text;
};

static void announcement_free(struct announcement *announcement)
{
    free(announcement->path);
    buf_release(&announcement->text);
    free(announcement);
}

/* The descriptor to write to, or -1 with errno. Waits for a FIFO's reader. */
static int announcement_open(const struct announcement *announcement)
{
    if (!announcement->path)
        return STDOUT_FILENO;
    int descriptor = open(announcement->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    struct stat status;
    if (descriptor < 0 || (fstat(descriptor, &status) == 0 && !S_ISREG(status.st_mode)))
        return descriptor;
    close(descriptor);
    errno = EEXIST; /* somebody has put a file in its place */
    return -1;
}

static void announcement_complain(const struct announcement *announcement, const char *problem)
{
    if (announcement->path)
        log_write(LOG_WARNING, "--ready-file %s: %s", announcement->path, problem);
    else
        log_write(LOG_WARNING, "stdout: %s; nobody has seen the line that says tunemock is ready",
            problem);
}

static void *announcement_run(void *context)
{
    struct announcement *announcement = context;
    int descriptor = announcement_open(announcement);
    struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
    if (descriptor >= 0 && poll(&writable, 1, READY_WAIT_MS) == 0)
        announcement_complain(announcement, "is full and is not read");
    if (descriptor < 0 || output_write(descriptor, buf_text(&announcement->text)).len > 0)
        announcement_complain(announcement, strerror(errno));
    if (descriptor >= 0 && announcement->path)
        close(descriptor);
    announcement_free(announcement);
    return NULL;
}

static void announcement_make(const char *path, const char *before, const char *url)
{
    struct announcement *announcement = memory_alloc(sizeof(*announcement));
    announcement->path = path ? memory_copy_text(path) : NULL;
    buf_init(&announcement->text);
    buf_printf(&announcement->text, "%s%s\n", before, url);
    pthread_t thread;
    if (pthread_create(&thread, NULL, announcement_run, announcement) == 0) {
        pthread_detach(thread);
        return;
    }
    announcement_complain(announcement, "no thread to write to it");
    announcement_free(announcement);
}

void ready_print(const char *url)
{
    announcement_make(NULL, "tunemock ready on ", url);
}

/* Always false, so that it can be returned. */
static bool ready_file_fail(const struct ready_file *file, const char *problem, struct arena *arena,
    struct text *ret_message)
{
    *ret_message = arena_printf(arena, "--ready-file %s: %s", file->path, problem);
    return false;
}

/* True if the path leads, as /dev/stdout does, to what this process writes to. */
static bool ready_file_is_own_output(const struct stat *meant)
{
    for (int descriptor = STDOUT_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        struct stat own;
        if (fstat(descriptor, &own) == 0 && own.st_dev == meant->st_dev &&
            own.st_ino == meant->st_ino)
            return true;
    }
    return false;
}

bool ready_file_prepare(
    struct ready_file *file, const char *path, struct arena *arena, struct text *ret_message)
{
    file->path = path;
    struct stat named, meant;
    if (!path || lstat(path, &named) != 0)
        return true; /* what is wrong with the path, if anything, is told when it is written */
    if (stat(path, &meant) != 0)
        meant = named; /* a link that leads nowhere */
    file->is_pipe = S_ISFIFO(meant.st_mode) || S_ISCHR(meant.st_mode);
    if (file->is_pipe)
        return true;
    if ((!S_ISREG(named.st_mode) && !S_ISLNK(named.st_mode)) || ready_file_is_own_output(&meant))
        return ready_file_fail(
            file, "is there already, and is no file that could be removed", arena, ret_message);
    return unlink(path) == 0 || ready_file_fail(file, strerror(errno), arena, ret_message);
}

/* Makes a file beside the path that was not there before; -1 with errno. */
static int ready_file_create(
    const struct ready_file *file, const char **ret_name, struct arena *arena)
{
    int descriptor = -1;
    errno = EEXIST;
    for (int i = 0; i < READY_NAME_TRIES_MAX && descriptor < 0 && errno == EEXIST; i++) {
        *ret_name =
            arena_printf(arena, "%s.%08x.tmp", file->path, (unsigned)(clock_entropy() & 0xFFFFFFFF))
                .bytes;
        descriptor = open(*ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    return descriptor;
}

bool ready_file_write(
    struct ready_file *file, const char *url, struct arena *arena, struct text *ret_message)
{
    if (!file->path)
        return true;
    if (file->is_pipe) {
        announcement_make(file->path, "", url);
        return true;
    }
    const char *name;
    struct text line = arena_printf(arena, "%s\n", url);
    pthread_mutex_lock(&file->mutex);
    int descriptor = ready_file_create(file, &name, arena);
    bool is_good =
        descriptor >= 0 && output_write(descriptor, line).len == 0 && rename(name, file->path) == 0;
    int error = errno;
    if (is_good)
        file->descriptor = descriptor;
    pthread_mutex_unlock(&file->mutex);
    if (is_good)
        return true;
    if (descriptor >= 0) {
        unlink(name);
        close(descriptor);
    }
    return ready_file_fail(file, strerror(error), arena, ret_message);
}

void ready_file_remove(struct ready_file *file)
{
    if (pthread_mutex_trylock(&file->mutex) != 0)
        return;
    struct stat written, named;
    if (file->descriptor >= 0 && fstat(file->descriptor, &written) == 0 &&
        lstat(file->path, &named) == 0 && written.st_dev == named.st_dev &&
        written.st_ino == named.st_ino)
        unlink(file->path);
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
    pthread_mutex_unlock(&file->mutex);
}
