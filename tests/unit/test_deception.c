/* Signs of deception: which mail shows which, each once, and none of what AWS sends. */
#include "base/json.h"
#include "mail/deception.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct links *known_links;
static struct auth_senders *senders;

static int set_up(void **state)
{
    g_autoptr(json_t) known = json_pack(
        "{s:[ss], s:[s], s:[s], s:[s], s:[s], s:[sss], s:[s], s:[s]}", "aws", "amazon.com", "aws.com",
        "hosted", "amazonaws.com", "redirects", "awstrack.me", "opaque", "mimecast.com", "lures", "login",
        "executable", "exe", "js", "com", "executable_types", "application/hta", "pages", "html");
    g_autoptr(json_t) list = json_pack("[{s:s}, {s:s}]", "address", "no-reply-aws@amazon.com", "address",
                                       "no-reply@amazonaws.com");
    known_links = links_new(known);
    senders = auth_senders_new(list);
    return 0;
}

static int tear_down(void **state)
{
    links_free(known_links);
    auth_senders_free(senders);
    return 0;
}

#define FROM "From: AWS <no-reply-aws@amazon.com>\n"
#define HTML FROM "Content-Type: text/html\n\n"
#define MIXED FROM "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
#define PART(type, rest) MIXED "Content-Type: " type "\n" rest
#define IMITATED DECEPTION_IMITATED_LINK
#define LINK DECEPTION_LINK
#define REPLY DECEPTION_REPLY_TO
#define RUNS DECEPTION_EXECUTABLE

struct wish {
    const char *name, *mail;
    unsigned signs;
};

static unsigned count_bits(unsigned bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static void assert_signs(const struct wish *wish, const char *recipient)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new(wish->mail, strlen(wish->mail));
    g_autoptr(message) message = message_new(bytes, &limits);
    g_autoptr(json_t) reasons = json_array();
    unsigned signs = deception_read(message, known_links, senders, recipient, reasons);
    g_autofree char *text = json_canonical(reasons);
    if (signs != wish->signs || json_array_size(reasons) != count_bits(signs))
        fail_msg("%s: want %u, got %u: %s", wish->name, wish->signs, signs, text);
}

static void links_that_deceive(void **state)
{
    static const struct wish table[] = {
        {"nothing", FROM "\nhello https://aws.amazon.com/ and https://customer.example/\n", 0},
        {"a name in front", FROM "\nhttps://aws.amazon.com.evil.example\n", IMITATED},
        {"in the subject", FROM "Subject: https://aws.amazon.com.evil.example\n\nx\n", IMITATED},
        {"without a scheme", FROM "\n<aws.amazon.com.evil.example/x>.\n", IMITATED},
        {"names of packages", FROM "\ncom.amazonaws.services.s3 aws.example.Class amazon.nova-pro\n", 0},
        {"a word before the @", FROM "\nhttps://aws@evil.example/\n", IMITATED},
        {"another before the @", FROM "\nhttps://bob@customer.example/\n", 0},
        {"both kinds", FROM "\nhttps://amaz0n.example https://notamazon.com\n", IMITATED | LINK},
        {"each once", FROM "\nhttps://notamazon.com https://notamazon.com https://xamazon.example\n", LINK},
        {"in brackets", FROM "\n(https://aws-login.example/)\n", LINK},
        {"plain HTTP", FROM "\nhttp://signin.amazon.com/\n", LINK},
        {"plain HTTP elsewhere", FROM "\nhttp://aws.amazon.com/ http://login.customer.example/\n", 0},
        {"behind a redirect", FROM "\nhttps://a.awstrack.me/L0/https:%2F%2Faws-login.example%2F/1\n", LINK},
        {"what is shown", HTML "<a href='https://evil.example'>go to <b>https://aws.amazon.com/x</b> now</a>",
         LINK},
        {"what is shown is the same",
         HTML "<a href='https://evil.example'>https://evil.example/aws.amazon.com</a>", 0},
        {"what is shown is AWS's too", HTML "<a href='https://x.aws.com/'>aws.amazon.com</a>", 0},
        {"what is shown leads to a bucket", HTML "<a href='https://x.s3.amazonaws.com/'>aws.amazon.com</a>",
         LINK},
        {"a bucket", HTML "<a href='https://x.s3.amazonaws.com/'>https://x.s3.amazonaws.com/</a>", 0},
        {"nobody knows where it leads", HTML "<a href='https://x.mimecast.com/s/1'>aws.amazon.com</a>", 0},
        {"an address of mail", HTML "<a href='https://customer.example/'>no-reply@aws.amazon.com</a>", 0},
        {"the other alternative",
         FROM
         "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nfine\n--b\nContent-Type: text/html\n\n"
         "<a href='https://evil.example'>aws.amazon.com</a>\n--b--\n",
         LINK},
        {"a link that nobody sees",
         HTML "x<div style='display:none'><a href='https://notamazon.com'>y</a></div>", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        assert_signs(&table[i], NULL);
}

static void more_links_than_are_looked_at(void **state)
{
    g_autoptr(GString) mail = g_string_new(FROM "\n");
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(mail, "https://h%d.example/\n", i);
    const struct wish within = {"within", mail->str, 0};
    assert_signs(&within, NULL);
    g_string_append(mail, "https://h0.example/ https://one-more.example/\n");
    const struct wish beyond = {"beyond", mail->str, LINK};
    assert_signs(&beyond, NULL);
}

static void more_addresses_than_are_looked_at(void **state)
{
    g_autoptr(GString) mail = g_string_new(FROM "\n");
    for (int i = 0; i < 5000; i++)
        g_string_append(mail, "aws.com\n");
    const struct wish within = {"within", mail->str, 0};
    assert_signs(&within, NULL);
    g_string_append(mail, "aws.com\n");
    const struct wish beyond = {"beyond", mail->str, LINK};
    assert_signs(&beyond, NULL);
}

static void answers(void **state)
{
    static const struct wish table[] = {
        {"none", FROM "\nx\n", 0},
        {"to itself", FROM "Reply-To: no-reply-aws@amazon.com\n\nx\n", 0},
        {"to another of AWS's", FROM "Reply-To: x@support.aws.com\n\nx\n", 0},
        {"below From's domain", FROM "Reply-To: x@y.amazon.com\n\nx\n", 0},
        {"to a free mailer", FROM "Reply-To: aws@mailer.example\n\nx\n", REPLY},
        {"the second one", FROM "Reply-To: no-reply-aws@amazon.com, aws@mailer.example\n\nx\n", REPLY},
        {"to a customer's machine", "From: no-reply@amazonaws.com\nReply-To: x@y.amazonaws.com\n\nx\n",
         REPLY},
        {"to one's own domain", FROM "Reply-To: x@example.jp\n\nx\n", REPLY},
        {"to one's own list", FROM "List-Id: <x.example.jp>\nReply-To: x@example.jp\n\nx\n", 0},
        {"to another's list", FROM "List-Id: <x.example.org>\nReply-To: x@example.org\n\nx\n", REPLY},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        assert_signs(&table[i], "root@example.jp");
}

static void attachments(void **state)
{
    static const struct wish table[] = {
        {"a document", PART("application/pdf; name=a.pdf", "\n%PDF-1.7\n--b--\n"), 0},
        {"two ends", PART("application/octet-stream; name=a.pdf.exe", "\nx\n--b--\n"), RUNS},
        {"capitals", PART("application/octet-stream; name=A.EXE", "\nx\n--b--\n"), RUNS},
        {"dots and blanks at the end", PART("application/octet-stream; name=\"a.exe. .\"", "\nx\n--b--\n"),
         RUNS},
        {"full width", PART("application/octet-stream; name*=utf-8''a%EF%BC%8Eexe", "\nx\n--b--\n"), RUNS},
        {"turned around",
         PART("application/octet-stream",
              "Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe\n\nx\n--b--\n"),
         RUNS},
        {"by its type", PART("application/hta", "\nx\n--b--\n"), RUNS},
        {"by its bytes", PART("application/pdf; name=a.pdf", "\nMZ\x90\n--b--\n"), RUNS},
        {"by its encoded bytes",
         PART("application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64\n\nf0VMRgIBAQ==\n--b--\n"),
         RUNS},
        {"in an archive",
         PART(
             "application/zip; name=a.zip",
             "Content-Transfer-Encoding: base64\n\nUEsDBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAYS5qcw==\n--b--\n"),
         RUNS},
        {"a document in an archive",
         PART(
             "application/zip; name=a.zip",
             "Content-Transfer-Encoding: base64\n\nUEsDBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFAAAAYS5wZGY=\n--b--\n"),
         0},
        {"a cut archive",
         PART("application/zip; name=a.zip", "Content-Transfer-Encoding: base64\n\nUEsDBA==\n--b--\n"), 0},
        {"a page as a file",
         PART("text/html; name=a.html", "Content-Disposition: attachment\n\n<p>x\n--b--\n"), RUNS},
        {"a page without a name", PART("text/html", "Content-Disposition: attachment\n\n<p>x\n--b--\n"),
         RUNS},
        {"a page that is shown", PART("text/html", "\n<p>x\n--b--\n"), 0},
        {"a text that begins so", PART("text/plain", "\nMZ\n--b--\n"), 0},
        {"a mail", PART("message/rfc822; name=aws.amazon.com", "\nSubject: x\n\nx\n--b--\n"), 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        assert_signs(&table[i], NULL);
}

static void a_strangers_links(void **state)
{
    static const struct wish table[] = {
        {"imitates",
         FROM "Reply-To: x@y.example\n\nhttps://notamazon.com https://aws.amazon.com.evil.example\n",
         IMITATED},
        {"is like", FROM "\nhttps://notamazon.com\n", 0},
        {"shows another", HTML "<a href='https://evil.example'>aws.amazon.com</a>", 0},
        {"runs", PART("application/hta", "\nx\n--b--\n"), 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const struct limits limits = LIMITS_DEFAULT;
        g_autoptr(GBytes) bytes = g_bytes_new(table[i].mail, strlen(table[i].mail));
        g_autoptr(message) message = message_new(bytes, &limits);
        g_autoptr(json_t) reasons = json_array();
        if (deception_read_imitation(message, known_links, reasons) != table[i].signs)
            fail_msg("%s", table[i].name);
    }
}

static void reasons_and_defects(void **state)
{
    static const char mail[] = PART("application/hta; name=\"a\x1b[1m.hta\"", "\nx\n--b--\n");
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));
    g_autoptr(message) message = message_new(bytes, &limits);
    g_autoptr(json_t) reasons = json_array();
    deception_read(message, known_links, senders, NULL, reasons);
    g_autoptr(json_t) defects = message_defects(message);
    g_autofree char *text = json_canonical(reasons), *words = json_canonical(defects);
    assert_null(strchr(text, 0x1b));
    assert_non_null(strstr(text, "an attachment may run when it is opened: a"));
    assert_non_null(strstr(words, "\"executable-attachment\""));
}

int main(void)
{
    mail_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_that_deceive),
        cmocka_unit_test(more_links_than_are_looked_at),
        cmocka_unit_test(more_addresses_than_are_looked_at),
        cmocka_unit_test(answers),
        cmocka_unit_test(attachments),
        cmocka_unit_test(a_strangers_links),
        cmocka_unit_test(reasons_and_defects),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
