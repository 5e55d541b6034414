#include "server/state/callers.h"

#include <stdio.h>

#include "tests/lib/unit.h"

static void a_copy_has_what_was_listed_and_what_is_added(void **state)
{
    (void)state;
    struct callers *none = callers_copy(NULL);
    assert_false(callers_are_listed(none));
    assert_null(callers_find_key(none, TEXT("k")));
    struct callers *some = callers_copy(none);
    callers_free(none);
    char key[] = "k", email[] = "key@x.org";
    callers_add(some, text_of(key), TEXT(""), text_of(email));
    key[0] = email[0] = '?'; /* the texts are its own */
    callers_add(some, TEXT(""), TEXT("t"), TEXT("token@x.org"));
    struct callers *more = callers_copy(some);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "k%d", i);
        callers_add(more, text_of(name), TEXT(""), text_of(name));
    }
    callers_add(more, TEXT("k"), TEXT(""), TEXT("other@x.org"));
    assert_true(text_equals_string(*callers_find_key(some, TEXT("k")), "key@x.org"));
    assert_null(callers_find_key(some, TEXT("k7")));
    assert_null(callers_find_key(some, TEXT("t")));
    assert_null(callers_find_token(some, TEXT("k")));
    callers_free(some);
    assert_true(callers_are_listed(more));
    assert_true(text_equals_string(*callers_find_key(more, TEXT("k")), "other@x.org"));
    assert_true(text_equals_string(*callers_find_token(more, TEXT("t")), "token@x.org"));
    assert_true(text_equals_string(*callers_find_key(more, TEXT("k999")), "k999"));
    callers_free(more);
    callers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_what_was_listed_and_what_is_added),
    };
    return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
