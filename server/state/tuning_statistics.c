#include "server/state/tuning_statistics.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/json/write.h"

enum { STATISTICS_BUCKETS = 6, STATISTICS_CUT_CHARACTERS = TUNING_SHOWN_CHARACTERS_MAX - 3 };

/* --- values -------------------------------------------------------------------------------------
 */

static void statistics_add_value(struct tuning_values *values, double value)
{
    enum { FIRST_CAPACITY = 64 };
    if (values->count == values->capacity) {
        values->capacity = values->capacity ? 2 * values->capacity : FIRST_CAPACITY;
        values->items = memory_grow(values->items, values->capacity * sizeof(*values->items));
    }
    values->items[values->count++] = value;
}

static int statistics_compare(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

/* Of values in order. */
static double statistics_percentile(const struct tuning_values *values, double share)
{
    size_t rank = (size_t)ceil(share * (double)values->count);
    return values->items[rank > 0 ? rank - 1 : 0];
}

static double statistics_sum(const struct tuning_values *values)
{
    double sum = 0;
    for (size_t i = 0; i < values->count; i++)
        sum += values->items[i];
    return sum;
}

/* --- distributions ------------------------------------------------------------------------------
 */

/* One of the two messages that say the same of values. */
struct distribution_kind {
    unsigned sum, min, max, mean, median, p5, p95, buckets;
    unsigned count, left, right;
    bool is_sum_int, is_count_int;
};

static const struct distribution_kind distribution_supervised = {
    .sum = SupervisedTuningDatasetDistribution_sum,
    .min = SupervisedTuningDatasetDistribution_min,
    .max = SupervisedTuningDatasetDistribution_max,
    .mean = SupervisedTuningDatasetDistribution_mean,
    .median = SupervisedTuningDatasetDistribution_median,
    .p5 = SupervisedTuningDatasetDistribution_p5,
    .p95 = SupervisedTuningDatasetDistribution_p95,
    .buckets = SupervisedTuningDatasetDistribution_buckets,
    .count = SupervisedTuningDatasetDistribution_DatasetBucket_count,
    .left = SupervisedTuningDatasetDistribution_DatasetBucket_left,
    .right = SupervisedTuningDatasetDistribution_DatasetBucket_right,
    .is_sum_int = true,
};

static const struct distribution_kind distribution_preference = {
    .sum = DatasetDistribution_sum,
    .min = DatasetDistribution_min,
    .max = DatasetDistribution_max,
    .mean = DatasetDistribution_mean,
    .median = DatasetDistribution_median,
    .p5 = DatasetDistribution_p5,
    .p95 = DatasetDistribution_p95,
    .buckets = DatasetDistribution_buckets,
    .count = DatasetDistribution_DistributionBucket_count,
    .left = DatasetDistribution_DistributionBucket_left,
    .right = DatasetDistribution_DistributionBucket_right,
    .is_count_int = true,
};

static void statistics_set_number(
    struct message *message, unsigned field, bool is_int, double number)
{
    if (is_int)
        message_set_int(message, field, (int64_t)number);
    else
        message_set_double(message, field, number);
}

/* The edges of a bucket; of whole values none belongs to two. */
struct bucket {
    double left, right;
};

static struct bucket statistics_bucket(double min, double max, bool is_whole, int index)
{
    double width = (is_whole ? max - min + 1 : max - min) / STATISTICS_BUCKETS;
    double left = min + index * width;
    double next = min + (index + 1) * width;
    if (is_whole)
        return (struct bucket){ceil(left), ceil(next) - 1};
    return (struct bucket){left, index == STATISTICS_BUCKETS - 1 ? max : next};
}

static bool statistics_are_whole(const struct tuning_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i] != floor(values->items[i]))
            return false;
    return true;
}

/* Of values in order, of which there are some. */
static void statistics_add_buckets(struct message *message, const struct distribution_kind *kind,
    const struct tuning_values *values)
{
    bool is_whole = statistics_are_whole(values);
    double min = values->items[0];
    double max = values->items[values->count - 1];
    size_t position = 0;
    for (int i = 0; i < STATISTICS_BUCKETS && position < values->count; i++) {
        bool is_last = i == STATISTICS_BUCKETS - 1 || min == max;
        struct bucket bucket =
            min == max ? (struct bucket){min, max} : statistics_bucket(min, max, is_whole, i);
        size_t start = position;
        /* One that lies on an edge between two is of the right one. */
        while (position < values->count &&
               (is_last || (is_whole ? values->items[position] <= bucket.right
                                     : values->items[position] < bucket.right)))
            position++;
        if (position == start)
            continue;
        struct message *child = message_add_child(message, kind->buckets);
        statistics_set_number(child, kind->count, kind->is_count_int, (double)(position - start));
        message_set_double(child, kind->left, bucket.left);
        message_set_double(child, kind->right, bucket.right);
    }
}

/* Puts the values in order. None are no distribution. */
static void statistics_set_distribution(struct message *result, unsigned field,
    const struct distribution_kind *kind, struct tuning_values *values)
{
    if (values->count == 0)
        return;
    qsort(values->items, values->count, sizeof(*values->items), statistics_compare);
    struct message *message = message_make_child(result, field);
    double sum = statistics_sum(values);
    statistics_set_number(message, kind->sum, kind->is_sum_int, sum);
    message_set_double(message, kind->min, values->items[0]);
    message_set_double(message, kind->max, values->items[values->count - 1]);
    message_set_double(message, kind->mean, sum / (double)values->count);
    message_set_double(message, kind->median, statistics_percentile(values, 0.5));
    message_set_double(message, kind->p5, statistics_percentile(values, 0.05));
    message_set_double(message, kind->p95, statistics_percentile(values, 0.95));
    statistics_add_buckets(message, kind, values);
}

/* --- examples -----------------------------------------------------------------------------------
 */

static struct text statistics_shorten(struct text text, struct arena *arena)
{
    size_t offset = 0;
    if (text_code_points(text) <= TUNING_SHOWN_CHARACTERS_MAX)
        return arena_text(arena, text);
    for (int i = 0; i < STATISTICS_CUT_CHARACTERS; i++)
        text_next_code_point(text, &offset);
    return arena_joined(arena, text_slice(text, 0, offset), TEXT("..."));
}

/* Texts and names of files; nothing else is shown of a part. */
static void statistics_show_part(struct message *shown, const struct message *part)
{
    struct arena *arena = shown->arena;
    const struct message *file = message_child(part, Part_file_data);
    if (!file) {
        message_set_text(
            shown, Part_text, statistics_shorten(message_text(part, Part_text), arena));
        return;
    }
    struct message *shown_file = message_make_child(shown, Part_file_data);
    message_set_text_if(shown_file, FileData_mime_type,
        statistics_shorten(message_text(file, FileData_mime_type), arena));
    message_set_text_if(shown_file, FileData_file_uri,
        statistics_shorten(message_text(file, FileData_file_uri), arena));
}

static void statistics_show_content(struct message *shown, const struct message *content)
{
    message_set_text_if(shown, VertexContent_role,
        statistics_shorten(message_text(content, Content_role), shown->arena));
    size_t left = TUNING_SHOWN_PARTS_MAX;
    for (size_t i = 0; i < message_count(content, Content_parts) && left > 0; i++) {
        const struct message *part = message_child_at(content, Content_parts, i);
        if (!message_has(part, Part_text) && !message_has(part, Part_file_data))
            continue;
        statistics_show_part(message_add_child(shown, VertexContent_parts), part);
        left--;
    }
}

static void statistics_show_contents(
    struct message *shown, unsigned field, const struct message *line)
{
    size_t count = message_count(line, TuningDataLine_contents);
    for (size_t i = 0; i < count && i < TUNING_SHOWN_CONTENTS_MAX; i++)
        statistics_show_content(
            message_add_child(shown, field), message_child_at(line, TuningDataLine_contents, i));
}

static void statistics_show_preference(struct message *shown, const struct message *line)
{
    statistics_show_contents(shown, GeminiPreferenceExample_contents, line);
    size_t count = message_count(line, TuningDataLine_completions);
    for (size_t i = 0; i < count && i < TUNING_SHOWN_CONTENTS_MAX; i++) {
        const struct message *given = message_child_at(line, TuningDataLine_completions, i);
        struct message *completion = message_add_child(shown, GeminiPreferenceExample_completions);
        message_set_float(completion, GeminiPreferenceExample_Completion_score,
            message_float(given, TuningDataLine_Completion_score));
        statistics_show_content(
            message_make_child(completion, GeminiPreferenceExample_Completion_completion),
            message_child(given, TuningDataLine_Completion_completion));
    }
}

/* --- what is called -----------------------------------------------------------------------------
 */

void tuning_statistics_init(struct tuning_statistics *statistics, bool is_preference)
{
    *statistics = (struct tuning_statistics){.is_preference = is_preference};
    arena_init(&statistics->arena);
    statistics->result = message_new(&statistics->arena,
        is_preference ? MESSAGE_PreferenceOptimizationDataStats : MESSAGE_SupervisedTuningDataStats,
        VERSION_V1BETA1);
}

void tuning_statistics_release(struct tuning_statistics *statistics)
{
    free(statistics->input_tokens.items);
    free(statistics->output_tokens.items);
    free(statistics->turns.items);
    free(statistics->scores.items);
    free(statistics->variances.items);
    arena_release(&statistics->arena);
}

static void statistics_add_scores(struct tuning_statistics *statistics, const struct message *line)
{
    size_t count = message_count(line, TuningDataLine_completions);
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        double score = (double)message_float(
            message_child_at(line, TuningDataLine_completions, i), TuningDataLine_Completion_score);
        statistics_add_value(&statistics->scores, score);
        sum += score;
        squares += score * score;
    }
    double mean = sum / (double)count;
    statistics_add_value(&statistics->variances, squares / (double)count - mean * mean);
}

void tuning_statistics_add(struct tuning_statistics *statistics, const struct tuning_line *line)
{
    bool is_shown = statistics->input_tokens.count < TUNING_SHOWN_EXAMPLES_MAX;
    statistics_add_value(&statistics->input_tokens, (double)line->input_tokens);
    statistics_add_value(&statistics->output_tokens, (double)line->output_tokens);
    if (statistics->is_preference) {
        statistics_add_scores(statistics, line->message);
        if (is_shown)
            statistics_show_preference(message_add_child(statistics->result,
                                           PreferenceOptimizationDataStats_user_dataset_examples),
                line->message);
        return;
    }
    statistics_add_value(&statistics->turns, (double)line->turn_count);
    if (is_shown)
        statistics_show_contents(
            statistics->result, SupervisedTuningDataStats_user_dataset_examples, line->message);
}

static void statistics_add_text(struct message *message, unsigned field, struct text text)
{
    message_add_item(message, field)->text = arena_text(message->arena, text);
}

void tuning_statistics_drop(struct tuning_statistics *statistics, size_t number, struct text reason)
{
    struct message *result = statistics->result;
    if (statistics->dropped_count++ >= TUNING_DROPPED_NAMED_MAX)
        return;
    if (statistics->is_preference) {
        message_add_int(
            result, PreferenceOptimizationDataStats_dropped_example_indices, (int64_t)number);
        statistics_add_text(
            result, PreferenceOptimizationDataStats_dropped_example_reasons, reason);
        return;
    }
    message_add_int(result, SupervisedTuningDataStats_truncated_example_indices, (int64_t)number);
    statistics_add_text(result, SupervisedTuningDataStats_dropped_example_reasons, reason);
}

static void statistics_finish_supervised(struct tuning_statistics *statistics, int64_t tokens)
{
    struct message *result = statistics->result;
    message_set_int(result, SupervisedTuningDataStats_tuning_dataset_example_count,
        (int64_t)statistics->input_tokens.count);
    statistics_set_distribution(result, SupervisedTuningDataStats_user_input_token_distribution,
        &distribution_supervised, &statistics->input_tokens);
    statistics_set_distribution(result, SupervisedTuningDataStats_user_output_token_distribution,
        &distribution_supervised, &statistics->output_tokens);
    statistics_set_distribution(result,
        SupervisedTuningDataStats_user_message_per_example_distribution, &distribution_supervised,
        &statistics->turns);
    message_set_int(result, SupervisedTuningDataStats_total_billable_token_count, tokens);
    if (statistics->dropped_count > 0)
        message_set_int(result, SupervisedTuningDataStats_total_truncated_example_count,
            (int64_t)statistics->dropped_count);
}

static void statistics_finish_preference(struct tuning_statistics *statistics, int64_t tokens)
{
    struct message *result = statistics->result;
    message_set_int(result, PreferenceOptimizationDataStats_tuning_dataset_example_count,
        (int64_t)statistics->input_tokens.count);
    message_set_int(result, PreferenceOptimizationDataStats_total_billable_token_count, tokens);
    statistics_set_distribution(result,
        PreferenceOptimizationDataStats_user_input_token_distribution, &distribution_preference,
        &statistics->input_tokens);
    statistics_set_distribution(result,
        PreferenceOptimizationDataStats_user_output_token_distribution, &distribution_preference,
        &statistics->output_tokens);
    statistics_set_distribution(result,
        PreferenceOptimizationDataStats_score_variance_per_example_distribution,
        &distribution_preference, &statistics->variances);
    statistics_set_distribution(result, PreferenceOptimizationDataStats_scores_distribution,
        &distribution_preference, &statistics->scores);
}

struct text tuning_statistics_json(struct tuning_statistics *statistics, struct arena *arena)
{
    static const struct json_style style = {.layout = JSON_COMPACT};
    struct message *whole =
        message_new(&statistics->arena, MESSAGE_TuningDataStats, VERSION_V1BETA1);
    int64_t tokens = (int64_t)(statistics_sum(&statistics->input_tokens) +
                               statistics_sum(&statistics->output_tokens));
    if (statistics->is_preference)
        statistics_finish_preference(statistics, tokens);
    else
        statistics_finish_supervised(statistics, tokens);
    message_set_message(whole,
        statistics->is_preference ? TuningDataStats_preference_optimization_data_stats
                                  : TuningDataStats_supervised_tuning_data_stats,
        statistics->result);
    struct buf json = BUF_INIT;
    json_write(&json, whole, &style);
    struct text text = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return text;
}
