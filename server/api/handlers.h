/*
 * The handlers of the emulated service, named as the methods are: models_get answers models.get.
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

call_handler discovery_get;

#endif
