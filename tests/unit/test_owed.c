/* What is owed, with a given clock: steps, restarts, a clock that is set, acknowledging, limits. */
#include "ledger_book.h"
#include "ledger/owed.h"
#include "ledger/owed_plan.h"
#include "ledger/silences.h"

#define MINUTE INT64_C(60000)
#define DECIDED (NOON + 2000) /* as ledger_book.h has it */

#define CALL(turn) "{\"action\": \"call\", \"args\": {\"to\": \"emergency\", \"turn\": " #turn "}}"
#define CALLS(key, more)                                                                                             \
    "[{\"kind\": \"call\", \"key\": \"" key "\", " more                                                              \
    "\"plan\": {\"name\": \"emergency\", \"limits\": {\"rule\": 6,"                                                  \
    " \"all\": 9}, \"steps\": [{\"after\": 0, \"actions\": [" CALL(1) "]}, {\"after\": 300000, \"actions\": [" CALL( \
        2) "]}, {\"after\": 900000, \"actions\": [" CALL(3) "]}, {\"after\": 1500000, \"actions\": [],"              \
                                                            " \"alert\": true}]}}]"
#define PAGES                                                                                                    \
    "[{\"kind\": \"page\", \"key\": \"P\", \"plan\": {\"name\": \"pd\", \"steps\": [{\"after\": 0, \"actions\":" \
    " [{\"action\": \"page\", \"args\": {\"channel\": \"pd\"}, \"key\": \"P\"}]}]}}]"

#define ANSWERS(until)                                                                                       \
    "[{\"kind\": \"answer\", \"key\": \"A\", \"began\": 1795521600000, \"until\": " until                    \
    ", \"plan\": {\"name\": \"answer\", \"steps\": [{\"after\": 3600000, \"actions\": [{\"action\":"         \
    " \"remind\", \"args\": {\"to\": \"operators\"}}]}]}}]"
#define FORWARD                                                                                              \
    "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\"}, \"key\": \"F\","  \
    " \"due\": 1}]"

static int64_t ring(const char *name, const char *owed)
{
    return record(&(struct mail){.name = name, .rule = "r", .owed = owed}).message;
}

/* Queues what is due; how many alerts were raised. */
static unsigned advance(int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
    good(owed_advance(book, now, told, &error), error);
    return told->len;
}

static int64_t next_due(void)
{
    return owed_next_due(book, NULL);
}

/* "call done, call waiting, …": the actions of a mail's decision. */
static char *actions_of(int64_t message, const char *decision)
{
    g_autoptr(json_t) story = show(message);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *action;
    json_array_foreach((json_t *)at(story, "decisions", decision, "actions", NULL), index, action)
        g_string_append_printf(text, "%s%s %s", index > 0 ? ", " : "", json_text(action, "action"),
                               json_text(action, "state"));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_actions(int64_t message, const char *want)
{
    g_autofree char *found = actions_of(message, "0");
    assert_string_equal(found, want);
}

static void end_all(const char *outcome, int64_t now)
{
    g_autoptr(GError) error = NULL;
    const struct ledger_wish wish = {.actor = "courier", .now = now, .most = 99};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, &error);
    good(due != NULL, error);
    for (guint i = 0; i < due->len; i++) {
        int64_t id = ((struct ledger_action *)due->pdata[i])->id;
        good(ledger_attempt_start(book, id, now, &error), error);
        good(ledger_attempt_end(book, id, outcome, "why", "", now, now, &error), error);
    }
}

static json_t *acknowledge(int64_t message, const char *by)
{
    g_autoptr(GError) error = NULL;
    json_t *result = NULL;
    const struct owed_ack ack = {.message = message, .by = by, .note = "a note"};
    good(owed_acknowledge(book, &ack, DECIDED + MINUTE, &result, &error), error);
    return result;
}

static void the_next_step_is_not_at_once_where_several_fell_due(void **state)
{
    static const struct {
        int64_t began, after, before, now, want;
    } cases[] = {
        {0, 300, 0, 0, 300},     /* as planned */
        {0, 300, 0, 10, 310},    /* a little late */
        {0, 300, 0, 1000, 1300}, /* its time went by */
        {0, 12 * 60 * MINUTE, 0, 13 * 60 * MINUTE,
         13 * 60 * MINUTE + 5 * MINUTE}, /* and waits five minutes at most */
        {1000, 300, 300, 1000, 1300},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (owed_due(cases[i].began, cases[i].after, cases[i].before, cases[i].now) != cases[i].want)
            fail_msg("%zu", i);
}

static void steps_are_queued_when_they_are_due_and_an_alert_ends_them(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    assert_actions(mail, "call waiting"); /* in the decision's own transaction */
    end_all("done", DECIDED);
    assert_int_equal(next_due(), DECIDED + 5 * MINUTE);
    assert_int_equal(advance(DECIDED + 5 * MINUTE - 1), 0);
    assert_actions(mail, "call done");
    advance(DECIDED + 5 * MINUTE);
    advance(DECIDED + 5 * MINUTE);
    assert_actions(mail, "call done, call waiting");
    end_all("done", DECIDED + 5 * MINUTE);
    advance(next_due());
    end_all("done", DECIDED + 15 * MINUTE);
    assert_int_equal(advance(next_due()), 1);
    assert_actions(mail, "call done, call done, call done");
    assert_int_equal(next_due(), INT64_MAX);
    g_autoptr(json_t) summary = owed_summary(book, NULL); /* and is owed until somebody acknowledges it */
    assert_int_equal(json_number(summary, "count", 0), 1);
}

static void a_clock_that_is_set_moves_the_plan_along(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    end_all("done", DECIDED);
    advance(DECIDED - 24 * HOUR); /* back */
    assert_int_equal(next_due(), DECIDED - 24 * HOUR + 5 * MINUTE);
    advance(DECIDED + 24 * HOUR); /* forth: one step, and the next after its time */
    assert_actions(mail, "call done, call waiting");
    assert_int_equal(next_due(), DECIDED + 24 * HOUR + 5 * MINUTE);
}

static void where_all_of_a_step_is_dead_the_next_one_comes(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    end_all("dead", DECIDED + 10);
    advance(DECIDED + 20);
    assert_actions(mail, "call dead, call waiting");
}

/* When a service is back after an hour, it rings one phone. */
static void a_call_that_waits_to_be_tried_again_gives_way_to_the_next(void **state)
{
    int64_t mail = ring("a", CALLS("K", "")), untried = ring("b", CALLS("L", ""));
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, 1, DECIDED, &error), error);
    good(ledger_attempt_end(book, 1, "retry", "status 503", "", DECIDED + HOUR, DECIDED, &error), error);
    advance(DECIDED + 5 * MINUTE);
    assert_actions(mail, "call dropped, call waiting");
    assert_actions(untried, "call waiting, call waiting");
    g_autoptr(json_t) story = show(mail);
    assert_json(at(story, "decisions", "0", "actions", "0", "reason", NULL),
                "\"status 503: the next step rings instead\"");
}

static void what_is_silenced_rings_nobody(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) what = json_of("{\"rule\": [\"r\"]}");
    const struct ledger_silence silence = {
        .what = what, .starts = NOON, .ends = NOON + HOUR, .by = "hana", .reason = ""};
    int64_t id;
    good(silences_add(book, &silence, NOON, &id, &error), error);
    int64_t mail =
        record(&(struct mail){.name = "a",
                              .rule = "r",
                              .owed = CALLS("K", ""),
                              .actions = "[{\"action\": \"call\", \"actor\": \"courier\", \"args\": {\"to\":"
                                         " \"emergency\"}, \"key\": \"K\", \"due\": 1, \"owed\": true}]"})
            .message;
    assert_actions(mail, "call dropped");
    assert_int_equal(next_due(), INT64_MAX);
}

static void acknowledged_nothing_further_happens(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, 1, DECIDED, &error), error); /* in hand */
    g_autoptr(json_t) first = acknowledge(mail, "hana"), second = acknowledge(mail, "ken");
    assert_true(json_flag(first, "ok"));
    assert_false(json_flag(second, "ok"));
    assert_non_null(
        strstr(json_text(second, "error"), "acknowledged by hana already, at 2026-11-24T12:01:02Z"));
    good(ledger_attempt_end(book, 1, "retry", "why", "", DECIDED, DECIDED, &error), error);
    advance(DECIDED + 24 * HOUR);
    assert_actions(mail, "call dropped");
    redecide(mail, &(struct mail){.name = "a", .rule = "r", .owed = CALLS("K", "")});
    g_autofree char *again = actions_of(mail, "1");
    assert_string_equal(again, "");
    g_autoptr(json_t) story = show(mail);
    assert_json(at(story, "owed", "0", "note", NULL), "\"a note\"");
    assert_json(at(story, "decisions", "0", "actions", "0", "reason", NULL), "\"acknowledged by hana\"");
    static const struct {
        int64_t mail;
        const char *why;
    } others[] = {{99, "no mail of that number"}, {2, "nothing of this mail waits"}};
    ring("b", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(json_t) refused = acknowledge(others[i].mail, "hana");
        assert_non_null(strstr(json_text(refused, "error"), others[i].why));
    }
}

static void a_redecision_goes_on_where_it_was_and_begins_anew_what_died(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    const struct mail same = {.name = "a", .rule = "r", .owed = CALLS("K", "")};
    redecide(mail, &same);
    assert_actions(mail, "call waiting");
    assert_int_equal(next_due(), DECIDED + 5 * MINUTE);
    advance(DECIDED + 5 * MINUTE);
    redecide(mail, &same);
    assert_int_equal(next_due(), DECIDED + 15 * MINUTE);
    end_all("dead", DECIDED + 5 * MINUTE);
    redecide(mail, &same);
    g_autofree char *fourth = actions_of(mail, "3");
    assert_string_equal(fourth, "call waiting");
}

static void a_person_who_decides_otherwise_ends_it_and_rules_do_not(void **state)
{
    int64_t mail = ring("a", CALLS("K", ""));
    redecide(mail, &(struct mail){.name = "a", .rule = "other"});
    assert_int_equal(next_due(), DECIDED + 5 * MINUTE);
    decide(&(struct mail){.name = "a"}, mail, "hana");
    assert_int_equal(next_due(), INT64_MAX);
    assert_actions(mail, "call dropped");
    g_autoptr(json_t) refused = acknowledge(mail, "ken");
    assert_non_null(strstr(json_text(refused, "error"), "decided otherwise by hana"));
}

/* Also where what the person decided it to be is kept quiet. */
static void a_silence_keeps_nothing_ringing_that_a_person_ended(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) what = json_of("{\"rule\": [\"other\"]}");
    const struct ledger_silence silence = {
        .what = what, .starts = NOON, .ends = NOON + HOUR, .by = "ken", .reason = ""};
    int64_t id, mail = ring("a", CALLS("K", ""));
    good(silences_add(book, &silence, NOON, &id, &error), error);
    decide(&(struct mail){.name = "a", .rule = "other", .actions = FORWARD}, mail, "hana");
    assert_int_equal(next_due(), INT64_MAX);
    assert_actions(mail, "call dropped");
}

/* What was decided away and is back is reminded of in its time, not at once. */
static void an_answer_that_is_owed_again_is_not_reminded_of_at_once(void **state)
{
    int64_t mail = ring("a", ANSWERS("1795528800000"));
    decide(&(struct mail){.name = "a"}, mail, "hana");
    redecide(mail, &(struct mail){.name = "a", .rule = "r", .owed = ANSWERS("1795532400000")});
    assert_int_equal(next_due(), NOON + HOUR);
    g_autoptr(json_t) story = show(mail);
    assert_json(at(story, "owed", "0", "until", NULL), "\"2026-11-24T15:00:00Z\"");
}

static void a_reminder_of_several_is_dropped_for_all_of_them(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) recipients = json_of("[\"x@a\", \"y@a\"]");
    int64_t mail = ring("a", ANSWERS("1795528800000"));
    advance(NOON + HOUR);
    good(ledger_attempt_start(book, 1, NOON + HOUR, &error), error);
    good(ledger_attempt_split(book, 1, recipients, NOON + HOUR, &error), error);
    json_decref(acknowledge(mail, "hana"));
    assert_actions(mail, "remind dropped, remind dropped");
}

static void two_mails_that_tell_the_same_ring_once(void **state)
{
    int64_t mail = ring("a", CALLS("K", "\"telling\": \"T\", ")),
            copy = ring("b", CALLS("L", "\"telling\": \"T\", "));
    assert_actions(copy, "");
    g_autoptr(json_t) refused = acknowledge(copy, "hana");
    assert_non_null(strstr(json_text(refused, "error"), "told already, by mail 1: acknowledge that one"));
    json_decref(acknowledge(mail, "hana"));
    assert_actions(ring("c", CALLS("M", "\"telling\": \"T\", ")), ""); /* nor later */
    assert_actions(ring("d", CALLS("N", "\"telling\": \"U\", ")), "call waiting");
}

static void a_page_that_went_out_is_acknowledged_at_its_service(void **state)
{
    int64_t sent = ring("a", PAGES);
    end_all("done", DECIDED);
    g_autoptr(json_t) result = acknowledge(sent, "hana");
    assert_int_equal(json_number(result, "follow", 0), 1);
    assert_actions(sent, "page done, page waiting");
    g_autoptr(json_t) summary = owed_summary(book, NULL);
    assert_int_equal(json_number(summary, "count", 9), 0);
}

static void a_page_that_never_went_out_is_dropped(void **state)
{
    int64_t waiting = ring("a", PAGES);
    g_autoptr(json_t) result = acknowledge(waiting, "hana");
    assert_int_equal(json_number(result, "follow", 9), 0);
    assert_actions(waiting, "page dropped");
}

static void what_rings_too_often_is_dropped_and_told_once(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    g_autofree char *keys[8] = {NULL};
    int64_t mails[G_N_ELEMENTS(names)];
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_auto(GStrv) parts = g_strsplit(CALLS("KEY", ""), "KEY", 2);
        g_autofree char *owed = g_strconcat(parts[0], names[i], parts[1], NULL);
        mails[i] = ring(names[i], owed);
    }
    assert_actions(mails[5], "call waiting");
    assert_actions(mails[6], "call dropped");
    assert_actions(mails[7], "call dropped");
    g_autoptr(json_t) counts = ledger_counts(book, NULL), story = show(mails[7]);
    assert_int_equal(json_number(counts, "alerts", 0), 1);
    assert_non_null(
        strstr(json_text(at(story, "decisions", "0", "actions", "0", NULL), "reason"), "rule r has called"));
    int64_t other = record(&(struct mail){.name = "i", .rule = "other", .owed = CALLS("I", "")}).message;
    assert_actions(other, "call waiting"); /* another rule's own */
    int64_t later = DECIDED + HOUR + 1;
    advance(later);
    assert_actions(mails[0], "call waiting, call waiting"); /* an hour later */
}

/* A storm of mail that nobody vouches for keeps no proven mail of the same rule quiet. */
static void what_is_less_proven_uses_up_no_limit_of_what_is_more(void **state)
{
    for (int i = 0; i < 7; i++) {
        g_auto(GStrv) parts = g_strsplit(CALLS("KEY", ""), "KEY", 2);
        g_autofree char *name = g_strdup_printf("%d", i), *owed = g_strconcat(parts[0], name, parts[1], NULL);
        record(&(struct mail){.name = name, .rule = "r", .verdict = "unproven", .owed = owed});
    }
    assert_actions(7, "call dropped");
    assert_actions(ring("proven", CALLS("K", "")), "call waiting");
}

/* Nor a stranger's that of a mail which claims to be AWS's and cannot be proven. */
static void a_stranger_uses_up_no_limit_of_anybody_else(void **state)
{
    for (int i = 0; i < 7; i++) {
        g_auto(GStrv) parts = g_strsplit(CALLS("KEY", ""), "KEY", 2);
        g_autofree char *name = g_strdup_printf("%d", i), *owed = g_strconcat(parts[0], name, parts[1], NULL);
        record(&(struct mail){.name = name, .rule = "r", .verdict = "stranger", .owed = owed});
    }
    int64_t mail =
        record(&(struct mail){.name = "m", .rule = "r", .verdict = "unproven", .owed = CALLS("K", "")})
            .message;
    assert_actions(7, "call dropped");
    assert_actions(mail, "call waiting");
}

static void what_may_not_ring_is_held_and_the_rest_is_done(void **state)
{
    int64_t mail = ring(
        "a",
        "[{\"kind\": \"answer\", \"key\": \"A\", \"until\": 1795528800000, \"plan\": {\"name\":"
        " \"answer\", \"held\": \"the mail is not proven\", \"steps\": [{\"after\": 0, \"actions\": [" CALL(
            1) ", {\"action\": \"remind\", \"args\": {\"to\": \"operators\"}}]}]}}]");
    assert_actions(mail, "call dropped, remind waiting");
    g_autoptr(json_t) story = show(mail);
    assert_json(at(story, "decisions", "0", "actions", "0", "reason", NULL),
                "\"held back: the mail is not proven\"");
    assert_json(at(story, "owed", "0", "until", NULL), "\"2026-11-24T14:00:00Z\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_step_is_not_at_once_where_several_fell_due),
        TEST(steps_are_queued_when_they_are_due_and_an_alert_ends_them),
        TEST(a_clock_that_is_set_moves_the_plan_along),
        TEST(where_all_of_a_step_is_dead_the_next_one_comes),
        TEST(a_call_that_waits_to_be_tried_again_gives_way_to_the_next),
        TEST(what_is_silenced_rings_nobody),
        TEST(acknowledged_nothing_further_happens),
        TEST(a_redecision_goes_on_where_it_was_and_begins_anew_what_died),
        TEST(a_person_who_decides_otherwise_ends_it_and_rules_do_not),
        TEST(a_silence_keeps_nothing_ringing_that_a_person_ended),
        TEST(an_answer_that_is_owed_again_is_not_reminded_of_at_once),
        TEST(a_reminder_of_several_is_dropped_for_all_of_them),
        TEST(two_mails_that_tell_the_same_ring_once),
        TEST(a_page_that_went_out_is_acknowledged_at_its_service),
        TEST(a_page_that_never_went_out_is_dropped),
        TEST(what_rings_too_often_is_dropped_and_told_once),
        TEST(what_is_less_proven_uses_up_no_limit_of_what_is_more),
        TEST(a_stranger_uses_up_no_limit_of_anybody_else),
        TEST(what_may_not_ring_is_held_and_the_rest_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
