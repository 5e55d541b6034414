#include "store/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/database_file.h"

enum {
    /* Each further try means that somebody let go of the lock in the last microseconds. */
    LOCK_FILE_TRIES_MAX = 100,
    LOCK_FILE_OWNER_MAX = 32
};

/* True if the file is one that we may sign: empty, or signed by a process before. A file that
 * happens to have this name (yarn.lock, beside a database named "yarn") must not be lost. */
static bool lock_file_is_ours(int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink > 1)
        return false;
    char content[LOCK_FILE_OWNER_MAX];
    ssize_t len = pread(descriptor, content, sizeof(content), 0);
    int64_t process_id;
    struct text digits = text_trim((struct text){content, len > 0 ? (size_t)len : 0});
    return status.st_size == 0 ||
           (status.st_size < LOCK_FILE_OWNER_MAX && text_parse_int64(digits, &process_id));
}

/* Says who holds the lock, as far as its file tells. */
static struct text lock_file_owner(int descriptor, struct arena *arena)
{
    char owner[LOCK_FILE_OWNER_MAX];
    ssize_t len = pread(descriptor, owner, sizeof(owner), 0);
    struct text digits = text_trim((struct text){owner, len > 0 ? (size_t)len : 0});
    int64_t process_id;
    if (!text_parse_int64(digits, &process_id))
        return TEXT("another process");
    return arena_printf(arena, "process %lld", (long long)process_id);
}

/* Writes whose it is; for people only, so a failure does not matter. */
static void lock_file_sign(int descriptor)
{
    if (ftruncate(descriptor, 0) != 0 || dprintf(descriptor, "%ld\n", (long)getpid()) < 0)
        return;
}

/* True if what has the name is no file: a folder, a link that is not followed, a socket. */
static bool lock_file_is_no_file(const char *lock_path)
{
    struct stat status;
    return lstat(lock_path, &status) == 0 && !S_ISREG(status.st_mode);
}

static struct text lock_file_foreign_message(const char *lock_path, struct arena *arena)
{
    return arena_printf(
        arena, "%s is no lock file of tunemock's; move it or choose another database", lock_path);
}

static struct text lock_file_open_message(const char *lock_path, int error, struct arena *arena)
{
    if (lock_file_is_no_file(lock_path))
        return lock_file_foreign_message(lock_path, arena);
    if (access(lock_path, F_OK) == 0 && access(lock_path, R_OK | W_OK) != 0)
        return arena_printf(arena,
            "cannot open %s: %s; if no tunemock of its owner runs, remove it, or choose another"
            " database",
            lock_path, strerror(error));
    return arena_printf(arena, "cannot make %s: %s; its folder must be writable and have room",
        lock_path, strerror(error));
}

bool lock_file_take(
    struct lock_file *lock, const char *path, struct arena *arena, struct text *ret_message)
{
    struct text lock_path = arena_printf(arena, "%s.lock", path);
    for (int i = 0; i < LOCK_FILE_TRIES_MAX; i++) {
        int descriptor = open(lock_path.bytes,
            O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
        if (descriptor < 0) {
            *ret_message = lock_file_open_message(lock_path.bytes, errno, arena);
            return false;
        }
        if (!lock_file_is_ours(descriptor)) {
            *ret_message = lock_file_foreign_message(lock_path.bytes, arena);
            close(descriptor);
            return false;
        }
        if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            struct text owner = lock_file_owner(descriptor, arena);
            *ret_message =
                errno == EWOULDBLOCK
                    ? arena_printf(arena,
                          "%s is in use by %.*s; stop that one or choose another file", path,
                          TEXT_ARGS(owner))
                    : arena_printf(arena, "cannot lock %s: %s", lock_path.bytes, strerror(errno));
            close(descriptor);
            return false;
        }
        /* Its last holder may have removed it between our open and our lock. */
        if (database_file_is_at(descriptor, lock_path.bytes)) {
            lock_file_sign(descriptor);
            database_file_make_private(descriptor);
            *lock = (struct lock_file){descriptor, memory_copy_text(lock_path.bytes)};
            return true;
        }
        close(descriptor);
    }
    *ret_message = arena_printf(
        arena, "cannot lock %s: it is taken and given back all the time", lock_path.bytes);
    return false;
}

void lock_file_release(struct lock_file *lock)
{
    if (lock->descriptor < 0)
        return;
    /* Removed while it is held, so that nobody's lock but ours can be on it; if somebody has taken
     * it away, the name may be another's by now. */
    if (database_file_is_at(lock->descriptor, lock->path))
        unlink(lock->path);
    close(lock->descriptor);
    free(lock->path);
    *lock = (struct lock_file)LOCK_FILE_INIT;
}
