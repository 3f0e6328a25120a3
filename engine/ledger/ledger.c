/* Opening, closing and transactions. WAL with synchronous=FULL: what was committed survives a power cut.
 *
 * A ledger that is damaged or of a version that we do not know is refused for writing, because going on would
 * lose what it holds. Its last writer ended in good order where no log is left; a big one is then not read
 * through each time, but beside the daemon's life (keeper/proof.h). A reader never writes to it and makes no
 * schema; it works beside a running writer, and without one.
 *
 * A sync that failed is never tried again as if it had worked: the kernel may have thrown away what it could
 * not write, and says success to the next one. SQLite counts the transaction as not written then, and rolls
 * it back in memory: the log's index does not have its frames, so the next transaction writes over them, at
 * the same place, and syncs what it wrote itself. So does a checkpoint whose sync failed: it begins where the
 * last good one ended. Both need the connection that saw the failure, so it is kept. A new one would read the
 * log from its start, find the frames whole in the kernel's cache, and take for committed what was told to
 * have failed: done anew, it would stand there twice.
 *
 * What makes it fail: a full disk, another writer for more than three seconds, a damaged file, a folder of
 * somebody else. */
#include "ledger/pages.h"
#include "ledger/proof.h"
#include "ledger/statement.h"
#include "ledger/states.h"
#include "base/error.h"
#include "base/files.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MILLISECONDS = 3000, OTHERS = 077, SMALL = 32 << 20 };

/* Pages in memory: a commit of many mails shall not read again what the last one read, of indexes that lie
 * all over the file. The log: what a long reader made it grow to is given back. */
#define MEMORY_PRAGMAS                                                                                       \
    "PRAGMA cache_size = -" G_STRINGIFY(LEDGER_PAGES_KIB) "; PRAGMA journal_size_limit = 67108864;"

static void finalize(void *statement)
{
    sqlite3_finalize(statement);
}

static bool connect_to(struct ledger *ledger, const char *name, int flags, GError **error)
{
    sqlite3_close(ledger->database);
    ledger->database = NULL;
    if (sqlite3_open_v2(name, &ledger->database, flags, NULL) != SQLITE_OK)
        return ledger_fail(ledger, error);
    sqlite3_busy_timeout(ledger->database, BUSY_MILLISECONDS);
    return true;
}

static bool pragmas_run(struct ledger *ledger, const char *pragmas, GError **error)
{
    return sqlite3_exec(ledger->database, pragmas, NULL, NULL, NULL) == SQLITE_OK ||
           ledger_fail(ledger, error);
}

/* ---- for writing ---- */

/* A new ledger is nobody else's from its first moment on. One that is there is not opened here: to close a
 * second descriptor of it would drop the locks that another handle of this process has. */
static bool file_make_private(const char *path, GError **error)
{
    int made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0)
        close(made);
    else if (errno != EEXIST)
        return error_set_errno(
            error, errno, "cannot make the ledger %s, give its folder to the user that runs awsift", path);
    return true;
}

/* SQLite gives -wal and -shm the mode that the ledger has when it makes them. */
static bool files_keep_private(const char *path, GError **error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(path, suffixes[i], NULL);
        struct stat status;
        if (stat(name, &status) == 0 && (status.st_mode & OTHERS) != 0 && chmod(name, 0600) != 0)
            return error_set_errno(error, errno,
                                   "others may read %s and it cannot be closed to them, give it to the user "
                                   "that runs awsift",
                                   name);
    }
    return true;
}

/* Whoever was killed between writing a commit and syncing it leaves one that reads as committed and is gone
 * after a power cut: a mail would be filed and told of which the ledger knows nothing. SQLite locks nothing
 * in this file. */
static bool log_sync(const char *path, GError **error)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL), *folder = g_path_get_dirname(path);
    int descriptor = open(log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return errno == ENOENT || error_set_errno(error, errno, "cannot open %s", log);
    bool good = file_sync(descriptor, log, error);
    close(descriptor);
    return good && folder_sync(folder, error);
}

static bool has_unwritten_log(const char *path)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    struct stat status;
    return stat(log, &status) == 0 && status.st_size > 0;
}

/* Reading a small one through takes no time that anybody would notice. */
static bool must_be_proven(const char *path)
{
    struct stat status;
    return has_unwritten_log(path) || stat(path, &status) != 0 || status.st_size <= SMALL;
}

/* Nothing is written before it is known to be a ledger, of ours, and whole as far as must be. */
static bool open_to_write(struct ledger *ledger, GError **error)
{
    bool prove = must_be_proven(ledger->path);
    ledger->proven = prove;
    bool good = file_make_private(ledger->path, error) && log_sync(ledger->path, error) &&
                connect_to(ledger, ledger->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) &&
                schema_look(ledger, error) && (!prove || ledger_prove(ledger, error)) &&
                pragmas_run(ledger,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            " PRAGMA foreign_keys = ON;" MEMORY_PRAGMAS,
                            error) &&
                files_keep_private(ledger->path, error) && schema_bring_up(ledger, error) &&
                states_guard(ledger, error);
    if (good)
        checkpoint_start(ledger);
    return good;
}

/* ---- for reading ---- */

typedef bool (*schema_checked)(struct ledger *ledger, GError **error);

/* A reader of a WAL shares its index in a file beside it. Where that is not there and may not be made (a
 * folder or a disk that is read-only to us), and no log is there either, the file itself is all. */
static bool open_unshared(struct ledger *ledger, schema_checked check, GError **error)
{
    g_autofree char *escaped = g_uri_escape_string(ledger->path, "/", FALSE);
    g_autofree char *name = g_strconcat("file:", escaped, "?immutable=1", NULL);
    return connect_to(ledger, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error) && check(ledger, error);
}

static bool open_to_read(struct ledger *ledger, schema_checked check, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (access(ledger->path, F_OK) != 0 && errno == ENOENT) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "%s: there is no ledger yet; start awsift run first", ledger->path);
        return false;
    }
    if (connect_to(ledger, ledger->path, SQLITE_OPEN_READONLY, &failure) && check(ledger, &failure))
        return true;
    int number = sqlite3_errcode(ledger->database) & 0xff;
    if ((number == SQLITE_CANTOPEN || number == SQLITE_READONLY) && access(ledger->path, R_OK) == 0 &&
        !has_unwritten_log(ledger->path))
        return open_unshared(ledger, check, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

struct ledger *ledger_open(const char *path, enum ledger_access access, GError **error)
{
    g_autoptr(ledger) ledger = g_new0(struct ledger, 1);
    ledger->path = g_strdup(path);
    ledger->thread_window = LEDGER_THREAD_WINDOW;
    ledger->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
    bool good = access == LEDGER_WRITE  ? open_to_write(ledger, error)
                : access == LEDGER_READ ? open_to_read(ledger, schema_check, error)
                                        : open_to_read(ledger, schema_look, error);
    if (good)
        return g_steal_pointer(&ledger);
    /* What is refused stays as it is, the log beside it too: closing would write the one into the other. */
    if (ledger->database != NULL)
        sqlite3_db_config(ledger->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return NULL;
}

void ledger_set_thread_window(struct ledger *ledger, int64_t window)
{
    ledger->thread_window = window;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->statements);
    sqlite3_close(ledger->database);
    g_free(ledger->checkpoints.trouble);
    g_free(ledger->path);
    g_free(ledger);
}

bool ledger_begin(struct ledger *ledger, GError **error)
{
    ledger->disk_failed = false;
    if (fault_fails("before-begin"))
        return error_set_errno(error, errno, "ledger %s: cannot begin", ledger->path);
    return checkpoint_catch_up(ledger, error) && statement_run(ledger, error, "BEGIN IMMEDIATE", "");
}

bool ledger_commit(struct ledger *ledger, GError **error)
{
    if (fault_fails("before-commit")) {
        error_set_errno(error, errno, "ledger %s: cannot commit", ledger->path);
    } else if (statement_run(ledger, error, "COMMIT", "")) {
        fault_point("after-commit");
        return true;
    }
    ledger_rollback(ledger);
    return false;
}

int64_t ledger_changes(const struct ledger *ledger)
{
    return sqlite3_total_changes(ledger->database);
}

bool ledger_disk_failed(const struct ledger *ledger)
{
    return ledger->disk_failed;
}

void ledger_rollback(struct ledger *ledger)
{
    if (!sqlite3_get_autocommit(ledger->database))
        statement_run(ledger, NULL, "ROLLBACK", "");
}
