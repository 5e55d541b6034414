/*
 * How Google's clients log in without a network: the metadata of a machine in the cloud, which has
 * a service account, and the token route that a service account's file names as its token_uri. The
 * paths are those that google-auth of Python, google-auth-library of Node.js, Go's compute/metadata
 * and Java's google-auth ask for.
 */
#include "base/array.h"
#include "server/api/handlers.h"
#include "server/contract/project.h"

/* As good as any other token, unless callers are listed. It is no word that stands elsewhere in a
 * request, as the project's name does: the journal hides tokens wherever they are. */
#define METADATA_TOKEN                                                                             \
    "{\"access_token\":\"tunemock-token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"
/* No address: clients look up the rights of those on hosts of the network. */
#define METADATA_EMAIL "default"
#define METADATA_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define METADATA_ACCOUNT                                                                           \
    "{\"aliases\":[\"default\"],\"email\":\"" METADATA_EMAIL "\",\"scopes\":[\"" METADATA_SCOPE    \
    "\"]}"

/* What is behind /computeMetadata/v1/, without a slash at its end, which folders may have. `json`
 * is the answer to recursive=true; NULL: the same as without. */
static const struct metadata_row {
    const char *path, *text, *json;
} metadata_rows[] = {
    {"project/project-id", PROJECT_DEFAULT, NULL},
    {"project/numeric-project-id", PROJECT_DEFAULT_NUMBER, NULL},
    {"universe/universe-domain", "googleapis.com", NULL},
    {"universe/universe_domain", "googleapis.com", NULL}, /* as some have it */
    {"instance", "service-accounts/\nzone\n",
        "{\"serviceAccounts\":{\"default\":" METADATA_ACCOUNT "}}"},
    {"instance/zone", "projects/" PROJECT_DEFAULT_NUMBER "/zones/" LOCATION_DEFAULT "-a", NULL},
    {"instance/service-accounts", "default/\n", "{\"default\":" METADATA_ACCOUNT "}"},
    {"instance/service-accounts/default", "aliases\nemail\nscopes\ntoken\n", METADATA_ACCOUNT},
    {"instance/service-accounts/default/aliases", "default\n", NULL},
    {"instance/service-accounts/default/email", METADATA_EMAIL, NULL},
    {"instance/service-accounts/default/scopes", METADATA_SCOPE "\n", NULL},
    {"instance/service-accounts/default/token", METADATA_TOKEN, NULL},
};

/* The first value of a name in a query or a form; bytes == NULL: it has none. */
static struct text metadata_value(struct text pairs, const char *wanted, struct arena *arena)
{
    struct text rest = pairs;
    while (rest.bytes) {
        struct text value = text_split(&rest, '&');
        struct text name = text_split(&value, '=');
        if (text_equals_string(name, wanted))
            return value.bytes ? percent_decode(value, true, arena) : TEXT("");
    }
    return (struct text){NULL, 0};
}

static enum call_state metadata_answer(struct call *call, int status, const char *body)
{
    struct reply *reply = call->reply;
    reply->status = status;
    reply->content_type = body[0] == '{' ? "application/json" : "application/text";
    buf_add_string(&reply->body, body);
    return CALL_DONE;
}

enum call_state metadata_get(struct call *call)
{
    struct text path = call->ids[0];
    struct text recursive = metadata_value(call->request->raw_query, "recursive", call->arena);
    bool is_recursive = text_equals_ignoring_case(recursive, TEXT("true"));
    if (text_ends_with(path, TEXT("/")))
        path.len--;
    reply_add_header(call->reply, "Metadata-Flavor", TEXT("Google"));
    for (size_t i = 0; i < ARRAY_COUNT(metadata_rows); i++) {
        const struct metadata_row *row = &metadata_rows[i];
        if (text_equals_string(path, row->path))
            return metadata_answer(call, 200, is_recursive && row->json ? row->json : row->text);
    }
    return call_fail_unknown_route(call);
}

/* RFC 7523 section 2.1, and RFC 6749 section 6; errors are those of its section 5.2. What the
 * assertion says, and who has signed it, is not looked at. */
enum call_state token_create(struct call *call)
{
    struct text grant = metadata_value(call->request->body, "grant_type", call->arena);
    reply_add_header(call->reply, "Cache-Control", TEXT("no-store"));
    if (text_is_empty(grant))
        return metadata_answer(call, 400,
            "{\"error\":\"invalid_request\",\"error_description\":\"grant_type is missing: this is "
            "for the form that a client with a service account's file sends\"}");
    if (!text_equals_string(grant, "urn:ietf:params:oauth:grant-type:jwt-bearer") &&
        !text_equals_string(grant, "refresh_token"))
        return metadata_answer(call, 400,
            "{\"error\":\"unsupported_grant_type\",\"error_description\":\"grant_type is neither "
            "jwt-bearer nor refresh_token\"}");
    return metadata_answer(call, 200, METADATA_TOKEN);
}
