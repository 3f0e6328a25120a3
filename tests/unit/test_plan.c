/* Planning: whose actions count, what is held without proof, and that nobody is left untold. */
#include "rule_folder.h"

#define CATEGORY "category 'c' { title = 'C title', tell = 'technical' } category 'quiet' { title = 'Q' }\n"
#define CONTACTS                                                                                             \
    "contacts { ['123456789012'] = { technical = 't@example.com', security = 's@example.com', emergency = '+81-3-0000-0000' } }\n"
#define SUBJECT "X [AWS Account: 123456789012]"
#define FORWARD(role) "{\"action\":\"forward\",\"args\":{\"to\":\"" role "\"}}"
#define CALL "{\"action\":\"call\",\"args\":{\"to\":\"emergency\"}}"
#define HELD(why)                                                                                            \
    "{\"action\":\"forward\",\"args\":{\"text\":\"call was held back: " why ".\",\"to\":\"operators\"}}"

static const struct {
    const char *name, *rules, *subject, *actions;
    const char *kind; /* of the one error, or NULL */
} cases[] = {
    {"what the category tells", "rule 'r' { title = 'X', category = 'c' }", SUBJECT, FORWARD("technical"),
     NULL},
    {"a category that tells nobody", "rule 'r' { title = 'X', category = 'quiet' }", SUBJECT, "", NULL},
    {"actions replace", "rule 'r' { title = 'X', category = 'c', actions = forward { to = 'security' } }",
     SUBJECT, FORWARD("security"), NULL},
    {"actions may be none", "rule 'r' { title = 'X', category = 'c', actions = {} }", SUBJECT, "", NULL},
    {"also adds", "rule 'r' { title = 'X', category = 'c', also = { forward { to = 'security' } } }", SUBJECT,
     FORWARD("technical") "," FORWARD("security"), NULL},
    {"passing rules come first",
     "rule 'p' { title = starts 'X', final = false, actions = forward { to = 'security' } } rule 'r' { title = 'X', category = "
     "'c' }",
     SUBJECT, FORWARD("security") "," FORWARD("technical"), NULL},
    {"shadow does nothing",
     "rule 'p' { title = starts 'X', mode = 'shadow', category = 'c', also = forward { to = 'security' } } rule 'r' { title = "
     "'X', category = 'c' }",
     SUBJECT, FORWARD("technical"), NULL},
    {"a function that fails leaves nobody untold",
     "rule 'r' { title = 'X', category = 'c', actions = function() error 'x' end }", SUBJECT,
     FORWARD("technical"), "raised"},
    {"so does one of a quiet category",
     "rule 'r' { title = 'X', category = 'quiet', actions = function() error 'x' end }", SUBJECT,
     FORWARD("operators"), "raised"},
    {"one that loops", "rule 'r' { title = 'X', category = 'c', actions = function() while true do end end }",
     SUBJECT, FORWARD("technical"), "instructions"},
    {"one that yields nonsense",
     "rule 'r' { title = 'X', category = 'c', actions = function() return 5 end }", SUBJECT,
     FORWARD("technical"), "actions"},
    {"one that yields an unknown action",
     "rule 'r' { title = 'X', category = 'c', actions = function() return { frwd {} } end }", SUBJECT,
     FORWARD("technical"), "actions"},
    {"one that yields an unknown role",
     "rule 'r' { title = 'X', category = 'c', actions = function() return forward { to = 'nobody' } end }",
     SUBJECT, FORWARD("technical"), "actions"},
    {"one that yields a wrong type",
     "rule 'r' { title = 'X', category = 'c', actions = function() return forward { to = 'security', quote = 1 } end }",
     SUBJECT, FORWARD("technical"), "actions"},
    {"a metamethod that loops while it is read",
     "rule 'r' { title = 'X', category = 'c', actions = function() return setmetatable({}, { __index = function() while true do "
     "end end }) end }",
     SUBJECT, FORWARD("technical"), "instructions"},
    {"texts are filled",
     "rule 'r' { title = 'X', category = 'c', actions = { forward { to = 'security', text = '{category_title} {rule} {account} "
     "{subject}' } } }",
     SUBJECT,
     "{\"action\":\"forward\",\"args\":{\"text\":\"C title r 123456789012 X [AWS Account: "
     "123456789012]\",\"to\":\"security\"}}",
     NULL},
    {"what nothing fills is left out, and said once",
     "rule 'r' { title = 'X', category = 'c', capture = { n = 'absent {n}' }, actions = { forward { to = 'security', subject = "
     "'a{n}{n}', text = '{n}' } } }",
     SUBJECT, "{\"action\":\"forward\",\"args\":{\"subject\":\"a\",\"text\":\"\",\"to\":\"security\"}}",
     "placeholder"},
    {"a call", "rule 'r' { title = 'X', category = 'c', also = call { to = 'emergency' } }", SUBJECT,
     FORWARD("technical") "," CALL, NULL},
    {"a general rule's call",
     "rule 'r' { title = 'X', category = 'quiet', general = true, also = call { to = 'emergency' } }",
     SUBJECT, HELD("the rule is a general one"), NULL},
    {"a call about an unknown account",
     "rule 'r' { title = 'X', category = 'quiet', also = call { to = 'emergency' } }",
     "X [AWS Account: 999999999999]", HELD("the account is not in the directory of contacts"), NULL},
    {"a call about no account",
     "rule 'r' { title = 'X', category = 'quiet', also = call { to = 'emergency' } }", "X",
     HELD("the account is not in the directory of contacts"), NULL},
    {"two calls are held as one",
     "rule 'r' { title = 'X', category = 'quiet', also = { call { to = 'emergency' }, call { to = 'emergency' } } }",
     "X", HELD("the account is not in the directory of contacts"), NULL},
    {"a rule that may do it unproven",
     "rule 'r' { title = 'X', category = 'quiet', unproven = true, also = call { to = 'emergency' } }", "X",
     CALL, NULL},
};

static void actions_are_planned(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rule_folder folder;
        g_autofree char *text = g_strconcat(CATEGORY CONTACTS, cases[i].rules, "\n", NULL);
        g_autofree char *want = g_strdup_printf("[%s]", cases[i].actions);
        rule_folder_sound(&folder, text);
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", cases[i].subject, "");
        g_autofree char *got = json_canonical(json_object_get(decision, "actions"));
        const json_t *errors = json_object_get(decision, "errors");
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
        if (json_array_size(errors) != (cases[i].kind != NULL) ||
            g_strcmp0(json_text(json_array_get(errors, 0), "kind"), cases[i].kind) != 0) {
            g_autofree char *said = json_canonical(errors);
            fail_msg("%s: %s", cases[i].name, said);
        }
        rule_folder_close(&folder);
    }
}

/* The mail's own Date is 2026-11-23T00:00Z. */
static void old_mail_rings_nobody(void **state)
{
    static const struct {
        const char *arrival, *actions;
    } arrivals[] = {
        {"2026-11-25T23:00:00Z", "[" CALL "]"},
        {"2026-11-26T01:00:00Z", "[" HELD("the mail's date is not within three days of its arrival") "]"},
        {"2026-11-19T01:00:00Z", "[" HELD("the mail's date is not within three days of its arrival") "]"}};
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORY CONTACTS
                      "rule 'r' { title = 'X', category = 'quiet', also = call { to = 'emergency' } }\n");
    for (size_t i = 0; i < G_N_ELEMENTS(arrivals); i++) {
        struct decide_request request = {.trust = &mx_trust};
        struct decided decided = {0};
        g_autoptr(message) message = mail_made("", SUBJECT, "");
        time_parse(arrivals[i].arrival, &request.arrival);
        rule_set_decide(folder.set, message, &request, &decided);
        assert_part(decided.decision, "actions", arrivals[i].actions);
        decided_clear(&decided);
    }
    rule_folder_close(&folder);
}

static void what_is_not_proven_has_no_power(void **state)
{
    const struct auth_trust other = {.servers = (char *[]){"mx.example.com", NULL},
                                     .lists = (char *[]){NULL},
                                     .sealers = (char *[]){NULL}};
    const struct {
        const struct auth_trust *trust;
        const char *category, *actions;
    } speakers[] = {{NULL, "\"quiet\"", "[" HELD("the mail is not proven to come from AWS") "]"},
                    {&other, "\"suspicious\"", "[" FORWARD("operators") "]"}};
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORY CONTACTS
                      "rule 'r' { title = 'X', category = 'quiet', also = call { to = 'emergency' } }\n");
    for (size_t i = 0; i < G_N_ELEMENTS(speakers); i++) {
        struct decide_request request = {.trust = speakers[i].trust};
        struct decided decided = {0};
        g_autoptr(message) message = mail_made("", SUBJECT, "");
        time_parse(ARRIVAL, &request.arrival);
        rule_set_decide(folder.set, message, &request, &decided);
        assert_part(decided.decision, "category", speakers[i].category);
        assert_part(decided.decision, "actions", speakers[i].actions);
        decided_clear(&decided);
    }
    rule_folder_close(&folder);
}

/* A forward that came back tells the operators once, and what comes back of that tells nobody. */
static void what_comes_back_goes_round_no_more(void **state)
{
    static const struct {
        const char *header;
        const struct auth_trust *trust;
        const char *roles; /* of the forwards */
        int rounds;        /* said to the first one */
    } marks[] = {
        {"", NULL, "technical ", 0},
        {"X-Awsift-Loop: 1\n", NULL, "operators ", 1},
        {"X-Awsift-Loop: 2\n", NULL, "", 0},
        {"X-Awsift-Loop: 99999999999999999999\n", NULL, "", 0},
        {"X-Awsift-Loop: nonsense\n", NULL, "operators ", 1},
        {"X-Awsift-Loop: -5\n", NULL, "operators ", 1},
        {"X-Awsift-Loop: 2\n", &mx_trust, "technical ", 0}}; /* proven: a stranger's mark silences nothing */
    struct rule_folder folder;
    rule_folder_sound(&folder, CATEGORY CONTACTS "rule 'r' { title = 'X', category = 'c' }\n");
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        struct decide_request request = {.trust = marks[i].trust};
        struct decided decided = {0};
        g_autoptr(message) message = mail_made(marks[i].header, SUBJECT, "");
        g_autoptr(GString) roles = g_string_new(NULL);
        size_t index;
        json_t *action;
        time_parse(ARRIVAL, &request.arrival);
        rule_set_decide(folder.set, message, &request, &decided);
        const json_t *actions = json_object_get(decided.decision, "actions");
        json_array_foreach((json_t *)actions, index, action)
            g_string_append_printf(roles, "%s ", json_text(json_object_get(action, "args"), "to"));
        if (strcmp(roles->str, marks[i].roles) != 0)
            fail_msg("%s: %s", marks[i].header, roles->str);
        assert_int_equal(json_number(json_object_get(json_array_get(actions, 0), "args"), "rounds", 0),
                         marks[i].rounds);
        decided_clear(&decided);
    }
    rule_folder_close(&folder);
}

static void actions_are_bounded(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder, CATEGORY
        "rule 'r' { title = 'X', category = 'c', actions = function() local t = {} for i = 1, 1000 do "
        "t[i] = forward { to = 'operators' } end return t end }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "");
    assert_int_equal(json_array_size(json_object_get(decision, "actions")), 50);
    assert_part(decision, "errors",
                "[{\"kind\":\"limit\",\"message\":\"1000 actions were wanted, 50 are the most: 950 are left "
                "out\",\"rule\":\"r\"}]");
    rule_folder_close(&folder);
}

/* Whether it may ring or is held, it is not what falls away; and the order stays. */
static void power_does_not_fall_away(void **state)
{
    static const struct {
        const char *subject, *before, *last;
    } subjects[] = {
        {SUBJECT, CALL, CALL},
        {"X", FORWARD("security"), HELD("the account is not in the directory of contacts")},
    };
    struct rule_folder folder;
    rule_folder_sound(
        &folder, CATEGORY CONTACTS
        "rule 'r' { title = 'X', category = 'c', actions = function() local t = {} for i = 1, 60 do "
        "t[i] = forward { to = 'security' } end t[61] = call { to = 'emergency' } t[62] = t[61] return t end }\n");
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_autoptr(json_t) decision = rule_folder_decide(&folder, "", subjects[i].subject, "");
        const json_t *actions = json_object_get(decision, "actions");
        assert_int_equal(json_array_size(actions), 50);
        g_autofree char *first = json_canonical(json_array_get(actions, 0)),
                        *before = json_canonical(json_array_get(actions, 48)),
                        *last = json_canonical(json_array_get(actions, 49));
        assert_string_equal(first, FORWARD("security"));
        assert_string_equal(before, subjects[i].before);
        assert_string_equal(last, subjects[i].last);
        assert_int_equal(json_array_size(json_object_get(decision, "errors")), 1);
    }
    rule_folder_close(&folder);
}

static void the_rule_that_overdid_it_is_named(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(
        &folder,
        CATEGORY "rule 'p' { title = 'X', final = false, actions = function() local t = {} for i = 1, 51 do "
                 "t[i] = forward { to = 'operators' } end return t end }\n"
                 "rule 'r' { title = 'X', category = 'c' }\n");
    g_autoptr(json_t) decision = rule_folder_decide(&folder, "", "X", "");
    assert_part(decision, "errors",
                "[{\"kind\":\"limit\",\"message\":\"52 actions were wanted, 50 are the most: 2 are left "
                "out\",\"rule\":\"p\"}]");
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_are_planned),
        cmocka_unit_test(old_mail_rings_nobody),
        cmocka_unit_test(what_is_not_proven_has_no_power),
        cmocka_unit_test(what_comes_back_goes_round_no_more),
        cmocka_unit_test(actions_are_bounded),
        cmocka_unit_test(power_does_not_fall_away),
        cmocka_unit_test(the_rule_that_overdid_it_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
