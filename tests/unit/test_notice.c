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
        got, "{\"abuse_id\":null,\"accounts\":[],\"action_required\":false,\"case\":null,\"deadline\":null,"
             "\"ends\":null,\"event_type\":null,\"final_notice\":false,\"language\":null,\"links\":[],\"metadata\":{},"
             "\"regions\":[],\"reminder\":false,\"resources\":[],\"service\":null,\"starts\":null,"
             "\"status\":null,\"title\":\"\"}");
    reading_clear(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_say_what_the_mail_says),
        cmocka_unit_test(the_body_is_read_only_when_asked),
        cmocka_unit_test(every_field_is_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
