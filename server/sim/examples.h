/*
 * A data set: the training examples of one create, as the immutable bytes that the store keeps
 * once by content. Encoding sorts an index of hashes, looks for the rule that all examples obey and
 * sums up each input in a signature, so that answering needs neither a parse nor a scan of texts.
 *
 * Inputs are trimmed and folded as in server/sim/unicode.h. All functions may be called from any
 * thread.
 */
#ifndef SERVER_SIM_EXAMPLES_H
#define SERVER_SIM_EXAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "server/sim/rule.h"
#include "server/sim/signature.h"

enum {
    /* The outputs of a data set are labels, for which near examples vote, if they repeat: there are
     * at most so many different ones ... */
    EXAMPLES_LABELS_MAX = 256,
    /* ... and on average so many examples of each. */
    EXAMPLES_PER_LABEL_MIN = 2,
    /* Of examples of a cancelled training: the rule of so many is looked for at each prompt. */
    EXAMPLES_SEEN_RULE_MAX = 10000
};

/*
 * Appends the encoded data set to `out`, in O(n log n). The order of the examples is kept. Their
 * texts are UTF-8, may hold NUL, and have less than 4 GiB together.
 */
void examples_encode(struct buf *out, const struct example *examples, size_t example_count);

/* The same for examples in contexts: what stands before the input of each, as prompt_context_add
 * (prompt.h) sums it up. NULL: nothing does. A set without any is that of examples_encode. */
void examples_encode_in_contexts(struct buf *out, const struct example *examples,
    const uint64_t *contexts, size_t example_count);

/* No fewer bytes than it appends, unless the rule has a parameter that is longer than all texts
 * together. */
size_t examples_encoded_bytes(
    const struct example *examples, const uint64_t *contexts, size_t example_count);

/* A view of encoded bytes; borrows them. */
struct examples {
    struct text bytes;
    uint32_t version;
    uint32_t count;
    uint32_t seen_count;   /* so many from the first on are known to who answers (examples_see) */
    uint32_t rule;         /* the kind of rule that every example obeys (rule.h) */
    struct text parameter; /* of the rule */
    bool are_outputs_labels;
    bool has_contexts;
    const char *directories[2]; /* exact, folded; these and the rest as encoded */
    const char *bounds;
    const char *contexts; /* if it has any */
    struct text texts;
};

/*
 * False if the bytes are not what examples_encode wrote, or wrote in an earlier release: cut, of
 * another version, or with a damaged header. Takes the same time for all sets, as who answers opens
 * one each time: no call reads outside of the bytes, whatever they hold, but whether an example is
 * damaged is only seen where it is used. A changed letter inside a text is not noticed.
 */
bool examples_open(struct text bytes, struct examples *ret_examples);

/* True if all examples and the entries by which they are found can be what was written; O(count).
 */
bool examples_are_sound(const struct examples *examples);

/*
 * Makes the view one of the first `seen_count` examples only: what is answered from it is what is
 * answered from a data set of just these. Of more than EXAMPLES_SEEN_RULE_MAX the rule, and whether
 * outputs are labels, stay those of the whole set. Time is that of rule_of_examples; the new
 * parameter lives in the arena.
 */
void examples_see(struct examples *examples, uint32_t seen_count, struct arena *arena);

/*
 * A hash of how many examples there are and of their texts, and of nothing that is encoded beside
 * them: the same in every version. The losses of a training follow from it, so it must never
 * change.
 */
uint64_t examples_hash(const struct examples *examples);

/* The example with this index, in the order given to examples_encode. Borrows. Of one that is
 * damaged or not there, as what names it was damaged, both texts have no bytes, not even none
 * (NULL). */
struct example examples_at(const struct examples *examples, uint32_t index);

/* What stands before its input; 0 if nothing does, and of one that is not there. */
uint64_t examples_context_at(const struct examples *examples, uint32_t index);

/*
 * The signature of an example's input. Data sets of the first version have none: it is made anew,
 * in time that is linear in the input.
 */
struct signature examples_signature(
    const struct examples *examples, uint32_t index, struct arena *scratch);

/*
 * Finds an example that is seen and whose input equals the prompt: both trimmed of white space,
 * first compared exactly, then with case folded. With a context, only one that has the same. Of
 * several that match equally the first given wins. False if there is none; an entry that is damaged
 * is found, and its example is none. In a data set of a release that trimmed ASCII white space
 * only, an input with other white space around it is found by a prompt with the same.
 */
bool examples_find(const struct examples *examples, struct text prompt, const uint64_t *context,
    struct arena *scratch, uint32_t *ret_index);

#endif
