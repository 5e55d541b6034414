/*
 * From a stored tuned model to the resources that clients see: its training plan, its state at a
 * given time, and the TunedModel and Operation messages made from both.
 *
 * `base` is the model's base in the catalogue, which the caller looks up once; NULL: it is in none.
 */
#ifndef SERVER_STATE_TUNED_MODEL_H
#define SERVER_STATE_TUNED_MODEL_H

#include "base/kept.h"
#include "server/json/message.h"
#include "server/sim/examples.h"
#include "server/sim/trainer.h"
#include "server/sim/training_order.h"
#include "store/store.h"

struct base_model;

/*
 * A store_model_check: what the model says must fit together as a create would make it, within the
 * limits of a create, or be a fixed one. Deep looks at the JSON of a fixed one, too.
 */
const char *tuned_model_problem(const struct store_model *model, bool is_deep);

/* The plan that the trainer needs; not of a fixed model. Its moves are the model's. */
struct training_plan tuned_model_plan(
    const struct store_model *model, const struct base_model *base);

/* What somebody asks of a training, with code and message of a failure or a cancel. */
struct tuned_model_order {
    struct training_order training;
    int32_t code;
    struct text message;
};

/*
 * What becomes of the training of `model` when that is asked for now: sets all of `ret_changed`
 * that a STORE_CHANGE_TRAINING records, unless it is not obeyed. Texts are those of the model, of
 * the order or in the arena.
 */
enum training_answer tuned_model_follow(const struct store_model *model,
    const struct base_model *base, const struct tuned_model_order *order, int64_t now_ns,
    struct store_model *ret_changed, struct arena *arena);

/* TunedModel.State at this time (contract 5.5; a cancelled model stays usable: ACTIVE). */
enum TunedModel_State tuned_model_state(
    const struct store_model *model, const struct base_model *base, int64_t now_ns);

/* How many of its examples, from the first on, the model knows: all of them unless its training was
 * cancelled. */
int32_t tuned_model_seen_examples(
    const struct store_model *model, const struct base_model *base, int64_t now_ns);

/* When the training will end, or has ended; INT64_MAX if it never does: that of a model that is
 * taken as it is, and one that would go on beyond TIME_MAX_NS. */
int64_t tuned_model_end_ns(const struct store_model *model, const struct base_model *base);

/* The TunedModel as it is at this time, in the arena, with the fields of `version`. The text of its
 * snapshots is kept in `kept`, which must live as long; NULL: nowhere. */
struct message *tuned_model_message(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, enum api_version version, struct kept *kept, struct arena *arena);

/* The same for json_write, and nobody else: it is made when it is written, unless its whole text is
 * kept. The model must live until then. `ret_next_ns` gets when it will be another by itself,
 * INT64_MAX if it never will; NULL: nobody asks. */
struct message *tuned_model_shown(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, enum api_version version, struct kept *kept, struct arena *arena,
    int64_t *ret_next_ns);

/* No fewer bytes than the TunedModel of tuned_model_message has as JSON in any layout. */
size_t tuned_model_json_bytes(
    const struct store_model *model, const struct base_model *base, int64_t now_ns);

/*
 * The Operation of a create, as it is at this time. Its metadata and response are of the version of
 * the creating call. `is_first` leaves out all progress: the answer of create itself. `kept` as
 * above; or NULL.
 */
struct message *tuned_model_operation(const struct store_model *model, struct text operation_id,
    const struct base_model *base, int64_t now_ns, bool is_first, struct kept *kept,
    struct arena *arena);

/*
 * Sets what clients may set (display name, description, project numbers, sampling) from a
 * TunedModel. Temperature, topP and topK are what is asked for, else those of the base model
 * (contract 5.2): `base` is its Model, or NULL if it is not known.
 */
void tuned_model_set_settable(struct store_model *model, const struct message *asked,
    const struct message *base, struct arena *arena);

/*
 * Gives a write of a model these examples: their encoded bytes, content name, hash and count. None
 * are no data set. `contexts` as of examples_encode_in_contexts.
 */
void tuned_model_set_data_set(struct store_write *write, const struct example *examples,
    const uint64_t *contexts, size_t example_count, struct arena *arena);

#endif
