/*
 * The reader: what it lets through is strict JSON that cJSON takes as a whole and that reads as
 * itself; what it refuses, it refuses with a text that can be put into an answer.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/buf.h"
#include "server/json/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check_accepted(struct arena *arena, const struct buf *strict)
{
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(strict->data, strict->len + 1, &end, 1);
    assert(tree);
    assert(end == strict->data + strict->len);
    cJSON_Delete(tree);

    /* The marks of the reader are no UTF-8; without them strict JSON stays as it is. */
    if (!text_is_utf8(buf_text(strict), NULL))
        return;
    struct buf again = BUF_INIT;
    struct json_read_problem problem;
    size_t count;
    bool is_accepted =
        json_read_strict(buf_text(strict), arena, SIZE_MAX, &again, &count, &problem);
    assert(is_accepted);
    assert(text_equals(buf_text(&again), buf_text(strict)));
    buf_release(&again);
}

static void fuzz_check_refused(struct text error)
{
    assert(text_is_utf8(error, NULL));
    assert(text_starts_with(error, TEXT("Invalid JSON payload received. ")));
    assert(text_ends_with(error, TEXT("^")) || text_find(error, TEXT("too deep")) < error.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct buf strict = BUF_INIT;
    struct json_read_problem problem;
    size_t count;
    struct text input = {(const char *)data, size};
    if (json_read_strict(input, &arena, SIZE_MAX, &strict, &count, &problem))
        fuzz_check_accepted(&arena, &strict);
    else
        fuzz_check_refused(problem.text);
    buf_release(&strict);
    arena_release(&arena);
    return 0;
}
