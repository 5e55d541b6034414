#include "server/contract/method.h"

#define BODY_NONE METHOD_BODY_NONE
#define BODY_ALL METHOD_BODY_ALL
#define BODY_FIELD(field) ((int)(field))

/* Every method of the table by its id. */
const struct method methods[METHOD_COUNT] = {
#define METHOD(                                                                                    \
    id, name, rpc, verb, path, parameter, body, request, response, strict, compat, flags)          \
    [METHOD_##id] = {name, rpc, path, parameter, VERB_##verb, body, MESSAGE_##request,             \
        MESSAGE_##response, strict, compat, flags},
#include "server/contract/methods.def"
};

static const char *const verb_names[] = {
    [VERB_GET] = "GET",
    [VERB_POST] = "POST",
    [VERB_PATCH] = "PATCH",
    [VERB_DELETE] = "DELETE",
    [VERB_PUT] = "PUT",
    [VERB_HEAD] = "HEAD",
    [VERB_OPTIONS] = "OPTIONS",
    [VERB_OTHER] = "OTHER",
};

enum http_verb http_verb_parse(struct text name)
{
    for (int i = 0; i < VERB_OTHER; i++)
        if (text_equals_string(name, verb_names[i]))
            return (enum http_verb)i;
    return VERB_OTHER;
}

const char *http_verb_name(enum http_verb verb)
{
    return verb_names[verb];
}
