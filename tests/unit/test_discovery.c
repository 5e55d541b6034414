#include <stdio.h>

#include "base/array.h"
#include "server/contract/method.h"
#include "server/contract/method.h"
#include "tests/lib/loopback.h"

static int start(void **state)
{
    static struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    snprintf(loopback.app.root_url, sizeof(loopback.app.root_url), "http://127.0.0.1:8863");
    *state = &loopback;
    return 0;
}

static int stop(void **state)
{
    loopback_stop(*state);
    return 0;
}

static void fetch(struct loopback *loopback, const char *version)
{
    char target[64];
    snprintf(target, sizeof(target), "/$discovery/rest?version=%s", version);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
}

static void the_path_is_known_with_its_dollar_raw_or_encoded(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool is_discovery;
    } rows[] = {
        {"/$discovery/rest", true},
        {"/%24discovery/rest", true},
        {"/$discovery/rest/", false},
        {"/$discovery/restful", false},
        {"/$discovery", false},
        {"$discovery/rest", false},
        {"/discovery/rest", false},
        {"", false},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct route route;
        bool is_found = route_find(VERB_GET, text_of(rows[i].path), FIDELITY_COMPAT, &arena,
                            &route) == ROUTE_FOUND;
        bool is_discovery = is_found && methods[route.method].flags & METHOD_PUBLIC;
        assert_int_equal(is_discovery, rows[i].is_discovery);
    }
    arena_release(&arena);
}

static void the_document_names_the_api_and_its_version(void **state)
{
    static const struct {
        const char *target, *id, *version;
    } rows[] = {
        {"/$discovery/rest", "generativelanguage:v1beta", "v1beta"},
        {"/$discovery/rest?version=v1beta", "generativelanguage:v1beta", "v1beta"},
        {"/$discovery/rest?key=k&version=v1&x", "generativelanguage:v1", "v1"},
        {"/$discovery/rest?version=%761", "generativelanguage:v1", "v1"},
        {"/$discovery/rest?version=v1beta3", "generativelanguage:v1beta3", "v1beta3"},
        {"/$discovery/rest?version", "generativelanguage:v1beta", "v1beta"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(*state, "GET", rows[i].target, NULL);
        assert_status(*state, 200);
        assert_header(*state, "Server", "scaffolding on HTTPServer2");
        assert_json_path(*state, "kind", "discovery#restDescription");
        assert_json_path(*state, "discoveryVersion", "v1");
        assert_json_path(*state, "id", rows[i].id);
        assert_json_path(*state, "name", "generativelanguage");
        assert_json_path(*state, "version", rows[i].version);
        assert_json_path(*state, "protocol", "rest");
        assert_json_path(*state, "servicePath", "");
        assert_json_path(*state, "auth", NULL);
        assert_json_path(*state, "parameters.prettyPrint.default", "true");
        assert_json_path(*state, "parameters.key.location", "query");
    }
}

static void what_has_no_document_is_404(void **state)
{
    static const char *const versions[] = {
        "v1beta2", "v2", "", "V1", "v1beta%00", "%ff", "v1beta%22%3C", "v1 "};
    for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
        char target[64];
        snprintf(target, sizeof(target), "/$discovery/rest?version=%s", versions[i]);
        loopback_send(*state, "GET", target, NULL);
        assert_status(*state, 404);
        assert_json_path(*state, "error.status", "NOT_FOUND");
    }
    loopback_send(*state, "POST", "/$discovery/rest", "{}");
    assert_status(*state, 404);
}

static void urls_point_at_where_the_client_came_in(void **state)
{
    static const struct {
        const char *host, *root_url;
    } rows[] = {
        {"127.0.0.1:8863", "http://127.0.0.1:8863/"},
        {"[::1]:9000", "http://[::1]:9000/"},
        {"tunemock", "http://tunemock/"},
        {"", "http://127.0.0.1:8863/"},
        {"evil/path", "http://127.0.0.1:8863/"},
        {"user@evil", "http://127.0.0.1:8863/"},
        {"a\"b", "http://127.0.0.1:8863/"},
        {"a b", "http://127.0.0.1:8863/"},
        {"\xff", "http://127.0.0.1:8863/"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(*state, HEADER_HOST, rows[i].host);
        fetch(*state, "v1beta");
        assert_json_path(*state, "rootUrl", rows[i].root_url);
        assert_json_path(*state, "baseUrl", rows[i].root_url);
    }
}

#define TUNED "resources.tunedModels.methods."
#define PERMISSIONS "resources.tunedModels.resources.permissions.methods."
#define OPERATIONS "resources.tunedModels.resources.operations.methods."

static void methods_are_described_as_the_service_does(void **state)
{
    static const struct {
        const char *version, *path, *value;
    } rows[] = {
        {"v1beta", TUNED "create.id", "generativelanguage.tunedModels.create"},
        {"v1beta", TUNED "create.path", "v1beta/tunedModels"},
        {"v1beta", TUNED "create.flatPath", "v1beta/tunedModels"},
        {"v1beta", TUNED "create.httpMethod", "POST"},
        {"v1beta", TUNED "create.parameters",
            "{\"tunedModelId\":{\"location\":\"query\",\"type\":\"string\"}}"},
        {"v1beta", TUNED "create.parameterOrder", "[]"},
        {"v1beta", TUNED "create.request", "{\"$ref\":\"TunedModel\"}"},
        {"v1beta", TUNED "create.response", "{\"$ref\":\"Operation\"}"},
        {"v1beta", TUNED "patch.path", "v1beta/{+name}"},
        {"v1beta", TUNED "patch.flatPath", "v1beta/tunedModels/{tunedModelsId}"},
        {"v1beta", TUNED "patch.parameters",
            "{\"name\":{\"location\":\"path\",\"required\":true,\"type\":\"string\","
            "\"pattern\":\"^tunedModels/[^/]+$\"},\"updateMask\":{\"location\":\"query\","
            "\"type\":\"string\",\"format\":\"google-fieldmask\"}}"},
        {"v1beta", TUNED "patch.parameterOrder", "[\"name\"]"},
        {"v1beta", TUNED "list.parameters.pageSize",
            "{\"location\":\"query\",\"type\":\"integer\",\"format\":\"int32\"}"},
        {"v1beta", TUNED "list.request", NULL},
        {"v1beta", TUNED "delete.response", "{\"$ref\":\"Empty\"}"},
        {"v1beta", TUNED "generateContent.path", "v1beta/{+model}:generateContent"},
        {"v1beta", TUNED "generateContent.flatPath",
            "v1beta/tunedModels/{tunedModelsId}:generateContent"},
        {"v1beta", TUNED "generateContent.parameters",
            "{\"model\":{\"location\":\"path\",\"required\":true,\"type\":\"string\","
            "\"pattern\":\"^tunedModels/[^/]+$\"}}"},
        {"v1beta", TUNED "transferOwnership.request", "{\"$ref\":\"TransferOwnershipRequest\"}"},
        {"v1beta", TUNED "batchGenerateContent.parameterOrder", "[\"model\"]"},
        {"v1beta", PERMISSIONS "create.path", "v1beta/{+parent}/permissions"},
        {"v1beta", PERMISSIONS "create.parameterOrder", "[\"parent\"]"},
        {"v1beta", PERMISSIONS "patch.parameters.name.pattern",
            "^tunedModels/[^/]+/permissions/[^/]+$"},
        {"v1beta", PERMISSIONS "patch.flatPath",
            "v1beta/tunedModels/{tunedModelsId}/permissions/{permissionsId}"},
        {"v1beta", OPERATIONS "list.path", "v1beta/{+name}/operations"},
        {"v1beta", OPERATIONS "list.parameters.returnPartialSuccess.type", "boolean"},
        {"v1beta", "resources.models.methods.list.parameters.pageToken.type", "string"},
        {"v1", "resources.operations.methods.list.path", "v1/{+name}"},
        {"v1", "resources.operations.methods.list.parameters.name.pattern", "^operations$"},
        {"v1", "resources.operations.methods.delete.parameters.name.pattern", "^operations/.*$"},
        {"v1", OPERATIONS "cancel.path", "v1/{+name}:cancel"},
        /* What only the emulator has, and what other versions have. */
        {"v1beta", TUNED "countTokens", NULL},
        {"v1beta", TUNED "cancel", NULL},
        {"v1beta", OPERATIONS "cancel", NULL},
        {"v1beta", "resources.models.resources.tunedModels", NULL},
        {"v1", TUNED "create", NULL},
        {"v1beta3", TUNED "generateContent", NULL},
        {"v1beta3", TUNED "list.parameters.filter", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        fetch(*state, rows[i].version);
        assert_json_path(*state, rows[i].path, rows[i].value);
    }
}

/* "tunedModels.permissions.get" stands at resources.tunedModels.resources.permissions.methods.get.
 */
static void path_of_method(const char *name, char *out, size_t size)
{
    struct text rest = text_of(name);
    size_t len = 0;
    while (rest.bytes) {
        struct text part = text_split(&rest, '.');
        len += (size_t)snprintf(out + len, size - len, "%s%s.%.*s", len ? "." : "",
            rest.bytes ? "resources" : "methods", TEXT_ARGS(part));
    }
    snprintf(out + len, size - len, ".id");
}

static void every_method_stands_in_the_versions_that_have_it(void **state)
{
    static const enum api_version versions[] = {VERSION_V1, VERSION_V1BETA, VERSION_V1BETA3};
    for (size_t v = 0; v < ARRAY_COUNT(versions); v++) {
        fetch(*state, api_version_name(versions[v]));
        for (int i = 0; i < METHOD_COUNT; i++) {
            char path[256], id[256];
            path_of_method(methods[i].name, path, sizeof(path));
            snprintf(id, sizeof(id), "generativelanguage.%s", methods[i].name);
            bool is_there =
                methods[i].strict & 1U << versions[v] && !(methods[i].flags & METHOD_VERTEX);
            assert_json_path(*state, path, is_there ? id : NULL);
        }
    }
}

static void fields_have_the_types_of_the_format(void **state)
{
    static const struct {
        const char *version, *path, *value;
    } rows[] = {
        {"v1beta", "TunedModel.id", "TunedModel"},
        {"v1beta", "TunedModel.type", "object"},
        {"v1beta", "TunedModel.properties.name",
            "{\"description\":\"Output only.\",\"readOnly\":true,\"type\":\"string\"}"},
        {"v1beta", "TunedModel.properties.displayName", "{\"type\":\"string\"}"},
        {"v1beta", "TunedModel.properties.createTime.format", "google-datetime"},
        {"v1beta", "TunedModel.properties.state.enum",
            "[\"STATE_UNSPECIFIED\",\"CREATING\",\"ACTIVE\",\"FAILED\"]"},
        {"v1beta", "TunedModel.properties.temperature",
            "{\"type\":\"number\",\"format\":\"float\"}"},
        {"v1beta", "TunedModel.properties.topK", "{\"type\":\"integer\",\"format\":\"int32\"}"},
        {"v1beta", "TunedModel.properties.readerProjectNumbers",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"int64\"}}"},
        {"v1beta", "TunedModel.properties.tuningTask",
            "{\"description\":\"Required.\",\"$ref\":\"TuningTask\"}"},
        {"v1beta", "TuningTask.properties.trainingData.description",
            "Required. Input only. Immutable."},
        {"v1beta", "TuningTask.properties.snapshots.items.$ref", "TuningSnapshot"},
        {"v1beta", "Operation.properties.done", "{\"type\":\"boolean\"}"},
        {"v1beta", "Operation.properties.metadata.type", "object"},
        {"v1beta", "Operation.properties.metadata.additionalProperties.type", "any"},
        {"v1beta", "Status.properties.details.items.additionalProperties.type", "any"},
        {"v1beta", "Schema.properties.properties",
            "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"Schema\"}}"},
        {"v1beta", "Schema.properties.example", "{\"type\":\"any\"}"},
        {"v1beta", "FunctionCall.properties.args.type", "object"},
        {"v1beta", "FunctionCall.properties.args.additionalProperties.type", "any"},
        {"v1beta", "Blob.properties.data", "{\"type\":\"string\",\"format\":\"byte\"}"},
        {"v1beta", "VideoMetadata.properties.startOffset.format", "google-duration"},
        {"v1beta", "VideoMetadata.properties.fps.format", "double"},
        {"v1beta", "Empty.properties", "{}"},
        {"v1beta", "CreateTunedModelMetadata.properties.tunedModel.type", "string"},
        /* Nested messages are known by their last name, unless two share it. */
        {"v1beta", "UsageMetadata.id", "UsageMetadata"},
        {"v1beta", "GenerateContentResponse.properties.usageMetadata.$ref", "UsageMetadata"},
        {"v1beta", "LogprobsResultCandidate.id", "LogprobsResultCandidate"},
        {"v1beta", "Candidate.properties.finishReason.type", "string"},
        /* What a version does not have, and what is none of the service's. */
        {"v1", "TunedModel", NULL},
        {"v1", "CreateTunedModelMetadata", NULL},
        {"v1", "GenerateContentRequest.properties.systemInstruction", NULL},
        {"v1beta3", "TunedModel.properties.readerProjectNumbers", NULL},
        {"v1beta3", "TunedModel.properties.topK.type", "integer"},
        {"v1beta", "SeedFile", NULL},
        {"v1beta", "Error", NULL},
        {"v1beta", "GetTunedModelRequest", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char path[256];
        snprintf(path, sizeof(path), "schemas.%s", rows[i].path);
        fetch(*state, rows[i].version);
        assert_json_path(*state, path, rows[i].value);
    }
}

static void every_reference_names_a_schema(void **state)
{
    static const char *const versions[] = {"v1", "v1beta", "v1beta3", "v1alpha"};
    struct loopback *loopback = *state;
    const struct text mark = TEXT("\"$ref\": \"");
    for (size_t v = 0; v < ARRAY_COUNT(versions); v++) {
        fetch(loopback, versions[v]);
        struct text rest = loopback->answer;
        size_t reference_count = 0;
        for (size_t at; (at = text_find(rest, mark)) < rest.len; reference_count++) {
            rest = text_slice(rest, at + mark.len, rest.len);
            struct text name = text_slice(rest, 0, text_find_byte(rest, '"'));
            char path[256], expected[256];
            snprintf(path, sizeof(path), "schemas.%.*s.id", TEXT_ARGS(name));
            snprintf(expected, sizeof(expected), "%.*s", TEXT_ARGS(name));
            assert_json_path(loopback, path, expected);
        }
        assert_true(reference_count > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_is_known_with_its_dollar_raw_or_encoded),
        cmocka_unit_test(the_document_names_the_api_and_its_version),
        cmocka_unit_test(what_has_no_document_is_404),
        cmocka_unit_test(urls_point_at_where_the_client_came_in),
        cmocka_unit_test(methods_are_described_as_the_service_does),
        cmocka_unit_test(every_method_stands_in_the_versions_that_have_it),
        cmocka_unit_test(fields_have_the_types_of_the_format),
        cmocka_unit_test(every_reference_names_a_schema),
    };
    return cmocka_run_group_tests_name("discovery", tests, start, stop);
}
