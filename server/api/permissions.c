/*
 * tunedModels.permissions: who else may use, edit or own a tuned model (contract 2.4 and 7).
 * Readers may look at them, writers may share. There is exactly one owner, which only
 * transferOwnership changes: no call here makes, changes or deletes the owner's permission.
 *
 * Chosen where nothing is recorded: granteeType may be left out and is USER then, and the owner's
 * permission is refused with the line of a field.
 */
#include "server/api/permissions.h"

#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/call/page.h"
#include "server/call/update_mask.h"
#include "server/contract/limits.h"
#include "server/state/identity.h"
#include "server/state/permission.h"

/* The id of the permission of everyone. */
#define EVERYONE_ID "everyone"

/* A row as the call's version has it; the texts are borrowed from the row. */
static struct message *permission_show(struct call *call, const struct store_permission *row)
{
    return permission_message(row, call->messages, call->arena);
}

/* An address is looked at no closer than this: it is a key, nothing is sent to it. */
static bool permission_is_email(struct text email)
{
    size_t at = text_find_byte(email, '@');
    for (size_t i = 0; i < email.len; i++)
        if ((unsigned char)email.bytes[i] <= ' ')
            return false;
    return at > 0 && at + 1 < email.len && email.len <= EMAIL_ADDRESS_BYTES_MAX;
}

static void permission_add_line(struct field_lines *lines, const char *path, const char *reason)
{
    struct text argument = text_of(reason);
    field_lines_add(lines, ERROR_PERM_INVALID, text_of(path), 1, &argument);
}

/* A text below names it. */
_Static_assert(EMAIL_ADDRESS_BYTES_MAX == 254, "254 bytes");

void permission_check_email(struct field_lines *lines, const char *path, struct text email)
{
    if (text_is_empty(email))
        permission_add_line(lines, path, "email_address is not specified");
    else if (!permission_is_email(email))
        permission_add_line(lines, path, "must be an e-mail address of at most 254 bytes");
}

static void permission_check_grantee(
    struct field_lines *lines, int64_t grantee_type, struct text email)
{
    const char *path = "permission.email_address";
    if (grantee_type == Permission_GranteeType_EVERYONE) {
        if (email.len)
            permission_add_line(lines, path, "must not be set for EVERYONE");
        return;
    }
    if (grantee_type != Permission_GranteeType_USER && grantee_type != Permission_GranteeType_GROUP)
        permission_add_line(lines, "permission.grantee_type", "must be USER, GROUP or EVERYONE");
    else
        permission_check_email(lines, path, email);
}

static void permission_check_role(struct field_lines *lines, int64_t grantee_type, int64_t role)
{
    const char *path = "permission.role";
    if (role == Permission_Role_ROLE_UNSPECIFIED)
        permission_add_line(lines, path, "role is not specified");
    else if (role == Permission_Role_OWNER)
        permission_add_line(lines, path, "must not be OWNER; use transferOwnership");
    else if (role != Permission_Role_READER && role != Permission_Role_WRITER)
        permission_add_line(lines, path, "must be WRITER or READER");
    else if (grantee_type == Permission_GranteeType_EVERYONE && role != Permission_Role_READER)
        permission_add_line(lines, path, "must be READER for EVERYONE");
}

/* The Permission of a body; an empty one if there is none. */
static const struct message *permission_of_body(struct call *call, unsigned field)
{
    return message_make_child(call->in, field);
}

enum call_state permissions_create(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_WRITE, &model))
        return CALL_DONE;

    const struct message *asked = permission_of_body(call, CreatePermissionRequest_permission);
    int64_t grantee_type = message_int(asked, Permission_grantee_type);
    if (grantee_type == Permission_GranteeType_GRANTEE_TYPE_UNSPECIFIED)
        grantee_type = Permission_GranteeType_USER;
    struct text email = message_text(asked, Permission_email_address);
    int64_t role = message_int(asked, Permission_role);

    struct field_lines lines;
    call_begin_lines(call, &lines);
    permission_check_grantee(&lines, grantee_type, email);
    permission_check_role(&lines, grantee_type, role);
    if (lines.count)
        return call_fail_lines(call, &lines);

    struct store_permission *permission =
        &call_new_write(call, STORE_CREATE_PERMISSION)->permission;
    access_set_condition(call, ACCESS_WRITE, model.seq);
    call->write->permissions_max = PERMISSIONS_MAX;
    *permission = (struct store_permission){.model_id = call->ids[0],
        .id = TEXT(EVERYONE_ID),
        .grantee_type = (int32_t)grantee_type,
        .role = (int32_t)role,
        .email = email};
    if (grantee_type != Permission_GranteeType_EVERYONE)
        permission->id = identity_permission_id(email, call->arena);
    return call_submit(call);
}

/* The text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

void permissions_fail_too_many(struct call *call, const char *path)
{
    struct field_lines lines;
    call_begin_lines(call, &lines);
    permission_add_line(&lines, path, "has 1000 permissions, the most that a tuned model can have");
    call_fail_lines(call, &lines);
}

void permissions_create_finish(struct call *call)
{
    if (call->write->result == STORE_EXISTS)
        call_fail_text(call, ERROR_PERM_EXISTS, call->ids[0]);
    else if (call->write->result == STORE_REFUSED)
        permissions_fail_too_many(call, "parent");
    else if (!access_answer_late(call, call->ids[0]))
        call_answer(call, permission_show(call, &call->write->permission));
}

static struct message *permissions_row_message(struct page *page, const void *row)
{
    return permission_show(page->call, row);
}

static bool permissions_list_visit(void *context, const struct store_permission *permission)
{
    struct page *page = context;
    struct call *call = page->call;
    struct store_permission *row = page_take_row(page, permission->seq);
    if (!row)
        return false;
    *row = *permission;
    row->model_id = call->ids[0];
    row->id = arena_text(call->arena, permission->id);
    row->email = arena_text(call->arena, permission->email);
    return true;
}

enum call_state permissions_list(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_READ, &model))
        return CALL_DONE;

    struct page page;
    if (!page_read(call, ListPermissionsRequest_page_size, ListPermissionsRequest_page_token,
            PERMISSIONS_PAGE_SIZE, call->ids[0], &page) ||
        page_answer_kept(&page))
        return CALL_DONE;
    page_keep_rows(&page, sizeof(struct store_permission));
    enum store_result result = store_list_permissions(call->reader, call->space->number,
        call->ids[0], page.after_seq, permissions_list_visit, &page);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(
        &page, permissions_row_message, ListPermissionsResponse_next_page_token);
}

static enum call_state permission_fail_missing(struct call *call)
{
    return call_fail_with(call, ERROR_PERM_MISSING, 2, call->ids);
}

/* Finds the permission that the path names. With `is_row` a damaged one will do: it must still be
 * deleted. False if the call was answered. */
static bool permission_find_of(
    struct call *call, bool is_row, struct store_permission *ret_permission)
{
    enum store_result result = store_find_permission(
        call->reader, call->space->number, call->ids[0], call->ids[1], call->arena, ret_permission);
    if (result == STORE_OK || (result == STORE_DAMAGED && is_row))
        return true;
    if (result == STORE_NOT_FOUND)
        permission_fail_missing(call);
    else
        call_fail_store(call, result);
    return false;
}

/*
 * The same, with a check of the caller's rights on the model: who may not see it is not told which
 * permissions it has.
 */
static bool permission_find(
    struct call *call, enum access access, struct store_permission *ret_permission)
{
    struct store_model model;
    return access_find_model(call, call->ids[0], access, &model) &&
           permission_find_of(call, false, ret_permission);
}

enum call_state permissions_get(struct call *call)
{
    struct store_permission permission;
    if (!permission_find(call, ACCESS_READ, &permission))
        return CALL_DONE;
    return call_answer(call, permission_show(call, &permission));
}

/* Only role can be changed, and the mask must say so. False if the call was answered. */
static bool permission_check_mask(struct call *call)
{
    struct text *paths;
    size_t count = update_mask_read(call, &paths);
    size_t i = 0;
    while (i < count && (text_equals_string(paths[i], "role") || text_equals_string(paths[i], "*")))
        i++;
    if (count > 0 && i == count)
        return true;
    update_mask_fail(call, count > 0 ? paths[i] : TEXT(""));
    return false;
}

/* Queues a change of the permission that was found; a write of it that comes when the permission
 * is another or the owner's is refused. */
static enum call_state permission_submit(struct call *call, enum store_write_kind kind,
    const struct store_permission *permission, int32_t role)
{
    struct store_write *write = call_new_write(call, kind);
    write->permission = *permission;
    write->permission.role = role;
    write->condition.child_seq = permission->seq;
    access_set_condition(call, ACCESS_WRITE, 0);
    return call_submit(call);
}

/* The permission is, or has become, the owner's. */
static enum call_state permission_fail_owner(struct call *call)
{
    bool is_patch = call->method_id == METHOD_PERMISSIONS_PATCH;
    struct field_lines lines;
    call_begin_lines(call, &lines);
    permission_add_line(&lines, is_patch ? "permission.role" : "name",
        is_patch ? "the owner keeps that role; use transferOwnership"
                 : "the owner's permission cannot be deleted; use transferOwnership");
    return call_fail_lines(call, &lines);
}

/* True if the write came too late: the call is answered as permission_find and the check of the
 * owner would answer it now. */
static bool permission_answer_late(struct call *call)
{
    enum store_result result = call->write->result;
    if (result == STORE_CHILD_NOT_FOUND)
        permission_fail_missing(call);
    else if (result == STORE_REFUSED)
        permission_fail_owner(call);
    return result == STORE_CHILD_NOT_FOUND || result == STORE_REFUSED ||
           access_answer_late(call, call->ids[0]);
}

enum call_state permissions_patch(struct call *call)
{
    struct store_permission permission;
    if (!permission_find(call, ACCESS_WRITE, &permission) || !permission_check_mask(call))
        return CALL_DONE;

    if (permission.role == Permission_Role_OWNER)
        return permission_fail_owner(call);
    const struct message *asked = permission_of_body(call, UpdatePermissionRequest_permission);
    int64_t role = message_int(asked, Permission_role);
    struct field_lines lines;
    call_begin_lines(call, &lines);
    permission_check_role(&lines, permission.grantee_type, role);
    if (lines.count)
        return call_fail_lines(call, &lines);
    return permission_submit(call, STORE_PATCH_PERMISSION, &permission, (int32_t)role);
}

void permissions_patch_finish(struct call *call)
{
    /* Of a permission nothing but its role ever changes, so this is the row. */
    if (!permission_answer_late(call))
        call_answer(call, permission_show(call, &call->write->permission));
}

enum call_state permissions_delete(struct call *call)
{
    struct store_permission permission;
    int64_t model_seq;
    if (!access_find_model_row(call, call->ids[0], ACCESS_WRITE, &model_seq) ||
        !permission_find_of(call, true, &permission))
        return CALL_DONE;
    if (permission.role == Permission_Role_OWNER)
        return permission_fail_owner(call);
    return permission_submit(call, STORE_DELETE_PERMISSION, &permission, permission.role);
}

void permissions_delete_finish(struct call *call)
{
    if (!permission_answer_late(call))
        call_answer_empty(call);
}
