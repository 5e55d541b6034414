/*
 * The handlers of the emulated services, named as the methods are: models_get answers models.get.
 * The files of this folder that have them are named after a resource (tuned_models.c,
 * permissions.c) or after a method that both kinds of models have (generate_content.c,
 * count_tokens.c); tunedModels.create and patch have one each, and tunedModels.cancel lies with the
 * operations.
 */
#ifndef SERVER_API_HANDLERS_H
#define SERVER_API_HANDLERS_H

#include "server/call/call.h"

call_handler tuned_models_create, tuned_models_list, tuned_models_get, tuned_models_patch,
    tuned_models_delete, tuned_models_transfer_ownership, tuned_models_cancel;
call_finisher tuned_models_create_finish, tuned_models_get_finish, tuned_models_patch_finish,
    tuned_models_delete_finish, tuned_models_transfer_ownership_finish, tuned_models_cancel_finish;

call_handler tuned_models_generate_content, tuned_models_stream_generate_content,
    tuned_models_generate_text, tuned_models_count_tokens, models_generate_content,
    models_stream_generate_content, models_count_tokens, models_embed_content,
    models_batch_embed_contents, generate_unimplemented;

call_handler permissions_create, permissions_list, permissions_get, permissions_patch,
    permissions_delete;
call_finisher permissions_create_finish, permissions_patch_finish, permissions_delete_finish;

call_handler operations_get, operations_list, operations_cancel, operations_list_all,
    operations_get_any, operations_delete_any;
call_finisher operations_get_finish, operations_get_any_finish, operations_cancel_finish,
    operations_delete_any_finish;

call_handler models_list, models_get;

/* Vertex AI. */
call_handler tuning_jobs_create, tuning_jobs_list, tuning_jobs_get, tuning_jobs_cancel,
    tuning_jobs_unsupported;
call_finisher tuning_jobs_create_finish, tuning_jobs_get_finish, tuning_jobs_cancel_finish;
call_finisher vertex_endpoints_delete_finish, vertex_models_patch_finish,
    vertex_models_delete_finish, vertex_operations_delete_finish;

call_handler vertex_endpoints_generate_content, vertex_endpoints_stream_generate_content,
    vertex_endpoints_count_tokens, vertex_endpoints_predict, vertex_endpoints_list,
    vertex_endpoints_get, vertex_endpoints_delete;

call_handler publisher_models_list, publisher_models_get, publisher_models_generate_content,
    publisher_models_stream_generate_content, publisher_models_count_tokens;

call_handler vertex_models_list, vertex_models_get, vertex_models_patch, vertex_models_delete,
    vertex_models_list_versions;

call_handler vertex_operations_list, vertex_operations_get, vertex_operations_wait,
    vertex_operations_cancel, vertex_operations_delete;

call_handler vertex_contexts_get;

call_handler discovery_get;
call_handler metadata_get, token_create;

#endif
