/* Typed reading of objects that may be hostile, and canonical text. */
#include "base/json.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void equal_values_give_equal_bytes(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"{\"b\": 1, \"a\": [true, null, 2.5]}", "{\"a\":[true,null,2.5],\"b\":1}"},
        {"{\"a\": {\"z\": 1, \"B\": 2, \"あ\": 3, \"\": 4}}", "{\"a\":{\"\":4,\"B\":2,\"z\":1,\"あ\":3}}"},
        {"\"\\u3042\\n\\\"\"", "\"あ\\n\\\"\""},
        {"9223372036854775807", "9223372036854775807"},
        {"1.0", "1.0"},
        {"[]", "[]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) value = json_loads(cases[i].text, JSON_DECODE_ANY, NULL);
        g_autofree char *text = json_canonical(value);
        assert_string_equal(text, cases[i].want);
    }
}

static void what_has_no_text_gives_none(void **state)
{
    assert_null(json_canonical(NULL));
    json_t *one = json_array(), *other = json_array();
    json_array_append(one, other);
    json_array_append(other, one);
    assert_null(json_canonical(one));
    json_array_clear(one);
    json_decref(one);
    json_decref(other);
}

static void reading_is_typed(void **state)
{
    static const char *const wrong[] = {"{}",          "{\"k\":null}", "{\"k\":[1]}", "{\"k\":{\"k\":1}}",
                                        "{\"k\":1.5}", "[\"k\"]",      "\"k\"",       "7"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(json_t) value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
        assert_null(json_text(value, "k"));
        assert_string_equal(json_text_or(value, "k", "otherwise"), "otherwise");
        assert_int_equal(json_number(value, "k", -7), -7);
        assert_false(json_flag(value, "k"));
    }
    assert_null(json_text(NULL, "k"));
    assert_int_equal(json_number(NULL, "k", 3), 3);
    assert_false(json_flag(NULL, "k"));
    g_autoptr(json_t) value = json_loads("{\"t\":\"\",\"n\":-9223372036854775808,\"f\":true}", 0, NULL);
    assert_string_equal(json_text(value, "t"), "");
    assert_string_equal(json_text_or(value, "t", "x"), "");
    assert_true(json_number(value, "n", 0) == INT64_MIN);
    assert_true(json_flag(value, "f"));
    assert_false(json_flag(value, "t"));
    assert_int_equal(json_number(value, "f", 5), 5);
}

static void texts_are_made_valid(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "\"\""},
        {"日本", "\"日本\""},
        {"a\xff"
         "b",
         "\"a\xef\xbf\xbd"
         "b\""},
        {"\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* an overlong NUL */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a lone surrogate */
        {"cut \xe6\x97", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
        {"\x01", "\"\\u0001\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) value = json_text_new(cases[i].text);
        assert_true(json_is_string(value));
        g_autofree char *text = json_canonical(value);
        assert_string_equal(text, cases[i].want);
    }
    assert_true(json_is_null(json_text_new(NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_give_equal_bytes),
        cmocka_unit_test(what_has_no_text_gives_none),
        cmocka_unit_test(reading_is_typed),
        cmocka_unit_test(texts_are_made_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
