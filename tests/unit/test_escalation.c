/* Which plan a call follows: by role, account and the clock; and what a decision opens. All with a given
 * time. */
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/escalation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)

static json_t *json_of(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (value == NULL)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static int64_t moment(const char *text)
{
    int64_t time;
    assert_true(time_parse(text, &time));
    return time;
}

static void day_and_night_are_of_a_time_zone(void **state)
{
    /* 2026-11-23 is a Monday; Tokyo is nine hours ahead. */
    static const char office[] =
        "{\"from\": 540, \"to\": 1080, \"days\": [true, true, true, true, true, false, false], \"timezone\": \"Asia/Tokyo\"}";
    static const char nights[] =
        "{\"from\": 1320, \"to\": 360, \"days\": [false, false, false, false, true, false, false], \"timezone\": \"UTC\"}";
    static const char summer[] = "{\"from\": 540, \"to\": 1080, \"timezone\": \"Europe/Berlin\"}";
    static const struct {
        const char *hours, *now;
        bool want;
    } cases[] = {
        {office, "2026-11-23T00:00:00Z", true},  /* 09:00 */
        {office, "2026-11-22T23:59:59Z", false}, /* 08:59 */
        {office, "2026-11-23T08:59:59Z", true},  /* 17:59 */
        {office, "2026-11-23T09:00:00Z", false}, /* 18:00 */
        {office, "2026-11-28T03:00:00Z", false}, /* Saturday noon */
        {office, "2026-11-29T23:30:00Z", false}, /* Monday 08:30, still Sunday in UTC */
        {office, "2026-11-30T00:30:00Z", true},  /* Monday 09:30 */
        {nights, "2026-11-27T22:00:00Z", true},  /* Friday night begins */
        {nights, "2026-11-28T05:59:00Z", true},  /* and is Friday's until Saturday morning */
        {nights, "2026-11-28T06:00:00Z", false},
        {nights, "2026-11-28T22:00:00Z", false}, /* Saturday's is none */
        {nights, "2026-11-27T05:00:00Z", false}, /* nor is Thursday's */
        {summer, "2026-03-29T06:59:00Z", false}, /* 08:59 on the day of the change */
        {summer, "2026-03-29T07:00:00Z", true},
        {summer, "2026-10-25T07:59:00Z", false},
        {summer, "2026-10-25T08:00:00Z", true},
        {"{\"from\": 0, \"to\": 0, \"timezone\": \"UTC\"}", "2026-11-23T13:00:00Z", true},
        {"{\"from\": 0, \"to\": 1440, \"timezone\": \"Nowhere/None\"}", "2026-11-23T23:59:00Z", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) hours = json_of(cases[i].hours);
        if (hours_contain(hours, moment(cases[i].now)) != cases[i].want)
            fail_msg("%zu: %s in %s", i, cases[i].now, cases[i].hours);
    }
}

static const char config_text[] =
    "{\"paging\": {\"rule_per_hour\": 4, \"per_hour\": 9},"
    " \"escalation\": {\"steps\": [{\"after\": 0, \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"*\", \"turn\": 1}}]},"
    "   {\"after\": 5, \"actions\": [], \"alert\": true}]},"
    " \"escalations\": {"
    "  \"emergency\": {\"to\": \"emergency\", \"hours\": {\"from\": 540, \"to\": 1080, \"timezone\": \"Asia/Tokyo\"},"
    "   \"day\": [{\"after\": 0, \"actions\": [{\"action\": \"chat\", \"args\": {\"channel\": \"ops\"}}]}],"
    "   \"night\": [{\"after\": 0, \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"emergency\", \"turn\": 1}}]}]},"
    "  \"vip\": {\"to\": \"emergency\", \"accounts\": [\"123456789012\"], \"steps\": []},"
    "  \"second\": {\"to\": \"emergency\", \"steps\": []}," /* the first one of a role is it */
    "  \"other\": {\"to\": \"other\", \"accounts\": [\"210987654321\"], \"steps\": []},"
    "  \"answer\": {\"to\": \"answer\", \"before\": 1800000, \"steps\": [{\"after\": 0, \"actions\": "
    "     [{\"action\": \"page\", \"args\": {\"channel\": \"pd\"}}]}, {\"after\": 60000, \"actions\": [], \"alert\": true}]}}}";

static void the_escalation_named_wins_then_the_accounts_then_the_roles(void **state)
{
    g_autoptr(json_t) config = json_of(config_text);
    static const struct {
        const char *name, *role, *account, *want;
    } cases[] = {
        {NULL, "emergency", "999999999999", "emergency"},
        {NULL, "emergency", "123456789012", "vip"},
        {"emergency", "emergency", "123456789012", "emergency"},
        {"vip", "operators", NULL, "vip"},
        {NULL, "operators", "123456789012", NULL},
        {NULL, "other", "123456789012", NULL},
        {"gone", "emergency", NULL, "emergency"},
        {NULL, "emergency", NULL, "emergency"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *found;
        const json_t *escalation =
            escalation_for(config, cases[i].name, cases[i].role, cases[i].account, &found);
        if (g_strcmp0(found, cases[i].want) != 0 || (escalation == NULL) != (cases[i].want == NULL))
            fail_msg("%zu: %s", i, found);
    }
}

static json_t *body_of(const char *actions, const char *answer, const char *held)
{
    return json_pack("{s:s, s:s, s:{s:o, s:[], s:s?, s:s, s:{s:s}}, s:{s:s, s:s, s:s?, s:s?}}", "sha256",
                     "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "recipient", "",
                     "decision", "actions", json_of(actions), "tags", "message_id", "id@example.com", "rule",
                     "r", "auth", "verdict", "proven", "context", "account", "999999999999", "arrived",
                     "2026-11-24T12:00:00Z", "answer", answer, "held", held);
}

#define NOON moment("2026-11-24T12:00:00Z") /* night in Tokyo */

static const json_t *at(const json_t *value, const char *first, size_t place, const char *second)
{
    return json_object_get(json_array_get(json_object_get(value, first), place), second);
}

static void a_call_follows_the_plan_of_the_hour(void **state)
{
    static const struct {
        const char *role, *now, *name, *hours, *action, *to;
    } cases[] = {
        {"emergency", "2026-11-24T12:00:00Z", "emergency", "night", "call", "emergency"},
        {"emergency", "2026-11-24T03:00:00Z", "emergency", "day", "chat", NULL},
        {"operators", "2026-11-24T03:00:00Z", "operators", NULL, "call", "operators"},
    };
    g_autoptr(json_t) config = json_of(config_text), body = body_of("[]", NULL, "not proven");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) actions =
            json_pack("[{s:s, s:{s:s, s:s}, s:s, s:n}, {s:s, s:{}}]", "action", "call", "args", "to",
                      cases[i].role, "text", "wake up", "key", "K", "telling", "action", "forward", "args");
        g_autoptr(json_t) owed = escalation_owed(config, body, actions, moment(cases[i].now));
        assert_int_equal(json_array_size(owed), 1);
        assert_true(json_flag(json_array_get(actions, 0), "owed"));
        assert_false(json_flag(json_array_get(actions, 1), "owed"));
        const json_t *entry = json_array_get(owed, 0), *plan = json_object_get(entry, "plan"),
                     *first = json_array_get(at(plan, "steps", 0, "actions"), 0);
        assert_string_equal(json_text(entry, "kind"), "call");
        assert_string_equal(json_text(entry, "key"), "K");
        assert_string_equal(json_text(plan, "name"), cases[i].name);
        assert_int_equal(g_strcmp0(json_text(plan, "hours"), cases[i].hours), 0);
        assert_null(
            json_object_get(plan, "held")); /* whether the call may be done was judged with the rule */
        assert_string_equal(json_text(first, "action"), cases[i].action);
        assert_int_equal(g_strcmp0(json_text(json_object_get(first, "args"), "to"), cases[i].to), 0);
        bool calls = strcmp(cases[i].action, "call") == 0;
        assert_int_equal(
            g_strcmp0(json_text(json_object_get(first, "args"), "text"), calls ? "wake up" : NULL), 0);
        assert_int_equal(json_number(json_object_get(plan, "limits"), "rule", 0), 4);
    }
}

static void an_answer_is_reminded_at_half_time_and_escalated_before_its_end(void **state)
{
    g_autoptr(json_t)
        config = json_of(config_text),
        body = body_of("[{\"action\": \"forward\", \"args\": {\"to\": \"technical\"}}]", "24h", "not proven"),
        actions = json_array();
    g_autoptr(json_t) owed = escalation_owed(config, body, actions, NOON + 5 * MINUTE);
    assert_int_equal(json_array_size(owed), 1);
    const json_t *entry = json_array_get(owed, 0), *plan = json_object_get(entry, "plan");
    static const int64_t minutes[] = {12 * 60, 23 * 60 + 30, 23 * 60 + 31, 24 * 60};
    assert_int_equal(json_number(entry, "began", 0), NOON);
    assert_int_equal(json_number(entry, "until", 0), NOON + 24 * 60 * MINUTE);
    assert_string_equal(json_text(plan, "held"), "not proven");
    assert_int_equal(json_array_size(json_object_get(plan, "steps")), G_N_ELEMENTS(minutes));
    for (size_t i = 0; i < G_N_ELEMENTS(minutes); i++)
        assert_int_equal(json_integer_value(at(plan, "steps", i, "after")), minutes[i] * MINUTE);
    const json_t *half = at(plan, "steps", 0, "actions"), *over = at(plan, "steps", 3, "actions");
    assert_int_equal(json_array_size(half), 2); /* who was told, and the operators */
    assert_string_equal(json_text(json_object_get(json_array_get(half, 0), "args"), "to"), "technical");
    assert_string_equal(json_text(json_object_get(json_array_get(over, 1), "args"), "stage"), "over");
}

static void what_is_over_when_it_comes_has_no_half_time(void **state)
{
    g_autoptr(json_t) config = json_object(), body = body_of("[]", "1h", NULL), actions = json_array();
    g_autoptr(json_t) late = escalation_owed(config, body, actions, NOON + 60 * MINUTE);
    const json_t *plan = json_object_get(json_array_get(late, 0), "plan");
    assert_int_equal(json_array_size(json_object_get(plan, "steps")), 1);
    assert_true(json_is_true(at(plan, "steps", 0, "alert")));
    assert_null(json_object_get(plan, "held"));
    static const char *const none[] = {NULL, "", "0s", "soon", "-1h"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        g_autoptr(json_t) other = body_of("[]", none[i], NULL);
        g_autoptr(json_t) owed = escalation_owed(config, other, actions, NOON);
        assert_int_equal(json_array_size(owed), 0);
    }
    g_autoptr(json_t) boundless =
        body_of("[]", "9223372036854775807ms", NULL); /* a decider may say anything */
    g_autoptr(json_t) bounded = escalation_owed(config, boundless, actions, NOON);
    assert_int_equal(json_number(json_array_get(bounded, 0), "until", 0), NOON + 366 * 24 * 60 * MINUTE);
    json_array_append_new(json_object_get(json_object_get(body, "decision"), "tags"), json_string("loop"));
    g_autoptr(json_t) own = escalation_owed(config, body, actions, NOON);
    assert_int_equal(json_array_size(own), 0); /* a mail of ours that came back */
}

static void a_page_keeps_its_own_key(void **state)
{
    g_autoptr(json_t)
        config = json_of(config_text),
        body = body_of("[]", NULL, NULL),
        actions = json_of(
            "[{\"action\": \"page\", \"args\": {\"channel\": \"pd\"}, \"key\": \"K\", \"telling\": \"T\"}]");
    g_autoptr(json_t) owed = escalation_owed(config, body, actions, NOON);
    const json_t *entry = json_array_get(owed, 0), *plan = json_object_get(entry, "plan");
    assert_string_equal(json_text(entry, "telling"), "T");
    assert_string_equal(json_text(json_array_get(at(plan, "steps", 0, "actions"), 0), "key"), "K");
    assert_int_equal(json_array_size(json_object_get(plan, "steps")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_and_night_are_of_a_time_zone),
        cmocka_unit_test(the_escalation_named_wins_then_the_accounts_then_the_roles),
        cmocka_unit_test(a_call_follows_the_plan_of_the_hour),
        cmocka_unit_test(an_answer_is_reminded_at_half_time_and_escalated_before_its_end),
        cmocka_unit_test(what_is_over_when_it_comes_has_no_half_time),
        cmocka_unit_test(a_page_keeps_its_own_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
