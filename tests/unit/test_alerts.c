/* Alerts: how many are told of how many that are raised, by which ways, and when. */
#include "ledger_book.h"
#include "keeper/deaths.h"
#include "ledger/alerts.h"
#include "ledger/holds.h"
#include "ledger/clock.h"
#include "ledger/life.h"

#define MINUTE INT64_C(60000)

static const char policy_text[] =
    "{\"ways\": [\"mail\", \"chat\"], \"gather\": 60000, \"zone\": \"Asia/Tokyo\", \"channels\": {\"chat\": \"ops\"},"
    " \"languages\": [\"ja\", \"en\"], \"kinds\": {"
    " \"spool\": {\"ways\": [\"mail\", \"chat\"], \"ja\": {\"title\": \"止\", \"over\": \"動\", \"advice\": \"見\"},"
    "  \"en\": {\"title\": \"T\", \"over\": \"O\", \"advice\": \"A\"}},"
    " \"down\": {\"ways\": [\"mail\"], \"ja\": {\"title\": \"落\", \"line\": \"{from}〜{waiting} {none}\"}, \"en\": {\"title\": \"D\"}},"
    " \"dead-action\": {\"ways\": [\"mail\", \"chat\"], \"ja\": {\"title\": \"死\"}, \"en\": {\"title\": \"X\"}},"
    " \"low\": {\"ways\": [\"mail\"], \"ja\": {\"title\": \"低\"}, \"en\": {\"title\": \"L\"}},"
    " \"off\": {\"ways\": []}}}";

static json_t *policy;

static void with_policy(void)
{
    policy = json_loads(policy_text, 0, NULL);
    assert_non_null(policy);
    ledger_set_alerts(book, policy);
}

static bool raised(const struct ledger_alert *alert, int64_t now)
{
    g_autoptr(GError) error = NULL;
    bool fresh;
    good(ledger_alert_raise(book, alert, now, &fresh, &error), error);
    return fresh;
}

static bool over(const char *kind, const char *about, int64_t now)
{
    g_autoptr(GError) error = NULL;
    bool stood;
    good(ledger_alert_over(book, kind, about, now, &stood, &error), error);
    return stood;
}

/* Queues what is due; the number, and in *next when there is more. */
static unsigned tell(bool all, int64_t now, int64_t *next)
{
    g_autoptr(GError) error = NULL;
    unsigned queued;
    good(ledger_alerts_tell(book, all, now, next, &queued, &error), error);
    return queued;
}

/* The texts of what waits, by action, and takes it. */
static json_t *taken(int64_t now)
{
    const struct ledger_wish wish = {.actor = "courier", .now = now, .most = 100};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, &error);
    good(due != NULL, error);
    json_t *list = json_array();
    for (guint i = 0; i < due->len; i++) {
        const struct ledger_action *action = due->pdata[i];
        json_array_append_new(list, json_pack("[s, s, O]", action->action,
                                              json_text_or(action->args, "text", ""), action->args));
        good(ledger_attempt_start(book, action->id, now, &error), error);
    }
    return list;
}

static const char *text_at(const json_t *list, size_t index)
{
    return json_string_value(json_array_get(json_array_get(list, index), 1));
}

static void a_storm_is_a_handful(void **state)
{
    with_policy();
    unsigned mails = 0;
    int64_t next;
    for (int i = 0; i < 500; i++) { /* different ones, over an hour */
        g_autofree char *text = g_strdup_printf("number %d", i);
        raised(&(struct ledger_alert){.kind = "low", .text = text}, NOON + i * HOUR / 500);
        tell(false, NOON + i * HOUR / 500, &next);
    }
    g_autoptr(json_t) told = taken(NOON + HOUR);
    mails = (unsigned)json_array_size(told);
    assert_in_range(mails, 4, 7);
    assert_non_null(strstr(text_at(told, mails - 1), "ほかに "));
    assert_int_equal(tell(true, NOON + HOUR, &next), 1); /* nothing is lost: the rest */
    assert_int_equal(next, INT64_MAX);
    json_decref(policy);
}

static void equal_ones_are_told_again_with_their_number(void **state)
{
    with_policy();
    int64_t next;
    for (int i = 0; i < 500; i++)
        assert_int_equal(raised(&(struct ledger_alert){.kind = "low", .text = "same"}, NOON + i), i == 0);
    g_autoptr(json_t) first = taken(NOON + 1000);
    assert_int_equal(json_array_size(first), 1);
    assert_int_equal(tell(false, NOON + 1000, &next), 0);
    assert_int_equal(next, NOON + 60 * MINUTE);
    assert_int_equal(tell(false, next, &next), 1);
    g_autoptr(json_t) second = taken(NOON + 60 * MINUTE);
    assert_non_null(strstr(text_at(second, 0), "500 回"));
    assert_non_null(strstr(text_at(second, 0), "500 times"));
    json_decref(policy);
}

static void a_trouble_says_that_it_is_over(void **state)
{
    with_policy();
    int64_t next, since, last;
    const struct ledger_alert alert = {.kind = "spool", .about = "in", .text = "spool in: gone"};
    assert_true(raised(&alert, NOON));
    assert_false(raised(&alert, NOON + 3 * HOUR)); /* it stands, however long */
    good(ledger_alert_stands(book, "spool", "in", &since, &last, NULL), NULL);
    assert_true(since == NOON && last == NOON + 3 * HOUR);
    g_autoptr(json_t) first = taken(NOON + 3 * HOUR);
    assert_int_equal(json_array_size(first), 4); /* by mail and chat, and once more with its number */
    g_autoptr(json_t) standing = ledger_alerts_standing(book, NULL);
    assert_json(at(standing, "0", "about", NULL), "\"in\"");
    assert_false(over("spool", "out", NOON + 4 * HOUR));
    assert_true(over("spool", "in", NOON + 4 * HOUR));
    assert_false(over("spool", "in", NOON + 4 * HOUR));
    tell(false, NOON + 5 * HOUR, &next);
    g_autoptr(json_t) ended = taken(NOON + 5 * HOUR);
    assert_int_equal(json_array_size(ended), 2);
    assert_non_null(strstr(text_at(ended, 0), "2026-11-24 21:00 JST〜2026-11-25 01:00 JST  動"));
    assert_null(strstr(text_at(ended, 0), "見"));
    json_decref(policy);
}

static void facts_are_said_in_the_operators_words(void **state)
{
    with_policy();
    g_autoptr(json_t) facts = json_pack("{s:I, s:i}", "from", (json_int_t)NOON, "waiting", 3);
    raised(&(struct ledger_alert){.kind = "down", .text = "was down", .facts = facts}, NOON);
    g_autoptr(json_t) told = taken(NOON);
    assert_non_null(strstr(text_at(told, 0), "2026-11-24 21:00 JST〜3 ?\n"));
    assert_non_null(strstr(text_at(told, 0), "was down")); /* English has no line of its own */
    json_decref(policy);
}

static void ways_that_fail_are_left_out(void **state)
{
    with_policy();
    raised(&(struct ledger_alert){.kind = "spool", .text = "a", .without = "mail"}, NOON);
    raised(&(struct ledger_alert){.kind = "low", .text = "b", .without = "mail"}, NOON);
    raised(&(struct ledger_alert){.kind = "off", .text = "c"}, NOON);
    g_autoptr(json_t) told = taken(NOON);
    assert_int_equal(json_array_size(told), 1);
    assert_json(json_array_get(json_array_get(told, 0), 0), "\"chat\"");
    /* dead, it goes no way that it went before, and ends there */
    raised(&(struct ledger_alert){.kind = "low", .text = "d"}, NOON);
    g_autoptr(json_t) mail = taken(NOON);
    for (int i = 0; i < 2; i++) /* each address of the operators refused it */
        good(ledger_alert_redirect(book, json_array_get(json_array_get(mail, 0), 2), NOON + i, NULL), NULL);
    g_autoptr(json_t) chat = taken(NOON + 1);
    assert_int_equal(json_array_size(chat), 1);
    assert_json(json_array_get(json_array_get(chat, 0), 0), "\"chat\"");
    good(ledger_alert_redirect(book, json_array_get(json_array_get(chat, 0), 2), NOON, NULL), NULL);
    g_autoptr(json_t) none = taken(NOON);
    assert_int_equal(json_array_size(none), 0);
    json_decref(policy);
}

/* Mail to the operators that died is not told of by mail. */
static void the_way_that_failed_is_left_out(void **state)
{
    with_policy();
    static const struct {
        const char *action, *args;
        int64_t message;
        size_t ways;
    } cases[] = {
        {"forward", "{\"to\": \"operators\"}", 1, 1},
        {"remind", "{\"to\": \"operators\"}", 1, 1},
        {"digest", "{}", 0, 1},
        {"remind", "{\"to\": \"technical\"}", 1, 2},
        {"chat", "{\"channel\": \"ops\"}", 1, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) args = json_loads(cases[i].args, 0, NULL);
        struct ledger_action action = {
            .message = cases[i].message, .action = (char *)cases[i].action, .args = args};
        g_autofree char *reason = g_strdup_printf("reason %zu", i);
        good(death_raise(book, &action, NULL, reason, NOON + (int64_t)i * 2 * HOUR, NULL), NULL);
        g_autoptr(json_t) told = taken(NOON + (int64_t)i * 2 * HOUR);
        assert_int_equal(json_array_size(told), cases[i].ways);
    }
    json_decref(policy);
}

static void a_clock_that_is_set_back_holds_nothing_up(void **state)
{
    with_policy();
    int64_t next;
    raised(&(struct ledger_alert){.kind = "low", .text = "a"}, NOON + 1000 * HOUR);
    raised(&(struct ledger_alert){.kind = "low", .text = "b"}, NOON);
    assert_int_equal(tell(false, NOON, &next), 0);
    g_autoptr(json_t) told = taken(NOON + 1000 * HOUR);
    assert_int_equal(json_array_size(told), 2);
    json_decref(policy);
}

static void a_life_knows_the_one_before(void **state)
{
    struct ledger_life life;
    good(ledger_life_begin(book, NOON, &life, NULL), NULL);
    assert_false(life.known);
    good(ledger_life_beat(book, NOON + MINUTE, NULL), NULL);
    good(ledger_life_begin(book, NOON + 5 * MINUTE, &life, NULL), NULL);
    assert_true(life.known && !life.ended && life.last == NOON + MINUTE && life.crashes == 1);
    good(ledger_life_end(book, NOON + 6 * MINUTE, NULL), NULL);
    good(ledger_life_begin(book, NOON + 7 * MINUTE, &life, NULL), NULL);
    assert_true(life.ended && life.last == NOON + 6 * MINUTE && life.crashes == 1);
    good(ledger_life_begin(book, NOON + 2 * HOUR, &life, NULL), NULL);
    assert_int_equal(life.crashes, 1); /* the older one is out of the hour */
}

/* At a beat or at the next start: what is to be tried in ten minutes is not tried in a day and ten minutes.
 */
static void what_waits_follows_a_clock_that_is_set_back(void **state)
{
    struct ledger_life life;
    record(&(struct mail){.name = "m",
                          .actions = "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {\"channel\":"
                                     " \"ops\"}, \"key\": \"K\", \"due\": 1}]"});
    good(ledger_life_begin(book, NOON, &life, NULL), NULL);
    good(ledger_attempt_start(book, 1, NOON, NULL), NULL);
    good(ledger_attempt_end(book, 1, "retry", "why", "", NOON + 10 * MINUTE, NOON, NULL), NULL);
    good(ledger_hold(book, "courier", "channel ops", true, NOON + 5 * MINUTE, "why", NOON, NULL), NULL);
    good(ledger_life_beat(book, NOON - 24 * HOUR, NULL), NULL);
    assert_true(ledger_next_due(book, NULL) == NOON - 24 * HOUR + 10 * MINUTE);
    assert_true(ledger_paused_until(book, "courier", "channel ops", NOON - 24 * HOUR, NULL) ==
                NOON - 24 * HOUR + 5 * MINUTE);
    good(ledger_life_begin(book, NOON - 48 * HOUR, &life, NULL), NULL);
    assert_true(ledger_next_due(book, NULL) == NOON - 48 * HOUR + 10 * MINUTE);
    good(ledger_life_beat(book, NOON, NULL), NULL); /* forth: it is due */
    assert_true(ledger_next_due(book, NULL) < NOON);
}

static void the_last_arrival_is_the_ledgers(void **state)
{
    g_autoptr(json_t) spools = json_pack("[s, s]", "in", "other"), other = json_pack("[s]", "other");
    int64_t last;
    good(ledger_last_arrival(book, spools, INT64_MAX, &last, NULL), NULL);
    assert_int_equal(last, 0);
    good(ledger_spool_begin(book, "other", "/srv/other", NOON - HOUR, NULL), NULL);
    good(ledger_spool_begin(book, "other", "/srv/other", NOON, NULL), NULL); /* it was first watched before */
    good(ledger_last_arrival(book, spools, INT64_MAX, &last, NULL), NULL);
    assert_int_equal(last, NOON - HOUR);
    record(&(struct mail){.name = "a"});
    good(ledger_last_arrival(book, spools, INT64_MAX, &last, NULL), NULL);
    assert_true(last >= NOON);
    good(ledger_last_arrival(book, other, INT64_MAX, &last, NULL), NULL);
    assert_int_equal(last, NOON - HOUR);
    good(ledger_last_arrival(book, spools, NOON - 1, &last, NULL),
         NULL); /* the mail came when the clock was ahead */
    assert_int_equal(last, NOON - HOUR);
    good(ledger_last_arrival(book, spools, NOON - 2 * HOUR, &last, NULL), NULL);
    assert_int_equal(last, 0);
    int64_t began;
    good(ledger_clock_moved(book, -HOUR, NULL), NULL);
    good(ledger_spool_began(book, "other", &began, NULL), NULL);
    assert_int_equal(began, NOON - 2 * HOUR);
    good(ledger_spool_begin(book, "other", "/home/somebody", NOON, NULL), NULL); /* that is another one */
    good(ledger_spool_began(book, "other", &began, NULL), NULL);
    assert_int_equal(began, NOON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_storm_is_a_handful),
        TEST(equal_ones_are_told_again_with_their_number),
        TEST(a_trouble_says_that_it_is_over),
        TEST(facts_are_said_in_the_operators_words),
        TEST(ways_that_fail_are_left_out),
        TEST(a_clock_that_is_set_back_holds_nothing_up),
        TEST(a_life_knows_the_one_before),
        TEST(what_waits_follows_a_clock_that_is_set_back),
        TEST(the_last_arrival_is_the_ledgers),
        TEST(the_way_that_failed_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
