#include "store/private_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "store/database_file.h"

/* Not a name that people give: what has it, is ours, and has no lock may be removed. */
#define FOLDER_PREFIX "tunemock-memory-"
#define FOLDER_RANDOM "XXXXXX"

enum {
    FOLDER_PARENTS = 3,
    /* Each further try means that somebody's clearing took our folder for one that was left. */
    FOLDER_TRIES_MAX = 100,
    /* A start looks at no more names, so that a crowded /tmp does not hold it up, and removes no
     * more folders; the next goes on. */
    FOLDER_NAMES_MAX = 20000,
    FOLDER_REMOVED_MAX = 2000,
    /* Below the first a warning is due, below the second not even the start is sure to fit. */
    FOLDER_ROOM_WANTED_MIB = 16,
    FOLDER_ROOM_MIN_MIB = 2
};

static const char *const folder_files[] = {PRIVATE_FOLDER_FILE, PRIVATE_FOLDER_FILE "-wal",
    PRIVATE_FOLDER_FILE "-shm", PRIVATE_FOLDER_FILE "-journal"};

static void folder_remove_files(int descriptor)
{
    for (size_t i = 0; i < ARRAY_COUNT(folder_files); i++)
        unlinkat(descriptor, folder_files[i], 0);
}

/* Opens a folder by its name without following a link. */
static int folder_open(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Removes a folder that was left, if it is ours and nobody has it. */
static bool folder_clear(int parent, const char *name)
{
    int descriptor = folder_open(parent, name);
    if (descriptor < 0)
        return false;
    struct stat status;
    bool is_left = fstat(descriptor, &status) == 0 && status.st_uid == geteuid() &&
                   (status.st_mode & 0777) == 0700 && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (is_left)
        folder_remove_files(descriptor);
    /* Anything else in it keeps it. */
    bool is_removed = is_left && unlinkat(parent, name, AT_REMOVEDIR) == 0;
    close(descriptor);
    return is_removed;
}

static bool folder_is_named_like_ours(const char *name)
{
    size_t prefix_len = sizeof(FOLDER_PREFIX) - 1;
    return strncmp(name, FOLDER_PREFIX, prefix_len) == 0 &&
           strlen(name) == prefix_len + sizeof(FOLDER_RANDOM) - 1;
}

static void folder_clear_all(const char *parent)
{
    DIR *entries = opendir(parent);
    if (!entries)
        return;
    int removed_count = 0;
    struct dirent *entry;
    for (int i = 0; i < FOLDER_NAMES_MAX && removed_count < FOLDER_REMOVED_MAX; i++) {
        entry = readdir(entries);
        if (!entry)
            break;
        if (folder_is_named_like_ours(entry->d_name))
            removed_count += folder_clear(dirfd(entries), entry->d_name);
    }
    closedir(entries);
    if (removed_count > 0)
        log_write(LOG_DEBUG, "removed %d folders from %s that killed processes had left",
            removed_count, parent);
}

/* MiB free for us; -1 if nothing can be made there. */
static int64_t folder_measure(const char *parent)
{
    struct statvfs status;
    if (access(parent, W_OK | X_OK) != 0 || statvfs(parent, &status) != 0)
        return -1;
    if (status.f_files > 0 && status.f_favail == 0)
        return -1;
    if (status.f_blocks == 0)
        return INT64_MAX; /* a tmpfs without bounds */
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize >> 20;
}

/* The first parent with room enough, else the one with most; NULL if there is none at all. */
static const char *folder_choose_parent(int64_t *ret_mib)
{
    const char *parents[FOLDER_PARENTS] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    const char *best = NULL;
    *ret_mib = -1;
    for (int i = 0; i < FOLDER_PARENTS && *ret_mib < FOLDER_ROOM_WANTED_MIB; i++) {
        if (!parents[i] || *parents[i] == '\0')
            continue;
        folder_clear_all(parents[i]);
        int64_t mib = folder_measure(parents[i]);
        if (mib > *ret_mib) {
            best = parents[i];
            *ret_mib = mib;
        }
    }
    return best;
}

/* Makes and locks one. A clearing that is under way may have it first: then false, and errno is
 * EWOULDBLOCK or ENOENT. Where folders cannot be locked nobody clears them, either. */
static bool folder_try(struct private_folder *folder, const char *parent, struct arena *arena)
{
    struct text name = arena_printf(arena, "%s/" FOLDER_PREFIX FOLDER_RANDOM, parent);
    char *path = arena_copy(arena, name.bytes, name.len);
    if (!mkdtemp(path))
        return false;
    /* The umask may have taken our own rights, without which nobody clears it, either. */
    if (chmod(path, 0700) != 0)
        return false;
    int descriptor = folder_open(AT_FDCWD, path);
    if (descriptor < 0) {
        int error = errno;
        rmdir(path);
        errno = error;
        return false;
    }
    bool is_taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && database_file_is_at(descriptor, path)) {
        *folder = (struct private_folder){.path = path, .descriptor = descriptor};
        return true;
    }
    close(descriptor);
    errno = ENOENT;
    return false;
}

bool private_folder_make(
    struct private_folder *folder, struct arena *arena, struct text *ret_message)
{
    *folder = (struct private_folder){.descriptor = -1};
    int64_t mib;
    const char *parent = folder_choose_parent(&mib);
    if (!parent) {
        *ret_message = TEXT("no folder for data in memory: make /dev/shm, TMPDIR or /tmp writable");
        return false;
    }
    if (mib < FOLDER_ROOM_MIN_MIB) {
        *ret_message = arena_printf(arena,
            "no room for data in memory: %s has less than %d MiB free, and neither of /dev/shm,"
            " TMPDIR and /tmp has more; make room, set TMPDIR to a folder with room, or in a"
            " container give /dev/shm more (docker run --shm-size)",
            parent, FOLDER_ROOM_MIN_MIB);
        return false;
    }
    bool is_made = folder_try(folder, parent, arena);
    for (int i = 1; !is_made && errno == ENOENT && i < FOLDER_TRIES_MAX; i++)
        is_made = folder_try(folder, parent, arena);
    if (!is_made) {
        *ret_message = arena_printf(
            arena, "cannot make a folder for data in memory in %s: %s", parent, strerror(errno));
        return false;
    }
    folder->parent = parent;
    if (mib < FOLDER_ROOM_WANTED_MIB)
        log_write(LOG_WARNING,
            "data in memory: %s has %lld MiB free, creates will soon be refused; make room, set"
            " TMPDIR to a folder with room, or in a container give /dev/shm more (docker run"
            " --shm-size)",
            parent, (long long)mib);
    return true;
}

void private_folder_remove(struct private_folder *folder)
{
    if (!folder->path)
        return;
    folder_remove_files(folder->descriptor);
    rmdir(folder->path);
    close(folder->descriptor);
    *folder = (struct private_folder){.descriptor = -1};
}
