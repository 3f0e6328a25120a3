/* Who erred: counted by kind, told once, bounded, and begun anew with each generation. */
#include "base/json.h"
#include "keeper/erring.h"
#include "keeper/generation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct generation first = {.number = 1}, second = {.number = 2};

static void errors_are_counted_and_told_once(void **state)
{
    struct erring *erring = erring_new();
    erring_begin(erring, &first);
    assert_true(erring_note(erring, &first, "rule", "b", "raised", "one"));
    assert_false(erring_note(erring, &first, "rule", "b", "raised", "two"));
    assert_false(erring_note(erring, &first, "rule", "b", "time", "three"));
    assert_true(erring_note(erring, &first, "action", "b", "raised", "its own"));
    assert_true(erring_note(erring, &first, "rule", "a", "state", "x"));
    g_autoptr(json_t) status = erring_status(erring);
    assert_int_equal(json_array_size(status), 3);
    assert_string_equal(json_text(json_array_get(status, 0), "action"), "b");
    assert_string_equal(json_text(json_array_get(status, 1), "rule"), "a");
    const json_t *b = json_array_get(status, 2);
    g_autofree char *counts = json_canonical(json_object_get(b, "errors"));
    assert_string_equal(counts, "{\"raised\":2,\"time\":1}");
    assert_string_equal(json_text(b, "message"), "three");
    assert_int_equal(strlen(json_text(b, "at")), strlen("2026-11-23T00:10:00Z"));
    erring_free(erring);
    erring_free(NULL);
}

static void a_generation_begins_with_none(void **state)
{
    struct erring *erring = erring_new();
    erring_begin(erring, &first);
    erring_note(erring, &first, "rule", "a", "raised", "x");
    erring_begin(erring, &second);
    g_autoptr(json_t) none = erring_status(erring);
    assert_int_equal(json_array_size(none), 0);
    assert_true(erring_note(erring, &second, "rule", "a", "raised", "x"));
    assert_false(erring_note(erring, &first, "rule", "late", "raised", "x"));
    g_autoptr(json_t) status = erring_status(erring);
    assert_int_equal(json_array_size(status), 1);
    assert_int_equal(json_number(json_object_get(json_array_get(status, 0), "errors"), "raised", 0), 1);
    erring_free(erring);
}

static void names_and_kinds_are_bounded(void **state)
{
    struct erring *erring = erring_new();
    erring_begin(erring, &first);
    for (int i = 0; i < 2000; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        assert_int_equal(erring_note(erring, &first, "rule", name, "raised", "x"), i < 1000);
        erring_note(erring, &first, "rule", "0", name, "x");
    }
    g_autoptr(json_t) status = erring_status(erring);
    assert_int_equal(json_array_size(status), 1000);
    assert_int_equal(json_object_size(json_object_get(json_array_get(status, 0), "errors")), 16);
    erring_free(erring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_counted_and_told_once),
        cmocka_unit_test(a_generation_begins_with_none),
        cmocka_unit_test(names_and_kinds_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
