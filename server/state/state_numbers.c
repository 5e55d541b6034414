#include "server/state/state_numbers.h"

#include <stdlib.h>

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/space/stubs.h"
#include "server/state/seed_check.h"
#include "server/state/tuning_job.h"

/* Three rows at most come of each number of the counter, and some by themselves. */
#define LAST_ROW_MAX (4 * (int64_t)SEED_COUNTER_MAX)

static bool state_numbers_fail(struct seed_plan *plan, const char *reason)
{
    return seed_problems_add_whole(plan->problems, reason);
}

static int state_numbers_compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Reads the numbers by name. False with a problem: one is none, or stands twice. */
static bool state_numbers_read(
    struct seed_plan *plan, const struct message *numbers, int64_t last_row, struct map *rows)
{
    size_t count = message_count(numbers, StateNumbers_rows);
    int64_t *values = arena_array(plan->arena, count, sizeof(*values));
    int64_t *sorted = arena_array(plan->arena, count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        struct text name, value;
        message_pair_at(numbers, StateNumbers_rows, i, &name, &value);
        if (!text_parse_int64(value, &values[i]) || values[i] < 1 || values[i] > last_row)
            return state_numbers_fail(plan, "numbers: a row's must be from 1 to lastRow");
        sorted[i] = values[i];
        map_put(rows, name, &values[i]);
    }
    if (count > 0)
        qsort(sorted, count, sizeof(*sorted), state_numbers_compare);
    for (size_t i = 1; i < count; i++)
        if (sorted[i] == sorted[i - 1])
            return state_numbers_fail(plan, "numbers: two rows have the same");
    return true;
}

/* Takes it; 0: it has none, and will get the next. */
static int64_t state_numbers_find(const struct map *rows, struct text name, size_t *used_count)
{
    int64_t *number = map_find(rows, name);
    if (!number)
        return 0;
    int64_t found = *number;
    *number = 0;
    (*used_count)++;
    return found;
}

static struct text state_numbers_name(
    struct seed_plan *plan, struct text model_id, const char *kind, struct text id)
{
    return arena_printf(
        plan->arena, "tunedModels/%.*s/%s/%.*s", TEXT_ARGS(model_id), kind, TEXT_ARGS(id));
}

static void state_numbers_give_row(
    struct seed_plan *plan, const struct map *rows, struct store_write *write, size_t *used_count)
{
    struct store_operation *operation = &write->operation;
    struct store_permission *permission = &write->permission;
    write->keeps_seqs = true;
    bool is_job = write->model.kind == (int32_t)STORE_TUNING_JOB;
    if (write->kind == STORE_CREATE_MODEL)
        write->model.seq = state_numbers_find(rows,
            is_job ? tuning_job_name(&write->model, plan->arena)
                   : arena_joined(plan->arena, TEXT("tunedModels/"), write->model.id),
            used_count);
    if (operation->id.len)
        operation->seq = state_numbers_find(rows,
            state_numbers_name(plan, operation->model_id, "operations", operation->id), used_count);
    if (permission->id.len)
        permission->seq = state_numbers_find(rows,
            state_numbers_name(plan, permission->model_id, "permissions", permission->id),
            used_count);
}

/* Those that are counted beside the rows. False with a problem. */
static bool state_numbers_read_last(struct seed_plan *plan, const struct message *numbers)
{
    static const unsigned fields[] = {StateNumbers_last_fault, StateNumbers_last_request,
        StateNumbers_last_draw, StateNumbers_last_stub};
    struct space_parts *parts = plan->parts;
    uint64_t last[ARRAY_COUNT(fields)];
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        int64_t number = message_int(numbers, fields[i]);
        if (number < 0 || number > SEED_NUMBER_MAX)
            return state_numbers_fail(plan, "numbers: the last ones are out of range");
        last[i] = (uint64_t)number;
    }
    faults_raise_id(parts->faults, last[0]);
    parts->last_request_id = last[1];
    parts->draw_count = last[2];
    stubs_raise_id(parts->stubs, last[3]);
    return true;
}

/* Names a row that was given a number, and that the file does not hold. False: there is one. */
static bool state_numbers_check_used(struct seed_plan *plan, const struct message *numbers,
    const struct map *rows, size_t used_count)
{
    if (used_count == message_count(numbers, StateNumbers_rows))
        return true;
    for (size_t i = 0; i < message_count(numbers, StateNumbers_rows); i++) {
        struct text name, value;
        message_pair_at(numbers, StateNumbers_rows, i, &name, &value);
        if (*(const int64_t *)map_find(rows, name) > 0)
            return state_numbers_fail(
                plan, arena_printf(plan->arena,
                          "numbers: has a row that the file does not hold: %.*s", TEXT_ARGS(name))
                          .bytes);
    }
    return false;
}

bool state_numbers_give(struct seed_plan *plan, struct store_write *before)
{
    const struct message *numbers = message_child(plan->file, SeedFile_numbers);
    struct map rows;
    size_t used_count = 0;
    if (!numbers)
        return true;
    int64_t last_row = message_int(numbers, StateNumbers_last_row);
    if (last_row < 0 || last_row > LAST_ROW_MAX)
        return state_numbers_fail(plan, "numbers: the last ones are out of range");
    map_init(&rows, plan->arena);
    if (!state_numbers_read(plan, numbers, last_row, &rows))
        return false;
    if (before)
        before->last_seq = last_row;
    for (struct store_write *write = before ? before->next : plan->batch.first; write;
         write = write->next) {
        write->last_seq = last_row;
        state_numbers_give_row(plan, &rows, write, &used_count);
    }
    return state_numbers_read_last(plan, numbers) &&
           state_numbers_check_used(plan, numbers, &rows, used_count);
}
