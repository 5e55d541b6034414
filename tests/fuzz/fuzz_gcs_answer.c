/*
 * An answer of an emulator of the storage: the first byte is the length of the pieces in which it
 * comes. Whatever the bytes are, the answer is read to its end or to a problem, within its bounds,
 * and to the same one if it comes in one piece.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/gcs/gcs_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_BYTES_MAX = 4096 };

struct reading {
    struct arena arena;
    struct gcs_intake intake;
    struct gcs_answer answer;
    bool is_good;
};

static void reading_run(struct reading *reading, struct text bytes, size_t piece_len)
{
    arena_init(&reading->arena);
    gcs_intake_init(&reading->intake, FUZZ_BYTES_MAX, NULL);
    gcs_answer_init(&reading->answer, &reading->intake, &reading->arena);
    reading->is_good = true;
    for (size_t at = 0; at < bytes.len && reading->is_good; at += piece_len)
        reading->is_good = gcs_answer_take(&reading->answer, text_slice(bytes, at, at + piece_len));
    reading->is_good = reading->is_good && gcs_answer_end(&reading->answer);
    assert(reading->is_good == text_is_empty(reading->answer.problem));
    assert(reading->intake.bytes.len <= FUZZ_BYTES_MAX);
}

static void reading_release(struct reading *reading)
{
    gcs_answer_release(&reading->answer);
    gcs_intake_release(&reading->intake);
    arena_release(&reading->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *bytes = memory_alloc(size - 1);
    memcpy(bytes, data + 1, size - 1);
    struct text text = {bytes, size - 1};
    struct reading pieces, whole;
    reading_run(&pieces, text, (size_t)data[0] + 1);
    reading_run(&whole, text, size);
    assert(pieces.is_good == whole.is_good && pieces.answer.status == whole.answer.status);
    if (whole.is_good)
        assert(text_equals(buf_text(&pieces.intake.bytes), buf_text(&whole.intake.bytes)) &&
               text_equals(pieces.answer.location, whole.answer.location));
    reading_release(&pieces);
    reading_release(&whole);
    free(bytes);
    return 0;
}
