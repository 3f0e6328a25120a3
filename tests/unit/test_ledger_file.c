/* The ledger as a file: whose it is, of which version, damaged, read without a right to write, held by
 * another, on a full disk. */
#include "ledger/proof.h"
#include "ledger/statement.h"
#include "ledger_book.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static char *beside(const char *suffix)
{
    return g_strconcat(path, suffix, NULL);
}

static int mode_of(const char *suffix)
{
    struct stat status;
    g_autofree char *name = beside(suffix);
    return stat(name, &status) == 0 ? (int)(status.st_mode & 0777) : -1;
}

static bool exists(const char *suffix)
{
    return mode_of(suffix) >= 0;
}

static void close_book(void)
{
    ledger_close(book);
    book = NULL;
}

static void change(const char *sql)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void assert_refused(enum ledger_access access, enum awsift_error code, const char *word)
{
    g_autoptr(GError) error = NULL;
    assert_null(ledger_open(path, access, &error));
    assert_error(error, code, word);
    assert_non_null(strstr(error->message, path));
}

/* Runs it in a child, so that rights and limits end with it; its exit status. A failed assertion exits with
 * what cmocka makes of it, which is not 0. */
static int in_child(int (*what)(void))
{
    pid_t child = fork();
    if (child == 0)
        _exit(what());
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void its_files_are_the_owners_alone(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    close_book();
    for (int known = 0; known < 2; known++) {
        mode_t before = umask(0);
        book = ledger_open(path, LEDGER_WRITE, NULL);
        umask(before);
        record(&(struct mail){.name = known == 0 ? "a" : "b"});
        for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
            assert_int_equal(mode_of(suffixes[i]), 0600);
        close_book();
        assert_int_equal(chmod(path, 0644), 0); /* as an earlier one left it */
    }
}

static void files_that_others_could_read_are_closed_to_them(void **state)
{
    g_autofree char *log = beside("-wal");
    record(&(struct mail){.name = "a"});
    assert_int_equal(chmod(path, 0664) | chmod(log, 0664), 0);
    g_autoptr(ledger) again = ledger_open(path, LEDGER_WRITE, NULL);
    assert_non_null(again);
    assert_int_equal(mode_of(""), 0600);
    assert_int_equal(mode_of("-wal"), 0600);
}

static void what_was_committed_is_there_the_next_time(void **state)
{
    record(&(struct mail){.name = "a"});
    close_book();
    book = ledger_open(path, LEDGER_WRITE, NULL);
    assert_true(record(&(struct mail){.name = "a"}).duplicate);
}

static void a_reader_makes_no_ledger(void **state)
{
    close_book();
    assert_int_equal(unlink(path), 0);
    assert_refused(LEDGER_READ, AWSIFT_ERROR_GONE, "start awsift run");
    assert_false(exists(""));
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *nowhere = g_build_filename(home, "nowhere", "ledger.db", NULL);
    assert_null(ledger_open(nowhere, LEDGER_WRITE, &error));
    assert_error(error, AWSIFT_ERROR_GONE, nowhere);
    assert_non_null(strstr(error->message, "give its folder to the user"));
}

static void other_versions_are_refused(void **state)
{
    static const struct {
        const char *sql;
        enum awsift_error code;
        const char *reader, *writer; /* what they are told; NULL: opened */
    } cases[] = {
        {"PRAGMA user_version = 99", AWSIFT_ERROR_CORRUPT, "newer awsift", "newer awsift"},
        {"PRAGMA user_version = -1", AWSIFT_ERROR_CORRUPT, "no ledger", "no ledger"},
        {"PRAGMA user_version = 0", AWSIFT_ERROR_CORRUPT, "no ledger", "no ledger"},
        {"PRAGMA user_version = 14", AWSIFT_ERROR_CORRUPT, NULL, NULL},
    };
    close_book();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        change(cases[i].sql);
        const char *const words[] = {[LEDGER_READ] = cases[i].reader, [LEDGER_WRITE] = cases[i].writer};
        for (int access = LEDGER_READ; access <= LEDGER_WRITE; access++) {
            if (words[access] != NULL) {
                assert_refused((enum ledger_access)access, cases[i].code, words[access]);
                continue;
            }
            g_autoptr(ledger) opened = ledger_open(path, (enum ledger_access)access, NULL);
            assert_non_null(opened);
        }
    }
}

#define TO_ELEVENTH                                                                                          \
    "DROP TABLE clock_steps; ALTER TABLE spools DROP COLUMN path; DROP TABLE proof; DROP TABLE retention; DROP INDEX owed_decision; "
#define WITHOUT_TALLIES                                                                                      \
    "DROP TRIGGER messages_tally_new; DROP TRIGGER messages_tally_state; DROP TRIGGER messages_tally_gone;"  \
    " DROP TRIGGER actions_tally_new; DROP TRIGGER actions_tally_state; DROP TRIGGER actions_tally_gone;"    \
    " DROP TABLE tallies; DROP INDEX decisions_unknown; "
#define TO_FIFTH                                                                                                                                           \
    TO_ELEVENTH WITHOUT_TALLIES                                                                                                                            \
        "DROP TABLE recoveries; DROP INDEX attempts_open; DROP INDEX alerts_untold; DROP INDEX alerts_standing; DROP TABLE alert_rounds; DROP TABLE life;" \
        " DROP TABLE spools; DROP INDEX arrivals_seen; DROP TABLE drills; ALTER TABLE alerts DROP COLUMN about;"                                           \
        " ALTER TABLE alerts DROP COLUMN facts; ALTER TABLE alerts DROP COLUMN without;"                                                                   \
        " ALTER TABLE alerts DROP COLUMN ended; ALTER TABLE alerts DROP COLUMN untold;"                                                                    \
        " ALTER TABLE alerts DROP COLUMN fresh; ALTER TABLE alerts DROP COLUMN told;"                                                                      \
        "DROP TRIGGER groups_close; DROP TRIGGER groups_end; DROP INDEX actions_leads; DROP INDEX"                                                         \
        " actions_gathered; DROP TABLE groups; DROP TABLE silences; ALTER TABLE actions DROP COLUMN leads;"                                                \
        " ALTER TABLE actions DROP COLUMN gathered; ALTER TABLE actions DROP COLUMN silence;"                                                              \
        " DROP INDEX actions_next; DROP INDEX actions_dead; DROP TABLE holds; DROP TABLE handlings;"                                                       \
        " ALTER TABLE actions DROP COLUMN renewed; ALTER TABLE actions DROP COLUMN failure;"                                                               \
        " ALTER TABLE actions DROP COLUMN resent; ALTER TABLE attempts DROP COLUMN failure;"                                                               \
        " DROP INDEX actions_owed; DROP INDEX actions_rung; DROP INDEX actions_owed_waiting; ALTER TABLE actions DROP COLUMN owed_step;"                   \
        " ALTER TABLE actions DROP COLUMN owed; DROP TABLE owed; "
#define TO_THIRD                                                                                             \
    TO_FIFTH "DROP TABLE digests; ALTER TABLE decisions DROP COLUMN thread; DROP TABLE threads;"             \
             " DROP TABLE thread_marks; "
#define TO_SECOND TO_THIRD "DROP TABLE shadows; "

static void an_older_version_is_brought_up(void **state)
{
    record(&(struct mail){.name = "a",
                          .actions = "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\":"
                                     " {\"channel\": \"ops\"}, \"key\": \"k\", \"due\": 1}]"});
    close_book();
    change(TO_SECOND
           "DROP INDEX actions_destination; DROP INDEX actions_suspect; ALTER TABLE actions DROP COLUMN"
           " destination; ALTER TABLE actions DROP COLUMN crashes; PRAGMA user_version = 1");
    assert_refused(LEDGER_READ, AWSIFT_ERROR_GONE, "start awsift run");
    book = ledger_open(path, LEDGER_WRITE, NULL);
    const struct ledger_wish wish = {.actor = "courier", .now = NOON, .most = 9};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL);
    assert_int_equal(due->len, 1);
    record(&(struct mail){.name = "b",
                          .shadow = "[{\"rule\": \"trial\", \"category\": \"billing\", \"agrees\": false}]"});
    close_book();
    change(TO_SECOND "PRAGMA user_version = 2");
    assert_refused(LEDGER_READ, AWSIFT_ERROR_GONE, "start awsift run");
    book = ledger_open(path, LEDGER_WRITE, NULL);
    g_autoptr(json_t) counts = ledger_shadow_counts(book, NULL);
    assert_json(counts, "{}");
    close_book();
    change(TO_THIRD "PRAGMA user_version = 3");
    assert_refused(LEDGER_READ, AWSIFT_ERROR_GONE, "start awsift run");
    book = ledger_open(path, LEDGER_WRITE, NULL);
    g_autoptr(json_t) old = show(1);
    assert_json(at(old, "thread", NULL), "[]");
    record(&(struct mail){.name = "c"});
    g_autoptr(json_t) fresh = show(3);
    assert_json(at(fresh, "thread", "0", "relation", NULL), "\"first\"");
    close_book();
    change(TO_ELEVENTH "PRAGMA user_version = 11");
    book = ledger_open(path, LEDGER_WRITE, NULL);
    g_autoptr(json_t) kept = show(3);
    assert_true(json_equal(at(kept, "thread", NULL), at(fresh, "thread", NULL)));
    g_autoptr(json_t) counted = ledger_counts(book, NULL); /* what was there before it was counted, too */
    assert_json(at(counted, "messages", NULL), "{\"decided\":3}");
    assert_json(at(counted, "actions", NULL), "{\"waiting\":1}");
}

static void a_database_of_another_program_stays_as_it_is(void **state)
{
    close_book();
    assert_int_equal(unlink(path), 0);
    change("CREATE TABLE theirs (x); PRAGMA user_version = 1; DROP TABLE theirs");
    assert_refused(LEDGER_WRITE, AWSIFT_ERROR_CORRUPT, "no ledger");
    change("CREATE TABLE theirs (x); PRAGMA user_version = 0");
    assert_refused(LEDGER_READ, AWSIFT_ERROR_CORRUPT, "no ledger");
    assert_refused(LEDGER_WRITE, AWSIFT_ERROR_CORRUPT, "no ledger");
    change("SELECT x FROM theirs");
}

static void an_empty_file_is_a_ledger_to_come(void **state)
{
    close_book();
    assert_true(g_file_set_contents(path, "", 0, NULL));
    assert_refused(LEDGER_READ, AWSIFT_ERROR_GONE, "start awsift run");
    book = ledger_open(path, LEDGER_WRITE, NULL);
    assert_int_equal(record(&(struct mail){.name = "a"}).message, 1);
}

static void what_is_no_database_is_refused(void **state)
{
    static const char text[] =
        "no database at all, and longer than the header of one, which has a hundred bytes: "
        "no database at all";
    close_book();
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_refused(LEDGER_READ, AWSIFT_ERROR_CORRUPT, "backup");
    assert_refused(LEDGER_WRITE, AWSIFT_ERROR_CORRUPT, "awsift restore FILE; mail stays in the spool");
    g_autofree char *found = NULL;
    assert_true(g_file_get_contents(path, &found, NULL, NULL));
    assert_string_equal(found, text);
}

/* Two pages, as a bad disk would. */
static void damage_the_middle(void)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    g_autofree char *garbage = g_strnfill(8192, '\xa5');
    int file = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, garbage, 8192, status.st_size / 2 / 4096 * 4096), 8192);
    close(file);
}

static void run_sql(const char *sql)
{
    assert_int_equal(sqlite3_exec(book->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int is_refused_beside(void)
{
    g_autoptr(GError) error = NULL;
    return ledger_open(path, LEDGER_WRITE, &error) == NULL &&
                   g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT)
               ? 0
               : 1;
}

static void a_damaged_page_is_found_before_anything_is_written(void **state)
{
    for (int i = 0; i < 200; i++) {
        g_autofree char *name = g_strdup_printf("mail %d", i);
        record(&(struct mail){.name = name});
    }
    close_book();
    damage_the_middle();
    assert_refused(LEDGER_WRITE, AWSIFT_ERROR_CORRUPT, "awsift restore FILE; mail stays in the spool");
}

/* Only a big one is not read through at each opening, and only where its last writer closed it. */
static void a_big_one_is_read_through_after_a_writer_that_was_cut_off(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_true(ledger_proven_at_opening(book)); /* a small one always is */
    run_sql("INSERT INTO recoveries (at, found) VALUES (0, zeroblob(40000000))");
    close_book();
    book = ledger_open(path, LEDGER_WRITE, &error);
    good(book != NULL, error);
    assert_false(ledger_proven_at_opening(book));
    good(ledger_prove(book, &error), error);
    damage_the_middle();
    assert_false(ledger_prove(book, &error));
    assert_error(error, AWSIFT_ERROR_CORRUPT, "is damaged");
    record(&(struct mail){.name = "a"}); /* what is met is another thing */
    assert_true(exists("-wal"));
    assert_int_equal(in_child(is_refused_beside), 0);
}

static void when_it_was_proven_is_known(void **state)
{
    g_autoptr(GError) error = NULL;
    for (int64_t at = 0; at <= 2 * HOUR; at += HOUR) {
        int64_t found;
        good(at == 0 || ledger_set_proven(book, at, &error), error);
        good(ledger_proven(book, &found, &error), error);
        assert_int_equal(found, at);
    }
}

static void a_reader_sees_what_a_writer_at_work_committed(void **state)
{
    g_autoptr(GError) error = NULL;
    bool fresh;
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_READ, &error);
    good(reader != NULL, error);
    record(&(struct mail){.name = "a"});
    g_autoptr(json_t) story = ledger_show(reader, 1, NULL);
    assert_non_null(story);
    assert_false(ledger_raise(reader, "test", "a reader writes", true, NOON, &fresh, &error));
    assert_error(error, AWSIFT_ERROR_IO, "readonly");
}

static void a_reader_needs_no_writer(void **state)
{
    record(&(struct mail){.name = "a"});
    close_book();
    assert_false(exists("-wal") || exists("-shm"));
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_READ, NULL);
    g_autoptr(json_t) story = ledger_show(reader, 1, NULL);
    assert_non_null(story);
    book = ledger_open(path, LEDGER_WRITE, NULL); /* and is in nobody's way */
    assert_int_equal(record(&(struct mail){.name = "b"}).message, 2);
    g_autoptr(json_t) later = ledger_show(reader, 2, NULL);
    assert_non_null(later);
}

static int read_as_nobody(void)
{
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        return 2;
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_READ, &error);
    g_autoptr(json_t) story = reader != NULL ? ledger_show(reader, 1, &error) : NULL;
    if (story == NULL)
        fprintf(stderr, "%s\n", error->message);
    return story != NULL ? 0 : 1;
}

static void a_reader_may_be_without_the_right_to_write(void **state)
{
    static const char *const logs[] = {"nothing beside", "an empty log"};
    record(&(struct mail){.name = "a"});
    close_book();
    assert_int_equal(chmod(path, 0444), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++) {
        g_autofree char *log = beside("-wal");
        if (i == 1)
            assert_true(g_file_set_contents(log, "", 0, NULL));
        assert_int_equal(chmod(home, 0555), 0);
        assert_int_equal(in_child(read_as_nobody), 0);
        assert_int_equal(chmod(home, 0755), 0);
    }
}

static void a_reader_without_the_right_to_write_sees_a_writer_at_work(void **state)
{
    g_autofree char *log = beside("-wal"), *index = beside("-shm");
    record(&(struct mail){.name = "a"}); /* it stands in the log alone */
    assert_int_equal(chmod(path, 0444) | chmod(log, 0444) | chmod(index, 0444) | chmod(home, 0555), 0);
    assert_int_equal(in_child(read_as_nobody), 0);
    assert_int_equal(chmod(home, 0755), 0);
}

static int be_refused(void)
{
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        return 2;
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_READ, &error);
    return reader == NULL && error->code == AWSIFT_ERROR_IO &&
                   strstr(error->message, "to the user that runs awsift") != NULL
               ? 0
               : 1;
}

static void a_ledger_that_may_not_be_read_says_whose_it_must_be(void **state)
{
    close_book();
    assert_int_equal(chmod(path, 0000) | chmod(home, 0755), 0);
    assert_int_equal(in_child(be_refused), 0);
}

static void two_writers_do_not_write_at_once(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) other = ledger_open(path, LEDGER_WRITE, NULL);
    sqlite3_busy_timeout(other->database, 20);
    assert_true(ledger_begin(book, NULL));
    record(&(struct mail){.name = "a"});
    assert_false(ledger_begin(other, &error));
    assert_error(error, AWSIFT_ERROR_BUSY, "end that one");
    assert_true(ledger_commit(book, NULL));
    assert_true(ledger_begin(other, NULL));
    assert_true(ledger_commit(other, NULL));
}

/* A limit to the size of files stands in for a full disk. */
static int fill(void)
{
    static const struct rlimit small = {.rlim_cur = 200000, .rlim_max = 200000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) != 0)
        return 2;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(20000, 'x');
    bool fresh, wrote = true;
    for (int i = 0; wrote && i < 100; i++) {
        wrote = ledger_begin(book, &error) &&
                ledger_raise(book, "test", text, true, NOON + i * HOUR, &fresh, &error) &&
                ledger_commit(book, &error);
    }
    ledger_rollback(book);
    return !wrote && error->code == AWSIFT_ERROR_FULL && strstr(error->message, "make room") != NULL ? 0 : 1;
}

static void a_full_disk_says_so(void **state)
{
    close_book();
    book = ledger_open(path, LEDGER_WRITE, NULL);
    assert_int_equal(in_child(fill), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_files_are_the_owners_alone),
        TEST(files_that_others_could_read_are_closed_to_them),
        TEST(what_was_committed_is_there_the_next_time),
        TEST(a_reader_makes_no_ledger),
        TEST(a_folder_that_is_not_there_is_named),
        TEST(other_versions_are_refused),
        TEST(an_older_version_is_brought_up),
        TEST(a_database_of_another_program_stays_as_it_is),
        TEST(an_empty_file_is_a_ledger_to_come),
        TEST(what_is_no_database_is_refused),
        TEST(a_damaged_page_is_found_before_anything_is_written),
        TEST(a_big_one_is_read_through_after_a_writer_that_was_cut_off),
        TEST(when_it_was_proven_is_known),
        TEST(a_reader_sees_what_a_writer_at_work_committed),
        TEST(a_reader_needs_no_writer),
        TEST(a_reader_may_be_without_the_right_to_write),
        TEST(a_reader_without_the_right_to_write_sees_a_writer_at_work),
        TEST(a_ledger_that_may_not_be_read_says_whose_it_must_be),
        TEST(two_writers_do_not_write_at_once),
        TEST(a_full_disk_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
