/* Deciding: which rule is shown as in hand, mail whose sender cannot be read, what stays when a person
 * decides, and that every decision is one that the keeper takes. */
#include "rule_folder.h"
#include "rules/notice.h"
#include "wire/decision.h"

#define CATEGORIES                                                                                             \
    "category 'c' { title = 'C', tell = 'technical' } category 'by_hand' { title = 'H', tell = 'security' }\n" \
    "category 'unmatched' { title = 'U', tell = 'operators' } category 'not_aws' { title = 'N' }\n"
#define MAIL(headers) headers "Subject: X\nDate: Mon, 23 Nov 2026 00:00:00 +0000\n\nbody\n"

static GArray *steps; /* of uint32_t, each once in a row */

static void on_step(uint32_t rule)
{
    if (steps->len == 0 || g_array_index(steps, uint32_t, steps->len - 1) != rule)
        g_array_append_val(steps, rule);
}

static char *steps_of(const char *rules, const char *subject, const char *body)
{
    struct rule_folder folder;
    g_autofree char *text = g_strconcat(CATEGORIES, rules, "\n", NULL);
    steps = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    decide_on_step(on_step);
    rule_folder_sound(&folder, text);
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", subject, body);
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i < steps->len; i++)
        g_string_append_printf(line, "%s%u", i > 0 ? " " : "", g_array_index(steps, uint32_t, i));
    decide_on_step(NULL);
    g_array_unref(steps);
    rule_folder_close(&folder);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static const struct {
    const char *name, *rules, *steps;
} blamed[] = {
    {"one that asks for nothing", "rule 'r' { when = function() end, category = 'c' }", "1 0"},
    {"the body is read for the first that asks",
     "rule 'a' { body = matches 'no|text', category = 'c' } rule 'b' { body = matches 'no|text', category = 'c' }",
     "1 0 1 2 0"},
    {"the search for which rules are in play",
     "rule 'a' { body = 'absent', category = 'c' } rule 'b' { body = 'body', category = 'c' }", "2 0"},
    {"the notice",
     "rule 'a' { title = matches 'Y|Z', category = 'c' } rule 'b' { when = function() end, category = 'c' }",
     "1 0 1 2 0"},
    {"the metadata", "rule 'a' { notice = { service = 'X' }, category = 'c' }", "1 0 1 0"},
    {"attachments", "rule 'a' { attachment = matches 'x|y', category = 'c' }", "1 0 1 0"},
    {"addresses", "rule 'a' { to = matches '@|example', category = 'c' }", "1 0 1 0 1 0"},
    {"a function's msg.text", "rule 'a' { when = function(m) return m.text == 1 end, category = 'c' }",
     "1 0 1 0"},
    {"a function's msg.notice", "rule 'a' { when = function(m) return m.notice == 1 end, category = 'c' }",
     "1 0 1 0"},
    {"a function's msg.attachments",
     "rule 'a' { when = function(m) return m.attachments == 1 end, category = 'c' }", "1 0 1 0"},
    {"a capture", "rule 'a' { when = function() return true end, category = 'c', capture = { n = 'b{n}' } }",
     "1 0 1 0"},
    {"actions of the rule that decides",
     "rule 'a' { when = function() end, category = 'c' } rule 'b' { when = function() return true end, category = 'c', actions "
     "= function() return {} end }",
     "1 2 0 2 0"},
    {"actions of one in passing",
     "rule 'a' { when = function() return true end, final = false, actions = function() return {} end } "
     "rule 'b' { when = function() return true end, category = 'c' }",
     "1 2 0 1 0"},
    {"actions that fail",
     "rule 'a' { when = function() return true end, category = 'c', actions = function() error 'x' end }",
     "1 0 1 0"},
};

/* What reads the mail is none of the rule's doing that happened to ask first. */
static void rules_are_in_hand_only_while_they_work(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blamed); i++) {
        g_autofree char *got = steps_of(blamed[i].rules, "X", "body 1\n");
        if (strcmp(got, blamed[i].steps) != 0)
            fail_msg("%s: %s", blamed[i].name, got);
    }
}

static json_t *decide_bytes(const struct rule_folder *folder, const char *bytes, size_t length,
                            const char *category)
{
    static const struct limits limits = LIMITS_DEFAULT;
    struct decide_request request = {.trust = &mx_trust, .category = category};
    struct decided decided = {0};
    g_autoptr(GBytes) raw = g_bytes_new(bytes, length);
    g_autoptr(message) message = message_new(raw, &limits);
    time_parse(ARRIVAL, &request.arrival);
    rule_set_decide(folder->set, message, &request, &decided);
    json_t *decision = json_incref(decided.decision);
    decided_clear(&decided);
    return decision;
}

static void who_cannot_be_read_is_no_stranger(void **state)
{
    static const struct {
        const char *name, *mail, *category;
    } mails[] = {
        {"a stranger", MAIL("From: someone@example.com\n"), "\"not_aws\""},
        {"no From", MAIL(""), "\"unmatched\""},
        {"an empty From", MAIL("From:\n"), "\"unmatched\""},
        {"nothing at all", "", "\"unmatched\""},
        {"no header", "\n\n\nbody\n", "\"unmatched\""},
        {"bytes that are no address", MAIL("From: \xff\xfe\n"), "\"unmatched\""},
        {"a group of nobody", MAIL("From: undisclosed:;\n"), "\"unmatched\""},
        {"blank lines before a stranger's", MAIL("\n\nFrom: someone@example.com\n"), "\"not_aws\""},
        {"a blank line within", "X-First: 1\n\nFrom: someone@example.com\nSubject: X\n\nbody\n",
         "\"unmatched\""},
    };
    struct rule_folder folder;
    mail_start();
    rule_folder_sound(&folder, CATEGORIES);
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(json_t) decision = decide_bytes(&folder, mails[i].mail, strlen(mails[i].mail), NULL);
        g_autofree char *got = json_canonical(json_object_get(decision, "category")),
                        *actions = json_canonical(json_object_get(decision, "actions"));
        bool told = strstr(actions, "operators") != NULL;
        if (strcmp(got, mails[i].category) != 0 || told != (strcmp(got, "\"unmatched\"") == 0))
            fail_msg("%s: %s %s", mails[i].name, got, actions);
    }
    rule_folder_close(&folder);
}

/* AWS's own, with something before the header or too much of it: never passed over in silence. */
static void what_hides_from_reaches_the_operators(void **state)
{
    g_autoptr(GString) many = g_string_new(NULL), blanks = g_string_new("\n");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(many, "X-%d: x\n", i);
    g_string_append(many, MAIL("From: no-reply-aws@amazon.com\n"));
    g_string_append(blanks, MAIL("From: no-reply-aws@amazon.com\n"));
    const GString *mails[] = {many, blanks};
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORIES "category 'suspicious' { title = 'S', tell = 'operators' }\n");
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(json_t) decision = decide_bytes(&folder, mails[i]->str, mails[i]->len, NULL);
        assert_part(decision, "actions", "[{\"action\":\"forward\",\"args\":{\"to\":\"operators\"}}]");
    }
    rule_folder_close(&folder);
}

static void what_rules_found_stays_when_a_person_decides(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder, CATEGORIES
        "rule 'p' { title = starts 'X', final = false, tags = { 'p' }, actions = forward { to = "
        "'operators' } }\n"
        "rule 'r' { subject = 'X of {account}', category = 'c', tags = { 't' }, capture = { n = 'case {n}' }, "
        "also = forward { to = 'technical' } }\n");
    static const char mail[] =
        "From: no-reply-aws@amazon.com\nSubject: X of 123456789012\nDate: Mon, 23 Nov 2026 00:00:00 +0000\n\n"
        "case 7\n";
    g_autoptr(json_t) decision = decide_bytes(&folder, mail, strlen(mail), "by_hand");
    assert_part(decision, "category", "\"by_hand\"");
    assert_part(decision, "rule", "null");
    assert_part(decision, "account", "\"123456789012\"");
    assert_part(decision, "found", "{\"account\":\"123456789012\",\"n\":\"7\"}");
    assert_part(decision, "tags", "[]");
    assert_part(decision, "actions", "[{\"action\":\"forward\",\"args\":{\"to\":\"security\"}}]");
    rule_folder_close(&folder);
}

#define SHADOW(rule, category, agrees)                                                                       \
    "{\"agrees\":" agrees ",\"category\":\"" category "\",\"rule\":\"" rule "\"}"

/* Each as if it alone were live. */
static const struct {
    const char *name, *rules, *shadow;
    bool stranger;
} shadowed[] = {
    {"it comes first and agrees",
     "rule 's' { title = 'X', mode = 'shadow', category = 'c' } rule 'r' { title = 'X', category = 'c' }",
     SHADOW("s", "c", "true"), false},
    {"it differs",
     "rule 's' { title = 'X', mode = 'shadow', category = 'by_hand' } rule 'r' { title = 'X', category = 'c' }",
     SHADOW("s", "by_hand", "false"), false},
    {"it comes too late",
     "rule 'r' { title = 'X', category = 'c' } rule 's' { title = 'X', mode = 'shadow', category = 'c' }", "",
     false},
    {"it does not hold",
     "rule 's' { title = 'Y', mode = 'shadow', category = 'c' } rule 'r' { title = 'X', category = 'c' }", "",
     false},
    {"a general one comes too late",
     "rule 's' { title = 'X', mode = 'shadow', general = true, category = 'c' } rule 'r' { title = 'X', category = 'c' }",
     "", false},
    {"it decides nothing",
     "rule 's' { title = 'X', mode = 'shadow', final = false, category = 'c' } rule 'r' { title = 'X', category = 'c' }",
     "", false},
    {"nothing else does", "rule 's' { title = 'X', mode = 'shadow', category = 'c' }",
     SHADOW("s", "c", "false"), false},
    {"two of them",
     "rule 's' { title = 'X', mode = 'shadow', category = 'c' } rule 't' { title = 'X', mode = 'shadow', category = 'by_hand' } "
     "rule 'r' { title = 'X', category = 'by_hand' }",
     SHADOW("s", "c", "false") "," SHADOW("t", "by_hand", "true"), false},
    {"a stranger speaks as AWS for both",
     "rule 's' { title = 'X', mode = 'shadow', category = 'by_hand' } rule 'r' { title = 'X', category = 'c' }",
     SHADOW("s", "suspicious", "true"), true},
    {"a stranger may, for the one in shadow",
     "rule 's' { title = 'X', mode = 'shadow', speaker = 'any', category = 'c' } rule 'r' { title = 'X', category = 'c' }",
     SHADOW("s", "c", "false"), true},
    {"a stranger may, for the live one",
     "rule 's' { title = 'X', mode = 'shadow', category = 'c' } rule 'r' { title = 'X', speaker = 'any', category = 'c' }",
     SHADOW("s", "suspicious", "false"), true},
};

static json_t *context_of(const struct rule_folder *folder, bool stranger, const char *category)
{
    static const struct limits limits = LIMITS_DEFAULT;
    static const char text[] =
        "From: someone@example.org\nSubject: X\nDate: Mon, 23 Nov 2026 00:00:00 +0000\n\nbody\n";
    struct decide_request request = {.trust = &mx_trust, .category = category};
    struct decided decided = {0};
    g_autoptr(GBytes) raw = g_bytes_new_static(text, strlen(text));
    g_autoptr(GError) error = NULL;
    g_autoptr(message) message = stranger ? message_new(raw, &limits) : mail_made("", "X", "body\n");
    time_parse(ARRIVAL, &request.arrival);
    rule_set_decide(folder->set, message, &request, &decided);
    if (!decision_check(decided.decision, &error) || !decision_check_context(decided.context, &error))
        fail_msg("%s", error->message);
    json_t *context = json_incref(decided.context);
    decided_clear(&decided);
    return context;
}

static void rules_in_shadow_are_compared_with_the_live_one(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shadowed); i++) {
        struct rule_folder folder;
        g_autofree char *rules = g_strconcat(CATEGORIES, shadowed[i].rules, "\n", NULL);
        g_autofree char *want = g_strdup_printf("[%s]", shadowed[i].shadow);
        rule_folder_sound(&folder, rules);
        g_autoptr(json_t) context = context_of(&folder, shadowed[i].stranger, NULL);
        g_autofree char *got = json_canonical(json_object_get(context, "shadow"));
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s", shadowed[i].name, got);
        g_autoptr(json_t) by_person = context_of(&folder, shadowed[i].stranger, "by_hand");
        assert_part(by_person, "shadow", "[]");
        rule_folder_close(&folder);
    }
}

static void answer_and_group_go_along(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORIES
                      "category 'c' { answer = '2d' }\n"
                      "rule 'r' { subject = 'X', category = 'c', answer = '24h', group = { by = { 'rule', "
                      "'contact' }, wait = '5m', most = '1h' } }\n");
    g_autoptr(json_t) context = context_of(&folder, false, NULL), by_person = context_of(&folder, false, "c");
    assert_part(context, "answer", "\"24h\"");
    json_t *group = json_object_get(context, "group"), *people = json_object_get(group, "people");
    assert_int_equal(strlen(json_text(people, "technical")), 64); /* nobody's address */
    assert_string_equal(json_text(people, "technical"), json_text(people, ""));
    json_object_del(group, "people");
    assert_part(context, "group",
                "{\"by\":[\"rule\",\"contact\"],\"facts\":{\"rule\":\"r\"},\"most\":\"1h\",\"wait\":\"5m\"}");
    assert_part(by_person, "answer", "\"2d\"");
    assert_part(by_person, "group", "null");
    rule_folder_close(&folder);
}

#define TRACKED                                                                                              \
    "https://abc.r.us-east-1.awstrack.me/L0/https:%2F%2Fhealth.aws.amazon.com%2Fx%3Fa=1/1/0100/z=1"
static const char *const quoted[][2] = {
    {"See (" TRACKED ").", "See (https://health.aws.amazon.com/x?a=1)."},
    {"はこちら: " TRACKED "。と " TRACKED ", https://example.com/",
     "はこちら: https://health.aws.amazon.com/x?a=1。と https://health.aws.amazon.com/x?a=1, https://example.com/"},
    {"https://abc.r.us-east-1.awstrack.me/I0/0100/z=1", "https://abc.r.us-east-1.awstrack.me/I0/0100/z=1"},
    {"https://abc.r.us-east-1.awstrack.me/L0/javascript:x/1/0100/z=1",
     "https://abc.r.us-east-1.awstrack.me/L0/javascript:x/1/0100/z=1"},
    {"", ""},
};

/* What people are shown of the mail says where its links lead. */
static void links_in_what_is_quoted_are_taken_apart(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORIES);
    for (size_t i = 0; i < G_N_ELEMENTS(quoted); i++) {
        g_autofree char *got = notice_unwrap_links(folder.set, quoted[i][0]);
        assert_string_equal(got, quoted[i][1]);
    }
    rule_folder_close(&folder);
}

static const struct {
    const char *name, *rules;
    bool grouped, silenced;
} told[] = {
    {"by itself", "rule 'r' { subject = 'X', category = 'c' }", false, false},
    {"as the category says",
     "category 'c' { group = { by = { 'rule' } } } rule 'r' { subject = 'X', category = 'c' }", true, false},
    {"not as the category says",
     "category 'c' { group = { by = { 'rule' } } } rule 'r' { subject = 'X', category = 'c', group = false }",
     false, false},
    {"what is urgent",
     "category 'c' { group = { by = { 'rule' } } } rule 'r' { subject = 'X', category = 'c', priority = 'urgent' }",
     false, false},
    {"what is urgent and may wait",
     "rule 'r' { subject = 'X', category = 'c', priority = 'urgent', group = { by = { 'rule' }, urgent = true } }",
     true, false},
    {"kept quiet", "rule 'r' { subject = 'X', category = 'c' } silence { rule = 'r', to = '2026-12-01' }",
     false, true},
    {"kept quiet by a pattern",
     "rule 'r' { subject = 'X', category = 'c' } silence { rule = '*', to = '2026-12-01' }", false, true},
    {"of another rule",
     "rule 'r' { subject = 'X', category = 'c' } rule 'q' { subject = 'Q', category = 'c' }"
     " silence { rule = 'q', to = '2026-12-01' }",
     false, false},
    {"of another account as well",
     "rule 'r' { subject = 'X', category = 'c' } silence { rule = 'r', account = '210987654321', to = '2026-12-01' }",
     false, false},
    {"not yet",
     "rule 'r' { subject = 'X', category = 'c' } silence { rule = 'r', from = '2026-12-01', to = '2026-12-02' }",
     false, false},
    {"no longer", "rule 'r' { subject = 'X', category = 'c' } silence { rule = 'r', to = '2026-11-01' }",
     false, false},
    {"urgent, by a pattern",
     "rule 'r' { subject = 'X', category = 'c', priority = 'urgent' } silence { rule = '*', to = '2026-12-01' }",
     false, false},
    {"urgent, by its name",
     "rule 'r' { subject = 'X', category = 'c', priority = 'urgent' } silence { rule = { '*', 'r' }, to = '2026-12-01' }",
     false, true},
    {"urgent, by its category",
     "rule 'r' { subject = 'X', category = 'c', priority = 'urgent' } silence { category = 'c', to = '2026-12-01' }",
     false, true},
};

static void what_is_told_with_others_or_not_at_all(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        struct rule_folder folder;
        g_autofree char *rules =
            g_strconcat(CATEGORIES "category 'c' { tell = 'technical' }\n", told[i].rules, "\n", NULL);
        rule_folder_sound(&folder, rules);
        g_autoptr(json_t) context = context_of(&folder, false, NULL);
        if (json_is_object(json_object_get(context, "group")) != told[i].grouped ||
            json_is_object(json_object_get(context, "silenced")) != told[i].silenced)
            fail_msg("%s", told[i].name);
        rule_folder_close(&folder);
    }
}

static const struct {
    const char *name, *rules, *unit; /* of the body, repeated */
    size_t times;
} large[] = {
    {"a capture", "rule 'r' { title = 'X', category = 'c', capture = { all = '{rest}' } }", "ü", 50000},
    {"texts of actions",
     "rule 'r' { title = 'X', category = 'c', capture = { all = '{rest}' }, actions = function() local t = {} "
     "for i = 1, 50 do t[i] = forward { to = 'technical', text = '{all}{all}{all}' } end return t end }",
     "x", 60000},
    {"many of them",
     "local t = {} for i = 1, 40 do t['n' .. i] = '{rest}' end rule 'r' { title = 'X', category = 'c', capture = t }",
     "x", 60000},
    {"tags of many rules",
     "for i = 1, 300 do local t = {} for j = 1, 5 do t[j] = 't' .. i .. '-' .. j end rule('r' .. i) { title = 'X', final = "
     "false, tags = t } end rule 'r' { title = 'X', category = 'c' }",
     "x", 1},
};

static void every_decision_is_one_that_the_keeper_takes(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(large); i++) {
        struct rule_folder folder;
        struct decide_request request = {.trust = &mx_trust};
        struct decided decided = {0};
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
            g_strconcat(CATEGORIES "placeholder('rest')([[[\\s\\S]+]])\n", large[i].rules, "\n", NULL);
        g_autoptr(GString) body = g_string_new(NULL);
        for (size_t n = 0; n < large[i].times; n++)
            g_string_append(body, large[i].unit);
        g_string_append(body, " end\n");
        rule_folder_sound(&folder, text);
        g_autoptr(message) message = mail_made("", "X", body->str);
        time_parse(ARRIVAL, &request.arrival);
        rule_set_decide(folder.set, message, &request, &decided);
        if (!decision_check(decided.decision, &error) || !decision_check_context(decided.context, &error))
            fail_msg("%s: %s", large[i].name, error->message);
        g_autofree char *errors = json_canonical(json_object_get(decided.decision, "errors"));
        if (strstr(errors, "\"limit\"") == NULL)
            fail_msg("%s: nothing was cut: %s", large[i].name, errors);
        assert_part(decided.decision, "rule", "\"r\"");
        decided_clear(&decided);
        rule_folder_close(&folder);
    }
}

/* A mail could otherwise have what an exception is for by making the exception overrun. */
static void what_cannot_be_tried_is_not_ruled_out(void **state)
{
    static const char *const exceptions[] = {
        "none = { when = function() error 'x' end }",
        "none = { { subject = \"never\" }, { when = function() error 'x' end } }",
        "none = { { none = { when = function() error 'x' end } } }",
        "body = none { matches [[^(a+)+(b|c)$]] }",
        "all = { { none = { body = all { contains \"a\", matches [[^(a+)+(b|c)$]] } } } }",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(exceptions); i++) {
        struct rule_folder folder;
        g_autofree char *text = g_strdup_printf(
                            "category \"c\" { title = \"C\" }\nrule \"r\" { subject = contains "
                            "\"S\", category = \"c\", %s }\n",
                            exceptions[i]),
                        *body = g_strnfill(5000, 'a');
        rule_folder_open(&folder, text, 0, NULL);
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "S", body);
        if (json_text(decision, "rule") != NULL)
            fail_msg("%s: the rule decides", exceptions[i]);
        assert_int_equal(json_array_size(json_object_get(decision, "errors")), 1);
        rule_folder_close(&folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_in_hand_only_while_they_work),
        cmocka_unit_test(who_cannot_be_read_is_no_stranger),
        cmocka_unit_test(what_hides_from_reaches_the_operators),
        cmocka_unit_test(what_rules_found_stays_when_a_person_decides),
        cmocka_unit_test(rules_in_shadow_are_compared_with_the_live_one),
        cmocka_unit_test(answer_and_group_go_along),
        cmocka_unit_test(what_is_told_with_others_or_not_at_all),
        cmocka_unit_test(links_in_what_is_quoted_are_taken_apart),
        cmocka_unit_test(every_decision_is_one_that_the_keeper_takes),
        cmocka_unit_test(what_cannot_be_tried_is_not_ruled_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
