#include "server/space/delay.h"

#include <math.h>

#include "base/hash.h"
#include "server/json/decode.h"

/* Of a normal distribution: 99 of 100 are below so many standard deviations. */
#define DELAY_P99 2.3263478740408408

/* Of the JSON of a delay, or of two. */
enum { DELAY_TEXT_BYTES_MAX = 1000 };

/* Texts below name it. */
_Static_assert(DELAY_MAX_NS == INT64_C(3600000000000), "1h");

#define DELAY_ALLOWED                                                                              \
    "must be a duration (\"200ms\"), {\"uniform\":[\"50ms\",\"200ms\"]} or "                       \
    "{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}"

bool delay_is_zero(const struct delay *delay)
{
    return delay->low_ns == 0 && delay->high_ns == 0;
}

static bool delay_fail(struct arena *arena, struct text path, const char *field, const char *reason,
    struct text *ret_problem)
{
    *ret_problem = arena_printf(
        arena, "%.*s%s%s%s", TEXT_ARGS(path), field, path.len || *field ? ": " : "", reason);
    return false;
}

/* NULL, or what is wrong with it. No duration that was read is negative. */
static const char *delay_check(int64_t ns)
{
    return ns > DELAY_MAX_NS ? "must be at most 1h" : NULL;
}

/* Each of these gives NULL, or what is wrong with the field. */
static const char *delay_read_fixed(const struct message *message, struct delay *delay)
{
    delay->kind = DELAY_FIXED;
    delay->low_ns = message_int(message, Delay_fixed);
    return delay_check(delay->low_ns);
}

static const char *delay_read_uniform(const struct message *message, struct delay *delay)
{
    if (message_count(message, Delay_uniform) != 2)
        return "must have two durations, the least and the most";
    delay->kind = DELAY_UNIFORM;
    delay->low_ns = message_int_at(message, Delay_uniform, 0);
    delay->high_ns = message_int_at(message, Delay_uniform, 1);
    const char *problem = delay_check(delay->low_ns);
    if (!problem)
        problem = delay_check(delay->high_ns);
    if (!problem && delay->high_ns < delay->low_ns)
        problem = "must begin with the least";
    return problem;
}

static const char *delay_read_lognormal(const struct message *message, struct delay *delay)
{
    const struct message *child = message_child(message, Delay_lognormal);
    if (!message_has(child, Delay_Lognormal_median) || !message_has(child, Delay_Lognormal_p99))
        return "needs median and p99";
    delay->kind = DELAY_LOGNORMAL;
    delay->low_ns = message_int(child, Delay_Lognormal_median);
    delay->high_ns = message_int(child, Delay_Lognormal_p99);
    const char *problem = delay_check(delay->high_ns);
    if (!problem && delay->low_ns <= 0)
        problem = "needs a median above 0";
    if (!problem && delay->high_ns < delay->low_ns)
        problem = "needs a p99 that is not below the median";
    return problem;
}

static const struct {
    unsigned field;
    const char *name;
    const char *(*read)(const struct message *message, struct delay *delay);
} delay_rows[] = {
    {Delay_fixed, "", delay_read_fixed},
    {Delay_uniform, ".uniform", delay_read_uniform},
    {Delay_lognormal, ".lognormal", delay_read_lognormal},
};

bool delay_read(const struct message *message, struct text path, struct arena *arena,
    struct delay *ret_delay, struct text *ret_problem)
{
    *ret_delay = (struct delay){.kind = DELAY_FIXED};
    if (!message)
        return true;
    uint64_t set = message->set;
    if (set == 0 || set & (set - 1))
        return delay_fail(arena, path, "", DELAY_ALLOWED, ret_problem);
    size_t row = (size_t)__builtin_ctzll(set);
    const char *problem = delay_rows[row].read(message, ret_delay);
    if (!problem)
        return true;
    const char *field = path.len ? delay_rows[row].name : "";
    return delay_fail(arena, path, field, problem, ret_problem);
}

struct message *delay_parse_message(struct text text, enum message_id id, struct arena *arena)
{
    int64_t duration_ns;
    struct decode_problems problems;
    struct message *message = message_new(arena, id, VERSION_V1BETA);
    text = text_trim(text);
    if (text_starts_with(text, TEXT("{")) && text.len <= DELAY_TEXT_BYTES_MAX) {
        decode_problems_init(&problems, arena);
        decode_body(text, message, TEXT(""), &problems);
        return decode_problems_any(&problems) ? NULL : message;
    }
    if (!duration_parse(text, &duration_ns))
        return NULL;
    message_set_int(message, Delay_fixed, duration_ns);
    return message;
}

bool delay_parse(
    struct text text, struct arena *arena, struct delay *ret_delay, struct text *ret_problem)
{
    const struct message *message = delay_parse_message(text, MESSAGE_Delay, arena);
    *ret_delay = (struct delay){.kind = DELAY_FIXED};
    if (!message)
        return delay_fail(arena, TEXT(""), "", DELAY_ALLOWED, ret_problem);
    return delay_read(message, TEXT(""), arena, ret_delay, ret_problem);
}

void delay_write(const struct delay *delay, struct message *message)
{
    struct message *child;
    switch (delay->kind) {
    case DELAY_FIXED:
        message_set_int(message, Delay_fixed, delay->low_ns);
        break;
    case DELAY_UNIFORM:
        message_add_int(message, Delay_uniform, delay->low_ns);
        message_add_int(message, Delay_uniform, delay->high_ns);
        break;
    case DELAY_LOGNORMAL:
        child = message_make_child(message, Delay_lognormal);
        message_set_int(child, Delay_Lognormal_median, delay->low_ns);
        message_set_int(child, Delay_Lognormal_p99, delay->high_ns);
        break;
    }
}

/* How many standard deviations a normal value is from its mean: of two uniform ones in [0, 1) (Box
 * and Muller, 1958). */
static double delay_draw_normal(double first, double second)
{
    return sqrt(-2 * log(1 - first)) * cos(2 * M_PI * second);
}

static double delay_draw_lognormal(const struct delay *delay, uint64_t random)
{
    double first = hash_to_unit(hash_mix(random, 0)), second = hash_to_unit(hash_mix(random, 1));
    double ratio = (double)delay->high_ns / (double)delay->low_ns;
    double deviation = log(ratio) / DELAY_P99;
    return (double)delay->low_ns * exp(deviation * delay_draw_normal(first, second));
}

int64_t delay_draw(const struct delay *delay, uint64_t random)
{
    double ns = 0;
    switch (delay->kind) {
    case DELAY_FIXED:
        return delay->low_ns;
    case DELAY_UNIFORM:
        ns =
            (double)delay->low_ns + hash_to_unit(random) * (double)(delay->high_ns - delay->low_ns);
        break;
    case DELAY_LOGNORMAL:
        ns = delay_draw_lognormal(delay, random);
        break;
    }
    return ns < (double)DELAY_MAX_NS ? (int64_t)ns : DELAY_MAX_NS;
}
