/* Addresses: what is written as a name stays a name, whatever it decodes to. */
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct message *mail_from(const char *value)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autofree char *text = g_strdup_printf("From: %s\nSubject: x\n\nx\n", value);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return message_new(bytes, &limits);
}

/* "name <address>; …" of a field. */
static char *listed(struct message *message, const char *header)
{
    g_autoptr(GPtrArray) addresses = message_addresses(message, header);
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < addresses->len; i++) {
        const struct address *address = addresses->pdata[i];
        g_string_append_printf(list, "%s%s <%s>", i > 0 ? "; " : "", address->name, address->address);
    }
    return g_string_free(list, FALSE);
}

static void reads_one(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } table[] = {
        {"bare", "a@example.com", " <a@example.com>"},
        {"a name", "Some One <a@Example.COM>", "Some One <a@example.com>"},
        {"a quoted name", "\"One, Some\" <a@example.com>", "One, Some <a@example.com>"},
        {"an encoded name", "=?UTF-8?B?5pel5pys?= <a@example.com>", "日本 <a@example.com>"},
        {"two words with padding", "=?UTF-8?B?YQ==?= =?UTF-8?B?Yg==?= <a@example.com>", "ab <a@example.com>"},
        {"a word in quotes", "\"=?UTF-8?B?5pel5pys?=\" <a@example.com>", "日本 <a@example.com>"},
        {"a word and text", "=?utf-8?q?a?= b <a@example.com>", "a b <a@example.com>"},
        {"a word with a raw comma", "=?utf-8?q?Smith, John?= <a@example.com>", "Smith, John <a@example.com>"},
        {"raw UTF-8", "日本 <a@example.com>", "日本 <a@example.com>"},
        {"raw ISO-2022-JP with halves like signs", "\x1b$B;3ED\x1b(B <a@example.com>",
         "山田 <a@example.com>"},
        {"the same with quotes, brackets and commas", "\x1b$B\"(<,>@\x1b(B <a@example.com>", NULL},
        {"raw ISO-2022-JP in quotes", "\"\x1b$B;3ED\x1b(B\" <a@example.com>", "山田 <a@example.com>"},
        {"raw ISO-2022-JP in a comment", "a@example.com (\x1b$B;3ED\x1b(B)", "山田 <a@example.com>"},
        {"raw Shift_JIS that ends like a backslash", "\"\x94\x5c\x97\xcd\x95\x5c\" <a@example.com>",
         "能力表 <a@example.com>"},
        {"the same without quotes", "\x94\x5c\x97\xcd\x95\x5c <a@example.com>", "能力表 <a@example.com>"},
        {"raw Shift_JIS with halves like at signs", "\x83\x40\x83\x43\x83\x8b <a@example.com>",
         "ァイル <a@example.com>"},
        {"raw EUC-JP", "\xbb\xb3\xc5\xc4\xc2\xc0\xcf\xba <a@example.com>", "山田太郎 <a@example.com>"},
        {"raw Latin-1", "J\xfcrgen M\xfcller <a@example.com>", "Jürgen Müller <a@example.com>"},
        {"two dots", "a..b@docomo.ne.jp", " <a..b@docomo.ne.jp>"},
        {"a dot at the beginning", ".c@docomo.ne.jp", " <.c@docomo.ne.jp>"},
        {"a dot at the end", "d.@docomo.ne.jp", " <d.@docomo.ne.jp>"},
        {"dots, in brackets", "N <a..b.@docomo.ne.jp>", "N <a..b.@docomo.ne.jp>"},
        {"dots, quoted as they should be", "N <\"a..b\"@docomo.ne.jp>", "N <a..b@docomo.ne.jp>"},
        {"dots in a list", "x@example.com, .c@d.jp, N <d.@d.jp>",
         " <x@example.com>;  <.c@d.jp>; N <d.@d.jp>"},
        {"dots in a name", "a..b@docomo.ne.jp <evil@example.org>", "a..b@docomo.ne.jp <evil@example.org>"},
        {"dots in a quoted name", "\"a..b@docomo.ne.jp\" <evil@example.org>",
         "a..b@docomo.ne.jp <evil@example.org>"},
        {"dots without an end", "a..@", ""},
        {"a local part in quotes stays so", "\"a b\"@example.com", " <\"a b\"@example.com>"},
        {"square brackets in a name", "[Ops] Some One <a@Example.com>", "[Ops] Some One <a@example.com>"},
        {"square brackets, with an encoded word", "[=?utf-8?q?=E6=97=A5?=] x <a@example.com>",
         "[ 日 ] x <a@example.com>"},
        {"square brackets and two addresses", "[x] <a@example.com> <b@example.com>", ""},
        {"square brackets, an address as a name", "[no-reply-aws@amazon.com] <evil@example.org>",
         "[no-reply-aws@amazon.com] <evil@example.org>"},
        {"text behind the brackets", "[x] <a@example.com> y", ""},
        {"no address in brackets", "[x] <a@b@example.com>", ""},
        {"an encoded bracket", "[x] =?utf-8?q?=3Ca=40example.com=3E?=", ""},
        {"a bracket in quotes", "[\"<a@example.com>\"] x", ""},
        {"a bracket in a comment", "[x] (<a@example.com>)", ""},
        {"an address behind a word", "x no-reply-aws@amazon.com", ""},
        {"a blank in brackets", "<a b@example.com>", ""},
        {"a broken byte in an address", "a@example.com\xff.example.org", ""},
        {"Shift_JIS in an address", "\x94\x5c\x97\xcd@example.com", ""},
        {"an international domain", "a@例え.jp", " <a@xn--r8jz45g.jp>"},
        {"local, in brackets", "Mail System <MAILER-DAEMON>", "Mail System <MAILER-DAEMON>"},
        {"local, bare", "MAILER-DAEMON", ""},
        {"a group", "Friends: a@example.com, b@example.com;", " <a@example.com>;  <b@example.com>"},
        {"an empty group", "undisclosed-recipients:;", ""},
        {"two", "a@example.com, B <b@example.com>", " <a@example.com>; B <b@example.com>"},
        {"a control", "a@example.com\x01.example.org", " <a@example.com?.example.org>"},
        {"nothing", "", ""},
        {"no host", "a@", ""},
        {"an address as a name", "\"no-reply-aws@amazon.com\" <evil@example.org>",
         "no-reply-aws@amazon.com <evil@example.org>"},
        {"an encoded address as a name", "=?utf-8?q?no-reply-aws=40amazon.com?= <evil@example.org>",
         "no-reply-aws@amazon.com <evil@example.org>"},
        {"an encoded address with its brackets",
         "=?utf-8?q?=3Cno-reply-aws=40amazon.com=3E=2C?= <evil@example.org>",
         "<no-reply-aws@amazon.com>, <evil@example.org>"},
        {"the same before a quote", "=?utf-8?q?=3Cno-reply-aws=40amazon.com=3E=2C?= \"x\" <evil@example.org>",
         "<no-reply-aws@amazon.com>, x <evil@example.org>"},
        {"an encoded quote within quotes",
         "\"=?utf-8?q?=22_=3Cno-reply-aws=40amazon.com=3E=2C?=\" <evil@example.org>",
         "<no-reply-aws@amazon.com>, <evil@example.org>"},
        {"an encoded NUL, line end, bidi", "=?utf-8?q?a=00b=0D=0Ac=E2=80=AEd?= <a@example.com>",
         "a\xef\xbf\xbd"
         "b cd <a@example.com>"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = mail_from(table[i].value);
        g_autofree char *list = listed(message, "From");
        if (table[i].want == NULL ? !g_str_has_suffix(list, "<a@example.com>") || strstr(list, "; ") != NULL
                                  : strcmp(list, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, list, table[i].want);
    }
}

static bool has_defect(struct message *message, const char *word)
{
    g_autofree char *text = NULL;
    json_t *defects = message_defects(message), *entry;
    size_t index;
    bool found = false;
    json_array_foreach(defects, index, entry)
        found = found || strcmp(json_string_value(entry), word) == 0;
    json_decref(defects);
    return found;
}

static void a_nul_cuts_no_address(void **state)
{
    static const char text[] = "From: no-reply-aws@amazon.com\0.evil.example.org\n\nx\n";
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);
    g_autoptr(message) message = message_new(bytes, &limits);
    const struct address *from = message_from(message);
    assert_true(from == NULL || strcmp(from->address, "no-reply-aws@amazon.com") != 0);
    assert_true(has_defect(message, "nul-in-header"));
}

static void the_first_from_counts(void **state)
{
    static const char text[] =
        "From: a@example.com\nFrom: no-reply-aws@amazon.com\nTo: x@example.com\nTo: y@example.com\n\nx\n";
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);
    g_autoptr(message) message = message_new(bytes, &limits);
    assert_string_equal(message_from(message)->address, "a@example.com");
    assert_true(has_defect(message, "duplicate-from"));
    g_autofree char *to = listed(message, "to");
    assert_string_equal(to, " <x@example.com>;  <y@example.com>");
}

static void several_addresses_are_a_defect(void **state)
{
    g_autoptr(message) message = mail_from("a@example.com, b@example.com");
    assert_string_equal(message_from(message)->address, "a@example.com");
    assert_true(has_defect(message, "several-from-addresses"));
    g_autoptr(message) one = mail_from("a@example.com");
    message_from(one);
    assert_false(has_defect(one, "several-from-addresses"));
}

static void colons_by_the_thousand_are_left_out(void **state)
{
    static const char *const forms[] = {"a:", "\"a\\\":", "\"a:", "(a:)", "=?utf-8?q?a?=:"};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        for (int n = 0; n < 3000; n++)
            g_string_append(value, forms[i]);
        g_autoptr(message) message = mail_from(value->str);
        message_from(message);
        message_parts(message);
        assert_true(has_defect(message, "too-many-colons"));
    }
}

/* What looks like quotes to who counts in the raw bytes is none once they are decoded, or within comments. */
static void no_halves_of_characters_hide_colons(void **state)
{
    static const char *const around[] = {"\x1b$B\"0\x1b(B", "(\")"};
    for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
        g_autoptr(GString) value = g_string_new(around[i]);
        for (int n = 0; n < 3000; n++)
            g_string_append(value, " a:");
        g_string_append_printf(value, "x@example.com %s", around[i]);
        g_autoptr(message) message = mail_from(value->str);
        assert_null(message_from(message));
        assert_true(has_defect(message, "too-many-colons"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one),
        cmocka_unit_test(a_nul_cuts_no_address),
        cmocka_unit_test(the_first_from_counts),
        cmocka_unit_test(several_addresses_are_a_defect),
        cmocka_unit_test(colons_by_the_thousand_are_left_out),
        cmocka_unit_test(no_halves_of_characters_hide_colons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
