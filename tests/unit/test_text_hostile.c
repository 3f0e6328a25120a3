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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_seen_does_not_keep_a_letter_from_its_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
