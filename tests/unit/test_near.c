/* Near misses: the nearest rule, its category as a suggestion, what differs and a template that matches both;
 * when a category is too grave to be guessed; and that looking for it leaves no trace. */
#include "rule_folder.h"
#include "rules/near_words.h"
#include "wire/decision.h"

#define CATEGORIES                                                                                           \
    "category 'work' { title = 'W', tell = 'technical' } category 'bill' { title = 'B' }\n"                  \
    "category 'alert' { title = 'A', tell = 'security', grave = { 'abuse', 'third party', '不正' } }\n"    \
    "category 'unmatched' { title = 'U', tell = 'operators' } category 'not_aws' { title = 'N' }\n"          \
    "category 'suspicious' { title = 'S', tell = 'operators' }\n"

static const char rules[] = CATEGORIES
    "rule 'reboot' { title = 'Amazon EC2 Maintenance: Instance scheduled for reboot', category = 'work' }\n"
    "rule 'runtime' { title = 'AWS Lambda end of support for {any}', category = 'work' }\n"
    "rule 'until' { title = 'Amazon RDS minor versions deprecated on October 31, 2025', category = 'work' }\n"
    "rule 'budget' { title = 'AWS Budgets: {any} has exceeded your alert threshold', category = 'bill' }\n"
    "rule 'invoice' { subject = 'Your {month} invoice [AWS Account: {account}]', category = 'bill' }\n"
    "rule 'statement' { title = nocase(contains 'billing statement available'), category = 'bill' }\n"
    "rule 'japanese' { title = 'インスタンスの再起動のお知らせ', category = 'work' }\n"
    "rule 'event' { event_type = 'AWS_EC2_*RETIREMENT*', category = 'work' }\n"
    "rule 'long' { event_type = 'AWS_SHIELD_ATTACK_DETECTED' .. string.rep('?', 2500), category = 'work' }\n"
    "rule 'quoted' { title = 'Quota \"x\" nearly reached', category = 'work' }\n"
    "rule 'shadow' { title = 'Certificate renewal pending', category = 'work', mode = 'shadow' }\n"
    "rule 'passing' { title = 'Patch window announced', final = false, category = 'work', tags = { 't' } }\n"
    "rule 'digest' { title = 'Weekly digest of patches', category = 'work', general = true }\n"
    "rule 'batch' { title = 'Batch 12 of {any} fails', category = 'work' }\n"
    "rule 'closed' { title = 'Quarterly account statement closed by request of owner in full detail', category = 'bill' }\n"
    "rule 'opened' { title = 'Quarterly account statement opened by request of owner in full detail', category = 'work' }\n"
    "rule 'cluster' { title = 'Clusters deprecated', category = 'work' }\n"
    "rule 'topic' { from = 'no-reply@sns.amazonaws.com', speaker = 'any', category = 'bill', general = true }\n"
    "rule 'topic.known' { title = 'Topic subscription confirmed', speaker = 'any', category = 'work' }\n"
    "rule 'general' { title = matches 'upgrade', category = 'work', general = true }\n"
    "rule 'upgrade' { title = 'Cluster upgrade planned for next week', category = 'bill' }\n";

static void assert_near(const struct rule_folder *folder, const char *headers, const char *subject,
                        const char *body, const char *want)
{
    g_autoptr(json_t) decision = rule_folder_decide(folder, headers, subject, body);
    const json_t *near = json_object_get(decision, "near");
    g_autofree char *differs = json_canonical(json_object_get(near, "differs"));
    g_autofree char *got = json_is_null(near)
                               ? g_strdup("none")
                               : g_strdup_printf("%s %s %s | %s", json_text_or(near, "rule", ""),
                                                 json_text_or(near, "category", ""), differs,
                                                 json_text_or(near, "template", ""));
    if (strcmp(got, want) != 0)
        fail_msg("%s:\n    %s, not\n    %s", subject, got, want);
}

static void the_nearest_rule_and_what_differs(void **state)
{
    static const struct {
        const char *subject, *want;
    } cases[] = {
        {"Amazon EC2 Maintenance: Instance planned for reboot",
         "reboot work [\"\\\"scheduled\\\" is \\\"planned\\\"\"] | "
         "Amazon EC2 Maintenance: Instance {word} for reboot"},
        {"Amazon EC2 Maintenance: Instance scheduled for reboot soon",
         "reboot work [\"\\\"soon\\\" is new\"] | Amazon EC2 Maintenance: Instance scheduled for reboot{any}"},
        {"Amazon EC2 Maintenance: Instance scheduled",
         "reboot work [\"\\\"for reboot\\\" is missing\"] | Amazon EC2 Maintenance: Instance scheduled{any}"},
        {"Amazon EC2 Maintenance - Instance scheduled for reboot",
         "reboot work [\"\\\":\\\" is \\\"-\\\"\"] | Amazon EC2 Maintenance{any} Instance scheduled for reboot"},
        {"Maintenance: Amazon EC2 Instance scheduled for reboot",
         "reboot work [\"\\\"Maintenance:\\\" stands elsewhere\"] | "
         "{any}Amazon EC2{any} Instance scheduled for reboot"},
        {"Amazon RDS minor versions deprecated on March 1, 2027",
         "until work [\"\\\"October 31, 2025\\\" is \\\"March 1, 2027\\\"\"] | "
         "Amazon RDS minor versions deprecated on {date}"},
        {"AWS Lambda nearing end of support for Node.js 26",
         "runtime work [\"\\\"nearing\\\" is new\"] | AWS Lambda{any} end of support for {any}"},
        {"AWS Budgets: team-a > b exceeded your alert threshold",
         "budget bill [\"\\\"has\\\" is missing\"] | AWS Budgets: {any} exceeded your alert threshold"},
        {"インスタンスの計画再起動のお知らせ",
         "japanese work [\"\\\"計画\\\" is new\"] | インスタンスの{any}再起動のお知らせ"},
        {"Quota \"y\" nearly reached",
         "quoted work [\"\\\"x\\\" is \\\"y\\\"\"] | Quota \"{word}\" nearly reached"},
        {"amazon ec2 maintenance: instance scheduled for reboot",
         "reboot work [\"\\\"Amazon EC2 Maintenance: Instance\\\" is \\\"amazon ec2 maintenance: instance\\\"\"] | "
         "amazon ec2 maintenance: instance scheduled for reboot"},
        {"Your June 2026 invoice is here [AWS Account: 123456789012]",
         "invoice bill [\"\\\"is here\\\" is new\"] | Your {month} invoice is here"},
        {"Your billing statement is now available i-0123456789abcdef0 on 2026-12-05",
         "statement bill [\"\\\"is now\\\" is new\"] | "
         "Your billing statement is now available {instance} on {date}"},
        {"Batch 13 of jobs fails",
         "batch work [\"\\\"12\\\" is \\\"13\\\"\"] | Batch {version} of {any} fails"},
        {"Quarterly account statement changed by request of owner in full detail", /* not {word}: the other's
                                                                                      too */
         "closed bill [\"\\\"closed\\\" is \\\"changed\\\"\"] | "
         "Quarterly account statement changed by request of owner in full detail"},
        {"Cluster deprecating",
         "cluster work [\"\\\"Clusters deprecated\\\" is \\\"Cluster deprecating\\\"\"] | Cluster deprecating"},
        {"amazon ec2 {n} maintenance: instance scheduled for reboot",
         "reboot work [\"\\\"Amazon EC2 Maintenance: Instance\\\" is \\\"amazon ec2 {n} maintenance: instance\\\"\"] | "
         "amazon ec2 {any} maintenance: instance scheduled for reboot"},
        {"Weekly digest of new patches", "none"},
        {"Something else altogether", "none"},
        {"Certificate renewal is pending", "none"},
        {"Patch window is announced", "none"},
        {"", "none"},
    };
    struct rule_folder folder;
    rule_folder_sound(&folder, rules);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_near(&folder, "", cases[i].subject, "x\n", cases[i].want);
    g_autoptr(json_t) swapped =
        rule_folder_decide(&folder, "", "reboot for scheduled Instance Maintenance EC2 Amazon", "x\n");
    assert_string_equal(json_text(json_object_get(swapped, "near"), "rule"), "reboot");
    assert_near(&folder, "X-SM-COMMUNICATION-TYPE: AWS_EC2_HOST_RETIREMENTS\n", "About your host", "x\n",
                "none");
    assert_near(&folder, "X-SM-COMMUNICATION-TYPE: AWS_EC2_INSTANCE_RETIRED\n", "About your host 7", "x\n",
                "event work [\"the event type \\\"AWS_EC2_INSTANCE_RETIRED\\\" is nearly "
                "\\\"AWS_EC2_*RETIREMENT*\\\"\"] | About your host {version}");
    rule_folder_close(&folder);
}

static void what_is_said_of_a_long_type_is_short(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, rules);
    g_autoptr(json_t) decision = rule_folder_decide(
        &folder, "X-SM-COMMUNICATION-TYPE: AWS_SHIELD_ATTACK_DETECTED\n", "Something", "x\n");
    assert_string_equal(json_text_or(json_object_get(decision, "near"), "rule", ""), "long");
    assert_true(decision_check(decision, NULL));
    rule_folder_close(&folder);
}

/* What a general rule decides has a suggestion, too; what a special one decides needs none. */
static void certainty_says_whether_it_is_looked_for(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, rules);
    g_autoptr(json_t) general =
        rule_folder_decide(&folder, "", "Cluster upgrade planned for next month", "x\n"),
                      exact = rule_folder_decide(&folder, "", "Cluster upgrade planned for next week", "x\n");
    assert_part(general, "category", "\"work\"");
    assert_part(general, "certainty", "\"general\"");
    assert_string_equal(json_text(json_object_get(general, "near"), "category"), "bill");
    assert_part(exact, "near", "null");
    rule_folder_close(&folder);
}

static json_t *decide_mail(const char *headers, const char *category)
{
    static const struct limits limits = LIMITS_DEFAULT;
    struct decide_request request = {.trust = &mx_trust, .category = category};
    struct decided decided = {0};
    struct rule_folder folder;
    rule_folder_sound(&folder, rules);
    g_autofree char *text = g_strconcat(headers, "\n\nx\n", NULL);
    g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
    g_autoptr(message) message = message_new(raw, &limits);
    time_parse(ARRIVAL, &request.arrival);
    rule_set_decide(folder.set, message, &request, &decided);
    json_t *near = json_deep_copy(json_object_get(decided.decision, "near"));
    decided_clear(&decided);
    rule_folder_close(&folder);
    return near;
}

/* A person is not bothered with strangers' mail, and what a person decided needs no suggestion. */
static void who_speaks_says_whether_it_is_looked_for(void **state)
{
#define TOPIC                                                                                                \
    "Authentication-Results: mx.example.jp; dkim=pass header.d=sns.amazonaws.com; dmarc=pass "               \
    "header.from=sns.amazonaws.com\nFrom: no-reply@sns.amazonaws.com\n"
#define NEARLY "Subject: Amazon EC2 Maintenance: Instance planned for reboot"
    g_autoptr(json_t) stranger = decide_mail("From: someone@example.com\n" NEARLY, NULL),
                      nobody = decide_mail(NEARLY, NULL),
                      person = decide_mail(
                          "Authentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass "
                          "header.from=amazon.com\nFrom: no-reply-aws@amazon.com\n" NEARLY,
                          "unmatched"),
                      topic = decide_mail(TOPIC NEARLY, NULL),
                      known = decide_mail(TOPIC "Subject: Topic subscription is confirmed", NULL),
                      forged = decide_mail("From: no-reply-aws@amazon.com\n"
                                           "Subject: Quota \"x\" nearly reached",
                                           NULL);
    assert_true(json_is_null(stranger));
    assert_string_equal(json_text(nobody, "rule"), "reboot");
    assert_true(json_is_null(person));
    assert_true(json_is_null(topic)); /* what anybody can make a topic say, AWS does not */
    assert_string_equal(json_text(known, "rule"), "topic.known");
    g_autofree char *text = json_canonical(forged);
    assert_string_equal(text, "{\"category\":\"work\",\"differs\":[],\"rule\":\"quoted\",\"similarity\":1.0,"
                              "\"template\":null}");
}

static void grave_categories_need_grave_words(void **state)
{
    static const char alerts[] = CATEGORIES
        "rule 'abuse' { title = 'Your AWS Abuse Report [{abuse_id}]', category = 'alert' }\n"
        "rule 'access' { title = 'Account accessed by a third party', category = 'alert' }\n"
        "rule 'closed' { title = 'Account accessed by a new party', category = 'work' }\n"
        "rule 'japan' { title = 'アカウントの不正利用の疑い', category = 'alert' }\n"
        "rule 'case' { title = 'New Support case: {case}', category = 'alert', body = 'urgent' }\n"
        "rule 'from' { title = 'New Support case: {case}', category = 'alert',\n"
        "  from = 'no-reply-aws@amazon.com', when = function() return true end }\n"
        "rule 'asks' { title = 'Abuse of instance credentials noticed', category = 'alert',\n"
        "  when = function() return false end }\n"
        "rule 'again' { title = { 'New Support case again', 'Support case moved', 'Support case left' }, category = 'bill' }\n"
        "rule 'opened' { title = 'New Support case opened', category = 'bill' }\n"
        "rule 'plain' { title = 'New Support case: {case}', category = 'bill', final = true }\n";
    static const struct {
        const char *subject, *body, *category;
    } cases[] = {
        {"Your new AWS Abuse Report [P01FAKE0000]", "x\n", "alert"},
        {"Your AWS Abuse Notice [P01FAKE0000]", "x\n", "alert"},
        {"Abuse", "x\n", NULL}, /* too little is left of it */
        {"Your AWS Cost Report [P01FAKE0000]", "x\n", NULL},
        {"Your AWS Report [P01FAKE0000]", "x\n", NULL},
        {"Account read by a third party", "x\n", "alert"},
        {"Account accessed by a new third party", "x\n", "work"}, /* as near, and not grave */
        {"アカウントの不正利用のおそれ", "x\n", "alert"},
        {"アカウントの利用の疑い", "x\n", NULL},
        {"New AWS Support case: 1234567890", "this is urgent\n", "alert"},
        {"New AWS Support case: 1234567890", "x\n", "bill"},
        {"Abuse of your instance credentials noticed", "x\n", NULL}, /* a function has its say */
    };
    struct rule_folder folder;
    rule_folder_sound(&folder, alerts);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", cases[i].subject, cases[i].body);
        const char *category = json_text(json_object_get(decision, "near"), "category");
        if (g_strcmp0(category, cases[i].category) != 0)
            fail_msg("%s: %s", cases[i].subject, category != NULL ? category : "none");
    }
    rule_folder_close(&folder);
}

/* What else a rule demands is asked of the mail, and nothing of that stays. */
static void what_else_is_demanded(void **state)
{
    static const char demanding[] = CATEGORIES
        "rule 'other' { title = 'Quarterly review of instances', from = 'a@example.com', category = 'work' }\n"
        "rule 'found' { title = 'Weekly report of volumes', body = matches '(?<hidden>x)', category = 'work' }\n"
        "rule 'steps' { title = 'Monthly digest of snapshots', body = matches '^(a+)+(b|c)$', category = 'work' }\n"
        "rule 'calls' { title = 'Yearly summary of regions', category = 'work',\n"
        "  when = function() error 'called' end }\n";
    static const struct {
        const char *subject, *body, *rule, *met;
    } cases[] = {
        {"Quarterly review of your instances", "x\n", "other", "no"},
        {"Weekly report of your volumes", "x\n", "found", "yes"},
        {"Monthly digest of your snapshots", NULL, "steps", "no"},
        {"Yearly summary of your regions", "x\n", "calls", "yes"},
    };
    struct rule_folder folder;
    g_autofree char *slow = g_strnfill(5000, 'a');
    rule_folder_sound(&folder, demanding);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) decision =
            rule_folder_decide(&folder, "", cases[i].subject, cases[i].body != NULL ? cases[i].body : slow);
        const json_t *near = json_object_get(decision, "near");
        size_t said = json_array_size(json_object_get(near, "differs"));
        bool met = strcmp(cases[i].met, "yes") == 0;
        if (g_strcmp0(json_text(near, "rule"), cases[i].rule) != 0 || said != (met ? 1 : 2) ||
            met != (json_number_value(json_object_get(near, "similarity")) > 0.8))
            fail_msg("%s: %s", cases[i].subject, json_text_or(near, "rule", "none"));
        assert_part(decision, "found", "{}");
        assert_part(decision, "errors", "[]");
        assert_part(decision, "tags", "[]");
    }
    rule_folder_close(&folder);
}

static void words_are_told_apart(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"Amazon EC2 (Fargate): end-of-life!", "amazon ec2 fargate end of life"},
        {"Node.js 16, Python 3.9 and 20.x. v1.33", "node.js #n python #n and #n #n"},
        {"i-0123456789abcdef0 us-east-1 2026-12-05 2026/12/05", "#id #id #date #date"},
        {"October 31, 2025 on the 1st may", "#date #n #n on the #n may"},
        {"P01FAKE0000 EUINAM26-16342", "#id #id"},
        {"計画メンテ", "計画 画メ メン ンテ"},
        {"第 2 回 EC2の更新", "第 #n 回 ec2 の更 更新"},
        {"École ÉTÉ", "école été"},
        {"…—!", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) words = near_words_new();
        g_autoptr(GString) line = g_string_new(NULL);
        near_words_read(words, cases[i].text, strlen(cases[i].text), 0, 64);
        for (guint k = 0; k < words->len; k++)
            g_string_append_printf(line, "%s%s", k > 0 ? " " : "",
                                   g_array_index(words, struct near_word, k).text);
        assert_string_equal(line->str, cases[i].words);
    }
    assert_true(near_is_kin("retired", "retire") && near_is_kin("deprecating", "deprecated"));
    assert_false(near_is_kin("compression", "compromised") || near_is_kin("active", "activity"));
}

/* However long, and whatever is in it, the keeper takes the decision. */
static void sizes_are_bounded(void **state)
{
    struct rule_folder folder;
    g_autoptr(GString) subject = g_string_new("Amazon EC2 Maintenance: Instance {any} {account} planned");
    rule_folder_sound(&folder, rules);
    assert_near(&folder, "", "Amazon EC2 Maintenance: Instance scheduled for {any} reboot", "x\n",
                "reboot work [\"\\\"{any}\\\" is new\"] | "
                "Amazon EC2 Maintenance: Instance scheduled for{any} reboot");
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(subject, " %d reboot\n ", i);
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", subject->str, "x\n");
    assert_part(decision, "category", "\"unmatched\"");
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_told_apart),
        cmocka_unit_test(the_nearest_rule_and_what_differs),
        cmocka_unit_test(what_is_said_of_a_long_type_is_short),
        cmocka_unit_test(certainty_says_whether_it_is_looked_for),
        cmocka_unit_test(who_speaks_says_whether_it_is_looked_for),
        cmocka_unit_test(grave_categories_need_grave_words),
        cmocka_unit_test(what_else_is_demanded),
        cmocka_unit_test(sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
