/* Conditions over one mail: each kind, how they combine, what is found, and what is recorded when one fails.
 */
#include "rule_folder.h"

#define HEADERS "To: \"Root\" <root@example.com>\nCc: other@example.jp\nX-Tag: first\nX-Tag: second one\n"
#define SUBJECT "[Action Required] Case 12345678 [AWS Account: 123456789012]"
#define BODY                                                                                                 \
    "Severity: Urgent\nSubject: your account\nis compromised\nid i-0123456789abcdef0\nid i-0123456789abcdef1\n"

static const struct {
    const char *condition;
    bool holds;
} cases[] = {
    {"title = 'Case {case}'", true},
    {"title = 'Case'", false},
    {"title = { 'Other', 'Case {case}' }", true},
    {"subject = 'Case {case}'", false},
    {"subject = contains 'case', title = 'Case {case}'", false},
    {"subject = contains(nocase 'case'), title = 'Case {case}'", true},
    {"subject = nocase(contains 'case')", true},
    {"subject = matches [[Case \\d+]]", true},
    {"title = starts 'Case'", true},
    {"title = ends '78'", true},
    {"body = 'Severity: Urgent'", true},
    {"body = 'severity: urgent'", false},
    {"body = 'account is compromised'", true},
    {"body = all { 'Severity', any { 'compromised', 'Compromised' } }", true},
    {"body = all { 'Severity', 'absent' }", false},
    {"body = none { 'absent' }", true},
    {"body = none { 'absent', 'Severity' }", false},
    {"body = matches [[^id \\S+$]]", true},
    {"from = 'no-reply-aws@amazon.com'", true},
    {"from = '@amazon.com'", true},
    {"from = '@example.com'", false},
    {"from = { '@example.com', '@amazon.com' }", true},
    {"to = 'root@example.com'", true},
    {"to = '@example.jp'", true},
    {"header = { ['x-tag'] = 'second' }", true},
    {"header = { ['X-Tag'] = 'third' }", false},
    {"header = { ['X-Tag'] = 'first', ['X-None'] = 'x' }", false},
    {"notice = { action_required = true }", true},
    {"notice = { action_required = false }", false},
    {"notice = { accounts = '123456789012' }", true},
    {"notice = { accounts = { '1', '123456789012' }, reminder = false }", true},
    {"notice = { service = 'EC2' }", false},
    {"event_type = 'AWS_*'", false},
    {"attachment = '*.pdf'", false},
    {"when = function(msg) return msg.title == 'Case 12345678' and msg:header('X-Tag', 2) == 'second one' end",
     true},
    {"when = function(msg) return msg.from.address == 'no-reply-aws@amazon.com' and msg.to[1].name == 'Root' end",
     true},
    {"when = function(msg) return msg.auth.verdict == 'proven' and msg.notice.accounts[1] == '123456789012' end",
     true},
    {"when = function(msg) return msg.nothing end", false},
    {"title = 'Case {case}', when = function(_, found) return found.case == '12345678' end", true},
    {"any = { title = 'x', body = 'Severity' }", true},
    {"any = { { title = 'Case {case}', body = 'absent' }, { title = 'y' } }", false},
    {"all = { { title = 'Case {case}' }, { body = 'Severity' } }", true},
    {"none = { title = 'x', body = 'absent' }", true},
    {"none = { { title = 'Case {case}', body = 'absent' } }", true},
    {"none = { title = 'x', body = 'Severity' }", false},
    {"any = { all = { title = 'Case {case}', none = { body = 'absent' } } }", true},
};

static json_t *decide(const char *rule)
{
    struct rule_folder folder;
    g_autofree char *text = g_strdup_printf("category \"c\" { title = \"C\" }\n%s\n", rule);
    rule_folder_sound(&folder, text);
    json_t *decision = rule_folder_decide(&folder, HEADERS, SUBJECT, BODY);
    rule_folder_close(&folder);
    return decision;
}

static void conditions_hold(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *rule = g_strdup_printf("rule 'r' { %s, category = 'c' }", cases[i].condition);
        g_autoptr(json_t) decision = decide(rule);
        bool held = json_text(decision, "rule") != NULL;
        if (held != cases[i].holds || json_array_size(json_object_get(decision, "errors")) > 0)
            fail_msg("%s: %s", cases[i].condition, held ? "held" : "did not hold");
    }
}

static const struct {
    const char *rules, *found;
} finds[] = {
    {"rule 'r' { title = 'Case {case}', category = 'c' }", "{\"case\":\"12345678\"}"},
    {"rule 'r' { title = 'Case {case}', category = 'c', capture = { case = 'Severity: {word}' } }",
     "{\"case\":\"Urgent\"}"},
    {"rule 'r' { title = 'Case {n}', category = 'c', capture = { x = 'absent {word}' } }",
     "{\"n\":\"12345678\"}"},
    {"rule 'r' { title = 'Case {n}', category = 'c', capture = { x = 'account is compromised' } }",
     "{\"n\":\"12345678\",\"x\":\"account is compromised\"}"},
    {"rule 'r' { title = starts 'Case', category = 'c', capture = { x = 'Subject: {line}' } }",
     "{\"x\":\"your account\"}"},
    {"rule 'r' { title = starts 'Case', category = 'c', collect = { ids = 'id {instance}', none = 'absent {n}' } }",
     "{\"ids\":[\"i-0123456789abcdef0\",\"i-0123456789abcdef1\"],\"none\":[]}"},
    {"rule 'r' { title = starts 'Case', category = 'c', collect = { all = '{any}' } }", "{\"all\":[\"\"]}"},
    {"rule 'r' { title = matches [[Case (?<Number>\\d+)(?<none>x)?]], category = 'c' }",
     "{\"Number\":\"12345678\"}"},
    {"rule 'p' { title = 'Case {n}', final = false } rule 'r' { title = 'Case {case}', category = 'c' }",
     "{\"case\":\"12345678\",\"n\":\"12345678\"}"},
    {"rule 'p' { title = 'Case {n}', final = false, body = 'absent' } rule 'r' { title = 'Case {case}', category = 'c' }",
     "{\"case\":\"12345678\"}"},
    {"rule 'p' { title = 'Case {n}', mode = 'shadow', category = 'c' } rule 'r' { title = 'Case {case}', category = 'c' }",
     "{\"case\":\"12345678\"}"},
    {"rule 'r' { any = { { title = 'Case {n}', body = 'absent' }, { title = 'Case {case}' } }, category = 'c' }",
     "{\"case\":\"12345678\"}"},
    {"rule 'r' { none = { { title = 'Case {n}', body = 'absent' } }, title = 'Case {case}', category = 'c' }",
     "{\"case\":\"12345678\"}"},
    {"rule 'r' { all = { { title = 'Case {n}' }, { title = 'Case {case}' } }, category = 'c' }",
     "{\"case\":\"12345678\",\"n\":\"12345678\"}"},
    {"rule 'r' { title = 'x {n}', category = 'c' }", "{}"},
};

static void found_holds_what_was_named(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(finds); i++) {
        g_autoptr(json_t) decision = decide(finds[i].rules);
        g_autofree char *got = json_canonical(json_object_get(decision, "found"));
        if (strcmp(got, finds[i].found) != 0)
            fail_msg("%s: %s", finds[i].rules, got);
    }
}

static const struct {
    const char *rules, *kind, *decided;
} failures[] = {
    {"rule 'r' { when = function() error 'x' end, category = 'c' } rule 'next' { title = starts 'Case', category = 'c' }",
     "raised", "\"next\""},
    {"rule 'r' { when = function() while true do end end, category = 'c' } rule 'next' { title = starts 'Case', category = "
     "'c' }",
     "instructions", "\"next\""},
    {"rule 'r' { body = matches [[(?:\\w|\\w\\w|[^!])+[!?]$]], category = 'c' } rule 'next' { title = starts 'Case', category = "
     "'c' }",
     "steps", "\"next\""},
    {"local n = 0 rule 'r' { when = function() n = n + 1 return true end, category = 'c' }", "state",
     "\"r\""},
};

static void failures_are_recorded_once_and_passed_over(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autoptr(json_t) decision = decide(failures[i].rules);
        const json_t *errors = json_object_get(decision, "errors");
        assert_int_equal(json_array_size(errors), 1);
        assert_string_equal(json_text(json_array_get(errors, 0), "kind"), failures[i].kind);
        assert_string_equal(json_text(json_array_get(errors, 0), "rule"), "r");
        assert_part(decision, "rule", failures[i].decided);
    }
}

static void a_cheap_refusal_leaves_the_body_alone(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder,
        "category \"not_aws\" { title = \"x\" }\n"
        "rule \"r\" { body = \"Severity\", title = matches \"Other|Else\", category = \"not_aws\" }\n");
    g_autoptr(message) message = mail_made("", "Case", BODY);
    struct decide_request request = {.trust = &mx_trust, .explain = true};
    struct decided decided = {0};
    rule_set_decide(folder.set, message, &request, &decided);
    g_autofree char *said = json_canonical(decided.explain);
    assert_non_null(strstr(said, "{\"condition\":\"title\",\"holds\":false,\"match\":\"matches\""));
    assert_non_null(strstr(said,
                           "{\"condition\":\"body\",\"holds\":false,\"match\":\"contains\",\"saw\":null,"
                           "\"skipped\":true,\"wanted\":\"Severity\"}"));
    decided_clear(&decided);
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_hold),
        cmocka_unit_test(found_holds_what_was_named),
        cmocka_unit_test(failures_are_recorded_once_and_passed_over),
        cmocka_unit_test(a_cheap_refusal_leaves_the_body_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
