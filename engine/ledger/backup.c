/* Copying a ledger by SQLite's backup, page by page from one snapshot: the read transaction that is open for
 * as long keeps what others commit out of the copy, and keeps nobody from committing.
 *
 * The copy is proven by reading all of it with a second connection. It fails where the disk is full, where
 * the ledger or the copy cannot be read, and where the two differ; it then leaves nothing behind. Putting the
 * copy in its place, and making it durable, is the caller's. */
#include "ledger/backup.h"
#include "ledger/statement.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 1000, BUSY_MILLISECONDS = 10000 };

static bool fail(int result, const char *what, const char *path, const char *why, GError **error)
{
    enum awsift_error code = AWSIFT_ERROR_IO;
    const char *remedy = "look after its disk; the system's log says more";
    switch (result & 0xff) {
    case SQLITE_FULL:
        code = AWSIFT_ERROR_FULL;
        remedy = "make room on its disk, or name a file on another one";
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        code = AWSIFT_ERROR_BUSY;
        remedy = "another process holds it; try again";
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        code = AWSIFT_ERROR_CORRUPT;
        remedy = "the ledger is damaged; the way back is awsift restore, with a backup that is whole";
        break;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        remedy = "give its folder to the user that runs this";
        break;
    default:
        break;
    }
    g_set_error(error, AWSIFT_ERROR, (int)code, "%s %s: %s: %s", what, path, why, remedy);
    return false;
}

static bool fail_of(sqlite3 *database, const char *what, const char *path, GError **error)
{
    return fail(sqlite3_errcode(database), what, path, sqlite3_errmsg(database), error);
}

/* {table: rows}; NULL with an error. */
static json_t *count_rows(sqlite3 *database, const char *path, GError **error)
{
    g_autoptr(json_t) rows = json_object();
    sqlite3_stmt *tables = NULL, *count = NULL;
    int step = sqlite3_prepare_v2(
        database, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", -1, &tables, NULL);
    while (step == SQLITE_OK && sqlite3_step(tables) == SQLITE_ROW) {
        const char *name = column_text(tables, 0);
        char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", name);
        step = sqlite3_prepare_v2(database, sql, -1, &count, NULL);
        sqlite3_free(sql);
        if (step == SQLITE_OK && sqlite3_step(count) == SQLITE_ROW)
            json_object_set_new(rows, name, json_integer((json_int_t)sqlite3_column_int64(count, 0)));
        step = sqlite3_finalize(count);
        count = NULL;
    }
    int last = sqlite3_finalize(tables);
    if (step == SQLITE_OK)
        step = last;
    if (step == SQLITE_OK)
        return g_steal_pointer(&rows);
    fail(step, "the ledger", path, sqlite3_errstr(step), error);
    return NULL;
}

static bool copy_pages(struct ledger *ledger, sqlite3 *copy, const char *to, ledger_copied copied, void *data,
                       GError **error)
{
    if (fault_fails("copy-begins"))
        return fail(SQLITE_FULL, "the copy", to, g_strerror(errno), error);
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", ledger->database, "main");
    int step = backup != NULL ? SQLITE_OK : sqlite3_errcode(copy);
    while (backup != NULL && (step = sqlite3_backup_step(backup, PAGES_AT_ONCE)) == SQLITE_OK)
        if (copied != NULL)
            copied(sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup),
                   sqlite3_backup_pagecount(backup), data);
    sqlite3_backup_finish(backup);
    int system = sqlite3_system_errno(copy);
    if ((step & 0xff) == SQLITE_IOERR && (system == EDQUOT || system == EFBIG))
        step = SQLITE_FULL; /* a quota or a limit to the size of files, as with the ledger itself */
    return step == SQLITE_DONE || fail(step, "the copy", to, sqlite3_errstr(step), error);
}

/* The moment of which the copy is begins with the first read; it ends here, whatever came of it. */
static bool copy_snapshot(struct ledger *ledger, const char *to, ledger_copied copied, void *data,
                          json_t **rows, GError **error)
{
    sqlite3 *copy = NULL;
    bool good = statement_run(ledger, error, "BEGIN", "");
    *rows = good ? count_rows(ledger->database, ledger->path, error) : NULL;
    good = *rows != NULL;
    if (good && sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        good = fail_of(copy, "the copy", to, error);
    if (good && sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL) !=
                    SQLITE_OK)
        good = fail_of(copy, "the copy", to, error);
    good = good && copy_pages(ledger, copy, to, copied, data, error);
    if (sqlite3_close(copy) != SQLITE_OK && good)
        good = fail(SQLITE_IOERR, "the copy", to, "cannot be closed", error);
    ledger_rollback(ledger);
    return good;
}

static bool is_whole(sqlite3 *copy, const char *path, GError **error)
{
    sqlite3_stmt *check = NULL;
    if (sqlite3_prepare_v2(copy, "PRAGMA integrity_check(1)", -1, &check, NULL) != SQLITE_OK ||
        sqlite3_step(check) != SQLITE_ROW) {
        sqlite3_finalize(check);
        return fail_of(copy, "the copy", path, error);
    }
    g_autofree char *found = g_strdelimit(g_strdup(column_text(check, 0)), "\n", ' ');
    sqlite3_finalize(check);
    return g_strcmp0(found, "ok") == 0 || fail(SQLITE_CORRUPT, "the copy", path, found, error);
}

/* As a file that needs no other beside it. */
static bool prove(const char *path, const json_t *rows, GError **error)
{
    sqlite3 *copy = NULL;
    g_autoptr(json_t) found = NULL;
    bool good = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                sqlite3_busy_timeout(copy, BUSY_MILLISECONDS) == SQLITE_OK &&
                sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK;
    if (!good)
        fail_of(copy, "the copy", path, error);
    good = good && is_whole(copy, path, error);
    found = good ? count_rows(copy, path, error) : NULL;
    sqlite3_close(copy);
    if (found != NULL && !json_equal(found, rows))
        return fail(SQLITE_CORRUPT, "the copy", path, "has other rows than the ledger had", error);
    return found != NULL;
}

static void remove_copy(const char *path)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(path, suffixes[i], NULL);
        file_remove(name, NULL);
    }
}

bool ledger_copy(struct ledger *ledger, const char *to, ledger_copied copied, void *data, json_t **rows,
                 GError **error)
{
    json_t *counted = NULL;
    bool good = copy_snapshot(ledger, to, copied, data, &counted, error);
    if (good && fault_fails("copy-made"))
        good = fail(SQLITE_IOERR, "the copy", to, g_strerror(errno), error);
    good = good && prove(to, counted, error);
    if (good)
        fault_point("copy-proven");
    else
        remove_copy(to);
    if (rows != NULL)
        *rows = json_incref(counted);
    json_decref(counted);
    return good;
}

bool ledger_may_replace(const char *path, GError **error)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic] = "";
    struct stat status;
    if (lstat(path, &status) != 0 && errno == ENOENT)
        return true;
    g_autoptr(GError) failure = NULL;
    int file = file_open_regular(AT_FDCWD, path, &status, &failure);
    ssize_t got = file >= 0 ? pread(file, head, sizeof head, 0) : -1;
    if (file >= 0)
        close(file);
    if (got == 0 || (got == (ssize_t)sizeof head && memcmp(head, magic, sizeof magic) == 0))
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s stands there and is no backup of a ledger%s%s: name another file, or move it away", path,
                failure != NULL ? ", " : "", failure != NULL ? failure->message : "");
    return false;
}
