/* With the index the same rule decides as without: the oracle is deciding with every rule tried. Besides,
 * that rules and bodies are left out at all. */
#include "rule_folder.h"
#include "random_rules.h"
#include "rules/offering.h"

static char *decide(const struct rule_folder *folder, const char *headers, const char *subject,
                    const char *body, bool every_rule)
{
    struct decide_request request = {.trust = &mx_trust, .every_rule = every_rule};
    struct decided decided = {0};
    g_autoptr(message) message = mail_made(headers, subject, body);
    time_parse(ARRIVAL, &request.arrival);
    rule_set_decide(folder->set, message, &request, &decided);
    char *decision = json_canonical(decided.decision);
    decided_clear(&decided);
    return decision;
}

static void the_index_changes_no_decision(void **state)
{
    GRand *random = g_rand_new_with_seed(4);
    unsigned matched = 0, tagged = 0, mails = 0;
    for (int round = 0; round < 25; round++) {
        struct rule_folder folder;
        g_autofree char *rules = random_rules(random, 40);
        rule_folder_open(&folder, rules, 0, NULL);
        assert_int_equal(json_array_size(folder.set->errors), 0);
        for (int i = 0; i < 40; i++) {
            g_autofree char *subject = random_words(random, 5), *body = random_words(random, 12),
                            *header = g_strdup_printf("X-Word: %s\nX-SM-COMMUNICATION-TYPE: %s\n",
                                                      random_word(random), random_word(random));
            g_autofree char *with = decide(&folder, header, subject, body, false),
                            *without = decide(&folder, header, subject, body, true);
            if (strcmp(with, without) != 0)
                fail_msg("%s\nsubject %s\nbody %s\nwith the index %s\nwithout %s", rules, subject, body, with,
                         without);
            matched += strstr(with, "\"rule\":\"r") != NULL;
            tagged += strstr(with, "\"tags\":[\"t") != NULL;
            mails++;
        }
        rule_folder_close(&folder);
    }
    assert_true(matched > mails / 10 && matched < mails && tagged > mails / 10);
    g_rand_free(random);
}

struct considered {
    unsigned rules;
    bool body;
};

static struct considered considered(const struct rule_folder *folder, const char *subject, const char *body)
{
    struct considered considered = {0};
    struct reading reading;
    g_autoptr(message) message = mail_made("", subject, body);
    reading_start(&reading, folder->set, message);
    struct offering *offering = reading.offering = offering_new(&reading, folder->set->index);
    while (offering_next(offering) != NULL)
        considered.rules++;
    considered.body = reading.body != NULL;
    offering_free(offering);
    reading_clear(&reading);
    return considered;
}

static void rules_without_a_chance_are_left_out(void **state)
{
    struct rule_folder folder;
    GString *text = g_string_new("category \"c\" { title = \"C\" }\n");
    for (int i = 0; i < 500; i++)
        g_string_append_printf(
            text,
            "rule \"r%d\" { subject = \"Service %d is scheduled for retirement [AWS Account: "
            "{account}]\", body = \"Number %d\", category = \"c\" }\n",
            i, i, i);
    rule_folder_sound(&folder, text->str);
    g_string_free(text, TRUE);
    struct considered got = considered(
        &folder, "Service 77 is scheduled for retirement [AWS Account: 123456789012]", "Number 77");
    assert_int_equal(got.rules, 1);
    assert_false(got.body); /* it is the rule that asks for it */
    got = considered(&folder, "Service 501 is scheduled for retirement [AWS Account: 123456789012]",
                     "Number 1");
    assert_int_equal(got.rules, 0);
    assert_false(got.body);
    rule_folder_close(&folder);
}

static void a_body_is_read_when_a_rule_in_play_asks(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, "category \"c\" { title = \"C\" }\n"
                               "rule \"subject\" { subject = \"Early\", category = \"c\" }\n"
                               "rule \"body\" { body = \"needle\", category = \"c\" }\n"
                               "rule \"late\" { subject = \"Late\", category = \"c\" }\n");
    struct reading reading;
    g_autoptr(message) early = mail_made("", "Early", "needle"), late = mail_made("", "Late", "needle");
    reading_start(&reading, folder.set, early);
    struct offering *offering = offering_new(&reading, folder.set->index);
    assert_string_equal(offering_next(offering)->id, "subject");
    assert_null(reading.body); /* a rule behind the first asks, and may never be reached */
    assert_string_equal(offering_next(offering)->id, "body");
    assert_non_null(reading.body);
    assert_null(offering_next(offering));
    offering_free(offering);
    reading_clear(&reading);
    reading_start(&reading, folder.set, late);
    offering = offering_new(&reading, folder.set->index);
    const struct rule *rule = offering_next(offering);
    assert_string_equal(rule->id, "body");
    g_autoptr(json_t) why = offering_why(offering, rule);
    g_autofree char *said = json_canonical(why);
    assert_string_equal(said, "[{\"field\":\"body\",\"text\":\"needle\"}]");
    assert_string_equal(offering_next(offering)->id, "late");
    offering_free(offering);
    reading_clear(&reading);
    rule_folder_close(&folder);
}

static void what_has_no_text_is_always_in_play(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder,
                      "category \"c\" { title = \"C\" }\n"
                      "rule \"when\" { when = function() return true end, category = \"c\" }\n"
                      "rule \"half\" { any = { { subject = \"never\" }, { notice = { reminder = true } } }, "
                      "category = \"c\" }\n"
                      "rule \"none\" { none = { { subject = \"never\" } }, category = \"c\" }\n"
                      "rule \"any\" { subject = \"{any}\", category = \"c\" }\n"
                      "rule \"text\" { subject = \"never\", category = \"c\" }\n");
    assert_int_equal(considered(&folder, "Something", "else").rules, 4);
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_changes_no_decision),
        cmocka_unit_test(rules_without_a_chance_are_left_out),
        cmocka_unit_test(a_body_is_read_when_a_rule_in_play_asks),
        cmocka_unit_test(what_has_no_text_is_always_in_play),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
