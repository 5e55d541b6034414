#include "store/database_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "store/migrate.h"

/* Offsets in the first page, from "Database File Format" at sqlite.org. */
enum {
    HEADER_USER_VERSION = 60,
    HEADER_APPLICATION_ID = 68,
    HEADER_PAGE_TYPE = 100,
    HEADER_CELL_COUNT = 103,
    HEADER_BYTES = 108,
    PAGE_TYPE_TABLE_LEAF = 13
};
static const char header_magic[16] = "SQLite format 3";

static uint32_t database_file_uint32(const unsigned char *header, int offset)
{
    const unsigned char *bytes = header + offset;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

const char *database_file_resolve(const char *path, struct arena *arena, struct text *ret_message)
{
    char resolved[PATH_MAX];
    struct stat status;
    bool is_found = realpath(path, resolved);
    bool is_new = !is_found && errno == ENOENT && lstat(path, &status) != 0;
    /* Once more, since another start may have made it between the two looks. */
    if (!is_found && !is_new)
        is_found = realpath(path, resolved);
    if (is_found)
        return arena_copy(arena, resolved, strlen(resolved));
    if (!is_new) {
        *ret_message =
            arena_printf(arena, "cannot open %s: %s; choose another file", path, strerror(errno));
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct text folder =
        slash ? arena_printf(arena, "%.*s/", (int)(slash - path), path) : TEXT(".");
    if (*name == '\0' || !realpath(folder.bytes, resolved)) {
        *ret_message = arena_printf(
            arena, "cannot make %s: %s; make its folder first", path, strerror(ENOENT));
        return NULL;
    }
    return arena_printf(arena, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, name).bytes;
}

/* True if a WAL with content lies beside: then the file's own bytes do not tell what is in it. */
static bool database_file_has_wal(const char *path, struct arena *arena)
{
    struct stat status;
    return stat(arena_printf(arena, "%s-wal", path).bytes, &status) == 0 && status.st_size > 0;
}

static bool database_file_check_header(
    const unsigned char *header, const char *path, struct arena *arena, struct text *ret_message)
{
    if (memcmp(header, header_magic, sizeof(header_magic)) != 0) {
        *ret_message = arena_printf(arena, "%s is not a database; choose another file", path);
        return false;
    }
    if (database_file_uint32(header, HEADER_APPLICATION_ID) == DATABASE_APPLICATION_ID)
        return migrate_check_version(
            database_file_uint32(header, HEADER_USER_VERSION), path, arena, ret_message);
    bool is_empty = database_file_uint32(header, HEADER_APPLICATION_ID) == 0 &&
                    database_file_uint32(header, HEADER_USER_VERSION) == 0 &&
                    header[HEADER_PAGE_TYPE] == PAGE_TYPE_TABLE_LEAF &&
                    header[HEADER_CELL_COUNT] == 0 && header[HEADER_CELL_COUNT + 1] == 0 &&
                    !database_file_has_wal(path, arena);
    if (!is_empty)
        *ret_message =
            arena_printf(arena, "%s is a database of another program; choose another file", path);
    return is_empty;
}

/* Reads no more than the header, whatever the file is. */
static bool database_file_check_open(
    int descriptor, const char *path, struct arena *arena, struct text *ret_message)
{
    struct stat status;
    unsigned char header[HEADER_BYTES] = {0};
    bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t len = is_file ? pread(descriptor, header, sizeof(header), 0) : -1;
    if (len < 0) {
        *ret_message = arena_printf(arena, "%s is not a readable file; choose another one", path);
        return false;
    }
    return len == 0 || database_file_check_header(header, path, arena, ret_message);
}

bool database_file_is_at(int descriptor, const char *path)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static struct text database_file_open_message(const char *path, int error, struct arena *arena)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return arena_printf(arena,
            "%s cannot be written; make it and its folder writable or choose another file", path);
    case ENOSPC:
    case EDQUOT:
        return arena_printf(
            arena, "%s cannot be made, no space is left; make room or choose another file", path);
    default:
        return arena_printf(
            arena, "cannot open %s: %s; choose another file", path, strerror(error));
    }
}

/* Network file systems make a lock on the whole file, as SQLite's own see it, of this one: there
 * the lock on the name must do. */
static bool database_file_is_remote(int descriptor)
{
    static const unsigned long remote[] = {
        NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC};
    struct statfs status;
    bool is_known = fstatfs(descriptor, &status) == 0;
    for (size_t i = 0; is_known && i < ARRAY_COUNT(remote); i++)
        if (((unsigned long)status.f_type & UINT32_MAX) == remote[i])
            return true;
    return false;
}

static bool database_file_lock(
    int descriptor, const char *path, struct arena *arena, struct text *ret_message)
{
    if (database_file_is_remote(descriptor) || flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        *ret_message = arena_printf(arena,
            "%s is in use by another process, by this name or another that leads to the same file;"
            " stop that process or choose another file",
            path);
    else
        *ret_message = arena_printf(arena,
            "cannot lock %s: %s; choose a file on another file system", path, strerror(errno));
    return false;
}

bool database_file_check(const char *path, struct arena *arena, struct text *ret_message)
{
    /* O_NONBLOCK, or a FIFO would keep us. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 && errno == ENOENT)
        return true;
    if (descriptor < 0) {
        *ret_message =
            arena_printf(arena, "cannot open %s: %s; choose another file", path, strerror(errno));
        return false;
    }
    bool is_good = database_file_check_open(descriptor, path, arena, ret_message);
    /* One that is being made looks like anything: its maker has the lock, and that is said then. */
    if (!is_good)
        database_file_lock(descriptor, path, arena, ret_message);
    /* Before SQLite opens the file: closing it later would drop SQLite's locks on it. */
    close(descriptor);
    return is_good;
}

/* What cannot be (a file system without rights) is left as it is. */
void database_file_make_private(int descriptor)
{
    struct stat status;
    bool is_ours = fstat(descriptor, &status) == 0 && status.st_uid == geteuid();
    if (is_ours && (status.st_mode & 07777) != 0600 && fchmod(descriptor, 0600) != 0)
        return;
}

/* SQLite gives what it makes beside the database the same rights; these are there already. False if
 * one is no file: SQLite would follow it somewhere, or fail at each write. */
static bool database_file_make_others_private(
    const char *path, struct arena *arena, struct text *ret_message)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        const char *name = arena_printf(arena, "%s%s", path, suffixes[i]).bytes;
        struct stat status;
        if (lstat(name, &status) == 0 && !S_ISREG(status.st_mode)) {
            *ret_message =
                arena_printf(arena, "%s is not a file; move it or choose another database", name);
            return false;
        }
        int descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (descriptor < 0)
            continue;
        database_file_make_private(descriptor);
        close(descriptor);
    }
    return true;
}

/* True if a WAL lies beside another name of the file in its folder, left by a server that was
 * killed: its writes would be missed now, and spoil the file later. */
static bool database_file_is_unfinished(
    int descriptor, const char *path, struct arena *arena, struct text *ret_message)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || status.st_nlink < 2)
        return false;
    const char *name = strrchr(path, '/') + 1; /* resolved, so there is one */
    const char *folder = arena_copy(arena, path, (size_t)(name - path));
    DIR *entries = opendir(folder);
    const char *other = NULL;
    for (struct dirent *entry; entries && !other && (entry = readdir(entries));) {
        if (entry->d_ino != status.st_ino || strcmp(entry->d_name, name) == 0)
            continue;
        const char *candidate = arena_printf(arena, "%s%s", folder, entry->d_name).bytes;
        if (database_file_is_at(descriptor, candidate) && database_file_has_wal(candidate, arena))
            other = candidate;
    }
    if (entries)
        closedir(entries);
    if (other)
        *ret_message = arena_printf(arena,
            "%s is the same file as %s, beside which a killed server has left writes; start once"
            " with --db %s, or choose another file",
            path, other, other);
    return other != NULL;
}

bool database_file_hold(
    const char *path, int *ret_descriptor, struct arena *arena, struct text *ret_message)
{
    int descriptor =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (descriptor < 0) {
        *ret_message = database_file_open_message(path, errno, arena);
        return false;
    }
    /* Checked again: what was there before we had the lock may have been replaced since. */
    bool is_good = database_file_lock(descriptor, path, arena, ret_message) &&
                   database_file_check_open(descriptor, path, arena, ret_message) &&
                   !database_file_is_unfinished(descriptor, path, arena, ret_message);
    if (is_good && !database_file_is_at(descriptor, path)) {
        *ret_message = arena_printf(arena, "%s was replaced just now; start again", path);
        is_good = false;
    }
    if (!is_good || !database_file_make_others_private(path, arena, ret_message)) {
        close(descriptor);
        return false;
    }
    database_file_make_private(descriptor);
    *ret_descriptor = descriptor;
    return true;
}

bool database_file_hold_wal(
    const char *wal_path, int *ret_descriptor, struct arena *arena, struct text *ret_message)
{
    int descriptor = open(wal_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    *ret_descriptor = -1;
    if (descriptor < 0 && errno == ENOENT)
        return true;
    if (descriptor < 0) {
        *ret_message = database_file_open_message(wal_path, errno, arena);
        return false;
    }
    struct stat status;
    bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    if (!is_file)
        *ret_message = arena_printf(arena, "%s is not a file; choose another database", wal_path);
    if (!is_file || !database_file_lock(descriptor, wal_path, arena, ret_message)) {
        close(descriptor);
        return false;
    }
    *ret_descriptor = descriptor;
    return true;
}

bool database_file_hold_to_read(
    const char *path, int *ret_descriptor, struct arena *arena, struct text *ret_message)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    *ret_descriptor = -1;
    if (descriptor < 0 && errno == ENOENT)
        return true;
    if (descriptor < 0) {
        *ret_message = arena_printf(arena, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    if (!database_file_lock(descriptor, path, arena, ret_message) ||
        database_file_is_unfinished(descriptor, path, arena, ret_message)) {
        close(descriptor);
        return false;
    }
    *ret_descriptor = descriptor;
    return true;
}
