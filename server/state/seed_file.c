#include "server/state/seed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/contract/limits.h"
#include "server/state/seed_words.h"

/* A seed is a file for people and tests; this bounds what a wrong path can make us read. */
enum { SEED_FILE_BYTES_MAX = 256 * 1024 * 1024 };

/* Gives false. */
static bool seed_file_fail(struct seed_file *file, const char *reason)
{
    file->problem = arena_printf(file->arena, "%s: %s", file->path, reason);
    return false;
}

bool seed_file_read_descriptor(struct seed_file *file, int descriptor, struct buf *out)
{
    char block[16384];
    ssize_t got = 1;
    /* A file may grow while it is read, and one of the system's says that it has no size. */
    while (got > 0 && out->len <= SEED_FILE_BYTES_MAX) {
        got = read(descriptor, block, sizeof(block));
        if (got > 0)
            buf_add(out, block, (size_t)got);
    }
    return (got >= 0 && out->len <= SEED_FILE_BYTES_MAX) ||
           seed_file_fail(file, "is no regular file of at most 256 MiB that can be read");
}

bool seed_file_read(struct seed_file *file, struct buf *out)
{
    /* Opening a pipe must not wait for a writer. */
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        int error = errno;
        if (descriptor >= 0)
            close(descriptor);
        return seed_file_fail(file, strerror(error));
    }
    bool is_good = S_ISREG(status.st_mode) && status.st_size <= SEED_FILE_BYTES_MAX;
    if (is_good)
        is_good = seed_file_read_descriptor(file, descriptor, out);
    else
        seed_file_fail(file, "is no regular file of at most 256 MiB that can be read");
    close(descriptor);
    return is_good;
}

const struct decode_limits seed_file_limits = {
    .values_max = SEED_VALUES_MAX, .bytes_max = SIZE_MAX, .budget = NULL};

bool seed_file_decode(struct seed_file *file, struct text text)
{
    /* A request may have no body; a file without content is one that could not be written. */
    if (text_is_empty(text_trim(text)))
        return seed_file_fail(file, "is empty");
    struct decode_problems problems;
    decode_problems_init(&problems, file->arena);
    problems.limits = &seed_file_limits;
    file->message = message_new(file->arena, MESSAGE_SeedFile, VERSION_V1BETA);
    decode_body(text, file->message, TEXT(""), &problems);
    if (problems.excess == DECODE_TOO_MANY_VALUES)
        return seed_file_fail(file,
            arena_printf(file->arena, "has more than %d JSON values (objects, lists and scalars)",
                (int)SEED_VALUES_MAX)
                .bytes);
    file->is_syntax = problems.syntax.len > 0;
    if (decode_problems_any(&problems)) {
        const char *place = problems.syntax.len ? arena_printf(file->arena, ":%zu:%zu",
                                                      problems.syntax_line, problems.syntax_column)
                                                      .bytes
                                                : "";
        file->problem = arena_printf(file->arena, "%s%s: %.*s", file->path, place,
            TEXT_ARGS(seed_words_of_decoding(&problems, text, file->arena)));
        return false;
    }
    return true;
}
