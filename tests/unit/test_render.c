/* Rendering: every kind of value, what nothing fills, and that a value never adds a line. */
#include "base/json.h"
#include "rules/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define VALUES                                                                                                    \
    "{\"account\": \"123456789012\", \"list\": [\"a\", \"b\"], \"none\": [], \"null\": null, \"yes\": true, "     \
    "\"no\": false, \"n\": 7, \"lines\": \"one\\ntwo\\u2028three\", \"brace\": \"{account}\", \"x9\": \"nine\", " \
    "\"object\": {\"a\": 1}, \"empty\": \"\"}"

static void on_unknown(const char *name, void *data)
{
    g_string_append_printf(data, "%s;", name);
}

static const struct {
    const char *args, *want, *unknown;
} cases[] = {
    {"{\"t\": \"plain\"}", "{\"t\":\"plain\"}", ""},
    {"{\"t\": \"a {account} b\"}", "{\"t\":\"a 123456789012 b\"}", ""},
    {"{\"t\": \"{account}{account}\"}", "{\"t\":\"123456789012123456789012\"}", ""},
    {"{\"t\": \"{list}|{none}|{null}|{yes}|{no}|{n}|{empty}\"}", "{\"t\":\"a, b|||yes||7|\"}", ""},
    {"{\"t\": \"{x9}\"}", "{\"t\":\"nine\"}", ""},
    {"{\"t\": \"{lines}\"}", "{\"t\":\"one two three\"}", ""},
    {"{\"t\": \"own\\nline\"}", "{\"t\":\"own\\nline\"}", ""}, /* the author's line stays */
    {"{\"t\": \"{brace}\"}", "{\"t\":\"{account}\"}", ""},     /* a value is no template */
    {"{\"t\": \"[{case}] {case_subject}.\"}", "{\"t\":\"[] .\"}", "case;case_subject;"},
    {"{\"t\": \"{object}\"}", "{\"t\":\"\"}", ""},
    {"{\"t\": \"{} {A} { account} {account\"}", "{\"t\":\"{} {A} { account} {account\"}", ""},
    {"{\"t\": \"{{account}}\"}", "{\"t\":\"{123456789012}\"}", ""},
    {"{\"t\": 5, \"u\": true, \"v\": null}", "{\"t\":5,\"u\":true,\"v\":null}", ""},
    {"{\"t\": [\"{n}\", {\"u\": \"{n}\"}]}", "{\"t\":[\"7\",{\"u\":\"7\"}]}", ""},
    {"{\"{n}\": \"x\"}", "{\"{n}\":\"x\"}", ""}, /* keys are no texts */
    {"{\"t\": \"重要{n}\"}", "{\"t\":\"重要7\"}", ""},
};

static void texts_are_filled(void **state)
{
    g_autoptr(json_t) values = json_loads(VALUES, 0, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) args = json_loads(cases[i].args, 0, NULL);
        g_autoptr(GString) unknown = g_string_new(NULL);
        g_autofree char *before = json_canonical(args);
        g_autoptr(json_t) filled = render_args(args, values, on_unknown, unknown);
        g_autofree char *got = json_canonical(filled), *after = json_canonical(args);
        assert_string_equal(got, cases[i].want);
        assert_string_equal(unknown->str, cases[i].unknown);
        assert_string_equal(before, after);
        g_autoptr(json_t) again = render_args(args, values, NULL, NULL);
        assert_true(json_equal(again, filled));
    }
}

static void texts_are_bounded(void **state)
{
    g_autofree char *long_text = g_strnfill(20000, 'x');
    g_autoptr(json_t) values = json_pack("{s:s}", "x", long_text);
    g_autoptr(json_t) args = json_pack("{s:s}", "t", "{x}{x}{x}{x}");
    g_autoptr(json_t) filled = render_args(args, values, NULL, NULL);
    size_t length = strlen(json_text(filled, "t"));
    assert_in_range(length, 30000, 40000);
}

static void deep_values_end(void **state)
{
    g_autoptr(json_t) value = json_string("{n}");
    for (int i = 0; i < 20; i++)
        value = json_pack("[o]", value);
    g_autoptr(json_t) values = json_pack("{s:i}", "n", 1);
    g_autoptr(json_t) filled = render_args(value, values, NULL, NULL);
    assert_true(json_equal(filled, value)); /* as it was: nothing legitimate is that deep */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_filled),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(deep_values_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
