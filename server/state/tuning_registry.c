#include "server/state/tuning_registry.h"

#include "server/state/catalogue.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_removal.h"
#include "server/state/vertex_number.h"

/* A text of the job that a patch of the model may have replaced. */
static struct text tuning_registry_text(
    struct text patched, const struct message *asked, unsigned field)
{
    return patched.len > 0 ? patched : message_text(asked, field);
}

/* The labels of the job, and those by which SDKs tell tuned models, and their base, from others. */
static void tuning_registry_add_labels(
    const struct store_model *job, const struct message *asked, struct message *model)
{
    struct text number = text_slice(job->id, TEXT("tuningJobs/").len, job->id.len);
    struct text base = text_slice(job->base_model, TEXT("models/").len, job->base_model.len);
    bool is_preferred = message_has(asked, TuningJob_preference_optimization_spec);
    for (size_t i = 0; i < message_count(asked, TuningJob_labels); i++) {
        struct text key, value;
        message_pair_at(asked, TuningJob_labels, i, &key, &value);
        message_add_pair(model, VertexModel_labels, key, value);
    }
    message_add_pair(
        model, VertexModel_labels, TEXT("google-vertex-llm-tuning-base-model-id"), base);
    message_add_pair(model, VertexModel_labels, TEXT("google-vertex-llm-tuning-job-id"), number);
    message_add_pair(model, VertexModel_labels, TEXT("tune-type"),
        is_preferred ? TEXT("preference") : TEXT("sft"));
}

static struct text tuning_registry_number(uint32_t number, struct arena *arena)
{
    return arena_printf(arena, "%u", (unsigned)number);
}

/* The number of a deployment, of which an endpoint has one: that of the endpoint. */
static struct text tuning_registry_deployment(
    const struct store_model *job, uint32_t checkpoint, struct arena *arena)
{
    return vertex_number_text(
        &(struct vertex_number){VERTEX_ENDPOINT, tuning_job_number(job), checkpoint}, arena);
}

/* Where the model is deployed, and which checkpoints it has. */
static void tuning_registry_add_checkpoints(const struct store_model *job,
    const struct base_model *base, int64_t now_ns, struct message *model)
{
    struct arena *arena = model->arena;
    uint32_t count = (uint32_t)job->checkpoint_count;
    for (uint32_t i = count > 0 ? 1 : 0; i <= count; i++) {
        if (!tuning_job_endpoint_is_there(job, base, now_ns, i))
            continue;
        struct message *deployed = message_add_child(model, VertexModel_deployed_models);
        message_set_text(
            deployed, DeployedModelRef_endpoint, tuning_job_endpoint_name(job, i, arena));
        message_set_text(deployed, DeployedModelRef_deployed_model_id,
            tuning_registry_deployment(job, i, arena));
        if (i > 0)
            message_set_text(
                deployed, DeployedModelRef_checkpoint_id, tuning_registry_number(i, arena));
    }
    for (uint32_t i = 1; i <= count; i++) {
        struct message *checkpoint = message_add_child(model, VertexModel_checkpoints);
        message_set_text(
            checkpoint, VertexModel_Checkpoint_checkpoint_id, tuning_registry_number(i, arena));
        message_set_int(
            checkpoint, VertexModel_Checkpoint_epoch, tuning_job_checkpoint_epoch(job, i));
        message_set_int(
            checkpoint, VertexModel_Checkpoint_step, tuning_job_checkpoint_step(job, i));
    }
    if (count > 0)
        message_set_text(model, VertexModel_default_checkpoint_id,
            tuning_registry_number(tuning_job_default_checkpoint(job), arena));
}

struct message *tuning_registry_model(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, bool is_newest, enum api_version version, struct arena *arena)
{
    static const unsigned times[] = {VertexModel_create_time, VertexModel_update_time,
        VertexModel_version_create_time, VertexModel_version_update_time};
    struct message *asked = tuning_job_asked(job, version, arena);
    struct message *model = message_new(arena, MESSAGE_VertexModel, version);
    int64_t made_ns = tuning_job_end_ns(job, base, now_ns);
    message_set_text(model, VertexModel_name, tuning_job_model_name(job, false, arena));
    message_set_text_if(model, VertexModel_display_name,
        tuning_registry_text(job->model_name, asked, TuningJob_tuned_model_display_name));
    message_set_text_if(model, VertexModel_description,
        tuning_registry_text(job->model_text, asked, TuningJob_description));
    for (size_t i = 0; made_ns != STORE_NO_TIME && i < sizeof(times) / sizeof(*times); i++)
        message_set_int(model, times[i], made_ns);
    tuning_registry_add_labels(job, asked, model);
    if (message_has(asked, TuningJob_encryption_spec))
        message_set_message(
            model, VertexModel_encryption_spec, message_child(asked, TuningJob_encryption_spec));
    message_set_text(
        model, VertexModel_version_id, tuning_registry_number((uint32_t)job->model_version, arena));
    if (is_newest)
        message_add_item(model, VertexModel_version_aliases)->text = TEXT("default");
    struct message *source = message_make_child(model, VertexModel_model_source_info);
    message_set_int(source, ModelSourceInfo_source_type, ModelSourceInfo_ModelSourceType_GENIE);
    tuning_registry_add_checkpoints(job, base, now_ns, model);
    return model;
}

struct message *tuning_registry_endpoint(const struct store_model *job,
    const struct base_model *base, int64_t now_ns, uint32_t checkpoint, enum api_version version,
    struct arena *arena)
{
    struct message *asked = tuning_job_asked(job, version, arena);
    struct message *endpoint = message_new(arena, MESSAGE_Endpoint, version);
    struct text display_name =
        tuning_registry_text(job->model_name, asked, TuningJob_tuned_model_display_name);
    int64_t made_ns = tuning_job_end_ns(job, base, now_ns);
    message_set_text(endpoint, Endpoint_name, tuning_job_endpoint_name(job, checkpoint, arena));
    message_set_text_if(endpoint, Endpoint_display_name, display_name);
    struct message *deployed = message_add_child(endpoint, Endpoint_deployed_models);
    message_set_text(
        deployed, DeployedModel_id, tuning_registry_deployment(job, checkpoint, arena));
    message_set_text(deployed, DeployedModel_model, tuning_job_model_name(job, false, arena));
    message_set_text_if(deployed, DeployedModel_display_name, display_name);
    message_set_text(deployed, DeployedModel_model_version_id,
        tuning_registry_number((uint32_t)job->model_version, arena));
    if (checkpoint > 0)
        message_set_text(
            deployed, DeployedModel_checkpoint_id, tuning_registry_number(checkpoint, arena));
    for (size_t i = 0; i < message_count(asked, TuningJob_labels); i++) {
        struct text key, value;
        message_pair_at(asked, TuningJob_labels, i, &key, &value);
        message_add_pair(endpoint, Endpoint_labels, key, value);
    }
    if (made_ns != STORE_NO_TIME) {
        message_set_int(deployed, DeployedModel_create_time, made_ns);
        message_set_int(endpoint, Endpoint_create_time, made_ns);
        message_set_int(endpoint, Endpoint_update_time, made_ns);
    }
    return endpoint;
}

struct message *tuning_registry_operation(
    const struct store_model *job, uint32_t part, enum api_version version, struct arena *arena)
{
    struct tuning_removal removal;
    if (!tuning_removal_find(job->removed, part, &removal) || removal.is_forgotten)
        return NULL;
    struct message *operation = message_new(arena, MESSAGE_Operation, version);
    struct message *metadata = message_new(arena, MESSAGE_DeleteOperationMetadata, version);
    struct message *times = message_make_child(metadata, DeleteOperationMetadata_generic_metadata);
    message_set_text(operation, Operation_name, tuning_job_operation_name(job, part, arena));
    message_set_int(times, GenericOperationMetadata_create_time, removal.at_ns);
    message_set_int(times, GenericOperationMetadata_update_time, removal.at_ns);
    message_set_message(operation, Operation_metadata, metadata);
    message_set_bool(operation, Operation_done, true);
    message_set_message(operation, Operation_response, message_new(arena, MESSAGE_Empty, version));
    return operation;
}
