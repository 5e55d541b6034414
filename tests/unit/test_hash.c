#include "tests/lib/unit.h"

#include "base/hash.h"

/*
 * Ids, losses and database files are made of these: the values were computed once, by a second
 * implementation in another language, and must never change.
 */
static void hashes_of_bytes_never_change(void **state)
{
    (void)state;
    static const char zeros[64];
    static const struct {
        uint64_t seed;
        struct text text;
        uint64_t hash;
    } rows[] = {
        {0, TEXT_INIT(""), UINT64_C(0xe220a8397b1dcdaf)},
        {0, {NULL, 0}, UINT64_C(0xe220a8397b1dcdaf)},
        {1, TEXT_INIT(""), UINT64_C(0x910a2dec89025cc1)},
        {0, TEXT_INIT("a"), UINT64_C(0x7171fd973fbae05c)},
        {0, TEXT_INIT("a\0"), UINT64_C(0xa7257db2f99fd2ef)},
        {7, TEXT_INIT("tunedMo"), UINT64_C(0xaafb9198b6d1c24e)},
        {7, TEXT_INIT("tunedMod"), UINT64_C(0x4bf399087d459e78)},
        {7, TEXT_INIT("tunedMode"), UINT64_C(0x7ac416b6260ebb31)},
        {UINT64_MAX, TEXT_INIT("LXIII \xE2\x86\x92 LXIV"), UINT64_C(0xba9204a3dc307214)},
        {0, {zeros, sizeof(zeros)}, UINT64_C(0x8fdbf78451417db1)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(hash_text(rows[i].seed, rows[i].text), rows[i].hash);
        assert_int_equal(
            hash_bytes(rows[i].seed, rows[i].text.bytes, rows[i].text.len), rows[i].hash);
    }
}

static void checksums_never_change(void **state)
{
    (void)state;
    static const char zeros[64];
    static const struct {
        uint64_t seed;
        struct text text;
        uint64_t sum;
    } rows[] = {
        {0, {NULL, 0}, UINT64_C(0xb16c994adbdd7c06)},
        {1, TEXT_INIT(""), UINT64_C(0x90b0c66da84af968)},
        {0, TEXT_INIT("a"), UINT64_C(0x8b4f61a451ef8c95)},
        {0, TEXT_INIT("a\0"), UINT64_C(0x1962632b1d0e6649)},
        {7, TEXT_INIT("fifteen bytes !"), UINT64_C(0x7d3c4e1fa1520bb3)},
        {7, TEXT_INIT("sixteen bytes !!"), UINT64_C(0x642b3c448257658e)},
        {7, TEXT_INIT("seventeen bytes !"), UINT64_C(0x8e74615a4f6d4521)},
        {UINT64_MAX, {zeros, sizeof(zeros)}, UINT64_C(0xd48b30b6e1d20b49)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(
            hash_checksum(rows[i].seed, rows[i].text.bytes, rows[i].text.len), rows[i].sum);
}

static void mixed_numbers_never_change(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed, number, hash;
    } rows[] = {
        {0, 0, UINT64_C(0xa706dd2f4d197e6f)},
        {0, 1, UINT64_C(0xb382a305f4414f5e)},
        {1, 0, UINT64_C(0x5e41ab087439611e)},
        {42, 1000, UINT64_C(0xb1fc8c824d524899)},
        {UINT64_MAX, UINT64_MAX, UINT64_C(0x445018e305810b78)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(hash_mix(rows[i].seed, rows[i].number), rows[i].hash);
}

static void content_addresses_never_change(void **state)
{
    (void)state;
    static const struct {
        const char *content, *name;
    } rows[] = {
        {"", "a1ba3319688f03034396d60dbd8537af"},
        {"abc", "a040b19667bc5092481c97b36047379f"},
        {"[{\"textInput\":\"1\",\"output\":\"2\"}]", "7e34c04dd62dc0b5bf1556a60b5102a2"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hash_name name = hash_content(rows[i].content, strlen(rows[i].content));
        assert_string_equal(name.hex, rows[i].name);
    }
}

static void alignment_does_not_matter(void **state)
{
    (void)state;
    char bytes[64];
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(bytes + shift, "the same bytes elsewhere", 24);
        assert_int_equal(
            hash_bytes(5, bytes + shift, 24), hash_text(5, TEXT("the same bytes elsewhere")));
    }
}

static int bits_set(uint64_t bits)
{
    return __builtin_popcountll(bits);
}

static void every_input_bit_reaches_half_of_the_output_bits(void **state)
{
    (void)state;
    enum { TRIALS = 200 };
    for (size_t bit = 0; bit < 20 * 8; bit++) {
        int changed = 0;
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            unsigned char bytes[20];
            for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)hash_mix(trial, i);
            uint64_t before = hash_bytes(0, bytes, sizeof(bytes));
            bytes[bit / 8] ^= (unsigned char)(1U << (bit % 8));
            changed += bits_set(before ^ hash_bytes(0, bytes, sizeof(bytes)));
        }
        /* 32 on average; the bounds are more than eight standard deviations away. */
        assert_in_range(changed, 30 * TRIALS - TRIALS / 2, 34 * TRIALS + TRIALS / 2);
    }
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t left_hash = *(const uint64_t *)left;
    uint64_t right_hash = *(const uint64_t *)right;
    return (left_hash > right_hash) - (left_hash < right_hash);
}

static void small_seeds_and_numbers_do_not_collide(void **state)
{
    (void)state;
    enum { SIDE = 300 };
    static uint64_t hashes[SIDE * SIDE];
    for (uint64_t seed = 0; seed < SIDE; seed++)
        for (uint64_t number = 0; number < SIDE; number++)
            hashes[seed * SIDE + number] = hash_mix(seed, number);
    qsort(hashes, ARRAY_COUNT(hashes), sizeof(hashes[0]), compare_hashes);
    for (size_t i = 1; i < ARRAY_COUNT(hashes); i++)
        assert_int_not_equal(hashes[i - 1], hashes[i]);
}

static void unit_numbers_are_even_and_below_one(void **state)
{
    (void)state;
    assert_true(hash_to_unit(0) == 0.0);
    assert_true(hash_to_unit(UINT64_MAX) < 1.0);
    assert_true(hash_to_unit(UINT64_C(1) << 63) == 0.5);
    /* The lowest of the 53 bits still counts. */
    assert_true(hash_to_unit(UINT64_C(1) << 11) > 0.0);
    enum { DRAWS = 100000, BINS = 10 };
    int bins[BINS] = {0};
    for (uint64_t i = 0; i < DRAWS; i++)
        bins[(int)(hash_to_unit(hash_mix(3, i)) * BINS)]++;
    for (size_t i = 0; i < BINS; i++)
        assert_in_range(bins[i], DRAWS / BINS - 500, DRAWS / BINS + 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_bytes_never_change),
        cmocka_unit_test(checksums_never_change),
        cmocka_unit_test(mixed_numbers_never_change),
        cmocka_unit_test(content_addresses_never_change),
        cmocka_unit_test(alignment_does_not_matter),
        cmocka_unit_test(every_input_bit_reaches_half_of_the_output_bits),
        cmocka_unit_test(small_seeds_and_numbers_do_not_collide),
        cmocka_unit_test(unit_numbers_are_even_and_below_one),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
