/*
 * A data set as it may come from a file, and a prompt: the bytes up to the first zero byte are the
 * prompt, the rest are the data set. Whatever the bytes are, an answer lies within them or was made
 * anew; the same prompt has the same answer.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/sim/answers.h"
#include "server/sim/examples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_answer(const struct examples *examples, struct text text)
{
    struct arena arena;
    arena_init(&arena);
    struct prompt prompt = prompt_of_parts(&text, 1, &arena);
    prompt.context = examples_context_at(examples, 0);
    struct answer first = answer_prompt(examples, &prompt, 1, &arena);
    struct answer second = answer_prompt(examples, &prompt, 1, &arena);
    assert(first.source == second.source && text_equals(first.text, second.text));
    assert(answer_source_name(&first, &arena).len);
    if (first.source == ANSWER_FROM_EXAMPLE || first.source == ANSWER_FROM_NEAREST)
        assert(first.example_index < examples->count);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    if (!zero)
        return 0;
    size_t prompt_len = (size_t)(zero - data);
    size_t len = size - prompt_len - 1;
    /* Copies of their own, so that a sanitizer sees a read behind their ends. */
    char *prompt = memory_alloc(prompt_len);
    char *bytes = memory_alloc(len);
    memcpy(prompt, data, prompt_len);
    memcpy(bytes, zero + 1, len);
    struct examples examples;
    if (examples_open((struct text){bytes, len}, &examples)) {
        fuzz_answer(&examples, (struct text){prompt, prompt_len});
        for (uint32_t i = 0; i < examples.count; i++)
            fuzz_answer(&examples, examples_at(&examples, i).input);
    }
    free(prompt);
    free(bytes);
    return 0;
}
