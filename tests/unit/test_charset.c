/* Charsets: labels that lie in known ways, Japanese with vendor characters, bytes that declare nothing,
 * damage. */
#include "mail/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void decodes(void **state)
{
    static const struct {
        const char *name, *label, *bytes, *want;
        bool damaged, unknown;
    } table[] = {
        {"nothing declared", NULL, "ok", "ok"},
        {"UTF-8 undeclared", NULL, "本文", "本文"},
        {"UTF-8 in us-ascii", "us-ascii", "本文 ok", "本文 ok"},
        {"a misspelt label", "uft-8", "本文", "本文"},
        {"a label with blanks, upper case", " UTF-8 ", "本文", "本文"},
        {"an unknown label over UTF-8", "x-nobody-knows", "本文", "本文", false, true},
        {"an empty label", "", "ok", "ok", false, true},
        {"invalid UTF-8 is cp1252 then", "utf-8", "Fr\xf6sche", "Frösche", true},
        {"UTF-8 with one bad byte", "utf-8", "本文\xff ok", "本文\xef\xbf\xbd ok", true},
        {"UTF-8 undeclared with one bad byte", NULL, "本文\xff ok", "本文\xef\xbf\xbd ok", true},
        {"UTF-8 cut in a character", "utf-8", "本文\xe6\x9c", "本文\xef\xbf\xbd\xef\xbf\xbd", true},
        {"cswindows31j", "csWindows31J", "\x87\x40", "①"},
        {"eucjp-ms", "eucJP-ms", "\xad\xa1", "①"},
        {"Cyrillic of the Mac", "x-mac-cyrillic", "\x8f", "П"},
        {"Thai of Windows", "windows-874", "\xc0", "ภ"},
        {"Shift_JIS is CP932", "Shift_JIS", "\x87\x40\xfb\xfc \\ ~", "①髙 \\ ~"},
        {"windows-31j", "Windows-31J", "\x93\xfa\x96\x7b", "日本"},
        {"x-sjis, half-width kana", "x-sjis", "\xb1\xb2", "ｱｲ"},
        {"Shift_JIS that is UTF-8", "shift_jis", "重要なお知らせ。", "重要なお知らせ。", true},
        {"EUC-JP with NEC row 13", "EUC-JP", "\xad\xa1\xc6\xfc", "①日"},
        {"ISO-2022-JP", "iso-2022-jp", "a\x1b$BF|K\\\x1b(Bz", "a日本z"},
        {"ISO-2022-JP with NEC row 13", "ISO-2022-JP", "\x1b$B-!-j\x1b(B", "①㈱"},
        {"ISO-2022-JP, half-width kana", "cp50221", "\x1b(I12\x1b(B", "ｱｲ"},
        {"ISO-2022-JP, JIS X 0212", "iso-2022-jp-1", "\x1b$(D0!\x1b(B", "丂"},
        {"ISO-2022-JP, the standard's wave dash", "iso-2022-jp", "\x1b$B!A\x1b(B", "〜"},
        {"ISO-2022-JP, a line end ends the kanji", "iso-2022-jp", "\x1b$BF|\nok", "日\nok"},
        {"ISO-2022-JP, half a character", "iso-2022-jp", "\x1b$BF\x1b(Bok", "\xef\xbf\xbdok", true},
        {"ISO-2022-JP undeclared", NULL, "\x1b$BF|K\\\x1b(B", "日本"},
        {"ISO-2022-JP declared as UTF-8", "utf-8", "\x1b$BF|K\\\x1b(B", "日本"},
        {"Shift_JIS undeclared", NULL, "\x82\xb1\x82\xf1", "こん"},
        {"EUC-JP undeclared", NULL, "\xa4\xb3\xa4\xf3", "こん"},
        {"GB2312 is GB18030", "gb2312", "\x81\x30\x89\x38", "ß"},
        {"latin-1 is cp1252", "iso-8859-1", "\x80", "€"},
        {"KOI8-R", "koi8-r", "\xd0\xd2", "пр"},
        {"iso-8859-15", "iso-8859-15", "\xa4", "€"},
        {"windows-1251", "windows-1251", "\xcf", "П"},
        {"UTF-7", "unicode-1-1-utf-7", "+ZeU-", "日"},
        {"Shift_JIS cut in a character", "shift_jis", "ok\x93", "ok\xef\xbf\xbd", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text =
            charset_decode(table[i].label, table[i].bytes, strlen(table[i].bytes), &damaged, &unknown);
        if (strcmp(text, table[i].want) != 0 || damaged != table[i].damaged || unknown != table[i].unknown)
            fail_msg("%s: got '%s', damaged %d, unknown %d", table[i].name, text, damaged, unknown);
    }
}

static void nul_hides_nothing(void **state)
{
    static const char *const labels[] = {NULL, "utf-8", "iso-8859-1", "shift_jis", "iso-2022-jp", "nobody"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text = charset_decode(labels[i], "a\0b", 3, &damaged, &unknown);
        assert_string_equal(text, "a\xef\xbf\xbd"
                                  "b");
    }
}

static void utf_16_is_decoded_with_its_zero_bytes(void **state)
{
    bool damaged = false, unknown = false;
    g_autofree char *marked = charset_decode("utf-16", "\xff\xfeo\0k\0", 6, &damaged, &unknown);
    g_autofree char *big = charset_decode("utf-16be", "\0o\0k", 4, &damaged, &unknown);
    assert_string_equal(marked, "ok");
    assert_string_equal(big, "ok");
    assert_false(damaged);
}

static void nothing_is_nothing(void **state)
{
    static const char *const labels[] = {NULL, "utf-8", "shift_jis", "iso-2022-jp", "nobody"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text = charset_decode(labels[i], NULL, 0, &damaged, &unknown);
        assert_string_equal(text, "");
    }
}

/* Two bytes of JIS X 0212 that are no character are one mark, not one for each of EUC's three. */
static void a_character_that_is_none_is_marked_once(void **state)
{
    bool damaged = false, unknown = false;
    g_autofree char *jis = charset_decode("iso-2022-jp", "\x1b$(D\"/!!\x1b(Bx", 12, &damaged, &unknown);
    g_autofree char *euc = charset_decode("euc-jp", "\x8f\xa1\xa1x\x8fy", 6, &damaged, &unknown);
    assert_string_equal(jis, "\u02d8\ufffdx");
    assert_string_equal(euc, "\ufffdx\ufffdy");
    assert_true(damaged);
}

static void whatever_comes_is_valid_utf8(void **state)
{
    static const char *const labels[] = {NULL,          "utf-8",   "shift_jis",   "euc-jp",
                                         "iso-2022-jp", "gb18030", "iso-2022-kr", "utf-7",
                                         "utf-16",      "big5",    "euc-kr",      "nobody"};
    g_autoptr(GRand) random = g_rand_new_with_seed(20261124);
    for (int round = 0; round < 400; round++) {
        char bytes[200];
        size_t length = (size_t)g_rand_int_range(random, 0, sizeof bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = g_rand_int_range(random, 0, 6) == 0 ? '\x1b' : (char)g_rand_int_range(random, 0, 256);
        for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
            bool damaged = false, unknown = false;
            g_autofree char *text = charset_decode(labels[i], bytes, length, &damaged, &unknown);
            assert_true(g_utf8_validate(text, -1, NULL));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(nul_hides_nothing),
        cmocka_unit_test(utf_16_is_decoded_with_its_zero_bytes),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(a_character_that_is_none_is_marked_once),
        cmocka_unit_test(whatever_comes_is_valid_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
