/* The outbox: which action is next, its attempts and how they end, what was cut, and alerts. */
#include "ledger_book.h"

/* An action of its own mail; returns its id. */
static int64_t queue(const char *name, const char *priority, const char *actor, int64_t due)
{
    g_autofree char *actions =
        g_strdup_printf("[{\"action\": \"chat\", \"actor\": \"%s\", \"args\": {\"channel\": \"ops\"},"
                        " \"key\": \"key of %s\", \"due\": %" G_GINT64_FORMAT "}]",
                        actor, name, due);
    int64_t message = record(&(struct mail){.name = name, .priority = priority, .actions = actions}).message;
    g_autoptr(json_t) story = show(message);
    return json_number(at(story, "decisions", "0", "actions", "0", NULL), "id", 0);
}

static json_t *action_of(int64_t message)
{
    g_autoptr(json_t) story = show(message);
    return json_incref((json_t *)at(story, "decisions", "0", "actions", "0", NULL));
}

/* As many as that, whatever they are. */
static struct ledger_wish wish(const char *actor, int64_t now, unsigned limit)
{
    return (struct ledger_wish){.actor = actor, .now = now, .most = limit};
}

static GPtrArray *take(const char *actor, int64_t now)
{
    g_autoptr(GError) error = NULL;
    const struct ledger_wish ten = wish(actor, now, 10);
    GPtrArray *due = ledger_due(book, &ten, &error);
    good(due != NULL, error);
    return due;
}

static char *ids_of(GPtrArray *due)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < due->len; i++)
        g_string_append_printf(ids, "%d ", (int)((struct ledger_action *)due->pdata[i])->id);
    g_ptr_array_unref(due);
    return g_strdup(g_strchomp(ids->str));
}

static char *wished_ids(const struct ledger_wish *wish)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *due = ledger_due(book, wish, &error);
    good(due != NULL, error);
    return ids_of(due);
}

static char *due_ids(const char *actor, int64_t now, unsigned limit)
{
    const struct ledger_wish all = wish(actor, now, limit);
    return wished_ids(&all);
}

static char *suspect_ids(const char *actor, int64_t now)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *due = ledger_due_suspect(book, actor, now, &error);
    good(due != NULL, error);
    return ids_of(due);
}

static void start(int64_t action, int64_t now)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, action, now, &error), error);
}

static void end(int64_t action, const char *outcome, int64_t due, int64_t now)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_end(book, action, outcome, "why", "detail", due, now, &error), error);
}

static void actions_come_by_priority_then_due_then_id(void **state)
{
    queue("a", "low", "courier", NOON);
    queue("b", "normal", "courier", NOON + 2);
    queue("c", "normal", "courier", NOON + 1);
    queue("d", "urgent", "courier", NOON + 3);
    queue("e", "high", "courier", NOON + 3);
    queue("f", "urgent", "custom", NOON);
    queue("g", "urgent", "courier", NOON + 3);
    record(&(struct mail){
        .name = "forged",
        .priority = "urgent",
        .verdict = "forged",
        .actions = "[{\"action\":\"forward\",\"actor\":\"courier\",\"args\":{\"to\":\"operators\"},"
                   "\"key\":\"forged\"}]"}); /* due as it is decided */
    static const struct {
        const char *actor;
        int64_t now;
        unsigned limit;
        const char *want;
    } cases[] = {
        {"courier", NOON + 3000, 10, "4 7 5 3 2 1 8"},
        {"courier", NOON + 3, 10, "4 7 5 3 2 1"},
        {"courier", NOON + 3, 2, "4 7"},
        {"courier", NOON + 1, 10, "3 1"},
        {"courier", NOON - 1, 10, ""},
        {"custom", NOON, 10, "6"},
        {"courier", NOON + 3, 0, ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *ids = due_ids(cases[i].actor, cases[i].now, cases[i].limit);
        assert_string_equal(ids, cases[i].want);
    }
}

/* Queues one action of a mail of its own and returns its id. */
static int64_t queue_to(const char *action, const char *args, const char *priority, const char *actor)
{
    static int number;
    g_autofree char *name = g_strdup_printf("mail %d", number++);
    g_autofree char *actions =
        g_strdup_printf("[{\"action\": \"%s\", \"actor\": \"%s\", \"args\": %s, \"key\": \"key of %s\","
                        " \"due\": %" G_GINT64_FORMAT "}]",
                        action, actor, args, name, NOON);
    int64_t message = record(&(struct mail){.name = name, .priority = priority, .actions = actions}).message;
    g_autoptr(json_t) story = show(message);
    return json_number(at(story, "decisions", "0", "actions", "0", NULL), "id", 0);
}

static unsigned three_of_slow(const char *destination, void *data)
{
    return strcmp(destination, "channel slow") == 0 ? 3 : 9;
}

static void a_destination_gets_no_more_than_it_may_have(void **state)
{
    for (int i = 0; i < 5; i++)
        queue_to("chat", "{\"channel\": \"slow\"}", "high", "courier"); /* 1 to 5 */
    queue_to("chat", "{\"channel\": \"ops\"}", "normal", "courier");
    queue_to("webhook", "{\"webhook\": \"slow\"}", "normal", "courier");
    queue_to("chat", "{\"channel\": \"slow\"}", "urgent", "courier");
    struct ledger_wish asked = {.actor = "courier", .now = NOON, .most_of = three_of_slow};
    g_autofree char *first = wished_ids(&asked);
    assert_string_equal(first, "8 1 2 6 7");
}

static void each_destination_has_its_turn(void **state)
{
    for (int i = 0; i < 3; i++)
        queue_to("chat", "{\"channel\": \"full\"}", "normal", "courier"); /* 1 to 3 */
    queue_to("forward", "{}", "normal", "courier");
    queue_to("digest", "{}", "normal", "courier");
    queue_to("file", "{}", "normal", "courier");
    queue_to("exec", "{\"command\": \"x\"}", "normal", "courier");
    queue_to("chat", "{\"channel\": \"full\"}", "urgent", "courier");
    g_autofree char *ids = due_ids("courier", NOON, 10);
    assert_string_equal(ids, "8 1 4 6 7 2 5 3"); /* mail is one place for forwards and digests */
}

static void an_action_of_a_rule_folder_is_its_own_destination(void **state)
{
    const struct ledger_wish asked = wish("custom", NOON, 1);
    queue_to("ticket", "{\"channel\": \"a\"}", "normal", "custom");
    queue_to("ticket", "{\"channel\": \"b\"}", "normal", "custom");
    queue_to("forward", "{}", "normal", "custom");
    queue_to("forward", "{}", "normal", "custom");
    g_autofree char *ids = wished_ids(&asked);
    assert_string_equal(ids, "1 3");
}

static void no_argument_keeps_an_action_from_its_actor(void **state)
{
    g_autofree char *opened = g_strnfill(2030, '['), *closed = g_strnfill(2030, ']');
    g_autofree char *deep = g_strdup_printf("{\"channel\": %s%s}", opened, closed);
    const char *const arguments[] = {
        deep, "{\"channel\": {}}", "{\"channel\": null}", "{\"webhook\": 7}", "[]", "{\"channel\": \"\"}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        int64_t id = queue_to("chat", arguments[i], "normal", "courier");
        g_autofree char *due = due_ids("courier", NOON, 10), *want = g_strdup_printf("%d", (int)id);
        assert_string_equal(due, want);
        start(id, NOON);
        end(id, "done", NOON, NOON);
    }
}

static void while_nothing_may_be_decided_alerts_alone_are_sent(void **state)
{
    bool fresh;
    struct ledger_wish asked = wish("courier", NOON, 10);
    asked.alerts_only = true;
    queue("a", "urgent", "courier", NOON);
    assert_true(ledger_raise(book, "rules", "they do not load", false, NOON, &fresh, NULL));
    g_autofree char *ids = wished_ids(&asked);
    assert_string_equal(ids, "2");
}

static void an_action_brings_what_its_actor_needs(void **state)
{
    queue("a", "high", "custom", NOON);
    set_state(1, "filed");
    g_autofree char *sha = sha_of("a");
    g_autoptr(GPtrArray) due = take("custom", NOON);
    const struct ledger_action *action = due->pdata[0];
    assert_int_equal(action->message, 1);
    assert_int_equal(action->decision, 1);
    assert_string_equal(action->action, "chat");
    assert_string_equal(action->actor, "custom");
    assert_string_equal(action->key, "key of a");
    assert_string_equal(action->sha256, sha);
    assert_string_equal(action->category, "other");
    assert_json(action->args, "{\"channel\":\"ops\"}");
    assert_json(action->context, "{\"category\":\"other\"}");
    assert_int_equal(action->attempt, 1);
}

static void the_original_is_looked_for_where_it_lies(void **state)
{
    queue("a", "high", "custom", NOON);
    set_state(1, "filed");
    redecide(1, &(struct mail){.name = "a", .category = "billing"});
    for (int moved = 0; moved < 2; moved++) {
        if (moved == 1)
            set_state(1, "filed");
        g_autoptr(GPtrArray) due = take("custom", NOON);
        assert_string_equal(((struct ledger_action *)due->pdata[0])->category,
                            moved == 1 ? "billing" : "other");
    }
}

static void the_next_due_time_is_known(void **state)
{
    assert_true(ledger_next_due(book, NULL) == INT64_MAX);
    queue("a", "low", "courier", NOON + 5);
    queue("b", "urgent", "custom", NOON + 9);
    assert_true(ledger_next_due(book, NULL) == NOON + 5);
    start(1, NOON);
    assert_true(ledger_next_due(book, NULL) == NOON + 9);
}

static void only_what_waits_is_started(void **state)
{
    static const char *const outcomes[] = {"running", "done", "dead"};
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        g_autoptr(GError) error = NULL;
        int64_t id = queue(outcomes[i], "normal", "courier", NOON);
        start(id, NOON);
        if (i > 0)
            end(id, outcomes[i], NOON, NOON);
        assert_false(ledger_attempt_start(book, id, NOON, &error));
        assert_error(error, AWSIFT_ERROR_GONE, "does not wait");
        g_autoptr(json_t) action = action_of(id);
        assert_json(json_object_get(action, "count"), "1");
        assert_int_equal(json_array_size(json_object_get(action, "attempts")), 1);
        assert_string_equal(json_text(action, "state"), outcomes[i]);
    }
    g_autoptr(GError) error = NULL;
    assert_false(ledger_attempt_start(book, 77, NOON, &error));
    assert_error(error, AWSIFT_ERROR_GONE, "77");
}

static void an_attempt_ends_in_one_of_four_ways(void **state)
{
    static const struct {
        const char *outcome, *state;
        bool ended;
    } cases[] = {
        {"done", "done", true},
        {"dead", "dead", true},
        {"retry", "waiting", false},
        {"unknown", "waiting", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t id = queue(cases[i].outcome, "normal", "courier", NOON);
        start(id, NOON + 1000);
        end(id, cases[i].outcome, NOON + HOUR, NOON + 2000);
        g_autoptr(json_t) action = action_of(id);
        assert_string_equal(json_text(action, "state"), cases[i].state);
        assert_string_equal(json_text(action, "outcome"), cases[i].outcome);
        assert_string_equal(json_text(action, "reason"), "why");
        assert_int_equal(json_text(action, "ended") != NULL, cases[i].ended);
        g_autofree char *attempt = g_strdup_printf(
            "{\"detail\":\"detail\",\"ended\":\"2026-11-24T12:00:02Z\",\"failure\":null,\"number\":1,"
            "\"outcome\":\"%s\",\"reason\":\"why\",\"started\":\"2026-11-24T12:00:01Z\"}",
            cases[i].outcome);
        assert_json(at(action, "attempts", "0", NULL), attempt);
    }
}

static void a_retry_waits_and_counts(void **state)
{
    int64_t id = queue("a", "normal", "courier", NOON);
    for (int attempt = 1; attempt <= 3; attempt++) {
        g_autoptr(GPtrArray) due = take("courier", NOON + attempt);
        assert_int_equal(((struct ledger_action *)due->pdata[0])->attempt, attempt);
        start(id, NOON + attempt);
        end(id, attempt < 3 ? "retry" : "done", NOON + attempt + 1, NOON + attempt);
        g_autofree char *early = due_ids("courier", NOON + attempt, 1);
        assert_string_equal(early, "");
    }
    g_autoptr(json_t) action = action_of(1);
    assert_json(json_object_get(action, "count"), "3");
    assert_int_equal(json_array_size(json_object_get(action, "attempts")), 3);
    assert_json(at(action, "attempts", "1", "outcome", NULL), "\"retry\"");
}

static void an_unknown_outcome_is_marked_until_the_next_one(void **state)
{
    int64_t id = queue("a", "normal", "courier", NOON);
    start(id, NOON);
    end(id, "unknown", NOON, NOON);
    start(id, NOON);
    g_autoptr(json_t) marked = action_of(1);
    assert_json(json_object_get(marked, "outcome"), "\"unknown\"");
    end(id, "done", NOON, NOON);
    g_autoptr(json_t) action = action_of(1);
    assert_json(json_object_get(action, "outcome"), "\"done\"");
    assert_json(at(action, "attempts", "0", "outcome", NULL), "\"unknown\"");
}

static json_t *summary(int64_t message)
{
    g_autoptr(json_t) action = action_of(message);
    return json_pack("{s:O, s:O, s:O, s:I}", "state", json_object_get(action, "state"), "outcome",
                     json_object_get(action, "outcome"), "count", json_object_get(action, "count"),
                     "attempts", (json_int_t)json_array_size(json_object_get(action, "attempts")));
}

static void assert_due(int attempt, int tried)
{
    g_autoptr(GPtrArray) due = take("courier", NOON);
    assert_int_equal(due->len, 1);
    const struct ledger_action *action = due->pdata[0];
    assert_int_equal(action->attempt, attempt);
    assert_int_equal(action->tried, tried);
}

static void what_another_cut_short_does_not_count(void **state)
{
    int64_t id = queue("a", "normal", "courier", NOON);
    for (int i = 0; i < 3; i++) {
        assert_due(1, i);
        start(id, NOON);
        end(id, "unknown", NOON, NOON);
        assert_true(ledger_attempt_spare(book, id, NULL));
    }
    start(id, NOON);
    end(id, "done", NOON, NOON);
    g_autoptr(json_t) told = summary(1), action = action_of(1);
    assert_json(told, "{\"attempts\":4,\"count\":1,\"outcome\":\"done\",\"state\":\"done\"}");
    assert_json(at(action, "attempts", "3", "number", NULL), "4");
}

static void an_attempt_that_never_was_leaves_no_trace(void **state)
{
    int64_t id = queue("a", "normal", "courier", NOON);
    start(id, NOON);
    end(id, "retry", NOON, NOON);
    g_autoptr(json_t) before = summary(1);
    start(id, NOON);
    assert_true(ledger_attempt_withdraw(book, id, NULL));
    g_autoptr(json_t) after = summary(1);
    assert_true(json_equal(before, after));
    g_autofree char *ids = due_ids("courier", NOON, 10);
    assert_string_equal(ids, "1");
}

static void crash(int64_t action)
{
    start(action, NOON);
    end(action, "unknown", NOON, NOON);
    assert_true(ledger_attempt_blame(book, action, NULL));
}

static void a_suspect_comes_alone_until_it_ends_by_itself(void **state)
{
    int64_t blamed = queue_to("hang", "{}", "normal", "custom");
    queue_to("good", "{}", "normal", "custom");
    queue_to("hang", "{}", "normal", "custom");
    g_autofree char *nobody = suspect_ids("custom", NOON);
    assert_string_equal(nobody, "");
    crash(blamed);
    g_autofree char *others = due_ids("custom", NOON, 10), *suspect = suspect_ids("custom", NOON),
                    *early = suspect_ids("custom", NOON - 1), *elsewhere = suspect_ids("courier", NOON);
    assert_string_equal(others, "2"); /* the third does what the first one does */
    assert_string_equal(suspect, "1");
    assert_string_equal(early, "");
    assert_string_equal(elsewhere, "");
    crash(blamed);
    g_autoptr(GPtrArray) twice = ledger_due_suspect(book, "custom", NOON, NULL);
    assert_int_equal(((struct ledger_action *)twice->pdata[0])->crashes, 2);
    start(blamed, NOON);
    end(blamed, "retry", NOON, NOON);
    g_autofree char *acquitted = due_ids("custom", NOON, 10);
    assert_string_equal(acquitted, "1 2 3");
}

static void a_shipped_action_is_suspected_alone(void **state)
{
    crash(queue_to("forward", "{}", "normal", "courier"));
    queue_to("forward", "{}", "normal", "courier");
    g_autofree char *others = due_ids("courier", NOON, 10), *suspect = suspect_ids("courier", NOON);
    assert_string_equal(others, "2");
    assert_string_equal(suspect, "1");
}

static void what_was_cut_waits_again_and_is_unknown(void **state)
{
    int cut = -1;
    int64_t running = queue("a", "normal", "courier", NOON), done = queue("b", "normal", "courier", NOON);
    queue("c", "normal", "courier", NOON + HOUR);
    start(running, NOON);
    start(done, NOON);
    end(done, "done", NOON, NOON);
    assert_true(ledger_recover(book, NOON + 5000, &cut, NULL));
    assert_int_equal(cut, 1);
    g_autoptr(json_t) action = action_of(1);
    assert_string_equal(json_text(action, "state"), "waiting");
    assert_string_equal(json_text(action, "outcome"), "unknown");
    assert_string_equal(json_text(action, "reason"), "cut");
    assert_string_equal(json_text(action, "due"), "2026-11-24T12:00:05Z");
    assert_json(at(action, "attempts", "0", "outcome", NULL), "\"unknown\"");
    assert_json(at(action, "attempts", "0", "ended", NULL), "\"2026-11-24T12:00:05Z\"");
    g_autofree char *ids = due_ids("courier", NOON + 5000, 10);
    assert_string_equal(ids, "1");
    assert_true(ledger_recover(book, NOON + 6000, &cut, NULL));
    assert_int_equal(cut, 0);
}

static bool raise_alert(const char *kind, const char *text, bool quiet, int64_t now)
{
    g_autoptr(GError) error = NULL;
    bool fresh;
    good(ledger_raise(book, kind, text, quiet, now, &fresh, &error), error);
    return fresh;
}

static void an_alert_is_told_to_the_operators(void **state)
{
    assert_true(raise_alert("missing", "mail 7 is nowhere", false, NOON));
    g_autoptr(GPtrArray) due = take("courier", NOON);
    assert_int_equal(due->len, 1);
    const struct ledger_action *action = due->pdata[0];
    assert_int_equal(action->message, 0);
    assert_string_equal(action->action, "forward");
    assert_string_equal(action->sha256, "");
    assert_json(action->args, "{\"subject\":\"[awsift] missing\",\"text\":\"mail 7 is nowhere\","
                              "\"to\":\"operators\"}");
    assert_json(json_object_get(action->context, "category"), "\"alert\"");
}

static void a_quiet_alert_is_only_written_down(void **state)
{
    assert_true(raise_alert("missing", "mail 7 is nowhere", true, NOON));
    g_autofree char *ids = due_ids("courier", NOON, 10);
    assert_string_equal(ids, "");
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "alerts"), "1");
}

static void the_same_alert_within_an_hour_only_counts_up(void **state)
{
    static const struct {
        const char *kind, *text;
        int64_t after;
        bool fresh;
    } cases[] = {
        {"missing", "a", 0, true},         {"missing", "a", 1, false},        {"missing", "b", 2, true},
        {"unreadable", "a", 3, true},      {"missing", "a", HOUR - 1, false}, {"missing", "a", HOUR, true},
        {"missing", "a", HOUR + 1, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(raise_alert(cases[i].kind, cases[i].text, false, NOON + cases[i].after),
                         cases[i].fresh);
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "alerts"), "4");
    /* "b" was gathered, and told with the next one of its kind; so is the last "a" */
    assert_json(json_object_get(counts, "actions"), "{\"waiting\":3}");
    assert_json(at(counts, "recent_alerts", "0", "count", NULL), "2");
    assert_json(at(counts, "recent_alerts", "0", "raised", NULL), "\"2026-11-24T13:00:00Z\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(actions_come_by_priority_then_due_then_id),
        TEST(a_destination_gets_no_more_than_it_may_have),
        TEST(each_destination_has_its_turn),
        TEST(an_action_of_a_rule_folder_is_its_own_destination),
        TEST(no_argument_keeps_an_action_from_its_actor),
        TEST(while_nothing_may_be_decided_alerts_alone_are_sent),
        TEST(an_action_brings_what_its_actor_needs),
        TEST(the_original_is_looked_for_where_it_lies),
        TEST(the_next_due_time_is_known),
        TEST(only_what_waits_is_started),
        TEST(an_attempt_ends_in_one_of_four_ways),
        TEST(a_retry_waits_and_counts),
        TEST(an_unknown_outcome_is_marked_until_the_next_one),
        TEST(what_another_cut_short_does_not_count),
        TEST(an_attempt_that_never_was_leaves_no_trace),
        TEST(a_suspect_comes_alone_until_it_ends_by_itself),
        TEST(a_shipped_action_is_suspected_alone),
        TEST(what_was_cut_waits_again_and_is_unknown),
        TEST(an_alert_is_told_to_the_operators),
        TEST(a_quiet_alert_is_only_written_down),
        TEST(the_same_alert_within_an_hour_only_counts_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
