/* Copies of a ledger, taken beside a writer, and what is refused and left as it is: damaged ledgers and files
 * of somebody else. */
#include "ledger/backup.h"
#include "ledger/statement.h"
#include "ledger_book.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *beside(const char *suffix)
{
    return g_strconcat(path, suffix, NULL);
}

static char *empty_file(const char *suffix)
{
    char *name = beside(suffix);
    close(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    return name;
}

static void write_at(const char *name, off_t offset, const char *bytes, size_t size)
{
    int file = open(name, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, bytes, size, offset), size);
    close(file);
}

static void record_many(int from, int to)
{
    for (int i = from; i < to; i++) {
        g_autofree char *name = g_strdup_printf("mail %d", i);
        record(&(struct mail){.name = name});
    }
}

static int mails_in(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) copy = ledger_open(name, LEDGER_WRITE, &error);
    good(copy != NULL, error);
    g_autoptr(json_t) counts = ledger_counts(copy, &error);
    return (int)json_number(json_object_get(counts, "messages"), "decided", 0);
}

/* A writer that goes on between two steps of the copy is not in it, and is not kept waiting. */
static void write_meanwhile(int done, int of, void *data)
{
    int *calls = data;
    g_autoptr(GError) error = NULL;
    struct ledger *own = book;
    book = ledger_open(path, LEDGER_WRITE, &error);
    good(book != NULL, error);
    record_many(10000 + *calls * 10, 10010 + *calls * 10);
    ledger_close(book);
    book = own;
    ++*calls;
    assert_true(done <= of);
}

static void a_copy_is_of_one_moment(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *to = empty_file(".copy"), *log = beside(".copy-wal");
    g_autofree char *text = g_strnfill(60000, 'x');
    json_t *rows = NULL;
    int calls = 0;
    good(ledger_begin(book, &error), error);
    for (int i = 0; i < 120; i++) { /* more pages than one step copies */
        g_autofree char *name = g_strdup_printf("%s%d", text, i);
        record(&(struct mail){.name = name});
    }
    good(ledger_commit(book, &error), error);
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_COPY, &error);
    good(reader != NULL, error);
    good(ledger_copy(reader, to, write_meanwhile, &calls, &rows, &error), error);
    assert_true(calls > 1);
    assert_int_equal(json_number(rows, "messages", 0), 120);
    json_decref(rows);
    assert_int_equal(access(log, F_OK), -1); /* one file is all */
    assert_int_equal(mails_in(to), 120);
    g_autofree char *again = empty_file(".again");
    good(ledger_copy(reader, again, NULL, NULL, NULL, &error), error);
    assert_int_equal(mails_in(again), 120 + calls * 10);
}

static void a_damaged_ledger_gives_no_copy(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *to = empty_file(".copy"), *garbage = g_strnfill(4096, '#');
    record_many(0, 300);
    ledger_close(book);
    book = NULL;
    write_at(path, 4096L * 20, garbage, 4096);
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_COPY, &error);
    good(reader != NULL, error);
    assert_false(ledger_copy(reader, to, NULL, NULL, NULL, &error));
    assert_error(error, AWSIFT_ERROR_CORRUPT, "awsift restore");
    assert_int_equal(access(to, F_OK), -1);
}

/* A limit to the size of files stands for a full disk. */
static void a_full_disk_leaves_nothing_behind(void **state)
{
    record_many(0, 300);
    g_autofree char *to = empty_file(".copy");
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {100000, 100000};
        g_autoptr(GError) error = NULL;
        signal(SIGXFSZ, SIG_IGN);
        struct ledger *reader = ledger_open(path, LEDGER_COPY, NULL);
        setrlimit(RLIMIT_FSIZE, &limit);
        bool copied = ledger_copy(reader, to, NULL, NULL, NULL, &error);
        _exit(!copied && g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL) &&
                      strstr(error->message, "make room") != NULL
                  ? 0
                  : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(access(to, F_OK), -1);
}

static void what_a_backup_may_take_the_place_of(void **state)
{
    g_autofree char *other = beside(".lua"), *none = beside(".none"), *link = beside(".link"),
                    *empty = empty_file(".0");
    write_at(other, 0, "store \"/var/lib/awsift\"\n", 24);
    assert_int_equal(symlink(path, link), 0);
    const struct {
        const char *name;
        bool may;
    } cases[] = {{path, true}, {empty, true}, {none, true}, {other, false}, {home, false}, {link, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        if (ledger_may_replace(cases[i].name, &error) != cases[i].may)
            fail_msg("%s: %s", cases[i].name, error != NULL ? error->message : "may be replaced");
        assert_true((error == NULL) == cases[i].may);
    }
}

/* ---- what is refused ---- */

static void overwrite_head(void)
{
    write_at(path, 0, "GARBAGE_GARBAGE_", 16);
}

static void overwrite_middle(void)
{
    g_autofree char *garbage = g_strnfill(8192, '#');
    write_at(path, 4096L * 12, garbage, 8192);
}

static void cut(void)
{
    assert_int_equal(truncate(path, 4096L * 9 + 100), 0);
}

static void be_text(void)
{
    assert_int_equal(truncate(path, 0), 0);
    write_at(path, 0, "this is no database, and long enough to be looked at as one would be\n", 70);
}

static void run_sql(const char *sql)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void be_newer(void)
{
    run_sql("PRAGMA user_version = 4711");
}

static void be_foreign(void)
{
    assert_int_equal(unlink(path), 0);
    run_sql("CREATE TABLE bookmarks (a); INSERT INTO bookmarks VALUES (1)");
}

static char *bytes_of(const char *name)
{
    char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(name, &bytes, &size, NULL)) /* none is as good as an empty one */
        bytes = g_strdup("");
    char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
    g_free(bytes);
    return hash;
}

static const struct {
    const char *name;
    void (*damage)(void);
    const char *word;
} damages[] = {
    {"head", overwrite_head, "not a database"},
    {"middle", overwrite_middle, "damaged"},
    {"cut", cut, "awsift restore"},
    {"text", be_text, "not a database"},
    {"newer", be_newer, "newer awsift"},
    {"foreign", be_foreign, "no ledger"},
};

/* Also beside a log that a crash has left: closing must not write the one into the other. */
static void what_is_damaged_is_refused_and_left_as_it_is(void **state)
{
    g_autofree char *whole = beside(".whole"), *log = beside("-wal"), *kept = beside("-wal.kept");
    record_many(0, 200);
    ledger_close(book);
    book = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(damages) * 2; i++) {
        bool with_log = i % 2 == 1;
        g_autoptr(GError) error = NULL;
        if (i == 0) { /* the log of a writer that never closed */
            g_autofree char *save = g_strdup_printf("cp %s %s && cp %s-wal %s", path, whole, path, kept);
            book = ledger_open(path, LEDGER_WRITE, NULL);
            record_many(200, 210);
            assert_int_equal(system(save), 0);
            ledger_close(book);
            book = NULL;
        }
        g_autofree char *back = g_strdup_printf("rm -f %s-wal %s-shm; cp %s %s", path, path, whole, path);
        assert_int_equal(system(back), 0);
        damages[i / 2].damage();
        g_autofree char *put = g_strdup_printf("cp %s %s", kept, log);
        if (with_log)
            assert_int_equal(system(put), 0);
        g_autofree char *before = bytes_of(path), *log_before = bytes_of(log);
        struct ledger *opened = ledger_open(path, LEDGER_WRITE, &error);
        if (opened != NULL && with_log) { /* the log had all that was damaged */
            ledger_close(opened);
            continue;
        }
        assert_null(opened);
        if (strstr(error->message, path) == NULL ||
            (!with_log && strstr(error->message, damages[i / 2].word) == NULL))
            fail_msg("%s: %s", damages[i / 2].name, error->message);
        g_autofree char *after = bytes_of(path), *log_after = bytes_of(log);
        assert_string_equal(before, after);
        assert_string_equal(log_before, log_after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_of_one_moment),
        TEST(a_damaged_ledger_gives_no_copy),
        TEST(a_full_disk_leaves_nothing_behind),
        TEST(what_a_backup_may_take_the_place_of),
        TEST(what_is_damaged_is_refused_and_left_as_it_is),
    };
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL);
    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
