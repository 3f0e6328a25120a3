/* Text as a person sees it: NFKC, zero width, bidi, blanks; one line; clipping; format=flowed. */
#include "mail/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void normalizes(void **state)
{
    static const struct {
        const char *name, *text, *want;
        bool one_line;
    } table[] = {
        {"full width", "ＡＷＳ　１２３", "AWS 123"},
        {"half-width kana", "ｶﾞ", "ガ"},
        {"a ligature", "ﬁle", "file"},
        {"composed", "e\xcc\x81", "é"},
        {"zero width", "Ama\xe2\x80\x8bzo\xef\xbb\xbfn\xe2\x81\xa0", "Amazon"},
        {"Hangul fillers", "Ama\xe3\x85\xa4z\xe1\x85\x9fon", "Amazon"},
        {"soft hyphen", "Ama\xc2\xadzon", "Amazon"},
        {"bidi", "\xe2\x80\xaegnp.\xe2\x80\xac", "gnp."},
        {"variation selector", "⚠️", "⚠"},
        {"controls", "a\x1b[1mb\x7f", "a[1mb"},
        {"blanks", "  a \t\xc2\xa0 b  ", "a b"},
        {"lines stay", "a \n\n  b\r\n", "a\n\nb\n"},
        {"one line", "a \n\n  b\r\n", "a b", true},
        {"invalid", "a\xff", "a\xef\xbf\xbd"},
        {"lines of ASCII among others", "plain  \n ｶﾞ \t x\n\x01 end ", "plain\nガ x\nend"},
        {"the same in one line", "plain \n ｶﾞ\nend", "plain ガ end", true},
        {"a mark behind a line end", "e\n\xcc\x81x", "e\n\xcc\x81x"},
        {"kana and ideographs", "停止と起動で、ホストが 「替わり」ます。\n",
         "停止と起動で、ホストが 「替わり」ます。\n"},
        {"a mark behind kana", "か\u3099", "が"},
        {"invalid behind kana", "か\xe3\x81", "か\xef\xbf\xbd\xef\xbf\xbd"},
        {"invalid inside a kana", "\xe3\x81x停", "\xef\xbf\xbd\xef\xbf\xbdx停"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_normalize(table[i].text, table[i].one_line);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, text, table[i].want);
    }
}

static void normalizing_twice_is_once(void **state)
{
    static const char *const texts[] = {"ＡＷＳ　１\n ２ ", "ｶﾞ\u200bｷﾞ", "a\t\n\n b \u3000", "㈱①½ﬁ", "ﷺ"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *once = text_normalize(texts[i], false), *twice = text_normalize(once, false);
        assert_string_equal(once, twice);
    }
}

static void one_line(void **state)
{
    static const struct {
        const char *text, *want;
    } table[] = {{"a\nb\r\nc\td", "a b  c d"},
                 {"a\xe2\x80\xa8"
                  "b",
                  "a b"},
                 {"a\x1b"
                  "b\x7f",
                  "ab"},
                 {"\xe2\x80\xae"
                  "a\xe2\x81\xa9",
                  "a"},
                 {"ＡＷＳ", "ＡＷＳ"},
                 {"", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *line = text_one_line(table[i].text);
        assert_string_equal(line, table[i].want);
    }
}

static void says_something(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } table[] = {{"", false},
                 {" \t\r\n", false},
                 {"\u00a0 \u3000", false},
                 {"\u200b\ufeff\u00ad", false},
                 {"\u3164\u2800", false},
                 {"\x01\u202e", false},
                 {"\u00a0x", true},
                 {"日", true},
                 {".", true}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (text_says_something(table[i].text) != table[i].want)
            fail_msg("'%s' is taken for %s", table[i].text, table[i].want ? "nothing" : "something");
}

static void clips_between_characters(void **state)
{
    static const struct {
        const char *text, *want;
        size_t bytes;
    } table[] = {{"abc", "abc", 3},       {"abcdef", "ab…", 5}, {"日本語", "日…", 8},
                 {"日本語", "日本語", 9}, {"日本語", "…", 3},   {"", "", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_clip(table[i].text, table[i].bytes);
        assert_string_equal(text, table[i].want);
    }
}

static void flowed_lines_are_joined(void **state)
{
    static const struct {
        const char *name, *text, *want;
        bool delete_space;
    } table[] = {
        {"soft and hard", "one \ntwo\nthree\n", "one two\nthree\n"},
        {"deleted blanks", "日本 \n語\n", "日本語\n", true},
        {"stuffed", " From here\n >no quote\n", "From here\n>no quote\n"},
        {"a signature", "bye \n-- \nme\n", "bye \n-- \nme\n"},
        {"quoted", ">a \n>b\nc\n", "> a b\nc\n"},
        {"another depth", ">a \nb\n", "> a \nb\n"},
        {"no last line end", "one \ntwo", "one two"},
        {"soft at the end", "one \n", "one \n"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_unflow(table[i].text, table[i].delete_space);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, text, table[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalizes),
        cmocka_unit_test(normalizing_twice_is_once),
        cmocka_unit_test(one_line),
        cmocka_unit_test(says_something),
        cmocka_unit_test(clips_between_characters),
        cmocka_unit_test(flowed_lines_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
