/* Which account a mail is about, and whose contact is told: an answer that could be wrong is none. */
#include "rule_folder.h"
#include "rules/account.h"

#define ONE "123456789012"
#define TWO "210987654321"
#define RULES                                                                                                \
    "contacts { ['" ONE                                                                                      \
    "'] = { technical = 'a@example.com', security = 's@example.com', root = 'aws+prod@example.jp' },\n"      \
    "  ['" TWO                                                                                               \
    "'] = { technical = 'b@example.com', security = 's@example.com', root = { 'Aws@Example.jp' } },\n"       \
    "  ['*'] = { technical = 'c@example.com' } }\n"
#define ALL_ONLY "contacts { ['*'] = { technical = 'c@example.com' } }\n"
#define ONE_ONLY "contacts { ['" ONE "'] = { technical = 'a@example.com' } }\n"

#define GROUPS                                                                                               \
    "contacts { ['@corp'] = { technical = 'c@example.com', accounts = { '" ONE "', '" TWO                    \
    "' }, root = 'corp+{account}@example.jp' },\n"                                                           \
    "  ['" TWO "'] = { technical = 'b@example.com' },\n"                                                     \
    "  ['333333333333'] = { group = 'corp', root = 'aws-prod+*@example.jp' },\n"                             \
    "  ['444444444444'] = { technical = 'd@example.com' }, ['*'] = { root = 'aws.{account}@example.jp' } }\n"
#define THREE "333333333333"
#define FOUR "444444444444"

static const struct {
    const char *name, *rules, *recipient, *headers, *subject, *body;
    const char *account, *contact; /* NULL: none; the operators */
    bool conflict;
} cases[] = {
    {"of the subject", RULES, NULL, "", "X [AWS Account: " ONE "]", "", ONE, ONE, false},
    {"unknown to the directory", RULES, NULL, "", "X [AWS Account: 999999999999]", "", "999999999999", "*",
     false},
    {"unknown, without a default", ONE_ONLY, NULL, "", "X [AWS Account: 999999999999]", "", "999999999999",
     NULL, false},
    {"of the body", RULES, NULL, "", "X", "AWS Account ID: " ONE "\n", ONE, ONE, false},
    {"of the body, behind several blanks", RULES, NULL, "", "X", "AWS   Account ID:\n" ONE "\n", ONE, ONE,
     false},
    {"a bare number", RULES, NULL, "", "X", ONE "\n", NULL, NULL, false},
    {"of the envelope", RULES, "aws+prod@example.jp", "", "X", "", ONE, ONE, false},
    {"of the envelope, case aside", RULES, "AWS@EXAMPLE.JP", "", "X", "", TWO, TWO, false},
    {"of X-Original-To", RULES, NULL, "X-Original-To: aws+prod@example.jp\n", "X", "", ONE, ONE, false},
    {"of Delivered-To", RULES, NULL, "Delivered-To: aws@example.jp\n", "X", "", TWO, TWO, false},
    {"of a field that a stranger can have written", RULES, NULL,
     "Received: from example.org\nX-Original-To: aws+prod@example.jp\n", "X", "", NULL, NULL, false},
    {"of the topmost", RULES, NULL, "Delivered-To: aws@example.jp\nX-Original-To: aws+prod@example.jp\n", "X",
     "", TWO, TWO, false},
    {"of two behind one label", RULES, NULL, "", "X", "AWS Account ID: " ONE ", " TWO "\n", NULL, NULL,
     false},
    {"the envelope before the headers", RULES, "aws@example.jp", "Delivered-To: aws+prod@example.jp\n", "X",
     "", TWO, TWO, false},
    {"of To", RULES, NULL, "To: <list@example.com>, <aws+prod@example.jp>\n", "X", "", ONE, ONE, false},
    {"of Cc", RULES, NULL, "To: <list@example.com>\nCc: <aws@example.jp>\n", "X", "", TWO, TWO, false},
    {"of To and Cc, the same", RULES, NULL, "To: <aws+prod@example.jp>\nCc: <AWS+prod@example.jp>\n", "X", "",
     ONE, ONE, false},
    {"of To, two of them", RULES, NULL, "To: <aws+prod@example.jp>, <aws@example.jp>\n", "X", "", NULL, NULL,
     false},
    {"of To and Cc, two of them", RULES, NULL, "To: <aws@example.jp>\nCc: <aws+prod@example.jp>\n", "X", "",
     NULL, NULL, false},
    {"the envelope, with two in To", RULES, "aws@example.jp", "To: <aws+prod@example.jp>, <aws@example.jp>\n",
     "X", "", TWO, TWO, false},
    {"subject, and one of two in To", RULES, NULL, "To: <aws+prod@example.jp>, <aws@example.jp>\n",
     "X [AWS Account: " TWO "]", "", TWO, TWO, false},
    {"subject, and none of two in To", RULES, NULL, "To: <aws+prod@example.jp>, <aws@example.jp>\n",
     "X [AWS Account: 999999999999]", "", NULL, NULL, true},
    {"subject and To disagree", RULES, NULL, "To: <aws@example.jp>\n", "X [AWS Account: " ONE "]", "", NULL,
     NULL, true},
    {"metadata and To disagree", RULES, NULL, "To: <aws@example.jp>\n", "X",
     "Message metadata\nAffected account: " ONE "\n", NULL, NULL, true},
    {"metadata and To agree", RULES, NULL, "To: <aws@example.jp>\n", "X",
     "Message metadata\nAffected account: " TWO "\n", TWO, TWO, false},
    {"body and To disagree", RULES, NULL, "To: <aws@example.jp>\n", "X", "AWS Account ID: " ONE "\n", NULL,
     NULL, true},
    {"nobody's address", RULES, "someone@example.com", "", "X", "", NULL, NULL, false},
    {"subject and recipient agree", RULES, "aws+prod@example.jp", "", "X [AWS Account: " ONE "]", "", ONE,
     ONE, false},
    {"subject and recipient disagree", RULES, "aws@example.jp", "", "X [AWS Account: " ONE "]", "", NULL,
     NULL, true},
    {"two accounts, two contacts", RULES, NULL, "", "X", "AWS ID: " ONE "\nAWS ID: " TWO "\n", NULL, NULL,
     false},
    {"two accounts, one contact", RULES, NULL, "", "X", "AWS ID: 999999999998\nAWS ID: 999999999999\n", NULL,
     "*", false},
    {"two accounts, one without a contact", ONE_ONLY, NULL, "", "X", "AWS ID: " ONE "\nAWS ID: " TWO "\n",
     NULL, NULL, false},
    {"two accounts of one group", GROUPS, NULL, "", "X", "AWS ID: " ONE "\nAWS ID: " TWO "\n", NULL, "@corp",
     false},
    {"three of one group, which joined it in two ways", GROUPS, NULL, "", "X",
     "AWS ID: " ONE "\nAWS ID: " TWO "\nAWS ID: " THREE "\n", NULL, "@corp", false},
    {"one of another group", GROUPS, NULL, "", "X", "AWS ID: " ONE "\nAWS ID: " FOUR "\n", NULL, NULL, false},
    {"one of nobody's, last", GROUPS, NULL, "", "X",
     "AWS ID: " ONE "\nAWS ID: " TWO "\nAWS ID: 999999999999\n", NULL, NULL, false},
    {"one of nobody's, first", GROUPS, NULL, "", "X",
     "AWS ID: 000000000000\nAWS ID: " ONE "\nAWS ID: " TWO "\n", NULL, NULL, false},
    {"a member", GROUPS, NULL, "", "X [AWS Account: " ONE "]", "", ONE, ONE, false},
    {"a plus-address of a member", GROUPS, "Corp+" ONE "@example.jp", "", "X", "", ONE, ONE, false},
    {"a group's plus-address of somebody else's account", GROUPS, "corp+" FOUR "@example.jp", "", "X", "",
     NULL, NULL, false},
    {"an address of anybody", GROUPS, "aws." FOUR "@example.jp", "", "X", "", FOUR, FOUR, false},
    {"an address of an account that nobody knows", GROUPS, "aws.999999999999@example.jp", "", "X", "", NULL,
     NULL, false},
    {"more digits than an account has", GROUPS, "aws." FOUR "0@example.jp", "", "X", "", NULL, NULL, false},
    {"the digits in the domain", GROUPS, "aws.{account}@" FOUR ".example.jp", "", "X", "", NULL, NULL, false},
    {"the pattern itself", GROUPS, "aws.{account}@example.jp", "", "X", "", NULL, NULL, false},
    {"another domain", GROUPS, "corp+" ONE "@example.com", "", "X", "", NULL, NULL, false},
    {"any tag", GROUPS, "aws-prod+billing@example.jp", "", "X", "", THREE, THREE, false},
    {"no tag", GROUPS, "aws-prod@example.jp", "", "X", "", NULL, NULL, false},
    {"a plus-address and the subject disagree", GROUPS, "corp+" ONE "@example.jp", "",
     "X [AWS Account: " TWO "]", "", NULL, NULL, true},
    {"To, two of one group", GROUPS, NULL, "To: <corp+" ONE "@example.jp>, <corp+" TWO "@example.jp>\n", "X",
     "", NULL, "@corp", false},
    {"two of one group, at the address of one", GROUPS, "corp+" ONE "@example.jp", "", "X",
     "AWS ID: " ONE "\nAWS ID: " TWO "\n", NULL, "@corp", false},
    {"two of one group, at somebody else's address", GROUPS, "aws." FOUR "@example.jp", "", "X",
     "AWS ID: " ONE "\nAWS ID: " TWO "\n", NULL, NULL, true},
    {"none, everybody's contact", ALL_ONLY, NULL, "", "X", "", NULL, "*", false},
    {"no contacts", "", NULL, "", "X [AWS Account: " ONE "]", "", ONE, NULL, false},
};

static void accounts_are_found(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rule_folder folder;
        struct reading reading;
        bool conflict;
        rule_folder_sound(&folder, cases[i].rules);
        g_autoptr(message) message = mail_made(cases[i].headers, cases[i].subject, cases[i].body);
        reading_start(&reading, folder.set, message);
        reading.recipient = cases[i].recipient;
        const char *account = account_of(&reading, &conflict);
        const char *contact = account_contact(&reading, account, conflict);
        if (g_strcmp0(account, cases[i].account) != 0 || g_strcmp0(contact, cases[i].contact) != 0 ||
            conflict != cases[i].conflict)
            fail_msg("%s: account %s, contact %s, conflict %d", cases[i].name, account, contact, conflict);
        reading_clear(&reading);
        rule_folder_close(&folder);
    }
}

static void a_conflict_is_a_defect(void **state)
{
    static const struct {
        const char *subject, *body;
    } mails[] = {{"X [AWS Account: " ONE "]", ""},
                 {"X", "Message metadata\nAffected account: " ONE "\n"},
                 {"X", "AWS Account ID: " ONE "\n"}};
    struct rule_folder folder;
    rule_folder_sound(&folder, RULES);
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(json_t) decision =
            rule_folder_decide(&folder, "To: aws@example.jp\n", mails[i].subject, mails[i].body);
        assert_part(decision, "account", "null");
        assert_part(decision, "defects", "[\"account-conflict\"]");
    }
    rule_folder_close(&folder);
}

static void several_recipients_are_all_noticed(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, RULES);
    g_autoptr(json_t) decision =
        rule_folder_decide(&folder, "To: aws@example.jp\nCc: <aws+prod@example.jp>\n", "X", "");
    assert_part(decision, "account", "null");
    assert_part(json_object_get(decision, "notice"), "accounts", "[\"" ONE "\",\"" TWO "\"]");
    assert_part(decision, "defects", "[]");
    rule_folder_close(&folder);
}

/* The keeper takes nothing else for an account. */
static void what_is_no_account_is_none(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder,
                      "category \"c\" { title = \"C\" }\n"
                      "rule \"r\" { title = 'X', category = 'c', capture = { account = 'of {line}' } }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "of nobody\n");
    assert_part(decision, "account", "null");
    assert_part(decision, "found", "{\"account\":\"nobody\"}");
    rule_folder_close(&folder);
}

static void a_found_account_counts_like_the_subjects(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, "category \"c\" { title = \"C\" }\n"
                               "rule \"r\" { subject = 'Account {account} it is', category = 'c' }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "Account " ONE " it is", "");
    assert_part(decision, "account", "\"" ONE "\"");
    rule_folder_close(&folder);
}

static void the_recipient_is_given_or_read(void **state)
{
    struct reading reading;
    g_autoptr(message) message =
        mail_made("X-Original-To: nothing\nDelivered-To: b@example.com\nTo: c@example.com\n", "X", "");
    reading_start(&reading, NULL, message);
    assert_string_equal(account_recipient(&reading), "b@example.com");
    g_autofree char *long_name = g_strnfill(1000, 'a'),
                    *header = g_strconcat("X-Original-To: ", long_name, "@example.com\n", NULL);
    g_autoptr(message) unbounded = mail_made(header, "X", "");
    reading.message = unbounded;
    assert_null(account_recipient(&reading));
    reading.recipient = "a@example.com";
    assert_string_equal(account_recipient(&reading), "a@example.com");
    reading_clear(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_found),
        cmocka_unit_test(a_conflict_is_a_defect),
        cmocka_unit_test(several_recipients_are_all_noticed),
        cmocka_unit_test(what_is_no_account_is_none),
        cmocka_unit_test(a_found_account_counts_like_the_subjects),
        cmocka_unit_test(the_recipient_is_given_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
