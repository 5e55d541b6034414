/*
 * The decoder: the first byte chooses the message, the second the version, the rest is the body.
 * What is accepted is printed, and what is printed is accepted and printed the same; what is
 * refused is refused with texts that can be put into an answer. What is printed may be refused for
 * its depth alone: an object that stood for a list of one is printed in brackets.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"
#include "server/json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check_problems(const struct decode_problems *problems)
{
    assert(problems->violation_count <= VIOLATIONS_MAX);
    assert(problems->syntax.len == 0 || problems->violation_count == 0);
    assert(text_is_utf8(problems->syntax, NULL));
    for (size_t i = 0; i < problems->violation_count; i++) {
        assert(text_is_utf8(problems->violations[i].field, NULL));
        assert(text_is_utf8(problems->violations[i].description, NULL));
        assert(problems->violations[i].description.len > 0);
    }
}

/* Decodes and prints; False if there were problems. */
static bool fuzz_decode(
    struct message *message, struct text body, struct decode_problems *problems, struct buf *out)
{
    decode_problems_init(problems, message->arena);
    decode_body(body, message, TEXT("body"), problems);
    fuzz_check_problems(problems);
    if (decode_problems_any(problems))
        return false;
    struct json_style style = {.layout = JSON_COMPACT};
    json_write(out, message, &style);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    /* There are more messages than a byte can name. */
    unsigned rest = data[1] / (unsigned)VERSION_COUNT;
    enum message_id id = (enum message_id)((data[0] + 256 * rest) % MESSAGE_COUNT);
    enum api_version version = (enum api_version)(data[1] % VERSION_COUNT);
    struct text body = {(const char *)data + 2, size - 2};
    struct arena arena;
    arena_init(&arena);
    struct buf printed = BUF_INIT;
    struct buf again = BUF_INIT;
    struct decode_problems problems;
    if (fuzz_decode(message_new(&arena, id, version), body, &problems, &printed)) {
        struct message *copy = message_new(&arena, id, version);
        if (fuzz_decode(copy, buf_text(&printed), &problems, &again))
            assert(text_equals(buf_text(&printed), buf_text(&again)));
        else
            assert(text_find(problems.syntax, TEXT("too deep")) < problems.syntax.len);
    }
    buf_release(&again);
    buf_release(&printed);
    arena_release(&arena);
    return 0;
}
