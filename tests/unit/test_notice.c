/* The notice: decorations and title, accounts and regions, the metadata block, resources and links. */
#include "rule_folder.h"
#include "rules/notice.h"
#include "rules/reading.h"

static struct rule_folder folder;

static int set_up(void **state)
{
    rule_folder_sound(&folder, "-- the shipped decorations and placeholders are what is tested\n");
    return 0;
}

static int tear_down(void **state)
{
    rule_folder_close(&folder);
    return 0;
}

#define BLOCK                                                                                                   \
    "Hello\n\nMessage metadata\nAffected account: 123456789012\nEvent type code: AWS_EC2_X\nEvent region\n"     \
    "us-east-1\nService EC2\nEvent type category: scheduledChange\nStart time: Mon, 23 Nov 2026 01:00:00 GMT\n" \
    "End time: soon\n"

#define JAPANESE_BLOCK                                                                                                                                  \
    "本文です。\n\nメッセージメタデータ\n影響を受けるアカウント\n123456789012\nイベントタイプコード\nAWS_RDS_X\n"   \
    "イベントリージョン\nアジアパシフィック\nリージョン: Asia Pacific (Tokyo)\n終了時刻\n-\n開始時刻\n2026年12月5日 " \
    "13:00 JST\n"

static const struct {
    const char *name, *headers, *subject, *body, *key, *want;
} cases[] = {
    {"plain title", "", "Your bill", "", "title", "\"Your bill\""},
    {"account behind", "", "EC2 Retirement [AWS Account: 123456789012]", "", "title", "\"EC2 Retirement\""},
    {"account of the subject", "", "EC2 Retirement [AWS Account: 123456789012]", "", "accounts",
     "[\"123456789012\"]"},
    {"account form of abuse", "", "Report [AWS ID 123456789012]", "", "accounts", "[\"123456789012\"]"},
    {"an account with something behind it", "", "X [AWS Account: 210987654321] - reminder", "", "accounts",
     "[\"210987654321\"]"},
    {"an account before a case", "", "X [AWS Account: 210987654321] [Case ID 12]", "", "accounts",
     "[\"210987654321\"]"},
    {"an account in the open", "", "Your AWS account 210987654321 has been suspended", "", "accounts",
     "[\"210987654321\"]"},
    {"an account in Japanese", "", "お知らせ（AWSアカウント：210987654321）について", "", "accounts",
     "[\"210987654321\"]"},
    {"two accounts of a subject", "", "X [AWS Account: 210987654321] of AWS ID 123456789012 again", "",
     "accounts", "[\"123456789012\",\"210987654321\"]"},
    {"a number that nobody calls an account", "", "Order 210987654321, account 123456789012", "", "accounts",
     "[]"},
    {"account in full-width brackets of blanks", "", "X  [AWS Account:  123456789012 ]", "", "title",
     "\"X [AWS Account: 123456789012 ]\""},
    {"several decorations", "",
     "RE: [EXT] [Action Required] EC2 Retirement [us-east-1] [AWS Account: 123456789012]", "", "title",
     "\"EC2 Retirement\""},
    {"action required", "", "[Action Required] X", "", "action_required", "true"},
    {"action required in Japanese", "", "[要対応] X", "", "action_required", "true"},
    {"no action required", "", "X", "", "action_required", "false"},
    {"may be required is no claim", "", "[Action may be required] X", "", "action_required", "false"},
    {"reminder", "", "Reminder: X", "", "reminder", "true"},
    {"final notice", "", "[Final Notice] X", "", "final_notice", "true"},
    {"bilingual", "", "EC2 の廃止 | EC2 Retirement", "", "title", "\"EC2 Retirement\""},
    {"bilingual, English first", "",
     "[Action Required] EC2 Retirement | EC2 の廃止 [AWS Account: 123456789012]", "", "title",
     "\"EC2 Retirement\""},
    {"bilingual, English first, without blanks", "", "EC2 Retirement|EC2 の廃止", "", "title",
     "\"EC2 Retirement\""},
    {"a bar between two Japanese texts", "", "廃止 | EC2 のお知らせ", "", "title",
     "\"廃止 | EC2 のお知らせ\""},
    {"a bar between two English texts", "", "EC2 | RDS", "", "title", "\"EC2 | RDS\""},
    {"a title that is a decoration stays", "", "[Action Required]", "", "title", "\"[Action Required]\""},
    {"retirement notification is part of it", "", "[Retirement Notification] X", "", "title",
     "\"[Retirement Notification] X\""},
    {"important as a team forwards it is part of it", "", "【重要なお知らせ】 X", "", "title",
     "\"【重要なお知らせ】 X\""},
    {"region of the subject", "", "X [US-EAST-1]", "", "regions", "[\"us-east-1\"]"},
    {"event type of the header", "X-SM-COMMUNICATION-TYPE: AWS_EC2_Y\n", "X", BLOCK, "event_type",
     "\"AWS_EC2_Y\""},
    {"event type of the block", "", "X", BLOCK, "event_type", "\"AWS_EC2_X\""},
    {"account of the block", "", "X", BLOCK, "accounts", "[\"123456789012\"]"},
    {"region of the block", "", "X", BLOCK, "regions", "[\"us-east-1\"]"},
    {"service of the block", "", "X", BLOCK, "service", "\"EC2\""},
    {"start of the block", "", "X", BLOCK, "starts", "\"2026-11-23T01:00:00Z\""},
    {"an end that is no time", "", "X", BLOCK, "ends", "null"},
    {"labelled account of the body", "", "X", "AWS Account ID: 123456789012\n", "accounts",
     "[\"123456789012\"]"},
    {"labelled in other ways", "", "X",
     "AWS account number: 111111111111\nアカウント ID:222222222222\nAWS アカウント: 333333333333\n",
     "accounts", "[\"111111111111\",\"222222222222\",\"333333333333\"]"},
    {"several behind one label", "", "X",
     "AWS Account IDs: 111111111111, 222222222222 (production)、333333333333 and 444444444444\n555555555555\nOrder "
     "666666666666\n",
     "accounts", "[\"111111111111\",\"222222222222\",\"333333333333\",\"444444444444\",\"555555555555\"]"},
    {"a bank's account is none", "", "X", "Account: 123456789012\n", "accounts", "[]"},
    {"several accounts of the block", "", "X",
     "Message metadata\nAffected accounts\n111111111111\n222222222222 (production), 333333333333\nEvent type "
     "code\n444444444444\n",
     "accounts", "[\"111111111111\",\"222222222222\",\"333333333333\"]"},
    {"accounts of all blocks", "", "X",
     BLOCK "\n> quoted\nMessage metadata\nAffected account\n210987654321\nEvent region\nus-west-1\n",
     "accounts", "[\"123456789012\",\"210987654321\"]"},
    {"the first block's other values", "", "X",
     BLOCK "\nMessage metadata\nAffected account\n123456789012\nService\nRDS\n", "service", "\"EC2\""},
    {"the heading within a line is none", "", "X",
     "Your text says: Message metadata\nAffected account\n210987654321\nAWS Account ID: 123456789012\n",
     "accounts", "[\"123456789012\"]"},
    {"a bare number is no account", "", "X", "Order 123456789012\n", "accounts", "[]"},
    {"a longer number is no account", "", "X", "AWS ID: 1234567890123\n", "accounts", "[]"},
    {"the body's account gives way to the subject's", "", "X [AWS Account: 123456789012]",
     "AWS ID: 210987654321\n", "accounts", "[\"123456789012\"]"},
    {"accounts are sorted, each once", "", "X",
     "AWS ID: 222222222222\nAWS ID: 111111111111\nAWS ID: 222222222222\n", "accounts",
     "[\"111111111111\",\"222222222222\"]"},
    {"resources", "", "X", "vol-0123456789abcdef0 i-0123456789abcdef0, i-0123456789abcdef0\n", "resources",
     "[\"i-0123456789abcdef0\",\"vol-0123456789abcdef0\"]"},
    {"no resource within a word", "", "X", "mini-0123456789abcdef0\n", "resources", "[]"},
    /* decorations */
    {"a ticket in front", "", "[OPS-123] [Action Required] X", "", "title", "\"X\""},
    {"a ticket alone", "", "[OPS-123]", "", "title", "\"[OPS-123]\""},
    {"a month before a bracket", "", "July - [Action Required] X", "", "title", "\"X\""},
    {"a month that belongs to the title", "", "July - X", "", "title", "\"July - X\""},
    {"two languages of Canada", "", "Invoice Available / Facture disponible", "", "title",
     "\"Invoice Available / Facture disponible\""},
    {"the half that goes is read", "", "EC2 Retirement | [要対応] EC2 の廃止", "", "action_required", "true"},
    {"a full-width bar", "", "EC2 の廃止 ｜ EC2 Retirement", "", "title", "\"EC2 Retirement\""},
    {"a case stays", "", "RE:[CASE 1234567890] X", "", "title", "\"[CASE 1234567890] X\""},
    /* the block in other hands */
    {"resources of the block", "", "X",
     "Message metadata\nAffected resources\nweb-1, i-0123456789abcdef0\nmy cluster is here\nService\nEC2\n",
     "resources", "[\"i-0123456789abcdef0\",\"web-1\"]"},
    {"a block in Japanese", "", "X", JAPANESE_BLOCK, "accounts", "[\"123456789012\"]"},
    {"its region", "", "X", JAPANESE_BLOCK, "regions", "[\"ap-northeast-1\"]"},
    {"its event type", "", "X", JAPANESE_BLOCK, "event_type", "\"AWS_RDS_X\""},
    {"its start", "", "X", JAPANESE_BLOCK, "starts", "\"2026-12-05T04:00:00Z\""},
    {"its service by the event type", "", "X", JAPANESE_BLOCK, "service", "\"RDS\""},
    /* services */
    {"service of the header's event type", "X-SM-COMMUNICATION-TYPE: AWS_ES_UPDATE\n", "X", "", "service",
     "\"OPENSEARCH\""},
    {"service of the title", "", "[Action Required] AWS Lambda and Amazon S3", "", "service", "\"LAMBDA\""},
    {"the longest name", "", "Amazon CloudWatch Evidently ends", "", "service", "\"EVIDENTLY\""},
    {"no service in a word", "", "LambdaX", "", "service", "null"},
    {"a code that nobody knows", "X-SM-COMMUNICATION-TYPE: AWS_NEWTHING_EVENT\n", "AWS Lambda", "", "service",
     "\"NEWTHING\""},
    {"a type without a service", "X-SM-COMMUNICATION-TYPE: CAA_CHECK_FAILURE\n", "X", "", "service", "null"},
    /* regions */
    {"regions of the body", "", "X",
     "in the ap-northeast-1 region, in the US-WEST-2 Region and in US East (N. Virginia)", "regions",
     "[\"ap-northeast-1\",\"us-east-1\",\"us-west-2\"]"},
    {"regions behind a label", "", "X",
     "AWS Region name: eu-west-1\nRegion(s): us-east-2, us-west-1 and sa-east-1", "regions",
     "[\"eu-west-1\",\"sa-east-1\",\"us-east-2\",\"us-west-1\"]"},
    {"a long name in the subject", "", "Under review in Europe (Frankfurt)", "", "regions",
     "[\"eu-central-1\"]"},
    {"a wrapped long name", "", "X", "in Asia Pacific\n(Tokyo) today", "regions", "[\"ap-northeast-1\"]"},
    {"regions of nobody", "", "X",
     "see https://us-east-1.console.aws.amazon.com/?region=us-east-1 and --x us-east-2", "regions", "[]"},
    {"region in Japanese", "", "X", "リージョン：ap-northeast-3\n東京は ap-northeast-1 リージョン", "regions",
     "[\"ap-northeast-1\",\"ap-northeast-3\"]"},
    {"regions by their Japanese names", "", "X", "東京リージョンと米国東部（バージニア北部）", "regions",
     "[\"ap-northeast-1\",\"us-east-1\"]"},
    /* resources */
    {"every kind of id", "", "X",
     "ami-01234567 dxgw-abcdefgh eipalloc-01234567 eni-01234567 fs-01234567 h-01234567 nat-01234567 sg-01234567 "
     "snap-01234567 subnet-01234567 tgw-01234567 vpc-01234567 vpce-01234567 vpn-01234567",
     "resources",
     "[\"ami-01234567\",\"dxgw-abcdefgh\",\"eipalloc-01234567\",\"eni-01234567\",\"fs-01234567\",\"h-01234567\","
     "\"nat-01234567\",\"sg-01234567\",\"snap-01234567\",\"subnet-01234567\",\"tgw-01234567\",\"vpc-01234567\","
     "\"vpce-01234567\",\"vpn-01234567\"]"},
    {"an ARN is one resource", "", "X", "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0.",
     "resources", "[\"arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0\"]"},
    {"what links name is none", "", "X",
     "https://sns.us-east-1.amazonaws.com/?Arn=arn:aws:sns:us-east-1:123456789012:t https://example.com/vol-01234567",
     "resources", "[]"},
    {"the event is none", "", "X", "arn:aws:health:us-east-1::event/EC2/AWS_EC2_X/1 AKIAIOSFODNN7EXAMPLE",
     "resources", "[]"},
    {"examples are none", "", "X",
     "i-0123456789abcdef1\nFor example: vol-01234567\naws ec2 stop-instances --instance-ids i-0123456789abcdef2\n"
     "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef3 i-1234567890abcdef0\nsnap-01234567",
     "resources", "[\"i-0123456789abcdef1\",\"snap-01234567\"]"},
    {"names behind labels", "", "X", "Cluster name: web-1\nDomain: logs.\n", "resources", "[\"web-1\"]"},
    /* numbers */
    {"case of the subject", "", "RE:[CASE 1234567890] X", "Case ID: 9999999999", "case", "\"1234567890\""},
    {"case of the body", "", "X", "Case ID: 176000000000001\n", "case", "\"176000000000001\""},
    {"abuse report", "", "Your AWS Abuse Report [10468407181] [AWS ID 123456789012]", "", "abuse_id",
     "\"10468407181\""},
    /* links */
    {"tracked links", "", "X",
     "https://x.r.us-east-1.awstrack.me/L0/https:%2F%2Fhealth.aws.amazon.com%2Fhealth%2Fhome%23%2F/1/0100/y=450\n"
     "https://x.r.us-east-1.awstrack.me/I0/0100/p=450",
     "links", "[\"https://health.aws.amazon.com/health/home#/\"]"},
    {"safelinks around a tracked link", "", "X",
     "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.awstrack.me%2FL0%2Fhttps%3A%252F%252Fexample."
     "com%252Fa%2F1%2F2&data=05&sdata=x",
     "links", "[\"https://example.com/a\"]"},
    {"urldefense, second form", "", "X",
     "https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_a-5Fb-3Fc-3D1&d=DwMF&c=x", "links",
     "[\"https://example.com/a_b?c=1\"]"},
    {"urldefense, third form", "", "X", "https://urldefense.com/v3/__https://example.com/a*b**A__;I0Ah!!x$",
     "links", "[\"https://example.com/a#b@!\"]"},
    {"a search engine's", "", "X", "https://www.google.com/url?q=https://example.com/x&sa=D", "links",
     "[\"https://example.com/x\"]"},
    {"what leads to no link stays", "", "X", "https://x.awstrack.me/L0/javascript:alert/1/2", "links",
     "[\"https://x.awstrack.me/L0/javascript:alert/1/2\"]"},
    {"a sentence's end is not the link's", "", "X",
     "see https://example.com/d. または https://example.com/e。", "links",
     "[\"https://example.com/d\",\"https://example.com/e\"]"},
    /* languages */
    {"English", "", "X", "We have found that your instance is old.", "language", "\"en\""},
    {"Japanese", "", "X", "お客様の EC2 インスタンス i-0123456789abcdef0 は停止されます。", "language",
     "\"ja\""},
    {"both", "", "X", "お客様のインスタンスは停止されます。\n\nYour instance will be stopped by us soon.\n",
     "language", "\"ja+en\""},
    {"Korean", "", "X", "인스턴스가 중지됩니다.", "language", "\"ko\""},
    {"French", "", "X", "Votre facture est disponible dans la console.", "language", "\"fr\""},
    {"nothing", "", "", "12345", "language", "null"},
    {"links", "", "X", "See <https://example.com/a?b=c> and https://example.com/d\n", "links",
     "[\"https://example.com/a?b=c\",\"https://example.com/d\"]"},
};

static void notices_say_what_the_mail_says(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct reading reading;
        g_autoptr(message) message = mail_made(cases[i].headers, cases[i].subject, cases[i].body);
        reading_start(&reading, folder.set, message);
        g_autofree char *got = json_canonical(json_object_get(notice_of(&reading, true), cases[i].key));
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: expected %s, got %s", cases[i].name, cases[i].want, got);
        reading_clear(&reading);
    }
}

static void check(const char *what, const char *body, const char *key, const char *want)
{
    struct reading reading;
    g_autoptr(message) message = mail_made("", "Planned maintenance", body);
    reading_start(&reading, folder.set, message);
    const char *got = json_text_or(notice_of(&reading, true), key, "null");
    if (strcmp(got, want) != 0)
        fail_msg("%s: '%s': expected %s, got %s", key, what, want, got);
    reading_clear(&reading);
}

/* The mail is of 2026-11-23T00:00:00Z. NULL: nobody asks. */
static const struct {
    const char *body, *starts, *ends, *deadline;
} times[] = {
    {"from Thu, 20 May 2027 08:00:00 GMT to Thu, 20 May 2027 14:00:00 GMT for 6 hours",
     "2027-05-20T08:00:00Z", "2027-05-20T14:00:00Z", "null"},
    {"on Thu, 20 May 2027 08:00:00\nGMT to Thu, 20 May\n2027 14:00:00 GMT for 6 hours",
     "2027-05-20T08:00:00Z", "2027-05-20T14:00:00Z", NULL},
    {"scheduled for maintenance between 2027-08-11 08:00:00 UTC and 2027-08-11 10:00:00 UTC",
     "2027-08-11T08:00:00Z", "2027-08-11T10:00:00Z", "null"},
    {"between December 5, 2026 10:00 and 12:00 PST", "2026-12-05T18:00:00Z", "2026-12-05T20:00:00Z", NULL},
    {"between 2026-12-05 23:00 and 01:00 UTC", "2026-12-05T23:00:00Z", "2026-12-06T01:00:00Z", NULL},
    {"rebooted on 2026-12-25 for 2 hours starting at 00:30 UTC", "2026-12-25T00:30:00Z",
     "2026-12-25T02:30:00Z", NULL},
    {"will be retired at 12:00AM UTC on 2027-08-04", "2027-08-04T00:00:00Z", "null", "null"},
    {"After 2026-12-18 13:00 UTC your instance will be stopped.", "2026-12-18T13:00:00Z", "null",
     "2026-12-18T13:00:00Z"},
    {"Your certificate expires on Nov 30, 2026 at 23:59:59 UTC.", "null", "null", "2026-11-30T23:59:59Z"},
    {"AWS Recommended Apply By Date: 2026-12-22 23:59:59 UTC Auto-Update: no", "null", "null",
     "2026-12-22T23:59:59Z"},
    {"version 1.33 will reach end of standard support on July 29, 2027.", "null", "null",
     "2027-07-29T00:00:00Z"},
    {"you must contact AWS by 2026-12-01", "null", "null", "2026-12-01T00:00:00Z"},
    {"Please reply within five (5) days.", "null", "null", "2026-11-28T00:00:00Z"},
    {"Starting Mon, 18 Jan 2027 00:00:00 GMT, we will upgrade", "2027-01-18T00:00:00Z", "null", "null"},
    {"Effective date: 2026-12-27 06:16 (UTC)", "2026-12-27T06:16:00Z", NULL, NULL},
    {"will be discontinued on 10/17/2027", "null", "null", "2027-10-17T00:00:00Z"},
    {"Start time: 2026-12-05 10:00 UTC\nEnd time: 2026-12-05 12:00 UTC", "2026-12-05T10:00:00Z",
     "2026-12-05T12:00:00Z", NULL},
    {"2026-12-05 10:00-12:00 JST", "2026-12-05T01:00:00Z", "2026-12-05T03:00:00Z", NULL},
    {"The notice sent on 2026-11-01 was wrong.", "null", "null", "null"},
    {"between 2026-12-06 and 2026-12-05", NULL, "null", "null"},
    {"has been rescheduled from 2026-12-05 10:00 UTC to 2026-12-07 10:00 UTC", "2026-12-07T10:00:00Z", "null",
     "null"},
    {"It was moved from 2026-12-05 10:00 UTC to 2026-12-07 10:00 - 12:00 UTC.", "2026-12-07T10:00:00Z",
     "2026-12-07T12:00:00Z", "null"},
    {"It was originally scheduled for December 5, 2026 and will now take place on December 12, 2026.",
     "2026-12-12T00:00:00Z", "null", "null"},
    {"The end of support date has been extended from December 31, 2026 to March 31, 2027.", "null", "null",
     "2027-03-31T00:00:00Z"},
    {"This change takes effect on 15 January 2027.", "2027-01-15T00:00:00Z", "null", "null"},
    {"2026年12月12日 22時～翌2時 (JST) に実施します", "2026-12-12T13:00:00Z", "2026-12-12T17:00:00Z", "null"},
    {"The change planned for December 5, 2026 has been postponed to February 1, 2027.",
     "2027-02-01T00:00:00Z", "null", "null"},
    {"12月5日から12月7日に延期となりました。", "2026-12-07T00:00:00Z", "null", "null"},
    /* the day behind or before both times of it */
    {"maintenance from 15:00 to 19:00 UTC on December 13, 2026", "2026-12-13T15:00:00Z",
     "2026-12-13T19:00:00Z", "null"},
    {"on 5 Dec 2026 between 01:00 and 03:00 JST", "2026-12-04T16:00:00Z", "2026-12-04T18:00:00Z", "null"},
    {"between 11:00 PM and 3:00 AM PST on December 14, 2026", "null", "null", "null"}, /* of which day? */
    {"1月5日 午前2時から午前4時まで（日本時間）停止します", "2027-01-04T17:00:00Z", "2027-01-04T19:00:00Z",
     "null"},
    {"scheduled to begin on 2026-12-05 22:00 UTC and to end on 2026-12-06 02:00 UTC", "2026-12-05T22:00:00Z",
     "2026-12-06T02:00:00Z", "null"},
    {"after 2026-12-10 02:00 CST (UTC+8) it will be stopped", "2026-12-09T18:00:00Z", "null", NULL},
    /* the same moment in two zones, and a zone before it */
    {"between December 9, 2026 10:00 UTC (2:00 AM PST) and December 9, 2026 12:00 UTC (4:00 AM PST)",
     "2026-12-09T10:00:00Z", "2026-12-09T12:00:00Z", "null"},
    {"日本時間 2026年12月9日 22:00 に再起動を実施します", "2026-12-09T13:00:00Z", "null", "null"},
    {"UTC: 2026年12月9日 10:00 (日本時間 2026年12月9日 19:00) に開始します", "2026-12-09T10:00:00Z", "null",
     "null"},
    /* what something was before a day */
    {"Functions created before December 1, 2026 are kept. Starting December 2, 2026 new ones change.",
     "2026-12-02T00:00:00Z", "null", "null"},
    {"We recommend that you upgrade before December 31, 2026.", "null", "null", "2026-12-31T00:00:00Z"},
    {"Before December 31, 2026, please upgrade.", "null", "null", "2026-12-31T00:00:00Z"},
    /* how long something takes is no deadline, nor what runs from another day */
    {"The failover completes within 24 hours. We will respond within 48 hours.", "null", "null", "null"},
    {"Please wait: the brokers come back within 15 minutes.", "null", "null", "null"},
    {"You must register MFA within 35 days of your next sign-in.", "null", "null", "null"},
    {"If we do not hear from you within 24 hours of receiving this, we block it.", "null", "null",
     "2026-11-24T00:00:00Z"},
    /* history */
    {"Support ended on March 1, 2024. The old one was deprecated on March 1, 2025, this one will be deprecated "
     "on June 30, 2027.",
     "null", "null", "2027-06-30T00:00:00Z"},
    {"We saw calls between October 20, 2026 and November 22, 2026. Update by February 28, 2027.", "null",
     "null", "2027-02-28T00:00:00Z"},
    {"It began between November 1, 2026 and December 31, 2026.", "2026-11-01T00:00:00Z",
     "2026-12-31T00:00:00Z", "null"},
    {"The maintenance from 2026-11-21 16:00 UTC to 2026-11-21 20:00 UTC has been completed.",
     "2026-11-21T16:00:00Z", "2026-11-21T20:00:00Z", "null"},
    {"Starting May 20, 2025 it takes no new customers.", "null", "null", "null"},
    {"2026年12月5日 13時00分（日本時間）までに対応してください", "null", "null", "2026-12-05T04:00:00Z"},
    {"2026/12/05 13:00 JST から 2026/12/05 15:00 JST まで停止します", "2026-12-05T04:00:00Z",
     "2026-12-05T06:00:00Z", "null"},
    {"It will be unavailable until 2026-12-05 13:00 UTC.", "null", "2026-12-05T13:00:00Z", "null"},
    {"12月5日(土) 13:00 より前に更新してください", "null", "null", "2026-12-05T13:00:00Z"},
    {"開始日時：2026年12月5日 13:00 JST\n終了日時：2026年12月5日 14:00 JST", "2026-12-05T04:00:00Z",
     "2026-12-05T05:00:00Z", NULL},
    {"5日以内にご返信ください", "null", "null", "2026-11-28T00:00:00Z"},
    {"2027年1月15日以降、接続できません", "2027-01-15T00:00:00Z", "null", NULL},
    {"between 9999-99-99 and 9999-99-99, by 99999-01-01", "null", "null", "null"},
};

static void times_are_found_by_cues(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        const char *const wants[] = {times[i].starts, times[i].ends, times[i].deadline};
        static const char *const keys[] = {"starts", "ends", "deadline"};
        for (size_t k = 0; k < G_N_ELEMENTS(keys); k++)
            if (wants[k] != NULL)
                check(times[i].body, times[i].body, keys[k], wants[k]);
    }
}

static void the_body_says_how_things_stand(void **state)
{
    static const char *const table[][2] = {
        {"Planned maintenance has been scheduled on a router.", "scheduled"},
        {"Emergency maintenance has been scheduled on a router.", "emergency"},
        {"The planned maintenance has been\ncancelled.", "cancelled"},
        {"The emergency maintenance has been canceled.", "cancelled"},
        {"The maintenance was cancelled and rescheduled.", "updated"},
        {"The schedule has changed: planned maintenance on Monday.", "updated"},
        {"The planned maintenance has been completed.", "completed"},
        {"Maintenance is planned for Monday. If the maintenance is cancelled we will tell you.", "scheduled"},
        {"We will tell you once the work has been completed. It is scheduled for Monday.", "scheduled"},
        {"計画されたメンテナンスはキャンセルされました。", "cancelled"},
        {"メンテナンスがキャンセルされた場合はお知らせします。12月5日に実施予定です。", "scheduled"},
        {"メンテナンスは完了しました。", "completed"},
        {"緊急メンテナンスを実施します。", "emergency"},
        {"メンテナンスの日程が変更されました。", "updated"},
        {"A plan that was cancelled cannot be restored. Jobs have been cancelled so far.", "scheduled"},
        {"No reboot is required. Action is no longer required for some.", "scheduled"},
        {"Cancellation of the maintenance is not possible.", "scheduled"},
        {"Make sure that your migration is complete. It must be completed by March 1, 2027.", "scheduled"},
        {"This reboot is no longer needed.", "cancelled"},
        {"AWS has cancelled the planned maintenance.", "cancelled"},
        {"After the maintenance is complete, check your instance.", "scheduled"},
        {"The previous notification was sent in error.", "updated"},
        {"先ほどの通知は誤りでした。", "updated"},
        {"メンテナンスは実施されないことになりました。", "cancelled"},
        {"It was originally planned for Monday and will now take place on Friday.", "updated"},
        {"We are updating the AWS Customer Agreement.", "scheduled"},
        {"古いバージョンの利用を中止し、設定を変更してください。日時を変更することもできます。", "scheduled"},
        {"作業の完了をお知らせいたします。", "completed"},
        {"作業を中止することはできません。緊急の対応が必要な場合はご連絡ください。", "scheduled"},
        {"Nothing to see.", "scheduled"}, /* the subject says so */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        check(table[i][0], table[i][0], "status", table[i][1]);
}

static void a_teams_own_cues_come_first(void **state)
{
    struct rule_folder own;
    rule_folder_sound(&own, "cue \"times\" \"hand over on {deadline}\"\n"
                            "cue \"completed\" \"planned maintenance\"\n"
                            "cue \"resource\" \"asset {n}\"\n");
    struct reading reading;
    g_autoptr(message) message =
        mail_made("", "X", "planned maintenance by 2026-12-01, hand over on 2026-12-02, asset 42");
    reading_start(&reading, own.set, message);
    const json_t *notice = notice_of(&reading, true);
    assert_string_equal(json_text(notice, "deadline"), "2026-12-02T00:00:00Z");
    assert_string_equal(json_text(notice, "status"), "completed");
    assert_string_equal(json_string_value(json_array_get(json_object_get(notice, "resources"), 0)), "42");
    reading_clear(&reading);
    rule_folder_close(&own);
}

static void halves_are_told_apart(void **state)
{
    static const struct {
        const char *body, *ja, *en;
    } table[] = {
        {"お客様のインスタンスは停止されます。\n対応してください。\n\nYour instance will be stopped. Please act "
         "soon.\n",
         "お客様のインスタンスは停止されます。\n対応してください。",
         "Your instance will be stopped. Please act soon.\n"},
        {"Your instance will be stopped. Please act soon.\n\nお客様のインスタンスは停止されます。\n",
         "お客様のインスタンスは停止されます。\n", "Your instance will be stopped. Please act soon."},
        {"English follows Japanese\nお客様のインスタンスは停止されます。\n---- English ----\nYour instance is going to "
         "stop.\n",
         "English follows Japanese\nお客様のインスタンスは停止されます。",
         "---- English ----\nYour instance is going to stop.\n"},
        {"お客様のインスタンスは停止されます。\n", "お客様のインスタンスは停止されます。\n", NULL},
        {"Your instance will be stopped.\n", NULL, "Your instance will be stopped.\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct reading reading;
        g_autoptr(message) message = mail_made("", "X", table[i].body);
        reading_start(&reading, folder.set, message);
        const char *ja = notice_half(&reading, message, "ja"), *en = notice_half(&reading, message, "en");
        if (g_strcmp0(ja, table[i].ja) != 0 || g_strcmp0(en, table[i].en) != 0)
            fail_msg("'%s': got '%s' and '%s'", table[i].body, ja, en);
        assert_null(notice_half(&reading, message, "fr"));
        reading_clear(&reading);
    }
}

/* What no person writes costs no more than its length. */
static void hostile_bodies_are_read_through(void **state)
{
    static const char *const pieces[] = {"2026-12-05 ",
                                         "between ",
                                         "{",
                                         "Message metadata\n",
                                         "https://a.awstrack.me/L0/",
                                         "if ",
                                         "Monday, ",
                                         "12月",
                                         "AWS ID: ",
                                         "arn:aws:",
                                         "by 12:00 ",
                                         "\xee\x80\x80\xee\x84\x80"};
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        struct reading reading;
        g_autoptr(GString) body = g_string_new(NULL);
        while (body->len < 300000)
            g_string_append(body, pieces[i]);
        g_autoptr(message) message = mail_made("", "X", body->str);
        reading_start(&reading, folder.set, message);
        g_autofree char *text = json_canonical(notice_of(&reading, true));
        assert_non_null(text);
        reading_clear(&reading);
    }
}

static void the_body_is_read_only_when_asked(void **state)
{
    struct reading reading;
    g_autoptr(message) message = mail_made("X-SM-COMMUNICATION-TYPE: AWS_EC2_Y\n", "X", BLOCK);
    reading_start(&reading, folder.set, message);
    assert_string_equal(notice_event_type(&reading), "AWS_EC2_Y");
    assert_int_equal(json_array_size(json_object_get(notice_of(&reading, false), "accounts")), 0);
    assert_false(message_is_whole(message));
    assert_int_equal(json_array_size(json_object_get(notice_of(&reading, true), "accounts")), 1);
    assert_true(message_is_whole(message));
    reading_clear(&reading);
}

static void every_field_is_there(void **state)
{
    struct reading reading;
    g_autoptr(message) message = mail_made("", "", "");
    reading_start(&reading, folder.set, message);
    g_autofree char *got = json_canonical(notice_of(&reading, true));
    assert_string_equal(
        got,
        "{\"abuse_id\":null,\"accounts\":[],\"action_required\":false,\"case\":null,\"deadline\":null,"
        "\"ends\":null,\"event_type\":null,\"final_notice\":false,\"language\":null,\"links\":[],\"metadata\":{},"
        "\"regions\":[],\"reminder\":false,\"resources\":[],\"service\":null,\"starts\":null,"
        "\"status\":null,\"title\":\"\"}");
    reading_clear(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_say_what_the_mail_says),
        cmocka_unit_test(times_are_found_by_cues),
        cmocka_unit_test(the_body_says_how_things_stand),
        cmocka_unit_test(a_teams_own_cues_come_first),
        cmocka_unit_test(halves_are_told_apart),
        cmocka_unit_test(hostile_bodies_are_read_through),
        cmocka_unit_test(the_body_is_read_only_when_asked),
        cmocka_unit_test(every_field_is_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
