/* A mail as rules see it: header fields, parts, the text, laziness, and what inspect prints. */
#include "base/json.h"
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct message *read_mail(const char *text)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return message_new(bytes, &limits);
}

static void header_fields(void **state)
{
    g_autoptr(message) message = read_mail(
        "X-A: one\nx-a:  =?utf-8?b?5pel?=\n two\nSubject: a\n\t=?utf-8?q?=0Ab?=\nSubject: c\n"
        "Message-ID: <id@example.com>\nDate: Mon, 23 Nov 2026 13:00:11 +0000\nContent-Type: text/plain\n\nx\n");
    const char *value, *raw;
    assert_string_equal(message_header(message, "X-a", 0), "one");
    assert_string_equal(message_header(message, "X-A", 1), "日 two");
    assert_string_equal(message_header_raw(message, "X-A", 1), "  =?utf-8?b?5pel?=\n two\n");
    assert_null(message_header(message, "X-A", 2));
    assert_null(message_header(message, "X-B", 0));
    assert_string_equal(message_header(message, "content-type", 0), "text/plain");
    assert_string_equal(message_header_at(message, 1, &value, &raw), "x-a");
    assert_string_equal(value, "日 two");
    assert_null(message_header_at(message, 100, &value, &raw));
    g_autoptr(message) mixed = read_mail("Content-Type: text/plain\nX-A: 1\n X-C: 1\nMIME-Version: 1.0\n"
                                         "Content-Language : ja\nX-A: 2\nX-C: 2\n\n");
    static const char *const order[] = {"Content-Type",     "X-A", "MIME-Version",
                                        "Content-Language", "X-A", "X-C"};
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++)
        assert_string_equal(message_header_at(mixed, i, &value, &raw), order[i]);
    assert_string_equal(message_header(mixed, "X-A", 1), "2");
    assert_string_equal(message_subject(message), "a  b");
    assert_string_equal(message_id(message), "id@example.com");
    int64_t date;
    assert_true(message_date(message, &date));
    assert_int_equal(date, 1795438811000);
}

static void what_is_missing(void **state)
{
    g_autoptr(message) message =
        read_mail("Received: from a by b; Mon, 23 Nov 2026 13:00:11 +0000\nX: y\n\n");
    int64_t date;
    assert_string_equal(message_subject(message), "");
    assert_null(message_id(message));
    assert_null(message_from(message));
    assert_false(message_date(message, &date));
    assert_true(message_best_date(message, &date)); /* of Received */
    assert_int_equal(date, 1795438811000);
    assert_string_equal(message_text(message), "");
}

static void the_body_is_parsed_when_asked_for(void **state)
{
    g_autoptr(message) message = read_mail("From: a@example.com\nSubject: x\n\nx\n");
    message_subject(message);
    message_from(message);
    json_decref(message_defects(message));
    assert_false(message_is_whole(message));
    message_text(message);
    assert_true(message_is_whole(message));
}

static void a_part_is_decoded_when_asked_for(void **state)
{
    g_autoptr(message) message = read_mail(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: image/png\n\nyy\n"
        "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        "U3ViamVjdDogaW5uZXIKCnRleHQK\n--b--\n");
    const GPtrArray *parts = message_parts(message);
    assert_int_equal(message_decoded(message), 0);
    assert_string_equal(message_text(message), "x");
    assert_null(message_html(message));
    assert_null(message_part_text(message, parts->pdata[1]));
    assert_int_equal(message_decoded(message), 1);
    assert_int_equal(message_part_size(message, parts->pdata[1]), 2);
    assert_null(message_part_message(message, parts->pdata[1]));
    assert_int_equal(message_decoded(message), 2);
    struct message *inner = message_part_message(message, parts->pdata[2]);
    assert_string_equal(message_subject(inner), "inner");
    assert_string_equal(message_text(inner), "text\n");
    assert_ptr_equal(inner, message_part_message(message, parts->pdata[2]));
    assert_int_equal(message_decoded(message), 3);
}

/* "type|charset|disposition|filename|size;…" */
static char *parts_of(struct message *message)
{
    const GPtrArray *parts = message_parts(message);
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        g_string_append_printf(
            list, "%s%s|%s|%s|%s|%zu", i > 0 ? ";" : "", part->type,
            part->charset != NULL ? part->charset : "", part->disposition != NULL ? part->disposition : "",
            part->filename != NULL ? part->filename : "", message_part_size(message, part));
    }
    return g_string_free(list, FALSE);
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"

static void parts(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"no MIME", "Subject: x\n\nabc\n", "text/plain||||4"},
        {"a charset", "Content-Type: Text/HTML; charset=\"UTF-8\"\n\nx", "text/html|utf-8|||1"},
        {"a charset quoted twice", "Content-Type: text/plain; charset=\\\"us-ascii\\\"\n\nx",
         "text/plain|us-ascii|||1"},
        {"a charset that is none", "Content-Type: text/plain; charset=\"utf-8From: a@b\n\nx",
         "text/plain||||1"},
        {"a type without a subtype", "Content-Type: text\n\nx", "text/plain||||1"},
        {"a type that is none", "Content-Type: ;\n\nx", "text/plain||||1"},
        {"an opaque type", "Content-Type: application/octet-stream\n\nx", "application/octet-stream||||1"},
        {"an attachment",
         MIXED
         "--b\n\nx\n--b\nContent-Type: application/pdf; name=\"n.pdf\"\nContent-Disposition: Attachment; "
         "filename=\"f.pdf\"\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
         "text/plain||||1;application/pdf||attachment|f.pdf|3"},
        {"a name in RFC 2231",
         "Content-Type: text/plain; name*0*=utf-8''%E6%97; name*1*=%A5; name*2=.txt\n\nx",
         "text/plain|||日.txt|1"},
        {"a name in encoded words",
         "Content-Disposition: inline; filename=\"=?utf-8?b?5pel?= =?utf-8?b?5pys?=.txt\"\n\nx",
         "text/plain||inline|日本.txt|1"},
        {"nested multiparts",
         MIXED
         "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nx\n--c\nContent-Type: text/html\n\ny\n--c--\n"
         "--b\nContent-Type: image/png\n\nz\n--b--\n",
         "text/plain||||1;text/html||||1;image/png||||1"},
        {"a mail within is one leaf", MIXED "--b\nContent-Type: Message/RFC822\n\nSubject: y\n\nz\n--b--\n",
         "message/rfc822||||13"},
        {"mails of a digest",
         "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: y\n\nz\n--b\nContent-Type: "
         "text/plain\n\nx\n--b--\n",
         "message/rfc822||||13;text/plain||||1"},
        {"no parts", MIXED "nothing here\n", "multipart/mixed||||0"},
        {"no last boundary", MIXED "--b\n\nx\n--b\n\ny\n", "text/plain||||1;text/plain||||2"},
        {"no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n",
         "multipart/mixed||||0"},
        {"a digest's name in capitals",
         "Content-Type: MULTIPART/DIGEST; boundary=b\n\n--b\n\nSubject: y\n\nz\n--b--\n",
         "message/rfc822||||13"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        g_autofree char *list = parts_of(message);
        if (strcmp(list, table[i].want) != 0)
            fail_msg("%s: got %s, want %s", table[i].name, list, table[i].want);
    }
}

static void text(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"plain, CRLF", "Subject: x\r\n\r\na\r\nb\r\n", "a\nb\n"},
        {"HTML behind an empty plain", MIXED "--b\n\n \n\n--b\nContent-Type: text/html\n\n<p>h\n--b--\n",
         "h\n"},
        {"an attachment is no text", MIXED "--b\nContent-Disposition: attachment\n\nno\n--b\n\nyes\n--b--\n",
         "yes"},
        {"a mail within is no text", MIXED "--b\nContent-Type: message/rfc822\n\nSubject: no\n\nno\n--b--\n",
         ""},
        {"base64 in chunks", "Content-Transfer-Encoding: base64\n\nYWJj\nZA==\nZWY=\n", "abcdef"},
        {"an encoding with a tail", "Content-Transfer-Encoding: \"Base64\"; x\n\nYWJj\n", "abc"},
        {"an encoding behind a comment", "Content-Transfer-Encoding: (x) base64\n\nYWJj\n", "abc"},
        {"an encoding in quotes", "Content-Transfer-Encoding: 'quoted-printable'\n\na=3Db\n", "a=b\n"},
        {"a list's footer behind base64",
         "Content-Transfer-Encoding: base64\n\nYWJjCg==\n____\nA list <a@example.com>\n",
         "abc\n____\nA list <a@example.com>\n"},
        {"quoted-printable with CRLF written out",
         "Content-Transfer-Encoding: quoted-printable\n\na=0D=0Ab\n", "a\nb\n"},
        {"the first encoding counts",
         "Content-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: base64\n\na=3Db\n",
         "a=b\n"},
        {"Shift_JIS", "Content-Type: text/plain; charset=Shift_JIS\n\n\x87\x40\n", "①\n"},
        {"ISO-2022-JP undeclared", "Subject: x\n\n\x1b$BF|\x1b(B\n", "日\n"},
        {"flowed", "Content-Type: text/plain; format=flowed\n\none \ntwo\n", "one two\n"},
        {"flowed, with blanks gone", "Content-Type: text/plain; format=Flowed; DelSp=Yes\n\n日 \n本\n",
         "日本\n"},
        {"a multipart without parts", MIXED "read me\r\n", "read me\n"},
        {"a multipart without a boundary", "Content-Type: multipart/mixed\n\nread me\n", "read me\n"},
        {"links of HTML", "Content-Type: text/html\n\n<a href=\"https://example.com/\">x</a>",
         "x <https://example.com/>"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        if (strcmp(message_text(message), table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, message_text(message), table[i].want);
    }
}

/* What the header parse leaves to the body, the body parse must read, and nothing twice. */
static void the_header_ends_where_it_ends(void **state)
{
#define FROM "From: a@example.com\n"
    static const struct {
        const char *name, *mail, *subject, *text;
        bool told;
    } table[] = {
        {"a blank line", FROM "Subject: s\n\nHello body\n", "s", "Hello body\n", false},
        {"none", FROM "Subject: s\nHello body\n", "s", "Hello body\n", true},
        {"none, in CRLF", "From: a@example.com\r\nSubject: s\r\nHello body\r\n\r\nx\r\n", "s",
         "Hello body\n\nx\n", true},
        {"only blanks", FROM "Subject: s\n \t \nHello: body\nx\n", "s", "Hello: body\nx\n", true},
        {"only blanks, in CRLF", FROM "Subject: s\r\n \r\nHello body\r\n", "s", "Hello body\n", true},
        {"only blanks before an indented text", FROM "Subject: s\n \n  Hello body\n", "s", "  Hello body\n",
         true},
        {"only blanks within a field", FROM "Subject: s\n \n t\nX: y\n\nHello body\n", "s  t", "Hello body\n",
         false},
        {"a garbage line in the middle", FROM "what is this\n of two lines\nSubject: s\n\nHello body\n", "s",
         "Hello body\n", true},
        {"a garbage line of other letters", FROM "Subject: s\n日本: x\nX: y\n\nHello body\n", "s",
         "日本: x\nX: y\n\nHello body\n", true},
        {"a colon that nothing stands before", FROM "Subject: s\n: x\nX: y\n\nHello body\n", "s",
         ": x\nX: y\n\nHello body\n", true},
        {"a mail within, forwarded as text",
         FROM "Subject: s\nHello body\nFrom: b@example.com\nSubject: t\n\nx\n", "s",
         "Hello body\nFrom: b@example.com\nSubject: t\n\nx\n", true},
        {"blanks before the colon", FROM "Subject : s\n\nHello body\n", "s", "Hello body\n", false},
        {"a header alone", FROM "Subject: s\n", "s", "", false},
        {"a header alone, cut", FROM "Subject: s", "s", "", false},
        {"an mbox line", "From a@example.com Mon\n" FROM "Subject: s\n\nHello body\n", "s", "Hello body\n",
         false},
        {"two mbox lines",
         "From a@example.com Mon\n>From b@example.com Mon\n" FROM "Subject: s\nHello body\n", "s",
         "Hello body\n", true},
        {"an mbox line in the middle", FROM "From b@example.com Mon\nSubject: s\n\nHello body\n", "s",
         "Hello body\n", true},
        {"blank lines before", "\n \n" FROM "Subject: s\nHello body\n", "s", "Hello body\n", true},
        {"a byte order mark before", "\xef\xbb\xbf" FROM "Subject: s\nHello body\n", "s", "Hello body\n",
         true},
        {"a boundary",
         FROM "Subject: s\nContent-Type: multipart/mixed; boundary=\"b:\"\n--b:\n\nHello body\n--b:--\n", "s",
         "Hello body", true},
        {"what looks like a boundary", FROM "Subject: s\n--b: c\nHello body\n", "s", "--b: c\nHello body\n",
         true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        g_autofree char *got = g_strdup_printf("%s|%s", message_subject(message), message_text(message));
        g_autofree char *want = g_strdup_printf("%s|%s", table[i].subject, table[i].text);
        g_autoptr(json_t) words = message_defects(message);
        g_autofree char *list = json_canonical(words);
        if (strcmp(got, want) != 0 || (strstr(list, "\"no-blank-line\"") != NULL) != table[i].told)
            fail_msg("%s: got '%s' and %s, want '%s'", table[i].name, got, list, want);
        assert_string_equal(message_from(message)->address, "a@example.com");
    }
#undef FROM
}

#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=c\n\n"
#define HTML "Content-Type: text/html\n\n"

/* What a person is shown: one of each alternative, and all of the rest, in order. */
static void text_of_all_that_is_shown(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"a footer behind HTML", MIXED "--b\n" HTML "<p>h\n--b\n\nfooter\n--b--\n", "h\nfooter"},
        {"a remark before HTML", MIXED "--b\n\n[EXTERNAL]\n--b\n" HTML "<p>h\n--b--\n", "[EXTERNAL]\nh\n"},
        {"two plain parts", MIXED "--b\n\none\n--b\n\n\n--b\n\ntwo\n\n--b--\n", "one\ntwo\n"},
        {"a footer behind alternatives",
         MIXED "--b\n" ALTERNATIVE "--c\n\np\n--c\n" HTML "<p>h\n--c--\n--b\n\nfooter\n--b--\n", "p\nfooter"},
        {"HTML where the plain alternative is blank",
         ALTERNATIVE "--c\nContent-Type: text/plain; charset=utf-8\n\n\u00a0\u200b \n--c\n" HTML
                     "<p>h\n--c--\n",
         "h\n"},
        {"plain where the HTML alternative stands first", ALTERNATIVE "--c\n" HTML "<p>h\n--c\n\np\n--c--\n",
         "p"},
        {"the last of two plain alternatives", ALTERNATIVE "--c\n\none\n--c\n\ntwo\n--c--\n", "two"},
        {"the last of two HTML alternatives",
         ALTERNATIVE "--c\n" HTML "one\n--c\n" HTML "two\n--c\n" HTML "<img>\n--c--\n", "two"},
        {"HTML with its pictures as an alternative",
         ALTERNATIVE "--c\n\n \n--c\nContent-Type: multipart/related; boundary=d\n\n--d\n" HTML
                     "<p>h\n--d\nContent-Type: image/png\n\nx\n--d--\n--c--\n",
         "h\n"},
        {"text beside a file as an alternative",
         ALTERNATIVE
         "--c\nContent-Type: multipart/mixed; boundary=d\n\n--d\n\np\n--d\nContent-Type: image/png\n\nx\n"
         "--d\n" HTML "<p>more\n--d--\n--c\n" HTML "<p>h\n--c--\n",
         "p\nmore\n"},
        {"plain beside HTML with a text of its own",
         ALTERNATIVE "--c\n\np\n--c\nContent-Type: multipart/mixed; boundary=d\n\n--d\n" HTML
                     "<p>h\n--d\n\nmore\n--d--\n--c--\n",
         "p"},
        {"HTML behind a blank of its own",
         ALTERNATIVE "--c\n\n \n--c\nContent-Type: multipart/mixed; boundary=d\n\n--d\n\n \n--d\n" HTML
                     "<p>h\n--d--\n--c--\n",
         "h\n"},
        {"an alternative with a name",
         ALTERNATIVE "--c\nContent-Type: text/plain; name=plain.txt\n\np\n--c\n" HTML "<p>h\n--c--\n", "p"},
        {"neither says a thing", ALTERNATIVE "--c\n\n \n--c\n" HTML "<img>\n--c--\n", ""},
        {"an appointment",
         ALTERNATIVE "--c\n" HTML "<p>h\n--c\nContent-Type: text/calendar\n\nBEGIN\n--c--\n", "h\n"},
        {"a first part with a name, beside a picture",
         MIXED
         "--b\nContent-Type: text/plain; name=mail.txt\n\np\n--b\nContent-Type: image/png\n\nx\n--b--\n",
         "p"},
        {"a first part that is attached",
         MIXED
         "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nno\n--b\n\np\n--b--\n",
         "p"},
        {"a text file", MIXED "--b\n\none\n--b\nContent-Type: text/plain; name=log.txt\n\nno\n--b--\n",
         "one"},
        {"a text file that is shown",
         MIXED
         "--b\n\none\n--b\nContent-Type: text/plain; name=log.txt\nContent-Disposition: inline\n\ntwo\n--b--\n",
         "one\ntwo"},
        {"a mail that is one named text", "Content-Type: text/plain; name=log.txt\n\none\n", "one\n"},
        {"a report",
         "Content-Type: multipart/report; boundary=b\n\n--b\n\none\n--b\nContent-Type: "
         "message/delivery-status\n\nX: no\n--b\nContent-Type: text/rfc822-headers\n\nX: no\n--b--\n",
         "one"},
        {"a signed mail",
         "Content-Type: multipart/signed; boundary=b\n\n--b\n" ALTERNATIVE "--c\n\np\n--c\n" HTML
         "h\n--c--\n--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--\n",
         "p"},
        {"a multipart without parts beside text",
         MIXED "--b\n\none\n--b\n" ALTERNATIVE "loose\n--b\n\ntwo\n--b--\n", "one\nloose\ntwo"},
        {"flowed lines end where their part does",
         MIXED "--b\nContent-Type: text/plain; format=flowed\n\none \n--b\n\ntwo\n--b--\n", "one \ntwo"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        if (strcmp(message_text(message), table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, message_text(message), table[i].want);
    }
}

static void what_is_not_shown_is_not_decoded(void **state)
{
    g_autoptr(message) message = read_mail(
        MIXED "--b\n" ALTERNATIVE "--c\n\np\n--c\n" HTML "<p>h\n--c--\n--b\nContent-Type: text/plain\n"
              "Content-Disposition: attachment\n\nno\n--b\nContent-Type: text/csv\n\n1\n--b\n\nq\n--b--\n");
    assert_string_equal(message_text(message), "p\nq");
    assert_int_equal(message_decoded(message), 2);
    assert_string_equal(message_html(message), "h\n");
    assert_int_equal(message_decoded(message), 3);
}

/* The parts of a mail that is longer than the limit are not all decoded for a text that is clipped. */
static void text_of_many_parts_is_bounded(void **state)
{
    const struct limits limits = {1 << 20, 1 << 16, 1 << 14, 64, 200, 200, 16, 1000};
    g_autoptr(GString) text = g_string_new(MIXED);
    for (int i = 0; i < 100; i++)
        g_string_append_printf(text, "--b\n\n%0300d\n", i);
    for (int i = 0; i < 50; i++)
        g_string_append(text, "--b\n" HTML "<img>\n");
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    g_autoptr(message) message = message_new(bytes, &limits);
    assert_int_equal(strlen(message_text(message)), 1000);
    assert_int_equal(message_decoded(message), 4);
    g_autoptr(json_t) words = message_defects(message);
    g_autofree char *list = json_canonical(words);
    assert_non_null(strstr(list, "text-too-long"));
}

/* A tree costs up to a third of a second for a megabyte. */
static void trees_of_html_are_bounded(void **state)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GString) text = g_string_new(MIXED);
    for (int i = 0; i < 10; i++) {
        g_string_append(text, "--b\n" HTML);
        for (int j = 0; j < 70000; j++)
            g_string_append(text, "<b><i></b></i>");
        g_string_append(text, "\n");
    }
    g_autoptr(GString) many = g_string_new(MIXED);
    for (int i = 0; i < 40; i++)
        g_string_append_printf(many, "--b\n" HTML "<p>%d<p hidden>no\n", i);
    g_autoptr(GBytes) long_bytes = g_bytes_new(text->str, text->len),
                      many_bytes = g_bytes_new(many->str, many->len);
    g_autoptr(message) long_mail = message_new(long_bytes, &limits),
                       many_mail = message_new(many_bytes, &limits);
    message_text(long_mail);
    const char *seen = message_text(many_mail);
    assert_non_null(strstr(seen, "15\n 16 no")); /* the last tree */
    assert_non_null(strstr(seen, " 39 no"));     /* all is read, with what is hidden */
}

static void charset_of_html(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"of a meta tag", HTML "<meta charset=shift_jis><p>\x93\xfa\x96\x7b", "日本\n"},
        {"in quotes", HTML "<META CharSet = \"EUC-KR\" ><p>\xb0\xed", "고\n"},
        {"in single quotes", HTML "<meta name=x charset='koi8-r'/><p>\xf0", "П\n"},
        {"of Content-Type",
         HTML "<meta http-equiv=Content-Type content=\"text/html; charset=koi8-r\"><p>\xf0", "П\n"},
        {"the declared one before it",
         "Content-Type: text/html; charset=windows-1251\n\n<meta charset=koi8-r><p>\xcf", "П\n"},
        {"what is UTF-8 is UTF-8", HTML "<meta charset=koi8-r><p>日本", "日本\n"},
        {"in a comment it is none", HTML "<!-- <meta charset=koi8-r> --><meta charset=euc-kr><p>\xb0\xed",
         "고\n"},
        {"of another tag it is none", HTML "<metal charset=koi8-r><meta charset=euc-kr><p>\xb0\xed", "고\n"},
        {"without a value", HTML "<meta charset><p>x", "x\n"},
        {"cut", HTML "<p>x<meta charset=", "x\n"},
        {"not of plain text", "Content-Type: text/plain\n\n<meta charset=koi8-r>\x93\xfa\x96\x7b",
         "<meta charset=koi8-r>日本"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        if (strcmp(message_text(message), table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, message_text(message), table[i].want);
    }
}

static void defects(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"none", "From: a@example.com\nSubject: x\n\nx\n", "[]"},
        {"no From", "Subject: x\n\nx\n", "[\"no-from\"]"},
        {"repeated",
         "From: a@example.com\nFrom: b@example.com\nSubject: a\nSubject: b\nDate: a\nDate: b\nContent-Type: "
         "text/plain\nContent-Type: text/html\n\nx\n",
         "[\"duplicate-content-type\",\"duplicate-date\",\"duplicate-from\",\"duplicate-subject\"]"},
        {"unknown charset", "From: a@example.com\nContent-Type: text/plain; charset=nobody\n\nx\n",
         "[\"charset-unknown\"]"},
        {"undecodable", "From: a@example.com\nSubject: =?utf-8?q?=FF?=\n\n\xff\n",
         "[\"undecodable-header\",\"undecodable-text\"]"},
        {"unseen characters",
         "From: a@example.com\nSubject: a\xe2\x80\x8b"
         "b\xe2\x80\xae"
         "c\x01\n\nx\n",
         "[\"bidi-control\",\"control-in-header\",\"zero-width\"]"},
        {"unseen characters in the text", "From: a@example.com\n\nAma\xe2\x80\x8bzon \xe2\x80\xaex\n",
         "[\"bidi-control-in-text\",\"zero-width-in-text\"]"},
        {"unseen characters in the text of HTML",
         "From: a@example.com\nContent-Type: text/html\n\n<p>Ama&#x200b;zon\n", "[\"zero-width-in-text\"]"},
        {"no parts", "From: a@example.com\n" MIXED "\n", "[\"multipart-without-parts\"]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].mail);
        message_text(message);
        g_autoptr(json_t) words = message_defects(message);
        g_autofree char *list = json_canonical(words);
        if (strcmp(list, table[i].want) != 0)
            fail_msg("%s: got %s, want %s", table[i].name, list, table[i].want);
    }
}

static void inspect_prints_everything(void **state)
{
    g_autoptr(message) message = read_mail(
        "From: A <a@example.com>\nTo: b@example.com\nDate: Mon, 23 Nov 2026 22:00:11 +0900\nMessage-ID: <i@x>\n"
        "Subject: s\n\nt\n");
    g_autoptr(json_t) inspected = message_inspect(message);
    json_object_del(inspected, "headers");
    g_autofree char *whole = json_canonical(inspected);
    assert_string_equal(
        whole,
        "{\"cc\":[],\"date\":\"2026-11-23T13:00:11Z\",\"defects\":[],\"from\":{\"address\":"
        "\"a@example.com\",\"name\":\"A\"},\"message_id\":\"i@x\",\"parts\":[{\"charset\":null,"
        "\"disposition\":null,\"filename\":null,\"size\":2,\"text\":\"t\\n\",\"type\":\"text/plain\"}],"
        "\"subject\":\"s\",\"text\":\"t\\n\",\"to\":[{\"address\":\"b@example.com\",\"name\":\"\"}]}");
    g_autoptr(message) empty = read_mail("");
    g_autoptr(json_t) nothing = message_inspect(empty);
    static const char *const keys[] = {"message_id", "subject", "from",  "to",   "cc",
                                       "date",       "headers", "parts", "text", "defects"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        assert_non_null(json_object_get(nothing, keys[i]));
}

static void file_names(void **state)
{
    static const struct {
        const char *name, *fields, *want;
    } table[] = {
        {"behind padding",
         "Content-Disposition: attachment; filename=\"=?utf-8?b?5pelYQ==?= =?utf-8?b?5pys?=.txt\"\n",
         "日a本.txt"},
        {"of the type", "Content-Type: application/pdf; name=\"a.pdf\"\n", "a.pdf"},
        {"of the disposition before that of the type",
         "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: inline; filename=b.pdf\n", "b.pdf"},
        {"of the type where the disposition has none",
         "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n", "a.pdf"},
        {"raw, as the body", "Content-Type: text/plain; charset=shift_jis; name=\"\x95\x5c.txt\"\n",
         "表.txt"},
        {"none", "Content-Disposition: attachment\n", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *mail = g_strconcat("From: a@example.com\n", table[i].fields, "\nx\n", NULL);
        g_autoptr(message) message = read_mail(mail);
        const struct part *part = message_parts(message)->pdata[0];
        if (g_strcmp0(part->filename, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, part->filename, table[i].want);
    }
}

static void a_byte_order_mark_is_no_text(void **state)
{
    g_autoptr(message) message = read_mail("From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n"
                                           "\xef\xbb\xbfone\n\xef\xbb\xbftwo\n");
    assert_string_equal(message_text(message), "one\n\xef\xbb\xbftwo\n");
    g_autoptr(message) loose = read_mail("From: a@example.com\nContent-Type: multipart/mixed\n\n"
                                         "\xef\xbb\xbfone\n");
    assert_string_equal(message_text(loose), "one\n");
}

static void a_raw_header_is_read_as_the_body(void **state)
{
    g_autoptr(message) message = read_mail("Subject: \xb9\xd8\xd3\xda\xbb\xe1\xd2\xe9\n"
                                           "Content-Type: text/plain; charset=gb2312\n\nx\n");
    assert_string_equal(message_subject(message), "关于会议");
    g_autoptr(message) japanese =
        read_mail("Subject: \x95\x5c\nContent-Type: text/plain; charset=sjis\n\nx\n");
    assert_string_equal(message_subject(japanese), "表");
}

int main(void)
{
    mail_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(the_body_is_parsed_when_asked_for),
        cmocka_unit_test(a_part_is_decoded_when_asked_for),
        cmocka_unit_test(parts),
        cmocka_unit_test(text),
        cmocka_unit_test(text_of_all_that_is_shown),
        cmocka_unit_test(what_is_not_shown_is_not_decoded),
        cmocka_unit_test(text_of_many_parts_is_bounded),
        cmocka_unit_test(trees_of_html_are_bounded),
        cmocka_unit_test(charset_of_html),
        cmocka_unit_test(the_header_ends_where_it_ends),
        cmocka_unit_test(defects),
        cmocka_unit_test(inspect_prints_everything),
        cmocka_unit_test(file_names),
        cmocka_unit_test(a_byte_order_mark_is_no_text),
        cmocka_unit_test(a_raw_header_is_read_as_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
