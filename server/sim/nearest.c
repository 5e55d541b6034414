#include "server/sim/nearest.h"

#include <assert.h>

#include "server/sim/signature.h"
#include "server/sim/unicode.h"

enum {
    /* What a signature that leaves features out may be wrong by, in parts of a hundred: twice the
     * standard deviation of the share of a hundred drawn ones. */
    SAMPLED_PERCENT = 10,
    /* Likenesses are compared as whole numbers of these. */
    LIKENESS_ONE = 1 << 20
};

/* An example that may be near: the likeness that its signature promises, and its index, in one
 * number whose order is that in which they are compared. */
typedef uint64_t nearest_promise;

static nearest_promise nearest_promise_of(uint32_t likeness, uint32_t index)
{
    return (uint64_t)likeness << 32 | (UINT32_MAX - index);
}

static uint32_t nearest_promise_likeness(nearest_promise promise)
{
    return (uint32_t)(promise >> 32);
}

static uint32_t nearest_promise_index(nearest_promise promise)
{
    return UINT32_MAX - (uint32_t)promise;
}

/* What is being looked for. */
struct nearest_search {
    const struct examples *examples;
    struct text text;
    struct text folded; /* and trimmed */
    struct arena *scratch;
    struct feature_set features;
    struct signature_probe probe;
    nearest_promise *promises; /* a heap, the greatest first */
    size_t promise_count;
    struct nearest nearest;
    size_t count_max;
};

/* --- promises -----------------------------------------------------------------------------------
 */

static uint32_t nearest_likeness_of(uint64_t shared, uint64_t total)
{
    return total ? (uint32_t)(2 * shared * LIKENESS_ONE / total) : 0;
}

static void nearest_sink(struct nearest_search *search, size_t at)
{
    nearest_promise *heap = search->promises;
    nearest_promise promise = heap[at];
    for (size_t child; (child = 2 * at + 1) < search->promise_count; at = child) {
        child += child + 1 < search->promise_count && heap[child + 1] > heap[child];
        if (heap[child] < promise)
            break;
        heap[at] = heap[child];
    }
    heap[at] = promise;
}

static nearest_promise nearest_take_promise(struct nearest_search *search)
{
    nearest_promise promise = search->promises[0];
    search->promises[0] = search->promises[--search->promise_count];
    if (search->promise_count > 0)
        nearest_sink(search, 0);
    return promise;
}

static void nearest_promise_all(struct nearest_search *search)
{
    const uint32_t least = LIKENESS_ONE / 100 * NEAREST_PERCENT_MIN;
    for (uint32_t i = 0; i < search->examples->seen_count; i++) {
        struct signature signature = examples_signature(search->examples, i, search->scratch);
        uint32_t likeness = nearest_likeness_of(signature_shared(&search->probe, &signature),
            (uint64_t)search->features.count + signature.feature_count);
        if (signature.sampling > 0)
            likeness += LIKENESS_ONE / 100 * SAMPLED_PERCENT;
        if (likeness >= least)
            search->promises[search->promise_count++] = nearest_promise_of(likeness, i);
    }
    for (size_t i = search->promise_count / 2; i-- > 0;)
        nearest_sink(search, i);
}

/* --- comparing ----------------------------------------------------------------------------------
 */

double nearest_likeness(const struct nearest_example *example)
{
    return 2.0 * example->shared / example->total;
}

bool nearest_is_nearer(const struct nearest_example *one, const struct nearest_example *other)
{
    if (one->slip != other->slip)
        return one->slip > other->slip;
    uint64_t left = (uint64_t)one->shared * other->total;
    uint64_t right = (uint64_t)other->shared * one->total;
    if (left != right)
        return left > right;
    if (one->length_gap != other->length_gap)
        return one->length_gap < other->length_gap;
    return one->index < other->index;
}

static void nearest_add(struct nearest_search *search, struct nearest_example found)
{
    struct nearest *nearest = &search->nearest;
    if (2 * (uint64_t)found.shared * 100 < (uint64_t)found.total * NEAREST_PERCENT_MIN)
        return;
    if (nearest->count == search->count_max) {
        if (!nearest_is_nearer(&found, &nearest->examples[nearest->count - 1]))
            return;
        nearest->count--;
    }
    size_t at = nearest->count++;
    for (; at > 0 && nearest_is_nearer(&found, &nearest->examples[at - 1]); at--)
        nearest->examples[at] = nearest->examples[at - 1];
    nearest->examples[at] = found;
}

/* True if an example of this promise may be among the nearest yet. */
static bool nearest_is_promising(const struct nearest_search *search, nearest_promise promise)
{
    const struct nearest *nearest = &search->nearest;
    if (nearest->count < search->count_max)
        return true;
    const struct nearest_example *last = &nearest->examples[nearest->count - 1];
    return nearest_promise_likeness(promise) >= nearest_likeness_of(last->shared, last->total);
}

static enum slip nearest_slip(struct nearest_search *search, struct text input)
{
    struct arena_mark mark = arena_mark(search->scratch);
    struct text folded = unicode_fold(unicode_trim(input), search->scratch);
    enum slip slip = slip_between(folded, search->folded);
    arena_rewind(search->scratch, mark);
    return slip;
}

static void nearest_compare(struct nearest_search *search)
{
    size_t compared_bytes = 0;
    for (size_t i = 0; search->promise_count > 0; i++) {
        if (i >= NEAREST_COMPARED_MIN && compared_bytes >= NEAREST_COMPARED_BYTES_MAX)
            return;
        nearest_promise promise = nearest_take_promise(search);
        if (!nearest_is_promising(search, promise))
            return;
        uint32_t index = nearest_promise_index(promise);
        struct text input = examples_at(search->examples, index).input;
        struct features_shared shared =
            feature_set_compare(&search->features, input, search->scratch);
        size_t gap = input.len > search->text.len ? input.len - search->text.len
                                                  : search->text.len - input.len;
        nearest_add(search, (struct nearest_example){.index = index,
                                .shared = shared.shared_count,
                                .total = shared.count + search->features.count,
                                .slip = nearest_slip(search, input),
                                .length_gap = gap < UINT32_MAX ? (uint32_t)gap : UINT32_MAX});
        compared_bytes += NEAREST_COMPARED_BYTES_EACH + signature_text_bytes(input);
    }
}

struct nearest nearest_find(
    const struct examples *examples, struct text text, size_t count_max, struct arena *scratch)
{
    assert(count_max >= 1 && count_max <= NEAREST_VOTERS);
    struct arena_mark mark = arena_mark(scratch);
    struct nearest_search search = {
        .examples = examples, .text = text, .scratch = scratch, .count_max = count_max};
    feature_set_of_text(text, scratch, &search.features);
    if (search.features.count > 0) {
        search.folded = unicode_fold(unicode_trim(text), scratch);
        signature_probe_init(&search.probe, &search.features);
        search.promises = arena_array(scratch, examples->seen_count, sizeof(*search.promises));
        nearest_promise_all(&search);
        nearest_compare(&search);
    }
    arena_rewind(scratch, mark);
    return search.nearest;
}
