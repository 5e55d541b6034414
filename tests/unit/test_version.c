#include "tests/lib/unit.h"

#include "server/contract/version.h"

static void every_version_is_parsed_from_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VERSION_COUNT; i++) {
        enum api_version version = VERSION_COUNT;
        assert_true(api_version_parse(text_of(api_version_name((enum api_version)i)), &version));
        assert_int_equal(version, i);
    }
}

static void the_latest_messages_go_by_the_name_of_v1beta(void **state)
{
    (void)state;
    enum api_version version;
    assert_string_equal(api_version_name(VERSION_LATEST), "v1beta");
    assert_true(api_version_parse(text_of(api_version_name(VERSION_LATEST)), &version));
    assert_int_equal(version, VERSION_V1BETA);
    assert_true(IN_V1BETA & IN_LATEST);
    assert_false((IN_V1 | IN_V1BETA2 | IN_V1BETA3) & IN_LATEST);
}

static void other_names_are_no_versions(void **state)
{
    (void)state;
    static const struct text names[] = {
        TEXT_INIT(""),
        TEXT_INIT("v"),
        TEXT_INIT("V1"),
        TEXT_INIT("v2"),
        TEXT_INIT("v1 "),
        TEXT_INIT("v1\0"),
        TEXT_INIT("v1beta11"),
        TEXT_INIT("v1betas"),
        TEXT_INIT("tunedModels"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        enum api_version version = VERSION_COUNT;
        assert_false(api_version_parse(names[i], &version));
        assert_int_equal(version, VERSION_COUNT);
    }
}

static void compat_speaks_the_latest_messages(void **state)
{
    (void)state;
    static const struct {
        enum api_version called;
        enum api_version in_compat;
    } rows[] = {
        {VERSION_V1, VERSION_LATEST},
        {VERSION_V1BETA, VERSION_LATEST},
        {VERSION_V1ALPHA, VERSION_LATEST},
        {VERSION_V1BETA2, VERSION_V1BETA2},
        {VERSION_V1BETA3, VERSION_V1BETA3},
        {VERSION_V1BETA1, VERSION_V1BETA1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(
            api_version_of_messages(rows[i].called, FIDELITY_COMPAT), rows[i].in_compat);
        assert_int_equal(api_version_of_messages(rows[i].called, FIDELITY_STRICT), rows[i].called);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_parsed_from_its_name),
        cmocka_unit_test(the_latest_messages_go_by_the_name_of_v1beta),
        cmocka_unit_test(other_names_are_no_versions),
        cmocka_unit_test(compat_speaks_the_latest_messages),
    };
    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
