/* Text that was made to be misread, or to cost more than it should. */
#include "mail/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_is_not_seen_does_not_keep_a_letter_from_its_mark(void **state)
{
    static const struct {
        const char *name, *input, *want;
    } cases[] = {
        {"zero width space", "e\u200b\u0301", "\u00e9"},  {"soft hyphen", "e\u00ad\u0301", "\u00e9"},
        {"control character", "e\x01\u0301", "\u00e9"},   {"kana", "か\u200b\u3099", "が"},
        {"a mark after a blank", "a \u0301", "a \u0301"}, {"a mark at the beginning", " \u0301", "\u0301"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *once = text_normalize(cases[i].input, false), *twice = text_normalize(once, false);
        assert_string_equal(once, cases[i].want);
        assert_string_equal(twice, cases[i].want);
    }
}

static char *repeated(const char *before, const char *each, int count, const char *after)
{
    GString *text = g_string_new(before);
    for (int i = 0; i < count; i++)
        g_string_append(text, each);
    return g_string_free(g_string_append(text, after), FALSE);
}

/* Ordering the marks of one letter takes a time that grows with the square of their number. */
static void marks_without_end_cost_nothing(void **state)
{
    static const struct {
        const char *name, *each;
    } table[] = {{"one", "\u0301"},
                 {"two that change places", "\u0301\u0316"},
                 {"one that is two", "\u0344\u0316"},
                 {"voiced marks of half width", "\uff9e\u0316"},
                 {"Tibetan, of no class and of two", "\u0f73\u0301"},
                 {"behind what is not seen", "\u200b\u0301\u0316"}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = repeated("a", table[i].each, 100000, " the rest");
        g_autofree char *once = text_normalize(text, false), *twice = text_normalize(once, false);
        assert_string_equal(once, twice);
        assert_true(g_utf8_strlen(once, -1) <= 1 + 30 + (glong)strlen(" the rest"));
        assert_true(g_str_has_suffix(once, " the rest"));
    }
}

static void marks_that_people_use_stay(void **state)
{
    g_autofree char *thirty = repeated("x", "\u0316", 30, "y"), *most = text_normalize(thirty, false);
    assert_string_equal(most, thirty);
    g_autofree char *more = repeated("e\u0301", "\u0316", 40, "y"), *kept = text_normalize(more, false);
    g_autofree char *want = repeated("\u00e9", "\u0316", 29, "y"), *same = text_normalize(want, false);
    assert_string_equal(kept, same);
}

/* A link left open comes back in every paragraph, address and all. */
static void html_that_multiplies_is_read_within_bounds(void **state)
{
    g_autofree char *address = g_strnfill(20000, 'x');
    GString *html = g_string_new(NULL);
    g_string_printf(html, "<p><a href=\"http://%s\">first", address);
    for (int i = 0; i < 30000; i++)
        g_string_append(html, "</p><p>y");
    g_string_append(html, "</p><p>last");
    g_autofree char *text = text_from_html(html->str, NULL);
    assert_true(strlen(text) < html->len * 2); /* 600 MB otherwise */
    assert_non_null(strstr(text, "first"));
    assert_non_null(strstr(text, "last"));
    g_string_free(html, TRUE);
}

static void a_link_that_is_left_open_is_read_as_ever(void **state)
{
    g_autofree char *text = text_from_html("<p><a href=\"http://example.com\">x</p><p>y", NULL);
    assert_string_equal(text, "x <http://example.com>\ny <http://example.com>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_seen_does_not_keep_a_letter_from_its_mark),
        cmocka_unit_test(marks_without_end_cost_nothing),
        cmocka_unit_test(marks_that_people_use_stay),
        cmocka_unit_test(a_link_that_is_left_open_is_read_as_ever),
        cmocka_unit_test(html_that_multiplies_is_read_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
