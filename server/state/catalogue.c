#include "server/state/catalogue.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "base/memory.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/sim/embed.h"

/* The largest adapter that Vertex AI has for any of its own models. */
enum { ADAPTER_MAX = 16 };

extern const char embedded_fixtures_base_models_json[]; /* ends in a NUL */

/* One model. What is said of it is decoded when it is first asked for. */
struct catalogue_entry {
    struct text name;
    struct text json;                         /* a BaseModelEntry */
    _Atomic(const struct base_model *) model; /* NULL: not decoded yet */
};

/* What changes also when all else is constant: one thread at a time decodes, into this arena. */
struct catalogue_decoder {
    pthread_mutex_t mutex;
    struct arena arena;
};

struct catalogue {
    struct catalogue_decoder *decoder;
    struct arena arena;
    struct catalogue_entry **entries;
    size_t count, capacity;
    struct map by_name;
};

static struct catalogue_entry *catalogue_add_entry(struct catalogue *catalogue, struct text name)
{
    if (catalogue->count == catalogue->capacity) {
        size_t capacity = catalogue->capacity ? 2 * catalogue->capacity : 128;
        struct catalogue_entry **entries =
            arena_array(&catalogue->arena, capacity, sizeof(struct catalogue_entry *));
        for (size_t i = 0; i < catalogue->count; i++)
            entries[i] = catalogue->entries[i];
        catalogue->entries = entries;
        catalogue->capacity = capacity;
    }
    struct catalogue_entry *entry = arena_alloc(&catalogue->arena, sizeof(*entry));
    entry->name = name;
    catalogue->entries[catalogue->count++] = entry;
    map_put(&catalogue->by_name, name, entry);
    return entry;
}

/* Adds an entry, or replaces the one of the same name. The texts must live as long. */
static void catalogue_put(struct catalogue *catalogue, struct text name, struct text json)
{
    struct catalogue_entry *entry = map_find(&catalogue->by_name, name);
    if (!entry)
        entry = catalogue_add_entry(catalogue, name);
    entry->json = json;
    atomic_store(&entry->model, NULL);
}

void catalogue_add(struct catalogue *catalogue, struct message *model, enum training_curve curve)
{
    struct arena *arena = &catalogue->arena;
    struct message *entry = message_new(model->arena, MESSAGE_BaseModelEntry, VERSION_V1BETA);
    message_set_message(entry, BaseModelEntry_model, model);
    message_set_text(entry, BaseModelEntry_curve, text_of(training_curve_name(curve)));
    message_set_bool(entry, BaseModelEntry_published, true);
    message_set_int(entry, BaseModelEntry_adapter_max, ADAPTER_MAX);
    static const struct json_style style = {.layout = JSON_COMPACT};
    struct buf json = BUF_INIT;
    json_write(&json, entry, &style);
    catalogue_put(catalogue, arena_text(arena, message_text(model, Model_name)),
        arena_text(arena, buf_text(&json)));
    buf_release(&json);
}

static const char *catalogue_skip_string(const char *quote)
{
    const char *end = quote + 1;
    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    return end + 1;
}

/* The next object of the file's list; without bytes behind the last. */
static struct text catalogue_next_json(const char **at)
{
    const char *begin = NULL;
    int depth = 0;
    for (const char *mark = *at; depth >= 0;) {
        mark += strcspn(mark, "\"{}");
        if (*mark == '"') {
            mark = catalogue_skip_string(mark);
            continue;
        }
        depth += *mark == '{' ? 1 : -1;
        if (*mark++ == '{')
            begin = depth == 1 ? mark - 1 : begin;
        else if (depth == 0)
            return (struct text){begin, (size_t)((*at = mark) - begin)};
    }
    return (struct text){0};
}

/* The first name in it is the model's own. */
static struct text catalogue_name_in(struct text json)
{
    static const struct text key = TEXT_INIT("\"name\": \"");
    size_t begin = text_find(json, key) + key.len;
    assert(begin < json.len);
    struct text rest = {json.bytes + begin, json.len - begin};
    return (struct text){rest.bytes, text_find_byte(rest, '"')};
}

static struct catalogue *catalogue_make(void)
{
    struct catalogue *catalogue = memory_alloc_zeroed(1, sizeof(*catalogue));
    arena_init(&catalogue->arena);
    catalogue->decoder = arena_alloc(&catalogue->arena, sizeof(*catalogue->decoder));
    pthread_mutex_init(&catalogue->decoder->mutex, NULL);
    arena_init(&catalogue->decoder->arena);
    map_init(&catalogue->by_name, &catalogue->arena);
    return catalogue;
}

struct catalogue *catalogue_new(void)
{
    struct catalogue *catalogue = catalogue_make();
    const char *at = strchr(embedded_fixtures_base_models_json, '[');
    assert(at);
    for (struct text json = catalogue_next_json(&at); json.bytes; json = catalogue_next_json(&at))
        catalogue_put(catalogue, catalogue_name_in(json), json);
    return catalogue;
}

struct catalogue *catalogue_copy(const struct catalogue *source)
{
    struct catalogue *copy = catalogue_make();
    for (size_t i = 0; i < source->count; i++)
        catalogue_put(copy, arena_text(&copy->arena, source->entries[i]->name),
            arena_text(&copy->arena, source->entries[i]->json));
    return copy;
}

void catalogue_free(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    pthread_mutex_destroy(&catalogue->decoder->mutex);
    arena_release(&catalogue->decoder->arena);
    arena_release(&catalogue->arena);
    free(catalogue);
}

/* What it asserts holds for the file that was built in, if it holds in a test, and for what was
 * written here. */
static const struct base_model *catalogue_decode(
    const struct catalogue_entry *entry, struct arena *arena)
{
    struct message *file = message_new(arena, MESSAGE_BaseModelEntry, VERSION_V1BETA);
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    decode_body(entry->json, file, TEXT(""), &problems);
    assert(!decode_problems_any(&problems));
    struct base_model *base_model = arena_alloc(arena, sizeof(*base_model));
    *base_model = (struct base_model){
        .model = message_child(file, BaseModelEntry_model),
        .is_retired = message_bool(file, BaseModelEntry_retired),
        .is_later = message_bool(file, BaseModelEntry_later),
        .is_unlisted = message_bool(file, BaseModelEntry_unlisted),
        .has_large_embeddings =
            message_int(file, BaseModelEntry_dimensions) == EMBED_DIMENSIONS_MAX,
        .is_published = message_bool(file, BaseModelEntry_published),
        .adapter_max = (int)message_int(file, BaseModelEntry_adapter_max),
    };
    bool has_curve =
        training_curve_parse(message_text(file, BaseModelEntry_curve), &base_model->curve);
    assert(has_curve && base_model->model);
    assert(text_equals(message_text(base_model->model, Model_name), entry->name));
    return base_model;
}

static const struct base_model *catalogue_open(
    const struct catalogue *catalogue, struct catalogue_entry *entry)
{
    const struct base_model *model = atomic_load_explicit(&entry->model, memory_order_acquire);
    if (model)
        return model;
    pthread_mutex_lock(&catalogue->decoder->mutex);
    model = atomic_load(&entry->model);
    if (!model) {
        model = catalogue_decode(entry, &catalogue->decoder->arena);
        atomic_store(&entry->model, model);
    }
    pthread_mutex_unlock(&catalogue->decoder->mutex);
    return model;
}

const struct base_model *catalogue_find(const struct catalogue *catalogue, struct text name)
{
    struct catalogue_entry *entry = map_find(&catalogue->by_name, name);
    return entry ? catalogue_open(catalogue, entry) : NULL;
}

const struct base_model *catalogue_find_published(
    const struct catalogue *catalogue, struct text name, struct arena *arena)
{
    static const struct text prefixes[] = {
        TEXT_INIT("publishers/google/models/"), TEXT_INIT("google/"), TEXT_INIT("models/")};
    size_t at = text_find(name, prefixes[0]);
    if (at < name.len)
        name = text_slice(name, at, name.len);
    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        if (text_starts_with(name, prefixes[i])) {
            name = text_slice(name, prefixes[i].len, name.len);
            break;
        }
    }
    return catalogue_find(catalogue, arena_joined(arena, TEXT("models/"), name));
}

size_t catalogue_count(const struct catalogue *catalogue)
{
    return catalogue->count;
}

const struct base_model *catalogue_at(const struct catalogue *catalogue, size_t index)
{
    return catalogue_open(catalogue, catalogue->entries[index]);
}

bool base_model_is_there(const struct base_model *base_model, enum fidelity fidelity)
{
    return fidelity == FIDELITY_COMPAT || !(base_model->is_retired || base_model->is_later);
}

bool base_model_supports(const struct base_model *base_model, const char *method)
{
    size_t count = message_count(base_model->model, Model_supported_generation_methods);
    for (size_t i = 0; i < count; i++)
        if (text_equals_string(
                message_text_at(base_model->model, Model_supported_generation_methods, i), method))
            return true;
    return false;
}

bool base_model_is_tunable(const struct base_model *base_model)
{
    return base_model_supports(base_model, "createTunedModel") ||
           base_model_supports(base_model, "createTunedTextModel");
}

struct text base_model_id(const struct base_model *base_model)
{
    struct text name = message_text(base_model->model, Model_name);
    return text_slice(name, TEXT("models/").len, name.len);
}

struct text catalogue_published_tunable_ids(const struct catalogue *catalogue, struct arena *arena)
{
    struct text ids = TEXT("");
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct base_model *base_model = catalogue_at(catalogue, i);
        if (base_model->is_published && base_model->adapter_max > 0)
            ids = arena_printf(arena, "%.*s%s%.*s", TEXT_ARGS(ids), ids.len ? ", " : "",
                TEXT_ARGS(base_model_id(base_model)));
    }
    return ids;
}

struct text catalogue_tunable_names(
    const struct catalogue *catalogue, enum fidelity fidelity, struct arena *arena)
{
    struct text names = TEXT("");
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct base_model *base_model = catalogue_at(catalogue, i);
        struct text name = message_text(base_model->model, Model_name);
        if (base_model->is_unlisted || !base_model_is_there(base_model, fidelity) ||
            !base_model_is_tunable(base_model))
            continue;
        names = arena_printf(
            arena, "%.*s%s%.*s", TEXT_ARGS(names), names.len ? ", " : "", TEXT_ARGS(name));
    }
    return names;
}
