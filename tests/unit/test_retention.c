/* Old mail leaves the ledger: every table, nothing that is not finished, and no more than one step at a time.
 */
#include "ledger/clock.h"
#include "ledger/life.h"
#include "ledger/retention.h"
#include "ledger/alerts.h"
#include "ledger/statement.h"
#include "ledger_book.h"

#define DAY (24 * HOUR)
#define LATER (NOON + 400 * DAY)

static void run(const char *sql)
{
    if (sqlite3_exec(book->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(book->database));
}

/* What a test makes of a row in one stroke took many steps (ledger/states.c); that rows may go is guarded
 * still. */
static void unguard(void)
{
    static const char *const tables[] = {"messages", "actions", "attempts", "owed"};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *sql =
            g_strdup_printf("DROP TRIGGER IF EXISTS temp.%s_begin; DROP TRIGGER IF EXISTS temp.%s_step",
                            tables[i], tables[i]);
        run(sql);
    }
}

static int64_t number(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(book->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(book->database));
    int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

static char *text(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(book->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(book->database));
    char *found = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return found;
}

static int64_t rows_of(const char *table)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM \"%s\"", table);
    return number(sql);
}

/* All that is older than LATER, as the keeper does it step by step; how many went. */
static unsigned forget_old(unsigned limit)
{
    g_autoptr(GError) error = NULL;
    struct ledger_expiry expiry = {.before = LATER, .limit = limit, .more = true};
    unsigned gone = 0;
    bool more = true, forgotten;
    while (expiry.more)
        good(ledger_retention_mark(book, &expiry, &error), error);
    g_autoptr(GPtrArray) filings = ledger_retention_marked(book, 0, 1000, &error);
    good(filings != NULL, error);
    for (guint i = 0; i < filings->len; i++) {
        const struct ledger_filing *filing = filings->pdata[i];
        good(ledger_retention_forget(book, filing->message, LATER, &forgotten, &error), error);
        gone += forgotten;
    }
    while (more)
        good(ledger_retention_sweep(book, LATER, limit, &more, &error), error);
    return gone;
}

static int64_t filed(const struct mail *mail)
{
    int64_t message = record(mail).message;
    set_filed(message, or (mail->category, "other"));
    return message;
}

#define FORWARD                                                                                              \
    "[{\"action\": \"forward\", \"args\": {}, \"actor\": \"courier\", \"key\": \"%s\", \"due\": 0}]"

/* A row in every table, all of them old. */
static void fill(void)
{
    unguard();
    g_autofree char *actions = g_strdup_printf(FORWARD, "key-a");
    int64_t message = filed(
        &(struct mail){.name = "a",
                       .actions = actions,
                       .shadow = "[{\"rule\": \"s\", \"category\": \"other\", \"agrees\": true}]",
                       .notice = "{\"event_type\": \"AWS_EC2_X\", \"resources\": [\"i-0123456789abcdef0\"]}",
                       .account = "123456789012",
                       .deduping_id = "arn:aws:health:1"});
    g_autofree char *sql = g_strdup_printf(
        "UPDATE actions SET state = 'done', ended = %" G_GINT64_FORMAT ";"
        "INSERT INTO attempts (action, number, started) SELECT id, 1, 0 FROM actions;"
        "INSERT INTO handlings (action, at, by, what) SELECT id, 0, 'me', 'retry' FROM actions;"
        "INSERT INTO owed (message, decision, kind, key, plan, step, began, queued, ended,"
        " outcome) SELECT message, id, 'call', 'o', '{}', 0, 0, 0, 0, 'told' FROM decisions;"
        "INSERT INTO drills VALUES ('f', 's', 'r', '{}', 0, %" G_GINT64_FORMAT
        "), ('g', 's', 'r', '{}', 0, NULL);"
        "INSERT INTO actions (message, decision, action, actor, args, key, state, priority, due, created, ended)"
        " VALUES (0, 0, 'digest', 'courier', '{}', 'k', 'done', 0, 0, 0, 0);"
        "INSERT INTO attempts (action, number, started) SELECT id, 1, 0 FROM actions WHERE message = 0;"
        "INSERT INTO alerts (kind, text, raised, last, count) VALUES ('x', 'y', 0, 0, 1);"
        "INSERT INTO alerts (kind, text, raised, last, count, about, ended) VALUES ('x', 'y', 0, 0, 1, 'z', 1);"
        "INSERT INTO alert_rounds VALUES ('x', 0, 0);"
        "INSERT INTO digests (made, decision) VALUES (0, 0);"
        "INSERT INTO groups (key, opened, until, members, bytes, open) VALUES ('k', 0, 0, 1, 1, 0);"
        "INSERT INTO silences (source, what, starts, ends, by, reason, created, kept, told)"
        " VALUES ('person', '{}', 0, 1, 'me', '', 0, 0, 3);"
        "INSERT INTO holds VALUES ('courier', 'mail', 1, 0, 0, 'why');"
        "INSERT INTO life VALUES (1, 0, 0, 0, '[]');"
        "INSERT INTO spools (name, began) VALUES ('in', 0);"
        "INSERT INTO recoveries (at, found) VALUES (0, '{}');"
        "INSERT INTO proof (id, at) VALUES (1, 0); INSERT INTO clock_steps VALUES (1, 1, 5);",
        NOON, message);
    run(sql);
}

/* Of each kind that has numbers, one that is new: the last of it stays. */
static void add_new(void)
{
    unguard();
    run("INSERT INTO messages (sha256, recipient, size, spool, file, arrived, seen, state)"
        " VALUES ('new', '', 1, 'in', 'n', 9e12, 9e12, 'filed');"
        "INSERT INTO decisions (message, revision, generation, decided, by, category, certainty, priority, verdict,"
        " decision, context) SELECT max(id), 'r', 1, 9e12, 'rules', 'other', 'exact', 'low', 'proven', '{}', '{}'"
        " FROM messages;"
        "INSERT INTO arrivals (message, spool, file, arrived, seen) SELECT max(id), 'in', 'n', 9e12, 9e12 FROM messages;"
        "INSERT INTO actions (message, decision, action, actor, args, key, state, priority, due, created)"
        " SELECT max(id), 0, 'forward', 'courier', '{}', 'new', 'waiting', 0, 0, 9e12 FROM messages;"
        "INSERT INTO digests (made, decision) VALUES (9e12, 0);"
        "INSERT INTO recoveries (at, found) VALUES (9e12, '{}');"
        "INSERT INTO groups (key, opened, until, members, bytes, open) VALUES ('n', 9e12, 9e12, 1, 1, 1);"
        "INSERT INTO silences (source, what, starts, ends, by, reason, created, kept, told)"
        " VALUES ('person', '{}', 9e12, 9e12, 'me', '', 9e12, 0, 0);"
        "INSERT INTO owed (message, decision, kind, key, plan, step, began, queued)"
        " SELECT message, id, 'call', 'new', '{}', 0, 9e12, 9e12 FROM decisions ORDER BY id DESC LIMIT 1;");
}

struct table {
    const char *name;
    int64_t stay; /* rows that are there when all that is old has gone: new ones, or one a kind for ever */
};

static const struct table tables[] = {
    {"actions", 1},     {"alert_rounds", 1}, {"alerts", 0},       {"arrivals", 1}, {"attempts", 0},
    {"clock_steps", 0}, {"decisions", 1},    {"digests", 1},      {"drills", 0},   {"groups", 1},
    {"handlings", 0},   {"holds", 1},        {"life", 1},         {"messages", 1}, {"owed", 1},
    {"proof", 1},       {"recoveries", 1},   {"retention", 1},    {"shadows", 0},  {"silences", 1},
    {"spools", 1},      {"tallies", 5},      {"thread_marks", 0}, {"threads", 0},
};

static void every_table_is_covered(void **state)
{
    static const char names[] =
        "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE type = 'table'"
        " ORDER BY name)";
    g_autoptr(GString) known = g_string_new(NULL);
    sqlite3_stmt *statement = NULL;
    fill();
    add_new();
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_string_append_printf(known, "%s%s", i > 0 ? "," : "", tables[i].name);
        if (strcmp(tables[i].name, "retention") != 0 && rows_of(tables[i].name) == 0)
            fail_msg("nothing old stands in %s: fill it", tables[i].name);
    }
    assert_int_equal(sqlite3_prepare_v2(book->database, names, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0),
                        known->str); /* say what becomes of a new one */
    sqlite3_finalize(statement);
    assert_int_equal(forget_old(100), 1);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        if (rows_of(tables[i].name) != tables[i].stay)
            fail_msg("%s holds %d rows, not %d", tables[i].name, (int)rows_of(tables[i].name),
                     (int)tables[i].stay);
    assert_int_equal(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(number("SELECT removed FROM retention"), 1);
}

/* Each keeps its mail where it is. */
static const char *const unfinished[] = {
    "UPDATE messages SET state = 'decided'",
    "UPDATE messages SET state = 'unreadable'",
    "UPDATE actions SET state = 'waiting', ended = NULL",
    "UPDATE actions SET state = 'running', ended = NULL",
    "UPDATE actions SET state = 'gathered', ended = NULL",
    "UPDATE actions SET state = 'dead'",
    "UPDATE owed SET ended = NULL, outcome = NULL",
    "UPDATE actions SET ended = 9e12 WHERE message > 0",
    "UPDATE owed SET ended = 9e12",
    "UPDATE decisions SET decided = 9e12",
    "UPDATE messages SET seen = 9e12",
    "UPDATE arrivals SET seen = 9e12",
};

static void what_is_not_finished_stays(void **state)
{
    fill();
    for (size_t i = 0; i < G_N_ELEMENTS(unfinished); i++) {
        run("SAVEPOINT before");
        run(unfinished[i]);
        add_new();
        if (forget_old(100) != 0 || rows_of("messages") != 2)
            fail_msg("gone all the same: %s", unfinished[i]);
        run("ROLLBACK TO before; RELEASE before");
    }
    add_new();
    assert_int_equal(forget_old(100), 1);
}

/* Of which a file lies in a spool, or may: where it is decided anew, it is told once more. */
static void what_may_lie_in_a_spool_stays(void **state)
{
    static const char left[] =
        "SELECT group_concat(id) FROM (SELECT id FROM messages WHERE state <> 'expired' ORDER BY id)";
    static const struct {
        bool careful;
        int64_t held;
        const char *stay;
    } cases[] = {{false, 0, "5"}, {true, 0, "2,3,5"}, {false, 4, "4,5"}, {true, 4, "2,3,4,5"}};
    g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GError) error = NULL;
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        filed(&(struct mail){.name = name});
    }
    record(&(struct mail){.name = "1", .file = "copy"});
    set_missing(3);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ledger_expiry expiry = {
            .before = LATER, .limit = 10, .more = true, .held = held, .careful = cases[i].careful};
        g_array_set_size(held, 0);
        g_array_append_val(held, cases[i].held);
        run("SAVEPOINT before");
        good(ledger_retention_mark(book, &expiry, &error), error);
        g_autofree char *stay = text(left);
        if (strcmp(stay, cases[i].stay) != 0)
            fail_msg("case %d: %s stay, not %s", (int)i, stay, cases[i].stay);
        assert_int_equal(expiry.old, strlen(stay) / 2 + 1);
        run("ROLLBACK TO before; RELEASE before");
    }
}

static void steps_have_a_limit_and_pass_over_what_stays(void **state)
{
    for (int i = 0; i < 25; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        int64_t message = filed(&(struct mail){.name = name});
        if (i < 5)
            set_missing(message);
    }
    unguard();
    run("UPDATE messages SET state = 'unreadable' WHERE id <= 12");
    g_autoptr(GError) error = NULL;
    struct ledger_expiry expiry = {.before = LATER, .limit = 10, .more = true};
    good(ledger_retention_mark(book, &expiry, &error), error);
    assert_int_equal(expiry.after, 10);
    assert_int_equal(expiry.old, 10);
    assert_true(expiry.more);
    assert_int_equal(forget_old(10), 12); /* the last one stays: its number is given to no other mail */
    assert_int_equal(number("SELECT max(id) FROM messages"), 25);
    assert_int_equal(record(&(struct mail){.name = "next"}).message, 26);
}

static void what_is_young_ends_the_look(void **state)
{
    for (int i = 0; i < 30; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        filed(&(struct mail){.name = name});
    }
    run("UPDATE arrivals SET seen = 9e12");
    g_autoptr(GError) error = NULL;
    struct ledger_expiry expiry = {.before = LATER, .limit = 10, .more = true};
    good(ledger_retention_mark(book, &expiry, &error), error);
    assert_false(expiry.more);
    assert_int_equal(expiry.after, 10);
}

static void a_copy_that_comes_while_it_leaves_keeps_it(void **state)
{
    bool forgotten;
    g_autoptr(GError) error = NULL;
    int64_t message = filed(&(struct mail){.name = "a"});
    add_new();
    run("UPDATE messages SET state = 'expired' WHERE id = 1");
    struct ledger_recorded again = record(&(struct mail){.name = "a", .file = "copy"});
    assert_int_equal(again.message, message);
    assert_true(again.duplicate && again.missing);
    good(ledger_retention_forget(book, message, LATER, &forgotten, &error), error);
    assert_false(forgotten);
    assert_int_equal(number("SELECT state = 'decided' FROM messages WHERE id = 1"), 1);
}

static void nothing_else_touches_what_is_leaving(void **state)
{
    g_autoptr(GError) error = NULL;
    int64_t message = filed(&(struct mail){.name = "a"});
    run("UPDATE messages SET state = 'expired'");
    set_filed(message, "billing");
    assert_false(set_missing(message));
    assert_int_equal(number("SELECT state = 'expired' FROM messages"), 1);
    const struct ledger_decision decision = {.by = "me"};
    struct ledger_recorded recorded;
    assert_false(ledger_redecide(book, message, &decision, &recorded, &error));
    assert_error(error, AWSIFT_ERROR_GONE, "no mail 1");
}

/* A mail that came while the clock was behind is as young as it is, by what the clock was set since; what an
 * earlier life wrote down, or a clock that goes forth and back, is as old as it was. */
static void a_clock_that_was_behind_makes_nothing_old(void **state)
{
    struct ledger_life last;
    const int64_t day = 86400000;
    filed(&(struct mail){.name = "earlier"});
    good(ledger_life_begin(book, NOON, &last, NULL), NULL);
    filed(&(struct mail){.name = "behind"});
    good(ledger_clock_moved(book, LATER, NULL), NULL);
    filed(&(struct mail){.name = "between"});
    good(ledger_clock_moved(book, day, NULL), NULL);
    good(ledger_clock_moved(book, -day, NULL), NULL);
    filed(&(struct mail){.name = "last"});
    unguard();
    run("UPDATE messages SET state = 'filed'");
    assert_int_equal(forget_old(100), 2);
    assert_int_equal(number("SELECT count(*) FROM messages WHERE id IN (2, 4)"), 2);
    assert_int_equal(number("SELECT count(*) FROM clock_steps"), 2);
}

static void a_thread_outlives_its_first_mail(void **state)
{
    static const char notice[] = "{\"event_type\": \"AWS_EC2_X\", \"resources\": [\"i-0123456789abcdef0\"]}";
    const struct mail mail = {
        .name = "a", .notice = notice, .account = "123456789012", .deduping_id = "arn:1"};
    struct mail later = mail;
    filed(&mail);
    later.name = "b";
    filed(&later);
    g_autoptr(json_t) before = show(2);
    assert_int_equal(json_array_size(at(before, "thread", NULL)), 2);
    run("UPDATE messages SET seen = 9e12 WHERE id = 2; UPDATE arrivals SET seen = 9e12 WHERE message = 2");
    assert_int_equal(forget_old(10), 1);
    later.name = "c";
    filed(&later);
    g_autoptr(json_t) after = show(3);
    assert_int_equal(json_array_size(at(after, "thread", NULL)), 2);
    assert_int_equal(number("SELECT json_extract(thread, '$.first.id') FROM decisions WHERE message = 3"), 2);
    assert_int_equal(redecide(2, &later).message, 2);
}

/* As many mails come as go: the file stops growing, since what was freed is filled again. */
static void the_file_stops_growing(void **state)
{
    int64_t pages = 0;
    g_autofree char *filling = g_strnfill(3000, 'x');
    for (int round = 0; round < 6; round++) {
        run("BEGIN");
        for (int i = 0; i < 200; i++) {
            g_autofree char *name = g_strdup_printf("%s %d.%d", filling, round, i);
            filed(&(struct mail){.name = name});
        }
        run("COMMIT; BEGIN");
        forget_old(100);
        run("COMMIT");
        int64_t now = number("PRAGMA page_count");
        if (round == 1)
            pages = now;
        if (round > 1 && now > pages + pages / 20)
            fail_msg("%d pages after round 1, %d after round %d", (int)pages, (int)now, round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_table_is_covered),
        TEST(what_is_not_finished_stays),
        TEST(what_may_lie_in_a_spool_stays),
        TEST(steps_have_a_limit_and_pass_over_what_stays),
        TEST(what_is_young_ends_the_look),
        TEST(a_copy_that_comes_while_it_leaves_keeps_it),
        TEST(nothing_else_touches_what_is_leaving),
        TEST(a_clock_that_was_behind_makes_nothing_old),
        TEST(a_thread_outlives_its_first_mail),
        TEST(the_file_stops_growing),
    };
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL);
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
