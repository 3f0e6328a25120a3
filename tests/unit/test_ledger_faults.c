/* A disk that fails the ledger: one scenario goes through everything that is written into it, and each write
 * and each sync in turn fails once. Each step is one transaction and is tried again, as the committer's
 * owners do. Whatever failed, the ledger ends as if nothing had: nothing lost, nothing doubled. The C
 * library's calls are ours here, and SQLite's go through them. */
#include "ledger_book.h"
#include "ledger/alerts.h"
#include "ledger/statement.h"
#include "ledger/drills.h"
#include "ledger/groups.h"
#include "ledger/handling.h"
#include "ledger/holds.h"
#include "ledger/life.h"
#include "ledger/owed.h"
#include "ledger/silences.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DECIDED (NOON + 2000)

/* ---- a disk that fails ---- */

enum what { WRITES, SYNCS };
enum { WRITES_STEP = 7 }; /* every so many alone, without $AWSIFT_EACH_WRITE: half a minute */
static struct {
    bool armed;
    enum what what;
    int number, error; /* the how manieth fails, and how */
    int seen, failed;
} disk;

static bool fails(enum what what)
{
    if (!disk.armed || disk.what != what || ++disk.seen != disk.number)
        return false;
    disk.failed++;
    errno = disk.error;
    return true;
}

/* The file that the log is written back into, and not the log. */
static bool ledger_fails;
static bool is_ledger(int descriptor)
{
    struct stat left, right;
    return fstat(descriptor, &left) == 0 && stat(path, &right) == 0 && left.st_ino == right.st_ino;
}

/* pwrite64 in truth, as files are large here and in SQLite. */
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    if (ledger_fails && is_ledger(descriptor)) {
        errno = EIO;
        return -1;
    }
    return fails(WRITES) ? -1 : syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

int fsync(int descriptor)
{
    return fails(SYNCS) ? -1 : 0; /* no real one: hundreds of ledgers are made */
}

int fdatasync(int descriptor)
{
    return fails(SYNCS) ? -1 : 0;
}

/* ---- the scenario ---- */

#define ACTION(name, key, more)                                                                              \
    "{\"action\": \"" name "\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\", \"channel\":"      \
    " \"ops\"}, \"key\": \"" key "\", \"telling\": \"" key "\", \"due\": 1795521602000" more "}"
#define GROUP ", \"group\": {\"key\": \"g\", \"wait\": 1000, \"most\": 2000}"
#define OWED                                                                                                 \
    "[{\"kind\": \"call\", \"key\": \"C\", \"plan\": {\"name\": \"emergency\", \"limits\": {\"rule\": 6,"    \
    " \"all\": 9}, \"steps\": [{\"after\": 0, \"actions\": [{\"action\": \"call\", \"args\": {}}]},"         \
    " {\"after\": 300000, \"actions\": [{\"action\": \"call\", \"args\": {}}]}, {\"after\": 900000,"         \
    " \"actions\": [], \"alert\": true}]}}]"

static bool record_it(const struct mail *mail, int64_t again, GError **error)
{
    g_autoptr(json_t) decision = decision_of(mail);
    g_autoptr(json_t) context = json_pack("{s:s}", "category", or (mail->category, "other"));
    g_autoptr(json_t) actions = json_of(or (mail->actions, "[]"));
    g_autoptr(json_t) owed = mail->owed != NULL ? json_of(mail->owed) : NULL;
    g_autofree char *sha256 = sha_of(mail->name);
    const struct ledger_arrival arrival = arrival_of(mail, sha256);
    const struct ledger_decision decided = {.decision = decision,
                                            .context = context,
                                            .actions = actions,
                                            .owed = owed,
                                            .revision = "0123456789abcdef",
                                            .generation = 1,
                                            .decided = DECIDED,
                                            .by = again != 0 ? "taro" : "rules"};
    struct ledger_recorded recorded;
    return again != 0 ? ledger_redecide(book, again, &decided, &recorded, error)
                      : ledger_record(book, &arrival, &decided, &recorded, error);
}

static bool begins(GError **error)
{
    struct ledger_life last;
    return ledger_life_begin(book, NOON, &last, error) &&
           ledger_spool_begin(book, "in", "/srv/in", NOON, error);
}

static bool drills(GError **error)
{
    g_autoptr(json_t) request = json_of("{\"by\": \"taro\", \"account\": \"123456789012\"}");
    g_autofree char *sha256 = sha_of("drill");
    return ledger_drill_make(book, "drill-1", sha256, "r", request, NOON, error);
}

static bool mails_come(GError **error)
{
    return record_it(
               &(struct mail){.name = "a", .rule = "r", .actions = "[" ACTION("forward", "A", GROUP) "]"}, 0,
               error) &&
           record_it(
               &(struct mail){.name = "b", .rule = "r", .actions = "[" ACTION("forward", "B", GROUP) "]"}, 0,
               error) &&
           record_it(&(struct mail){.name = "c", .rule = "r", .owed = OWED}, 0, error) &&
           record_it(&(struct mail){.name = "d", .actions = "[" ACTION("chat", "D", "") "]"}, 0, error) &&
           record_it(&(struct mail){.name = "drill", .rule = "r"}, 0, error) &&
           ledger_drill_came(book, "drill-1", 5, error);
}

static bool one_is_unreadable(GError **error)
{
    g_autofree char *sha256 = sha_of("u");
    const struct ledger_arrival arrival = arrival_of(&(struct mail){.name = "u"}, sha256);
    struct ledger_recorded recorded;
    return ledger_record_unreadable(book, &arrival, "a decider crashed", &recorded, error);
}

static bool is_silenced(GError **error)
{
    g_autoptr(json_t) what = json_of("{\"rule\": [\"quiet\"]}");
    const struct ledger_silence silence = {
        .what = what, .starts = NOON, .ends = NOON + 48 * HOUR, .by = "taro", .reason = "work"};
    int64_t id, next;
    return silences_add(book, &silence, NOON, &id, error) && silences_tell(book, NOON, &next, error) &&
           record_it(&(struct mail){.name = "q", .rule = "quiet", .actions = "[" ACTION("chat", "Q", "") "]"},
                     0, error);
}

static GPtrArray *due_at(int64_t now, GError **error)
{
    const struct ledger_wish wish = {.actor = "courier", .now = now, .most = 99};
    return ledger_due(book, &wish, error);
}

static bool what_is_due_starts(GError **error)
{
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
    bool hushed, good = owed_advance(book, DECIDED + 2000, told, error);
    g_autoptr(GPtrArray) due = good ? due_at(DECIDED + 2000, error) : NULL;
    good = due != NULL;
    for (guint i = 0; good && i < due->len; i++) {
        const struct ledger_action *action = due->pdata[i];
        good = ledger_hush(book, action->telling, DECIDED + 2000, &hushed, error) &&
               ledger_attempt_start(book, action->id, DECIDED + 2000, error);
    }
    return good && ledger_hold(book, "courier", "channel ops", false, DECIDED + 9000, "30 per 1m is used up",
                               DECIDED + 2000, error);
}

/* The first one is done, the others are dead. */
static bool what_was_started_ends(GError **error)
{
    for (int64_t id = 1; id <= 3; id++) {
        bool running = id != 2; /* that one is gathered */
        if (running &&
            (!ledger_attempt_failed(book, id, "network", error) ||
             !ledger_attempt_end(book, id, id == 1 ? "done" : "dead", "why", "{}", 0, DECIDED + 3000, error)))
            return false;
    }
    return true;
}

static bool alerts_are_raised(GError **error)
{
    const struct ledger_alert trouble = {
        .kind = "spool", .about = "in", .text = "spool in: gone", .at = NOON + HOUR};
    bool fresh;
    int64_t next;
    unsigned queued;
    return ledger_alert_raise(book, &trouble, NOON + HOUR, &fresh, error) &&
           ledger_raise(book, "dead-action", "it is dead", false, NOON + HOUR, &fresh, error) &&
           ledger_alerts_tell(book, true, NOON + HOUR, &next, &queued, error);
}

static bool people_handle(GError **error)
{
    const struct ledger_handling retry = {.what = HANDLING_RETRY, .dead = true, .by = "taro"};
    g_autoptr(json_t) results = ledger_handle(book, &retry, NOON + HOUR, error);
    const struct owed_ack ack = {.message = 3, .by = "taro", .note = "mine"};
    g_autoptr(json_t) result = NULL;
    return results != NULL && owed_acknowledge(book, &ack, NOON + HOUR, &result, error);
}

static bool troubles_are_over(GError **error)
{
    bool stood;
    int64_t next;
    unsigned queued;
    return ledger_alert_over(book, "spool", "in", NOON + 2 * HOUR, &stood, error) &&
           ledger_alerts_tell(book, true, NOON + 2 * HOUR, &next, &queued, error);
}

static bool digest_is_made(GError **error)
{
    int64_t made;
    bool queued;
    return ledger_digest_last(book, NOON, &made, error) &&
           ledger_digest_make(book, NOON + 24 * HOUR, NOON + 24 * HOUR, &queued, error);
}

static bool one_is_decided_anew(GError **error)
{
    return record_it(&(struct mail){.name = "d", .rule = "s", .actions = "[" ACTION("chat", "E", "") "]"}, 4,
                     error);
}

static bool mails_are_filed(GError **error)
{
    bool fresh;
    return ledger_set_filed(book, 1, "other", error) && ledger_set_filed(book, 2, "other", error) &&
           ledger_set_missing(book, 3, "the file is nowhere", NOON + 3 * HOUR, &fresh, error);
}

static bool ends(GError **error)
{
    int64_t next;
    int cut;
    return silences_end(book, 1, "taro", NOON + 4 * HOUR, error) &&
           silences_tell(book, NOON + 4 * HOUR, &next, error) &&
           ledger_life_beat(book, NOON + 4 * HOUR, error) &&
           ledger_recover(book, NOON + 4 * HOUR, &cut, error) &&
           ledger_life_end(book, NOON + 5 * HOUR, error);
}

static bool (*const steps[])(GError **error) = {
    begins,
    drills,
    mails_come,
    one_is_unreadable,
    is_silenced,
    what_is_due_starts,
    what_was_started_ends,
    alerts_are_raised,
    people_handle,
    troubles_are_over,
    digest_is_made,
    one_is_decided_anew,
    mails_are_filed,
    ends,
};

static bool step_run(bool (*step)(GError **error), GError **error)
{
    if (!ledger_begin(book, error))
        return false;
    if (step(error))
        return ledger_commit(book, error);
    ledger_rollback(book);
    return false;
}

/* Every step until it stands; how many tries failed. What failed shows no trace to a reader. */
static int scenario(enum awsift_error code)
{
    int failures = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(steps);) {
        g_autoptr(GError) error = NULL;
        disk.armed = true;
        bool done = step_run(steps[i], &error);
        disk.armed = false;
        if (!done && (++failures > 3 || !g_error_matches(error, AWSIFT_ERROR, (int)code)))
            fail_msg("step %zu, %s %d: %s", i, disk.what == WRITES ? "write" : "sync", disk.number,
                     error != NULL ? error->message : "failed without an error");
        i += done;
    }
    return failures;
}

/* ---- what stands in the ledger ---- */

static void append_rows(GString *text, sqlite3 *database, const char *table)
{
    sqlite3_stmt *statement;
    g_autofree char *sql = g_strdup_printf("SELECT * FROM \"%s\" ORDER BY 1, 2", table);
    g_string_append_printf(text, "%s\n", table);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", table, sqlite3_errmsg(database));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            g_string_append_printf(text, " %s", or ((const char *)sqlite3_column_text(statement, i), "-"));
        g_string_append_c(text, '\n');
    }
    sqlite3_finalize(statement);
}

static char *everything(void)
{
    GString *text = g_string_new(NULL);
    sqlite3 *database;
    sqlite3_stmt *tables;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database,
                                        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
                                        -1, &tables, NULL),
                     SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        append_rows(text, database, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    sqlite3_close(database);
    return g_string_free(text, FALSE);
}

static void assert_same(const char *found, const char *want)
{
    g_auto(GStrv) lines = g_strsplit(found, "\n", -1), wanted = g_strsplit(want, "\n", -1);
    for (size_t i = 0; lines[i] != NULL && wanted[i] != NULL; i++)
        if (strcmp(lines[i], wanted[i]) != 0)
            fail_msg("%s %d failed, and the ledger has\n%s\nin place of\n%s",
                     disk.what == WRITES ? "write" : "sync", disk.number, lines[i], wanted[i]);
    assert_int_equal(g_strv_length(lines), g_strv_length(wanted));
}

/* One that was made once, and is cheaper to copy. */
static void open_new(void)
{
    static char *empty;
    static gsize size;
    static const char *const suffixes[] = {"-wal", "-shm"};
    ledger_close(book);
    if (empty == NULL)
        assert_true(g_file_get_contents(path, &empty, &size, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(path, suffixes[i], NULL);
        unlink(name);
    }
    assert_true(g_file_set_contents(path, empty, (gssize)size, NULL));
    book = ledger_open(path, LEDGER_WRITE, NULL);
    assert_non_null(book);
}

/* The n-th fails, for n = 1, 2, … until none is left to fail; how many there were. */
static int fail_each_in_turn(enum what what, int error, enum awsift_error code)
{
    int step = what == WRITES && g_getenv("AWSIFT_EACH_WRITE") == NULL ? WRITES_STEP : 1, tries = 0;
    memset(&disk, 0, sizeof disk);
    open_new();
    scenario(code);
    g_autofree char *want = everything();
    bool all = false;
    int number;
    for (number = 1; !all; number += step, tries++) {
        open_new();
        memset(&disk, 0, sizeof disk);
        disk.what = what;
        disk.number = number;
        disk.error = error;
        int failures = scenario(code);
        all = disk.failed == 0;
        assert_true(failures <= disk.failed); /* a checkpoint that fails costs nobody anything */
        g_autofree char *found = everything();
        assert_same(found, want);
    }
    print_message("%d %s failed in turn\n", tries - 1, what == WRITES ? "writes" : "syncs");
    return tries - 1;
}

static void no_write_that_fails_is_lost_or_doubled(void **state)
{
    assert_in_range(fail_each_in_turn(WRITES, ENOSPC, AWSIFT_ERROR_FULL), 30, 2000);
}

static void no_sync_that_fails_counts(void **state)
{
    int syncs = fail_each_in_turn(SYNCS, EIO, AWSIFT_ERROR_IO);
    assert_in_range(syncs, (int)G_N_ELEMENTS(steps), 100); /* each step's, at least */
}

/* All goes on in the log, up to its limit; what failed is known, and over once the disk is well. */
static void a_log_that_cannot_be_written_back_is_told_and_bounded(void **state)
{
    g_autoptr(GError) error = NULL;
    size_t done = 0;
    open_new();
    memset(&disk, 0, sizeof disk);
    book->checkpoints.at = 1;
    book->checkpoints.most = 40;
    assert_null(ledger_checkpoint_trouble(book));
    ledger_fails = true;
    while (done < G_N_ELEMENTS(steps) && step_run(steps[done], &error)) {
        done++;
        assert_non_null(ledger_checkpoint_trouble(book));
    }
    assert_in_range(done, 1, G_N_ELEMENTS(steps) - 1);
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_IO) && ledger_disk_failed(book));
    assert_non_null(strstr(error->message, "cannot be written into the ledger"));
    ledger_fails = false;
    assert_true(step_run(steps[done], NULL));
    assert_null(ledger_checkpoint_trouble(book));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_write_that_fails_is_lost_or_doubled),
        TEST(no_sync_that_fails_counts),
        TEST(a_log_that_cannot_be_written_back_is_told_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
