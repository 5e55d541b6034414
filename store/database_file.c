#include "store/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static uint32_t header_uint32(const unsigned char *header, int offset)
{
    const unsigned char *bytes = header + offset;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

const char *database_file_resolve(const char *path, struct arena *arena, struct text *ret_message)
{
    char resolved[PATH_MAX];
    if (realpath(path, resolved))
        return arena_copy(arena, resolved, strlen(resolved));
    struct stat status;
    if (errno != ENOENT || lstat(path, &status) == 0) {
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
    if (header_uint32(header, HEADER_APPLICATION_ID) == DATABASE_APPLICATION_ID)
        return migrate_check_version(
            header_uint32(header, HEADER_USER_VERSION), path, arena, ret_message);
    bool is_empty = header_uint32(header, HEADER_APPLICATION_ID) == 0 &&
                    header_uint32(header, HEADER_USER_VERSION) == 0 &&
                    header[HEADER_PAGE_TYPE] == PAGE_TYPE_TABLE_LEAF &&
                    header[HEADER_CELL_COUNT] == 0 && header[HEADER_CELL_COUNT + 1] == 0 &&
                    !database_file_has_wal(path, arena);
    if (!is_empty)
        *ret_message =
            arena_printf(arena, "%s is a database of another program; choose another file", path);
    return is_empty;
}

bool database_file_check(const char *path, struct arena *arena, struct text *ret_message)
{
    /* O_NONBLOCK, or a FIFO would keep us. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 && errno == ENOENT)
        return true;
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        *ret_message =
            arena_printf(arena, "cannot open %s: %s; choose another file", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    unsigned char header[HEADER_BYTES] = {0};
    ssize_t len = S_ISREG(status.st_mode) ? pread(descriptor, header, sizeof(header), 0) : -1;
    /* Before SQLite opens the file: closing it later would drop SQLite's locks on it. */
    close(descriptor);
    if (len < 0) {
        *ret_message = arena_printf(arena, "%s is not a readable file; choose another one", path);
        return false;
    }
    return len == 0 || database_file_check_header(header, path, arena, ret_message);
}
