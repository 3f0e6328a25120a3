/* Comparing what a test expects with a decision: what counts as there, and under which path each difference
 * is told. */
#include "decider/differences.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct comparison {
    const char *expected, *got, *paths; /* paths: of the differences, in their order */
};

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (value == NULL)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static char *paths_of(const json_t *differences)
{
    GString *paths = g_string_new(NULL);
    size_t index;
    json_t *difference;
    json_array_foreach((json_t *)differences, index, difference)
        g_string_append_printf(paths, "%s%s", index > 0 ? " " : "", json_text(difference, "path"));
    return g_string_free(paths, FALSE);
}

static const struct comparison comparisons[] = {
    {"{\"a\": \"x\"}", "{\"a\": \"x\", \"b\": \"y\"}", ""},
    {"{\"a\": \"x\"}", "{\"b\": \"y\"}", "a"},
    {"{\"b\": \"1\", \"a\": \"1\", \"d\": \"1\", \"c\": \"1\"}", "{\"b\": \"2\", \"a\": \"2\"}", "b a c d"},
    {"{\"f\": {\"z\": 1, \"y\": {\"x\": 1}}}", "{\"f\": {\"z\": 2, \"y\": {\"x\": 2}}}", "f.y.x f.z"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": null}", "a"},
    {"{\"a\": \"x\"}", "{\"a\": [\"x\"]}", "a"},
    /* false is nothing, unless the value is a truth */
    {"{\"a\": false}", "{\"a\": null}", ""},
    {"{\"a\": false}", "{}", ""},
    {"{\"a\": false}", "{\"a\": false}", ""},
    {"{\"a\": false}", "{\"a\": true}", "a"},
    {"{\"a\": false}", "{\"a\": \"x\"}", "a"},
    /* {} is nothing at all, however it was read */
    {"{\"a\": {}}", "{\"a\": []}", ""},
    {"{\"a\": []}", "{\"a\": {}}", ""},
    {"{\"a\": {}}", "{\"a\": [\"x\"]}", "a"},
    {"{\"a\": []}", "{\"a\": {\"x\": 1}}", "a"},
    /* of a list each named element, in any order */
    {"{\"a\": [\"y\", \"x\"]}", "{\"a\": [\"x\", \"y\", \"z\"]}", ""},
    {"{\"a\": [\"y\", \"v\", \"w\"]}", "{\"a\": [\"x\", \"y\"]}", "a"},
    {"{\"a\": [\"x\"]}", "{\"a\": null}", "a"},
    {"{\"a\": [{\"k\": 1}]}", "{\"a\": [{\"k\": 2}, {\"k\": 1, \"l\": 3}]}", ""},
    /* an element that is not there is compared with the one most like it */
    {"{\"a\": [{\"action\": \"f\", \"args\": {\"to\": \"x\", \"n\": 1}}]}",
     "{\"a\": [{\"action\": \"f\", \"args\": {\"to\": \"z\", \"n\": 2}},"
     " {\"action\": \"g\", \"args\": {\"to\": \"x\", \"n\": 1}},"
     " {\"action\": \"f\", \"args\": {\"to\": \"y\", \"n\": 1}}]}",
     "a[1].args.to"},
    {"{\"a\": [{\"action\": \"g\"}, {\"action\": \"f\", \"args\": {\"to\": \"x\"}}]}",
     "{\"a\": [{\"action\": \"f\", \"args\": {\"to\": \"y\"}}]}", "a[2].args.to a"},
    {"{\"a\": [{\"k\": 1, \"l\": 2}]}", "{\"a\": [{\"k\": 1, \"l\": 3}]}", "a[1].l"},
    {"{\"a\": [{\"k\": 1, \"l\": 2}]}", "{\"a\": [{\"k\": 2, \"l\": 3}]}", "a"},
    /* parts of texts */
    {"{\"a\": {\"contains\": \"bc\"}}", "{\"a\": \"abcd\"}", ""},
    {"{\"a\": {\"contains\": \"bd\"}}", "{\"a\": \"abcd\"}", "a"},
    {"{\"a\": {\"starts\": \"ab\"}, \"b\": {\"ends\": \"ab\"}}", "{\"a\": \"abcd\", \"b\": \"abcd\"}", "b"},
    {"{\"a\": {\"contains\": \"x\"}}", "{\"a\": {\"contains\": \"x\"}}", ""},
    {"{\"a\": {\"contains\": \"x\"}}", "{}", "a"},
    /* what is sent in one way is compared with what was sent so, however much differs */
    {"{\"a\": [{\"http\": {\"m\": 1}}]}", "{\"a\": [{\"mail\": {\"m\": 1}}, {\"http\": {\"m\": 2}}]}",
     "a[1].http.m"},
    {"{\"a\": [{\"http\": {\"m\": 1}}]}", "{\"a\": [{\"mail\": {\"m\": 1}}]}", "a"},
};

static void differences_are_told_by_path(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        g_autoptr(json_t) expected = parsed(comparisons[i].expected), got = parsed(comparisons[i].got),
                          differences = differences_find(expected, got);
        g_autofree char *paths = paths_of(differences);
        if (g_strcmp0(paths, comparisons[i].paths) != 0)
            fail_msg("%s of %s: '%s', not '%s'", comparisons[i].expected, comparisons[i].got, paths,
                     comparisons[i].paths);
    }
}

static void a_difference_says_both_sides(void **state)
{
    g_autoptr(json_t) expected = parsed("{\"a\": \"x\", \"l\": [\"p\", \"q\"], \"n\": 1}"),
                      got = parsed("{\"a\": \"y\", \"l\": [\"q\"]}"),
                      differences = differences_find(expected, got),
                      wanted = parsed("[{\"path\": \"a\", \"expected\": \"x\", \"got\": \"y\"},"
                                      " {\"path\": \"l\", \"expected\": [\"p\", \"q\"], \"got\": [\"q\"],"
                                      " \"missing\": [\"p\"]},"
                                      " {\"path\": \"n\", \"expected\": 1, \"got\": null}]");
    g_autofree char *text = differences_text(differences), *have = json_canonical(differences),
                    *want = json_canonical(wanted);
    assert_string_equal(have, want);
    assert_string_equal(text, "a: expected \"x\", got \"y\"; l: expected \"p\" among [\"q\"]; n: expected 1, "
                              "got nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_told_by_path),
        cmocka_unit_test(a_difference_says_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
