#include "server/state/permission.h"

struct message *permission_message(
    const struct store_permission *permission, enum api_version version, struct arena *arena)
{
    struct message *message = message_new(arena, MESSAGE_Permission, version);
    struct text model_name = arena_joined(arena, TEXT("tunedModels/"), permission->model_id);
    message_set_text(message, Permission_name,
        arena_joined(
            arena, arena_joined(arena, model_name, TEXT("/permissions/")), permission->id));
    /* A seed may leave it out. */
    if (permission->grantee_type != Permission_GranteeType_GRANTEE_TYPE_UNSPECIFIED)
        message_set_int(message, Permission_grantee_type, permission->grantee_type);
    message_set_text_if(message, Permission_email_address, permission->email);
    message_set_int(message, Permission_role, permission->role);
    return message;
}
