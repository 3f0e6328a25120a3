/* Text in the columns of a terminal: what is wide takes two, what combines none. */
#include "commands/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void columns_are_counted(void **state)
{
    static const struct {
        const char *text;
        int columns;
    } cases[] = {{"", 0}, {"abc", 3}, {"重要", 4}, {"e\xcc\x81", 1}, {"ｱ", 1}, {"…", 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(text_columns(cases[i].text), cases[i].columns);
}

static void what_is_too_wide_is_cut(void **state)
{
    static const struct {
        const char *text;
        int columns;
        const char *want;
    } cases[] = {{"abc", 3, "abc"},        {"abcd", 3, "ab…"}, {"重要な", 6, "重要な"},
                 {"重要なお", 6, "重要…"}, {"重要", 3, "重…"}, {"abc", 1, "…"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = text_clip_columns(cases[i].text, cases[i].columns);
        assert_string_equal(got, cases[i].want);
    }
}

static void lines_are_wrapped(void **state)
{
    static const struct {
        const char *text;
        int columns;
        const char *want;
    } cases[] = {{"", 10, ""},
                 {"one two three", 8, "one two|three"},
                 {"one two three", 7, "one two|three"},
                 {"one  two", 4, "one|two"},
                 {"abcdefgh", 3, "abc|def|gh"},
                 {"ab abcdefgh", 4, "ab|abcd|efgh"},
                 {"重要なお知らせ", 5, "重要|なお|知ら|せ"},
                 {"AWS重要な", 7, "AWS重要|な"},
                 {"重", 1, "重"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = text_wrap(cases[i].text, cases[i].columns);
        g_ptr_array_add(lines, NULL);
        g_autofree char *got = g_strjoinv("|", (char **)lines->pdata);
        assert_string_equal(got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_counted),
        cmocka_unit_test(what_is_too_wide_is_cut),
        cmocka_unit_test(lines_are_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
