#include "tests/lib/unit.h"

#include "server/http/preface.h"

static const struct {
    struct text bytes;
    enum preface preface;
} preface_cases[] = {
    {TEXT_INIT("\x16\x03\x01\x00"), PREFACE_TLS},
    {TEXT_INIT("\x16\x03"), PREFACE_TLS},
    {TEXT_INIT("\x16\x02\x01\x00"), PREFACE_HTTP},
    {TEXT_INIT("PRI "), PREFACE_HTTP2},
    {TEXT_INIT("PRI\t"), PREFACE_HTTP},
    {TEXT_INIT("PRIN"), PREFACE_HTTP},
    {TEXT_INIT("POST"), PREFACE_HTTP},
    {TEXT_INIT("PO"), PREFACE_HTTP},
    {TEXT_INIT("pri "), PREFACE_HTTP},
    {TEXT_INIT("G"), PREFACE_HTTP},
    {TEXT_INIT("\r"), PREFACE_HTTP},
    {TEXT_INIT("\0\0\0\0"), PREFACE_HTTP},
    {TEXT_INIT("\xff"), PREFACE_HTTP},
    {TEXT_INIT("P"), PREFACE_UNCLEAR},
    {TEXT_INIT("PR"), PREFACE_UNCLEAR},
    {TEXT_INIT("PRI"), PREFACE_UNCLEAR},
    {TEXT_INIT("\x16"), PREFACE_UNCLEAR},
    {TEXT_INIT(""), PREFACE_UNCLEAR},
};

static void the_first_bytes_tell_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(preface_cases); i++)
        assert_int_equal(preface_classify(preface_cases[i].bytes), preface_cases[i].preface);
}

static void four_bytes_always_suffice(void **state)
{
    (void)state;
    static const unsigned char interesting[] = {0, 3, 0x16, ' ', 'I', 'P', 'R', 0xff};
    enum { COUNT = sizeof(interesting) };
    for (unsigned i = 0; i < COUNT * COUNT * COUNT * COUNT; i++) {
        char bytes[PREFACE_BYTES_MAX];
        unsigned rest = i;
        for (int at = 0; at < PREFACE_BYTES_MAX; at++) {
            bytes[at] = (char)interesting[rest % COUNT];
            rest /= COUNT;
        }
        assert_int_not_equal(
            preface_classify((struct text){bytes, PREFACE_BYTES_MAX}), PREFACE_UNCLEAR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_tell_the_protocol),
        cmocka_unit_test(four_bytes_always_suffice),
    };
    return cmocka_run_group_tests_name("http/preface", tests, NULL, NULL);
}
