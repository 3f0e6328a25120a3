/* What is near: the line around a match, and how far what did not match fits. */
#include "rules/trace_near.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_line_of_a_match_is_shown(void **state)
{
    g_autofree char *filler = g_strnfill(200, 'x'), *wide = g_strdup_printf("%s重%s", filler, filler);
    static const char text[] = "first\nthe second line\nthird";
    g_autofree char *line = near_match(text, 10, 16), *across = near_match(text, 17, 24),
                    *long_line = near_match(wide, 200, 203);
    assert_string_equal(line, "the second line");
    assert_string_equal(across, "the second line\nthird");
    assert_true(g_utf8_validate(long_line, -1, NULL));
    assert_true(g_str_has_prefix(long_line, "…x") && g_str_has_suffix(long_line, "x…") &&
                strlen(long_line) < 140);
}

static void what_nearly_fits_is_found(void **state)
{
    static const struct {
        enum pattern_kind kind;
        bool nocase;
        const char *pattern, *text, *fits, *then;
    } cases[] = {
        {PATTERN_TEMPLATE, false, "Case {n} opened", "Case 12 closed", "Case {n} ", "closed"},
        {PATTERN_TEMPLATE, false, "Case {n} opened", "case 12 opened", NULL, NULL},
        {PATTERN_TEMPLATE, true, "CASE {n} opened", "case 12 closed", "CASE {n} ", "closed"},
        {PATTERN_TEMPLATE, false, "{n}: {word}", "12, x", "{n}", ", x"},
        {PATTERN_TEMPLATE, false, "[x] (a) 重要", "[x] (a) 重大", "[x] (a) 重", "大"},
        {PATTERN_TEMPLATE, false, "whole", "whole and more", "whole", " and more"},
        {PATTERN_STARTS, false, "Reminder: x", "Reminder of it", "Reminder", " of it"},
        {PATTERN_CONTAINS, false, "is compromised", "well, it\nis compressed", "is compr", "essed"},
        {PATTERN_CONTAINS, true, "IS Compromised", "well, it is compressed", "IS Compr", "essed"},
        {PATTERN_CONTAINS, false, "severity: urgent", "a single s", NULL, NULL},
        {PATTERN_MATCHES, false, "Case \\\\d", "Case x", NULL, NULL},
    };
    struct rule_set set = {.placeholders = g_hash_table_new(g_str_hash, g_str_equal)};
    g_hash_table_insert(set.placeholders, (void *)"n", (void *)"\\d{1,12}");
    g_hash_table_insert(set.placeholders, (void *)"word", (void *)"\\S{1,200}");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct near *near = near_new();
        struct near_miss miss = {0};
        struct condition condition = {.operation = CONDITION_TEXT, .field = (char *)"title"};
        condition.pattern =
            pattern_new(cases[i].kind, cases[i].pattern, cases[i].nocase, set.placeholders, NULL);
        near_find(near, &set, &condition, cases[i].text, &miss);
        if (g_strcmp0(miss.fits, cases[i].fits) != 0 || g_strcmp0(miss.then, cases[i].then) != 0)
            fail_msg("%s: %s | %s", cases[i].pattern, miss.fits, miss.then);
        assert_non_null(miss.saw);
        near_miss_clear(&miss);
        near_free(near);
        pattern_free(condition.pattern);
    }
    g_hash_table_unref(set.placeholders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_of_a_match_is_shown),
        cmocka_unit_test(what_nearly_fits_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
