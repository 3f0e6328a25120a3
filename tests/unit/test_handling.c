/* Retry, drop and resend, and the holds of destinations. */
#include "ledger_book.h"
#include "ledger/handling.h"
#include "ledger/holds.h"

#define CHAT(key)                                                                                            \
    "{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {\"channel\": \"ops\"}, \"key\": \"" key       \
    "\", \"telling\": \"t " key "\", \"due\": 1}"

static void become(int64_t action, const char *outcome)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, action, NOON, &error), error);
    if (strcmp(outcome, "running") != 0)
        good(ledger_attempt_failed(book, action, "server", &error) &&
                 ledger_attempt_end(book, action, outcome, "why", "", NOON + HOUR, NOON, &error),
             error);
}

/* A mail with five chats: 1 waits, 2 waits for later, 3 runs, 4 is dead, 5 is done. */
static void a_mail_of_each(void)
{
    record(&(struct mail){
        .name = "m", .actions = "[" CHAT("1") "," CHAT("2") "," CHAT("3") "," CHAT("4") "," CHAT("5") "]"});
    become(2, "retry");
    become(3, "running");
    become(4, "dead");
    become(5, "done");
}

/* "a1 retried, a3 !it is…": what came of it. */
static char *handle(enum handling what, const char *ids, bool dry_run)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) list = json_of(ids);
    const struct ledger_handling wish = {
        .what = what, .ids = list, .by = "taro", .why = "because", .dry_run = dry_run};
    g_autoptr(json_t) results = ledger_handle(book, &wish, NOON + HOUR, &error);
    good(results != NULL, error);
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *entry = json_array_get(results, i);
        g_string_append_printf(text, "%s%s %s%.14s", i > 0 ? ", " : "",
                               json_text_or(entry, "action", json_text_or(entry, "asked", "?")),
                               json_text(entry, "error") != NULL ? "!" : "",
                               json_text_or(entry, "error", json_text_or(entry, "result", "?")));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *states(void)
{
    g_autoptr(json_t) story = show(1);
    g_autoptr(GString) text = g_string_new(NULL);
    const json_t *actions = at(story, "decisions", "0", "actions", NULL);
    for (size_t i = 0; i < json_array_size(actions); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                               json_text_or(json_array_get(actions, i), "state", "?"));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void each_state_has_its_answer(void **state)
{
    static const struct {
        enum handling what;
        const char *want, *states;
    } table[] = {
        {HANDLING_RETRY, "a1 retried, a2 retried, a3 !it is in an ac, a4 retried, a5 !it is done: th",
         "waiting waiting running waiting done"},
        {HANDLING_DROP, "a1 dropped, a2 dropped, a3 !it is in an ac, a4 dropped, a5 !it is done: th",
         "dropped dropped running dropped done"},
        {HANDLING_RESEND,
         "a1 !it is dropped:, a2 !it is dropped:, a3 !it is in an ac, a4 !it is dropped:, a5 resent",
         "dropped dropped running dropped done waiting"},
    };
    a_mail_of_each();
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const char *ids = "[\"a1\", \"a2\", \"a3\", \"a4\", \"a5\"]";
        g_autofree char *before = states(), *dry = handle(table[i].what, ids, true), *still = states();
        assert_string_equal(dry, table[i].want);
        assert_string_equal(before, still);
        g_autofree char *found = handle(table[i].what, ids, false), *after = states();
        assert_string_equal(found, table[i].want);
        assert_string_equal(after, table[i].states);
    }
}

static void a_mail_stands_for_its_actions(void **state)
{
    a_mail_of_each();
    g_autofree char *retried = handle(HANDLING_RETRY, "[\"1\", \"a4\", \"7\", \"a7\"]", false),
                    *sent = handle(HANDLING_RESEND, "[\"1\", \"a5\"]", false);
    assert_string_equal(
        retried,
        "a1 retried, a2 retried, a3 !it is in an ac, a4 retried, 7 !mail 7 has no , a7 !there is no ac");
    assert_string_equal(sent, "a5 resent");
}

static void a_retry_has_all_its_attempts_and_time_again(void **state)
{
    a_mail_of_each();
    g_autofree char *retried = handle(HANDLING_RETRY, "[\"a4\"]", false);
    const struct ledger_wish wish = {.actor = "courier", .now = NOON + HOUR, .most = 9};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL);
    for (guint i = 0; i < due->len; i++) {
        const struct ledger_action *action = due->pdata[i];
        bool fresh = action->id == 4;
        assert_int_equal(action->attempt, action->id == 2 ? 2 : 1);
        assert_true(action->since == (fresh ? NOON + HOUR : NOON + 2000));
        assert_true(!fresh || strcmp(action->key, "4") == 0);
    }
    assert_int_equal(due->len, 3);
    g_autoptr(json_t) story = show(1);
    const json_t *handled = at(story, "decisions", "0", "actions", "3", "handled", NULL);
    assert_json(handled,
                "[{\"at\":\"2026-11-24T13:00:00Z\",\"by\":\"taro\",\"what\":\"retry\",\"why\":\"because\"}]");
}

/* What is queued for later (a reminder) is not late when its time comes. */
static void a_deadline_counts_from_when_it_was_due(void **state)
{
    record(&(struct mail){.name = "m",
                          .actions =
                              "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {}, \"key\": \"k\","
                              " \"due\": 1795608000000}]"}); /* a day later */
    const struct ledger_wish wish = {.actor = "courier", .now = NOON + 30 * HOUR, .most = 9};
    for (int attempt = 1; attempt <= 2; attempt++) {
        g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL);
        assert_int_equal(due->len, 1);
        assert_true(((struct ledger_action *)due->pdata[0])->since == NOON + 24 * HOUR);
        become(1, "retry");
    }
}

static void what_was_queued_in_its_place_is_named(void **state)
{
    a_mail_of_each();
    redecide(1, &(struct mail){.name = "m", .actions = "[" CHAT("4") "]"});
    g_autofree char *retried = handle(HANDLING_RETRY, "[\"a4\"]", false);
    assert_string_equal(retried, "a4 !a6 was queued ");
}

static void each_sending_has_a_key_of_its_own_and_is_not_hushed(void **state)
{
    bool hushed;
    a_mail_of_each();
    for (int i = 0; i < 2; i++)
        g_free(handle(HANDLING_RESEND, "[\"a5\"]", false));
    g_autoptr(json_t) story = show(1);
    const json_t *actions = at(story, "decisions", "0", "actions", NULL);
    assert_string_equal(json_text(json_array_get(actions, 5), "key"), "5+2");
    assert_string_equal(json_text(json_array_get(actions, 6), "key"), "5+3");
    assert_int_equal(json_number(json_array_get(actions, 6), "resent", 0), 5);
    assert_true(ledger_hush(book, "t 5", NOON, &hushed, NULL) && !hushed);
}

static void a_filter_takes_what_it_names(void **state)
{
    a_mail_of_each();
    static const struct {
        struct ledger_handling wish;
        size_t count;
    } table[] = {
        {{.dead = true}, 1},       {{.action = "chat"}, 2},
        {{.channel = "ops"}, 2},   {{.what = HANDLING_DROP, .channel = "ops"}, 3},
        {{.channel = "other"}, 0}, {{.channel = "ops", .dead = true}, 1},
        {{.action = "page"}, 0},   {{.dead = true, .since = NOON + HOUR}, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct ledger_handling wish = table[i].wish;
        wish.by = "taro";
        wish.dry_run = true;
        g_autoptr(json_t) results = ledger_handle(book, &wish, NOON + HOUR, NULL);
        assert_int_equal(json_array_size(results), table[i].count);
    }
}

static void an_id_is_of_a_mail_or_an_action(void **state)
{
    static const char *const sound[] = {"1", "a1", "9223372036854775807"},
                             *const faulty[] = {
                                 "", "a", "0", "a0", "-1", "b1", "1a", "aa1", "9223372036854775808"};
    for (size_t i = 0; i < G_N_ELEMENTS(sound); i++)
        assert_null(handling_id_fault(sound[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(faulty); i++)
        assert_non_null(handling_id_fault(faulty[i]));
}

static void a_pause_keeps_a_destination_from_being_looked_at(void **state)
{
    g_autoptr(GError) error = NULL;
    const struct ledger_wish wish = {.actor = "courier", .now = NOON + 10, .most = 9};
    a_mail_of_each();
    good(ledger_hold(book, "courier", "channel ops", false, NOON + 50, "a rate", NOON, &error), error);
    g_autoptr(GPtrArray) slowed = ledger_due(book, &wish, NULL);
    assert_int_equal(slowed->len, 1);
    good(ledger_hold(book, "courier", "channel ops", true, NOON + 20, "a pause", NOON, &error), error);
    good(ledger_hold(book, "courier", "channel ops", false, NOON + 90, "a rate", NOON, &error), error);
    g_autoptr(GPtrArray) paused = ledger_due(book, &wish, NULL);
    assert_int_equal(paused->len, 0);
    assert_true(ledger_next_due(book, NULL) == NOON + 20);
    g_autoptr(json_t) destinations = ledger_destinations(book, NOON + 10, NULL);
    assert_json(destinations,
                "[{\"actor\":\"courier\",\"dead\":1,\"destination\":\"channel ops\",\"due\":1,\"more\":false,"
                "\"next\":\"1970-01-01T00:00:00Z\",\"oldest\":\"2026-11-24T12:00:02Z\",\"paused\":true,"
                "\"until\":\"2026-11-24T12:00:00Z\",\"waiting\":2,\"why\":\"a pause\"}]");
    good(ledger_hold(book, "courier", "channel ops", true, NOON + 5, "a shorter one", NOON, &error), error);
    assert_true(ledger_paused_until(book, "courier", "channel ops", NOON, NULL) == NOON + 20);
    assert_true(ledger_paused_until(book, "courier", "channel ops", NOON + 20, NULL) == 0);
    good(ledger_hold(book, "courier", "channel ops", false, NOON + 90, "a rate", NOON + 30, &error), error);
    assert_true(ledger_paused_until(book, "courier", "channel ops", NOON + 30, NULL) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_state_has_its_answer),
        TEST(a_mail_stands_for_its_actions),
        TEST(a_retry_has_all_its_attempts_and_time_again),
        TEST(a_deadline_counts_from_when_it_was_due),
        TEST(what_was_queued_in_its_place_is_named),
        TEST(each_sending_has_a_key_of_its_own_and_is_not_hushed),
        TEST(a_filter_takes_what_it_names),
        TEST(an_id_is_of_a_mail_or_an_action),
        TEST(a_pause_keeps_a_destination_from_being_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
