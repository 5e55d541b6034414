#include "server/state/kept_seeds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    /* Of all seeds together, in memory: any that was written by hand. */
    KEPT_BYTES_MAX = 256 * 1024,
    KEPT_BLOCK_BYTES = 16384
};

/* A file that is gone once it is closed: on a disk, if there is one to write to. -1: there is
 * neither. */
static int kept_seed_open(void)
{
    const char *folder = getenv("TMPDIR");
    int descriptor =
        open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return descriptor >= 0 ? descriptor : memfd_create("seed", MFD_CLOEXEC);
}

static bool kept_seed_write(int descriptor, struct text bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(descriptor, bytes.bytes, bytes.len);
        if (written <= 0)
            return false;
        bytes = text_slice(bytes, (size_t)written, bytes.len);
    }
    return true;
}

/* False if the bytes have to stay in memory. */
static bool kept_seed_put_away(struct kept_seed *seed, struct text bytes)
{
    int descriptor = kept_seed_open();
    if (descriptor >= 0 && !kept_seed_write(descriptor, bytes)) {
        close(descriptor);
        descriptor = -1;
    }
    seed->descriptor = descriptor;
    return descriptor >= 0;
}

void kept_seeds_add(struct kept_seeds *seeds, const char *path, struct text bytes)
{
    struct kept_seed *seed = memory_alloc_zeroed(1, sizeof(*seed));
    *seed = (struct kept_seed){.path = memory_copy_text(path), .len = bytes.len, .descriptor = -1};
    bool is_small = bytes.len <= KEPT_BYTES_MAX - seeds->held_bytes;
    if (is_small || !kept_seed_put_away(seed, bytes)) {
        seed->bytes = memory_alloc(bytes.len + 1);
        memcpy(seed->bytes, bytes.bytes, bytes.len);
        seeds->held_bytes += is_small ? bytes.len : 0;
    }
    if (seeds->last)
        seeds->last->next = seed;
    else
        seeds->first = seed;
    seeds->last = seed;
}

bool kept_seed_read(const struct kept_seed *seed, struct buf *out)
{
    if (seed->bytes) {
        buf_add(out, seed->bytes, seed->len);
        return true;
    }
    size_t at = 0;
    buf_reserve(out, seed->len);
    while (at < seed->len) {
        char block[KEPT_BLOCK_BYTES];
        ssize_t got = pread(seed->descriptor, block, sizeof(block), (off_t)at);
        if (got <= 0)
            return false;
        buf_add(out, block, (size_t)got);
        at += (size_t)got;
    }
    return true;
}

void kept_seeds_release(struct kept_seeds *seeds)
{
    while (seeds->first) {
        struct kept_seed *seed = seeds->first;
        seeds->first = seed->next;
        if (seed->descriptor >= 0)
            close(seed->descriptor);
        free(seed->bytes);
        free(seed->path);
        free(seed);
    }
}
