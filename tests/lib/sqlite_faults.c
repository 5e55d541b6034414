#include "tests/lib/sqlite_faults.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/connection.h"

/* What is armed. The countdown is only kept while it is not 0. */
static struct {
    _Atomic enum fault fault;
    atomic_bool is_lasting;
    atomic_long countdown; /* calls until the failure; 0: not armed */
    atomic_long hits;
} armed;

/* True if this call, of a kind in `faults`, must fail. */
static bool fault_hits(unsigned faults)
{
    if (atomic_load(&armed.countdown) == 0 || !(faults & 1U << atomic_load(&armed.fault)))
        return false;
    bool is_hit = atomic_load(&armed.countdown) == 1;
    if (!is_hit)
        atomic_fetch_sub(&armed.countdown, 1);
    else if (!atomic_load(&armed.is_lasting))
        atomic_store(&armed.countdown, 0);
    if (is_hit)
        atomic_fetch_add(&armed.hits, 1);
    return is_hit;
}

void faults_arm(enum fault fault, long nth, bool is_lasting)
{
    atomic_store(&armed.fault, fault);
    atomic_store(&armed.is_lasting, is_lasting);
    atomic_store(&armed.hits, 0);
    atomic_store(&armed.countdown, nth);
}

long faults_disarm(void)
{
    atomic_store(&armed.countdown, 0);
    return atomic_load(&armed.hits);
}

/* Which faults a call can suffer. */
enum {
    CALL_READS = 1U << FAULT_IO,
    CALL_WRITES = 1U << FAULT_IO | 1U << FAULT_FULL | 1U << FAULT_READ_ONLY
};

/* The code with which a call that was hit fails: `io_code` unless something more is known. */
static int fault_code(int io_code)
{
    switch (atomic_load(&armed.fault)) {
    case FAULT_FULL:
        return SQLITE_FULL;
    case FAULT_READ_ONLY:
        return SQLITE_READONLY;
    case FAULT_IO:
    case FAULT_MEMORY:
    case FAULT_COUNT:
        break;
    }
    return io_code;
}

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* in the bytes behind */
};

static sqlite3_file *real_file(sqlite3_file *file)
{
    return ((struct fault_file *)(void *)file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_file(file)->pMethods->xClose(real_file(file));
}

static int file_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_READ;
    return real_file(file)->pMethods->xRead(real_file(file), bytes, len, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    if (fault_hits(CALL_WRITES)) {
        /* Half of it gets there, as it would on a real disk. */
        real_file(file)->pMethods->xWrite(real_file(file), bytes, len / 2, offset);
        return fault_code(SQLITE_IOERR_WRITE);
    }
    return real_file(file)->pMethods->xWrite(real_file(file), bytes, len, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    if (fault_hits(CALL_WRITES))
        return fault_code(SQLITE_IOERR_TRUNCATE);
    return real_file(file)->pMethods->xTruncate(real_file(file), len);
}

static int file_sync(sqlite3_file *file, int flags)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_FSYNC;
    return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_len)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_FSTAT;
    return real_file(file)->pMethods->xFileSize(real_file(file), ret_len);
}

static int file_lock(sqlite3_file *file, int lock)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_LOCK;
    return real_file(file)->pMethods->xLock(real_file(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_file(file)->pMethods->xUnlock(real_file(file), lock);
}

static int file_check_reserved_lock(sqlite3_file *file, int *ret_is_locked)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_CHECKRESERVEDLOCK;
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), ret_is_locked);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int file_device_characteristics(sqlite3_file *file)
{
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int file_shm_map(
    sqlite3_file *file, int page, int page_bytes, int may_extend, void volatile **ret_map)
{
    /* What the system's layer makes of a full disk. Its SQLITE_READONLY means something else here:
     * a map that can be read. */
    if (fault_hits(may_extend ? CALL_WRITES : CALL_READS))
        return may_extend ? SQLITE_IOERR_SHMSIZE : SQLITE_IOERR_SHMMAP;
    return real_file(file)->pMethods->xShmMap(
        real_file(file), page, page_bytes, may_extend, ret_map);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    if (flags & SQLITE_SHM_LOCK && fault_hits(CALL_READS))
        return SQLITE_IOERR_SHMLOCK;
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int file_shm_unmap(sqlite3_file *file, int is_deleted)
{
    return real_file(file)->pMethods->xShmUnmap(real_file(file), is_deleted);
}

/* Version 2: without the memory map. */
static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static sqlite3_vfs *real_vfs(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int vfs_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    struct fault_file *fault_file = (struct fault_file *)(void *)file;
    fault_file->base.pMethods = NULL;
    fault_file->real = (sqlite3_file *)(void *)(fault_file + 1);
    if (fault_hits(flags & SQLITE_OPEN_CREATE ? CALL_WRITES : CALL_READS))
        return SQLITE_CANTOPEN;
    int code = real_vfs(vfs)->xOpen(real_vfs(vfs), path, fault_file->real, flags, ret_flags);
    if (fault_file->real->pMethods)
        fault_file->base.pMethods = &file_methods;
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_DELETE;
    return real_vfs(vfs)->xDelete(real_vfs(vfs), path, sync_folder);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret_is_so)
{
    if (fault_hits(CALL_READS))
        return SQLITE_IOERR_ACCESS;
    return real_vfs(vfs)->xAccess(real_vfs(vfs), path, flags, ret_is_so);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int len, char *ret_path)
{
    return real_vfs(vfs)->xFullPathname(real_vfs(vfs), path, len, ret_path);
}

/* SQLite's allocator as it was, and its calls with the fault in front. */
static sqlite3_mem_methods real_memory;

static void *memory_malloc_or_fail(int size_bytes)
{
    return fault_hits(1U << FAULT_MEMORY) ? NULL : real_memory.xMalloc(size_bytes);
}

static void *memory_realloc_or_fail(void *old, int size_bytes)
{
    return fault_hits(1U << FAULT_MEMORY) ? NULL : real_memory.xRealloc(old, size_bytes);
}

void faults_install(void)
{
    static sqlite3_vfs vfs;
    static sqlite3_mem_methods memory;
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    assert(code == SQLITE_OK);
    memory = real_memory;
    memory.xMalloc = memory_malloc_or_fail;
    memory.xRealloc = memory_realloc_or_fail;
    code = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    assert(code == SQLITE_OK);
    /* Where SQLite is built with a store of small pieces of its own, that must not hide a call. */
    code = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    assert(code == SQLITE_OK);
    connection_configure();

    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.zName = "faults";
    vfs.pAppData = real;
    vfs.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_pathname;
    code = sqlite3_vfs_register(&vfs, 1);
    assert(code == SQLITE_OK);
}
