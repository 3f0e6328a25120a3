/* Who speaks: the four verdicts, which results count, and what a stranger may do to look like AWS. */
#include "base/json.h"
#include "mail/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct auth_trust trusted = {.servers = (char *[]){"mx.example.jp", "mx2.example.jp", NULL},
                                          .lists = (char *[]){NULL},
                                          .sealers = (char *[]){NULL}};
static const struct auth_trust with_relays = {.servers = (char *[]){"mx.example.jp", NULL},
                                              .lists = (char *[]){"aws@lists.example.jp", NULL},
                                              .sealers =
                                                  (char *[]){"forwarder.example", "other.example", NULL}};
static struct auth_senders *senders;

static int set_up(void **state)
{
    g_autoptr(json_t) list =
        json_pack("[{s:s}, {s:s}, {s:s, s:b}, {s:s, s:b}, {s:s, s:[ss]}]", "domain", "aws.com", "address",
                  "no-reply-aws@amazon.com", "address", "no-reply@sns.amazonaws.com", "carries_strangers", 1,
                  "domain", "amazon.com", "shared", 1, "address", "no-reply@amazonaws.com", "proven_by",
                  "amazonaws.com", "costalerts.amazonaws.com");
    senders = auth_senders_new(list);
    return 0;
}

static int tear_down(void **state)
{
    auth_senders_free(senders);
    return 0;
}

static struct message *read_mail(const char *header)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autofree char *text = g_strconcat(header, "\nx\n", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return message_new(bytes, &limits);
}

#define AWS "From: Amazon Web Services <no-reply-aws@amazon.com>\n"
#define PASS "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com\n"
#define STRANGER "From: Bob <bob@example.com>\n"

struct wish {
    const char *name, *header;
    enum auth_verdict verdict;
};

static void assert_verdicts(const struct wish *table, size_t count, const struct auth_trust *trust)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(message) message = read_mail(table[i].header);
        struct auth *auth = auth_read(message, senders, trust);
        g_autofree char *text = json_canonical(auth->json);
        bool right = auth->verdict == table[i].verdict &&
                     strcmp(json_text_or(auth->json, "verdict", ""), auth_verdict_name(auth->verdict)) == 0;
        auth_free(auth);
        if (!right)
            fail_msg("%s: want %s, got %s", table[i].name, auth_verdict_name(table[i].verdict), text);
    }
}

static void proof(void **state)
{
    static const struct wish table[] = {
        {"DKIM", PASS AWS, AUTH_PROVEN},
        {"DMARC", "Authentication-Results: mx.example.jp; dmarc=pass header.from=amazon.com\n" AWS,
         AUTH_PROVEN},
        {"a listed domain",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=aws.com\nFrom: health@aws.com\n",
         AUTH_PROVEN},
        {"folded, with comments, in capitals",
         "Authentication-Results: MX.example.jp 1;\n\tDKIM=Pass (2048-bit key; ok)\n\theader.d=Amazon.com\n" AWS,
         AUTH_PROVEN},
        {"a domain with a dot at its end",
         "Authentication-Results: mx.example.jp; dkim=pass HEADER.D=Amazon.com.;\n" AWS, AUTH_PROVEN},
        {"DMARC fails for another From",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=fail header.from=example.org\n" AWS,
         AUTH_PROVEN},
        {"DMARC could not be looked up",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=temperror header.from=amazon.com\n" AWS,
         AUTH_PROVEN},
        {"header.i alone", "Authentication-Results: mx.example.jp; dkim=pass header.i=@amazon.com\n" AWS,
         AUTH_PROVEN},
        {"a second signature fails",
         "Authentication-Results: mx.example.jp; dkim=fail header.d=amazonses.com;\n"
         " dkim=pass header.d=amazon.com\n" AWS,
         AUTH_PROVEN},
        {"the second trusted server",
         "Authentication-Results: mx2.example.jp; dkim=pass header.d=amazon.com\n" AWS, AUTH_PROVEN},
        {"a block of two fields", "Authentication-Results: mx.example.jp; spf=pass\n" PASS AWS, AUTH_PROVEN},
        {"two fields with what a filter wrote between them",
         "Authentication-Results: mx.example.jp; spf=pass\nDKIM-Filter: x\n" PASS AWS, AUTH_PROVEN},
        {"as iCloud writes it",
         "Authentication-Results: mx.example.jp; bimi=skipped reason=\"insufficient dmarc\"\nX-ARC-Info: x\n"
         "Authentication-Results: mx2.example.jp; arc=none\nAuthentication-Results: mx.example.jp; dmarc=pass "
         "header.from=amazon.com\nX-DMARC-Info: pass=pass; dmarc-policy=quarantine\nX-DMARC-Policy: v=DMARC1\n"
         "Authentication-Results: mx2.example.jp; dkim=pass (2048-bit key) header.d=amazon.com header.i=@amazon.com "
         "header.b=abc\nAuthentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x@amazonses.com\n"
         "Received-SPF: pass\nReceived: x\n" AWS,
         AUTH_PROVEN},
        {"versions (RFC 8601, 2.2)",
         "Authentication-Results: mx.example.jp 1; dkim/1 = pass header.d = amazon.com\n" AWS, AUTH_PROVEN},
        {"as Google writes it",
         "Authentication-Results: mx.example.jp;\n       dkim=pass header.i=@amazon.com header.s=szqgv33 header.b=IQc0x0aC;\n"
         "       dkim=pass header.i=@amazonses.com header.s=ug7nbtf header.b=\"X4g/lT==\";\n"
         "       spf=pass (example.jp: domain of 0100-1@amazonses.com designates 192.0.2.1 as permitted sender) "
         "smtp.mailfrom=0100-1@amazonses.com;\n       dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE) header.from=amazon.com\n" AWS,
         AUTH_PROVEN},
        {"as Yahoo and Microsoft write it",
         "Authentication-Results: mx.example.jp; spf=pass(192.0.2.1) smtp.mailfrom=a@amazonses.com; dkim=fail(x)header.d=amazon.com;\n"
         " dmarc=pass(p=quarantine)action=none header.from=amazon.com;compauth=pass reason=100\n" AWS,
         AUTH_PROVEN},
        {"behind a field of another server", "Authentication-Results: other.example; dkim=fail\n" PASS AWS,
         AUTH_PROVEN},
        {"no results", AWS, AUTH_FORGED},
        {"DKIM fails", "Authentication-Results: mx.example.jp; dkim=fail header.d=amazon.com\n" AWS,
         AUTH_FORGED},
        {"a temporary error",
         "Authentication-Results: mx.example.jp; dkim=temperror header.d=amazon.com\n" AWS, AUTH_FORGED},
        {"none", "Authentication-Results: mx.example.jp; none\n" AWS, AUTH_FORGED},
        {"SPF alone", "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=amazon.com\n" AWS,
         AUTH_FORGED},
        {"another domain signed",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazonses.com\n" AWS, AUTH_FORGED},
        {"a domain that ends alike",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=evilamazon.com\n" AWS, AUTH_FORGED},
        {"the top-level domain", "Authentication-Results: mx.example.jp; dkim=pass header.d=com\n" AWS,
         AUTH_FORGED},
        {"DMARC of another From",
         "Authentication-Results: mx.example.jp; dmarc=pass header.from=example.org\n" AWS, AUTH_FORGED},
        {"an untrusted server", "Authentication-Results: mx.example.org; dkim=pass header.d=amazon.com\n" AWS,
         AUTH_FORGED},
        {"a server whose name begins alike",
         "Authentication-Results: mx.example.jp.evil.example; dkim=pass "
         "header.d=amazon.com\n" AWS,
         AUTH_FORGED},
        {"a stranger", "Authentication-Results: mx.example.jp; dkim=pass header.d=example.com\n" STRANGER,
         AUTH_STRANGER},
        {"a sender that carries strangers' words",
         "Authentication-Results: mx.example.jp; dkim=pass "
         "header.d=sns.amazonaws.com\nFrom: no-reply@sns.amazonaws.com\n",
         AUTH_STRANGER},
        {"the same, unproven", "From: no-reply@sns.amazonaws.com\n", AUTH_FORGED},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), &trusted);
}

static void what_proves_nothing(void **state)
{
    static const struct wish table[] = {
        {"two From", PASS AWS "From: evil@example.org\n", AUTH_FORGED},
        {"two From, ours behind", PASS "From: evil@example.org\n" AWS, AUTH_FORGED},
        {"two addresses", PASS "From: no-reply-aws@amazon.com, evil@example.org\n", AUTH_FORGED},
        {"two Subject", PASS AWS "Subject: a\nSubject: b\n", AUTH_FORGED},
        {"two Date", PASS AWS "Date: a\nDate: b\n", AUTH_FORGED},
        {"two Content-Type", PASS AWS "Content-Type: text/plain\nContent-Type: text/html\n", AUTH_FORGED},
        {"a From with a blank before its colon", PASS AWS "From : evil@example.org\n", AUTH_FORGED},
        {"results of a second block",
         "Authentication-Results: mx.example.jp; dkim=none\n"
         "Received: from evil by mx.example.jp; x\n" PASS AWS,
         AUTH_FORGED},
        {"a word decoded into results",
         "Authentication-Results: mx.example.jp; spf=pass "
         "smtp.mailfrom==?utf-8?q?=3B_dkim=3Dpass_header.d=3Damazon.com_x?=@example.org\n" AWS,
         AUTH_FORGED},
        {"results in a quoted local part",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=amazon.com\"@example.org\n" AWS,
         AUTH_FORGED},
        {"the same with an escaped quote",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=\"\\\"; dkim=pass header.d=amazon.com \"@e.org\n" AWS,
         AUTH_FORGED},
        {"a domain in a quoted local part",
         "Authentication-Results: mx.example.jp; dkim=pass header.i=\"a@amazon.com\"@example.org\n" AWS,
         AUTH_FORGED},
        {"a property in a quoted local part",
         "Authentication-Results: mx.example.jp; dkim=pass header.i=\"a header.d=amazon.com b\"@example.org\n" AWS,
         AUTH_FORGED},
        {"a result in a comment",
         "Authentication-Results: mx.example.jp; dkim=fail (dkim=pass header.d=amazon.com)\n" AWS,
         AUTH_FORGED},
        {"a domain that an unquoted envelope address ends",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=amazon.com@example.org\n" AWS,
         AUTH_FORGED},
        {"a word behind it",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=amazon.com y@example.org\n" AWS,
         AUTH_FORGED},
        {"a property behind it",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=amazon.com header.b=@example.org\n" AWS,
         AUTH_FORGED},
        {"a signer of another domain behind it",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=amazon.com header.i=@example.org\n" AWS,
         AUTH_FORGED},
        {"DMARC, and a property behind it",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dmarc=pass header.from=amazon.com policy.x=@example.org\n" AWS,
         AUTH_FORGED},
        {"two domains in one result",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com header.d=example.org\n" AWS,
         AUTH_FORGED},
        {"results behind another field",
         "Authentication-Results: mx.example.jp; dkim=fail header.d=amazon.com\nX-Mailer: x\n" PASS AWS,
         AUTH_FORGED},
        {"a domain that goes on in brackets",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com(.example.org\n" AWS,
         AUTH_FORGED},
        {"the same, closed by the selector",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com(.example.org header.s=x).y\n" AWS,
         AUTH_FORGED},
        {"a domain with a comment upon it",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com(a).example.org\n" AWS,
         AUTH_FORGED},
        {"DMARC with a comment upon its domain",
         "Authentication-Results: mx.example.jp; dmarc=pass header.from=amazon.com(.example.org)\n" AWS,
         AUTH_FORGED},
        {"a server with a comment upon its name",
         "Authentication-Results: mx.example.jp(.example.org); dkim=pass header.d=amazon.com\n" AWS,
         AUTH_FORGED},
        {"a domain with a sign in it",
         "Authentication-Results: mx.example.jp; dkim=pass header.i=@amazon.com/x\n" AWS, AUTH_FORGED},
        {"DMARC fails",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=fail header.from=amazon.com\n" AWS,
         AUTH_FORGED},
        {"DMARC fails in another field",
         "Authentication-Results: mx.example.jp; dkim=none; dmarc=fail (p=quarantine) header.from=amazon.com\n" PASS
             AWS,
         AUTH_FORGED},
        {"whole results in an envelope address",
         "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=amazon.com; x@example.org\n" AWS,
         AUTH_FORGED},
        {"a quote that leaves a comment",
         "Authentication-Results: mx.example.jp; spf=pass (domain of \"x) x; dkim=pass header.d=amazon.com; x=y (\"@e.org) x=y\n" AWS,
         AUTH_FORGED},
        {"results in a signature's identity",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=example.org header.i=@example.org; dkim=pass "
         "header.d=amazon.com; y=b.example.org header.b=abc; x=y\n" AWS,
         AUTH_FORGED},
        {"the same, well formed",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=example.org header.i=@example.org; dkim=pass "
         "header.d=amazon.com; dkim=pass header.i=@b.example.org\nDKIM-Signature: v=1; d=example.org; "
         "i=@example.org=3B=20dkim=3Dpass=20header.d=3Damazon.com\n" AWS,
         AUTH_FORGED},
        {"results in the envelope's sender",
         "Return-Path: <\"x; dkim=pass header.d=amazon.com; z=pass smtp.mailfrom=\"@example.org>\n" PASS AWS,
         AUTH_FORGED},
        {"a comment left open",
         "Authentication-Results: mx.example.jp; dkim=fail (x; dkim=pass header.d=amazon.com\n" AWS,
         AUTH_FORGED},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), &trusted);
}

static void claims(void **state)
{
    static const struct wish table[] = {
        {"a display name", "From: Amazon Web Services <a@example.org>\n", AUTH_FORGED},
        {"a short one, in Japanese", "From: AWSサポート <a@example.org>\n", AUTH_FORGED},
        {"an encoded name", "From: =?utf-8?b?QVdT?= <a@example.org>\n", AUTH_FORGED},
        {"full width", "From: ＡＷＳ <a@example.org>\n", AUTH_FORGED},
        {"zero width within", "From: Ama\xe2\x80\x8bzon <a@example.org>\n", AUTH_FORGED},
        {"bidi within", "From: A\xe2\x80\xaaWS <a@example.org>\n", AUTH_FORGED},
        {"letters that look alike", "From: \xd0\x90mаzon <a@example.org>\n", AUTH_FORGED},
        {"digits that look alike", "From: Amaz0n <a@example.org>\n", AUTH_FORGED},
        {"an address as a name", "From: \"no-reply-aws@amazon.com\" <a@example.org>\n", AUTH_FORGED},
        {"the second address in a name", "From: \"a@b.example no-reply@aws.com\" <a@example.org>\n",
         AUTH_FORGED},
        {"a group's name", "From: Amazon Web Services: a@example.org;\n", AUTH_FORGED},
        {"a comment", "From: a@example.org (AWS Support)\n", AUTH_FORGED},
        {"a name without an address", "From: Amazon Web Services\n", AUTH_FORGED},
        {"Reply-To", STRANGER "Reply-To: AWS <a@example.org>\n", AUTH_FORGED},
        {"a domain that looks alike", "From: a@amaz0n.com\n", AUTH_FORGED},
        {"a domain with rn", "From: a@arnazon.com\n", AUTH_FORGED},
        {"an international domain that looks alike", "From: a@xn--mazon-3ve.com\n", AUTH_FORGED},
        {"a listed domain as a label", "From: a@aws.example.org\n", AUTH_FORGED},
        {"a listed domain, another address", "From: someone@amazon.com\n", AUTH_FORGED},
        {"a control behind a listed address", "From: no-reply-aws@amazon.com\x01.example.org\n", AUTH_FORGED},
        {"bidi behind it", "From: no-reply-aws@amazon.com\xe2\x80\xae.example.org\n", AUTH_FORGED},
        {"zero width behind it", "From: no-reply-aws@amazon.com\xe2\x80\x8b\n", AUTH_FORGED},
        {"a name, 0", "From: \"AmazonWebServices\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 1", "From: \"AWSSupport\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 2", "From: \"アマゾン ウェブ サービス\" <a@example.org>\n", AUTH_FORGED},
        {"a name in Chinese", "From: \"亚马逊网络服务\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 3", "From: \"ｱﾏｿﾞﾝ\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 4", "From: \"A W S\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 5", "From: \"A-W-S\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 6", "From: \"AVVS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 7", "From: \"Arnazon Web Services\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 8", "From: \"АМАΖОΝ\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 9", "From: \"Amazоп\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 10", "From: \"ᴀᴡꜱ\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 11", "From: \"🅰🆆🆂\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 12", "From: \"🇦🇼🇸\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 13", "From: \"ᎪWS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 14", "From: \"ꓮWS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 15", "From: \"A̲W̲S̲\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 16", "From: \"Amazón\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 17", "From: \"Amazon™\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 18", "From: \"Am4zon\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 19", "From: \"Amzaon Web Services\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 20", "From: \"Amazn\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 21", "From: \"AᅟWS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 22", "From: \"AㅤWㅤS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 23", "From: \"A᠎WS\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 24", "From: \"Billing (AWS)\" <a@example.org>\n", AUTH_FORGED},
        {"a name, 25", "From: \"SupportAWS\" <a@example.org>\n", AUTH_FORGED},
        {"an address, 0", "From: no-reply-aws@example.org\n", AUTH_FORGED},
        {"an address, 1", "From: \"no-reply-aws@amazon.com\"@example.org\n", AUTH_FORGED},
        {"an address, 2", "From: amazon-web-services@example.org\n", AUTH_FORGED},
        {"an address, 3", "From: a@awssupport.example\n", AUTH_FORGED},
        {"an address, 4", "From: a@awsnotice.example\n", AUTH_FORGED},
        {"an address, 5", "From: a@aws_support.example\n", AUTH_FORGED},
        {"an address, 6", "From: a@amazn.example\n", AUTH_FORGED},
        {"an address, 7", "From: a@[aws.com]\n", AUTH_FORGED},
        {"an address, 8", "From: a@amzaon.example\n", AUTH_FORGED},
        {"an address, 9", "From: a@support-aws.example\n", AUTH_FORGED},
        {"no claim, 0", "From: Ama Zonta <a@example.org>\n", AUTH_STRANGER},
        {"no claim, 1", "From: Amazing Offers <a@example.org>\n", AUTH_STRANGER},
        {"no claim, 2", "From: Awsat News <a@awsat.example>\n", AUTH_STRANGER},
        {"no claim, 3", "From: Jaws <a@jaws.example>\n", AUTH_STRANGER},
        {"no claim, 4", "From: Lawson, Inc. <a@lawson.example>\n", AUTH_STRANGER},
        {"no claim, 5", "From: draws <a@example.org>\n", AUTH_STRANGER},
        {"no claim, 6", "From: Vern <a@example.org>\n", AUTH_STRANGER},
        {"initials", "From: A.W.S. Support <a@example.org>\n", AUTH_FORGED},
        {"initials apart", "From: a w s <a@example.org>\n", AUTH_FORGED},
        {"Sender", STRANGER "Sender: Amazon Web Services <a@example.org>\n", AUTH_FORGED},
        {"an address of AWS in Sender", STRANGER "Sender: no-reply-aws@amazon.com\n", AUTH_FORGED},
        {"a broken byte behind it", "From: no-reply-aws@amazon.com\xff.example.org\n", AUTH_FORGED},
        {"a domain behind it", "From: no-reply-aws@amazon.com example.org\n", AUTH_FORGED},
        {"an address behind it", "From: no-reply-aws@amazon.com evil <a@example.org>\n", AUTH_FORGED},
        {"two at signs", "From: <no-reply-aws@amazon.com@example.org>\n", AUTH_FORGED},
        {"a route", "From: <@example.org:no-reply-aws@amazon.com>\n", AUTH_FORGED},
        {"a backslash", "From: no-reply-aws@amazon.com\\.example.org\n", AUTH_FORGED},
        {"an address before it in the name", "From: a@example.org <no-reply-aws@amazon.com>\n", AUTH_FORGED},
        {"two From", "From: a@example.org\n" AWS, AUTH_FORGED},
        {"two From, ours first", AWS "From: a@example.org\n", AUTH_FORGED},
        {"two addresses", "From: no-reply-aws@amazon.com, a@example.org\n", AUTH_FORGED},
        {"other initials", "From: J. W. S. Awbery <a@example.org>\n", AUTH_STRANGER},
        {"the word within a word", "From: Lawson <a@laws.example>\n", AUTH_STRANGER},
        {"a local part", "From: aws@example.com\n", AUTH_STRANGER},
        {"in Subject and To", STRANGER "Subject: AWS\nTo: aws@amazon.com\n", AUTH_STRANGER},
        {"no From at all", "Subject: x\n", AUTH_STRANGER},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), &trusted);
    assert_verdicts(table, G_N_ELEMENTS(table), NULL);
}

static void without_trust(void **state)
{
    static const struct wish table[] = {
        {"a listed sender", AWS, AUTH_UNPROVEN},
        {"a bare one", "From: NO-REPLY-AWS@Amazon.com\n", AUTH_UNPROVEN},
        {"a name with commas", "From: Amazon Web Services, Inc. <no-reply-aws@amazon.com>\n", AUTH_UNPROVEN},
        {"a quoted name with an address", "From: \"x <y@z>\" <no-reply-aws@amazon.com>\n", AUTH_UNPROVEN},
        {"an encoded name", "From: =?utf-8?b?QVdT?=\n <no-reply-aws@amazon.com> (AWS)\n", AUTH_UNPROVEN},
        {"with results that nobody vouches for", PASS AWS, AUTH_UNPROVEN},
        {"claims from elsewhere", "From: AWS <a@example.org>\n", AUTH_FORGED},
        {"a stranger", STRANGER, AUTH_STRANGER},
        {"strangers' words", "From: no-reply@sns.amazonaws.com\n", AUTH_STRANGER},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), NULL);
}

#define LIST "From: 'Amazon Web Services, Inc.' via AWS <aws@lists.example.jp>\n"
#define OF_LIST "Authentication-Results: mx.example.jp; dkim=pass header.i=@lists.example.jp\n"
#define AUTHOR "X-Original-From: \"Amazon Web Services, Inc.\" <no-reply-aws@amazon.com>\n"
#define FOUND                                                                                                            \
    "X-Original-Authentication-Results: mx.google.com;       dkim=pass\n header.i=@amazon.com header.b=IQc0; dkim=pass " \
    "header.i=@amazonses.com;\n       dmarc=pass (p=QUARANTINE) header.from=amazon.com\n"

static void mailing_lists(void **state)
{
    static const struct wish table[] = {
        {"rewritten, with its server's results", OF_LIST LIST AUTHOR FOUND, AUTH_PROVEN},
        {"the author as the sender", OF_LIST LIST "X-Original-Sender: no-reply-aws@amazon.com\n" FOUND,
         AUTH_PROVEN},
        {"the list is not proven", LIST AUTHOR FOUND, AUTH_FORGED},
        {"another list",
         "Authentication-Results: mx.example.jp; dkim=pass header.d=example.org\n"
         "From: AWS <aws@example.org>\n" AUTHOR FOUND,
         AUTH_FORGED},
        {"another address of its domain", OF_LIST "From: AWS <other@lists.example.jp>\n" AUTHOR FOUND,
         AUTH_FORGED},
        {"no results", OF_LIST LIST AUTHOR, AUTH_FORGED},
        {"results of another author",
         OF_LIST LIST AUTHOR "X-Original-Authentication-Results: mx.google.com; dkim=pass "
                             "header.i=@example.org\n",
         AUTH_FORGED},
        {"no author", OF_LIST LIST FOUND, AUTH_FORGED},
        {"an author that is not listed", OF_LIST LIST "X-Original-From: someone@example.org\n" FOUND,
         AUTH_FORGED},
        {"an author in a name",
         OF_LIST LIST "X-Original-From: \"no-reply-aws@amazon.com\" <a@example.org>\n" FOUND, AUTH_FORGED},
        {"results that a stranger brought along",
         OF_LIST LIST AUTHOR FOUND "X-Original-Authentication-Results: x; dkim=fail\n", AUTH_FORGED},
        {"an author that a stranger brought along",
         OF_LIST LIST AUTHOR "X-Original-From: a@example.org\n" FOUND, AUTH_FORGED},
        {"two From", OF_LIST LIST AWS AUTHOR FOUND, AUTH_FORGED},
        {"a colleague",
         OF_LIST "From: 'Bob' via Ops <aws@lists.example.jp>\nX-Original-From: bob@example.com\n",
         AUTH_STRANGER},
        {"an author in Reply-To", OF_LIST LIST "Reply-To: no-reply-aws@amazon.com\n" FOUND, AUTH_PROVEN},
        {"an author in Reply-To, by a stranger on the list",
         OF_LIST LIST "Reply-To: no-reply-aws@amazon.com\nX-Original-Authentication-Results: x; dkim=pass "
                      "header.d=example.org\n",
         AUTH_FORGED},
        {"strangers' words",
         OF_LIST LIST "X-Original-From: no-reply@sns.amazonaws.com\n"
                      "X-Original-Authentication-Results: x; dkim=pass header.d=sns.amazonaws.com\n",
         AUTH_STRANGER},
        {"not rewritten", PASS AWS, AUTH_PROVEN},
    };
    static const struct wish without[] = {{"no list is trusted", OF_LIST LIST AUTHOR FOUND, AUTH_FORGED}};
    assert_verdicts(table, G_N_ELEMENTS(table), &with_relays);
    assert_verdicts(without, G_N_ELEMENTS(without), &trusted);
}

#define BROKEN "Authentication-Results: mx.example.jp; dkim=fail header.d=amazon.com; arc=pass (i=1)\n"
#define SEAL(i, domain) "ARC-Seal: i=" #i "; a=rsa-sha256; cv=none; d=" domain "; s=a; b=x\n"
#define SEALED(i)                                                                                            \
    "ARC-Authentication-Results: i=" #i "; mx.forwarder.example; dkim=pass header.d=amazon.com\n"

static void forwarders_that_seal(void **state)
{
    static const struct wish table[] = {
        {"a footer was added", BROKEN SEAL(1, "forwarder.example") SEALED(1) AWS, AUTH_PROVEN},
        {"twice on the way",
         BROKEN SEAL(2, "other.example") "ARC-Authentication-Results: i=2; x; dkim=fail\n" SEAL(
             1, "forwarder.example") SEALED(1) AWS,
         AUTH_PROVEN},
        {"the chain does not hold",
         "Authentication-Results: mx.example.jp; arc=fail\n" SEAL(1, "forwarder.example") SEALED(1) AWS,
         AUTH_FORGED},
        {"nobody looked at the chain",
         "Authentication-Results: mx.example.jp; dkim=fail\n" SEAL(1, "forwarder.example") SEALED(1) AWS,
         AUTH_FORGED},
        {"a stranger sealed", BROKEN SEAL(1, "example.org") SEALED(1) AWS, AUTH_FORGED},
        {"a stranger sealed too", BROKEN SEAL(2, "forwarder.example") SEAL(1, "example.org") SEALED(1) AWS,
         AUTH_FORGED},
        {"the first found nothing",
         BROKEN SEAL(2, "other.example") SEALED(2)
             SEAL(1, "forwarder.example") "ARC-Authentication-Results: i=1; x; dkim=fail\n" AWS,
         AUTH_FORGED},
        {"two of the first", BROKEN SEAL(1, "forwarder.example") SEALED(1) SEALED(1) AWS, AUTH_FORGED},
        {"no seal", BROKEN SEALED(1) AWS, AUTH_FORGED},
        {"a list that seals",
         "Authentication-Results: mx.example.jp; arc=pass; dkim=pass header.d=lists.example.jp\n" SEAL(
             1, "forwarder.example") SEALED(1) LIST AUTHOR,
         AUTH_PROVEN},
    };
    static const struct wish without[] = {
        {"no seal is trusted", BROKEN SEAL(1, "forwarder.example") SEALED(1) AWS, AUTH_FORGED}};
    assert_verdicts(table, G_N_ELEMENTS(table), &with_relays);
    assert_verdicts(without, G_N_ELEMENTS(without), &trusted);
}

#define CHECKED(domain) "Authentication-Results: mx.example.jp; dkim=pass header.d=" domain "\n"
#define NOTICES "From: AWS <no-reply@amazonaws.com>\n"

static void what_proves_a_sender(void **state)
{
    static const struct wish table[] = {
        {"its domain", CHECKED("amazonaws.com") NOTICES, AUTH_PROVEN},
        {"another that it names", CHECKED("Costalerts.amazonaws.com") NOTICES, AUTH_PROVEN},
        {"one below that it does not name", CHECKED("ec2-1.compute.amazonaws.com") NOTICES, AUTH_FORGED},
        {"DMARC of its domain",
         "Authentication-Results: mx.example.jp; dmarc=pass header.from=amazonaws.com\n" NOTICES,
         AUTH_PROVEN},
        {"one below, of a sender that names none", CHECKED("x.amazon.com") AWS, AUTH_PROVEN},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), &trusted);
}

#define SHOPS "From: Vendor Support <vendor@amazon.com>\n"

static void shared_domains(void **state)
{
    static const struct {
        const char *name, *header;
        bool amazon, about_aws;
    } table[] = {
        {"proven", CHECKED("amazon.com") SHOPS, true, false},
        {"names AWS in its subject", CHECKED("amazon.com") SHOPS "Subject: Your AWS credits\n", true, true},
        {"names AWS in full", CHECKED("amazon.com") "From: Amazon Web Services <x@amazon.com>\n", true, true},
        {"names AWS in its address", CHECKED("amazon.com") "From: aws-x@amazon.com\n", true, true},
        {"below it", CHECKED("email.amazon.com") "From: x@email.amazon.com\n", true, false},
        {"below it, and signed by another", CHECKED("x.example.org") "From: x@email.amazon.com\n", false,
         false},
        {"ends alike", CHECKED("notamazon.com") "From: x@notamazon.com\n", false, false},
        {"not proven", SHOPS, false, false},
        {"proven for another", CHECKED("example.org") SHOPS, false, false},
        {"two From", CHECKED("amazon.com") SHOPS STRANGER, false, false},
        {"a listed address there", CHECKED("amazon.com") AWS, false, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(message) message = read_mail(table[i].header);
        struct auth *auth = auth_read(message, senders, &trusted);
        bool right = auth->amazon == table[i].amazon && auth->about_aws == table[i].about_aws &&
                     (auth->verdict == AUTH_STRANGER) == table[i].amazon;
        auth_free(auth);
        if (!right)
            fail_msg("%s", table[i].name);
    }
    static const struct wish without[] = {{"nobody says", CHECKED("amazon.com") SHOPS, AUTH_FORGED}};
    assert_verdicts(without, G_N_ELEMENTS(without), NULL);
}

#define NAMED "X-Original-Sender: no-reply-aws@amazon.com\n"

static void lists_without_trust(void **state)
{
    static const struct wish table[] = {
        {"Google Groups", LIST NAMED "List-Id: <aws.lists.example.jp>\n", AUTH_UNPROVEN},
        {"by its address", LIST AUTHOR "List-Post: <http://x>, <mailto:AWS@lists.example.jp>\n",
         AUTH_UNPROVEN},
        {"with the author in Reply-To",
         LIST "Reply-To: no-reply-aws@amazon.com\nList-Id: AWS <aws.lists.example.jp>\n", AUTH_UNPROVEN},
        {"no list", LIST NAMED, AUTH_FORGED},
        {"another's list", LIST NAMED "List-Id: <aws.lists.example.org>\n", AUTH_FORGED},
        {"an author that is not listed",
         LIST "X-Original-Sender: a@example.org\nList-Id: <aws.lists.example.jp>\n", AUTH_FORGED},
        {"two From", LIST STRANGER NAMED "List-Id: <aws.lists.example.jp>\n", AUTH_FORGED},
    };
    assert_verdicts(table, G_N_ELEMENTS(table), NULL);
}

static void results_are_shown(void **state)
{
    g_autoptr(message) message = read_mail(
        "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dkim=fail header.d=example.org;\n"
        " spf=softfail smtp.mailfrom=x; dmarc=pass (p=quarantine) header.from=amazon.com\n" AWS);
    struct auth *auth = auth_read(message, senders, &trusted);
    g_autofree char *text = json_canonical(auth->json);
    auth_free(auth);
    assert_string_equal(
        text, "{\"aligned\":true,\"dkim\":[{\"domain\":\"amazon.com\",\"result\":\"pass\"},{\"domain\":"
              "\"example.org\",\"result\":\"fail\"}],\"dmarc\":\"pass\",\"reasons\":[],\"server\":"
              "\"mx.example.jp\",\"spf\":\"softfail\",\"verdict\":\"proven\"}");
}

static void results_that_a_stranger_wrote_in_are_a_defect(void **state)
{
    g_autoptr(message) message = read_mail(
        "Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=x; dkim=pass header.d=a.example; x@e.org\n" AWS);
    struct auth *auth = auth_read(message, senders, &trusted);
    g_autoptr(json_t) defects = message_defects(message);
    g_autofree char *text = json_canonical(defects);
    assert_string_equal(text, "[\"auth-results-damaged\"]");
    auth_free(auth);
}

static void a_second_block_is_a_defect(void **state)
{
    g_autoptr(message) message = read_mail(PASS "Received: x\n" PASS AWS);
    g_autoptr(message) single =
        read_mail(PASS "Received: x\nAuthentication-Results: mx.example.org; dkim=pass\n" AWS);
    struct auth *auth = auth_read(message, senders, &trusted), *other = auth_read(single, senders, &trusted);
    g_autoptr(json_t) defects = message_defects(message), none = message_defects(single);
    g_autofree char *text = json_canonical(defects);
    assert_string_equal(text, "[\"auth-results-repeated\"]");
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(auth->verdict, AUTH_PROVEN);
    auth_free(auth);
    auth_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proof),
        cmocka_unit_test(what_proves_nothing),
        cmocka_unit_test(claims),
        cmocka_unit_test(without_trust),
        cmocka_unit_test(mailing_lists),
        cmocka_unit_test(forwarders_that_seal),
        cmocka_unit_test(what_proves_a_sender),
        cmocka_unit_test(shared_domains),
        cmocka_unit_test(lists_without_trust),
        cmocka_unit_test(results_are_shown),
        cmocka_unit_test(results_that_a_stranger_wrote_in_are_a_defect),
        cmocka_unit_test(a_second_block_is_a_defect),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
