#include "server/state/tuning_data.h"

#include <stdlib.h>

#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/json/read.h"
#include "server/state/tuning_statistics.h"

/* A file that is being read. */
struct data_reader {
    const struct tuning_data_asked *asked;
    struct arena *arena;
    struct tuning_data *data;
    struct arena scratch; /* of one line */
    struct tuning_statistics statistics;
    struct example *examples;
    uint64_t *contexts;
    size_t count, capacity;
    bool has_contexts;
    size_t line_count;  /* so far, blank ones too */
    size_t given_count; /* examples so far, dropped ones too */
    struct buf problems;
    size_t problem_count;
    bool is_stopped; /* by a problem of the whole file */
};

static size_t data_examples_max(const struct data_reader *reader)
{
    return reader->asked->is_validation ? TUNING_VALIDATION_EXAMPLES_MAX : TUNING_EXAMPLES_MAX;
}

/* Names the file and the line, or the line alone behind another. */
static void data_add_problem(struct data_reader *reader, struct text words)
{
    struct buf *problems = &reader->problems;
    if (reader->problem_count++ == 0)
        buf_printf(problems, "%.*s, ", TEXT_ARGS(reader->asked->name));
    else
        buf_add_string(problems, "; ");
    buf_printf(problems, "line %zu: ", reader->line_count);
    buf_add_text(problems, arena_shortened(&reader->scratch, words, QUOTE_BYTES_MAX));
}

static void data_set_problem(struct data_reader *reader, struct text words)
{
    buf_clear(&reader->problems);
    buf_printf(&reader->problems, "%.*s: ", TEXT_ARGS(reader->asked->name));
    buf_add_text(&reader->problems, words);
    reader->problem_count = 1;
    reader->is_stopped = true;
}

/* Whole JSON, be it a list or an object on several lines, is the usual mistake, and would have a
 * problem on each of its lines. */
static bool data_is_whole_json(struct text line)
{
    struct text trimmed = text_trim(line);
    return text_starts_with(trimmed, TEXT("[")) || text_equals_string(trimmed, "{");
}

static void data_reserve(struct data_reader *reader)
{
    enum { FIRST_CAPACITY = 64 };
    if (reader->count < reader->capacity)
        return;
    reader->capacity = reader->capacity ? 2 * reader->capacity : FIRST_CAPACITY;
    reader->examples = memory_grow(reader->examples, reader->capacity * sizeof(*reader->examples));
    reader->contexts = memory_grow(reader->contexts, reader->capacity * sizeof(*reader->contexts));
}

static void data_add_example(struct data_reader *reader, const struct tuning_line *line)
{
    int64_t tokens = line->input_tokens + line->output_tokens;
    if (tokens > TUNING_EXAMPLE_TOKENS_MAX) {
        tuning_statistics_drop(&reader->statistics, reader->given_count,
            arena_printf(&reader->scratch, "The example has %lld tokens, more than %d.",
                (long long)tokens, TUNING_EXAMPLE_TOKENS_MAX));
        return;
    }
    tuning_statistics_add(&reader->statistics, line);
    data_reserve(reader);
    reader->examples[reader->count] = (struct example){
        arena_text(reader->arena, line->input), arena_text(reader->arena, line->output)};
    reader->contexts[reader->count] = line->context;
    reader->has_contexts = reader->has_contexts || line->context;
    reader->count++;
}

static void data_read_line(struct data_reader *reader, struct text text)
{
    struct tuning_line line;
    if (json_read_is_blank(text))
        return;
    if (reader->given_count++ == 0 && data_is_whole_json(text)) {
        data_set_problem(
            reader, TEXT("must be JSON Lines: one object a line, and no list around them"));
        return;
    }
    if (reader->given_count > data_examples_max(reader)) {
        data_set_problem(reader, arena_printf(&reader->scratch, "has more than %zu examples",
                                     data_examples_max(reader)));
        return;
    }
    tuning_line_read(
        text, reader->asked->is_preference, reader->asked->limits, &reader->scratch, &line);
    if (line.is_busy) {
        reader->data->is_busy = true;
        data_set_problem(reader, line.problem);
    } else if (line.problem.len) {
        data_add_problem(reader, line.problem);
    } else if (reader->problem_count == 0) {
        data_add_example(reader, &line);
    }
}

static void data_read_lines(struct data_reader *reader)
{
    struct text rest = reader->asked->bytes;
    while (rest.len > 0 && !reader->is_stopped && reader->problem_count < TUNING_PROBLEMS_MAX) {
        struct text line = text_split(&rest, '\n');
        reader->line_count++;
        if (text_ends_with(line, TEXT("\r")))
            line.len--;
        data_read_line(reader, line);
        arena_clear(&reader->scratch);
    }
    if (reader->problem_count == 0 && reader->count == 0)
        data_set_problem(reader, reader->given_count ? TEXT("has no example that is small enough")
                                                     : TEXT("has no examples"));
    else if (rest.len > 0 && !reader->is_stopped)
        buf_add_string(&reader->problems, "; and perhaps more");
}

/* What is kept of a file without a problem. */
static void data_finish(struct data_reader *reader)
{
    struct tuning_data *data = reader->data;
    size_t count = reader->count;
    data->examples = arena_array(reader->arena, count, sizeof(*data->examples));
    memcpy(data->examples, reader->examples, count * sizeof(*data->examples));
    if (reader->has_contexts) {
        data->contexts = arena_array(reader->arena, count, sizeof(*data->contexts));
        memcpy(data->contexts, reader->contexts, count * sizeof(*data->contexts));
    }
    data->example_count = count;
    data->statistics = tuning_statistics_json(&reader->statistics, reader->arena);
}

bool tuning_data_read(
    const struct tuning_data_asked *asked, struct arena *arena, struct tuning_data *ret_data)
{
    struct data_reader reader = {
        .asked = asked, .arena = arena, .data = ret_data, .problems = BUF_INIT};
    *ret_data = (struct tuning_data){.problem = TEXT("")};
    arena_init(&reader.scratch);
    tuning_statistics_init(&reader.statistics, asked->is_preference);
    data_read_lines(&reader);
    bool is_good = reader.problem_count == 0;
    if (is_good)
        data_finish(&reader);
    else
        ret_data->problem = arena_text(arena, buf_text(&reader.problems));
    tuning_statistics_release(&reader.statistics);
    arena_release(&reader.scratch);
    buf_release(&reader.problems);
    free(reader.examples);
    free(reader.contexts);
    return is_good;
}
