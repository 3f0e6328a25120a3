/* Parameters: RFC 2231 in any order, and what mailers write in its place. */
#include "mail/decode.h"
#include "mail/parameters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void reads_one(void **state)
{
    static const struct {
        const char *name, *raw, *want;
    } table[] = {
        {"quoted", "attachment; filename=\"a b.txt\"", "a b.txt"},
        {"bare", "attachment;filename=a.txt", "a.txt"},
        {"in capitals, with blanks", " attachment ;\n FILENAME = a.txt ; size=1", "a.txt"},
        {"bare with blanks", "attachment; filename=a (1) b.txt; size=1", "a (1) b.txt"},
        {"behind another", "attachment; xfilename=x; filenames=y; filename=a.txt", "a.txt"},
        {"the first one counts", "attachment; filename=a.txt; filename=b.txt", "a.txt"},
        {"a semicolon and a quote within", "attachment; filename=\"a;\\\"b\\\".txt\"", "a;\"b\".txt"},
        {"a backslash of Windows", "attachment; filename=\"C:\\\\temp\\new.txt\"", "C:\\temp\\new.txt"},
        {"folded", "attachment; filename=\"a\n b.txt\"", "a b.txt"},
        {"quotes left open", "attachment; filename=\"a.txt", "a.txt"},
        {"another's quotes hold the name", "attachment; x=\"; filename=b.txt\"; filename=a.txt", "a.txt"},
        {"none", "attachment; size=1", NULL},
        {"none at all", "attachment", NULL},
        {"nothing", "", NULL},
        {"empty", "attachment; filename=\"\"", ""},
        {"encoded words", "attachment; filename=\"=?utf-8?b?5pelYQ==?= =?utf-8?b?5pys?=.txt\"", "日a本.txt"},
        {"encoded words without quotes", "attachment; filename==?utf-8?q?a;=E6=97=A5?=.txt; size=1",
         "a;日.txt"},
        {"raw UTF-8", "attachment; filename=\"日本.txt\"", "日本.txt"},
        {"raw Shift_JIS", "attachment; filename=\"\x94\x5c\x97\xcd\x95\x5c.txt\"", "能力表.txt"},
        {"raw ISO-2022-JP", "attachment; filename=\"\x1b$B0\";3\x1b(B.txt\"; size=1", "唖山.txt"},
        {"extended", "attachment; filename*=utf-8'ja'%E6%97%A5.txt", "日.txt"},
        {"extended, a label that means another", "attachment; filename*=shift_jis''%87%40%95%5C.txt",
         "①表.txt"},
        {"extended in quotes", "attachment; filename*=\"utf-8''%E6%97%A5.txt\"", "日.txt"},
        {"extended without a charset", "attachment; filename*=''%E6%97%A5.txt", "日.txt"},
        {"extended without anything", "attachment; filename*=%E6%97%A5.txt", "日.txt"},
        {"extended with an encoded word", "attachment; filename*=\"=?utf-8?b?5pel?=.txt\"", "日.txt"},
        {"extended, a percent sign", "attachment; filename*=utf-8''100%.txt", "100%.txt"},
        {"extended before plain", "attachment; filename=b.txt; filename*=utf-8''a.txt", "a.txt"},
        {"continued", "attachment; filename*0=a; filename*1=b.txt", "ab.txt"},
        {"continued, in no order", "attachment; filename*2=.txt; filename*1*=%A5; filename*0*=utf-8''%E6%97",
         "日.txt"},
        {"continued, some in quotes", "attachment; filename*0*=utf-8''%E6%97%A5; filename*1=\" %E6.txt\"",
         "日 %E6.txt"},
        {"continued, ISO-2022-JP across two",
         "attachment; filename*0*=iso-2022-jp''%1B%24BF%7C; filename*1*=K%5C%1B%28B.txt", "日本.txt"},
        {"continued, encoded words", "attachment; filename*0=\"=?utf-8?b?5pel\"; filename*1=\"?=.txt\"",
         "日.txt"},
        {"continued before plain", "attachment; filename=b.txt; filename*0=a.txt", "a.txt"},
        {"continued up to a gap", "attachment; filename*0=a; filename*2=c", "a"},
        {"continued without a beginning", "attachment; filename*1=b; filename=a.txt", "a.txt"},
        {"an index beyond measure",
         "attachment; filename*99999999999999999999=b; filename*100=c; filename=a.txt", "a.txt"},
        {"no such form", "attachment; filename*x=b; filename**=c; filename*1x=d; filename=a.txt", "a.txt"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct decode_faults faults = {0};
        g_autofree char *value = parameter_decode(NULL, table[i].raw, "filename", &faults);
        if (g_strcmp0(value, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, value, table[i].want);
    }
}

static void what_stands_near_helps(void **state)
{
    struct decode_faults faults = {0};
    g_autofree char *value = parameter_decode("shift_jis", "x; name=\"\x95\x5c.txt\"", "name", &faults);
    assert_string_equal(value, "表.txt");
    g_autofree char *extended = parameter_decode("shift_jis", "x; name*=''%95%5C.txt", "name", &faults);
    assert_string_equal(extended, "表.txt");
}

static void whatever_comes_ends_and_is_one_line(void **state)
{
    static const char *const pieces[] = {"filename", "*",  "0",     "1",   "=",  "\"",      ";",
                                         "\\",       "'",  "utf-8", "%E6", "=?", "?=",      "?b?5pel",
                                         "\x1b",     "$B", " ",     "\n",  "(",  "\x95\x5c"};
    g_autoptr(GRand) random = g_rand_new_with_seed(20261125);
    for (int round = 0; round < 4000; round++) {
        g_autoptr(GString) raw = g_string_new("attachment; ");
        struct decode_faults faults = {0};
        for (int n = g_rand_int_range(random, 0, 30); n > 0; n--)
            g_string_append(raw, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        g_autofree char *value = parameter_decode(NULL, raw->str, "filename", &faults);
        assert_true(value == NULL ||
                    (g_utf8_validate(value, -1, NULL) && strpbrk(value, "\r\n\x1b") == NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one),
        cmocka_unit_test(what_stands_near_helps),
        cmocka_unit_test(whatever_comes_ends_and_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
