/* What commands ask: lists by filter, one mail's story, the counts; and that each question finds its index.
 */
#include "ledger/statement.h"
#include "ledger_book.h"
#include "ledger/handling.h"
#include "ledger/holds.h"
#include "ledger/owed.h"

static json_t *ids;

static bool add_id(json_t *row, void *data)
{
    json_array_append(ids, json_object_get(row, "id"));
    return data == NULL || json_array_size(ids) < *(size_t *)data;
}

static json_t *list(const struct ledger_filter *filter, size_t *most)
{
    g_autoptr(GError) error = NULL;
    ids = json_array();
    good(ledger_list(book, filter, add_id, most, &error), error);
    return ids;
}

#define ACTION(key) "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {}, \"key\": \"" key "\"}]"

/* 1 filed, done; 2 decided, waiting; 3 decided again from "other"; 4 never decided; 5 missing, nothing to do.
 */
static void some_mails(void)
{
    record(&(struct mail){.name = "1",
                          .category = "billing",
                          .rule = "r1",
                          .account = "123456789012",
                          .actions = ACTION("1"),
                          .arrived = NOON});
    record(&(struct mail){.name = "2",
                          .category = "maintenance",
                          .rule = "r2",
                          .account = "123456789012",
                          .actions = ACTION("2"),
                          .arrived = NOON + 2 * HOUR});
    record(&(struct mail){.name = "3", .rule = "r1", .account = "000000000000", .arrived = NOON + HOUR});
    record_unreadable(&(struct mail){.name = "4", .arrived = NOON + 3 * HOUR});
    record(&(struct mail){.name = "5",
                          .category = "maintenance",
                          .rule = "r1",
                          .account = "210987654321",
                          .arrived = NOON + 4 * HOUR});
    redecide(3, &(struct mail){.name = "3", .category = "billing", .rule = "r3", .account = "123456789012"});
    assert_true(ledger_attempt_start(book, 1, NOON, NULL));
    assert_true(ledger_attempt_end(book, 1, "done", "", "", NOON, NOON, NULL));
    set_state(1, "filed");
    set_state(5, "missing");
}

static void a_list_holds_what_was_asked_for_newest_first(void **state)
{
    static const struct {
        struct ledger_filter filter;
        const char *want;
    } cases[] = {
        {{.limit = 0}, "[5,4,3,2,1]"},
        {{.limit = 2}, "[5,4]"},
        {{.category = "billing"}, "[3,1]"},
        {{.category = "other"}, "[]"}, /* decided again since */
        {{.category = "unreadable"}, "[4]"},
        {{.category = "missing"}, "[]"}, /* it was decided: its category is another */
        {{.category = "billing", .limit = 1}, "[3]"},
        {{.account = "123456789012"}, "[3,2,1]"},
        {{.account = "000000000000"}, "[]"},
        {{.rule = "r1"}, "[5,1]"},
        {{.rule = "r1", .category = "maintenance"}, "[5]"},
        {{.state = "decided"}, "[3,2]"},
        {{.state = "missing"}, "[5]"},
        {{.state = "waiting"}, "[2]"},
        {{.state = "done"}, "[1]"},
        {{.state = "dead"}, "[]"},
        {{.since = NOON + HOUR}, "[5,4,3,2]"},
        {{.until = NOON + 2 * HOUR}, "[3,1]"},
        {{.since = NOON + HOUR, .until = NOON + 3 * HOUR}, "[3,2]"},
        {{.account = "123456789012", .since = NOON + HOUR, .state = "decided", .limit = 1}, "[3]"},
    };
    some_mails();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) found = list(&cases[i].filter, NULL);
        g_autofree char *text = json_canonical(found), *line = g_strdup_printf("%zu: %s", i, text);
        g_autofree char *want = g_strdup_printf("%zu: %s", i, cases[i].want);
        assert_string_equal(line, want);
    }
}

static void a_list_stops_when_told(void **state)
{
    size_t most = 2;
    some_mails();
    g_autoptr(json_t) found = list(&(struct ledger_filter){0}, &most);
    assert_json(found, "[5,4]");
    assert_true(ledger_begin(book, NULL)); /* nothing is left open */
    ledger_rollback(book);
}

static bool keep_row(json_t *row, void *data)
{
    *(json_t **)data = json_incref(row);
    return false;
}

static void a_row_says_what_and_what_was_done(void **state)
{
    g_autoptr(json_t) row = NULL, unread = NULL;
    g_autofree char *sha = sha_of("1");
    some_mails();
    assert_true(ledger_list(book, &(struct ledger_filter){.state = "done"}, keep_row, &row, NULL));
    g_autofree char *want = g_strdup_printf(
        "{\"account\":\"123456789012\",\"actions\":{\"dead\":0,\"done\":1,\"dropped\":0,\"gathered\":0,\"running\":0,"
        "\"waiting\":0},\"arrived\":\"2026-11-24T12:00:00Z\",\"category\":\"billing\","
        "\"certainty\":\"exact\",\"from\":\"sender@example.com\",\"id\":1,\"owed\":null,\"priority\":\"normal\",\"relation\":\"first\","
        "\"revision\":\"0123456789abcdef\",\"rule\":\"r1\",\"sha256\":\"%s\",\"state\":\"filed\","
        "\"subject\":\"1\",\"thread\":1,\"verdict\":\"proven\"}",
        sha);
    assert_json(row, want);
    assert_true(ledger_list(book, &(struct ledger_filter){.state = "unreadable"}, keep_row, &unread, NULL));
    assert_json(json_object_get(unread, "category"), "\"unreadable\"");
    assert_json(json_object_get(unread, "rule"), "null");
}

static void the_story_is_told_in_order_of_time(void **state)
{
    static const struct {
        const char *time, *what;
    } want[] = {
        {"2026-11-24T12:00:01Z", "seen in spool in"},
        {"2026-11-24T12:00:01Z", "arrived again in spool in"},
        {"2026-11-24T12:00:02Z", "maintenance by r (revision 01234567)"},
        {"2026-11-24T12:00:02Z", "billing by Alice (revision 01234567)"},
        {"2026-11-24T12:00:05Z", "chat: attempt 1 unknown cut off 500"},
        {"2026-11-24T12:00:07Z", "chat: attempt 2 is running  "},
    };
    const struct mail mail = {.name = "a", .category = "maintenance", .rule = "r", .actions = ACTION("1")};
    record(&mail);
    record(&(struct mail){.name = "a", .file = "copy"});
    decide(&(struct mail){.name = "a", .category = "billing"}, 1, "Alice");
    assert_true(ledger_attempt_start(book, 1, NOON + 4000, NULL));
    assert_true(ledger_attempt_end(book, 1, "unknown", "cut off", "500", NOON, NOON + 5000, NULL));
    assert_true(ledger_attempt_start(book, 1, NOON + 7000, NULL));
    g_autoptr(json_t) story = show(1);
    const json_t *timeline = json_object_get(story, "timeline");
    assert_int_equal(json_array_size(timeline), G_N_ELEMENTS(want));
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        assert_string_equal(json_text(json_array_get(timeline, i), "time"), want[i].time);
        assert_string_equal(json_text(json_array_get(timeline, i), "what"), want[i].what);
    }
    assert_json(at(story, "decisions", "0", "decision", "category", NULL), "\"maintenance\"");
    assert_json(at(story, "decisions", "0", "actions", "0", "outcome", NULL), "\"unknown\"");
    assert_json(at(story, "decisions", "1", "actions", NULL), "[]");
    assert_json(at(story, "arrivals", "0", NULL),
                "{\"arrived\":\"2026-11-24T12:00:00Z\",\"file\":\"a\",\"seen\":\"2026-11-24T12:00:01Z\","
                "\"spool\":\"in\"}");
}

static void there_is_no_story_of_what_never_came(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(ledger_show(book, 5, &error));
    assert_error(error, AWSIFT_ERROR_GONE, "there is no mail 5");
}

static void an_empty_ledger_counts_nothing(void **state)
{
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(
        counts,
        "{\"actions\":{},\"alerts\":0,\"destinations\":[],\"messages\":{},\"oldest_due\":null,\"owed\":{\"count\":0,\"first\":[]},\"recent_alerts\":[],"
        "\"silences\":[]}");
}

static void counts_are_by_state(void **state)
{
    some_mails();
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "messages"),
                "{\"decided\":2,\"filed\":1,\"missing\":1,\"unreadable\":1}");
    assert_json(json_object_get(counts, "actions"), "{\"done\":1,\"waiting\":2}"); /* one: the alert */
    assert_int_equal(json_number(counts, "oldest_due", 0), NOON);
}

static void all_alerts_are_counted_and_the_last_ten_shown(void **state)
{
    for (int i = 0; i < 12; i++) {
        bool fresh;
        g_autofree char *text = g_strdup_printf("number %d", i);
        assert_true(ledger_raise(book, "test", text, true, NOON + i, &fresh, NULL));
    }
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "alerts"), "12");
    const json_t *recent = json_object_get(counts, "recent_alerts");
    assert_int_equal(json_array_size(recent), 10);
    assert_json(at(recent, "0", "text", NULL), "\"number 11\"");
    assert_json(at(recent, "9", "text", NULL), "\"number 2\"");
}

#define TRIAL(category, agrees)                                                                              \
    "{\"rule\": \"trial\", \"category\": \"" category "\", \"agrees\": " agrees "}"
#define DRAFT "{\"rule\": \"draft\", \"category\": \"billing\", \"agrees\": false}"

/* A mail counts once, by the decision that stands. */
static void rules_in_shadow_are_counted(void **state)
{
    g_autoptr(json_t) none = ledger_shadow_counts(book, NULL);
    assert_json(none, "{}");
    record(&(struct mail){.name = "a", .shadow = "[" TRIAL("other", "true") "]"});
    struct ledger_recorded second =
        record(&(struct mail){.name = "b", .shadow = "[" TRIAL("billing", "false") ", " DRAFT "]"});
    record(&(struct mail){.name = "c"});
    g_autoptr(json_t) counts = ledger_shadow_counts(book, NULL), story = show(second.message);
    assert_json(counts, "{\"draft\":{\"agreed\":0,\"count\":1,\"last\":\"2026-11-24T12:00:02Z\"},"
                        "\"trial\":{\"agreed\":1,\"count\":2,\"last\":\"2026-11-24T12:00:02Z\"}}");
    assert_json(at(story, "decisions", "0", "shadow", NULL),
                "[{\"agrees\":false,\"category\":\"billing\",\"rule\":\"draft\"},"
                "{\"agrees\":false,\"category\":\"billing\",\"rule\":\"trial\"}]");
    redecide(second.message, &(struct mail){.name = "b", .shadow = "[" TRIAL("other", "true") "]"});
    g_autoptr(json_t) after = ledger_shadow_counts(book, NULL), told = show(second.message);
    assert_json(after, "{\"trial\":{\"agreed\":2,\"count\":2,\"last\":\"2026-11-24T12:00:02Z\"}}");
    assert_int_equal(json_array_size(at(told, "decisions", "0", "shadow", NULL)), 2); /* as it was decided */
}

/* ---- indexes ---- */

/* One row of what is bound, a table that the statement itself makes, holds, which are few, or so many of the
 * newest attempts. */
static bool is_made(const char *step)
{
    return strcmp(step, "SCAN CONSTANT ROW") == 0 || strlen(step) == strlen("SCAN w") ||
           strcmp(step, "SCAN 2 CONSTANT ROWS") == 0 || strcmp(step, "SCAN actors") == 0 ||
           strcmp(step, "SCAN waits") == 0 || strcmp(step, "SCAN died") == 0 ||
           g_str_has_prefix(step, "SCAN (subquery-") || strcmp(step, "SCAN silences") == 0 ||
           strcmp(step, "SCAN holds") == 0 || strcmp(step, "SCAN attempts") == 0;
}

/* The plan of each statement that was run. A scan is allowed along an index that is asked for in its order
 * or answers alone, and of what a statement made itself. */
static void assert_uses_indexes(const char *sql)
{
    sqlite3_stmt *plan = NULL;
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
    assert_int_equal(sqlite3_prepare_v2(book->database, explain, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        if (g_str_has_prefix(sql, "INSERT INTO messages") && strcmp(step, "SCAN thread_marks") == 0)
            continue; /* of a row that names this one already: looked for while there is one alone, never */
        if (g_str_has_prefix(step, "SCAN") && strstr(step, " INDEX ") == NULL && !is_made(step))
            fail_msg("%s: %s", step, sql);
    }
    sqlite3_finalize(plan);
}

static bool plan_names(const char *sql, const char *index)
{
    sqlite3_stmt *plan = NULL;
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
    bool found = false;
    assert_int_equal(sqlite3_prepare_v2(book->database, explain, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW)
        found |= strstr((const char *)sqlite3_column_text(plan, 3), index) != NULL;
    sqlite3_finalize(plan);
    return found;
}

/* What a look for actions reads does not grow with how many wait: they are found in order, by that index. */
static void assert_reads_what_it_yields(const char *sql, const char *index)
{
    sqlite3_stmt *plan = NULL;
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
    bool found = false;
    assert_int_equal(sqlite3_prepare_v2(book->database, explain, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        found |= strstr(step, index) != NULL;
        if (strstr(step, "TEMP B-TREE") != NULL)
            fail_msg("%s: %s", step, sql);
    }
    sqlite3_finalize(plan);
    assert_true(found);
}

static bool pass_over(json_t *row, void *data)
{
    return true;
}

static void ask_about_destinations(void)
{
    bool hushed;
    const struct ledger_handling retry = {.what = HANDLING_RETRY, .dead = true, .by = "me"},
                                 drop = {.what = HANDLING_DROP, .action = "chat", .by = "me"};
    g_autoptr(json_t) destinations = ledger_destinations(book, NOON, NULL),
                      retried = ledger_handle(book, &retry, NOON, NULL),
                      dropped = ledger_handle(book, &drop, NOON, NULL);
    g_autoptr(GPtrArray) starts = ledger_starts(book, NOON, 10, NULL);
    assert_true(destinations != NULL && retried != NULL && dropped != NULL && starts != NULL);
    assert_true(ledger_hush(book, "a", NOON, &hushed, NULL));
    assert_true(ledger_hold(book, "courier", "mail", true, NOON, "why", NOON, NULL));
}

/* A call is opened, rung once, told by another mail, and acknowledged. */
static void ask_about_what_is_owed(void)
{
    static const char owed[] =
        "[{\"kind\": \"page\", \"key\": \"%s\", \"telling\": \"T\", \"plan\": {\"name\": \"n\", \"steps\":"
        " [{\"after\": 0, \"actions\": [{\"action\": \"page\", \"args\": {\"channel\": \"c\"}}]}]}}]";
    g_autofree char *first = g_strdup_printf(owed, "K"), *second = g_strdup_printf(owed, "L");
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
    int64_t mail = record(&(struct mail){.name = "owed", .owed = first}).message;
    record(&(struct mail){.name = "owed too", .owed = second});
    decide(&(struct mail){.name = "owed", .owed = first}, mail, "hana");
    assert_true(owed_advance(book, NOON, told, NULL) && owed_next_due(book, NULL) > 0);
    const struct owed_ack ack = {.message = mail, .by = "hana"};
    for (int i = 0; i < 2; i++) {
        json_t *result = NULL;
        assert_true(owed_acknowledge(book, &ack, NOON, &result, NULL));
        json_decref(result);
    }
    assert_true(owed_list(book, 0, pass_over, NULL, NULL));
    json_decref(owed_of(book, mail, NULL));
}

static void ask_everything(void)
{
    static const struct ledger_filter filters[] = {
        {.category = "a"},
        {.account = "a"},
        {.rule = "a"},
        {.state = "a"},
        {.since = 1},
        {.until = 1},
        {.category = "a", .since = 1},
        {.account = "a", .state = "a", .until = 1},
        {.thread = 1},
        {.thread = 1, .account = "a"},
        {.owed = true},
        {.owed = true, .category = "a"},
    };
    int cut;
    int64_t made;
    bool fresh;
    some_mails();
    record(&(struct mail){.name = "1"});
    record(&(struct mail){.name = "4"});
    redecide(1, &(struct mail){.name = "1", .message_id = "other@example.com"});
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autoptr(json_t) found = list(&filters[i], NULL);
        assert_non_null(found);
    }
    const struct ledger_wish wish = {.actor = "courier", .now = NOON, .most = 9};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL),
                         suspects = ledger_due_suspect(book, "courier", NOON, NULL);
    int64_t waiting = ((const struct ledger_action *)due->pdata[0])->id;
    g_autoptr(GPtrArray) unfiled = ledger_unfiled(book, 0, 10, NULL);
    g_autoptr(json_t) story = show(1), shadows = ledger_shadow_counts(book, NULL);
    assert_non_null(shadows);
    ledger_filing_free(ledger_find_filing(book, 1, NULL));
    g_autoptr(json_t) by_rule = ledger_rule_counts(book, NULL);
    assert_non_null(by_rule);
    assert_true(due != NULL && suspects != NULL && unfiled != NULL && ledger_next_due(book, NULL) > 0);
    assert_true(ledger_attempt_start(book, waiting, NOON, NULL) && ledger_attempt_spare(book, 1, NULL) &&
                ledger_attempt_blame(book, 1, NULL) && ledger_attempt_withdraw(book, waiting, NULL));
    assert_true(ledger_recover(book, NOON, &cut, NULL));
    assert_true(ledger_raise(book, "a", "b", false, NOON, &fresh, NULL));
    assert_true(ledger_digest_last(book, NOON, &made, NULL));
    assert_true(ledger_digest_make(book, made, NOON, &fresh, NULL));
    ask_about_destinations();
    ask_about_what_is_owed();
    assert_true(ledger_archived(book, true, 0, 10, pass_over, NULL, NULL));
}

static void every_question_finds_its_index(void **state)
{
    GHashTableIter iterator;
    void *sql;
    ask_everything();
    assert_true(g_hash_table_size(book->statements) > 25);
    g_hash_table_iter_init(&iterator, book->statements);
    unsigned looks = 0, digests = 0;
    while (g_hash_table_iter_next(&iterator, &sql, NULL)) {
        assert_uses_indexes(sql);
        digests += strstr(sql, "d.certainty = 'general'") != NULL && plan_names(sql, "decisions_unknown");
        const char *index = strstr(sql, "a.priority = ?3") != NULL
                                ? "actions_destination (actor=? AND destination=? AND priority=? AND due<?)"
                            : strstr(sql, "o.id = actions.owed AND") != NULL ? "actions_owed_waiting"
                                                                             : NULL;
        if (index == NULL)
            continue;
        assert_reads_what_it_yields(sql, index);
        looks++;
    }
    assert_int_equal(looks, 2);
    assert_int_equal(digests, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_holds_what_was_asked_for_newest_first),
        TEST(a_list_stops_when_told),
        TEST(a_row_says_what_and_what_was_done),
        TEST(the_story_is_told_in_order_of_time),
        TEST(there_is_no_story_of_what_never_came),
        TEST(an_empty_ledger_counts_nothing),
        TEST(counts_are_by_state),
        TEST(all_alerts_are_counted_and_the_last_ten_shown),
        TEST(rules_in_shadow_are_counted),
        TEST(every_question_finds_its_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
