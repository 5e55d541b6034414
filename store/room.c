#include "store/room.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "store/connection.h"

enum {
    /* The file is made to grow by more than the pages that must be free, so that this is not done
     * at each commit. */
    ROOM_SPARE_FACTOR = 2,
    /* Pages that the growing itself may take, beside the free ones: leaves, the list of free ones.
     */
    ROOM_SLACK_PAGES = 4,
    /* What a deleted model entitles creates to take below the mark: its rows may have left gaps in
     * pages, where no other row fits. */
    ROOM_CREDIT_PAGES = 2,
    ROOM_WAL_PART = 4
};

/* What is free where the file lies, for us. */
static int64_t room_measure(int descriptor)
{
    struct statvfs status;
    if (fstatvfs(descriptor, &status) != 0 || status.f_blocks == 0)
        return INT64_MAX; /* not known, or a tmpfs without bounds */
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}

static int64_t room_clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

/* Gives the bytes from `begin` to before `end` blocks, without a change of the file's length. Where
 * a file system cannot do that there is no room to be sure of, and nothing to wait for. */
static bool room_allocate(int descriptor, int64_t begin, int64_t end)
{
    /* Blocks beyond what a file may grow to (ulimit -f) are to be had, but not to be written. */
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (uint64_t)end > limit.rlim_cur) {
        errno = EFBIG;
        return false;
    }
    int result;
    do
        result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, begin, end - begin);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EOPNOTSUPP || errno == ENOSYS;
}

static enum store_result room_read_number(
    struct room *room, enum statement statement, int64_t *ret_number)
{
    struct query query;
    query_start(&query, room->writer, statement);
    *ret_number = query_step(&query) ? query_read_int64(&query) : 0;
    return query_end(&query);
}

void room_limit_wal(struct room *room, bool is_limited)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA journal_size_limit = %lld",
        is_limited ? (long long)room->wal_bytes : -1LL);
    sqlite3_exec(room->writer->db, pragma, NULL, NULL, NULL);
}

/* A part of what we could have: what is free by now, and what is ours. So a start on a full disk
 * wants what the last one held, and one that began there wants more when there is room. */
static int64_t room_wanted_wal_bytes(const struct room *room)
{
    int64_t bytes = room_measure(room->wal);
    const int ours[] = {room->database, room->wal};
    for (size_t i = 0; bytes < ROOM_WAL_PART * (int64_t)ROOM_WAL_BYTES_MAX && i < ARRAY_COUNT(ours);
         i++) {
        struct stat status;
        if (fstat(ours[i], &status) == 0)
            bytes += (int64_t)status.st_blocks * 512;
    }
    return room_clamp(bytes / ROOM_WAL_PART, ROOM_WAL_BYTES_MIN, ROOM_WAL_BYTES_MAX);
}

void room_hold_wal(struct room *room)
{
    int64_t bytes = room_wanted_wal_bytes(room);
    if (room->wal_bytes >= bytes)
        return;
    bool is_held = room_allocate(room->wal, 0, bytes);
    int error = errno;
    for (; !is_held && bytes > ROOM_WAL_BYTES_LEAST; is_held = room_allocate(room->wal, 0, bytes))
        bytes = bytes / 2 > ROOM_WAL_BYTES_LEAST ? bytes / 2 : ROOM_WAL_BYTES_LEAST;
    if (is_held && bytes > room->wal_bytes)
        room->wal_bytes = bytes;
    if (room->wal_bytes == 0 && !room->is_told) {
        room->is_told = true;
        log_write(LOG_WARNING,
            "store: no room could be set aside (%s): deletes may fail until there is some",
            strerror(error));
    }
}

enum store_result room_open(struct room *room, struct connection *writer, int database, int wal)
{
    room->writer = writer;
    struct stat file = {0};
    int64_t page_bytes, page_count = 0;
    enum store_result result = room_read_number(room, STATEMENT_PAGE_BYTES, &page_bytes);
    if (result == STORE_OK)
        result = room_read_number(room, STATEMENT_PAGE_COUNT, &page_count);
    if (result != STORE_OK)
        return result;
    assert(page_bytes > 0);
    fstat(database, &file);
    int64_t spare_pages = room_clamp(
        room_measure(database) / 16 / page_bytes, ROOM_SPARE_PAGES_MIN, ROOM_SPARE_PAGES_MAX);
    *room = (struct room){
        .writer = writer,
        .database = database,
        .wal = wal,
        .page_bytes = (int)page_bytes,
        .covered_bytes = file.st_size,
        .spare_pages = (int)spare_pages,
        .floor_pages = (int)spare_pages,
    };
    /* The file before the WAL: without room for what a migration, or an older version, has left in
     * the WAL it could never start anew. Pages that were free when they would have been written
     * have no blocks yet, either. */
    int64_t bytes = page_count * page_bytes > file.st_size ? page_count * page_bytes : file.st_size;
    if (bytes > 0 && room_allocate(database, 0, bytes))
        room->covered_bytes = bytes;
    return STORE_OK;
}

/* Sees to it that this many pages of the file have blocks. */
static bool room_cover_pages(struct room *room, int64_t page_count)
{
    int64_t bytes = page_count * room->page_bytes;
    if (bytes <= room->covered_bytes)
        return true;
    if (!room_allocate(room->database, room->covered_bytes, bytes))
        return false;
    room->covered_bytes = bytes;
    return true;
}

/* Makes the file grow by free pages: a row of that many pages, inserted and deleted. */
static enum store_result room_add_spare(struct room *room)
{
    if (room->is_full)
        log_write(LOG_INFO, "store: there is room again");
    room->is_full = false;
    struct query query;
    query_start(&query, room->writer, STATEMENT_INSERT_SPARE);
    query_bind_int64(&query, (int64_t)ROOM_SPARE_FACTOR * room->spare_pages * room->page_bytes);
    enum store_result result = query_run(&query);
    if (result == STORE_OK)
        result = connection_run(room->writer, STATEMENT_DELETE_SPARE);
    room->floor_pages = room->spare_pages;
    return result;
}

/* Says so once, not for each write. */
static enum store_result room_refuse(struct room *room)
{
    if (!room->is_full && room->wal_bytes > 0)
        log_write(LOG_ERROR,
            "store: no space is left for more: deletes work, creates that need more"
            " than was deleted are refused");
    else if (!room->is_full)
        log_write(LOG_ERROR, "store: no space is left, not even for deletes: make room");
    room->is_full = true;
    return STORE_FULL;
}

enum store_result room_cover(struct room *room, bool is_growing, int64_t freed_count)
{
    int64_t page_count, free_count = 0;
    enum store_result result = room_read_number(room, STATEMENT_PAGE_COUNT, &page_count);
    if (result == STORE_OK)
        result = room_read_number(room, STATEMENT_FREE_COUNT, &free_count);
    if (result != STORE_OK)
        return result;
    room->floor_pages = (int)room_clamp(room->floor_pages - ROOM_CREDIT_PAGES * freed_count,
        room->spare_pages / 2, room->spare_pages);
    if (is_growing && free_count < room->spare_pages) {
        int64_t grown_count = page_count - free_count +
                              (int64_t)ROOM_SPARE_FACTOR * room->spare_pages + ROOM_SLACK_PAGES;
        if (room_cover_pages(room, grown_count))
            return room_add_spare(room);
        if (free_count < room->floor_pages)
            return room_refuse(room);
    }
    return room_cover_pages(room, page_count) ? STORE_OK : room_refuse(room);
}

void room_note_checkpoint(struct room *room)
{
    struct stat status;
    if (fstat(room->database, &status) == 0 && status.st_size < room->covered_bytes)
        room->covered_bytes = status.st_size;
}

int64_t room_measure_wal(const struct room *room)
{
    struct stat status;
    return fstat(room->wal, &status) == 0 ? status.st_size : 0;
}

bool room_is_wal_too_long(const struct room *room)
{
    return room_measure_wal(room) > room->wal_bytes;
}

void room_give_back(struct room *room)
{
    struct stat status;
    int64_t page_count;
    /* With the write lock nobody makes the file longer than this. */
    if (connection_run(room->writer, STATEMENT_BEGIN_WRITE) != STORE_OK)
        return;
    if (room_read_number(room, STATEMENT_PAGE_COUNT, &page_count) == STORE_OK &&
        fstat(room->database, &status) == 0 && status.st_size >= page_count * room->page_bytes) {
        room->covered_bytes = status.st_size;
        if (ftruncate(room->database, status.st_size) != 0)
            room->covered_bytes = 0;
    }
    connection_run(room->writer, STATEMENT_ROLLBACK);
}

bool room_is_scarce(const struct room *room)
{
    return room_measure(room->database) < (int64_t)2 * ROOM_WAL_BYTES_MAX;
}
