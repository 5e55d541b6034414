/*
 * Examples and a prompt, as somebody may create and ask: lines of the input, of which the first is
 * the prompt, and those after it are inputs and outputs by turns. The first byte says how many
 * examples are seen and which seed it is. What is made of them opens again and has all of them;
 * the same prompt has the same answer, an example's input its output, and nothing is answered from
 * what was not seen.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/sim/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More make a round slower, and meet nothing new. */
enum { FUZZ_EXAMPLES_MAX = 64 };

static struct answer fuzz_ask(
    const struct examples *examples, struct text text, uint64_t seed, struct arena *arena)
{
    struct prompt prompt = prompt_of_parts(&text, 1, arena);
    struct answer first = answer_prompt(examples, &prompt, seed, arena);
    struct answer second = answer_prompt(examples, &prompt, seed, arena);
    assert(first.source == second.source && text_equals(first.text, second.text));
    assert(answer_source_name(&first, arena).len > 0);
    if (first.source == ANSWER_FROM_EXAMPLE || first.source == ANSWER_FROM_NEAREST)
        assert(first.example_index < examples->seen_count);
    if (first.source == ANSWER_FROM_NEAREST)
        assert(first.score > 0 && first.score <= 1);
    assert(first.source != ANSWER_FROM_BASE);
    return first;
}

static size_t fuzz_read_examples(struct text rest, struct example *ret_examples)
{
    size_t count = 0;
    while (rest.bytes && count < FUZZ_EXAMPLES_MAX) {
        struct text input = text_split(&rest, '\n');
        struct text output = rest.bytes ? text_split(&rest, '\n') : TEXT("");
        ret_examples[count++] = (struct example){input, output};
    }
    return count;
}

static void fuzz_open_and_ask(
    struct text bytes, const struct example *given, size_t count, uint8_t first, struct text prompt)
{
    struct arena arena;
    struct examples examples;
    arena_init(&arena);
    bool is_open = examples_open(bytes, &examples);
    assert(is_open && examples.count == count);
    for (uint32_t i = 0; i < count; i++) {
        struct example example = examples_at(&examples, i);
        assert(text_equals(example.input, given[i].input));
        assert(text_equals(example.output, given[i].output));
        /* An example like it may have been given before. */
        struct answer answer = fuzz_ask(&examples, example.input, first, &arena);
        assert(answer.source == ANSWER_FROM_EXAMPLE && answer.example_index <= i);
    }
    fuzz_ask(&examples, prompt, first, &arena);
    examples_see(&examples, first % (uint32_t)(count + 1), &arena);
    fuzz_ask(&examples, prompt, first, &arena);
    for (uint32_t i = 0; i < count; i++)
        fuzz_ask(&examples, given[i].input, first, &arena);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* A copy of its own, so that a sanitizer sees a read behind its end. */
    char *copy = memory_alloc(size);
    memcpy(copy, data, size);
    struct text rest = {copy + 1, size - 1};
    struct text prompt = text_split(&rest, '\n');
    struct example examples[FUZZ_EXAMPLES_MAX];
    size_t count = fuzz_read_examples(rest, examples);
    struct buf encoded = BUF_INIT;
    examples_encode(&encoded, examples, count);
    assert(encoded.len <= examples_encoded_bytes(examples, NULL, count) + RULE_PARAMETER_BYTES_MAX);
    char *bytes = memory_alloc(encoded.len);
    memcpy(bytes, encoded.data, encoded.len);
    fuzz_open_and_ask((struct text){bytes, encoded.len}, examples, count, data[0], prompt);
    buf_release(&encoded);
    free(bytes);
    free(copy);
    return 0;
}
