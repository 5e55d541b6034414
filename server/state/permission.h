/* A stored permission as the resource that clients see. */
#ifndef SERVER_STATE_PERMISSION_H
#define SERVER_STATE_PERMISSION_H

#include "server/json/message.h"
#include "store/store.h"

/* The Permission with the fields of `version`, in the arena; its address is borrowed from the row.
 */
struct message *permission_message(
    const struct store_permission *permission, enum api_version version, struct arena *arena);

#endif
