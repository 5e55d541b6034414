#include "store/file_watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/log.h"

static const char *const file_watch_suffixes[] = {"", "-wal", "-shm"};
_Static_assert(ARRAY_COUNT(file_watch_suffixes) == FILE_WATCH_NAMES, "one name each");

/* Offsets in the first page, from "Database File Format" at sqlite.org. */
static const char header_magic[16] = "SQLite format 3";
enum { HEADER_PAGE_SIZE = 16, HEADER_PAGE_COUNT = 28, HEADER_BYTES = 32 };

void file_watch_start(struct file_watch *watch, const char *path, int database, int wal)
{
    const int descriptors[FILE_WATCH_NAMES] = {database, wal, -1};
    for (size_t i = 0; i < FILE_WATCH_NAMES; i++) {
        struct buf name = BUF_INIT;
        struct stat status;
        buf_add_string(&name, path);
        buf_add_string(&name, file_watch_suffixes[i]);
        bool is_known = descriptors[i] >= 0 ? fstat(descriptors[i], &status) == 0
                                            : stat(name.data, &status) == 0;
        if (is_known) {
            watch->devices[i] = status.st_dev;
            watch->inodes[i] = status.st_ino;
            watch->names[i] = buf_detach(&name, NULL);
        }
        buf_release(&name);
    }
    watch->descriptor = database;
}

void file_watch_stop(struct file_watch *watch)
{
    for (size_t i = 0; i < FILE_WATCH_NAMES; i++)
        free(watch->names[i]);
    *watch = (struct file_watch)FILE_WATCH_INIT;
}

/* The size that the database says it has; 0 if it is none any more. */
static off_t file_watch_said_size(const struct file_watch *watch)
{
    unsigned char header[HEADER_BYTES];
    if (pread(watch->descriptor, header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        memcmp(header, header_magic, sizeof(header_magic)) != 0)
        return 0;
    const unsigned char *page = header + HEADER_PAGE_SIZE, *count = header + HEADER_PAGE_COUNT;
    off_t page_bytes = page[0] << 8 | page[1];
    int64_t page_count = (int64_t)count[0] << 24 | count[1] << 16 | count[2] << 8 | count[3];
    return (page_bytes == 1 ? 65536 : page_bytes) * (off_t)page_count;
}

/* A database that has shrunk was cut, unless VACUUM did it and has left the new size in it. */
static bool file_watch_is_cut(struct file_watch *watch, off_t size)
{
    off_t said_size = file_watch_said_size(watch);
    bool has_shrunk = size < watch->size_max;
    watch->size_max = size;
    watch->is_cut = watch->is_cut || said_size == 0 || (has_shrunk && said_size > size);
    return watch->is_cut;
}

/* What has become of one of the files; NULL if it is there. */
static const char *file_watch_problem(struct file_watch *watch, size_t index)
{
    struct stat status;
    if (!watch->names[index])
        return NULL;
    if (stat(watch->names[index], &status) != 0)
        return errno == ENOENT || errno == ENOTDIR ? "was removed or moved away" : NULL;
    if (status.st_dev != watch->devices[index] || status.st_ino != watch->inodes[index])
        return "was replaced by another file";
    return index == 0 && file_watch_is_cut(watch, status.st_size) ? "was cut or written over"
                                                                  : NULL;
}

bool file_watch_is_sound(struct file_watch *watch)
{
    for (size_t i = 0; i < FILE_WATCH_NAMES; i++) {
        const char *problem = file_watch_problem(watch, i);
        if (!problem)
            continue;
        if (!watch->is_gone)
            log_write(LOG_ERROR,
                "store: %s %s while it was in use: writes are refused; put it back, or stop this "
                "tunemock and start it anew",
                watch->names[i], problem);
        watch->is_gone = true;
        return false;
    }
    if (watch->is_gone)
        log_write(LOG_WARNING, "store: %s is back: writes are taken again", watch->names[0]);
    watch->is_gone = false;
    return true;
}
