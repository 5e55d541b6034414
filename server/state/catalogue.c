#include "server/state/catalogue.h"

#include "base/map.h"
#include "server/json/decode.h"
#include "server/sim/embed.h"

extern const char embedded_fixtures_base_models_json[];
extern const size_t embedded_fixtures_base_models_json_len;

struct catalogue {
    struct arena *arena;
    struct base_model **models;
    size_t count, capacity;
    struct map by_name;
};

void catalogue_add(struct catalogue *catalogue, const struct base_model *base_model)
{
    struct text name = message_text(base_model->model, Model_name);
    struct base_model *old = map_find(&catalogue->by_name, name);
    if (old) {
        *old = *base_model;
        return;
    }
    if (catalogue->count == catalogue->capacity) {
        size_t capacity = catalogue->capacity ? 2 * catalogue->capacity : 32;
        struct base_model **models =
            arena_array(catalogue->arena, capacity, sizeof(struct base_model *));
        for (size_t i = 0; i < catalogue->count; i++)
            models[i] = catalogue->models[i];
        catalogue->models = models;
        catalogue->capacity = capacity;
    }
    struct base_model *added = arena_alloc(catalogue->arena, sizeof(*added));
    *added = *base_model;
    catalogue->models[catalogue->count++] = added;
    map_put(&catalogue->by_name, name, added);
}

struct catalogue *catalogue_new(struct arena *arena, struct text *ret_message)
{
    struct catalogue *catalogue = arena_alloc(arena, sizeof(*catalogue));
    catalogue->arena = arena;
    map_init(&catalogue->by_name, arena);

    struct message *file = message_new(arena, MESSAGE_BaseModelFile, VERSION_V1BETA);
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    decode_body(
        (struct text){embedded_fixtures_base_models_json, embedded_fixtures_base_models_json_len},
        file, TEXT(""), &problems);
    if (decode_problems_any(&problems)) {
        *ret_message = decode_problems_text(&problems);
        return NULL;
    }
    for (size_t i = 0; i < message_count(file, BaseModelFile_models); i++) {
        const struct message *entry = message_child_at(file, BaseModelFile_models, i);
        struct base_model base_model = {
            .model = message_child(entry, BaseModelEntry_model),
            .is_retired = message_bool(entry, BaseModelEntry_retired),
            .is_later = message_bool(entry, BaseModelEntry_later),
            .is_unlisted = message_bool(entry, BaseModelEntry_unlisted),
            .has_large_embeddings =
                message_int(entry, BaseModelEntry_dimensions) == EMBED_DIMENSIONS_MAX,
        };
        if (!base_model.model ||
            !training_curve_parse(message_text(entry, BaseModelEntry_curve), &base_model.curve)) {
            *ret_message = TEXT("the catalogue of base models has an entry without model or curve");
            return NULL;
        }
        catalogue_add(catalogue, &base_model);
    }
    return catalogue;
}

const struct base_model *catalogue_find(const struct catalogue *catalogue, struct text name)
{
    return map_find(&catalogue->by_name, name);
}

size_t catalogue_count(const struct catalogue *catalogue)
{
    return catalogue->count;
}

const struct base_model *catalogue_at(const struct catalogue *catalogue, size_t index)
{
    return catalogue->models[index];
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

struct text catalogue_tunable_names(
    const struct catalogue *catalogue, enum fidelity fidelity, struct arena *arena)
{
    struct text names = TEXT("");
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct base_model *base_model = catalogue->models[i];
        struct text name = message_text(base_model->model, Model_name);
        if (base_model->is_unlisted || !base_model_is_there(base_model, fidelity) ||
            !base_model_is_tunable(base_model))
            continue;
        names = arena_printf(
            arena, "%.*s%s%.*s", TEXT_ARGS(names), names.len ? ", " : "", TEXT_ARGS(name));
    }
    return names;
}
