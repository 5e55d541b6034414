#include "server/contract/version.h"

static const struct text version_names[] = {
    [VERSION_V1] = TEXT_INIT("v1"),
    [VERSION_V1BETA] = TEXT_INIT("v1beta"),
    [VERSION_V1BETA2] = TEXT_INIT("v1beta2"),
    [VERSION_V1BETA3] = TEXT_INIT("v1beta3"),
    [VERSION_V1ALPHA] = TEXT_INIT("v1alpha"),
    [VERSION_V1BETA1] = TEXT_INIT("v1beta1"),
    [VERSION_LATEST] = TEXT_INIT("v1beta"),
};

bool api_version_parse(struct text name, enum api_version *ret_version)
{
    size_t index = text_find_name(name, version_names, VERSION_COUNT);
    if (index == VERSION_COUNT)
        return false;
    *ret_version = (enum api_version)index;
    return true;
}

const char *api_version_name(enum api_version version)
{
    return version_names[version].bytes;
}

enum api_version api_version_of_messages(enum api_version version, enum fidelity fidelity)
{
    bool is_gemini =
        version == VERSION_V1 || version == VERSION_V1BETA || version == VERSION_V1ALPHA;
    return fidelity == FIDELITY_COMPAT && is_gemini ? VERSION_LATEST : version;
}
