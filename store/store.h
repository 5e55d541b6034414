/*
 * The store: what was asked, and when. It keeps facts (models, data sets, permissions, operations),
 * never progress; how far a training is follows from its plan and the clock. This header is the
 * store's whole face; SQLite stays behind it.
 *
 * One writer thread commits all that is queued in one transaction (group commit) and then calls
 * each write's `done`. Readers each own a connection inside a read transaction that is renewed only
 * when the writer has committed since: a write that was answered is seen by every later read. What
 * was looked up by its name each keeps, in a few megabytes, for as long as no write touches it.
 *
 * The namespace of every row is a number from 0 upwards; 0 is the default namespace. Each numbers
 * its rows by itself. Texts in rows given to a visitor are borrowed until it returns; rows returned
 * through an arena live as long as it does.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum store_result {
    STORE_OK,
    STORE_NOT_FOUND,       /* the row does not exist; of writes: the model */
    STORE_CHILD_NOT_FOUND, /* of writes: the model's operation or permission does not exist */
    STORE_EXISTS,          /* a row with this key exists already */
    STORE_FORBIDDEN,       /* the caller's role does not suffice (see struct store_condition) */
    STORE_REFUSED,         /* another condition does not hold (see there, and the write's kind) */
    STORE_NOT_WRITTEN,     /* of a write of a batch that was undone, for no fault of this write */
    STORE_GIVEN_UP,        /* of a batch: store_give_up came before its commit */
    STORE_VOID,            /* the write's is_void was set before it was applied */
    STORE_FULL,            /* no space left on the device; what only deletes gets through */
    STORE_BUSY,            /* the file is locked by somebody else, or read-only */
    STORE_GONE,            /* the file was removed, moved, replaced or cut under the store */
    STORE_DAMAGED,         /* the row is there, but is not what was written; logged by the store */
    STORE_FAILED           /* any other failure; logged by the store */
};

/* True if a result tells of the store and not of what was asked of it. */
static inline bool store_has_failed(enum store_result result)
{
    return result >= STORE_FULL;
}

/* The largest numbers of the API's enums that the store knows. */
enum {
    STORE_VERSION_MAX = 5,     /* enum api_version */
    STORE_END_MAX = 3,         /* enum training_end */
    STORE_PACING_MAX = 2,      /* enum training_by */
    STORE_END_CODE_MAX = 16,   /* google.rpc.Code */
    STORE_FIXED_STATE_MAX = 3, /* TunedModel.State */
    STORE_KIND_MAX = 1,        /* enum store_kind */
    STORE_GRANTEE_TYPE_MAX = 3,
    STORE_ROLE_MAX = 3
};

/* A time that is not set. 0 is one that is: the year 1970. */
#define STORE_NO_TIME INT64_MIN

/* What a row of the models is. */
enum store_kind {
    STORE_TUNED_MODEL,
    STORE_TUNING_JOB /* its id begins with "tuningJobs/", as no tuned model's can */
};

/* One tuned model, or one tuning job. */
struct store_model {
    int64_t seq;              /* order of creation; the key of pages. Set by the store. */
    struct text id;           /* without "tunedModels/"; a job's with "tuningJobs/" */
    int32_t version;          /* enum api_version of the creating call */
    int32_t kind;             /* enum store_kind */
    struct text base_model;   /* "models/..." */
    struct text source_model; /* "tunedModels/..." it was tuned from, or empty */
    struct text display_name; /* empty: none */
    struct text description;  /* empty: none */
    bool has_temperature, has_top_p, has_top_k;
    float temperature, top_p;
    int32_t top_k;
    struct text reader_project_numbers; /* decimal numbers joined by commas, or empty */
    int64_t create_ns, update_ns;

    /* The task as asked for; zero and false: not set (possible in fixed models only). */
    int32_t epoch_count, batch_size;
    bool has_learning_rate, has_learning_rate_multiplier;
    float learning_rate, learning_rate_multiplier;
    int64_t start_ns;     /* startTime */
    struct text data_set; /* content name of the examples, or empty */

    /* The rest of the plan. */
    int32_t example_count, total_steps;
    double plan_learning_rate; /* rate the trainer uses: multiplier and defaults applied */
    int64_t step_ns;           /* as in struct training_plan */
    uint64_t data_hash, noise_seed;

    /* What moves it on (struct training_pacing), and where it was told to stand still. */
    int32_t pacing, polls;
    bool has_stall_step;
    int32_t stall_step;
    int32_t looks;
    struct text moves; /* bytes that the simulation reads, no UTF-8 */

    /* How training ended, or will once end_step is done, if not by itself: enum training_end; code
     * and message of the error. */
    int32_t end;
    bool has_end_step;
    int32_t end_step;
    int32_t end_code;
    int64_t end_ns;
    struct text end_message;

    /* A model taken from a seed as it is: its state never advances. */
    int32_t fixed_state; /* number of TunedModel.State; 0: the model is simulated */
    int64_t fixed_complete_ns;
    struct text fixed_task; /* JSON of its TuningTask, without the training data, or empty */

    /*
     * A tuning job, of which all of the above holds, too, and the registry's model that it makes:
     * one version of it. Its names are those of the call that asked for it.
     */
    struct text project, location;
    struct text job;            /* JSON of the TuningJob as it was asked for */
    struct text statistics;     /* JSON of its TuningDataStats, or empty */
    struct text parent;         /* name of the model, and of the checkpoint, that it continues:
                                   "projects/.../models/{model}@{version}#{checkpoint}", or empty */
    uint64_t model_number;      /* the job whose number the model's name has: this one, or the first
                                   of those that this one continues */
    int32_t model_version;      /* from 1 upwards */
    int32_t checkpoint_count;   /* that it exports: their ids are 1 to this */
    int32_t default_checkpoint; /* a patch's; 0: the last */
    struct text model_name;     /* display name and description of the version, if patched: */
    struct text model_text;     /* else empty, and those of the job */
    struct text removed;        /* what was deleted, and when: server/state/tuning_removal.h */
};

/* One operation. Its state follows from its model unless it is fixed. */
struct store_operation {
    int64_t seq;
    struct text model_id, id; /* tunedModels/{model_id}/operations/{id} */
    struct text fixed;        /* JSON of the whole Operation as a seed gave it, or empty */
};

struct store_permission {
    int64_t seq;
    struct text model_id, id; /* tunedModels/{model_id}/permissions/{id} */
    int32_t grantee_type;     /* number of Permission.GranteeType */
    int32_t role;             /* number of Permission.Role */
    struct text email;        /* empty for EVERYONE */
};

/*
 * What the store itself cannot tell of a model it reads: NULL if all is well, else in words what is
 * wrong. `is_deep` asks for a look at what cannot end the process (texts, JSON): a checksum vouches
 * for that, but rows of older versions have none. Called from any thread.
 */
typedef const char *store_model_check(const struct store_model *model, bool is_deep);

struct store_options {
    const char *path;               /* SQLite file, made if missing; NULL: private, in memory */
    int reader_count;               /* at least 1 */
    store_model_check *check_model; /* NULL: none */
};

struct store;
struct store_reader;

/*
 * Opens or makes the file, migrates it forward, takes an exclusive lock on its name and on the file
 * itself, sets room aside for a full disk (room.h), and starts the writer. A file of another
 * program, of a newer version, or one in use is refused untouched: NULL, with a message that says
 * what to do in `ret_message` (in the arena). Signals that the process handles elsewhere must be
 * blocked before.
 *
 * A process must not open a file that it has open already: the refusal would drop SQLite's locks.
 */
struct store *store_open(
    const struct store_options *options, struct arena *arena, struct text *ret_message);

/* Where the data lies: the file, or the folder in whose file system it is "in memory". Lives as
 * long as the store. */
const char *store_place(const struct store *store);

/* Commits what is queued, checkpoints, closes. No reader may be in use. NULL is allowed. */
void store_close(struct store *store);

/* The reader with this index, 0 to reader_count - 1. */
struct store_reader *store_get_reader(struct store *store, int index);

/*
 * Every read stands between these two; they lock the reader (so that two threads may share one)
 * and give it a snapshot that includes every write whose `done` was called before. Be quick, and do
 * not wait for a write between them: the writer may be waiting for the reader. If the first fails,
 * the reader is not locked and there is nothing to end.
 */
enum store_result store_read_begin(struct store_reader *reader);
/* A number of the snapshot, between the two: while one reader has the same, no row is another. */
int64_t store_read_version(const struct store_reader *reader);
void store_read_end(struct store_reader *reader);

/*
 * All that is read is checked: a row that cannot be what was written is STORE_DAMAGED where it is
 * asked for, and left out of lists; the log names it. A list whose rows are out of order, as when
 * pages of the file point in circles, ends with STORE_FAILED.
 */
enum store_result store_find_model(struct store_reader *reader, int64_t namespace_id,
    struct text id, struct arena *arena, struct store_model *ret_model);

/* The same of an id that a client has said: a tuning job's is that of no tuned model. */
enum store_result store_find_tuned_model(struct store_reader *reader, int64_t namespace_id,
    struct text id, struct arena *arena, struct store_model *ret_model);

/* The roles that an address and everyone have on a model: Permission.Role numbers, OWNER 1, WRITER
 * 2, READER 3; 0 if none. */
struct store_roles {
    int32_t caller;   /* the direct permission of this e-mail address */
    int32_t everyone; /* the permission named "everyone" */
};

/* Which models, or operations of which models, a list goes along. */
enum store_list_of {
    STORE_LIST_ALL,
    STORE_LIST_OF_ADDRESS, /* those on which `email` has a role; none if it is empty */
    STORE_LIST_OF_EVERYONE /* models with the permission named "everyone" */
};

struct store_list {
    int64_t namespace_id;
    enum store_list_of of;
    struct text email;    /* A-Z as a-z */
    int64_t after_seq;    /* from the first row with a higher seq; of jobs: with a lower, 0: all */
    enum store_kind kind; /* of models */
};

/*
 * Lists visit rows in order of creation, but tuning jobs from the newest on, until the visitor
 * returns false or there are no more. The visitor must not call the store. Between some hundred
 * rows each the reader is given to others who wait for it, and the list goes on with a newer
 * snapshot: what was found in the older one may have changed.
 */

/* Models with their roles; 0 where the list does not ask for them: those of ALL, and of everyone in
 * OF_ADDRESS. Tuning jobs have none: of these there is ALL alone. */
typedef bool store_model_visitor(
    void *context, const struct store_model *model, const struct store_roles *roles);
enum store_result store_list_models(struct store_reader *reader, const struct store_list *list,
    store_model_visitor *visit, void *context);

/* A copy whose texts live in the arena, for a visitor that keeps a row. */
struct store_model store_copy_model(const struct store_model *model, struct arena *arena);

/* Visits the bytes of a data set where they lie, since they may be many: nothing is copied for the
 * visitor, who borrows them until it returns. */
typedef void store_bytes_visitor(void *context, struct text bytes);
enum store_result store_look_at_data_set(
    struct store_reader *reader, struct text name, store_bytes_visitor *visit, void *context);

enum store_result store_find_operation(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_operation *ret_operation);

/*
 * Operations with their models. `role` is that of the address; 0 if the list does not ask for it,
 * if the address has none, or if the operation has been deleted: the list also visits rows that are
 * not of its address, so that a visitor can count what it costs. Not OF_EVERYONE.
 */
typedef bool store_operation_visitor(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role);
enum store_result store_list_operations(struct store_reader *reader, const struct store_list *list,
    store_operation_visitor *visit, void *context);
/* Those of one model; `after_seq` as in struct store_list. */
enum store_result store_list_operations_of(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_operation_visitor *visit, void *context);

enum store_result store_find_permission(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_permission *ret_permission);

typedef bool store_permission_visitor(void *context, const struct store_permission *permission);
enum store_result store_list_permissions(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_permission_visitor *visit, void *context);

/* The roles that `email` (if not empty; A-Z as a-z) and everyone have on a model; none if there is
 * no such model. */
enum store_result store_find_roles(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text email, struct store_roles *ret_roles);

/* What a patch changes. */
enum store_patch {
    STORE_PATCH_DISPLAY_NAME = 1 << 0,
    STORE_PATCH_DESCRIPTION = 1 << 1,
    STORE_PATCH_TEMPERATURE = 1 << 2,
    STORE_PATCH_TOP_P = 1 << 3,
    STORE_PATCH_TOP_K = 1 << 4,
    STORE_PATCH_READER_PROJECT_NUMBERS = 1 << 5,
    /* Of a tuning job: */
    STORE_PATCH_MODEL_NAME = 1 << 6,
    STORE_PATCH_MODEL_TEXT = 1 << 7,
    STORE_PATCH_DEFAULT_CHECKPOINT = 1 << 8,
    STORE_PATCH_REMOVED = 1 << 9
};

/* All but the first and the last three need a model, and are STORE_NOT_FOUND without it. */
enum store_write_kind {
    /* Inserts model, its data set (unless one of this content is there), its operation (if the
     * operation's id is not empty) and its first permission (if its id is not empty).
     * STORE_EXISTS if the model's id is taken and nobody redraws it; then nothing is written.
     * STORE_NOT_FOUND if source_id is not empty and no model's. */
    STORE_CREATE_MODEL,
    /* Sets what `patch` names from `model` (found by model.id), unless the condition does not hold:
     * then STORE_REFUSED; update_ns stays as it is. Gives the whole row as it then is in
     * ret_model. */
    STORE_PATCH_MODEL,
    /* Deletes model.id with its permissions and operations, and its data set if no other model
     * uses it. */
    STORE_DELETE_MODEL,
    /* Records when training began, how it ended or will, what moved it, and where it stands still
     * (start_ns and end... of `model`, which is found by model.id, stall..., looks and moves)
     * unless an end is recorded
     * that has no step, the model is fixed, or the condition does not hold: then STORE_REFUSED.
     * Gives the whole row as it then is in ret_model. */
    STORE_CHANGE_TRAINING,
    /* Inserts `operation` alone (seeds). STORE_EXISTS. */
    STORE_CREATE_OPERATION,
    /* Deletes `operation` by model_id and id. STORE_CHILD_NOT_FOUND. */
    STORE_DELETE_OPERATION,
    /* Inserts `permission`. STORE_EXISTS if its id, or another with the same non-empty e-mail
     * address (A-Z as a-z), exists; STORE_REFUSED if the model would have too many. */
    STORE_CREATE_PERMISSION,
    /* Sets the role of `permission`, found by model_id and id. STORE_CHILD_NOT_FOUND. */
    STORE_PATCH_PERMISSION,
    /* STORE_CHILD_NOT_FOUND. */
    STORE_DELETE_PERMISSION,
    /* The owner of permission.model_id becomes a writer, and the USER permission with
     * permission.email its owner (inserted with permission.id if there is none). STORE_EXISTS if a
     * group has that address, or another grantee that id; STORE_REFUSED if the model would have too
     * many permissions; nothing changes if that address owns the model already. */
    STORE_TRANSFER_OWNERSHIP,
    /*
     * Deletes all rows of the namespace, and the data sets that no other uses. Its numbers begin
     * anew at 1, those of rows and, with the commit, those of store_next_counter, which go on
     * behind the counter_used of this write: a batch that clears and then creates counts from 1 by
     * itself.
     */
    STORE_CLEAR_NAMESPACE,
    /* The same, and nothing is left of the namespace in the file, its name and numbering neither.
     * The default one is cleared. */
    STORE_DROP_NAMESPACE,
    /*
     * Makes all models, operations and permissions of the namespace, with their numbers, those of
     * `source_namespace_id`: what is there already is left as it is, and all else deleted. Its
     * numbers go on where those of the other are: those of rows and, with the commit, those of
     * store_next_counter. Data sets are shared; those that are of no use any more are deleted.
     */
    STORE_COPY_NAMESPACE
};

/*
 * What a write was decided on. The writer looks at it again in the transaction that commits the
 * write, in the order of the members; if something is not so any more, nothing is written and the
 * result says what. Members that are zero are not looked at.
 */
struct store_condition {
    /* The seq of the write's model: STORE_NOT_FOUND if its id is by now that of another. */
    int64_t model_seq;
    /* STORE_FORBIDDEN unless `email` or, if not only that counts, everyone has this role on the
     * model or a higher one, as Permission.Role numbers them (OWNER 1, WRITER 2, READER 3). */
    int32_t role;
    bool is_own_role; /* that of everyone does not count */
    struct text email;
    /* The seq of the operation or permission that the write names by its id:
     * STORE_CHILD_NOT_FOUND; STORE_REFUSED of a permission that is by now the owner's. */
    int64_t child_seq;
    /*
     * STORE_PATCH_MODEL, STORE_CHANGE_TRAINING: whether `model` (borrowed until it returns) may
     * still be changed. It runs on the writer's thread, must be quick, must not call the store, and
     * may set what the write records. Of the latter, from before the call until after the commit
     * nobody is between store_read_begin and store_read_end. So whoever begins to read after it
     * looked at a clock finds the change, and whoever did not find it had looked at the clock
     * before.
     */
    bool (*holds)(const struct store_model *model, void *context);
    void *context;
};

/*
 * One write. The caller owns it and all it points to until `done` was called, on the writer's
 * thread, after the commit (or the failure) that `result` tells of. `done` must be quick and must
 * not call the store.
 */
struct store_write {
    enum store_write_kind kind;
    unsigned patch; /* STORE_PATCH_MODEL: of enum store_patch */
    int64_t namespace_id;
    int64_t source_namespace_id; /* STORE_COPY_NAMESPACE */
    /* NULL, or looked at right before the write is applied: if it is set, nothing is written, and
     * the result is STORE_VOID. So a STORE_DROP_NAMESPACE that is queued after it was set leaves
     * nothing behind, whatever was under way. */
    const atomic_bool *is_void;
    struct store_condition condition;
    struct text source_id;      /* STORE_CREATE_MODEL: whom the condition is about; empty: nobody */
    struct store_model model;   /* the seq of this and of the next two is set by the store, but see
                                   keeps_seqs */
    struct text data_set_bytes; /* STORE_CREATE_MODEL: content of model.data_set; may be empty */
    struct store_operation operation;
    struct store_permission permission;
    int32_t permissions_max; /* that the model may have once one is inserted; 0: no bound */
    bool keeps_seqs;         /* of model, operation and permission, those that are not 0 */
    int64_t last_seq;     /* new rows that have no number get a higher one, also those after it */
    int64_t counter_used; /* highest store_next_counter number that went into this write, or 0 */

    /*
     * STORE_CREATE_MODEL: NULL, or called on the writer's thread for as long as another model has
     * model.id: gives the write another one, and all that goes with it. It must be quick, and of
     * the store it may call store_next_counter alone.
     */
    void (*redraw)(struct store_write *write);
    void *redraw_context; /* the caller's */

    /* STORE_PATCH_MODEL, STORE_CHANGE_TRAINING: what the row is made into, with texts in the
     * arena; NULL: not wanted. */
    struct store_model *ret_model;
    struct arena *arena;
    struct store_roles ret_roles; /* with STORE_FORBIDDEN: those that do not suffice */
    enum store_result result;
    void (*done)(struct store_write *write);
    void *context;             /* the caller's */
    struct store_write *next;  /* the store's, as is the next one */
    struct store_batch *batch; /* whose place in the queue this is; NULL: none's */
};

/* Queues a write. Waits for nothing but another thread that queues. */
void store_submit(struct store *store, struct store_write *write);

/* Queues a write and waits for it; for tests. Overwrites done and context. */
enum store_result store_write_and_wait(struct store *store, struct store_write *write);

/*
 * Writes that stand or fall together, however many: they are applied in their order in a
 * transaction of their own, and the first whose result is not STORE_OK undoes all. Readers go on
 * meanwhile, other writes wait. Owned by the caller, as are its writes, until `done` was called,
 * which the writes' own never is. The condition of a STORE_CHANGE_TRAINING must not have `holds`.
 */
struct store_batch {
    struct store_write *first, *last; /* see store_batch_add */
    /*
     * NULL, or called on the writer's thread before the first write, of which it may add some: what
     * takes time keeps other writes waiting, and nobody else. If it gives false, nothing is
     * written, and the result is STORE_REFUSED. It must not call the store.
     */
    bool (*prepare)(struct store_batch *batch);
    /*
     * NULL, or called on the writer's thread once the result is known, before `done`. If all is
     * well, nobody is between store_read_begin and store_read_end from before the commit until it
     * returns: what it changes is seen with the rows. It must be quick, and must not call the
     * store.
     */
    void (*settle)(struct store_batch *batch);
    /* STORE_OK, that of the write that failed, STORE_GIVEN_UP, or why it could not be committed.
     * Each write's own is STORE_NOT_WRITTEN unless it is the one that failed, or all is well. */
    enum store_result result;
    void (*done)(struct store_batch *batch);
    void *context;            /* the caller's */
    struct store_write place; /* the store's: in the queue */
};

/* Puts a write at the end of a batch, which begins as zero bytes. */
void store_batch_add(struct store_batch *batch, struct store_write *write);

/* Queues a batch behind the writes that were submitted before. */
void store_submit_batch(struct store *store, struct store_batch *batch);

/* Queues a batch and waits for it; overwrites done and context. */
enum store_result store_batch_and_wait(struct store *store, struct store_batch *batch);

/* Has the batches undone that are queued or will be, and the one under way unless it is being
 * committed by now: a server that ends does not wait for many rows. For any thread. */
void store_give_up(struct store *store);

/*
 * A number from 1 upwards from which ids and noise of a namespace are drawn: never given twice for
 * the same namespace of a file, also after a restart, provided the write that used it carried it as
 * counter_used. For any thread.
 */
int64_t store_next_counter(struct store *store, int64_t namespace_id);

/* The number that was given last; 0: none was. For any thread. */
int64_t store_last_counter(struct store *store, int64_t namespace_id);

/* Has the next number be 1: ids that were drawn from a number may be drawn again from then on, and
 * have to be looked up. After a restart it goes on behind all that were used. For any thread. */
void store_restart_counter(struct store *store, int64_t namespace_id);

/* The highest number that a row of the namespace was given, also one that is gone. For any thread.
 */
int64_t store_last_seq(struct store *store, int64_t namespace_id);

/* Has the next numbers be higher than `counter`: also after a restart, once a write has carried it,
 * or one of them, as counter_used. For any thread. */
void store_raise_counter(struct store *store, int64_t namespace_id, int64_t counter);

/*
 * Namespaces by name. The file has the names of those that have or had rows, and of no others.
 */

/* Longer than any name that somebody can give, and room for a snapshot's. */
enum { STORE_NAMESPACE_BYTES_MAX = 512 };

/* Gives a namespace its name, visible ASCII characters, which are copied: known at once, written
 * with its first row. A number is named once; the same name again does nothing. A snapshot's has a
 * blank in it: its rows are dropped when the file is opened anew. For any thread. */
void store_name_namespace(struct store *store, int64_t namespace_id, struct text name);

/* Visits the namespaces that the file had when it was opened, in the order of their numbers; not
 * the default one, and no snapshots. One whose name cannot be read got one that was made from its
 * number. For the start, before anything is forgotten; the visitor may call the store. */
typedef void store_namespace_visitor(void *context, int64_t namespace_id, struct text name);
void store_list_namespaces(struct store *store, store_namespace_visitor *visit, void *context);

/* The highest number that a namespace or a snapshot of the file had when it was opened; 0: there
 * was the default one alone. */
int64_t store_last_namespace(const struct store *store);

/* Gives back what is known of a namespace, once nobody uses it any more, unless it has rows or a
 * numbering in the file. For any thread. */
void store_forget_namespace(struct store *store, int64_t namespace_id);

/* The tuned models, or tuning jobs, of a namespace, and of all but snapshots, as last committed.
 * They cost no look at the file. For any thread. */
int64_t store_count_models(struct store *store, int64_t namespace_id);
int64_t store_count_jobs(struct store *store, int64_t namespace_id);
int64_t store_count_all_models(struct store *store);
int64_t store_count_all_jobs(struct store *store);

struct store_sizes {
    int64_t file_bytes, wal_bytes;
    int64_t queue_count; /* writes and batches that are not done yet */
};

/* For any thread. */
struct store_sizes store_sizes(struct store *store);

/*
 * What a check of a whole file calls: for what the store itself cannot tell of a row, `data_set`
 * (all of these come first), `model` and `operation`, which give NULL or in words what is wrong;
 * and for each problem `report`, with the table and the row's id (empty: of the table as a whole).
 */
struct store_checks {
    const char *(*data_set)(void *context, struct text name, struct text bytes);
    const char *(*model)(void *context, const struct store_model *model);
    const char *(*operation)(void *context, const struct store_operation *operation);
    void (*report)(void *context, const char *table, struct text id, const char *problem);
    void *context;
};

struct store_counts {
    int64_t models, operations, permissions, data_sets;
    int64_t problems; /* that were reported */
};

/*
 * Looks at every page and every row of a file that no server has open, without a write to it: what
 * a killed server left beside it is read, too, and stays. False, with a message, if the file cannot
 * be checked: there is none, it is in use, of another program, or of a newer version.
 */
bool store_check(const char *path, const struct store_checks *checks, struct arena *arena,
    struct store_counts *ret_counts, struct text *ret_message);

/* Logs that a row is damaged, ten lines a second at most; for what only the caller can tell. */
void store_report_damage(const char *table, struct text id, const char *problem);

#endif
