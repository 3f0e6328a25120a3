/* Encoded words and transfer encodings: whole where padding, noise or truncation would cut them elsewhere. */
#include "mail/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void headers(void **state)
{
    static const struct {
        const char *name, *raw, *want;
        bool damaged;
    } table[] = {
        {"plain", " Hello\n", "Hello"},
        {"folded", " one\r\n\ttwo\n three", "one two three"},
        {"base64", "=?UTF-8?B?5pel5pys?=", "日本"},
        {"Q", "=?utf-8?q?Fr=C3=B6sche_und?= more", "Frösche und more"},
        {"padding inside",
         "=?UTF-8?B?5pel?= =?UTF-8?B?5pys6Kqe?= =?UTF-8?B?YQ==?= =?UTF-8?B?Yg==?=", "日本語ab"},
        {"padding within a word", "=?UTF-8?B?YQ==Yg==?=", "ab"},
        {"a character across two words", "=?UTF-8?B?5pc=?= =?UTF-8?B?pQ==?=", "日"},
        {"ISO-2022-JP in two words",
         "=?ISO-2022-JP?B?GyRCRnwbKEI=?=\n =?ISO-2022-JP?B?GyRCS1wbKEI=?=", "日本"},
        {"two charsets", "=?UTF-8?Q?=E6=97=A5?= =?Shift_JIS?B?lns=?=", "日本"},
        {"blanks stay between word and text", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
        {"a language", "=?utf-8*ja?B?5pel?=", "日"},
        {"without blanks around", "[=?utf-8?q?a?=]", "[a]"},
        {"blanks inside of a Q word", "=?utf-8?q?a b?=", "a b"},
        {"no end", "=?utf-8?q?abc", "=?utf-8?q?abc"},
        {"no such encoding", "=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
        {"raw UTF-8", "日本", "日本"},
        {"raw Shift_JIS", "\x82\xb1\x82\xf1", "こん"},
        {"raw ISO-2022-JP", "\x1b$BF|\x1b(B", "日"},
        {"raw Shift_JIS without kana", "[AWS] \x8f\x64\x97\x76\x98\x41\x97\x8d", "[AWS] 重要連絡"},
        {"raw EUC-JP without kana", "[AWS] \xbd\xc5\xcd\xd7\xcf\xa2\xcd\xed", "[AWS] 重要連絡"},
        {"Shift_JIS in a word of ISO-2022-JP", "=?ISO-2022-JP?B?j2SXdphBl40=?=", "重要連絡", true},
        {"UTF-8 in a word of Latin-1", "=?iso-8859-1?B?5pel5pys?=", "日本", true},
        {"noise in base64", "=?utf-8?b?5 pe l?=", "日"},
        {"an empty word",
         "=?utf-8?q?"
         "?=x",
         "x"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct decode_faults faults = {0};
        g_autofree char *text = decode_header(table[i].raw, strlen(table[i].raw), &faults);
        if (strcmp(text, table[i].want) != 0 || faults.damaged != table[i].damaged || faults.controls)
            fail_msg("%s: got '%s', want '%s'", table[i].name, text, table[i].want);
    }
}

static void a_header_is_read_as_what_stands_near_it(void **state)
{
    static const struct {
        const char *near, *raw, *want;
    } table[] = {
        {"shift_jis", "\x95\x5c =?utf-8?q?a?= \x95\x5c", "表 a 表"},
        {"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
        {NULL, "caf\xe9", "café"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct decode_faults faults = {0};
        g_autofree char *text =
            decode_header_near(table[i].near, table[i].raw, strlen(table[i].raw), &faults);
        assert_string_equal(text, table[i].want);
    }
}

/* Bytes that look like structure and are halves of characters are neither. */
static void raw_values_become_utf8_before_they_are_split(void **state)
{
    static const struct {
        const char *near, *raw, *want;
        bool changed;
    } table[] = {
        {NULL, "Bob <a@b.jp>", "Bob <a@b.jp>", false},
        {NULL, "日本 =?utf-8?q?a?= <a@b.jp>", "日本 =?utf-8?q?a?= <a@b.jp>", false},
        {NULL, "\x1b$B;3ED\x1b(B <a@b.jp>", "山田 <a@b.jp>", true},
        {NULL, "\x1b$B\"<>(B@\x1b(B <a@b.jp>", NULL, true},
        {NULL, "\"\x94\x5c\x97\xcd\x95\x5c\" <a@b.jp>", "\"能力表\" <a@b.jp>", true},
        {"shift_jis", "\"\x95\x5c\" <a@b.jp>", "\"表\" <a@b.jp>", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct decode_faults faults = {0};
        bool changed = false;
        g_autofree char *text =
            decode_raw(table[i].near, table[i].raw, strlen(table[i].raw), &changed, &faults);
        if (table[i].want != NULL)
            assert_string_equal(text, table[i].want);
        assert_true(g_str_has_suffix(text, " <a@b.jp>"));
        assert_int_equal(changed, table[i].changed);
    }
}

static void faults_are_told_and_removed(void **state)
{
    static const struct {
        const char *name, *raw, *want;
        struct decode_faults faults;
    } table[] = {
        {"line ends smuggled in", "=?utf-8?Q?a=0D=0AX-Evil:_1?=", "a X-Evil: 1", {0}},
        {"escapes", "=?utf-8?Q?=1B[31mred?=", "[31mred", {.controls = true}},
        {"C1 controls", "=?utf-8?Q?a=C2=9Bb?=", "ab", {.controls = true}},
        {"bidi",
         "a\xe2\x80\xae"
         "b\xe2\x81\xa6",
         "ab",
         {.bidi = true}},
        {"zero width", "Ama\xe2\x80\x8bzon", "Ama\xe2\x80\x8bzon", {.zero_width = true}},
        {"line separator",
         "a\xe2\x80\xa8"
         "b",
         "a b",
         {0}},
        {"an unknown charset", "=?nobody?q?a?=", "a", {.damaged = true}},
        {"half a character", "=?utf-8?q?=E6=97?=", NULL, {.damaged = true}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct decode_faults faults = {0};
        g_autofree char *text = decode_header(table[i].raw, strlen(table[i].raw), &faults);
        if ((table[i].want != NULL && strcmp(text, table[i].want) != 0) ||
            memcmp(&faults, &table[i].faults, sizeof faults) != 0)
            fail_msg("%s: got '%s', damaged %d, controls %d, bidi %d, zero width %d", table[i].name, text,
                     faults.damaged, faults.controls, faults.bidi, faults.zero_width);
    }
}

static void base64(void **state)
{
    static const struct {
        const char *name, *bytes, *want;
    } table[] = {
        {"whole", "aGVsbG8=", "hello"},
        {"no padding", "aGVsbG8", "hello"},
        {"chunk behind chunk", "YQ==\nYmM=\nZGVm", "abcdef"},
        {"line ends, blanks, noise",
         "aG\r\nVs *\x80"
         "bG8=",
         "hello"},
        {"cut", "aGVsbG", "hell"},
        {"one character is no byte", "aGVsbG8=Y", "hello"},
        {"padding alone", "====", ""},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GByteArray) bytes = decode_base64(table[i].bytes, strlen(table[i].bytes));
        g_autofree char *text = g_strndup(bytes->len > 0 ? (const char *)bytes->data : "", bytes->len);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s'", table[i].name, text);
    }
}

static void quoted_printable(void **state)
{
    static const struct {
        const char *name, *bytes, *want;
        bool underscores;
    } table[] = {
        {"upper and lower case", "=C3=b6", "ö"},
        {"soft line ends", "one=\n two=\r\nthree=  \nfour", "one twothreefour"},
        {"soft line end at the end", "one=", "one"},
        {"no hexadecimal", "a=zz=4", "a=zz=4"},
        {"a blank in a word", "a_b=5F", "a b_", true},
        {"an underscore in text", "a_b", "a_b"},
        {"line ends written out", "a=0D=0Ab", "a\r\nb"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GByteArray) bytes =
            decode_quoted_printable(table[i].bytes, strlen(table[i].bytes), table[i].underscores);
        g_autofree char *text = g_strndup(bytes->len > 0 ? (const char *)bytes->data : "", bytes->len);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s'", table[i].name, text);
    }
}

static void a_word_is_measured(void **state)
{
    assert_int_equal(decode_word_length("=?utf-8?q?a?=b", 14), 13);
    assert_int_equal(decode_word_length("=?utf-8?q?a?=", 12), 0); /* its end lies outside */
    assert_int_equal(decode_word_length("x=?utf-8?q?a?=", 14), 0);
    assert_int_equal(decode_word_length("=?", 2), 0);
    assert_int_equal(decode_word_length("", 0), 0);
}

static void base64_ends_at_a_footer(void **state)
{
#define CODE "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=\n"
    static const struct {
        const char *name, *code, *footer;
    } table[] = {
        {"none", CODE "YWJj\n", ""},
        {"nothing", "", ""},
        {"a list's footer", CODE, "_____\nOps mailing list\nOps@example.com\n"},
        {"a signature", CODE, "--\nBest\n"},
        {"a sentence", CODE, "You receive this, since you asked for it.\n"},
        {"noise within a line", CODE "YWJj*ZGVm\n!!!\n", ""},
        {"blanks within a line", CODE "YWJj ZGVm\n", ""},
        {"base64 goes on behind it", CODE "-- \na b, c\n" CODE, ""},
        {"blank lines before", CODE "\n", "--\nBest\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *whole = g_strconcat(table[i].code, table[i].footer, NULL);
        size_t end = decode_base64_end(whole, strlen(whole));
        if (strcmp(whole + end, table[i].footer) != 0)
            fail_msg("%s: the footer is '%s'", table[i].name, whole + end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_ends_at_a_footer),
        cmocka_unit_test(headers),
        cmocka_unit_test(a_header_is_read_as_what_stands_near_it),
        cmocka_unit_test(raw_values_become_utf8_before_they_are_split),
        cmocka_unit_test(faults_are_told_and_removed),
        cmocka_unit_test(base64),
        cmocka_unit_test(quoted_printable),
        cmocka_unit_test(a_word_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
